//! The overview screen.
//!
//! ```text
//!  contoso · actual · 2026-10                                   2026-10 complete ✓
//!    50,340.58 EUR   1,623.89 a day   +10.8% on the 45,412.11 of 2026-09
//!    2.4k ┤▆▆▇▅▄▆▆▇▇▅▄▆▆▇▇▅▄▆▆▇▇▅▄▆▆▇▇▅
//!       0 └──────────────────────────────
//!          Oct 1  8      15     22     29
//!  resource-group             EUR          service                    EUR
//!  › rg-data            16,659.71   +3.0%    Virtual Machines   21,012.40  +18.0%
//!    !      893.90 EUR  Friday, 2026-10-23: resource group rg-batch cost 1204.11 EUR; other Fridays …
//!    9 more findings · * lists all
//! ```

pub mod chart;
mod found;
pub mod panel;
mod room;

use super::state::{OverviewPage, OverviewScreen};
use crate::domain::analysis::overview::{CurrencyTotal, MonthSpan, Overview};
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;
use crate::ops::overview::facts::{brief_facts, code, compared, dearest_day, facts, run_rate};
use crate::ops::overview::panels::{KEYS, MOST, MOST_ON_SCREEN};
use crate::tui::draw::lines::{beside, heading, plain, put, put_all, under};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::problem::problem;
use crate::tui::draw::text;
use crate::tui::question::OverviewPart;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use panel::GroupPanel;
use ratatui::Frame;
use ratatui::layout::Rect;
use room::{TALL, WIDE, first, halves, shared};

/// The rows for the facts beside the panel of the tag.
const FACTS: u16 = 4;

pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: &OverviewScreen,
    shell: &Shell,
    theme: &Theme,
) {
    let Some(page) = &screen.page else {
        return;
    };
    let overview = page.shown(theme.hidden);
    let overview: &Overview = &overview;
    if page.list.is_open {
        return found::list(frame, area, (page, overview), (shell, theme));
    }
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
    let shown = (page.as_ref(), overview);
    let below = under(area, head(frame, area, shown, total, theme));
    let told = told(area.width, shown, total, theme);
    let (rows, heights) = rows(area, below.height, page, told.len());
    chart::draw(frame, first(below, rows), shown, total, theme);
    let rest = under(below, rows);
    let groups = first(rest, rest.height.saturating_sub(found::ROWS));
    panels(frame, groups, (shown, total, heights), theme);
    let rest = under(rest, heights.into_iter().sum());
    found::panel(
        frame,
        first(rest, found::ROWS),
        shown,
        total,
        (shell, theme),
    );
    put_lines(frame, under(rest, found::ROWS), told, theme);
}

/// The rows of the chart, and of the panels above and below each other. `free` rows are below the head, and `told` lines
/// are told at the end.
fn rows(area: Rect, free: u16, page: &OverviewPage, told: usize) -> (u16, [u16; 2]) {
    let wide = area.width >= WIDE;
    let least = chart::rows(area.height);
    let told = u16::try_from(told).unwrap_or(u16::MAX);
    let told = told.max(if wide { 3 } else { 0 });
    if area.height >= TALL {
        let need = |focus| needed(page, focus);
        let needs = if wide {
            [need(1).max(need(2)).max(need(3)), 0]
        } else {
            [need(1).max(need(2)), need(3).max(FACTS)]
        };
        let free = free.saturating_sub(found::ROWS).saturating_sub(told);
        let (chart, groups) = shared((free, least), needs.into_iter().sum());
        return (chart, halves(groups, needs));
    }
    let free = free.saturating_sub(least).saturating_sub(found::ROWS);
    // A heading, the groups, and the others.
    let tallest = u16::try_from(MOST).unwrap_or(1) + 2;
    let heights = if wide {
        // The lines below are for the facts and the notes.
        [free.saturating_sub(3).clamp(3, tallest), 0]
    } else {
        let above = free.div_ceil(2).min(tallest);
        [above, free.saturating_sub(above).min(tallest)]
    };
    (least, heights)
}

/// The rows that a panel of groups fills: a heading, the groups, and the others. As many as usual until it has arrived.
fn needed(page: &OverviewPage, focus: usize) -> u16 {
    let Some(panel) = page.panel(focus) else {
        return u16::try_from(MOST).unwrap_or(1) + 2;
    };
    let currency = page.currency();
    let groups = panel.of(currency).count().max(1);
    let mut others = panel.others.iter();
    let others = others.any(|rest| rest.currency.as_deref() == currency);
    u16::try_from(groups + 1 + usize::from(others)).unwrap_or(u16::MAX)
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
    let lefts = page.headings();
    let lefts = lefts.map(|heading| format!(" Overview   {}", heading.shown(&mask)));
    let [left, _] = &lefts;
    let states = match &overview.frame.span {
        _ if !page.pending.is_empty() => ["working … "; 2].map(ToOwned::to_owned),
        Some(span) => month_words(span, left),
        None => Default::default(),
    };
    let (left, state) = beside(lefts, states, usize::from(area.width));
    heading(frame, area, 0, &left, &state, theme);
}

/// Whether the month is complete, in words that get shorter. It is not named again beside a title that names it.
fn month_words(span: &MonthSpan, title: &str) -> [String; 2] {
    let month = span.month;
    let is_named = title.contains(&month.to_string());
    let name = if is_named {
        String::new()
    } else {
        format!("{month} ")
    };
    if span.is_complete() {
        return [name.as_str(), ""].map(|name| format!("{name}complete ✓ "));
    }
    if span.days == month.range() && span.gaps.is_empty() {
        let until = month.settled_on();
        return [
            format!("{name}may change until {until} "),
            format!("open until {} ", until.format("%m-%d")),
        ];
    }
    let gaps = match span.gaps.len() as u64 {
        0 => String::new(),
        gaps => format!(", {}", counted(gaps, "gap")),
    };
    // Short enough to stand beside the title of a narrow screen.
    let to = span.days.to.format("%d");
    let days = format!("! only {}..{to}", span.days.from);
    [format!("{days}{gaps} "), format!("{days} ")]
}

