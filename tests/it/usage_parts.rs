//! Partial Usage Details: filters and limits applied by the server, and parts that never replace the whole.

use crate::support::hostile::{Answer, fetch, stage};
use crate::support::{World, document, october_of, run, stderr, stdout};
use costscope::domain::metric::Metric;
use costscope::domain::period::{Month, Period};
use costscope::domain::query::{Query, filter_text};
use costscope::domain::report::request::{Api, Subset};
use costscope::domain::report::usage_filter::{Operator, Property, Term, UsageFilter, odata};
use costscope::ops::compare::pair;
use costscope::ops::context::Opened;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::Order;
use costscope::ops::orders::outcome::Outcome;
use costscope::ops::orders::report;
use costscope::store::ledger::{Entry, Mended};
use costscope::tui::views::table::ledger::{LedgerList, Listing};
use std::num::NonZeroU32;

const EA: &str = "8608480";
const PAYG: &str = "77b0f3d1-0001-4c8e-b2a4-13579bdf12de";

fn part_of(scope: &str, filter: &str, top_rows: u32) -> Order {
    Order {
        api: Some(Api::Usage),
        subset: Subset {
            filter: (!filter.is_empty()).then(|| UsageFilter::parse(filter).unwrap()),
            top_rows: NonZeroU32::new(top_rows),
        },
        ..october_of(scope)
    }
}

fn opened(world: &World, outcome: &Outcome) -> Opened {
    let key = outcome.key().expect("it is ready").as_str().to_owned();
    open::open_in(&world.session, &open::Progress::default(), &[key]).unwrap()
}

fn kept(opened: &Opened, filter: &str) -> (u64, String) {
    let query = Query {
        filter: Some(filter_text::parse(filter).unwrap()),
        ..Query::default()
    };
    let table = open::show(&opened.data, &query).unwrap();
    (table.rows, format!("{:?}", table.totals))
}

fn mended<'a>(entry: &'a Entry, kind: &str) -> Option<&'a Mended> {
    entry.repairs.iter().find(|mended| mended.kind == kind)
}

#[test]
fn a_filter_is_typed_in_the_words_of_the_contract_and_sent_in_those_of_the_api() {
    let group = "properties/resourceGroup eq 'rg-a'";
    let cases = [
        ("resource-group = rg-a", "resource-group = rg-a", group),
        ("ResourceGroup = rg-a", "resource-group = rg-a", group),
        ("(resource-group = rg-a)", "resource-group = rg-a", group),
        (
            "resource-group = \"o'brien & sons\" and charge-type = Usage",
            "resource-group = \"o'brien & sons\" and charge-type = Usage",
            "properties/resourceGroup eq 'o''brien & sons' and properties/chargeType eq 'Usage'",
        ),
        (
            "resourceName > a and resource <= /b and reservation >= c and charge-type < d",
            "resource-name > a and resource <= /b and reservation >= c and charge-type < d",
            "properties/resourceName gt 'a' and properties/resourceId le '/b' and properties/reservationId ge 'c' and \
             properties/chargeType lt 'd'",
        ),
        (
            "tag:\"cost center\" = 'Team: A' and (publisher-type = Marketplace and tag:env = \"\")",
            "\"tag:cost center\" = \"Team: A\" and publisher-type = marketplace and tag:env = \"\"",
            "tags eq 'cost center:Team: A' and properties/publisherType eq 'marketplace' and tags eq 'env:'",
        ),
    ];
    for (typed, shown, sent) in cases {
        let filter = UsageFilter::parse(typed).unwrap();
        assert_eq!(filter.to_string(), shown, "{typed}");
        assert_eq!(UsageFilter::parse(shown).unwrap(), filter, "{shown}");
        assert_eq!(odata(None, None, Some(&filter)).as_deref(), Some(sent));
    }
    assert_eq!(odata(None, None, None), None);
    let days = Month::parse("2026-10").unwrap().range();
    assert_eq!(
        odata(Some(days), Some("rg's"), None).unwrap(),
        "properties/usageStart ge '2026-10-01' and properties/usageEnd le '2026-10-31' and properties/resourceGroup eq 'rg''s'"
    );
}

