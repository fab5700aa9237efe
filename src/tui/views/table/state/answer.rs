//! State of the answer to an SQL statement: its lines, and how they are shown.

use super::step::Width;
use crate::domain::money::Amount;
use crate::domain::sql::statement::{AnswerType, AnswerValue, StatementAnswer};
use crate::tui::state::cursor::{Cursor, CursorStep as Move, beside};
use crate::tui::state::search::next_match;
use crate::tui::ticket::{Problem, Ticket};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap};

/// The maximum number of days in a chart.
const MOST_DAYS: i64 = 3660;

/// A statement and its answer or error.
#[derive(Debug, Default)]
pub struct AnswerView {
    pub statement: String,
    /// The pending question, and its start time.
    pub asked: Option<(Ticket, DateTime<Utc>)>,
    answer: Option<StatementAnswer>,
    pub problem: Option<Problem>,
    pub cursor: Cursor,
    pub column: usize,
    /// The column that the lines are sorted by, and whether smallest first.
    pub sort: Option<(usize, bool)>,
    /// Indices of the rows of the answer, in the order shown.
    lines: Vec<usize>,
    pub widths: HashMap<usize, Width>,
    pub chart: bool,
    /// The previous answer, to go back to if this statement gets none.
    pub previous: Option<Box<Self>>,
}

impl AnswerView {
    /// A statement that was just sent, and the view before it.
    pub fn asked(
        statement: String,
        (ticket, now): (Ticket, DateTime<Utc>),
        previous: Option<Box<Self>>,
    ) -> Self {
        let previous = previous.and_then(|view| match &view.answer {
            Some(_) => Some(view),
            None => view.previous,
        });
        Self {
            previous,
            statement,
            asked: Some((ticket, now)),
            ..Self::default()
        }
    }

    /// The answer, if it has arrived.
    pub fn answer(&self) -> Option<&StatementAnswer> {
        self.answer.as_ref()
    }

    /// Stores the answer.
    pub fn take(&mut self, answer: StatementAnswer) {
        self.asked = None;
        self.problem = None;
        self.previous = None;
        self.lines = (0..answer.rows.len()).collect();
        self.answer = Some(answer);
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.lines.len()
    }

    /// Its columns.
    pub fn columns(&self) -> &[(String, AnswerType)] {
        self.answer
            .as_ref()
            .map_or(&[], |answer| answer.columns.as_slice())
    }

    /// The values of a line.
    pub fn line(&self, at: usize) -> Option<&[AnswerValue]> {
        let row = self.lines.get(at)?;
        Some(self.answer.as_ref()?.rows.get(*row)?.as_slice())
    }

    /// The line under the cursor.
    pub fn selected(&self) -> Option<&[AnswerValue]> {
        self.line(self.cursor.selected)
    }

    /// The answer with its rows in the order shown.
    pub fn sorted(&self) -> Option<StatementAnswer> {
        let answer = self.answer.as_ref()?;
        let rows = self.lines.iter();
        Some(StatementAnswer {
            columns: answer.columns.clone(),
            rows: rows
                .filter_map(|row| answer.rows.get(*row).cloned())
                .collect(),
            of: answer.of,
            notes: answer.notes.clone(),
        })
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Move, height: usize) {
        self.cursor.go(step, self.lines.len(), height);
    }

    /// Moves the cursor one column left or right.
    pub fn sideways(&mut self, right: bool) {
        self.column = beside(self.column, self.columns().len(), right);
    }

    /// Sorts by the column under the cursor, missing values last. Returns the column's name.
    pub fn sort_here(&mut self, up: bool) -> Option<String> {
        let answer = self.answer.as_ref()?;
        let (name, _) = answer.columns.get(self.column)?;
        let at = self.column;
        let of = |row: &usize| answer.rows.get(*row).and_then(|row| row.get(at));
        self.lines.sort_by(|a, b| match (of(a), of(b)) {
            (Some(a), Some(b)) => a.order(b, up),
            _ => std::cmp::Ordering::Equal,
        });
        self.sort = Some((at, up));
        self.cursor = Cursor::default();
        Some(name.clone())
    }

    /// The next line that contains a text, starting after the cursor and wrapping around.
    pub fn find(&self, text: &str, forward: bool) -> Option<usize> {
        let lower = text.to_lowercase();
        let says = |at: usize| {
            let values = self.line(at).unwrap_or_default().iter();
            values
                .filter_map(AnswerValue::text)
                .any(|value| value.to_lowercase().contains(&lower))
        };
        next_match(self.count(), self.cursor.selected, forward, says)
    }

    /// Switches the column under the cursor to its next width.
    pub fn widen(&mut self) {
        match self.widths.remove(&self.column) {
            None => self.widths.insert(self.column, Width::Wide),
            Some(Width::Wide) => self.widths.insert(self.column, Width::Narrow),
            Some(Width::Narrow) => None,
        };
    }

    /// Whether a chart is possible: there are a date column and a column of exact numbers.
    pub fn has_days(&self) -> bool {
        let mut columns = self.columns().iter();
        columns.any(|(_, kind)| *kind == AnswerType::Date) && self.charted().is_some()
    }

    /// The column of numbers for the chart: the one under the cursor, or the first.
    fn charted(&self) -> Option<usize> {
        let fits = |at: &usize| {
            let column = self.columns().get(*at);
            column
                .is_some_and(|(_, kind)| matches!(kind, AnswerType::Decimal | AnswerType::Integer))
        };
        let mut all = 0..self.columns().len();
        Some(self.column).filter(fits).or_else(|| all.find(fits))
    }

    /// The chart of a column of numbers: its name, the first day of the answer, and the sum of each day up to the last.
    pub fn days(&self) -> Option<(String, NaiveDate, Vec<Amount>)> {
        let at = self.charted()?;
        let columns = self.columns();
        let date = columns
            .iter()
            .position(|(_, kind)| *kind == AnswerType::Date)?;
        let mut sums: BTreeMap<NaiveDate, Amount> = BTreeMap::new();
        for row in &self.answer.as_ref()?.rows {
            let Some(AnswerValue::Text(day)) = row.get(date) else {
                continue;
            };
            let (Ok(day), Some(amount)) = (day.parse(), row.get(at).and_then(AnswerValue::amount))
            else {
                continue;
            };
            let sum = sums.entry(day).or_default();
            *sum = sum.checked_add(amount)?;
        }
        let (first, last) = (*sums.keys().next()?, *sums.keys().next_back()?);
        let many = last.signed_duration_since(first).num_days();
        if many > MOST_DAYS {
            return None;
        }
        let days = (0..=many).map(|day| {
            let day = first + TimeDelta::days(day);
            sums.get(&day).copied().unwrap_or_default()
        });
        Some((columns.get(at)?.0.clone(), first, days.collect()))
    }
}
