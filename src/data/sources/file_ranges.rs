//! Reads a plain text file on the threads that parse it: one thread only looks for the places where blocks end.
//!
//! A worker reads its block in pieces that fit into the cache of its core, so that no byte goes through the memory of another.

use super::tally::{Counted, Tally};
use super::utf_16::SendReader;
use crate::data::error::DataError;
use crate::data::ingest::block_parser::{Frame, Pieces, read_pieces};
use crate::data::ingest::blocks::{Block, Blocks, Split};
use crate::data::ingest::findings::Findings;
use crate::data::ingest::pipeline::{BlockSource, Parsed, PipelineError};
use crate::data::progress::Progress;
use crate::data::table::file_cursor::SharedFile;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a piece: a part of the cache of a core.
pub(crate) const PIECE: usize = 512 << 10;
/// Bytes before the end of a block in which the last line end is looked for: little first, then more.
const LOOK: [u64; 2] = [16 << 10, 1 << 20];

/// The blocks of a plain text file, split at line ends.
pub(crate) struct FileRanges<'a> {
    file: Arc<File>,
    /// What is not in a block yet.
    left: Range<u64>,
    size: u64,
    /// Bytes of a piece.
    piece: usize,
    /// Up to here the bytes are counted.
    counted: u64,
    counts: (Tally, &'a Progress),
    /// The rest of the text, behind a block without a line end near its end.
    rest: Option<Blocks<SendReader<'a>>>,
}

/// A block: a text that was read, or its place in the file.
pub(crate) enum RangeBlock {
    Text(Block),
    Range(RangePieces),
}

impl<'a> FileRanges<'a> {
    /// Blocks of about `size` bytes, read in pieces, from these places of a file, of which those up to `counted` were counted.
    pub(crate) fn new(
        file: &Arc<File>,
        (left, counted): (Range<u64>, u64),
        (size, piece): (usize, usize),
        counts: (Tally, &'a Progress),
    ) -> Self {
        Self {
            file: Arc::clone(file),
            left,
            size: size as u64,
            piece,
            counted,
            counts,
            rest: None,
        }
    }

    /// The end of the next block; `None` if there is no line end near it.
    fn next_end(&self) -> io::Result<Option<u64>> {
        let end = self.left.start + self.size;
        if end >= self.left.end {
            return Ok(Some(self.left.end));
        }
        for look in LOOK {
            let from = end.saturating_sub(look).max(self.left.start);
            let mut text = Vec::new();
            let window = SharedFile::from(&self.file, from);
            window.take(end - from).read_to_end(&mut text)?;
            if let Some(place) = Split::Lines.end(&text) {
                return Ok(Some(from + place as u64));
            }
        }
        Ok(None)
    }

    /// Reads the rest in order.
    fn read_on(&mut self, spare: Vec<u8>) -> io::Result<Option<RangeBlock>> {
        let (tally, progress) = &self.counts;
        let rest = SharedFile::from(&self.file, self.left.start);
        let rest = rest.take(self.left.end - self.left.start);
        let rest: SendReader<'a> = Box::new(Counted::new(Box::new(rest), tally, progress));
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let rest = self
            .rest
            .get_or_insert_with(|| Blocks::new(Vec::new(), rest, size, Split::Lines));
        Ok(rest.next_block(spare)?.map(RangeBlock::Text))
    }
}

impl BlockSource for FileRanges<'_> {
    type Block = RangeBlock;
    /// Memory that is read into again.
    type Spare = Vec<u8>;

    fn next_block(&mut self, spare: Vec<u8>) -> io::Result<Option<RangeBlock>> {
        if self.rest.is_some() {
            return self.read_on(spare);
        }
        if self.left.is_empty() {
            return Ok(None);
        }
        let Some(end) = self.next_end()? else {
            return self.read_on(spare);
        };
        let (tally, progress) = &self.counts;
        let more = end.saturating_sub(self.counted);
        tally.add_length(more);
        progress.add(more);
        self.counted = self.counted.max(end);
        let range = self.left.start..end;
        self.left.start = end;
        Ok(Some(RangeBlock::Range(RangePieces {
            file: Arc::clone(&self.file),
            left: range,
            is_last: self.left.is_empty(),
            memory: spare,
            piece: self.piece,
            held: 0,
            used: 0,
        })))
    }

    fn parse(frame: &Frame<'_>, block: &mut RangeBlock) -> Parsed {
        let pieces = match block {
            RangeBlock::Text(block) => return Blocks::<SendReader<'_>>::parse(frame, block),
            RangeBlock::Range(pieces) => pieces,
        };
        let (mut findings, read) = match read_pieces(frame, pieces) {
            Ok(parsed) => parsed,
            Err(error) => return (Findings::default(), Err(DataError::io("")(error).into())),
        };
        if !pieces.is_last {
            findings.ended = true;
        }
        (findings, read.map_err(PipelineError::from))
    }

    fn spare(block: RangeBlock) -> Vec<u8> {
        match block {
            RangeBlock::Text(block) => block.text,
            RangeBlock::Range(pieces) => pieces.memory,
        }
    }
}

