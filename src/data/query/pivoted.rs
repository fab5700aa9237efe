//! Answers pivot queries: groups with a column for each month or day.

use super::groups::{all_groups, question, some_first, totals, unsortable};
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::query::{PivotBy, Query, by_keys, nulls_last};
use crate::domain::table::pivot::{Line, Pivot};
use crate::domain::table::text_table::ABSENT;
use crate::domain::table::{Body, Table};
use hashbrown::HashSet;
use std::cmp::Ordering;

pub(crate) fn run(data: &Dataset, query: &Query, by: PivotBy) -> Result<Table, DataError> {
    let mut keys = query.group_by.clone();
    keys.push(by.key());
    let wide = Query {
        group_by: keys,
        ..Query::default()
    };
    let found = sums(data, query.filter.as_ref(), &question(&wide))?;
    check_room(&found)?;
    let groups = all_groups(data, &found, &wide.group_by)?;
    let mut pivot = Pivot::of(&groups).ok_or_else(overflow)?;
    if let Some(having) = &query.having {
        pivot
            .lines
            .retain(|line| having.keeps(line.cost.amount, line.rows));
    }
    sort(&mut pivot, query)?;
    let of = pivot.lines.len();
    let limit = query.limit.filter(|_| query.others && query.offset == 0);
    let top = query.top.or(limit).unwrap_or(usize::MAX);
    if query.others {
        pivot.keep(top).ok_or_else(overflow)?;
    } else {
        pivot.lines.truncate(top);
    }
    pivot.lines.drain(..query.offset.min(pivot.lines.len()));
    pivot.lines.truncate(query.limit.unwrap_or(usize::MAX));
    Ok(Table {
        body: Body::Pivot(pivot),
        of,
        rows: found.groups().map(|group| found.rows(group)).sum(),
        totals: totals(&found, found.groups())?,
    })
}

/// Fails where memory is tight and the lines do not fit: each has a cell for every column.
fn check_room(found: &Aggregated) -> Result<(), DataError> {
    /// Bytes of a key of a sum, which is named before it finds its line.
    const NAME: usize = 96;
    /// Bytes of a line without its cells, and of a cell and its text.
    const LINE: usize = 600;
    const CELL: usize = 64;
    if !room::is_tight() {
        return Ok(());
    }
    let (mut lines, mut columns) = (HashSet::new(), HashSet::new());
    for group in found.groups() {
        // The last key becomes the columns, and the currency is behind it.
        if let [keys @ .., column, currency] = found.numbers(group) {
            lines.insert((keys, *currency));
            columns.insert(*column);
        }
    }
    let names = found.groups().len() * found.width() * NAME;
    let cells = lines.len() * (LINE + columns.len() * CELL);
    room::check((names + cells) as u64)
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

fn sort_by(pivot: &Pivot, query: &Query, sort: &Sort) -> Result<By, DataError> {
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
        let column = pivot.columns.iter().position(column);
        column.map(By::Column)
    });
    let currency = (*key == GroupKey::Role(Role::Currency)).then_some(By::Currency);
    found.or(currency).ok_or_else(|| unsortable(key))
}

fn sort(pivot: &mut Pivot, query: &Query) -> Result<(), DataError> {
    let wanted = query.sorts();
    let mut sorts = Vec::with_capacity(wanted.len());
    for sort in wanted {
        sorts.push((sort_by(pivot, query, sort)?, sort.ascending));
    }
    pivot.lines.sort_by(|a, b| {
        let sorted = sorts
            .iter()
            .fold(Ordering::Equal, |order, (by, ascending)| {
                order.then_with(|| compare(a, b, by, *ascending))
            });
        let currency = |line: &Line| line.cost.currency.clone();
        sorted
            .then_with(|| by_keys(&a.keys, &b.keys))
            .then_with(|| nulls_last(currency(a).as_deref(), currency(b).as_deref(), false))
    });
    Ok(())
}

fn compare(a: &Line, b: &Line, by: &By, ascending: bool) -> Ordering {
    let flip = |order: Ordering| if ascending { order } else { order.reverse() };
    let text = |line: &Line, at: usize| line.keys.get(at).cloned().flatten();
    let cell = |line: &Line, at: usize| line.cells.get(at).copied().flatten();
    match by {
        By::Cost => flip(a.cost.amount.cmp(&b.cost.amount)),
        By::Size => flip(a.cost.amount.abs().cmp(&b.cost.amount.abs())),
        By::Rows => flip(a.rows.cmp(&b.rows)),
        By::Key(at) => nulls_last(text(a, *at).as_deref(), text(b, *at).as_deref(), !ascending),
        By::Currency => nulls_last(
            a.cost.currency.as_deref(),
            b.cost.currency.as_deref(),
            !ascending,
        ),
        By::Column(at) => some_first(cell(a, *at), cell(b, *at), flip),
    }
}
