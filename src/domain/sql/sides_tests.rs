//! Statements of two sides, table by table.

use super::condition_tests::holds;
use super::dialect::SqlDialect;
use super::exact_tests::{outputs, table};
use super::sides::{LinesOf, SideOf, SortTerm, bridge, changed};
use crate::domain::query::filter_text::parse;
use crate::domain::query::group_key::parse_keys;

const DIALECT: SqlDialect = SqlDialect::Polars;

fn lines(by: Vec<(SortTerm, bool)>, most: Option<usize>) -> LinesOf {
    LinesOf { by, most }
}

#[test]
fn lines_of_two_sides_are_sorted_by_what_is_asked_then_by_their_keys() {
    let keys = parse_keys("resource-group,tag:env").unwrap();
    for (term, by) in [
        (
            (SortTerm::Output("actual"), true),
            "actual ASC NULLS LAST, ",
        ),
        (
            (SortTerm::Size("difference"), false),
            "ABS(difference) DESC NULLS LAST, ",
        ),
        ((SortTerm::Key(0), false), "shown0 DESC NULLS LAST, "),
        ((SortTerm::Key(1), true), "g1 ASC NULLS LAST, "),
        ((SortTerm::Key(2), true), ""),
        ((SortTerm::Currency, false), "y DESC NULLS LAST, "),
    ] {
        let lines = lines(vec![term], Some(3));
        let statement = bridge(&keys, None, &lines, &holds, DIALECT);
        let ties = "shown0 ASC NULLS LAST, g1 ASC NULLS LAST, y ASC NULLS LAST LIMIT 3";
        assert!(
            statement.ends_with(&format!(" ORDER BY {by}{ties}")),
            "{statement}"
        );
    }
}

#[test]
fn a_bridge_has_one_signed_sum_for_each_step() {
    let filter = parse("service = a").unwrap();
    let keys = parse_keys("resource-group").unwrap();
    let statement = bridge(&keys, Some(&filter), &LinesOf::default(), &holds, DIALECT);
    let side = |number: usize, name: &str| {
        format!(
            "SELECT {number} AS side, LOWER(\"resource-group\") AS g0, \"resource-group\" AS k0, \"bridge-part\" AS part, \
             currency AS y, cost AS c FROM {name} WHERE service = 'a'"
        )
    };
    let both = format!("{} UNION ALL {}", side(0, "actual"), side(1, "amortized"));
    assert_eq!(table(&statement, "b"), both);
    let sum = |plus: &str, minus: &str, name: &str| {
        format!("COALESCE(SUM(CASE WHEN {plus} THEN c WHEN {minus} THEN 0 - c END), 0) AS {name}")
    };
    let sums = [
        sum("side = 0", "FALSE", "actual"),
        sum("FALSE", "side = 0 AND part IN (1, 2)", "purchases"),
        sum(
            "side = 1 AND part IN (1, 2, 3)",
            "side = 0 AND part IN (3, 4, 5)",
            "benefit_usage",
        ),
        sum("side = 1 AND part = 4", "FALSE", "unused_reservation"),
        sum("side = 1 AND part = 5", "FALSE", "unused_savings_plan"),
        sum("side = 1 AND part = 0", "side = 0 AND part = 0", "residual"),
        sum("side = 1", "FALSE", "amortized"),
        sum("side = 1", "side = 0", "difference"),
    ];
    let all = format!("SELECT g0, y, {} FROM b GROUP BY g0, y", sums.join(", "));
    assert_eq!(table(&statement, "a"), all);
    let steps = "y AS currency, actual, purchases, benefit_usage, unused_reservation, unused_savings_plan, residual, \
                 amortized, difference";
    assert_eq!(
        outputs(&statement),
        format!(
            "SELECT shown0 AS \"resource-group\", {steps} FROM a LEFT JOIN s0 ON g0 = w0 ORDER BY shown0 ASC NULLS LAST, y ASC \
             NULLS LAST"
        )
    );
    // Without keys, all rows are one group.
    let whole = bridge(&[], None, &LinesOf::default(), &holds, DIALECT);
    let one = "SELECT 0 AS side, 1 AS g0, \"bridge-part\" AS part, ";
    assert!(table(&whole, "b").starts_with(one), "{whole}");
    assert_eq!(
        outputs(&whole),
        format!("SELECT {steps} FROM a ORDER BY y ASC NULLS LAST")
    );
}

#[test]
fn a_change_is_split_by_the_items_of_each_group() {
    let filter = parse("service = a").unwrap();
    let sides = [
        SideOf {
            table: "before",
            filter: Some(&filter),
        },
        SideOf {
            table: "after",
            filter: None,
        },
    ];
    let keys = parse_keys("tag:env").unwrap();
    let statement = changed(sides, &keys, &LinesOf::default(), &holds, DIALECT);
    let side = |number: usize, of: &str| {
        format!(
            "SELECT {number} AS side, \"tag:env\" AS g0, LOWER(resource) AS i0, meter AS i1, \"unit\" AS i2, \
             LOWER(\"charge-type\") AS i3, currency AS y, cost AS c FROM {of}"
        )
    };
    for (name, expected) in [
        (
            "b",
            format!(
                "{} UNION ALL {}",
                side(0, "before WHERE service = 'a'"),
                side(1, "after")
            ),
        ),
        (
            "items",
            "SELECT g0, i0, i1, i2, i3, y, COALESCE(SUM(CASE WHEN side = 0 THEN c END), 0) AS was, COALESCE(SUM(CASE WHEN side \
             = 1 THEN c END), 0) AS now, COALESCE(SUM(CASE WHEN side = 1 THEN c ELSE 0 - c END), 0) AS more, COUNT(CASE WHEN \
             side = 0 THEN 1 END) AS before_rows, COUNT(CASE WHEN side = 1 THEN 1 END) AS after_rows FROM b GROUP BY g0, i0, \
             i1, i2, i3, y"
                .to_owned(),
        ),
        (
            "a",
            "SELECT g0, y, SUM(was) AS before_cost, SUM(now) AS after_cost, SUM(more) AS difference, COALESCE(SUM(CASE WHEN \
             before_rows = 0 THEN now END), 0) AS new, COALESCE(SUM(CASE WHEN after_rows = 0 THEN 0 - was END), 0) AS gone, \
             COALESCE(SUM(CASE WHEN before_rows > 0 AND after_rows > 0 THEN more END), 0) AS rest FROM items GROUP BY g0, y"
                .to_owned(),
        ),
    ] {
        assert_eq!(table(&statement, name), expected, "{name}");
    }
    assert_eq!(
        outputs(&statement),
        "SELECT g0 AS \"tag:env\", y AS currency, before_cost, after_cost, difference, new, gone, rest AS \"quantity and \
         price\" FROM a ORDER BY g0 ASC NULLS LAST, y ASC NULLS LAST"
    );
}

#[test]
fn a_server_negates_amounts_by_their_sign() {
    let bridge = bridge(&[], None, &LinesOf::default(), &holds, SqlDialect::Spark);
    let difference = "WHEN side = 0 THEN -c END), 0) AS difference";
    assert!(bridge.contains(difference), "{bridge}");
}
