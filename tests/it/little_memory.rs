//! Thousands of groups in little memory: the answers are the same as everywhere. What does not fit even in parts is
//! refused with the way out, before the system ends the program.

use crate::limits::run_limited;
use crate::support::inside::run_inside;
use crate::support::{file, stderr};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const KEYS: &str = "resource,meter,service,date,month,currency,charge-type,resource-group";

/// A month in which every row has its own resource.
fn month(folder: &Path, name: &str, rows: usize, (month, cents): (u32, u32)) -> String {
    let rows: String = (0..rows)
        .map(|row| {
            let (day, cost) = (row % 30 + 1, row % 977);
            format!(
                "2026-{month:02}-{day:02},{cost}.{cents},EUR,/subscriptions/1/resourceGroups/rg/providers/x/y/vm-{row},meter-{},service-{},Usage,2\n",
                row % 7,
                row % 5
            )
        })
        .collect();
    let head = "Date,Cost,BillingCurrency,ResourceId,MeterName,ServiceName,ChargeType,Quantity\n";
    let path = file(folder, name, format!("{head}{rows}"));
    path.display().to_string()
}

/// Two months, each with eight thousand resources.
fn two_months(folder: &Path) -> [String; 2] {
    [
        month(folder, "before.csv", 8_000, (9, 5)),
        month(folder, "after.csv", 8_000, (10, 25)),
    ]
}

/// A limit that the text in work would exceed is a reason to read in smaller pieces, or to refuse; never to be ended.
#[test]
fn a_hundred_thousand_rows_are_read_or_refused_in_any_memory() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let source = month(folder.path(), "costs.csv", 100_000, (9, 5));
    let json = ["--format", "json"];
    let show = |keys| [&["show", &source, "--group-by", keys][..], &json].concat();
    let all = [
        show("resource,date"),
        [&["findings", &source][..], &json].concat(),
        [&["overview", &source][..], &json].concat(),
    ];
    for arguments in all {
        let output = run_limited("-d 45000", data.path(), &arguments);
        let said = stderr(&output);
        if output.status.code() != Some(0) {
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
            assert!(said.contains("memory"), "{arguments:?}: {said}");
            continue;
        }
        assert!(
            output.stdout == run_inside(data.path(), &arguments).stdout,
            "{arguments:?}"
        );
    }
}

#[test]
fn comparisons_and_changes_are_answered_in_parts() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let [before, after] = two_months(folder.path());
    let of_each: [(&str, [&[&str]; 2]); 2] = [
        (
            "compare",
            [
                &["--format", "table"],
                &["--format", "csv", "--top", "7500"],
            ],
        ),
        (
            "change",
            [
                &["--format", "json"],
                &["--format", "csv", "--sort", "meter"],
            ],
        ),
    ];
    for (command, shapes) in of_each {
        for more in shapes {
            let all = [command, &before, &after, "--group-by", KEYS];
            let arguments = [&all[..], more].concat();
            let little = run_limited("-d 60000", data.path(), &arguments);
            let said = stderr(&little);
            assert_eq!(little.status.code(), Some(0), "{arguments:?}: {said}");
            let much = run_inside(data.path(), &arguments);
            assert_eq!(much.status.code(), Some(0), "{}", stderr(&much));
            assert!(little.stdout == much.stdout, "{arguments:?}");
        }
    }
}

/// Whether the sums were found in shares, and the answer in little memory is the one in much. An answer for which even
/// that is too little is refused before its first line.
fn is_summed_in_shares(kilobytes: u32, data: &Path, arguments: &[&str]) -> bool {
    let notes = || {
        let log = fs::read_to_string(data.join("log/costscope.log")).unwrap_or_default();
        log.matches("the sums do not fit the memory at once")
            .count()
    };
    let before = notes();
    let little = run_limited(&format!("-d {kilobytes}"), data, arguments);
    let in_shares = notes() > before;
    let said = stderr(&little);
    if little.status.code() == Some(1) && said.contains("does not fit the memory") {
        assert!(little.stdout.is_empty(), "{arguments:?}: {said}");
        return false;
    }
    assert_eq!(little.status.code(), Some(0), "{arguments:?}: {said}");
    let much = run_inside(data, arguments);
    assert_eq!(much.status.code(), Some(0), "{}", stderr(&much));
    assert!(little.stdout == much.stdout, "{arguments:?}");
    in_shares
}

