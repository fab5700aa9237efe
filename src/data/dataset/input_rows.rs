//! The rows of an input: records of a text, or typed columns where the file has them.

use super::wanted::Wanted;
use crate::data::columns::column_types::Filling;
use crate::data::error::DataError;
use crate::data::ingest::block_parser::Frame;
use crate::data::ingest::blocks::{Blocks, Split};
use crate::data::ingest::decisions::Decisions;
use crate::data::ingest::findings::Findings;
use crate::data::ingest::head;
use crate::data::ingest::head::Head;
use crate::data::ingest::pipeline::{PipelineError, PipelineResult, run};
use crate::data::ingest::projection::Projection;
use crate::data::progress::Progress;
use crate::data::sources::content::Input;
use crate::data::sources::file_ranges::FileRanges;
use crate::data::sources::tally::Tally;
use crate::data::sources::utf_16::SendReader;
use crate::data::table::foreign::blocks::ColumnBlocks;

/// Bytes of text in a block of records if only some columns are wanted: most texts of a column are new once in each block.
const QUESTION: usize = 6 << 20;

/// The rows of an input that was opened.
pub(super) enum InputRows<'a> {
    Text(Blocks<SendReader<'a>>),
    Ranges(FileRanges<'a>),
    Typed(Box<ColumnBlocks<'a>>),
}

impl<'a> InputRows<'a> {
    /// Opens an input, whose blocks have about `size` bytes of text, and reads its header. If only some columns are
    /// wanted, the blocks of records are smaller, because few of their bytes are kept.
    pub(super) fn open(
        input: &Input<'_>,
        (size, wanted): (usize, Option<&Wanted>),
        tally: &Tally,
        progress: &'a Progress,
        decisions: &Decisions,
    ) -> Result<(Head, Self), DataError> {
        // The rows of two layouts are compared field by field.
        let by_text = decisions.by_text || decisions.two_layouts;
        let head = if by_text { None } else { input.typed_head() };
        if let Some(head) = head
            && let Some(blocks) = input.typed_blocks(size, tally, progress)
        {
            return Ok((decided(head, decisions), Self::Typed(Box::new(blocks?))));
        }
        let before = tally.bytes();
        let mut source = input.open(tally, progress)?;
        let (mut head, start) = head::read(input.name, &mut source)?;
        head.lines += input.lines_before();
        let size = wanted.map_or(size, |_| size.min(QUESTION));
        let read = (tally.bytes() - before, start.as_slice());
        if wanted.is_some()
            && decisions.split == Split::Lines
            && let Some(ranges) = input.ranges(read, size, tally, progress)
        {
            return Ok((decided(head, decisions), Self::Ranges(ranges)));
        }
        let blocks = Blocks::new(start, source, size, decisions.split);
        Ok((decided(head, decisions), Self::Text(blocks)))
    }

    /// Whether the rows have typed columns, and each one counts as one line.
    pub(super) fn is_typed(&self) -> bool {
        matches!(self, Self::Typed(_))
    }

    /// Leaves the typed columns untouched that are not read. Billing periods may decide the order of days, and the other
    /// spellings of a column are compared with it.
    pub(super) fn only(&mut self, projection: &Projection, head: &Head) {
        if let Self::Typed(blocks) = self {
            let layout = &head.layout;
            let spellings: Vec<usize> = layout.rivals().into_iter().flatten().collect();
            blocks.only(|at| {
                projection.reads(at) || layout.is_billing_period(at) || spellings.contains(&at)
            });
        }
    }

    /// Reads all rows; see [`run`].
    pub(super) fn run<G: Send>(
        self,
        frame: &Frame<'_>,
        threads: usize,
        make: impl Fn(Vec<Filling>, Findings) -> Result<PipelineResult<G>, DataError> + Sync,
        take: impl FnMut(G) -> Result<(), DataError>,
    ) -> Result<Findings, PipelineError> {
        match self {
            Self::Text(blocks) => run(frame, threads, blocks, make, take),
            Self::Ranges(ranges) => run(frame, threads, ranges, make, take),
            Self::Typed(blocks) => run(frame, threads, *blocks, make, take),
        }
    }
}

/// The header under these decisions.
fn decided(mut head: Head, decisions: &Decisions) -> Head {
    if decisions.hours {
        head = head.with_hours();
    }
    if decisions.two_layouts {
        head.layout.set_mixed();
    }
    head
}
