//! Writes the statements that compare two sides: actual with amortized, or a period with the previous one.

use super::condition::{in_order, kept, term};
use super::dialect::{PART, SqlDialect};
use super::exact::{keys_of_rows, shown_keys, ties};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::Holds;

/// A side: the name of its table, and the filter on its rows.
#[derive(Debug, Clone, Copy)]
pub struct SideOf<'a> {
    pub table: &'a str,
    pub filter: Option<&'a Filter>,
}

/// Rows of both sides, each with the number of its side.
fn both(
    sides: [SideOf<'_>; 2],
    columns: &[String],
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    let rows = sides.iter().enumerate().map(|(side, of)| {
        format!(
            "SELECT {side} AS side, {}, currency AS y, cost AS c FROM {}{}",
            columns.join(", "),
            of.table,
            kept(of.filter, holds, dialect)
        )
    });
    format!("b AS ({})", rows.collect::<Vec<_>>().join(" UNION ALL "))
}

/// The order of the lines before ties are broken by their keys, and their limit.
#[derive(Debug, Clone, Default)]
pub struct LinesOf {
    /// Sort terms, and whether each is ascending.
    pub by: Vec<(SortTerm, bool)>,
    pub most: Option<usize>,
}

/// A sort term for lines with two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortTerm {
    Output(&'static str),
    /// The absolute value of an output.
    Size(&'static str),
    /// The key at an index.
    Key(usize),
    Currency,
}

/// The ORDER BY and LIMIT clauses.
fn sorted(lines: &LinesOf, shown: &[String]) -> String {
    let by = lines.by.iter().filter_map(|(ranked, up)| {
        let name = match ranked {
            SortTerm::Output(name) => (*name).to_owned(),
            SortTerm::Size(name) => format!("ABS({name})"),
            SortTerm::Key(at) => shown.get(*at)?.clone(),
            SortTerm::Currency => "y".to_owned(),
        };
        Some(term(&name, *up))
    });
    let order: Vec<String> = by.chain(ties(shown)).collect();
    in_order(&order, lines.most)
}

/// The keys as outputs under their names.
fn named(keys: &[GroupKey], shown: &[String], dialect: SqlDialect) -> Vec<String> {
    let names = keys.iter().zip(shown);
    let names = names.map(|(key, shown)| format!("{shown} AS {}", dialect.identifier(&key.name())));
    names.collect()
}

/// The key columns, or a constant key if nothing is grouped by.
fn or_one(keys: &[GroupKey], dialect: SqlDialect) -> Vec<String> {
    let columns = keys_of_rows(keys, dialect);
    if columns.is_empty() {
        vec!["1 AS g0".to_owned()]
    } else {
        columns
    }
}

fn grouped_by(keys: &[GroupKey]) -> String {
    let keys = (0..keys.len().max(1)).map(|at| format!("g{at}"));
    keys.collect::<Vec<_>>().join(", ")
}

/// The statement for actual, amortized and the steps between them, over the tables `actual` and `amortized`.
pub fn bridge(
    keys: &[GroupKey],
    filter: Option<&Filter>,
    lines: &LinesOf,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    let side = |table| SideOf { table, filter };
    let mut columns = or_one(keys, dialect);
    columns.push(format!("{} AS part", dialect.identifier(PART)));
    let rows = both(
        [side("actual"), side("amortized")],
        &columns,
        holds,
        dialect,
    );
    let (mut tables, joins, shown) = shown_keys(keys);
    tables.insert(0, rows);
    let by = grouped_by(keys);
    // One signed sum per step: in Spark, the difference of two sums loses a digit.
    let sum = |plus: &str, minus: &str| {
        let less = dialect.negated("c");
        format!("COALESCE(SUM(CASE WHEN {plus} THEN c WHEN {minus} THEN {less} END), 0)")
    };
    let (none, first, second) = ("FALSE", "side = 0", "side = 1");
    tables.push(format!(
        "a AS (SELECT {by}, y, {} AS actual, {} AS purchases, {} AS benefit_usage, {} AS unused_reservation, {} AS \
         unused_savings_plan, {} AS residual, {} AS amortized, {} AS difference FROM b GROUP BY {by}, y)",
        sum(first, none),
        sum(none, "side = 0 AND part IN (1, 2)"),
        sum("side = 1 AND part IN (1, 2, 3)", "side = 0 AND part IN (3, 4, 5)"),
        sum("side = 1 AND part = 4", none),
        sum("side = 1 AND part = 5", none),
        sum("side = 1 AND part = 0", "side = 0 AND part = 0"),
        sum(second, none),
        sum(second, first),
    ));
    let mut outputs = named(keys, &shown, dialect);
    outputs.push(
        "y AS currency, actual, purchases, benefit_usage, unused_reservation, unused_savings_plan, residual, amortized, \
         difference"
            .to_owned(),
    );
    format!(
        "WITH {} SELECT {} FROM a{joins}{}",
        tables.join(", "),
        outputs.join(", "),
        sorted(lines, &shown)
    )
}

/// Columns that identify an item, in addition to the group keys.
const ITEM: [(Role, &str); 4] = [
    (Role::Resource, "resource"),
    (Role::Meter, "meter"),
    (Role::Unit, "unit"),
    (Role::ChargeType, "charge-type"),
];

/// The statement that compares two periods. Splitting the difference of an item into quantity and price takes 76
/// digits, which SQL lacks, so both effects share one column.
pub fn changed(
    sides: [SideOf<'_>; 2],
    keys: &[GroupKey],
    lines: &LinesOf,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    let mut columns = or_one(keys, dialect);
    for (at, (role, name)) in ITEM.iter().enumerate() {
        let name = dialect.identifier(name);
        columns.push(if GroupKey::Role(*role).ignores_case() {
            format!("LOWER({name}) AS i{at}")
        } else {
            format!("{name} AS i{at}")
        });
    }
    let rows = both(sides, &columns, holds, dialect);
    let (mut tables, joins, shown) = shown_keys(keys);
    tables.insert(0, rows);
    let by = grouped_by(keys);
    tables.push(format!(
        "items AS (SELECT {by}, i0, i1, i2, i3, y, COALESCE(SUM(CASE WHEN side = 0 THEN c END), 0) AS was, COALESCE(SUM(CASE \
         WHEN side = 1 THEN c END), 0) AS now, COALESCE(SUM(CASE WHEN side = 1 THEN c ELSE {} END), 0) AS more, COUNT(CASE WHEN side = 0 THEN 1 END) AS before_rows, COUNT(CASE WHEN side = 1 \
         THEN 1 END) AS after_rows FROM b GROUP BY {by}, i0, i1, i2, i3, y)",
        dialect.negated("c")
    ));
    let sum =
        |test: &str, what: &str| format!("COALESCE(SUM(CASE WHEN {test} THEN {what} END), 0)");
    let kept = "before_rows > 0 AND after_rows > 0";
    tables.push(format!(
        "a AS (SELECT {by}, y, SUM(was) AS before_cost, SUM(now) AS after_cost, SUM(more) AS difference, {} AS new, {} AS gone, \
         {} AS rest FROM items GROUP BY {by}, y)",
        sum("before_rows = 0", "now"),
        sum("after_rows = 0", &dialect.negated("was")),
        sum(kept, "more"),
    ));
    let mut outputs = named(keys, &shown, dialect);
    let rest = dialect.identifier("quantity and price");
    outputs.push(format!(
        "y AS currency, before_cost, after_cost, difference, new, gone, rest AS {rest}"
    ));
    format!(
        "WITH {} SELECT {} FROM a{joins}{}",
        tables.join(", "),
        outputs.join(", "),
        sorted(lines, &shown)
    )
}
