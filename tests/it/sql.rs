//! SQL: the same results as costscope's own engine, refusals and their positions, and exact money.
#![cfg(feature = "sql")]

use crate::support::bills::{Bills, Dice, bills};
use crate::support::{document, file, run, run_with_input, stderr, stdout};
use costscope::domain::query::filter_text;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::sql::condition::condition;
use costscope::domain::sql::dialect::Dialect;
use costscope::domain::sql::helpful::helpful;
use costscope::domain::table::text_table::Holds;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

fn asked(folder: &Path, statement: &str, source: &str) -> Value {
    let output = run(
        folder,
        &["sql", statement, source, "--format", "json", "--top", "0"],
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "{statement}: {}",
        stderr(&output)
    );
    document(&output)
}

/// Sums and rows by key and currency, from `show` or from SQL with the columns key, currency, cost and rows.
type Sums = BTreeMap<(Option<String>, Option<String>), (String, u64)>;

fn text(value: &Value) -> Option<String> {
    value.as_str().map(ToOwned::to_owned)
}

fn own(folder: &Path, key: &str, filter: &str, source: &str, fold: bool) -> Sums {
    let mut arguments = vec!["show", source, "--format", "json", "--group-by", key];
    if !filter.is_empty() {
        arguments.extend(["--filter", filter]);
    }
    let output = run(folder, &arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        stderr(&output)
    );
    let groups = document(&output)["groups"].as_array().unwrap().clone();
    let line = |group: &Value| {
        let key = text(&group["keys"][0]).map(|key| if fold { key.to_lowercase() } else { key });
        let cost = group["cost"].as_str().unwrap().to_owned();
        (
            (key, text(&group["currency"])),
            (cost, group["rows"].as_u64().unwrap()),
        )
    };
    groups.iter().map(line).collect()
}

fn by_sql(folder: &Path, key: &str, filter: &str, source: &str, fold: bool) -> Sums {
    let name = if fold {
        format!("LOWER(\"{key}\")")
    } else {
        format!("\"{key}\"")
    };
    let filter = if filter.is_empty() { "TRUE" } else { filter };
    let statement = format!(
        "SELECT k, y AS currency, COALESCE(SUM(cost), 0) AS c, COUNT(*) AS n FROM (SELECT {name} AS k, currency AS y, cost \
         FROM costs WHERE {filter}) t GROUP BY k, y"
    );
    let answer = asked(folder, &statement, source);
    let rows = answer["rows"].as_array().unwrap().clone();
    let line = |row: &Value| {
        let cost = row[2].as_str().unwrap().to_owned();
        (
            (text(&row[0]), text(&row[1])),
            (cost, row[3].as_u64().unwrap()),
        )
    };
    rows.iter().map(line).collect()
}

