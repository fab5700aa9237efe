//! The chart of days above the table: its kinds, its series, and the day under its cursor.

use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::table::Table;
use crate::domain::table::group::GroupId;
use crate::tui::draw::day_chart::STACKED;
use chrono::{NaiveDate, TimeDelta};

/// What the chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChartKind {
    #[default]
    Hidden,
    /// The days of the view, stacked by its largest groups. For two periods, both beside each other.
    Groups,
    /// The same, each day added to the days before it.
    Running,
    /// The days of the line under the cursor.
    Line,
}

impl ChartKind {
    /// The next one, wrapping around.
    #[must_use]
    pub(super) fn next(self, has_lines: bool) -> Self {
        match self {
            Self::Hidden => Self::Groups,
            Self::Groups => Self::Running,
            Self::Running if has_lines => Self::Line,
            Self::Running | Self::Line => Self::Hidden,
        }
    }
}

/// The chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChartState {
    pub kind: ChartKind,
    /// Whether keys move the cursor of the chart instead of the one of the table.
    pub focus: bool,
    /// The day under the cursor, from the first.
    pub(super) day: usize,
}

impl ChartState {
    /// Whether the chart is on the screen.
    pub fn is_shown(&self) -> bool {
        self.kind != ChartKind::Hidden
    }
}

/// A group that the chart stacks, with the names of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackedGroup {
    pub id: GroupId,
    pub labels: Vec<Option<String>>,
}

/// What a series of the chart stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesName {
    /// A group, with the names of its keys.
    Group(StackedGroup),
    /// All groups without a series of their own.
    Rest,
    /// Everything that the filter keeps.
    Whole,
    /// One of two periods.
    Period(DateRange),
}

/// What the chart draws. All series begin on the same day and are equally long, except for two periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charted {
    /// For two periods, the first day of the later one.
    pub first: NaiveDate,
    pub currency: Option<String>,
    pub series: Vec<(SeriesName, Vec<Amount>)>,
    pub running: bool,
}

impl Charted {
    /// Whether two periods stand beside each other.
    pub fn is_beside(&self) -> bool {
        let period = |(name, _): &(SeriesName, _)| matches!(name, SeriesName::Period(_));
        self.series.iter().any(period)
    }

    /// The number of days of the longest series.
    pub fn count(&self) -> usize {
        let counts = self.series.iter().map(|(_, days)| days.len());
        counts.max().unwrap_or_default()
    }

    /// A day of the chart.
    pub fn day(&self, at: usize) -> NaiveDate {
        let days = TimeDelta::days(i64::try_from(at).unwrap_or_default());
        self.first.checked_add_signed(days).unwrap_or(self.first)
    }
}

/// The largest groups of a table in the currency of its first total.
pub(super) fn largest(table: &Table) -> Vec<StackedGroup> {
    let currency = table.totals.first().and_then(|sum| sum.currency.as_deref());
    let lines = (0..table.shown()).filter_map(|at| table.body.group_line(at));
    let mut lines: Vec<_> = lines
        .filter(|line| line.currency == currency)
        .filter_map(|line| Some((line.sums?.0.abs(), line)))
        .collect();
    lines.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let largest = lines.into_iter().take(STACKED);
    largest
        .map(|(_, line)| StackedGroup {
            id: line.id(),
            labels: line.labels.to_vec(),
        })
        .collect()
}
