//! Packages are read by another program as they were written.

use crate::data::export::xlsx::package::{Package, PartPiece, Sum};
use std::io::{Cursor, Read, Write};
use zip::ZipArchive;

#[test]
fn parts_in_pieces_are_read_as_one_text_with_small_and_with_large_fields() {
    let texts: Vec<String> = (0..5)
        .map(|at| format!("<c>{at}</c>").repeat(at * 900))
        .collect();
    let mut all = Vec::new();
    for most in [1 << 20, 100, 0] {
        let mut package = Package::new(Vec::new());
        package.most = most;
        package.add_text("empty.xml", b"").unwrap();
        let pieces: Vec<PartPiece> = texts
            .iter()
            .map(|text| PartPiece::of(text.as_bytes()).unwrap())
            .collect();
        let mut sum = Sum::default();
        for piece in &pieces {
            sum.add(&piece.sum);
        }
        let write = |out: &mut Vec<u8>| {
            pieces
                .iter()
                .try_for_each(|piece| out.write_all(&piece.bytes))
        };
        package.add("xl/sheet.xml", &sum, write).unwrap();
        package
            .add_text("last.xml", "<a>\u{e9}</a>".as_bytes())
            .unwrap();
        let out = package.finish().unwrap();
        let mut archive = ZipArchive::new(Cursor::new(&out)).unwrap();
        assert_eq!(archive.len(), 3);
        for (name, expected) in [
            ("empty.xml", String::new()),
            ("xl/sheet.xml", texts.concat()),
            ("last.xml", "<a>\u{e9}</a>".to_owned()),
        ] {
            let mut part = archive.by_name(name).unwrap();
            assert_eq!(part.size(), expected.len() as u64, "{name}, {most}");
            let mut text = String::new();
            // Compares the checksum, too.
            part.read_to_string(&mut text).unwrap();
            assert!(text == expected, "{name}, {most}");
        }
        all.push(out);
    }
    assert!(all.is_sorted_by(|one, other| one.len() < other.len()));
}