const KEYS: [&str; 18] = [
    "resource-group",
    "resource",
    "subscription",
    "service",
    "meter",
    "region",
    "charge-type",
    "publisher-type",
    "cost-center",
    "currency",
    "pricing-model",
    "invoice-section",
    "reservation",
    "benefit",
    "date",
    "month",
    "tag:env",
    "tag:TEAM",
];

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
            let known = run(folder.path(), &["show", source, "--group-by", key]);
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
fn money_stays_exact_and_what_is_not_says_so() {
    let folder = TempDir::new().unwrap();
    let rows = "Date,CostInBillingCurrency,BillingCurrencyCode\n2026-10-01,0.000000000000000001,EUR\n2026-10-01,0.000000000000000002,EUR\n\
                2026-10-02,10,EUR\n2026-10-02,0.000000000000000001,EUR\n2026-10-03,-1,EUR\n2026-10-03,-1.000000000000000001,EUR\n";
    let source = file(folder.path(), "a.csv", rows).display().to_string();
    let answer = |statement: &str| asked(folder.path(), statement, &source);
    // Half a unit rounds to even.
    let means = answer("SELECT date, AVG(cost) AS m FROM costs GROUP BY date ORDER BY date");
    let expected = json!([
        ["2026-10-01", "0.000000000000000002"],
        ["2026-10-02", "5"],
        ["2026-10-03", "-1"]
    ]);
    assert_eq!(means["rows"], expected);
    assert_eq!(
        means["columns"][1],
        json!({ "name": "m", "type": "decimal" })
    );
    for (statement, kind, value) in [
        (
            "SELECT AVG(cost) FROM costs WHERE cost > 100",
            "decimal",
            Value::Null,
        ),
        ("SELECT COUNT(*) - 1000 FROM costs", "integer", json!(-994)),
        (
            "SELECT COUNT(*) FROM costs WHERE cost > 10.0",
            "integer",
            json!(0),
        ),
        (
            "SELECT COUNT(*) FROM costs WHERE cost > 9.999999999999999999",
            "integer",
            json!(1),
        ),
        (
            "SELECT CAST(1.1 AS DECIMAL(38,18)) AS x FROM costs LIMIT 1",
            "decimal",
            json!("1.1"),
        ),
        (
            "SELECT SUM(cost) * 1.19 AS gross FROM costs WHERE cost = 10",
            "decimal",
            json!("11.9"),
        ),
        (
            "SELECT date FROM costs GROUP BY date HAVING AVG(cost) > 4.5",
            "date",
            json!("2026-10-02"),
        ),
        (
            "SELECT date FROM costs ORDER BY date DESC LIMIT 1",
            "date",
            json!("2026-10-03"),
        ),
        (
            "SELECT cost > 5 AS large FROM costs ORDER BY cost DESC LIMIT 1",
            "boolean",
            json!(true),
        ),
        (
            "SELECT MEDIAN(cost) FROM costs WHERE cost = 10",
            "double",
            json!(10.0),
        ),
    ] {
        let found = answer(statement);
        assert_eq!(found["columns"][0]["type"], kind, "{statement}");
        let first = found["rows"]
            .as_array()
            .unwrap()
            .first()
            .map_or(Value::Null, |row| row[0].clone());
        assert_eq!(first, value, "{statement}");
    }
    // A constant counts for every row.
    for (statement, rows) in [
        (
            "SELECT date, SUM(1) AS a, SUM(0.5) AS b, COUNT(1) AS c, SUM(2) FILTER (WHERE cost < 0) AS d FROM costs GROUP BY date \
             ORDER BY date",
            json!([
                ["2026-10-01", 2, "1", 2, null],
                ["2026-10-02", 2, "1", 2, null],
                ["2026-10-03", 2, "1", 2, 4]
            ]),
        ),
        (
            "SELECT SUM(1) AS a, COUNT(1) AS b FROM costs WHERE cost > 100",
            json!([[null, 0]]),
        ),
        (
            "SELECT COUNT(*) * 10000000000 * 10000000000 AS a FROM costs",
            json!([["600000000000000000000"]]),
        ),
        (
            "SELECT SUM(CASE WHEN cost > 0 THEN 2000000000 ELSE 0 END) AS a FROM costs",
            json!([[8_000_000_000_i64]]),
        ),
        (
            "WITH m AS (SELECT date, AVG(cost * 1) AS a FROM costs GROUP BY date) SELECT SUM(a) AS s FROM m WHERE date < '2026-10-02'",
            json!([["0.000000000000000002"]]),
        ),
        (
            "SELECT AVG(cost) AS a, AVG(cost * 2) AS b FROM costs WHERE cost > 100",
            json!([[null, null]]),
        ),
    ] {
        assert_eq!(answer(statement)["rows"], rows, "{statement}");
    }
    let shown = stdout(&run(
        folder.path(),
        &[
            "sql",
            "SELECT MEDIAN(cost), MIN(cost), MAX(cost) FROM costs",
            &source,
        ],
    ));
    assert!(shown.starts_with("MEDIAN(cost) (double)"), "{shown}");
    // Sums that could overflow are refused, because polars wraps silently.
    let large = rows.replace("2026-10-02,10,", "2026-10-02,99999999999999999999,");
    let large = file(folder.path(), "large.csv", large)
        .display()
        .to_string();
    for (statement, source) in [
        ("SELECT SUM(cost) FROM costs", &large),
        (
            "SELECT SUM(c) FROM (SELECT cost AS c FROM costs UNION ALL SELECT cost FROM costs) t",
            &large,
        ),
        (
            "SELECT SUM(x) FROM (SELECT CAST('99999999999999999999' AS DECIMAL(38,18)) AS x FROM costs) t",
            &source,
        ),
        (
            "SELECT SUM(c * 9000000000000000000) FROM (SELECT cost AS c FROM costs UNION ALL SELECT cost FROM costs) t WHERE c > 9",
            &source,
        ),
        (
            "SELECT date, AVG(cost * 9000000000000000000) FROM (SELECT * FROM costs UNION ALL SELECT * FROM costs) t WHERE cost > 0 GROUP BY date",
            &source,
        ),
        (
            "SELECT SUM(cost * 9000000000000000000) OVER (PARTITION BY currency) FROM (SELECT * FROM costs UNION ALL SELECT * FROM costs) t",
            &source,
        ),
    ] {
        let refused = run(folder.path(), &["sql", statement, source]);
        assert_eq!(refused.status.code(), Some(1), "{statement}");
        assert!(
            stderr(&refused).contains("20 digits"),
            "{statement}: {}",
            stderr(&refused)
        );
    }
    // The same statements are answered if the numbers fit.
    let eleven = ["SELECT SUM(cost) AS s FROM costs"; 11].join(" UNION ALL ");
    assert_eq!(answer(&eleven)["of"], 11);
    assert_eq!(
        answer("SELECT SUM(cost * 1000000000000) AS s FROM costs WHERE cost = 10")["rows"],
        json!([["10000000000000"]])
    );
}

