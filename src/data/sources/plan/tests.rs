//! Which files of a folder are read and which are left out.

use crate::data::sources::candidate::{Candidate, CandidateKind};
use crate::data::sources::manifest::ExportManifest;
use crate::data::sources::plan::{Decision, plan};
use crate::domain::metric::Metric;
use chrono::{DateTime, NaiveDate, Utc};
use std::sync::Arc;

const MONTH: &str = "e/20261001-20261031";
const EARLY: &str = "2026-10-10T03:00:00Z";
const LATE: &str = "2026-10-12T03:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn costs(path: &str, modified: &str) -> Candidate {
    Candidate {
        path: path.to_owned(),
        origin: 0,
        bytes: 1,
        modified: Some(at(modified)),
        kind: CandidateKind::Costs,
    }
}

fn described(path: &str, blobs: &[&str], submitted: &str) -> Candidate {
    let manifest = ExportManifest {
        blobs: blobs.iter().map(|blob| (*blob).to_owned()).collect(),
        submitted: Some(at(submitted)),
        ..ExportManifest::default()
    };
    Candidate {
        kind: CandidateKind::Manifest(Arc::new(manifest)),
        ..costs(path, submitted)
    }
}

/// One letter per candidate (read, replaced, left out), or the reason why all are refused.
fn decided(candidates: &[Candidate]) -> String {
    match plan(candidates) {
        Ok(plan) => plan
            .decisions
            .iter()
            .map(|decision| match decision {
                Decision::Read => 'r',
                Decision::Replaced { .. } => 'o',
                Decision::LeftOut { .. } => 'l',
                Decision::Manifest => 'm',
            })
            .collect(),
        Err(refusal) => format!("refused: {}", refusal.text),
    }
}

#[test]
fn of_runs_of_the_same_days_the_newest_whole_one_counts() {
    let run = |name: &str| format!("{MONTH}/{name}/part_0_0001.csv");
    let by_manifest = |name: &str, submitted: &str| {
        let blob = format!("root/{}", run(name));
        described(
            &format!("{MONTH}/{name}/manifest.json"),
            &[&blob],
            submitted,
        )
    };
    // The newest run is chosen by its manifest, whatever the file times say.
    let two = [
        costs(&run("a"), LATE),
        by_manifest("a", EARLY),
        costs(&run("b"), EARLY),
        by_manifest("b", LATE),
    ];
    assert_eq!(decided(&two), "omrm");
    // An older run is used if the newest one is incomplete.
    let cut = [
        costs(&run("a"), EARLY),
        by_manifest("a", EARLY),
        by_manifest("b", LATE),
    ];
    assert_eq!(decided(&cut), "rml");
    assert!(decided(&cut[2..]).contains("is not in the folder"));
    // The other months can be read without it.
    let before = "e/20260901-20260930/c";
    let blob = format!("{before}/part_0_0001.csv");
    let by = described(
        &format!("{before}/manifest.json"),
        &[&format!("root/{blob}")],
        EARLY,
    );
    let months = [costs(&blob, EARLY), by, cut[2].clone()];
    let refused = decided(&months);
    assert!(
        refused.ends_with("by their folders: e/20260901-20260930"),
        "{refused}"
    );
    // The same if one of its parts is shorter than its manifest says.
    let mut short = [
        costs(&run("a"), EARLY),
        by_manifest("a", EARLY),
        costs(&run("b"), LATE),
        by_manifest("b", LATE),
    ];
    let promise = |candidate: &mut Candidate, bytes: u64| {
        let blob = format!("root/{}", run("b"));
        let CandidateKind::Manifest(manifest) = &mut candidate.kind else {
            return;
        };
        Arc::make_mut(manifest).sizes.insert(blob, bytes);
    };
    promise(&mut short[3], 1);
    assert_eq!(decided(&short), "omrm");
    promise(&mut short[3], 2);
    assert_eq!(decided(&short), "rmll");
    // The same if the newest run has no manifest.
    let bare = [
        costs(&run("a"), EARLY),
        by_manifest("a", EARLY),
        costs(&run("b"), LATE),
    ];
    assert_eq!(decided(&bare), "rml");
    // No run has the days of the one without a manifest.
    let november = "e/20261101-20261130/b/part_0_0001.csv";
    let other_month = [
        costs(&run("a"), EARLY),
        by_manifest("a", EARLY),
        costs(november, LATE),
    ];
    assert_eq!(decided(&other_month), "rml");
    assert_eq!(decided(&other_month[2..]), "r");
    // A run without a manifest that was made before.
    let before = [
        costs(&run("a"), EARLY),
        by_manifest("a", LATE),
        costs(&run("b"), EARLY),
    ];
    assert_eq!(decided(&before), "rmo");
    // The month to date is whole before its newer run has a manifest.
    let mut to_date = bare.clone();
    if let CandidateKind::Manifest(manifest) = &mut to_date[1].kind {
        let days = ["2026-10-01", "2026-10-10"].map(|day| day.parse::<NaiveDate>().unwrap());
        Arc::make_mut(manifest).days = Some(days.into());
    }
    assert_eq!(decided(&to_date), "rml");
    let mut shorter = before.clone();
    shorter[1].kind = to_date[1].kind.clone();
    if let CandidateKind::Manifest(manifest) = &mut shorter[1].kind {
        Arc::make_mut(manifest).submitted = Some(at(LATE));
    }
    let refused = decided(&shorter);
    assert!(refused.contains("holds only some of its days"), "{refused}");
    // Equal times decide nothing.
    let equal = [
        costs(&run("a"), EARLY),
        by_manifest("a", LATE),
        costs(&run("b"), EARLY),
        by_manifest("b", LATE),
    ];
    let refused = decided(&equal);
    assert!(
        refused.contains("it is unclear which is newer") && refused.contains("costscope show"),
        "{refused}"
    );
}

