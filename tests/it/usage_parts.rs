//! Partial Usage Details: limits, and parts that never replace the whole.

use crate::support::hostile::{Answer, fetch, stage};
use crate::support::usage_details::{EA, PAYG, opened, part_of, repair_of};
use crate::support::{World, document, october_of, run, stderr, stdout};
use costscope::domain::metric::Metric;
use costscope::domain::period::{Month, Period};
use costscope::ops::compare::pair;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome::PartOutcome;
use costscope::ops::orders::report;
use costscope::store::ledger::LedgerEntry;
use costscope::tui::views::table::ledger::{LedgerList, LedgerLoading};

#[tokio::test(flavor = "multi_thread")]
async fn a_part_never_answers_for_the_whole_nor_one_part_for_another() {
    let world = World::new("").await;
    let asked = || world.emulator.record().requests.len();
    let part = part_of(EA, "tag:env = prod", 0);
    let (first, _) = fetch(&world.session, &part, Metric::Actual).await;
    let key = first.key().unwrap().as_str();
    assert!(
        key.contains("@2026-10@part-tag-env-prod-") && key.ends_with("@actual"),
        "{key}"
    );
    let before = asked();
    let (again, _) = fetch(&world.session, &part, Metric::Actual).await;
    assert!(matches!(
        again,
        PartOutcome::Ready {
            from_ledger: true,
            ..
        }
    ));
    assert_eq!(asked(), before, "a closed month is kept, of a part as well");
    for other in [
        part_of(EA, "", 0),
        part_of(EA, "tag:env = Prod", 0),
        part_of(EA, "tag:env = prod", 10),
        october_of(EA),
    ] {
        let (one, two) = (
            part.request(part.period.clone(), Metric::Actual),
            other.request(other.period.clone(), Metric::Actual),
        );
        if part.subset != other.subset {
            assert_ne!(one.key("test"), two.key("test"));
        }
    }
    let (whole, _) = fetch(&world.session, &part_of(EA, "", 0), Metric::Actual).await;
    assert!(asked() > before, "the whole is ordered");
    assert_ne!(whole.key(), first.key());
    // Together they would count rows twice.
    let keys = [&first, &whole].map(|outcome| outcome.key().unwrap().as_str().to_owned());
    let both = open::open_in(&world.session, (&open::Progress::default(), None), &keys);
    assert!(
        both.unwrap_err()
            .to_string()
            .contains("cover the same days of the same scope")
    );
    let part = opened(&world, &first);
    assert_eq!(part.limits().as_deref(), Some("limited to tag:env = prod"));
    assert!(
        part.notes
            .iter()
            .any(|note| note.contains("covers only a part of")),
        "{:?}",
        part.notes
    );
    let whole = opened(&world, &whole);
    assert_eq!(whole.limits(), None);
    let refused = pair::check(&part, &whole).unwrap_err().to_string();
    assert!(refused.contains("the same part of both"), "{refused}");
}

