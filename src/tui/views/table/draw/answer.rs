//! Draws the result of an SQL statement, and the line in which the statement is typed.
//!
//! ```text
//!  Table    bill.csv › SQL                                           0.1 s
//!   sql     SELECT service, SUM(cost) AS cost FROM costs GROUP BY service▏
//!   sort    as in the statement                                12 of 12 lines
//!    service                    cost
//!  › Storage                1,204.11
//!    Σ 12 lines
//! ```

use super::chart;
use super::lines::fitted;
use crate::domain::sql::statement::{AnswerType, AnswerValue};
use crate::domain::table::value_names::ABSENT;
use crate::domain::text::{counted, grouped, printable};
use crate::tui::draw::grid;
use crate::tui::draw::grid::Column;
use crate::tui::draw::lines::{heading, list_area, mark, plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::{suggestions, text};
use crate::tui::keymap::Keymap;
use crate::tui::layout;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::state::direction;
use crate::tui::theme::Theme;
use crate::tui::ticket::Problem;
use crate::tui::views::table::state::TableScreen;
use crate::tui::views::table::state::answer::AnswerView;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::statement_bar::StatementBar;
use crate::tui::views::table::state::step::Width;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

pub(super) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    (screen, data, view): (&TableScreen, &Explorer, &AnswerView),
    shell: &Shell,
    theme: &Theme,
) {
    let mask = ScreenMask::of(theme, &[]);
    let crumbs = data.crumbs().into_iter().map(|label| label.shown(&mask));
    let crumbs: Vec<String> = crumbs.collect();
    let since = view.asked.map(|(_, since)| {
        let seconds = shell.now.signed_duration_since(since).num_seconds();
        format!("working {seconds} s … ")
    });
    let way = format!(" Table    {} › SQL", crumbs.join(" › "));
    heading(frame, area, 0, &way, &since.unwrap_or_default(), theme);
    line(
        frame,
        area,
        1,
        (data.question.as_ref(), &view.statement),
        theme,
    );
    let typed = data.question.as_ref();
    let wrong = typed.and_then(|bar| bar.wrong.as_ref());
    let old = view.problem.as_ref().filter(|_| typed.is_none());
    if let Some(problem) = wrong.or(old) {
        let problem = Problem {
            text: problem.text.clone(),
            // Only the line being typed is scrolled to the position of its error.
            at: wrong.and(problem.at),
        };
        crate::tui::draw::problem::problem(frame, area, 2, &problem, theme);
        return;
    }
    put(frame, area, 2, state(view, area.width, theme));
    if mask.is_on() {
        // Only the author of a statement knows which of its columns contain names.
        let hidden = "   the result is hidden, like names and amounts; ⟦everywhere.mask⟧ shows it";
        let hidden = shell.keymap.spell(hidden);
        return put(frame, area, 4, plain(hidden, theme.warning));
    }
    let mut top = 3;
    if view.chart {
        let height = layout::chart_lines(shell.size.1);
        let place = Rect::new(area.x, area.y + top, area.width, height);
        days(frame, place, view, theme);
        top += height;
    }
    let height = screen.list_height(shell);
    lines(frame, area, top, (view, height), theme);
    let list = list_area(area, top, height).intersection(area);
    mark(frame, list, &data.search.text, theme.found);
    if let Some(bar) = typed {
        suggestions(frame, area, bar, (shell.keymap, theme));
    }
}

/// The statement, or the line in which it is typed.
fn line(
    frame: &mut Frame<'_>,
    area: Rect,
    row: u16,
    (bar, statement): (Option<&StatementBar>, &str),
    theme: &Theme,
) {
    let mask = ScreenMask::of(theme, &[]);
    let room = usize::from(area.width).saturating_sub(11);
    let (shown, style) = match bar {
        Some(bar) => (text::with_caret(&mask.field(&bar.field), room), theme.focus),
        None => (
            text::fit(&Said::from(printable(statement)).told(&mask), room),
            theme.plain,
        ),
    };
    let line = Line::from(vec![
        Span::styled("  sql     ", theme.heading),
        // The padding covers the text drawn before.
        Span::styled(text::cell(&shown, room + 1, false), style),
    ]);
    put(frame, area, row, line);
}

