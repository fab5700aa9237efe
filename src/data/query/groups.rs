//! Grouped tables: the sums of a query in their order, with shares and the rest.

use super::labels::Labels;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::engine::aggregate::hash_agg::{Aggregated, GroupSums};
use crate::data::engine::parted::attempts::{Take, or_in_parts, whole};
use crate::data::engine::parted::chunks::Chunks;
use crate::data::engine::parted::estimate::PartedQuestion;
use crate::data::engine::parted::parts::Parts;
use crate::data::engine::parted::runs::Runs;
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::query::{Measure, Query, nulls_last, unknown_last};
use crate::domain::table::group::{Group, Others};
use crate::domain::table::text_table::Holds;
use crate::domain::table::{Body, Table};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::iter;

/// The aggregation that a query needs.
pub(crate) fn question(query: &Query) -> Aggregation<'_> {
    Aggregation {
        keys: &query.group_by,
        measures: query.summed(),
        ..Aggregation::default()
    }
}

/// The groups that pass the `having` filter, in order.
pub(crate) fn ordered(
    data: &Dataset,
    found: &Aggregated,
    query: &Query,
) -> Result<Vec<u32>, DataError> {
    let keeps = |group: &u32| match &query.having {
        Some(having) => having.keeps(found.cost(*group), found.rows(*group)),
        None => true,
    };
    let sorts = sorts(query)?;
    let numbers = query.group_by.iter();
    let numbers: Vec<bool> = numbers
        .map(|key| data.holds(&key.name()) == Holds::Number)
        .collect();
    let mut order: Vec<u32> = found.groups().filter(keeps).collect();
    order.sort_unstable_by(|a, b| by_sort(found, *a, *b, (&sorts, &numbers)));
    Ok(order)
}

pub(crate) fn groups(data: &Dataset, query: &Query) -> Result<Table, DataError> {
    whole(|take| each(data, query, usize::MAX, take))
}

/// Passes on the groups in order, at most so many at a time, each time with what concerns the whole answer. The last part
/// has the groups beyond the page.
pub(crate) fn each(
    data: &Dataset,
    query: &Query,
    together: usize,
    take: impl FnMut(Table) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let asked = PartedQuestion {
        sets: &[(data, query.filter.as_ref())],
        keys: &query.group_by,
        line: query.group_by.len(),
        reduces: false,
    };
    or_in_parts(&asked, take, |parts, take| match parts {
        Parts::ONE => at_once(data, query, together, take),
        parts => in_parts(data, query, (together, parts), take),
    })
}

fn at_once(
    data: &Dataset,
    query: &Query,
    together: usize,
    take: Take<'_, Table>,
) -> Result<(), DataError> {
    let found = sums(data, query.filter.as_ref(), &question(query))?;
    let mut page = GroupPage::of(data, query, &found)?;
    let mut order = ordered(data, &found, query)?;
    page.of = order.len();
    page.check_room(together)?;
    let rest = order.split_off(page.last.min(order.len()));
    let others = (query.others && !rest.is_empty())
        .then(|| others(&found, &rest))
        .transpose()?;
    let before = order.get(..query.offset.min(order.len()));
    for group in before.unwrap_or_default() {
        page.running.add(&found, *group)?;
    }
    let limit = query.limit.unwrap_or(usize::MAX);
    let mut chunks = Chunks::new(together);
    for number in order.into_iter().skip(query.offset).take(limit) {
        let group = page.group(&found, number)?;
        if let Some(full) = chunks.push(group) {
            take(page.table(full, None))?;
        }
    }
    take(page.table(chunks.end(), others))
}

/// Sums a share of the groups at a time.
pub(crate) fn in_parts(
    data: &Dataset,
    query: &Query,
    (together, parts): (usize, Parts),
    take: Take<'_, Table>,
) -> Result<(), DataError> {
    let keys = query.group_by.len();
    let mut rest = Rest::default();
    let all = sums(data, query.filter.as_ref(), &Aggregation::default())?;
    let mut page = GroupPage::of(data, query, &all)?;
    let mut runs = Runs::new(&data.scratch(), keys, 1)?;
    for share in parts.of_lines(keys) {
        let asked = Aggregation {
            shares: &[share],
            ..question(query)
        };
        let found = sums(data, query.filter.as_ref(), &asked)?;
        let mut order = ordered(data, &found, query)?;
        page.of += order.len();
        // Those beyond the last line of a share are beyond that of the whole answer.
        let beyond = order.split_off(page.last.min(order.len()));
        for group in beyond.into_iter().filter(|_| query.others) {
            rest.add(&found, group)?;
        }
        runs.add(&found, order.into_iter().map(iter::once))?;
    }
    page.check_room(together)?;
    let (mut lines, mut chunks, mut at) = (runs.merge(), Chunks::new(together), 0..);
    'all: while let Some(batch) = lines.batch()? {
        data.check_wanted()?;
        let order = ordered(data, &batch.found, query)?;
        for (number, at) in lines.ready(&batch, order).into_iter().zip(&mut at) {
            if !query.others && at >= page.last {
                break 'all;
            }
            if at >= page.last {
                rest.add(&batch.found, number)?;
            } else if at < query.offset {
                page.running.add(&batch.found, number)?;
            } else if at < page.end {
                let group = page.group(&batch.found, number)?;
                if let Some(full) = chunks.push(group) {
                    take(page.table(full, None))?;
                }
            }
        }
    }
    let others = (query.others && rest.groups > 0).then(|| rest.into_others());
    take(page.table(chunks.end(), others))
}

