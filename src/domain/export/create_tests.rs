//! New exports: which are refused, and the request and terms of the others.

use crate::domain::export::create::{ExportTarget, NewExport};
use crate::domain::export::definition::Dataset;
use crate::domain::scope::{Agreement, ScopeId};
use chrono::NaiveDate;

const ACCOUNT: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/costs";

fn new(scope: &str, dataset: Dataset) -> NewExport {
    NewExport {
        scope: ScopeId::parse(scope).unwrap(),
        name: "daily".to_owned(),
        dataset,
        storage: ACCOUNT.to_owned(),
        container: "exports".to_owned(),
        folder: "/cost/".to_owned(),
        is_monthly: false,
        has_identity: false,
    }
}

#[test]
fn impossible_exports_are_refused_with_the_next_step() {
    let group = "providers/Microsoft.Management/managementGroups/root";
    let with = |change: fn(&mut NewExport)| {
        let mut export = new("8608480", Dataset::Actual);
        change(&mut export);
        export
    };
    for (export, agreement, word) in [
        (new("8608480", Dataset::Focus), Some(Agreement::Ea), None),
        (new("8608480", Dataset::Usage), Some(Agreement::Payg), None),
        (with(|export| export.name = "a-_".repeat(21)), None, None),
        (with(|export| export.name = "a".repeat(64)), None, None),
        (
            with(|export| export.name = "a".repeat(65)),
            None,
            Some("letters, digits"),
        ),
        (
            with(|export| export.storage = ACCOUNT.replace("subscriptions", "accounts")),
            None,
            Some("not the id"),
        ),
        (
            with(|export| export.storage = ACCOUNT.replace("Storage/", "Compute/")),
            None,
            Some("not the id"),
        ),
        (
            with(|export| export.folder = "a/.".to_owned()),
            None,
            Some("contain . or .."),
        ),
        (new(group, Dataset::Usage), None, None),
        (new(group, Dataset::Focus), None, Some("--type usage")),
        (
            new("8608480", Dataset::Actual),
            Some(Agreement::Payg),
            Some("--type usage"),
        ),
        (
            with(|export| export.name = "a b".to_owned()),
            None,
            Some("letters, digits"),
        ),
        (
            with(|export| export.name = String::new()),
            None,
            Some("letters, digits"),
        ),
        (
            with(|export| export.storage = "costs".to_owned()),
            None,
            Some("az storage account show"),
        ),
        (
            with(|export| export.storage = format!("{ACCOUNT}/blobServices/default")),
            None,
            Some("not the id"),
        ),
        (
            with(|export| export.folder = "a/../b".to_owned()),
            None,
            Some(".."),
        ),
    ] {
        let refusal = export.refusal(agreement);
        match word {
            None => assert_eq!(refusal, None),
            Some(word) => assert!(refusal.unwrap().contains(word), "{export:?}"),
        }
    }
}

#[test]
fn a_target_has_an_account_and_a_container() {
    for (text, parts) in [
        ("az://costs/exports/a/b/", Some(("costs", "exports", "a/b"))),
        ("az://costs/exports", Some(("costs", "exports", ""))),
        ("az://costs", None),
        ("az://abc/d-1", Some(("abc", "d-1", ""))),
        ("az://ab/exports", None),
        ("az://costs/ab", None),
        ("az://costs/a_b", None),
        ("az://Costs/exports", None),
        ("az:///exports/a", None),
        ("costs/exports", None),
        ("https://costs.blob.core.windows.net/exports", None),
    ] {
        let read = ExportTarget::read(text).ok();
        let read = read.as_ref().map(|target| {
            (
                target.account.as_str(),
                target.container.as_str(),
                target.folder.as_str(),
            )
        });
        assert_eq!(read, parts, "{text}");
    }
}

