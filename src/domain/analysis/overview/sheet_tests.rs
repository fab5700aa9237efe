//! The figures of an overview with all its panels, exact and masked.

use super::month::{DatedCost, frame};
use super::ranking::{ValueCost, missing, ranked};
use super::{BridgeTotal, CostTrend, GroupDays, Overview, UnusedBenefit};
use crate::domain::analysis::commitments::CommitmentKind;
use crate::domain::analysis::comparison::Bridge;
use crate::domain::analysis::findings::sentence;
use crate::domain::analysis::findings::{Finding, Proof, ProofSide, Smaller, kind::FindingKind};
use crate::domain::analysis::overview::found::{OverviewFinding, OverviewFindings};
use crate::domain::money::{Amount, Money};
use crate::domain::period::parse_date;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

fn eur(text: &str) -> Money {
    Money {
        currency: Some("EUR".to_owned()),
        amount: amount(text),
    }
}

fn cost(date: Option<&str>, text: &str) -> DatedCost {
    DatedCost {
        date: date.map(day),
        cost: eur(text),
        rows: 1,
    }
}

fn value(value: Option<&str>, text: &str) -> ValueCost {
    ValueCost {
        value: value.map(str::to_owned),
        cost: eur(text),
    }
}

fn unused(id: Option<&str>, name: Option<&str>, text: &str) -> UnusedBenefit {
    UnusedBenefit {
        id: id.map(str::to_owned),
        name: name.map(str::to_owned),
        kind: CommitmentKind::Reservation,
        currency: Some("EUR".to_owned()),
        cost: amount(text),
    }
}

fn bridge() -> BridgeTotal {
    let whole = |text| amount(text);
    BridgeTotal {
        currency: Some("EUR".to_owned()),
        bridge: Bridge {
            actual: whole("10"),
            purchases: whole("-4"),
            refunds: whole("1"),
            benefit_usage: whole("2"),
            unused_reservation: whole("0.5"),
            unused_savings_plan: whole("0.25"),
            residual: whole("0.25"),
            amortized: whole("9"),
        },
    }
}

fn findings() -> OverviewFindings {
    let finding = Finding {
        id: "unused-1".to_owned(),
        kind: FindingKind::Unused,
        sentence: sentence::unused("reservation", Some("web"), None, &eur("2")),
        money: eur("2"),
        proof: Proof {
            side: ProofSide::Now,
            filter: None,
            group_by: Vec::new(),
            measures: Vec::new(),
            sort: Vec::new(),
        },
        dismissed: false,
    };
    OverviewFindings {
        all: vec![OverviewFinding {
            finding,
            command: String::new(),
        }],
        smaller: vec![Smaller {
            kind: FindingKind::New,
            findings: 3,
            money: eur("1"),
        }],
        not_looked_for: Vec::new(),
    }
}

/// October up to its second day, in a month of which a row has no date and another is of July.
fn overview() -> Overview {
    let own = [
        cost(Some("2026-10-01"), "15"),
        cost(Some("2026-10-02"), "5"),
        cost(Some("2026-07-02"), "3"),
        cost(None, "1"),
    ];
    let earlier = [cost(Some("2026-09-01"), "10")];
    let frame = frame(&own, Some(&earlier), day("2026-10-03")).unwrap();
    let groups = [value(Some("rg-a"), "15"), value(Some("rg-b"), "5")];
    let before = [value(Some("rg-a"), "10")];
    let key = GroupKey::Role(Role::ResourceGroup);
    let panel = ranked(&key, (&groups, Some(&before)), &frame.totals, 1).unwrap();
    let tag = GroupKey::Tag("env".to_owned());
    let untagged = missing(&tag, (&[value(None, "4")], None), &frame.totals).unwrap();
    Overview {
        sources: vec!["contoso.csv".to_owned()],
        metric: "actual",
        frame,
        panels: vec![panel],
        stacks: vec![GroupDays {
            value: Some("Web".to_owned()),
            currency: Some("EUR".to_owned()),
            days: vec![(day("2026-10-01"), amount("5"))],
        }],
        tag: Some("env".to_owned()),
        untagged,
        unused: Some(vec![
            unused(Some("/orders/x/r-1"), Some("web"), "0.5"),
            unused(Some("/orders/x/r-2"), None, "0.25"),
            unused(None, None, "0.125"),
        ]),
        bridge: Some(vec![bridge()]),
        findings: Some(findings()),
        ..Overview::default()
    }
}

