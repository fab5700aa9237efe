//! Rules of findings, as tables.

use super::kind::{FindingKind, finding_id, is_finding_id};
use super::robust::{jumps, median};
use super::sentence::{Charge, JumpOf, PeriodNames, ResourceName};
use super::steps::{Priced, goes_on, price_step};
use super::thresholds::Thresholds;
use super::{Finding, Findings, Proof, ProofSide, sentence};
use crate::domain::money::{Amount, Money};
use crate::domain::period::{DateRange, Month};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Measure, Query};
use chrono::{Datelike, Days, NaiveDate};

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

fn amounts(texts: &[&str]) -> Vec<Amount> {
    texts.iter().map(|text| amount(text)).collect()
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, number).unwrap()
}

fn october() -> DateRange {
    Month::parse("2026-10").unwrap().range()
}

/// The days of October with their costs.
fn series(cost: impl Fn(NaiveDate) -> Amount) -> Vec<(NaiveDate, Amount)> {
    (1..=31)
        .map(|number| (day(number), cost(day(number))))
        .collect()
}

fn jumped(days: &[(NaiveDate, Amount)]) -> Vec<(u32, String, String)> {
    let found = jumps(days, october(), &Thresholds::default());
    let text = |jump: &super::robust::Jump| {
        let (excess, usual) = (jump.excess().to_string(), jump.usual.to_string());
        (jump.day.day(), excess, usual)
    };
    found.iter().map(text).collect()
}

fn found(all: &[(u32, &str, &str)]) -> Vec<(u32, String, String)> {
    let owned = |(day, excess, usual): &(u32, &str, &str)| {
        (*day, (*excess).to_owned(), (*usual).to_owned())
    };
    all.iter().map(owned).collect()
}

#[test]
fn median_is_the_middle_amount() {
    let cases: [(&[&str], Option<&str>); 6] = [
        (&[], None),
        (&["3"], Some("3")),
        (&["9", "1"], Some("5")),
        (&["9", "1", "2"], Some("2")),
        (&["-4", "8", "1", "2"], Some("1.5")),
        (
            &["0.000000000000000001", "0.000000000000000002"],
            Some("0.000000000000000001"),
        ),
    ];
    for (texts, expected) in cases {
        assert_eq!(median(&amounts(texts)), expected.map(amount), "{texts:?}");
    }
    assert_eq!(median(&[Amount::MAX, Amount::MAX]), Some(Amount::MAX));
}

#[test]
fn day_jumps_against_its_own_weekdays() {
    let weekend = |day: NaiveDate| day.weekday().number_from_monday() > 5;
    let calm = |date: NaiveDate| amount(if weekend(date) { "10" } else { "100" });
    assert_eq!(jumped(&series(calm)), found(&[]));
    // The 24th is a Saturday: a weekday's cost is a jump on it.
    let one = series(|date| match date.day() {
        24 => amount("100"),
        _ => calm(date),
    });
    assert_eq!(jumped(&one), found(&[(24, "90", "10")]));
    let three = series(|date| match date.day() {
        6 => amount("300.25"),
        7 => amount("450"),
        23 => amount("119.99"),
        _ => calm(date),
    });
    let expected = [(6, "200.25", "100"), (7, "350", "100")];
    assert_eq!(
        jumped(&three),
        found(&expected),
        "the 23rd is less than a fifth more"
    );
    // Less is no jump.
    let less = series(|date| match date.day() {
        6 => Amount::ZERO,
        _ => calm(date),
    });
    assert_eq!(jumped(&less), found(&[]));
}

