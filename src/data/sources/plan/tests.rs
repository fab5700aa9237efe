//! Which files of a folder are read and which are left out.

use crate::data::sources::candidate::{Candidate, CandidateKind};
use crate::data::sources::manifest::ExportManifest;
use crate::data::sources::plan::{Decision, plan};
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
