//! Built-in example statements.

use super::dialect::{SqlDialect, TAGS_TEXT};

/// Names and statements of common queries in an engine's dialect; `tag` is the key in the statement about a tag.
pub fn helpful(tag: &str, dialect: SqlDialect) -> Vec<(&'static str, String)> {
    let name = |name: &str| dialect.identifier(name);
    let (tag, rows) = (name(&format!("tag:{tag}")), name("rows"));
    let (untagged, weekday) = match dialect {
        SqlDialect::Polars => (name("tag-set"), "STRFTIME(date, '%u %A')"),
        SqlDialect::Spark => (
            name(TAGS_TEXT),
            "CONCAT(CAST(WEEKDAY(date) + 1 AS STRING), ' ', DATE_FORMAT(date, 'EEEE'))",
        ),
    };
    vec![
        (
            "untagged money by subscription",
            format!(
                "SELECT subscription, currency, SUM(cost) AS cost, COUNT(*) AS {rows} FROM costs WHERE {untagged} IS NULL \
                 GROUP BY subscription, currency ORDER BY cost DESC NULLS LAST"
            ),
        ),
        (
            "idle reservations and savings plans",
            format!(
                "SELECT reservation, benefit, currency, SUM(cost) AS unused, COUNT(DISTINCT date) AS days FROM costs \
                 WHERE LOWER({}) IN ('unusedreservation', 'unusedsavingsplan') GROUP BY reservation, benefit, currency ORDER \
                 BY unused DESC NULLS LAST",
                name("charge-type")
            ),
        ),
        (
            "cost per day of week",
            format!(
                "SELECT {weekday} AS weekday, currency, SUM(cost) AS cost, COUNT(DISTINCT date) AS days FROM costs WHERE date \
                 IS NOT NULL GROUP BY 1, 2 ORDER BY weekday, currency"
            ),
        ),
        (
            "biggest daily jumps",
            "WITH d AS (SELECT service, currency, date, SUM(cost) AS cost FROM costs GROUP BY service, currency, date), \
             j AS (SELECT service, currency, date, cost, LAG(cost) OVER (PARTITION BY service, currency ORDER BY date) AS \
             before FROM d) SELECT date, service, currency, before, cost, cost - before AS jump FROM j WHERE before IS NOT \
             NULL ORDER BY ABS(cost - before) DESC NULLS LAST LIMIT 100"
                .to_owned(),
        ),
        (
            "top meters of a tag",
            format!(
                "SELECT {tag}, meter, currency, SUM(cost) AS cost FROM costs WHERE {tag} IS NOT NULL GROUP BY {tag}, meter, \
                 currency ORDER BY cost DESC NULLS LAST LIMIT 100"
            ),
        ),
    ]
}
