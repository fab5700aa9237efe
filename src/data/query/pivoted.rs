//! Answers pivot queries: groups with a column for each month or day, or for each of the largest values of another key.

use super::groups::totals;
use super::labels::Labels;
use super::pivot_columns::{PivotColumns, texts};
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::engine::aggregate::linked_sums::LinkedSums;
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
use crate::domain::query::{Query, nulls_last};
use crate::domain::table::pivot::{AddedUp, Pivot, PivotLine};
use crate::domain::table::{Body, Table};
use hashbrown::HashMap;
use std::cmp::Ordering;
use std::slice::from_ref;

pub(crate) fn run(data: &Dataset, query: &Query, by: &GroupKey) -> Result<Table, DataError> {
    whole(|take| each(data, (query, by), usize::MAX, take))
}

/// The columns alone, without a line of the pivot. Fails as the pivot does if it cannot be sorted as the query says.
pub(crate) fn columns(
    data: &Dataset,
    query: &Query,
    by: &GroupKey,
) -> Result<PivotColumns, DataError> {
    let keys = from_ref(by);
    let asked = Aggregation {
        keys,
        ..Aggregation::default()
    };
    let found = sums(data, query.filter.as_ref(), &asked)?;
    let columns = PivotColumns::of(&found, query, keys)?;
    for sort in query.sorts() {
        sort_by(&columns, query, sort)?;
    }
    Ok(columns)
}

/// Passes on the lines in order, at most so many at a time, each time with what concerns the whole answer. The last part has
/// the lines beyond the page.
pub(crate) fn each(
    data: &Dataset,
    (query, by): (&Query, &GroupKey),
    together: usize,
    take: impl FnMut(Table) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut keys = query.group_by.clone();
    keys.push(by.clone());
    let asked = PartedQuestion {
        sets: &[(data, query.filter.as_ref())],
        keys: &keys,
        line: query.group_by.len(),
        reduces: false,
    };
    or_in_parts(&asked, take, |parts, take| match parts {
        Parts::ONE => at_once(data, (query, &keys), together, take),
        parts => in_parts(data, (query, &keys), (together, parts), take),
    })
}

fn at_once(
    data: &Dataset,
    (query, keys): (&Query, &[GroupKey]),
    together: usize,
    take: Take<'_, Table>,
) -> Result<(), DataError> {
    let asked = Aggregation {
        keys,
        ..Aggregation::default()
    };
    let found = sums(data, query.filter.as_ref(), &asked)?;
    let wide = Wide::of(&found, query, keys)?;
    let totals = wide.added_up(wide.lines.firsts())?;
    let mut order = wide.ordered(query)?;
    let mut page = PivotPage::of(data, query, &wide, totals)?;
    page.of = order.len();
    let beyond = order.split_off(page.last.min(order.len()));
    let beyond = if query.others { beyond } else { Vec::new() };
    let others = wide.added_up(&beyond)?;
    let together = page.check_room(together)?;
    let limit = query.limit.unwrap_or(usize::MAX);
    let mut chunks = Chunks::new(together);
    for first in order.iter().skip(query.offset).take(limit) {
        if let Some(full) = chunks.push(wide.named(*first, &page.labels)?) {
            take(page.table(full, None))?;
        }
    }
    take(page.table(chunks.end(), Some((others, beyond.len()))))
}

/// Sums a share of the lines at a time.
pub(crate) fn in_parts(
    data: &Dataset,
    (query, keys): (&Query, &[GroupKey]),
    (together, parts): (usize, Parts),
    take: Take<'_, Table>,
) -> Result<(), DataError> {
    let width = query.group_by.len();
    let asked = Aggregation {
        keys: keys.get(width..).unwrap_or_default(),
        ..Aggregation::default()
    };
    let all = sums(data, query.filter.as_ref(), &asked)?;
    let outline = Wide::of(&all, query, asked.keys)?;
    let mut totals = outline.added_up(outline.lines.firsts())?;
    for total in &mut totals {
        (total.keys, total.labels) = (vec![None; width], vec![None; width]);
    }
    let mut page = PivotPage::of(data, query, &outline, totals)?;
    let mut runs = Runs::new(&data.scratch(), keys.len(), 1)?;
    let (mut others, mut other_groups) = (AddedUp::default(), 0);
    for share in parts.of_lines(width) {
        let shares = &[share];
        let asked = Aggregation {
            keys,
            shares,
            ..Aggregation::default()
        };
        let found = sums(data, query.filter.as_ref(), &asked)?;
        let wide = Wide::within(&found, width, &page.columns)?;
        let mut order = wide.ordered(query)?;
        page.of += order.len();
        // Those beyond the last line of a share are beyond that of the whole answer.
        let beyond = order.split_off(page.last.min(order.len()));
        for first in beyond.into_iter().filter(|_| query.others) {
            others.add(wide.unnamed(first)?).ok_or_else(overflow)?;
            other_groups += 1;
        }
        let lines = order.into_iter();
        runs.add(&found, lines.map(|first| wide.lines.of_group(first)))?;
    }
    let together = page.check_room(together)?;
    let (mut lines, mut chunks, mut at) = (runs.merge(), Chunks::new(together), 0..);
    'all: while let Some(batch) = lines.batch()? {
        data.check_wanted()?;
        let wide = Wide::within(&batch.found, width, &page.columns)?;
        let order = wide.ordered(query)?;
        for (first, at) in lines.ready(&batch, order).into_iter().zip(&mut at) {
            if !query.others && at >= page.last {
                break 'all;
            }
            if at >= page.last {
                others.add(wide.unnamed(first)?).ok_or_else(overflow)?;
                other_groups += 1;
            } else if (query.offset..page.end).contains(&at)
                && let Some(full) = chunks.push(wide.named(first, &page.labels)?)
            {
                take(page.table(full, None))?;
            }
        }
    }
    take(page.table(chunks.end(), Some((others.into_lines(), other_groups))))
}

