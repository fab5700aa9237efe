//! Lays out columns side by side. In a narrow terminal the rightmost is dropped first; growing columns share the spare
//! width.

use super::text;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

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
}

impl Column {
    pub(crate) fn text(title: &str, width: usize) -> Self {
        Self {
            title: title.to_owned(),
            width,
            right: false,
            grows: false,
            id: false,
        }
    }

    pub(crate) fn number(title: &str, width: usize) -> Self {
        Self {
            right: true,
            ..Self::text(title, width)
        }
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

/// Columns that fit, with their widths.
#[derive(Debug)]
pub(crate) struct Grid {
    columns: Vec<Column>,
}

/// The width that columns take side by side.
fn total(columns: &[Column]) -> usize {
    MARK + columns.iter().map(|c| c.width + GAP).sum::<usize>() - GAP.min(columns.len() * GAP)
}

/// The width that these columns leave unused.
pub(crate) fn spare(columns: &[Column], width: usize) -> usize {
    width.saturating_sub(total(columns))
}

impl Grid {
    /// Drops columns from the right until the rest fits; growing columns share the spare width.
    pub(crate) fn new(mut columns: Vec<Column>, width: usize) -> Self {
        while columns.len() > 1 && total(&columns) > width {
            let over = total(&columns) - width;
            // Text can be cut, but a cut number would be a wrong one.
            match columns.last_mut() {
                Some(last) if !last.right && last.width >= over + LEAST => last.width -= over,
                _ => {
                    columns.pop();
                }
            }
        }
        let spare = spare(&columns, width);
        let growing = columns.iter().filter(|column| column.grows).count();
        if let Some(each) = spare.checked_div(growing) {
            for column in columns.iter_mut().filter(|column| column.grows) {
                column.width += each;
            }
        }
        Self { columns }
    }

    /// How many columns are shown.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// The offset of a column from the left edge, and its width.
    pub(crate) fn place(&self, at: usize) -> Option<(usize, usize)> {
        let before = self
            .columns
            .iter()
            .take(at)
            .map(|column| column.width + GAP);
        let width = self.columns.get(at)?.width;
        Some((MARK + before.sum::<usize>(), width))
    }

    /// The heading line with the column under the cursor marked.
    pub(crate) fn heading_at(&self, at: Option<usize>, style: Style, here: Style) -> Line<'static> {
        let mut spans = vec![Span::styled("   ", style)];
        for (number, column) in self.columns.iter().enumerate() {
            if number > 0 {
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
        for (at, (column, (value, style))) in self.columns.iter().zip(cells).enumerate() {
            let cut = if column.id {
                text::middle(value, column.width)
            } else {
                value.clone()
            };
            let gap = if at + 1 < self.columns.len() {
                "  "
            } else {
                ""
            };
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
