//! The overview screen.
//!
//! ```text
//!  contoso · actual · 2026-10                                   2026-10 complete ✓
//!    50,340.58 EUR   1,623.89 a day   +10.8% on the 45,412.11 of 2026-09
//!  2.4k ▆▆▇▅▄▆▆▇▇▅▄▆▆▇▇▅▄▆▆▇▇▅▄▆▆▇▇▅
//!       1      8      15     22     29
//!  resource-group             EUR          service                    EUR
//!  › rg-data            16,659.71   +3.0%    Virtual Machines   21,012.40  +18.0%
//! ```

pub mod chart;
pub mod panel;
mod room;

use super::state::{OverviewPage, OverviewScreen};
use crate::domain::analysis::overview::{CurrencyTotal, MonthSpan, Overview};
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use crate::ops::Entry;
use crate::ops::overview::facts::{code, comparison, facts};
use crate::ops::overview::panels::KEYS;
use crate::tui::draw::lines::{heading, note, plain, put, put_all};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::problem::problem;
use crate::tui::draw::text;
use crate::tui::question::OverviewPart;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use panel::GroupPanel;
use ratatui::Frame;
use ratatui::layout::Rect;
use room::{WIDE, under};

/// The rows of the title and the total.
const HEAD: u16 = 3;

pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    (screen, entries): (&OverviewScreen, &[Entry]),
    shell: &Shell,
    theme: &Theme,
) {
    let Some(page) = &screen.page else {
        return ledger(frame, area, entries, shell, theme);
    };
    let masked = theme.hidden.map(|salt| page.overview.masked(salt));
    let overview = masked.as_ref().unwrap_or(&page.overview);
    title(frame, area, page, overview, theme);
    if let Some(wrong) = &page.problem {
        problem(frame, area, 1, wrong, theme);
        return;
    }
    if page
        .pending
        .iter()
        .any(|(_, part)| matches!(part, OverviewPart::Month(_)))
    {
        return put(
            frame,
            area,
            1,
            plain("   calculating the month …", theme.dim),
        );
    }
    let Some(total) = overview.frame.totals.get(page.currency) else {
        return put(frame, area, 1, plain("   no rows", theme.warning));
    };
    head(frame, area, (page, overview), total, theme);
    let below = chart::draw(frame, under(area, HEAD), (page, overview), total, theme);
    let rest = under(area, HEAD + below);
    let used = panels(frame, rest, (page, overview), total, theme);
    told(frame, under(rest, used), (page, overview), total, theme);
}

/// Draws the title of the data, and on the right whether the month is complete.
fn title(
    frame: &mut Frame<'_>,
    area: Rect,
    page: &OverviewPage,
    overview: &Overview,
    theme: &Theme,
) {
    let mask = ScreenMask::of(theme, &[]);
    let left = format!(" Overview   {}", page.title.shown(&mask));
    let state = match &overview.frame.span {
        _ if !page.pending.is_empty() => "working … ".to_owned(),
        Some(span) => month_words(span),
        None => String::new(),
    };
    heading(frame, area, 0, &left, &state, theme);
}

fn month_words(span: &MonthSpan) -> String {
    let month = span.month;
    if span.is_complete() {
        return format!("{month} complete ✓ ");
    }
    if span.days == month.range() && span.gaps.is_empty() {
        return format!("{month} may change until {} ", span.month.settled_on());
    }
    let gaps = match span.gaps.len() {
        0 => String::new(),
        gaps => format!(", {gaps} gaps"),
    };
    // Short enough to stand beside the title.
    format!("! only {} to {}{gaps} ", span.days.from, span.days.to)
}

/// Draws the total of the currency, the comparison with the month before, and the run-rate.
fn head(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    total: &CurrencyTotal,
    theme: &Theme,
) {
    let cost = overview.shown(total.trend.cost);
    let days = overview.frame.span.as_ref().map(|span| span.days.days());
    let days = days.and_then(|days| u64::try_from(days).ok());
    let one = Amount::from_whole(1);
    let each = days.and_then(|days| total.trend.cost.proportion(one, Amount::from_whole(days)));
    let mut words = vec![format!("{cost} {}", code(total.currency.as_deref()))];
    // The index of a masked day has no second decimal.
    let each = each.filter(|_| !overview.masked);
    words.extend(each.map(|each| format!("{} a day", overview.shown(each))));
    let mut compared = comparison(overview, total).into_iter();
    let before = overview.frame.before.is_some();
    if before {
        words.extend(compared.next());
    } else {
        words.push("no month before".to_owned());
    }
    put(
        frame,
        area,
        1,
        plain(format!("   {}", words.join("   ")), theme.strong),
    );
    let count = overview.frame.totals.len();
    let several = (count > 1).then(|| {
        let place = page.currency + 1;
        format!("currency {place} of {count}")
    });
    let second: Vec<String> = several.into_iter().chain(compared).collect();
    let width = usize::from(area.width);
    let second = text::fit(&format!("   {}", second.join("   ")), width);
    put(frame, area, 2, plain(second, theme.dim));
}