#[test]
fn without_manifests_folders_tell_the_time_and_files_only_by_more_than_an_hour() {
    let timed =
        |time: &str, modified: &str| costs(&format!("{MONTH}/{time}/g/000001.csv"), modified);
    assert_eq!(
        decided(&[timed("202610100307", LATE), timed("202610120307", EARLY)]),
        "or"
    );
    let run =
        |name: &str, modified: &str| costs(&format!("{MONTH}/{name}/part_0_0001.csv"), modified);
    assert_eq!(decided(&[run("a", EARLY), run("b", LATE)]), "or");
    let close = decided(&[
        run("a", "2026-10-10T03:00:00Z"),
        run("b", "2026-10-10T03:59:00Z"),
    ]);
    assert!(close.contains("it is unclear which is newer"), "{close}");
    // Different months and different exports do not replace each other.
    assert_eq!(
        decided(&[
            run("a", EARLY),
            costs("e/20260901-20260930/b/000001.csv", EARLY)
        ]),
        "rr"
    );
    assert_eq!(
        decided(&[
            run("a", EARLY),
            costs("f/20261001-20261031/b/000001.csv", EARLY)
        ]),
        "rr"
    );
}

#[test]
fn parts_form_one_run_and_unlisted_files_are_left_out() {
    let parts = [
        costs(&format!("{MONTH}/exp_GUID_0_0001.csv"), EARLY),
        costs(&format!("{MONTH}/exp_GUID_1_0001.csv"), LATE),
    ];
    assert_eq!(decided(&parts), "rr");
    assert_eq!(plan(&parts).unwrap().runs.len(), 1);
    // A decompressed file still matches the entry in the manifest.
    let unpacked = [
        described("dl/manifest.json", &["c/x/part_0_0001.csv.gz"], EARLY),
        costs("dl/part_0_0001.csv", EARLY),
        costs("dl/other.csv", EARLY),
    ];
    assert_eq!(decided(&unpacked), "mrl");
}

