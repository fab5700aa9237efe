//! CSV: the same rows, totals, repairs or error in blocks of any size, and the slow reader's answer where it has one.

use super::cost_files::{Told, check_error, told, whole};
use super::play::{Parser, Verdict};
use super::slow_csv;
use crate::support::bills::ODD;
use crate::support::file;
use costscope::data::error::DataError;
use tempfile::TempDir;

pub(super) const PARSER: Parser = Parser {
    name: "csv",
    slice: 200,
    valid,
    words: &[
        "Cost",
        "Date",
        "Currency",
        "NULL",
        "Total",
        "10/13/2026",
        "2026-10-01T23:30:00-01:00",
        "\nDate,Cost,Currency\n",
        "EUR",
        "sep=;",
        "\"\"\"env\"\": \"\"prod\"\"\"",
    ],
    one,
};

/// Small files of each layout, and plain ones that the slow reader understands even when they are damaged.
pub(super) fn valid() -> Vec<Vec<u8>> {
    let fixtures = [
        "costs/ea_actual.csv",
        "costs/ea_export.csv",
        "costs/ea_iso_dates.csv",
        "costs/ea_no_rows.csv",
        "costs/pay_as_you_go.csv",
        "costs/pay_as_you_go_german.csv",
        "costs/ragged_rows.csv",
        "costs/tags_without_braces.csv",
    ];
    let texts = [
        ODD,
        "Date,Cost,Currency,ResourceGroup\n2026-10-01,1.5,EUR,rg-a\n2026-10-02,-0.25,EUR,\"rg,b\"\n2026-10-03,7,USD,\"say \"\"x\"\"\"\n",
        "UsageDateTime,MeterCategory,PreTaxCost,Currency\r\n2026-10-05,Storage,3.000000000000000001,EUR\r\n2026-10-06,Storage,,EUR\r\n",
        "date,costInBillingCurrency,billingCurrency,resourceGroupName,tags\n10/13/2026,0.1,EUR,rg-t\u{fc}r,\"\"\"env\"\": \"\"prod\"\"\"\n10/14/2026,100,EUR,rg,\n",
        "ChargePeriodStart,BilledCost,EffectiveCost,BillingCurrency,ChargeCategory\n2026-10-01T00:00:00Z,2,3,EUR,Usage\n2026-10-02T00:00:00Z,0.5,0.25,USD,Usage\n",
        "Date,Cost,Currency\n2026-10-01,1,EUR\n2026-10-02,2,EUR\n2026-10-03,3,EUR\n2026-10-04,4,EUR\n2026-10-05,5,EUR\n",
    ];
    let texts = texts.map(|text| text.as_bytes().to_vec());
    fixtures.map(whole).into_iter().chain(texts).collect()
}

const NAME: &str = "costs.csv";

fn one(bytes: &[u8]) -> Verdict {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), NAME, bytes);
    let at_once = told(&path, NAME, (1 << 20, 1));
    let in_blocks = told(&path, NAME, (97, 3));
    let in_words = |read: &Result<Told, DataError>| match read {
        Ok(told) => format!("{told:?}"),
        Err(error) => format!("{error}"),
    };
    assert_eq!(
        in_words(&at_once),
        in_words(&in_blocks),
        "the size of the blocks changes the answer"
    );
    let told = match at_once {
        Ok(told) => told,
        Err(error) => return check_error(&error, NAME, bytes),
    };
    if let Some(sums) = slow_csv::opinion(bytes) {
        assert_eq!(told.sums, sums, "the slow reader has another answer");
    }
    Verdict::Read
}