#[test]
fn a_storage_id_is_of_the_account_of_the_place() {
    let place = ExportTarget::read("az://costs/exports").unwrap();
    for (storage, is_same) in [
        (ACCOUNT, true),
        ("/x/COSTS/", true),
        ("costs", true),
        ("/x/other", false),
        ("", false),
    ] {
        assert_eq!(place.check(storage).is_ok(), is_same, "{storage}");
    }
}

#[test]
fn the_terms_name_the_days_the_place_and_the_identity() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
    for (is_monthly, has_identity, folder, days, place) in [
        (false, false, "/cost/", "every day", "exports/cost/daily;"),
        (true, true, "", "the 6th of each month", "exports/daily;"),
    ] {
        let export = NewExport {
            is_monthly,
            has_identity,
            folder: folder.to_owned(),
            ..new("8608480", Dataset::Actual)
        };
        let terms = export.terms(today);
        assert!(terms[0].contains(days), "{terms:?}");
        assert!(terms[1].contains(place), "{terms:?}");
        let role = terms.iter().any(|term| term.contains("Contributor"));
        assert_eq!(
            (role, terms.len()),
            (has_identity, 3 + usize::from(has_identity))
        );
    }
}

#[test]
fn the_first_run_skips_no_month_in_silence() {
    for (is_monthly, today, first, fetches) in [
        (true, "2026-12-01", "2026-12-06", None),
        (true, "2026-12-05", "2026-12-06", None),
        (true, "2026-12-06", "2027-01-06", None),
        (true, "2026-12-31", "2027-01-06", None),
        (false, "2026-12-01", "2026-12-02", Some("--month 2026-11")),
        (false, "2026-12-05", "2026-12-06", Some("--month 2026-11")),
        (false, "2026-12-06", "2026-12-07", None),
    ] {
        let export = NewExport {
            is_monthly,
            ..new("8608480", Dataset::Actual)
        };
        let today = today.parse().unwrap();
        assert_eq!(export.first_day(today).to_string(), first, "{today}");
        let terms = export.terms(today);
        let term = terms.iter().find(|term| term.contains("exports run"));
        assert_eq!(term.is_some(), fetches.is_some(), "{today} {terms:?}");
        assert!(term.is_none_or(|term| term.contains(fetches.unwrap())));
    }
}

#[test]
fn the_body_begins_in_the_future_and_has_an_identity_only_when_asked() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
    let json = |export: &NewExport| serde_json::to_value(export.body(today)).unwrap();
    let mut export = new("8608480", Dataset::Actual);
    let body = json(&export);
    let properties = &body["properties"];
    let schedule = &properties["schedule"];
    assert_eq!(schedule["recurrencePeriod"]["from"], "2026-12-01T00:00:00Z");
    assert_eq!(schedule["recurrencePeriod"]["to"], "2031-12-01T00:00:00Z");
    assert_eq!(properties["definition"]["type"], "ActualCost");
    assert_eq!(properties["compressionMode"], "gzip");
    let destination = &properties["deliveryInfo"]["destination"];
    assert_eq!(destination["resourceId"], ACCOUNT);
    assert_eq!(destination["rootFolderPath"], "cost");
    assert!(body.get("identity").is_none() && body.get("location").is_none());
    (export.is_monthly, export.has_identity) = (true, true);
    let body = json(&export);
    let schedule = &body["properties"]["schedule"];
    assert_eq!(schedule["recurrencePeriod"]["from"], "2026-12-06T00:00:00Z");
    assert_eq!(
        body["properties"]["definition"]["timeframe"],
        "TheLastMonth"
    );
    assert_eq!(
        (&body["identity"]["type"], &body["location"]),
        (&"SystemAssigned".into(), &"global".into())
    );
    export.folder = String::new();
    let body = json(&export);
    let destination = &body["properties"]["deliveryInfo"]["destination"];
    assert!(destination.get("rootFolderPath").is_none());
    let group = new(
        "providers/Microsoft.Management/managementGroups/root",
        Dataset::Usage,
    );
    let body = json(&group);
    assert_eq!(body["properties"]["compressionMode"], "none");
    assert_eq!(body["properties"]["partitionData"], false);
}