/// The sums of both sides do not fit at once: they are found a share of the groups at a time.
#[test]
fn comparisons_and_changes_that_do_not_fit_are_summed_in_shares() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let before = month(folder.path(), "before.csv", 25_000, (9, 5));
    let after = month(folder.path(), "after.csv", 25_000, (10, 25));
    let mut in_shares = 0;
    for (command, keys, more, kilobytes) in [
        (
            "compare",
            KEYS,
            &["--format", "csv", "--top", "300"][..],
            40_000,
        ),
        (
            "change",
            KEYS,
            &["--format", "json", "--top", "300"],
            41_000,
        ),
        // Few groups of many items.
        ("change", "service", &["--format", "json"], 36_000),
    ] {
        let all = [command, &before, &after, "--group-by", keys];
        let arguments = [&all[..], more].concat();
        in_shares += usize::from(is_summed_in_shares(kilobytes, data.path(), &arguments));
    }
    assert!(in_shares > 0);
    let left: Vec<_> = fs::read_dir(data.path())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.contains("tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn groups_and_pivots_that_do_not_fit_are_summed_in_shares() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let source = month(folder.path(), "costs.csv", 16_000, (9, 5));
    let keys = "resource,meter,service,date,month,charge-type,resource-group";
    let wide = ["show", &source, "--group-by", keys];
    let pivot = ["show", &source, "--group-by", "resource", "--pivot", "date"];
    let mut in_shares = 0;
    for (show, more, kilobytes) in [
        (
            &wide[..],
            &["--format", "table", "--top", "300"][..],
            27_500,
        ),
        // As many lines as are held whole in more memory: neither they nor their text may exhaust it.
        (
            &wide,
            &["--format", "json", "--top", "12000", "--others"],
            29_500,
        ),
        (&pivot, &["--format", "csv"], 35_000),
        (
            &pivot,
            &[
                "--format",
                "json",
                "--having",
                "cost > 400",
                "--top",
                "6000",
                "--others",
            ],
            35_000,
        ),
    ] {
        let arguments = [show, more].concat();
        in_shares += usize::from(is_summed_in_shares(kilobytes, data.path(), &arguments));
    }
    assert!(in_shares > 1);
    // Sums are held in little: it takes more of them.
    let source = month(folder.path(), "more.csv", 30_000, (9, 5));
    let [little, much] = ["little", "much"].map(|name| {
        let target = folder.path().join(format!("{name}.parquet"));
        target.display().to_string()
    });
    let export = |target| {
        [
            "export",
            &source,
            "--to",
            target,
            "--group-by",
            "resource,date,meter",
        ]
    };
    let output = run_limited("-d 70000", data.path(), &export(little.as_str()));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = run_inside(data.path(), &export(much.as_str()));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown = |source: &str| {
        let show = ["show", source, "--top", "0", "--format", "csv"];
        let output = run_inside(data.path(), &show);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        output.stdout
    };
    assert!(shown(&little) == shown(&much));
}

