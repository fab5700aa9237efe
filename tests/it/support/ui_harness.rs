//! The real UI loop on a test terminal: the test sends keys, receives screens, and moves the time.

use super::{emulator, file, mask, session};
use chrono::{DateTime, TimeDelta, Utc};
use costscope::emulator::server::Emulator;
use costscope::ops::clock::{Clock, Sleep};
use costscope::tui::app::{Model, draw, update};
use costscope::tui::events::{self, Sources};
use costscope::tui::key::Key;
use costscope::tui::message::Message;
use costscope::tui::runner::Runner;
use costscope::tui::shell::SignInPlace;
use costscope::tui::surface::Surface;
use costscope::tui::theme::Theme;
use futures_util::StreamExt;
use ratatui::backend::{CrosstermBackend, TestBackend};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How long a test waits for a screen before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct HeldClock {
    now: watch::Sender<DateTime<Utc>>,
}

impl HeldClock {
    fn new() -> Arc<Self> {
        let now = DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z")
            .unwrap()
            .to_utc();
        Arc::new(Self {
            now: watch::Sender::new(now),
        })
    }
}

impl Clock for HeldClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.borrow()
    }

    fn sleep_until(&self, until: DateTime<Utc>) -> Sleep<'_> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            let _ = now.wait_for(|now| *now >= until).await;
        })
    }

    fn alarm(&self, _: DateTime<Utc>) -> Sleep<'_> {
        Box::pin(std::future::pending())
    }

    fn jitter(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

/// A writer that only counts bytes.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<AtomicUsize>);

impl io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::SeqCst);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Draws into a test terminal and passes every screen to the test.
pub(crate) struct Screen {
    /// Counts the bytes of the same screens on a real terminal.
    wire: Terminal<CrosstermBackend<Wire>>,
    terminal: Terminal<TestBackend>,
    theme: Theme,
    shown: watch::Sender<String>,
    copied: watch::Sender<String>,
    /// Text that the same screens would reveal if they were masked.
    leaks: watch::Sender<Vec<String>>,
    /// Names on the unmasked screens, so that a test can check that the search finds something.
    named: watch::Sender<BTreeSet<String>>,
}

impl Surface for Screen {
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.terminal
            .backend_mut()
            .resize(model.shell.size.0, model.shell.size.1);
        let theme = self.theme;
        self.terminal
            .draw(|frame| draw::screen(frame, model, &theme))
            .unwrap();
        let area = Rect::new(0, 0, model.shell.size.0, model.shell.size.1);
        if self.wire.current_buffer_mut().area != area {
            self.wire.resize(area).unwrap();
        }
        let draw = |frame: &mut ratatui::Frame<'_>| draw::screen(frame, model, &theme);
        self.wire.draw(draw).unwrap();
        let picture = picture(self.terminal.backend(), &theme);
        let open = mask::leaks(model, &lines(self.terminal.backend()));
        self.named.send_modify(|all| all.extend(open));
        let found = leaks(model);
        if !found.is_empty() {
            self.leaks.send_modify(|all| all.extend(found));
        }
        self.shown.send_replace(picture);
        Ok(())
    }

    fn redraw(&mut self, model: &Model) -> io::Result<()> {
        self.draw(model)
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.copied.send_replace(text.to_owned());
        Ok(())
    }

    fn suspend(&mut self, _model: &Model) -> io::Result<()> {
        Ok(())
    }
}

/// The screen of a model, drawn without the loop.
pub(crate) fn draw_model(model: &Model) -> String {
    let backend = TestBackend::new(model.shell.size.0, model.shell.size.1);
    let mut terminal = Terminal::new(backend).unwrap();
    let theme = Theme::new(true);
    terminal
        .draw(|frame| draw::screen(frame, model, &theme))
        .unwrap();
    let found = leaks(model);
    assert!(found.is_empty(), "{}", found.join("\n"));
    picture(terminal.backend(), &theme)
}

/// The screen of a model with names and amounts hidden.
pub(crate) fn masked(model: &Model) -> String {
    let backend = TestBackend::new(model.shell.size.0, model.shell.size.1);
    let mut terminal = Terminal::new(backend).unwrap();
    let hidden = Some(7);
    let theme = Theme {
        hidden,
        ..Theme::new(true)
    };
    terminal
        .draw(|frame| draw::screen(frame, model, &theme))
        .unwrap();
    lines(terminal.backend())
}

/// Text that a masked screen would reveal: every screen of every test is drawn a second time for this.
pub(crate) fn leaks(model: &Model) -> Vec<String> {
    let picture = masked(model);
    let found = mask::leaks(model, &picture);
    if found.is_empty() {
        return Vec::new();
    }
    vec![format!("masked, this shows {found:?}:\n{picture}")]
}

/// The text of a screen.
pub(crate) fn lines(backend: &TestBackend) -> String {
    let buffer = backend.buffer();
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let cells = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol());
        let line: String = cells.collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The text of a screen, followed by the positions of its styles.
