//! Verifies a view: runs it on both engines, costscope's own and polars. Groups are compared with the result of a
//! single SQL statement, to the last digit and in the same order.

use super::{ask, open, sql};
use crate::domain::analysis::change::{Change, Changed, Effects};
use crate::domain::analysis::comparison;
use crate::domain::analysis::comparison::Delta;
use crate::domain::money::Money;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::SortBy;
use crate::domain::sql::dialect::SqlDialect;
use crate::domain::sql::exact::{Spelled, exact};
use crate::domain::sql::statement::AnswerValue;
use crate::domain::table::Body;
use crate::domain::table::group::Cell;
use crate::domain::table::value_names::value_name;
use crate::domain::text::{counted, grouped};
use crate::ops::context::OpenDataset;
use crate::ops::engine::Engine;
use crate::ops::error::OpsError;

/// A group as both engines return it: keys, currency, cost, rows.
type Told = (Vec<Option<String>>, Option<String>, String, String);

/// Runs a view on both engines. Returns a summary of what they agree on, or the first difference as an error.
pub fn verify(
    opened: &OpenDataset,
    query: &Query,
    wanted: impl Fn() -> bool,
) -> Result<String, OpsError> {
    here(&[opened])?;
    if let (Some(periods), false) = (query.change, query.group_by.is_empty()) {
        let both = [Engine::Own, Engine::Polars].map(|engine| {
            let data = engine.put_on(&opened.data)?;
            let table = ask::periods(&data, periods, query)?;
            match table.body {
                Body::Change(change) => Ok(change),
                Body::Groups { .. } | Body::Rows { .. } | Body::Pivot(_) => Err(nothing()),
            }
        });
        let [own, polars] = both;
        return of_changes(&own?, &polars?);
    }
    if query.group_by.is_empty() {
        return of_rows(opened, query);
    }
    of_groups(opened, query, wanted)
}

/// Like `verify`, for a pair.
pub fn verify_pair(
    [actual, amortized]: [&OpenDataset; 2],
    keys: &[GroupKey],
    filter: Option<&Filter>,
) -> Result<String, OpsError> {
    here(&[actual, amortized])?;
    let both = [Engine::Own, Engine::Polars].map(|engine| {
        let (one, other) = (
            engine.put_on(&actual.data)?,
            engine.put_on(&amortized.data)?,
        );
        let all = (comparison::Sort::default(), None);
        open::compare(&one, &other, keys, filter, all)
    });
    let [own, polars] = both;
    let (own, polars) = (own?, polars?);
    let words = |delta: &Delta| {
        let steps = delta
            .bridge
            .steps()
            .map(|step| format!("{} {}", step.step, step.cost));
        line_of(&delta.keys, delta.currency.as_deref(), &steps.join(", "))
    };
    agreed(&own.currencies, &polars.currencies, words)?;
    agreed(&own.groups, &polars.groups, words)?;
    Ok(format!(
        "both engines agree on the bridge and on {}",
        counted(own.groups.len() as u64, "group")
    ))
}

