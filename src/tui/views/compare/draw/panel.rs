//! Draws the panel beside the groups of a comparison: what both sides of the group under the cursor consist of.
//!
//! ```text
//! │ resource-group   rg-web
//! │                            actual       amortized      difference
//! │ cost                     4,102.33        9,870.11       +5,767.78
//! │ share                       12.0%           31.2%
//! │ rows                           12              14
//! │ first day              2026-10-01      2026-10-01
//! │ charge-type
//! │   Usage                  4,102.33        9,870.11       +5,767.78
//! ```

use crate::domain::analysis::comparison::{Bridge, Comparison, Delta};
use crate::domain::analysis::pair_facts::PairFacts;
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::{grouped, percent};
use crate::tui::draw::lines::{plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::draw::two_sides::{SideAmounts, TwoSides};
use crate::tui::theme::Theme;
use crate::tui::views::compare::state::Pair;
use crate::tui::views::compare::waterfall::key_name;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The width of a column of amounts.
const AMOUNT: usize = 17;
/// The line between the panel and the groups.
const MARGIN: u16 = 3;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (pair, compared): (&Pair, &Comparison),
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    for row in 0..area.height {
        put(frame, area, row, plain(" │", theme.dim));
    }
    let margin = MARGIN.min(area.width);
    let inside = Rect {
        x: area.x + margin,
        width: area.width - margin,
        ..area
    };
    let about = PairPanel {
        pair,
        compared,
        mask,
        theme,
        width: usize::from(inside.width),
    };
    for (row, line) in (0..inside.height).zip(about.lines()) {
        put(frame, inside, row, line);
    }
}

/// The words about the group under the cursor.
struct PairPanel<'a> {
    pair: &'a Pair,
    compared: &'a Comparison,
    mask: &'a ScreenMask<'a>,
    theme: &'a Theme,
    width: usize,
}

impl PairPanel<'_> {
    fn lines(&self) -> Vec<Line<'static>> {
        let (Some(group), Some(id)) = (self.pair.selected(), self.pair.group_here()) else {
            return Vec::new();
        };
        let mut lines: Vec<Line<'static>> = Vec::new();
        for (at, key) in self.compared.group_by.iter().enumerate() {
            let name = text::cell(&key.name(), 16, false);
            let value = self.name(group, at, key);
            let room = self.width.saturating_sub(18);
            lines.push(Line::from(vec![
                Span::styled(name, self.theme.heading),
                Span::styled(format!("  {}", text::fit(&value, room)), self.theme.strong),
            ]));
        }
        let heads = ["actual", "amortized", "difference"].map(ToOwned::to_owned);
        let sides = self.sides();
        lines.push(sides.line(("", self.theme.heading), heads, self.theme.heading));
        lines.push(sides.amounts(("cost", self.theme.heading), &both(group)));
        lines.push(self.shares(group));
        let [actual, amortized] = group.rows.map(grouped);
        lines.push(self.fact("rows", [actual, amortized]));
        match self.pair.facts.known.get(&id) {
            Some(Ok(facts)) => {
                lines.extend(self.days(facts));
                let in_view = |key: &GroupKey| self.compared.group_by.contains(key);
                let parts = facts.parts.iter();
                let parts = parts.filter(|parts| !parts.group_by.iter().any(in_view));
                lines.extend(parts.flat_map(|parts| self.parts(parts)));
            }
            Some(Err(problem)) => {
                let words = problem.text.told(self.mask);
                lines.push(plain(
                    format!("its rows were not read: {words}"),
                    self.theme.warning,
                ));
            }
            None => lines.push(plain("looking at its rows …", self.theme.dim)),
        }
        lines
    }

    /// The first and the last day of each side.
    fn days(&self, facts: &PairFacts) -> Vec<Line<'static>> {
        if facts.days == [None, None] {
            return Vec::new();
        }
        let first = facts.days.map(|days| days.map(|(first, _)| first));
        let last = facts.days.map(|days| days.map(|(_, last)| last));
        let told = [("first day", first), ("last day", last)];
        let shown = told.map(|(name, days)| {
            let days = days.map(|day| day.map_or_else(|| "-".to_owned(), |day| day.to_string()));
            self.fact(name, days)
        });
        shown.into()
    }

    /// The largest parts of the group by a key, and all others in one line.
    fn parts(&self, parts: &Comparison) -> Vec<Line<'static>> {
        let (Some(key), Some(whole)) = (parts.group_by.first(), parts.currencies.first()) else {
            return Vec::new();
        };
        let named = parts.groups.iter();
        let named = named.map(|part| (self.name(part, 0, key), both(part)));
        let named: Vec<(String, SideAmounts<'_>)> = named.collect();
        let sides = self.sides();
        sides.parts(key.name(), &both(whole), &named, parts.of)
    }

    /// The share of each side in the total of its currency.
    fn shares(&self, group: &Delta) -> Line<'static> {
        let mut totals = self.compared.currencies.iter();
        let total = totals.find(|total| total.currency == group.currency);
        let share = |own: Amount, of: fn(&Bridge) -> Amount| {
            let share = total.and_then(|total| own.per_mille(of(&total.bridge)));
            share.map_or_else(String::new, |share| format!("{}%", percent(share)))
        };
        let actual = share(group.bridge.actual, |bridge| bridge.actual);
        let amortized = share(group.bridge.amortized, |bridge| bridge.amortized);
        self.fact("share", [actual, amortized])
    }

    /// The name of a value on the screen.
    fn name(&self, group: &Delta, at: usize, key: &GroupKey) -> String {
        let name = key_name(group, at);
        match group.keys.get(at) {
            Some(Some(_)) => self.mask.key(key, name),
            _ => name.to_owned(),
        }
    }

    /// A fact of each side.
    fn fact(&self, name: &str, [actual, amortized]: [String; 2]) -> Line<'static> {
        let cells = [actual, amortized, String::new()];
        let sides = self.sides();
        sides.line((name, self.theme.heading), cells, self.theme.plain)
    }

    fn sides(&self) -> TwoSides<'_> {
        TwoSides {
            mask: self.mask,
            theme: self.theme,
            width: self.width,
            column: AMOUNT,
        }
    }
}

/// Both amounts of a group.
fn both(group: &Delta) -> SideAmounts<'_> {
    SideAmounts {
        amounts: [group.bridge.actual, group.bridge.amortized],
        currency: group.currency.as_deref(),
    }
}
