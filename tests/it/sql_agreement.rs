//! SQL and costscope's own engine give the same results for every key, filter and view.
#![cfg(feature = "sql")]

use crate::support::bills::{Bills, Dice, bills};
use crate::support::inside::run_inside;
use crate::support::sql_answers::{KEYS, asked, by_sql, holds, own};
use crate::support::{document, stderr, stdout};
use costscope::domain::query::filter_text;
use costscope::domain::sql::condition::condition;
use costscope::domain::sql::dialect::SqlDialect;

#[test]
fn every_key_has_the_sums_that_our_own_engine_has() {
    let Bills { folder, files } = bills();
    let mut questions = 0;
    for source in &files {
        for key in KEYS {
            let fold = [
                "resource-group",
                "resource",
                "subscription",
                "charge-type",
                "publisher-type",
                "currency",
                "pricing-model",
                "reservation",
                "benefit",
            ]
            .contains(&key);
            // A key without a column is refused by `show` and missing in every row in SQL.
            let known = run_inside(folder.path(), &["show", source, "--group-by", key]);
            if known.status.code() != Some(0) {
                continue;
            }
            let mine = own(folder.path(), key, "", source, fold);
            assert_eq!(
                by_sql(folder.path(), key, "", source, fold),
                mine,
                "{key} of {source}"
            );
            questions += 1;
        }
    }
    assert!(questions > 40, "{questions}");
}

#[test]
fn filters_mean_the_same_in_both_languages() {
    let Bills { folder, files } = bills();
    for (filter, sql) in [
        ("cost > 10", "cost > 10"),
        ("cost > 10.0", "cost > 10.0"),
        (
            "cost >= 10.000000000000000001",
            "cost >= 10.000000000000000001",
        ),
        ("cost < -0.25", "cost < -0.25"),
        ("cost = 0.000000000000000001", "cost = 1e-18"),
        ("cost is missing", "cost IS NULL"),
        (
            "resource-group = RG-A",
            "LOWER(\"resource-group\") = 'rg-a'",
        ),
        ("resource-group = Ärger", "LOWER(resource-group) = 'ärger'"),
        (
            "charge-type in (Usage, Refund)",
            "charge-type IN ('Usage', 'Refund')",
        ),
        (
            "not (charge-type = Usage)",
            "charge-type <> 'Usage' OR charge-type IS NULL",
        ),
        ("date >= 2026-10-02", "date >= '2026-10-02'"),
        ("date is missing", "date IS NULL"),
        ("month = 2026-10", "month = '2026-10'"),
        ("tag:env = prod", "\"tag:env\" = 'prod'"),
        ("tag:env = \"\"", "tag:env = ''"),
        ("tag:env is missing", "\"tag:ENV\" IS NULL"),
        (
            "tag:env != prod",
            "\"tag:env\" <> 'prod' OR \"tag:env\" IS NULL",
        ),
        ("service ~ storage", "LOWER(service) LIKE '%storage%'"),
        (
            "service = Storage or cost > 50",
            "service = 'Storage' OR cost > 50",
        ),
        (
            "meter = \"it's \"\"x\"\" \\ _\"",
            "meter = 'it''s \"x\" \\ _'",
        ),
        (
            "cost > 0.1 and not (tag:env is missing)",
            "cost > 0.1 AND \"tag:env\" IS NOT NULL",
        ),
    ] {
        for source in &files {
            let mine = own(folder.path(), "service", filter, source, false);
            let theirs = by_sql(folder.path(), "service", sql, source, false);
            assert_eq!(theirs, mine, "{filter} / {sql} of {source}");
        }
    }
}

#[test]
fn every_filter_has_a_condition_that_keeps_the_same_rows() {
    let Bills { folder, files } = bills();
    let mut dice = Dice(7);
    for round in 0..60 {
        let filter = dice.filter(round % 4);
        let parsed = filter_text::parse(&filter).unwrap();
        let sql = condition(&parsed, &holds, SqlDialect::Polars);
        let source = &files[round % 2];
        let mine = own(folder.path(), "service", &filter, source, false);
        let theirs = by_sql(folder.path(), "service", &sql, source, false);
        assert_eq!(theirs, mine, "{filter} / {sql} of {source}");
    }
}

fn sql(filter: &str) -> String {
    condition(
        &filter_text::parse(filter).unwrap(),
        &holds,
        SqlDialect::Polars,
    )
}

