//! Answers pivot queries: groups with a column for each month or day.

use super::groups::{question, totals, unsortable};
use super::labels::Labels;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::engine::aggregate::linked_sums::LinkedSums;
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::query::{PivotBy, Query, nulls_last};
use crate::domain::table::pivot::{AddedUp, Line, Pivot};
use crate::domain::table::text_table::ABSENT;
use crate::domain::table::{Body, Table};
use hashbrown::HashMap;
use std::cmp::Ordering;

pub(crate) fn run(data: &Dataset, query: &Query, by: PivotBy) -> Result<Table, DataError> {
    let mut whole = None;
    each(data, (query, by), usize::MAX, |part| {
        whole = Some(part);
        Ok(())
    })?;
    whole.ok_or_else(|| DataError::Stored("there is no answer".to_owned()))
}

/// Passes on the lines in order, at most so many at a time, each time with what concerns the whole answer. The last part has
/// the lines beyond the page.
pub(crate) fn each(
    data: &Dataset,
    (query, by): (&Query, PivotBy),
    together: usize,
    mut take: impl FnMut(Table) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut keys = query.group_by.clone();
    keys.push(by.key());
    let cells = Query {
        group_by: keys,
        ..Query::default()
    };
    let found = sums(data, query.filter.as_ref(), &question(&cells))?;
    let wide = Wide::of(&found, query.group_by.len())?;
    let mut all = wide.added_up(wide.lines.firsts())?;
    all.sort_by_key(|line| line.cost.currency.is_none());
    let mut order = wide.ordered(query)?;
    let of = order.len();
    let limit = query.limit.filter(|_| query.others && query.offset == 0);
    let top = query.top.or(limit).unwrap_or(usize::MAX);
    let mut beyond = order.split_off(top.min(of));
    if !query.others {
        beyond.clear();
    }
    let others = wide.added_up(&beyond)?;
    let limit = query.limit.unwrap_or(usize::MAX);
    let together = wide.together(together);
    let page = order.iter().skip(query.offset).take(limit);
    wide.check_room(page.len().min(together))?;
    let (labels, mut page) = (Labels::of(data, &query.group_by)?, page.peekable());
    let rows = found.groups().map(|group| found.rows(group)).sum();
    let totals = totals(&found, found.groups())?;
    loop {
        let part = page.by_ref().take(together);
        let lines = part.map(|first| wide.named(*first, &labels));
        let lines = lines.collect::<Result<_, _>>()?;
        let is_last = page.peek().is_none();
        take(Table {
            body: Body::Pivot(Pivot {
                lines,
                columns: wide.columns.clone(),
                others: if is_last { others.clone() } else { Vec::new() },
                other_groups: if is_last { beyond.len() } else { 0 },
                totals: all.clone(),
            }),
            of,
            rows,
            totals: totals.clone(),
        })?;
        if is_last {
            return Ok(());
        }
    }
}

/// The sums of all cells, and the lines that they are in. A line is named by its first sum.
struct Wide<'a> {
    found: &'a Aggregated,
    /// The number of keys of a line. The last key of a sum is behind them.
    keys: usize,
    columns: Vec<Option<String>>,
    /// The place of each column by the number of its text.
    places: HashMap<u32, usize>,
    lines: LinkedSums,
}

impl<'a> Wide<'a> {
    fn of(found: &'a Aggregated, keys: usize) -> Result<Self, DataError> {
        let mut texts: HashMap<u32, Option<&str>> = HashMap::new();
        for sum in found.groups() {
            if let Some(number) = found.numbers(sum).get(keys) {
                texts.entry(*number).or_insert_with(|| found.key(sum, keys));
            }
        }
        let mut texts: Vec<(u32, Option<&str>)> = texts.into_iter().collect();
        // Rows without a date come after all others.
        texts.sort_by(|(_, a), (_, b)| nulls_last(*a, *b, false));
        let line = |sum| {
            let numbers = found.numbers(sum);
            (numbers.get(..keys), numbers.last().copied())
        };
        let numbers = texts.iter().map(|(number, _)| *number);
        Ok(Self {
            found,
            keys,
            places: numbers.zip(0..).collect(),
            columns: texts
                .iter()
                .map(|(_, text)| text.map(ToOwned::to_owned))
                .collect(),
            lines: LinkedSums::of(found, found.groups(), line)?,
        })
    }

    /// How many lines are held together: fewer than so many if they are wide.
    fn together(&self, most: usize) -> usize {
        /// The columns of a line that is not wide.
        const NARROW: usize = 32;
        if most == usize::MAX {
            return most;
        }
        (most * NARROW / self.columns.len().max(NARROW)).max(1)
    }

    /// Fails where memory is tight and so many lines do not fit: each has a cell for every column.
    fn check_room(&self, lines: usize) -> Result<(), DataError> {
        /// Bytes of a line without its cells, and of a cell and its text.
        const LINE: usize = 600;
        const CELL: usize = 64;
        let line = LINE + self.columns.len() * CELL;
        room::check(lines.saturating_mul(line) as u64)
    }

    /// Cost and rows of a line.
    fn sums(&self, first: u32) -> Result<(Amount, u64), DataError> {
        let mut sums = self.lines.of_group(first);
        sums.try_fold((Amount::ZERO, 0), |(cost, rows), sum| {
            let cost = cost.checked_add(self.found.cost(sum));
            Ok((cost.ok_or_else(overflow)?, rows + self.found.rows(sum)))
        })
    }