#[test]
fn what_may_not_be_asked_is_refused_at_its_place() {
    let Bills { folder, files } = bills();
    let source = files[0].as_str();
    for (statement, wrong, caret) in [
        ("", "it is empty", None),
        (
            "SELECT cost FROM costs; SELECT 1",
            "several statements",
            None,
        ),
        ("DELETE FROM costs", "DELETE changes things", Some(0)),
        ("DROP TABLE costs", "DROP changes things", Some(0)),
        (
            "CREATE TABLE x AS SELECT * FROM costs",
            "CREATE changes things",
            Some(0),
        ),
        ("TRUNCATE TABLE costs", "TRUNCATE changes things", Some(0)),
        (
            "SHOW TABLES",
            "SHOW changes things, or is not a query",
            Some(0),
        ),
        ("SELECT * INTO x FROM costs", "SELECT INTO writes", None),
        (
            "SELECT * FROM read_parquet('/etc/x')",
            "opens something else",
            Some(14),
        ),
        (
            "SELECT * FROM read_csv('x')",
            "opens something else",
            Some(14),
        ),
        (
            "SELECT * FROM (SELECT * FROM read_json('x')) t",
            "opens something else",
            Some(29),
        ),
        ("SELECT * FROM other", "there is no table `other`", Some(14)),
        ("SELECT * FROM a.costs", "there is no table `a.costs`", None),
        (
            "SELECT resource-grup FROM costs",
            "there is no column",
            Some(16),
        ),
        (
            "SELECT cosst FROM costs",
            "there is no column `cosst`",
            Some(7),
        ),
        (
            "SELECT cost FROM costs WHERE service = \"Storage\"",
            "text goes in single quotes",
            Some(39),
        ),
        (
            "SELECT x.cost FROM costs a, costs b",
            "more than any machine holds",
            Some(28),
        ),
        (
            "SELECT SUM(SUM(cost)) OVER () FROM costs",
            "a sum inside a window",
            Some(7),
        ),
        ("SELECT cost FROM costs WHERE", "it ends too early", None),
        ("SELECT 'x FROM costs", "Unterminated string", Some(7)),
    ] {
        let refused = run(folder.path(), &["sql", statement, source]);
        let said = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{statement}: {said}");
        assert_eq!(stdout(&refused), "", "{statement}");
        assert!(said.contains(wrong), "{statement}: {said}");
        let place = said.lines().find_map(|line| line.strip_suffix('^'));
        let place = place.filter(|before| before.trim().is_empty());
        assert_eq!(
            place.map(|before| before.len() - 2),
            caret,
            "{statement}: {said}"
        );
    }
    let near = stderr(&run(
        folder.path(),
        &["sql", "SELECT resource-grup FROM costs", source],
    ));
    assert!(near.contains("\"resource-group\""), "{near}");
    let line = stderr(&run(
        folder.path(),
        &["sql", "SELECT cost\nFROM costs\nWHERE nope = 1", source],
    ));
    assert!(
        line.contains("line 3: WHERE nope = 1\n") && line.contains("               ^"),
        "{line}"
    );
    // A function that polars does not support is an error.
    let cannot = run(
        folder.path(),
        &["sql", "SELECT DATE_TRUNC('month', date) FROM costs", source],
    );
    assert_eq!(cannot.status.code(), Some(1));
    assert!(
        stderr(&cannot).contains("polars does not have this function"),
        "{}",
        stderr(&cannot)
    );
}