#[test]
fn filters_are_conditions() {
    for (filter, wanted) in [
        (
            "resource-group = RG-A",
            "LOWER(\"resource-group\") = 'rg-a'",
        ),
        (
            "resource-group != RG-A",
            "(LOWER(\"resource-group\") <> 'rg-a' OR \"resource-group\" IS NULL)",
        ),
        ("service = \"it's\"", "service = 'it''s'"),
        (
            "not (cost > 10 and tag:env is missing)",
            "NOT COALESCE(cost > 10 AND \"tag:env\" IS NULL, FALSE)",
        ),
        (
            "(month = 2026-10 or month = 2026-11) and cost < 0",
            "(month = '2026-10' OR month = '2026-11') AND cost < 0",
        ),
        ("date >= 2026-10-02", "CAST(date AS STRING) >= '2026-10-02'"),
        (
            "meter ~ \"D2 v4.\"",
            "REGEXP_LIKE(LOWER(meter), 'd2 v4\\.')",
        ),
        ("cost in (1, 2.50)", "(cost = 1 OR cost = 2.5)"),
        (
            "charge-type in (Usage, Refund)",
            "LOWER(\"charge-type\") IN ('usage', 'refund')",
        ),
        (
            "pricing-model = \"On Demand\"",
            "LOWER(\"pricing-model\") = 'ondemand'",
        ),
    ] {
        assert_eq!(sql(filter), wanted, "{filter}");
    }
    assert_eq!(
        sql("cost ~ 5"),
        "REGEXP_LIKE(LOWER(RTRIM(RTRIM(CAST(cost AS STRING), '0'), '.')), '5')"
    );
    let spark = |filter| {
        let parsed = filter_text::parse(filter).unwrap();
        condition(&parsed, &holds, SqlDialect::Spark)
    };
    for (filter, wanted) in [
        (
            r#"tag:env = "it's `x` ${y}""#,
            r"`tag:env` = 'it\'s `x` $\{y}'",
        ),
        ("meter ~ 'GB_%'", "CONTAINS(LOWER(meter), 'gb_%')"),
        ("cost >= 2.5", "cost >= CAST('2.5' AS DECIMAL(38,18))"),
    ] {
        assert_eq!(spark(filter), wanted, "{filter}");
    }
}

/// Views of every shape that a statement supports: every kind of key, filters, sorts, `--having`.
#[test]
fn both_engines_agree_on_every_view() {
    let Bills { folder, files } = bills();
    let mut dice = Dice(11);
    for round in 0..40 {
        let source = &files[round % 3];
        let mut keys: Vec<&str> = vec![dice.pick(&KEYS)];
        let other = dice.pick(&KEYS);
        if round % 2 == 0 && keys[0] != other {
            keys.push(other);
        }
        let filter = dice.filter(round % 3);
        let sort = dice.pick(&["cost", "-cost", "rows", "-rows"]);
        let sort = format!("--sort={sort}");
        let keys = keys.join(",");
        let mut view = vec![
            "show",
            source,
            "--group-by",
            &keys,
            "--filter",
            &filter,
            &sort,
        ];
        if round % 5 == 0 {
            view.extend(["--having", "cost > 1"]);
        }
        let known = run_inside(folder.path(), &view);
        // A key without a column is refused before the query runs.
        if known.status.code() != Some(0) {
            continue;
        }
        let verified = run_inside(folder.path(), &[&view[..], &["--verify"]].concat());
        assert_eq!(
            verified.status.code(),
            Some(0),
            "{view:?}: {}",
            stderr(&verified)
        );
        assert!(
            stderr(&verified).contains("both engines agree on"),
            "{view:?}"
        );
        assert_eq!(stdout(&verified), stdout(&known), "{view:?}");
        // The printed statement gives the same lines in the same order.
        let printed = run_inside(folder.path(), &[&view[..], &["--print-sql"]].concat());
        let answer = asked(folder.path(), stdout(&printed).trim(), source);
        let rows = answer["rows"].as_array().unwrap().clone();
        let groups = document(&run_inside(
            folder.path(),
            &[&view[..], &["--format", "json", "--top", "0"]].concat(),
        ));
        let groups = groups["groups"].as_array().unwrap().clone();
        assert_eq!(rows.len(), groups.len(), "{view:?}");
        for (row, group) in rows.iter().zip(&groups) {
            let keys = group["keys"].as_array().unwrap();
            let row = row.as_array().unwrap();
            assert_eq!(&row[..keys.len()], &keys[..], "{view:?}");
            assert_eq!(row[keys.len() + 1], group["cost"], "{view:?}");
        }
    }
    for (flags, code, told) in [
        (&["--print-sql", "mysql"][..], 2, "polars or spark"),
        (
            &["--group-by", "month", "--verify", "--print-sql"],
            2,
            "cannot be used with",
        ),
    ] {
        let refused = run_inside(folder.path(), &[&["show", &files[0]], flags].concat());
        assert_eq!(refused.status.code(), Some(code), "{flags:?}");
        assert!(
            stderr(&refused).contains(told),
            "{flags:?}: {}",
            stderr(&refused)
        );
    }
}
