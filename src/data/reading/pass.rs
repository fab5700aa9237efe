//! One block of text turned into columns, every row checked.

use super::columns::{Filling, Kind, NO_AMOUNT, NO_DAY};
use super::head::Head;
use super::outcome::{Findings, Halt, Totals, Trouble};
use super::record::{Field, Records};
use super::rows;
use super::texts::{NONE, Texts};
use crate::data::dates::{DateProblem, Order};
use crate::data::progress::Progress;
use crate::domain::columns::Role;
use crate::domain::money::Amount;
use std::collections::{BTreeMap, BTreeSet};

/// Rows between two looks at whether the user still wants this.
const LOOK: u64 = 2048;

/// How the text is taken. A pass that finds this to be wrong is started again with another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decisions {
    pub(crate) order: Order,
    /// The line that proved the day to come first.
    pub(crate) day_first_line: Option<u64>,
    /// Columns that are kept as text: not every value in them is what their name says.
    pub(crate) as_text: BTreeSet<usize>,
    /// Blocks are cut by reading every field.
    pub(crate) by_fields: bool,
}

/// What another pass has to do otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Restart {
    DayFirst { line: u64 },
    AsText { column: usize },
    ByFields,
}

/// What stays the same for all blocks of a file.
pub(crate) struct Frame<'a> {
    pub(crate) head: &'a Head,
    pub(crate) decisions: &'a Decisions,
    pub(crate) kinds: &'a [Kind],
    pub(crate) progress: &'a Progress,
}

/// Reads one block.
pub(crate) fn read(frame: &Frame<'_>, text: &[u8]) -> (Findings, Result<Vec<Filling>, Halt>) {
    let mut pass = Pass::new(frame, text);
    let result = pass.run();
    let mut findings = std::mem::take(&mut pass.findings);
    let result = result.and_then(|()| pass.close(&mut findings));
    (findings, result.map(|()| pass.columns))
}

struct Pass<'a> {
    frame: &'a Frame<'a>,
    text: &'a [u8],
    columns: Vec<Filling>,
    findings: Findings,
    /// Totals by the code of the currency; those without one last.
    totals: Vec<Totals>,
    without: Totals,
    /// The amounts of the row under way, read another way than what is stored.
    now: Totals,
    /// Texts with something odd in them: column, code, what, and the line they were first met in.
    odd: Vec<(usize, u32, &'static str, u64)>,
    hashed: Vec<usize>,
    charges: rows::Charges,
    scratch: Vec<u8>,
    at: Places,
}

/// Where the columns stand that are more than text.
struct Places {
    cost: Option<usize>,
    effective: Option<usize>,
    currency: Option<usize>,
}

impl<'a> Pass<'a> {
    fn new(frame: &'a Frame<'a>, text: &'a [u8]) -> Self {
        let layout = &frame.head.layout;
        Self {
            frame,
            text,
            columns: frame.kinds.iter().map(|kind| Filling::new(*kind)).collect(),
            findings: Findings {
                ended: true,
                ..Findings::default()
            },
            totals: Vec::new(),
            without: Totals::default(),
            now: Totals::default(),
            odd: Vec::new(),
            hashed: rows::hashed(layout),
            charges: rows::Charges::of(layout),
            scratch: Vec::new(),
            at: Places {
                cost: layout.role(Role::Cost),
                effective: layout.role(Role::EffectiveCost),
                currency: layout.role(Role::Currency),
            },
        }
    }

    fn run(&mut self) -> Result<(), Halt> {
        let mut records = Records::new(self.text);
        let mut fields = Vec::with_capacity(self.columns.len());
        loop {
            let more = match records.next(&mut fields) {
                Ok(more) => more,
                // The block may have been cut in the wrong place: then the quotes only seem to be wrong.
                Err(_) if !self.frame.decisions.by_fields => {
                    return Err(Halt::Restart(Restart::ByFields));
                }
                Err(bad) => {
                    return Err(Halt::Trouble(Trouble {
                        line: bad.line,
                        column: None,
                        problem: bad.problem.to_owned(),
                    }));
                }
            };
            self.findings.lines = records.lines();
            if !more {
                return Ok(());
            }
            let line = records.record_line;
            self.findings.ended = records.ended;
            if records.literal_quotes {
                if !self.frame.decisions.by_fields {
                    return Err(Halt::Restart(Restart::ByFields));
                }
                self.findings.repairs.add("literal-quote", 1, line);
            }
            if records.mark {
                self.findings.repairs.add("second-bom", 1, line);
            }
            if self.is_header(&fields) {
                self.findings.repairs.add("repeated-header", 1, line);
                continue;
            }
            self.row(&fields, line)?;
            if self.findings.rows.is_multiple_of(LOOK) && self.frame.progress.is_cancelled() {
                return Err(Halt::Cancelled);
            }
        }
    }