pub(crate) fn picture(backend: &TestBackend, theme: &Theme) -> String {
    let buffer = backend.buffer();
    let width = buffer.area.width;
    let (mut text, mut styles) = (String::new(), String::new());
    for y in 0..buffer.area.height {
        let cells: Vec<_> = (0..width).map(|x| &buffer[(x, y)]).collect();
        let line: String = cells.iter().map(|cell| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
        let mut runs: Vec<(&str, usize, usize)> = Vec::new();
        for (x, cell) in cells.iter().enumerate() {
            let name = name(theme, cell.style());
            match runs.last_mut() {
                Some(run) if run.0 == name => run.2 = x,
                _ => runs.push((name, x, x)),
            }
        }
        let named = runs
            .iter()
            .filter(|run| !run.0.is_empty())
            .map(|(name, from, to)| format!(" {name} {from}-{to}"));
        let named: String = named.collect();
        if !named.is_empty() {
            styles.push_str(&format!("{y:>2}:{named}\n"));
        }
    }
    format!("{text}--- styles ---\n{styles}")
}

pub(crate) fn name(theme: &Theme, style: Style) -> &'static str {
    let same = |known: Style| {
        known.fg.unwrap_or_default() == style.fg.unwrap_or_default()
            && known.add_modifier == style.add_modifier
    };
    let names = [
        ("", theme.plain),
        ("dim", theme.dim),
        ("strong", theme.strong),
        ("accent", theme.accent),
        ("selected", theme.selected),
        ("focus", theme.focus),
        ("column", theme.column),
        ("cell", theme.cell),
        ("found", theme.found),
        ("heading", theme.heading),
        ("good", theme.good),
        ("warning", theme.warning),
        ("error", theme.error),
        ("grew", theme.grew),
    ];
    names
        .iter()
        .find(|(_, known)| same(*known))
        .map_or("other", |(name, _)| name)
}

/// The running UI.
pub(crate) struct Stage {
    keys: mpsc::UnboundedSender<Message>,
    shown: watch::Receiver<String>,
    copied: watch::Receiver<String>,
    leaks: watch::Receiver<Vec<String>>,
    named: watch::Receiver<BTreeSet<String>>,
    answers: mpsc::Sender<Message>,
    answering: Weak<()>,
    wire: Wire,
    clock: Arc<HeldClock>,
    running: JoinHandle<()>,
    pub(crate) emulator: Emulator,
    pub(crate) folder: TempDir,
}

impl Stage {
    /// The UI on an emulator that plays a scenario, as `costscope demo` starts it.
    pub(crate) async fn open(script: &str, size: (u16, u16), sources: Vec<String>) -> Self {
        let clock = HeldClock::new();
        let dynamic: Arc<dyn Clock> = Arc::<HeldClock>::clone(&clock);
        let emulator = emulator(script, &dynamic).await;
        Self::start(emulator, TempDir::new().unwrap(), size, sources, clock)
    }

    /// The UI on a file with this text.
    pub(crate) async fn on_file(folder: &Path, name: &str, text: &str) -> Self {
        let source = file(folder, name, text).display().to_string();
        Self::open("polls = 0\n", (80, 24), vec![source]).await
    }

    /// The UI on an emulator and a folder left by an earlier run.
    pub(crate) fn on(emulator: Emulator, folder: TempDir, size: (u16, u16)) -> Self {
        Self::start(emulator, folder, size, Vec::new(), HeldClock::new())
    }

    fn start(
        emulator: Emulator,
        folder: TempDir,
        size: (u16, u16),
        sources: Vec<String>,
        clock: Arc<HeldClock>,
    ) -> Self {
        let dynamic: Arc<dyn Clock> = Arc::<HeldClock>::clone(&clock);
        let session = session(&emulator.url(), folder.path(), Arc::clone(&dynamic));
        let place = SignInPlace {
            demo: true,
            identity: session.identity(),
            origin: "test".to_owned(),
        };
        let (keys, inputs) = mpsc::unbounded_channel();
        let (sender, answers) = mpsc::channel(64);
        let (pictures, shown) = watch::channel(String::new());
        let (clipboard, copied) = watch::channel(String::new());
        let (given_away, leaks) = watch::channel(Vec::new());
        let (said, named) = watch::channel(BTreeSet::new());
        let terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let wire = Wire::default();
        let fixed = TerminalOptions {
            viewport: Viewport::Fixed(Rect::new(0, 0, size.0, size.1)),
        };
        let counted = CrosstermBackend::new(wire.clone());
        let mut screen = Screen {
            wire: Terminal::with_options(counted, fixed).unwrap(),
            terminal,
            theme: Theme::new(true),
            shown: pictures,
            copied: clipboard,
            leaks: given_away,
            named: said,
        };
        let mut model = Model::new(place, size, clock.now());
        let mut runner = Runner::new(session, sender.clone());
        let answering = runner.answering();
        let running = tokio::spawn(async move {
            let first = update::start(&mut model, sources);
            let inputs = Box::pin(futures_util::stream::unfold(inputs, |mut inputs| async {
                inputs.recv().await.map(|message| (message, inputs))
            }));
            let sources = Sources {
                inputs: inputs.boxed(),
                answers,
                clock: dynamic,
            };
            events::run(
                &mut screen,
                &mut model,
                &mut runner,
                sources,
                first,
                std::future::pending(),
            )
            .await
            .unwrap();
            runner.finish().await;
        });
        Self {
            keys,
            shown,
            copied,
            leaks,
            named,
            answers: sender,
            answering,
            wire,
            clock,
            running,
            emulator,
            folder,
        }
    }