/// The cells of a row in one text.
fn rows(overview: &Overview) -> Vec<String> {
    let rows = overview.sheet().rows.into_iter();
    let text = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    rows.map(|row| row.into_iter().map(text).collect::<Vec<_>>().join(" | "))
        .collect()
}

#[test]
fn every_panel_has_its_figures_in_the_table() {
    assert_eq!(
        rows(&overview()),
        [
            "total | 2026-10 | 20 | EUR | - | 10 | 10 | 100.0",
            "run-rate | 2026-10 | 310 | EUR | - | - | - | -",
            "left out | other days, or without a date | 4 | EUR | - | - | - | -",
            "bridge | actual | 10 | EUR | - | - | - | -",
            "bridge | purchases | -4 | EUR | - | - | - | -",
            "bridge | benefit_usage | 2 | EUR | - | - | - | -",
            "bridge | unused_reservation | 0.5 | EUR | - | - | - | -",
            "bridge | unused_savings_plan | 0.25 | EUR | - | - | - | -",
            "bridge | residual | 0.25 | EUR | - | - | - | -",
            "bridge | amortized | 9 | EUR | - | - | - | -",
            "day | 2026-10-01 | 15 | EUR | - | 10 | 5 | 50.0",
            "day | 2026-10-02 | 5 | EUR | - | 0 | 5 | -",
            "resource-group | rg-a | 15 | EUR | 75.0 | 10 | 5 | 50.0",
            "resource-group | (1 other) | 5 | EUR | 25.0 | 0 | 5 | -",
            "untagged | without tag:env | 4 | EUR | 20.0 | - | - | -",
            "unused | reservation web | 0.5 | EUR | - | - | - | -",
            "unused | reservation r-2 | 0.25 | EUR | - | - | - | -",
            "unused | reservation without an id | 0.125 | EUR | - | - | - | -",
            "finding | unused part of reservation web: 2 EUR | 2 | EUR | - | - | - | -",
        ]
    );
    let untagged = Overview {
        tag: None,
        ..overview()
    };
    let line = "untagged | no tag at all | 4 | EUR | 20.0 | - | - | -";
    assert!(rows(&untagged).contains(&line.to_owned()));
}

#[test]
fn percents_of_a_masked_overview_are_those_of_the_amounts() {
    let whole = overview();
    let masked = whole.masked(7);
    let changes = |overview: &Overview| -> Vec<Option<i64>> {
        let totals = overview.frame.totals.iter().map(|total| total.trend);
        let days = overview.frame.days.iter().map(|day| day.trend);
        let panels = overview.panels.iter();
        let groups = panels.flat_map(|panel| panel.groups.iter().map(|group| group.trend));
        let all = totals.chain(days).chain(groups);
        all.map(CostTrend::change).collect()
    };
    assert!(changes(&whole).iter().flatten().count() > 2);
    assert_eq!(changes(&masked), changes(&whole));
}

