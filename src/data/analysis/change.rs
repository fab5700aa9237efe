//! Compares two periods: matches every item on both sides and sums its effects by group.

use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::engine::aggregate::linked_sums::LinkedSums;
use crate::data::engine::aggregate::share::Share;
use crate::data::engine::parted::attempts::{Take, or_in_parts, whole};
use crate::data::engine::parted::chunks::Chunks;
use crate::data::engine::parted::estimate::PartedQuestion;
use crate::data::engine::parted::lines::ByText;
use crate::data::engine::parted::parts::Parts;
use crate::data::engine::parted::runs::Runs;
use crate::data::error::{DataError, overflow};
use crate::data::query::labels::Labels;
use crate::data::room;
use crate::domain::analysis::change::{Change, Changed, Effects, ItemSums};
use crate::domain::money::Amount;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Measure, nulls_last};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// One period: a dataset and an optional filter.
pub type Side<'a> = (&'a Dataset, Option<&'a Filter>);

/// The columns that identify an item, in addition to the group keys.
const ITEM: [Role; 4] = [Role::Resource, Role::Meter, Role::Unit, Role::ChargeType];

/// Calculates the changes from one side to the other.
pub fn run(
    before: Side<'_>,
    after: Side<'_>,
    group_by: &[GroupKey],
    sort: &[Sort],
    limit: Option<usize>,
) -> Result<Change, DataError> {
    let (sides, lines) = ([before, after], (sort, limit));
    whole(|take| each(sides, group_by, lines, usize::MAX, take))
}

