//! Gzipped cost files: the same money as the plain file, and a refusal if the compressed data is damaged.

use crate::support::inside::run_inside;
use crate::support::{document, file, stderr, stdout};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use tempfile::TempDir;

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn rows() -> String {
    let mut text = "Cost,BillingCurrency,Date,ResourceGroup\n".to_owned();
    for row in 0..5000 {
        text.push_str(&format!("0.{row:04},EUR,10/01/2026,rg-{}\n", row % 7));
    }
    text
}

#[test]
fn a_gzipped_file_has_the_same_money_whatever_it_is_called() {
    let folder = TempDir::new().unwrap();
    let text = rows();
    let half = text.len() / 2;
    let parts = [
        gzipped(&text.as_bytes()[..half]),
        gzipped(&text.as_bytes()[half..]),
    ];
    let cases: [(&str, Vec<u8>); 4] = [
        ("plain.csv", text.clone().into_bytes()),
        ("packed.csv.gz", gzipped(text.as_bytes())),
        ("misnamed.csv", gzipped(text.as_bytes())),
        // Concatenated members are one file (RFC 1952, 2.2).
        ("members.csv.gz", parts.concat()),
    ];
    let show = |name: &str, bytes: &[u8]| {
        let path = file(folder.path(), name, bytes);
        let path = path.display().to_string();
        let grouped = [
            "show",
            &path,
            "--group-by",
            "resource-group",
            "--format",
            "json",
        ];
        let output = run_inside(folder.path(), &grouped);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        let mut document = document(&output);
        document.as_object_mut().unwrap().remove("sources");
        document
    };
    let [(plain, text), packed @ ..] = &cases;
    let expected = show(plain, text);
    assert!(expected.to_string().contains("1249.75"), "{expected}");
    for (name, bytes) in packed {
        assert_eq!(show(name, bytes), expected, "{name}");
    }
}

#[test]
fn broken_packing_is_refused_and_never_a_smaller_total() {
    let folder = TempDir::new().unwrap();
    let whole = gzipped(rows().as_bytes());
    let mut checksum = whole.clone();
    let at = checksum.len() - 6;
    checksum[at] ^= 0x55;
    let mut cases = vec![
        ("checksum".to_owned(), checksum, "damaged"),
        ("twice".to_owned(), gzipped(&whole), "inside a gzip file"),
    ];
    for left in [1, 4, 8, 9, 100, whole.len() / 2] {
        let cut = whole[..whole.len() - left].to_vec();
        cases.push((format!("cut-{left}"), cut, "cut off"));
    }
    for (name, bytes, words) in cases {
        let path = file(folder.path(), &format!("{name}.csv.gz"), bytes);
        let output = run_inside(folder.path(), &["show", &path.display().to_string()]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let said = stderr(&output);
        assert!(
            said.contains(words) && said.contains(&name),
            "{name}: {said}"
        );
        assert!(stdout(&output).is_empty(), "{name}");
    }
}

#[test]
fn a_file_and_its_packed_twin_are_not_added_up() {
    let folder = TempDir::new().unwrap();
    let plain = file(folder.path(), "a.csv", rows());
    let packed = file(folder.path(), "a.csv.gz", gzipped(rows().as_bytes()));
    let (plain, packed) = (plain.display().to_string(), packed.display().to_string());
    let output = run_inside(folder.path(), &["show", &plain, &packed]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("same rows"), "{}", stderr(&output));
}
