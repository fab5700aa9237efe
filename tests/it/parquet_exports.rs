//! Exports to Parquet open as the tables that they are, for as long as they are not changed.

use crate::support::{file, run, stderr};
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read::read_file;
use costscope::data::dataset::{DataPart, Dataset};
use costscope::data::progress::Progress;
use costscope::data::query;
use costscope::domain::query::Query;
use costscope::domain::query::group_key::parse_keys;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The note of an export about the table in it.
const NOTE: &[u8] = b"costscope.export";

fn costs() -> String {
    let mut text = "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup,ResourceId,ChargeType,PricingModel,\
                    Quantity,Tags,AdditionalInfo,PurchaseDate\n"
        .to_owned();
    for row in 0..900 {
        let group = ["", "rg-a", "RG-b", "rg-c"][row % 4];
        let (charge, pricing) = match row % 300 {
            7 => ("Purchase", "Reservation"),
            _ => ("Usage", "OnDemand"),
        };
        let tags = match row % 5 {
            0 => String::new(),
            kind => format!(
                "\"{{\"\"env\"\":\"\"e{kind}\"\",\"\"Team\"\":\"\"t{}\"\"}}\"",
                row % 9
            ),
        };
        let currency = ["EUR", "USD"][usize::from(row.is_multiple_of(11))];
        let day = row % 31 + 1;
        let cost = if row == 600 {
            String::new()
        } else {
            format!("{row}.000000000000000001")
        };
        let info = if row == 400 {
            "a\u{200b}b".to_owned()
        } else {
            format!("NULL {}", row % 50)
        };
        text += &format!(
            "10/{day:02}/2026,{cost},{currency},{group},/subscriptions/s/resourceGroups/rg-x/{},{charge},{pricing},\
             {}.5,{tags},{info},\n",
            row % 40,
            row % 3,
        );
    }
    text
}

fn export(folder: &Path, more: &[&str]) -> PathBuf {
    let source = file(folder, "costs.csv", costs());
    let target = folder.join("rows.parquet");
    let asked = [
        "export",
        source.to_str().unwrap(),
        "--to",
        target.to_str().unwrap(),
    ];
    let done = run(folder, &[&asked[..], more].concat());
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    target
}

fn opened(path: &Path) -> Result<DataPart, String> {
    let progress = Progress::default();
    let options = Options::new(&progress);
    let parts = read_file(path, "rows.parquet", path.parent().unwrap(), &options);
    let mut parts = parts.map_err(|error| error.to_string())?;
    assert_eq!(parts.len(), 1);
    Ok(parts.remove(0))
}

/// Everything that is said about a part, but for how the file was hashed; and its answers.
fn facts(part: DataPart) -> String {
    let source = part.source();
    let mut said = format!(
        "{:?} {:?} {:?} {} {:?} {:?} {:?} {} {:?} {:?}",
        source.metric,
        source.fingerprint,
        source.dialect,
        source.rows,
        source.days,
        source.totals,
        source.repairs,
        source.by_row,
        source.unread,
        source.bytes,
    );
    said += &format!(" {:?} {:?}", part.headers(), part.dates());
    let data = Dataset::join(vec![part]);
    for keys in [
        "resource-group",
        "tag:env,tag:team",
        "month,charge-type",
        "quantity",
        "AdditionalInfo",
    ] {
        let asked = Query {
            group_by: parse_keys(keys).unwrap(),
            ..Query::default()
        };
        let answer = query::run(&data, &asked);
        said += &format!("\n{:?}", answer.map_err(|error| error.to_string()));
    }
    let rows = query::run(&data, &Query::default());
    said + &format!("\n{:?}", rows.map_err(|error| error.to_string()))
}

/// A copy of a file with some bytes at their last place replaced.
fn changed(path: &Path, from: &[u8], to: &[u8]) -> PathBuf {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(from.len()).rposition(|window| window == from);
    let at = at.unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    file(path.parent().unwrap(), "changed.parquet", bytes)
}

#[test]
fn an_export_opens_like_its_columns_without_being_converted() {
    let folder = TempDir::new().unwrap();
    let cases: [&[&str]; 4] = [
        &[],
        &["--filter", "cost > 50 and currency = EUR"],
        &[
            "--columns",
            "date,cost,currency,ResourceGroup,Tags,Quantity,AdditionalInfo",
            "--sort",
            "date",
        ],
        &["--filter", "cost < 0"],
    ];
    for more in cases {
        let path = export(folder.path(), more);
        let table = opened(&path).unwrap();
        assert!(!table.is_converted(), "{more:?}");
        let columns = opened(&changed(&path, NOTE, b"costscope.exporT")).unwrap();
        assert!(columns.is_converted());
        assert_eq!(facts(table), facts(columns), "{more:?}");
    }
}

#[test]
fn an_export_by_other_rules_is_converted() {
    let folder = TempDir::new().unwrap();
    let path = export(folder.path(), &[]);
    let expected = facts(opened(&path).unwrap());
    let other = opened(&changed(&path, b", tables ", b", tables 9")).unwrap();
    assert!(other.is_converted());
    assert_eq!(facts(other), expected);
}

#[test]
fn a_damaged_export_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = export(folder.path(), &[]);
    let bytes = std::fs::read(&path).unwrap();
    let expected = facts(opened(&path).unwrap());
    let after_damage = |place: usize| {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        opened(&file(folder.path(), "damaged.parquet", bytes))
    };
    for place in [30, bytes.len() / 3] {
        let Err(error) = after_damage(place) else {
            panic!("the damage at {place} was not found");
        };
        assert!(error.contains("rows.parquet"), "{error}");
    }
    // The description of the table is in its footer. Without it, the columns are read as those of any other file.
    let footer = bytes.windows(4).position(|window| window == b"\"seg");
    for place in [bytes.len() / 2, footer.unwrap() + 20] {
        match after_damage(place) {
            Err(error) => assert!(error.contains("rows.parquet"), "{error}"),
            Ok(part) => assert_eq!(facts(part), expected, "{place}"),
        }
    }
}

#[test]
fn rows_that_would_be_read_otherwise_are_exported_as_plain_columns() {
    let folder = TempDir::new().unwrap();
    let text = "Date,Cost,Currency,Meter\n2026-10-01,1,EUR,m\n2026-10-02,2,EUR,n\n";
    let source = file(folder.path(), "costs.csv", text);
    for (columns, is_table) in [
        ("date,cost,currency,meter", true),
        ("meter,currency", false),
    ] {
        let target = folder.path().join("rows.parquet");
        let asked = [
            "export",
            source.to_str().unwrap(),
            "--columns",
            columns,
            "--to",
            target.to_str().unwrap(),
        ];
        let done = run(folder.path(), &asked);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        let bytes = std::fs::read(&target).unwrap();
        let has_note = bytes.windows(NOTE.len()).any(|window| window == NOTE);
        assert_eq!(has_note, is_table, "{columns}");
    }
}

/// A program that adds rows to a file may keep its notes, and write only a new footer.
#[test]
fn a_footer_of_other_rows_is_not_that_of_the_table() {
    /// The number of rows as the last structure of a footer has it: 900, and 899 ("Compact protocol").
    const ROWS: [&[u8]; 2] = [&[0x16, 0x88, 0x0e], &[0x16, 0x86, 0x0e]];
    let folder = TempDir::new().unwrap();
    let path = changed(&export(folder.path(), &[]), ROWS[0], ROWS[1]);
    let Err(error) = opened(&path) else {
        panic!("it was read");
    };
    assert!(error.contains("one value for each row"), "{error}");
}
