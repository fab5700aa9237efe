//! Statements that come with the product.

use super::identifier;

/// Names and statements of questions that people often have; the one about a tag asks for this one.
pub fn helpful(tag: &str) -> Vec<(&'static str, String)> {
    let tag = identifier(&format!("tag:{tag}"));
    vec![
        (
            "untagged money by subscription",
            "SELECT subscription, currency, SUM(cost) AS cost, COUNT(*) AS \"rows\" FROM costs WHERE \"tag-set\" IS NULL \
             GROUP BY subscription, currency ORDER BY cost DESC NULLS LAST"
                .to_owned(),
        ),
        (
            "idle reservations and savings plans",
            "SELECT reservation, benefit, currency, SUM(cost) AS unused, COUNT(DISTINCT date) AS days FROM costs \
             WHERE LOWER(\"charge-type\") IN ('unusedreservation', 'unusedsavingsplan') GROUP BY reservation, benefit, \
             currency ORDER BY unused DESC NULLS LAST"
                .to_owned(),
        ),
        (
            "cost per day of week",
            "SELECT STRFTIME(date, '%u %A') AS weekday, currency, SUM(cost) AS cost, COUNT(DISTINCT date) AS days FROM \
             costs WHERE date IS NOT NULL GROUP BY 1, 2 ORDER BY weekday, currency"
                .to_owned(),
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