/// Passes on the changes in parts: at most so many groups at a time, in order, each time with what concerns all of them.
/// There is at least one part.
pub(crate) fn each(
    sides: [Side<'_>; 2],
    group_by: &[GroupKey],
    (sort, limit): (&[Sort], Option<usize>),
    together: usize,
    take: impl FnMut(Change) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let keys = keys_of_items(group_by);
    let asked = PartedQuestion {
        sets: &sides,
        keys: &keys,
        line: group_by.len(),
        reduces: true,
    };
    let by = (group_by, keys.as_slice());
    let lines = (sort, limit.unwrap_or(usize::MAX));
    or_in_parts(&asked, take, |parts, take| match parts {
        Parts::ONE => at_once(sides, by, lines, together, take),
        parts => in_parts(sides, by, lines, (together, parts), take),
    })
}

/// The keys that tell items apart; those of their groups come first.
pub(crate) fn keys_of_items(group_by: &[GroupKey]) -> Vec<GroupKey> {
    let items = ITEM.map(GroupKey::Role);
    [group_by, &items].concat()
}

fn at_once(
    sides: [Side<'_>; 2],
    (group_by, keys): (&[GroupKey], &[GroupKey]),
    (sort, limit): (&[Sort], usize),
    together: usize,
    take: Take<'_, Change>,
) -> Result<(), DataError> {
    let found = sums_of(&sides, &question(keys, &[]))?;
    let changes = Changes::of(&found, group_by.len())?;
    let mut totals = Totals::default();
    changes.add_totals(&mut totals)?;
    let sorts = sorts(group_by, sort)?;
    let (order, of) = changes.first(&sorts, limit)?;
    room::check_answer(order.len().min(together), 2 * group_by.len() + 9)?;
    let order = changes.in_final_order(&sorts, order);
    let page = ChangeFrame::of(sides, group_by, totals, of)?;
    let mut chunks = Chunks::new(together);
    for group in order {
        if let Some(full) = chunks.push(page.named(&changes, group)?) {
            take(page.change(full))?;
        }
    }
    take(page.change(chunks.end()))
}

/// Sums a share of the items at a time, and reduces those of each group to its effects.
pub(crate) fn in_parts(
    sides: [Side<'_>; 2],
    (group_by, keys): (&[GroupKey], &[GroupKey]),
    (sort, limit): (&[Sort], usize),
    (together, parts): (usize, Parts),
    take: Take<'_, Change>,
) -> Result<(), DataError> {
    let width = group_by.len();
    let sorts = sorts(group_by, sort)?;
    let (mut totals, mut of) = (Totals::default(), 0);
    let [(before, _), _] = sides;
    let mut runs = Runs::new(&before.scratch(), width, EFFECTS)?;
    for groups in parts.of_lines(width) {
        let mut reduced = ByText::new(width, EFFECTS);
        for items in parts.of_items(keys.len()) {
            let found = sums_of(&sides, &question(keys, &[groups, items]))?;
            let changes = Changes::of(&found, width)?;
            changes.add_totals(&mut totals)?;
            changes.reduce(&mut reduced)?;
        }
        let found = reduced.finish()?;
        let changes = Changes::reduced(&found)?;
        let (order, all) = changes.first(&sorts, limit)?;
        of += all;
        let lines = changes.in_final_order(&sorts, order).into_iter();
        runs.add(&found, lines.map(|first| changes.groups.of_group(first)))?;
    }
    room::check_answer(of.min(limit).min(together), 2 * width + 9)?;
    let page = ChangeFrame::of(sides, group_by, totals, of)?;
    let (mut lines, mut chunks, mut left) = (runs.merge(), Chunks::new(together), limit);
    while left > 0
        && let Some(batch) = lines.batch()?
    {
        sides.iter().try_for_each(|(side, _)| side.check_wanted())?;
        let changes = Changes::reduced(&batch.found)?;
        let (order, _) = changes.first(&sorts, usize::MAX)?;
        let order = changes.in_final_order(&sorts, order);
        for group in lines.ready(&batch, order).into_iter().take(left) {
            left -= 1;
            if let Some(full) = chunks.push(page.named(&changes, group)?) {
                take(page.change(full))?;
            }
        }
    }
    take(page.change(chunks.end()))
}

/// The aggregation of items.
fn question<'a>(keys: &'a [GroupKey], shares: &'a [Share]) -> Aggregation<'a> {
    Aggregation {
        keys,
        measures: &[Measure::Quantity],
        shares,
        ..Aggregation::default()
    }
}

/// The effects of all items of each currency, and their rows.
type Totals = (BTreeMap<Option<String>, Effects>, u64);

/// The parts that all groups of a change share.
struct ChangeFrame<'a> {
    group_by: &'a [GroupKey],
    /// The display names of both sides; those of the later one come first.
    labels: [Labels; 2],
    currencies: Vec<Changed>,
    rows: u64,
    of: usize,
}

impl<'a> ChangeFrame<'a> {
    fn of(
        [before, after]: [Side<'_>; 2],
        group_by: &'a [GroupKey],
        (totals, rows): Totals,
        of: usize,
    ) -> Result<Self, DataError> {
        let total = |(currency, effects)| Changed {
            keys: Vec::new(),
            labels: Vec::new(),
            currency,
            effects,
        };
        Ok(Self {
            group_by,
            labels: [
                Labels::of(after.0, group_by)?,
                Labels::of(before.0, group_by)?,
            ],
            currencies: totals.into_iter().map(total).collect(),
            rows,
            of,
        })
    }

    /// A group by its first sum. Only the returned groups get names.
    fn named(&self, changes: &Changes<'_>, group: u32) -> Result<Changed, DataError> {
        let key = |at| changes.found.key(group, at).map(ToOwned::to_owned);
        let keys: Vec<Option<String>> = (0..self.group_by.len()).map(key).collect();
        Ok(Changed {
            labels: Labels::of_either(&self.labels, &keys),
            keys,
            currency: changes.found.currency(group).map(ToOwned::to_owned),
            effects: changes.effects(group)?,
        })
    }

    fn change(&self, groups: Vec<Changed>) -> Change {
        Change {
            group_by: self.group_by.to_vec(),
            groups,
            currencies: self.currencies.clone(),
            of: self.of,
            rows: self.rows,
            pivot: None,
        }
    }
}

/// The rank of a group, and its first sum. Smaller ranks come first.
type RankedEffects = (i128, u32);

/// The number of effects of a group. Where its items are reduced to them, its sums are marked with their places.
const EFFECTS: u32 = 6;

/// The items of both sides, and the groups of items.
struct Changes<'a> {
    found: &'a Aggregated,
    /// The number of keys of a group.
    keys: usize,
    /// The sums of each item: at most one on each side. Equal numbers mean equal texts. `None` if the sums are effects.
    items: Option<LinkedSums>,
    /// The first sums of the items of each group, or its effects.
    groups: LinkedSums,
}

impl<'a> Changes<'a> {
    fn of(found: &'a Aggregated, keys: usize) -> Result<Self, DataError> {
        let items = LinkedSums::of(found, found.groups(), |sum| found.numbers(sum))?;
        let group = |sum| {
            let numbers = found.numbers(sum);
            // The currency is behind the keys.
            let keys = numbers.get(..keys).unwrap_or_default();
            (keys, numbers.last().copied())
        };
        let groups = match keys {
            0 => LinkedSums::default(),
            _ => LinkedSums::of(found, items.firsts().iter().copied(), group)?,
        };
        Ok(Self {
            found,
            keys,
            items: Some(items),
            groups,
        })
    }

    /// The groups whose effects are known.
    fn reduced(found: &'a Aggregated) -> Result<Self, DataError> {
        Ok(Self {
            found,
            keys: found.width(),
            items: None,
            groups: LinkedSums::of(found, found.groups(), |sum| found.numbers(sum))?,
        })
    }

    /// Adds the effects of all groups.
    fn reduce(&self, all: &mut ByText) -> Result<(), DataError> {
        /// Bytes of the effects of a group, without its texts.
        const GROUP: usize = 400;
        room::check((self.groups.firsts().len() * GROUP) as u64)?;
        for first in self.groups.firsts() {
            let effects = self.effects(*first)?;
            let effects = [
                effects.before,
                effects.after,
                effects.new,
                effects.gone,
                effects.quantity,
                effects.price,
            ];
            for (mark, amount) in (0..).zip(effects) {
                // Each group has a sum.
                if mark == 0 || amount != Amount::ZERO {
                    let keys = (0..self.keys).map(|at| self.found.key(*first, at));
                    let keys = keys.chain([self.found.currency(*first)]);
                    all.add(keys, mark, amount)?;
                }
            }
        }
        Ok(())
    }

    /// The effects of the item with this first sum.
    fn effects_of_item(&self, items: &LinkedSums, first: u32) -> Result<Effects, DataError> {
        let mut sides = [None; 2];
        for sum in items.of_group(first) {
            let side = usize::try_from(self.found.mark(sum)).unwrap_or_default();
            if let Some(slot) = sides.get_mut(side) {
                *slot = Some(ItemSums {
                    cost: self.found.cost(sum),
                    quantity: self.found.quantity(sum).map(|(quantity, _)| quantity),
                });
            }
        }
        let [was, is] = sides;
        Effects::of(was, is).ok_or_else(overflow)
    }

    /// The effects of the group with this first sum.
    fn effects(&self, first: u32) -> Result<Effects, DataError> {
        let mut sums = self.groups.of_group(first);
        let Some(items) = &self.items else {
            return Ok(sums.fold(Effects::default(), |all, sum| self.with(all, sum)));
        };
        sums.try_fold(Effects::default(), |sum, item| {
            sum.and(&self.effects_of_item(items, item)?)
                .ok_or_else(overflow)
        })
    }

    /// The effects with the one that a sum is.
    fn with(&self, effects: Effects, sum: u32) -> Effects {
        let mut effects = effects;
        let effect = match self.found.mark(sum) {
            0 => &mut effects.before,
            1 => &mut effects.after,
            2 => &mut effects.new,
            3 => &mut effects.gone,
            4 => &mut effects.quantity,
            _ => &mut effects.price,
        };
        *effect = self.found.cost(sum);
        effects
    }

    /// Adds the effects of all items to those of their currencies, and their rows.
    fn add_totals(&self, (all, rows): &mut Totals) -> Result<(), DataError> {
        let Some(items) = &self.items else {
            return Ok(());
        };
        let mut currencies: BTreeMap<Option<&str>, Effects> = BTreeMap::new();
        for first in items.firsts() {
            let total = currencies.entry(self.found.currency(*first)).or_default();
            let effects = self.effects_of_item(items, *first)?;
            *total = total.and(&effects).ok_or_else(overflow)?;
        }
        for (currency, effects) in currencies {
            let total = all.entry(currency.map(ToOwned::to_owned)).or_default();
            *total = total.and(&effects).ok_or_else(overflow)?;
        }
        *rows += (self.found.groups().map(|sum| self.found.rows(sum))).sum::<u64>();
        Ok(())
    }

    /// The first groups, in no order, and the number of all of them.
    fn first(
        &self,
        sorts: &[(ChangeSort, bool)],
        limit: usize,
    ) -> Result<(Vec<RankedEffects>, usize), DataError> {
        let mut order = self.ranked(sorts.first())?;
        let of = order.len();
        if limit < of {
            order.select_nth_unstable_by(limit, |a, b| self.in_order(sorts, a, b));
            order.truncate(limit);
        }
        Ok((order, of))
    }

    /// The first sums of these groups in order.
    fn in_final_order(
        &self,
        sorts: &[(ChangeSort, bool)],
        mut order: Vec<RankedEffects>,
    ) -> Vec<u32> {
        order.sort_unstable_by(|a, b| self.in_order(sorts, a, b));
        order.into_iter().map(|(_, first)| first).collect()
    }

    /// All groups with their ranks: by the first sort, or the largest difference first.
    fn ranked(&self, sort: Option<&(ChangeSort, bool)>) -> Result<Vec<RankedEffects>, DataError> {
        let (by, ascending) = sort.copied().unwrap_or((ChangeSort::Size, false));
        let groups = self.groups.firsts().iter();
        let ranked = groups.map(|first| {
            let rank = by.rank(&self.effects(*first)?, ascending);
            Ok((rank.unwrap_or_default(), *first))
        });
        ranked.collect()
    }

    /// The requested order, then the largest difference first, then the keys.
    fn in_order(
        &self,
        sorts: &[(ChangeSort, bool)],
        (one_rank, one): &RankedEffects,
        (other_rank, other): &RankedEffects,
    ) -> Ordering {
        let by = |by, ascending| self.compare([*one, *other], by, ascending);
        let sorted = || {
            sorts.iter().fold(Ordering::Equal, |order, (sort, up)| {
                order.then_with(|| by(*sort, *up))
            })
        };
        // Without a sort, the ranks are those of the differences.
        let size = || match sorts {
            [] => Ordering::Equal,
            _ => by(ChangeSort::Size, false),
        };
        let keys = || {
            (0..self.keys).fold(Ordering::Equal, |order, at| {
                order.then_with(|| by(ChangeSort::Key(at), true))
            })
        };
        one_rank
            .cmp(other_rank)
            .then_with(sorted)
            .then_with(size)
            .then_with(keys)
            .then_with(|| by(ChangeSort::Currency, true))
    }

    fn compare(&self, groups: [u32; 2], by: ChangeSort, ascending: bool) -> Ordering {
        let texts = match by {
            ChangeSort::Key(at) => groups.map(|group| self.found.key(group, at)),
            ChangeSort::Currency => groups.map(|group| self.found.currency(group)),
            ChangeSort::Amount(_) | ChangeSort::Size | ChangeSort::Percent => {
                // A sum that is too large was an error before.
                let [a, b] = groups.map(|group| {
                    let effects = self.effects(group).unwrap_or_default();
                    by.rank(&effects, ascending)
                });
                return a.cmp(&b);
            }
        };
        let [a, b] = texts;
        nulls_last(a, b, !ascending)
    }
}

#[derive(Clone, Copy)]
enum ChangeSort {
    Key(usize),
    Currency,
    /// An amount, by its index in `Effects::NAMES`.
    Amount(usize),
    /// The difference, whatever its sign.
    Size,
    /// The difference in percent. Groups without a cost before come last.
    Percent,
}

impl ChangeSort {
    /// The rank of a group, by which smaller ones come first; `None` for the order of texts.
    fn rank(self, effects: &Effects, ascending: bool) -> Option<i128> {
        let units = match self {
            Self::Key(_) | Self::Currency => return None,
            Self::Amount(at) => effects.amounts().get(at)?.units(),
            Self::Size => effects.difference().abs().units(),
            Self::Percent => match effects.percent() {
                Some(percent) => percent.into(),
                None => return Some(i128::MAX),
            },
        };
        Some(if ascending { units } else { -units })
    }
}

/// Resolves each sort to a key, the currency, or one of the amounts.
fn sorts(group_by: &[GroupKey], sort: &[Sort]) -> Result<Vec<(ChangeSort, bool)>, DataError> {
    let by = |sort: &Sort| {
        let name = sort.name().to_lowercase();
        let mut keys = group_by.iter();
        let key = keys.position(|key| key.name().to_lowercase() == name);
        // The cost of a change is its difference.
        let wanted = if name == "cost" { "difference" } else { &name };
        let amount = Effects::NAMES.iter().position(|known| *known == wanted);
        let by = match (key, amount) {
            (Some(at), _) => ChangeSort::Key(at),
            (None, Some(amount)) => ChangeSort::Amount(amount),
            (None, None) if name == "currency" => ChangeSort::Currency,
            (None, None) if matches!(&*name, "|cost|" | "|difference|") => ChangeSort::Size,
            (None, None) if name == "percent" => ChangeSort::Percent,
            (None, None) => {
                return Err(DataError::UnknownColumn {
                    name: sort.name(),
                    at: None,
                    hint: " Changes can be sorted by before, after, difference, |difference|, percent, new, gone, quantity, price or a key."
                        .to_owned(),
                });
            }
        };
        Ok((by, sort.ascending))
    };
    sort.iter().map(by).collect()
}
