//! Workbooks hold the rows that were given, in any batches and on any number of threads.

use crate::data::engine::batches::{Batch, TextValues, Values};
use crate::data::error::DataError;
use crate::data::export::xlsx::cells::SheetCells;
use crate::data::export::xlsx::parts::FIXED;
use crate::data::export::xlsx::{Losses, MOST_COLUMNS, MOST_ROWS, XlsxSheet, together};
use crate::domain::table::text_table::{Heading, Holds};
use std::io::{Cursor, Read};
use zip::ZipArchive;

fn heading(name: &str, holds: Holds) -> Heading {
    Heading {
        name: name.to_owned(),
        holds,
    }
}

fn part(book: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(book)).unwrap();
    let mut text = String::new();
    let mut part = archive.by_name(name).unwrap();
    part.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_small_sheet_has_its_headings_rows_and_description() {
    let folder = tempfile::tempdir().unwrap();
    let headings = [
        heading("Meter <A>", Holds::Text),
        heading("cost", Holds::Number),
        heading("date", Holds::Day),
    ];
    let mut sheet = XlsxSheet::new(&headings, folder.path()).unwrap();
    let row = |values: [Option<&str>; 3]| values.map(|value| value.map(ToOwned::to_owned)).to_vec();
    let rows = [
        row([Some("=cmd"), Some("0.12345678901234567"), None]),
        row([None, None, Some("2026-10-31")]),
    ];
    sheet.take(&rows).unwrap();
    sheet.take(&[row([Some(""), None, Some("later")])]).unwrap();
    let mut book = Vec::new();
    let losses = sheet
        .finish(&[("sources", "a & b".to_owned())], &mut book)
        .unwrap();
    assert_eq!((losses.rounded, losses.cut), (1, 0));
    let costs = part(&book, "xl/worksheets/sheet1.xml");
    for words in [
        "<dimension ref=\"A1:C4\"/>",
        "<col min=\"3\" max=\"3\" width=\"12.7109375\" customWidth=\"1\"/></cols>",
        "<sheetData><row r=\"1\"><c r=\"A1\" s=\"1\" t=\"inlineStr\"><is><t>Meter &lt;A&gt;</t></is></c>",
        "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>=cmd</t></is></c><c r=\"B2\"><v>0.12345678901234566</v></c></row>",
        "<row r=\"3\"><c r=\"C3\" s=\"2\"><v>46326</v></c></row>",
        "<row r=\"4\"><c r=\"C4\" t=\"inlineStr\"><is><t>later</t></is></c></row></sheetData>",
    ] {
        assert!(costs.contains(words), "{words}: {costs}");
    }
    let about = part(&book, "xl/worksheets/sheet2.xml");
    assert!(about.contains("<t>a &amp; b</t>"), "{about}");
    for (name, _) in FIXED {
        assert!(part(&book, name).starts_with("<?xml "), "{name}");
    }
}

/// A batch of one column with the same value.
fn batch(rows: usize) -> Batch<SheetCells> {
    let mut column = TextValues::default();
    let code = column.texts.number("a");
    column.codes = vec![code; rows];
    Batch {
        rows,
        columns: vec![SheetCells::of(Holds::Text, Values::Texts(column))],
    }
}

#[test]
fn rows_are_the_same_on_any_number_of_threads_and_in_any_batches() {
    let folder = tempfile::tempdir().unwrap();
    let count = together(1) * 3 + 7;
    let mut books = Vec::new();
    for (threads, sizes) in [(1, vec![count]), (3, vec![count]), (2, vec![1, count - 1])] {
        let mut sheet = XlsxSheet::new(&[heading("m", Holds::Text)], folder.path()).unwrap();
        for size in sizes {
            sheet.take_batch(&batch(size), threads, || Ok(())).unwrap();
        }
        let mut book = Vec::new();
        sheet.finish(&[], &mut book).unwrap();
        let costs = part(&book, "xl/worksheets/sheet1.xml");
        let last = format!("<row r=\"{0}\"><c r=\"A{0}\"", count + 1);
        assert!(costs.contains(&last), "{threads}");
        assert_eq!(costs.matches("<row ").count(), count + 1);
        books.push(costs);
    }
    assert!(books.iter().all(|book| *book == books[0]));
}

#[test]
fn more_than_a_sheet_holds_and_rows_that_are_not_wanted_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let columns = vec![heading("m", Holds::Text); MOST_COLUMNS + 1];
    assert!(XlsxSheet::new(&columns, folder.path()).is_err());
    let mut sheet = XlsxSheet::new(&columns[..1], folder.path()).unwrap();
    let most = MOST_ROWS as usize - 1;
    let Err(error) = sheet.take_batch(&batch(most + 1), 2, || Ok(())) else {
        panic!("there is no room for them");
    };
    assert!(
        error.to_string().contains("a sheet holds 1048575 rows"),
        "{error}"
    );
    sheet.take_batch(&batch(most), 2, || Ok(())).unwrap();
    assert!(sheet.take_batch(&batch(1), 2, || Ok(())).is_err());
    let mut sheet = XlsxSheet::new(&columns[..1], folder.path()).unwrap();
    let refused = sheet.take_batch(&batch(9), 2, || Err(DataError::Cancelled));
    assert!(matches!(refused, Err(DataError::Cancelled)));
}

#[test]
fn cut_texts_are_told_with_their_number_and_columns() {
    let losses = |cut, columns: &[&str]| Losses {
        cut,
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        ..Losses::default()
    };
    assert_eq!(losses(0, &[]).cut_words(), None);
    for (cut, columns, expected) in [
        (
            1,
            &["Tags"][..],
            "1 cell was cut: a spreadsheet holds 32,767 characters in a cell, and the column Tags had more",
        ),
        (
            1_200,
            &["Tags", "AdditionalInfo"],
            "1,200 cells were cut: a spreadsheet holds 32,767 characters in a cell, and the columns Tags, AdditionalInfo \
             had more",
        ),
    ] {
        let words = losses(cut, columns).cut_words().unwrap();
        assert!(words.starts_with(expected), "{words}");
    }
}