#[test]
fn every_amount_of_a_masked_overview_is_an_index() {
    let masked = overview().masked(7);
    let costs: Vec<String> = masked
        .sheet()
        .rows
        .into_iter()
        .map(|row| [2, 5].map(|at: usize| row[at].clone().unwrap_or_default()))
        .map(|[cost, before]| format!("{cost} {before}").trim_end().to_owned())
        .collect();
    assert_eq!(
        costs,
        [
            "100 50", "1550", "20", "50", "-20", "10", "2.5", "1.3", "1.3", "45", "75 50", "25 0",
            "75 50", "25 0", "20", "2.5", "1.3", "0.6", "10",
        ]
    );
    let money = |text| vec![eur(text)];
    let frame = &masked.frame;
    assert_eq!((&frame.outside, frame.outside_rows), (&money("20"), 2));
    let before = frame.before.as_ref().unwrap();
    assert_eq!((&before.totals, before.gaps), (&money("50"), 1));
    let in_clear = overview();
    assert_eq!(
        (frame.span.as_ref(), before.days),
        (
            in_clear.frame.span.as_ref(),
            in_clear.frame.before.as_ref().unwrap().days
        )
    );
    let days = &masked.stacks[0];
    assert_eq!(days.days, [(day("2026-10-01"), amount("25"))]);
    assert_eq!(days.currency.as_deref(), Some("EUR"));
    let bridge = &masked.bridge.as_ref().unwrap()[0];
    assert_eq!(bridge.bridge.refunds, amount("5"));
    let smaller = &masked.findings.as_ref().unwrap().smaller[0];
    assert_eq!((smaller.findings, &smaller.money), (3, &eur("5")));
}

#[test]
fn an_index_counts_the_largest_day_as_a_hundred_where_a_total_is_zero() {
    let own = [
        cost(Some("2026-10-01"), "-8"),
        cost(Some("2026-10-02"), "6"),
        cost(Some("2026-10-03"), "2"),
    ];
    let zero = Overview {
        frame: frame(&own, None, day("2026-12-01")).unwrap(),
        ..Overview::default()
    };
    let days = zero.masked(7).frame.days;
    let costs: Vec<Amount> = days.iter().map(|day| day.trend.cost).collect();
    assert_eq!(costs, ["-100", "75", "25"].map(amount));
}

#[test]
fn names_of_benefits_are_pseudonyms_and_absent_ones_stay_absent() {
    let masked = overview().masked(7);
    let benefits = masked.unused.unwrap();
    let known = |one: &UnusedBenefit| (one.id.is_some(), one.name.is_some());
    let known: Vec<_> = benefits.iter().map(known).collect();
    assert_eq!(known, [(true, true), (true, false), (false, false)]);
    let text = format!("{benefits:?}");
    assert!(!text.contains("r-1") && !text.contains("web"), "{text}");
}

#[test]
fn an_overview_is_titled_by_its_month() {
    let undated = Overview {
        metric: "actual",
        ..Overview::default()
    };
    assert_eq!(overview().title(), "2026-10 · actual");
    assert_eq!(undated.title(), "all rows · actual");
}

#[test]
fn small_amounts_of_findings_are_exact_on_a_screen() {
    for (text, cost, shown) in [
        ("thousands", "1234.567", "1,234.57 EUR"),
        ("from one on", "1.006", "1.01 EUR"),
        ("below one", "0.00125", "0.00125 EUR"),
        ("below zero", "-0.00125", "-0.00125 EUR"),
        ("a refund", "-1.006", "-1.01 EUR"),
    ] {
        let mut finding = findings().all.remove(0).finding;
        finding.sentence = sentence::unused("reservation", None, None, &eur(cost));
        let sentence = overview().shown_sentence(&finding);
        assert!(
            sentence.ends_with(&format!(": {shown}")),
            "{text}: {sentence}"
        );
    }
    let finding = findings().all.remove(0).finding;
    let masked = overview().masked(7).shown_sentence(&finding);
    assert!(masked.ends_with(": 2.0 EUR"), "{masked}");
}

#[test]
fn dismissed_findings_are_counted_and_not_shown() {
    let mut found = findings();
    for (at, id) in ["unused-2", "unused-3"].into_iter().enumerate() {
        let mut one = found.all[at].clone();
        one.finding.id = id.to_owned();
        found.all.push(one);
    }
    for (ids, dismissed) in [
        (&[][..], 0),
        (&["unused-2"], 1),
        (&["unused-1", "unused-3"], 2),
    ] {
        let mut found = found.clone();
        for id in ids {
            found.mark(id, true);
        }
        assert_eq!(found.dismissed(), dismissed);
        assert_eq!(found.open().count(), 3 - dismissed);
    }
}

