//! What groups cost day by day, for the pictures beside them and the chart above.

use super::explorer::Explorer;
use crate::domain::money::Amount;
use crate::domain::table::{Body, Group, GroupId, Series};
use crate::tui::message::{Problem, Ticket};
use chrono::NaiveDate;
use std::collections::HashMap;

/// What groups cost day by day, as far as it was asked for.
#[derive(Debug, Default)]
pub struct Days {
    pub first: Option<NaiveDate>,
    pub lines: HashMap<GroupId, Vec<Amount>>,
    /// The question under way, and the groups it is about.
    pub asked: Option<(Ticket, Vec<GroupId>)>,
}

impl Explorer {
    /// The groups in sight whose days are not known and not asked for.
    pub fn dayless(&self, height: usize) -> Vec<GroupId> {
        let wanted = self.step().picture.wants_days() || self.chart;
        let Some(shown) = self.fresh().filter(|_| wanted && self.days.asked.is_none()) else {
            return Vec::new();
        };
        let mut ids: Vec<GroupId> = Vec::new();
        if let Body::Groups { groups, .. } = &shown.table.body {
            let top = self.branches.place(self.step().cursor.top);
            let top = top.saturating_sub(shown.offset);
            ids.extend(groups.iter().skip(top).take(height).map(Group::id));
        } else if self.chart {
            let totals = shown.table.totals.iter();
            ids.extend(totals.map(|total| GroupId {
                keys: Vec::new(),
                currency: total.currency.clone(),
            }));
        }
        ids.retain(|id| !self.days.lines.contains_key(id));
        ids
    }

    /// Takes the days of some groups.
    pub fn take_days(&mut self, ticket: Ticket, result: Result<Series, Problem>) {
        let Some((_, ids)) = self.days.asked.take_if(|(asked, _)| *asked == ticket) else {
            return;
        };
        let Ok(series) = result else {
            // No picture is better than a wrong one; the numbers stand beside it.
            let empty = ids.into_iter().map(|id| (id, Vec::new()));
            self.days.lines.extend(empty);
            return;
        };
        let mut lines = series.lines;
        lines.resize(ids.len(), Vec::new());
        // Every answer has days of its own; all lines start with the first of them.
        let first = match (self.days.first, series.first) {
            (Some(known), Some(new)) => Some(known.min(new)),
            (known, new) => known.or(new),
        };
        let lead = |start: Option<NaiveDate>| {
            let days = start
                .zip(first)
                .map(|(start, first)| (start - first).num_days());
            usize::try_from(days.unwrap_or_default()).unwrap_or_default()
        };
        let pad = |line: &mut Vec<Amount>, by: usize| {
            line.splice(0..0, std::iter::repeat_n(Amount::ZERO, by));
        };
        let (old, new) = (lead(self.days.first), lead(series.first));
        for line in self.days.lines.values_mut() {
            pad(line, old);
        }
        for line in &mut lines {
            pad(line, new);
        }
        self.days.first = first;
        self.days.lines.extend(ids.into_iter().zip(lines));
    }
}
