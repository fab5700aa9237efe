//! A single question reads only some columns, and its answer is that of all columns.

use crate::support::cost_files::{assert_refused, total};
use crate::support::generated_files::{
    Days, Layout, Said, all_days, encodings, layouts, mixed, said, written,
};
use crate::support::inside::run_inside;
use crate::support::typed_parquet::{Kind, Typed, file as parquet};
use crate::support::{file, fixture, stderr, stdout};
use costscope::data::dataset::Dataset;
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read;
use costscope::data::dataset::wanted::Wanted;
use costscope::data::progress::Progress;
use costscope::data::query;
use costscope::domain::query::group_key::{GroupKey, KEY_NAMES, parse_keys};
use costscope::domain::query::{Measure, Query, filter_text};
use proptest::prelude::*;
use std::path::Path;
use tempfile::TempDir;

/// Reads a file in blocks of so many bytes; the error as text.
fn opened(path: &Path, wanted: Option<&Wanted>, block: usize) -> Result<Dataset, String> {
    let progress = Progress::default();
    let options = Options {
        block,
        ..Options::new(&progress).only(wanted)
    };
    let scratch = path.parent().unwrap();
    let parts = read::read_file(path, "costs.csv", scratch, &options);
    parts.map(Dataset::join).map_err(|error| error.to_string())
}

/// The answer to a query and the facts that are shown with it, or the error.
fn answer(data: &Result<Dataset, String>, query: &Query) -> String {
    let data = match data {
        Ok(data) => data,
        Err(error) => return error.clone(),
    };
    let headers = data.headers().to_vec();
    let facts = (data.metric(), data.days(), data.rows(), headers);
    let totals: Vec<_> = data.sources().iter().map(|source| &source.totals).collect();
    match query::run(data, query) {
        Ok(table) => format!("{facts:?} {totals:?} {table:?}"),
        Err(error) => format!("{facts:?} {totals:?} {error}"),
    }
}

fn by(keys: &str) -> Query {
    Query {
        group_by: parse_keys(keys).unwrap(),
        ..Query::default()
    }
}

/// Queries of every kind that reads only some columns.
fn queries() -> Vec<Query> {
    let keys = KEY_NAMES.iter().filter(|(_, key)| key.groups());
    let mut texts: Vec<String> = keys.map(|(name, _)| (*name).to_owned()).collect();
    texts.extend(
        [
            "tag:env",
            "resource-group,charge-type",
            "AdditionalInfo",
            "Quantity",
            "nothing",
        ]
        .map(String::from),
    );
    let mut all: Vec<Query> = texts.iter().map(|text| by(text)).collect();
    for filter in [
        "resource-group != 'rg-a' and cost > 0.1",
        "tag:env = prod",
        "meter ~ m or date >= 2026-10-15",
        "subscription is missing",
    ] {
        let measures: Vec<Measure> = Measure::ALL.iter().map(|(_, measure)| *measure).collect();
        // Without quantities, equal rows are joined.
        let without = measures.iter().copied();
        let without = without.filter(|measure| *measure != Measure::Quantity);
        for (keys, measures) in [
            ("service", measures.clone()),
            ("charge-type", without.collect()),
        ] {
            all.push(Query {
                filter: Some(filter_text::parse(filter).unwrap()),
                pivot: Some(GroupKey::Month),
                measures,
                ..by(keys)
            });
        }
    }
    all
}

fn assert_same_answers(bytes: &[u8]) {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", bytes);
    let whole = opened(&path, None, 1 << 20);
    for (at, query) in queries().iter().enumerate() {
        let wanted = Wanted::by(query).unwrap();
        // Small blocks begin and end everywhere; in large ones, more rows are equal.
        let block = [1 << 20, 300, 3_000][at % 3] + at;
        let some = answer(&opened(&path, Some(&wanted), block), query);
        let text = String::from_utf8_lossy(bytes);
        let keys = &query.group_by;
        assert_eq!(
            some,
            answer(&whole, query),
            "{keys:?} in blocks of {block}: {text}"
        );
    }
}

