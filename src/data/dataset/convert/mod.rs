//! Converts a cost file into a stored table in one checked pass, followed by a second count. The pass restarts if the
//! text contradicts an assumption.

pub(super) mod whole_file;

use crate::data::columns::column_types::day_of;
use crate::data::columns::dates::{DateOrder, DateRules, DayOrder};
use crate::data::columns::layout::Layout;
use crate::data::dataset::early::{EarlyRows, EarlyTable};
use crate::data::dataset::input_rows::InputRows;
use crate::data::dataset::places;
use crate::data::dataset::row_groups::{RowGroupMaker, RowWriter};
use crate::data::dataset::row_marks::RowMarks;
use crate::data::dataset::wanted::Wanted;
use crate::data::error::DataError;
use crate::data::ingest::block_parser::Frame;
use crate::data::ingest::blocks::{BLOCK, Split};
use crate::data::ingest::decisions::Decisions;
use crate::data::ingest::findings::{Findings, Fingerprint, Repair, Totals};
use crate::data::ingest::halt::{ParseStop, Restart};
use crate::data::ingest::head::Head;
use crate::data::ingest::pipeline::PipelineError;
use crate::data::ingest::projection::Projection;
use crate::data::progress::Progress;
use crate::data::room;
use crate::data::sources::content::Input;
use crate::data::sources::page_rows::RowNumbers;
use crate::data::sources::tally::Tally;
use crate::data::table::checksum::Sealer;
use crate::data::table::footer::{Info, OrderFacts, RepairRecord, SCHEMA};
use crate::data::table::row_checksums::RowGroupChecksum;
use crate::data::threads::threads;
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::query::columns::Role;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use whole_file::{complete, refuse_cut_row, refuse_lost_currency, refuse_unread};

/// Options of a conversion.
#[derive(Clone)]
pub struct Options<'a> {
    pub progress: &'a Progress,
    pub threads: usize,
    /// Bytes of text in a block; tests use smaller ones.
    pub block: usize,
    /// How dates are read.
    pub dates: DateRules,
    /// The numbers of the rows, if the text was made from JSON.
    pub numbers: Option<&'a RowNumbers>,
    /// The columns to read, if only one question is asked; the table must not be stored then.
    pub wanted: Option<&'a Wanted>,
    /// Takes rows while they are read.
    pub early: Option<&'a dyn EarlyRows>,
}

impl<'a> Options<'a> {
    /// Options with as many threads as the process may use, up to a limit.
    pub fn new(progress: &'a Progress) -> Self {
        Self {
            progress,
            threads: threads().min(MOST_THREADS),
            block: BLOCK.min(text_in_flight() / (threads().min(MOST_THREADS) + 1)),
            dates: DateRules::default(),
            numbers: None,
            wanted: None,
            early: None,
        }
    }

    /// The bytes of a text that are in work at a time: one block for each thread, and the next one.
    fn in_work(&self, input: &Input<'_>) -> u64 {
        let blocks = self.block.saturating_mul(self.threads + 1) as u64;
        input.text_bytes().map_or(blocks, |bytes| blocks.min(bytes))
    }

    /// Returns the options for a text that was made from JSON.
    #[must_use]
    pub(crate) fn with_numbers<'b>(&self, numbers: &'b RowNumbers) -> Options<'b>
    where
        'a: 'b,
    {
        Options {
            numbers: Some(numbers),
            ..self.clone()
        }
    }

    /// Returns the options for reading only what one question needs.
    #[must_use]
    pub fn only(&self, wanted: Option<&'a Wanted>) -> Self {
        Self {
            wanted,
            ..self.clone()
        }
    }

    /// Returns the options for reading all columns.
    #[must_use]
    pub(crate) fn whole(&self) -> Self {
        self.only(None)
    }

    /// Returns the options with other rules for dates.
    #[must_use]
    pub fn with_dates(&self, dates: DateRules) -> Self {
        Self {
            dates,
            ..self.clone()
        }
    }
}

/// Additional threads would only wait for the one that splits the text.
const MOST_THREADS: usize = 8;

/// Bytes of text in flight, regardless of the number of threads: less where memory is tight.
fn text_in_flight() -> usize {
    room::share(6, 3 << 20, 96 << 20)
}

/// A writer that can be emptied.
pub trait Resettable: Write {
    /// Discards everything written so far.
    fn empty(&mut self) -> io::Result<()>;
}

impl Resettable for File {
    fn empty(&mut self) -> io::Result<()> {
        self.set_len(0)?;
        self.seek(SeekFrom::Start(0)).map(|_| ())
    }
}

impl Resettable for tempfile::SpooledTempFile {
    fn empty(&mut self) -> io::Result<()> {
        self.set_len(0)?;
        self.seek(SeekFrom::Start(0)).map(|_| ())
    }
}