/// A manifest of an export at a path, changed by hand.
fn changed(
    path: &str,
    blobs: &[&str],
    submitted: &str,
    change: impl FnOnce(&mut ExportManifest),
) -> Candidate {
    let mut candidate = described(path, blobs, submitted);
    if let CandidateKind::Manifest(manifest) = &mut candidate.kind {
        change(Arc::make_mut(manifest));
    }
    candidate
}

#[test]
fn two_exports_of_one_scope_and_kind_are_refused_only_if_they_share_days() {
    let export = |name: &'static str, month: &'static str, kind: &'static str| {
        let folder = format!("{name}/{month}/a");
        let part = format!("{folder}/part_0_0001.csv");
        let manifest = changed(&format!("{folder}/manifest.json"), &[&part], EARLY, |m| {
            m.scope = Some("/subscriptions/s1".to_owned());
            m.export_id = Some(format!("/subscriptions/s1/exports/{name}"));
            m.export_name = Some(name.to_owned());
            kind.clone_into(&mut m.kind);
        });
        [costs(&part, EARLY), manifest]
    };
    let october = "20261001-20261031";
    for (month, kind, expected) in [
        // Upper and lower case do not matter.
        (october, "actualcost", "exports of the same scope and days"),
        (
            "20261015-20261114",
            "ActualCost",
            "exports of the same scope and days",
        ),
        ("20260901-20260930", "ActualCost", "rmrm"),
        (october, "AmortizedCost", "rmrm"),
    ] {
        let [one, other] = [export("e", october, "ActualCost"), export("f", month, kind)];
        let found = decided(&[one, other].concat());
        assert!(found.contains(expected), "{month} {kind}: {found}");
    }
}

#[test]
fn an_end_that_is_the_next_day_of_the_folder_is_exclusive() {
    let month = |folder: &str, days: [&str; 2]| {
        let part = format!("e/{folder}/a/part_0_0001.csv");
        let days = days.map(|day| day.parse::<NaiveDate>().unwrap());
        let path = format!("e/{folder}/a/manifest.json");
        let manifest = changed(&path, &[&part], EARLY, |m| m.days = Some(days.into()));
        [costs(&part, EARLY), manifest]
    };
    let october = month("20261001-20261031", ["2026-10-01", "2026-11-01"]);
    let november = month("20261101-20261130", ["2026-11-01", "2026-12-01"]);
    let both = [october, november].concat();
    assert_eq!(decided(&both), "rmrm", "they have no day in common");
    let ends: Vec<String> = plan(&both)
        .unwrap()
        .runs
        .iter()
        .map(|run| run.days.unwrap().1.to_string())
        .collect();
    assert_eq!(ends, ["2026-10-31", "2026-11-30"]);
}

#[test]
fn sizes_of_packed_files_are_not_compared() {
    for (blob, file, expected) in [
        (
            "x/part_0_0001.csv",
            "dl/part_0_0001.csv",
            "is not in the folder",
        ),
        // Its size in the manifest is that of the packed or of the unpacked file.
        ("x/part_0_0001.csv.gz", "dl/part_0_0001.csv.gz", "mr"),
        ("x/part_0_0001.csv.gz", "dl/part_0_0001.csv", "mr"),
    ] {
        let promised = |m: &mut ExportManifest| {
            m.sizes.insert(blob.to_owned(), 99);
        };
        let manifest = changed("dl/manifest.json", &[blob], EARLY, promised);
        let found = decided(&[manifest, costs(file, EARLY)]);
        assert!(found.contains(expected), "{blob}: {found}");
    }
}

#[test]
fn a_blob_that_is_listed_twice_is_read_once() {
    let blob = "x/part_0_0001.csv";
    let twice = [
        described("dl/manifest.json", &[blob, blob], EARLY),
        costs("dl/part_0_0001.csv", EARLY),
    ];
    assert_eq!(plan(&twice).unwrap().runs[0].files, [1]);
}

