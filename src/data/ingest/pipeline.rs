//! Reads, converts and writes in parallel: one thread splits blocks, workers turn them into row groups, and the
//! caller's thread takes those in order.

use super::block_parser;
use super::block_parser::Frame;
use super::blocks::{Block, Blocks};
use super::findings::Findings;
use super::halt::ParseStop;
use crate::data::columns::column_types::Filling;
use crate::data::error::DataError;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The row group made from the columns of a block.
pub(crate) struct PipelineResult<G> {
    pub(crate) group: G,
    /// The findings of the block, with the repairs made while encoding.
    pub(crate) findings: Findings,
}

/// The reason a pass over the whole text ended early.
pub(crate) enum PipelineError {
    Error(DataError),
    /// In the block that starts after this many lines.
    Stopped(ParseStop, u64),
}

impl From<DataError> for PipelineError {
    fn from(error: DataError) -> Self {
        Self::Error(error)
    }
}

impl From<ParseStop> for PipelineError {
    fn from(stop: ParseStop) -> Self {
        Self::Stopped(stop, 0)
    }
}

/// The findings of a block and its columns.
pub(crate) type Parsed = (Findings, Result<Vec<Filling>, PipelineError>);

/// The blocks of a file, read in order on one thread and parsed on others.
pub(crate) trait BlockSource: Send {
    type Block: Send;
    /// Buffers of parsed blocks, for the next ones.
    type Spare: Default + Send;

    /// The next block; `None` at the end.
    fn next_block(&mut self, spare: Self::Spare) -> io::Result<Option<Self::Block>>;

    /// Turns a block into columns.
    fn parse(frame: &Frame<'_>, block: &mut Self::Block) -> Parsed;

    /// The buffers of a parsed block.
    fn spare(block: Self::Block) -> Self::Spare;
}

impl<R: Read + Send> BlockSource for Blocks<R> {
    type Block = Block;
    /// Memory that is read into again.
    type Spare = Vec<u8>;

    fn next_block(&mut self, spare: Vec<u8>) -> io::Result<Option<Block>> {
        Blocks::next_block(self, spare)
    }

    fn parse(frame: &Frame<'_>, block: &mut Block) -> Parsed {
        let (mut findings, mut read) = block_parser::read(frame, &block.text);
        if !block.last {
            findings.ended = true;
        }
        if block.cut && read.is_ok() {
            read = Err(ParseStop::line(
                findings.last_line,
                "no line end within 64 MB of the start of this row: the file is damaged",
            ));
        }
        (findings, read.map_err(PipelineError::from))
    }

