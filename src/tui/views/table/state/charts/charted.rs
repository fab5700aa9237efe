//! The series of the chart of open data, and the moves of its cursor.

use super::chart::{ChartKind, Charted, SeriesName, StackedGroup};
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::Body;
use crate::domain::table::group::GroupId;
use crate::tui::shell::Shell;
use crate::tui::state::cursor::Cursor;
use crate::tui::views::table::state::explorer::Explorer;
use chrono::NaiveDate;

impl Explorer {
    /// The kind of chart that follows the one that is shown.
    pub fn next_chart_kind(&self, shell: &Shell) -> ChartKind {
        let has_lines = !self.step().group_by.is_empty() && !self.step().is_series();
        self.chart.kind.next(self.has_chart(shell), has_lines)
    }

    /// Shows the next kind of chart.
    pub fn next_chart(&mut self, shell: &Shell) {
        self.chart.kind = self.next_chart_kind(shell);
        if self.chart.kind == ChartKind::Hidden {
            self.chart.focus = false;
        }
    }

    /// The currency of the chart: the one of the line under the cursor, or of the first total.
    fn chart_currency(&self) -> Option<String> {
        let line = self.selected_keys().filter(|_| self.charts_line());
        if let Some((id, _)) = line {
            return id.currency;
        }
        let table = &self.fresh()?.table;
        match &table.body {
            Body::Change(change) => change.currencies.first()?.currency.clone(),
            Body::Groups { .. } | Body::Rows { .. } | Body::Pivot(_) => {
                table.totals.first()?.currency.clone()
            }
        }
    }

    fn charts_line(&self) -> bool {
        let step = self.step();
        self.chart.kind == ChartKind::Line && !step.group_by.is_empty() && !step.is_series()
    }

    /// The groups whose days the chart needs. The whole view is a group without keys.
    pub(in crate::tui::views::table::state) fn charted_groups(&self) -> Vec<GroupId> {
        let whole = || GroupId {
            keys: Vec::new(),
            currency: self.chart_currency(),
        };
        match self.chart.kind {
            ChartKind::Hidden => Vec::new(),
            ChartKind::Line if self.charts_line() => {
                self.selected_keys().map(|(id, _)| id).into_iter().collect()
            }
            ChartKind::Line => vec![whole()],
            ChartKind::Auto | ChartKind::Groups | ChartKind::Running
                if self.step().change.is_some() || self.step().is_series() =>
            {
                vec![whole()]
            }
            ChartKind::Auto | ChartKind::Groups | ChartKind::Running => {
                let stack = self.days.stack.iter().map(|group| group.id.clone());
                stack.chain([whole()]).collect()
            }
        }
    }

    /// The series that the chart draws, or why it cannot.
    pub fn charted(&self) -> Result<Charted, &'static str> {
        const PENDING: &str = "calculating days …";
        let first = self.days.first;
        if self.charts_line() && self.selected_keys().is_none() && self.fresh().is_some() {
            return Err("the line under the cursor is no group");
        }
        let groups = self.charted_groups();
        let known = groups.iter().map(|id| self.days.lines.get(id));
        let lines = known.collect::<Option<Vec<_>>>();
        let Some(lines) = lines.filter(|lines| !lines.is_empty()) else {
            let asked = self.days.asked.is_some() || self.asked.is_some();
            return Err(if asked { PENDING } else { "no dated rows" });
        };
        let (Some(first), Some(whole)) = (first, lines.last().filter(|days| !days.is_empty()))
        else {
            return Err("no dated rows");
        };
        let mut series = match self.step().change {
            Some(periods) => [periods.0, periods.1]
                .map(|period| (SeriesName::Period(period), part_of(whole, first, period)))
                .to_vec(),
            None => self.stacked(&lines, whole),
        };
        let running = self.chart.kind == ChartKind::Running;
        if running {
            for (_, days) in &mut series {
                *days = Amount::running_totals(days.drain(..));
            }
        }
        Ok(Charted {
            first: self.step().change.map_or(first, |(_, after)| after.from),
            currency: self.chart_currency(),
            series,
            running,
        })
    }

    /// The stacked groups and what is left of the whole, or the line under the cursor.
    fn stacked(&self, lines: &[&Vec<Amount>], whole: &[Amount]) -> Vec<(SeriesName, Vec<Amount>)> {
        if self.charts_line() {
            let name = self
                .selected_keys()
                .map_or(SeriesName::Whole, |(id, labels)| {
                    SeriesName::Group(StackedGroup { id, labels })
                });
            return vec![(name, whole.to_vec())];
        }
        if self.step().is_series() {
            return vec![(SeriesName::Whole, whole.to_vec())];
        }
        let groups = self.days.stack.iter().zip(lines);
        let mut series: Vec<(SeriesName, Vec<Amount>)> = groups
            .filter(|_| self.chart.kind != ChartKind::Line)
            .map(|(group, days)| (SeriesName::Group(group.clone()), (*days).clone()))
            .collect();
        if series.is_empty() {
            return vec![(SeriesName::Whole, whole.to_vec())];
        }
        let rest: Vec<Amount> = whole
            .iter()
            .enumerate()
            .map(|(at, day)| {
                let groups = series.iter().filter_map(|(_, days)| days.get(at));
                groups.fold(*day, |rest, part| rest.saturating_sub(*part))
            })
            .collect();
        if rest.iter().any(|day| *day != Amount::ZERO) {
            series.push((SeriesName::Rest, rest));
        }
        series
    }

    /// The day under the cursor of the chart.
    pub fn charted_day(&self, charted: &Charted) -> usize {
        self.chart.day.min(charted.count().saturating_sub(1))
    }

    /// Moves the cursor of the chart by days.
    pub fn move_day(&mut self, by: isize) {
        let Ok(charted) = self.charted() else {
            return;
        };
        let last = charted.count().saturating_sub(1);
        let day = self.charted_day(&charted).saturating_add_signed(by);
        self.chart.day = day.min(last);
    }

    /// Goes into the day under the cursor of the chart, or into the days of its column.
    pub fn enter_day(&mut self, each: usize) -> Result<(), &'static str> {
        let charted = self.charted()?;
        let at = self.charted_day(&charted);
        let at = at - at % each.max(1);
        let last = (at + each.max(1) - 1).min(charted.count().saturating_sub(1));
        let days = DateRange {
            from: charted.day(at),
            to: charted.day(last),
        };
        let mut step = self.step().clone();
        step.label = if days.from == days.to {
            days.from.to_string().into()
        } else {
            days.to_string().into()
        };
        let pivot = step.pivot.clone();
        let pivot = pivot.filter(|by| *by != GroupKey::Role(Role::Date));
        step.reshape(pivot, None);
        step.pick_days(Some(days));
        step.cursor = Cursor::default();
        self.push([step]);
        self.chart.focus = false;
        Ok(())
    }
}

/// The days of a period from days that begin on another day.
fn part_of(days: &[Amount], first: NaiveDate, period: DateRange) -> Vec<Amount> {
    let start = (period.from - first).num_days();
    let count = usize::try_from(period.days()).unwrap_or_default();
    let day = |at: i64| usize::try_from(at).ok().and_then(|at| days.get(at));
    (start..)
        .take(count)
        .map(|at| day(at).copied().unwrap_or_default())
        .collect()
}
