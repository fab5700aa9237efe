//! The scopes screen.
//!
//! ```text
//!  Scopes                                                       / prod▏   6 of 41
//!    ▾ Contoso Enrolment        billing account  EA    reports ✓      8608480
//!  ›   Department Retail        department       EA    reports ✓      164821
//! ```

use super::heads::{first_line, other_lines};
use super::sorting::ScopeSort;
use super::state::{Focus, Line as TreeLine, LineContent, Scopes, TreeLoading};
use crate::domain::scope::{Agreement, Reports, Scope, ScopeKind};
use crate::tui::draw::grid::{Column, Gives, Grid};
use crate::tui::draw::lines::{heading, mark, note, plain, put, put_all, under};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::TextField;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

/// The place of the first column of money, after those that every scope has.
const TOTAL: usize = 3;
/// The place of the change, behind the total.
const CHANGE: usize = 4;
/// The least width of the newest total, whose heading may have an arrow.
const NEWEST: usize = 12;

pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    scopes: &Scopes,
    shell: &Shell,
    theme: &Theme,
) {
    let mask = ScreenMask::of(theme, &[]);
    let lines = scopes.lines();
    let searched = mask.typed(scopes.search.text());
    let search = match &scopes.focus {
        Focus::Search => format!("/ {searched}▏  "),
        _ if scopes.is_searched() => format!("/ {searched}  "),
        Focus::Tree | Focus::Typing { .. } => String::new(),
    };
    let shown = lines
        .iter()
        .filter(|line| matches!(line.what, LineContent::Scope(..)))
        // Scopes below an open match are not matches themselves.
        .filter(|line| !scopes.is_searched() || line.depth == 0);
    let count = format!("{search}{} of {} ", shown.count(), scopes.all().len());
    heading(frame, area, 0, " Scopes", &count, theme);
    if let Focus::Typing { field, wrong } = &scopes.focus {
        typing(frame, area, field, wrong.as_ref(), theme);
        return;
    }
    // Pinned and recent scopes are shown without waiting for Azure.
    let marked = u16::try_from(scopes.marked.len()).unwrap_or_default();
    let marked = if scopes.is_searched() { 0 } else { marked };
    let heads = scopes.have_money(&lines);
    let first = first_line(heads);
    rows(frame, area, scopes, shell, (&lines, heads), theme);
    let (top, sentence) = match &scopes.listing {
        TreeLoading::NotAsked => return,
        TreeLoading::Asking(_) => (
            first + marked,
            "asking Azure which scopes you can see …".into(),
        ),
        TreeLoading::Failed(problem) => (first + marked, problem.text.told(&mask)),
        TreeLoading::Found(_) if !lines.is_empty() => {
            let remark = lines.get(scopes.cursor.selected).and_then(TreeLine::remark);
            return trouble(frame, area, (scopes, remark, first), shell, theme);
        }
        TreeLoading::Found(_) if scopes.is_searched() => {
            let sentence =
                "no scope matches; ⟦scopes.search⟧ edits the search, ⟦text.close⟧ clears it";
            (1, shell.keymap.spell(sentence).into())
        }
        TreeLoading::Found(_) => {
            let sentence = "this sign-in can see no scopes. Ask for Cost Management Reader on a subscription, or for a \
                            billing role; press ⟦scopes.type-scope⟧ to enter a scope.";
            (1, shell.keymap.spell(sentence).into())
        }
    };
    note(frame, under(area, top), &sentence, theme);
}

