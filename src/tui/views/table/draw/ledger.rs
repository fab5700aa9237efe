//! Draws the stored reports, which the table screen lists when nothing is open.

use crate::domain::text::{age, bytes, counted, grouped};
use crate::ops::Entry;
use crate::tui::draw::grid::{Column, Grid};
use crate::tui::draw::lines::{heading, note, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::table::ledger::Listing;
use crate::tui::views::table::state::TableScreen;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: &TableScreen,
    shell: &Shell,
    theme: &Theme,
) {
    let list = &screen.ledger;
    let count = list.entries().len();
    heading(
        frame,
        area,
        0,
        " Table    nothing open: reports in the ledger",
        &format!("{} ", counted(count as u64, "report")),
        theme,
    );
    let sentence = match &list.listing {
        Listing::Reading => Some("reading the ledger …".into()),
        Listing::Failed(problem) => Some(ScreenMask::of(theme, &[]).closed(&problem.text)),
        Listing::Found(entries) => entries.is_empty().then(|| {
            let sentence = "The ledger is empty. Press ⟦everywhere.show-scopes⟧ for the scopes, then ⟦scopes.enter⟧ to \
                            order a report, or ⟦everywhere.open⟧ to open a file.";
            shell.keymap.spell(sentence).into()
        }),
    };
    if let Some(sentence) = sentence {
        return note(frame, area, &sentence, theme);
    }
    let has_parts = |entry: &Entry| !entry.request.subset.is_whole();
    let period = if list.entries().iter().any(has_parts) {
        28
    } else {
        22
    };
    let columns = vec![
        Column::growing("scope", 20),
        Column::text("period", period),
        Column::text("metric", 9),
        Column::number("rows", 11),
        Column::text("fetched", 11),
        Column::number("size", 9),
    ];
    let grid = Grid::new(columns, usize::from(area.width));
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
        let cells = cells(shell, entry, theme);
        put(frame, area, row, grid.line(&cells, selected));
    }
}

fn cells(shell: &Shell, entry: &Entry, theme: &Theme) -> Vec<(String, Style)> {
    let mask = ScreenMask::of(theme, &[]);
    let id = &entry.request.scope;
    let known = shell.scope_names.get(id);
    let scope = known.map_or_else(
        || format!("{} {}", id.kind(), mask.name(id.tail())),
        |name| name.shown(&mask),
    );
    let range = entry.request.range().map(|range| range.to_string());
    let named = entry.request.period.name();
    let period = range.or(named.map(|name| mask.name(&name)));
    // Partial reports are identified by their limits.
    let limits = entry.request.subset.words().filter(|_| !mask.is_on());
    let period = match limits {
        Some(words) => {
            let period = period
                .unwrap_or_default()
                .replace("billing period", "billing");
            format!("{period}: {words}")
        }
        None => format!(
            "{}{}",
            period.unwrap_or_default(),
            entry.request.subset.mark()
        ),
    };
    let seconds = shell
        .now
        .signed_duration_since(entry.fetched_at)
        .num_seconds();
    vec![
        (scope, theme.plain),
        (period, theme.plain),
        (entry.request.metric.to_string(), theme.plain),
        (grouped(entry.rows), theme.plain),
        (age(seconds), theme.dim),
        (bytes(entry.bytes), theme.dim),
    ]
}
