//! First numbers: exact sums of the rows that are read so far, by the groups of one question.

pub use crate::data::dataset::early::EarlyRows;
use crate::data::dataset::wanted::Wanted;
use crate::data::dataset::{DataPart, Dataset};
use crate::data::error::{DataError, overflow};
use crate::data::query;
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::query::{Query, by_keys, nulls_last};
use crate::domain::table::group::{Group, GroupId};
use crate::domain::table::{Body, Table};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More groups are not held: there are only totals then.
const MOST: usize = 20_000;
/// The largest groups that are shown.
const SHOWN: usize = 300;

/// The sums of what is read so far.
pub struct EarlyNumbers {
    wanted: Wanted,
    /// The groups and the filter that the sums are of.
    query: Query,
    money: MoneyColumn,
    due: AtomicBool,
    sums: Mutex<Sums>,
}

#[derive(Default)]
struct Sums {
    /// The files that are read as a whole, and those that are being read.
    done: GroupSums,
    current: BTreeMap<String, GroupSums>,
    /// The names of the files whose rows are handed on.
    begun: HashSet<String>,
    /// Whole parts that are not added up yet.
    parts: Vec<DataPart>,
    too_many: bool,
    is_lost: bool,
}

/// Sums by group and currency.
#[derive(Default)]
struct GroupSums {
    groups: HashMap<GroupId, SpelledGroup>,
    totals: BTreeMap<Option<String>, Amount>,
    rows: u64,
}

/// A group in the spelling of the largest piece.
#[derive(Clone)]
struct SpelledGroup {
    group: Group,
    spelled: u64,
}

impl EarlyNumbers {
    /// Sums by the groups and the filter of a query; `None` if it has no groups.
    pub fn new(query: &Query, money: MoneyColumn) -> Option<Self> {
        let query = Query {
            group_by: query.group_by.clone(),
            filter: query.filter.clone(),
            ..Query::default()
        };
        let mut wanted = Wanted::by(&query)?;
        wanted.usd = money == MoneyColumn::Usd;
        Some(Self {
            wanted,
            query,
            money,
            due: AtomicBool::new(false),
            sums: Mutex::default(),
        })
    }

    /// The largest groups so far, by cost, and the totals. Of too many groups there are only the totals; `None` before the
    /// first rows, and if the sums are not known.
    pub fn table(&self) -> Option<Table> {
        let (sums, too_many) = self.so_far()?;
        let mut place = 0;
        Some(sums.into_table(|_| {
            place += 1;
            place <= SHOWN && !too_many
        }))
    }

    /// The same of two sides with one question, which are put beside each other: each has the largest groups of both, by the
    /// size of their cost. If one side has too many groups, both have only totals.
    pub fn tables(sides: [&Self; 2]) -> [Option<Table>; 2] {
        let [Self { query, .. }, _] = sides;
        let sums = sides.map(Self::so_far);
        let known = || sums.iter().flatten();
        let largest: HashSet<GroupId> = if known().any(|(_, too_many)| *too_many) {
            HashSet::new()
        } else {
            known().flat_map(|(sums, _)| sums.largest()).collect()
        };
        sums.map(|sums| {
            let is_shown = |group: &Group| largest.contains(&id_of(group, &query.group_by));
            Some(sums?.0.into_table(is_shown))
        })
    }

    /// The sums so far, and whether there are too many groups.
    fn so_far(&self) -> Option<(GroupSums, bool)> {
        // The rows read until the next time are handed on, however few they are.
        self.due.store(true, Ordering::Relaxed);
        let parts = std::mem::take(&mut self.sums().parts);
        if !parts.is_empty() {
            self.add(&Dataset::join(parts), |sums| &mut sums.done);
        }
        let (all, too_many) = {
            let sums = self.sums();
            if sums.is_lost {
                return None;
            }
            let mut all = GroupSums::default();
            for part in iter::once(&sums.done).chain(sums.current.values()) {
                all.add_sums(part).ok()?;
            }
            (all, sums.too_many)
        };
        (all.rows > 0).then_some((all, too_many))
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds rows to some of the sums.
    fn add(&self, rows: &Dataset, to: impl Fn(&mut Sums) -> &mut GroupSums) {
        let is_known = {
            let sums = self.sums();
            (!sums.is_lost).then_some(sums.too_many)
        };
        let Some(too_many) = is_known else {
            return;
        };
        let answer = self.answer(rows, too_many);
        let mut sums = self.sums();
        let added = answer.and_then(|table| to(&mut sums).add(table, &self.query.group_by));
        if let Err(error) = added {
            tracing::warn!(%error, "the first numbers cannot be added up");
            sums.is_lost = true;
        }
        sums.limit();
    }

    /// The groups of rows; only their totals if there are too many groups.
    fn answer(&self, rows: &Dataset, too_many: bool) -> Result<Table, DataError> {
        let rows = rows.in_money(self.money)?;
        if !too_many {
            return query::run(&rows, &self.query);
        }
        let totals = Query {
            group_by: vec![GroupKey::Role(Role::Currency)],
            limit: Some(0),
            ..self.query.clone()
        };
        query::run(&rows, &totals)
    }
}

impl EarlyRows for EarlyNumbers {
    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn is_due(&self) -> bool {
        self.due.swap(false, Ordering::Relaxed)
    }

