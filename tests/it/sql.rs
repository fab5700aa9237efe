//! SQL: refusals and their positions, names, output forms, built-in statements.
#![cfg(feature = "sql")]

use crate::support::bills::{Bills, bills};
use crate::support::inside::run_inside;
use crate::support::sql_answers::asked;
use crate::support::{document, run_with_input, stderr, stdout};
use costscope::domain::sql::dialect::SqlDialect;
use costscope::domain::sql::helpful::helpful;
use serde_json::{Value, json};

#[test]
fn refused_statements_name_the_position() {
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
        (
            "SELECT cost FROM costs WHERE",
            "unexpected end of statement",
            None,
        ),
        ("SELECT 'x FROM costs", "Unterminated string", Some(7)),
    ] {
        let refused = run_inside(folder.path(), &["sql", statement, source]);
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
    let near = stderr(&run_inside(
        folder.path(),
        &["sql", "SELECT resource-grup FROM costs", source],
    ));
    assert!(near.contains("\"resource-group\""), "{near}");
    let line = stderr(&run_inside(
        folder.path(),
        &["sql", "SELECT cost\nFROM costs\nWHERE nope = 1", source],
    ));
    assert!(
        line.contains("line 3: WHERE nope = 1\n") && line.contains("               ^"),
        "{line}"
    );
    // A function that polars does not support is an error.
    let cannot = run_inside(
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
fn names_ignore_case_and_tags_are_columns() {
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
    let missing = run_inside(
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
        run_inside(
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
    // A statement is never cut: what is left of it may be one, too.
    let long = format!(
        "SELECT count(*) FROM costs {}WHERE false",
        " ".repeat(1 << 20)
    );
    let long = run_with_input(folder.path(), &["sql", "-", source], long.as_bytes());
    assert_eq!(long.status.code(), Some(2));
    assert!(
        stderr(&long).contains("longer than 1 MB"),
        "{}",
        stderr(&long)
    );
    let plan = stdout(&output(&["--explain"]));
    assert!(
        plan.contains("SELECT \"date\"") && plan.contains("AGGREGATE"),
        "{plan}"
    );
    let explained = asked(folder.path(), &format!("EXPLAIN {statement}"), source);
    assert_eq!(explained["columns"][0]["name"], "plan");
}

#[test]
fn built_in_statements_are_answered() {
    let Bills { folder, files } = bills();
    for (name, statement) in helpful("env", SqlDialect::Polars) {
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
    let (_, untagged) = helpful("env", SqlDialect::Polars)
        .into_iter()
        .next()
        .unwrap();
    let rows = asked(folder.path(), &untagged, &files[0])["rows"].clone();
    // Text that is not valid tags counts as untagged.
    let expected = json!([
        [null, null, "365", 1],
        ["s2", "USD", "10.000000000000000001", 2]
    ]);
    assert_eq!(rows, expected);
}