/// The same rows several times over.
fn repeated(rows: &[Said], times: usize) -> Vec<Said> {
    let all = std::iter::repeat_n(rows, times).flatten();
    all.cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn some_columns_give_the_answers_of_all(
        rows in proptest::collection::vec(said(), 1..12),
        times in 1_usize..6,
        layout in layouts(),
        days in all_days(),
        encoding in encodings(),
        crlf in any::<bool>(),
    ) {
        let text = written(layout, &repeated(&rows, times), days, 0);
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        assert_same_answers(&encoding.bytes(&text));
    }

    #[test]
    fn some_columns_of_two_layouts_give_the_answers_of_all(
        rows in proptest::collection::vec(said(), 2..12),
        second in 0_usize..3,
    ) {
        let other = [Layout::Mca, Layout::Payg, Layout::Focus][second];
        assert_same_answers(mixed(Layout::Ea, other, &repeated(&rows, 3)).as_bytes());
    }
}

#[test]
fn some_columns_of_other_projects_files_give_the_answers_of_all() {
    let mut seen = 0;
    for entry in std::fs::read_dir(fixture("costs")).unwrap() {
        assert_same_answers(&std::fs::read(entry.unwrap().path()).unwrap());
        seen += 1;
    }
    assert!(seen > 5);
}

#[test]
fn damage_and_repairs_of_needed_columns_are_found() {
    let header = "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup,ChargeType,Info";
    let good = "10/05/2026,1.5,EUR,rg,Usage,i\n";
    for row in [
        "10/06/2026,1.5,EUR,rg,Usage,i,j\n",
        "10/06/2026,1.5\n",
        "10/06/2026,x,EUR,rg,Usage,i\n",
        "10/32/2026,1.5,EUR,rg,Usage,i\n",
        "10/06/2026,1.5,EUR,rg,Usage,\"i\n",
        "10/06/2026,1.5,EUR,rg,Usage,\"i\"j\n",
        "10/06/2026,1.5,EUR,r\"g,Usage,i\n",
        "31/10/2026,1.5,EUR,rg,Usage,i\n",
        "10/06/2026,,EUR,NULL,Usage,i\r",
        "Cost,Date,Currency,Other,ChargeType,Info\n",
        "10/06/2026,99999999999999999999,EUR,rg,Usage,i\n",
        "10/06/2026,1.5,EUR,rg,Usage",
    ] {
        let text = format!("{header}\n{}{row}{good}{row}", good.repeat(40));
        assert_same_answers(text.as_bytes());
    }
}

/// A file that is large enough for only some of its columns to be read; `from` makes its rows different from others.
fn large(from: usize) -> String {
    let mut text = "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup,ResourceId,ChargeType,SubscriptionId,Quantity,Tags,AdditionalInfo\r\n".to_owned();
    let info = "x".repeat(600);
    for row in from..from + 12_000 {
        let group = if row % 7 == 0 {
            String::new()
        } else {
            format!("rg-{}", row % 50)
        };
        text.push_str(&format!(
            "10/{:02}/2026,{row}.000000001,EUR,{group},/subscriptions/s/resourceGroups/rg-x/providers/v/{row},Usage,s,NULL,\"{{\"\"env\"\": \"\"{}\"\"}}\",{info}\r\n",
            row % 28 + 1,
            row % 3,
        ));
    }
    text
}

#[test]
fn a_large_file_gives_the_same_answer_from_some_columns() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", large(0));
    let path = path.to_str().unwrap();
    for keys in ["resource-group,charge-type", "month", "tag:env"] {
        for format in ["json", "csv", "table"] {
            let asked = ["show", path, "--group-by", keys, "--format", format];
            let some = run_inside(folder.path(), &asked);
            // All columns are read where two engines are compared.
            let whole = run_inside(folder.path(), &[&asked[..], &["--verify"]].concat());
            assert_eq!(stdout(&some), stdout(&whole), "{keys} {format}");
            assert_eq!(some.status.code(), Some(0), "{}", stderr(&some));
            // NULL in the column of quantities is not looked at.
            assert!(stderr(&whole).contains("NULL"), "{}", stderr(&whole));
            assert_eq!(stderr(&some), "", "{keys} {format}");
        }
    }
    let asked = ["show", path, "--group-by", "month", "--columns", "quantity"];
    let said = stderr(&run_inside(folder.path(), &asked));
    assert!(said.contains("NULL"), "{said}");
}