    fn begin(&self, name: &str) {
        let mut sums = self.sums();
        sums.end(name);
        sums.begun.insert(name.to_owned());
    }

    fn again(&self, name: &str) {
        self.sums().current.remove(name);
    }

    fn lose(&self) {
        self.sums().is_lost = true;
    }

    fn take(&self, name: &str, rows: DataPart) {
        let rows = Dataset::join(vec![rows]).on_one_thread();
        self.add(&rows, |sums| {
            sums.current.entry(name.to_owned()).or_default()
        });
    }

    fn whole(&self, part: &DataPart) {
        let mut sums = self.sums();
        let name = &part.source().name;
        if sums.begun.contains(name) {
            sums.end(name);
        } else {
            sums.parts.push(part.clone());
        }
    }
}

impl Sums {
    /// Counts what was handed on of a file as read.
    fn end(&mut self, name: &str) {
        let ended = self.current.remove(name).unwrap_or_default();
        if self.done.add_sums(&ended).is_err() {
            self.is_lost = true;
        }
    }

    /// Drops the groups if there are too many.
    fn limit(&mut self) {
        let current = self.current.values().map(|sums| sums.groups.len());
        if self.done.groups.len() + current.sum::<usize>() > MOST {
            self.too_many = true;
            for sums in iter::once(&mut self.done).chain(self.current.values_mut()) {
                sums.groups.clear();
            }
        }
    }
}

impl GroupSums {
    /// Adds an answer on further rows.
    fn add(&mut self, table: Table, keys: &[GroupKey]) -> Result<(), DataError> {
        self.rows += table.rows;
        for total in table.totals {
            self.add_total(total.currency, total.amount)?;
        }
        let Body::Groups { groups, .. } = table.body else {
            return Ok(());
        };
        for group in groups {
            let spelled = group.rows;
            self.add_group(id_of(&group, keys), SpelledGroup { group, spelled })?;
        }
        Ok(())
    }

    fn add_sums(&mut self, other: &Self) -> Result<(), DataError> {
        self.rows += other.rows;
        for (currency, amount) in &other.totals {
            self.add_total(currency.clone(), *amount)?;
        }
        for (id, named) in &other.groups {
            self.add_group(id.clone(), named.clone())?;
        }
        Ok(())
    }

    fn add_total(&mut self, currency: Option<String>, amount: Amount) -> Result<(), DataError> {
        let total = self.totals.entry(currency).or_default();
        *total = total.checked_add(amount).ok_or_else(overflow)?;
        Ok(())
    }

    fn add_group(&mut self, id: GroupId, new: SpelledGroup) -> Result<(), DataError> {
        let Some(known) = self.groups.get_mut(&id) else {
            self.groups.insert(id, new);
            return Ok(());
        };
        let (one, other) = (known.group.cost.amount, new.group.cost.amount);
        let amount = one.checked_add(other).ok_or_else(overflow)?;
        let rows = known.group.rows + new.group.rows;
        if new.spelled > known.spelled {
            *known = new;
        }
        known.group.cost.amount = amount;
        known.group.rows = rows;
        Ok(())
    }

    /// The groups with the largest costs, whatever their sign.
    fn largest(&self) -> Vec<GroupId> {
        let cost = |named: &SpelledGroup| Reverse(named.group.cost.amount.abs());
        let mut all: Vec<(&GroupId, &SpelledGroup)> = self.groups.iter().collect();
        if all.len() > SHOWN {
            all.select_nth_unstable_by_key(SHOWN, |(_, named)| cost(named));
            all.truncate(SHOWN);
        }
        all.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// The table of the groups that are shown; each is asked about in order. If none is, there are only totals.
    fn into_table(self, is_shown: impl FnMut(&Group) -> bool) -> Table {
        let mut totals: Vec<Money> = self
            .totals
            .into_iter()
            .map(|(currency, amount)| Money { currency, amount })
            .collect();
        totals.sort_by_key(|money| money.currency.is_none());
        let mut groups: Vec<Group> = self.groups.into_values().map(|named| named.group).collect();
        groups.sort_by(|a, b| {
            let currencies = (a.cost.currency.as_deref(), b.cost.currency.as_deref());
            let by_size = b.cost.amount.cmp(&a.cost.amount);
            by_size
                .then_with(|| by_keys(&a.keys, &b.keys))
                .then_with(|| nulls_last(currencies.0, currencies.1, false))
        });
        let of = groups.len();
        groups.retain(is_shown);
        // Those that were added meanwhile are not all of them.
        let of = if groups.is_empty() { 0 } else { of };
        for group in &mut groups {
            let mut all = totals.iter();
            let total = all.find(|total| total.currency == group.cost.currency);
            group.share = total.and_then(|total| group.cost.amount.per_mille(total.amount));
            group.running = None;
        }
        let others = None;
        Table {
            body: Body::Groups { groups, others },
            of,
            rows: self.rows,
            totals,
        }
    }
}

/// The identity of a group in several tables: keys that ignore case are compared in lower case.
pub fn id_of(group: &Group, keys: &[GroupKey]) -> GroupId {
    let mut id = group.id();
    for (value, key) in id.keys.iter_mut().zip(keys) {
        if key.ignores_case() {
            *value = value.as_deref().map(str::to_lowercase);
        }
    }
    id
}

#[cfg(test)]
mod tests;
