//! Parquet of other programs with typed columns: the same rows, sums, repairs and groups as in CSV.

use crate::support::typed_parquet::{Kind, Typed, file as parquet, file_of};
use crate::support::{file, fixture};
use costscope::data::dataset::Dataset;
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read::read_file;
use costscope::data::error::DataError;
use costscope::data::progress::Progress;
use costscope::data::query;
use costscope::domain::query::Query;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::table::Body;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

pub(crate) fn read(path: &Path, (block, threads): (usize, usize)) -> Result<Dataset, DataError> {
    let progress = Progress::default();
    let options = Options {
        block,
        threads,
        ..Options::new(&progress)
    };
    let name = path.file_name().unwrap().to_str().unwrap();
    read_file(path, name, path.parent().unwrap(), &options).map(Dataset::join)
}

/// What two files with the same rows have in common.
#[derive(Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) rows: u64,
    totals: String,
    days: String,
    fingerprint: String,
    /// Kind, count and row of each repair.
    pub(crate) repairs: Vec<(&'static str, u64, u64)>,
    pub(crate) groups: BTreeMap<String, Vec<(Vec<Option<String>>, String)>>,
}

pub(crate) fn facts(data: &Dataset, keys: &[&str]) -> Facts {
    let source = &data.sources()[0];
    let row = |line: u64| if source.by_row { line } else { line.max(2) - 1 };
    let repairs = source.repairs.iter();
    let mut repairs: Vec<_> = repairs
        .map(|repair| (repair.kind, repair.count, row(repair.first_line)))
        .filter(|(kind, _, _)| *kind != "float-amount")
        .collect();
    repairs.sort_unstable();
    let groups = keys.iter().map(|key| {
        let question = Query {
            group_by: vec![GroupKey::parse(key).unwrap()],
            ..Query::default()
        };
        let Body::Groups { groups, .. } = query::run(data, &question).unwrap().body else {
            panic!("no groups");
        };
        let groups = groups.into_iter();
        let mut groups: Vec<_> = groups
            .map(|group| (group.keys, group.cost.amount.to_string()))
            .collect();
        groups.sort();
        ((*key).to_owned(), groups)
    });
    Facts {
        rows: data.rows(),
        totals: format!("{:?}", source.totals),
        days: format!("{:?}", data.days()),
        fingerprint: format!("{:?}", source.fingerprint),
        repairs,
        groups: groups.collect(),
    }
}

/// A column and how its values are written in CSV.
pub(crate) fn column(
    name: &'static str,
    kind: Kind,
    values: &[(Option<Vec<u8>>, String)],
) -> (Typed, Vec<String>) {
    let typed = Typed {
        name,
        kind,
        values: values.iter().map(|(bytes, _)| bytes.clone()).collect(),
        coded: 0,
    };
    (typed, values.iter().map(|(_, text)| text.clone()).collect())
}

pub(crate) fn text(text: &str) -> (Option<Vec<u8>>, String) {
    (
        Some(text.as_bytes().to_vec()),
        format!("\"{}\"", text.replace('"', "\"\"")),
    )
}

fn missing() -> (Option<Vec<u8>>, String) {
    (None, String::new())
}

fn csv(columns: &[(Typed, Vec<String>)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(typed, _)| typed.name).collect();
    let mut out = names.join(",") + "\n";
    for row in 0..columns[0].1.len() {
        let values: Vec<&str> = columns
            .iter()
            .map(|(_, texts)| texts[row].as_str())
            .collect();
        out += &(values.join(",") + "\n");
    }
    out
}

/// Compares the rows as Parquet with the same rows as CSV, in blocks and row groups of several sizes.
fn compare(columns: Vec<(Typed, Vec<String>)>, keys: &[&str]) {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", csv(&columns));
    let expected = facts(&read(&path, (1 << 20, 1)).unwrap(), keys);
    let mut columns: Vec<Typed> = columns.into_iter().map(|(typed, _)| typed).collect();
    let rows = columns[0].values.len();
    for coded in [0, rows / 3, rows] {
        for column in columns
            .iter_mut()
            .filter(|column| matches!(column.kind, Kind::Text))
        {
            column.coded = coded;
        }
        for group in [5, 33, rows] {
            let path = file(folder.path(), "costs.parquet", parquet(&columns, group));
            for options in [(1 << 20, 2), (20_000, 1), (1, 3)] {
                let found = facts(&read(&path, options).unwrap(), keys);
                assert_eq!(
                    found, expected,
                    "{coded} coded, {group} in a group, {options:?}"
                );
            }
        }
    }
}

