//! The month, its totals, days and largest groups, from the costs of all days.

use super::found::{OverviewFinding, OverviewFindings};
use super::month::{DatedCost, frame, newest_month};
use super::ranking::{ValueCost, missing, ranked};
use super::{CostTrend, MonthFrame, Overview};
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::sentence;
use crate::domain::analysis::findings::sentence::{PeriodNames, ResourceName};
use crate::domain::analysis::findings::{Finding, NotLookedFor, Proof, ProofSide};
use crate::domain::money::{Amount, Money};
use crate::domain::period::{Month, parse_date};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use chrono::NaiveDate;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

fn money(text: &str, currency: &str) -> Money {
    Money {
        currency: (!currency.is_empty()).then(|| currency.to_owned()),
        amount: amount(text),
    }
}

fn cost(date: &str, text: &str, currency: &str) -> DatedCost {
    DatedCost {
        date: (!date.is_empty()).then(|| day(date)),
        cost: money(text, currency),
        rows: 1,
    }
}

/// A cost of 1 EUR on each day from the first to this one.
fn until(month: &str, last: u32) -> Vec<DatedCost> {
    let of_day = |number| cost(&format!("{month}-{number:02}"), "1", "EUR");
    (1..=last).map(of_day).collect()
}

fn framed(own: &[DatedCost], today: &str) -> MonthFrame {
    frame(own, None, day(today)).unwrap()
}

#[test]
fn newest_month_has_more_than_stray_rows() {
    let mut costs = until("2026-09", 30);
    assert_eq!(newest_month(&[], None), None);
    costs.extend(until("2026-10", 1));
    let month = |text| Some(Month::parse(text).unwrap());
    assert_eq!(newest_month(&costs, None), month("2026-10"));
    assert_eq!(newest_month(&costs, month("2026-10")), month("2026-09"));
    assert_eq!(newest_month(&costs, month("2026-09")), None);
    // One row against a month of thousands is a late arrival.
    for cost in costs.iter_mut().take(30) {
        cost.rows = 100;
    }
    assert_eq!(newest_month(&costs, None), month("2026-09"));
}

#[test]
fn stray_rows_of_the_month_before_are_compared_with_nothing() {
    let mut costs = until("2026-10", 31);
    for cost in &mut costs {
        cost.rows = 100;
    }
    costs.push(cost("2026-09-30", "5", "EUR"));
    let found = framed(&costs, "2026-11-06");
    assert_eq!((found.before, found.outside_rows), (None, 1));
    assert_eq!(found.outside, [money("5", "EUR")]);
}

#[test]
fn month_is_complete_or_says_why_not() {
    let whole = framed(&until("2026-10", 31), "2026-11-06");
    let span = whole.span.unwrap();
    assert!(span.is_complete());
    assert_eq!(span.words(), Vec::<String>::new());
    let mut costs = until("2026-10", 22);
    costs.retain(|cost| cost.date != Some(day("2026-10-11")));
    let span = framed(&costs, "2026-10-23").span.unwrap();
    assert!(!span.is_complete());
    assert_eq!(
        span.words(),
        [
            "2026-10 is not complete: its rows are dated 2026-10-01 to 2026-10-22",
            "no row is dated 2026-10-11",
            "the cost of 2026-10 may change until 2026-11-06",
        ]
    );
    let one_day_before = framed(&until("2026-10", 31), "2026-11-05");
    assert!(one_day_before.span.unwrap().open);
}

#[test]
fn same_days_of_the_month_before_are_compared() {
    let mut costs = until("2026-09", 30);
    costs.extend(until("2026-10", 10));
    let found = framed(&costs, "2026-10-11");
    let before = found.before.as_ref().unwrap();
    assert_eq!(before.days.unwrap().to_string(), "2026-09-01..2026-09-10");
    assert_eq!((before.gaps, found.outside_rows), (0, 30));
    assert_eq!(found.outside, [money("30", "EUR")]);
    let total = found.total(Some("EUR")).unwrap();
    assert_eq!(total.trend.cost, amount("10"));
    assert_eq!(total.trend.before, Some(amount("10")));
    // 10 in 10 of 31 days.
    assert_eq!(total.run_rate, Some(amount("31")));
    // A whole month is compared with a whole month, whatever its length, and has no rate.
    costs.extend((11..=31).map(|number| cost(&format!("2026-10-{number}"), "1", "EUR")));
    let found = framed(&costs, "2026-11-01");
    let total = found.total(Some("EUR")).unwrap();
    assert_eq!(total.trend.before, Some(amount("30")));
    assert_eq!(total.trend.change(), Some(33));
    assert_eq!(total.run_rate, None);
    let last = found.days.last().unwrap();
    assert_eq!((last.date, last.trend.before), (day("2026-10-31"), None));
    let first = found.days.first().unwrap();
    assert_eq!(first.trend.before, Some(amount("1")));
}

