//! Runs the program in a pseudo-terminal, with a terminal emulator that renders its output.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::fs::{Mode, OFlags};
use rustix::termios::LocalModes;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the output is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Reads,
    Pauses,
    Leaves,
}

struct Shared {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
    reader: Reader,
}

/// A running program and its screen.
pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shared: Arc<(Mutex<Shared>, Condvar)>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn lines(count: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(count).unwrap()
}

fn command(program: &Path, folder: &Path, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.arg("--data-dir");
    command.arg(folder);
    command.args(arguments);
    command.env("TERM", "xterm-256color");
    command.env_remove("NO_COLOR");
    // Copies go to the terminal of the test, wherever it runs.
    command.env_remove("TMUX");
    command.env_remove("STY");
    command.env("SSH_TTY", "/dev/pts/0");
    command.env("LC_ALL", "C.UTF-8");
    command
}

impl Pty {
    /// Starts the program with its own data folder.
    pub(crate) fn start(
        program: &Path,
        folder: &Path,
        arguments: &[&str],
        columns: u16,
        rows: u16,
    ) -> Self {
        Self::spawn(command(program, folder, arguments), (columns, rows))
    }

    /// Starts it in a folder, where it writes files that are named without one.
    pub(crate) fn start_in(
        place: &Path,
        program: &Path,
        folder: &Path,
        arguments: &[&str],
        size: (u16, u16),
    ) -> Self {
        let mut command = command(program, folder, arguments);
        command.cwd(place);
        Self::spawn(command, size)
    }