fn rows(
    frame: &mut Frame<'_>,
    area: Rect,
    scopes: &Scopes,
    shell: &Shell,
    (lines, heads): (&[TreeLine<'_>], bool),
    theme: &Theme,
) {
    let cursor = scopes.cursor;
    let first = first_line(heads);
    let visible = shell.list_height(other_lines(heads));
    let width = usize::from(area.width);
    let totals = LineTotals::of(scopes, lines, width, theme);
    let grid = grid(width, scopes, totals.width());
    let is_short = is_short(width, totals.width().is_some());
    if heads {
        put(frame, area, 1, grid.heading(theme.heading));
    }
    let shown = lines.iter().zip(totals.0).enumerate();
    for (row, (at, (line, total))) in (first..).zip(shown.skip(cursor.top).take(visible)) {
        let selected = (at == cursor.selected).then_some(theme.selected);
        let mut cells = cells(line, scopes, is_short, theme);
        if heads && cells.len() > TOTAL {
            let money = money(line, scopes, total, theme);
            cells.splice(TOTAL..TOTAL, money);
        }
        put(frame, area, row, grid.line(&cells, selected));
    }
    if !ScreenMask::of(theme, &[]).is_on() {
        let height = u16::try_from(visible.min(lines.len())).unwrap_or_default();
        let list = Rect::new(area.x, area.y + first, area.width, height);
        for word in scopes.search.text().split_whitespace() {
            mark(frame, list.intersection(area), word, theme.found);
        }
    }
}

/// The last month's total of each line, in words. In a narrow terminal, of two currencies one is named and the other counted.
struct LineTotals(Vec<Option<String>>);

impl LineTotals {
    fn of(scopes: &Scopes, lines: &[TreeLine<'_>], width: usize, theme: &Theme) -> Self {
        let mask = ScreenMask::of(theme, &[]);
        let total = |line: &TreeLine<'_>| {
            let month = scopes.months.get(&line.scope()?.id)?;
            Some(match month.totals.as_slice() {
                [first, _] if width < WIDE => {
                    format!("{} +1", mask.totals(std::slice::from_ref(first)))
                }
                totals => mask.totals(totals),
            })
        };
        Self(lines.iter().map(total).collect())
    }

    /// The width of the longest; `None` if no line has money.
    fn width(&self) -> Option<usize> {
        let known = self.0.iter().flatten();
        known.map(|total| total.chars().count()).max()
    }
}

/// The cells of money. A sort names the scopes that it cannot compare.
fn money(
    line: &TreeLine<'_>,
    scopes: &Scopes,
    total: Option<String>,
    theme: &Theme,
) -> [(String, Style); 3] {
    let month = line.scope().and_then(|scope| scopes.months.get(&scope.id));
    let by = scopes.order.by;
    let by_money = matches!(by, ScopeSort::Total | ScopeSort::Change);
    let total = match total.filter(|text| !text.is_empty()) {
        Some(text) => (text, theme.plain),
        None if by_money => ("no month".to_owned(), theme.dim),
        None => (String::new(), theme.plain),
    };
    let change = month.map(|month| month.change.clone()).unwrap_or_default();
    let change = match (change.is_empty(), month) {
        (true, Some(_)) if by == ScopeSort::Change => ("unknown".to_owned(), theme.dim),
        _ => (change, theme.plain),
    };
    let bars = month.map(|month| month.bars.clone()).unwrap_or_default();
    [total, change, (bars, theme.plain)]
}

/// The order that a click on the head at an offset from the left edge chooses.
pub(crate) fn head_at(scopes: &Scopes, shell: &Shell, x: u16) -> Option<ScopeSort> {
    let lines = scopes.lines();
    if !scopes.have_money(&lines) || matches!(scopes.focus, Focus::Typing { .. }) {
        return None;
    }
    let theme = Theme::measuring(shell.masked.then_some(shell.salt));
    let width = usize::from(shell.size.0);
    let totals = LineTotals::of(scopes, &lines, width, &theme);
    let grid = grid(width, scopes, totals.width());
    match grid.at(usize::from(x))? {
        0 => Some(ScopeSort::Name),
        TOTAL => Some(ScopeSort::Total),
        CHANGE => Some(ScopeSort::Change),
        _ => None,
    }
}

/// The width from which there is room for whole words.
const WIDE: usize = 100;

/// Whether the kinds of scopes have their short words, because there is no room for the others.
fn is_short(width: usize, has_money: bool) -> bool {
    width < 70 || (has_money && width < WIDE)
}

/// The columns; those of money for totals of this width.
fn grid(width: usize, scopes: &Scopes, total: Option<usize>) -> Grid {
    let mut id = Column::text("id", 16);
    id.id = true;
    id.grows = true;
    id.gives = Gives::Id;
    let mut kind = Column::text(
        "kind",
        if is_short(width, total.is_some()) {
            10
        } else {
            18
        },
    );
    // Whether there are reports matters more than the whole name of the kind.
    kind.gives = Gives::Id;
    let name = match (width >= WIDE, total) {
        (true, _) => 40,
        (false, Some(_)) => 25,
        (false, None) => 27,
    };
    let mut named = Column::text(&scopes.order.titled("name", ScopeSort::Name), name);
    named.gives = Gives::Name;
    let mut columns = vec![
        named,
        kind,
        Column::text("type", 4),
        Column::text("reports", 9),
        id,
    ];
    if let Some(total) = total {
        // Whether there are reports matters more than the bars, which are not cut.
        let mut months = Column::text("months kept", 12);
        months.gives = Gives::Bar;
        months.least = months.width;
        let [newest, change] = [
            scopes.order.titled("newest", ScopeSort::Total),
            scopes.order.titled("change", ScopeSort::Change),
        ];
        let money = [
            Column::number(&newest, total.max(NEWEST)),
            Column::number(&change, change.width().max(7)),
            months,
        ];
        columns.splice(TOTAL..TOTAL, money);
    }
    Grid::new(columns, width)
}

fn cells(
    line: &TreeLine<'_>,
    scopes: &Scopes,
    is_short: bool,
    theme: &Theme,
) -> Vec<(String, Style)> {
    let mask = ScreenMask::of(theme, &[]);
    let indent = "  ".repeat(line.depth);
    let (scope, sign) = match line.what {
        LineContent::Scope(scope, open) if scopes.is_pinned(&scope.id) => match open {
            Some(true) => (scope, "▾★"),
            Some(false) => (scope, "▸★"),
            None => (scope, "★ "),
        },
        LineContent::Scope(scope, Some(true)) => (scope, "▾ "),
        LineContent::Scope(scope, Some(false)) => (scope, "▸ "),
        LineContent::Scope(scope, None) => (scope, "  "),
        LineContent::Marked(marked) if marked.pinned => (&marked.scope, "★ "),
        LineContent::Marked(marked) => (&marked.scope, "⟲ "),
        LineContent::Refused(text) => {
            return vec![(format!("{indent}! {}", text.told(&mask)), theme.warning)];
        }
        LineContent::Listing => return vec![(format!("{indent}  asking Azure …"), theme.dim)],
        LineContent::Empty => return vec![(format!("{indent}  no children"), theme.dim)],
    };
    let works = !matches!(scope.reports, Reports::WorkNot { .. });
    let style = if works { theme.plain } else { theme.dim };
    let note = scope
        .note
        .as_ref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    vec![
        (
            format!("{indent}{sign}{}{note}", Masked::from(scope).shown(&mask)),
            style,
        ),
        (
            if is_short {
                short_kind(scope.id.kind()).to_owned()
            } else {
                scope.id.kind().to_string()
            },
            style,
        ),
        (
            scope.agreement.map_or("", Agreement::word).to_owned(),
            style,
        ),
        (
            reports(scope).to_owned(),
            if works { theme.good } else { theme.warning },
        ),
        (Masked::from(&scope.id).shown(&mask), theme.dim),
    ]
}

/// A kind in at most ten letters.
fn short_kind(kind: ScopeKind) -> &'static str {
    match kind {
        ScopeKind::Subscription => "subscr.",
        ScopeKind::ResourceGroup => "res. group",
        ScopeKind::ManagementGroup => "mgmt group",
        ScopeKind::BillingAccount => "account",
        ScopeKind::BillingProfile => "profile",
        ScopeKind::InvoiceSection => "section",
        ScopeKind::Department => "department",
        ScopeKind::EnrollmentAccount => "enrolment",
        ScopeKind::Customer => "customer",
    }
}

fn reports(scope: &Scope) -> &'static str {
    match (&scope.reports, scope.id.kind()) {
        (Reports::Work, _) => "reports ✓",
        (Reports::UsageDetails, _) => "usage ✓",
        (_, ScopeKind::ManagementGroup) => "→ expand",
        _ => "no",
    }
}

