//! Enters and leaves the real terminal, and restores it in every case.
//!
//! Only the guard can draw. It restores the terminal when dropped. After a panic on the drawing thread the terminal is
//! restored before the report is printed, so that the report can be read. Panics on other threads leave the screen
//! alone.

use super::action::View;
use super::app::{Model, draw};
use super::key::{Key, Mouse};
use super::message::Message;
use super::sgr::Screen;
use super::shell::overlay::Overlay;
use super::surface::Surface;
use super::theme::Theme;
use super::views::table::state::Open;
use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event, EventStream};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{Command, execute, queue};
use futures_util::{Stream, StreamExt};
use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;

/// The terminal while the program owns it.
#[derive(Debug)]
pub struct Guard {
    terminal: Terminal<CrosstermBackend<Screen>>,
    theme: Theme,
    /// The scene drawn last.
    scene: Option<Scene>,
}

/// The parts of the model that change most of the screen when they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scene {
    view: View,
    overlay: std::mem::Discriminant<Overlay>,
    open: std::mem::Discriminant<Open>,
    size: (u16, u16),
}

impl Scene {
    fn of(model: &Model) -> Self {
        Self {
            view: model.shell.view,
            overlay: std::mem::discriminant(&model.shell.overlay),
            open: std::mem::discriminant(&model.table.open),
            size: model.shell.size,
        }
    }
}

/// The width of the terminal in columns, if there is one.
pub fn columns() -> Option<u16> {
    let (columns, _) = size().ok()?;
    // Serial lines report zero.
    (columns > 0).then_some(columns)
}

/// Whether there is a terminal to draw on and to read from.
pub fn is_there() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Whether mouse capture is on and has to be turned off on leaving.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Reports presses and the wheel in SGR form (xterm, modes 1000 and 1006). crossterm's own command would also report
/// every move and wake the loop for nothing.
fn send_mouse(on: bool) -> io::Result<()> {
    let sequence: &[u8] = if on {
        b"\x1b[?1000h\x1b[?1006h"
    } else {
        b"\x1b[?1006l\x1b[?1000l"
    };
    let mut out = io::stdout();
    out.write_all(sequence)?;
    out.flush()
}

fn enter() -> io::Result<()> {
    *DRAWING.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current().id());
    keep_before();
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Hide
    )?;
    if MOUSE.load(Ordering::SeqCst) {
        send_mouse(true)?;
    }
    Ok(())
}

/// The terminal settings from before the program took over.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);
/// Set once the terminal was restored because memory ran out; it is entered again if the program continues.
static GIVEN_BACK: AtomicBool = AtomicBool::new(false);

/// Restores the terminal without allocating, for use when memory has run out.
pub fn leave_in_need() {
    const WORDS: &[u8] =
        b"\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?1049l\x1b[?25h\r\ncostscope: there is not enough memory for this\r\n";
    // Another thread is entering or leaving the terminal right now: let it finish.
    let Ok(mut before) = BEFORE.try_lock() else {
        return;
    };
    if let Some(before) = before.take() {
        GIVEN_BACK.store(true, Ordering::SeqCst);
        let _ = rustix::io::write(io::stdout(), WORDS);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}

fn keep_before() {
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    *before = tcgetattr(io::stdin()).ok();
}

fn leave() {
    // Errors are ignored so that every step is tried: nothing can be reported on a broken terminal.
    *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = None;
    *DRAWING.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let mut out = io::stdout();
    if MOUSE.load(Ordering::SeqCst) {
        let _ = send_mouse(false);
    }
    let _ = queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

impl Guard {
    /// Takes over the terminal.
    pub fn enter(theme: Theme) -> io::Result<Self> {
        enter()?;
        let terminal =
            Terminal::new(CrosstermBackend::new(Screen::default())).inspect_err(|_| leave())?;
        Ok(Self {
            terminal,
            theme,
            scene: None,
        })
    }

    /// Width and height.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Clears the screen and the draw buffers. ratatui's own clear asks the terminal for its cursor position, and not
    /// every terminal answers.
    fn forget(&mut self) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), Clear(ClearType::All))?;
        // After the swap both buffers are blank, so the next frame is drawn as a whole.
        self.terminal.swap_buffers();
        Ok(())
    }
}