#[test]
fn an_incomplete_run_of_other_data_refuses_nothing() {
    let sheet = |m: &mut ExportManifest| "PriceSheet".clone_into(&mut m.kind);
    let found = [
        changed(
            "prices/manifest.json",
            &["x/a.csv", "x/missing.csv"],
            LATE,
            sheet,
        ),
        costs("prices/a.csv", LATE),
        costs("costs.csv", EARLY),
    ];
    assert_eq!(decided(&found), "mlr");
}

#[test]
fn exports_of_one_folder_are_told_apart_by_their_ids_or_else_their_names() {
    let run = |at: &str, submitted: &str, id: Option<&str>, name: Option<&str>| {
        let part = format!("{MONTH}/{at}/part_0_0001.csv");
        let path = format!("{MONTH}/{at}/manifest.json");
        let manifest = changed(&path, &[&part], submitted, |m| {
            m.export_id = id.map(ToOwned::to_owned);
            m.export_name = name.map(ToOwned::to_owned);
        });
        [costs(&part, EARLY), manifest]
    };
    for (one, other, expected) in [
        ((Some("1"), Some("a")), (Some("1"), Some("b")), "omrm"),
        ((Some("1"), Some("a")), (Some("2"), Some("a")), "rmrm"),
        ((None, Some("a")), (None, Some("b")), "rmrm"),
        ((None, Some("a")), (None, Some("a")), "omrm"),
        ((None, Some("a")), (Some("2"), None), "omrm"),
        ((None, None), (None, None), "omrm"),
    ] {
        let older = run("a", EARLY, one.0, one.1);
        let newer = run("b", LATE, other.0, other.1);
        assert_eq!(
            decided(&[older, newer].concat()),
            expected,
            "{one:?} {other:?}"
        );
    }
}

#[test]
fn a_run_with_a_manifest_replaces_one_without_unless_that_was_made_later() {
    let run = |name: &str| format!("{MONTH}/{name}/part_0_0001.csv");
    for (bare, expected) in [
        ("2026-10-10T02:00:00Z", "rmo"),
        ("2026-10-10T02:59:59Z", "rmo"),
        (EARLY, "rmo"),
        ("2026-10-10T03:00:01Z", "rml"),
    ] {
        let blob = run("a");
        let all = [
            costs(&blob, EARLY),
            described(&format!("{MONTH}/a/manifest.json"), &[&blob], EARLY),
            costs(&run("b"), bare),
        ];
        assert_eq!(decided(&all), expected, "{bare}");
    }
}

#[test]
fn a_run_has_the_metric_and_the_id_of_its_manifest_or_its_own_folder() {
    let guid = "0b0f0a52-7c3e-4d0e-9a52-3c1f2d4e5f60";
    let path = format!("{MONTH}/{guid}/part_0_0001.csv");
    let only = |candidates: &[Candidate]| {
        let mut runs = plan(candidates).unwrap().runs;
        assert_eq!(runs.len(), 1);
        runs.remove(0)
    };
    let bare = only(&[costs(&path, EARLY)]);
    assert_eq!((bare.metric(), bare.id().as_deref()), (None, Some(guid)));
    assert_eq!(bare.made_at(), Some(at(EARLY)));
    let loose = only(&[costs("costs.csv", EARLY)]);
    assert_eq!((loose.metric(), loose.id()), (None, None));
    for (kind, metric) in [
        ("ActualCost", Some(Metric::Actual)),
        ("AmortizedCost", Some(Metric::Amortized)),
        ("FocusCost", None),
    ] {
        let manifest = format!("{MONTH}/{guid}/manifest.json");
        let by = changed(&manifest, &[&path], LATE, |manifest| {
            manifest.kind = kind.to_owned();
            manifest.run_id = Some("run-1".to_owned());
        });
        let run = only(&[costs(&path, EARLY), by]);
        assert_eq!(run.metric(), metric, "{kind}");
        assert_eq!(run.id().as_deref(), Some("run-1"));
        assert_eq!(run.made_at(), Some(at(LATE)));
    }
}
