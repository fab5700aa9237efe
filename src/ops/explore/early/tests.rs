//! Sums of rows that are handed on while files are read.

use crate::data::dataset::convert::Options;
use crate::data::dataset::early::EarlyRows;
use crate::data::dataset::read::read_file;
use crate::data::dataset::{DataPart, Dataset};
use crate::data::error::DataError;
use crate::data::progress::Progress;
use crate::data::query;
use crate::domain::money::Amount;
use crate::domain::query::Query;
use crate::domain::query::filter_text;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::table::group::Group;
use crate::domain::table::{Body, Table};
use crate::ops::explore::early::{EarlyNumbers, MOST, SHOWN};
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Reads a text in small blocks, and returns what the sums are after each row group.
fn read(
    folder: &Path,
    (name, text): (&str, &str),
    early: &EarlyNumbers,
) -> Result<Vec<DataPart>, DataError> {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    let progress = Progress::default();
    let options = Options {
        block: 1_000,
        threads: 1,
        early: Some(early),
        ..Options::new(&progress)
    };
    read_file(&path, name, folder, &options)
}

fn by(keys: &[&str], filter: Option<&str>) -> Query {
    let keys = keys.iter().map(|key| GroupKey::parse(key).unwrap());
    Query {
        group_by: keys.collect(),
        filter: filter.map(|text| filter_text::parse(text).unwrap()),
        ..Query::default()
    }
}

fn numbers(query: &Query) -> EarlyNumbers {
    EarlyNumbers::new(query, MoneyColumn::Billing).unwrap()
}

/// Keys, currency, cost and rows of each group, and the totals.
fn told(table: &Table) -> Vec<String> {
    let Body::Groups { groups, .. } = &table.body else {
        panic!("no groups");
    };
    let group = |group: &Group| {
        let (keys, cost) = (&group.keys, &group.cost);
        format!(
            "{keys:?} {} {} in {}, {:?}",
            cost.amount,
            cost.code(),
            group.rows,
            group.share
        )
    };
    let total = table.totals.iter();
    let total = total.map(|total| format!("Σ {} {}", total.amount, total.code()));
    let rows = format!("{} rows, {} groups", table.rows, table.of);
    groups
        .iter()
        .map(group)
        .chain(total)
        .chain([rows])
        .collect()
}

const HEADER: &str = "Date,ResourceGroup,Cost,Currency,Tags\n";

fn rows(count: u32) -> String {
    let mut text = HEADER.to_owned();
    for row in 0..count {
        let group = ["rg-web", "RG-Web", "rg-web", "rg-db", ""][row as usize % 5];
        let currency = ["EUR", "EUR", "USD"][row as usize % 3];
        let tags = format!("\"{{\"\"env\"\": \"\"{}\"\"}}\"", row % 4);
        let day = row % 28 + 1;
        writeln!(
            text,
            "2026-10-{day:02},{group},{row}.0625,{currency},{tags}"
        )
        .unwrap();
    }
    text
}

#[test]
fn sums_at_the_end_are_those_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let questions = [
        by(&["resource-group"], None),
        by(&["resource-group", "date"], Some("cost > 100")),
        by(&["tag:env"], Some("date >= 2026-10-05")),
        by(&["Currency"], Some("tag:env != 2 and resource-group ~ web")),
    ];
    for question in questions {
        let early = numbers(&question);
        assert!(early.table().is_none(), "before the first row");
        let parts = read(folder.path(), ("costs.csv", &rows(400)), &early).unwrap();
        let whole = query::run(&Dataset::join(parts), &question).unwrap();
        assert_eq!(told(&early.table().unwrap()), told(&whole), "{question:?}");
    }
}

/// Looks at the sums after each table that is handed on.
struct Seen<'a> {
    early: &'a EarlyNumbers,
    rows: std::sync::Mutex<Vec<u64>>,
}

impl EarlyRows for Seen<'_> {
    fn wanted(&self) -> &crate::data::dataset::wanted::Wanted {
        self.early.wanted()
    }

    fn is_due(&self) -> bool {
        true
    }

    fn begin(&self, name: &str) {
        self.early.begin(name);
    }

    fn again(&self, name: &str) {
        self.early.again(name);
        self.rows.lock().unwrap().push(0);
    }

    fn lose(&self) {
        self.early.lose();
    }

    fn take(&self, name: &str, rows: DataPart) {
        self.early.take(name, rows);
        let table = self.early.table().unwrap();
        self.rows.lock().unwrap().push(table.rows);
    }

    fn whole(&self, part: &DataPart) {
        self.early.whole(part);
    }
}

#[test]
fn rows_are_handed_on_while_they_are_read_and_dropped_when_they_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("costs.csv");
    // The last date shows that all of them begin with the day.
    let mut text = "Date,ResourceGroup,Cost\n".to_owned();
    for row in 0..4_000 {
        writeln!(text, "0{}/02/2026,rg,{row}", row % 9 + 1).unwrap();
    }
    text += "13/02/2026,rg,1\n";
    fs::write(&path, text).unwrap();
    let progress = Progress::default();
    let (first, early) = (by(&["month"], None), numbers(&by(&["month"], None)));
    let seen = Seen {
        early: &early,
        rows: std::sync::Mutex::default(),
    };
    let options = Options {
        block: 200,
        threads: 1,
        early: Some(&seen),
        ..Options::new(&progress)
    };
    let parts = read_file(&path, "costs.csv", folder.path(), &options).unwrap();
    let rows = seen.rows.into_inner().unwrap();
    let restart = rows.iter().position(|rows| *rows == 0).unwrap();
    let (before, after) = rows.split_at(restart);
    for pass in [before, &after[1..]] {
        assert!(pass.len() > 2 && pass.is_sorted(), "{rows:?}");
    }
    assert_eq!(rows.last(), Some(&4_001));
    let whole = query::run(&Dataset::join(parts), &first).unwrap();
    assert_eq!(told(&early.table().unwrap()), told(&whole));
    assert_eq!(whole.of, 1, "all dates are in February");
}

