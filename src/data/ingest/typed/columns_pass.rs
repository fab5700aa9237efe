//! Fills the columns of one block from typed columns, and checks every row.

use super::amounts;
use super::amounts::{AmountRules, Amounts};
use super::column::{ColumnValues, TextPart, TypedRows, rows_of};
use super::days;
use super::days::{DayRules, Judged};
use super::rivals;
use super::sums;
use super::texts;
use super::texts::TextRules;
use crate::data::columns::column_types::{ColumnKind, Filling, texts_of};
use crate::data::columns::dates::time_of_day;
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::error::DataError;
use crate::data::ingest::block_parser::{BlockParser, Frame};
use crate::data::ingest::findings::Findings;
use crate::data::ingest::halt::{ParseStop, Restart};
use crate::data::ingest::pipeline::{Parsed, PipelineError};
use crate::data::ingest::rows::checks;
use std::io;

/// The mark that a value of the first column may begin with.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads one block. Each row counts as one line.
pub(crate) fn read(frame: &Frame<'_>, rows: &impl TypedRows) -> Parsed {
    let mut pass = ColumnsPass {
        parser: BlockParser::new(frame, &[]),
        rows,
        checked: [Vec::new(), Vec::new()],
        judged: Vec::new(),
    };
    let result = pass.run();
    let mut parser = pass.parser;
    let mut findings = std::mem::take(&mut parser.findings);
    let result = result.and_then(|()| Ok(parser.close(&mut findings)?));
    (findings, result.map(|()| parser.columns))
}

struct ColumnsPass<'a, R> {
    parser: BlockParser<'a, 'static>,
    rows: &'a R,
    /// The costs and the amortized costs by the checking parser; empty if they had no text.
    checked: [Vec<i128>; 2],
    judged: Vec<Judged>,
}

