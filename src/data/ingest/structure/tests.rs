//! Records read by structure are the same as those read one by one.

use super::masks::{Masks, WIDTH, running_parity};
use super::{RecordBatch, Scanner};
use crate::data::ingest::records::{BadQuote, FieldSpan, Records};
use proptest::prelude::*;

/// A record: its line, and its fields with whether they are quoted.
type Record = (u64, Vec<(Vec<u8>, bool)>);
/// All records, the error that ended them, and the lines read.
type Read = (Vec<Record>, Option<BadQuote>, u64);

fn record(text: &[u8], line: u64, fields: &[FieldSpan]) -> Record {
    let mut scratch = Vec::new();
    let fields = fields.iter().map(|field| {
        let bytes = field.bytes(text, &mut scratch).to_vec();
        (bytes, field.is_quoted(text))
    });
    (line, fields.collect())
}

fn one_by_one(text: &[u8]) -> Read {
    let (mut records, mut fields) = (Records::new(text), Vec::new());
    let mut all = Vec::new();
    loop {
        match records.next(&mut fields) {
            Ok(true) => all.push(record(text, records.record_line, &fields)),
            Ok(false) => return (all, None, records.lines()),
            Err(bad) => return (all, Some(bad), records.lines()),
        }
    }
}

/// Reads by structure; also returns how many records needed no care.
fn by_structure(text: &[u8], header: &[Vec<u8>]) -> (Read, usize) {
    let mut scanner = Scanner::new(text, header, true);
    let (mut batch, mut fields) = (RecordBatch::default(), Vec::new());
    let (mut all, mut easy) = (Vec::new(), 0);
    loop {
        let goes_on = scanner.fill(&mut batch, header.len());
        for row in 0..batch.len() {
            let at = 0..header.len();
            let fields: Vec<FieldSpan> = at.filter_map(|at| batch.field(text, row, at)).collect();
            assert_eq!(fields.len(), header.len());
            assert_eq!(batch.field(text, row, header.len()), None);
            all.push(record(text, batch.line(row), &fields));
        }
        easy += batch.len();
        if goes_on {
            continue;
        }
        let (at, line) = scanner.place();
        let mut records = Records::from(text, at, line);
        match records.next(&mut fields) {
            Ok(true) => all.push(record(text, records.record_line, &fields)),
            Ok(false) => return ((all, None, records.lines()), easy),
            Err(bad) => return ((all, Some(bad), records.lines()), easy),
        }
        scanner.resume(records.position(), records.lines() + 1);
    }
}

fn header(width: usize) -> Vec<Vec<u8>> {
    (0..width).map(|at| format!("h{at}").into_bytes()).collect()
}

fn assert_same(text: &[u8], width: usize) -> usize {
    let (read, easy) = by_structure(text, &header(width));
    let shown = String::from_utf8_lossy(text).into_owned();
    assert_eq!(read, one_by_one(text), "{shown:?} with {width} fields");
    easy
}

#[test]
fn records_that_follow_the_rules_need_no_care() {
    let cases: [(&str, usize, usize); 12] = [
        ("a,b\nc,d\n", 2, 2),
        ("a,b\r\nc,d\r\n", 2, 2),
        ("\"a\nx\",\"b,\"\"c\"\"\"\r\n,\n", 2, 2),
        ("\"\",\"\"\n\"\"\"\",x\n", 2, 2),
        ("a,b\nc,d", 2, 1),
        ("a,b,c\nd,e\nf,g\n", 2, 2),
        ("a,b\rc,d\n", 2, 1),
        ("a,b\n\nc,d\n", 2, 1),
        ("h0,b\nc,d\n", 2, 1),
        ("\u{feff}a,b\nc,d\n", 2, 1),
        ("a\"b,c\nd,e\n", 2, 1),
        ("a\nb\n", 1, 0),
    ];
    for (text, width, easy) in cases {
        assert_eq!(assert_same(text.as_bytes(), width), easy, "{text:?}");
    }
}

#[test]
fn batches_and_pieces_may_end_anywhere() {
    for length in 0..70 {
        let row = format!("\"{}\r\n\",b\r\n", "x".repeat(length));
        let text = row.repeat(600);
        assert_eq!(assert_same(text.as_bytes(), 2), 600, "{length}");
    }
}

#[test]
fn a_record_without_end_is_not_collected() {
    let text = ",".repeat(1 << 20);
    let header = header(2);
    let mut scanner = Scanner::new(text.as_bytes(), &header, true);
    let mut batch = RecordBatch::default();
    assert!(!scanner.fill(&mut batch, header.len()));
    assert!(batch.ends.capacity() < 1 << 12);
}

proptest! {
    #[test]
    fn masks_are_the_same_byte_by_byte(bytes in prop::collection::vec(prop_oneof![
        any::<u8>(), Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'),
    ], WIDTH)) {
        let piece: [u8; WIDTH] = bytes.try_into().unwrap();
        prop_assert_eq!(Masks::of(&piece), Masks::by_bytes(&piece));
    }

    #[test]
    fn parity_is_that_of_the_bits_so_far(bits in any::<u64>()) {
        let parity = running_parity(bits);
        let mut odd = 0;
        for at in 0..64 {
            odd ^= bits >> at & 1;
            prop_assert_eq!(parity >> at & 1, odd);
        }
    }

    #[test]
    fn any_bytes_give_the_same_records(
        text in prop::collection::vec(prop_oneof![
            4 => Just(b'a'), 4 => Just(b','), 3 => Just(b'"'), 2 => Just(b'\n'), 1 => Just(b'\r'),
            1 => any::<u8>(),
        ], 0..400),
        width in 1_usize..4,
    ) {
        assert_same(&text, width);
    }

    #[test]
    fn written_rows_give_the_same_records(
        rows in prop::collection::vec(prop::collection::vec("[a\",\r\n ]{0,40}", 3), 0..40),
        crlf in any::<bool>(),
    ) {
        let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(end).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let easy = assert_same(&text, 3);
        prop_assert_eq!(easy, rows.len());
    }
}
