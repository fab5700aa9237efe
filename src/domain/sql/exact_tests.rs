//! Statements of grouped views, table by table.

use super::condition_tests::holds;
use super::dialect::SqlDialect;
use super::exact::{Spelled, exact};
use crate::domain::query::filter_text::parse;
use crate::domain::query::group_key::{GroupKey, parse_keys};
use crate::domain::query::sort::Sort;
use crate::domain::query::{Having, Measure, Query};
use crate::domain::table::text_table::Holds;

const DIALECT: SqlDialect = SqlDialect::Polars;

/// The statement of a table that others use; empty if there is none with this name.
pub(super) fn table<'a>(statement: &'a str, name: &str) -> &'a str {
    let start = format!("{name} AS (");
    let whole = [" ", ", "].iter().find_map(|before| {
        let (_, rest) = statement.split_once(&format!("{before}{start}"))?;
        Some(rest)
    });
    let Some(rest) = whole else {
        return "";
    };
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    &rest[..end.unwrap()]
}

/// The part that selects from the tables.
pub(super) fn outputs(statement: &str) -> &str {
    let at = statement.rfind(") SELECT ").unwrap();
    &statement[at + 2..]
}

fn query(keys: &str) -> Query {
    Query {
        group_by: parse_keys(keys).unwrap(),
        ..Query::default()
    }
}

fn of(query: &Query, spelled: &Spelled) -> String {
    exact(query, spelled, &holds, DIALECT)
}

#[test]
fn keys_that_ignore_case_show_their_commonest_spelling() {
    let statement = of(&query("tag:env,resource-group"), &Spelled::default());
    for (name, expected) in [
        (
            "b",
            "SELECT \"tag:env\" AS g0, LOWER(\"resource-group\") AS g1, \"resource-group\" AS k1, currency AS y, cost AS c, \
             (TRUE) AS kept FROM costs",
        ),
        ("n0", ""),
        (
            "n1",
            "SELECT g1, k1, 0 - COUNT(*) AS n FROM b WHERE k1 IS NOT NULL GROUP BY g1, k1",
        ),
        (
            "r1",
            "SELECT g1, k1, ROW_NUMBER() OVER (PARTITION BY g1 ORDER BY n ASC, k1 ASC) AS place FROM n1",
        ),
        (
            "s1",
            "SELECT g1 AS w1, k1 AS shown1 FROM r1 WHERE place = 1",
        ),
        (
            "a",
            "SELECT g0, g1, y, COALESCE(SUM(c), 0) AS total, COUNT(*) AS number FROM b WHERE kept GROUP BY g0, g1, y",
        ),
        ("t", ""),
    ] {
        assert_eq!(table(&statement, name), expected, "{name}");
    }
    assert_eq!(
        outputs(&statement),
        "SELECT g0 AS \"tag:env\", shown1 AS \"resource-group\", y AS currency, total AS cost, number AS \"rows\" FROM a LEFT \
         JOIN s1 ON g1 = w1 ORDER BY total DESC NULLS LAST, g0 ASC NULLS LAST, shown1 ASC NULLS LAST, y ASC NULLS LAST"
    );
}

#[test]
fn filters_keep_rows_and_conditions_keep_groups() {
    for (having, expected) in [
        ("cost > 10", " HAVING COALESCE(SUM(c), 0) > 10"),
        ("rows <= 3", " HAVING COUNT(*) <= 3"),
        ("rows != 3", " HAVING COUNT(*) <> 3"),
    ] {
        let query = Query {
            filter: parse("service = a").ok(),
            having: Having::parse(having),
            limit: Some(7),
            ..query("service")
        };
        let statement = of(&query, &Spelled::default());
        let sums = table(&statement, "a");
        assert!(
            sums.ends_with(&format!("GROUP BY g0, y{expected}")),
            "{sums}"
        );
        let rows = table(&statement, "b");
        assert!(rows.contains(", (service = 'a') AS kept"), "{rows}");
        assert!(statement.ends_with(" NULLS LAST LIMIT 7"), "{statement}");
    }
}