/// Draws the total of the currency, the comparison with the month before, and the run-rate; returns the rows above the
/// chart.
fn head(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    total: &CurrencyTotal,
    theme: &Theme,
) -> u16 {
    let cost = overview.shown(total.trend.cost);
    let days = overview.frame.span.as_ref().map(|span| span.days.days());
    let days = days.and_then(|days| u64::try_from(days).ok());
    let one = Amount::from_whole(1);
    let each = days.and_then(|days| total.trend.cost.proportion(one, Amount::from_whole(days)));
    let cost = format!("{cost} {}", code(total.currency.as_deref()));
    // The index of a masked day has no second decimal.
    let each = each.filter(|_| !overview.masked);
    let daily = each.map(|each| format!("{} a day", overview.shown(each)));
    let before = match (&overview.frame.before, compared(overview, total)) {
        (None, _) => vec!["no month before".to_owned()],
        (Some(_), Some(wordings)) => wordings.to_vec(),
        (Some(_), None) => vec![String::new()],
    };
    let dearest = dearest_day(overview, total);
    let line = |[daily, dearest]: [Option<&String>; 2], before: &String| {
        let words = [Some(&cost), daily, Some(before), dearest];
        let words = words.into_iter().flatten().map(String::as_str);
        let words: Vec<&str> = words.filter(|words| !words.is_empty()).collect();
        format!("   {}", words.join("   "))
    };
    // The comparison matters more than the average of a day, and that more than the dearest day.
    let longer = [[daily.as_ref(), dearest.as_ref()], [daily.as_ref(), None]];
    let whole = before.iter().take(1);
    let whole = whole.flat_map(|before| longer.map(|longer| line(longer, before)));
    let wordings = whole.chain(before.iter().map(|before| line([None; 2], before)));
    let row = text::worded(wordings, usize::from(area.width));
    put(frame, area, 1, plain(row, theme.strong));
    let count = overview.frame.totals.len();
    let several = (count > 1).then(|| {
        let place = page.currency + 1;
        format!("currency {place} of {count}")
    });
    let rate = run_rate(overview, total);
    let second: Vec<String> = several.into_iter().chain(rate).collect();
    if second.is_empty() {
        return 2;
    }
    let width = usize::from(area.width);
    // The last parts go before one of them is cut.
    let parts = (1..=second.len()).rev();
    let parts = parts.map(|count| second.iter().take(count).map(String::as_str).collect());
    let parts = parts.map(|parts: Vec<&str>| format!("   {}", parts.join("   ")));
    let second = text::worded(parts, width);
    put(frame, area, 2, plain(second, theme.dim));
    3
}

/// Draws the panels of groups.
fn panels(
    frame: &mut Frame<'_>,
    area: Rect,
    ((page, overview), total, heights): ((&OverviewPage, &Overview), &CurrencyTotal, [u16; 2]),
    theme: &Theme,
) {
    let wide = area.width >= WIDE;
    let columns = if wide { 3 } else { 2 };
    let width = area.width / columns;
    let cell = |place: u16| {
        let (row, column) = (place / columns, place % columns);
        let [above, below] = heights;
        let (top, height) = if row == 0 { (0, above) } else { (above, below) };
        Rect::new(area.x + column * width, area.y + top, width, height).intersection(area)
    };
    for place in 0..3_u16 {
        let at = cell(place);
        let focus = usize::from(place) + 1;
        // The line of the others is needed only where not all groups fit.
        let all_fit = needed(page, focus) <= at.height;
        let room = at.height.saturating_sub(if all_fit { 1 } else { 2 });
        let most = usize::from(room).clamp(1, MOST_ON_SCREEN);
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
    if !wide {
        let is_pending = page.expects_commitments();
        let lines = brief_facts(overview, total.currency.as_deref(), is_pending);
        let at = cell(3);
        put_lines(frame, at, wrapped(at.width, &lines), theme);
    }
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

/// Sentences in lines behind an indent.
fn wrapped(width: u16, sentences: &[String]) -> Vec<String> {
    let width = usize::from(width.saturating_sub(3)).max(1);
    let lines = sentences.iter();
    lines
        .flat_map(|sentence| text::wrap(sentence, width))
        .collect()
}

/// Draws as many lines as fit.
fn put_lines(frame: &mut Frame<'_>, area: Rect, lines: Vec<String>, theme: &Theme) {
    let width = usize::from(area.width.saturating_sub(3)).max(1);
    let lines = text::first_lines(lines, usize::from(area.height), width);
    put_all(frame, area, 0, lines, ("  ", theme.plain));
}

/// The facts where the panels leave no place for them, and the first note.
fn told(
    width: u16,
    (page, overview): (&OverviewPage, &Overview),
    total: &CurrencyTotal,
    theme: &Theme,
) -> Vec<String> {
    let mut told = Vec::new();
    let waits = page.expects(&OverviewPart::Tag) || page.expects_commitments();
    if width >= WIDE && !waits {
        told.extend(facts(overview, total.currency.as_deref()));
    }
    if !ScreenMask::of(theme, &[]).is_on() {
        told.extend(overview.notes.iter().take(1).cloned());
    }
    wrapped(width, &told)
}