/// Twelve thousand lines with a cell for each of thirty days.
#[test]
fn pivots_are_answered_in_parts() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let source = month(folder.path(), "costs.csv", 12_000, (9, 5));
    let pivot = ["show", &source, "--group-by", "resource", "--pivot", "date"];
    for more in [
        &["--format", "md"][..],
        &["--format", "json", "--top", "10500", "--others"],
        &["--format", "csv", "--sort", "2026-09-07,-resource"],
        &["--filter", "service = service-1 and cost > 900"],
    ] {
        let arguments = [&pivot[..], more].concat();
        let little = run_limited("-d 50000", data.path(), &arguments);
        let said = stderr(&little);
        assert_eq!(little.status.code(), Some(0), "{arguments:?}: {said}");
        let much = run_inside(data.path(), &arguments);
        assert_eq!(much.status.code(), Some(0), "{}", stderr(&much));
        assert!(little.stdout == much.stdout, "{arguments:?}");
    }
    let [little, much] = ["little.csv", "much.csv"].map(|name| folder.path().join(name));
    let export = |target: &Path| {
        let mut export = vec!["export".to_owned()];
        export.extend(pivot.iter().skip(1).copied().map(ToOwned::to_owned));
        export.extend(["--to".to_owned(), target.display().to_string()]);
        export
    };
    let (few, many) = (export(&little), export(&much));
    let few: Vec<&str> = few.iter().map(String::as_str).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let output = run_limited("-d 50000", data.path(), &few);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = run_inside(data.path(), &many);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(fs::read(&little).unwrap() == fs::read(&much).unwrap());
}

#[test]
fn groups_are_exported_in_parts() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let source = month(folder.path(), "costs.csv", 15_000, (9, 5));
    for ending in ["csv", "json", "md", "parquet", "xlsx"] {
        let [little, much] = ["little", "much"].map(|name| {
            let target = folder.path().join(format!("{name}.{ending}"));
            target.display().to_string()
        });
        let export = |target| {
            let by = ["--group-by", "resource,date", "--filter", "cost > 1"];
            [&["export", &source, "--to", target][..], &by].concat()
        };
        let output = run_limited("-d 130000", data.path(), &export(little.as_str()));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let whole = run_inside(data.path(), &export(much.as_str()));
        assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
        let [one, other] = [&little, &much].map(|path| fs::read(path).unwrap());
        // Row groups of a table, and the pieces of a workbook, differ.
        if ["csv", "json", "md"].contains(&ending) {
            assert!(one == other, "{ending}");
        } else {
            assert!(one.len() > 100_000 && other.len() > 100_000, "{ending}");
        }
    }
    let shown = |name: &str| {
        let path = folder.path().join(name).display().to_string();
        let output = run_inside(
            data.path(),
            &["show", &path, "--top", "0", "--format", "csv"],
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        output.stdout
    };
    assert!(shown("little.parquet") == shown("much.parquet"));
}

/// Markdown is meant for reading, but it is written in any size.
#[test]
fn rows_are_exported_to_markdown_as_they_come() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let source = month(folder.path(), "costs.csv", 40_000, (9, 5));
    let [little, much] = ["little.md", "much.md"].map(|name| folder.path().join(name));
    let export = |target: &Path| {
        let target = target.display().to_string();
        let export = ["export", &source, "--sort", "date,-cost", "--to", &target];
        export.map(ToOwned::to_owned)
    };
    let arguments = export(&little);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run_limited("-d 100000", data.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let arguments = export(&much);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run_inside(data.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let [one, other] = [&little, &much].map(|path| fs::read_to_string(path).unwrap());
    assert!(one == other);
    // The headings, the rule, the rows, a blank line and the totals.
    assert_eq!(one.lines().count(), 40_004);
    let last = one.lines().last().unwrap();
    assert!(last.contains("40000 of 40000 shown"), "{last}");
}

/// Rows as JSON, in the form that `wrapped` gives their list.
fn json_rows(folder: &Path, name: &str, wrapped: impl Fn(&str) -> String) -> String {
    let note = "x".repeat(400);
    let rows: Vec<String> = (0..30_000)
        .map(|row| {
            format!("{{\"date\":\"2026-10-01\",\"cost\":{row}.5,\"currency\":\"EUR\",\"product\":\"{note}\"}}")
        })
        .collect();
    let path = file(folder, name, wrapped(&rows.join(",\n")));
    path.display().to_string()
}

#[test]
fn json_is_read_row_by_row() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let sources = [
        json_rows(folder.path(), "list.json", |rows| format!("[{rows}]")),
        json_rows(folder.path(), "page.json", |rows| {
            format!("{{\"value\":[{rows}],\"nextLink\":null}}")
        }),
        json_rows(folder.path(), "lines.json", |rows| {
            rows.replace("},\n{", "}\n{")
        }),
    ];
    for source in &sources {
        let show = ["show", source, "--group-by", "month", "--format", "json"];
        let little = run_limited("-d 60000", data.path(), &show);
        assert_eq!(little.status.code(), Some(0), "{}", stderr(&little));
        // All numbers below 30,000, and half a unit for each.
        let shown = crate::support::document(&little);
        assert_eq!(shown["totals"][0]["cost"], "450000000", "{source}");
        assert_eq!(shown["rows"], 30_000, "{source}");
    }
}

