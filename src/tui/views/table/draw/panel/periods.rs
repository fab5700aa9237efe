//! The words of the panel about a line of two periods: both amounts and their difference, for the line and for its largest
//! parts by some keys.

use super::LinePanel;
use crate::domain::analysis::change::{Change, Changed, Effects, period_titles};
use crate::domain::money::Amount;
use crate::domain::table::line_facts::PeriodFacts;
use crate::domain::text::{counted, percent};
use crate::tui::draw::lines::plain;
use crate::tui::draw::text;
use crate::tui::views::table::draw::changed::{coloured, signed};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The width of a column of amounts, where there is room and where there is little.
const WIDE: usize = 17;
const NARROW: usize = 14;
/// The width of the panel from which its amounts are wide.
const ROOMY: usize = 75;

impl LinePanel<'_> {
    /// The amounts of a line of two periods, and its share in each.
    pub(super) fn of_periods(&self, change: &Change, changed: &Changed) -> Vec<Line<'static>> {
        let periods = self.data.shown.as_ref().and_then(|shown| shown.change);
        let periods = periods.map_or([None; 2], |(before, after)| [Some(before), Some(after)]);
        let [before, after] = period_titles(periods);
        let heads = [before, after, "difference".to_owned()];
        let effects = &changed.effects;
        let own = changed.currency.as_deref();
        let mut totals = change.currencies.iter();
        let total = totals.find(|total| total.currency == changed.currency);
        let share = |own: Amount, of: fn(&Effects) -> Amount| {
            let share = total.and_then(|total| own.per_mille(of(&total.effects)));
            share.map_or_else(String::new, |share| format!("{}%", percent(share)))
        };
        let shares = [
            share(effects.before, |effects| effects.before),
            share(effects.after, |effects| effects.after),
        ];
        let by = effects.percent().map(|by| format!("{}%", percent(by)));
        let [was, is] = shares;
        vec![
            self.three(("", self.theme.heading), heads, self.theme.heading),
            self.amounts(("cost", self.theme.heading), effects, own),
            self.three(
                ("share", self.theme.heading),
                [was, is, by.unwrap_or_else(|| "-".to_owned())],
                self.theme.plain,
            ),
        ]
    }

    /// The days of a line in each period, and its largest changes by each key that the view does not have.
    pub(super) fn facts_of_periods(
        &self,
        facts: &PeriodFacts,
        change: &Change,
    ) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        if facts.days != [None, None] {
            let first = facts.days.map(|days| days.map(|(first, _)| first));
            let last = facts.days.map(|days| days.map(|(_, last)| last));
            for (name, days) in [("first day", first), ("last day", last)] {
                let [was, is] =
                    days.map(|day| day.map_or_else(|| "-".to_owned(), |day| day.to_string()));
                let cells = [was, is, String::new()];
                lines.push(self.three((name, self.theme.heading), cells, self.theme.plain));
            }
        }
        let in_view = |parts: &&Change| {
            let mut keys = parts.group_by.iter();
            !keys.any(|key| change.group_by.contains(key))
        };
        let parts = facts.parts.iter().filter(in_view);
        lines.extend(parts.flat_map(|parts| self.changes(parts)));
        lines
    }

    /// The largest changes by a key, and all others in one line.
    fn changes(&self, parts: &Change) -> Vec<Line<'static>> {
        let (Some(key), Some(whole)) = (parts.group_by.first(), parts.currencies.first()) else {
            return Vec::new();
        };
        let mut lines = vec![plain(key.name(), self.theme.heading)];
        let (mut before, mut after) = (whole.effects.before, whole.effects.after);
        for part in &parts.groups {
            let value = part.keys.first().and_then(Option::as_ref);
            let label = part.labels.first().and_then(Option::as_ref);
            let name = format!("  {}", self.name(key, label, value));
            let own = part.currency.as_deref();
            lines.push(self.amounts((&name, self.theme.plain), &part.effects, own));
            before = before.saturating_sub(part.effects.before);
            after = after.saturating_sub(part.effects.after);
        }
        let others = parts.of.saturating_sub(parts.groups.len());
        if others > 0 {
            let name = format!("  {}", counted(others as u64, "other"));
            let rest = Effects {
                before,
                after,
                ..Effects::default()
            };
            let own = whole.currency.as_deref();
            lines.push(self.amounts((&name, self.theme.dim), &rest, own));
        }
        lines
    }

    /// Both amounts and their difference behind a name.
    fn amounts(
        &self,
        name: (&str, Style),
        effects: &Effects,
        currency: Option<&str>,
    ) -> Line<'static> {
        let difference = effects.difference();
        let cells = [
            self.mask.amount(effects.before, currency),
            self.mask.amount(effects.after, currency),
            signed(difference, currency, self.mask),
        ];
        self.three(name, cells, coloured(difference, false, self.theme))
    }

    /// A line of three cells behind a name; the last one has a style of its own.
    fn three(
        &self,
        (name, style): (&str, Style),
        [before, after, difference]: [String; 3],
        last: Style,
    ) -> Line<'static> {
        let wide = if self.width < ROOMY { NARROW } else { WIDE };
        let room = self.width.saturating_sub(3 * wide).min(48);
        let cell = |text: &str| text::cell(text, wide, true);
        Line::from(vec![
            Span::styled(text::cell(name, room, false), style),
            Span::raw(cell(&before)),
            Span::raw(cell(&after)),
            Span::styled(cell(&difference), last),
        ])
    }
}