#[test]
fn names_have_no_case_and_tags_are_columns_of_what_names_them() {
    let Bills { folder, files } = bills();
    let source = files[0].as_str();
    let answer = |statement: &str| asked(folder.path(), statement, source);
    let plain = answer(
        "SELECT \"resource-group\", SUM(cost) AS total FROM costs GROUP BY 1 ORDER BY 2 DESC NULLS LAST",
    );
    for same in [
        "select Resource-Group, sum(COST) as total from Costs group by 1 order by TOTAL desc nulls last",
        "WITH x AS (SELECT resource-group, SUM(Cost) AS Total FROM costs c GROUP BY c.resource-group) SELECT resource-group, total FROM x ORDER BY total DESC NULLS LAST",
        "SELECT `resource-group`, SUM(costs.cost) AS total FROM costs GROUP BY `resource-group` ORDER BY total DESC NULLS LAST",
    ] {
        assert_eq!(answer(same)["rows"], plain["rows"], "{same}");
    }
    let all = answer("SELECT * FROM costs");
    let names: Vec<&str> = all["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"CostInBillingCurrency")
            && names.contains(&"cost")
            && !names.contains(&"tag:env"),
        "{names:?}"
    );
    assert_eq!(all["of"], 7);
    let tags = answer(
        "SELECT LOWER(t.key) AS k, COUNT(*) AS n FROM costs c JOIN tags t ON c.tag-set = t.\"set\" GROUP BY LOWER(t.key) ORDER BY k",
    );
    assert_eq!(tags["rows"], json!([["env", 4], ["team", 1]]));
    let missing = run(
        folder.path(),
        &[
            "sql",
            "SELECT \"tag:nope\", COUNT(*) AS n FROM costs GROUP BY 1",
            source,
            "--format",
            "json",
        ],
    );
    assert!(
        stderr(&missing).contains("no row has tag:nope"),
        "{}",
        stderr(&missing)
    );
    assert_eq!(document(&missing)["rows"], json!([[null, 7]]));
}

