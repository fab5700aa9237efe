//! Sentences of findings with parts that are missing.

use super::kind::FindingKind;
use super::sentence::{self, Charge, JumpOf, PeriodNames, ResourceName};
use super::steps::{PriceStep, Priced};
use super::{NotLookedFor, robust::Jump};
use crate::domain::money::{Amount, Money};
use chrono::NaiveDate;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, number).unwrap()
}

fn money(text: &str) -> Money {
    Money {
        currency: None,
        amount: amount(text),
    }
}

#[test]
fn a_jump_names_its_group_or_what_is_missing() {
    let jump = Jump {
        day: day(9),
        cost: amount("12"),
        usual: amount("10"),
        peers: vec![day(2), day(16), day(23)],
    };
    for (of, subject) in [
        (JumpOf::ResourceGroup(Some("rg-a")), "resource group rg-a"),
        (
            JumpOf::ResourceGroup(None),
            "usage without a resource group",
        ),
        (JumpOf::Service(Some("Storage")), "service Storage"),
        (JumpOf::Service(None), "usage without a service"),
    ] {
        let sentence = sentence::jump(of, &jump, None).exact();
        let start = format!(
            "Friday, 2026-10-09: {subject} cost 12 (no currency); other Fridays cost 10 (median of 3)"
        );
        assert!(sentence.starts_with(&start), "{sentence}");
        assert!(sentence.ends_with("this is 2 more"), "{sentence}");
    }
}

#[test]
fn a_price_rises_or_falls() {
    let priced = |cost: &str| Priced {
        cost: amount(cost),
        quantity: amount("1"),
    };
    for (before, after, told) in [
        (
            "10",
            "12",
            "rose by 20.0% on 2026-10-09: 1 resource cost 2 EUR more",
        ),
        (
            "10",
            "8",
            "fell by 20.0% on 2026-10-09: 1 resource cost 2 EUR less",
        ),
    ] {
        let step = PriceStep {
            day: day(9),
            before: priced(before),
            after: priced(after),
        };
        let sentence = sentence::price("D2 (1 Hour)", &step, 1, Some("EUR"));
        let expected = format!("the unit price of D2 (1 Hour) {told} for the same quantity");
        assert_eq!(sentence.exact(), expected);
    }
}

#[test]
fn an_unused_part_names_what_is_known_of_its_commitment() {
    for (name, id, told) in [
        (Some("web"), Some("r-1"), "reservation web (r-1)"),
        (Some("web"), None, "reservation web"),
        (None, Some("r-1"), "reservation r-1"),
        (None, None, "reservation without an id"),
    ] {
        let sentence = sentence::unused("reservation", name, id, &money("8"));
        assert_eq!(
            sentence.exact(),
            format!("unused part of {told}: 8 (no currency)")
        );
    }
    let untagged = sentence::untagged("tag env", &money("25"), Amount::ZERO);
    assert_eq!(untagged.exact(), "no tag env on 25 (no currency) of usage");
}

#[test]
fn a_charge_is_told_by_the_parts_it_has() {
    let charge = Charge {
        marketplace: false,
        charge_type: None,
        pricing_model: None,
        publisher: Some("Example"),
        service: None,
        meter: None,
        rows: 1,
        days: None,
    };
    for (charge, told) in [
        (charge, "an unnamed service gave back 7 (no currency)"),
        (
            Charge {
                pricing_model: Some("Reservation"),
                service: Some("VM"),
                meter: Some("D2"),
                rows: 3,
                ..charge
            },
            "VM, D2 (Reservation) gave back 7 (no currency) in 3 rows",
        ),
        (
            Charge {
                marketplace: true,
                charge_type: Some("Refund"),
                pricing_model: Some("OnDemand"),
                meter: Some("D2"),
                days: Some((day(1), day(2))),
                ..charge
            },
            "D2 (Refund, OnDemand) of Example gave back 7 (no currency) from 2026-10-01 to 2026-10-02",
        ),
    ] {
        assert_eq!(
            sentence::refund(charge, &money("-7")).exact(),
            format!("refund: {told}")
        );
    }
}

#[test]
fn a_resource_is_named_by_the_end_of_its_id() {
    let periods = PeriodNames {
        now: "2026-10",
        before: "2026-09",
    };
    for (id, group, name) in [
        ("/x/vm/vm-1/", Some("rg-a"), "vm-1 in rg-a"),
        ("vm-1", None, "vm-1"),
    ] {
        let resource = ResourceName { id, group };
        let idle = sentence::idle(resource, None, (1, false), &money("5"));
        assert_eq!(
            idle.exact(),
            format!(
                "{name} cost 5 (no currency) for a meter without a name on 1 day with a quantity of 0, about the same each day"
            )
        );
        let new = sentence::new(resource, &money("5"), periods);
        let hidden = new.changed(|_| "•".to_owned(), Amount::negated);
        let told = name.replace("vm-1", "•").replace("rg-a", "•");
        assert_eq!(
            hidden.exact(),
            format!("{told} is new: it cost -5 (no currency) in 2026-10 and is not in 2026-09")
        );
    }
}

#[test]
fn a_kind_that_was_not_looked_for_says_why_and_what_to_do() {
    for (advice, told) in [
        (None, "there is no tag"),
        (Some("add one"), "there is no tag; add one"),
    ] {
        let skipped = NotLookedFor {
            kind: FindingKind::Untagged,
            why: "there is no tag".to_owned(),
            advice,
        };
        assert_eq!(skipped.told(), told);
    }
    for (kind, plural) in [
        (FindingKind::Jump, "jumps"),
        (FindingKind::OneOff, "one-off"),
    ] {
        assert!(kind.plural().contains(plural), "{}", kind.plural());
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
    }
}