impl Surface for Guard {
    /// Draws the model. A change of scene is sent as a synchronized update (DEC private mode 2026), so that the
    /// terminal shows it at once; terminals without support ignore the marks. A cursor step is sent without them.
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        if GIVEN_BACK.swap(false, Ordering::SeqCst) {
            // Otherwise crossterm would assume that raw mode is still on.
            let _ = disable_raw_mode();
            enter()?;
            self.forget()?;
        }
        let scene = Scene::of(model);
        let whole = self.scene.replace(scene) != Some(scene);
        if whole {
            queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        }
        let drawn = self
            .terminal
            .draw(|frame| draw::screen(frame, model, &self.theme))
            .map(|_| ());
        if whole {
            execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        }
        drawn
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        MOUSE.store(on, Ordering::SeqCst);
        send_mouse(on)
    }

    fn redraw(&mut self, model: &Model) -> io::Result<()> {
        self.forget()?;
        self.draw(model)
    }

    /// Returns the terminal to the shell until the program is resumed.
    fn suspend(&mut self, model: &Model) -> io::Result<()> {
        leave();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        enter()?;
        self.redraw(model)
    }

    /// Copies text to the terminal's clipboard with OSC 52, which works over SSH if the terminal allows it. tmux and
    /// screen handle the sequence or pass it on, depending on their settings; both are tried.
    fn copy(&mut self, text: &str) -> io::Result<()> {
        let inside = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let mut out = io::stdout();
        out.write_all(clipboard(text, inside("TMUX"), inside("STY")).as_bytes())?;
        out.flush()
    }
}

/// The sequences that copy a text to the clipboard (xterm's OSC 52), wrapped for tmux or screen if one is in between.
pub fn clipboard(text: &str, tmux: bool, screen: bool) -> String {
    /// GNU screen passes on strings of at most 768 bytes.
    const CHUNK: usize = 700;
    let plain = CopyToClipboard::to_clipboard_from(text);
    let mut sequence = String::new();
    // Writing to a String cannot fail.
    let _ = plain.write_ansi(&mut sequence);
    if tmux {
        let doubled = sequence.replace('\u{1b}', "\u{1b}\u{1b}");
        return format!("{sequence}\u{1b}Ptmux;{doubled}\u{1b}\\");
    }
    if screen {
        let bytes: Vec<char> = sequence.chars().collect();
        let chunks = bytes.chunks(CHUNK).map(|chunk| {
            let part: String = chunk.iter().collect();
            format!("\u{1b}P{part}\u{1b}\\")
        });
        return chunks.collect();
    }
    sequence
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// The drawing thread, while the program owns the terminal.
static DRAWING: Mutex<Option<ThreadId>> = Mutex::new(None);

fn drawing() -> Option<ThreadId> {
    *DRAWING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether another thread draws on the terminal. A failure on this thread then leaves the screen alone.
pub fn is_drawn_elsewhere() -> bool {
    drawing().is_some_and(|drawing| drawing != std::thread::current().id())
}

/// Restores the terminal if the program owns it, so that the next message can be read.
pub fn give_back() {
    if drawing().is_some() {
        leave();
    }
}

/// Terminal input as messages: keys, mouse, pastes and resizes.
pub fn inputs() -> impl Stream<Item = Message> + Unpin {
    Box::pin(EventStream::new().filter_map(|event| async move {
        match event.ok()? {
            Event::Key(key) => Key::from_event(key).map(Message::Key),
            Event::Mouse(mouse) => Mouse::from_event(mouse).map(Message::Mouse),
            Event::Paste(text) => Some(Message::Paste(text)),
            Event::Resize(width, height) => Some(Message::Resized { width, height }),
            _ => None,
        }
    }))
}

/// A surface without a real terminal.
#[derive(Debug)]
pub struct Picture<B: Backend> {
    pub terminal: Terminal<B>,
    pub theme: Theme,
}

impl<B: Backend> Surface for Picture<B>
where
    B::Error: Send + Sync + 'static,
{
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        let theme = self.theme;
        self.terminal
            .draw(|frame| super::app::draw::screen(frame, model, &theme))
            .map(|_| ())
            .map_err(io::Error::other)
    }

    fn redraw(&mut self, model: &Model) -> io::Result<()> {
        self.draw(model)
    }

    fn suspend(&mut self, _model: &Model) -> io::Result<()> {
        Ok(())
    }
}
