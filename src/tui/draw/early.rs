//! Draws what is read so far of sources, and the sums of it, while the rest is read.

use super::grid;
use super::grid::{Column, Gives, Grid};
use super::lines::put;
use super::mask::ScreenMask;
use super::text;
use crate::domain::query::Query;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::domain::table::value_names::visible_name;
use crate::domain::text::{bytes, grouped};
use crate::tui::message::ReadShare;
use crate::tui::said::Said;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// The width of a bar, and the least one that says anything.
const BAR: usize = 16;
const LEAST: usize = 5;

/// The bytes and rows that are read, and a bar as far as there is room.
pub(crate) fn far(now: &ReadShare, room: usize) -> String {
    let of = if now.of > 0 {
        format!(" of {}", bytes(now.of))
    } else {
        String::new()
    };
    let (read, rows) = (bytes(now.bytes), grouped(now.rows));
    let words = format!("{read}{of}, {rows} rows");
    let width = room.saturating_sub(words.width() + 2).min(BAR);
    match now.per_mille().and_then(|share| i64::try_from(share).ok()) {
        Some(share) if width >= LEAST => format!("{words}  {}", text::bar(share, width)),
        _ => words,
    }
}

/// The share of sources that is read, such as `34 % read`.
pub(crate) fn share_read<'a>(all: impl Iterator<Item = &'a ReadShare>) -> String {
    let sum = |all: ReadShare, one: &ReadShare| ReadShare {
        bytes: all.bytes + one.bytes,
        of: all.of + one.of,
        rows: all.rows + one.rows,
    };
    let all = all.fold(ReadShare::default(), sum);
    match all.per_mille() {
        Some(share) => format!("{} % read", share / 10),
        None => format!("{} read", bytes(all.bytes)),
    }
}

/// A caption that names the groups, and says that the sums are partial.
pub(crate) fn caption(first: &Query, mask: &ScreenMask<'_>) -> String {
    let keys: Vec<String> = first.group_by.iter().map(GroupKey::name).collect();
    let filter = first.filter.as_ref().map(Said::from);
    let filter = filter.map(|filter| format!(", where {}", filter.told(mask)));
    format!(
        "sums of the rows read so far by {}{}",
        keys.join(", "),
        filter.unwrap_or_default()
    )
}

/// A line of sums.
pub(crate) struct EarlyLine {
    /// The keys, as they are shown.
    pub(crate) names: Vec<String>,
    /// The cells behind the keys.
    pub(crate) cells: Vec<String>,
}

/// The keys of a group, as they are shown.
pub(crate) fn names(keys: &[GroupKey], group: &Group, mask: &ScreenMask<'_>) -> Vec<String> {
    let values = group.labels.iter().zip(&group.keys).zip(keys);
    let name = |((label, value), key): ((&Option<String>, &Option<String>), &GroupKey)| {
        let name = label.as_deref().or(value.as_deref());
        mask.key(key, &visible_name(name))
    };
    values.map(name).collect()
}

/// Draws as many lines as fit above the last row, with a heading above them. The columns are those behind the keys.
pub(crate) fn draw(
    frame: &mut Frame<'_>,
    (area, top): (Rect, u16),
    keys: &[GroupKey],
    (columns, lines): (Vec<Column>, &[EarlyLine]),
    theme: &Theme,
) {
    let rows = top + 1..area.height.saturating_sub(1);
    let visible: Vec<(u16, &EarlyLine)> = rows.zip(lines).collect();
    let key = |(at, key): (usize, &GroupKey)| {
        let values = visible.iter().filter_map(|(_, line)| line.names.get(at));
        let name = key.name();
        let needed = grid::wanted(&name, values.map(String::as_str), 1, 120);
        Column {
            gives: Gives::Name,
            least: 12,
            most: needed.next_multiple_of(8),
            ..Column::growing(&name, 18)
        }
    };
    let mut all: Vec<Column> = keys.iter().enumerate().map(key).collect();
    all.extend(columns);
    let grid = Grid::new(all, usize::from(area.width));
    put(frame, area, top, grid.heading(theme.heading));
    for (row, line) in visible {
        let cells = line.names.iter().chain(&line.cells);
        let cells: Vec<(String, Style)> = cells.map(|cell| (cell.clone(), theme.plain)).collect();
        put(frame, area, row, grid.line(&cells, None));
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::draw::early::{far, share_read};
    use crate::tui::message::ReadShare;

    #[test]
    fn the_share_is_of_all_bytes_where_their_number_is_known() {
        let reading = |bytes, of| ReadShare { bytes, of, rows: 7 };
        let cases: [(&[ReadShare], &str); 4] = [
            (&[reading(0, 50)], "0 % read"),
            (&[reading(50, 50)], "100 % read"),
            (&[reading(50, 50), reading(0, 150)], "25 % read"),
            (&[reading(2_000_000, 0)], "2.0 MB read"),
        ];
        for (all, expected) in cases {
            assert_eq!(share_read(all.iter()), expected);
        }
        let read = reading(1_000_000, 4_000_000);
        for (room, bar) in [(80, "  ████░░░░░░░░░░░░"), (34, "  ██░░░░░░"), (30, "")]
        {
            assert_eq!(far(&read, room), format!("1.0 MB of 4.0 MB, 7 rows{bar}"));
        }
    }
}
