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

/// The filter, or the line in which it is typed.
pub(crate) fn filter_line(
    bar: Option<&FilterBar>,
    filter: Option<String>,
    count: &str,
    width: u16,
    theme: &Theme,
) -> Line<'static> {
    let room = usize::from(width).saturating_sub(12 + count.chars().count());
    let (shown, style) = match bar {
        Some(bar) => {
            let field = ScreenMask::of(theme, &[]).field(&bar.field);
            (text::with_caret(&field, room), theme.focus)
        }
        None => (
            text::fit(&filter.unwrap_or_else(|| "none".to_owned()), room),
            theme.plain,
        ),
    };
    let padded = text::cell(&shown, room, false);
    let line = if bar.is_some() { shown } else { padded.clone() };
    let space = " ".repeat(room.saturating_sub(line.chars().count()));
    Line::from(vec![
        Span::styled("  filter  ", theme.heading),
        Span::styled(line, style),
        Span::raw(space),
        Span::styled(format!("  {count}"), theme.dim),
    ])
}
