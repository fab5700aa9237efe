//! A single question reads only some columns, and its answer is that of all columns.

use crate::support::cost_files::{assert_refused, total};
use crate::support::generated_files::{
    Days, Layout, all_days, encodings, layouts, mixed, said, written,
};
use crate::support::{file, fixture, run, stderr, stdout};
use costscope::data::dataset::Dataset;
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read;
use costscope::data::dataset::wanted::Wanted;
use costscope::data::progress::Progress;
use costscope::data::query;
use costscope::domain::query::group_key::{KEY_NAMES, parse_keys};
use costscope::domain::query::{Measure, PivotBy, Query, filter_text};
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
    let by = |text: &String| Query {
        group_by: parse_keys(text).unwrap(),
        ..Query::default()
    };
    let mut all: Vec<Query> = texts.iter().map(by).collect();
    for filter in [
        "resource-group != 'rg-a' and cost > 0.1",
        "tag:env = prod",
        "meter ~ m or date >= 2026-10-15",
        "subscription is missing",
    ] {
        all.push(Query {
            filter: Some(filter_text::parse(filter).unwrap()),
            pivot: Some(PivotBy::Month),
            measures: Measure::ALL.iter().map(|(_, measure)| *measure).collect(),
            ..by(&"service".to_owned())
        });
    }
    all
}

fn assert_same_answers(bytes: &[u8]) {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", bytes);
    let whole = opened(&path, None, 1 << 20);
    for (at, query) in queries().iter().enumerate() {
        let wanted = Wanted::by(query).unwrap();
        // Small blocks begin and end everywhere.
        let block = if at == 0 { 1 << 20 } else { 300 + at };
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn some_columns_give_the_answers_of_all(
        rows in proptest::collection::vec(said(), 1..12),
        layout in layouts(),
        days in all_days(),
        encoding in encodings(),
        crlf in any::<bool>(),
    ) {
        let text = written(layout, &rows, days, 0);
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        assert_same_answers(&encoding.bytes(&text));
    }

    #[test]
    fn some_columns_of_two_layouts_give_the_answers_of_all(
        rows in proptest::collection::vec(said(), 2..12),
        second in 0_usize..3,
    ) {
        let other = [Layout::Mca, Layout::Payg, Layout::Focus][second];
        assert_same_answers(mixed(Layout::Ea, other, &rows).as_bytes());
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
            let some = run(folder.path(), &asked);
            // All columns are read where two engines are compared.
            let whole = run(folder.path(), &[&asked[..], &["--verify"]].concat());
            assert_eq!(stdout(&some), stdout(&whole), "{keys} {format}");
            assert_eq!(some.status.code(), Some(0), "{}", stderr(&some));
            // NULL in the column of quantities is not looked at.
            assert!(stderr(&whole).contains("NULL"), "{}", stderr(&whole));
            assert_eq!(stderr(&some), "", "{keys} {format}");
        }
    }
    let asked = ["show", path, "--group-by", "month", "--columns", "quantity"];
    let said = stderr(&run(folder.path(), &asked));
    assert!(said.contains("NULL"), "{said}");
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
        run(folder.path(), &asked.concat())
    };
    assert_refused(&show([&one, &other]), &["common rows (1,000 rows"]);
    let copy = write("copy.csv", 0);
    assert_refused(&show([&one, &copy]), &["the same rows"]);
    let both = show([&one, &apart]);
    assert_eq!(total(&both), "743988000.000024");
}

/// Days that prove nothing give the same answer or the same refusal.
#[test]
fn the_order_of_days_is_found_in_columns_that_are_not_asked_for() {
    let text = "Date,CostInBillingCurrency,BillingCurrencyCode,BillingPeriodStartDate,BillingPeriodEndDate,Meter\n\
                01/10/2026,1,EUR,01/10/2026,31/10/2026,m\n02/10/2026,2,EUR,01/10/2026,31/10/2026,m\n";
    assert_same_answers(text.as_bytes());
    assert_same_answers(written(Layout::Payg, &[], Days::Iso, 0).as_bytes());
}
