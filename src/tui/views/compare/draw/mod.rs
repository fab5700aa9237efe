//! The compare screen.
//!
//! ```text
//!  Compare   Shared Platform · 2026-10 › rg-web                actual vs amortized, EUR
//!    actual                     65,120.00  ██████████████████████████
//!    purchases and refunds     -36,500.00              ▒▒▒▒▒▒▒▒▒▒▒▒▒▒
//!    benefit used              +10,211.42              ████
//!    residual                        0.00  ✓ both files describe the same usage
//!  ! no reservation purchase on the actual side (and 2 more); press t for details
//! ```

pub mod chart;
pub mod columns;
pub mod commitments;
pub mod groups;
pub(crate) mod heads;
mod opening;
mod panel;
pub mod pivot;

use super::state::chart::PairPicture;
use super::state::{CompareScreen, NO_GROUP, Pair};
use super::waterfall::{WaterfallStep, waterfall};
use crate::domain::analysis::comparison::Delta;
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;
use crate::ops::compare::pair::same_usage_in;
use crate::tui::draw::lines::{heading, note, plain, put, under};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::problem::problem;
use crate::tui::draw::suggestions;
use crate::tui::draw::suggestions::filter_line;
use crate::tui::draw::text;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::state::direction;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The height of the bridge, and of the chart in its place.
const PICTURE: u16 = 7;

pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: &CompareScreen,
    shell: &Shell,
    theme: &Theme,
) {
    match screen {
        CompareScreen::Nothing => {
            heading(frame, area, 0, " Compare", "", theme);
            let sentence = "Nothing is compared yet. ⟦compare.compare⟧ compares what is open in the table, or the report \
                            selected in the ledger (⟦everywhere.show-table⟧), with its other side. Order both metrics first \
                            (⟦everywhere.show-scopes⟧, then ⟦scopes.enter⟧), or start with `costscope open ACTUAL AMORTIZED`.";
            note(frame, area, &shell.keymap.spell(sentence), theme);
        }
        CompareScreen::Opening {
            title,
            view,
            so_far: Some(sides),
            ..
        } => opening::body(frame, area, (title, view.as_ref(), sides), theme),
        CompareScreen::Opening { title, .. } => {
            let sentence = format!(
                "opening both sides of {} …",
                title.shown(&ScreenMask::of(theme, &[]))
            );
            note(frame, area, &sentence, theme);
        }
        CompareScreen::Pair(pair) => {
            both(frame, area, shell, pair, theme);
            if let Some(bar) = &pair.bar {
                let keys = shell.keymap.spell(suggestions::KEYS);
                suggestions::draw(frame, area, 2, bar, (&keys, theme));
            }
        }
    }
}

fn both(frame: &mut Frame<'_>, area: Rect, shell: &Shell, pair: &Pair, theme: &Theme) {
    let total = selected_currency(pair);
    let whole = wholes(pair);
    let mask = ScreenMask::of(theme, &whole);
    crumbs(frame, area, pair, total, (&mask, theme));
    let step = pair.step();
    let keys: Vec<String> = step.group_by.iter().map(GroupKey::name).collect();
    let next = step.levels.first().map(|next| format!("▸ {next} "));
    let pivot = pair.pivot_key().map(|key| format!("× {key} "));
    let order = pair.hidden_order();
    let order = order.map(|(name, reversed)| format!("{} {name} ", direction::arrow(reversed)));
    let by = format!(
        "by {} {}{}{}",
        keys.join(", "),
        pivot.unwrap_or_default(),
        order.unwrap_or_default(),
        next.unwrap_or_default()
    );
    let filter = step.filter.as_ref().map(Said::from);
    let filter = filter.map(|filter| filter.told(&mask).into_owned());
    let line = filter_line(pair.bar.as_ref(), filter, &by, area.width, theme);
    put(frame, area, 1, line);
    if let Some(table) = &pair.commitments {
        return commitments::draw(frame, area, (pair, table), shell, (&mask, theme));
    }
    let wrong = pair.bar.as_ref().and_then(|bar| bar.wrong.as_ref());
    if let Some(wrong) = wrong.or(pair.problem.as_ref()) {
        problem(frame, area, 2, wrong, theme);
        return;
    }
    let Some(compared) = &pair.compared else {
        return;
    };
    if let Some(total) = total {
        if pair.chart.picture == PairPicture::Bridge {
            bridge(frame, area, (pair, total, &mask), theme);
        } else {
            let place = Rect {
                y: area.y + 2,
                height: PICTURE,
                ..area
            };
            let place = place.intersection(area);
            chart::draw(frame, place, (pair, total), &mask, theme);
        }
    } else {
        let none = shell.keymap.spell(NO_GROUP);
        put(frame, area, 3, plain(format!("   {none}"), theme.warning));
    }
    said(frame, area, shell, pair, theme);
    let width = pair.groups_width(shell).min(area.width);
    let place = Rect { width, ..area };
    groups::draw(frame, place, shell, (pair, compared), &mask, theme);
    if pair.panel_width(shell).is_some() {
        let beside = Rect {
            x: area.x + width,
            width: area.width - width,
            ..under(area, groups::HEADS)
        };
        panel::draw(frame, beside, (pair, compared), &mask, theme);
    }
}

/// The amounts that count as 100 when masked: the larger side of each currency.
fn wholes(pair: &Pair) -> Vec<Money> {
    let currencies = pair.currencies().iter();
    currencies
        .map(|total| Money {
            currency: total.currency.clone(),
            amount: total.bridge.actual.abs().max(total.bridge.amortized.abs()),
        })
        .collect()
}

