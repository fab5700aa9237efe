//! Where the parts of a table stand: its lines, its totals, its chart, and the panel beside it.

use super::charts::chart::{ChartKind, ChartPlace};
use super::column::ColumnContent;
use super::explorer::Explorer;
use super::step::Width;
use super::total_lines;
use crate::domain::period::DateRange;
use crate::domain::query::Measure;
use crate::domain::table::Body;
use crate::tui::layout;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::theme::Glyphs;

/// More columns than these leave no room for a panel.
const COLUMNS: usize = 16;
/// The width at which two periods are pleasant to read.
const PERIODS: u16 = 116;
/// The usual width of names, and the greatest that a panel makes room for.
const NAME: usize = 24;
const WIDE_NAME: usize = 48;

impl Explorer {
    /// Where the chart stands.
    pub fn chart_place(&self, shell: &Shell) -> ChartPlace {
        if self.answer.is_some() {
            return ChartPlace::Nowhere;
        }
        let above = || ChartPlace::Above(layout::chart_lines(shell.size.1));
        match self.chart.kind {
            ChartKind::Hidden => ChartPlace::Nowhere,
            ChartKind::Auto if !self.shows_chart_itself() => ChartPlace::Nowhere,
            ChartKind::Auto => {
                let place = self.panel(shell).or_else(|| self.below(shell));
                place.unwrap_or(ChartPlace::Nowhere)
            }
            ChartKind::Groups | ChartKind::Running | ChartKind::Line => {
                self.panel(shell).unwrap_or_else(above)
            }
        }
    }

    /// Whether the chart is on the screen.
    pub fn has_chart(&self, shell: &Shell) -> bool {
        self.chart_place(shell) != ChartPlace::Nowhere
    }

    /// Whether keys move the cursor of the chart.
    pub fn has_chart_focus(&self, shell: &Shell) -> bool {
        self.chart.focus && self.has_chart(shell)
    }

    /// Whether a panel is beside the lines.
    pub fn has_panel(&self, shell: &Shell) -> bool {
        matches!(self.chart_place(shell), ChartPlace::Beside(_))
    }

    /// The width of the lines.
    pub fn table_width(&self, shell: &Shell) -> u16 {
        match self.chart_place(shell) {
            ChartPlace::Beside(width) => shell.size.0.saturating_sub(width),
            ChartPlace::Nowhere | ChartPlace::Above(_) | ChartPlace::Below(_) => shell.size.0,
        }
    }

    /// The width of the chart.
    pub fn chart_width(&self, shell: &Shell) -> u16 {
        match self.chart_place(shell) {
            ChartPlace::Beside(width) => width.saturating_sub(layout::PANEL_MARGIN),
            ChartPlace::Nowhere | ChartPlace::Above(_) | ChartPlace::Below(_) => shell.size.0,
        }
    }

    /// The number of lines between the filter and the list: missing days, notes and the chart.
    pub fn lines_above(&self, shell: &Shell) -> u16 {
        if let Some(answer) = &self.answer {
            return if answer.chart {
                layout::chart_lines(shell.size.1)
            } else {
                0
            };
        }
        let chart = match self.chart_place(shell) {
            ChartPlace::Above(height) => height,
            ChartPlace::Nowhere | ChartPlace::Below(_) | ChartPlace::Beside(_) => 0,
        };
        self.told_lines() + chart
    }

    /// The lines of the screen that do not belong to the list.
    pub fn lines_around(&self, shell: &Shell) -> u16 {
        if self.answer.is_some() {
            return 6 + self.lines_above(shell);
        }
        let below = match self.chart_place(shell) {
            ChartPlace::Below(height) => height,
            ChartPlace::Nowhere | ChartPlace::Above(_) | ChartPlace::Beside(_) => 0,
        };
        let width = self.table_width(shell);
        5 + self.lines_above(shell) + below + self.total_lines(width, shell)
    }

    /// The first note on what was opened.
    pub fn first_note(&self) -> Option<Said> {
        let notes = self.loaded.opened.noted();
        notes.into_iter().next().map(Said::from)
    }

    /// Missing days and notes.
    fn told_lines(&self) -> u16 {
        u16::from(!self.missing.is_empty()) + u16::from(self.first_note().is_some())
    }