#[test]
fn what_the_server_cannot_do_is_refused_at_its_place() {
    for (typed, at, wrong) in [
        ("resource-group != a", 15, "does not support `!=`"),
        ("resource-group ~ a", 15, "does not support `~`"),
        (
            "charge-type = Usage and cost > 1",
            24,
            "does not filter by cost",
        ),
        ("service = Storage", 0, "does not filter by service"),
        ("date >= 2026-10-01", 0, "days are set in the order"),
        ("month = 2026-10", 0, "days are set in the order"),
        (
            "charge-type = a or charge-type = b",
            16,
            "neither `or` nor `not`",
        ),
        (
            "charge-type = a and not (tag:x = 1)",
            20,
            "neither `or` nor `not`",
        ),
        ("charge-type in (a, b)", 12, "does not support lists"),
        ("tag:env is missing", 8, "test for missing values"),
        ("tag:env > a", 8, "only = here"),
        ("tag:\"a:b\" = c", 0, "a key cannot contain one"),
        ("publisher-type = Microsoft", 17, "two publisher types"),
        ("publisher-type > azure", 15, "only = here"),
        ("resource = vm-1", 11, "resource-name takes a name"),
        ("resource-group = ", 17, "a value is missing"),
        ("", 0, "a name is missing"),
    ] {
        let error = UsageFilter::parse(typed).unwrap_err();
        assert!(error.wrong.contains(wrong), "{typed}: {}", error.wrong);
        assert_eq!(error.at, at, "{typed}: {error}");
        for refused in ["cost,", "header", "!=", "is missing", "in (…)"] {
            assert!(!error.expected.contains(refused), "{typed}: {error}");
        }
    }
}

