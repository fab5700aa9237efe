//! Files that are read several at a time give what they give one by one: sums, order, restarts, refusals.

use crate::support::inside::run_inside;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PARTS: usize = 9;

/// A part of one day with ten rows. Each third one says only in its last row that days come first.
fn part(number: usize, last: &str) -> String {
    let mut text = "Date,ResourceGroup,ResourceId,Cost,Currency\n".to_owned();
    for row in 0..10 {
        let day = if number.is_multiple_of(3) && row == 9 {
            "25/02/2026".to_owned()
        } else {
            format!("0{}/02/2026", number % 9 + 1)
        };
        writeln!(text, "{day},rg-{number},/r/{number}-{row},{row}.5,EUR").unwrap();
    }
    text + last
}

fn write_parts(folder: &Path, last: impl Fn(usize) -> &'static str) {
    for number in 0..PARTS {
        let path = folder.join(format!("part_{number:02}.csv"));
        fs::write(path, part(number, last(number))).unwrap();
    }
}

fn show(folder: &Path) -> (String, String) {
    let costs = folder.join("costs").display().to_string();
    let line = [
        "show",
        &costs,
        "--group-by",
        "resource-group",
        "--sort",
        "resource-group",
        "--top",
        "0",
        "--format",
        "csv",
    ];
    let output = run_inside(folder, &line);
    let [out, said] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (out, said)
}

#[test]
fn every_part_counts_once_and_in_its_order() {
    let folder = TempDir::new().unwrap();
    let costs = folder.path().join("costs");
    fs::create_dir(&costs).unwrap();
    write_parts(&costs, |_| "");
    let (out, said) = show(folder.path());
    let sums = (0..PARTS).map(|number| format!("rg-{number},50,EUR,10\n"));
    let sums: String = sums.collect();
    assert_eq!(out, format!("resource-group,cost,currency,rows\n{sums}"));
    let read_again: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split(':').nth(1))
        .collect();
    assert_eq!(read_again.len(), PARTS - 1, "{said}");
    assert!(read_again.is_sorted(), "{said}");
    for _ in 0..5 {
        assert_eq!(show(folder.path()), (out.clone(), said.clone()));
    }
}

#[test]
fn of_several_refused_parts_the_first_is_named() {
    let folder = TempDir::new().unwrap();
    let costs = folder.path().join("costs");
    fs::create_dir(&costs).unwrap();
    write_parts(&costs, |number| {
        if number == 4 || number == 5 || number == 8 {
            "01/02/2026,rg,/r/x,many,EUR\n"
        } else {
            ""
        }
    });
    for _ in 0..5 {
        let (out, said) = show(folder.path());
        assert_eq!(out, "");
        assert!(
            said.contains("part_04.csv") && said.contains("line 12"),
            "{said}"
        );
        assert!(
            !said.contains("part_05") && !said.contains("part_08"),
            "{said}"
        );
    }
}