    fn is_header(&mut self, fields: &[Field]) -> bool {
        let header = &self.frame.head.fields;
        if fields.len() != header.len() {
            return false;
        }
        let (text, scratch) = (self.text, &mut self.scratch);
        fields
            .iter()
            .zip(header)
            .all(|(field, name)| field.bytes(text, scratch) == name.as_slice())
    }

    fn row(&mut self, fields: &[Field], line: u64) -> Result<(), Halt> {
        self.check_width(fields, line)?;
        for at in 0..self.columns.len() {
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
            let result = self.value(at, bytes, line);
            self.scratch = scratch;
            result?;
        }
        self.add_up()?;
        let (row, place) = rows::hash(&self.columns, &self.hashed);
        self.findings.fingerprint.add(row, place);
        self.charges.note(&self.columns, &mut self.findings);
        self.findings.rows += 1;
        self.findings.last_line = line;
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.findings.row_lines.push(line);
        Ok(())
    }

    fn value(&mut self, at: usize, bytes: &[u8], line: u64) -> Result<(), Halt> {
        match self.columns.get_mut(at) {
            Some(Filling::Text(texts)) => {
                let (code, new) = texts.push(bytes);
                if new && let Some(kind) = rows::oddity(bytes) {
                    self.odd.push((at, code, kind, line));
                }
                Ok(())
            }
            Some(Filling::Amount(_)) => self.amount(at, bytes, line),
            Some(Filling::Day(_)) => self.day(at, bytes, line),
            None => Ok(()),
        }
    }

    fn amount(&mut self, at: usize, bytes: &[u8], line: u64) -> Result<(), Halt> {
        let must = self.frame.kinds.get(at) == Some(&Kind::Amount { must: true });
        let stored = if bytes.trim_ascii().is_empty() {
            if Some(at) == self.at.cost {
                self.findings.repairs.add("blank-cost", 1, line);
            }
            NO_AMOUNT
        } else {
            match super::columns::read_amount(bytes) {
                Ok((_, parsed)) if parsed.rounded && !must => {
                    return Err(Halt::Restart(Restart::AsText { column: at }));
                }
                Ok((stored, parsed)) => {
                    if parsed.rounded {
                        self.findings.repairs.add("rounded-amount", 1, line);
                    }
                    self.checked(at, parsed.amount);
                    stored.units()
                }
                Err(_) if !must => return Err(Halt::Restart(Restart::AsText { column: at })),
                Err(problem) => return Err(self.trouble(at, line, problem)),
            }
        };
        if let Some(Filling::Amount(units)) = self.columns.get_mut(at) {
            units.push(stored);
        }
        Ok(())
    }

    /// Keeps the amount read the other way for [`Pass::add_up`].
    fn checked(&mut self, at: usize, amount: Amount) {
        if Some(at) == self.at.cost {
            self.now.cost = amount;
        } else if Some(at) == self.at.effective {
            self.now.effective = amount;
        }
    }