pub(crate) const ROWS: i64 = 60;

fn words(row: i64) -> (Option<Vec<u8>>, String) {
    match row % 8 {
        7 => text(" NULL\u{a0}"),
        0 => text("rg-1"),
        1 => text(" rg-1 "),
        2 => text("NULL"),
        3 => missing(),
        4 => text("a,\"b\" \u{e9}"),
        5 => text("rg\u{200b}"),
        _ => text(""),
    }
}

fn common() -> Vec<(Typed, Vec<String>)> {
    let rows = || 0..ROWS;
    let currency = |row: i64| text(if row % 5 == 0 { " usd" } else { "EUR" });
    let charge = |row: i64| text(if row % 9 == 0 { "Purchase" } else { "Usage" });
    let tags = |row: i64| match row % 4 {
        0 => text("{\"env\":\"prod\"}"),
        1 => text("{\"Env\":\"test\",\"team\":\"x\"}"),
        2 => text("{broken"),
        _ => missing(),
    };
    vec![
        column(
            "ResourceGroup",
            Kind::Text,
            &rows().map(words).collect::<Vec<_>>(),
        ),
        column(
            "BillingCurrencyCode",
            Kind::Text,
            &rows().map(currency).collect::<Vec<_>>(),
        ),
        column(
            "ChargeType",
            Kind::Text,
            &rows().map(charge).collect::<Vec<_>>(),
        ),
        column("Tags", Kind::Text, &rows().map(tags).collect::<Vec<_>>()),
    ]
}

const KEYS: [&str; 5] = [
    "resource-group",
    "currency",
    "charge-type",
    "tag:env",
    "month",
];

#[test]
fn typed_columns_are_read_like_their_text() {
    let doubles = [
        0.1,
        -2.5,
        0.0,
        1e-19,
        12_345.678_901_234_567,
        1e15,
        3.0,
        -0.0,
        1.0 / 3.0,
    ];
    let double = |row: i64| {
        let value: f64 = doubles[usize::try_from(row).unwrap() % doubles.len()];
        (Some(value.to_le_bytes().to_vec()), value.to_string())
    };
    let date = |row: i64| {
        if row == 11 {
            return missing();
        }
        let day = 20_727 + row % 31;
        let text = chrono::DateTime::from_timestamp(day * 86_400, 0).unwrap();
        let bytes = i32::try_from(day).unwrap().to_le_bytes().to_vec();
        (Some(bytes), text.format("%Y-%m-%d").to_string())
    };
    let cents = |row: i64| {
        let sign = if row < 5 { "-" } else { "" };
        let bytes = (row - 5).to_le_bytes().to_vec();
        (Some(bytes), format!("{sign}0.{:02}", (row - 5).abs()))
    };
    let wide = |row: i64| {
        let value = i128::from(row) * 1_000_000_000_000_000_007;
        (Some(value.to_be_bytes().to_vec()), format!("{value}e-20"))
    };
    let whole = |row: i64| {
        let bytes = i32::try_from(row).unwrap().to_le_bytes().to_vec();
        (Some(bytes), row.to_string())
    };
    let mut columns = common();
    columns.push(column(
        "Date",
        Kind::Date,
        &(0..ROWS).map(date).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "CostInBillingCurrency",
        Kind::Double,
        &(0..ROWS).map(double).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "UnitPrice",
        Kind::Decimal64(2),
        &(0..ROWS).map(cents).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "EffectivePrice",
        Kind::Decimal128(20),
        &(0..ROWS).map(wide).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "Quantity",
        Kind::Int32,
        &(0..ROWS).map(whole).collect::<Vec<_>>(),
    ));
    compare(columns, &KEYS);
}

