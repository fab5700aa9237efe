//! Checks on published files that are not part of the project: cost files of other projects and Microsoft's API
//! specifications. `cargo test` leaves this target out; `cargo test --test real` needs the folder `../shared`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
#![allow(
    clippy::too_many_lines,
    clippy::items_after_statements,
    clippy::type_complexity,
    clippy::format_collect,
    clippy::naive_bytecount,
    clippy::format_push_string
)]

// These checks use only a part of it.
#[allow(dead_code)]
#[path = "../it/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use support::cost_files::{assert_totals, groups, shown_by_charge_type};
use support::spec::Spec;
use support::spec_checks::{check_all_exchanges, decode_all_examples};

fn shared(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(name)
}

#[test]
fn cost_files_give_their_exact_totals() {
    let root = shared("real/csv");
    assert_totals(
        &root,
        &[
            (
                "EA_ActualCost_Small.csv",
                11,
                &[("USD", "8.5450077867419368")],
            ),
            ("EA_NoRows.csv", 0, &[]),
            (
                "sample-anonymous-ea-export-dataset.csv",
                27,
                &[("CAD", "1.26136926505726")],
            ),
            ("azure_version_2.csv", 5, &[("MC", "19.998413754")]),
            ("German.csv", 1, &[("USD", "0.075")]),
            ("PayAsYouGo.csv", 1, &[("USD", "0.075")]),
            ("Template.csv", 87, &[("", "16.393506212224391")]),
            ("MissingBrackets.csv", 1, &[("", "4")]),
        ],
    );
    let found = shown_by_charge_type(&root.join("EA_ActualCost_Small.csv"));
    let expected = [
        (Some("Usage".to_owned()), "5.2950077867419368".to_owned()),
        (Some("Purchase".to_owned()), "3.25".to_owned()),
    ];
    assert_eq!(groups(&found), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanges_are_as_microsoft_describes_them() {
    let files = [
        "spec/consumption.json",
        "spec/costmanagement.generatecostdetailsreport.json",
        "spec/costmanagement.generatedetailedcostreport.json",
        "spec/common-types.json",
    ];
    check_all_exchanges(&Spec::load(&files.map(shared))).await;
}

#[tokio::test]
async fn examples_of_microsoft_are_decoded() {
    let count = decode_all_examples(&shared("spec/examples")).await;
    assert!(count > 60, "{count} answers");
}