    fn day(&mut self, at: usize, bytes: &[u8], line: u64) -> Result<(), Halt> {
        let must = self.frame.kinds.get(at) == Some(&Kind::Day { must: true });
        let order = self.frame.decisions.order;
        let Some(Filling::Day(days)) = self.columns.get_mut(at) else {
            return Ok(());
        };
        if bytes.trim_ascii().is_empty() {
            days.values.push(NO_DAY);
            if must {
                self.findings.repairs.add("blank-date", 1, line);
            }
            return Ok(());
        }
        match days.push(bytes, order) {
            Ok(day) => {
                if must {
                    let (first, last) = self.findings.days.unwrap_or((day, day));
                    self.findings.days = Some((first.min(day), last.max(day)));
                }
                Ok(())
            }
            // Only the day of the rows decides the order of the whole file.
            Err(DateProblem::OtherOrder) if must && order == Order::MonthFirst => {
                Err(Halt::Restart(Restart::DayFirst { line }))
            }
            Err(_) if !must => Err(Halt::Restart(Restart::AsText { column: at })),
            Err(problem) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                Err(self.trouble(at, line, self.date_words(&text, problem)))
            }
        }
    }

    fn date_words(&self, text: &str, problem: DateProblem) -> String {
        let proof = self.frame.decisions.day_first_line.unwrap_or_default();
        match problem {
            DateProblem::NotADate => {
                format!("`{text}` is not a date (MM/DD/YYYY or YYYY-MM-DD)")
            }
            DateProblem::OtherOrder => format!(
                "`{text}` has the month first, but the date in line {proof} has the day first: a spreadsheet mixed \
                 them up; use the file as downloaded"
            ),
        }
    }

    fn trouble(&self, at: usize, line: u64, problem: String) -> Halt {
        let column = self.frame.head.layout.headers.get(at).cloned();
        Halt::Trouble(Trouble {
            line,
            column,
            problem,
        })
    }

    /// Adds the row's amounts, as the text has them, to the totals of its currency.
    fn add_up(&mut self) -> Result<(), Halt> {
        let now = std::mem::take(&mut self.now);
        let has_cost = match self.at.cost.and_then(|at| self.columns.get(at)) {
            Some(Filling::Amount(units)) => units.last() != Some(&NO_AMOUNT),
            _ => false,
        };
        if !has_cost && now == Totals::default() {
            return Ok(());
        }
        let code = self
            .at
            .currency
            .and_then(|at| self.columns.get(at)?.texts()?.codes().last().copied())
            .unwrap_or(NONE);
        if code != NONE && self.totals.len() <= code as usize {
            self.totals.resize(code as usize + 1, Totals::default());
        }
        let total = self
            .totals
            .get_mut(code as usize)
            .unwrap_or(&mut self.without);
        *total = total.plus(now).ok_or(Halt::Overflow)?;
        Ok(())
    }

    /// Short rows are kept when the money column is there and nothing has moved; longer rows only when what is too much
    /// is blank.
    fn check_width(&mut self, fields: &[Field], line: u64) -> Result<(), Halt> {
        let (have, want) = (fields.len(), self.columns.len());
        self.findings.widths = [self.findings.widths[1], have];
        if have == want {
            self.findings.whole_rows = true;
            return Ok(());
        }
        let refuse = |problem: String| {
            Err(Halt::Trouble(Trouble {
                line,
                column: None,
                problem,
            }))
        };
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
            match rows::moved(&self.frame.head.layout, self.text, fields) {
                Some(moved) => {
                    return refuse(format!(
                        "{counts}, and {moved}: a comma or quote is out of place"
                    ));
                }
                None if !rows::anchored(&self.frame.head.layout, self.text, fields) => {
                    return refuse(format!(
                        "{counts}, and nothing behind the cost shows that it is where it belongs"
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
        if let Some(moved) = rows::moved(&self.frame.head.layout, self.text, fields) {
            return refuse(format!(
                "{counts}, and {moved}: fields are missing from its middle"
            ));
        }
        if self.at.currency.is_some_and(|currency| have <= currency) {
            self.findings.without_currency.get_or_insert(line);
        }
        self.findings.repairs.add("short-row", 1, line);
        Ok(())
    }

    /// What can only be said when the whole block was read.
    fn close(&mut self, findings: &mut Findings) -> Result<(), Halt> {
        for (at, (filling, kind)) in self.columns.iter().zip(self.frame.kinds).enumerate() {
            if let (Filling::Day(days), Kind::Day { must: false }) = (filling, kind)
                && days.has_time()
            {
                return Err(Halt::Restart(Restart::AsText { column: at }));
            }
        }
        let currency = self
            .at
            .currency
            .and_then(|at| self.columns.get(at)?.texts());
        let mut totals = std::mem::take(&mut findings.totals);
        let used = self.has_costs_without_currency();
        for (code, total) in (0_u32..).zip(&self.totals) {
            let name = currency.and_then(|texts| texts.get(code)).map(code_name);
            let sum: &mut Totals = totals.entry(name).or_default();
            *sum = sum.plus(*total).ok_or(Halt::Overflow)?;
        }
        if used {
            let sum: &mut Totals = totals.entry(None).or_default();
            *sum = sum.plus(self.without).ok_or(Halt::Overflow)?;
        }
        findings.totals = totals;
        self.count_oddities(findings);
        Ok(())
    }

    fn has_costs_without_currency(&self) -> bool {
        let costs = match self.at.cost.and_then(|at| self.columns.get(at)) {
            Some(Filling::Amount(units)) => units.as_slice(),
            _ => return false,
        };
        match self
            .at
            .currency
            .and_then(|at| self.columns.get(at)?.texts())
        {
            Some(texts) => texts
                .codes()
                .iter()
                .zip(costs)
                .any(|(code, cost)| *code == NONE && *cost != NO_AMOUNT),
            None => costs.iter().any(|cost| *cost != NO_AMOUNT),
        }
    }

    fn count_oddities(&mut self, findings: &mut Findings) {
        let odd = std::mem::take(&mut self.odd);
        let mut bad: BTreeSet<usize> = BTreeSet::new();
        let mut counts: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for (at, code, kind, line) in odd {
            let Some(Filling::Text(texts)) = self.columns.get(at) else {
                continue;
            };
            let rows = counts.entry(at).or_insert_with(|| texts.counts());
            let count = rows.get(code as usize).copied().unwrap_or_default();
            findings.repairs.add(kind, count, line);
            if kind == "bad-utf8" {
                bad.insert(at);
            }
        }
        for at in bad {
            if let Some(Filling::Text(texts)) = self.columns.get_mut(at) {
                texts.replace(|raw| String::from_utf8_lossy(raw).into_owned().into_bytes());
            }
        }
    }
}

/// A currency as it is shown: without blanks around it.
fn code_name(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).trim().to_owned()
}

/// The texts of a column, where it has any.
pub(crate) fn texts_of(columns: &[Filling], at: Option<usize>) -> Option<&Texts> {
    at.and_then(|at| columns.get(at)?.texts())
}
