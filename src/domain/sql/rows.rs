//! Writes the statements that ask another engine for rows: their numbers in the order of a query, or the rows
//! themselves.

use super::condition::kept;
use super::dialect::{SqlDialect, TAGS_TEXT};
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::SortBy;
use crate::domain::table::text_table::Holds;

/// The column with the number of a row among all, from 0.
pub const ROW: &str = "row-number";

/// The row numbers to query.
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'a> {
    /// Those of the page that the query shows.
    Page,
    /// All that the query keeps.
    All,
    /// Rows whose column contains a text (already in lower case), in no order.
    Saying(&'a str, &'a str),
}

/// The statement for the totals of the rows that a filter keeps: currency, cost, rows.
pub fn totals(
    filter: Option<&Filter>,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    format!(
        "SELECT y, SUM(c) AS cost_sum, COUNT(*) AS row_count FROM (SELECT currency AS y, cost AS c FROM costs{}) b GROUP BY y",
        kept(filter, holds, dialect)
    )
}

/// The statement for row numbers.
pub fn numbers(
    query: &Query,
    wanted: Numbers<'_>,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    let row = dialect.identifier(ROW);
    if let Numbers::Saying(column, lower) = wanted {
        let name = dialect.identifier(column);
        let key = GroupKey::Column(column.to_owned());
        let text = match holds(&key) {
            Holds::Number => dialect.digits(&name),
            Holds::Day => format!("CAST({name} AS STRING)"),
            Holds::Text | Holds::Quantity => name,
        };
        let says = dialect.says(&text, lower);
        return format!("SELECT {row} AS r FROM costs WHERE {says}");
    }
    let kept = kept(query.filter.as_ref(), holds, dialect);
    let (columns, order) = order(query, holds, dialect);
    let columns: Vec<String> = [format!("{row} AS r")].into_iter().chain(columns).collect();
    let columns = columns.join(", ");
    let page = match wanted {
        Numbers::Page => page(query),
        Numbers::All | Numbers::Saying(..) => String::new(),
    };
    format!("SELECT r FROM (SELECT {columns} FROM costs{kept}) b ORDER BY {order}, r ASC{page}")
}

/// The statement for the rows of a server that does not number them. Rows with equal sort keys come in any order.
pub fn rows(
    query: &Query,
    columns: &[String],
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    let (sorted, order) = order(query, holds, dialect);
    let outputs = columns.iter().enumerate();
    let (outer, inner): (Vec<String>, Vec<String>) = outputs
        .map(|(at, name)| {
            let name = dialect.identifier(name);
            (format!("v{at} AS {name}"), format!("{name} AS v{at}"))
        })
        .unzip();
    let inner: Vec<String> = inner.into_iter().chain(sorted).collect();
    format!(
        "SELECT {} FROM (SELECT {} FROM costs{}) b ORDER BY {order}{}",
        outer.join(", "),
        inner.join(", "),
        kept(query.filter.as_ref(), holds, dialect),
        page(query)
    )
}

fn page(query: &Query) -> String {
    let limit = query.limit.map(|limit| format!(" LIMIT {limit}"));
    let offset = (query.offset > 0).then(|| format!(" OFFSET {}", query.offset));
    format!(
        "{}{}",
        limit.unwrap_or_default(),
        offset.unwrap_or_default()
    )
}

/// The columns that the order needs, and the order. Texts that are numbers come first, sorted by value; missing values
/// come last in either direction.
fn order(
    query: &Query,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> (Vec<String>, String) {
    let (mut columns, mut order) = (Vec::new(), Vec::new());
    for (at, sort) in query.sorts().iter().enumerate() {
        let way = if sort.ascending { "ASC" } else { "DESC" };
        let key = match &sort.by {
            SortBy::Cost | SortBy::Size | SortBy::Rows => GroupKey::Role(Role::Cost),
            SortBy::Key(key) => key.clone(),
        };
        let name = dialect.identifier(&key.name());
        match holds(&key) {
            _ if sort.by == SortBy::Size => {
                columns.push(format!("ABS({name}) AS s{at}"));
                order.push(format!("s{at} {way} NULLS LAST"));
            }
            Holds::Number | Holds::Day => {
                columns.push(format!("{name} AS s{at}"));
                order.push(format!("s{at} {way} NULLS LAST"));
            }
            Holds::Text | Holds::Quantity => {
                let number = dialect.number(&name);
                columns.push(format!("{number} AS n{at}"));
                columns.push(format!(
                    "CASE WHEN {number} IS NULL THEN {name} END AS s{at}"
                ));
                columns.push(format!(
                    "CASE WHEN {name} IS NULL THEN 2 WHEN {number} IS NULL THEN 1 ELSE 0 END AS p{at}"
                ));
                order.push(format!("p{at} ASC"));
                order.push(format!("n{at} {way} NULLS LAST"));
                order.push(format!("s{at} {way} NULLS LAST"));
            }
        }
    }
    (columns, order.join(", "))
}

/// The statement for the commonest tag texts, from which the list of tags is built.
pub fn tag_texts(dialect: SqlDialect) -> String {
    const MOST: usize = 5_000;
    let tags = dialect.identifier(TAGS_TEXT);
    format!(
        "SELECT t, COUNT(*) AS n FROM (SELECT {tags} AS t FROM costs) b WHERE t IS NOT NULL GROUP BY t ORDER BY n DESC LIMIT {MOST}"
    )
}

/// The statement for the names of subscriptions, from the column that holds them.
pub fn names(header: &str, dialect: SqlDialect) -> String {
    let name = dialect.identifier(header);
    format!(
        "SELECT k, MIN(t) AS name FROM (SELECT subscription AS k, {name} AS t FROM costs) b WHERE k IS NOT NULL AND t IS NOT \
         NULL GROUP BY k"
    )
}
