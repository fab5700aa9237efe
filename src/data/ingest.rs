//! One pass over a CSV file: every column as text, the amount exact, the day typed, each repair counted.
//!
//! Rows go out in batches, so that a file of any length needs the memory of one batch. Nothing is dropped in
//! silence: a row is kept, or the file is refused with the line that made it so.

use super::benefit::Part;
use super::dates::{self, DateProblem};
use super::error::DataError;
use super::guard::{BadQuote, Guard};
use super::layout::Layout;
use super::{COST, DATE};
use crate::domain::columns::Role;
use crate::domain::metric::Metric;
use crate::domain::money::{Amount, Money};
use chrono::NaiveDate;
use polars::prelude::{
    Column, DataFrame, Int32Chunked, Int128Chunked, IntoColumn, IntoSeries, NewChunkedArray,
    StringChunkedBuilder,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read};

/// Rows of one batch.
const BATCH: usize = 100_000;

/// Something that was mended while reading, how often, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    pub kind: &'static str,
    pub count: u64,
    pub first_line: u64,
}

/// What one pass found out.
#[derive(Debug, Clone)]
pub struct Ingested {
    pub layout: Layout,
    pub rows: u64,
    pub bytes: u64,
    pub bom: bool,
    /// Exact totals, added up from the text itself.
    pub totals: Vec<Money>,
    pub repairs: Vec<Repair>,
    /// First and last day seen.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// What the rows prove about the metric: unused benefits are in amortized files only, bought ones in actual ones.
    pub metric: Option<Metric>,
    /// The sum of all rows' hashes: the same data has the same, in whatever order or line ends it comes.
    pub fingerprint: u128,
}

/// Reads a whole CSV file, handing each batch to `sink`.
pub fn read_csv(
    file: &str,
    source: impl Read,
    mut sink: impl FnMut(&Layout, DataFrame) -> Result<(), DataError>,
) -> Result<Ingested, DataError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 18)
        .from_reader(Guard::new(source));
    let mut record = csv::ByteRecord::new();
    let mut header = csv::ByteRecord::new();
    let wrong = |error| csv_error(file, error);
    reader.read_byte_record(&mut header).map_err(wrong)?;
    reader.get_mut().next_line();
    let fields: Vec<String> = header
        .iter()
        .map(|field| String::from_utf8_lossy(field).into_owned())
        .collect();
    let mut pass = Pass::new(file, Layout::read(file, &fields)?);
    while reader.read_byte_record(&mut record).map_err(wrong)? {
        let line = reader.get_mut().next_line();
        if record == header {
            pass.repair("repeated-header", line);
            continue;
        }
        pass.row(&record, line)?;
        if pass.batch_rows() >= BATCH {
            let frame = pass.take_batch()?;
            sink(&pass.layout, frame)?;
        }
    }
    let guard = reader.get_ref();
    if !guard.ends_with_line() {
        pass.refuse_cut_row()?;
    }
    for line in &guard.marks {
        pass.repair("second-bom", *line);
    }
    let (bytes, bom) = (guard.bytes, guard.first_mark);
    if pass.batch_rows() > 0 || pass.rows == 0 {
        let frame = pass.take_batch()?;
        sink(&pass.layout, frame)?;
    }
    Ok(pass.finish(bytes, bom))
}

/// A reading error, or the place where the quotes go wrong.
fn csv_error(file: &str, error: csv::Error) -> DataError {
    let file = file.to_owned();
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => io::Error::other(format!("{other:?}")),
    };
    let quote = source
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<BadQuote>());
    match quote {
        Some(BadQuote { line, problem }) => DataError::Line {
            file,
            line: *line,
            problem: (*problem).to_owned(),
        },
        None => DataError::Io { file, source },
    }
}

struct Pass<'a> {
    file: &'a str,
    layout: Layout,
    cost_at: usize,
    texts: Vec<StringChunkedBuilder>,
    costs: Vec<Option<i128>>,
    days: Vec<Option<i32>>,
    rows: u64,
    last_line: u64,
    widths: [usize; 2],
    totals: BTreeMap<Option<String>, Amount>,
    repairs: BTreeMap<&'static str, Repair>,
    span: Option<(NaiveDate, NaiveDate)>,
    has_unused: bool,
    has_purchase: bool,
    fingerprint: u128,
}

