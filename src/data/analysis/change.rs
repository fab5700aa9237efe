//! Compares two periods: matches every item on both sides and sums its effects by group.

use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::engine::aggregate::linked_sums::LinkedSums;
use crate::data::error::{DataError, overflow};
use crate::data::query::labels::Labels;
use crate::data::room;
use crate::domain::analysis::change::{Change, Changed, Effects, Item};
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
    let mut whole = None;
    each(
        [before, after],
        group_by,
        (sort, limit),
        usize::MAX,
        |part| {
            whole = Some(part);
            Ok(())
        },
    )?;
    whole.ok_or_else(|| DataError::Stored("there is no change".to_owned()))
}

/// Passes on the changes in parts: at most so many groups at a time, in order, each time with what concerns all of them.
/// There is at least one part.
pub(crate) fn each(
    [before, after]: [Side<'_>; 2],
    group_by: &[GroupKey],
    (sort, limit): (&[Sort], Option<usize>),
    together: usize,
    mut take: impl FnMut(Change) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut keys = group_by.to_vec();
    keys.extend(ITEM.map(GroupKey::Role));
    let question = Aggregation {
        keys: &keys,
        measures: &[Measure::Quantity],
        ..Aggregation::default()
    };
    let found = sums_of(&[before, after], &question)?;
    let changes = Changes::of(&found, group_by.len())?;
    let currencies = changes.totals()?;
    let sorts = sorts(group_by, sort)?;
    let mut order = changes.ranked(sorts.first())?;
    let of = order.len();
    let by_rank = |a: &Ranked, b: &Ranked| changes.in_order(&sorts, a, b);
    if let Some(limit) = limit.filter(|limit| *limit < of) {
        order.select_nth_unstable_by(limit, by_rank);
        order.truncate(limit);
    }
    room::check_answer(order.len().min(together), 2 * group_by.len() + 9)?;
    order.sort_unstable_by(by_rank);
    // Only the returned groups get names.
    let (first, second) = (
        Labels::of(before.0, group_by)?,
        Labels::of(after.0, group_by)?,
    );
    let named = |(_, group): &Ranked| {
        let key = |at| found.key(*group, at).map(ToOwned::to_owned);
        let keys: Vec<Option<String>> = (0..group_by.len()).map(key).collect();
        let names = first.of_keys(&keys).into_iter();
        Ok(Changed {
            labels: names
                .zip(second.of_keys(&keys))
                .map(|(was, is)| is.or(was))
                .collect(),
            keys,
            currency: found.currency(*group).map(ToOwned::to_owned),
            effects: changes.effects(*group)?,
        })
    };
    let mut groups = order.iter().peekable();
    loop {
        let part = groups.by_ref().take(together).map(named);
        take(Change {
            group_by: group_by.to_vec(),
            groups: part.collect::<Result<_, DataError>>()?,
            currencies: currencies.clone(),
            of,
            pivot: None,
        })?;
        if groups.peek().is_none() {
            return Ok(());
        }
    }
}

/// The rank of a group, and its first sum. Smaller ranks come first.
type Ranked = (i128, u32);

/// The items of both sides, and the groups of items.
struct Changes<'a> {
    found: &'a Aggregated,
    /// The number of keys of a group.
    keys: usize,
    /// The sums of each item: at most one on each side. Equal numbers mean equal texts.
    items: LinkedSums,
    /// The first sums of the items of each group.
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
            items,
            groups,
        })
    }

    /// The effects of the item with this first sum.
    fn effects_of_item(&self, first: u32) -> Result<Effects, DataError> {
        let mut sides = [None; 2];
        for sum in self.items.of_group(first) {
            let side = usize::try_from(self.found.mark(sum)).unwrap_or_default();
            if let Some(slot) = sides.get_mut(side) {
                *slot = Some(Item {
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
        let mut items = self.groups.of_group(first);
        items.try_fold(Effects::default(), |sum, item| {
            sum.and(&self.effects_of_item(item)?).ok_or_else(overflow)
        })
    }

    /// The effects of all items, for each currency.
    fn totals(&self) -> Result<Vec<Changed>, DataError> {
        let mut currencies: BTreeMap<Option<&str>, Effects> = BTreeMap::new();
        for first in self.items.firsts() {
            let total = currencies.entry(self.found.currency(*first)).or_default();
            let effects = self.effects_of_item(*first)?;
            *total = total.and(&effects).ok_or_else(overflow)?;
        }
        let total = |(currency, effects): (Option<&str>, Effects)| Changed {
            keys: Vec::new(),
            labels: Vec::new(),
            currency: currency.map(ToOwned::to_owned),
            effects,
        };
        Ok(currencies.into_iter().map(total).collect())
    }

    /// All groups with their ranks: by the first sort, or the largest difference first.
    fn ranked(&self, sort: Option<&(By, bool)>) -> Result<Vec<Ranked>, DataError> {
        let (by, ascending) = sort.copied().unwrap_or((By::Size, false));
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
        sorts: &[(By, bool)],
        (one_rank, one): &Ranked,
        (other_rank, other): &Ranked,
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
            _ => by(By::Size, false),
        };
        let keys = || {
            (0..self.keys).fold(Ordering::Equal, |order, at| {
                order.then_with(|| by(By::Key(at), true))
            })
        };
        one_rank
            .cmp(other_rank)
            .then_with(sorted)
            .then_with(size)
            .then_with(keys)
            .then_with(|| by(By::Currency, true))
    }

    fn compare(&self, groups: [u32; 2], by: By, ascending: bool) -> Ordering {
        let texts = match by {
            By::Key(at) => groups.map(|group| self.found.key(group, at)),
            By::Currency => groups.map(|group| self.found.currency(group)),
            By::Amount(_) | By::Size | By::Percent => {
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
enum By {
    Key(usize),
    Currency,
    /// An amount, by its index in `Effects::NAMES`.
    Amount(usize),
    /// The difference, whatever its sign.
    Size,
    /// The difference in percent. Groups without a cost before come last.
    Percent,
}

impl By {
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
fn sorts(group_by: &[GroupKey], sort: &[Sort]) -> Result<Vec<(By, bool)>, DataError> {
    let by = |sort: &Sort| {
        let name = sort.name().to_lowercase();
        let mut keys = group_by.iter();
        let key = keys.position(|key| key.name().to_lowercase() == name);
        // The cost of a change is its difference.
        let wanted = if name == "cost" { "difference" } else { &name };
        let amount = Effects::NAMES.iter().position(|known| *known == wanted);
        let by = match (key, amount) {
            (Some(at), _) => By::Key(at),
            (None, Some(amount)) => By::Amount(amount),
            (None, None) if name == "currency" => By::Currency,
            (None, None) if matches!(&*name, "|cost|" | "|difference|") => By::Size,
            (None, None) if name == "percent" => By::Percent,
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
