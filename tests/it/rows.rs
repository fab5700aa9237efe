//! The emulator's generated rows: pairs that describe the same usage, and the seed document's own example.

use chrono::NaiveDate;
use costscope::emulator::accounts::{self, Access, View};
use costscope::emulator::rows::{self, Metric, Row};
use costscope::emulator::services::Commitment;

fn view(scope: &str) -> View {
    match accounts::access(scope) {
        Access::Report(view) => view,
        other => panic!("{scope}: {other:?}"),
    }
}

fn month(scope: &str, metric: Metric, year: i32, month: u32) -> Vec<Row> {
    let view = view(scope);
    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
    let days = first
        .iter_days()
        .take_while(|day| day.format("%m").to_string() == first.format("%m").to_string());
    days.flat_map(|day| rows::day(&view, metric, day, 7))
        .collect()
}

const EA: &str = "providers/microsoft.billing/billingaccounts/8608480";

fn mca() -> String {
    format!(
        "providers/microsoft.billing/billingaccounts/{}",
        accounts::MCA_ACCOUNT
    )
}

#[test]
fn rows_without_a_benefit_are_the_same_in_both_files() {
    for scope in [EA.to_owned(), mca()] {
        let plain = |metric| -> Vec<(NaiveDate, Option<String>, i128)> {
            let rows = month(&scope, metric, 2026, 10);
            rows.into_iter()
                .filter(|row| row.commitment.is_none())
                .map(|row| (row.day, row.resource, row.cost))
                .collect()
        };
        assert_eq!(plain(Metric::Actual), plain(Metric::Amortized), "{scope}");
    }
}

#[test]
fn a_reservation_bought_for_365_is_a_dollar_a_day() {
    let bought: Vec<Row> = month(EA, Metric::Actual, 2026, 1)
        .into_iter()
        .filter(|row| row.commitment == Some(Commitment::Databases) && row.charge == "Purchase")
        .collect();
    assert_eq!(
        bought.iter().map(|row| row.cost).collect::<Vec<_>>(),
        [3_650_000_000_000]
    );
    assert_eq!(bought[0].day, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap());
    let amortized = month(EA, Metric::Amortized, 2026, 1);
    let mut unused = 0;
    for day in 1..=31 {
        let day = NaiveDate::from_ymd_opt(2026, 1, day).unwrap();
        let costs: Vec<i128> = amortized
            .iter()
            .filter(|row| row.day == day && row.commitment == Some(Commitment::Databases))
            .map(|row| row.cost)
            .collect();
        assert_eq!(costs.iter().sum::<i128>(), 10_000_000_000, "{day}");
        assert!(
            costs.iter().all(|cost| *cost == 5_000_000_000),
            "{day}: {costs:?}"
        );
        unused += amortized
            .iter()
            .filter(|row| {
                row.day == day
                    && row.charge == "UnusedReservation"
                    && row.commitment == Some(Commitment::Databases)
            })
            .count();
    }
    assert!(unused > 0, "some days only one of the two databases runs");
}

#[test]
fn accounts_have_what_the_issue_asks_for() {
    let ea = month(EA, Metric::Amortized, 2026, 10);
    let mca_actual = month(&mca(), Metric::Actual, 2026, 10);
    let has = |rows: &[Row], charge: &str| rows.iter().any(|row| row.charge == charge);
    assert!(has(&ea, "UnusedReservation") && has(&ea, "UnusedSavingsPlan"));
    assert!(
        !has(&month(EA, Metric::Actual, 2026, 10), "Refund"),
        "EA data has no refunds"
    );
    assert!(has(&mca_actual, "Refund"));
    assert!(
        ea.iter()
            .any(|row| row.marketplace && row.charge == "Purchase")
    );
    let profiles: std::collections::BTreeSet<usize> =
        mca_actual.iter().map(|row| row.profile).collect();
    assert_eq!(profiles.len(), 2, "two currencies");
    let spellings: std::collections::BTreeSet<String> = ea
        .iter()
        .filter_map(|row| row.group.as_ref().map(|(_, shown)| shown.clone()))
        .collect();
    let lower: std::collections::BTreeSet<String> =
        spellings.iter().map(|name| name.to_lowercase()).collect();
    assert!(
        spellings.len() > lower.len(),
        "resource groups differ in case"
    );
    assert!(
        month(
            "subscriptions/3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02",
            Metric::Actual,
            2026,
            10
        )
        .iter()
        .all(|row| row.charge == "Usage"),
        "purchases are visible at the account only"
    );
}