#[test]
fn other_sources_are_compared_by_their_newest_earlier_month() {
    let own = until("2026-10", 5);
    let mut earlier = until("2026-07", 31);
    earlier.extend(until("2026-08", 3));
    let found = frame(&own, Some(&earlier), day("2026-12-01")).unwrap();
    let before = found.before.unwrap();
    assert_eq!(before.days.unwrap().to_string(), "2026-08-01..2026-08-05");
    assert_eq!(
        (before.gaps, before.totals.as_slice()),
        (2, &[money("3", "EUR")][..])
    );
    let later = frame(&own, Some(&until("2026-10", 5)), day("2026-12-01")).unwrap();
    assert_eq!(later.before, None);
}

#[test]
fn currencies_are_never_added_and_the_one_that_is_gone_stays() {
    let own = [
        cost("2026-10-01", "1.5", "USD"),
        cost("2026-10-01", "2", "EUR"),
        cost("2026-10-01", "3", ""),
        cost("", "7", "EUR"),
    ];
    let earlier = [cost("2026-09-01", "4", "GBP")];
    let found = frame(&own, Some(&earlier), day("2026-12-01")).unwrap();
    let totals: Vec<(Option<&str>, String, String)> = found
        .totals
        .iter()
        .map(|total| {
            let before = total.trend.before.unwrap();
            (
                total.currency.as_deref(),
                total.trend.cost.to_string(),
                before.to_string(),
            )
        })
        .collect();
    let expected = [
        (Some("EUR"), "2", "0"),
        (Some("GBP"), "0", "4"),
        (Some("USD"), "1.5", "0"),
        (None, "3", "0"),
    ];
    let expected = expected.map(|(code, cost, was)| (code, cost.to_owned(), was.to_owned()));
    assert_eq!(totals, expected);
    assert_eq!(found.outside, [money("7", "EUR")]);
    assert!(found.filter().is_some());
}

#[test]
fn rows_without_dates_are_one_whole() {
    let own = [cost("", "2", "EUR")];
    let found = frame(&own, Some(&[cost("", "1", "EUR")]), day("2026-12-01")).unwrap();
    assert_eq!((found.span.clone(), found.filter()), (None, None));
    assert_eq!(found.totals[0].trend.change(), Some(1000));
    assert!(found.days.is_empty());
}

#[test]
fn change_is_unknown_without_a_cost_before() {
    let trend = |cost, before: Option<&str>| CostTrend::new(amount(cost), before.map(amount));
    assert_eq!(trend("5", None).change(), None);
    assert_eq!(trend("5", Some("0")).change(), None);
    assert_eq!(trend("5", Some("4")).change(), Some(250));
    // A refund that became a cost has grown.
    assert_eq!(trend("2", Some("-4")).change(), Some(1500));
}

fn value(value: &str, text: &str) -> ValueCost {
    ValueCost {
        value: (!value.is_empty()).then(|| value.to_owned()),
        cost: money(text, "EUR"),
    }
}

#[test]
fn largest_groups_are_ranked_and_the_rest_adds_up() {
    let own = [
        value("Web", "50"),
        value("db", "30"),
        value("", "15"),
        value("x", "5"),
    ];
    let before = [value("web", "40"), value("gone", "7"), value("x", "3")];
    let costs = [cost("2026-10-01", "100", "EUR")];
    let earlier = [cost("2026-09-01", "50", "EUR")];
    let totals = frame(&costs, Some(&earlier), day("2026-12-01"))
        .unwrap()
        .totals;
    // Resource groups compare without case.
    let key = GroupKey::Role(Role::ResourceGroup);
    let panel = ranked(&key, (&own, Some(&before)), &totals, 2).unwrap();
    let groups: Vec<_> = panel
        .groups
        .iter()
        .map(|g| (g.value.as_deref(), g.share, g.trend.before))
        .collect();
    assert_eq!(
        groups,
        [
            (Some("Web"), Some(500), Some(amount("40"))),
            (Some("db"), Some(300), Some(Amount::ZERO)),
        ]
    );
    let rest = &panel.others[0];
    assert_eq!(
        (rest.groups, rest.trend.cost, rest.trend.before),
        (2, amount("20"), Some(amount("10")))
    );
    // A panel that is shortened later has the same rest.
    let longer = ranked(&key, (&own, Some(&before)), &totals, 3).unwrap();
    assert_eq!(longer.shortened(&totals, 2), panel);
    // Tag values compare exactly.
    let tag = GroupKey::Tag("owner".to_owned());
    let panel = ranked(&tag, (&own, Some(&before)), &totals, 9).unwrap();
    assert_eq!(panel.groups[0].trend.before, Some(Amount::ZERO));
    let rest = &panel.others[0];
    assert_eq!(
        (rest.groups, rest.trend.cost, rest.trend.before),
        (0, Amount::ZERO, Some(amount("47")))
    );
    let untagged = missing(&tag, (&own, Some(&before)), &totals).unwrap();
    assert_eq!(
        (untagged[0].trend.cost, untagged[0].share),
        (amount("15"), Some(150))
    );
}