#[test]
fn the_sums_of_a_refused_file_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let early = numbers(&by(&["resource-group"], None));
    read(folder.path(), ("a.csv", &rows(30)), &early).unwrap();
    let broken = format!("{}2026-10-01,rg,not a number,EUR,\n", rows(300));
    assert!(read(folder.path(), ("b.csv", &broken), &early).is_err());
    assert_eq!(early.table().unwrap().rows, 30);
    // A file that follows adds to the first one.
    read(folder.path(), ("c.csv", &rows(12)), &early).unwrap();
    assert_eq!(early.table().unwrap().rows, 42);
    early.lose();
    assert!(early.table().is_none());
}

#[test]
fn whole_parts_count_once_whether_or_not_their_rows_were_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let (question, unseen) = (by(&["resource-group"], None), by(&["date"], None));
    let early = numbers(&question);
    let mut parts = read(folder.path(), ("a.csv", &rows(30)), &early).unwrap();
    // As if it had been found in the cache.
    parts.extend(read(folder.path(), ("b.csv", &rows(40)), &numbers(&unseen)).unwrap());
    for part in &parts {
        early.whole(part);
    }
    let whole = query::run(&Dataset::join(parts), &question).unwrap();
    for _ in 0..2 {
        let table = early.table().unwrap();
        assert_eq!((table.rows, &table.totals), (70, &whole.totals));
        assert_eq!(table.of, whole.of);
    }
}

#[test]
fn of_too_many_groups_there_are_only_totals() {
    let folder = tempfile::tempdir().unwrap();
    let early = numbers(&by(&["ResourceId"], None));
    let count = u32::try_from(MOST).unwrap() + 500;
    let mut text = "ResourceId,Cost,Currency\n".to_owned();
    for row in 0..count {
        writeln!(text, "/r/{row},0.5,EUR").unwrap();
    }
    read_whole(folder.path(), &text, &early);
    let table = early.table().unwrap();
    assert_eq!((table.of, table.rows), (0, u64::from(count)));
    assert_eq!(told(&table).len(), 2, "the total and the count");
}

#[test]
fn a_question_without_groups_has_no_first_numbers() {
    let none = Query::default();
    assert!(EarlyNumbers::new(&none, MoneyColumn::Billing).is_none());
    let some = by(&["resource-group"], None);
    assert!(EarlyNumbers::new(&some, MoneyColumn::Usd).is_some());
}

/// Rows with these costs, each of its own resource.
fn resources(costs: impl Iterator<Item = (usize, usize)>) -> String {
    let mut text = "ResourceId,Cost,Currency\n".to_owned();
    for (resource, cost) in costs {
        writeln!(text, "/r/{resource},{cost},EUR").unwrap();
    }
    text
}

#[test]
fn each_side_has_the_largest_groups_of_both() {
    let folder = tempfile::tempdir().unwrap();
    let sides = [(); 2].map(|()| numbers(&by(&["resource"], None)));
    let [one, other] = &sides;
    let count = 3 * SHOWN;
    // The largest groups of one side are the smallest of the other.
    let rising = resources((0..count).map(|at| (at, at + 1)));
    let falling = resources((0..count).map(|at| (at, count - at)));
    read_whole(folder.path(), &rising, one);
    let [first, second] = EarlyNumbers::tables([one, other]);
    assert!(second.is_none(), "it was not begun");
    assert_eq!(costs(&first.unwrap()).len(), SHOWN);
    read_whole(folder.path(), &falling, other);
    let [first, second] = EarlyNumbers::tables([one, other]).map(Option::unwrap);
    assert_eq!((first.of, second.of), (count, count));
    let [first, second] = [costs(&first), costs(&second)];
    assert_eq!(first.len(), 2 * SHOWN);
    for (name, cost) in &first {
        let beside = second.get(name).unwrap();
        let sum = cost.checked_add(*beside).unwrap();
        assert_eq!(sum.to_string(), (count + 1).to_string(), "{name}");
    }
}

#[test]
fn both_sides_have_only_totals_if_one_has_too_many_groups() {
    let folder = tempfile::tempdir().unwrap();
    let sides = [(); 2].map(|()| numbers(&by(&["resource"], None)));
    let [one, other] = &sides;
    read_whole(folder.path(), &resources((0..30).map(|at| (at, 2))), one);
    let many = resources((0..MOST + 10).map(|at| (at, 1)));
    read_whole(folder.path(), &many, other);
    let tables = EarlyNumbers::tables([one, other]).map(Option::unwrap);
    assert_eq!(tables.each_ref().map(|table| table.of), [0, 0]);
    assert_eq!(tables.each_ref().map(|table| told(table).len()), [2, 2]);
    assert_eq!(one.table().unwrap().of, 30);
}

fn read_whole(folder: &Path, text: &str, early: &EarlyNumbers) {
    let path = folder.join("costs.csv");
    fs::write(&path, text).unwrap();
    let progress = Progress::default();
    let options = Options {
        early: Some(early),
        block: 1 << 16,
        ..Options::new(&progress)
    };
    read_file(&path, "costs.csv", folder, &options).unwrap();
}

/// The cost of each group by its name.
fn costs(table: &Table) -> HashMap<String, Amount> {
    let Body::Groups { groups, .. } = &table.body else {
        panic!("no groups");
    };
    let cost = |group: &Group| (group.keys[0].clone().unwrap(), group.cost.amount);
    groups.iter().map(cost).collect()
}
