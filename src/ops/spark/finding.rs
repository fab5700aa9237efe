//! Inspects a table on a server: its columns, their roles, and the totals of all rows.

use super::server::{Still, whole};
use crate::data::dataset::server::ServerTotals;
use crate::data::dataset::server::layout::ServerLayout;
use crate::domain::metric::Metric;
use crate::domain::money::{Amount, Money};
use crate::domain::period::DateRange;
use crate::domain::query::columns::{Dialect as FileLayout, Role, plain};
use crate::domain::sql;
use crate::domain::sql::server::columns::{ColumnType, ReadAs, ServerTable, StatementNeeds};
use crate::domain::sql::spark_address::{Reads, SparkSource};
use crate::domain::sql::statement::AnswerValue;
use crate::domain::text::grouped;
use crate::ops::error::OpsError;
use crate::remote::client::Client;
use crate::remote::patience::{Patience, new_id};

/// A client, the relation, its columns by role, and the totals of all rows.
pub(super) type FoundOut = (Client, String, ServerLayout, ServerTotals);

/// Connects and inspects the table.
pub(super) async fn found_out(
    server: &SparkSource,
    name: &str,
    authorities: Option<Vec<u8>>,
    day_first: bool,
    wanted: Still<'_>,
) -> Result<FoundOut, OpsError> {
    let client = Client::connect(server, authorities, new_id(), Patience::default());
    let client = client.await?;
    client.settle().await?;
    let relations = client.relations(&server.reads, wanted).await?;
    let (relation, columns) = together(&client, server, &relations, wanted).await?;
    let mut layout = ServerLayout::read(name, &columns, day_first)?;
    if let Some((probe, asked)) = layout.table().probe(&relation) {
        let counts = client.ask(&probe, wanted).await?;
        let counts = counts.answer.rows.into_iter().next().unwrap_or_default();
        let counted = asked.into_iter().zip(counts);
        let texts: Vec<usize> = counted
            .filter(|(_, count)| *count != AnswerValue::Integer(0))
            .map(|(at, _)| at)
            .collect();
        layout.set_texts(&texts);
    }
    let statement = summary(layout.table(), &relation);
    let answered = client.ask(&statement, wanted).await?;
    let totals = totals(name, &answered.answer.rows, &layout)?;
    Ok((client, relation, layout, totals))
}

/// Combines everything that a source reads into one relation, matching columns by name. Files of several layouts are
/// refused, since each has its own columns for the same fact.
async fn together(
    client: &Client,
    server: &SparkSource,
    relations: &[String],
    wanted: Still<'_>,
) -> Result<(String, Columns), OpsError> {
    let mut all: Vec<Columns> = Vec::with_capacity(relations.len());
    for (at, relation) in relations.iter().enumerate() {
        let none = format!("SELECT * FROM {relation} LIMIT 0");
        let columns = client.schema(&none, wanted).await?;
        if columns.is_empty() {
            let path = match &server.reads {
                Reads::Files(paths) => paths.get(at).cloned().unwrap_or_default(),
                Reads::Table(name) => name.clone(),
            };
            return Err(OpsError::Usage(format!(
                "{}: the server finds nothing in {path}: paths are resolved there, not here",
                client.place()
            )));
        }
        all.push(columns);
    }
    let mut rest = all.iter();
    let (Some(first), [only]) = (rest.next(), relations) else {
        return joined(server, relations, &all);
    };
    Ok((only.clone(), first.clone()))
}

/// Columns with their names and types.
type Columns = Vec<(String, ColumnType)>;

fn joined(
    server: &SparkSource,
    relations: &[String],
    all: &[Columns],
) -> Result<(String, Columns), OpsError> {
    let mut layouts = all.iter().map(|columns| {
        let names: Vec<String> = columns.iter().map(|(name, _)| plain(name)).collect();
        FileLayout::of(&names)
    });
    let first = layouts.next();
    if layouts.any(|layout| Some(layout) != first) {
        return Err(OpsError::Failed(format!(
            "{server}: its files have several layouts with different columns for the same facts; query one layout at a time"
        )));
    }
    let is_same = |one: &String, other: &String| one.to_lowercase() == other.to_lowercase();
    let mut columns: Columns = Vec::new();
    for (name, kind) in all.iter().flatten() {
        match columns.iter_mut().find(|(known, _)| is_same(known, name)) {
            None => columns.push((name.clone(), *kind)),
            // A column that is a number in one file and text in another is text.
            Some((_, known)) if *known != *kind => *known = ColumnType::Text,
            Some(_) => {}
        }
    }
    let parts = relations.iter().zip(all).map(|(relation, own)| {
        let outputs = columns.iter().map(|(name, kind)| {
            let quoted = sql::dialect::SqlDialect::Spark.identifier(name);
            let quoted = if quoted.starts_with('`') {
                quoted
            } else {
                format!("`{quoted}`")
            };
            match own.iter().find(|(known, _)| is_same(known, name)) {
                None => format!("CAST(NULL AS STRING) AS {quoted}"),
                Some((_, is)) if is != kind => format!("CAST({quoted} AS STRING) AS {quoted}"),
                Some(_) => quoted,
            }
        });
        let outputs: Vec<String> = outputs.collect();
        format!("SELECT {} FROM {relation}", outputs.join(", "))
    });
    let parts: Vec<String> = parts.collect();
    Ok((
        format!("({}) all_files", parts.join(" UNION ALL ")),
        columns,
    ))
}

