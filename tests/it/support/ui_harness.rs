//! The real UI loop on a test terminal: the test sends keys, receives screens, and moves the time.

use super::screen_text::{leaks, lines, picture};
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

/// The running UI.
pub(crate) struct Stage {
    keys: mpsc::UnboundedSender<Message>,
    shown: watch::Receiver<String>,
    copied: watch::Receiver<String>,
    leaks: watch::Receiver<Vec<String>>,
    named: watch::Receiver<BTreeSet<String>>,
    answers: mpsc::Sender<Message>,
    answering: Weak<()>,
    /// Inputs that the loop has not finished with.
    unread: Arc<AtomicUsize>,
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
        let unread = Arc::new(AtomicUsize::new(0));
        let begun = (inputs, Arc::clone(&unread), 0);
        let running = tokio::spawn(async move {
            let first = update::start(&mut model, sources);
            // The loop asks for the next input when it has finished with the one before.
            let inputs =
                futures_util::stream::unfold(begun, |(mut inputs, unread, done)| async move {
                    unread.fetch_sub(done, Ordering::SeqCst);
                    let message = inputs.recv().await?;
                    Some((message, (inputs, unread, 1)))
                });
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
            unread,
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
            self.send(Message::Key(key));
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
        self.send(Message::Mouse(mouse));
    }

    pub(crate) fn resize(&self, width: u16, height: u16) {
        self.send(Message::Resized { width, height });
    }

    fn send(&self, input: Message) {
        self.unread.fetch_add(1, Ordering::SeqCst);
        self.keys.send(input).unwrap();
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
            let is_done = self.unread.load(Ordering::SeqCst) == 0
                && self.answering.strong_count() == 1
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
