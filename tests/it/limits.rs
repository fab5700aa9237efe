//! A system that allows little: few open files, no further thread. What does not fit is refused in words; nothing panics,
//! hangs, or takes an intact report for a damaged one.

use crate::support::hostile::fetch;
use crate::support::inside::run_inside;
use crate::support::{World, document, file, october_of, program, run, stderr};
use costscope::domain::metric::Metric;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// Runs the program under limits of the shell, such as `-n 16`.
pub(crate) fn run_limited(limits: &str, folder: &Path, arguments: &[&str]) -> Output {
    let own = program();
    let script = format!("ulimit {limits}; exec \"$@\"");
    Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(own.get_program())
        .env_remove("COSTSCOPE_DATA_DIR")
        .env_remove("COSTSCOPE_CLOUD")
        // Each thread needs memory and has work in flight.
        .env("COSTSCOPE_THREADS", "2")
        .arg("--data-dir")
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A row of this many equal fields, behind some text, packed.
fn packed_row(before: &str, field: &str, count: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(before.as_bytes()).unwrap();
    let fields = field.repeat(1000);
    for _ in 0..count / 1000 {
        encoder.write_all(fields.as_bytes()).unwrap();
    }
    encoder.write_all(b"1\n").unwrap();
    encoder.finish().unwrap()
}

fn zipped(name: &str, text: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file(name, SimpleFileOptions::default())
        .unwrap();
    writer.write_all(text).unwrap();
    writer.finish().unwrap().into_inner()
}

/// A data folder with a stored report, and the key of the report.
async fn with_report() -> (World, String) {
    let world = World::new("").await;
    let (outcome, _) = fetch(&world.session, &october_of("8608480"), Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    let key = outcome.key().unwrap().as_str().to_owned();
    (world, key)
}

#[tokio::test]
async fn too_few_open_files_are_told_and_are_no_damage() {
    let (world, key) = with_report().await;
    let folder = world.folder.path();
    let commands: [&[&str]; 3] = [
        &["show", &key, "--format", "csv"],
        &["ledger", "verify"],
        &["ledger", "list"],
    ];
    let (mut told, mut answered) = (0, 0);
    for arguments in commands {
        let whole = run(folder, arguments);
        assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
        let mut in_a_row = 0;
        for most in 6..=24 {
            // Beyond the limit, more files make no difference.
            if in_a_row == 3 {
                break;
            }
            let output = run_limited(&format!("-n {most}"), folder, arguments);
            let said = stderr(&output);
            let what = format!("{arguments:?} with {most} files: {said}");
            match output.status.code() {
                Some(0) => {
                    assert_eq!(output.stdout, whole.stdout, "{what}");
                    answered += 1;
                    in_a_row += 1;
                }
                Some(1) => {
                    assert!(said.contains("open files"), "{what}");
                    assert!(said.starts_with("costscope: "), "{what}");
                    assert!(!said.contains("damaged"), "{what}");
                    told += 1;
                    in_a_row = 0;
                }
                code => panic!("{code:?}: {what}"),
            }
        }
    }
    assert!(told > 3 && answered > 3, "{told} and {answered}");
}

/// A stack that no system has room for: every start of a thread fails.
const NO_ROOM: &str = "140737488355328";

/// Runs the program where no thread can be started.
fn run_alone(folder: &Path, arguments: &[&str]) -> Output {
    program()
        .env("RUST_MIN_STACK", NO_ROOM)
        .arg("--data-dir")
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

#[tokio::test]
async fn one_thread_gives_the_same_answers() {
    let (world, key) = with_report().await;
    let folder = world.folder.path();
    let place = |name: &str| folder.join(name).display().to_string();
    let (rows, gzip, zip) = (place("rows.csv"), place("rows.csv.gz"), place("rows.zip"));
    let made = run_inside(folder, &["sample", "--rows", "4000", "--out", &rows]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let text = std::fs::read(&rows).unwrap();
    file(folder, "rows.csv.gz", gzipped(&text));
    file(folder, "rows.zip", zipped("rows.csv", &text));
    // The last row has a cost that is no number.
    let whole = String::from_utf8(text).unwrap();
    let start = whole.trim_end().rfind('\n').unwrap() + 1;
    let cost = whole[start..].replace(',', ",x");
    let broken = file(folder, "broken.csv", format!("{}{cost}", &whole[..start]));
    let broken = broken.display().to_string();
    let commands: [&[&str]; 9] = [
        &["show", &rows, "--group-by", "service", "--format", "csv"],
        &["show", &gzip, "--format", "csv"],
        &["show", &zip, "--format", "csv"],
        &["show", &rows, "--top", "0", "--format", "csv"],
        &["show", &broken],
        &["show", &key, "--format", "csv"],
        &["check", &rows, "--format", "json"],
        &["ledger", "verify"],
        &["scopes", "--help"],
    ];
    for arguments in commands {
        let (one, many) = (run_alone(folder, arguments), run(folder, arguments));
        assert_eq!(stderr(&one), stderr(&many), "{arguments:?}");
        assert_eq!(one.status, many.status, "{arguments:?}");
        assert_eq!(one.stdout, many.stdout, "{arguments:?}");
    }
    for ending in ["csv", "json", "parquet", "xlsx", "md"] {
        let target = place(&format!("out.{ending}"));
        let output = run_alone(
            folder,
            &["export", &rows, "--group-by", "service", "--to", &target],
        );
        assert_eq!(
            output.status.code(),
            Some(0),
            "{ending}: {}",
            stderr(&output)
        );
        assert!(Path::new(&target).exists(), "{ending}");
    }
}

#[test]
fn what_needs_threads_says_so() {
    let folder = TempDir::new().unwrap();
    let source = file(
        folder.path(),
        "costs.csv",
        "Date,Cost,BillingCurrency\n2026-10-01,1.5,EUR\n",
    );
    let source = source.display().to_string();
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["--endpoint", "http://127.0.0.1:1", "scopes"],
        vec!["demo", "--serve"],
    ];
    if cfg!(feature = "spark") {
        commands.push(vec!["show", "sc://127.0.0.1:1/?table=costs"]);
    }
    if cfg!(feature = "sql") {
        commands.push(vec!["sql", "SELECT COUNT(*) AS n FROM costs", &source]);
    }
    for arguments in commands {
        let output = run_alone(folder.path(), &arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("ulimit -u"), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_low_soft_limit_of_open_files_is_raised() {
    let folder = TempDir::new().unwrap();
    let source = file(
        folder.path(),
        "costs.csv",
        "Date,Cost,BillingCurrency\n2026-10-01,1.5,EUR\n",
    );
    let output = run_limited(
        "-S -n 5",
        folder.path(),
        &["show", &source.display().to_string(), "--format", "csv"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let refused = run_limited(
        "-n 5",
        folder.path(),
        &["show", &source.display().to_string(), "--format", "csv"],
    );
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
}

#[test]
fn a_limit_of_file_sizes_is_told_with_the_file() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let place = |name: &str| folder.path().join(name).display().to_string();
    let source = place("rows.csv");
    let made = run_inside(data.path(), &["sample", "--rows", "3000", "--out", &source]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let names = || -> Vec<String> {
        let items = std::fs::read_dir(folder.path()).unwrap();
        let names = items.map(|item| item.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    let before = names();
    for ending in ["csv", "json", "parquet", "xlsx", "md"] {
        let target = place(&format!("out.{ending}"));
        for arguments in [
            vec!["export", &source, "--to", &target],
            vec!["sample", "--rows", "3000", "--out", &target],
        ] {
            let output = run_limited("-f 4", data.path(), &arguments);
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
            for words in [target.as_str(), "ulimit -f"] {
                assert!(said.contains(words), "{arguments:?}: {said}");
            }
            assert!(!said.contains("panicked"), "{arguments:?}: {said}");
            assert!(!said.contains("ZipWriter"), "{arguments:?}: {said}");
            assert_eq!(names(), before, "{arguments:?}");
        }
    }
}

#[test]
fn a_workbook_needs_no_temporary_folder() {
    let folder = TempDir::new().unwrap();
    let source = file(
        folder.path(),
        "costs.csv",
        "Date,Cost,BillingCurrency\n2026-10-01,1.5,EUR\n",
    );
    let target = folder.path().join("costs.xlsx").display().to_string();
    let output = program()
        .env("TMPDIR", folder.path().join("missing"))
        .arg("--data-dir")
        .arg(folder.path())
        .args(["export", &source.display().to_string(), "--to", &target])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let mut book = zip::ZipArchive::new(std::fs::File::open(&target).unwrap()).unwrap();
    for name in ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"] {
        assert!(book.by_name(name).unwrap().size() > 100, "{name}");
    }
}

/// The limit counts what the process writes to, in kilobytes; beyond it, the allocator ends the program.
#[test]
fn little_memory_is_enough_to_read_and_export_every_row() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let place = |name: &str| folder.path().join(name).display().to_string();
    let source = place("rows.csv");
    let made = run_inside(
        data.path(),
        &["sample", "--rows", "20000", "--out", &source],
    );
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let commands: [&[&str]; 2] = [
        &["show", &source, "--top", "0", "--format", "csv"],
        &["show", &source, "--group-by", "service", "--format", "json"],
    ];
    for arguments in commands {
        let little = run_limited("-d 150000", data.path(), arguments);
        assert_eq!(little.status.code(), Some(0), "{}", stderr(&little));
        let much = run_inside(data.path(), arguments);
        assert!(little.stdout == much.stdout, "{arguments:?}");
    }
    let totals = |path: &str| {
        let shown = document(&run_inside(
            data.path(),
            &["show", path, "--format", "json"],
        ));
        (shown["rows"].clone(), shown["totals"].clone())
    };
    for ending in ["csv", "parquet", "xlsx"] {
        let target = place(&format!("out.{ending}"));
        let output = run_limited(
            "-d 180000",
            data.path(),
            &["export", &source, "--to", &target],
        );
        assert_eq!(
            output.status.code(),
            Some(0),
            "{ending}: {}",
            stderr(&output)
        );
        if ending != "xlsx" {
            assert_eq!(totals(&target), totals(&source), "{ending}");
        }
    }
}

#[test]
fn a_row_of_millions_of_fields_is_refused_within_little_memory() {
    let folder = TempDir::new().unwrap();
    let head = "Date,Cost,BillingCurrency\n2026-10-01,1.5,EUR\n";
    let cases = [
        ("commas", packed_row(head, ",", 75_000_000), 3),
        ("letters", packed_row(head, "a,", 20_000_000), 3),
        ("quoted", packed_row(head, "\"a\",", 20_000_000), 3),
        ("header", packed_row("", "a,", 20_000_000), 1),
        ("second", packed_row("Date,Cost\n", ",", 20_000_000), 2),
    ];
    for (name, bytes, line) in cases {
        assert!(bytes.len() < 1_000_000, "{name} is not small");
        let path = file(folder.path(), &format!("{name}.csv.gz"), bytes);
        let path = path.display().to_string();
        let output = run_limited("-d 80000", folder.path(), &["show", &path]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        let place = format!("line {line}: a line has more fields");
        assert!(said.contains(&place), "{name}: {said}");
    }
}

#[test]
fn a_long_field_is_no_wide_row() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let long = "a,\n".repeat(4_000_000);
    let text = format!(
        "Date,Cost,BillingCurrency,Tags\n2026-10-01,1.5,EUR,\"{long}\"\n2026-10-01,2,EUR,\n"
    );
    let source = file(folder.path(), "long.csv", text);
    let source = source.display().to_string();
    let arguments = ["show", &source, "--group-by", "month", "--format", "json"];
    let shown = document(&run_inside(data.path(), &arguments));
    assert_eq!(shown["rows"], 2);
    assert_eq!(shown["totals"][0]["cost"], "3.5");
}

#[test]
fn an_object_of_millions_of_members_is_refused_within_little_memory() {
    let folder = TempDir::new().unwrap();
    let members = "\"a\":1,".repeat(2_000_000);
    let text = format!("{{\"value\":[{{{members}\"cost\":1}}]}}");
    let path = file(folder.path(), "page.json", text);
    let path = path.display().to_string();
    let output = run_limited("-d 100000", folder.path(), &["show", &path]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("more members"), "{said}");
}

#[cfg(feature = "sql")]
#[test]
fn a_statement_that_does_not_fit_is_refused() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let source = folder.path().join("rows.csv").display().to_string();
    let made = run_inside(
        data.path(),
        &["sample", "--rows", "20000", "--out", &source],
    );
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let all = ["sql", "SELECT * FROM costs ORDER BY date", &source];
    let output = run_limited("-d 160000", data.path(), &all);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("of memory"), "{said}");
    let few = "SELECT service, SUM(cost) AS cost FROM costs GROUP BY service ORDER BY service";
    let few = ["sql", few, &source, "--format", "csv"];
    let little = run_limited("-d 400000", data.path(), &few);
    assert_eq!(little.status.code(), Some(0), "{}", stderr(&little));
    assert_eq!(little.stdout, run_inside(data.path(), &few).stdout);
}

#[test]
fn an_answer_in_parts_is_the_whole_answer() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let rows: String = (0..20_000)
        .map(|row| format!("2026-10-{:02},{}.5,EUR,/r/{row}\n", row % 30 + 1, row % 977))
        .collect();
    let head = "Date,Cost,BillingCurrency,ResourceId\n";
    let source = file(folder.path(), "costs.csv", format!("{head}{rows}"));
    let source = source.display().to_string();
    // Every format, and every kind of view in two.
    for (query, formats) in [
        (
            vec!["show", &source, "--group-by", "resource"],
            ["table", "md"],
        ),
        (
            vec![
                "show",
                &source,
                "--group-by",
                "resource",
                "--top",
                "18000",
                "--others",
            ],
            ["csv", "json"],
        ),
        (
            vec!["show", &source, "--top", "0", "--sort", "date,-cost"],
            ["json", "md"],
        ),
    ] {
        for format in formats {
            let arguments = [&query[..], &["--format", format]].concat();
            let parts = run_limited("-d 150000", data.path(), &arguments);
            let whole = run_inside(data.path(), &arguments);
            assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
            assert_eq!(stderr(&parts), stderr(&whole), "{arguments:?}");
            assert!(parts.stdout == whole.stdout, "{arguments:?}");
        }
    }
}
