//! The words of the panel about a line of two periods: both amounts and their difference, for the line and for its largest
//! parts by some keys.

use super::LinePanel;
use crate::domain::analysis::change::{Change, Changed, Effects, period_titles};
use crate::domain::money::Amount;
use crate::domain::table::line_facts::PeriodFacts;
use crate::domain::text::percent;
use crate::tui::draw::two_sides::{SideAmounts, TwoSides};
use ratatui::text::Line;

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
        let sides = self.sides();
        vec![
            sides.line(("", self.theme.heading), heads, self.theme.heading),
            sides.amounts(("cost", self.theme.heading), &both(changed)),
            sides.line(
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
                let sides = self.sides();
                lines.push(sides.line((name, self.theme.heading), cells, self.theme.plain));
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
        let named = parts.groups.iter().map(|part| {
            let value = part.keys.first().and_then(Option::as_ref);
            let label = part.labels.first().and_then(Option::as_ref);
            (self.name(key, label, value), both(part))
        });
        let named: Vec<(String, SideAmounts<'_>)> = named.collect();
        let sides = self.sides();
        sides.parts(key.name(), &both(whole), &named, parts.of)
    }

    fn sides(&self) -> TwoSides<'_> {
        let column = if self.width < ROOMY { NARROW } else { WIDE };
        TwoSides {
            mask: self.mask,
            theme: self.theme,
            width: self.width,
            column,
        }
    }
}

/// Both amounts of a line.
fn both(changed: &Changed) -> SideAmounts<'_> {
    SideAmounts {
        amounts: [changed.effects.before, changed.effects.after],
        currency: changed.currency.as_deref(),
    }
}
