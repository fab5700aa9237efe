//! Filters as conditions, in both dialects.

use super::condition::condition;
use super::dialect::SqlDialect;
use super::digits::without_exponent;
use super::helpful::helpful;
use super::server::scan::loose_end;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::filter_text::parse;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::Holds;

/// The types of the columns of a table of costs.
pub(super) fn holds(key: &GroupKey) -> Holds {
    match key {
        GroupKey::Role(Role::Cost) => Holds::Number,
        GroupKey::Role(Role::Date) => Holds::Day,
        GroupKey::Column(name) if name == "used" => Holds::Day,
        GroupKey::Role(_) | GroupKey::Column(_) | GroupKey::Tag(_) | GroupKey::Month => Holds::Text,
    }
}

fn of(filter: &str, dialect: SqlDialect) -> String {
    condition(&parse(filter).unwrap(), &holds, dialect)
}

#[test]
fn texts_are_compared_exactly_unless_their_key_ignores_case() {
    for (filter, words) in [
        ("service = Web", "service = 'Web'"),
        ("service = it's", "service = 'it''s'"),
        (
            "resource-group = rg-A",
            "LOWER(\"resource-group\") = 'rg-a'",
        ),
        (
            "resource-group != rg-A",
            "(LOWER(\"resource-group\") <> 'rg-a' OR \"resource-group\" IS NULL)",
        ),
        ("service in (a, B)", "service IN ('a', 'B')"),
        (
            "charge-type in (Usage)",
            "LOWER(\"charge-type\") IN ('usage')",
        ),
        ("tag:env = Y", "\"tag:env\" = 'Y'"),
        ("month > 2026-09", "month > '2026-09'"),
        ("service is missing", "service IS NULL"),
        (
            "subscription = /subscriptions/G",
            "LOWER(subscription) = 'g'",
        ),
    ] {
        assert_eq!(of(filter, SqlDialect::Polars), words);
    }
}

#[test]
fn days_are_compared_as_their_text() {
    for (filter, words) in [
        ("date >= 2026-10-01", "CAST(date AS STRING) >= '2026-10-01'"),
        (
            "date != 2026-10-01",
            "(CAST(date AS STRING) <> '2026-10-01' OR date IS NULL)",
        ),
        (
            "date in (2026-10-01)",
            "CAST(date AS STRING) IN ('2026-10-01')",
        ),
        (
            "date ~ 2026-10-01",
            "REGEXP_LIKE(LOWER(CAST(date AS STRING)), '2026\\-10\\-01')",
        ),
        // A day is never read as a number.
        ("used > 20261001", "CAST(\"used\" AS STRING) > '20261001'"),
    ] {
        assert_eq!(of(filter, SqlDialect::Polars), words);
    }
}

#[test]
fn amounts_are_compared_as_numbers() {
    for (filter, words) in [
        ("cost > 1.50", "cost > 1.5"),
        ("cost <= -1", "cost <= -1"),
        ("cost = 1e2", "cost = 100"),
        ("cost != 2", "(cost <> 2 OR cost IS NULL)"),
        ("cost in (1, 2)", "(cost = 1 OR cost = 2)"),
        (
            "cost ~ 12",
            "REGEXP_LIKE(LOWER(RTRIM(RTRIM(CAST(cost AS STRING), '0'), '.')), '12')",
        ),
    ] {
        assert_eq!(of(filter, SqlDialect::Polars), words);
    }
    let spark = of("cost > 1.50", SqlDialect::Spark);
    assert_eq!(spark, "cost > CAST('1.5' AS DECIMAL(38,18))");
    // A column that has numbers only in this table may be compared with any text.
    let number = |_: &GroupKey| Holds::Number;
    for (filter, words) in [
        ("meter = x", "FALSE"),
        ("meter != x", "TRUE"),
        ("meter < x", "FALSE"),
        ("meter in (x, 1)", "(FALSE OR meter = 1)"),
    ] {
        let filter = parse(filter).unwrap();
        let found = condition(&filter, &number, SqlDialect::Polars);
        assert_eq!(found, words);
    }
}

#[test]
fn texts_with_numbers_are_more_or_less_as_numbers() {
    assert_eq!(
        of("tag:env < 05", SqlDialect::Polars),
        "CASE WHEN TRY_CAST(TRIM(\"tag:env\") AS DECIMAL(38,18)) IS NOT NULL THEN TRY_CAST(TRIM(\"tag:env\") AS \
         DECIMAL(38,18)) < 5 WHEN REGEXP_LIKE(\"tag:env\", '^[0-9]') THEN \"tag:env\" < '05' ELSE FALSE END"
    );
    assert_eq!(of("tag:env < x", SqlDialect::Polars), "\"tag:env\" < 'x'");
    let spark = of("tag:env < 5", SqlDialect::Spark);
    let end = " WHEN `tag:env` RLIKE '^[0-9]' THEN `tag:env` < '5' ELSE FALSE END";
    assert!(spark.ends_with(end), "{spark}");
}

#[test]
fn a_text_is_contained_in_any_case_and_without_patterns() {
    for (filter, polars, spark) in [
        (
            "service ~ W.b",
            "REGEXP_LIKE(LOWER(service), 'w\\.b')",
            "CONTAINS(LOWER(service), 'w.b')",
        ),
        (
            "resource-group ~ A",
            "REGEXP_LIKE(LOWER(\"resource-group\"), 'a')",
            "CONTAINS(LOWER(`resource-group`), 'a')",
        ),
    ] {
        assert_eq!(of(filter, SqlDialect::Polars), polars);
        assert_eq!(of(filter, SqlDialect::Spark), spark);
    }
}

