//! Writes the numbers that the columns of a chart stand for, where no picture may be drawn.

use super::{DayChart, DayColumns};
use crate::domain::text::counted;
use crate::tui::draw::lines::{plain, put};
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use std::ops::Range;

/// The columns before a day: a margin and its mark.
const MARGIN: usize = 3;

impl DayChart<'_> {
    /// Writes as many days as fit, the one under the cursor among them; the last line says how many are left out.
    pub(super) fn numbers(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let count = self.count();
        let told: Vec<String> = (0..count)
            .map(|at| {
                let values = self.series.iter().map(|series| {
                    let value = series.days.get(at).copied().unwrap_or_default();
                    (self.written)(value)
                });
                let values: Vec<String> = values.collect();
                format!("{} {}", self.day(at).format("%m-%d"), values.join(" + "))
            })
            .collect();
        let width = usize::from(area.width);
        let wide = told.iter().map(String::len).max().unwrap_or(1) + MARGIN;
        let across = (width.saturating_sub(MARGIN) / wide).max(1);
        let shown = window(count, across, usize::from(area.height), self.cursor);
        // The cursor is on all days of a column of the picture, as the line above says.
        let each = DayColumns::of(count, width, self.arrangement).days;
        let is_here = |at: usize| self.cursor.is_some_and(|day| day / each == at / each);
        let days: Vec<String> = (0..)
            .zip(&told)
            .map(|(at, day)| {
                let mark = if is_here(at) { "›" } else { " " };
                format!("{mark}{day:<rest$}", rest = wide - 1)
            })
            .collect();
        let lines = days.get(shown.clone()).unwrap_or_default().chunks(across);
        let mut lines: Vec<String> = lines.map(|days| format!("  {}", days.concat())).collect();
        lines.extend(left_out(count, &shown));
        for (row, line) in (0..).zip(lines) {
            put(frame, area, row, plain(line, theme.plain));
        }
    }
}

/// The days to write in lines of so many: all of them, or those that leave a line to say how many are left out. The lines
/// move on only as far as the cursor needs.
fn window(count: usize, across: usize, rows: usize, cursor: Option<usize>) -> Range<usize> {
    if count <= across * rows {
        return 0..count;
    }
    let rows = rows.saturating_sub(1);
    let here = cursor.map_or(0, |day| day.min(count - 1) / across);
    let first = if rows == 0 {
        0
    } else {
        (here + 1).saturating_sub(rows)
    };
    let last = ((first + rows) * across).min(count);
    (first * across).min(last)..last
}

/// How many days are not written.
fn left_out(count: usize, shown: &Range<usize>) -> Option<String> {
    let (before, after) = (shown.start, count - shown.end);
    let days = |count: usize, words: &str| counted(count as u64, words);
    match (before, after) {
        (0, 0) => None,
        (0, after) => Some(format!("   and {}", days(after, "more day"))),
        (before, 0) => Some(format!("   after {}", days(before, "earlier day"))),
        (before, after) => Some(format!(
            "   after {} and before {after} more",
            days(before, "earlier day")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{left_out, window};

    #[test]
    fn the_days_follow_the_cursor() {
        for (cursor, shown, words) in [
            (None, 0..6, Some("   and 25 more days")),
            (Some(0), 0..6, Some("   and 25 more days")),
            (Some(5), 0..6, Some("   and 25 more days")),
            (
                Some(6),
                3..9,
                Some("   after 3 earlier days and before 22 more"),
            ),
            (Some(30), 27..31, Some("   after 27 earlier days")),
            // A cursor that is left from a longer chart.
            (Some(99), 27..31, Some("   after 27 earlier days")),
        ] {
            let found = window(31, 3, 3, cursor);
            assert_eq!(left_out(31, &found).as_deref(), words, "{cursor:?}");
            assert_eq!(found, shown, "{cursor:?}");
        }
        assert_eq!(window(31, 8, 4, Some(30)), 0..31);
        assert_eq!(window(31, 8, 1, Some(30)), 0..0);
        assert_eq!(window(0, 8, 0, None), 0..0);
    }
}