/// Draws the line in which a statement is typed over a view.
pub(super) fn over_view(
    frame: &mut Frame<'_>,
    area: Rect,
    row: u16,
    bar: &StatementBar,
    (keymap, theme): (Keymap, &Theme),
) {
    line(frame, area, row, (Some(bar), ""), theme);
    let place = Rect {
        y: area.y + row - 1,
        height: area.height - (row - 1),
        ..area
    };
    suggestions(frame, place, bar, (keymap, theme));
}

fn suggestions(
    frame: &mut Frame<'_>,
    area: Rect,
    bar: &StatementBar,
    (keymap, theme): (Keymap, &Theme),
) {
    if bar.wrong.is_some() {
        return;
    }
    let words: Vec<&str> = bar.suggestions.iter().map(|s| s.shown.as_str()).collect();
    let keys = keymap.spell(suggestions::KEYS);
    suggestions::list(frame, area, 2, (&words, bar.picked), (&keys, theme));
}

/// The sort order and the number of lines; notes take the place of the sort order.
fn state(view: &AnswerView, width: u16, theme: &Theme) -> Line<'static> {
    let answer = view.answer();
    let count = answer.map(|answer| {
        let (shown, of) = (answer.rows.len() as u64, answer.of as u64);
        format!("{} of {} ", grouped(shown), counted(of, "line"))
    });
    let count = count.unwrap_or_default();
    let notes = answer.map(|answer| answer.notes.join("; "));
    let notes = notes.filter(|notes| !notes.is_empty());
    let name = |at: usize| view.columns().get(at).map(|(name, _)| name.clone());
    let sort = match view.sort.and_then(|(at, up)| Some((name(at)?, up))) {
        Some((name, up)) => format!("{} {}", printable(&name), direction::words(up)),
        None => "as in the statement".to_owned(),
    };
    let room = usize::from(width).saturating_sub(12 + count.chars().count());
    let (title, said, style) = match notes {
        Some(notes) => ("  !       ", notes, theme.warning),
        None => ("  sort    ", sort, theme.plain),
    };
    let mask = ScreenMask::of(theme, &[]);
    let said = Said::from(said).told(&mask).into_owned();
    Line::from(vec![
        Span::styled(title, theme.heading),
        Span::styled(
            text::cell(&text::shortened(&said, room), room, false),
            style,
        ),
        Span::styled(format!("  {count}"), theme.dim),
    ])
}

/// A value as the table shows it; the detail page of the line has the exact value.
fn shown(value: &AnswerValue) -> String {
    match value {
        AnswerValue::Missing => ABSENT.to_owned(),
        AnswerValue::Decimal(amount) => amount.display(),
        AnswerValue::Integer(number) => match u64::try_from(*number) {
            Ok(number) => grouped(number),
            Err(_) => number.to_string(),
        },
        AnswerValue::Text(text) => printable(text),
        other => other.text().unwrap_or_default(),
    }
}