#[test]
fn an_order_is_of_sums_keys_or_measures() {
    for (sort, by) in [
        ("cost", "total DESC"),
        ("|cost|", "ABS(total) DESC"),
        ("-rows", "number ASC"),
        ("-service", "g0 DESC"),
        ("currency", "y ASC"),
        ("share", "total ASC"),
        ("running", "total ASC"),
        ("first-day", "first_day ASC"),
        ("-last-day", "last_day DESC"),
        ("quantity", "amount ASC"),
    ] {
        let query = Query {
            sort: vec![Sort::parse(sort).unwrap()],
            ..query("service")
        };
        let spelled = Spelled {
            quantity: Some(Holds::Number),
            ..Spelled::default()
        };
        let statement = of(&query, &spelled);
        let order = format!(" ORDER BY {by} NULLS LAST, g0 ASC NULLS LAST, y ASC NULLS LAST");
        assert!(statement.ends_with(&order), "{sort}: {statement}");
        let (days, quantity) = (sort.ends_with("-day"), sort == "quantity");
        let whole = ["share", "running"].contains(&sort);
        assert_eq!(table(&statement, "a").contains("MIN(d)"), days, "{sort}");
        assert_eq!(table(&statement, "b").contains("date AS d"), days, "{sort}");
        assert_eq!(
            table(&statement, "a").contains("AS amount"),
            quantity,
            "{sort}"
        );
        assert_eq!(
            table(&statement, "b").contains(" AS q,"),
            quantity,
            "{sort}"
        );
        assert_eq!(!table(&statement, "t").is_empty(), whole, "{sort}");
        assert_eq!(
            outputs(&statement).contains("LEFT JOIN t "),
            whole,
            "{sort}"
        );
    }
}

#[test]
fn measures_are_outputs_of_their_own() {
    let measured = |measure: &str| Query {
        measures: vec![Measure::parse(measure).unwrap()],
        ..query("service")
    };
    let running = "SUM(total) OVER (PARTITION BY y ORDER BY 0 - total ASC, COALESCE(CAST(g0 AS STRING), '\u{10ffff}') ASC)";
    let running = format!("ROUND(100 * {running} / NULLIF(whole, 0), 1) AS \"running\"");
    for (measure, quantity, output) in [
        (
            "share",
            None,
            "ROUND(100 * total / NULLIF(whole, 0), 1) AS \"share\"",
        ),
        ("running", None, running.as_str()),
        ("first-day", None, "first_day AS \"first-day\""),
        ("last-day", None, "last_day AS \"last-day\""),
        (
            "quantity",
            None,
            "CAST(NULL AS DECIMAL(38,18)) AS \"quantity\"",
        ),
        (
            "quantity",
            Some(Holds::Number),
            "amount AS \"quantity\", unit_of AS \"unit\"",
        ),
    ] {
        let spelled = Spelled {
            quantity,
            ..Spelled::default()
        };
        let statement = of(&measured(measure), &spelled);
        let start = "SELECT g0 AS service, y AS currency, total AS cost, number AS \"rows\", ";
        let found = outputs(&statement).strip_prefix(start).unwrap();
        assert!(found.starts_with(&format!("{output} FROM a")), "{found}");
    }
    let text = Spelled {
        quantity: Some(Holds::Text),
        ..Spelled::default()
    };
    let statement = of(&measured("quantity"), &text);
    let read = "TRY_CAST(TRIM(\"quantity\") AS DECIMAL(38,18)) AS q, \"unit\" AS u";
    assert!(table(&statement, "b").contains(read), "{statement}");
    let whole = of(&measured("share"), &text);
    assert_eq!(
        table(&whole, "t"),
        "SELECT y AS whole_of, SUM(c) AS whole FROM b WHERE kept GROUP BY y"
    );
}

#[test]
fn a_pivot_has_a_sum_for_each_value_and_one_for_the_others() {
    let value = |text: &str| Some(text.to_owned());
    let sum = |test: &str, at: usize| {
        format!(
            "CASE WHEN COUNT(CASE WHEN {test} THEN 1 END) > 0 THEN COALESCE(SUM(CASE WHEN {test} THEN c END), 0) END AS p{at}"
        )
    };
    for (by, read, values, other_values, tests) in [
        (
            "charge-type",
            "LOWER(\"charge-type\") AS m",
            vec![value("Usage"), None],
            3,
            vec![
                "m = 'usage'",
                "m IS NULL",
                "m IS NOT NULL AND m NOT IN ('usage')",
            ],
        ),
        (
            "tag:env",
            "\"tag:env\" AS m",
            vec![value("A")],
            0,
            vec!["m = 'A'"],
        ),
        (
            "date",
            "CAST(date AS STRING) AS m",
            vec![value("2026-10-01")],
            0,
            vec!["m = '2026-10-01'"],
        ),
    ] {
        let query = Query {
            pivot: GroupKey::parse(by),
            measures: vec![Measure::Share],
            ..query("service")
        };
        let spelled = Spelled {
            values,
            other_values,
            quantity: None,
        };
        let statement = of(&query, &spelled);
        let rows = table(&statement, "b");
        assert!(rows.contains(&format!(" cost AS c, {read}, ")), "{rows}");
        let sums: Vec<String> = tests
            .iter()
            .enumerate()
            .map(|(at, test)| sum(test, at))
            .collect();
        let expected = format!("COUNT(*) AS number, {} FROM b", sums.join(", "));
        assert!(table(&statement, "a").contains(&expected), "{statement}");
        assert_eq!(table(&statement, "t"), "", "a pivot has no measures");
        assert!(!outputs(&statement).contains("share"), "{statement}");
    }
}

