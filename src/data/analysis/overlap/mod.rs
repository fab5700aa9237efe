//! Finds rows of one source that are also in another one, by their values, never by file names.
//!
//! Two sources of one layout are compared by all columns that both have, those of different layouts by the columns that
//! all layouts share: day, amount, currency, subscription, resource group and resource.

use super::marked_rows::MarkedRows;
use super::row_identity::{HashedRow, RowIdentity, rows};
use super::shared_rows::SharedRows;
use crate::data::dataset::Dataset;
use crate::data::dataset::source::Source;
use crate::data::engine::scan::{RowGroup, fold_part};
use crate::data::error::DataError;
use crate::data::query::coverage::{Coverage, coverage};
use crate::data::table::totals::{self, ByCurrency};
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::{Dialect, Role, plain};
use crate::domain::query::group_key::GroupKey;
use hashbrown::{HashMap, HashSet};
use std::cell::OnceCell;
use std::sync::{Mutex, PoisonError};

/// How two sources relate to each other.
#[derive(Debug, Clone, PartialEq)]
pub enum Relation {
    /// Different days, or different scopes.
    Apart,
    /// Common days but no common rows. The scope is the same, or the scopes cannot be told apart.
    Beside { one_scope: bool },
    /// Rows that look alike but are not proven to be the same.
    Alike { rows: u64, money: Vec<Money> },
    /// Common rows with their billed cost, and with their amortized cost if nothing of them was billed.
    Common {
        rows: u64,
        money: Vec<Money>,
        amortized: Vec<Money>,
    },
    /// Rows of the same days, resources and meters at different prices.
    Repriced { rows: u64 },
    /// Unknown: only some of their columns were read, and these do not tell their rows apart.
    Unread,
}

/// Compares sources in pairs. Results that other pairs need are kept.
pub struct Comparer<'a> {
    data: &'a Dataset,
    coverages: HashMap<usize, Coverage>,
    /// The pairs with a common row: by all columns, across layouts, and by usage. Each is computed on first use.
    whole: OnceCell<SharedRows>,
    across: OnceCell<SharedRows>,
    usage: OnceCell<SharedRows>,
    /// The result of comparing the marks of rows, if only some columns were read.
    marked: OnceCell<MarkedRows>,
}

/// Rows without resource and subscription can look alike without being the same. They count as common if this
/// percentage of them match (`WEAK`), or this many different amounts that are unlikely to occur twice by chance
/// (`TELLING`).
const WEAK: u64 = 20;
const TELLING: u64 = 3;
/// Percentage for sources without a day, whose rows repeat from month to month.
const UNDATED: u64 = 90;
/// Files of one run may have a few equal rows. From this percentage on, one file contains the other.
const IN_A_RUN: u64 = 5;
/// From this percentage of the smaller source on, rows at different prices or without money are the same usage.
const REPRICED: u64 = 50;

impl<'a> Comparer<'a> {
    pub fn new(data: &'a Dataset) -> Self {
        Self {
            data,
            coverages: HashMap::new(),
            whole: OnceCell::new(),
            across: OnceCell::new(),
            usage: OnceCell::new(),
            marked: OnceCell::new(),
        }
    }

    /// The scope of a source, as its rows show it.
    pub fn coverage(&mut self, at: usize) -> Result<&Coverage, DataError> {
        if !self.coverages.contains_key(&at) {
            let found = coverage(self.data, at)?;
            self.coverages.insert(at, found);
        }
        self.covered(at)
    }

    fn covered(&self, at: usize) -> Result<&Coverage, DataError> {
        let missing = || DataError::Stored("a source is missing".to_owned());
        self.coverages.get(&at).ok_or_else(missing)
    }