#[test]
fn printed_json_is_read_line_by_line() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let list = json_rows(folder.path(), "list.json", |rows| format!("[{rows}]"));
    let rows = folder.path().join("rows.json").display().to_string();
    let groups = folder.path().join("groups.json").display().to_string();
    let csv = month(folder.path(), "costs.csv", 30_000, (9, 5));
    let exports: [&[&str]; 2] = [
        &["export", &list, "--to", &rows],
        &["export", &csv, "--to", &groups, "--group-by", "resource"],
    ];
    for export in exports {
        let output = run_inside(data.path(), export);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    // The costs of a month: row number modulo 977, and half a unit for each.
    let of_month: u64 = (0..30_000).map(|row| row % 977).sum::<u64>() + 15_000;
    for (source, cost) in [(&rows, 450_000_000), (&groups, of_month)] {
        let show = ["show", source, "--group-by", "currency", "--format", "json"];
        let little = run_limited("-d 60000", data.path(), &show);
        assert_eq!(little.status.code(), Some(0), "{}", stderr(&little));
        let shown = crate::support::document(&little);
        assert_eq!(shown["rows"], 30_000, "{source}");
        assert_eq!(shown["totals"][0]["cost"], cost.to_string(), "{source}");
    }
}

#[test]
fn a_json_value_that_does_not_fit_is_refused() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let note = "x".repeat(50 << 20);
    let row = "{\"date\":\"2026-10-01\",\"cost\":1.5,\"currency\":\"EUR\"";
    let text = format!("[{row}}},{row},\"product\":\"{note}\"}}]");
    let path = file(folder.path(), "costs.json", text);
    let show = ["show", &path.display().to_string(), "--group-by", "month"];
    let output = run_limited("-d 150000", data.path(), &show);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for words in ["costs.json", "of JSON", "as CSV"] {
        assert!(said.contains(words), "{said}");
    }
}

/// A limit of address space counts what threads and arenas reserve, whether they use it or not.
#[test]
fn little_address_space_is_enough_or_is_named() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let source = month(folder.path(), "costs.csv", 5000, (9, 5));
    let mut commands = vec![vec!["show", &source, "--group-by", "service"]];
    if cfg!(feature = "sql") {
        let statement = "SELECT service, SUM(cost) AS t FROM costs GROUP BY 1 ORDER BY 1";
        commands.push(vec!["sql", statement, &source]);
    }
    for arguments in commands {
        let expected = run_inside(data.path(), &arguments);
        for kilobytes in [400_000, 425_000] {
            let output = run_limited(&format!("-v {kilobytes}"), data.path(), &arguments);
            let said = stderr(&output);
            if output.status.code() == Some(0) {
                assert_eq!(output.stdout, expected.stdout, "{kilobytes} {arguments:?}");
                continue;
            }
            assert_eq!(output.status.code(), Some(1), "{kilobytes}: {said}");
            assert!(
                said.contains("ulimit") || said.contains("does not fit the memory"),
                "{kilobytes} {arguments:?}: {said}"
            );
        }
    }
}
