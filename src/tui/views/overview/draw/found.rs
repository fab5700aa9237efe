//! Draws the findings: the largest as a panel, and all of them as a list.

use super::room::first;
use crate::domain::analysis::overview::found::{OverviewFinding, OverviewFindings};
use crate::domain::analysis::overview::{CurrencyTotal, Overview};
use crate::domain::money::Amount;
use crate::domain::text::{counted, grouped};
use crate::tui::draw::lines::{beside, heading, plain, put, put_all};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::problem::problem;
use crate::tui::draw::text;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::overview::found::OTHER_LINES;
use crate::tui::views::overview::state::{FINDINGS, OverviewPage};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The rows of the panel: the largest findings, and a line about the others.
pub(super) const ROWS: u16 = 4;
/// The widths of an amount and of a kind.
const COST: usize = 15;
const KIND: usize = 9;

/// Draws the largest findings of a currency.
pub(super) fn panel(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    total: &CurrencyTotal,
    (shell, theme): (&Shell, &Theme),
) {
    let width = usize::from(area.width);
    let Some(found) = &overview.findings else {
        let mask = ScreenMask::of(theme, &[]);
        let (words, style) = match &page.list.problem {
            Some(wrong) => (
                format!(" ! findings: {}", wrong.text.told(&mask)),
                theme.error,
            ),
            None => ("   findings: working …".to_owned(), theme.dim),
        };
        return put(frame, area, 0, plain(text::shortened(&words, width), style));
    };
    let currency = total.currency.as_deref();
    let here = (page.focus == FINDINGS).then_some(page.line);
    let mut row: u16 = 0;
    for one in found.largest(currency) {
        let marked = here == Some(usize::from(row));
        put(
            frame,
            area,
            row,
            line(overview, one, (marked, width), theme),
        );
        row += 1;
    }
    let marked = here.is_some_and(|line| line >= usize::from(row));
    let mark = if marked { " ›" } else { "  " };
    let words = others(found, currency);
    let words = words.map(|words| format!("{mark} {}", shell.keymap.spell(&words)));
    let style = if marked { theme.selected } else { theme.dim };
    let words = text::worded(words, width);
    put(frame, area, row, plain(words, style));
}

/// The findings that the panel does not show, in words that get shorter.
fn others(found: &OverviewFindings, currency: Option<&str>) -> [String; 3] {
    let [long, short] = match (found.largest(currency).count(), found.more(currency)) {
        (0, _) => ["no findings", "no findings"].map(ToOwned::to_owned),
        (_, 0) => ["no more findings", "no more"].map(ToOwned::to_owned),
        (_, more) => [
            counted(more as u64, "more finding"),
            format!("{} more", grouped(more as u64)),
        ],
    };
    let mut rest = String::new();
    if found.dismissed() > 0 {
        rest = format!(", {} dismissed", found.dismissed());
    }
    if !found.not_looked_for.is_empty() {
        let kinds = counted(found.not_looked_for.len() as u64, "kind");
        rest = format!("{rest}, {kinds} not looked for (⟦overview.detail⟧)");
    }
    [
        format!("{long}{rest} · ⟦overview.findings⟧ lists all"),
        format!("{short}{rest} · ⟦overview.findings⟧ lists all"),
        format!("{short}{rest} · ⟦overview.findings⟧ all"),
    ]
}

/// A finding in one line: its amount, then its sentence, which may be cut.
fn line(
    overview: &Overview,
    one: &OverviewFinding,
    (marked, width): (bool, usize),
    theme: &Theme,
) -> Line<'static> {
    let money = &one.finding.money;
    let mark = if marked { " › ! " } else { "   ! " };
    let cost = text::cell(&overview.shown(money.amount), COST - 2, true);
    let cost = format!("{cost} {}", money.code());
    let used = mark.chars().count() + cost.chars().count() + 2;
    let sentence = overview.shown_sentence(&one.finding);
    let room = width.saturating_sub(used);
    let sentence = text::cell(&text::shortened(&sentence, room), room, false);
    if marked {
        return plain(format!("{mark}{cost}  {sentence}"), theme.selected);
    }
    let direction = if money.amount < Amount::ZERO {
        theme.shrank
    } else {
        theme.grew
    };
    Line::from(vec![
        Span::styled(mark, theme.warning),
        Span::styled(cost, direction),
        Span::styled(format!("  {sentence}"), theme.plain),
    ])
}

