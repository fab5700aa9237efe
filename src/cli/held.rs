//! Output that is held back until the first part of an answer is there: a failure before leaves stdout empty.

use std::cell::Cell;
use std::io::{self, BufWriter, Write};

/// Output of an answer that is asked for part by part.
pub struct HeldOutput<'a> {
    out: BufWriter<&'a mut dyn Write>,
    /// The bytes written before the first part.
    waiting: Vec<u8>,
    begun: &'a Cell<bool>,
}

impl<'a> HeldOutput<'a> {
    /// Holds back what is written until `begun` is set.
    pub fn new(out: &'a mut dyn Write, begun: &'a Cell<bool>) -> Self {
        Self {
            out: BufWriter::with_capacity(1 << 16, out),
            waiting: Vec::new(),
            begun,
        }
    }

    fn release(&mut self) -> io::Result<()> {
        self.out.write_all(&self.waiting)?;
        self.waiting = Vec::new();
        Ok(())
    }

    /// Writes the rest of an answer that is whole; it may have no parts.
    pub fn finish(mut self) -> io::Result<()> {
        self.release()?;
        self.out.flush()
    }
}

impl Write for HeldOutput<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.begun.get() {
            self.release()?;
            self.out.write_all(text)?;
        } else {
            self.waiting.extend_from_slice(text);
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.begun.get() {
            self.release()?;
            self.out.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::held::HeldOutput;
    use std::cell::Cell;
    use std::io::Write;

    #[test]
    fn text_of_any_length_is_held() {
        let (mut out, begun) = (Vec::<u8>::new(), Cell::new(false));
        let mut held = HeldOutput::new(&mut out, &begun);
        held.write_all(&vec![b'x'; 1 << 18]).unwrap();
        held.flush().unwrap();
        drop(held);
        assert!(out.is_empty());
        let mut held = HeldOutput::new(&mut out, &begun);
        held.write_all(b"head ").unwrap();
        begun.set(true);
        held.write_all(b"part").unwrap();
        held.finish().unwrap();
        assert_eq!(out, b"head part");
    }
}
