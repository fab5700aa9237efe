//! Statements for rows, totals and sums by keys.

use super::condition_tests::holds;
use super::dialect::SqlDialect;
use super::grouped::{Grouped, Quantities, grouped, spellings};
use super::rows::{Numbers, names, numbers, rows, tag_texts, totals};
use super::view::{Looked, statement};
use crate::domain::period::Month;
use crate::domain::query::Query;
use crate::domain::query::filter_text::parse;
use crate::domain::query::group_key::{GroupKey, parse_keys};
use crate::domain::query::sort::Sort;

const DIALECT: SqlDialect = SqlDialect::Polars;

fn query(sorts: &[&str]) -> Query {
    Query {
        sort: sorts
            .iter()
            .map(|text| Sort::parse(text).unwrap())
            .collect(),
        ..Query::default()
    }
}

#[test]
fn totals_are_of_the_rows_that_are_kept() {
    let filter = parse("service = a").unwrap();
    let of = |filter| totals(filter, &holds, DIALECT);
    let all = "SELECT y, SUM(c) AS cost_sum, COUNT(*) AS row_count FROM (SELECT currency AS y, cost AS c FROM costs) b GROUP BY y";
    assert_eq!(of(None), all);
    let kept = all.replace("FROM costs", "FROM costs WHERE service = 'a'");
    assert_eq!(of(Some(&filter)), kept);
}

#[test]
fn rows_are_numbered_in_the_order_of_the_query() {
    let text = "TRY_CAST(TRIM(meter) AS DECIMAL(38,18))";
    let of_text = format!(
        "{text} AS n0, CASE WHEN {text} IS NULL THEN meter END AS s0, CASE WHEN meter IS NULL THEN 2 WHEN {text} IS NULL \
         THEN 1 ELSE 0 END AS p0"
    );
    for (sorts, columns, order) in [
        (&[][..], "cost AS s0".to_owned(), "s0 DESC NULLS LAST"),
        (&["-cost"], "cost AS s0".to_owned(), "s0 ASC NULLS LAST"),
        (
            &["|cost|"],
            "ABS(cost) AS s0".to_owned(),
            "s0 DESC NULLS LAST",
        ),
        (&["date"], "date AS s0".to_owned(), "s0 ASC NULLS LAST"),
        (
            &["-meter"],
            of_text,
            "p0 ASC, n0 DESC NULLS LAST, s0 DESC NULLS LAST",
        ),
        (
            &["date", "cost"],
            "date AS s0, cost AS s1".to_owned(),
            "s0 ASC NULLS LAST, s1 DESC NULLS LAST",
        ),
    ] {
        let query = query(sorts);
        assert_eq!(
            numbers(&query, Numbers::All, &holds, DIALECT),
            format!(
                "SELECT r FROM (SELECT \"row-number\" AS r, {columns} FROM costs) b ORDER BY {order}, r ASC"
            )
        );
        let found = rows(
            &query,
            &["Meter Name".to_owned(), "date".to_owned()],
            &holds,
            DIALECT,
        );
        assert_eq!(
            found,
            format!(
                "SELECT v0 AS \"Meter Name\", v1 AS date FROM (SELECT \"Meter Name\" AS v0, date AS v1, {columns} FROM \
                 costs) b ORDER BY {order}"
            )
        );
    }
}

#[test]
fn only_a_page_is_limited() {
    let filter = parse("service = a").ok();
    for (limit, offset, page) in [
        (None, 0, ""),
        (Some(20), 0, " LIMIT 20"),
        (Some(20), 40, " LIMIT 20 OFFSET 40"),
        (None, 1, " OFFSET 1"),
    ] {
        let query = Query {
            limit,
            offset,
            filter: filter.clone(),
            ..Query::default()
        };
        let all = numbers(&query, Numbers::All, &holds, DIALECT);
        assert!(
            all.contains(" FROM costs WHERE service = 'a') b ORDER BY "),
            "{all}"
        );
        assert!(all.ends_with(" r ASC"), "{all}");
        let paged = numbers(&query, Numbers::Page, &holds, DIALECT);
        assert_eq!(paged, format!("{all}{page}"));
        let rows = rows(&query, &["date".to_owned()], &holds, DIALECT);
        assert!(
            rows.contains(" FROM costs WHERE service = 'a') b "),
            "{rows}"
        );
        assert!(rows.ends_with(&format!("NULLS LAST{page}")), "{rows}");
    }
}