/// The lines that are shown, and what concerns the whole answer.
struct PivotPage {
    /// The number of lines.
    of: usize,
    offset: usize,
    /// The first line after the page, and the first of the others.
    end: usize,
    last: usize,
    columns: PivotColumns,
    labels_of_columns: Vec<Option<String>>,
    /// The lines added up per currency.
    all: Vec<PivotLine>,
    rows: u64,
    totals: Vec<Money>,
    labels: Labels,
}

impl PivotPage {
    /// The page of a query without its lines. The sums have all columns.
    fn of(
        data: &Dataset,
        query: &Query,
        wide: &Wide<'_>,
        mut all: Vec<PivotLine>,
    ) -> Result<Self, DataError> {
        all.sort_by_key(|line| line.cost.currency.is_none());
        let end = query.limit.unwrap_or(usize::MAX);
        let end = query.offset.saturating_add(end);
        let limit = query.limit.filter(|_| query.others && query.offset == 0);
        let last = query.top.or(limit).unwrap_or(usize::MAX);
        let last = if query.others { last } else { last.min(end) };
        let found = wide.found;
        Ok(Self {
            of: 0,
            offset: query.offset,
            end,
            last,
            labels_of_columns: wide.columns.labels(data)?,
            columns: wide.columns.clone(),
            all,
            rows: found.groups().map(|group| found.rows(group)).sum(),
            totals: totals(found, found.groups())?,
            labels: Labels::of(data, &query.group_by)?,
        })
    }

    /// How many lines are held together: fewer than so many if they are wide. Fails where memory is tight and they do not
    /// fit: each has a cell for every column.
    fn check_room(&self, most: usize) -> Result<usize, DataError> {
        /// The columns of a line that is not wide.
        const NARROW: usize = 32;
        /// Bytes of a line without its cells, and of a cell and its text.
        const LINE: usize = 600;
        const CELL: usize = 64;
        let together = if most == usize::MAX {
            most
        } else {
            (most * NARROW / self.columns.cells().max(NARROW)).max(1)
        };
        let last = self.end.min(self.last).min(self.of);
        let lines = last.saturating_sub(self.offset).min(together);
        let line = LINE + self.columns.cells() * CELL;
        room::check(lines.saturating_mul(line) as u64)?;
        Ok(together)
    }

    /// The last table has the lines beyond the page, and their number.
    fn table(&self, lines: Vec<PivotLine>, others: Option<(Vec<PivotLine>, usize)>) -> Table {
        let (others, other_groups) = others.unwrap_or_default();
        Table {
            body: Body::Pivot(Pivot {
                lines,
                by: self.columns.by.clone(),
                columns: self.columns.values.clone(),
                labels: self.labels_of_columns.clone(),
                other_values: self.columns.others,
                others,
                other_groups,
                totals: self.all.clone(),
            }),
            of: self.of,
            rows: self.rows,
            totals: self.totals.clone(),
        }
    }
}

/// The sums of all cells, and the lines that they are in. A line is named by its first sum.
struct Wide<'a> {
    found: &'a Aggregated,
    /// The number of keys of a line. The last key of a sum is behind them.
    keys: usize,
    columns: PivotColumns,
    /// The place of the cell of each value by the number of its text.
    places: HashMap<u32, usize>,
    lines: LinkedSums,
}

impl<'a> Wide<'a> {
    /// The last of the keys has the columns.
    fn of(found: &'a Aggregated, query: &Query, keys: &[GroupKey]) -> Result<Self, DataError> {
        let width = keys.len().saturating_sub(1);
        Self::within(found, width, &PivotColumns::of(found, query, keys)?)
    }