#[test]
fn parts_of_a_condition_stand_in_parentheses_where_they_are_joined() {
    for (filter, words) in [
        (
            "service = a and meter = b or region = c",
            "(service = 'a' AND meter = 'b') OR region = 'c'",
        ),
        (
            "(service = a or meter = b) and not region = c",
            "(service = 'a' OR meter = 'b') AND NOT COALESCE(region = 'c', FALSE)",
        ),
        ("not service = a", "NOT COALESCE(service = 'a', FALSE)"),
    ] {
        assert_eq!(of(filter, SqlDialect::Polars), words);
    }
    let one = || parse("service = a").unwrap();
    for (filter, words) in [
        (Filter::And(Vec::new()), "TRUE"),
        (Filter::Or(Vec::new()), "FALSE"),
        (Filter::And(vec![one()]), "service = 'a'"),
        (
            Filter::Or(vec![Filter::And(vec![one(), one()])]),
            "service = 'a' AND service = 'a'",
        ),
    ] {
        let found = condition(&filter, &holds, SqlDialect::Polars);
        assert_eq!(found, words, "{filter:?}");
    }
    let none = Filter::In {
        field: match one() {
            Filter::Compare { field, .. } => field,
            other => panic!("{other:?}"),
        },
        values: Vec::new(),
    };
    let found = condition(&none, &holds, SqlDialect::Polars);
    assert_eq!(found, "FALSE", "nothing is one of no values");
}

#[test]
fn names_and_texts_are_quoted_as_their_dialect_does() {
    use SqlDialect::{Polars, Spark};
    for (dialect, word, name, text, key) in [
        (
            Polars,
            "polars",
            "\"a\"\"`b\"",
            "'it''s \\n ${x}'",
            "\"tag:env\"",
        ),
        (
            Spark,
            "spark",
            "`a\"``b`",
            "'it\\'s \\\\n $\\{x}'",
            "`tag:env`",
        ),
    ] {
        assert_eq!(dialect.word(), word);
        assert_eq!(dialect.identifier("a\"`b"), name);
        assert_eq!(dialect.literal("it's \\n ${x}"), text);
        assert_eq!(dialect.identifier("tag:env"), key);
        // Names of keys are plain words, unless a hyphen would be a minus.
        assert_eq!(dialect.identifier("service"), "service");
        assert_ne!(dialect.identifier("charge-type"), "charge-type");
    }
    let controls = Spark.literal("a\nb\rc\td\0e{ $ {");
    assert_eq!(controls, "'a\\nb\\rc\\td\\0e{ $ {'");
}

#[test]
fn numbers_in_texts_are_read_and_shown_as_their_dialect_does() {
    let (polars, spark) = (SqlDialect::Polars, SqlDialect::Spark);
    let read = "TRY_CAST(TRIM(x) AS DECIMAL(38,18))";
    assert_eq!(polars.number("x"), read);
    let number = spark.number("x");
    let plain = "CASE WHEN x RLIKE '^ *[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+) *$' THEN ";
    assert!(
        number.starts_with(&format!("{plain}{read} WHEN x RLIKE ")),
        "{number}"
    );
    let moved = without_exponent("TRIM(x)");
    assert!(
        number.ends_with(&format!("TRY_CAST({moved} AS DECIMAL(38,18)) END")),
        "{number}"
    );
    assert!(moved.starts_with("CASE WHEN TRIM(x) RLIKE "), "{moved}");
    assert!(moved.ends_with(" + 1, 40)) ELSE TRIM(x) END"), "{moved}");
    assert_eq!(
        spark.digits("x"),
        "REGEXP_REPLACE(REGEXP_REPLACE(CAST(x AS STRING), '(\\\\.[0-9]*?)0+$', '$1'), '\\\\.$', '')"
    );
    assert_eq!(
        (polars.negated("x"), spark.negated("x")),
        ("0 - x".to_owned(), "-x".to_owned())
    );
}

#[test]
fn examples_are_written_in_the_dialect_and_name_the_tag() {
    for (dialect, tag, tags, weekday) in [
        (
            SqlDialect::Polars,
            "\"tag:cost center\"",
            "\"tag-set\" IS NULL",
            "STRFTIME(date, ",
        ),
        (
            SqlDialect::Spark,
            "`tag:cost center`",
            "`tags-text` IS NULL",
            "DATE_FORMAT(date, ",
        ),
    ] {
        let all = helpful("cost center", dialect);
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "untagged money by subscription",
                "idle reservations and savings plans",
                "cost per day of week",
                "biggest daily jumps",
                "top meters of a tag",
            ]
        );
        for (at, part) in [
            (0, tags),
            (1, "IN ('unusedreservation', 'unusedsavingsplan')"),
            (2, weekday),
            (4, tag),
        ] {
            assert!(all[at].1.contains(part), "{}", all[at].1);
        }
        for (_, statement) in &all {
            assert!(statement.contains(" FROM costs "), "{statement}");
            assert!(loose_end(statement).is_none(), "{statement}");
        }
    }
}
