//! Draws the compare screen while its two sides are being read.
//!
//! ```text
//!  Compare   Shared Platform · 2026-10                         partial: 34 % read
//!   actual     252 MB of 739 MB, 341,000 rows  █████░░░░░░░░░░░
//!   amortized  0 B, 0 rows
//!   sums of the rows read so far by resource-group; the difference follows
//!    resource-group                           actual      amortized  currency
//!    rg-web                                12,480.11                 EUR
//! ```

use crate::domain::money::{Amount, Money};
use crate::domain::query::Query;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::{Group, GroupId};
use crate::domain::table::{Body, Table};
use crate::ops::explore::early::id_of;
use crate::tui::draw::early;
use crate::tui::draw::early::{EarlyLine, caption, far, share_read};
use crate::tui::draw::grid;
use crate::tui::draw::grid::{Column, Gives};
use crate::tui::draw::lines::{heading, plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::message::{ReadShare, SoFar};
use crate::tui::said::Masked;
use crate::tui::shell::request::PairView;
use crate::tui::theme::Theme;
use crate::tui::views::compare::state::Pair;
use ratatui::Frame;
use ratatui::layout::Rect;
use std::cmp::Reverse;
use std::collections::HashMap;

/// The names of the two sides.
const SIDES: [&str; 2] = ["actual", "amortized"];

/// Draws the progress of both sides, and their sums so far.
pub(super) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    (title, view, sides): (&Masked, Option<&PairView>, &[SoFar; 2]),
    theme: &Theme,
) {
    let has_sums = sides.iter().any(|side| side.sums.is_some());
    let state = if has_sums {
        // A side that was not begun has no size yet, so the share of both is not known.
        let begun = sides.iter().map(|side| &side.reading);
        format!("partial: {} ", share_of_sides(begun))
    } else {
        "reading … ".to_owned()
    };
    let mask = ScreenMask::of(theme, &[]);
    let title = title.shown(&mask);
    let left = format!(" Compare   {title}");
    heading(frame, area, 0, &left, &state, theme);
    for (row, (name, side)) in (1_u16..).zip(SIDES.iter().zip(sides)) {
        let room = usize::from(area.width).saturating_sub(14);
        let far = match &side.before {
            Some(words) => text::shortened(&words.told(&mask), room),
            None => far(&side.reading, room),
        };
        let line = format!("  {}{far}", text::cell(name, 11, false));
        put(frame, area, row, plain(line, theme.plain));
    }
    if has_sums {
        sums(frame, area, (view, sides), theme);
    }
}

/// The share that is read of the sides that have begun, and which of them that is.
fn share_of_sides<'a>(sides: impl Iterator<Item = &'a ReadShare> + Clone) -> String {
    let begun = sides.clone().filter(|side| side.bytes > 0).count();
    if begun == SIDES.len() {
        return share_read(sides);
    }
    let side = sides.zip(SIDES).find(|(side, _)| side.bytes > 0);
    side.map_or_else(
        || "nothing read".to_owned(),
        |(side, name)| format!("{name} {}", share_read(std::iter::once(side))),
    )
}

/// A group with its cost on each side.
struct Beside<'a> {
    group: &'a Group,
    costs: [Option<Amount>; 2],
}

impl Beside<'_> {
    fn largest(&self) -> Amount {
        let costs = self.costs.iter().flatten();
        costs.map(|cost| cost.abs()).max().unwrap_or_default()
    }
}

fn groups_of(side: &SoFar) -> &[Group] {
    match side.sums.as_ref().map(|table| &table.body) {
        Some(Body::Groups { groups, .. }) => groups,
        Some(Body::Rows { .. } | Body::Pivot(_) | Body::Change(_)) | None => &[],
    }
}

/// The groups of both sides, those with the largest cost on a side first. The sides may spell them differently.
fn beside<'a>(sides: &'a [SoFar; 2], keys: &[GroupKey]) -> Vec<Beside<'a>> {
    let mut all: Vec<Beside<'_>> = Vec::new();
    let mut known: HashMap<GroupId, usize> = HashMap::new();
    let [actual, amortized] = sides;
    for group in groups_of(actual) {
        known.insert(id_of(group, keys), all.len());
        let costs = [Some(group.cost.amount), None];
        all.push(Beside { group, costs });
    }
    for group in groups_of(amortized) {
        let cost = Some(group.cost.amount);
        match known
            .get(&id_of(group, keys))
            .and_then(|at| all.get_mut(*at))
        {
            Some(line) => line.costs = [line.costs.first().copied().flatten(), cost],
            None => all.push(Beside {
                group,
                costs: [None, cost],
            }),
        }
    }
    all.sort_by_key(|line| Reverse(line.largest()));
    all
}

/// Draws the sums of both sides and their totals.
fn sums(
    frame: &mut Frame<'_>,
    area: Rect,
    (view, sides): (Option<&PairView>, &[SoFar; 2]),
    theme: &Theme,
) {
    let (filter, group_by) = Pair::view_at_start(view);
    let first = Query {
        filter,
        group_by,
        ..Query::default()
    };
    let totals = sides.iter().filter_map(|side| side.sums.as_ref());
    let totals: Vec<Money> = totals.flat_map(|table| table.totals.clone()).collect();
    let mask = ScreenMask::of(theme, &totals);
    let words = caption(&first, &mask);
    let wordings = [
        format!("  {words}; the difference follows"),
        format!("  {words}"),
    ];
    let width = usize::from(area.width);
    let words = text::worded(wordings, width);
    put(frame, area, 3, plain(words, theme.warning));
    let lines: Vec<EarlyLine> = beside(sides, &first.group_by)
        .iter()
        .take(usize::from(area.height))
        .map(|line| cells(line, (&first, &mask)))
        .collect();
    let grid = (columns(&lines), lines.as_slice());
    early::draw(frame, (area, 4), &first.group_by, grid, theme);
    let total = |(name, side): (&&str, &SoFar)| {
        let table: &Table = side.sums.as_ref()?;
        Some(format!("{name} {}", mask.totals(&table.totals)))
    };
    let totals: Vec<String> = SIDES.iter().zip(sides).filter_map(total).collect();
    let line = text::worded(
        [
            format!("   Σ so far  {}", totals.join("   ")),
            format!("   Σ {}", totals.join("   ")),
            format!(" Σ {}", totals.join(" ")),
        ],
        width,
    );
    let last = area.height.saturating_sub(1);
    put(frame, area, last, plain(line, theme.strong));
}

fn cells(line: &Beside<'_>, (first, mask): (&Query, &ScreenMask<'_>)) -> EarlyLine {
    let currency = line.group.cost.currency.as_deref();
    let amount = |cost| mask.amount(cost, currency);
    let costs = line.costs.iter();
    let costs = costs.map(|cost| cost.map_or_else(String::new, amount));
    let mut cells: Vec<String> = costs.collect();
    cells.push(line.group.cost.code().to_owned());
    EarlyLine {
        names: early::names(&first.group_by, line.group, mask),
        cells,
    }
}

/// The columns behind the keys.
fn columns(lines: &[EarlyLine]) -> Vec<Column> {
    let side = |(at, name): (usize, &&str)| {
        let amounts = lines.iter().filter_map(|line| line.cells.get(at));
        let width = grid::wanted(name, amounts.map(String::as_str), 13, 40);
        Column::number(name, width).giving(Gives::Kept)
    };
    let mut columns: Vec<Column> = SIDES.iter().enumerate().map(side).collect();
    columns.push(Column::text("currency", 8));
    columns
}