    fn total_lines(&self, width: u16, shell: &Shell) -> u16 {
        let size = (width, shell.size.1);
        let shown = self.shown.as_ref();
        let lines = shown.map_or(1, |shown| total_lines(&shown.table, size));
        u16::try_from(lines).unwrap_or(1)
    }

    /// Whether an unrequested chart is useful: groups over more than a day. A server is not asked for it.
    fn shows_chart_itself(&self) -> bool {
        let days = self.axis().map_or(0, DateRange::days);
        let groups = !self.step().group_by.is_empty() && self.count() > 0;
        groups && days > 1 && self.loaded.opened.data.server().is_none()
    }

    /// The panel beside the lines, if they do not need its width. Text for a screen reader has none.
    fn panel(&self, shell: &Shell) -> Option<ChartPlace> {
        let width = shell.size.0;
        let is_plain = shell.glyphs == Glyphs::Plain;
        if is_plain || width < layout::PANEL_SCREEN || self.step().group_by.is_empty() {
            return None;
        }
        let wanted = if self.shows_two_periods() {
            width.saturating_sub(layout::PANEL).max(PERIODS)
        } else {
            self.wanted_width()?
        };
        let panel = width.checked_sub(wanted)?.min(width / 2);
        (panel >= layout::PANEL).then_some(ChartPlace::Beside(panel))
    }

    /// Whether two periods are compared in the usual columns. What gives way among them is of less use than the panel.
    fn shows_two_periods(&self) -> bool {
        let usual = self.step().columns.shown.is_none();
        let body = self.shown.as_ref().map(|shown| &shown.table.body);
        matches!(body, Some(Body::Change(change)) if usual && change.pivot.is_none())
    }

    /// The chart below the lines, if these take less than half of the height.
    fn below(&self, shell: &Shell) -> Option<ChartPlace> {
        let others = 5 + self.told_lines() + self.total_lines(shell.size.0, shell);
        // A message that comes and goes does not hide it.
        let (lines, list) = (self.count(), layout::list_height(shell.size.1, others));
        let chart = layout::chart_lines(shell.size.1);
        let fits = lines * 2 <= list && lines + usize::from(chart) < list;
        fits.then_some(ChartPlace::Below(chart))
    }

    /// The width at which the columns are pleasant to read; `None` if there are too many of them.
    fn wanted_width(&self) -> Option<u16> {
        let shown = self.shown.as_ref()?;
        let cells = match &shown.table.body {
            Body::Pivot(pivot) => pivot.columns.len(),
            Body::Change(change) => change.pivot.as_ref().map_or(0, |pivot| pivot.names.len()),
            Body::Groups { .. } | Body::Rows { .. } => 0,
        };
        if cells > COLUMNS {
            return None;
        }
        let several = shown.group_by.len() > 2;
        // A name takes what it needs, and a picture grows as much as the names do.
        let needed = |at: usize| shown.key_widths.get(at).copied().unwrap_or_default();
        let grown = |at| needed(at).next_multiple_of(8).clamp(NAME, WIDE_NAME) - NAME;
        let most = (0..shown.group_by.len()).map(grown).max();
        let widths = &self.step().columns.widths;
        let columns = self.columns_of(shown).into_iter();
        let wanted = columns.map(|column| {
            let usual = match column.what {
                ColumnContent::Key(_) if several => 18,
                ColumnContent::Key(at) => NAME + grown(at),
                ColumnContent::Header(_) => NAME,
                ColumnContent::Cost | ColumnContent::Cell(_) | ColumnContent::Effect(_) => 18,
                ColumnContent::Measure(Measure::Quantity) => 16,
                ColumnContent::Currency => 4,
                ColumnContent::Rows | ColumnContent::Percent => 9,
                ColumnContent::Measure(_) | ColumnContent::Cause => 10,
                ColumnContent::Picture => 12 + most.unwrap_or_default(),
            };
            let width = match widths.get(&column.name) {
                Some(Width::Wide) => usual.max(40),
                Some(Width::Narrow) | None => usual,
            };
            width + 2
        });
        u16::try_from(wanted.sum::<usize>() + 1).ok()
    }
}
