//! The order screen.
//!
//! ```text
//!  Order                                       Shared Platform › Production  (EUR)
//!    Metric    ( ) actual   ( ) amortized   (•) both
//!    Period    ‹last month›  this month  last 3  last 12  last 7 days  …
//! ```

use super::state::{FormField, OrderForm, PeriodChoice, WAYS, way_word};
use super::window::window;
use super::words;
use crate::domain::period::Period;
use crate::domain::report::history::UsualWait;
use crate::domain::report::request::{Api, ReportRequest};
use crate::domain::scope::{Agreement, ONLY_USAGE, ScopeId, ScopeKind};
use crate::domain::text::{age, counted};
use crate::ops::LedgerEntry;
use crate::ops::orders::advice;
use crate::ops::orders::advice::OrderContext;
use crate::ops::orders::order_spec::OrderSpec;
use crate::ops::orders::report;
use crate::ops::orders::report::OrderPlan;
use crate::tui::draw::lines::{heading, plain, put, under};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::state::field::TextField;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// State of other screens that the form shows: the reports in the ledger and under way, and the scopes in use.
pub(crate) struct FormFacts<'a> {
    pub(crate) entries: &'a [LedgerEntry],
    pub(crate) under_way: Vec<&'a ReportRequest>,
    pub(crate) scopes: Vec<(&'a ScopeId, Option<Agreement>)>,
    /// How long the reports of the scope usually take.
    pub(crate) usual: Option<UsualWait>,
}

pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    (form, known): (&OrderForm, &FormFacts<'_>),
    shell: &Shell,
    theme: &Theme,
) {
    let mask = ScreenMask::of(theme, &[]);
    let Some(scope) = &form.scope else {
        heading(frame, area, 0, " Order", "", theme);
        let sentence = "   No scope chosen: press ⟦everywhere.show-scopes⟧ for the scopes, ⟦scopes.enter⟧ picks one.";
        put(
            frame,
            area,
            2,
            plain(shell.keymap.spell(sentence), theme.plain),
        );
        return;
    };
    let note = scope.note.as_ref().map(|note| format!(" ({note})"));
    let more = match form.others.len() {
        0 => String::new(),
        more => format!(" and {}", counted(more as u64, "other subscription")),
    };
    let name = format!(
        "{}{}{more} ",
        Masked::from(scope).shown(&mask),
        note.unwrap_or_default()
    );
    heading(frame, area, 0, " Order", &name, theme);
    let path = mask.path(&scope.id, usize::from(area.width.saturating_sub(5)));
    put(frame, area, 1, plain(format!("   {path}"), theme.dim));
    fields(frame, area, form, theme);
    let below = if form.api == Some(Api::Usage) { 12 } else { 10 };
    let told = summary((form, known), shell, &mask);
    sentences(
        frame,
        under(area, below),
        (words::explained(form), told),
        theme,
    );
}

/// Draws the meaning of the focused field, then the summary. In a small room warnings come before what is only good to know,
/// and the former gives way to them.
fn sentences(
    frame: &mut Frame<'_>,
    area: Rect,
    (explained, mut told): (&str, Vec<(String, bool)>),
    theme: &Theme,
) {
    let (room, width) = (
        usize::from(area.height),
        usize::from(area.width.saturating_sub(6)),
    );
    let rows = |sentence: &str| text::wrap(sentence, width).len();
    let all: usize = told.iter().map(|(sentence, _)| rows(sentence)).sum();
    if let Some((_, rest)) = told.split_first_mut().filter(|_| all > room) {
        rest.sort_by_key(|(_, warning)| !warning);
    }
    let needed = told.iter().enumerate();
    let needed = needed.filter(|(at, (_, warning))| *at == 0 || *warning);
    let needed: usize = needed.map(|(_, (sentence, _))| rows(sentence)).sum();
    let mut all = Vec::new();
    if rows(explained) + needed <= room {
        all.push((explained.to_owned(), theme.dim));
    }
    all.extend(told.into_iter().map(|(sentence, warning)| {
        let style = if warning { theme.warning } else { theme.plain };
        (sentence, style)
    }));
    let (lines, styles): (Vec<String>, Vec<Style>) = all
        .iter()
        .flat_map(|(sentence, style)| {
            let lines = text::wrap(sentence, width).into_iter();
            lines.map(move |line| (line, *style))
        })
        .unzip();
    let lines = text::first_lines(lines, room, width);
    for (row, (line, style)) in (0..).zip(lines.into_iter().zip(styles)) {
        put(frame, area, row, plain(format!("   {line}"), style));
    }
}