    /// Compares two sources, by their indexes.
    pub fn relation(&mut self, one: usize, other: usize) -> Result<Relation, DataError> {
        let Some(one_scope) = self.meets(one, other)? else {
            return Ok(Relation::Apart);
        };
        if self.data.is_projected() {
            let found = self.by_marks(one, other)?;
            return Ok(found.unwrap_or(Relation::Beside { one_scope }));
        }
        if let Some(found) = self.common(one, other, one_scope)? {
            return Ok(found);
        }
        if let Some(found) = self.repriced(one, other)? {
            return Ok(found);
        }
        Ok(Relation::Beside { one_scope })
    }

    /// Whether two sources may have common rows, by their days and scopes, and then whether they have a subscription in
    /// common.
    fn meets(&mut self, one: usize, other: usize) -> Result<Option<bool>, DataError> {
        let Some((a, b)) = self.both(one, other) else {
            return Ok(None);
        };
        if a.rows == 0 || b.rows == 0 || !share_days(a, b) {
            return Ok(None);
        }
        let alike = a.dialect == b.dialect;
        self.coverage(one)?;
        self.coverage(other)?;
        let (first, second) = (self.covered(one)?, self.covered(other)?);
        let elsewhere = alike && first.is_elsewhere(second);
        let one_scope = first.shares_subscriptions(second);
        let apart = first.has_other_subscriptions(second) || (elsewhere && !one_scope);
        Ok((!apart).then_some(one_scope))
    }

    /// Compares two files of one run, where one may contain the other. Only a manifest proves that it does not.
    pub fn within_a_run(&mut self, one: usize, other: usize) -> Result<Relation, DataError> {
        let Some((a, b)) = self.both(one, other) else {
            return Ok(Relation::Apart);
        };
        if self.data.is_projected() {
            return Ok(self.by_marks(one, other)?.unwrap_or(Relation::Apart));
        }
        let smaller = a.rows.min(b.rows);
        match self.common(one, other, true)? {
            // A few equal rows are separate rows, but worth reporting.
            Some(Relation::Common { rows, money, .. }) if rows * 100 < IN_A_RUN * smaller => {
                Ok(Relation::Alike { rows, money })
            }
            Some(found) => Ok(found),
            None => Ok(self.repriced(one, other)?.unwrap_or(Relation::Apart)),
        }
    }

    /// Two sources, by their indexes.
    fn both(&self, one: usize, other: usize) -> Option<(&'a Source, &'a Source)> {
        let sources = self.data.sources();
        sources.get(one).zip(sources.get(other))
    }

    fn whole(&self) -> Result<&SharedRows, DataError> {
        once(&self.whole, || {
            SharedRows::within(self.data, RowIdentity::whole)
        })
    }

    fn across(&self) -> Result<&SharedRows, DataError> {
        once(&self.across, || SharedRows::across(self.data))
    }

    fn usage(&self) -> Result<&SharedRows, DataError> {
        once(&self.usage, || {
            SharedRows::within(self.data, RowIdentity::usage)
        })
    }

    /// Compares two sources of which only some columns were read; `None` if they have no common rows.
    fn by_marks(&self, one: usize, other: usize) -> Result<Option<Relation>, DataError> {
        let Some((a, b)) = self.both(one, other) else {
            return Ok(None);
        };
        if is_one_file(a, b) {
            return Ok(Some(copies(a)));
        }
        let marked = once(&self.marked, || MarkedRows::of(self.data))?;
        let most = marked.most_common(one, other);
        let may_be_repriced = |usage: u64| {
            let places = a.has_places() && b.has_places();
            places && is_repriced(usage, a, b)
        };
        let told = most.is_some_and(|most| most.rows == 0 && !may_be_repriced(most.usage));
        let apart = told && self.one_layout(one, other);
        Ok((!apart).then_some(Relation::Unread))
    }

