//! Draws the stored reports, which the table screen lists when nothing is open.

use crate::domain::period::DateRange;
use crate::domain::text::{age, bytes, counted, grouped};
use crate::ops::LedgerEntry;
use crate::tui::action::View;
use crate::tui::draw::grid::{Column, Grid, narrow_before_number};
use crate::tui::draw::lines::{heading, note, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::table::kept_months::{KeptMonth, bars, change_words};
use crate::tui::views::table::ledger::{LedgerList, LedgerLoading, LedgerSort};
use crate::tui::views::table::state::TableScreen;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

/// Names the reports that are left out of the list, on its last line.
fn unreadable(frame: &mut Frame<'_>, area: Rect, reports: &[String], theme: &Theme) {
    let Some(first) = reports.first() else {
        return;
    };
    let count = counted(reports.len() as u64, "report");
    let said = Said::from(format!(" {count} cannot be read: {first}"));
    let text = said.told(&ScreenMask::of(theme, &[])).into_owned();
    let last = area.height.saturating_sub(1);
    put(frame, area, last, Line::styled(text, theme.error));
}

pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: &TableScreen,
    shell: &Shell,
    theme: &Theme,
) {
    let list = &screen.ledger;
    let count = list.entries().len();
    let title = if shell.view == View::Overview {
        " Overview   nothing open: reports in the ledger"
    } else {
        " Table    nothing open: reports in the ledger"
    };
    heading(
        frame,
        area,
        0,
        title,
        &format!("{} ", counted(count as u64, "report")),
        theme,
    );
    unreadable(frame, area, &list.unreadable, theme);
    let sentence = match &list.listing {
        LedgerLoading::Reading => Some("reading the ledger …".into()),
        LedgerLoading::Failed(problem) => Some(problem.text.told(&ScreenMask::of(theme, &[]))),
        LedgerLoading::Found(entries) => entries.is_empty().then(|| {
            let sentence = "The ledger is empty. Press ⟦everywhere.show-scopes⟧ for the scopes, then ⟦scopes.enter⟧ to \
                            order a report, or ⟦everywhere.open⟧ to open a file.";
            shell.keymap.spell(sentence).into()
        }),
    };
    if let Some(sentence) = sentence {
        return note(frame, area, &sentence, theme);
    }
    let width = usize::from(area.width);
    let grid = Grid::new(columns(list, theme, width), width);
    put(frame, area, 1, grid.heading(theme.heading));
    let visible = screen.list_height(shell);
    let shown = list
        .entries()
        .iter()
        .enumerate()
        .skip(list.cursor.top)
        .take(visible);
    for (row, (at, entry)) in (2_u16..).zip(shown) {
        let selected = (at == list.cursor.selected).then_some(theme.selected);
        let cells = cells(shell, (entry, list.kept.get(at)), theme);
        put(frame, area, row, grid.line(&cells, selected));
    }
}

/// The place of the metric among the columns.
const METRIC: usize = 2;

/// The columns, as wide as the longest period and total. In a narrow terminal the words behind the days are cut before the
/// total is.
fn columns(list: &LedgerList, theme: &Theme, width: usize) -> Vec<Column> {
    let mask = ScreenMask::of(theme, &[]);
    let entries = list.entries().iter();
    let has_more =
        |entry: &LedgerEntry| !entry.request.subset.is_whole() || entry.request.export.is_some();
    let shortest = entries.clone().map(|entry| days(entry, &mask).width());
    let shortest = shortest.max().unwrap_or_default().clamp(8, 22);
    let period = if entries.clone().any(has_more) {
        28
    } else {
        shortest
    };
    let totals = entries.map(|entry| mask.totals(&entry.totals).width());
    let changes = list.kept.iter().map(|kept| change_words(kept).width());
    let titles = [
        ("scope", LedgerSort::Scope),
        ("period", LedgerSort::Period),
        ("total", LedgerSort::Total),
        ("change", LedgerSort::Change),
    ];
    let [scope, days, total, change] = titles.map(|(title, by)| list.order.titled(title, by));
    let totals = totals.max().unwrap_or_default().max(total.width());
    let changes = changes.max().unwrap_or_default().max(change.width());
    let mut columns = vec![
        Column::growing(&scope, 20),
        Column {
            least: shortest,
            ..Column::text(&days, period)
        },
        Column::text("metric", 9),
        Column::number(&total, totals),
        Column::number(&change, changes),
        Column::text("months kept", 12),
        Column::number("rows", 11),
        Column::text("fetched", 11),
        Column::number("size", 9),
    ];
    narrow_before_number(&mut columns, width, |at| at == METRIC);
    columns
}

