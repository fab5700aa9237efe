//! A query without group keys: one page of the rows themselves.

use super::dataset::Dataset;
use super::error::DataError;
use super::{COST, dates, keys, query};
use crate::domain::columns::{Role, plain};
use crate::domain::money::Amount;
use crate::domain::query::{GroupKey, Query, SortBy};
use crate::domain::table::{Body, Cell, Table};
use polars::prelude::{
    BooleanChunked, ChunkTake, ChunkedArray, Column, DataFrame, IdxCa, IdxType, IntoColumn,
    NewChunkedArray, SortMultipleOptions,
};

/// Sorts and cuts out a page.
pub(crate) fn run(
    data: &Dataset,
    query: &Query,
    mask: Option<&BooleanChunked>,
) -> Result<Table, DataError> {
    let frame = data.frame();
    let picks = picks(data, query)?;
    let positions = IdxCa::from_iter_values(
        "row".into(),
        (0..frame.height()).filter_map(|at| u32::try_from(at).ok()),
    );
    let sort = sort_column(data, query)?;
    let mut ordered = DataFrame::new(frame.height(), vec![positions.into_column(), sort])?;
    if let Some(mask) = mask {
        ordered = ordered.filter(mask)?;
    }
    let of = ordered.height();
    let options = SortMultipleOptions::default()
        .with_order_descending(!query.sort.ascending)
        .with_nulls_last(true)
        .with_maintain_order(true);
    let sorted = ordered.sort(["sort"], options)?;
    let offset = i64::try_from(query.offset.min(of)).unwrap_or_default();
    let page = sorted.slice(offset, query.limit.unwrap_or(of).min(of));
    let rows = cells(data, page.column("row")?.idx()?, &picks)?;
    let columns = picks.into_iter().map(|pick| pick.name).collect();
    let (totals, kept) = query::totals(data, mask)?;
    Ok(Table {
        body: Body::Rows { columns, rows },
        of,
        rows: kept,
        totals,
    })
}

fn sort_column(data: &Dataset, query: &Query) -> Result<Column, DataError> {
    let mut column = match &query.sort.by {
        SortBy::Cost | SortBy::Rows | SortBy::Key(GroupKey::Role(Role::Cost)) => {
            data.frame().column(COST)?.clone()
        }
        SortBy::Key(key) => keys::named(&data.key(key)?, "sort"),
    };
    column.rename("sort".into());
    Ok(column)
}

/// A column to show: what it is called and where its values come from.
struct Pick {
    name: String,
    from: From,
}

enum From {
    Header(String),
    Key(GroupKey),
}

/// The columns asked for, by header or key name, none twice; all headers when nothing was asked.
fn picks(data: &Dataset, query: &Query) -> Result<Vec<Pick>, DataError> {
    let header = |header: &String| Pick {
        name: header.clone(),
        from: From::Header(header.clone()),
    };
    if query.columns.is_empty() {
        return Ok(data.headers().iter().map(header).collect());
    }
    let mut picks: Vec<Pick> = Vec::new();
    for name in &query.columns {
        let written = data
            .headers()
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        let pick = match (written, GroupKey::parse(name)) {
            (Some(known), _) => header(known),
            (None, Some(key)) if !matches!(key, GroupKey::Column(_)) => Pick {
                name: key.name(),
                from: From::Key(key),
            },
            _ => header(&keys::find_header(data.headers(), name)?),
        };
        if picks.iter().all(|known| known.name != pick.name) {
            picks.push(pick);
        }
    }
    Ok(picks)
}

fn cells(
    data: &Dataset,
    rows: &ChunkedArray<IdxType>,
    picks: &[Pick],
) -> Result<Vec<Vec<Cell>>, DataError> {
    let mut out: Vec<Vec<Cell>> = rows
        .iter()
        .map(|_| Vec::with_capacity(picks.len()))
        .collect();
    for pick in picks {
        let column = match &pick.from {
            From::Header(header) => header_cells(data, header, rows)?,
            From::Key(GroupKey::Role(Role::Cost)) => {
                let costs = data
                    .frame()
                    .column(COST)?
                    .decimal()?
                    .physical()
                    .take(rows)?;
                let amounts = costs
                    .iter()
                    .map(|units| Cell::Amount(units.map(Amount::from_units)));
                amounts.collect()
            }
            From::Key(key) => {
                let values = data.key(key)?.values.take(rows)?;
                values
                    .iter()
                    .map(|text| Cell::Text(text.map(ToOwned::to_owned)))
                    .collect()
            }
        };
        for (row, cell) in out.iter_mut().zip(column) {
            row.push(cell);
        }
    }
    Ok(out)
}

/// A column as received, its days in ISO form, and amounts exact where the column holds the cost.
fn header_cells(
    data: &Dataset,
    header: &str,
    rows: &ChunkedArray<IdxType>,
) -> Result<Vec<Cell>, DataError> {
    let texts = data.frame().column(header)?.str()?.take(rows)?;
    let plain = plain(header);
    let is_cost = Role::Cost.candidates().contains(&plain.as_str());
    let is_day = Role::Date.candidates().contains(&plain.as_str()) || plain.ends_with("date");
    let cell = |text: &str| {
        if is_cost && let Ok(parsed) = Amount::parse(text) {
            return Cell::Amount(Some(parsed.amount));
        }
        if is_day && let Ok(day) = dates::parse(text) {
            return Cell::Text(Some(day.to_string()));
        }
        Cell::Text(Some(text.to_owned()))
    };
    let absent = if is_cost {
        Cell::Amount(None)
    } else {
        Cell::Text(None)
    };
    Ok(texts
        .iter()
        .map(|text| text.map_or_else(|| absent.clone(), cell))
        .collect())
}