#[test]
fn rows_with_a_text_are_found_in_any_type_of_column() {
    let number = |_: &GroupKey| crate::domain::table::text_table::Holds::Number;
    let query = Query::default();
    let of = |column| numbers(&query, Numbers::Saying(column, "a.b"), &holds, DIALECT);
    let start = "SELECT \"row-number\" AS r FROM costs WHERE REGEXP_LIKE(LOWER(";
    assert_eq!(of("meter"), format!("{start}meter), 'a\\.b')"));
    assert_eq!(
        of("used"),
        format!("{start}CAST(\"used\" AS STRING)), 'a\\.b')")
    );
    let digits = "RTRIM(RTRIM(CAST(cost AS STRING), '0'), '.')";
    assert_eq!(
        numbers(&query, Numbers::Saying("cost", "1"), &number, DIALECT),
        format!("{start}{digits}), '1')")
    );
}

#[test]
fn lists_of_tags_names_and_spellings_leave_out_missing_values() {
    for (statement, expected) in [
        (
            tag_texts(DIALECT),
            "SELECT t, COUNT(*) AS n FROM (SELECT \"tags-text\" AS t FROM costs) b WHERE t IS NOT NULL GROUP BY t ORDER BY n \
             DESC LIMIT 5000",
        ),
        (
            names("Subscription Name", DIALECT),
            "SELECT k, MIN(t) AS name FROM (SELECT subscription AS k, \"Subscription Name\" AS t FROM costs) b WHERE k IS NOT \
             NULL AND t IS NOT NULL GROUP BY k",
        ),
        (
            spellings(&GroupKey::parse("charge-type").unwrap(), DIALECT),
            "SELECT k, COUNT(*) AS n FROM (SELECT \"charge-type\" AS k FROM costs) b WHERE k IS NOT NULL GROUP BY k",
        ),
    ] {
        assert_eq!(statement, expected);
    }
}

#[test]
fn sums_are_split_by_all_that_is_asked_for() {
    let filter = parse("service = a or service = b").unwrap();
    let keys = parse_keys("resource-group").unwrap();
    let plain = Grouped {
        keys: &keys,
        filter: None,
        parts: false,
        without: None,
        days: false,
        quantities: Quantities::No,
    };
    for (asked, expected) in [
        (
            plain,
            "SELECT k0, k1, SUM(c) AS cost_sum, COUNT(*) AS row_count FROM (SELECT \"resource-group\" AS k0, currency AS k1, \
             cost AS c FROM costs) b GROUP BY k0, k1",
        ),
        (
            Grouped {
                keys: &[],
                filter: Some(&filter),
                parts: true,
                without: Some(3),
                ..plain
            },
            "SELECT k0, k1, SUM(c) AS cost_sum, COUNT(*) AS row_count FROM (SELECT currency AS k0, \"bridge-part\" AS k1, \
             cost AS c FROM costs WHERE (service = 'a' OR service = 'b') AND \"bridge-part\" <> 3) b GROUP BY k0, k1",
        ),
        (
            Grouped {
                days: true,
                quantities: Quantities::Amounts,
                without: Some(0),
                ..plain
            },
            "SELECT k0, k1, k2, SUM(c) AS cost_sum, COUNT(*) AS row_count, MIN(d) AS first_day, MAX(d) AS last_day, SUM(q) AS \
             quantity_sum, COUNT(q) AS quantity_count FROM (SELECT \"resource-group\" AS k0, currency AS k1, \"unit\" AS k2, \
             cost AS c, date AS d, \"quantity\" AS q FROM costs WHERE \"bridge-part\" <> 0) b GROUP BY k0, k1, k2",
        ),
        (
            Grouped {
                filter: Some(&filter),
                quantities: Quantities::Texts,
                ..plain
            },
            "SELECT k0, k1, k2, k3, SUM(c) AS cost_sum, COUNT(*) AS row_count, COUNT(q) AS quantity_count FROM (SELECT \
             \"resource-group\" AS k0, currency AS k1, \"unit\" AS k2, \"quantity\" AS k3, cost AS c, \"quantity\" AS q FROM \
             costs WHERE (service = 'a' OR service = 'b')) b GROUP BY k0, k1, k2, k3",
        ),
    ] {
        assert_eq!(grouped(&asked, &holds, DIALECT), expected);
    }
}