/// Draws the breadcrumbs and the currency of the bridge.
fn crumbs(
    frame: &mut Frame<'_>,
    area: Rect,
    pair: &Pair,
    total: Option<&Delta>,
    (mask, theme): (&ScreenMask<'_>, &Theme),
) {
    let several = pair.currencies().len();
    let mut places = pair.currencies().iter().zip(1..);
    let of = match places.find(|(known, _)| Some(*known) == total) {
        Some((_, place)) if several > 1 => format!(", {place} of {several}"),
        _ => String::new(),
    };
    let state = if pair.asked.is_some() {
        "working … "
    } else {
        ""
    };
    let currency = total.and_then(|total| total.currency.as_deref());
    let right = format!(
        "{state}actual vs amortized, {}{of} ",
        currency.unwrap_or("-")
    );
    let way: Vec<String> = pair
        .crumbs()
        .into_iter()
        .map(|label| label.shown(mask))
        .collect();
    let way = format!(" Compare   {}", way.join(" › "));
    heading(frame, area, 0, &way, &right, theme);
}

/// Draws the first note and the number of further notes.
fn said(frame: &mut Frame<'_>, area: Rect, shell: &Shell, pair: &Pair, theme: &Theme) {
    let notes = pair.noted();
    let Some(first) = notes.first() else {
        return;
    };
    let mask = ScreenMask::of(theme, &[]);
    if mask.is_on() {
        let line = format!(" ! {} (hidden)", counted(notes.len() as u64, "note"));
        return put(frame, area, 9, plain(line, theme.warning));
    }
    let (more, short) = match notes.len() {
        1 => (String::new(), "⟦compare.trust⟧".to_owned()),
        count => (
            format!(" (and {} more)", count - 1),
            format!("⟦compare.trust⟧: {} more", count - 1),
        ),
    };
    let long = format!("{more}; press ⟦compare.trust⟧ for details");
    let [long, short] = [long, format!(" ({short})")].map(|tail| shell.keymap.spell(&tail));
    let (first, width) = (first.told(&mask), usize::from(area.width));
    let whole = format!(" ! {first}{long}");
    let line = if whole.width() <= width {
        whole
    } else {
        let room = width.saturating_sub(short.width() + 3);
        format!(" ! {}{short}", text::shortened(&first, room))
    };
    put(frame, area, 9, plain(line, theme.warning));
}

/// The currency under the cursor, whose bridge is shown.
fn selected_currency(pair: &Pair) -> Option<&Delta> {
    let wanted = pair.selected().map(|group| &group.currency);
    let mut all = pair.currencies().iter();
    let found = all.find(|total| Some(&total.currency) == wanted);
    found.or_else(|| pair.currencies().first())
}

/// Draws the waterfall: each bar starts where the one above it ends.
fn bridge(
    frame: &mut Frame<'_>,
    area: Rect,
    (pair, total, mask): (&Pair, &Delta, &ScreenMask<'_>),
    theme: &Theme,
) {
    let room = usize::from(area.width).saturating_sub(50).min(60);
    let currency = total.currency.as_deref();
    for (row, fall) in (2_u16..).zip(waterfall(&total.bridge)) {
        let end = match fall.name {
            "residual" => closing(pair, total, room, theme),
            _ => Span::styled(bar(&fall, room), step_style(&fall, theme)),
        };
        let style = if fall.is_side() {
            theme.strong
        } else {
            theme.plain
        };
        let amount = format!("{}{}", fall.plus(), mask.amount(fall.amount, currency));
        let left = format!("   {}{amount:>18}  ", text::cell(fall.name, 26, false));
        let line = Line::from(vec![Span::styled(left, style), end]);
        put(frame, area, row, line);
    }
}

/// A bar at its position: solid for an increase, shaded for a decrease.
fn bar(fall: &WaterfallStep, room: usize) -> String {
    let column = |place: i64| usize::try_from(place.max(0)).unwrap_or_default() * room / 1000;
    let (from, to) = (column(fall.from), column(fall.to));
    let wide = if fall.amount == Amount::ZERO {
        0
    } else {
        (to - from).max(1)
    };
    let sign = if fall.amount < Amount::ZERO {
        "▒"
    } else {
        "█"
    };
    format!(
        "{}{}",
        " ".repeat(from.min(room.saturating_sub(wide))),
        sign.repeat(wide)
    )
}

fn step_style(fall: &WaterfallStep, theme: &Theme) -> Style {
    match fall.amount {
        _ if fall.is_side() => theme.gauge,
        _ if fall.amount < Amount::ZERO => theme.shrank,
        _ => theme.grew,
    }
}

/// Whether both sides describe the same usage, row by row if that is known.
fn closing(pair: &Pair, total: &Delta, room: usize, theme: &Theme) -> Span<'static> {
    let (bridge, currency) = (&total.bridge, total.currency.as_deref());
    let (wordings, style) = match (bridge.residual == Amount::ZERO, &pair.why) {
        (true, None) => (["✓ 0"; 3], theme.good),
        (true, Some(why)) if same_usage_in(why, currency) => (
            [
                "✓ both files describe the same usage",
                "✓ the same usage on both sides",
                "✓ matched",
            ],
            theme.good,
        ),
        (true, Some(_)) => (
            [
                "✓ 0, but some rows have no counterpart",
                "✓ 0, but unmatched rows: t",
                "! unpaired",
            ],
            theme.warning,
        ),
        (false, _) => (
            [
                "! the files do not describe the same usage",
                "! the usage differs",
                "! differs",
            ],
            theme.error,
        ),
    };
    let words = text::worded(wordings.map(ToOwned::to_owned), room);
    Span::styled(words, style)
}