/// The result of a pass.
#[derive(Debug, Clone)]
pub struct Ingested {
    pub layout: Layout,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    pub bom: bool,
    /// Exact totals, summed from the text itself.
    pub totals: Vec<Money>,
    pub repairs: Vec<Repair>,
    /// Whether the places of repairs are rows, counted from 1: the source has no lines.
    pub by_row: bool,
    /// First and last day seen.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// The metric that the rows prove: only amortized files have unused benefits, only actual ones have purchases.
    pub metric: Option<Metric>,
    pub fingerprint: Fingerprint,
    /// The order that the dates prove.
    pub dates: DateOrder,
    /// The first line with an ambiguous date.
    pub unclear_line: u64,
    /// The marks of the rows, if they were asked for and can be made.
    pub(crate) marks: Option<RowMarks>,
}

/// Converts one text into a stored table.
pub(crate) fn convert<T: Resettable>(
    input: &Input<'_>,
    about: &OrderFacts,
    mut target: T,
    options: &Options<'_>,
) -> Result<(T, Ingested), DataError> {
    let mut decisions = Decisions {
        order: options.dates.forced.unwrap_or_default(),
        order_given: options.dates.forced.is_some(),
        one_table: input.is_one_table(),
        ..Decisions::default()
    };
    if let Some(early) = options.early {
        early.begin(input.name);
    }
    let dropped = || {
        if let Some(early) = options.early {
            early.again(input.name);
        }
    };
    loop {
        let tally = match options.wanted {
            Some(wanted) => Tally::of_question(wanted.several),
            None => Tally::default(),
        };
        let count = options.progress.own();
        match attempt(input, about, &mut target, options, &decisions, &tally) {
            Ok(ingested) => return Ok((target, ingested)),
            Err(PipelineError::Stopped(ParseStop::Restart(ref restart), before))
                if decide(&mut decisions, restart, before) =>
            {
                dropped();
                options.progress.back_to(count);
                target.empty().map_err(DataError::io(input.name))?;
            }
            Err(stop) => {
                dropped();
                let error = said(input.name, stop);
                return Err(places::in_error(error, input, options.numbers));
            }
        }
    }
}

/// Records what the next pass has to do differently. Returns `false` if that was already known.
fn decide(decisions: &mut Decisions, restart: &Restart, lines_before: u64) -> bool {
    let before = decisions.clone();
    match restart {
        Restart::DayFirst { line } => {
            decisions.order = DayOrder::DayFirst;
            decisions.day_first_line = Some(line + lines_before);
        }
        Restart::AsText { column } => {
            decisions.as_text.insert(*column);
        }
        Restart::NoNumber { column, line } => {
            decisions.as_text.insert(*column);
            decisions.no_numbers.insert(*column, line + lines_before);
        }
        Restart::ByQuotes => decisions.split = Split::Quotes,
        Restart::ByFields => decisions.split = Split::Fields,
        Restart::TwoLayouts => decisions.two_layouts = true,
        Restart::Hours => decisions.hours = true,
        // The caller splits the text into its tables.
        Restart::Tables => {}
        // The text finds again what the typed columns found.
        Restart::ByText => *decisions = decisions.by_text(),
    }
    *decisions != before
}

fn said(file: &str, stop: PipelineError) -> DataError {
    match stop {
        PipelineError::Error(DataError::Io { source, .. }) => DataError::io(file)(source),
        PipelineError::Error(DataError::Taker(source)) => {
            DataError::io(&format!("{file}: its table cannot be written"))(source)
        }
        PipelineError::Error(error) => error,
        PipelineError::Stopped(ParseStop::Error(trouble), before) => trouble.error(file, before),
        PipelineError::Stopped(ParseStop::Cancelled, _) => DataError::Cancelled,
        PipelineError::Stopped(ParseStop::Overflow, _) => DataError::Overflow {
            what: file.to_owned(),
        },
        PipelineError::Stopped(ParseStop::Restart(Restart::Tables), _) => {
            DataError::SeveralTables {
                file: file.to_owned(),
            }
        }
        // A restart that would change nothing.
        PipelineError::Stopped(ParseStop::Restart(_), _) => DataError::Stored(format!(
            "{file}: reading it did not finish; please report this file's header"
        )),
    }
}

/// The columns of a file that are read; all of them if none are named, or if it has no header.
fn projection(head: &Head, wanted: Option<&Wanted>) -> Projection {
    let wanted = wanted.filter(|_| !head.fields.is_empty());
    let columns = wanted.map(|wanted| wanted.in_layout(&head.layout));
    columns.unwrap_or_default()
}