#[test]
fn times_and_words_in_typed_columns_change_how_they_are_read() {
    let time = |row: i64| {
        let seconds = 1_790_812_800 + row * 3_600;
        let text = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let bytes = (seconds * 1_000_000).to_le_bytes().to_vec();
        (Some(bytes), text.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    let amount = |row: i64| match row % 5 {
        4 => text(" NULL "),
        0 => text("1.25"),
        1 => text(" "),
        2 => text("0.0000000000000000015"),
        _ => missing(),
    };
    let number = |row: i64| match row {
        20 => text("\tNULL"),
        40 => text("none"),
        _ => text("2"),
    };
    let mut columns = common();
    columns.push(column(
        "Date",
        Kind::Timestamp,
        &(0..ROWS).map(time).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "OrderDate",
        Kind::Timestamp,
        &(0..ROWS).map(time).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "CostInBillingCurrency",
        Kind::Text,
        &(0..ROWS).map(amount).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "Quantity",
        Kind::Text,
        &(0..ROWS).map(number).collect::<Vec<_>>(),
    ));
    compare(columns, &KEYS);
}

#[test]
fn an_invalid_amount_among_typed_columns_names_its_row() {
    let amount = |row: i64| text(if row == 40 { "much" } else { "1" });
    let date = |_| text("2026-10-01");
    let mut columns = common();
    columns.push(column(
        "Date",
        Kind::Text,
        &(0..ROWS).map(date).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "CostInBillingCurrency",
        Kind::Text,
        &(0..ROWS).map(amount).collect::<Vec<_>>(),
    ));
    let columns: Vec<Typed> = columns.into_iter().map(|(typed, _)| typed).collect();
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.parquet", parquet(&columns, 7));
    let Err(error) = read(&path, (1 << 20, 2)) else {
        panic!("it was read");
    };
    assert_eq!(
        error.to_string(),
        "costs.parquet, row 41, column CostInBillingCurrency: `much` is not a number"
    );
}

/// The fixture was written by pyarrow 26 with `compression="brotli"`, dictionaries, and packed codes.
#[test]
fn a_file_compressed_with_brotli_is_read_like_its_text() {
    let mut text =
        "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup,ChargeType,Tags\n".to_owned();
    for row in 0..500 {
        let group = if row % 11 == 0 {
            String::new()
        } else {
            format!("rg-{}", row * 7 % 90)
        };
        let tags = format!("\"{{\"\"env\"\":\"\"{}\"\"}}\"", row % 3);
        let day = row % 31 + 1;
        text += &format!("2026-10-{day:02},{row}.25,EUR,{group},Usage,{tags}\n");
    }
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", text);
    let expected = facts(&read(&path, (1 << 20, 1)).unwrap(), &KEYS);
    let path = fixture("brotli.parquet");
    for options in [(1 << 20, 2), (30_000, 1), (5_000, 2)] {
        assert_eq!(facts(&read(&path, options).unwrap(), &KEYS), expected);
    }
}

#[test]
fn a_file_compressed_with_lzo_is_refused_with_a_way_out() {
    /// The number of LZO in `parquet.thrift`.
    const LZO: i32 = 3;
    let mut columns = common();
    columns.push(column(
        "Date",
        Kind::Text,
        &(0..ROWS).map(|_| text("2026-10-01")).collect::<Vec<_>>(),
    ));
    columns.push(column(
        "CostInBillingCurrency",
        Kind::Text,
        &(0..ROWS).map(|_| text("1")).collect::<Vec<_>>(),
    ));
    let columns: Vec<Typed> = columns.into_iter().map(|(typed, _)| typed).collect();
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.parquet", file_of(&columns, 60, LZO));
    let Err(error) = read(&path, (1 << 20, 2)) else {
        panic!("it was read");
    };
    assert_eq!(
        error.to_string(),
        "costs.parquet: column ResourceGroup: it is compressed with LZO, which costscope cannot read; write the file with \
         zstd or snappy"
    );
}