fn viewed(query: &Query, columns: &[String]) -> String {
    let looked = Looked {
        query,
        columns,
        dialect: DIALECT,
    };
    statement(&looked, &holds)
}

#[test]
fn the_statement_of_a_view_of_rows_has_its_columns_and_order() {
    let filtered = Query {
        filter: parse("service = a").ok(),
        top: Some(3),
        ..query(&["|cost|", "rows", "-meter", "date"])
    };
    assert_eq!(
        viewed(&filtered, &["a b".to_owned(), "date".to_owned()]),
        "SELECT \"a b\", date FROM costs WHERE service = 'a' ORDER BY ABS(cost) DESC NULLS LAST, meter DESC NULLS LAST, date ASC \
         NULLS LAST LIMIT 3"
    );
    assert_eq!(
        viewed(&Query::default(), &[]),
        "SELECT date, cost, currency, \"resource-group\", resource, service, meter, \"charge-type\" FROM costs ORDER BY cost \
         DESC NULLS LAST"
    );
}

#[test]
fn the_statement_of_a_view_of_groups_has_its_keys_and_sums() {
    let keys = |text| parse_keys(text).unwrap();
    let sums = "SUM(cost) AS cost, COUNT(*) AS \"rows\" FROM costs";
    let range = |month| Month::parse(month).unwrap().range();
    let side = |month: &str, last: &str| {
        format!("SUM(CASE WHEN date >= '{month}-01' AND date <= '{month}-{last}' THEN cost END)")
    };
    let sides = format!(
        "{} AS before, {} AS after, COUNT(*) AS \"rows\" FROM costs",
        side("2026-09", "30"),
        side("2026-10", "31")
    );
    let change = Some((range("2026-09"), range("2026-10")));
    for (query, expected) in [
        (
            Query {
                group_by: keys("resource-group,tag:env"),
                top: Some(5),
                ..query(&["-rows", "tag:env", "meter"])
            },
            format!(
                "SELECT LOWER(\"resource-group\") AS \"resource-group\", \"tag:env\", currency, {sums} GROUP BY 1, 2, 3 ORDER \
                 BY \"rows\" ASC NULLS LAST, \"tag:env\" ASC NULLS LAST LIMIT 5"
            ),
        ),
        (
            Query {
                group_by: keys("currency"),
                pivot: GroupKey::parse("charge-type"),
                ..Query::default()
            },
            format!(
                "SELECT currency, LOWER(\"charge-type\") AS \"charge-type\", {sums} GROUP BY 1, 2 ORDER BY cost DESC NULLS LAST"
            ),
        ),
        (
            Query {
                group_by: keys("service"),
                change,
                top: Some(5),
                ..query(&["service"])
            },
            format!(
                "SELECT service, currency, {sides} GROUP BY 1, 2 ORDER BY after DESC NULLS LAST"
            ),
        ),
        (
            Query {
                change,
                ..Query::default()
            },
            format!("SELECT currency, {sides} GROUP BY 1 ORDER BY after DESC NULLS LAST"),
        ),
    ] {
        assert_eq!(viewed(&query, &[]), expected);
    }
}
