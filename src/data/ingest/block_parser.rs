//! Parses one block of text into columns and checks every row.

use super::blocks::Split;
use super::decisions::Decisions;
use super::findings::{Findings, Totals};
use super::halt::{ParseError, ParseStop, Restart};
use super::head::Head;
use super::projection::Projection;
use super::records::{FieldSpan, Records};
use super::rows::Rows;
use super::rows::checks;
use super::rows::seen::SeenFields;
use super::structure::{RecordBatch, Scanner};
use crate::data::columns::column_types::{ColumnKind, Filling};
use crate::data::columns::dates::Slashes;
use crate::data::progress::Progress;
use crate::domain::query::columns::Role;
use std::io;

/// The parameters shared by all blocks of a file.
pub(crate) struct Frame<'a> {
    pub(crate) head: &'a Head,
    pub(crate) decisions: &'a Decisions,
    pub(crate) kinds: &'a [ColumnKind],
    pub(crate) projection: &'a Projection,
    pub(crate) progress: &'a Progress,
}

/// Parses one block.
pub(crate) fn read(frame: &Frame<'_>, text: &[u8]) -> (Findings, Result<Vec<Filling>, ParseStop>) {
    let mut pass = BlockParser::new(frame, text);
    let result = pass.run();
    pass.end(result)
}

/// The text of a block in pieces of whole records.
pub(crate) trait Pieces {
    /// The next piece; `None` at the end.
    fn next_piece(&mut self) -> io::Result<Option<&[u8]>>;
}

/// Parses one block whose text comes in pieces.
pub(crate) fn read_pieces(
    frame: &Frame<'_>,
    pieces: &mut impl Pieces,
) -> io::Result<(Findings, Result<Vec<Filling>, ParseStop>)> {
    let mut pass = BlockParser::new(frame, &[]);
    let mut result = Ok(());
    while result.is_ok()
        && let Some(piece) = pieces.next_piece()?
    {
        let mut here = pass.on(piece);
        result = here.run();
        pass = here.on(&[]);
    }
    Ok(pass.end(result))
}

/// The parser of one block.
pub(super) struct BlockParser<'f, 't> {
    pub(super) frame: &'f Frame<'f>,
    pub(super) text: &'t [u8],
    pub(super) columns: Vec<Filling>,
    pub(super) findings: Findings,
    /// Totals by currency code; `without` has those of rows without a currency.
    pub(super) totals: Vec<Totals>,
    pub(super) without: Totals,
    /// The amounts of the rows being read, from the parser that checks the stored values.
    pub(super) checked: Vec<Totals>,
    /// Unusual texts: column, code, kind, and the first line.
    pub(super) odd: Vec<(usize, u32, &'static str, u64)>,
    pub(super) hashed: Vec<usize>,
    /// For each column: the fields of earlier rows.
    pub(super) seen: Vec<SeenFields>,
    pub(super) charges: checks::Charges,
    pub(super) scratch: Vec<u8>,
    /// For each column: the columns that other layouts use for the same role.
    pub(super) rivals: Vec<Vec<usize>>,
    /// The date of the current row, if it is new in this block.
    pub(super) judged: Option<Slashes>,
    /// Columns of billing periods.
    pub(super) period_columns: Vec<usize>,
    /// Text columns whose leading and trailing blanks are removed.
    pub(super) trimmed: Vec<bool>,
    /// Tag columns, whose values may be empty; most files have none.
    pub(super) tags: Vec<bool>,
    pub(super) at: Places,
}

/// The positions of the cost, currency and date columns.
pub(super) struct Places {
    pub(super) cost: Option<usize>,
    pub(super) effective: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) date: Option<usize>,
}