    fn common(
        &self,
        one: usize,
        other: usize,
        one_scope: bool,
    ) -> Result<Option<Relation>, DataError> {
        let Some((a, b)) = self.both(one, other) else {
            return Ok(None);
        };
        if is_one_file(a, b) {
            return Ok(Some(copies(a)));
        }
        let same = self.one_layout(one, other);
        let seen = if same { self.whole()? } else { self.across()? };
        if seen.exclude(one, other) {
            return Ok(None);
        }
        let identity = if same {
            RowIdentity::whole(self.data, one, other)
        } else {
            RowIdentity::across(self.data, one, other)?
        };
        let found = common_rows(self.data, (one, other), &identity)?;
        if found.rows + found.free == 0 {
            return Ok(None);
        }
        let places = same && a.has_places() && b.has_places();
        let in_a_scope = one_scope && (same || identity.names_a_scope());
        let proven = found.prove(a, b, places || in_a_scope);
        if proven && a.rows == b.rows && a.fingerprint.sum == b.fingerprint.sum {
            return Ok(Some(copies(a)));
        }
        let rows = found.rows + found.free;
        let money = common_money(self.data, (one, other), &identity)?;
        if !proven {
            return Ok(Some(Relation::Alike { rows, money }));
        }
        let is_billed = money.iter().any(|money| money.amount != Amount::ZERO);
        let amortized = match self.data.amortized_side().filter(|_| !is_billed) {
            Some(side) => common_money(&side, (one, other), &identity)?,
            None => Vec::new(),
        };
        Ok(Some(Relation::Common {
            rows,
            money,
            amortized,
        }))
    }

    fn repriced(&self, one: usize, other: usize) -> Result<Option<Relation>, DataError> {
        let Some((a, b)) = self.both(one, other) else {
            return Ok(None);
        };
        if !self.one_layout(one, other) || !a.has_places() || !b.has_places() {
            return Ok(None);
        }
        if self.usage()?.exclude(one, other) {
            return Ok(None);
        }
        let identity = RowIdentity::usage(self.data, one, other);
        let rows = common_rows(self.data, (one, other), &identity)?.rows;
        Ok(is_repriced(rows, a, b).then_some(Relation::Repriced { rows }))
    }

    /// Whether columns of the same name have the same meaning in both sources.
    fn one_layout(&self, one: usize, other: usize) -> bool {
        let parts = self.data.parts();
        let (Some(a), Some(b)) = (parts.get(one), parts.get(other)) else {
            return false;
        };
        let (a, b) = (&a.stored.layout, &b.stored.layout);
        let same = |role| a.role_header(role).map(plain) == b.role_header(role).map(plain);
        let [first, second] = [a, b].map(|layout| layout.header("chargesubcategory").is_some());
        let dialects =
            a.dialect == b.dialect || a.dialect == Dialect::Other || b.dialect == Dialect::Other;
        dialects && same(Role::Cost) && same(Role::Date) && first == second
    }
}

/// The value of a cell, computed on first use.
fn once<T>(
    cell: &OnceCell<T>,
    find: impl FnOnce() -> Result<T, DataError>,
) -> Result<&T, DataError> {
    if let Some(found) = cell.get() {
        return Ok(found);
    }
    let found = find()?;
    Ok(cell.get_or_init(|| found))
}

/// Whether two sources are the same bytes.
fn is_one_file(a: &Source, b: &Source) -> bool {
    a.sha256 == b.sha256 && a.run.table == b.run.table && !a.sha256.is_empty()
}

/// Whether so many rows of the same usage mean that two sources hold the same usage.
fn is_repriced(rows: u64, a: &Source, b: &Source) -> bool {
    rows > 0 && rows * 100 >= REPRICED * a.rows.min(b.rows)
}

fn share_days(a: &Source, b: &Source) -> bool {
    match (a.days, b.days) {
        (Some((first, last)), Some((from, to))) => first <= to && from <= last,
        // Rows without a day may belong to any day.
        _ => true,
    }
}

