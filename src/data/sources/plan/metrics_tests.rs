//! Metrics of planned exports, and the folders that tell them apart.

use crate::data::sources::candidate::{Candidate, CandidateKind};
use crate::data::sources::manifest::ExportManifest;
use crate::data::sources::plan::plan;
use std::sync::Arc;

/// The files of one run: a manifest of this dataset, and its part.
fn run(folder: &str, kind: &str) -> [Candidate; 2] {
    let part = format!("{folder}/part_0_0001.csv");
    let costs = Candidate {
        path: part.clone(),
        origin: 0,
        bytes: 1,
        modified: None,
        kind: CandidateKind::Costs,
    };
    let manifest = ExportManifest {
        blobs: vec![part],
        kind: kind.to_owned(),
        export_id: Some(format!("{folder}/{kind}")),
        ..ExportManifest::default()
    };
    let manifest = Candidate {
        path: format!("{folder}/manifest.json"),
        kind: CandidateKind::Manifest(Arc::new(manifest)),
        ..costs.clone()
    };
    [manifest, costs]
}

#[test]
fn metrics_are_told_with_the_folders_that_have_no_other() {
    const OCTOBER: &str = "20261001-20261031";
    const NOVEMBER: &str = "20261101-20261130";
    let cases = [
        (vec![("x/a", OCTOBER, "ActualCost")], vec!["actual x/a"]),
        (
            vec![
                ("x/b", OCTOBER, "AmortizedCost"),
                ("x/a", OCTOBER, "ActualCost"),
                ("x/a", NOVEMBER, "ActualCost"),
            ],
            vec!["actual x/a", "amortized x/b"],
        ),
        // Several exports of one metric are several folders.
        (
            vec![
                ("x/one", OCTOBER, "ActualCost"),
                ("x/two", NOVEMBER, "actualcost"),
                ("x/usage", NOVEMBER, "Usage"),
            ],
            vec!["actual x/one x/two", "usage x/usage"],
        ),
        // FOCUS counts as actual cost.
        (
            vec![
                ("az://acct/x/focus", OCTOBER, "FocusCost"),
                ("az://acct/x/b", OCTOBER, "AmortizedCost"),
            ],
            vec!["actual az://acct/x/focus", "amortized az://acct/x/b"],
        ),
        // Neither a folder of both, nor one above the other, tells them apart.
        (
            vec![
                ("x", OCTOBER, "ActualCost"),
                ("x", NOVEMBER, "AmortizedCost"),
            ],
            vec!["actual", "amortized"],
        ),
        (
            vec![
                ("x", OCTOBER, "ActualCost"),
                ("x/b", OCTOBER, "AmortizedCost"),
            ],
            vec!["actual", "amortized x/b"],
        ),
        // Names that begin alike are different folders.
        (
            vec![
                ("x/b", OCTOBER, "ActualCost"),
                ("x/b2", OCTOBER, "AmortizedCost"),
            ],
            vec!["actual x/b", "amortized x/b2"],
        ),
        // An older manifest has no dataset.
        (
            vec![("x/a", OCTOBER, "ActualCost"), ("x/a/old", NOVEMBER, "")],
            vec!["actual"],
        ),
    ];
    for (runs, expected) in cases {
        let files = runs.iter();
        let files = files.flat_map(|(folder, month, kind)| run(&format!("{folder}/{month}"), kind));
        let planned = plan(&files.collect::<Vec<_>>()).unwrap();
        let told = planned.metrics().into_iter().map(|exports| {
            let words = std::iter::once(exports.metric.to_string()).chain(exports.folders);
            words.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{runs:?}");
    }
}
