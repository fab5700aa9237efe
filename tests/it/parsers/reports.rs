//! The answer to a poll, which lists the files of a report: a damaged one is never read as another report, and nothing is
//! ordered twice.

use super::play::{Parser, Verdict};
use crate::support::hostile::{Answer, fetch, october_order, stage};
use crate::support::report_answers::{accepted, blob, completed};
use costscope::domain::metric::Metric;
use costscope::ops::orders::outcome::PartOutcome;

pub(super) const PARSER: Parser = Parser {
    name: "report",
    slice: 30,
    valid,
    words: &[
        "\"status\":\"InProgress\",",
        "\"status\":\"Failed\",",
        "\"status\":\"NoDataFound\",",
        "\"error\":{\"code\":\"x\"},",
        "\"blobs\":[],",
        "\"byteCount\":-1,",
        "\"validTill\":\"2026-11-22T10:00:00Z\",",
        "https://example.com/",
        "null",
        "\\u0000",
        "[[[[[[[[[[[[[[[[",
    ],
    one,
};

fn valid() -> Vec<Vec<u8>> {
    let link = "{url}/blob?sig=1";
    let manifest = format!(
        "{{\"manifestVersion\":\"2024-04-01\",\"dataFormat\":\"Csv\",\"byteCount\":42,\"blobCount\":1,\"compressData\":false,\
         \"blobs\":[{{\"blobLink\":\"{link}\",\"byteCount\":42}}]}}"
    );
    let long = format!(
        "{{\"id\":\"1\",\"name\":\"1\",\"status\":\"Completed\",\"manifest\":{manifest},\"validTill\":\"2026-11-22T23:00:00Z\"}}"
    );
    vec![completed(link).body, long.into_bytes()]
}

fn one(bytes: &[u8]) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(polled(bytes))
}

async fn polled(bytes: &[u8]) -> Verdict {
    let damaged = Answer::new(200).body(bytes.to_vec());
    // A report that failed, or that goes on, is not offered again.
    let stage = stage(vec![accepted(), damaged, blob()]).await;
    let (outcome, _) = fetch(&stage.session, &october_order(), Metric::Actual).await;
    assert_eq!(stage.server.count("POST"), 1, "ordered twice: {outcome:?}");
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    match &outcome {
        PartOutcome::Ready { entry, .. } => {
            // Whatever the manifest says, there is one file, with one row.
            assert_eq!(entry.rows, 1);
            assert_eq!(entry.totals[0].amount.to_string(), "1");
            Verdict::Read
        }
        PartOutcome::Empty { why } => {
            let is_told = text.contains("nodata") || why.contains("without a file");
            assert!(is_told, "{why}: {text}");
            Verdict::Refused
        }
        PartOutcome::Failed(failure) => {
            assert!(!failure.message().is_empty(), "{failure:?}");
            assert!(!failure.message().contains("sig=1"), "{failure:?}");
            Verdict::Refused
        }
        PartOutcome::Cancelled => panic!("nobody cancelled"),
    }
}