fn fields(frame: &mut Frame<'_>, area: Rect, form: &OrderForm, theme: &Theme) {
    let mut row = |row, label, all: &[(&str, bool)], part| {
        let line = choices(label, all, (form.focus == part, area.width), theme);
        put(frame, area, row, line);
    };
    let metrics: Vec<(&str, bool)> = form
        .metrics()
        .into_iter()
        .map(|choice| (choice.word(), choice == form.metric))
        .collect();
    row(3, "Metric", &metrics, FormField::Metric);
    let periods: Vec<(&str, bool)> = form
        .periods()
        .into_iter()
        .map(|choice| (choice.word(), choice == form.period))
        .collect();
    row(4, "Period", &periods, FormField::Period);
    let ways = WAYS.map(|way| (way_word(way), way == form.api));
    row(8, "API", &ways, FormField::Way);
    dates(frame, area, form, theme);
    if form.api == Some(Api::Usage) {
        subset(frame, area, form, theme);
    }
}

/// Draws the filter and the row limit that the server applies.
fn subset(frame: &mut Frame<'_>, area: Rect, form: &OrderForm, theme: &Theme) {
    let mask = ScreenMask::of(theme, &[]);
    for (row, label, part, value, wrong) in [
        (
            9,
            "Filter",
            FormField::Filter,
            &form.filter,
            form.filter_problem(),
        ),
        (
            10,
            "Top rows",
            FormField::TopRows,
            &form.top_rows,
            form.top_rows_problem(),
        ),
    ] {
        // The summary shows the error in full.
        let wrong = wrong.map(|_| "!".to_owned());
        let line = field(label, &mask.field(value), form.focus == part, wrong, theme);
        put(frame, area, row, line);
    }
}

/// A label and its choices; the chosen one is not marked by colour alone.
/// Choices that do not fit are left out.
fn choices(
    label: &str,
    all: &[(&str, bool)],
    (focused, width): (bool, u16),
    theme: &Theme,
) -> Line<'static> {
    let mut spans = label_spans(label, focused, theme);
    let many = all.len() > 3;
    let widths: Vec<usize> = all.iter().map(|(name, _)| name.len() + 3).collect();
    let chosen = all.iter().position(|(_, chosen)| *chosen);
    let room = usize::from(width).saturating_sub(LABEL + 3);
    let shown = if many {
        window(&widths, chosen.unwrap_or_default(), room)
    } else {
        0..all.len()
    };
    if shown.start > 0 {
        spans.push(Span::styled("… ", theme.dim));
    }
    for (name, chosen) in all.get(shown.clone()).unwrap_or_default() {
        let style = match (chosen, focused) {
            (true, true) => theme.focus,
            (true, false) => theme.strong,
            _ => theme.plain,
        };
        let shown = match (many, chosen) {
            (true, true) => format!("‹{name}›"),
            (true, false) => format!(" {name} "),
            (false, true) => format!("(•) {name}"),
            (false, false) => format!("( ) {name}"),
        };
        spans.push(Span::styled(shown, style));
        spans.push(Span::raw(if many { " " } else { "  " }));
    }
    if shown.end < all.len() {
        spans.push(Span::styled("…", theme.dim));
    }
    Line::from(spans)
}

/// The width of a label.
const LABEL: usize = 11;

fn label_spans(label: &str, focused: bool, theme: &Theme) -> Vec<Span<'static>> {
    let mark = if focused { " › " } else { "   " };
    vec![
        Span::styled(mark, theme.accent),
        Span::styled(text::cell(label, LABEL, false), theme.heading),
    ]
}

fn dates(frame: &mut Frame<'_>, area: Rect, form: &OrderForm, theme: &Theme) {
    let named = match form.period {
        PeriodChoice::Invoice => Some(("Invoice", FormField::Invoice, &form.invoice)),
        PeriodChoice::Billing => Some(("Billing", FormField::Billing, &form.billing)),
        PeriodChoice::Preset(_) | PeriodChoice::Dates => None,
    };
    if let Some((label, part, value)) = named {
        let value = ScreenMask::of(theme, &[]).field(value);
        let line = field(label, &value, form.focus == part, None, theme);
        return put(frame, area, 5, line);
    }
    let typed = form.period == PeriodChoice::Dates;
    for (row, label, part, value) in [
        (5, "From", FormField::From, &form.from),
        (6, "To", FormField::To, &form.to),
    ] {
        let wrong = if typed { form.date_problem(part) } else { None };
        let line = field(label, value, form.focus == part, wrong, theme);
        put(frame, area, row, line);
    }
}

/// The width of a text field.
const FIELD: usize = 60;