/// The text of a block, which is read in pieces into the same memory.
pub(crate) struct RangePieces {
    file: Arc<File>,
    /// What is not read yet.
    left: Range<u64>,
    /// Whether the file ends with this block.
    is_last: bool,
    memory: Vec<u8>,
    piece: usize,
    /// Bytes in the memory, and those of the piece before.
    held: usize,
    used: usize,
}

impl RangePieces {
    /// Reads on, until the memory is full or the block ends.
    fn fill(&mut self) -> io::Result<()> {
        if self.memory.len() <= self.held + self.piece / 2 {
            self.memory.resize(self.held + self.piece, 0);
        }
        let room = self.memory.get_mut(self.held..).unwrap_or_default();
        let left = usize::try_from(self.left.end - self.left.start).unwrap_or(usize::MAX);
        let count = room.len().min(left);
        let mut source = SharedFile::from(&self.file, self.left.start);
        let read = source.read_exact(room.get_mut(..count).unwrap_or_default());
        read.map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => {
                io::Error::new(error.kind(), "it became shorter while it was read")
            }
            _ => error,
        })?;
        self.left.start += count as u64;
        self.held += count;
        Ok(())
    }
}

impl Pieces for RangePieces {
    fn next_piece(&mut self) -> io::Result<Option<&[u8]>> {
        self.memory.copy_within(self.used..self.held, 0);
        self.held -= self.used;
        self.used = 0;
        while self.used == 0 && !self.left.is_empty() {
            self.fill()?;
            let text = self.memory.get(..self.held).unwrap_or_default();
            self.used = Split::Lines.end(text).unwrap_or_default();
        }
        if self.left.is_empty() {
            self.used = self.held;
        }
        Ok(self.memory.get(..self.used).filter(|text| !text.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::{FileRanges, RangeBlock};
    use crate::data::ingest::block_parser::Pieces;
    use crate::data::ingest::pipeline::BlockSource;
    use crate::data::progress::Progress;
    use crate::data::sources::tally::Tally;
    use proptest::collection::vec;
    use proptest::{prop_assert, prop_assert_eq, proptest};
    use std::fs::File;
    use std::io::Write;
    use std::sync::Arc;

    /// The texts of all pieces from a place on, block by block; the number of bytes that were counted.
    fn pieces_of(text: &[u8], from: u64, size: (usize, usize)) -> (Vec<Vec<Vec<u8>>>, u64) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        let file: Arc<File> = Arc::new(file);
        let (tally, progress) = (Tally::of_question(false), Progress::default());
        let places = (from..text.len() as u64, from);
        let mut ranges = FileRanges::new(&file, places, size, (tally.shared(), &progress));
        let (mut blocks, mut spare) = (Vec::new(), Vec::new());
        while let Some(mut block) = ranges.next_block(spare).unwrap() {
            let mut pieces = Vec::new();
            match &mut block {
                RangeBlock::Text(block) => pieces.push(block.text.clone()),
                RangeBlock::Range(range) => {
                    while let Some(piece) = range.next_piece().unwrap() {
                        pieces.push(piece.to_vec());
                    }
                }
            }
            spare = FileRanges::spare(block);
            blocks.push(pieces);
        }
        (blocks, tally.bytes())
    }

    proptest! {
        #[test]
        fn pieces_are_whole_lines_and_together_the_text(
            lines in vec("[a-c\"]{0,40}(\n|\r\n|\r)", 0..40),
            end in "[a-c]{0,9}",
            (size, piece) in (1_usize..200, 1_usize..90),
            skipped in 0_usize..30,
        ) {
            let text = format!("{}{end}", lines.concat()).into_bytes();
            let from = skipped.min(text.len());
            let (blocks, counted) = pieces_of(&text, from as u64, (size, piece));
            let pieces: Vec<&Vec<u8>> = blocks.iter().flatten().collect();
            let rest = &text[from..];
            prop_assert_eq!(pieces.iter().copied().flatten().copied().collect::<Vec<u8>>(), rest);
            prop_assert_eq!(counted, rest.len() as u64);
            let mut place = 0;
            for piece in pieces {
                place += piece.len();
                let half = rest[..place].ends_with(b"\r") && rest[place..].starts_with(b"\n");
                prop_assert!(!half);
                prop_assert!(place == rest.len() || piece.ends_with(b"\n") || piece.ends_with(b"\r"));
            }
        }
    }

    #[test]
    fn a_text_without_a_line_end_is_read_in_order() {
        let long = [b"a\n".as_slice(), &vec![b'x'; 3 << 20], b"\nb\n"].concat();
        let (blocks, counted) = pieces_of(&long, 0, (2 << 20, 1 << 16));
        assert_eq!(blocks.concat().concat(), long);
        assert_eq!(counted, long.len() as u64);
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a\nb\n").unwrap();
        let file = Arc::new(file);
        let progress = Progress::default();
        let counts = (Tally::of_question(false), &progress);
        let mut ranges = FileRanges::new(&file, (0..9, 0), (100, 100), counts);
        let block = ranges.next_block(Vec::new()).unwrap();
        let Some(RangeBlock::Range(mut pieces)) = block else {
            panic!("a block is expected");
        };
        let error = pieces.next_piece().unwrap_err().to_string();
        assert!(error.contains("became shorter"), "{error}");
    }
}
