//! Advice from the documentation, given where it helps: a top-level scope instead of many orders, and one order a day.

use crate::support::hostile::fetch;
use crate::support::{World, october_of};
use chrono::TimeDelta;
use costscope::domain::metric::Metric;
use costscope::domain::period::{Month, Period, Preset};
use costscope::domain::report::request::Api;
use costscope::domain::scope::{Agreement, ScopeId};
use costscope::ops::orders::advice;
use costscope::ops::orders::advice::OrderContext;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::report;

const ONE: &str = "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02";
const OTHER: &str = "3f1c2b7e-0002-4e5a-9d10-6b2f4c8a9a03";

fn has(advice: &[String], words: &str) -> bool {
    advice.iter().any(|sentence| sentence.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn several_subscriptions_are_better_ordered_at_the_top() {
    let world = World::new("").await;
    let order = october_of(ONE);
    assert!(advice::in_session(&world.session, &order).is_empty());
    let (stored, _) = fetch(&world.session, &order, Metric::Actual).await;
    assert_eq!(stored.status(), "ready", "{:?}", stored.why());
    let words = "2 subscriptions are ordered one by one";
    let other = october_of(OTHER);
    assert!(has(&advice::in_session(&world.session, &other), words));
    for (order, why) in [
        (october_of(ONE), "the same one again"),
        (october_of("8608480"), "the account itself"),
        (
            OrderSpec {
                agreement: Some(Agreement::Payg),
                ..other.clone()
            },
            "pay-as-you-go has no reports above its subscriptions",
        ),
    ] {
        let told = advice::in_session(&world.session, &order);
        assert!(!has(&told, "one by one"), "{why}: {told:?}");
    }
    world.clock.forward(TimeDelta::hours(25));
    assert!(
        !has(&advice::in_session(&world.session, &other), words),
        "that was yesterday"
    );
}

#[test]
fn pinned_subscriptions_count_where_their_agreement_is_the_same() {
    let (one, two) = (ScopeId::parse(ONE).unwrap(), ScopeId::parse(OTHER).unwrap());
    let now = chrono::DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z").unwrap();
    let order = OrderSpec {
        agreement: Some(Agreement::Ea),
        ..october_of(ONE)
    };
    for (agreement, told) in [
        (Some(Agreement::Ea), true),
        (None, true),
        (Some(Agreement::Mca), false),
        (Some(Agreement::Payg), false),
    ] {
        let beside = OrderContext {
            entries: Vec::new(),
            scopes: vec![(&one, agreement), (&two, agreement)],
            now: now.into(),
        };
        let advice = advice::of(&order, &beside);
        assert_eq!(has(&advice, "2 subscriptions"), told, "{agreement:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn second_order_of_a_day_shows_the_azure_advice() {
    let world = World::new("").await;
    let order = october_of("8608480");
    fetch(&world.session, &order, Metric::Actual).await;
    let words = "Azure asks for no more than one order";
    let again = OrderSpec {
        refresh: true,
        ..order.clone()
    };
    assert!(has(&advice::in_session(&world.session, &again), words));
    assert!(!has(&advice::in_session(&world.session, &order), words));
    let september = OrderSpec {
        period: Period::Dates(Month::parse("2026-09").unwrap().range()),
        ..again.clone()
    };
    assert!(!has(&advice::in_session(&world.session, &september), words));
    world.clock.forward(TimeDelta::hours(25));
    assert!(!has(&advice::in_session(&world.session, &again), words));
}

#[test]
fn large_and_ongoing_data_are_for_exports() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let words = "use an export to storage";
    for (preset, told) in [(Preset::Last12, true), (Preset::Last3, false)] {
        let order = OrderSpec {
            period: Period::Dates(preset.range(today)),
            ..october_of("8608480")
        };
        let notes = report::plan(&order, today).unwrap().notes;
        assert_eq!(has(&notes, words), told, "{preset:?}: {notes:?}");
    }
}

#[test]
fn usage_details_will_be_retired_where_there_are_reports() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    for (api, agreement, told) in [
        (Some(Api::Usage), Some(Agreement::Ea), true),
        (Some(Api::Usage), Some(Agreement::Mca), true),
        (Some(Api::Usage), Some(Agreement::Payg), false),
        (Some(Api::Usage), None, false),
        (None, Some(Agreement::Ea), false),
    ] {
        let order = OrderSpec {
            api,
            agreement,
            ..october_of(ONE)
        };
        let notes = report::plan(&order, today).unwrap().notes;
        assert_eq!(
            has(&notes, "will be retired"),
            told,
            "{agreement:?}: {notes:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_with_many_rows_is_for_exports() {
    let world = World::new("").await;
    let order = october_of("8608480");
    let (stored, _) = fetch(&world.session, &order, Metric::Actual).await;
    for (rows, told) in [(999_999, false), (1_000_000, true)] {
        let mut entry = stored.entry().unwrap().clone();
        entry.rows = rows;
        for (order, told) in [(&order, told), (&october_of(ONE), false)] {
            let beside = OrderContext {
                entries: vec![&entry],
                scopes: Vec::new(),
                now: entry.fetched_at,
            };
            let advice = advice::of(order, &beside);
            assert_eq!(has(&advice, "exports do not"), told, "{rows}: {advice:?}");
        }
    }
}
