//! Changes and trends of stored months: only whole months of one scope, metric, subset and currency are compared.

use super::*;
use crate::domain::money::Money;
use crate::domain::period::Period;
use crate::domain::report::request::{Api, ReportRequest};
use chrono::DateTime;

fn money(currency: &str, amount: &str) -> Money {
    Money {
        currency: Some(currency.to_owned()),
        amount: Amount::parse(amount).unwrap().amount,
    }
}

fn entry(scope: &str, days: &str, metric: Metric, totals: Vec<Money>) -> LedgerEntry {
    let request = ReportRequest {
        export: None,
        scope: ScopeId::parse(scope).unwrap(),
        metric,
        period: Period::Dates(DateRange::parse(days).unwrap()),
        subset: Subset::default(),
    };
    LedgerEntry {
        schema: 1,
        key: request.key("test"),
        request,
        fetched_at: DateTime::UNIX_EPOCH,
        rows: 1,
        bytes: 1,
        sha256: Vec::new(),
        totals,
        dialect: String::new(),
        repairs: Vec::new(),
        fingerprints: Vec::new(),
        parts: Vec::new(),
        api: Api::Details,
        times: None,
        seals: Vec::new(),
        source: None,
        check: None,
    }
}

const EA: &str = "8608480";

fn actual(days: &str, amount: &str) -> LedgerEntry {
    entry(EA, days, Metric::Actual, vec![money("EUR", amount)])
}

#[test]
fn a_month_is_compared_with_the_one_before_it() {
    let entries = [
        actual("2026-10", "110.8"),
        actual("2026-09", "100"),
        actual("2026-07", "50"),
        actual("2026-08-01..2026-08-20", "10"),
        entry(EA, "2026-09", Metric::Amortized, vec![money("EUR", "7")]),
        entry(
            "1234567",
            "2026-09",
            Metric::Actual,
            vec![money("EUR", "8")],
        ),
        entry(EA, "2026-11", Metric::Actual, vec![money("USD", "9")]),
    ];
    let kept = of(&entries);
    let words: Vec<String> = kept.iter().map(change_words).collect();
    assert_eq!(words, ["+10.8%", "", "", "", "", "", ""]);
    let amount = |text: &str| Amount::parse(text).unwrap().amount;
    assert_eq!(kept[0].trend, ["50", "100", "110.8"].map(amount));
    assert_eq!(kept[1].trend, ["50", "100"].map(amount));
    assert!(kept[3].trend.is_empty());
}

#[test]
fn each_currency_has_its_own_change() {
    let two = |month: &str, eur: &str, usd: &str| {
        let totals = vec![money("EUR", eur), money("USD", usd)];
        entry(EA, month, Metric::Actual, totals)
    };
    let mut entries = vec![two("2026-10", "50", "30"), two("2026-09", "100", "20")];
    entries.push(actual("2026-08", "200"));
    let kept = of(&entries);
    assert_eq!(change_words(&kept[0]), "-50.0% · +50.0%");
    assert_eq!(change_words(&kept[1]), "-50.0% · -");
    assert!(kept[0].trend.is_empty());
}

#[test]
fn a_year_of_months_is_a_trend() {
    let months = (1..=9).map(|month| actual(&format!("2026-0{month}"), &month.to_string()));
    let mut entries: Vec<LedgerEntry> = months.collect();
    entries.extend((4..=9).map(|month| actual(&format!("2025-0{month}"), "1")));
    let kept = of(&entries);
    assert_eq!(kept[8].trend.len(), 12);
    assert_eq!(bars(&kept[8].trend).chars().count(), 12);
    assert!(bars(&kept[8].trend).ends_with('█'));
}

#[test]
fn bars_tell_small_large_and_negative_months_apart() {
    let amounts = |texts: &[&str]| -> Vec<Amount> {
        let parse = |text: &&str| Amount::parse(text).unwrap().amount;
        texts.iter().map(parse).collect()
    };
    let cases: [(&[&str], &str); 5] = [
        (&[], ""),
        (&["5"], ""),
        (&["0", "50", "100"], "▁▄█"),
        (&["-5", "10"], "▾█"),
        (&["0", "0"], "▁▁"),
    ];
    for (texts, expected) in cases {
        assert_eq!(bars(&amounts(texts)), expected, "{texts:?}");
    }
}

#[test]
fn the_newest_whole_month_of_a_scope_is_the_one_that_scopes_show() {
    let entries = [
        actual("2026-11-01..2026-11-20", "1"),
        entry(EA, "2026-10", Metric::Amortized, vec![money("EUR", "7")]),
        actual("2026-10", "2"),
        actual("2026-09", "3"),
    ];
    let scope = ScopeId::parse(EA).unwrap();
    let place = |count: usize| newest(&entries[..count]).get(&scope).map(|(at, _)| *at);
    assert_eq!(place(4), Some(2));
    assert_eq!(place(2), Some(1));
    assert_eq!(place(1), None);
}
