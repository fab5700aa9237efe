//! Parquet of other programs whose columns are texts or bytes: headers among the rows, bytes without text, and how far the
//! reading is.

use crate::support::file;
use crate::support::typed_parquet::{Kind, Typed, file as parquet};
use crate::typed_columns::{ROWS, column, facts, read, text};
use costscope::data::dataset::DataPart;
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::early::EarlyRows;
use costscope::data::dataset::read::read_file;
use costscope::data::dataset::wanted::Wanted;
use costscope::data::progress::Progress;
use costscope::domain::query::Query;
use costscope::domain::query::group_key::GroupKey;
use std::sync::Mutex;
use tempfile::TempDir;

/// Columns of texts only, with dates and costs among them.
fn texts_only(rows: i64) -> Vec<Typed> {
    let column = |name, value: &dyn Fn(i64) -> (Option<Vec<u8>>, String)| {
        let values: Vec<_> = (0..rows).map(value).collect();
        column(name, Kind::Text, &values).0
    };
    vec![
        column("ResourceGroup", &|row| text(&format!("rg-{}", row % 7))),
        column("BillingCurrencyCode", &|_| text("EUR")),
        column("Date", &|row| text(&format!("2026-10-{:02}", row % 28 + 1))),
        column("CostInBillingCurrency", &|_| text("0.25")),
    ]
}

/// Programs that join CSV files and convert them keep the headers as rows.
#[test]
fn a_header_among_texts_is_left_out_and_named_and_another_one_is_refused() {
    let folder = TempDir::new().unwrap();
    for group in [7, 60] {
        let mut columns = texts_only(ROWS);
        for at in [30, 45] {
            for column in &mut columns {
                column.values[at] = Some(column.name.as_bytes().to_vec());
            }
        }
        let path = file(folder.path(), "costs.parquet", parquet(&columns, group));
        let data = read(&path, (1 << 20, 2)).unwrap();
        let found = facts(&data, &["resource-group"]);
        assert_eq!(found.rows, 58);
        assert_eq!(found.repairs, [("repeated-header", 2, 31)]);
        let costs: Vec<&str> = found.groups["resource-group"]
            .iter()
            .map(|(_, cost)| cost.as_str())
            .collect();
        // Without rows 31 and 46, the groups 2 and 3 have as many rows as the later ones.
        assert_eq!(costs, ["2.25", "2.25", "2", "2", "2", "2", "2"]);
        columns[3].values[45] = Some(b"PreTaxCost".to_vec());
        let path = file(folder.path(), "costs.parquet", parquet(&columns, group));
        let Err(error) = read(&path, (1 << 20, 2)) else {
            panic!("it was read");
        };
        let said = error.to_string();
        assert!(said.starts_with("costs.parquet, row 46, column "), "{said}");
    }
}

#[test]
fn bytes_are_text_or_named_and_left_out() {
    let folder = TempDir::new().unwrap();
    let bytes = |name, value: &dyn Fn(usize) -> Vec<u8>| Typed {
        name,
        kind: Kind::Bytes,
        values: (0..60).map(|row| Some(value(row))).collect(),
        coded: 0,
    };
    for (coded, group) in [(0, 60), (60, 60), (0, 7)] {
        let mut columns = texts_only(ROWS);
        columns.push(bytes("MeterName", &|row| {
            format!("m-{}", row % 3).into_bytes()
        }));
        columns.push(bytes("Signature", &|row| {
            vec![0xff, u8::from(row % 5 == 0)]
        }));
        for column in &mut columns {
            column.coded = coded;
        }
        let path = file(folder.path(), "costs.parquet", parquet(&columns, group));
        let data = read(&path, (1 << 20, 2)).unwrap();
        let source = &data.sources()[0];
        assert_eq!(source.unread, ["Signature"]);
        let found = facts(&data, &["meter"]);
        assert_eq!(found.repairs, [("unread-column", 1, 1)]);
        assert_eq!((found.rows, found.groups["meter"].len()), (60, 3));
        columns[3] = bytes("CostInBillingCurrency", &|_| vec![0xfe, 0xff]);
        let path = file(folder.path(), "costs.parquet", parquet(&columns, group));
        let Err(error) = read(&path, (1 << 20, 2)) else {
            panic!("it was read");
        };
        let said = error.to_string();
        for words in ["CostInBillingCurrency", "binary data", "a decimal"] {
            assert!(said.contains(words), "{said}");
        }
    }
}

/// Notes how far the reading is each time when rows are handed on.
struct Watching<'a> {
    wanted: Wanted,
    progress: &'a Progress,
    seen: Mutex<Vec<(u64, u64)>>,
}

impl EarlyRows for Watching<'_> {
    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn is_due(&self) -> bool {
        true
    }

    fn begin(&self, _: &str) {}

    fn again(&self, _: &str) {
        self.seen.lock().unwrap().clear();
    }

    fn lose(&self) {
        panic!("rows are missing");
    }

    fn take(&self, _: &str, _: DataPart) {
        self.seen.lock().unwrap().push(self.progress.bytes());
    }

    fn whole(&self, _: &DataPart) {}
}

#[test]
fn the_bytes_of_columns_that_are_read_as_text_are_counted_row_by_row() {
    let folder = TempDir::new().unwrap();
    let mut columns = texts_only(10_000);
    // The mark makes it a text.
    columns[0].values[0] = Some("\u{feff}rg".as_bytes().to_vec());
    let path = file(folder.path(), "costs.parquet", parquet(&columns, 500));
    let length = std::fs::metadata(&path).unwrap().len();
    let progress = Progress::default();
    let asked = Query {
        group_by: vec![GroupKey::Month],
        ..Query::default()
    };
    let watching = Watching {
        wanted: Wanted::by(&asked).unwrap(),
        progress: &progress,
        seen: Mutex::default(),
    };
    let options = Options {
        block: 2_000,
        threads: 1,
        early: Some(&watching),
        ..Options::new(&progress)
    };
    let parts = read_file(&path, "costs.parquet", folder.path(), &options).unwrap();
    let mut repairs = parts[0].source().repairs.iter();
    assert!(repairs.any(|repair| repair.kind == "second-bom"));
    let seen = watching.seen.into_inner().unwrap();
    assert!(seen.is_sorted() && seen.len() > 20, "{seen:?}");
    assert!(seen[0].0 < length / 2, "{seen:?}");
    assert_eq!(progress.bytes(), (length, length));
}
