//! Draws the largest groups by one key: name, cost, share and change.

use crate::domain::analysis::overview::{CostTrend, CurrencyTotal, KeyPanel, Overview};
use crate::domain::table::value_names::visible_name;
use crate::domain::text::counted;
use crate::ops::overview::facts::{change, code, share_text};
use crate::tui::draw::lines::{plain, put};
use crate::tui::draw::text;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The width of the share, and the least one of the change where a month before is known.
const SHARE: usize = 7;
const CHANGE: usize = 9;
/// The room for names in a wide panel, if none is longer.
const NAME: usize = 24;
/// The width from which the share is shown.
const WITH_SHARE: usize = 50;

/// A panel of groups.
pub(super) struct GroupPanel<'a> {
    pub(super) overview: &'a Overview,
    pub(super) total: &'a CurrencyTotal,
    pub(super) name: &'a str,
    /// `None` until it has arrived.
    pub(super) panel: Option<&'a KeyPanel>,
    pub(super) waits: bool,
    /// The line under the cursor, if the panel has the focus.
    pub(super) line: Option<usize>,
    /// The most groups to show; one more line is for the others.
    pub(super) most: usize,
}

impl GroupPanel<'_> {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let currency = code(self.total.currency.as_deref());
        let cells = [currency.to_owned(), "share".to_owned(), "change".to_owned()];
        let mark = if self.line.is_some() { "›" } else { " " };
        let head = format!(
            "{mark} {}",
            line(self.name, &cells, self.widths(), self.width(area))
        );
        let style = if self.line.is_some() {
            theme.accent
        } else {
            theme.heading
        };
        put(frame, area, 0, plain(head, style));
        let Some(panel) = self.panel else {
            let words = if self.waits {
                "  working …"
            } else {
                "  no row has a tag"
            };
            return put(frame, area, 1, plain(words, theme.dim));
        };
        self.groups(frame, area, panel, theme);
    }

    fn groups(&self, frame: &mut Frame<'_>, area: Rect, panel: &KeyPanel, theme: &Theme) {
        let own: Vec<_> = panel.of(self.total.currency.as_deref()).collect();
        // The line of the cursor stays in view.
        let first = self
            .line
            .map_or(0, |line| (line + 1).saturating_sub(self.most));
        let shown = own.iter().enumerate().skip(first).take(self.most);
        let mut row = 1;
        for (at, group) in shown {
            let name = visible_name(group.value.as_deref());
            let marked = self.line == Some(at);
            self.figure(
                frame,
                area,
                row,
                (&name, marked),
                (group.trend, group.share),
                theme,
            );
            row += 1;
        }
        let hidden = own
            .iter()
            .take(first)
            .chain(own.iter().skip(first + self.most));
        let Some(rest) = panel.rest(self.total, hidden.copied()) else {
            return;
        };
        // All groups of this month have a line; the month before had more.
        let name = match rest.groups {
            0 => "gone".to_owned(),
            groups => counted(groups as u64, "other"),
        };
        let figures = (rest.trend, rest.share);
        self.figure(frame, area, row, (&name, false), figures, theme);
    }

    /// The widths of the cost and the change with a blank before each: numbers are never cut. Without a month before there
    /// is no column of changes.
    fn widths(&self) -> (usize, usize) {
        let groups = self.panel.map(|panel| &panel.groups).into_iter().flatten();
        let others = self.panel.map(|panel| &panel.others).into_iter().flatten();
        let trends = groups
            .map(|group| group.trend)
            .chain(others.map(|rest| rest.trend));
        let compares = self.overview.frame.before.is_some();
        let widths = trends.chain([self.total.trend]).map(|trend| {
            let cost = self.overview.shown(trend.cost);
            let change = if compares { change(trend).len() + 1 } else { 0 };
            (cost.len() + 1, change)
        });
        let least = if compares { CHANGE } else { 0 };
        widths.fold((1, least), |(cost, change), (more, wider)| {
            (cost.max(more), change.max(wider))
        })
    }

    /// The width of a line behind its mark. In a wide panel the amounts stand next to the names.
    fn width(&self, area: Rect) -> usize {
        let whole = usize::from(area.width).saturating_sub(2);
        if whole < WITH_SHARE {
            return whole;
        }
        let groups = self.panel.map(|panel| &panel.groups).into_iter().flatten();
        let names = groups.map(|group| visible_name(group.value.as_deref()).width());
        let longest = names.chain([self.name.width(), NAME]).max();
        let (cost, change) = self.widths();
        let needed = longest.unwrap_or_default() + cost + SHARE + change + 1;
        needed.clamp(WITH_SHARE, whole)
    }

    /// Draws one line of the panel.
    fn figure(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        row: u16,
        (name, marked): (&str, bool),
        (trend, share): (CostTrend, Option<i64>),
        theme: &Theme,
    ) {
        let cells = [
            self.overview.shown(trend.cost),
            share_text(share),
            change(trend),
        ];
        let width = self.width(area);
        let mark = if marked { "› " } else { "  " };
        let widths = self.widths();
        let line = format!("{mark}{}", line(name, &cells, widths, width));
        if marked {
            return put(frame, area, row, plain(line, theme.selected));
        }
        // The change is the last cell, in the colour of its direction; its sign says the same.
        let grew = trend.change().map_or(theme.plain, |change| match change {
            1.. => theme.grew,
            ..=-1 => theme.shrank,
            0 => theme.plain,
        });
        put(frame, area, row, coloured(&line, (widths.1, grew), theme));
    }
}

/// The line with its last cell, of a width, in another style.
fn coloured(line: &str, (width, style): (usize, Style), theme: &Theme) -> Line<'static> {
    let chars: Vec<char> = line.chars().collect();
    let split = chars.len().saturating_sub(width);
    let (head, tail) = chars.split_at(split);
    Line::from(vec![
        Span::styled(head.iter().collect::<String>(), theme.plain),
        Span::styled(tail.iter().collect::<String>(), style),
    ])
}

/// A name and its figures, right-aligned; the share is dropped first where they do not fit.
fn line(
    name: &str,
    [cost, share, change]: &[String; 3],
    (cost_width, change_width): (usize, usize),
    width: usize,
) -> String {
    let share_width = if width >= WITH_SHARE { SHARE } else { 0 };
    let room = width.saturating_sub(cost_width + share_width + change_width + 1);
    let share = if share_width > 0 {
        text::cell(share, share_width, true)
    } else {
        String::new()
    };
    let change = if change_width > 0 {
        text::cell(change, change_width, true)
    } else {
        String::new()
    };
    format!(
        "{}{}{share}{change} ",
        text::cell(name, room, false),
        text::cell(cost, cost_width, true)
    )
}