/// Draws the panels of groups; returns their height.
fn panels(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    total: &CurrencyTotal,
    theme: &Theme,
) -> u16 {
    let wide = area.width >= WIDE;
    let columns = if wide { 3 } else { 2 };
    let width = area.width / columns;
    let rows = if wide { 1 } else { 2 };
    // Two lines below the panels are for what is told.
    let room = area.height.saturating_sub(2) / rows;
    let most = usize::from(room.saturating_sub(2)).clamp(1, crate::ops::overview::panels::MOST);
    let height = u16::try_from(most).unwrap_or(1) + 2;
    for place in 0..3_u16 {
        let (row, column) = (place / columns, place % columns);
        let top = row * height;
        if top + height > area.height {
            break;
        }
        let at = Rect::new(area.x + column * width, area.y + top, width, height);
        let focus = usize::from(place) + 1;
        let (name, part) = named(overview, focus);
        GroupPanel {
            overview,
            total,
            name: &name,
            panel: overview
                .panels
                .iter()
                .find(|panel| panel.key.name() == name),
            waits: page.expects(&part),
            line: (page.focus == focus).then_some(page.line),
            most,
        }
        .draw(frame, at, theme);
    }
    if !wide && area.height >= 2 * height {
        let at = Rect::new(area.x + width, area.y + height, width, height);
        let lines = facts(overview, total.currency.as_deref());
        wrapped(frame, at, &lines, theme);
    }
    height * rows
}

/// The name of the panel at a focus, and the question that it answers.
fn named(overview: &Overview, focus: usize) -> (String, OverviewPart) {
    if let Some(key) = KEYS.get(focus - 1) {
        return (key.name(), OverviewPart::Groups(key.clone()));
    }
    let key = overview.tag.clone().map(GroupKey::Tag);
    let name = key.map_or_else(|| "tag".to_owned(), |key| key.name());
    (name, OverviewPart::Tag)
}

/// Draws sentences, each with a mark, as many as fit.
fn wrapped(frame: &mut Frame<'_>, area: Rect, sentences: &[String], theme: &Theme) {
    let width = usize::from(area.width.saturating_sub(3)).max(1);
    let lines: Vec<String> = sentences
        .iter()
        .flat_map(|sentence| text::wrap(sentence, width))
        .collect();
    put_all(frame, area, 0, lines, ("  ", theme.plain));
}

/// Draws the facts where the panels leave no place for them, and the first notes.
fn told(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    total: &CurrencyTotal,
    theme: &Theme,
) {
    let mut lines = Vec::new();
    if area.width >= WIDE && page.pending.is_empty() {
        lines.extend(facts(overview, total.currency.as_deref()));
    }
    if !ScreenMask::of(theme, &[]).is_on() {
        lines.extend(overview.notes.iter().take(1).cloned());
    }
    wrapped(frame, area, &lines, theme);
}

/// Draws the newest months of the ledger while nothing is open.
fn ledger(frame: &mut Frame<'_>, area: Rect, entries: &[Entry], shell: &Shell, theme: &Theme) {
    heading(
        frame,
        area,
        0,
        " Overview   nothing open: months in the ledger",
        "",
        theme,
    );
    if entries.is_empty() {
        let sentence = "The ledger is empty. ⟦everywhere.show-scopes⟧ shows the scopes; ⟦scopes.enter⟧ orders a report. A local file \
                        opens with `costscope open FILE`.";
        return note(frame, area, &shell.keymap.spell(sentence), theme);
    }
    let line = |entry: &Entry| {
        let mask = ScreenMask::of(theme, &entry.totals);
        let period = entry.request.range().map(|range| range.to_string());
        let named = entry.request.period.name();
        let period = period.or(named.map(|name| mask.name(&name)));
        let totals = entry.totals.iter().map(|total| {
            let currency = total.currency.as_deref();
            format!("{} {}", mask.amount(total.amount, currency), total.code())
        });
        let totals: Vec<String> = totals.collect();
        format!(
            "{}  {}  {}  {}",
            text::cell(&period.unwrap_or_default(), 22, false),
            text::cell(entry.request.metric.word(), 9, false),
            text::cell(
                &shell.scope_name(&entry.request.scope).shown(&mask),
                22,
                false
            ),
            totals.join(" · ")
        )
    };
    let room = usize::from(area.height.saturating_sub(2));
    let mut lines: Vec<String> = entries.iter().take(room).map(line).collect();
    if entries.len() > room {
        lines.truncate(room.saturating_sub(1));
        lines.push(shell.keymap.spell("… ⟦everywhere.show-table⟧ lists all"));
    }
    put_all(frame, area, 1, lines, ("   ", theme.plain));
}