#[test]
fn a_row_is_judged_by_equality_only_and_case_counts_in_tags() {
    let filter = UsageFilter::parse(
        "resource-group = RG-A and reservation = /providers/r/orders/1/items/2 and resource-name > zzz",
    )
    .unwrap();
    let row = |group: &'static str, reservation: &'static str| {
        move |property: &Property| match property {
            Property::ResourceGroup => Some(group.to_owned()),
            Property::ReservationId => Some(reservation.to_owned()),
            _ => None,
        }
    };
    assert_eq!(filter.fails(false, row("rg-a", "2")), None);
    let term = filter.fails(false, row("rg-b", "2"));
    let wanted = Term {
        property: Property::ResourceGroup,
        operator: Operator::Eq,
        value: "RG-A".to_owned(),
    };
    assert_eq!(term, Some(&wanted));
    assert!(filter.fails(false, row("rg-a", "3")).is_some());
    // For a server that ignores filters, rows are also tested in the server's order.
    let late = filter.fails(true, row("rg-a", "2")).unwrap();
    assert_eq!(late.property, Property::ResourceName);
    let tag = UsageFilter::parse("tag:env = prod").unwrap();
    assert_eq!(tag.fails(false, |_| Some("prod".to_owned())), None);
    assert!(tag.fails(false, |_| Some("Prod".to_owned())).is_some());
    assert!(
        filter.fails(false, |_| None).is_some(),
        "what is not there is not equal"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_report_holds_what_the_same_filter_keeps_of_the_whole() {
    use costscope::emulator::accounts::MCA_ACCOUNT;
    let mca = format!("providers/Microsoft.Billing/billingAccounts/{MCA_ACCOUNT}");
    let filters = [
        "resource-group = rg-web",
        "charge-type = Purchase",
        "resource-group = rg-data and charge-type = Usage",
        "tag:env = prod",
        "tag:ENV = dev",
        "charge-type = usage",
        "resource-group > rg-l",
        "resource-group <= RG-DATA and charge-type >= R",
        "publisher-type = marketplace",
    ];
    for scope in [EA, PAYG, &mca] {
        let world = World::new("usage-page = 200").await;
        let (all, _) = fetch(&world.session, &part_of(scope, "", 0), Metric::Actual).await;
        let all = opened(&world, &all);
        for filter in filters {
            let of_publisher = filter.starts_with("publisher");
            if of_publisher && scope != PAYG {
                continue;
            }
            let order = part_of(scope, filter, 0);
            let (part, _) = fetch(&world.session, &order, Metric::Actual).await;
            let (rows, totals) = kept(&all, filter);
            if rows == 0 {
                let why = part.why().unwrap();
                assert_eq!(part.status(), "empty", "{scope} {filter}: {why}");
                assert!(why.contains(filter), "{why}");
                continue;
            }
            let entry = part.entry().unwrap_or_else(|| panic!("{filter}: {part:?}"));
            assert_eq!(
                (entry.rows, format!("{:?}", entry.totals)),
                (rows, totals),
                "{scope} {filter}"
            );
            // Under a customer agreement the server ignores the filter silently.
            let left = mended(entry, "outside-filter").map(|mended| mended.count);
            let ignored = (scope == mca).then(|| all.data.rows() - rows);
            assert_eq!(left, ignored, "{scope} {filter}");
        }
    }
}

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
        Outcome::Ready {
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
    let both = open::open_in(&world.session, &open::Progress::default(), &keys);
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
fn what_means_the_same_is_the_same_part() {
    let key = |filter: &str, rows: u32| {
        let order = part_of(EA, filter, rows);
        let request = order.request(order.period.clone(), Metric::Actual);
        request.key("test").as_str().to_owned()
    };
    for (one, other) in [
        ("resource-group = rg-web", "ResourceGroup = RG-WEB"),
        (
            "tag:env = a and charge-type = usage",
            "charge-type = Usage and tag:Env = a",
        ),
        (
            "reservation = /providers/orders/1/items/2",
            "reservation = 2",
        ),
        (
            "publisher-type = Azure",
            "publisher-type = azure and publisher-type = azure",
        ),
    ] {
        assert_eq!(
            UsageFilter::parse(one).unwrap(),
            UsageFilter::parse(other).unwrap()
        );
        assert_eq!(key(one, 5), key(other, 5), "{one}");
    }
    for (one, other) in [
        ("tag:env = a", "tag:env = A"),
        ("resource-group = a", "resource-group = b"),
        ("resource-group <= a", "resource-group >= a"),
    ] {
        assert_ne!(key(one, 0), key(other, 0), "{one}");
    }
    assert_ne!(key("tag:env = a", 5), key("tag:env = a", 6));
}

#[test]
fn the_most_recent_rows_are_no_side_of_a_pair_and_no_filtered_part_of_a_customer_agreement() {
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
                let order = Order {
                    period: Period::Dates(Month::parse(month).unwrap().range()),
                    ..part_of(EA, filter, 0)
                };
                let (outcome, _) = fetch(&world.session, &order, metric).await;
                entries.push(outcome.entry().unwrap().clone());
            }
        }
    }
    let list = LedgerList {
        listing: Listing::Found(entries.clone()),
        ..LedgerList::default()
    };
    let (whole, part) = (&entries[0], &entries[2]);
    let keys = |entries: Vec<Entry>| entries.into_iter().map(|e| e.key).collect::<Vec<_>>();
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
async fn the_most_recent_rows_are_counted_and_what_is_behind_them_is_said() {
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
        let said = mended(entry, "top-rows").unwrap().said.clone().unwrap();
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
        let said = mended(entry, "top-rows").unwrap().said.clone().unwrap();
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_filtered_order_that_is_cut_into_shorter_spans_keeps_its_filter() {
    let too_long = || Answer::new(504).header("retry-after", "1");
    let stage = stage(vec![
        too_long(),
        too_long(),
        Answer::new(204),
        Answer::new(204),
        Answer::new(204),
        Answer::new(204),
    ])
    .await;
    let order = part_of(PAYG, "tag:env = prod", 150);
    let (part, told) = fetch(&stage.session, &order, Metric::Actual).await;
    assert_eq!(part.status(), "empty", "{part:?}");
    let notes = told.iter().filter_map(|news| news.note.as_ref());
    assert_eq!(notes.filter(|note| note.contains("halved")).count(), 2);
    let seen = stage.server.seen();
    let spans: Vec<&str> = seen
        .iter()
        .filter_map(|seen| seen.line.split_once("startDate="))
        .map(|(_, days)| days)
        .collect();
    assert_eq!(
        spans,
        [
            "2026-10-01&endDate=2026-10-31",
            "2026-10-17&endDate=2026-10-31",
            "2026-10-25&endDate=2026-10-31",
            "2026-10-17&endDate=2026-10-24",
            "2026-10-09&endDate=2026-10-16",
            "2026-10-01&endDate=2026-10-08",
        ],
        "the last days first, where the most recent rows are wanted"
    );
    for seen in seen {
        let filter = "and%20tags%20eq%20%27env%3Aprod%27";
        assert!(
            seen.line.contains(filter) && seen.line.contains("$top=150&"),
            "{}",
            seen.line
        );
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
    let said = mended(entry, "top-rows").unwrap().said.clone().unwrap();
    assert!(said.contains("the server has more"), "{said}");
    assert!(stage.server.seen()[0].line.contains("$top=2&"));
}

#[test]
fn only_usage_details_is_limited_and_publishers_only_where_the_api_knows_them() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let refused = |order: &Order| report::plan(order, today).unwrap_err().to_string();
    for api in [None, Some(Api::Details), Some(Api::Detailed)] {
        let order = Order {
            api,
            ..part_of(EA, "tag:a = b", 0)
        };
        assert!(refused(&order).contains("--api usage"), "{api:?}");
    }
    let publisher = part_of(EA, "publisher-type = azure", 0);
    assert!(refused(&publisher).contains("pay-as-you-go"));
    assert!(report::plan(&part_of(PAYG, "publisher-type = azure", 0), today).is_ok());
    let notes = report::plan(&part_of(EA, "tag:a = b", 5), today)
        .unwrap()
        .notes;
    assert!(
        notes
            .iter()
            .any(|note| note.contains("tag:a = b; the most recent 5 rows")),
        "{notes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_orders_parts_and_says_so_wherever_their_total_stands() {
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
