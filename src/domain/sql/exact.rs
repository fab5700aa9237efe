//! The statement that gives the groups of a view to the last digit: with the commonest spelling of what has no case, in the
//! same order.

use super::Dialect;
use super::condition::{condition, operator};
use crate::domain::query::{GroupKey, Having, Query, Summed};
use crate::domain::sheet::Holds;
use crate::domain::sort::SortBy;
use std::fmt::Write;

/// Why a view has no statement.
pub type Unsaid = &'static str;

/// The statement of a grouped view. Its outputs are the keys in their order, then currency, cost and rows.
pub fn exact(
    query: &Query,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: Dialect,
) -> Result<String, Unsaid> {
    if query.group_by.is_empty() {
        return Err("rows have no statement yet; group them (--group-by)");
    }
    if query.pivot.is_some() || query.change.is_some() || query.others || query.top.is_some() {
        return Err("pivots, two periods and the line of the others have no statement yet");
    }
    if !query.measures.is_empty() {
        return Err("columns beside cost and rows have no statement yet");
    }
    let kept = match &query.filter {
        Some(filter) => condition(filter, holds, dialect),
        None => "TRUE".to_owned(),
    };
    let mut sql = base(query, &kept, dialect);
    let folded = |(_, key): &(usize, &GroupKey)| key.ignores_case();
    let spelled: Vec<usize> = query
        .group_by
        .iter()
        .enumerate()
        .filter(folded)
        .map(|(at, _)| at)
        .collect();
    for at in &spelled {
        let _ = write!(sql, "{}", spelling(*at));
    }
    sql.push_str(&sums(query));
    sql.push_str(&outputs(query, &spelled, dialect));
    Ok(sql)
}

/// The rows with their keys: `g` is what is grouped by, `k` how it is written.
fn base(query: &Query, kept: &str, dialect: Dialect) -> String {
    let mut sql = "WITH b AS (SELECT ".to_owned();
    for (at, key) in query.group_by.iter().enumerate() {
        let name = dialect.identifier(&key.name());
        let _ = if key.ignores_case() {
            write!(sql, "LOWER({name}) AS g{at}, {name} AS k{at}, ")
        } else {
            write!(sql, "{name} AS g{at}, ")
        };
    }
    let _ = write!(
        sql,
        "currency AS y, cost AS c, ({kept}) AS kept FROM costs)"
    );
    sql
}

/// The commonest spelling of a key over all rows, whatever the filter keeps; of equally common ones the first.
fn spelling(at: usize) -> String {
    format!(
        ", n{at} AS (SELECT g{at}, k{at}, 0 - COUNT(*) AS n FROM b WHERE k{at} IS NOT NULL GROUP BY g{at}, k{at}), \
         r{at} AS (SELECT g{at}, k{at}, ROW_NUMBER() OVER (PARTITION BY g{at} ORDER BY n ASC, k{at} ASC) AS place FROM n{at}), \
         s{at} AS (SELECT g{at} AS w{at}, k{at} AS shown{at} FROM r{at} WHERE place = 1)"
    )
}

/// What the groups add up to.
fn sums(query: &Query) -> String {
    let keys: Vec<String> = (0..query.group_by.len())
        .map(|at| format!("g{at}"))
        .collect();
    let keys = keys.join(", ");
    let having = query.having.as_ref().map(having).unwrap_or_default();
    format!(
        ", a AS (SELECT {keys}, y, COALESCE(SUM(c), 0) AS total, COUNT(*) AS number FROM b WHERE kept GROUP BY {keys}, y{having})"
    )
}

fn having(test: &Having) -> String {
    let of = match test.of {
        Summed::Cost => "COALESCE(SUM(c), 0)",
        Summed::Rows => "COUNT(*)",
    };
    format!(" HAVING {of} {} {}", operator(test.comparator), test.value)
}

fn outputs(query: &Query, spelled: &[usize], dialect: Dialect) -> String {
    let shown = |at: usize| {
        if spelled.contains(&at) {
            format!("shown{at}")
        } else {
            format!("g{at}")
        }
    };
    let keys = query.group_by.iter().enumerate();
    let mut names: Vec<String> = keys
        .map(|(at, key)| format!("{} AS {}", shown(at), dialect.identifier(&key.name())))
        .collect();
    let own = format!("key {}", query.group_by.len());
    let has_currency = query.group_by.iter().any(|key| key.name() == "currency");
    let currency = if has_currency { &own } else { "currency" };
    names.push(format!("y AS {}", dialect.identifier(currency)));
    let rows = dialect.identifier("rows");
    names.extend(["total AS cost".to_owned(), format!("number AS {rows}")]);
    let joins: Vec<String> = spelled
        .iter()
        .map(|at| format!(" LEFT JOIN s{at} ON g{at} = w{at}"))
        .collect();
    let place = |key: &GroupKey| query.group_by.iter().position(|known| known == key);
    let sorts = query.sorts().iter().filter_map(|sort| {
        let by = match &sort.by {
            SortBy::Cost => "total".to_owned(),
            SortBy::Rows => "number".to_owned(),
            SortBy::Key(key) => shown(place(key)?),
        };
        let way = if sort.ascending { "ASC" } else { "DESC" };
        Some(format!("{by} {way} NULLS LAST"))
    });
    let keys = (0..query.group_by.len()).map(|at| format!("{} ASC NULLS LAST", shown(at)));
    let order: Vec<String> = sorts
        .chain(keys)
        .chain(["y ASC NULLS LAST".to_owned()])
        .collect();
    let limit = query.limit.map(|limit| format!(" LIMIT {limit}"));
    format!(
        " SELECT {} FROM a{} ORDER BY {}{}",
        names.join(", "),
        joins.join(""),
        order.join(", "),
        limit.unwrap_or_default()
    )
}