impl<R: TypedRows> ColumnsPass<'_, R> {
    fn run(&mut self) -> Result<(), PipelineError> {
        for at in self.order() {
            let column = self.column(at)?;
            self.put(at, column)?;
        }
        let projection = self.parser.frame.projection;
        for (at, other) in projection.fallbacks() {
            let column = self.fallback(at, other)?;
            self.put(at, column)?;
        }
        self.hours()?;
        self.judge()?;
        self.check_rivals()?;
        let width = self.parser.frame.head.fields.len();
        count_rows(&mut self.parser.findings, self.rows.rows(), width);
        self.add_up()?;
        self.parser.note_rows(0..self.rows.rows());
        Ok(())
    }

    /// The columns that are read in every row, in the order of reading: those that may stop the pass come first.
    fn order(&self) -> Vec<usize> {
        let frame = self.parser.frame;
        let projection = frame.projection;
        let is_read = |at: &usize| projection.reads(*at) && projection.fallback_of(*at).is_none();
        let mut order: Vec<usize> = (0..frame.head.fields.len()).filter(is_read).collect();
        order.sort_by_key(|at| match frame.kinds.get(*at) {
            Some(ColumnKind::Day { .. }) => 0,
            Some(ColumnKind::Amount { .. }) => 1,
            Some(ColumnKind::Text) | None => 2,
        });
        order
    }

    /// A column, with its errors as those of reading the file.
    fn column(&self, at: usize) -> Result<ColumnValues, PipelineError> {
        let failed = |error| DataError::io("")(io::Error::other(error));
        let column = self.rows.column(at).map_err(failed)?;
        if column.len() != self.rows.rows() {
            let problem = DataError::Stored("a column does not have one value for each row".into());
            return Err(failed(problem).into());
        }
        Ok(column)
    }

    /// The values of a column in the rows where another text column is blank.
    fn fallback(&self, at: usize, other: usize) -> Result<ColumnValues, PipelineError> {
        let rows = self.rows.rows();
        let texts = texts_of(&self.parser.columns, Some(other));
        let codes = texts.map(GrowingTexts::codes).unwrap_or_default();
        if !codes.contains(&NONE) {
            return Ok(ColumnValues::Blank(rows));
        }
        let mut parts = self.column(at)?.into_texts();
        let own = parts.iter_mut().flat_map(|part| part.codes.iter_mut());
        for (own, other) in own.zip(codes) {
            if *other != NONE {
                *own = NONE;
            }
        }
        Ok(ColumnValues::Texts(parts))
    }

    /// Checks a column and keeps its values.
    fn put(&mut self, at: usize, column: ColumnValues) -> Result<(), ParseStop> {
        if self.parser.frame.progress.is_cancelled() {
            return Err(ParseStop::Cancelled);
        }
        let filled = self.fill(at, column)?;
        if let Some(slot) = self.parser.columns.get_mut(at) {
            *slot = filled;
        }
        Ok(())
    }

    fn fill(&mut self, at: usize, column: ColumnValues) -> Result<Filling, ParseStop> {
        let column = if at == 0 { unmarked(column)? } else { column };
        let parser = &mut self.parser;
        let findings = &mut parser.findings;
        Ok(match parser.frame.kinds.get(at) {
            Some(ColumnKind::Amount { must }) => {
                let rules = AmountRules { at, must: *must };
                let Amounts { units, checked } = amounts::fill(column, rules, findings)?;
                if Some(at) == parser.at.cost {
                    self.checked[0] = checked;
                } else if Some(at) == parser.at.effective {
                    self.checked[1] = checked;
                }
                Filling::Amount(units)
            }
            Some(ColumnKind::Day { must }) => {
                let rules = DayRules {
                    at,
                    must: *must,
                    is_date: Some(at) == parser.at.date,
                    order: parser.frame.decisions.order,
                };
                let days = days::fill(column, rules, findings, &mut self.judged)?;
                parser.check_times(at, &days, *must)?;
                Filling::Day(days)
            }
            Some(ColumnKind::Text) | None => {
                let rules = TextRules {
                    trimmed: parser.trimmed.get(at) == Some(&true),
                    is_tag: parser.tags.get(at) == Some(&true),
                };
                let mut odd = Vec::new();
                let texts = texts::fill(&column.into_texts(), rules, findings, &mut odd);
                let odd = odd.into_iter();
                let odd = odd.map(|(code, kind, line)| (at, code, kind, line));
                parser.odd.extend(odd);
                Filling::Text(texts)
            }
        })
    }

    /// Keeps the time of day of each row, if times are kept.
    fn hours(&mut self) -> Result<(), PipelineError> {
        let (frame, last) = (
            self.parser.frame,
            self.parser.columns.len().saturating_sub(1),
        );
        let is_kept = frame.decisions.hours && frame.projection.reads(last);
        let Some(date) = self.parser.at.date.filter(|_| is_kept) else {
            return Ok(());
        };
        let parts = self.column(date)?.into_texts();
        let mut times = GrowingTexts::with_rows(self.rows.rows());
        for text in rows_of(&parts) {
            let text = text.and_then(|text| std::str::from_utf8(text).ok());
            let time = text.and_then(time_of_day).unwrap_or_default();
            times.push(time.as_bytes());
        }
        if let Some(slot) = self.parser.columns.last_mut() {
            *slot = Filling::Text(times);
        }
        Ok(())
    }

    /// Compares the new dates with the billing periods of their rows.
    fn judge(&mut self) -> Result<(), PipelineError> {
        let judged = std::mem::take(&mut self.judged);
        if judged.is_empty() {
            return Ok(());
        }
        let width = self.parser.frame.head.fields.len();
        let columns = self.parser.period_columns.iter();
        let columns: Vec<Vec<TextPart>> = columns
            .filter(|at| **at < width)
            .map(|at| Ok(self.column(*at)?.into_texts()))
            .collect::<Result<_, PipelineError>>()?;
        let columns: Vec<Vec<Option<&[u8]>>> = columns
            .iter()
            .map(|parts| rows_of(parts).collect())
            .collect();
        for (row, numbers) in judged {
            let texts = columns.iter().filter_map(|texts| *texts.get(row)?);
            let texts = texts.map(|text| String::from_utf8_lossy(text).into_owned());
            let texts: Vec<String> = texts
                .filter(|text| !checks::is_blank(text.as_bytes()))
                .collect();
            self.parser.judge_by(numbers, &texts);
        }
        Ok(())
    }

    /// Compares the columns of roles that other layouts spell differently.
    fn check_rivals(&mut self) -> Result<(), PipelineError> {
        let rivals = self.parser.rivals.clone();
        for (at, others) in rivals.iter().enumerate().filter(|(_, all)| !all.is_empty()) {
            let own = self.column(at)?.into_texts();
            let others: Vec<Vec<TextPart>> = others
                .iter()
                .filter(|other| **other < self.parser.frame.head.fields.len())
                .map(|other| Ok(self.column(*other)?.into_texts()))
                .collect::<Result<_, PipelineError>>()?;
            let decisive = self.parser.is_decisive(at);
            rivals::check(&own, &others, decisive, &mut self.parser.findings.rivals)?;
        }
        Ok(())
    }

    /// Adds the amounts of the rows to the totals of their currencies.
    fn add_up(&mut self) -> Result<(), ParseStop> {
        let [cost, effective] = &self.checked;
        sums::add_up(&mut self.parser, self.rows.rows(), [cost, effective])
            .ok_or(ParseStop::Restart(Restart::ByText))
    }
}

/// Counts rows, each of which has one line and this many values.
pub(super) fn count_rows(findings: &mut Findings, rows: usize, width: usize) {
    findings.rows = rows as u64;
    findings.lines = rows as u64;
    findings.last_line = rows as u64;
    findings.widths = [width; 2];
    findings.whole_rows = rows > 0;
    let lines = 1..=u32::try_from(rows).unwrap_or(u32::MAX);
    findings.row_lines = lines.collect();
}

/// Leaves a column to the text if one of its values begins with a byte-order mark, as the first field of a text may.
fn unmarked(column: ColumnValues) -> Result<ColumnValues, ParseStop> {
    let ColumnValues::Texts(parts) = &column else {
        return Ok(column);
    };
    let marked = |part: &TextPart| {
        let codes = 0..u32::try_from(part.words.count()).unwrap_or(NONE);
        let mut words = codes.filter_map(|code| part.words.word(code));
        words.any(|word| word.starts_with(MARK))
    };
    if parts.iter().any(marked) {
        return Err(ParseStop::Restart(Restart::ByText));
    }
    Ok(column)
}