impl<'a> Pass<'a> {
    fn new(file: &'a str, layout: Layout) -> Self {
        let cost_at = layout.role(Role::Cost).unwrap_or_default();
        let texts = builders(&layout);
        let columns = layout.headers.len();
        Self {
            file,
            layout,
            cost_at,
            texts,
            costs: Vec::new(),
            days: Vec::new(),
            rows: 0,
            last_line: 1,
            widths: [columns, columns],
            totals: BTreeMap::new(),
            repairs: BTreeMap::new(),
            span: None,
            has_unused: false,
            has_purchase: false,
            fingerprint: 0,
        }
    }

    fn batch_rows(&self) -> usize {
        self.costs.len()
    }

    fn repair(&mut self, kind: &'static str, line: u64) {
        let entry = self.repairs.entry(kind).or_insert(Repair {
            kind,
            count: 0,
            first_line: line,
        });
        entry.count += 1;
    }

    fn row(&mut self, record: &csv::ByteRecord, line: u64) -> Result<(), DataError> {
        self.last_line = line;
        self.check_width(record, line)?;
        for at in 0..self.texts.len() {
            self.text(record.get(at), at, line);
        }
        let field = |role: Role, layout: &Layout| {
            layout
                .role(role)
                .and_then(|at| record.get(at))
                .map(|raw| String::from_utf8_lossy(raw).trim().to_owned())
        };
        let currency = field(Role::Currency, &self.layout).filter(|text| !text.is_empty());
        self.classify(record);
        self.fingerprint = self.fingerprint.wrapping_add(row_hash(record));
        self.cost(record.get(self.cost_at).unwrap_or_default(), currency, line)?;
        let day = field(Role::Date, &self.layout).unwrap_or_default();
        self.day(&day, line)?;
        self.rows += 1;
        Ok(())
    }

    /// Short rows are kept when the money column is there; longer rows only when what is too much is blank.
    fn check_width(&mut self, record: &csv::ByteRecord, line: u64) -> Result<(), DataError> {
        let (have, want) = (record.len(), self.layout.headers.len());
        self.widths = [self.widths[1], have];
        if have < want {
            if have <= self.cost_at {
                let problem = format!(
                    "{have} fields where the header has {want}, and the cost column is not among them"
                );
                return Err(DataError::Line {
                    file: self.file.to_owned(),
                    line,
                    problem,
                });
            }
            self.repair("short-row", line);
        }
        if have > want {
            if record
                .iter()
                .skip(want)
                .any(|field| !field.trim_ascii().is_empty())
            {
                let problem = format!(
                    "{have} fields where the header has {want}: a comma or quote is out of place"
                );
                return Err(DataError::Line {
                    file: self.file.to_owned(),
                    line,
                    problem,
                });
            }
            self.repair("long-row", line);
        }
        Ok(())
    }

