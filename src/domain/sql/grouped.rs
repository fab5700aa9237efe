//! What another engine is asked for where sums by keys are wanted: the groups as they are spelled in the rows. Which spelling
//! stands for them all, and in which order they come, is decided by whoever asks.

use super::condition::condition;
use super::dialect::Dialect;
use crate::domain::query::GroupKey;
use crate::domain::query::filter::Filter;
use crate::domain::table::text_table::Holds;

/// The column that says what a row counts as in the bridge between actual and amortized: a number.
pub const PART: &str = "bridge-part";

/// How quantities are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantities {
    /// Nobody asks for them, or there are none.
    No,
    Amounts,
    /// The column is text: each text is a group of its own, and read by whoever asks.
    Texts,
}

/// Sums by keys.
#[derive(Debug, Clone, Copy)]
pub struct Grouped<'a> {
    pub keys: &'a [GroupKey],
    pub filter: Option<&'a Filter>,
    /// Whether groups are split by their part in the bridge.
    pub parts: bool,
    /// Rows with this part are left out.
    pub without: Option<u8>,
    /// Whether first and last day are wanted.
    pub days: bool,
    pub quantities: Quantities,
}

/// The statement of sums. Its outputs are the keys in their order, the currency, the part where it is asked for, the unit and
/// the quantity that groups are split by, cost, rows, first and last day, the quantity and how many rows have one, each where
/// it is asked for.
pub fn grouped(
    asked: &Grouped<'_>,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: Dialect,
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

/// The condition behind WHERE, with that word; nothing where all rows are kept.
fn kept(asked: &Grouped<'_>, holds: &impl Fn(&GroupKey) -> Holds, dialect: Dialect) -> String {
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

/// The statement that counts how often each spelling of a key stands in the rows, whatever a filter keeps.
pub fn spellings(key: &GroupKey, dialect: Dialect) -> String {
    let name = dialect.identifier(&key.name());
    format!(
        "SELECT k, COUNT(*) AS n FROM (SELECT {name} AS k FROM costs) b WHERE k IS NOT NULL GROUP BY k"
    )
}
