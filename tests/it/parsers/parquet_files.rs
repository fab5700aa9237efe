//! Parquet files of other programs: the size of the blocks changes nothing, and damage is an error that names the file.

use super::cost_files::{told, whole};
use super::play::{Parser, Verdict};
use crate::support::file;
use crate::support::parquet::{self, Claims, Column};
use tempfile::TempDir;

pub(super) const PARSER: Parser = Parser {
    name: "parquet",
    slice: 200,
    valid,
    words: &["PAR1", "costInBillingCurrency", "schema", "\0\0\0\0PAR1"],
    one,
};

/// A file whose rows all have these values.
fn made(cost: &'static str, rows: i64) -> Vec<u8> {
    let columns = [
        Column {
            name: "Date",
            value: "2026-10-01",
        },
        Column {
            name: "CostInBillingCurrency",
            value: cost,
        },
        Column {
            name: "BillingCurrencyCode",
            value: "EUR",
        },
        Column {
            name: "Tags",
            value: "{\"env\":\"prod\"}",
        },
    ];
    parquet::file(&columns, &Claims::honest(rows))
}

fn valid() -> Vec<Vec<u8>> {
    vec![
        whole("azure-export.snappy.parquet"),
        made("0.5", 3),
        made("-1000.000000000000000001", 700),
    ]
}

const NAME: &str = "costs.parquet";

fn one(bytes: &[u8]) -> Verdict {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), NAME, bytes);
    let at_once = told(&path, NAME, (1 << 20, 1));
    let in_blocks = told(&path, NAME, (97, 3));
    match (at_once, in_blocks) {
        (Ok(at_once), Ok(in_blocks)) => {
            assert_eq!(
                at_once, in_blocks,
                "the size of the blocks changes the answer"
            );
            Verdict::Read
        }
        (Err(at_once), Err(in_blocks)) => {
            // The first damage that is found may be another one.
            for error in [at_once, in_blocks] {
                let said = error.to_string();
                assert!(said.contains(NAME), "the file is not named: {said}");
            }
            Verdict::Refused
        }
        (at_once, in_blocks) => {
            panic!("the size of the blocks decides: {at_once:?} or {in_blocks:?}")
        }
    }
}