/// A question's own table has columns that no source has, whatever its headers are.
#[test]
fn columns_named_like_our_own_are_columns_of_the_source() {
    let folder = TempDir::new().unwrap();
    let row = "2026-10-01,1.5,EUR,rg,7,x\n".repeat(20);
    let head = "Date,Cost,BillingCurrency,ResourceGroup,costscope.rows,costscope.tags\n";
    let path = file(folder.path(), "costs.csv", format!("{head}{row}"));
    for (key, value) in [("resource-group", "rg"), ("costscope.rows", "7")] {
        let asked = [
            "show",
            path.to_str().unwrap(),
            "--no-cache",
            "--group-by",
            key,
        ];
        let shown = run_inside(folder.path(), &[&asked[..], &["--format", "csv"]].concat());
        let lines = stdout(&shown);
        assert!(
            lines.contains(&format!("{value},30,EUR")),
            "{lines}{}",
            stderr(&shown)
        );
    }
}

#[test]
fn large_sources_with_common_rows_are_refused_and_others_are_added() {
    let folder = TempDir::new().unwrap();
    let write = |name, from| {
        let path = file(folder.path(), name, large(from));
        path.to_str().unwrap().to_owned()
    };
    let one = write("one.csv", 0);
    let other = write("other.csv", 11_000);
    let apart = write("apart.csv", 50_000);
    let show = |sources: [&str; 2]| {
        let asked = [
            &["show"],
            &sources[..],
            &["--group-by", "month", "--format", "json"],
        ];
        run_inside(folder.path(), &asked.concat())
    };
    assert_refused(&show([&one, &other]), &["common rows (1,000 rows"]);
    let copy = write("copy.csv", 0);
    assert_refused(&show([&one, &copy]), &["the same rows"]);
    let both = show([&one, &apart]);
    assert_eq!(total(&both), "743988000.000024");
    // A blank group is that of the resource, which is read to tell rows apart, too.
    let asked = ["show", &one, &apart, "--group-by", "resource-group"];
    let some = run_inside(folder.path(), &asked);
    let whole = run_inside(folder.path(), &[&asked[..], &["--verify"]].concat());
    assert_eq!(stdout(&some), stdout(&whole));
    assert!(stdout(&some).contains("rg-x"), "{}", stdout(&some));
}

/// Days that prove nothing give the same answer or the same refusal.
#[test]
fn the_order_of_days_is_found_in_columns_that_are_not_asked_for() {
    let text = "Date,CostInBillingCurrency,BillingCurrencyCode,BillingPeriodStartDate,BillingPeriodEndDate,Meter\n\
                01/10/2026,1,EUR,01/10/2026,31/10/2026,m\n02/10/2026,2,EUR,01/10/2026,31/10/2026,m\n";
    assert_same_answers(text.as_bytes());
    assert_same_answers(written(Layout::Payg, &[], Days::Iso, 0).as_bytes());
}

/// A column of texts; an empty one is no value.
fn texts(name: &'static str, rows: i64, text: impl Fn(i64) -> String) -> Typed {
    let values = (0..rows).map(|row| Some(text(row).into_bytes()).filter(|text| !text.is_empty()));
    Typed {
        name,
        kind: Kind::Text,
        values: values.collect(),
        coded: 0,
    }
}

/// Rows whose details have this many bytes.
fn typed(rows: i64, details: usize) -> Vec<Typed> {
    let number = |bytes: fn(i64) -> Vec<u8>| (0..rows).map(|row| Some(bytes(row))).collect();
    let group = |row: i64| match row % 7 {
        0 => String::new(),
        3 => " rg-x ".to_owned(),
        _ => format!("rg-{}", row % 5),
    };
    let resource = |row: i64| {
        format!(
            "/subscriptions/s/resourceGroups/RG-Y/providers/v/{}",
            row % 40
        )
    };
    let month_end = |row: i64| ["2026-10-31", "10/31/2026"][usize::from(row % 2 == 1)].to_owned();
    vec![
        texts("ResourceGroup", rows, group),
        texts("ResourceId", rows, resource),
        Typed {
            name: "Date",
            kind: Kind::Date,
            values: number(|row| {
                i32::try_from(20_727 + row % 31)
                    .unwrap()
                    .to_le_bytes()
                    .to_vec()
            }),
            coded: 0,
        },
        Typed {
            name: "CostInBillingCurrency",
            kind: Kind::Decimal64(2),
            values: number(|row| (row * 17 - 200).to_le_bytes().to_vec()),
            coded: 0,
        },
        texts("BillingCurrencyCode", rows, |row| {
            ["EUR", "usd"][usize::from(row % 9 == 0)].to_owned()
        }),
        texts("BillingPeriodEndDate", rows, month_end),
        texts("ChargeType", rows, |row| {
            ["Usage", "Purchase"][usize::from(row % 20 == 0)].to_owned()
        }),
        texts("PricingModel", rows, |_| "OnDemand".to_owned()),
        texts("SubscriptionId", rows, |row| format!("s-{}", row % 3)),
        texts("Tags", rows, |row| format!("{{\"env\":\"{}\"}}", row % 4)),
        texts("MeterName", rows, |row| format!("m{}", row % 6)),
        texts("Quantity", rows, |row| {
            if row == 5 {
                "NULL".to_owned()
            } else {
                row.to_string()
            }
        }),
        texts("AdditionalInfo", rows, |row| {
            format!("{MARK}{row}{}", "x".repeat(details))
        }),
    ]
}