/// Like `verify`, for two periods.
pub fn verify_periods(
    sides: [ask::Side<'_>; 2],
    keys: &[GroupKey],
    filter: Option<&Filter>,
) -> Result<String, OpsError> {
    let both = [Engine::Own, Engine::Polars].map(|engine| {
        let [(one, was), (other, is)] = sides;
        let (one, other) = (engine.put_on(one)?, engine.put_on(other)?);
        if one.server().or(other.server()).is_some() {
            return Err(on_server());
        }
        ask::change((&one, was), (&other, is), filter, keys, &[], None)
    });
    let [own, polars] = both;
    of_changes(&own?, &polars?)
}

fn of_changes(own: &Change, polars: &Change) -> Result<String, OpsError> {
    let words = |changed: &Changed| {
        let amounts = Effects::NAMES.iter().zip(changed.effects.amounts());
        let amounts: Vec<String> = amounts
            .map(|(name, amount)| format!("{name} {amount}"))
            .collect();
        line_of(
            &changed.keys,
            changed.currency.as_deref(),
            &amounts.join(", "),
        )
    };
    agreed(&own.currencies, &polars.currencies, words)?;
    agreed(&own.groups, &polars.groups, words)?;
    Ok(format!(
        "both engines agree on {}",
        counted(own.groups.len() as u64, "group")
    ))
}

fn of_rows(opened: &OpenDataset, query: &Query) -> Result<String, OpsError> {
    let both = [Engine::Own, Engine::Polars].map(|engine| {
        let table = open::show(&engine.put_on(&opened.data)?, query)?;
        match table.body {
            Body::Rows { rows, .. } => Ok((rows, table.rows, table.totals)),
            Body::Groups { .. } | Body::Pivot(_) | Body::Change(_) => Err(nothing()),
        }
    });
    let [own, polars] = both;
    let ((own, count, totals), (polars, other, sums)) = (own?, polars?);
    let words = |row: &Vec<Cell>| {
        let cells: Vec<String> = row.iter().filter_map(Cell::exact).collect();
        cells.join(", ")
    };
    let total = |money: &Money| format!("a total of {} {}", money.amount, money.code());
    agreed(&totals, &sums, total)?;
    agreed(&own, &polars, words)?;
    if count != other {
        let text =
            format!("the engines differ: {count} rows from costscope's own, {other} from polars");
        return Err(OpsError::Differs(text));
    }
    Ok(format!(
        "both engines agree on {} of {}",
        grouped(own.len() as u64),
        counted(count, "row")
    ))
}

/// Compares two lists; the first difference is an error.
fn agreed<T: PartialEq>(
    own: &[T],
    polars: &[T],
    words: impl Fn(&T) -> String,
) -> Result<(), OpsError> {
    let most = own.len().max(polars.len());
    let Some(at) = (0..most).find(|at| own.get(*at) != polars.get(*at)) else {
        return Ok(());
    };
    let line = |found: Option<&T>| found.map_or_else(|| "nothing".to_owned(), &words);
    Err(OpsError::Differs(format!(
        "the engines differ in line {}: {} from costscope's own, {} from polars",
        at + 1,
        line(own.get(at)),
        line(polars.get(at))
    )))
}

fn line_of(keys: &[Option<String>], currency: Option<&str>, amounts: &str) -> String {
    let keys: Vec<String> = keys.iter().map(|key| value_name(key.as_deref())).collect();
    format!("{} {} {amounts}", keys.join(" · "), currency.unwrap_or("-"))
}

/// Refuses data whose rows are only on a server.
fn here(sides: &[&OpenDataset]) -> Result<(), OpsError> {
    if sides.iter().any(|side| side.data.server().is_some()) {
        return Err(on_server());
    }
    Ok(())
}

fn on_server() -> OpsError {
    OpsError::Usage(
        "the rows are on a server: costscope's own engine cannot query them, so there is nothing to compare".to_owned(),
    )
}

fn nothing() -> OpsError {
    OpsError::Usage("this view cannot be verified".to_owned())
}

fn of_groups(
    opened: &OpenDataset,
    query: &Query,
    wanted: impl Fn() -> bool,
) -> Result<String, OpsError> {
    // Shares, month columns and the line of the others are computed from the same groups.
    let mut group_by = query.group_by.clone();
    let column = query.pivot.clone();
    group_by.extend(column.filter(|key| !query.group_by.contains(key)));
    // Groups have no column of a pivot to be sorted by.
    let sorts = query.sort.iter().cloned();
    let sorts = sorts.filter(|sort| match &sort.by {
        SortBy::Key(key) => query.pivot.is_none() || query.group_by.contains(key),
        SortBy::Cost | SortBy::Size | SortBy::Rows => true,
    });
    let whole = Query {
        group_by,
        sort: sorts.collect(),
        pivot: None,
        top: None,
        offset: 0,
        limit: None,
        others: false,
        measures: Vec::new(),
        ..query.clone()
    };
    let holds = |key: &GroupKey| opened.data.holds(&key.name());
    let statement = exact(&whole, &Spelled::default(), &holds, SqlDialect::Polars);
    let table = open::show(&opened.data.answered_by(None), &whole)?;
    let theirs = sql::answer(&opened.data, &statement, None, wanted)?;
    let Body::Groups { groups, .. } = &table.body else {
        return Err(OpsError::Usage("only groups can be verified".to_owned()));
    };
    let own = groups.iter().map(|group| -> Told {
        let (cost, currency) = (&group.cost.amount, group.cost.currency.clone());
        (
            group.keys.clone(),
            currency,
            cost.to_string(),
            group.rows.to_string(),
        )
    });
    let own: Vec<Told> = own.collect();
    let theirs: Vec<Told> = theirs.rows.iter().filter_map(|row| told(row)).collect();
    agreed(&own, &theirs, |(keys, currency, cost, rows)| {
        line_of(keys, currency.as_deref(), &format!("{cost}, {rows} rows"))
    })?;
    Ok(format!(
        "both engines agree on {} ({})",
        counted(own.len() as u64, "group"),
        counted(table.rows, "row")
    ))
}

/// Converts a row of the statement's result.
fn told(row: &[AnswerValue]) -> Option<Told> {
    let [keys @ .., currency, cost, rows] = row else {
        return None;
    };
    let keys = keys.iter().map(AnswerValue::text);
    Some((keys.collect(), currency.text(), cost.text()?, rows.text()?))
}
