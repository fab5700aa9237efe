//! Columns side by side: the rightmost one goes first when the terminal is narrow, one takes what is left over.

use super::text;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// A column before its width is known.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) width: usize,
    pub(super) right: bool,
    /// Takes what is left over.
    pub(super) grows: bool,
    /// Ids are cut in the middle.
    pub(super) id: bool,
}

impl Column {
    pub(super) fn text(title: &str, width: usize) -> Self {
        Self {
            title: title.to_owned(),
            width,
            right: false,
            grows: false,
            id: false,
        }
    }

    pub(super) fn number(title: &str, width: usize) -> Self {
        Self {
            right: true,
            ..Self::text(title, width)
        }
    }

    pub(super) fn growing(title: &str, width: usize) -> Self {
        Self {
            grows: true,
            ..Self::text(title, width)
        }
    }
}

pub(super) const GAP: usize = 2;
/// Columns of text that are worth showing.
const LEAST: usize = 8;
/// The mark of the line under the cursor.
const MARK: usize = 3;

/// Columns that fit, with their widths.
#[derive(Debug)]
pub(super) struct Grid {
    columns: Vec<Column>,
}

/// What columns take side by side.
fn total(columns: &[Column]) -> usize {
    MARK + columns.iter().map(|c| c.width + GAP).sum::<usize>() - GAP.min(columns.len() * GAP)
}

/// What these columns leave over of a width.
pub(super) fn spare(columns: &[Column], width: usize) -> usize {
    width.saturating_sub(total(columns))
}

impl Grid {
    /// Drops columns from the right until the rest fits; the growing ones share what is left over.
    pub(super) fn new(mut columns: Vec<Column>, width: usize) -> Self {
        while columns.len() > 1 && total(&columns) > width {
            let over = total(&columns) - width;
            // Text can be shown in part; half a number would be a wrong one.
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
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Where a column stands, from the left edge, and how wide it is.
    pub(super) fn place(&self, at: usize) -> Option<(usize, usize)> {
        let before = self
            .columns
            .iter()
            .take(at)
            .map(|column| column.width + GAP);
        let width = self.columns.get(at)?.width;
        Some((MARK + before.sum::<usize>(), width))
    }

    /// The heading line with the column under the cursor marked.
    pub(super) fn heading_at(&self, at: Option<usize>, style: Style, here: Style) -> Line<'static> {
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
    pub(super) fn heading(&self, style: Style) -> Line<'static> {
        self.heading_at(None, style, style)
    }

    /// One line; a style per cell, or one over all of it when it is under the cursor.
    pub(super) fn line(&self, cells: &[(String, Style)], selected: Option<Style>) -> Line<'static> {
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
            let shown = format!("{}{gap}", text::cell(&cut, column.width, column.right));
            spans.push(Span::styled(shown, selected.unwrap_or(*style)));
        }
        Line::from(spans)
    }
}

/// The width that a column of these values wants, between two limits.
pub(super) fn wanted<'a>(
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
