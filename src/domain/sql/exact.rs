//! Writes the statement that reproduces a grouped view exactly: every digit, the same order, and the commonest spelling
//! of keys that ignore case.

use super::condition::{condition, in_order, operator, term};
use super::dialect::SqlDialect;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::SortBy;
use crate::domain::query::{Having, Measure, Query, Summed};
use crate::domain::table::pivot::{column_named, headings};
use crate::domain::table::text_table::Holds;
use crate::domain::table::value_names::others_name;
use std::collections::HashSet;
use std::fmt::Write;

/// Facts about the rows that become part of the statement.
#[derive(Debug, Clone, Default)]
pub struct Spelled {
    /// The values that are columns of a pivot; `None` for rows without one.
    pub values: Vec<Option<String>>,
    /// The number of the other values, which share a column.
    pub other_values: usize,
    /// The type of the quantity column, if there is one.
    pub quantity: Option<Holds>,
}

/// The statement of a grouped view. Its outputs are the keys in order, currency, cost, rows, a column for each value
/// of a pivot, and the measures.
pub fn exact(
    query: &Query,
    spelled: &Spelled,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    let (spellings, joins, shown) = shown_keys(&query.group_by);
    let writer = Writer {
        query,
        spelled,
        holds,
        dialect,
        joins,
        shown,
    };
    let mut tables = vec![writer.base()];
    tables.extend(spellings);
    tables.push(writer.sums());
    if writer.shows(Measure::Share) || writer.shows(Measure::Running) {
        tables.push(
            "t AS (SELECT y AS whole_of, SUM(c) AS whole FROM b WHERE kept GROUP BY y)".to_owned(),
        );
    }
    let most = query.top.or(query.limit);
    let outputs = match most {
        Some(most) if query.others => {
            let keys: Vec<String> = (0..writer.shown.len())
                .map(|at| format!("key{at}"))
                .collect();
            tables.extend(writer.with_others(most, &keys));
            writer.of_others(&keys)
        }
        most => writer.outputs(most),
    };
    format!("WITH {} {outputs}", tables.join(", "))
}

/// The commonest spelling of a key over all rows, regardless of the filter; ties go to the first in order.
fn spelling(at: usize) -> [String; 3] {
    [
        format!(
            "n{at} AS (SELECT g{at}, k{at}, 0 - COUNT(*) AS n FROM b WHERE k{at} IS NOT NULL GROUP BY g{at}, k{at})"
        ),
        format!(
            "r{at} AS (SELECT g{at}, k{at}, ROW_NUMBER() OVER (PARTITION BY g{at} ORDER BY n ASC, k{at} ASC) AS place FROM n{at})"
        ),
        format!("s{at} AS (SELECT g{at} AS w{at}, k{at} AS shown{at} FROM r{at} WHERE place = 1)"),
    ]
}

/// The keys of rows: `g` is the value to group by, `k` its spelling.
pub(super) fn keys_of_rows(keys: &[GroupKey], dialect: SqlDialect) -> Vec<String> {
    let mut out = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        let name = dialect.identifier(&key.name());
        if key.ignores_case() {
            out.extend([
                format!("LOWER({name}) AS g{at}"),
                format!("{name} AS k{at}"),
            ]);
        } else {
            out.push(format!("{name} AS g{at}"));
        }
    }
    out
}

/// The spelling tables for keys that ignore case, the joins with them, and the columns that show the keys.
pub(super) fn shown_keys(keys: &[GroupKey]) -> (Vec<String>, String, Vec<String>) {
    let (mut tables, mut joins, mut shown) = (Vec::new(), String::new(), Vec::new());
    for (at, key) in keys.iter().enumerate() {
        if key.ignores_case() {
            tables.extend(spelling(at));
            let _ = write!(joins, " LEFT JOIN s{at} ON g{at} = w{at}");
            shown.push(format!("shown{at}"));
        } else {
            shown.push(format!("g{at}"));
        }
    }
    (tables, joins, shown)
}

/// The ORDER BY terms that break ties: the keys, then the currency.
pub(super) fn ties(shown: &[String]) -> impl Iterator<Item = String> {
    let columns = shown.iter().map(String::as_str).chain(["y"]);
    columns.map(|column| term(column, true))
}

struct Writer<'a, H> {
    query: &'a Query,
    spelled: &'a Spelled,
    holds: &'a H,
    dialect: SqlDialect,
    /// The joins with the spelling tables.
    joins: String,
    /// The columns that show the keys.
    shown: Vec<String>,
}