    fn spare(block: Block) -> Vec<u8> {
        block.text
    }
}

type BlockOutcome<G> = (Findings, Result<Option<G>, PipelineError>);
/// Takes the outcome of a block with its number.
type Outcomes<G> = Sender<(u64, BlockOutcome<G>)>;

/// Runs one pass: `make` is called by the workers, `take` by this thread, in the order of the text. With one thread, this
/// one does everything.
pub(crate) fn run<G: Send, S: BlockSource>(
    frame: &Frame<'_>,
    threads: usize,
    blocks: S,
    make: impl Fn(Vec<Filling>, Findings) -> Result<PipelineResult<G>, DataError> + Sync,
    mut take: impl FnMut(G) -> Result<(), DataError>,
) -> Result<Findings, PipelineError> {
    if threads < 2 {
        return alone(frame, blocks, &make, &mut take);
    }
    let stop = AtomicBool::new(false);
    let (send_block, blocks_in) = bounded::<(u64, S::Block)>(1);
    let (send_outcome, outcomes) = unbounded::<(u64, BlockOutcome<G>)>();
    // Limits the number of blocks in flight, so that memory does not grow with the file.
    let (give_back, permits) = bounded::<()>(threads + 1);
    // The buffers of parsed blocks go back to the reader.
    let (send_spare, spares) = unbounded::<S::Spare>();
    for _ in 0..=threads {
        let _ = give_back.send(());
    }
    // The reader takes the blocks when it starts; if it cannot start, they are still here.
    let blocks = Mutex::new(Some(blocks));
    let taken = || blocks.lock().unwrap_or_else(PoisonError::into_inner).take();
    thread::scope(|scope| {
        let mut workers = 0;
        for _ in 0..threads {
            let blocks_in = blocks_in.clone();
            let (send_outcome, send_spare) = (send_outcome.clone(), send_spare.clone());
            let (make, stop) = (&make, &stop);
            let task = move || {
                work::<G, S>(frame, &blocks_in, (&send_outcome, &send_spare), make, stop);
            };
            workers += usize::from(thread::Builder::new().spawn_scoped(scope, task).is_ok());
        }
        drop((blocks_in, send_outcome, send_spare));
        let (flag, taken) = (&stop, &taken);
        let read = move || match taken() {
            Some(blocks) => read_blocks(blocks, &send_block, (&permits, &spares), flag),
            None => Ok(()),
        };
        let reader = if workers > 0 {
            thread::Builder::new().spawn_scoped(scope, read).ok()
        } else {
            None
        };
        // The system allows too few threads: this one does everything.
        let Some(reader) = reader else {
            return match taken() {
                Some(blocks) => alone(frame, blocks, &make, &mut take),
                None => Ok(first(frame)),
            };
        };
        let result = collect(frame, &outcomes, &give_back, &mut take);
        stop.store(true, Ordering::Relaxed);
        // Dropping the receivers unblocks a waiting reader.
        drop((give_back, outcomes));
        let read = match reader.join() {
            Ok(read) => read,
            Err(_) => Err(io::Error::other("the reading thread ended unexpectedly")),
        };
        let findings = result?;
        read.map_err(DataError::io(""))?;
        Ok(findings)
    })
}

/// Reads, converts and writes on this thread.
fn alone<G, S: BlockSource>(
    frame: &Frame<'_>,
    mut blocks: S,
    make: &impl Fn(Vec<Filling>, Findings) -> Result<PipelineResult<G>, DataError>,
    take: &mut impl FnMut(G) -> Result<(), DataError>,
) -> Result<Findings, PipelineError> {
    let mut all = first(frame);
    let mut spare = S::Spare::default();
    while let Some(block) = blocks.next_block(spare).map_err(DataError::io(""))? {
        let (parsed, left) = parsed::<S>(frame, block);
        spare = left;
        add(frame, &mut all, outcome_of(parsed, make), take)?;
    }
    Ok(all)
}

fn read_blocks<S: BlockSource>(
    mut blocks: S,
    send: &Sender<(u64, S::Block)>,
    (permits, spares): (&Receiver<()>, &Receiver<S::Spare>),
    stop: &AtomicBool,
) -> io::Result<()> {
    for number in 0.. {
        if permits.recv().is_err() || stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let spare = spares.try_recv().unwrap_or_default();
        let Some(block) = blocks.next_block(spare)? else {
            return Ok(());
        };
        if send.send((number, block)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

const ENDED: &str =
    "a thread that reads the file ended unexpectedly; please report this file's header";

/// The outcome of a block whose worker panicked, so that the block is not lost silently.
fn ended() -> Parsed {
    (Findings::default(), Err(ParseStop::line(1, ENDED).into()))
}

fn work<G, S: BlockSource>(
    frame: &Frame<'_>,
    blocks: &Receiver<(u64, S::Block)>,
    (send, spares): (&Outcomes<G>, &Sender<S::Spare>),
    make: &(impl Fn(Vec<Filling>, Findings) -> Result<PipelineResult<G>, DataError> + Sync),
    stop: &AtomicBool,
) {
    for (number, block) in blocks {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let (parsed, left) = parsed::<S>(frame, block);
        let _ = spares.send(left);
        if send.send((number, outcome_of(parsed, make))).is_err() {
            return;
        }
    }
}

/// Parses one block, and returns what is left of it.
fn parsed<S: BlockSource>(frame: &Frame<'_>, mut block: S::Block) -> (Parsed, S::Spare) {
    let worked = catch_unwind(AssertUnwindSafe(|| S::parse(frame, &mut block)));
    (worked.unwrap_or_else(|_| ended()), S::spare(block))
}

/// Makes the row group of a block.
fn outcome_of<G>(
    (mut findings, read): Parsed,
    make: &impl Fn(Vec<Filling>, Findings) -> Result<PipelineResult<G>, DataError>,
) -> BlockOutcome<G> {
    let result = match read {
        Ok(_) if findings.rows == 0 => Ok(None),
        Ok(columns) => catch_unwind(AssertUnwindSafe(|| {
            make(columns, std::mem::take(&mut findings))
        }))
        .unwrap_or_else(|_| Err(DataError::Stored(ENDED.to_owned())))
        .map(|made| {
            findings = made.findings;
            Some(made.group)
        })
        .map_err(PipelineError::Error),
        Err(stop) => Err(stop),
    };
    (findings, result)
}

fn collect<G>(
    frame: &Frame<'_>,
    outcomes: &Receiver<(u64, BlockOutcome<G>)>,
    give_back: &Sender<()>,
    take: &mut impl FnMut(G) -> Result<(), DataError>,
) -> Result<Findings, PipelineError> {
    let mut all = first(frame);
    let mut waiting: BTreeMap<u64, BlockOutcome<G>> = BTreeMap::new();
    let mut next = 0;
    for (number, outcome) in outcomes {
        waiting.insert(number, outcome);
        while let Some(outcome) = waiting.remove(&next) {
            next += 1;
            add(frame, &mut all, outcome, take)?;
            let _ = give_back.send(());
        }
    }
    Ok(all)
}

/// The findings before the first block.
fn first(frame: &Frame<'_>) -> Findings {
    Findings {
        lines: frame.head.lines,
        widths: [frame.head.fields.len(); 2],
        ended: true,
        ..Findings::default()
    }
}

/// Adds the outcome of the next block in the order of the text.
fn add<G>(
    frame: &Frame<'_>,
    all: &mut Findings,
    (findings, made): BlockOutcome<G>,
    take: &mut impl FnMut(G) -> Result<(), DataError>,
) -> Result<(), PipelineError> {
    let lines = all.lines;
    let group = made.map_err(|stop| match stop {
        PipelineError::Stopped(halt, _) => PipelineError::Stopped(halt, lines),
        error @ PipelineError::Error(_) => error,
    })?;
    frame.progress.add_rows(findings.rows);
    all.append(findings)
        .ok_or(PipelineError::Stopped(ParseStop::Overflow, lines))?;
    if let Some(group) = group {
        take(group)?;
    }
    if frame.progress.is_cancelled() {
        return Err(PipelineError::Stopped(ParseStop::Cancelled, lines));
    }
    Ok(())
}