    /// Sends keys in the usual notation: letters, and names like `<enter>`.
    pub(crate) fn press(&self, keys: &str) {
        let mut rest = keys;
        while let Some(c) = rest.chars().next() {
            let (key, length) = match rest.find('>').filter(|_| c == '<') {
                Some(end) => (named(&rest[1..end]), end + 1),
                None => (Key::Char(c), c.len_utf8()),
            };
            self.keys.send(Message::Key(key)).unwrap();
            rest = &rest[length..];
        }
    }

    /// Waits for the next copied text, which must start with this.
    pub(crate) async fn copied(&mut self, start: &str) -> String {
        let changed = tokio::time::timeout(PATIENCE, self.copied.changed()).await;
        changed.unwrap().unwrap();
        let text = self.copied.borrow_and_update().clone();
        assert!(text.starts_with(start), "{text}");
        text
    }

    /// The number of bytes sent to a real terminal so far.
    pub(crate) fn sent(&self) -> usize {
        self.wire.0.load(Ordering::SeqCst)
    }

    /// Sends a mouse event.
    pub(crate) fn mouse(&self, mouse: costscope::tui::key::Mouse) {
        self.keys.send(Message::Mouse(mouse)).unwrap();
    }

    pub(crate) fn resize(&self, width: u16, height: u16) {
        self.keys.send(Message::Resized { width, height }).unwrap();
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock
            .now
            .send_modify(|now| *now += TimeDelta::seconds(seconds));
    }

    /// Waits for a screen that contains all of these words.
    pub(crate) async fn until(&mut self, words: &[&str]) -> String {
        let found = self.within(PATIENCE, words).await;
        self.gives_nothing_away();
        found.unwrap_or_else(|| self.never(words))
    }

    /// Waits until two looks find the same screen with all of these words, and nothing is still to come.
    pub(crate) async fn settled(&mut self, words: &[&str]) -> String {
        let (begun, mut last) = (Instant::now(), None);
        loop {
            self.until(words).await;
            let is_done = self.answering.strong_count() == 1
                && self.answers.capacity() == self.answers.max_capacity();
            let shown = is_done.then(|| self.shown.borrow().clone());
            match shown {
                Some(shown) if last.as_ref() == Some(&shown) => return shown,
                other => last = other,
            }
            assert!(begun.elapsed() < PATIENCE, "more is awaited: {last:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Advances the time, a second at a time, until a screen contains these words.
    pub(crate) async fn pass_until(&mut self, words: &[&str]) -> String {
        for _ in 0..600 {
            if let Some(picture) = self.within(Duration::from_millis(50), words).await {
                return picture;
            }
            self.advance(1);
        }
        self.never(words)
    }

    async fn within(&mut self, time: Duration, words: &[&str]) -> Option<String> {
        let wanted = |picture: &String| words.iter().all(|word| picture.contains(word));
        let found = tokio::time::timeout(time, self.shown.wait_for(wanted)).await;
        found.ok().map(|picture| picture.unwrap().clone())
    }

    /// Names shown by the screens so far.
    pub(crate) fn named(&self) -> BTreeSet<String> {
        self.named.borrow().clone()
    }

    /// Checks that no screen so far reveals anything when masked.
    fn gives_nothing_away(&self) {
        let leaks = self.leaks.borrow();
        assert!(leaks.is_empty(), "{}", leaks[0]);
    }

    fn never(&self, words: &[&str]) -> String {
        panic!(
            "{words:?} never came; the last picture is\n{}",
            *self.shown.borrow()
        )
    }

    /// Ends the loop as a lost terminal would; returns the emulator and the folder.
    pub(crate) async fn leave(self) -> (Emulator, TempDir) {
        self.gives_nothing_away();
        drop(self.keys);
        tokio::time::timeout(PATIENCE, self.running)
            .await
            .unwrap()
            .unwrap();
        (self.emulator, self.folder)
    }

    /// Quits and waits for the end of the loop.
    pub(crate) async fn quit(self) {
        self.gives_nothing_away();
        drop(self.keys);
        tokio::time::timeout(PATIENCE, self.running)
            .await
            .unwrap()
            .unwrap();
    }
}

pub(crate) fn named(name: &str) -> Key {
    match name {
        "enter" => Key::Enter,
        "tab" => Key::Tab,
        "bksp" => Key::Backspace,
        "esc" => Key::Esc,
        "up" => Key::Up,
        "down" => Key::Down,
        "left" => Key::Left,
        "right" => Key::Right,
        "end" => Key::End,
        "home" => Key::Home,
        "ctrl-p" => Key::Ctrl('p'),
        "ctrl-u" => Key::Ctrl('u'),
        "ctrl-x" => Key::Ctrl('x'),
        other => panic!("no such key: {other}"),
    }
}