#[test]
fn row_limit_and_filter_exclude_each_other_for_customer_agreements() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let mca = "providers/Microsoft.Billing/billingAccounts/a:b_2019-05-31";
    let error = report::plan(&part_of(mca, "tag:env = a", 5), today).unwrap_err();
    assert!(
        error.to_string().contains("order with only one of the two"),
        "{error}"
    );
    assert!(report::plan(&part_of(mca, "", 5), today).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_months_and_pairs_leave_parts_out_by_name() {
    let world = World::new("").await;
    let mut entries = Vec::new();
    for month in ["2026-09", "2026-10"] {
        for filter in ["", "resource-group = rg-web"] {
            for metric in [Metric::Actual, Metric::Amortized] {
                let order = OrderSpec {
                    period: Period::Dates(Month::parse(month).unwrap().range()),
                    ..part_of(EA, filter, 0)
                };
                let (outcome, _) = fetch(&world.session, &order, metric).await;
                entries.push(outcome.entry().unwrap().clone());
            }
        }
    }
    let list = LedgerList {
        listing: LedgerLoading::Found(entries.clone()),
        ..LedgerList::default()
    };
    let (whole, part) = (&entries[0], &entries[2]);
    let keys = |entries: Vec<LedgerEntry>| entries.into_iter().map(|e| e.key).collect::<Vec<_>>();
    assert_eq!(
        keys(list.months_of(whole)),
        [whole.key.clone(), entries[4].key.clone()]
    );
    assert_eq!(
        keys(list.months_of(part)),
        [part.key.clone(), entries[6].key.clone()],
        "the same part of every month"
    );
    assert_eq!(
        list.parts_beside(whole),
        [part.key.as_str(), entries[6].key.as_str()]
    );
    assert!(list.parts_beside(part).is_empty());
    assert_eq!(list.partner(whole).unwrap().key, entries[1].key);
    assert_eq!(list.partner(part).unwrap().key, entries[3].key);
    let october = Month::parse("2026-10").unwrap().range();
    let missing = open::missing_months(
        &entries[6..],
        (&whole.request.scope, &whole.request.subset),
        october,
    );
    assert_eq!(missing, [october], "a part does not cover its month");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_limit_is_kept_and_further_rows_are_mentioned() {
    for longest in [31, 5] {
        let script = format!("usage-page = 100\nusage-longest-days = {longest}");
        let world = World::new(&script).await;
        let (some, _) = fetch(&world.session, &part_of(PAYG, "", 130), Metric::Actual).await;
        let entry = some.entry().unwrap_or_else(|| panic!("{some:?}"));
        assert_eq!(entry.rows, 130);
        assert!(
            entry
                .key
                .as_str()
                .contains("@part-the-most-recent-130-rows-")
        );
        let said = repair_of(entry, "top-rows").unwrap().said.clone().unwrap();
        assert!(said.contains("the server has more"), "{said}");
        let days = opened(&world, &some).data.days().unwrap();
        assert_eq!(
            (days.from.to_string(), days.to.to_string()),
            ("2026-10-26".to_owned(), "2026-10-31".to_owned()),
            "24 rows a day, the last days first, however the period is cut"
        );
    }
    // With exactly as many rows as requested, there may be more; with fewer, that is all.
    let world = World::new("").await;
    for (rows, words) in [
        (744, "there may or may not be more"),
        (745, "there are no more"),
    ] {
        let (all, _) = fetch(&world.session, &part_of(PAYG, "", rows), Metric::Actual).await;
        let entry = all.entry().unwrap();
        assert_eq!(entry.rows, 744);
        let said = repair_of(entry, "top-rows").unwrap().said.clone().unwrap();
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_page_that_is_larger_than_asked_is_cut_at_the_number_of_rows() {
    let row = |day: &str, cost: &str| {
        format!(
            "{{\"kind\":\"legacy\",\"properties\":{{\"date\":\"2026-10-{day}T00:00:00Z\",\"cost\":{cost},\"billingCurrency\":\"EUR\"}}}}"
        )
    };
    let body = format!(
        "{{\"value\":[{},{},{}],\"nextLink\":null}}",
        row("09", "1"),
        row("08", "2"),
        row("07", "4")
    );
    let stage = stage(vec![Answer::new(200).body(body)]).await;
    let (outcome, _) = fetch(&stage.session, &part_of(PAYG, "", 2), Metric::Actual).await;
    let entry = outcome.entry().unwrap();
    assert_eq!(
        (entry.rows, entry.totals[0].amount.to_string()),
        (2, "3".to_owned())
    );
    let said = repair_of(entry, "top-rows").unwrap().said.clone().unwrap();
    assert!(said.contains("the server has more"), "{said}");
    assert!(stage.server.seen()[0].line.contains("$top=2&"));
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_reports_are_marked_in_every_output() {
    let world = World::new("").await;
    let folder = world.folder.path().to_owned();
    let url = world.emulator.url().clone();
    let run = move |arguments: &[&str]| {
        let mut all = vec!["--endpoint", url.as_str()];
        all.extend(arguments);
        run(&folder, &all)
    };
    tokio::task::spawn_blocking(move || {
        let period = "/providers/Microsoft.Billing/billingPeriods/202610";
        let scope = format!("subscriptions/{PAYG}{period}");
        let ordered = run(&[
            "report",
            "--scope",
            &scope,
            "--api",
            "usage",
            "--usage-filter",
            "charge-type = Usage",
            "--top-rows",
            "7",
            "--format",
            "json",
        ]);
        assert_eq!(ordered.status.code(), Some(0), "{}", stderr(&ordered));
        let report = document(&ordered)["reports"][0].clone();
        assert_eq!(
            (&report["limited"], &report["rows"]),
            (&true.into(), &7.into())
        );
        let key = report["key"].as_str().unwrap();
        assert!(
            key.contains("@billing-202610@part-charge-type-usage-the-most-recent-7-rows-"),
            "{key}"
        );
        let said = stderr(&ordered);
        assert!(
            said.contains("a part is ordered, charge-type = Usage; the most recent 7 rows"),
            "{said}"
        );
        for arguments in [
            vec!["show", key, "--group-by", "service"],
            vec!["show", key],
            vec!["show", key, "--format", "md"],
            vec![
                "change",
                key,
                "--before-days",
                "2026-10-30",
                "--after-days",
                "2026-10-31",
            ],
            vec!["check", key],
        ] {
            let shown = run(&arguments);
            let text = stdout(&shown);
            assert!(
                text.contains("limited to charge-type = Usage; the most recent 7 rows"),
                "{arguments:?}: {text}{}",
                stderr(&shown)
            );
        }
        for (arguments, words) in [
            (vec!["--month", "2026-10"], "no other period can be given"),
            (
                vec!["--billing-period", "202610"],
                "no other period can be given",
            ),
            (
                vec!["--usage-filter", "cost > 1", "--api", "usage"],
                "does not filter by cost",
            ),
            (vec!["--top-rows", "0", "--api", "usage"], "--top-rows"),
            (vec!["--top-rows", "5"], "--api usage"),
        ] {
            let mut all = vec!["report", "--scope", scope.as_str()];
            all.extend(arguments);
            let refused = run(&all);
            assert_eq!(refused.status.code(), Some(2), "{all:?}");
            assert!(
                stderr(&refused).contains(words),
                "{all:?}: {}",
                stderr(&refused)
            );
        }
        let shown = document(&run(&[
            "show",
            key,
            "--group-by",
            "service",
            "--format",
            "json",
        ]));
        assert!(
            shown["limited"]
                .as_str()
                .unwrap()
                .contains("the most recent 7 rows")
        );
        let folder = tempfile::TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for (name, told) in [("part.parquet", true), ("part.json", false)] {
            let written = run(&["export", key, "--to", &at(name)]);
            let said = stderr(&written);
            assert_eq!(said.contains("the file will look complete"), told, "{said}");
        }
        let again = stderr(&run(&["show", &at("part.json")]));
        assert!(
            again.contains("part.json: limited to charge-type = Usage"),
            "{again}"
        );
        let october = [
            "report",
            "--scope",
            PAYG,
            "--api",
            "usage",
            "--billing-period",
            "202610",
        ];
        let whole = document(&run(&[&october[..], &["--format", "json"]].concat()));
        let whole = whole["reports"][0]["key"].as_str().unwrap().to_owned();
        let refused = run(&["change", key, &whole]);
        assert_eq!(refused.status.code(), Some(1));
        let said = stderr(&refused);
        assert!(said.contains("the later one not limited"), "{said}");
        let bare = run(&["report", "--scope", PAYG]);
        assert_eq!(bare.status.code(), Some(2));
        assert!(
            stderr(&bare).contains("no period given"),
            "{}",
            stderr(&bare)
        );
    })
    .await
    .unwrap();
}