    fn spawn(command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        let keys = pair.master.take_writer().unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let parser = vt100::Parser::new(lines(rows), lines(columns), 0);
        let shared = Arc::new((
            Mutex::new(Shared {
                parser,
                raw: Vec::new(),
                ended: false,
                reader: Reader::Reads,
            }),
            Condvar::new(),
        ));
        let writer = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let count = output.read(&mut buffer).unwrap_or(0);
                let (state, news) = &*writer;
                let mut state = state.lock().unwrap();
                while state.reader == Reader::Pauses {
                    state = news.wait(state).unwrap();
                }
                if state.reader == Reader::Leaves {
                    return;
                }
                state.parser.process(&buffer[..count]);
                state.raw.extend_from_slice(&buffer[..count]);
                state.ended = count == 0;
                news.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self {
            master: pair.master,
            child,
            keys,
            shared,
        }
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.send_bytes(keys.as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.keys.write_all(bytes).unwrap();
        self.keys.flush().unwrap();
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.shared
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(lines(rows), lines(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// A size that is gone before anybody looks at the screen, so the emulated screen keeps its own.
    pub(crate) fn storm(&self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for a screen that contains all of these words.
    pub(crate) fn until(&self, words: &[&str]) -> String {
        let screen = self.wait(|shared| {
            let text = shared.parser.screen().contents();
            words.iter().all(|word| text.contains(word)).then_some(text)
        });
        screen.unwrap_or_else(|| {
            panic!(
                "{words:?} never came; the screen is\n{}",
                self.screen(vt100::Screen::contents)
            )
        })
    }

    /// Waits until drawing pauses, so that a screenshot is never half a frame.
    #[allow(dead_code)]
    pub(crate) fn settle(&self) {
        let written = || self.shared.0.lock().unwrap().raw.len();
        loop {
            let before = written();
            std::thread::sleep(Duration::from_millis(150));
            if written() == before {
                return;
            }
        }
    }

    /// Bytes written so far.
    #[allow(dead_code)]
    pub(crate) fn written(&self) -> usize {
        self.shared.0.lock().unwrap().raw.len()
    }

    /// Reads the current screen.
    pub(crate) fn screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.shared.0.lock().unwrap().parser.screen())
    }

    /// Whether a screen with all of these words comes within this time.
    pub(crate) fn shows_within(&self, words: &[&str], limit: Duration) -> bool {
        let shows = |shared: &Shared| {
            let text = shared.parser.screen().contents();
            let all = words.iter().all(|word| text.contains(word));
            (all || shared.ended).then_some(all)
        };
        self.wait_within(limit, shows) == Some(true)
    }

    /// Whether these bytes come within this time, one after the other, after the first `from` bytes of the output.
    pub(crate) fn writes_within(&self, from: usize, wanted: &[&[u8]], limit: Duration) -> bool {
        let writes = |shared: &Shared| {
            let mut left = &shared.raw[from..];
            let there = wanted.iter().all(|wanted| {
                let at = left
                    .windows(wanted.len())
                    .position(|place| place == *wanted);
                left = at.map_or(&[], |at| &left[at + wanted.len()..]);
                at.is_some()
            });
            (there || shared.ended).then_some(there)
        };
        self.wait_within(limit, writes) == Some(true)
    }

    /// The output after its first `from` bytes.
    pub(crate) fn since(&self, from: usize) -> String {
        let state = self.shared.0.lock().unwrap();
        String::from_utf8_lossy(&state.raw[from..]).into_owned()
    }

    fn wait<T>(&self, found: impl Fn(&Shared) -> Option<T>) -> Option<T> {
        self.wait_within(PATIENCE, found)
    }

    fn wait_within<T>(&self, limit: Duration, found: impl Fn(&Shared) -> Option<T>) -> Option<T> {
        let (state, news) = &*self.shared;
        let end = Instant::now() + limit;
        let mut state = state.lock().unwrap();
        loop {
            if let Some(value) = found(&state) {
                return Some(value);
            }
            let left = end.checked_duration_since(Instant::now())?;
            state = news.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.process_id()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    fn set_reader(&self, reader: Reader) {
        let (state, news) = &*self.shared;
        state.lock().unwrap().reader = reader;
        news.notify_all();
    }

    /// Reads nothing any more, and lets the program draw until the terminal takes no more bytes.
    pub(crate) fn fill(&self) {
        self.set_reader(Reader::Pauses);
        for step in 0..100 {
            self.master
                .resize(size(80 + step % 40, 24 + step % 17))
                .unwrap();
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Reads again.
    pub(crate) fn drain(&self) {
        self.set_reader(Reader::Reads);
    }

    /// Whether the terminal has the settings of a shell: lines, and signals by keys.
    pub(crate) fn is_cooked(&self) -> bool {
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let terminal = rustix::fs::open(self.master.tty_name().unwrap(), flags, Mode::empty());
        let settings = rustix::termios::tcgetattr(terminal.unwrap()).unwrap();
        settings.local_modes.contains(LocalModes::ICANON)
    }

    /// Closes the terminal, as an SSH session that dies; returns the exit code.
    pub(crate) fn hang_up(self) -> u32 {
        let Self {
            master,
            mut child,
            keys,
            shared,
        } = self;
        shared.0.lock().unwrap().reader = Reader::Leaves;
        // The thread leaves with the next bytes that come.
        master.resize(size(81, 25)).unwrap();
        while Arc::strong_count(&shared) > 1 {
            std::thread::sleep(Duration::from_millis(1));
        }
        drop((keys, master));
        child.wait().unwrap().exit_code()
    }

    /// Waits for the program to end; `None` if it does not within this time.
    pub(crate) fn ends_within(&mut self, limit: Duration) -> Option<u32> {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status.exit_code());
            }
            if Instant::now() > end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the program to exit; returns the exit code and every byte that it wrote.
    pub(crate) fn finish(mut self) -> (u32, String) {
        let status = self.child.wait().unwrap();
        self.wait(|shared| shared.ended.then_some(()));
        let raw = self.shared.0.lock().unwrap().raw.clone();
        (
            status.exit_code(),
            String::from_utf8_lossy(&raw).into_owned(),
        )
    }
}
