//! The chart of days of a table: its kinds, its places, its series, and the day under its cursor.

use crate::domain::money::Amount;
use crate::domain::period::{DateRange, days_after};
use crate::domain::table::Table;
use crate::domain::table::group::GroupId;
use crate::tui::draw::day_chart::STACKED;
use chrono::NaiveDate;

/// The kind of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChartKind {
    /// The same as `Groups`, where it takes no room from the table.
    #[default]
    Auto,
    Hidden,
    /// The days of the view, stacked by its largest groups. For two periods, both beside each other.
    Groups,
    /// The same, each day added to the days before it.
    Running,
    /// The days of the line under the cursor.
    Line,
}

impl ChartKind {
    /// The next one, wrapping around. An automatic chart is hidden first.
    #[must_use]
    pub(in crate::tui::views::table::state) fn next(self, is_shown: bool, has_lines: bool) -> Self {
        match self {
            Self::Auto if is_shown => Self::Hidden,
            Self::Auto | Self::Hidden => Self::Groups,
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
    pub(in crate::tui::views::table::state) day: usize,
}

/// Where the chart stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartPlace {
    /// It is not shown.
    Nowhere,
    /// Above the lines; its height.
    Above(u16),
    /// Below the lines; its height.
    Below(u16),
    /// In a panel beside the lines; the width of that panel.
    Beside(u16),
}

/// A group that the chart stacks, with the names of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackedGroup {
    pub id: GroupId,
    pub labels: Vec<Option<String>>,
}

/// The name of a series of the chart.
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

/// The series of a chart. All of them begin on the same day and are equally long, except for two periods.
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
        days_after(self.first, at)
    }
}

/// The largest groups of a table in the currency of its first total.
pub(in crate::tui::views::table::state) fn largest(table: &Table) -> Vec<StackedGroup> {
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

#[cfg(test)]
mod tests {
    use crate::tui::views::table::state::charts::chart::ChartKind;

    #[test]
    fn a_chart_that_shows_itself_is_hidden_first() {
        use ChartKind::{Auto, Groups, Hidden, Line, Running};
        for (kind, is_shown, has_lines, next) in [
            (Auto, true, true, Hidden),
            (Auto, false, true, Groups),
            (Hidden, false, true, Groups),
            (Groups, true, true, Running),
            (Running, true, true, Line),
            (Running, true, false, Hidden),
            (Line, true, true, Hidden),
        ] {
            assert_eq!(kind.next(is_shown, has_lines), next, "{kind:?}");
        }
    }
}
