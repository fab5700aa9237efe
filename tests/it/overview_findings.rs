//! The findings of a month in its overview, in every format.

use crate::support::findings::{findings, list, overview};
use crate::support::inside::run_inside;
use crate::support::planted_bill::planted_bill;
use crate::support::{file, stderr, stdout};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn largest_findings_of_the_month_are_in_every_format() {
    let folder = TempDir::new().unwrap();
    let bill = planted_bill(folder.path());
    let sides = [bill.now.as_str(), "--before", bill.before.as_str()];
    let found = overview(folder.path(), &sides);
    let listed = list(&findings(folder.path(), &sides));
    let shown = found["findings"].as_array().unwrap();
    assert_eq!(shown.len(), 3);
    for (shown, listed) in shown.iter().zip(&listed) {
        for member in ["kind", "text", "currency", "cost", "command"] {
            assert_eq!(shown[member], listed[member]);
        }
    }
    // One source with both months has the same findings in its last one.
    let one = overview(folder.path(), &[&bill.before, &bill.now]);
    for (shown, listed) in one["findings"].as_array().unwrap().iter().zip(&listed) {
        assert_eq!(shown["text"], listed["text"]);
    }
    let notes = |document: &Value| document["notes"].to_string();
    for words in [
        "9 more findings; `costscope findings` lists all",
        "not looked for: unused commitments, because actual costs have no unused part, and the sources",
    ] {
        assert!(notes(&found).contains(words), "{words}: {found:#}");
    }
    for format in ["csv", "md", "table", "html", "svg"] {
        let line = [&["overview"][..], &sides[..], &["--format", format][..]].concat();
        let output = run_inside(folder.path(), &line);
        let page = stdout(&output);
        assert!(page.contains("Seats"), "{format}: {page}");
        let all = page + &stderr(&output);
        assert!(all.contains("9 more findings"), "{format}: {all}");
    }
    let id = listed[0]["id"].as_str().unwrap();
    run_inside(folder.path(), &["findings", "--dismiss", id]);
    let text = "[findings]\nleast = 200\n";
    file(folder.path(), "settings.toml", text);
    let found = overview(folder.path(), &sides);
    assert_eq!(found["findings"][0]["cost"], "240");
    assert_eq!(found["findings"].as_array().unwrap().len(), 1);
    for words in [
        "1 finding dismissed",
        "below the smallest amount: 2 findings of kind new, together 70.00 EUR",
    ] {
        assert!(notes(&found).contains(words), "{words}: {found:#}");
    }
}
