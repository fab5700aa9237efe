//! ```text
//!  Compare   Shared Platform · 2026-10                     actual beside amortized, EUR
//!    actual                     65,120.00  ██████████████████████████
//!    - purchases               -36,500.00
//!    residual                        0.00  ✓ both files describe the same usage
//! ```

use super::frame::{heading, note, plain, put};
use super::grid::{Column, Grid};
use super::table::{filter_line, problem};
use super::text;
use crate::domain::comparison::{Bridge, Comparison, Delta};
use crate::domain::money::Amount;
use crate::domain::query::GroupKey;
use crate::tui::model::Model;
use crate::tui::screen::compare::{CompareScreen, Pair};
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

pub(super) fn body(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: &Theme) {
    match &model.compare {
        CompareScreen::Nothing => {
            heading(frame, area, 0, " Compare", "", theme);
            let sentence = "Nothing is compared yet. Order both metrics (1, then enter), then press x on \
                            the order, on a report in the ledger (4) or in an open table.";
            note(frame, area, sentence, theme);
        }
        CompareScreen::Opening { title, .. } => {
            let sentence = format!("opening both sides of {title} …");
            note(frame, area, &sentence, theme);
        }
        CompareScreen::Pair(pair) => both(frame, area, model, pair, theme),
    }
}

fn both(frame: &mut Frame<'_>, area: Rect, model: &Model, pair: &Pair, theme: &Theme) {
    let total = pair
        .compared
        .as_ref()
        .and_then(|compared| selected_currency(pair, compared));
    let currency = total.and_then(|total| total.currency.as_deref());
    let state = if pair.asked.is_some() {
        "working … "
    } else {
        ""
    };
    let several = pair
        .compared
        .as_ref()
        .map_or(0, |compared| compared.currencies.len());
    let of = if several > 1 {
        format!(", 1 of {several}")
    } else {
        String::new()
    };
    let right = format!(
        "{state}actual beside amortized, {}{of} ",
        currency.unwrap_or("-")
    );
    heading(
        frame,
        area,
        0,
        &format!(" Compare   {}", pair.title),
        &right,
        theme,
    );
    let keys: Vec<String> = pair.group_by.iter().map(GroupKey::name).collect();
    let by = format!("by {} ", keys.join(", "));
    let filter = pair.filter.as_ref().map(ToString::to_string);
    let line = filter_line(pair.bar.as_ref(), filter, &by, area.width, theme);
    put(frame, area, 1, line);
    let wrong = pair.bar.as_ref().and_then(|bar| bar.wrong.as_ref());
    if let Some(wrong) = wrong.or(pair.problem.as_ref()) {
        return problem(frame, area, 2, wrong, theme);
    }
    let Some(compared) = &pair.compared else {
        return;
    };
    match total {
        Some(total) => bridge(frame, area, &total.bridge, theme),
        None => put(
            frame,
            area,
            3,
            plain("   no row matches on either side", theme.warning),
        ),
    }
    groups(frame, area, model, pair, compared, theme);
}

/// The bridge shown is that of the currency under the cursor.
fn selected_currency<'a>(pair: &Pair, compared: &'a Comparison) -> Option<&'a Delta> {
    let wanted = compared
        .groups
        .get(pair.cursor.selected)
        .map(|group| &group.currency);
    let found = compared
        .currencies
        .iter()
        .find(|total| Some(&total.currency) == wanted);
    found.or_else(|| compared.currencies.first())
}

fn bridge(frame: &mut Frame<'_>, area: Rect, bridge: &Bridge, theme: &Theme) {
    let largest = bridge
        .steps()
        .iter()
        .map(|step| step.cost.abs())
        .max()
        .unwrap_or_default();
    let lines = [
        ("actual", bridge.actual),
        ("- purchases and refunds", bridge.purchases),
        ("+ benefit used", bridge.benefit_usage),
        ("+ unused reservation", bridge.unused_reservation),
        ("+ unused savings plan", bridge.unused_savings_plan),
        ("residual", bridge.residual),
        ("amortized", bridge.amortized),
    ];
    let room = usize::from(area.width).saturating_sub(50).min(40);
    for (row, (name, amount)) in (2_u16..).zip(lines) {
        let end = match name {
            "residual" if amount == Amount::ZERO => Span::styled(
                if room >= 36 {
                    "✓ both files describe the same usage"
                } else {
                    "✓ the same usage on both sides"
                },
                theme.good,
            ),
            "residual" => Span::styled(
                if room >= 42 {
                    "! the files do not describe the same usage"
                } else {
                    "! the usage differs"
                },
                theme.error,
            ),
            _ => {
                let share = amount.abs().per_mille(largest).unwrap_or_default();
                let width = usize::try_from(share).unwrap_or_default() * room / 1000;
                Span::styled("█".repeat(width), theme.gauge)
            }
        };
        let total = matches!(name, "actual" | "amortized");
        let style = if total { theme.strong } else { theme.plain };
        let left = format!(
            "   {}{:>18}  ",
            text::cell(name, 26, false),
            amount.display()
        );
        put(
            frame,
            area,
            row,
            Line::from(vec![Span::styled(left, style), end]),
        );
    }
}

fn groups(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    pair: &Pair,
    compared: &Comparison,
    theme: &Theme,
) {
    let several = compared.currencies.len() > 1;
    let mut columns: Vec<Column> = compared
        .group_by
        .iter()
        .map(|key| Column::growing(&key.name(), 16))
        .collect();
    columns.extend(["actual", "amortized", "difference"].map(|title| Column::number(title, 14)));
    if several {
        columns.push(Column::text("", 4));
    }
    columns.push(Column::text("mostly", 19));
    let grid = Grid::new(columns, usize::from(area.width));
    let top = 10;
    put(frame, area, top, grid.heading(theme.heading));
    let visible = model.list_height();
    let shown = compared
        .groups
        .iter()
        .enumerate()
        .skip(pair.cursor.top)
        .take(visible);
    for (row, (at, group)) in (top + 1..).zip(shown) {
        let selected = (at == pair.cursor.selected).then_some(theme.selected);
        put(
            frame,
            area,
            row,
            grid.line(&cells(group, several, theme), selected),
        );
    }
}

fn cells(group: &Delta, several: bool, theme: &Theme) -> Vec<(String, Style)> {
    let absent = || "(none)".to_owned();
    let mut cells: Vec<(String, Style)> = group
        .keys
        .iter()
        .map(|key| (key.clone().unwrap_or_else(absent), theme.plain))
        .collect();
    let difference = group.bridge.difference();
    let style = match difference.cmp(&Amount::ZERO) {
        std::cmp::Ordering::Greater => theme.grew,
        std::cmp::Ordering::Less => theme.shrank,
        std::cmp::Ordering::Equal => theme.dim,
    };
    cells.push((group.bridge.actual.display(), theme.plain));
    cells.push((group.bridge.amortized.display(), theme.plain));
    let plus = if difference > Amount::ZERO { "+" } else { "" };
    cells.push((format!("{plus}{}", difference.display()), style));
    if several {
        cells.push((group.currency.clone().unwrap_or_default(), theme.plain));
    }
    cells.push((group.bridge.main_cause().to_owned(), theme.dim));
    cells
}
