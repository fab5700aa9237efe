//! Where the UI is drawn: a terminal, or a buffer in tests.

use super::app::Model;
use std::io;

/// A drawing surface: the real terminal or a test backend.
pub trait Surface {
    fn draw(&mut self, model: &Model) -> io::Result<()>;
    fn redraw(&mut self, model: &Model) -> io::Result<()>;
    fn suspend(&mut self, model: &Model) -> io::Result<()>;
    /// The program was stopped and goes on.
    fn resume(&mut self, _model: &Model) -> io::Result<()> {
        Ok(())
    }
    /// Turns mouse capture on or off.
    fn mouse(&mut self, _on: bool) -> io::Result<()> {
        Ok(())
    }
    /// Copies text to the terminal's clipboard, if it has one.
    fn copy(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }
}