    /// The column of a sum.
    fn place(&self, sum: u32) -> Option<usize> {
        let number = self.found.numbers(sum).get(self.keys)?;
        self.places.get(number).copied()
    }

    /// The cell of a line in a column. Each column has at most one sum.
    fn cell(&self, first: u32, column: usize) -> Option<Amount> {
        let mut sums = self.lines.of_group(first);
        let sum = sums.find(|sum| self.place(*sum) == Some(column))?;
        Some(self.found.cost(sum))
    }

    /// A line without texts.
    fn unnamed(&self, first: u32) -> Result<Line, DataError> {
        let (amount, rows) = self.sums(first)?;
        let mut cells = vec![None; self.columns.len()];
        for sum in self.lines.of_group(first) {
            let place = self.place(sum);
            if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
                *cell = Some(self.found.cost(sum));
            }
        }
        Ok(Line {
            keys: vec![None; self.keys],
            labels: Vec::new(),
            cost: Money {
                currency: self.found.currency(first).map(ToOwned::to_owned),
                amount,
            },
            rows,
            cells,
        })
    }

    fn named(&self, first: u32, labels: &Labels) -> Result<Line, DataError> {
        let key = |at| self.found.key(first, at).map(ToOwned::to_owned);
        let keys: Vec<Option<String>> = (0..self.keys).map(key).collect();
        Ok(Line {
            labels: labels.of_keys(&keys),
            keys,
            ..self.unnamed(first)?
        })
    }

    /// Lines added up per currency.
    fn added_up(&self, lines: &[u32]) -> Result<Vec<Line>, DataError> {
        let mut sums = AddedUp::default();
        for first in lines {
            sums.add(self.unnamed(*first)?).ok_or_else(overflow)?;
        }
        Ok(sums.into_lines())
    }

    /// The lines that pass the `having` filter, in order.
    fn ordered(&self, query: &Query) -> Result<Vec<u32>, DataError> {
        let wanted = query.sorts();
        let sorts = wanted.iter().map(|sort| {
            let by = sort_by(&self.columns, query, sort)?;
            Ok((by, sort.ascending))
        });
        let sorts: Vec<(By, bool)> = sorts.collect::<Result<_, DataError>>()?;
        let mut ranked = Vec::with_capacity(self.lines.firsts().len());
        for first in self.lines.firsts() {
            let (cost, rows) = self.sums(*first)?;
            if query.having.is_none_or(|having| having.keeps(cost, rows)) {
                let rank = sorts
                    .first()
                    .and_then(|(by, up)| self.rank(*first, by, *up));
                ranked.push((rank.unwrap_or_default(), *first));
            }
        }
        ranked.sort_unstable_by(|(one_rank, one), (other_rank, other)| {
            let lines = [*one, *other];
            let sorted = || {
                sorts.iter().fold(Ordering::Equal, |order, (by, up)| {
                    order.then_with(|| self.compare(lines, by, *up))
                })
            };
            let keys = || {
                (0..self.keys).fold(Ordering::Equal, |order, at| {
                    order.then_with(|| self.compare(lines, &By::Key(at), true))
                })
            };
            one_rank
                .cmp(other_rank)
                .then_with(sorted)
                .then_with(keys)
                .then_with(|| self.compare(lines, &By::Currency, true))
        });
        Ok(ranked.into_iter().map(|(_, first)| first).collect())
    }

    /// The rank of a line, by which smaller ones come first; `None` for the order of texts.
    fn rank(&self, first: u32, by: &By, ascending: bool) -> Option<i128> {
        // A sum that is too large was an error before.
        let (cost, rows) = self.sums(first).unwrap_or_default();
        let units = match by {
            By::Cost => cost.units(),
            By::Size => cost.abs().units(),
            By::Rows => rows.into(),
            By::Key(_) | By::Currency => return None,
            By::Column(at) => match self.cell(first, *at) {
                Some(cell) => cell.units(),
                None => return Some(i128::MAX),
            },
        };
        Some(if ascending { units } else { -units })
    }

    fn compare(&self, lines: [u32; 2], by: &By, ascending: bool) -> Ordering {
        let [a, b] = match by {
            By::Key(at) => lines.map(|line| self.found.key(line, *at)),
            By::Currency => lines.map(|line| self.found.currency(line)),
            By::Cost | By::Size | By::Rows | By::Column(_) => {
                let [a, b] = lines.map(|line| self.rank(line, by, ascending));
                return a.cmp(&b);
            }
        };
        nulls_last(a, b, !ascending)
    }
}

/// Sort keys for the lines of a pivot.
enum By {
    Cost,
    Size,
    Rows,
    Key(usize),
    Currency,
    Column(usize),
}

fn sort_by(columns: &[Option<String>], query: &Query, sort: &Sort) -> Result<By, DataError> {
    let key = match &sort.by {
        SortBy::Cost => return Ok(By::Cost),
        SortBy::Size => return Ok(By::Size),
        SortBy::Rows => return Ok(By::Rows),
        SortBy::Key(key) => key,
    };
    let name = key.name().to_lowercase();
    let place = query
        .group_by
        .iter()
        .position(|known| known.name().to_lowercase() == name);
    let column = |column: &Option<String>| column.as_deref().unwrap_or(ABSENT) == name;
    let found = place.map(By::Key).or_else(|| {
        let column = columns.iter().position(column);
        column.map(By::Column)
    });
    let currency = (*key == GroupKey::Role(Role::Currency)).then_some(By::Currency);
    found.or(currency).ok_or_else(|| unsortable(key))
}
