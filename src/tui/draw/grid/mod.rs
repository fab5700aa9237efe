//! Lays out columns side by side. In a narrow terminal columns of zeros give way first, then bars, shares and ids, and
//! names last before the amounts; of the same kind the rightmost goes first. Growing columns share the spare width, each as
//! much as it needs.

use super::text;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use std::cmp::Reverse;
use unicode_width::UnicodeWidthStr;

/// The purpose of a column, in the order in which columns give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gives {
    /// Nothing but zeros.
    Empty,
    Bar,
    Share,
    Id,
    Other,
    /// Cut, but not dropped while there is anything else.
    Name,
    /// The amounts that the view is about.
    Kept,
}

/// A column before its width is known.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) width: usize,
    pub(crate) right: bool,
    /// Whether the column takes a share of the spare width.
    pub(crate) grows: bool,
    /// Whether the values are ids, which are cut in the middle.
    pub(crate) id: bool,
    pub(crate) gives: Gives,
    /// The width to which the column may be cut.
    pub(crate) least: usize,
    /// The width beyond which a growing column has no use for more.
    pub(crate) most: usize,
}

impl Column {
    pub(crate) fn text(title: &str, width: usize) -> Self {
        Self {
            title: title.to_owned(),
            width,
            right: false,
            grows: false,
            id: false,
            gives: Gives::Other,
            least: LEAST,
            most: usize::MAX,
        }
    }

    pub(crate) fn number(title: &str, width: usize) -> Self {
        Self {
            right: true,
            ..Self::text(title, width)
        }
    }

    /// The same column, which gives way in its turn.
    pub(crate) fn giving(self, gives: Gives) -> Self {
        Self { gives, ..self }
    }

    pub(crate) fn growing(title: &str, width: usize) -> Self {
        Self {
            grows: true,
            ..Self::text(title, width)
        }
    }
}

pub(crate) const GAP: usize = 2;
/// The smallest width at which a text column is worth showing.
const LEAST: usize = 8;
/// The width of the cursor mark.
const MARK: usize = 3;

/// Columns with their widths. A column that does not fit has none.
#[derive(Debug)]
pub(crate) struct Grid {
    columns: Vec<Column>,
    /// Whether each column is shown.
    shown: Vec<bool>,
}

