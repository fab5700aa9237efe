//! Draws the panel beside the lines: the chart of the view, and what is known about the line under the cursor.
//!
//! ```text
//! │    █ rg-web  ▓ rg-db  ░ 12 others  EUR by day
//! │      2k ┤▆▆▇▅▄▆▆
//! │       0 └───────
//! │
//! │ resource-group  rg-web
//! │ cost                  12,480.11 EUR   31.2%
//! │ days            2026-10-01 to 2026-10-31
//! │ resource
//! │   sql-orders           9,023.40       72.3%
//! │   3 others             3,456.71       27.7%
//! ```

mod periods;

use super::chart;
use crate::domain::analysis::change::Change;
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::Body;
use crate::domain::table::group::{Group, GroupId};
use crate::domain::table::line_facts::{FactsOfLine, LineFacts, LineParts};
use crate::domain::table::value_names::{ABSENT, EMPTY, value_name};
use crate::domain::text::{counted, grouped, percent};
use crate::tui::draw::lines::{plain, put, under};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::layout;
use crate::tui::theme::Theme;
use crate::tui::views::table::state::explorer::Explorer;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The width of an amount with its currency, and of a share.
const AMOUNT: usize = 26;
const SHARE: usize = 8;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    data: &Explorer,
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    for row in 0..area.height {
        put(frame, area, row, plain(" │", theme.dim));
    }
    let margin = layout::PANEL_MARGIN.min(area.width);
    let inside = Rect {
        x: area.x + margin,
        width: area.width - margin,
        ..area
    };
    let height = layout::panel_chart_lines(inside.height);
    let place = Rect { height, ..inside };
    chart::draw(frame, place, data, mask, theme);
    let below = under(inside, height + 1);
    let about = LinePanel {
        data,
        mask,
        theme,
        width: usize::from(below.width),
    };
    for (row, line) in (0..below.height).zip(about.lines()) {
        put(frame, below, row, line);
    }
}

/// The words about the line under the cursor.
struct LinePanel<'a> {
    data: &'a Explorer,
    mask: &'a ScreenMask<'a>,
    theme: &'a Theme,
    width: usize,
}