#[test]
fn answers_come_in_every_form_and_statements_from_anywhere() {
    let Bills { folder, files } = bills();
    let source = files[1].as_str();
    let statement = "SELECT date, service, SUM(cost) AS total FROM costs GROUP BY date, service ORDER BY date, service";
    let whole = asked(folder.path(), statement, source);
    let of = whole["of"].as_u64().unwrap();
    assert!(of > 20 && whole["shown"] == of);
    let output = |arguments: &[&str]| {
        run(
            folder.path(),
            &[&["sql", statement, source], arguments].concat(),
        )
    };
    assert!(stdout(&output(&[])).ends_with(&format!("20 of {of} shown\n")));
    let some = document(&output(&["--format", "json"]));
    assert_eq!((&some["shown"], &some["of"]), (&json!(20), &json!(of)));
    assert_eq!(
        document(&output(&["--format", "json", "--top", "3"]))["shown"],
        3
    );
    let csv = stdout(&output(&["--format", "csv"]));
    assert_eq!(csv.lines().count() as u64, of + 1, "all of them");
    for name in ["a.csv", "a.parquet", "a.xlsx", "a.json", "a.md"] {
        let to = folder.path().join(name).display().to_string();
        let written = output(&["--to", &to]);
        assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
        assert!(
            stderr(&written).contains(&format!("{of} lines")),
            "{}",
            stderr(&written)
        );
        assert!(std::fs::metadata(&to).unwrap().len() > 100);
    }
    let json: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("a.json")).unwrap())
            .unwrap();
    assert_eq!(json["rows"], whole["rows"]);
    let typed = run_with_input(
        folder.path(),
        &["sql", "-", source, "--format", "json", "--top", "0"],
        statement.as_bytes(),
    );
    assert_eq!(document(&typed), whole);
    let both = run_with_input(folder.path(), &["sql", "-", "-"], b"SELECT 1");
    assert_eq!(both.status.code(), Some(2));
    let plan = stdout(&output(&["--explain"]));
    assert!(
        plan.contains("SELECT \"date\"") && plan.contains("AGGREGATE"),
        "{plan}"
    );
    let explained = asked(folder.path(), &format!("EXPLAIN {statement}"), source);
    assert_eq!(explained["columns"][0]["name"], "plan");
}

#[test]
fn every_filter_has_a_condition_that_keeps_the_same_rows() {
    let Bills { folder, files } = bills();
    let mut dice = Dice(7);
    for round in 0..60 {
        let filter = dice.filter(round % 4);
        let parsed = filter_text::parse(&filter).unwrap();
        let sql = condition(&parsed, &holds, Dialect::Polars);
        let source = &files[round % 2];
        let mine = own(folder.path(), "service", &filter, source, false);
        let theirs = by_sql(folder.path(), "service", &sql, source, false);
        assert_eq!(theirs, mine, "{filter} / {sql} of {source}");
    }
}

#[test]
fn the_statements_that_come_along_are_answered() {
    let Bills { folder, files } = bills();
    for (name, statement) in helpful("env", Dialect::Polars) {
        for source in &files {
            let answer = asked(folder.path(), &statement, source);
            let rows = answer["rows"].as_array().unwrap();
            // A week has seven days; the odd file has every kind of tags and one idle reservation without a cost.
            match name {
                "cost per day of week" => assert!((2..=21).contains(&rows.len()), "{rows:?}"),
                "untagged money by subscription" | "top meters of a tag" => {
                    assert!(!rows.is_empty(), "{source}");
                }
                _ => {}
            }
        }
    }
    let (_, untagged) = helpful("env", Dialect::Polars).into_iter().next().unwrap();
    let rows = asked(folder.path(), &untagged, &files[0])["rows"].clone();
    // Text that is not valid tags counts as untagged.
    let expected = json!([
        [null, null, "365", 1],
        ["s2", "USD", "10.000000000000000001", 2]
    ]);
    assert_eq!(rows, expected);
}

fn holds(key: &GroupKey) -> Holds {
    match key.name().as_str() {
        "cost" => Holds::Number,
        "date" => Holds::Day,
        _ => Holds::Text,
    }
}