    /// The sums of some of the lines of a table with these columns.
    fn within(
        found: &'a Aggregated,
        keys: usize,
        columns: &PivotColumns,
    ) -> Result<Self, DataError> {
        let values = columns.values.iter();
        let known: HashMap<Option<&str>, usize> = values.map(Option::as_deref).zip(0..).collect();
        let others = (columns.others > 0).then_some(columns.values.len());
        let texts = texts(found, keys).into_iter();
        let place = |(number, text)| Some((number, known.get(&text).copied().or(others)?));
        let line = |sum| {
            let numbers = found.numbers(sum);
            (numbers.get(..keys), numbers.last().copied())
        };
        Ok(Self {
            found,
            keys,
            places: texts.filter_map(place).collect(),
            lines: LinkedSums::of(found, found.groups(), line)?,
            columns: columns.clone(),
        })
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

    /// The cell of a line in a column. A value has at most one sum; the others are not looked up.
    fn cell(&self, first: u32, column: usize) -> Option<Amount> {
        let mut sums = self.lines.of_group(first);
        let sum = sums.find(|sum| self.place(*sum) == Some(column))?;
        Some(self.found.cost(sum))
    }

    /// A line without texts.
    fn unnamed(&self, first: u32) -> Result<PivotLine, DataError> {
        let (amount, rows) = self.sums(first)?;
        let mut cells = vec![None; self.columns.cells()];
        for sum in self.lines.of_group(first) {
            let place = self.place(sum);
            if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
                let cost = self
                    .found
                    .cost(sum)
                    .checked_add(cell.unwrap_or(Amount::ZERO));
                *cell = Some(cost.ok_or_else(overflow)?);
            }
        }
        Ok(PivotLine {
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

    fn named(&self, first: u32, labels: &Labels) -> Result<PivotLine, DataError> {
        let key = |at| self.found.key(first, at).map(ToOwned::to_owned);
        let keys: Vec<Option<String>> = (0..self.keys).map(key).collect();
        Ok(PivotLine {
            labels: labels.of_keys(&keys),
            keys,
            ..self.unnamed(first)?
        })
    }

    /// Lines added up per currency.
    fn added_up(&self, lines: &[u32]) -> Result<Vec<PivotLine>, DataError> {
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
        let sorts: Vec<(PivotSort, bool)> = sorts.collect::<Result<_, DataError>>()?;
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
                    order.then_with(|| self.compare(lines, &PivotSort::Key(at), true))
                })
            };
            one_rank
                .cmp(other_rank)
                .then_with(sorted)
                .then_with(keys)
                .then_with(|| self.compare(lines, &PivotSort::Currency, true))
        });
        Ok(ranked.into_iter().map(|(_, first)| first).collect())
    }

    /// The rank of a line, by which smaller ones come first; `None` for the order of texts.
    fn rank(&self, first: u32, by: &PivotSort, ascending: bool) -> Option<i128> {
        // A sum that is too large was an error before.
        let (cost, rows) = self.sums(first).unwrap_or_default();
        let units = match by {
            PivotSort::Cost => cost.units(),
            PivotSort::Size => cost.abs().units(),
            PivotSort::Rows => rows.into(),
            PivotSort::Key(_) | PivotSort::Currency => return None,
            PivotSort::Column(at) => match self.cell(first, *at) {
                Some(cell) => cell.units(),
                None => return Some(i128::MAX),
            },
        };
        Some(if ascending { units } else { -units })
    }

    fn compare(&self, lines: [u32; 2], by: &PivotSort, ascending: bool) -> Ordering {
        let [a, b] = match by {
            PivotSort::Key(at) => lines.map(|line| self.found.key(line, *at)),
            PivotSort::Currency => lines.map(|line| self.found.currency(line)),
            PivotSort::Cost | PivotSort::Size | PivotSort::Rows | PivotSort::Column(_) => {
                let [a, b] = lines.map(|line| self.rank(line, by, ascending));
                return a.cmp(&b);
            }
        };
        nulls_last(a, b, !ascending)
    }
}

/// Sort keys for the lines of a pivot.
enum PivotSort {
    Cost,
    Size,
    Rows,
    Key(usize),
    Currency,
    Column(usize),
}

fn sort_by(columns: &PivotColumns, query: &Query, sort: &Sort) -> Result<PivotSort, DataError> {
    let key = match &sort.by {
        SortBy::Cost => return Ok(PivotSort::Cost),
        SortBy::Size => return Ok(PivotSort::Size),
        SortBy::Rows => return Ok(PivotSort::Rows),
        SortBy::Key(key) => key,
    };
    let name = key.name().to_lowercase();
    let place = query
        .group_by
        .iter()
        .position(|known| known.name().to_lowercase() == name);
    let found = place.map(PivotSort::Key).or_else(|| {
        let column = columns.named(&key.name());
        column.map(PivotSort::Column)
    });
    let currency = (*key == GroupKey::Role(Role::Currency)).then_some(PivotSort::Currency);
    found.or(currency).ok_or_else(|| columns.unsortable(key))
}