/// The width that columns take side by side.
fn total<'a>(columns: impl Iterator<Item = &'a Column>) -> usize {
    let widths: Vec<usize> = columns.map(|column| column.width).collect();
    MARK + widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// The width that these columns leave unused.
pub(crate) fn spare(columns: &[Column], width: usize) -> usize {
    width.saturating_sub(total(columns.iter()))
}

/// Cuts the widest texts before the first number, so that it is in view beside them. Some columns keep their width.
pub(crate) fn narrow_before_number(
    columns: &mut [Column],
    width: usize,
    keeps: impl Fn(usize) -> bool,
) {
    let Some(at) = columns.iter().position(|column| column.right) else {
        return;
    };
    let mut over = total(columns.iter().take(at + 1)).saturating_sub(width);
    let texts = columns.iter_mut().take(at).enumerate();
    let texts = texts.filter(|(at, _)| !keeps(*at));
    let mut texts: Vec<&mut Column> = texts.map(|(_, column)| column).collect();
    while over > 0 {
        let widest = texts.iter_mut().filter(|text| text.width > text.least);
        let Some(widest) = widest.max_by_key(|text| text.width) else {
            return;
        };
        widest.width -= 1;
        over -= 1;
    }
}

/// Shares a width among growing columns, each as much as it has use for.
fn grow(columns: &mut [&mut Column], mut spare: usize) {
    loop {
        let hungry = columns.iter().filter(|column| column.width < column.most);
        let Some(each) = spare.checked_div(hungry.count()).filter(|each| *each > 0) else {
            return;
        };
        for column in columns.iter_mut().filter(|c| c.width < c.most) {
            let more = each.min(column.most - column.width);
            column.width += more;
            spare -= more;
        }
    }
}

/// The column that gives way next. A name that cannot be cut enough stays for as long as there is anything else.
fn next_to_give(columns: &[Column], shown: &[bool], over: usize) -> Option<usize> {
    let stays = |column: &Column| column.gives == Gives::Name && column.width < over + column.least;
    let places = columns.iter().zip(shown).enumerate();
    let places = places.filter(|(_, (_, shown))| **shown);
    let next = places.min_by_key(|(at, (column, _))| (stays(column), column.gives, Reverse(*at)));
    next.map(|(at, _)| at)
}

impl Grid {
    /// Cuts or drops columns until the rest fits; growing columns share the spare width.
    pub(crate) fn new(mut columns: Vec<Column>, width: usize) -> Self {
        let mut shown = vec![true; columns.len()];
        loop {
            let kept = || columns.iter().zip(&shown).filter(|(_, shown)| **shown);
            let used = total(kept().map(|(column, _)| column));
            let count = kept().count();
            if used <= width || count < 2 {
                break;
            }
            let over = used - width;
            let Some(next) = next_to_give(&columns, &shown, over) else {
                break;
            };
            // Text can be cut, but a cut number would be a wrong one.
            match (columns.get_mut(next), shown.get_mut(next)) {
                (Some(last), _) if !last.right && last.width >= over + last.least => {
                    last.width -= over;
                }
                (_, Some(shown)) => *shown = false,
                _ => break,
            }
        }
        let kept = columns.iter().zip(&shown).filter(|(_, shown)| **shown);
        let spare = width.saturating_sub(total(kept.map(|(column, _)| column)));
        let growing = columns.iter_mut().zip(&shown);
        let growing = growing.filter(|(column, shown)| **shown && column.grows);
        let mut growing: Vec<&mut Column> = growing.map(|(column, _)| column).collect();
        grow(&mut growing, spare);
        Self { columns, shown }
    }

    /// Whether a column is shown.
    pub(crate) fn shows(&self, at: usize) -> bool {
        self.shown.get(at).copied().unwrap_or_default()
    }

    /// The shown columns with their places among all.
    fn visible(&self) -> impl Iterator<Item = (usize, &Column)> {
        let columns = self.columns.iter().enumerate();
        columns.filter(move |(at, _)| self.shows(*at))
    }

    /// How many columns there are up to the last one that is shown.
    pub(crate) fn len(&self) -> usize {
        self.visible().last().map_or(0, |(at, _)| at + 1)
    }

    /// The offset of a column from the left edge, and its width.
    pub(crate) fn place(&self, at: usize) -> Option<(usize, usize)> {
        let width = self.columns.get(at).filter(|_| self.shows(at))?.width;
        let before = self.visible().take_while(|(place, _)| *place < at);
        let before = before.map(|(_, column)| column.width + GAP);
        Some((MARK + before.sum::<usize>(), width))
    }

    /// The column at an offset from the left edge; the gap behind a column belongs to it.
    pub(crate) fn at(&self, x: usize) -> Option<usize> {
        self.visible().find_map(|(at, _)| {
            let (from, width) = self.place(at)?;
            (from..from + width + GAP).contains(&x).then_some(at)
        })
    }

    /// The heading line with the column under the cursor marked.
    pub(crate) fn heading_at(&self, at: Option<usize>, style: Style, here: Style) -> Line<'static> {
        let mut spans = vec![Span::styled("   ", style)];
        for (place, (number, column)) in self.visible().enumerate() {
            if place > 0 {
                spans.push(Span::styled(" ".repeat(GAP), style));
            }
            let title = text::cell(&column.title, column.width, column.right);
            let style = if at == Some(number) { here } else { style };
            spans.push(Span::styled(title, style));
        }
        Line::from(spans)
    }

    /// The heading line.
    pub(crate) fn heading(&self, style: Style) -> Line<'static> {
        self.heading_at(None, style, style)
    }

    /// One line, with a style per cell, or a single style if it is under the cursor.
    pub(crate) fn line(&self, cells: &[(String, Style)], selected: Option<Style>) -> Line<'static> {
        self.line_at(cells, selected, None)
    }

    /// The same, with a style of its own for one cell of the line under the cursor.
    pub(crate) fn line_at(
        &self,
        cells: &[(String, Style)],
        selected: Option<Style>,
        here: Option<(usize, Style)>,
    ) -> Line<'static> {
        let mark = if selected.is_some() { " › " } else { "   " };
        let mut spans = vec![Span::styled(mark, selected.unwrap_or_default())];
        let end = self.len();
        for (at, column) in self.visible() {
            let Some((value, style)) = cells.get(at) else {
                continue;
            };
            let cut = if column.id {
                text::middle(value, column.width)
            } else {
                value.clone()
            };
            let gap = if at + 1 < end { "  " } else { "" };
            let shown = text::cell(&cut, column.width, column.right);
            // Reversed, a gauge looks like the rest of the gauge.
            let gauge = value.contains(['█', '░']);
            let (cell, gap_style) = match (selected, here) {
                (Some(line), _) if gauge => (*style, line),
                (Some(line), Some((place, cell))) if place == at => (cell, line),
                (Some(line), _) => (line, line),
                (None, _) => (*style, *style),
            };
            spans.extend([Span::styled(shown, cell), Span::styled(gap, gap_style)]);
        }
        Line::from(spans)
    }
}

/// The width of the title or of the widest value, within two limits.
pub(crate) fn wanted<'a>(
    title: &str,
    values: impl Iterator<Item = &'a str>,
    least: usize,
    most: usize,
) -> usize {
    values
        .map(UnicodeWidthStr::width)
        .chain([title.width()])
        .max()
        .unwrap_or_default()
        .clamp(least, most)
}

#[cfg(test)]
mod tests;