impl<H: Fn(&GroupKey) -> Holds> Writer<'_, H> {
    fn shows(&self, measure: Measure) -> bool {
        let sorted = self.query.sorts().iter().any(|sort| match &sort.by {
            SortBy::Key(key) => Measure::parse(&key.name()) == Some(measure),
            SortBy::Cost | SortBy::Size | SortBy::Rows => false,
        });
        self.query.pivot.is_none() && (self.query.measures.contains(&measure) || sorted)
    }

    fn base(&self) -> String {
        let name = |name: &str| self.dialect.identifier(name);
        let mut out = keys_of_rows(&self.query.group_by, self.dialect);
        out.extend(["currency AS y".to_owned(), "cost AS c".to_owned()]);
        if self.shows(Measure::FirstDay) || self.shows(Measure::LastDay) {
            out.push("date AS d".to_owned());
        }
        if self.has_quantity() {
            let quantity = match self.spelled.quantity {
                Some(Holds::Number) => name("quantity"),
                _ => self.dialect.number(&name("quantity")),
            };
            out.push(format!("{quantity} AS q, {} AS u", name("unit")));
        }
        match &self.query.pivot {
            Some(by @ GroupKey::Role(Role::Date)) => {
                out.push(format!("CAST({} AS STRING) AS m", by.name()));
            }
            Some(by) if by.ignores_case() => out.push(format!("LOWER({}) AS m", name(&by.name()))),
            Some(by) => out.push(format!("{} AS m", name(&by.name()))),
            None => {}
        }
        let kept = self.query.filter.as_ref();
        let kept = kept.map(|filter| condition(filter, self.holds, self.dialect));
        let kept = kept.unwrap_or_else(|| "TRUE".to_owned());
        format!(
            "b AS (SELECT {}, ({kept}) AS kept FROM costs)",
            out.join(", ")
        )
    }

    fn has_quantity(&self) -> bool {
        self.spelled.quantity.is_some() && self.shows(Measure::Quantity)
    }

    /// The sums of each group.
    fn sums(&self) -> String {
        let keys: Vec<String> = (0..self.shown.len()).map(|at| format!("g{at}")).collect();
        let keys = keys.join(", ");
        let mut sums = vec![
            "COALESCE(SUM(c), 0) AS total".to_owned(),
            "COUNT(*) AS number".to_owned(),
        ];
        if self.shows(Measure::FirstDay) || self.shows(Measure::LastDay) {
            sums.push("MIN(d) AS first_day, MAX(d) AS last_day".to_owned());
        }
        if self.has_quantity() {
            // Quantities with different units are not added up.
            sums.push(
                "CASE WHEN COUNT(DISTINCT CASE WHEN q IS NOT NULL THEN COALESCE(u, '') END) = 1 THEN SUM(q) END AS amount, \
                 CASE WHEN COUNT(DISTINCT CASE WHEN q IS NOT NULL THEN COALESCE(u, '') END) = 1 THEN MAX(CASE WHEN q IS NOT \
                 NULL THEN u END) END AS unit_of"
                    .to_owned(),
            );
        }
        for (at, test) in self.tests().into_iter().enumerate() {
            // Rows without an amount sum to 0, unlike no rows at all, which give NULL.
            sums.push(format!(
                "CASE WHEN COUNT(CASE WHEN {test} THEN 1 END) > 0 THEN COALESCE(SUM(CASE WHEN {test} THEN c END), 0) END AS \
                 p{at}"
            ));
        }
        let having = self.query.having.as_ref().map(|test| self.having(test));
        format!(
            "a AS (SELECT {keys}, y, {} FROM b WHERE kept GROUP BY {keys}, y{})",
            sums.join(", "),
            having.unwrap_or_default()
        )
    }

    /// The conditions on the rows of each column of the pivot.
    fn tests(&self) -> Vec<String> {
        let ignores_case = self
            .query
            .pivot
            .as_ref()
            .is_some_and(GroupKey::ignores_case);
        let literal = |value: &String| {
            let lower = ignores_case.then(|| value.to_lowercase());
            self.dialect.literal(lower.as_ref().unwrap_or(value))
        };
        let test = |value: &Option<String>| match value {
            Some(value) => format!("m = {}", literal(value)),
            None => "m IS NULL".to_owned(),
        };
        let mut tests: Vec<String> = self.spelled.values.iter().map(test).collect();
        if self.spelled.other_values > 0 {
            let own: Vec<String> = self.spelled.values.iter().flatten().map(literal).collect();
            tests.push(format!("m IS NOT NULL AND m NOT IN ({})", own.join(", ")));
        }
        tests
    }

    fn having(&self, test: &Having) -> String {
        let of = match test.of {
            Summed::Cost => "COALESCE(SUM(c), 0)",
            Summed::Rows => "COUNT(*)",
        };
        let value = self.dialect.amount(test.value);
        format!(" HAVING {of} {} {value}", operator(test.comparator))
    }

    /// The names of the outputs that every line has.
    fn names(&self) -> Vec<String> {
        let keys = &self.query.group_by;
        let mut names: Vec<String> = keys.iter().map(GroupKey::name).collect();
        let own = format!("key {}", keys.len());
        let has_currency = names.iter().any(|name| name == "currency");
        names.push(if has_currency {
            own
        } else {
            "currency".to_owned()
        });
        names.extend(["cost".to_owned(), "rows".to_owned()]);
        // A value may have the name of another output, or one that the order means.
        let mut taken: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        taken.extend(self.values());
        taken.extend(self.shown.iter().cloned());
        taken.extend(["place", "many", "groups"].map(ToOwned::to_owned));
        taken.extend((0..keys.len()).map(|at| format!("key{at}")));
        if let Some(by) = &self.query.pivot {
            let columns = headings(by, &self.spelled.values, taken.iter().cloned());
            taken.extend(columns.iter().map(|name| name.to_lowercase()));
            names.extend(columns);
        }
        let others = self.spelled.other_values;
        if others > 0 {
            let base = others_name(others);
            let (mut name, mut count) = (base.clone(), 1);
            while !taken.insert(name.to_lowercase()) {
                count += 1;
                name = format!("{base} {count}");
            }
            names.push(name);
        }
        names
            .iter()
            .map(|name| self.dialect.identifier(name))
            .collect()
    }

    /// The number of columns of the pivot.
    fn cells(&self) -> usize {
        self.spelled.values.len() + usize::from(self.spelled.other_values > 0)
    }

    /// The currency, the sums and the cells, as the tables call them.
    fn values(&self) -> Vec<String> {
        let cells = (0..self.cells()).map(|at| format!("p{at}"));
        let sums = ["y", "total", "number"].map(ToOwned::to_owned);
        sums.into_iter().chain(cells).collect()
    }

    /// The outputs that every line has, under their names.
    fn named(&self, keys: &[String]) -> Vec<String> {
        let values = self.values();
        let values = keys.iter().chain(&values).zip(self.names());
        values
            .map(|(value, name)| format!("{value} AS {name}"))
            .collect()
    }

    fn outputs(&self, most: Option<usize>) -> String {
        let mut outputs = self.named(&self.shown);
        outputs.extend(self.measures());
        let whole = if self.shows(Measure::Share) || self.shows(Measure::Running) {
            // Rows without a currency have a total, too.
            " LEFT JOIN t ON COALESCE(y, '') = COALESCE(whole_of, '')"
        } else {
            ""
        };
        format!(
            "SELECT {} FROM a{}{whole}{}",
            outputs.join(", "),
            self.joins,
            in_order(&self.order(&self.shown), most)
        )
    }

    /// Measures in addition to cost and rows; shares are rounded, for display only.
    fn measures(&self) -> Vec<String> {
        let measures = self.query.measures.iter();
        let shown = measures.filter(|_| self.query.pivot.is_none());
        let outputs = shown.map(|measure| {
            let name = self.dialect.identifier(measure.name());
            match measure {
                Measure::Share => format!("{} AS {name}", self.dialect.share("total")),
                Measure::Running => {
                    let so_far = format!(
                        "SUM(total) OVER (PARTITION BY y ORDER BY {} ASC, {})",
                        self.dialect.negated("total"),
                        self.keys_in_order()
                    );
                    format!("{} AS {name}", self.dialect.share(&so_far))
                }
                Measure::Quantity if self.has_quantity() => {
                    let unit = self.dialect.identifier("unit");
                    format!("amount AS {name}, unit_of AS {unit}")
                }
                Measure::Quantity => format!("CAST(NULL AS DECIMAL(38,18)) AS {name}"),
                Measure::FirstDay => format!("first_day AS {name}"),
                Measure::LastDay => format!("last_day AS {name}"),
            }
        });
        outputs.collect()
    }

    /// Keys as the order of a window. polars has no NULLS LAST there, so missing keys become a text larger than any
    /// other.
    fn keys_in_order(&self) -> String {
        let last = self.dialect.literal("\u{10ffff}");
        let shown = self.shown.iter();
        let keys = shown.map(|shown| format!("COALESCE(CAST({shown} AS STRING), {last}) ASC"));
        keys.collect::<Vec<_>>().join(", ")
    }

    /// The ORDER BY terms of the lines; ties go by keys, then currency.
    fn order(&self, shown: &[String]) -> Vec<String> {
        let keys = &self.query.group_by;
        let place = |key: &GroupKey| shown.get(keys.iter().position(|known| known == key)?);
        let cell =
            |name: &str| column_named(&self.spelled.values, self.query.pivot.as_ref()?, name);
        let sorts = self.query.sorts().iter().filter_map(|sort| {
            let by = match &sort.by {
                SortBy::Cost => "total".to_owned(),
                SortBy::Size => "ABS(total)".to_owned(),
                SortBy::Rows => "number".to_owned(),
                SortBy::Key(key) if let Some(name) = place(key) => name.clone(),
                SortBy::Key(GroupKey::Role(Role::Currency)) => "y".to_owned(),
                SortBy::Key(key) => match Measure::parse(&key.name()) {
                    Some(Measure::Share | Measure::Running) => "total".to_owned(),
                    Some(Measure::Quantity) if self.has_quantity() => "amount".to_owned(),
                    Some(Measure::FirstDay) => "first_day".to_owned(),
                    Some(Measure::LastDay) => "last_day".to_owned(),
                    _ => format!("p{}", cell(&key.name())?),
                },
            };
            Some(term(&by, sort.ascending))
        });
        sorts.chain(ties(shown)).collect()
    }

    /// Tables of the largest groups and of the others, whose sums are all groups minus the largest.
    fn with_others(&self, most: usize, keys: &[String]) -> [String; 3] {
        let named = self.shown.iter().zip(keys);
        let named = named.map(|(shown, key)| format!("{shown} AS {key}"));
        let list = |each: &dyn Fn(String) -> String| -> String {
            let cells = 0..self.cells();
            let each: Vec<String> = cells.map(|at| each(format!("p{at}"))).collect();
            each.iter().flat_map(|cell| [", ", cell]).collect()
        };
        let plain = list(&|cell| cell);
        let all = format!(
            "q AS (SELECT {}, y, total, number{plain} FROM a{})",
            named.collect::<Vec<_>>().join(", "),
            self.joins
        );
        let largest = format!(
            "l AS (SELECT * FROM q{})",
            in_order(&self.order(keys), Some(most))
        );
        let less = list(&|cell| format!("{} AS {cell}", self.dialect.negated(&cell)));
        let total = self.dialect.negated("total");
        let sums = list(&|period| format!("SUM({period}) AS {period}"));
        let others = format!(
            "o AS (SELECT y, SUM(total) AS total, SUM(number) AS number, SUM(one) AS many{sums} FROM (SELECT y, total, number, \
             1 AS one{plain} FROM q UNION ALL SELECT y, {total} AS total, 0 - number AS number, -1 AS one{less} FROM l) f \
             GROUP BY y HAVING SUM(one) > 0)"
        );
        [all, largest, others]
    }

    /// Selects the largest groups, then one line per currency with the sum and number of the others.
    fn of_others(&self, keys: &[String]) -> String {
        let missing = self.query.group_by.iter().enumerate().map(|(at, key)| {
            let kind = match (self.holds)(key) {
                Holds::Day => "DATE",
                Holds::Number => "DECIMAL(38,18)",
                Holds::Text | Holds::Quantity => "STRING",
            };
            format!("CAST(NULL AS {kind}) AS key{at}")
        });
        let missing: Vec<String> = missing.collect();
        let sums = self.values().join(", ");
        format!(
            "SELECT {}, many AS {} FROM (SELECT 0 AS place, {}, {sums}, CAST(NULL AS BIGINT) AS many FROM l UNION ALL SELECT 1 \
             AS place, {}, {sums}, CAST(many AS BIGINT) AS many FROM o) z ORDER BY place ASC, {}",
            self.named(keys).join(", "),
            self.dialect.identifier("groups"),
            keys.join(", "),
            missing.join(", "),
            self.order(keys).join(", ")
        )
    }
}