/// One pass over all rows: totals, days, the counts that reveal the metric, the largest amounts, and amounts that the
/// server has silently lost.
fn summary(table: &ServerTable, relation: &str) -> String {
    let view = table.view_as("costs", relation, &StatementNeeds::default());
    let part = sql::dialect::PART;
    let cost = table.roles.get(&Role::Cost).copied().unwrap_or_default();
    let header = table.columns.get(cost).map(|column| column.name.as_str());
    let quantity = table
        .roles
        .get(&Role::Quantity)
        .and_then(|at| table.columns.get(*at));
    let quantity = match quantity.map(|column| column.read_as) {
        Some(ReadAs::Amount) => "MAX(ABS(quantity))",
        _ => "CAST(NULL AS DECIMAL(38,18))",
    };
    let raw = format!("`{}`", header.unwrap_or_default().replace('`', "``"));
    let filled = format!(
        "raw_costs AS (SELECT COUNT({raw}) AS filled FROM {relation} WHERE CAST({raw} AS STRING) RLIKE '[0-9]')"
    );
    sql::server::with_view(
        &format!("{view},\n{filled}"),
        &format!(
            "SELECT currency, SUM(cost), COUNT(*), MIN(`date`), MAX(`date`), COUNT(cost), \
             COUNT(CASE WHEN `{part}` IN (4, 5) THEN 1 END), COUNT(CASE WHEN `{part}` = 1 THEN 1 END), \
             COUNT(CASE WHEN `{part}` = 3 AND LOWER(`charge-type`) = 'usage' AND cost <> 0 THEN 1 END), \
             MAX(ABS(cost)), {quantity}, (SELECT MAX(filled) FROM raw_costs) FROM costs GROUP BY currency"
        ),
    )
}

fn totals(
    name: &str,
    rows: &[Vec<AnswerValue>],
    layout: &ServerLayout,
) -> Result<ServerTotals, OpsError> {
    let mut totals = ServerTotals::default();
    let (mut costs, mut filled, mut largest) = (0, 0, 0);
    let (mut unused, mut bought, mut priced) = (0, 0, 0);
    for row in rows {
        let [
            currency,
            cost,
            count,
            first,
            last,
            amounts,
            parts @ ..,
            most,
            more,
            all,
        ] = row.as_slice()
        else {
            return Err(OpsError::Failed(format!(
                "{name}: the server sent an unexpected result"
            )));
        };
        totals.rows += number(count);
        costs += number(amounts);
        filled = number(all);
        let amounts = [most, more].into_iter().filter_map(AnswerValue::amount);
        largest = amounts
            .map(|amount| amount.units().unsigned_abs())
            .fold(largest, u128::max);
        totals.totals.push(Money {
            currency: currency.text(),
            amount: cost.amount().unwrap_or(Amount::ZERO),
        });
        if let (Some(from), Some(to)) = (day(first), day(last)) {
            let known = totals.days.get_or_insert(DateRange { from, to });
            (known.from, known.to) = (known.from.min(from), known.to.max(to));
        }
        if let [left, purchases, used] = parts {
            unused += number(left);
            bought += number(purchases);
            priced += number(used);
        }
    }
    check(name, totals.rows, (costs, filled), largest)?;
    totals
        .totals
        .sort_by_key(|money| (money.currency.is_none(), money.currency.clone()));
    totals.metric = if layout.is_amortized_only() || unused > 0 {
        Some(Metric::Amortized)
    } else if bought > 0 {
        Some(Metric::Actual)
    } else {
        (priced > 0).then_some(Metric::Amortized)
    };
    Ok(totals)
}

/// Refuses amounts that the server reads as null, and those large enough to overflow in a sum.
fn check(
    name: &str,
    rows: u64,
    (costs, filled): (u64, u64),
    largest: u128,
) -> Result<(), OpsError> {
    const FITS: u128 = 100_000_000_000_000_000_000;
    if costs < filled {
        return Err(OpsError::Failed(format!(
            "{name}: the server reads {} of {} amounts as null: they are not numbers, or too large. ANSI mode \
             (spark.sql.ansi.enabled) shows the first one",
            grouped(filled - costs),
            grouped(filled)
        )));
    }
    // Some servers silently wrap sums.
    let whole = largest.div_ceil(1_000_000_000_000_000_000).max(1);
    let bound = u128::from(rows).checked_mul(whole);
    if bound.is_none_or(|bound| bound >= FITS) {
        return Err(OpsError::Failed(format!(
            "{name}: its amounts are so large that a sum may have more than 20 digits before the point, which servers \
             silently truncate"
        )));
    }
    Ok(())
}

fn number(value: &AnswerValue) -> u64 {
    whole(value).unwrap_or_default()
}

fn day(value: &AnswerValue) -> Option<chrono::NaiveDate> {
    value.text()?.parse().ok()
}