/// Draws all findings as a list, and the selected one in full below it.
pub(super) fn list(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    (shell, theme): (&Shell, &Theme),
) {
    let mask = ScreenMask::of(theme, &[]);
    let found = overview.findings.as_ref();
    let listed = found.map_or_else(Vec::new, |found| page.list.listed(found));
    let lefts = page.headings();
    let lefts = lefts.map(|heading| format!(" Findings   {}", heading.shown(&mask)));
    let states = found.map_or_else(Default::default, |found| counts(found, listed.len()));
    let (left, state) = beside(lefts, states, usize::from(area.width));
    heading(frame, area, 0, &left, &state, theme);
    if let Some(wrong) = page.list.problem.as_ref().or(page.problem.as_ref()) {
        problem(frame, area, 1, wrong, theme);
        return;
    }
    let Some(found) = found else {
        let words = "   looking for findings …";
        return put(frame, area, 1, plain(words, theme.dim));
    };
    let mut row = entries(frame, area, (page, overview), &listed, theme);
    if listed.is_empty() {
        let words = match found.dismissed() {
            0 => "   no findings",
            _ => "   all findings are dismissed; ⟦findings.dismissed⟧ lists them",
        };
        put(
            frame,
            area,
            row,
            plain(shell.keymap.spell(words), theme.plain),
        );
        row += 1;
    }
    // Notes on what is left out follow the last finding, where there is room.
    let bottom = area.height.saturating_sub(OTHER_LINES - 1);
    let left_out = wrapped(&overview.left_out(), area);
    let look = ("   ", theme.dim);
    put_all(frame, first(area, bottom), row + 1, left_out, look);
    if let Some(one) = listed.get(page.list.cursor.selected) {
        let sentence = wrapped(&[overview.shown_sentence(&one.finding)], area);
        let look = ("   ", theme.strong);
        put_all(frame, area, bottom + 1, sentence, look);
    }
}

/// Draws the findings that fit, so that the selected one is among them; returns the row below them.
fn entries(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    listed: &[&OverviewFinding],
    theme: &Theme,
) -> u16 {
    let height = usize::from(area.height.saturating_sub(OTHER_LINES));
    let width = usize::from(area.width);
    let cursor = page.list.cursor;
    let least = (cursor.selected + 1).saturating_sub(height);
    let top = least.max(cursor.top.min(cursor.selected));
    let mut row = 1;
    for (at, one) in listed.iter().enumerate().skip(top).take(height) {
        let marked = at == cursor.selected;
        put(
            frame,
            area,
            row,
            entry(overview, one, (marked, width), theme),
        );
        row += 1;
    }
    row
}

/// Sentences in lines that fit an area behind an indent.
fn wrapped(sentences: &[String], area: Rect) -> Vec<String> {
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let lines = sentences.iter().flat_map(|one| text::wrap(one, width));
    lines.collect()
}

/// How many findings are listed, and how many are dismissed, in words that get shorter.
fn counts(found: &OverviewFindings, listed: usize) -> [String; 2] {
    let dismissed = match found.dismissed() {
        0 => String::new(),
        dismissed => format!(", {dismissed} dismissed"),
    };
    let short = format!("{listed} of {}", found.all.len());
    [format!("{short}{dismissed} "), format!("{short} ")]
}

/// A line of the list. A dismissed finding has an `x`.
fn entry(
    overview: &Overview,
    one: &OverviewFinding,
    (marked, width): (bool, usize),
    theme: &Theme,
) -> Line<'static> {
    let finding = &one.finding;
    let mark = if marked { "›" } else { " " };
    let sign = if finding.dismissed { "x" } else { " " };
    let line = format!(
        " {mark} {sign} {} {}  {} {}",
        text::cell(&overview.shown(finding.money.amount), COST - 2, true),
        finding.money.code(),
        text::cell(finding.kind.word(), KIND, false),
        overview.shown_sentence(finding)
    );
    let style = match (marked, finding.dismissed) {
        (true, _) => theme.selected,
        (false, true) => theme.dim,
        (false, false) => theme.plain,
    };
    let line = text::shortened(&line, width);
    plain(text::cell(&line, width, false), style)
}