fn field(
    label: &str,
    value: &TextField,
    focused: bool,
    wrong: Option<String>,
    theme: &Theme,
) -> Line<'static> {
    let mut spans = label_spans(label, focused, theme);
    let style: Style = if focused { theme.focus } else { theme.plain };
    let shown = if focused {
        text::with_caret(value, FIELD)
    } else {
        text::fit(value.text(), FIELD)
    };
    spans.push(Span::styled(shown, style));
    if let Some(wrong) = wrong {
        spans.push(Span::styled(format!("   {wrong}"), theme.warning));
    }
    Line::from(spans)
}

/// The number of reports, and how it comes about.
fn takes(order: &OrderSpec, count: usize) -> String {
    if count == 1 {
        return "This orders 1 report.".to_owned();
    }
    let metrics = order.metric.metrics().len().max(1);
    let periods = count / metrics;
    let what = match order.period {
        Period::Dates(_) if periods == 1 => "1 month".to_owned(),
        Period::Dates(_) => format!("{periods} months"),
        Period::Invoice(_) => "1 invoice".to_owned(),
        Period::Billing(_) => "1 billing period".to_owned(),
    };
    let metrics = counted(metrics as u64, "metric");
    let turns = if count > 2 { ", two at a time" } else { "" };
    format!("This orders {what} x {metrics} = {count} reports{turns}.")
}

/// The API that the rows come from, as far as it is known before ordering.
fn by_way(order: &OrderSpec) -> String {
    let agreement = order.agreement.or(order.scope.agreement());
    match (order.api, agreement) {
        (Some(Api::Usage), _) => "Rows come from Usage Details, 1,000 a page.".to_owned(),
        (Some(api), _) => format!("API: {}.", api.operation()),
        (None, Some(Agreement::Payg)) => {
            "auto: Usage Details, 1,000 rows a page; this account has no reports.".to_owned()
        }
        (None, Some(_)) => format!("auto: {}.", Api::Details.operation()),
        (None, None) => format!(
            "auto: {}, or Usage Details where the account has no reports.",
            Api::Details.operation()
        ),
    }
}

/// The reports of the order that are in the ledger and are used as stored.
fn stored<'a>(
    (form, known): (&OrderForm, &FormFacts<'a>),
    shell: &Shell,
    plan: &OrderPlan,
) -> Vec<&'a LedgerEntry> {
    if form.refresh {
        return Vec::new();
    }
    let found = plan.parts.iter().filter_map(|part| {
        let key = part.key(&shell.place.origin);
        known.entries.iter().find(|entry| entry.key == key)
    });
    found
        .filter(|entry| entry.request.is_fresh(entry.fetched_at, shell.now))
        .filter(|entry| form.api.is_none_or(|api| api == entry.api))
        .collect()
}

/// The number of reports that are named; the others are counted.
const NAMED: usize = 3;

/// Names the reports that are used as stored.
fn already(stored: &[&LedgerEntry], shell: &Shell) -> Option<String> {
    let oldest = stored.iter().map(|entry| entry.fetched_at).min()?;
    let seconds = shell.now.signed_duration_since(oldest).num_seconds();
    let sentence = format!(
        "{} already in the ledger ({}): {}; used as stored, ⟦order.refresh⟧ orders again.",
        stored.len(),
        age(seconds),
        named(stored.iter().map(|entry| &entry.request))
    );
    Some(shell.keymap.spell(&sentence))
}

/// Names the reports of the order that are under way already.
fn under_way(known: &FormFacts<'_>, shell: &Shell, plan: &OrderPlan) -> Option<String> {
    let parts = plan.parts.iter();
    let running: Vec<&ReportRequest> = parts.filter(|p| known.under_way.contains(p)).collect();
    let (count, names) = (running.len(), named(running.iter().copied()));
    let sentence = format!("{count} under way: {names}; ⟦everywhere.show-jobs⟧ shows the wait.");
    (count > 0).then(|| shell.keymap.spell(&sentence))
}

/// The days and the metrics of the first reports, and how many more there are.
fn named<'a>(requests: impl ExactSizeIterator<Item = &'a ReportRequest>) -> String {
    let more = match requests.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let names = requests.take(NAMED).map(|request| {
        let days = request.range().map(|days| format!("{days} "));
        format!("{}{}", days.unwrap_or_default(), request.metric)
    });
    format!("{}{more}", names.collect::<Vec<String>>().join(", "))
}