#[test]
fn a_month_without_other_rows_has_no_filter_and_says_nothing_of_them() {
    let own = [cost(Some("2026-10-01"), "15")];
    let whole = Overview {
        frame: frame(&own, None, day("2026-12-01")).unwrap(),
        ..Overview::default()
    };
    let left_out = "2 rows of other days or without a date left out (4.00 EUR)".to_owned();
    for (overview, has_more) in [(&whole, false), (&overview(), true)] {
        assert_eq!(overview.frame.filter().is_some(), has_more);
        let words = overview.words();
        assert_eq!(words.contains(&left_out), has_more, "{words:?}");
        let left = words.iter().any(|word| word.contains("left out"));
        assert_eq!(left, has_more, "{words:?}");
    }
    assert_eq!(whole.frame.before_filter(), None);
    let before = overview().frame.before_filter().unwrap();
    let days = "date >= 2026-09-01 and date <= 2026-09-02";
    assert_eq!(before.to_string(), days);
}

#[test]
fn a_shortened_overview_has_fewer_groups_and_the_same_totals() {
    let longer = overview();
    let key = GroupKey::Role(Role::ResourceGroup);
    let groups = [
        value(Some("rg-a"), "15"),
        value(Some("rg-b"), "3"),
        value(Some("rg-c"), "2"),
    ];
    let before = [value(Some("rg-a"), "10")];
    let panel = ranked(&key, (&groups, Some(&before)), &longer.frame.totals, 3);
    let longer = Overview {
        panels: vec![panel.unwrap()],
        ..longer
    };
    for (most, lines) in [(3, 3), (2, 3), (1, 2), (0, 1)] {
        let short = longer.shortened(most);
        let rows = rows(&short);
        let panel = rows.iter().filter(|row| row.starts_with("resource-group"));
        assert_eq!(panel.count(), lines, "{rows:?}");
        assert_eq!(short.frame, longer.frame);
        assert_eq!(short.findings, longer.findings);
    }
}

#[test]
fn the_words_of_an_overview_name_the_days_compared_with_and_their_gaps() {
    let own = [
        cost(Some("2026-10-01"), "15"),
        cost(Some("2026-10-02"), "5"),
    ];
    let september =
        |days: &[&str]| -> Vec<DatedCost> { days.iter().map(|day| cost(Some(day), "1")).collect() };
    let undated = [cost(None, "1")];
    for (own, earlier, told) in [
        (
            &own[..],
            Some(september(&["2026-09-01", "2026-09-02"])),
            "compared with 2026-09-01 to 2026-09-02",
        ),
        (
            &own,
            Some(september(&["2026-09-02"])),
            "compared with 2026-09-01 to 2026-09-02, of which 1 day without rows",
        ),
        (&own, None, "no costs of the month before to compare with"),
        (
            &undated,
            Some(undated.to_vec()),
            "the rows have no dates: all of them are compared",
        ),
    ] {
        let overview = Overview {
            frame: frame(own, earlier.as_deref(), day("2026-12-01")).unwrap(),
            ..Overview::default()
        };
        let words = overview.words();
        assert!(words.contains(&told.to_owned()), "{words:?}");
    }
}

#[test]
fn gaps_of_a_month_are_named_up_to_the_third() {
    let all = [1, 3, 5, 7, 9, 11];
    for (held, told) in [
        (&all[..3], "no row is dated 2026-10-02, 2026-10-04"),
        (
            &all[..4],
            "no row is dated 2026-10-02, 2026-10-04, 2026-10-06",
        ),
        (
            &all[..5],
            "no row is dated 2026-10-02, 2026-10-04, 2026-10-06 and on 1 more day",
        ),
        (
            &all,
            "no row is dated 2026-10-02, 2026-10-04, 2026-10-06 and on 2 more days",
        ),
    ] {
        let of_day = |day: &i32| cost(Some(&format!("2026-10-{day:02}")), "1");
        let own: Vec<DatedCost> = held.iter().map(of_day).collect();
        let frame = frame(&own, None, day("2026-12-01")).unwrap();
        let words = frame.span.unwrap().words();
        assert!(words.contains(&told.to_owned()), "{words:?}");
    }
}