/// The groups that are shown, and what concerns the whole answer.
struct GroupPage {
    /// The number of groups.
    of: usize,
    offset: usize,
    /// The first group after the page, and the first of the others.
    end: usize,
    last: usize,
    rows: u64,
    totals: Vec<Money>,
    labels: Labels,
    running: RunningTotals,
    /// Cells of a line.
    width: usize,
}

impl GroupPage {
    /// The page of a query without its groups. The sums may be of the groups, or any others of the same rows.
    fn of(data: &Dataset, query: &Query, sums: &Aggregated) -> Result<Self, DataError> {
        let limit = query.limit.unwrap_or(usize::MAX);
        let end = query.offset.saturating_add(limit);
        Ok(Self {
            of: 0,
            offset: query.offset,
            end,
            last: match query.top {
                Some(top) if query.others => top,
                top => top.unwrap_or(end).min(end),
            },
            rows: sums.groups().map(|group| sums.rows(group)).sum(),
            totals: totals(sums, sums.groups())?,
            labels: Labels::of(data, &query.group_by)?,
            running: RunningTotals::default(),
            width: 2 * query.group_by.len() + query.measures.len() + 4,
        })
    }

    /// Fails if the groups that are held together do not fit the memory.
    fn check_room(&self, together: usize) -> Result<(), DataError> {
        let shown = self.end.min(self.of).saturating_sub(self.offset);
        room::check_answer(shown.min(together), self.width)
    }

    /// The next group in order.
    fn group(&mut self, found: &Aggregated, number: u32) -> Result<Group, DataError> {
        let so_far = self.running.add(found, number)?;
        let sum = found.named(number);
        let mut totals = self.totals.iter();
        let total = totals.find(|money| money.currency == sum.currency);
        let total = total.map(|money| money.amount);
        let share = |amount: Amount| total.and_then(|total| amount.per_mille(total));
        Ok(group(sum, &self.labels, &share, so_far))
    }

    fn table(&self, groups: Vec<Group>, others: Option<Others>) -> Table {
        Table {
            body: Body::Groups { groups, others },
            of: self.of,
            rows: self.rows,
            totals: self.totals.clone(),
        }
    }
}

fn group(
    sum: GroupSums,
    labels: &Labels,
    share: &impl Fn(Amount) -> Option<i64>,
    so_far: Amount,
) -> Group {
    Group {
        labels: labels.of_keys(&sum.keys),
        share: share(sum.cost),
        running: share(so_far),
        keys: sum.keys,
        cost: Money {
            currency: sum.currency,
            amount: sum.cost,
        },
        rows: sum.rows,
        days: sum.days,
        quantity: sum.quantity,
    }
}

/// Running totals per currency.
#[derive(Default)]
struct RunningTotals {
    sums: HashMap<Option<String>, Amount>,
}

impl RunningTotals {
    fn add(&mut self, found: &Aggregated, group: u32) -> Result<Amount, DataError> {
        let currency = found.currency(group).map(ToOwned::to_owned);
        let sum = self.sums.entry(currency).or_default();
        *sum = sum.checked_add(found.cost(group)).ok_or_else(overflow)?;
        Ok(*sum)
    }
}

/// The groups beyond the page, found one by one.
#[derive(Default)]
struct Rest {
    groups: usize,
    rows: u64,
    costs: RunningTotals,
}

impl Rest {
    fn add(&mut self, found: &Aggregated, group: u32) -> Result<(), DataError> {
        self.groups += 1;
        self.rows += found.rows(group);
        self.costs.add(found, group).map(|_| ())
    }

    fn into_others(self) -> Others {
        let costs = self.costs.sums.into_iter();
        let money = |(currency, amount)| Money { currency, amount };
        let mut costs: Vec<Money> = costs.map(money).collect();
        costs.sort_by(|a, b| nulls_last(a.currency.as_deref(), b.currency.as_deref(), false));
        Others {
            groups: self.groups,
            rows: self.rows,
            costs,
        }
    }
}

/// Sums the groups beyond the page, per currency.
fn others(found: &Aggregated, rest: &[u32]) -> Result<Others, DataError> {
    Ok(Others {
        groups: rest.len(),
        rows: rest.iter().map(|group| found.rows(*group)).sum(),
        costs: totals(found, rest.iter().copied())?,
    })
}

