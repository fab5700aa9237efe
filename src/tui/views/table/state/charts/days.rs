//! Questions about lines beyond the table: daily costs for the sparklines and the chart, and the facts of the panel.

use crate::domain::money::Amount;
use crate::domain::period::{DateRange, Month};
use crate::domain::table::group::{Group, GroupId};
use crate::domain::table::line_facts::{FactsOfLine, LineFacts};
use crate::domain::table::{Body, Series};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::explorer::Explorer;
use std::collections::BTreeSet;

impl Explorer {
    /// The first and the last day of the data.
    pub fn span(&self) -> Option<DateRange> {
        self.loaded.opened.data.days()
    }

    /// The months in the data, the newest first.
    pub fn months(&self) -> Vec<Month> {
        let sources = self.loaded.opened.data.sources().iter();
        let days = sources.filter_map(|source| source.days);
        let months: BTreeSet<Month> = days
            .flat_map(|(from, to)| DateRange { from, to }.by_month())
            .map(|part| Month::of(part.from))
            .collect();
        months.into_iter().rev().collect()
    }

    /// The groups that are visible, or in the chart, and whose daily costs are neither known nor requested.
    pub fn dayless(&self, height: usize, charts: bool) -> Vec<GroupId> {
        let Some(shown) = self.fresh().filter(|_| self.days.asked.is_none()) else {
            return Vec::new();
        };
        let mut ids = if charts {
            self.charted_groups()
        } else {
            Vec::new()
        };
        let pictured = self.step().picture.wants_days();
        if let (Body::Groups { groups, .. }, true) = (&shown.table.body, pictured) {
            let top = self.branches.place(self.step().cursor.top);
            let top = top.saturating_sub(shown.offset);
            ids.extend(groups.iter().skip(top).take(height).map(Group::id));
        }
        ids.retain(|id| !self.days.lines.contains_key(id));
        // One question asks for groups or for the whole view.
        let (whole, groups): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| id.keys.is_empty());
        if groups.is_empty() { whole } else { groups }
    }

    /// Stores the daily costs of some groups.
    pub fn take_days(&mut self, ticket: Ticket, result: Result<Series, Problem>) {
        let Some((_, ids)) = self.days.asked.take_if(|(asked, _)| *asked == ticket) else {
            return;
        };
        // Each answer has its own range of days, but all lines have to span the days of the view.
        let Some((series, whole)) = result.ok().zip(self.axis()) else {
            // After an error the groups have no sparkline; the table still shows their numbers.
            let empty = ids.into_iter().map(|id| (id, Vec::new()));
            self.days.lines.extend(empty);
            return;
        };
        let mut lines = series.lines;
        lines.resize(ids.len(), Vec::new());
        let count = usize::try_from(whole.days()).unwrap_or_default();
        let start = series
            .first
            .map_or(0, |first| (first - whole.from).num_days());
        for line in &mut lines {
            if line.is_empty() {
                continue;
            }
            let mut all = vec![Amount::ZERO; count];
            for (at, amount) in (start..).zip(line.iter()) {
                let day = usize::try_from(at).ok().and_then(|at| all.get_mut(at));
                if let Some(day) = day {
                    *day = *amount;
                }
            }
            *line = all;
        }
        self.days.first = Some(whole.from);
        self.days.lines.extend(ids.into_iter().zip(lines));
    }

    /// The line of the panel whose facts are neither known nor requested.
    pub fn factless(&self) -> Option<GroupId> {
        if self.loaded.opened.data.server().is_some() {
            return None;
        }
        let (id, _) = self.selected_keys()?;
        let asked = self
            .facts
            .asked
            .as_ref()
            .is_some_and(|(_, line)| *line == id);
        (!asked && !self.facts.known.contains_key(&id)).then_some(id)
    }

    /// Stores the facts of a line. A line whose facts cannot be found has none.
    pub fn take_facts(&mut self, ticket: Ticket, result: Result<FactsOfLine, Problem>) {
        let asked = self.facts.asked.take_if(|(asked, _)| *asked == ticket);
        if let Some((_, id)) = asked {
            let none = |_| FactsOfLine::Costs(LineFacts::default());
            self.facts.known.insert(id, result.unwrap_or_else(none));
        }
    }

    /// The days of the view: the picked ones, as far as the data has them.
    pub(in crate::tui::views::table::state) fn axis(&self) -> Option<DateRange> {
        if let Some((before, after)) = self.step().change {
            return Some(DateRange {
                from: before.from.min(after.from),
                to: before.to.max(after.to),
            });
        }
        let span = self.span()?;
        Some(self.step().days.map_or(span, |days| DateRange {
            from: days.from.max(span.from),
            to: days.to.min(span.to).max(days.from.max(span.from)),
        }))
    }
}
