//! Parses the dates of a row and records them as evidence for the order of day and month.

use super::{Row, checks};
use crate::data::columns::column_types::{ColumnKind, Filling, Known, NO_DAY};
use crate::data::columns::dates;
use crate::data::columns::dates::{DateProblem, DayOrder, Slashes};
use crate::data::ingest::block_parser::BlockParser;
use crate::data::ingest::halt::{ParseStop, Restart};
use crate::domain::period::Month;
use chrono::NaiveDate;

impl BlockParser<'_, '_> {
    pub(in crate::data::ingest) fn day(
        &mut self,
        at: usize,
        bytes: &[u8],
        line: u64,
    ) -> Result<(), ParseStop> {
        let must = self.frame.kinds.get(at) == Some(&ColumnKind::Day { must: true });
        let order = self.frame.decisions.order;
        let Some(Filling::Day(days)) = self.columns.get_mut(at) else {
            return Ok(());
        };
        let written = checks::without_edges(bytes);
        if written.is_empty() {
            days.values.push(NO_DAY);
            if must {
                self.findings.repairs.add("blank-date", 1, line);
            }
            return Ok(());
        }
        let evidence = days.new_text(written);
        let pushed = days.push(written, order);
        if evidence && pushed.is_ok() {
            self.evidence(at, written, line);
        }
        match pushed {
            Ok(Known { day, is_moved }) => {
                if must && is_moved {
                    self.findings.repairs.add("utc-day", 1, line);
                }
                if must {
                    let (first, last) = self.findings.days.unwrap_or((day, day));
                    self.findings.days = Some((first.min(day), last.max(day)));
                }
                Ok(())
            }
            // A spreadsheet that swaps day and month does so in every column, so one date decides the order for all.
            Err(DateProblem::OtherOrder)
                if order == DayOrder::MonthFirst && !self.frame.decisions.order_given =>
            {
                Err(ParseStop::Restart(Restart::DayFirst { line }))
            }
            Err(DateProblem::NotADate) if !must => {
                Err(ParseStop::Restart(Restart::AsText { column: at }))
            }
            Err(problem) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                Err(self.trouble(at, line, self.date_words(&text, problem)))
            }
        }
    }

    /// Records the evidence of a date that is new in this block.
    fn evidence(&mut self, at: usize, bytes: &[u8], line: u64) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        let is_date = Some(at) == self.at.date;
        let days = &mut self.findings.date_texts;
        if let Some((numbers, padded)) = dates::slash_numbers(text) {
            days.slashes(numbers, padded, is_date, line);
            if is_date {
                self.judged = Some(numbers);
            }
        }
    }

    fn date_words(&self, text: &str, problem: DateProblem) -> String {
        let proof = self.frame.decisions.day_first_line.unwrap_or_default();
        match problem {
            DateProblem::NotADate => {
                format!("`{text}` is not a date (MM/DD/YYYY or YYYY-MM-DD)")
            }
            DateProblem::OtherOrder if self.frame.decisions.order_given => {
                let (has, decided, other) = match self.frame.decisions.order {
                    DayOrder::DayFirst => ("month", "day", "month-first"),
                    DayOrder::MonthFirst => ("day", "month", "day-first"),
                };
                format!(
                    "`{text}` has the {has} first, but --dates or the accompanying files say that the {decided} \
                     comes first: omit --dates, use --dates {other}, or use the file as downloaded"
                )
            }
            DateProblem::OtherOrder => format!(
                "`{text}` has the month first, but the date in line {proof} has the day first: a spreadsheet mixed \
                 the two orders; use the file as downloaded, or choose with --dates day-first or --dates month-first"
            ),
        }
    }

    /// Compares a date that is new in this block with the billing period of its row.
    pub(in crate::data::ingest) fn judge(&mut self, row: Row<'_>) {
        let Some(numbers) = self.judged.take() else {
            return;
        };
        let mut texts = Vec::new();
        for at in &self.period_columns {
            let field = row.field(self.text, *at);
            let text = field.map(|field| {
                let bytes = field.bytes(self.text, &mut self.scratch);
                String::from_utf8_lossy(bytes).into_owned()
            });
            texts.extend(text.filter(|text| !checks::is_blank(text.as_bytes())));
        }
        self.judge_by(numbers, &texts);
    }

    /// Compares a date with the billing period in these texts, none of which is blank.
    pub(in crate::data::ingest) fn judge_by(&mut self, numbers: Slashes, texts: &[String]) {
        // A period with slash dates is read in the order that its own dates prove.
        let slashes = texts.iter().filter_map(|text| dates::slash_numbers(text));
        let proven = slashes.clone().find_map(|((first, second, _), _)| {
            let order = (first > 12).then_some(DayOrder::DayFirst);
            order.or((second > 12).then_some(DayOrder::MonthFirst))
        });
        if slashes.count() > 0 && proven.is_none() {
            return;
        }
        let order = proven.unwrap_or_default();
        let days = texts
            .iter()
            .filter_map(|text| dates::parse_as(text, order).ok());
        let days: Vec<NaiveDate> = days.collect();
        let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
            return;
        };
        let (first, last) = (*first, *last);
        // If only one day of the period is known, use its month.
        let range = if first == last {
            let month = Month::of(first).range();
            (month.from, month.to)
        } else {
            (first, last)
        };
        self.findings.date_texts.in_period(numbers, range);
    }

    /// Keeps the row's time of day, if times are kept.
    pub(in crate::data::ingest) fn hours(&mut self, row: Row<'_>) {
        let last = self.columns.len().saturating_sub(1);
        if !self.frame.decisions.hours || !self.frame.projection.reads(last) {
            return;
        }
        let field = self.at.date.and_then(|at| row.field(self.text, at));
        let bytes = field
            .as_ref()
            .map(|field| field.bytes(self.text, &mut self.scratch))
            .unwrap_or_default();
        let time = std::str::from_utf8(bytes).ok().and_then(dates::time_of_day);
        if let Some(Filling::Text(texts)) = self.columns.last_mut() {
            texts.push(time.unwrap_or_default().as_bytes());
        }
    }
}
