//! Numbers in SQL: exact money, wide integers, quoted numbers.
#![cfg(feature = "sql")]

use crate::support::bills::{Bills, bills};
use crate::support::inside::run_inside;
use crate::support::sql_answers::asked;
use crate::support::{file, stderr, stdout};
use serde_json::{Value, json};
use tempfile::TempDir;

#[test]
fn money_stays_exact_and_overflow_is_refused() {
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
    let shown = stdout(&run_inside(
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
        let refused = run_inside(folder.path(), &["sql", statement, source]);
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

/// Cases where polars differs from standard SQL: narrow integers wrap, texts next to amounts compare as texts,
/// remainders have the sign of the divisor.
#[test]
fn integers_are_wide_enough_for_arithmetic() {
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
        let refused = run_inside(folder.path(), &["sql", &statement, &source]);
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
        let answered = run_inside(folder.path(), &["sql", statement, &two]);
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
        let refused = run_inside(folder.path(), &["sql", &statement, odd]);
        assert_eq!(refused.status.code(), Some(1), "{wrong}");
        assert!(
            stderr(&refused).contains("text that is not a"),
            "{}",
            stderr(&refused)
        );
    }
}