fn sql(filter: &str) -> String {
    condition(
        &filter_text::parse(filter).unwrap(),
        &holds,
        Dialect::Polars,
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
        condition(&parsed, &holds, Dialect::Spark)
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
        let known = run(folder.path(), &view);
        // A key without a column is refused before the query runs.
        if known.status.code() != Some(0) {
            continue;
        }
        let verified = run(folder.path(), &[&view[..], &["--verify"]].concat());
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
        let printed = run(folder.path(), &[&view[..], &["--print-sql"]].concat());
        let answer = asked(folder.path(), stdout(&printed).trim(), source);
        let rows = answer["rows"].as_array().unwrap().clone();
        let groups = document(&run(
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
        let refused = run(folder.path(), &[&["show", &files[0]], flags].concat());
        assert_eq!(refused.status.code(), Some(code), "{flags:?}");
        assert!(
            stderr(&refused).contains(told),
            "{flags:?}: {}",
            stderr(&refused)
        );
    }
}

/// Cases where polars differs from standard SQL: narrow integers wrap, texts next to amounts compare as texts,
/// remainders have the sign of the divisor.
#[test]
fn numbers_are_as_wide_as_they_have_to_be() {
    let folder = TempDir::new().unwrap();
    let rows = "Date,MeterName,Quantity,CostInBillingCurrency,BillingCurrencyCode\n2026-10-31,m,9,2.5,EUR\n2026-10-01,abcdef,10,-0.5,EUR\n";
    let source = file(folder.path(), "a.csv", rows).display().to_string();
    for (expression, wanted) in [
        (
            "EXTRACT(YEAR FROM date) * 10000 + EXTRACT(MONTH FROM date) * 100 + EXTRACT(DAY FROM date)",
            json!(20_261_031),
        ),
        ("DATE_PART('month', date) * 100", json!(1000)),
        (
            "EXTRACT(DAY FROM date) * EXTRACT(DAY FROM date)",
            json!(961),
        ),
        (
            "CASE WHEN cost > 0 THEN 100000 ELSE 1 END * 100000",
            json!(10_000_000_000_i64),
        ),
        ("COALESCE(NULL, 100000) * 100000", json!(10_000_000_000_i64)),
        ("CAST(quantity AS TINYINT) * 50", json!(450)),
        ("LENGTH(meter) - 3", json!(-2)),
        ("- LENGTH(meter)", json!(-1)),
        ("STRPOS(meter, 'm') - 5", json!(-4)),
        ("ROW_NUMBER() OVER (ORDER BY cost) - 5", json!(-3)),
        ("-7 % 3", json!(-1)),
        ("LENGTH(meter) * 1000000000 * 10", json!(10_000_000_000_i64)),
        (
            "CASE WHEN cost > '10' THEN 'text' ELSE 'number' END",
            json!("number"),
        ),
        (
            "CASE WHEN cost BETWEEN '2' AND '10' THEN 'number' ELSE 'text' END",
            json!("number"),
        ),
        (
            "CASE WHEN '10' < cost THEN 'text' ELSE 'number' END",
            json!("number"),
        ),
        (
            "CASE WHEN cost IN ('2.50') THEN 'number' ELSE 'text' END",
            json!("number"),
        ),
        ("cost / NULLIF(0, 0)", Value::Null),
        ("date + INTERVAL '1 day'", json!("2026-11-01")),
    ] {
        let statement = format!("SELECT {expression} AS x FROM costs ORDER BY date DESC LIMIT 1");
        let found = asked(folder.path(), &statement, &source);
        assert_eq!(found["rows"][0][0], wanted, "{statement}");
    }
    let chain = |count: usize| vec!["cost = 1"; count].join(" OR ");
    assert_eq!(
        asked(
            folder.path(),
            &format!("SELECT cost FROM costs WHERE {}", chain(390)),
            &source
        )["of"],
        0
    );
    for (statement, told) in [
        ("SELECT 1 / 0 AS x FROM costs".to_owned(), "divides by zero"),
        (
            "SELECT cost / 0 AS x FROM costs".to_owned(),
            "divides by zero",
        ),
        (
            "SELECT meter, SUM(cost) FROM costs".to_owned(),
            "GROUP BY meter",
        ),
        (
            "SELECT date, SUM(SUM(cost)) FROM costs GROUP BY date".to_owned(),
            "a sum of sums",
        ),
        (
            format!("SELECT cost FROM costs WHERE {}", chain(5000)),
            "conditions or operators",
        ),
    ] {
        let refused = run(folder.path(), &["sql", &statement, &source]);
        assert_eq!(
            refused.status.code(),
            Some(if told.contains("zero") { 1 } else { 2 }),
            "{told}: {}",
            stderr(&refused)
        );
        assert!(
            stderr(&refused).contains(told),
            "{told}: {}",
            stderr(&refused)
        );
    }
    let two = rows.replace("-0.5,EUR", "-0.5,USD");
    let two = file(folder.path(), "two.csv", two).display().to_string();
    for (statement, is_told) in [
        ("SELECT SUM(cost) FROM costs", true),
        (
            "SELECT currency, SUM(cost) FROM costs GROUP BY currency",
            false,
        ),
        ("SELECT SUM(cost) FROM costs WHERE currency = 'EUR'", false),
        ("SELECT COUNT(*) FROM costs", false),
    ] {
        let answered = run(folder.path(), &["sql", statement, &two]);
        let told = stderr(&answered).contains("EUR and USD are added up");
        assert_eq!(told, is_told, "{statement}: {}", stderr(&answered));
    }
}

/// Numbers and days mean the same with and without quotes; lists mean the same as separate tests.
#[test]
fn quotes_around_a_number_change_nothing() {
    let Bills { folder, files } = bills();
    let odd = &files[0];
    let rows = |condition: &str| {
        let statement = format!(
            "WITH x AS (SELECT *, cost * 2 AS twice FROM costs) SELECT COUNT(*) AS n FROM x WHERE {condition}"
        );
        asked(folder.path(), &statement, odd)["rows"].clone()
    };
    for (quoted, plain) in [
        ("cost > '10'", "cost > 10"),
        ("(cost) > '9'", "cost > 9"),
        ("'9' < cost", "cost > 9"),
        ("cost * 2 > '100'", "cost * 2 > 100"),
        ("twice > '100'", "cost > 50"),
        ("-cost > '-9'", "cost < 9"),
        ("ABS(cost) < '9'", "cost < 9"),
        ("ROUND(cost, 2) = '365'", "cost = 365"),
        ("COALESCE(cost, '0') < '9'", "COALESCE(cost, 0) < 9"),
        ("NULLIF(cost, '365') IS NULL", "cost = 365 OR cost IS NULL"),
        (
            "CASE WHEN cost > 0 THEN cost ELSE '0' END > '9'",
            "cost > 9",
        ),
        (
            "CASE cost WHEN '365' THEN TRUE ELSE FALSE END",
            "cost = 365",
        ),
        ("cost BETWEEN '9' AND '100'", "cost >= 9 AND cost <= 100"),
        ("cost IN (-0.5, 365)", "cost = -0.5 OR cost = 365"),
        ("cost IN ('-0.50', 99.99)", "cost = -0.5 OR cost = 99.99"),
        ("cost NOT IN (-0.5, 365)", "cost <> -0.5 AND cost <> 365"),
        (
            "cost IN (quantity, 364 + 1)",
            "cost = quantity OR cost = 365",
        ),
        ("'2026-10-02' <= date", "date >= DATE '2026-10-02'"),
        (
            "date + INTERVAL '1 day' = '2026-10-03'",
            "date = '2026-10-02'",
        ),
        (
            "date IN ('2026-10-02', '2026-10-04')",
            "date = '2026-10-02' OR date = '2026-10-04'",
        ),
    ] {
        let wanted = rows(plain);
        assert_eq!(rows(quoted), wanted, "{quoted}");
        assert_ne!(wanted, json!([[0]]), "{plain} has to say something");
    }
    let kept = asked(
        folder.path(),
        "SELECT currency, MAX(cost) AS m FROM costs GROUP BY currency HAVING m > '99' AND SUM(cost) > '99'",
        odd,
    );
    assert_eq!(kept["of"], 2);
    let long: Vec<String> = (0..3000).map(|number| format!("{number}.25")).collect();
    let long = format!("cost IN ({})", long.join(", "));
    assert_eq!(rows(&long), json!([[0]]));
    for wrong in ["cost > 'abc'", "date > '2026-02'"] {
        let statement = format!("SELECT COUNT(*) FROM costs WHERE {wrong}");
        let refused = run(folder.path(), &["sql", &statement, odd]);
        assert_eq!(refused.status.code(), Some(1), "{wrong}");
        assert!(
            stderr(&refused).contains("text that is not a"),
            "{}",
            stderr(&refused)
        );
    }
}