/// The other months of the scope that the ledger has.
fn beside(
    known: &FormFacts<'_>,
    shell: &Shell,
    order: &OrderSpec,
    plan: &OrderPlan,
) -> Option<String> {
    let here = format!("{}@", ReportRequest::origin_words(&shell.place.origin));
    let others = known.entries.iter().filter(|entry| {
        entry.request.scope == order.scope
            && entry.key.as_str().starts_with(&here)
            && !plan.parts.contains(&entry.request)
    });
    let others: Vec<&LedgerEntry> = others.collect();
    let days = || others.iter().filter_map(|entry| entry.request.range());
    let first = days().map(|days| days.from).min()?;
    let last = days().map(|days| days.to).max()?;
    let count = counted(others.len() as u64, "other report");
    Some(format!(
        "The ledger has {count} of this scope, from {first} to {last}."
    ))
}

/// How long the order takes, learnt from earlier reports of the scope. At most two reports are made at a time.
fn waiting(known: &FormFacts<'_>, count: usize) -> Option<String> {
    let turns = i64::try_from(count.div_ceil(2)).unwrap_or(i64::MAX);
    Some(match (known.usual, count) {
        (_, 0) => return None,
        (None, _) => "Waiting: not known yet for this scope.".to_owned(),
        (Some(usual), 1) => format!("Waiting: {}.", usual.words()),
        (Some(usual), _) => format!(
            "Waiting: {} a report, about {} in all.",
            usual.words(),
            usual.times(turns).span()
        ),
    })
}

/// The inputs of the advice.
fn beside_of<'a>(known: &'a FormFacts<'_>, shell: &Shell) -> OrderContext<'a> {
    let here = format!("{}@", ReportRequest::origin_words(&shell.place.origin));
    let stored = known.entries.iter();
    OrderContext {
        entries: stored
            .filter(|entry| entry.key.as_str().starts_with(&here))
            .collect(),
        scopes: known.scopes.clone(),
        now: shell.now,
    }
}

/// The way to the exports of the scope, where reports are refused or may become too large.
fn exports_hint(known: &FormFacts<'_>, shell: &Shell, order: &OrderSpec) -> Option<String> {
    let refuses = order.scope.kind() == ScopeKind::ManagementGroup;
    let is_large = advice::many_rows(order, &beside_of(known, shell)).is_some();
    let words = match (refuses, is_large) {
        (true, _) => {
            "Reports are not made for management groups: ⟦order.exports⟧ lists its exports."
        }
        (false, true) => "For so many rows, ⟦order.exports⟧ lists the exports of this scope.",
        (false, false) => return None,
    };
    Some(shell.keymap.spell(words))
}

/// The summary of the order: number of reports, API, reports in the ledger, and notes. The flag marks warnings.
fn summary(
    (form, known): (&OrderForm, &FormFacts<'_>),
    shell: &Shell,
    mask: &ScreenMask<'_>,
) -> Vec<(String, bool)> {
    let order = match form.order(shell.today()) {
        Ok(order) => order,
        Err(why) => return vec![(Said::from(why).told(mask).into_owned(), true)],
    };
    let plan = match report::plan(&order, shell.today()) {
        Ok(plan) => plan,
        Err(error) => return vec![(Said::from(error.to_string()).told(mask).into_owned(), true)],
    };
    let count = plan.parts.len();
    let stored = stored((form, known), shell, &plan);
    let wait = waiting(known, count.saturating_sub(stored.len()));
    let takes = [Some(takes(&order, count)), wait].into_iter().flatten();
    let takes: Vec<String> = takes.collect();
    let mut out = vec![(takes.join(" "), false)];
    if !form.others.is_empty() {
        let scopes = form.others.len() + 1;
        out.push((
            format!(
                "The same for each of {scopes} subscriptions: {} in all.",
                counted((count * scopes) as u64, "report")
            ),
            false,
        ));
    }
    out.push((by_way(&order), false));
    out.extend(exports_hint(known, shell, &order).map(|hint| (hint, false)));
    let told = [
        already(&stored, shell),
        under_way(known, shell, &plan),
        beside(known, shell, &order, &plan),
    ];
    out.extend(told.into_iter().flatten().map(|sentence| (sentence, false)));
    if form.refresh {
        let again = "Ordered again, even if it is in the ledger.";
        out.push((again.to_owned(), false));
    }
    out.push((
        "Azure asks for no more than one request a day for the same data.".to_owned(),
        false,
    ));
    let limits = order.subset.words();
    out.extend(
        plan.notes
            .into_iter()
            .chain(advice::of(&order, &beside_of(known, shell)))
            // Already stated above, more briefly.
            .filter(|note| note != ONLY_USAGE)
            .map(|note| {
                // The text of a filter may contain names.
                let names = limits.as_ref().is_some_and(|words| note.contains(words));
                let note = if names {
                    Said::from(note)
                } else {
                    Said::open(note)
                };
                (format!("! {}", note.told(mask)), true)
            }),
    );
    out
}