impl LinePanel<'_> {
    fn lines(&self) -> Vec<Line<'static>> {
        if let Some(child_row) = self.data.child_row() {
            let group = child_row.group();
            return group.map_or_else(Vec::new, |group| self.child(&child_row.key, group));
        }
        let (Some(shown), Some((id, labels))) = (self.data.fresh(), self.data.selected_keys())
        else {
            return Vec::new();
        };
        let mut lines: Vec<Line<'static>> = Vec::new();
        for ((key, value), label) in shown.group_by.iter().zip(&id.keys).zip(&labels) {
            lines.push(self.fact(&key.name(), &self.name(key, label.as_ref(), value.as_ref())));
        }
        let place = self.data.selected_place();
        if let (Body::Change(change), Some(at)) = (&shown.table.body, place) {
            lines.extend(self.two_periods(change, at, &id));
            return lines;
        }
        let sums = place.and_then(|at| shown.table.body.group_line(at)?.sums);
        let cost = sums.map(|(cost, _)| cost);
        if let Some((cost, rows)) = sums {
            let totals = shown.table.totals.iter();
            let mut totals = totals.filter(|total| total.currency == id.currency);
            let whole = totals.next().map(|total| total.amount);
            let money = Money {
                currency: id.currency.clone(),
                amount: cost,
            };
            lines.push(self.cost(&money, whole));
            lines.push(self.fact("rows", &grouped(rows)));
        }
        match self.data.facts.known.get(&id) {
            Some(FactsOfLine::Costs(facts)) => {
                lines.extend(self.facts(facts, (&shown.group_by, cost)));
            }
            Some(FactsOfLine::Periods(_)) => {}
            None => lines.extend(self.pending()),
        }
        lines
    }

    /// The days of a line, and its largest parts by each key that the view does not have.
    fn facts(
        &self,
        facts: &LineFacts,
        (group_by, cost): (&[GroupKey], Option<Amount>),
    ) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        match facts.days {
            Some((first, last)) if first == last => {
                lines.push(self.fact("days", &first.to_string()));
            }
            Some((first, last)) => {
                lines.push(self.fact("days", &format!("{first} to {last}")));
            }
            None => {}
        }
        let known = |key: &GroupKey| group_by.contains(key);
        let parts = facts.parts.iter().filter(|parts| !known(&parts.key));
        lines.extend(parts.flat_map(|parts| self.parts(parts, cost)));
        lines
    }

    /// What is known about a group of two periods.
    fn two_periods(&self, change: &Change, at: usize, id: &GroupId) -> Vec<Line<'static>> {
        let Some(changed) = change.groups.get(at) else {
            return Vec::new();
        };
        let mut lines = self.of_periods(change, changed);
        match self.data.facts.known.get(id) {
            Some(FactsOfLine::Periods(facts)) => {
                lines.extend(self.facts_of_periods(facts, change));
            }
            Some(FactsOfLine::Costs(_)) => {}
            None => lines.extend(self.pending()),
        }
        lines
    }

    /// Says that the facts are still being found.
    fn pending(&self) -> Option<Line<'static>> {
        let asked = self.data.facts.asked.is_some();
        asked.then(|| plain("looking at its rows …", self.theme.dim))
    }

    /// A line below an expanded group: only its sums are known.
    fn child(&self, key: &GroupKey, group: &Group) -> Vec<Line<'static>> {
        let value = group.keys.first().and_then(Option::as_ref);
        let label = group.labels.first().and_then(Option::as_ref);
        vec![
            self.fact(&key.name(), &self.name(key, label, value)),
            self.cost(&group.cost, None),
            self.fact("rows", &grouped(group.rows)),
        ]
    }

    /// The largest parts of the line by a key, and all others in one line.
    fn parts(&self, parts: &LineParts, whole: Option<Amount>) -> Vec<Line<'static>> {
        let mut lines = vec![plain(parts.key.name(), self.theme.heading)];
        for part in &parts.largest {
            let value = part.keys.first().and_then(Option::as_ref);
            let label = part.labels.first().and_then(Option::as_ref);
            let name = self.name(&parts.key, label, value);
            let currency = part.cost.currency.as_deref();
            let amount = self.mask.amount(part.cost.amount, currency);
            let share = share(part.cost.amount, whole);
            lines.push(self.amount((&name, self.theme.plain), &amount, &share));
        }
        if let Some((count, cost)) = parts.others {
            let currency = parts.largest.first();
            let currency = currency.and_then(|part| part.cost.currency.as_deref());
            let name = counted(count as u64, "other");
            let amount = self.mask.amount(cost, currency);
            lines.push(self.amount((&name, self.theme.dim), &amount, &share(cost, whole)));
        }
        lines
    }

    /// The name of a value on the screen.
    fn name(&self, key: &GroupKey, label: Option<&String>, value: Option<&String>) -> String {
        match label.or(value) {
            Some(name) if name.is_empty() => EMPTY.to_owned(),
            Some(name) => self.mask.key(key, &value_name(Some(name))),
            None => ABSENT.to_owned(),
        }
    }

    fn cost(&self, cost: &Money, whole: Option<Amount>) -> Line<'static> {
        let amount = self.mask.amount(cost.amount, cost.currency.as_deref());
        let amount = format!("{amount} {}", cost.code());
        self.amount(
            ("cost", self.theme.heading),
            &amount,
            &share(cost.amount, whole),
        )
    }

    /// A fact behind its name.
    fn fact(&self, name: &str, fact: &str) -> Line<'static> {
        let wide = (self.width / 4).clamp(8, 20);
        let name = text::cell(name, wide, false);
        let room = self.width.saturating_sub(wide + 2);
        Line::from(vec![
            Span::styled(name, self.theme.heading),
            Span::styled(format!("  {}", text::fit(fact, room)), self.theme.strong),
        ])
    }

    /// An amount and its share behind a name.
    fn amount(&self, (name, style): (&str, Style), amount: &str, share: &str) -> Line<'static> {
        let room = self.width.saturating_sub(AMOUNT + SHARE).min(48);
        let name = if style == self.theme.heading {
            name.to_owned()
        } else {
            format!("  {name}")
        };
        Line::from(vec![
            Span::styled(text::cell(&name, room, false), style),
            Span::raw(text::cell(amount, AMOUNT, true)),
            Span::styled(text::cell(share, SHARE, true), self.theme.dim),
        ])
    }
}

/// The share of a cost in a whole, as text; empty if that is unknown or zero.
fn share(cost: Amount, whole: Option<Amount>) -> String {
    let share = whole.and_then(|whole| cost.per_mille(whole));
    share.map_or_else(String::new, |share| format!("{}%", percent(share)))
}