#[test]
fn new_level_and_rare_cost_are_no_jumps() {
    let level = series(|date| amount(if date.day() > 27 { "500" } else { "100" }));
    assert_eq!(jumped(&level), found(&[]), "four days are a new level");
    let rare = series(|date| amount(if date.day() == 9 { "500" } else { "0" }));
    assert_eq!(jumped(&rare), found(&[]), "it has no usual cost");
    let short: Vec<_> = series(|date| amount(if date.day() == 9 { "500" } else { "100" }))
        .into_iter()
        .take(21)
        .collect();
    assert_eq!(jumped(&short), found(&[]), "each weekday has two others");
    // Days before the period are compared with, and not reported.
    let september = (1..=30).map(|number| {
        let date = NaiveDate::from_ymd_opt(2026, 9, number).unwrap();
        (date, amount(if number == 4 { "900" } else { "100" }))
    });
    let both: Vec<_> = september.chain(short).collect();
    assert_eq!(jumped(&both), found(&[(9, "400", "100")]));
}

#[test]
fn evenly_spread_costs_do_not_jump() {
    for seed in 1..=200_u64 {
        let mut state = seed;
        let days: Vec<_> = (0..31)
            .map(|at| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let cost = Amount::from_whole((state >> 33) % 4_000 + 1);
                (day(1) + Days::new(at), cost)
            })
            .collect();
        assert_eq!(jumped(&days), found(&[]), "seed {seed}");
    }
}

fn priced(days: &[(u32, &str, &str)]) -> Vec<(NaiveDate, Priced)> {
    let of_day = |(number, cost, quantity): &(u32, &str, &str)| {
        let (cost, quantity) = (amount(cost), amount(quantity));
        (day(*number), Priced { cost, quantity })
    };
    days.iter().map(of_day).collect()
}

