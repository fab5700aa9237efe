//! Usage Details over HTTP: every kind of account and scope, the same money as reports.

use crate::support::World;
use crate::support::hostile::{Answer, fetch, fetch_outcome, order_by, stage};
use crate::support::report_answers::{one_row_page, report_answers};
use crate::support::usage_details::{PAYG, october, order, range, total};
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::period::{Period, parse_date};
use costscope::domain::query::Query;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::report::request::Api;
use costscope::domain::scope::{Agreement, ScopeId};
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::report;

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_reports_falls_back_by_itself_and_says_so() {
    for (script, agreement) in [
        // `billingProperty` gives the agreement: no order is sent at all.
        ("", 0),
        // It cannot be read: the order is refused with 422, once for both metrics.
        (
            "[[disturbances]]\nmeets = \"list\"\nstatus = 403\ntimes = 99",
            1,
        ),
    ] {
        let world = World::new(script).await;
        let order = order(PAYG, None, october());
        let mut totals = Vec::new();
        for metric in [Metric::Actual, Metric::Amortized] {
            let (outcome, told) = fetch(&world.session, &order, metric).await;
            assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
            totals.push(total(&outcome));
            let entry = outcome.entry().unwrap();
            assert_eq!((entry.rows, entry.api), (24 * 31, Api::Usage));
            let said = told.iter().filter_map(|news| news.note.as_ref());
            let said = said.filter(|note| note.contains("Usage Details")).count();
            assert_eq!(
                said,
                usize::from(metric == Metric::Actual && agreement == 1)
            );
        }
        assert_eq!(
            totals[0], totals[1],
            "pay-as-you-go has nothing to amortize"
        );
        let requests = world.emulator.record().requests;
        let posts = requests
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count();
        assert_eq!(posts, agreement, "{requests:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_details_and_reports_give_the_same_money_at_every_scope() {
    use costscope::emulator::bills::accounts::{CUSTOMERS, MCA_ACCOUNT, MPA_ACCOUNT};
    let billing = "providers/Microsoft.Billing/billingAccounts";
    let mca = format!("{billing}/{MCA_ACCOUNT}");
    let scopes = [
        "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02".to_owned(),
        "8608480".to_owned(),
        format!("{billing}/8608480/departments/164821"),
        format!("{billing}/8608480/enrollmentAccounts/200102"),
        mca.clone(),
        format!("{mca}/billingProfiles/KQ7L-HM2T-BG7-PGB"),
        format!("{mca}/billingProfiles/KQ7L-HM2T-BG7-PGB/invoiceSections/PR0D-7XQ2-PJA-PGB"),
        format!("{billing}/{MPA_ACCOUNT}/customers/{}", CUSTOMERS[0].0),
    ];
    // The first days have the purchases of the month.
    let days = || Period::Dates(range("2026-10-01", "2026-10-04"));
    for scope in &scopes {
        let world = World::new("usage-page = 150").await;
        for metric in [Metric::Actual, Metric::Amortized] {
            let details = order(scope, Some(Api::Details), days());
            let (reports, _) = fetch(&world.session, &details, metric).await;
            let expected = reports.totals().to_vec();
            let usage = OrderSpec {
                refresh: true,
                ..order(scope, Some(Api::Usage), days())
            };
            let (rows, _) = fetch(&world.session, &usage, metric).await;
            assert_eq!(rows.status(), "ready", "{scope}: {:?}", rows.why());
            assert_eq!(rows.totals(), expected, "{scope} {metric}");
            let key = rows.key().unwrap().as_str().to_owned();
            let data = open::open_in(&world.session, (&open::Progress::default(), None), &[key])
                .unwrap()
                .data;
            let query = Query {
                group_by: vec![
                    GroupKey::parse("service").unwrap(),
                    GroupKey::parse("tag:env").unwrap(),
                ],
                ..Query::default()
            };
            let table = open::show(&data, &query).unwrap();
            assert!(table.of > 5, "{scope}: rows have services and tags");
        }
    }
    // A month given as its billing period, in the path.
    let world = World::new("").await;
    let days = order("8608480", Some(Api::Usage), october());
    let (by_days, _) = fetch(&world.session, &days, Metric::Actual).await;
    let name = order(
        "8608480",
        Some(Api::Usage),
        Period::billing("202610").unwrap(),
    );
    let (by_name, _) = fetch(&world.session, &name, Metric::Actual).await;
    assert_eq!(total(&by_days), total(&by_name));
    let name = order(
        "8608480",
        Some(Api::Details),
        Period::billing("202610").unwrap(),
    );
    let refresh = OrderSpec {
        refresh: true,
        ..name
    };
    let (report, _) = fetch(&world.session, &refresh, Metric::Actual).await;
    assert_eq!(total(&by_days), total(&report));
    assert!(
        world
            .emulator
            .record()
            .requests
            .iter()
            .any(|line| line.contains("/billingPeriods/202610/providers/Microsoft.Consumption/")),
    );
}

#[tokio::test]
async fn the_days_are_named_as_each_kind_of_account_wants_them() {
    use costscope::emulator::bills::accounts::MCA_ACCOUNT;
    let billing = "providers/Microsoft.Billing/billingAccounts";
    let filter = "$filter=properties%2FusageStart%20ge%20%272026-10-01%27%20and%20properties%2FusageEnd%20le%20%272026-10-31%27";
    let dates = "startDate=2026-10-01&endDate=2026-10-31";
    let expand = "$expand=properties%2FmeterDetails%2Cproperties%2FadditionalInfo";
    let cases: [(String, Option<Agreement>, Vec<&str>, Vec<&str>); 5] = [
        (
            "8608480".into(),
            None,
            vec![filter, expand],
            vec!["startDate"],
        ),
        (
            format!("{billing}/{MCA_ACCOUNT}"),
            None,
            vec![dates],
            vec!["$filter", "$expand"],
        ),
        // The account may have moved to a customer agreement since.
        (
            PAYG.into(),
            Some(Agreement::Payg),
            vec![filter, dates],
            vec![],
        ),
        // The agreement is unknown: both are sent, and the server uses the one it understands.
        (PAYG.into(), None, vec![filter, dates], vec![]),
        (
            format!("subscriptions/{PAYG}/resourceGroups/rg's"),
            Some(Agreement::Payg),
            vec!["properties%2FresourceGroup%20eq%20%27rg%27%27s%27"],
            vec!["resourceGroups"],
        ),
    ];
    for (scope, agreement, has, has_not) in cases {
        for (metric, word) in [
            (Metric::Actual, "actualcost"),
            (Metric::Amortized, "amortizedcost"),
            (Metric::Usage, "usage"),
        ] {
            let stage = stage(vec![Answer::new(204)]).await;
            let order = OrderSpec {
                agreement,
                ..order(&scope, Some(Api::Usage), october())
            };
            let (outcome, _) = fetch(&stage.session, &order, metric).await;
            assert_eq!(
                outcome.status(),
                "empty",
                "204 is an answer: {:?}",
                outcome.why()
            );
            let line = stage.server.seen()[0].line.clone();
            assert!(
                line.contains("api-version=2024-08-01") && line.contains("$top=1000"),
                "{line}"
            );
            assert!(line.contains(&format!("metric={word}")), "{line}");
            for word in &has {
                assert!(line.contains(word), "{word} is not in {line}");
            }
            for word in &has_not {
                assert!(!line.contains(word), "{word} is in {line}");
            }
        }
    }
}

#[test]
fn usage_details_are_planned_back_to_2014() {
    let today = parse_date("2026-11-22").unwrap();
    let old = Period::Dates(range("2014-05-01", "2014-05-31"));
    let plan = |order: &OrderSpec| report::plan(order, today).map(|plan| plan.parts.len());
    assert_eq!(
        plan(&order(PAYG, Some(Api::Usage), old.clone())).unwrap(),
        1
    );
    let error = plan(&order(
        PAYG,
        Some(Api::Usage),
        Period::Dates(range("2014-04-30", "2014-05-31")),
    ))
    .unwrap_err();
    assert!(
        error.exit_code() == 2 && error.to_string().contains("2014-05-01"),
        "{error}"
    );
    let error = plan(&order(PAYG, None, old.clone())).unwrap_err();
    assert!(
        error.to_string().contains("2025-10-22") && error.to_string().contains("--api usage"),
        "{error}"
    );
    let known = OrderSpec {
        agreement: Some(Agreement::Payg),
        ..order(PAYG, None, old)
    };
    assert_eq!(
        plan(&known).unwrap(),
        1,
        "what is known to be pay-as-you-go has the longer reach"
    );
    let group = "providers/Microsoft.Management/managementGroups/mg-prod";
    assert_eq!(plan(&order(group, Some(Api::Usage), october())).unwrap(), 1);
    assert_eq!(
        plan(&order(group, None, october()))
            .unwrap_err()
            .exit_code(),
        2
    );
    let metric = OrderSpec {
        metric: MetricChoice::Usage,
        ..order(PAYG, None, october())
    };
    assert!(
        plan(&metric)
            .unwrap_err()
            .to_string()
            .contains("--api usage")
    );
    let modern = "providers/Microsoft.Billing/billingAccounts/a:b_2019-05-31";
    assert!(plan(&order(modern, None, Period::billing("202610").unwrap())).is_err());
    for name in ["201903", "201903-1", "201702-12", "20180801", " 202610 "] {
        let period = Period::billing(name).unwrap();
        assert_eq!(period, Period::Billing(name.trim().to_owned()));
    }
    let wrong = [
        "",
        "2026-10",
        "20261",
        "202613",
        "202610-",
        "abc",
        "20180832",
        "20181301",
        "20180801-1",
        "+2018080",
        "201808011",
    ];
    for wrong in wrong {
        assert!(Period::billing(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn usage_and_actual_cost_are_never_added_up() {
    let mut answers = report_answers("5");
    answers.push(one_row_page("2026-10-01", "4", None));
    let stage = stage(answers).await;
    let actual = fetch_outcome(&stage.session, &order_by(None), Metric::Actual).await;
    let usage = OrderSpec {
        scope: ScopeId::parse("8608480").unwrap(),
        metric: MetricChoice::Usage,
        ..order_by(Some(Api::Usage))
    };
    let usage = fetch_outcome(&stage.session, &usage, Metric::Usage).await;
    assert_eq!((actual.status(), usage.status()), ("ready", "ready"));
    let entries = stage.session.ledger().list().unwrap().entries;
    let keys: Vec<String> = entries.keys().map(|key| key.as_str().to_owned()).collect();
    assert_eq!(keys.len(), 2);
    let said = open::open_in(&stage.session, (&open::Progress::default(), None), &keys)
        .unwrap_err()
        .to_string();
    assert!(said.contains("never added up"), "{said}");
}
