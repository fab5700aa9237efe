//! Draws the suggestions below the line of a filter or a statement.

use super::lines::{plain, put};
use super::mask::ScreenMask;
use super::text;
use crate::domain::text::grouped;
use crate::tui::state::filter_bar::FilterBar;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

/// The label of a filter.
const LABEL: &str = "  filter  ";
/// The columns between a filter and the words beside it.
const GAP: &str = "  ";

/// The number of visible suggestions.
const LINES: usize = 8;

/// The keys below the suggestions, to be spelled as they are bound.
pub(crate) const KEYS: &str = "  ⟦text.next-field⟧ accept · ⟦text.up⟧ ⟦text.down⟧";

/// Draws the suggestions for a filter. The look has the spelled [`KEYS`].
pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    top: u16,
    bar: &FilterBar,
    look: (&str, &Theme),
) {
    if bar.wrong.is_some() {
        return;
    }
    let words: Vec<&str> = bar.suggestions.iter().map(String::as_str).collect();
    list(frame, area, top, (&words, bar.picked), look);
}

/// Draws words below the line in which they are typed.
pub(crate) fn list(
    frame: &mut Frame<'_>,
    area: Rect,
    top: u16,
    (words, picked): (&[&str], usize),
    (keys, theme): (&str, &Theme),
) {
    // Most suggestions are values from the data, so masking hides them.
    let hidden = ScreenMask::of(theme, &[]).is_on();
    if hidden || words.is_empty() {
        return;
    }
    let first = picked.saturating_sub(LINES - 1);
    let shown: Vec<&&str> = words.iter().skip(first).take(LINES).collect();
    let widths = shown.iter().map(|word| word.chars().count());
    let keys = if words.len() > LINES {
        let (at, of) = (picked as u64 + 1, words.len() as u64);
        format!("{keys} · {} of {}", grouped(at), grouped(of))
    } else {
        keys.to_owned()
    };
    let width = widths.max().unwrap_or_default().clamp(16, 56) + 4;
    let width = width.max(keys.chars().count() + 1);
    let place = Rect::new(
        area.x + 9,
        area.y + top,
        u16::try_from(width).unwrap_or(20),
        u16::try_from(shown.len() + 1).unwrap_or(1),
    )
    .intersection(area);
    frame.render_widget(Clear, place);
    for (row, (at, word)) in (0_u16..).zip(shown.into_iter().enumerate()) {
        let here = at + first == picked;
        let mark = if here { "›" } else { " " };
        let line = text::cell(&format!("{mark} {word}"), usize::from(place.width), false);
        let style = if here { theme.selected } else { theme.plain };
        put(frame, place, row, plain(line, style));
    }
    let keys = text::cell(&keys, usize::from(place.width), false);
    let last = place.height.saturating_sub(1);
    put(frame, place, last, plain(keys, theme.dim));
}

/// The filter, or the line in which it is typed. Words beside it leave at least half of the line to a long filter, and all of
/// it while that is typed. The last test of a filter is the newest one, so a long filter is cut before it.
pub(crate) fn filter_line(
    bar: Option<&FilterBar>,
    filter: Option<String>,
    beside: &str,
    width: u16,
    theme: &Theme,
) -> Line<'static> {
    let all = usize::from(width).saturating_sub(LABEL.width() + GAP.width());
    let filter = filter.unwrap_or_else(|| "none".to_owned());
    let field = bar.map(|bar| ScreenMask::of(theme, &[]).field(&bar.field));
    let wanted = match &field {
        // The caret, and a column for the next character.
        Some(field) => field.text().width() + 2,
        None => filter.width(),
    };
    let beside = if wanted + beside.width() <= all {
        beside.to_owned()
    } else if bar.is_some() {
        String::new()
    } else {
        text::shortened(beside, all.saturating_sub(wanted.min(all / 2)))
    };
    let room = all.saturating_sub(beside.width());
    let (shown, style) = match &field {
        Some(field) => (text::with_caret(field, room), theme.focus),
        None => (text::ends(&filter, room), theme.plain),
    };
    let space = " ".repeat(room.saturating_sub(shown.width()));
    Line::from(vec![
        Span::styled(LABEL, theme.heading),
        Span::styled(shown, style),
        Span::raw(space),
        Span::styled(format!("{GAP}{beside}"), theme.dim),
    ])
}

#[cfg(test)]
mod tests {
    use crate::tui::draw::suggestions::filter_line;
    use crate::tui::state::field::TextField;
    use crate::tui::state::filter_bar::FilterBar;
    use crate::tui::theme::Theme;
    use unicode_width::UnicodeWidthStr;

    /// The filter that proves a finding.
    const LONG: &str = "date >= 2026-10-01 and date <= 2026-10-31 and resource-group = rg-web and tag:owner is missing";

    #[test]
    fn the_last_test_of_a_long_filter_is_in_view() {
        let theme = Theme::new(false);
        let by = "by resource-group, service × month ▸ resource ▸ meter ";
        for width in [60, 80] {
            let line = filter_line(None, Some(LONG.to_owned()), by, width, &theme).to_string();
            assert_eq!(line.width(), usize::from(width), "{line}");
            assert!(
                line.contains("date >=") && line.contains(" is missing"),
                "{line}"
            );
            assert!(line.contains("by resource-group"), "{line}");
        }
        let short = filter_line(None, Some("cost > 1".to_owned()), by, 80, &theme).to_string();
        assert!(short.ends_with(by), "{short}");
        assert!(short.starts_with("  filter  cost > 1 "), "{short}");
    }

    #[test]
    fn the_caret_of_a_long_filter_is_in_view() {
        let theme = Theme::new(false);
        let mut bar = FilterBar::on(None);
        bar.field = TextField::with(LONG);
        let typed = |bar: &FilterBar, width| {
            filter_line(Some(bar), None, "18,402 of 61,220 rows ", width, &theme).to_string()
        };
        for width in [30, 60, 80] {
            let line = typed(&bar, width);
            assert!(line.trim_end().ends_with("is missing▏"), "{line}");
            assert_eq!(line.width(), usize::from(width), "{line}");
        }
        bar.field = TextField::with("cost > 1");
        assert!(typed(&bar, 60).ends_with("61,220 rows "));
    }
}