impl<'f, 't> BlockParser<'f, 't> {
    pub(super) fn new(frame: &'f Frame<'f>, text: &'t [u8]) -> Self {
        let layout = &frame.head.layout;
        Self {
            frame,
            text,
            columns: frame.kinds.iter().map(|kind| Filling::new(*kind)).collect(),
            findings: Findings {
                ended: true,
                ..Findings::default()
            },
            judged: None,
            period_columns: (0..layout.headers.len())
                .filter(|at| layout.is_billing_period(*at))
                .collect(),
            totals: Vec::new(),
            without: Totals::default(),
            checked: Vec::new(),
            odd: Vec::new(),
            hashed: checks::hashed(layout),
            seen: unseen(frame),
            charges: checks::Charges::of(layout),
            scratch: Vec::new(),
            rivals: layout.rivals(),
            trimmed: layout.trimmed(),
            tags: layout.tag_columns(),
            at: Places {
                cost: layout.role(Role::Cost),
                effective: layout.role(Role::EffectiveCost),
                currency: layout.role(Role::Currency),
                date: layout.role(Role::Date),
            },
        }
    }

    /// Goes on with another text, which follows the one so far.
    fn on<'u>(self, text: &'u [u8]) -> BlockParser<'f, 'u> {
        BlockParser {
            text,
            // They are places in the text.
            seen: unseen(self.frame),
            frame: self.frame,
            columns: self.columns,
            findings: self.findings,
            totals: self.totals,
            without: self.without,
            checked: self.checked,
            odd: self.odd,
            hashed: self.hashed,
            charges: self.charges,
            scratch: self.scratch,
            rivals: self.rivals,
            judged: self.judged,
            period_columns: self.period_columns,
            trimmed: self.trimmed,
            tags: self.tags,
            at: self.at,
        }
    }

    /// The findings and the columns, once the text was read with this result.
    fn end(mut self, result: Result<(), ParseStop>) -> (Findings, Result<Vec<Filling>, ParseStop>) {
        let mut findings = std::mem::take(&mut self.findings);
        let result = result.and_then(|()| self.close(&mut findings));
        (findings, result.map(|()| self.columns))
    }

    fn run(&mut self) -> Result<(), ParseStop> {
        let (frame, text) = (self.frame, self.text);
        let header = frame.head.fields.as_slice();
        let mut scanner = Scanner::new(text, header, !frame.decisions.split.is_by_fields());
        scanner.resume(0, self.findings.lines + 1);
        let (mut batch, mut fields) = (RecordBatch::default(), Vec::with_capacity(header.len()));
        loop {
            let goes_on = scanner.fill(&mut batch, header.len());
            if batch.len() > 0 {
                self.batch(&batch)?;
            }
            if frame.progress.is_cancelled() {
                return Err(ParseStop::Cancelled);
            }
            if goes_on {
                continue;
            }
            let (at, line) = scanner.place();
            let mut records = Records::from(text, at, line);
            if !self.record(&mut records, &mut fields)? {
                return Ok(());
            }
            scanner.resume(records.position(), records.lines() + 1);
        }
    }

    /// Reads records that follow the rules.
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ParseStop> {
        let width = self.frame.head.fields.len();
        let before = if batch.len() > 1 {
            width
        } else {
            self.findings.widths[1]
        };
        self.findings.widths = [before, width];
        self.findings.whole_rows = true;
        self.findings.ended = true;
        self.rows(&Rows::Batch(batch)).map_err(|(row, stop)| {
            let fields: Vec<FieldSpan> = (0..width)
                .filter_map(|at| batch.field(self.text, row, at))
                .collect();
            self.or_header(stop, &fields)
        })
    }

    /// Reads the next record with care; `false` at the end.
    fn record(
        &mut self,
        records: &mut Records<'_>,
        fields: &mut Vec<FieldSpan>,
    ) -> Result<bool, ParseStop> {
        let by_fields = self.frame.decisions.split.is_by_fields();
        let more = match records.next(fields) {
            Ok(more) => more,
            // The block may have been split in the wrong place, so the quotes may be fine.
            Err(bad) if !bad.is_certain && !by_fields => {
                let is_new = bad.is_open && self.frame.decisions.split == Split::Lines;
                return Err(ParseStop::Restart(if is_new {
                    Restart::ByQuotes
                } else {
                    Restart::ByFields
                }));
            }
            Err(bad) => return Err(ParseStop::line(bad.line, bad.problem)),
        };
        self.findings.lines = records.lines();
        if !more {
            return Ok(false);
        }
        let line = records.record_line;
        self.findings.ended = records.ended;
        if records.literal_quotes {
            if !by_fields {
                return Err(ParseStop::Restart(Restart::ByFields));
            }
            self.findings.repairs.add("literal-quote", 1, line);
        }
        if records.mark {
            self.findings.repairs.add("second-bom", 1, line);
        }
        let head = self.frame.head;
        if head.is_repeated(self.text, fields, &mut self.scratch) {
            if !self.frame.decisions.one_table {
                return Err(ParseStop::Restart(Restart::Tables));
            }
            self.findings.repairs.add("repeated-header", 1, line);
            return Ok(true);
        }
        let rows = Rows::One { fields, line };
        let read = self
            .check_width(fields, line)
            .and_then(|()| self.rows(&rows).map_err(|(_, stop)| stop));
        read.map_err(|stop| self.or_header(stop, fields))?;
        Ok(true)
    }

    /// The reason to stop at a record. One that is not a valid row may be the header of another table.
    fn or_header(&mut self, stop: ParseStop, fields: &[FieldSpan]) -> ParseStop {
        let may_be = matches!(stop, ParseStop::Error(_)) && !self.frame.decisions.one_table;
        if may_be && self.is_other_header(fields) {
            return ParseStop::Restart(Restart::Tables);
        }
        stop
    }

    /// Whether a record that is not a row has a cost column and a date column.
    fn is_other_header(&mut self, fields: &[FieldSpan]) -> bool {
        let (text, scratch) = (self.text, &mut self.scratch);
        let values: Vec<Vec<u8>> = fields
            .iter()
            .map(|field| field.bytes(text, scratch).to_vec())
            .collect();
        super::head::is_header(&values)
    }

    pub(super) fn trouble(&self, at: usize, line: u64, problem: String) -> ParseStop {
        let column = self.frame.head.layout.headers.get(at).cloned();
        ParseStop::Error(ParseError {
            line,
            column,
            problem,
        })
    }

    /// Short rows are kept if they have the cost column and no field has shifted; long rows only if the extra fields
    /// are blank.
    fn check_width(&mut self, fields: &[FieldSpan], line: u64) -> Result<(), ParseStop> {
        let (have, want) = (fields.len(), self.frame.head.fields.len());
        self.findings.widths = [self.findings.widths[1], have];
        if have == want {
            self.findings.whole_rows = true;
            return Ok(());
        }
        let refuse = |problem: String| Err(ParseStop::line(line, problem));
        let counts = format!("{have} fields where the header has {want}");
        if have > want {
            let mut extra = fields.iter().skip(want);
            if extra.any(|field| !checks::is_blank(field.bytes(self.text, &mut self.scratch))) {
                return refuse(format!("{counts}: a comma or quote is out of place"));
            }
            match checks::moved(&self.frame.head.layout, self.text, fields) {
                Some(moved) => {
                    return refuse(format!(
                        "{counts}, and {moved}: a comma or quote is out of place"
                    ));
                }
                None if !checks::anchored(&self.frame.head.layout, self.text, fields) => {
                    return refuse(format!(
                        "{counts}, and no field after the cost confirms its position"
                    ));
                }
                None => {}
            }
            self.findings.repairs.add("long-row", 1, line);
            return Ok(());
        }
        if self.at.cost.is_none_or(|cost| have <= cost) {
            return refuse(format!("{counts}, and the cost column is not among them"));
        }
        if let Some(moved) = checks::moved(&self.frame.head.layout, self.text, fields) {
            return refuse(format!(
                "{counts}, and {moved}: fields are missing in the middle of the row"
            ));
        }
        if self.at.currency.is_some_and(|currency| have <= currency) {
            self.findings.without_currency.get_or_insert(line);
        }
        self.findings.repairs.add("short-row", 1, line);
        Ok(())
    }
}

/// The fields of earlier rows, for each column.
fn unseen(frame: &Frame<'_>) -> Vec<SeenFields> {
    let columns = frame.kinds.len();
    let table = |_| SeenFields::of_table(columns);
    frame.kinds.iter().map(table).collect()
}