/// The start of the details of a row.
const MARK: &str = "details of row ";

#[test]
fn some_columns_of_parquet_give_the_answers_of_all() {
    let folder = TempDir::new().unwrap();
    let mut columns = typed(60, 3);
    for (coded, group) in [(0, 60), (25, 7), (60, 33)] {
        if coded == 25 {
            // Another spelling of the resource, which is not asked for.
            columns.push(texts("InstanceId", 60, |row| {
                format!("/SUBSCRIPTIONS/s/{row}")
            }));
        }
        let texts = columns.iter_mut();
        let texts = texts.filter(|column| matches!(column.kind, Kind::Text));
        texts.for_each(|column| column.coded = coded);
        let path = file(folder.path(), "costs.parquet", parquet(&columns, group));
        let whole = opened(&path, None, 1 << 20);
        assert!(whole.is_ok(), "{whole:?}");
        for (at, query) in queries().iter().enumerate() {
            let wanted = Wanted::by(query).unwrap();
            let block = if at == 0 { 1 << 20 } else { 400 * at };
            let some = answer(&opened(&path, Some(&wanted), block), query);
            let keys = &query.group_by;
            assert_eq!(some, answer(&whole, query), "{keys:?}, {coded} coded");
        }
    }
}

#[test]
fn columns_of_parquet_that_are_not_needed_are_not_read() {
    let folder = TempDir::new().unwrap();
    let mut bytes = parquet(&typed(60, 3), 20);
    let path = file(folder.path(), "costs.parquet", &bytes);
    let (query, other) = (by("month"), by("AdditionalInfo"));
    let wanted = [&query, &other].map(|query| Wanted::by(query).unwrap());
    let sound = answer(&opened(&path, Some(&wanted[0]), 1 << 20), &query);
    let marks: Vec<usize> = (0..bytes.len() - MARK.len())
        .filter(|at| bytes[*at..].starts_with(MARK.as_bytes()))
        .collect();
    assert_eq!(marks.len(), 60);
    for at in marks {
        bytes[at] = 0xff;
    }
    let path = file(folder.path(), "costs.parquet", &bytes);
    let some = answer(&opened(&path, Some(&wanted[0]), 1 << 20), &query);
    assert_eq!(some, sound);
    // The damage is found where the column is read.
    for wanted in [None, Some(&wanted[1])] {
        let read = opened(&path, wanted, 1 << 20);
        assert!(read.is_err(), "{read:?}");
    }
}

#[test]
fn a_large_parquet_file_gives_the_same_answer_from_some_columns() {
    let folder = TempDir::new().unwrap();
    let path = file(
        folder.path(),
        "costs.parquet",
        parquet(&typed(1_500, 800), 700),
    );
    let path = path.to_str().unwrap();
    for keys in ["resource-group,charge-type", "tag:env"] {
        let asked = ["show", path, "--group-by", keys, "--format", "json"];
        let some = run_inside(folder.path(), &asked);
        let whole = run_inside(folder.path(), &[&asked[..], &["--verify"]].concat());
        assert_eq!(stdout(&some), stdout(&whole), "{keys}");
        assert_eq!(some.status.code(), Some(0), "{}", stderr(&some));
        // NULL in the column of quantities is not looked at.
        assert!(stderr(&whole).contains("NULL"), "{}", stderr(&whole));
        assert!(!stderr(&some).contains("NULL"), "{}", stderr(&some));
    }
}