/// Counts the common rows. A repeated row counts as often as in the source that has it less often.
fn common_rows(
    data: &Dataset,
    (one, other): (usize, usize),
    identity: &RowIdentity,
) -> Result<CommonRows, DataError> {
    let mut common = CommonRows::default();
    let mut amounts: HashSet<i128> = HashSet::new();
    if identity.is_empty() {
        return Ok(common);
    }
    let size = |at: usize| data.sources().get(at).map_or(0, |source| source.rows);
    let (small, large) = if size(one) <= size(other) {
        (one, other)
    } else {
        (other, one)
    };
    let mut counts = counted(data, small, identity)?;
    let found = fold_part(data, large, Vec::new, |all: &mut Vec<HashedRow>, slice| {
        all.extend(rows(slice, identity)?.into_iter().flatten());
        Ok(())
    })?;
    for row in found.into_iter().flatten() {
        if let Some(left) = counts.get_mut(&row.hash).filter(|left| **left > 0) {
            *left -= 1;
            if row.costs {
                common.rows += 1;
            } else {
                common.free += 1;
            }
            amounts.extend(row.telling);
        }
    }
    common.telling = amounts.len() as u64;
    Ok(common)
}

/// The number of common rows.
#[derive(Debug, Clone, Copy, Default)]
struct CommonRows {
    /// Those with money.
    rows: u64,
    /// Those with a quantity only.
    free: u64,
    /// The number of different amounts that are unlikely to occur twice by chance.
    telling: u64,
}

impl CommonRows {
    /// Whether they are the same rows, not rows that look alike. `placed` says that equal rows are of one place.
    fn prove(self, a: &Source, b: &Source, placed: bool) -> bool {
        let smaller = a.rows.min(b.rows);
        let lacks_days = |source: &Source| source.lacks.contains(&Role::Date);
        let percent = |least: u64| self.rows * 100 >= least * smaller;
        match (lacks_days(a), lacks_days(b)) {
            // A row without money proves nothing alone.
            _ if self.rows == 0 => self.free * 100 >= REPRICED * smaller,
            (true, true) => percent(UNDATED),
            (true, false) | (false, true) => percent(WEAK),
            (false, false) => placed || percent(WEAK) || self.telling >= TELLING,
        }
    }
}

/// All rows of a source are in the other one.
fn copies(source: &Source) -> Relation {
    Relation::Common {
        rows: source.rows,
        money: source.totals.clone(),
        amortized: Vec::new(),
    }
}

fn counted(
    data: &Dataset,
    part: usize,
    identity: &RowIdentity,
) -> Result<HashMap<u64, u32>, DataError> {
    let states = fold_part(data, part, HashMap::<u64, u32>::new, |counts, slice| {
        for row in rows(slice, identity)?.into_iter().flatten() {
            *counts.entry(row.hash).or_default() += 1;
        }
        Ok(())
    })?;
    let mut all: HashMap<u64, u32> = HashMap::new();
    for (hash, count) in states.into_iter().flatten() {
        *all.entry(hash).or_default() += count;
    }
    Ok(all)
}

/// The cost of the common rows, from the first source.
fn common_money(
    data: &Dataset,
    (one, other): (usize, usize),
    identity: &RowIdentity,
) -> Result<Vec<Money>, DataError> {
    let left = Mutex::new(counted(data, other, identity)?);
    let add = |sums: &mut ByCurrency, slice: &RowGroup<'_>| {
        let seen = rows(slice, identity)?;
        let currencies = crate::data::engine::keys::of(slice, &GroupKey::Role(Role::Currency))?;
        let costs = seen.iter().zip(slice.costs()?.iter());
        for ((row, cost), code) in costs.zip(currencies.codes.get()) {
            let Some(row) = row else { continue };
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(count) = left.get_mut(&row.hash).filter(|count| **count > 0) else {
                continue;
            };
            *count -= 1;
            let currency = currencies.words.get(*code).map(ToOwned::to_owned);
            let cost = Amount::from_units(crate::data::columns::column_types::units(*cost));
            totals::add(sums, currency, cost)?;
        }
        Ok(())
    };
    let states = fold_part(data, one, ByCurrency::new, add)?;
    Ok(totals::listed(totals::joined(states)?))
}

#[cfg(test)]
mod tests;