/// Totals per currency. The total without a currency comes last.
pub(crate) fn totals(
    found: &Aggregated,
    groups: impl Iterator<Item = u32>,
) -> Result<Vec<Money>, DataError> {
    let mut all: BTreeMap<Option<&str>, Amount> = BTreeMap::new();
    for group in groups {
        let total = all.entry(found.currency(group)).or_default();
        *total = total.checked_add(found.cost(group)).ok_or_else(overflow)?;
    }
    let mut money: Vec<Money> = all
        .into_iter()
        .map(|(currency, amount)| Money {
            currency: currency.map(ToOwned::to_owned),
            amount,
        })
        .collect();
    money.sort_by_key(|money| money.currency.is_none());
    Ok(money)
}

/// Sort keys for groups.
enum GroupSort {
    Cost,
    Size,
    Rows,
    /// A key by its index. The index after the last key is the currency.
    Key(usize),
    Quantity,
    FirstDay,
    LastDay,
}

/// The sort keys of a grouped table, and whether each is ascending.
fn sorts(query: &Query) -> Result<Vec<(GroupSort, bool)>, DataError> {
    query
        .sorts()
        .iter()
        .map(|sort| Ok((sort_by(query, sort)?, sort.ascending)))
        .collect()
}

fn sort_by(query: &Query, sort: &Sort) -> Result<GroupSort, DataError> {
    let key = match &sort.by {
        SortBy::Cost => return Ok(GroupSort::Cost),
        SortBy::Size => return Ok(GroupSort::Size),
        SortBy::Rows => return Ok(GroupSort::Rows),
        SortBy::Key(key) => key,
    };
    let wanted = key.name().to_lowercase();
    let mut keys = query.group_by.iter();
    if let Some(at) = keys.position(|known| known.name().to_lowercase() == wanted) {
        return Ok(GroupSort::Key(at));
    }
    if *key == GroupKey::Role(Role::Currency) {
        return Ok(GroupSort::Key(query.group_by.len()));
    }
    match Measure::parse(&wanted) {
        Some(Measure::Share | Measure::Running) => Ok(GroupSort::Cost),
        Some(Measure::Quantity) => Ok(GroupSort::Quantity),
        Some(Measure::FirstDay) => Ok(GroupSort::FirstDay),
        Some(Measure::LastDay) => Ok(GroupSort::LastDay),
        None => Err(unsortable(key)),
    }
}

/// The error for a key that a grouped table cannot be sorted by.
pub(crate) fn unsortable(key: &GroupKey) -> DataError {
    DataError::UnknownColumn {
        name: key.name(),
        at: None,
        hint: " A grouped table can be sorted by cost, |cost|, rows, quantity, first-day, last-day, currency or one of its keys."
            .to_owned(),
    }
}

fn by_sort(
    found: &Aggregated,
    a: u32,
    b: u32,
    (sorts, numbers): (&[(GroupSort, bool)], &[bool]),
) -> Ordering {
    let key = |at: usize, reversed: bool| {
        let (one, other) = (found.key(a, at), found.key(b, at));
        // Columns of numbers sort numerically.
        if numbers.get(at) == Some(&true)
            && let (Some(one), Some(other)) = (one.and_then(number_of), other.and_then(number_of))
        {
            let order = one.cmp(&other);
            return if reversed { order.reverse() } else { order };
        }
        nulls_last(one, other, reversed)
    };
    let quantity = |group| found.quantity(group).map(|(amount, _)| amount);
    let day = |group, last: bool| {
        found
            .days(group)
            .map(|(first, end)| if last { end } else { first })
    };
    let sorted = sorts
        .iter()
        .fold(Ordering::Equal, |order, (by, ascending)| {
            order.then_with(|| {
                let flip = |order: Ordering| if *ascending { order } else { order.reverse() };
                match by {
                    GroupSort::Cost => flip(found.cost(a).cmp(&found.cost(b))),
                    GroupSort::Size => flip(found.cost(a).abs().cmp(&found.cost(b).abs())),
                    GroupSort::Rows => flip(found.rows(a).cmp(&found.rows(b))),
                    GroupSort::Key(at) => key(*at, !ascending),
                    GroupSort::Quantity => {
                        unknown_last(quantity(a), quantity(b), |a, b| flip(a.cmp(&b)))
                    }
                    GroupSort::FirstDay => {
                        unknown_last(day(a, false), day(b, false), |a, b| flip(a.cmp(&b)))
                    }
                    GroupSort::LastDay => {
                        unknown_last(day(a, true), day(b, true), |a, b| flip(a.cmp(&b)))
                    }
                }
            })
        });
    // Ties are broken by keys, then by currency.
    (0..=found.width()).fold(sorted, |order, at| order.then_with(|| key(at, false)))
}

fn number_of(text: &str) -> Option<Amount> {
    Amount::parse(text).ok().map(|parsed| parsed.amount)
}