/// The sort column of a click on the head at an offset from the left edge.
pub(crate) fn head_at(screen: &TableScreen, shell: &Shell, x: u16) -> Option<LedgerSort> {
    let list = &screen.ledger;
    if list.entries().is_empty() {
        return None;
    }
    let theme = Theme::measuring(shell.masked.then_some(shell.salt));
    let width = usize::from(shell.size.0);
    let grid = Grid::new(columns(list, &theme, width), width);
    match grid.at(usize::from(x))? {
        0 => Some(LedgerSort::Scope),
        1 => Some(LedgerSort::Period),
        3 => Some(LedgerSort::Total),
        4 => Some(LedgerSort::Change),
        _ => None,
    }
}

/// Marks money that grew or shrank.
fn change_style(kept: Option<&KeptMonth>, theme: &Theme) -> Style {
    let changes = kept
        .into_iter()
        .flat_map(|kept| kept.changes.iter().flatten());
    match changes.copied().max() {
        Some(1..) => theme.grew,
        Some(..0) => theme.shrank,
        Some(0) | None => theme.plain,
    }
}

/// The days or the name of the period of a report.
fn days(entry: &LedgerEntry, mask: &ScreenMask<'_>) -> String {
    let range = entry.request.range().map(DateRange::short);
    let named = entry.request.period.name().map(Masked::from);
    range
        .or(named.map(|name| name.shown(mask)))
        .unwrap_or_default()
}

fn cells(
    shell: &Shell,
    (entry, kept): (&LedgerEntry, Option<&KeptMonth>),
    theme: &Theme,
) -> Vec<(String, Style)> {
    let mask = ScreenMask::of(theme, &[]);
    let id = &entry.request.scope;
    let known = shell.scope_names.get(id);
    let scope = known.map_or_else(
        || format!("{} {}", id.kind(), Masked::from(id).shown(&mask)),
        |name| name.shown(&mask),
    );
    let period = days(entry, &mask);
    // Partial reports are identified by their limits.
    let limits = entry.request.subset.words().filter(|_| !mask.is_on());
    let period = match limits {
        Some(words) => {
            let period = period.replace("billing period", "billing");
            format!("{period}: {words}")
        }
        None => format!("{period}{}", entry.request.subset.mark()),
    };
    let period = match &entry.request.export {
        Some(export) => format!(
            "{period}, export {}",
            Masked::from(export.name.as_str()).shown(&mask)
        ),
        None => period,
    };
    let seconds = shell
        .now
        .signed_duration_since(entry.fetched_at)
        .num_seconds();
    vec![
        (scope, theme.plain),
        (period, theme.plain),
        (entry.request.metric.to_string(), theme.plain),
        (mask.totals(&entry.totals), theme.plain),
        (
            kept.map(change_words).unwrap_or_default(),
            change_style(kept, theme),
        ),
        (
            kept.map(|kept| bars(&kept.trend)).unwrap_or_default(),
            theme.dim,
        ),
        (grouped(entry.rows), theme.plain),
        (age(seconds), theme.dim),
        (bytes(entry.bytes), theme.dim),
    ]
}