proptest! {
    #[test]
    fn days_groups_and_rest_add_up_to_the_total(
        costs in proptest::collection::vec((1_u32..29, -9_999_i64..9_999, 0_usize..3), 1..60),
        most in 0_usize..5,
    ) {
        let dated: Vec<DatedCost> = costs
            .iter()
            .map(|(number, cents, currency)| cost(&format!("2026-10-{number:02}"), &format!("{cents}e-2"), ["EUR", "USD", ""][*currency]))
            .collect();
        let found = framed(&dated, "2026-10-29");
        let mut groups: Vec<ValueCost> = dated
            .iter()
            .enumerate()
            .map(|(at, cost)| ValueCost { value: Some(at.to_string()), cost: cost.cost.clone() })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.cost.amount));
        let panel = ranked(&GroupKey::Month, (&groups, None), &found.totals, most).unwrap();
        for total in &found.totals {
            let days = found.days.iter().filter(|day| day.currency == total.currency);
            let days: i128 = days.map(|day| day.trend.cost.units()).sum();
            prop_assert_eq!(days, total.trend.cost.units());
            let first = panel.groups.iter().filter(|group| group.currency == total.currency);
            let rest = panel.others.iter().filter(|rest| rest.currency == total.currency);
            let sum: i128 = first.map(|group| group.trend.cost.units()).sum::<i128>()
                + rest.map(|rest| rest.trend.cost.units()).sum::<i128>();
            prop_assert_eq!(sum, total.trend.cost.units());
        }
    }
}

/// A new resource in the group of the largest cost.
fn new_resource(id: &str, cost: &str) -> OverviewFinding {
    let resource = ResourceName {
        id: "/subscriptions/s/secret-vm",
        group: Some("rg-secret"),
    };
    let money = Money {
        currency: Some("EUR".to_owned()),
        amount: amount(cost),
    };
    let periods = PeriodNames {
        now: "2026-10",
        before: "2026-09",
    };
    OverviewFinding {
        finding: Finding {
            id: id.to_owned(),
            kind: FindingKind::New,
            sentence: sentence::new(resource, &money, periods),
            money,
            proof: Proof {
                side: ProofSide::Now,
                filter: Some(Filter::equals(
                    GroupKey::Role(Role::ResourceGroup),
                    Some("rg-secret".to_owned()),
                )),
                group_by: vec![GroupKey::Role(Role::Date)],
                measures: Vec::new(),
                sort: Vec::new(),
            },
            dismissed: false,
        },
        command: "costscope show contoso.csv".to_owned(),
    }
}

fn found() -> OverviewFindings {
    let skipped = |kind, why: &str| NotLookedFor {
        kind,
        why: why.to_owned(),
        advice: None,
    };
    OverviewFindings {
        all: vec![new_resource("new-1", "100.125")],
        smaller: Vec::new(),
        not_looked_for: vec![
            skipped(FindingKind::Gone, "there is no month before"),
            skipped(FindingKind::Region, "there is no month before"),
            skipped(FindingKind::Idle, "there is no quantity column"),
        ],
    }
}

/// An overview of two days.
fn overview() -> Overview {
    let costs = [
        cost("2026-10-01", "150.25", "EUR"),
        cost("2026-10-02", "50", "EUR"),
    ];
    let frame = frame(&costs, None, day("2026-12-01")).unwrap();
    let key = GroupKey::Role(Role::ResourceGroup);
    let groups = [value("rg-secret", "150.25"), value("", "50")];
    let panel = ranked(&key, (&groups, None), &frame.totals, 5).unwrap();
    Overview {
        sources: vec!["contoso.csv".to_owned()],
        before_sources: Vec::new(),
        metric: "actual",
        limited: None,
        frame,
        panels: vec![panel],
        stacks: Vec::new(),
        tag: Some("owner".to_owned()),
        untagged: Vec::new(),
        unused: None,
        bridge: None,
        findings: Some(found()),
        notes: vec!["contoso.csv: a note".to_owned()],
        masked: false,
    }
}

/// The names and costs of the lines of a panel.
fn figures(overview: &Overview, panel: &str) -> Vec<(Option<String>, Option<String>)> {
    let rows = overview.sheet().rows.into_iter();
    let own = rows.filter(|row| row[0].as_deref() == Some(panel));
    own.map(|row| (row[1].clone(), row[2].clone())).collect()
}

