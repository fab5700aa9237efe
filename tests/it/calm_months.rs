//! Calm months of many seeds have no findings that somebody would have to look at; a doubled day is found in each.

use crate::support::file;
use crate::support::findings::{findings, list, skipped};
use crate::support::inside::run_inside;
use chrono::NaiveDate;
use costscope::emulator::bills::accounts::{FileLayout, VisibleCosts};
use costscope::emulator::bills::csv_dialects::CsvSheet;
use costscope::emulator::bills::rows;
use costscope::emulator::bills::rows::Metric;
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// Findings that a calm month must not have.
const LOUD: [&str; 6] = ["jump", "new", "gone", "price", "idle", "region"];

fn assert_calm(folder: &Path, [before, now]: [&str; 2], name: &str) {
    let found = findings(folder, &[now, "--before", before]);
    for finding in list(&found) {
        let kind = finding["kind"].as_str().unwrap();
        assert!(!LOUD.contains(&kind), "{name}: {finding:#}");
    }
    let skipped = skipped(&found);
    let loud = skipped.iter().find(|kind| LOUD.contains(&kind.as_str()));
    assert_eq!(loud, None, "{name}");
}

#[test]
fn samples_of_two_months_are_calm() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    for seed in 1..=5_u32 {
        let metric = if seed % 2 == 0 { "amortized" } else { "actual" };
        let now = path.join("now.csv").display().to_string();
        let seed = seed.to_string();
        let line = [
            "sample", "--rows", "3100", "--seed", &seed, "--metric", metric, "--out", &now,
        ];
        assert!(run_inside(path, &line).status.success());
        // The same usage a month earlier, without the 31st.
        let text = std::fs::read_to_string(&now).unwrap();
        let day = |line: &&str| line.split(',').nth(7) != Some("10/31/2026");
        let earlier: String = text
            .lines()
            .filter(day)
            .map(|line| format!("{line}\n"))
            .collect();
        let earlier = earlier
            .replace("10/31/2026", "09/30/2026")
            .replace(",10/", ",09/");
        let before = file(path, "before.csv", earlier).display().to_string();
        assert_calm(path, [&before, &now], &format!("{metric} of seed {seed}"));
    }
}

/// A month of the enrolment as the emulator makes it up.
fn month(metric: Metric, month: u32, days: u32, seed: u64) -> Vec<u8> {
    let view = VisibleCosts {
        dialect: FileLayout::Ea,
        subscriptions: vec![0, 1, 2, 3],
        purchases: true,
        profiles: Vec::new(),
        invoices: false,
    };
    let mut sheet = CsvSheet::begin(Vec::new(), FileLayout::Ea, true).unwrap();
    for day in 1..=days {
        let day = NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        for row in rows::day(&view, metric, day, seed) {
            sheet.row(&row).unwrap();
        }
    }
    sheet.end().unwrap()
}

#[test]
fn months_of_the_emulator_are_calm() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    for seed in 11..=13 {
        for metric in [Metric::Actual, Metric::Amortized] {
            let write = |name, bytes: Vec<u8>| file(path, name, bytes).display().to_string();
            let before = write("before.csv", month(metric, 9, 30, seed));
            let now = write("now.csv", month(metric, 10, 31, seed));
            assert_calm(path, [&before, &now], &format!("{metric:?} of seed {seed}"));
        }
    }
}

#[test]
fn doubled_day_of_any_group_is_found() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    for seed in 21..=23_u64 {
        let text = String::from_utf8(month(Metric::Actual, 10, 31, seed)).unwrap();
        let date = format!("10/{:02}/2026", seed - 13);
        let of_group = |line: &&str| {
            let mut fields = line.split(',').skip(5).step_by(2);
            let (group, day) = (fields.next(), fields.next());
            group.is_some_and(|group| group.eq_ignore_ascii_case("rg-web"))
                && day == Some(date.as_str())
        };
        // The same usage once more, by other resources of the group.
        let more: String = text
            .lines()
            .filter(of_group)
            .map(|line| line.replace("/providers/", "/providers/copy.") + "\r\n")
            .collect();
        let source = file(path, "now.csv", text + &more).display().to_string();
        let found = findings(path, &[&source]);
        let all = list(&found);
        let jumps: Vec<&Value> = all.iter().filter(|f| f["kind"] == "jump").collect();
        let [jump] = jumps.as_slice() else {
            panic!("seed {seed}: {found:#}")
        };
        let iso = format!("2026-10-{:02}", seed - 13);
        let said = jump["text"].as_str().unwrap();
        assert!(
            said.to_lowercase().contains("rg-web") && said.contains(&iso),
            "{said}"
        );
    }
}
