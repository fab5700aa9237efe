//! Writes the statements that ask another engine for sums by keys. Groups keep the spelling of their rows; the caller
//! picks the spelling to show and the order.

use super::condition::condition;
use super::dialect::{PART, SqlDialect};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::Holds;

/// How quantities are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantities {
    /// Not requested, or not in the data.
    No,
    Amounts,
    /// The column is text: each text is a group of its own, which the caller parses.
    Texts,
}

/// A request for sums by keys.
#[derive(Debug, Clone, Copy)]
pub struct Grouped<'a> {
    pub keys: &'a [GroupKey],
    pub filter: Option<&'a Filter>,
    /// Whether groups are split by bridge class.
    pub parts: bool,
    /// Rows of this bridge class are left out.
    pub without: Option<u8>,
    /// Whether first and last day are wanted.
    pub days: bool,
    pub quantities: Quantities,
}

/// The statement of sums. Its outputs are the keys in order, the currency, the bridge class, the unit and quantity that
/// groups are split by, cost, rows, first and last day, the quantity, and the number of rows that have one. Optional
/// outputs appear only where requested.
pub fn grouped(
    asked: &Grouped<'_>,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    let name = |name: &str| dialect.identifier(name);
    let keys = asked.keys.iter().map(|key| name(&key.name()));
    let mut split: Vec<String> = keys.chain([name("currency")]).collect();
    if asked.parts {
        split.push(name(PART));
    }
    let mut inner = vec![format!("{} AS c", name("cost"))];
    let mut sums = vec!["SUM(c) AS cost_sum", "COUNT(*) AS row_count"];
    if asked.days {
        inner.push(format!("{} AS d", name("date")));
        sums.extend(["MIN(d) AS first_day", "MAX(d) AS last_day"]);
    }
    match asked.quantities {
        Quantities::No => {}
        Quantities::Amounts => {
            split.push(name("unit"));
            inner.push(format!("{} AS q", name("quantity")));
            sums.extend(["SUM(q) AS quantity_sum", "COUNT(q) AS quantity_count"]);
        }
        Quantities::Texts => {
            split.extend(["unit", "quantity"].map(name));
            inner.push(format!("{} AS q", name("quantity")));
            sums.push("COUNT(q) AS quantity_count");
        }
    }
    let split = split.iter().enumerate();
    let (outer, named): (Vec<String>, Vec<String>) = split
        .map(|(at, name)| (format!("k{at}"), format!("{name} AS k{at}")))
        .unzip();
    let outer = outer.join(", ");
    format!(
        "SELECT {outer}, {} FROM (SELECT {}, {} FROM costs{}) b GROUP BY {outer}",
        sums.join(", "),
        named.join(", "),
        inner.join(", "),
        kept(asked, holds, dialect),
    )
}

/// The `WHERE` clause; empty if all rows are kept.
fn kept(asked: &Grouped<'_>, holds: &impl Fn(&GroupKey) -> Holds, dialect: SqlDialect) -> String {
    let filter = asked.filter.map(|filter| {
        let words = condition(filter, holds, dialect);
        format!("({words})")
    });
    let part = asked.without.map(|without| {
        let part = dialect.identifier(PART);
        format!("{part} <> {without}")
    });
    let tests: Vec<String> = filter.into_iter().chain(part).collect();
    match tests.as_slice() {
        [] => String::new(),
        tests => format!(" WHERE {}", tests.join(" AND ")),
    }
}

/// The statement that counts each spelling of a key over all rows, regardless of any filter.
pub fn spellings(key: &GroupKey, dialect: SqlDialect) -> String {
    let name = dialect.identifier(&key.name());
    format!(
        "SELECT k, COUNT(*) AS n FROM (SELECT {name} AS k FROM costs) b WHERE k IS NOT NULL GROUP BY k"
    )
}
