//! Draws on the real terminal, and gives it back however the program ends.
//!
//! Only the guard can draw. It gives the terminal back when it is dropped. After a panic on the drawing thread the terminal
//! is given back before the report is printed, so that the report can be read. Panics on other threads leave the screen
//! alone.

use super::action::View;
use super::app::{Model, draw};
use super::sgr::Screen;
use super::shell::overlay::Overlay;
use super::surface::Surface;
use super::theme::Theme;
use super::tty;
use super::views::table::state::Open;
use crossterm::clipboard::CopyToClipboard;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use crossterm::{Command, execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use rustix::process::{Signal, kill_current_process_group};
use std::io;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;

/// Alternate screen, pastes in brackets (so that pasted text is not taken for keys), no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?25l";
/// The way back. It begins with the end of what may have been cut short: a string, a synchronized update, colours.
const LEAVE: &[u8] =
    b"\x1b\\\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?1049l\x1b[?25h";

/// The terminal while the program owns it.
#[derive(Debug)]
pub struct Guard {
    /// Never dropped: ratatui shows the cursor in its drop and prints what goes wrong, and printing to a terminal that is
    /// gone panics. `LEAVE` shows the cursor. The viewport is fixed, because ratatui would ask the system for the
    /// size before each frame, and draw in another one than the model knows.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Screen>>>,
    theme: Theme,
    /// The area to draw in.
    area: Rect,
    /// The scene drawn last.
    scene: Option<Scene>,
    /// Whether the terminal was taken again before the system said that the program goes on.
    resumed: bool,
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

/// Whether mouse capture is on.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Reports presses and the wheel in SGR form (xterm, modes 1000 and 1006). crossterm's own command would also report
/// every move and wake the loop for nothing.
fn send_mouse(on: bool) -> io::Result<()> {
    tty::put(if on {
        b"\x1b[?1000h\x1b[?1006h"
    } else {
        b"\x1b[?1006l\x1b[?1000l"
    })
}

fn enter() -> io::Result<()> {
    *DRAWING.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current().id());
    tty::take(ENTER)?;
    if MOUSE.load(Ordering::SeqCst) {
        send_mouse(true)?;
    }
    Ok(())
}

/// Set once the terminal was given back because memory ran out; it is entered again if the program continues.
static GIVEN_BACK: AtomicBool = AtomicBool::new(false);

/// Restores the terminal without allocating, for use when memory has run out.
pub fn leave_in_need() {
    const WORDS: &[u8] = b"\r\ncostscope: there is not enough memory for this\r\n";
    if tty::give(&[LEAVE, WORDS]) {
        GIVEN_BACK.store(true, Ordering::SeqCst);
    }
}

fn leave() {
    *DRAWING.lock().unwrap_or_else(PoisonError::into_inner) = None;
    tty::give(&[LEAVE]);
}

/// Whether no shell with job control waits behind the program: a job has a process group of its own. Stopped, the
/// program would then stay stopped.
pub fn is_alone() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session == rustix::process::getpgrp())
}

impl Guard {
    /// Takes over the terminal.
    pub fn enter(theme: Theme) -> io::Result<Self> {
        enter().inspect_err(|_| leave())?;
        let (width, height) = tty::size();
        let area = Rect::new(0, 0, width, height);
        let backend = CrosstermBackend::new(Screen::default());
        let viewport = Viewport::Fixed(area);
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport })
            .inspect_err(|_| leave())?;
        Ok(Self {
            terminal: ManuallyDrop::new(terminal),
            theme,
            area,
            scene: None,
            resumed: false,
        })
    }

    /// Width and height.
    pub fn size(&self) -> (u16, u16) {
        (self.area.width, self.area.height)
    }

    /// Clears the screen and the draw buffers. ratatui's own clear asks the terminal for its cursor position, and not
    /// every terminal answers.
    fn forget(&mut self) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), Clear(ClearType::All))?;
        // After the swap both buffers are blank, so the next frame is drawn as a whole.
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Draws the model in its own size.
    fn paint(&mut self, model: &Model) -> io::Result<()> {
        let (width, height) = model.shell.size;
        let area = Rect::new(0, 0, width, height);
        if std::mem::replace(&mut self.area, area) != area {
            self.terminal.resize(area)?;
        }
        let theme = self.theme;
        self.terminal
            .draw(|frame| draw::screen(frame, model, &theme))
            .map(|_| ())
    }
}

impl Surface for Guard {
    /// Draws the model. A change of scene is sent as a synchronized update (DEC private mode 2026), so that the
    /// terminal shows it at once; terminals without support ignore the marks. A cursor step is sent without them.
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        if GIVEN_BACK.swap(false, Ordering::SeqCst) {
            enter()?;
            self.forget()?;
        }
        if !tty::is_taken() {
            // The program was stopped and goes on in the background, where the screen is the shell's.
            return Ok(());
        }
        let scene = Scene::of(model);
        let whole = self.scene.replace(scene) != Some(scene);
        if whole {
            queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        }
        self.paint(model)?;
        if whole {
            execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        }
        Ok(())
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        MOUSE.store(on, Ordering::SeqCst);
        send_mouse(on)
    }

    fn redraw(&mut self, model: &Model) -> io::Result<()> {
        self.forget()?;
        self.draw(model)
    }

    /// Returns the terminal to the shell until the program is resumed. The whole group stops, or the shell of a script
    /// around the program would wait for the script. `SIGTSTP` itself is caught: it comes from outside too.
    fn suspend(&mut self, model: &Model) -> io::Result<()> {
        leave();
        kill_current_process_group(Signal::STOP)?;
        if tty::is_behind() {
            // It may have been resumed only to be ended: `resume` would stop it again.
            return Ok(());
        }
        self.resume(model)?;
        self.resumed = true;
        Ok(())
    }

    /// Takes the terminal again. A shell has used it, or has only changed its settings. In the background the system
    /// stops the program here until it comes to the front.
    fn resume(&mut self, model: &Model) -> io::Result<()> {
        if std::mem::take(&mut self.resumed) {
            return Ok(());
        }
        enter()?;
        self.redraw(model)
    }

    /// Copies text to the terminal's clipboard with OSC 52, which works over SSH if the terminal allows it. tmux and
    /// screen handle the sequence or pass it on, depending on their settings; both are tried.
    fn copy(&mut self, text: &str) -> io::Result<()> {
        let inside = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        tty::put(clipboard(text, inside("TMUX"), inside("STY")).as_bytes())
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

/// A surface without a real terminal.
#[derive(Debug)]
pub struct TestSurface<B: Backend> {
    pub terminal: Terminal<B>,
    pub theme: Theme,
}

impl<B: Backend> Surface for TestSurface<B>
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
