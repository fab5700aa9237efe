//! Lines are the same as if each value were written by itself.

use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::engine::batches::{Batch, TextValues, Values};
use crate::data::export::lines::{LineForm, LineWriter};
use crate::domain::money::Amount;
use crate::domain::table::group::Cell;
use crate::domain::table::json::RowRecord;
use crate::domain::table::text_table::markdown_row;
use crate::domain::text::escape::Csv;

const TEXTS: [Option<&str>; 7] = [
    Some("a"),
    None,
    Some(""),
    Some("=1+1"),
    Some("a,\"b\"\n"),
    Some("bell \u{7} and rtl \u{202e}"),
    Some("a|b *c*"),
];
const AMOUNTS: [i128; 7] = [
    0,
    NO_AMOUNT,
    1,
    -1,
    25 * 10_i128.pow(17),
    -(10_i128.pow(37)),
    7,
];

fn texts() -> Values {
    let mut column = TextValues::default();
    for text in TEXTS {
        let code = text.map(|text| column.texts.number(text));
        column.codes.push(code.unwrap_or(u32::MAX));
    }
    Values::Texts(column)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// So many times the rows of a column of texts and one of amounts.
fn written(form: LineForm, batches: usize, threads: usize) -> String {
    let lines = LineWriter::new(form, &names(&["na\"me", "cost"]));
    let mut out = lines.head(&names(&["na\"me", "cost"])).into_bytes();
    for batch in 0..batches {
        let amounts = Values::Amounts(AMOUNTS.to_vec());
        let columns = vec![lines.prepare(0, texts()), lines.prepare(1, amounts)];
        let batch_of = Batch { rows: 7, columns };
        let written = lines.write(threads, (&batch_of, batch == 0), |text| {
            out.extend_from_slice(text);
            Ok(())
        });
        written.unwrap();
    }
    String::from_utf8(out).unwrap()
}

fn rows() -> Vec<Vec<Cell>> {
    let amount = |units: i128| (units != NO_AMOUNT).then(|| Amount::from_units(units));
    let rows = TEXTS.iter().zip(AMOUNTS);
    rows.map(|(text, units)| {
        let text = Cell::Text(text.map(ToOwned::to_owned));
        vec![text, Cell::Amount(amount(units))]
    })
    .collect()
}

#[test]
fn csv_has_the_fields_of_each_form() {
    for form in [Csv::Spreadsheet, Csv::Guarded, Csv::Raw] {
        let mut expected = String::new();
        let mut line = |values: [Option<String>; 2]| {
            let fields = values.map(|value| {
                let mut field = String::new();
                form.field(value.as_deref(), &mut field);
                field
            });
            expected.extend([fields.join(",").as_str(), "\n"]);
        };
        line(["na\"me", "cost"].map(|name| Some(name.to_owned())));
        for row in rows() {
            line([0, 1].map(|at: usize| row[at].exact()));
        }
        assert_eq!(written(LineForm::Csv(form), 1, 1), expected);
    }
}

#[test]
fn csv_on_a_terminal_shows_control_characters() {
    let text = written(LineForm::ShownCsv(Csv::Raw), 1, 2);
    assert!(text.contains("bell \u{2407} and rtl"), "{text}");
    assert!(!text.contains(['\u{7}', '\u{202e}']), "{text}");
}

#[test]
fn one_missing_value_is_still_a_line() {
    let lines = LineWriter::new(LineForm::Csv(Csv::Raw), &names(&["name"]));
    let batch = Batch {
        rows: 3,
        columns: vec![lines.prepare(0, texts())],
    };
    let mut out = Vec::new();
    let written = lines.write(2, (&batch, true), |text| {
        out.extend_from_slice(text);
        Ok(())
    });
    written.unwrap();
    assert_eq!(out, b"a\n\"\"\n\"\"\n");
}

#[test]
fn json_is_that_of_the_serializer() {
    let columns = names(&["na\"me", "cost"]);
    let record = |cells: &Vec<Cell>| {
        let record = RowRecord {
            columns: &columns,
            cells,
        };
        serde_json::to_value(record).unwrap()
    };
    let records: Vec<serde_json::Value> = rows().iter().map(record).collect();
    let plain = rows();
    let plain = plain.iter().map(|cells| {
        let record = RowRecord {
            columns: &columns,
            cells,
        };
        serde_json::to_string(&record).unwrap()
    });
    let expected = plain.collect::<Vec<_>>().join(",\n");
    assert_eq!(written(LineForm::Json, 1, 2), format!("\n{expected}"));
    let both = [&records[..], &records[..]].concat();
    let pretty = written(LineForm::PrettyJson, 2, 1);
    assert!(!pretty.contains(['\u{7}', '\u{202e}']), "{pretty}");
    let read: Vec<serde_json::Value> = serde_json::from_str(&format!("[{pretty}\n]")).unwrap();
    assert_eq!(read, both);
}

#[test]
fn markdown_has_the_same_rows() {
    let rows = rows();
    let expected = rows.iter().map(|row| {
        let row: Vec<Option<String>> = row.iter().map(Cell::exact).collect();
        markdown_row(&row)
    });
    assert_eq!(
        written(LineForm::Markdown, 1, 2),
        expected.collect::<String>()
    );
}

#[test]
fn an_error_of_the_output_stops() {
    let lines = LineWriter::new(LineForm::Csv(Csv::Raw), &names(&["name"]));
    let mut column = TextValues::default();
    let code = column.texts.number("a");
    column.codes = vec![code; 5_500];
    let batch = Batch {
        rows: 5_500,
        columns: vec![lines.prepare(0, Values::Texts(column))],
    };
    for threads in [1, 3] {
        let mut sizes = Vec::new();
        let written = lines.write(threads, (&batch, true), |text| {
            sizes.push(text.len());
            Ok(())
        });
        written.unwrap();
        assert_eq!(sizes, [2_000, 2_000, 2_000, 2_000, 2_000, 1_000]);
        let refused = lines.write(threads, (&batch, true), |_| {
            Err(std::io::ErrorKind::BrokenPipe.into())
        });
        assert!(refused.is_err());
    }
}