/// Draws why the selected scope has no reports, or which lists were refused.
fn trouble(
    frame: &mut Frame<'_>,
    area: Rect,
    (scopes, remark, first): (&Scopes, Option<Said>, u16),
    shell: &Shell,
    theme: &Theme,
) {
    // The status line may already say it.
    if shell.status != StatusLine::Silent {
        return;
    }
    let mask = ScreenMask::of(theme, &[]);
    let last = area.height.saturating_sub(1);
    let width = usize::from(area.width.saturating_sub(2));
    if let Some(why) = remark {
        // The next step comes last, so the text is wrapped unless it would cover the cursor.
        let why = why.told(&mask);
        let lines = text::wrap(&why, width);
        let height = u16::try_from(lines.len()).unwrap_or(1).min(4);
        let row = scopes.cursor.selected - scopes.cursor.top + usize::from(first);
        if usize::from(last.saturating_sub(height)) >= row {
            let top = last + 1 - height;
            let place = Rect::new(area.x, area.y + top, area.width, height);
            frame.render_widget(Clear, place);
            put_all(frame, place, 0, lines, (" ", theme.warning));
        } else {
            let line = plain(format!(" {}", text::shortened(&why, width)), theme.warning);
            put(frame, area, last, line);
        }
    } else if let Some((problem, others)) = scopes.trouble() {
        let more = match others {
            0 => String::new(),
            others => format!(" (and {others} more)"),
        };
        let said = text::shortened(&format!("{}{more}", problem.told(&mask)), width);
        put(frame, area, last, plain(format!(" {said}"), theme.warning));
    }
}

fn typing(
    frame: &mut Frame<'_>,
    area: Rect,
    typed: &TextField,
    wrong: Option<&Said>,
    theme: &Theme,
) {
    let mask = ScreenMask::of(theme, &[]);
    let width = usize::from(area.width.saturating_sub(6));
    let sentence = "A scope: a path, a subscription id, or an EA account number";
    // A path takes the whole line below, and the hint above it may need two.
    let hint = text::wrap(sentence, width);
    let top = 3_u16.saturating_sub(u16::try_from(hint.len()).unwrap_or(1));
    put_all(frame, area, top, hint, ("   ", theme.plain));
    let line = format!("   {}", text::with_caret(&mask.field(typed), width));
    put(frame, area, 4, plain(line, theme.focus));
    if let Some(wrong) = wrong {
        let lines = text::wrap(&wrong.told(&mask), width);
        put_all(frame, area, 6, lines, ("   ", theme.warning));
    }
}