#[test]
fn every_figure_is_a_line_exact() {
    let text = |text: &str| Some(text.to_owned());
    let overview = overview();
    assert_eq!(
        figures(&overview, "total"),
        [(text("2026-10"), text("200.25"))]
    );
    assert_eq!(
        figures(&overview, "resource-group"),
        [(text("rg-secret"), text("150.25")), (None, text("50"))]
    );
    assert_eq!(
        figures(&overview, "finding"),
        [(
            text(
                "secret-vm in rg-secret is new: it cost 100.125 EUR in 2026-10 and is not in 2026-09"
            ),
            text("100.125")
        )]
    );
    assert_eq!(overview.shown(amount("1234.567")), "1,234.57");
}

#[test]
fn largest_open_findings_are_shown_and_the_others_are_counted() {
    let mut overview = overview();
    let costs = ["40", "30", "20", "-10", "5"];
    let found = OverviewFindings {
        all: (1..)
            .zip(costs)
            .map(|(at, cost)| new_resource(&format!("new-{at}"), cost))
            .collect(),
        ..found()
    };
    overview.findings = Some(found);
    let shown = |overview: &Overview| -> Vec<Option<String>> {
        let rows = figures(overview, "finding").into_iter();
        rows.map(|(_, cost)| cost).collect()
    };
    let texts = |costs: &[&str]| -> Vec<Option<String>> {
        costs.iter().map(|cost| Some((*cost).to_owned())).collect()
    };
    assert_eq!(shown(&overview), texts(&["40", "30", "20"]));
    let found = overview.findings.as_mut().unwrap();
    assert_eq!(found.more(Some("EUR")), 2);
    assert_eq!(found.more(Some("USD")), 0);
    found.mark("new-2", true);
    assert_eq!((found.more(Some("EUR")), found.dismissed()), (1, 1));
    assert_eq!(shown(&overview), texts(&["40", "20", "-10"]));
    let words = overview.words();
    for sentence in [
        "1 more finding; `costscope findings` lists all",
        "1 finding dismissed",
        "not looked for: gone resources, new regions, because there is no month before",
        "not looked for: idle resources, because there is no quantity column",
    ] {
        assert!(
            words.contains(&sentence.to_owned()),
            "{sentence}: {words:?}"
        );
    }
    let words = overview.words_with("* lists all");
    assert!(words.contains(&"1 more finding; * lists all".to_owned()));
    let found = overview.findings.as_mut().unwrap();
    found.mark("new-2", false);
    assert_eq!(shown(&overview), texts(&["40", "30", "20"]));
}

#[test]
fn a_screen_leaves_out_the_advice_of_the_command_line() {
    let mut found = found();
    for skipped in &mut found.not_looked_for[..2] {
        skipped.advice = Some("give its sources with --before");
    }
    let before = "not looked for: gone resources, new regions, because there is no month before";
    assert_eq!(
        found.skipped()[0],
        format!("{before}; give its sources with --before")
    );
    found.forget_advice();
    assert_eq!(found.skipped()[0], before);
}

#[test]
fn masked_finding_keeps_its_kind_and_words() {
    let overview = overview();
    let masked = overview.masked(7);
    let rows = figures(&masked, "finding");
    let (text, cost) = &rows[0];
    let text = text.as_deref().unwrap();
    assert!(
        text.contains(" is new: it cost 50.0 EUR in 2026-10"),
        "{text}"
    );
    assert_eq!(text.matches('•').count(), 2, "{text}");
    assert_eq!(cost.as_deref(), Some("50"));
    let found = masked.findings.unwrap();
    assert_eq!(found.all[0].command, "");
    assert_eq!(found.all[0].finding.proof.filter, None);
    let in_clear = overview.findings.unwrap();
    assert_eq!(found.not_looked_for, in_clear.not_looked_for);
}

#[test]
fn masked_overview_keeps_shares_and_hides_the_rest() {
    let masked = overview().masked(7);
    let text = format!("{masked:?}{:?}", masked.sheet());
    for secret in ["secret", "contoso", "150.25", "200.25", "100.125"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert_eq!(masked.frame.totals[0].trend.cost, amount("100"));
    assert_eq!(masked.panels[0].groups[0].trend.cost, amount("75"));
    assert_eq!(masked.panels[0].groups[0].share, Some(750));
    assert_eq!(masked.panels[0].groups[1].value, None);
    assert_eq!(masked.shown(amount("33.3")), "33.3");
    // The same salt gives the same pseudonyms, another one others.
    assert_eq!(masked, overview().masked(7));
    assert_ne!(masked.sources, overview().masked(8).sources);
}