/// The columns, as wide as the visible values need. Texts before the first number leave room for it, except those that are to
/// be wide.
fn columns(view: &AnswerView, visible: &[Vec<String>], width: usize) -> Vec<Column> {
    let spec = |(at, (name, kind)): (usize, &(String, AnswerType))| {
        let name = printable(name);
        let title = match kind {
            AnswerType::Double => format!("{name} (double)"),
            AnswerType::Decimal
            | AnswerType::Text
            | AnswerType::Date
            | AnswerType::Integer
            | AnswerType::Boolean => name,
        };
        let title = match view.sort {
            Some((sorted, up)) if sorted == at => format!("{title} {}", direction::arrow(up)),
            Some(_) | None => title,
        };
        let values = visible
            .iter()
            .filter_map(|row| row.get(at).map(String::as_str));
        let width = match view.widths.get(&at) {
            // A cut number would be a wrong one.
            Some(Width::Narrow) if !kind.is_number() => 8,
            Some(Width::Wide) => grid::wanted(&title, values, 4, 100),
            _ => grid::wanted(&title, values, 4, 34),
        };
        if kind.is_number() {
            Column::number(&title, width)
        } else {
            Column::text(&title, width)
        }
    };
    let mut columns: Vec<Column> = view.columns().iter().enumerate().map(spec).collect();
    let is_wide = |at: usize| view.widths.get(&at) == Some(&Width::Wide);
    grid::narrow_before_number(&mut columns, width, is_wide);
    columns
}

/// The visible lines, as text.
fn visible(view: &AnswerView, height: usize) -> Vec<Vec<String>> {
    let first = view.cursor.top;
    (first..first + height)
        .map_while(|at| Some(view.line(at)?.iter().map(shown).collect()))
        .collect()
}

/// The column whose head is at an offset from the left edge, in a list of this width and height.
pub(crate) fn column_at(
    view: &AnswerView,
    (width, height): (usize, usize),
    x: usize,
) -> Option<usize> {
    let specs = columns(view, &visible(view, height), width);
    let (grid, order) = fitted(&specs, view.column, 0, width);
    order.get(grid.at(x)?).copied()
}

fn lines(
    frame: &mut Frame<'_>,
    area: Rect,
    top: u16,
    (view, height): (&AnswerView, usize),
    theme: &Theme,
) {
    if view.answer().is_none() {
        return;
    }
    let first = view.cursor.top;
    let visible = visible(view, height);
    let width = usize::from(area.width);
    let specs = columns(view, &visible, width);
    // Scrolled right until the column under the cursor is visible.
    let (grid, order) = fitted(&specs, view.column, 0, width);
    let from = order.first().copied().unwrap_or_default();
    let here = view.column.checked_sub(from);
    let headings = grid.heading_at(here, theme.heading, theme.column);
    put(frame, area, top, headings);
    for ((row, at), values) in (top + 1..).zip(first..).zip(&visible) {
        let cells = values.iter().skip(from).take(grid.len());
        let cells: Vec<(String, Style)> = cells.map(|value| (value.clone(), theme.plain)).collect();
        let selected = (at == view.cursor.selected).then_some(theme.selected);
        let cell = here.map(|at| (at, theme.cell));
        put(frame, area, row, grid.line_at(&cells, selected, cell));
    }
    if view.count() == 0 {
        let none = "   no row matches the statement";
        put(frame, area, top + 1, plain(none, theme.warning));
    }
    let (last, of) = (from + grid.len(), specs.len());
    let columns = if grid.len() < of {
        format!(" · columns {}-{last} of {of}", from + 1)
    } else {
        String::new()
    };
    let count = view.count() as u64;
    let place = if view.count() > height {
        let line = view.cursor.selected as u64 + 1;
        format!(" · {} of {}", grouped(line), grouped(count))
    } else {
        String::new()
    };
    let sum = format!("   Σ {}{place}{columns}", counted(count, "line"));
    let bottom = area.height.saturating_sub(1);
    put(frame, area, bottom, plain(sum, theme.strong));
}

/// Draws the daily chart of a column above the lines.
fn days(frame: &mut Frame<'_>, area: Rect, view: &AnswerView, theme: &Theme) {
    let Some((name, first, days)) = view.days() else {
        let why = "   no dated rows, or too many days";
        return put(frame, area, 0, plain(why, theme.dim));
    };
    let most = days.iter().copied().max().unwrap_or_default();
    let title = format!("   {} by day, peak {}", printable(&name), most.display());
    let title = text::fit(&title, usize::from(area.width));
    put(frame, area, 0, plain(title, theme.strong));
    chart::single(frame, area, (&days, first), theme);
}