#[test]
fn price_steps_once_between_constant_prices() {
    type Days<'a> = &'a [(u32, &'a str, &'a str)];
    let cases: [(&str, Days<'_>, Option<(u32, &str, &str)>); 7] = [
        ("constant", &[(1, "2", "1"), (2, "10", "5")], None),
        (
            "one step",
            &[(1, "2", "1"), (2, "10", "5"), (3, "9", "3"), (4, "3", "1")],
            Some((3, "4", "8")),
        ),
        (
            "a lower price",
            &[(1, "2", "1"), (2, "6", "4")],
            Some((2, "-2", "8")),
        ),
        (
            "a price that depends on the quantity",
            &[(1, "2", "1"), (2, "15", "10"), (3, "100", "100")],
            None,
        ),
        (
            "days without a quantity",
            &[(1, "2", "1"), (2, "5", "0"), (3, "4", "2")],
            None,
        ),
        ("a free day", &[(1, "0", "1"), (2, "4", "2")], None),
        (
            "rounded costs",
            &[(1, "2", "1"), (2, "2.001", "1"), (3, "1.999", "1")],
            None,
        ),
    ];
    for (name, days, expected) in cases {
        let step = price_step(priced(days));
        let seen = step.map(|step| {
            let (effect, expected) = step.effect().unwrap();
            (step.day.day(), effect, expected)
        });
        let expected = expected.map(|(day, effect, at)| (day, amount(effect), amount(at)));
        assert_eq!(seen, expected, "{name}");
    }
}

#[test]
fn averages_show_where_a_price_may_step() {
    let of = |cost, quantity| Priced {
        cost: amount(cost),
        quantity: amount(quantity),
    };
    assert!(!of("2", "1").may_step_to(of("6", "3")));
    assert!(of("2", "1").may_step_to(of("6.01", "3")));
    assert!(
        !of("2", "0").may_step_to(of("6.01", "3")),
        "there is no price"
    );
}

#[test]
fn idle_cost_goes_on_as_before() {
    let cases: [(&[&str], &[&str], bool); 6] = [
        (&["10", "10", "10"], &["10", "9", "11"], true),
        (&["10", "10", "10"], &["11.2"], false),
        (&["10", "10.5", "9.5"], &[], true),
        (&["10", "10", "20"], &[], false),
        (&["1", "1", "1"], &["10", "10"], false),
        (&[], &["10"], false),
    ];
    for (without, with, expected) in cases {
        let seen = goes_on(&amounts(without), &amounts(with), amount("10"));
        assert_eq!(seen, expected, "{without:?} {with:?}");
    }
}

#[test]
fn ids_tell_kinds_subjects_currencies_and_periods_apart() {
    let id = finding_id;
    let one = id(FindingKind::New, &[Some("/vm/A")], Some("EUR"), "2026-10");
    let same = id(FindingKind::New, &[Some("/VM/a")], Some("EUR"), "2026-10");
    assert_eq!(one, same);
    assert!(one.starts_with("new-") && is_finding_id(&one), "{one}");
    let others = [
        id(FindingKind::Gone, &[Some("/vm/a")], Some("EUR"), "2026-10"),
        id(FindingKind::New, &[Some("/vm/b")], Some("EUR"), "2026-10"),
        id(
            FindingKind::New,
            &[Some("/vm"), Some("/a")],
            Some("EUR"),
            "2026-10",
        ),
        id(FindingKind::New, &[Some("/vm/a")], Some("USD"), "2026-10"),
        id(FindingKind::New, &[Some("/vm/a")], None, "2026-10"),
        id(FindingKind::New, &[Some("/vm/a")], Some("EUR"), "2026-11"),
        id(FindingKind::New, &[None], Some("EUR"), "2026-10"),
        id(FindingKind::New, &[Some("")], Some("EUR"), "2026-10"),
    ];
    for (at, other) in others.iter().enumerate() {
        assert_ne!(*other, one);
        assert!(!others[..at].contains(other), "{at}");
    }
    assert!(is_finding_id("one-off-0123456789ab"));
    for wrong in ["", "new", "new-12", "old-0123456789ab", "new-0123456789AB"] {
        assert!(!is_finding_id(wrong), "{wrong}");
    }
}

#[test]
fn every_threshold_is_named_read_and_checked() {
    let mut thresholds = Thresholds::default();
    for (name, help) in Thresholds::NAMES {
        assert!(help.len() > 20 && !help.ends_with('.'), "{help}");
        thresholds.set(name, "7.25").unwrap();
        assert_eq!(thresholds.named(name), Some(amount("7.25")), "{name}");
        for wrong in ["-1", "much", "", "1e-30"] {
            assert!(thresholds.set(name, wrong).unwrap_err().contains(name));
        }
    }
    assert_eq!(thresholds.named("most"), None);
    assert!(thresholds.set("most", "1").is_err());
}

fn euros(text: &str) -> Money {
    Money {
        currency: Some("EUR".to_owned()),
        amount: amount(text),
    }
}

#[test]
fn sentences_have_exact_amounts_and_marked_names() {
    let days = series(|date| {
        amount(if date.day() == 23 {
            "1204.115"
        } else {
            "310.5"
        })
    });
    let jump = jumps(&days, october(), &Thresholds::default()).remove(0);
    let periods = PeriodNames {
        now: "2026-10",
        before: "2026-09",
    };
    let vm = ResourceName {
        id: "/subscriptions/s/resourceGroups/rg-a/providers/x/vm/vm-1",
        group: Some("rg-a"),
    };
    let charge = Charge {
        marketplace: true,
        charge_type: Some("Purchase"),
        pricing_model: None,
        publisher: Some("Example"),
        service: Some("SaaS"),
        meter: None,
        rows: 1,
        days: Some((day(5), day(5))),
    };
    let bought = Charge {
        marketplace: false,
        rows: 2,
        days: Some((day(5), day(9))),
        ..charge
    };
    let unclassified = Charge {
        charge_type: None,
        ..bought
    };
    let step = price_step(priced(&[(1, "100", "10"), (14, "107.2", "10")])).unwrap();
    let cases = [
        (
            sentence::jump(JumpOf::ResourceGroup(Some("rg-a")), &jump, Some("EUR")),
            "Friday, 2026-10-23: resource group rg-a cost 1204.115 EUR; other Fridays cost 310.5 (median of 4), so \
             this is 893.615 more",
        ),
        (
            sentence::new(vm, &euros("12.5"), periods),
            "vm-1 in rg-a is new: it cost 12.5 EUR in 2026-10 and is not in 2026-09",
        ),
        (
            sentence::gone(vm, amount("12.5"), Some("EUR"), periods),
            "vm-1 in rg-a is gone: it cost 12.5 EUR in 2026-09 and is not in 2026-10",
        ),
        (
            sentence::region("uksouth", &euros("3"), periods),
            "region uksouth is new: it cost 3 EUR in 2026-10 and is not in 2026-09",
        ),
        (
            sentence::price("E4as v5 (1 Hour)", &step, 3, Some("EUR")),
            "the unit price of E4as v5 (1 Hour) rose by 7.2% on 2026-10-14: 3 resources cost 7.2 EUR more for the same \
             quantity",
        ),
        (
            sentence::unused("reservation", Some("web"), Some("r-1"), &euros("8")),
            "unused part of reservation web (r-1): 8 EUR",
        ),
        (
            sentence::untagged("tag env", &euros("25"), amount("200")),
            "no tag env on 25 EUR, 12.5% of usage",
        ),
        (
            sentence::one_off(charge, &euros("99")),
            "Marketplace: SaaS (Purchase) of Example cost 99 EUR on 2026-10-05",
        ),
        (
            sentence::one_off(bought, &euros("99")),
            "one-off purchase: SaaS (Purchase) cost 99 EUR in 2 rows from 2026-10-05 to 2026-10-09",
        ),
        (
            sentence::refund(bought, &euros("-7")),
            "refund: SaaS (Purchase) gave back 7 EUR in 2 rows from 2026-10-05 to 2026-10-09",
        ),
        (
            sentence::refund(unclassified, &euros("-7")),
            "refund: SaaS gave back 7 EUR in 2 rows from 2026-10-05 to 2026-10-09",
        ),
        (
            sentence::idle(vm, Some("P10"), (5, true), &euros("50")),
            "vm-1 in rg-a cost 50 EUR for P10 on 5 days with a quantity of 0, as much a day as with a quantity",
        ),
    ];
    for (sentence, expected) in cases {
        assert_eq!(sentence.exact(), expected);
    }
    let hidden =
        sentence::new(vm, &euros("12.5"), periods).written(|_| "•".to_owned(), Amount::display);
    assert_eq!(
        hidden,
        "• in • is new: it cost 12.50 EUR in 2026-10 and is not in 2026-09"
    );
}

#[test]
fn dismissed_findings_are_marked_and_counted() {
    let finding = |id: &str| Finding {
        id: id.to_owned(),
        kind: FindingKind::New,
        sentence: sentence::Sentence::default(),
        money: euros("1"),
        proof: Proof {
            side: ProofSide::Now,
            filter: None,
            group_by: Vec::new(),
            measures: Vec::new(),
            sort: Vec::new(),
        },
        dismissed: false,
    };
    let mut all = Findings {
        findings: ["a", "b", "c"].map(finding).to_vec(),
        ..Findings::default()
    };
    all.dismiss(|id| id == "b");
    assert_eq!(all.dismissed(), 1);
    let open: Vec<&str> = all.open().map(|finding| finding.id.as_str()).collect();
    assert_eq!(open, ["a", "c"]);
}

#[test]
fn a_proof_asks_for_exactly_its_rows() {
    let key = GroupKey::Role(Role::ResourceGroup);
    let filter = Filter::equals(key.clone(), Some("rg-a".to_owned()));
    let proof = Proof {
        side: ProofSide::Now,
        filter: Some(filter.clone()),
        group_by: vec![key.clone()],
        measures: vec![Measure::Quantity],
        sort: vec![Sort::BY_SIZE],
    };
    let query = Query {
        filter: Some(filter),
        group_by: vec![key],
        measures: vec![Measure::Quantity],
        sort: vec![Sort::BY_SIZE],
        ..Query::default()
    };
    assert_eq!(proof.query(), query);
}