    fn text(&mut self, raw: Option<&[u8]>, at: usize, line: u64) {
        let bytes = raw.unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.repair("bad-utf8", line);
        }
        let blank = text.trim().is_empty();
        if let Some(builder) = self.texts.get_mut(at) {
            builder.append_option((!blank).then_some(text.as_ref()));
        }
    }

    fn cost(&mut self, raw: &[u8], currency: Option<String>, line: u64) -> Result<(), DataError> {
        let text = String::from_utf8_lossy(raw);
        let clean = text.trim_start_matches('\u{feff}').trim();
        if clean.is_empty() {
            self.repair("blank-cost", line);
            self.costs.push(None);
            return Ok(());
        }
        let parsed = Amount::parse(clean)
            .map_err(|problem| self.field_error(Role::Cost, line, problem.to_string()))?;
        if parsed.rounded {
            self.repair("rounded-amount", line);
        }
        let total = self.totals.entry(currency).or_default();
        let overflow = || DataError::Overflow {
            what: self.file.to_owned(),
        };
        *total = total.checked_add(parsed.amount).ok_or_else(overflow)?;
        self.costs.push(Some(parsed.amount.units()));
        Ok(())
    }

    fn day(&mut self, text: &str, line: u64) -> Result<(), DataError> {
        let clean = text.trim_start_matches('\u{feff}');
        if clean.is_empty() {
            if self.layout.role(Role::Date).is_some() {
                self.repair("blank-date", line);
            }
            self.days.push(None);
            return Ok(());
        }
        let day = dates::parse(clean).map_err(|problem| {
            let text = match problem {
                DateProblem::NotADate => format!("`{clean}` is not a date (MM/DD/YYYY or YYYY-MM-DD)"),
                DateProblem::DayFirst => format!("`{clean}` has the day first: the file was saved again by a spreadsheet; use the file as downloaded"),
            };
            self.field_error(Role::Date, line, text)
        })?;
        let (first, last) = self.span.unwrap_or((day, day));
        self.span = Some((first.min(day), last.max(day)));
        self.days.push(Some(days_since_epoch(day)));
        Ok(())
    }

    fn field_error(&self, role: Role, line: u64, problem: String) -> DataError {
        let column = self.layout.role_header(role).unwrap_or_default().to_owned();
        DataError::Field {
            file: self.file.to_owned(),
            line,
            column,
            problem,
        }
    }

    /// Without a line end behind it, a last row that is shorter than the one before it was cut off: its last field,
    /// an amount or a currency, may have lost its end.
    fn refuse_cut_row(&self) -> Result<(), DataError> {
        let [before, last] = self.widths;
        if self.rows > 0 && last < before.min(self.layout.headers.len()) {
            return Err(DataError::Line {
                file: self.file.to_owned(),
                line: self.last_line,
                problem:
                    "the file ends in the middle of this row: it was cut off; download it again"
                        .to_owned(),
            });
        }
        Ok(())
    }

    /// Notes what a row proves about the metric.
    fn classify(&mut self, record: &csv::ByteRecord) {
        let layout = &self.layout;
        let text = |role: Role| {
            let raw = layout.role(role).and_then(|at| record.get(at))?;
            std::str::from_utf8(raw).ok()
        };
        let charge = text(Role::ChargeType);
        if charge.is_none_or(|charge| charge.trim().eq_ignore_ascii_case("usage")) {
            return;
        }
        let filled = |role| text(role).is_some_and(|id| !id.trim().is_empty());
        let has_id = filled(Role::Reservation) || filled(Role::Benefit);
        match Part::of(
            text(Role::PublisherType),
            text(Role::PricingModel),
            charge,
            has_id,
        ) {
            Part::UnusedReservation | Part::UnusedSavingsPlan => self.has_unused = true,
            Part::Purchase => self.has_purchase = true,
            _ => {}
        }
    }

    fn take_batch(&mut self) -> Result<DataFrame, DataError> {
        let texts = std::mem::replace(&mut self.texts, builders(&self.layout));
        let mut columns: Vec<Column> = texts
            .into_iter()
            .map(|builder| builder.finish().into_column())
            .collect();
        let costs = std::mem::take(&mut self.costs);
        let height = costs.len();
        columns.push(decimal(COST, costs)?);
        let days = Int32Chunked::from_iter_options(
            DATE.into(),
            std::mem::take(&mut self.days).into_iter(),
        );
        columns.push(days.into_date().into_series().into_column());
        Ok(DataFrame::new(height, columns)?)
    }

    fn finish(self, bytes: u64, bom: bool) -> Ingested {
        let metric = match (self.has_unused, self.has_purchase) {
            (true, _) => Some(Metric::Amortized),
            (false, true) => Some(Metric::Actual),
            (false, false) => None,
        };
        Ingested {
            layout: self.layout,
            rows: self.rows,
            bytes,
            bom,
            totals: self
                .totals
                .into_iter()
                .map(|(currency, amount)| Money { currency, amount })
                .collect(),
            repairs: self.repairs.into_values().collect(),
            days: self.span,
            metric,
            fingerprint: self.fingerprint,
        }
    }
}

fn builders(layout: &Layout) -> Vec<StringChunkedBuilder> {
    layout
        .headers
        .iter()
        .map(|header| StringChunkedBuilder::new(header.as_str().into(), 1024))
        .collect()
}

/// An exact amount column from units of 1e-18.
pub(crate) fn decimal(name: &str, units: Vec<Option<i128>>) -> Result<Column, DataError> {
    let physical = Int128Chunked::from_iter_options(name.into(), units.into_iter());
    Ok(physical.into_decimal(38, 18)?.into_series().into_column())
}

fn days_since_epoch(day: NaiveDate) -> i32 {
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).unwrap_or_default()
}

/// A hash of one row's fields.
fn row_hash(record: &csv::ByteRecord) -> u128 {
    let mut hash = Sha256::new();
    for field in record {
        hash.update(field.trim_ascii());
        hash.update([0x1f]);
    }
    let digest = hash.finalize();
    let half: [u8; 16] = digest.first_chunk().copied().unwrap_or_default();
    u128::from_be_bytes(half)
}