#[test]
fn columns_of_a_pivot_have_names_that_no_other_output_has() {
    let value = |text: &str| Some(text.to_owned());
    let query = Query {
        pivot: GroupKey::parse("tag:env"),
        sort: vec![Sort::parse("tag:env = prod").unwrap()],
        ..query("currency,service")
    };
    let spelled = Spelled {
        values: vec![
            value("prod"),
            value("Rows"),
            value("total"),
            value("(2 others)"),
            None,
        ],
        other_values: 2,
        quantity: None,
    };
    assert_eq!(
        outputs(&of(&query, &spelled)),
        "SELECT shown0 AS currency, g1 AS service, y AS \"key 2\", total AS cost, number AS \"rows\", p0 AS \"prod\", p1 AS \
         \"tag:env = Rows\", p2 AS \"tag:env = total\", p3 AS \"(2 others)\", p4 AS \"(none)\", p5 AS \"(2 others) 2\" FROM a \
         LEFT JOIN s0 ON g0 = w0 ORDER BY p0 ASC NULLS LAST, shown0 ASC NULLS LAST, g1 ASC NULLS LAST, y ASC NULLS LAST"
    );
}

#[test]
fn the_others_are_all_groups_without_the_largest() {
    let pivoted = Query {
        pivot: GroupKey::parse("tag:env"),
        top: Some(2),
        others: true,
        ..query("date,charge-type")
    };
    let spelled = Spelled {
        values: vec![Some("prod".to_owned())],
        ..Spelled::default()
    };
    let statement = of(&pivoted, &spelled);
    let order = "total DESC NULLS LAST, key0 ASC NULLS LAST, key1 ASC NULLS LAST, y ASC NULLS LAST";
    for (name, expected) in [
        (
            "q",
            "SELECT g0 AS key0, shown1 AS key1, y, total, number, p0 FROM a LEFT JOIN s1 ON g1 = w1".to_owned(),
        ),
        ("l", format!("SELECT * FROM q ORDER BY {order} LIMIT 2")),
        (
            "o",
            "SELECT y, SUM(total) AS total, SUM(number) AS number, SUM(one) AS many, SUM(p0) AS p0 FROM (SELECT y, total, \
             number, 1 AS one, p0 FROM q UNION ALL SELECT y, 0 - total AS total, 0 - number AS number, -1 AS one, 0 - p0 AS p0 \
             FROM l) f GROUP BY y HAVING SUM(one) > 0"
                .to_owned(),
        ),
    ] {
        assert_eq!(table(&statement, name), expected, "{name}");
    }
    assert_eq!(
        outputs(&statement),
        format!(
            "SELECT key0 AS date, key1 AS \"charge-type\", y AS currency, total AS cost, number AS \"rows\", p0 AS \"prod\", \
             many AS \"groups\" FROM (SELECT 0 AS place, key0, key1, y, total, number, p0, CAST(NULL AS BIGINT) AS many FROM l \
             UNION ALL SELECT 1 AS place, CAST(NULL AS DATE) AS key0, CAST(NULL AS STRING) AS key1, y, total, number, p0, \
             CAST(many AS BIGINT) AS many FROM o) z ORDER BY place ASC, {order}"
        )
    );
    let numbers = exact(&pivoted, &spelled, &|_| Holds::Number, DIALECT);
    assert!(
        numbers.contains("CAST(NULL AS DECIMAL(38,18)) AS key1"),
        "{numbers}"
    );
    // Without a limit, there are no others.
    let all = Query {
        top: None,
        ..pivoted
    };
    assert_eq!(table(&of(&all, &spelled), "o"), "");
}

#[test]
fn amounts_are_exact_in_the_dialect_of_a_server() {
    let query = Query {
        having: Having::parse("cost > 10"),
        measures: vec![Measure::Share],
        ..query("service")
    };
    let statement = exact(&query, &Spelled::default(), &holds, SqlDialect::Spark);
    let having = "HAVING COALESCE(SUM(c), 0) > CAST('10' AS DECIMAL(38,18))";
    assert!(table(&statement, "a").ends_with(having), "{statement}");
    let share =
        "ROUND(100 * CAST(total AS DOUBLE) / NULLIF(CAST(whole AS DOUBLE), 0), 1) AS `share`";
    assert!(outputs(&statement).contains(share), "{statement}");
}