fn attempt<T: Resettable>(
    input: &Input<'_>,
    about: &OrderFacts,
    target: &mut T,
    options: &Options<'_>,
    decisions: &Decisions,
    tally: &Tally,
) -> Result<Ingested, PipelineError> {
    let size = (options.block, options.wanted);
    refuse_unread(input)?;
    room::check_reading(options.in_work(input), input.name)?;
    let (head, mut rows) = InputRows::open(input, size, tally, options.progress, decisions)?;
    let is_typed = rows.is_typed();
    let kinds = head.kinds(decisions);
    let projection = projection(&head, options.wanted);
    rows.only(&projection, &head);
    let maker = RowGroupMaker::new(&head.layout, &kinds, &projection)?;
    let mut writer = RowWriter::new(&mut *target, &maker.schema)?;
    let frame = Frame {
        head: &head,
        decisions,
        kinds: &kinds,
        projection: &projection,
        progress: options.progress,
    };
    let mut early = EarlyTable::of(options.early, input.name, &frame, &maker);
    let make = |columns, findings| maker.group(columns, findings);
    let mut marks = maker.no_marks();
    let mut findings = rows.run(&frame, options.threads, make, |made| {
        early.take(made.group());
        made.add_marks(&mut marks);
        writer.take(&made)
    })?;
    early.end();
    let writer = writer.end()?;
    let restart = |why| {
        // Lines of typed columns are no lines of the text.
        let why = if is_typed { Restart::ByText } else { why };
        Err(PipelineError::from(ParseStop::Restart(why)))
    };
    if findings.rivals.is_mixed() && !decisions.two_layouts {
        return restart(Restart::TwoLayouts);
    }
    let dates = findings
        .date_texts
        .order(decisions.order, &options.dates, head.layout.is_known());
    if dates == DateOrder::Proven(DayOrder::DayFirst) && decisions.order == DayOrder::MonthFirst {
        let line = findings.date_texts.line();
        return restart(Restart::DayFirst { line });
    }
    refuse_cut_row(&head, &findings, input.name)?;
    refuse_lost_currency(&findings, input.name)?;
    let sets = maker.into_sets();
    complete(&mut findings, &head, decisions, &sets, input);
    let mut ingested = ingested(head, &findings, tally, dates);
    let numbers = (is_typed, options.numbers);
    ingested.marks = marks;
    ingested.by_row = places::in_repairs(&mut ingested.repairs, input, numbers)?;
    let mut info = info(&ingested, &findings, about, decisions);
    info.unread = unread(input);
    add_seals(&mut info, &writer.sealer);
    if !projection.is_whole() {
        info.headers = Some(ingested.layout.headers.clone());
    } else if ingested.layout.role(Role::EffectiveCost).is_none() {
        let seal = writer.sealer.seal();
        info.sealed = Some(RowGroupChecksum::new(findings.checksums, seal));
    }
    writer.finish(&info, &sets)?;
    Ok(ingested)
}

/// The names of the columns that cannot be read.
fn unread(input: &Input<'_>) -> Vec<String> {
    let columns = input.types.unread.iter();
    columns.map(|column| column.name.clone()).collect()
}

/// Adds the checksums of what was written.
fn add_seals(info: &mut Info, sealer: &Sealer) {
    info.seal = Some(sealer.seal());
    info.segments = sealer.segments().to_text();
}

pub(super) fn ingested(
    head: Head,
    findings: &Findings,
    tally: &Tally,
    dates: DateOrder,
) -> Ingested {
    let metric = if head.layout.is_amortized_only() || findings.proofs.unused {
        Some(Metric::Amortized)
    } else if findings.proofs.purchase {
        Some(Metric::Actual)
    } else {
        findings.proofs.priced_benefit.then_some(Metric::Amortized)
    };
    Ingested {
        rows: findings.rows,
        bytes: tally.bytes(),
        sha256: tally.digest(),
        bom: head.bom,
        totals: money(&findings.totals, |totals| totals.cost),
        repairs: findings.repairs.list(),
        by_row: false,
        days: findings
            .days
            .map(|(first, last)| (day_of(first), day_of(last))),
        metric,
        fingerprint: findings.fingerprint.clone(),
        layout: head.layout,
        dates,
        unclear_line: findings.date_texts.line(),
        marks: None,
    }
}

fn money(
    totals: &BTreeMap<Option<String>, Totals>,
    amount: impl Fn(&Totals) -> crate::domain::money::Amount,
) -> Vec<Money> {
    totals
        .iter()
        .map(|(currency, totals)| Money {
            currency: currency.clone(),
            amount: amount(totals),
        })
        .collect()
}

pub(super) fn info(
    ingested: &Ingested,
    findings: &Findings,
    about: &OrderFacts,
    decisions: &Decisions,
) -> Info {
    let both = ingested.layout.role(Role::EffectiveCost).is_some();
    let mut info = Info {
        schema: SCHEMA,
        about: OrderFacts {
            metric: about.metric.or(ingested.metric),
            ..about.clone()
        },
        dialect: ingested.layout.dialect.word().to_owned(),
        rows: ingested.rows,
        bytes: ingested.bytes,
        sha256: ingested.sha256.clone(),
        bom: ingested.bom,
        day_first: decisions.order == DayOrder::DayFirst,
        totals: ingested.totals.clone(),
        effective_totals: if both {
            money(&findings.totals, |totals| totals.effective)
        } else {
            Vec::new()
        },
        repairs: ingested.repairs.iter().map(RepairRecord::of).collect(),
        by_row: ingested.by_row,
        days: ingested.days,
        ..Info::default()
    };
    info.set_fingerprint(&ingested.fingerprint);
    info
}
