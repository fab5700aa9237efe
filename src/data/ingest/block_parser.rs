//! Parses one block of text into columns and checks every row.

use super::decisions::Decisions;
use super::findings::{Findings, Totals};
use super::halt::{ParseError, ParseStop, Restart};
use super::head::Head;
use super::projection::Projection;
use super::records::{Field, Records};
use super::row_checks;
use crate::data::columns::column_types::{ColumnKind, Filling, NO_AMOUNT, amounts_of, texts_of};
use crate::data::columns::dates::Slashes;
use crate::data::columns::text_column::NONE;
use crate::data::progress::Progress;
use crate::domain::money::Amount;
use crate::domain::query::columns::Role;

/// Rows between two checks for cancellation.
const LOOK: u64 = 2048;

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
    let mut findings = std::mem::take(&mut pass.findings);
    let result = result.and_then(|()| pass.close(&mut findings));
    (findings, result.map(|()| pass.columns))
}

/// The parser of one block.
pub(super) struct BlockParser<'a> {
    pub(super) frame: &'a Frame<'a>,
    pub(super) text: &'a [u8],
    pub(super) columns: Vec<Filling>,
    pub(super) findings: Findings,
    /// Totals by currency code; `without` has those of rows without a currency.
    pub(super) totals: Vec<Totals>,
    pub(super) without: Totals,
    /// The amounts of the current row, from the parser that checks the stored values.
    now: Totals,
    /// Unusual texts: column, code, kind, and the first line.
    pub(super) odd: Vec<(usize, u32, &'static str, u64)>,
    /// The line of the current row, if its cost is blank.
    blank_cost: Option<u64>,
    pub(super) hashed: Vec<usize>,
    pub(super) charges: row_checks::Charges,
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

impl<'a> BlockParser<'a> {
    pub(super) fn new(frame: &'a Frame<'a>, text: &'a [u8]) -> Self {
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
            now: Totals::default(),
            odd: Vec::new(),
            blank_cost: None,
            hashed: row_checks::hashed(layout),
            charges: row_checks::Charges::of(layout),
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

    fn run(&mut self) -> Result<(), ParseStop> {
        let mut records = Records::new(self.text);
        let mut fields = Vec::with_capacity(self.columns.len());
        loop {
            let more = match records.next(&mut fields) {
                Ok(more) => more,
                // The block may have been split in the wrong place, so the quotes may be fine.
                Err(bad) if !bad.is_certain && !self.frame.decisions.by_fields => {
                    return Err(ParseStop::Restart(Restart::ByFields));
                }
                Err(bad) => return Err(ParseStop::line(bad.line, bad.problem)),
            };
            self.findings.lines = records.lines();
            if !more {
                return Ok(());
            }
            let line = records.record_line;
            self.findings.ended = records.ended;
            if records.literal_quotes {
                if !self.frame.decisions.by_fields {
                    return Err(ParseStop::Restart(Restart::ByFields));
                }
                self.findings.repairs.add("literal-quote", 1, line);
            }
            if records.mark {
                self.findings.repairs.add("second-bom", 1, line);
            }
            let head = self.frame.head;
            if head.is_repeated(self.text, &fields, &mut self.scratch) {
                if !self.frame.decisions.one_table {
                    return Err(ParseStop::Restart(Restart::Tables));
                }
                self.findings.repairs.add("repeated-header", 1, line);
                continue;
            }
            if let Err(halt) = self.row(&fields, line) {
                // A record that is not a valid row may be the header of another table.
                let one_table = self.frame.decisions.one_table;
                return Err(match halt {
                    ParseStop::Error(_) if !one_table && self.is_other_header(&fields) => {
                        ParseStop::Restart(Restart::Tables)
                    }
                    halt => halt,
                });
            }
            if self.findings.rows.is_multiple_of(LOOK) && self.frame.progress.is_cancelled() {
                return Err(ParseStop::Cancelled);
            }
        }
    }

    /// Whether a record that is not a row has a cost column and a date column.
    fn is_other_header(&mut self, fields: &[Field]) -> bool {
        let (text, scratch) = (self.text, &mut self.scratch);
        let values: Vec<Vec<u8>> = fields
            .iter()
            .map(|field| field.bytes(text, scratch).to_vec())
            .collect();
        super::head::is_header(&values)
    }

    fn row(&mut self, fields: &[Field], line: u64) -> Result<(), ParseStop> {
        self.check_width(fields, line)?;
        for at in 0..self.frame.head.fields.len() {
            if !self.frame.projection.reads(at) {
                continue;
            }
            let mut scratch = std::mem::take(&mut self.scratch);
            let mut bytes = fields
                .get(at)
                .map(|field| field.bytes(self.text, &mut scratch))
                .unwrap_or_default();
            if at == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes = bytes.get(3..).unwrap_or_default();
                self.findings.repairs.add("second-bom", 1, line);
            }
            if bytes == b"NULL" {
                bytes = b"";
                self.findings.repairs.add("null-word", 1, line);
            }
            let result = if self.tags.get(at) == Some(&true) {
                let is_there = fields
                    .get(at)
                    .is_some_and(|field| field.is_quoted(self.text));
                self.tag(at, (!bytes.is_empty() || is_there).then_some(bytes), line);
                Ok(())
            } else if self.rivals.get(at).is_none_or(Vec::is_empty) {
                self.value(at, bytes, line)
            } else {
                self.value_or_rival(at, bytes, fields, line)
            };
            self.scratch = scratch;
            result?;
        }
        self.hours(fields);
        self.judge(fields);
        self.add_up()?;
        if self.frame.projection.is_whole() {
            let (row, place) = row_checks::hash(&self.columns, &self.hashed);
            self.findings.fingerprint.add(row, place);
        }
        let row = usize::try_from(self.findings.rows).unwrap_or(usize::MAX);
        self.charges.note(&self.columns, row, &mut self.findings);
        self.findings.rows += 1;
        self.findings.last_line = line;
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.findings.row_lines.push(line);
        Ok(())
    }

    pub(super) fn value(&mut self, at: usize, bytes: &[u8], line: u64) -> Result<(), ParseStop> {
        match self.columns.get_mut(at) {
            Some(Filling::Text(texts)) => {
                let inner = if self.trimmed.get(at) == Some(&true) {
                    row_checks::without_edges(bytes)
                } else {
                    bytes
                };
                if inner.len() < bytes.len() && !inner.is_empty() {
                    self.findings.repairs.add("outer-blanks", 1, line);
                }
                let (code, new) = texts.push(inner);
                if new && let Some(kind) = row_checks::oddity(inner) {
                    self.odd.push((at, code, kind, line));
                }
                Ok(())
            }
            Some(Filling::Amount(_)) => self.amount(at, bytes, line),
            Some(Filling::Day(_)) => self.day(at, bytes, line),
            None => Ok(()),
        }
    }

    /// Tag values are kept as written, including blanks.
    fn tag(&mut self, at: usize, value: Option<&[u8]>, line: u64) {
        if let Some(Filling::Text(texts)) = self.columns.get_mut(at) {
            let before = texts.distinct();
            texts.push_value(value);
            let code = texts.codes().last().copied().unwrap_or(NONE);
            if texts.distinct() > before
                && let Some(kind) = value.and_then(row_checks::oddity)
            {
                self.odd.push((at, code, kind, line));
            }
        }
    }

    fn amount(&mut self, at: usize, bytes: &[u8], line: u64) -> Result<(), ParseStop> {
        let must = self.frame.kinds.get(at) == Some(&ColumnKind::Amount { must: true });
        let stored = if bytes.trim_ascii().is_empty() {
            if Some(at) == self.at.cost {
                self.blank_cost = Some(line);
            }
            NO_AMOUNT
        } else {
            match crate::data::columns::column_types::read_amount(bytes, must) {
                Ok((stored, parsed)) => {
                    if parsed.rounded {
                        let kind = if must {
                            "rounded-amount"
                        } else {
                            "rounded-number"
                        };
                        self.findings.repairs.add(kind, 1, line);
                    }
                    self.checked(at, parsed.amount);
                    stored.units()
                }
                Err(_) if !must => {
                    return Err(ParseStop::Restart(Restart::NoNumber { column: at, line }));
                }
                Err(problem) => return Err(self.trouble(at, line, problem)),
            }
        };
        if let Some(Filling::Amount(units)) = self.columns.get_mut(at) {
            units.push(stored);
        }
        Ok(())
    }

    /// Keeps the amount of the checking parser for [`BlockParser::add_up`].
    fn checked(&mut self, at: usize, amount: Amount) {
        if Some(at) == self.at.cost {
            self.now.cost = amount;
        } else if Some(at) == self.at.effective {
            self.now.effective = amount;
        }
    }

    pub(super) fn trouble(&self, at: usize, line: u64, problem: String) -> ParseStop {
        let column = self.frame.head.layout.headers.get(at).cloned();
        ParseStop::Error(ParseError {
            line,
            column,
            problem,
        })
    }

    /// Adds the row's amounts, from the checking parser, to the totals of its currency.
    fn add_up(&mut self) -> Result<(), ParseStop> {
        let now = std::mem::take(&mut self.now);
        if let Some(line) = self.blank_cost.take() {
            let kind = if self.has_amount(self.at.effective) {
                "no-billed-cost"
            } else {
                "blank-cost"
            };
            self.findings.repairs.add(kind, 1, line);
        }
        if !self.has_amount(self.at.cost) && now == Totals::default() {
            return Ok(());
        }
        let code = texts_of(&self.columns, self.at.currency)
            .and_then(|texts| texts.codes().last().copied())
            .unwrap_or(NONE);
        self.add_to(code, now)
    }

    /// Adds amounts to the totals of a currency.
    pub(super) fn add_to(&mut self, code: u32, now: Totals) -> Result<(), ParseStop> {
        if code != NONE && self.totals.len() <= code as usize {
            self.totals.resize(code as usize + 1, Totals::default());
        }
        let total = self
            .totals
            .get_mut(code as usize)
            .unwrap_or(&mut self.without);
        *total = total.plus(now).ok_or(ParseStop::Overflow)?;
        Ok(())
    }

    /// Whether the last row has an amount in this column.
    fn has_amount(&self, at: Option<usize>) -> bool {
        let last = amounts_of(&self.columns, at).last();
        last.is_some_and(|units| *units != NO_AMOUNT)
    }

    /// Short rows are kept if they have the cost column and no field has shifted; long rows only if the extra fields
    /// are blank.
    fn check_width(&mut self, fields: &[Field], line: u64) -> Result<(), ParseStop> {
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
            if extra.any(|field| {
                !field
                    .bytes(self.text, &mut self.scratch)
                    .trim_ascii()
                    .is_empty()
            }) {
                return refuse(format!("{counts}: a comma or quote is out of place"));
            }
            match row_checks::moved(&self.frame.head.layout, self.text, fields) {
                Some(moved) => {
                    return refuse(format!(
                        "{counts}, and {moved}: a comma or quote is out of place"
                    ));
                }
                None if !row_checks::anchored(&self.frame.head.layout, self.text, fields) => {
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
        if let Some(moved) = row_checks::moved(&self.frame.head.layout, self.text, fields) {
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
