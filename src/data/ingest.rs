//! One pass over a CSV file: every column as text, the amount exact, the day typed, each repair counted.
//!
//! Rows go out in batches, so that a file of any length needs the memory of one batch. Nothing is dropped in
//! silence: a row is kept, or the file is refused with the line that made it so.

use super::dates::{self, DateProblem};
use super::error::DataError;
use super::layout::Layout;
use super::{COST, DATE};
use crate::domain::columns::Role;
use crate::domain::money::{Amount, Money};
use chrono::NaiveDate;
use polars::prelude::{
    Column, DataFrame, Int32Chunked, Int128Chunked, IntoColumn, IntoSeries, NewChunkedArray,
    StringChunkedBuilder,
};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

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
    /// Rows of a kind that only amortized files have were seen.
    pub has_unused: bool,
}

/// Reads a whole CSV file, handing each batch to `sink`.
pub fn read_csv(
    file: &str,
    source: impl Read,
    mut sink: impl FnMut(&Layout, DataFrame) -> Result<(), DataError>,
) -> Result<Ingested, DataError> {
    let (mut reader, bom) = open(file, source)?;
    let csv_error = |error: csv::Error| DataError::Io {
        file: file.to_owned(),
        source: io::Error::other(error),
    };
    let mut record = csv::ByteRecord::new();
    let mut header = csv::ByteRecord::new();
    reader.read_byte_record(&mut header).map_err(csv_error)?;
    let fields: Vec<String> = header
        .iter()
        .map(|field| String::from_utf8_lossy(field).into_owned())
        .collect();
    let mut pass = Pass::new(file, Layout::read(file, &fields)?);
    let mut ends_open = false;
    while reader.read_byte_record(&mut record).map_err(csv_error)? {
        let line = record.position().map_or(0, csv::Position::line) + reader.get_ref().line_lag();
        if record == header {
            pass.repair("repeated-header", line);
            continue;
        }
        let last = record.iter().next_back();
        ends_open = last.is_some_and(|field| field.contains(&b'\n'));
        pass.row(&record, line)?;
        if pass.batch_rows() >= BATCH {
            let frame = pass.take_batch()?;
            sink(&pass.layout, frame)?;
        }
    }
    pass.check_end(reader.get_ref(), ends_open)?;
    if pass.batch_rows() > 0 || pass.rows == 0 {
        let frame = pass.take_batch()?;
        sink(&pass.layout, frame)?;
    }
    Ok(pass.finish(reader.get_ref().bytes, bom))
}

type Parser<R> = csv::Reader<QuoteCount<BufReader<R>>>;

/// A parser behind the byte-order mark, and whether there was one.
fn open<R: Read>(file: &str, source: R) -> Result<(Parser<R>, bool), DataError> {
    let mut source = BufReader::with_capacity(1 << 20, source);
    let start = source.fill_buf().map_err(|source| DataError::Io {
        file: file.to_owned(),
        source,
    })?;
    let bom = start.starts_with(b"\xef\xbb\xbf");
    if bom {
        source.consume(3);
    }
    let counted = QuoteCount {
        inner: source,
        bytes: if bom { 3 } else { 0 },
        quotes: 0,
        last: b'\n',
        crlf: None,
    };
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 20)
        .from_reader(counted);
    Ok((reader, bom))
}

/// Counts bytes and quotes on their way to the parser, which itself says nothing about a quote left open.
struct QuoteCount<R> {
    inner: R,
    bytes: u64,
    quotes: u64,
    last: u8,
    /// Whether the first line ends in CRLF.
    crlf: Option<bool>,
}

impl<R> QuoteCount<R> {
    /// The parser ends a record at the CR, so that the next one seems to start on the line before its own.
    fn line_lag(&self) -> u64 {
        u64::from(self.crlf == Some(true))
    }
}

impl<R: Read> Read for QuoteCount<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(seen) = buffer.get(..count) {
            if self.crlf.is_none() {
                self.crlf = memchr::memchr(b'\n', seen)
                    .map(|at| at > 0 && seen.get(at - 1) == Some(&b'\r'));
            }
            self.bytes += count as u64;
            self.quotes += memchr::memchr_iter(b'"', seen).count() as u64;
            self.last = seen.last().copied().unwrap_or(self.last);
        }
        Ok(count)
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
    last_width: usize,
    totals: BTreeMap<Option<String>, Amount>,
    repairs: BTreeMap<&'static str, Repair>,
    span: Option<(NaiveDate, NaiveDate)>,
    has_unused: bool,
}

impl<'a> Pass<'a> {
    fn new(file: &'a str, layout: Layout) -> Self {
        let cost_at = layout.role(Role::Cost).unwrap_or_default();
        let texts = builders(&layout);
        Self {
            file,
            layout,
            cost_at,
            texts,
            costs: Vec::new(),
            days: Vec::new(),
            rows: 0,
            last_line: 1,
            last_width: 0,
            totals: BTreeMap::new(),
            repairs: BTreeMap::new(),
            span: None,
            has_unused: false,
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
        self.has_unused |= field(Role::ChargeType, &self.layout)
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("unused"));
        self.cost(record.get(self.cost_at).unwrap_or_default(), currency, line)?;
        let day = field(Role::Date, &self.layout).unwrap_or_default();
        self.day(&day, line)?;
        self.rows += 1;
        Ok(())
    }

    /// Short rows are kept when the money column is there; longer rows only when what is too much is blank.
    fn check_width(&mut self, record: &csv::ByteRecord, line: u64) -> Result<(), DataError> {
        let (have, want) = (record.len(), self.layout.headers.len());
        self.last_width = have;
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
        let mut text = String::from_utf8_lossy(bytes);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.repair("bad-utf8", line);
        }
        if at == 0 && text.starts_with('\u{feff}') {
            text = text.trim_start_matches('\u{feff}').to_owned().into();
            self.repair("second-bom", line);
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

    /// Refuses a file that stops inside a quoted field, or inside its last amount.
    fn check_end<R>(&self, end: &QuoteCount<R>, ends_open: bool) -> Result<(), DataError> {
        let cut = end.last != b'\n';
        if end.quotes % 2 == 1 && (ends_open || cut) {
            let problem = "a quoted field is never closed: the file was cut off or damaged";
            return Err(DataError::Line {
                file: self.file.to_owned(),
                line: self.last_line,
                problem: format!("{problem}; download it again"),
            });
        }
        if cut {
            self.refuse_cut_amount()
        } else {
            Ok(())
        }
    }

    /// Without a line end behind it, a last row that stops in the money column may have lost digits.
    fn refuse_cut_amount(&self) -> Result<(), DataError> {
        let stops_at_cost =
            self.last_width == self.cost_at + 1 && self.last_width < self.layout.headers.len();
        if self.rows > 0 && stops_at_cost {
            let problem =
                "the file ends in the middle of this row: it was cut off; download it again"
                    .to_owned();
            return Err(DataError::Line {
                file: self.file.to_owned(),
                line: self.last_line,
                problem,
            });
        }
        Ok(())
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
            has_unused: self.has_unused,
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
