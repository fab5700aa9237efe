//! Files that claim more than they hold, and files built to cost time: the result is an error that names the place, or
//! the right answer, with memory and time in proportion to the work.

use crate::support::parquet::{self, Claims, Column};
use crate::support::{document, file, program, stderr};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const COLUMNS: [Column; 4] = [
    Column {
        name: "Date",
        value: "2026-10-01",
    },
    Column {
        name: "CostInBillingCurrency",
        value: "0.5",
    },
    Column {
        name: "BillingCurrencyCode",
        value: "EUR",
    },
    Column {
        name: "ResourceGroup",
        value: "rg",
    },
];

/// The result of a run and the resources it used.
struct Used {
    code: Option<i32>,
    said: String,
    answer: Option<Value>,
    /// Peak memory in bytes.
    memory: u64,
    time: Duration,
}

/// Groups a source by month and measures the run.
fn show(path: &Path) -> Used {
    let folder = TempDir::new().unwrap();
    let began = Instant::now();
    let mut child = program()
        .arg("--data-dir")
        .arg(folder.path())
        .arg("show")
        .arg(path)
        .args(["--group-by", "month", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut memory = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        memory = memory.max(number.unwrap_or_default() * 1024);
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "it takes for ever"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert!(!said.contains("panicked"), "{said}");
    Used {
        code: output.status.code(),
        answer: output.status.success().then(|| document(&output)),
        said,
        memory,
        time: began.elapsed(),
    }
}

#[test]
fn valid_parquet_is_read_in_bounded_memory() {
    let folder = TempDir::new().unwrap();
    let bytes = parquet::file(&COLUMNS, &Claims::honest(500_000));
    let used = show(&file(folder.path(), "costs.parquet", bytes));
    let answer = used.answer.unwrap_or_else(|| panic!("{}", used.said));
    assert_eq!(answer["rows"], 500_000);
    assert_eq!(answer["totals"][0]["cost"], "250000");
    assert!(used.memory < 700 << 20, "{} bytes", used.memory);
}

#[test]
fn parquet_that_claims_more_than_it_holds_is_refused_in_little_memory() {
    let folder = TempDir::new().unwrap();
    let honest = || Claims::honest(1000);
    let cases = [
        ("rows", Claims::honest(50_000_000)),
        ("more rows", Claims::honest(1 << 45)),
        (
            "a place behind the end",
            Claims {
                offset: 1 << 45,
                ..honest()
            },
        ),
        (
            "a place before the start",
            Claims {
                offset: -(1 << 45),
                ..honest()
            },
        ),
        (
            "a page of two gigabytes",
            Claims {
                unpacked: Some(i32::MAX),
                ..honest()
            },
        ),
        (
            "a page of less than nothing",
            Claims {
                unpacked: Some(-1),
                ..honest()
            },
        ),
        (
            "a dictionary of two billion values",
            Claims {
                values: i32::MAX,
                ..honest()
            },
        ),
        (
            "two billion row groups",
            Claims {
                groups: i32::MAX as usize,
                ..honest()
            },
        ),
        (
            "columns in columns in columns",
            Claims {
                deep: 200_000,
                ..honest()
            },
        ),
    ];
    for (what, claims) in cases {
        let path = file(
            folder.path(),
            "costs.parquet",
            parquet::file(&COLUMNS, &claims),
        );
        let used = show(&path);
        assert_eq!(used.code, Some(1), "{what}: {}", used.said);
        assert!(used.said.contains("costs.parquet"), "{what}: {}", used.said);
        assert!(used.memory < 300 << 20, "{what}: {} bytes", used.memory);
        assert!(
            used.time < Duration::from_secs(20),
            "{what}: {:?}",
            used.time
        );
    }
}

const HEADER: &str = "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup";

fn archive(folder: &Path, members: usize) -> std::path::PathBuf {
    let path = folder.join(format!("{members}.zip"));
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for member in 0..members {
        zip.start_file(format!("notes/{member}.txt"), options)
            .unwrap();
        zip.write_all(b"no costs").unwrap();
    }
    zip.start_file("costs.csv", options).unwrap();
    zip.write_all(format!("{HEADER}\n2026-10-01,1.5,EUR,rg\n").as_bytes())
        .unwrap();
    zip.finish().unwrap();
    path
}

/// Eight times the work may take a little more than eight times as long.
fn grows_with_the_work(what: &str, make: impl Fn(usize) -> std::path::PathBuf, few: usize) {
    let (small, large) = (make(few), make(few * 8));
    let (one, eight) = (show(&small), show(&large));
    for used in [&one, &eight] {
        let answer = used
            .answer
            .as_ref()
            .unwrap_or_else(|| panic!("{what}: {}", used.said));
        assert_eq!(answer["totals"][0]["cost"], "1.5", "{what}");
    }
    let allowed = one.time * 24 + Duration::from_millis(500);
    assert!(
        eight.time < allowed,
        "{what}: {:?}, then {:?}",
        one.time,
        eight.time
    );
}

#[test]
fn archives_wide_tables_and_objects_are_read_in_linear_time() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    grows_with_the_work("members of an archive", |count| archive(at, count), 400);
    let equal = |count: usize| {
        let (heads, cells) = (",X".repeat(count), ",v".repeat(count));
        file(
            at,
            &format!("{count}.csv"),
            format!("{HEADER}{heads}\n2026-10-01,1.5,EUR,rg{cells}\n"),
        )
    };
    grows_with_the_work("equal headers", equal, 1000);
    let members = |count: usize| {
        let more: Vec<String> = (0..count).map(|at| format!("\"m{at}\":\"v\"")).collect();
        file(
            at,
            &format!("{count}.json"),
            format!(
                "{{\"value\":[{{\"id\":\"/subscriptions/x/y\",\"properties\":{{\"date\":\"2026-10-01T00:00:00Z\",\"cost\":1.5,\"billingCurrency\":\"EUR\",{}}}}}]}}",
                more.join(",")
            ),
        )
    };
    grows_with_the_work("members of an object", members, 1000);
}

#[test]
fn many_tags_and_many_tables_are_read_in_linear_time() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let tags = |count: usize| {
        let pairs: Vec<String> = (0..count)
            .map(|at| format!("\"\"k{at}\"\": \"\"v\"\""))
            .collect();
        let text = format!(
            "{HEADER},Tags\n2026-10-01,1.5,EUR,rg,\"{}\"\n",
            pairs.join(",")
        );
        file(at, &format!("tags-{count}.csv"), text)
    };
    grows_with_the_work("tags of a row", tags, 1000);
    // Concatenated months, as `cat` leaves them, and two alternating layouts.
    let tables = |count: usize| {
        let day = |at: usize| {
            chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + chrono::Days::new(at as u64)
        };
        let text: Vec<String> = (0..count)
            .map(|at| {
                format!(
                    "{HEADER}\n{},{},EUR,rg{at}\n",
                    day(at),
                    if at == 0 { "1.5" } else { "0" }
                )
            })
            .collect();
        file(at, &format!("tables-{count}.csv"), text.concat())
    };
    grows_with_the_work("tables behind each other", tables, 25);
    let many = file(
        at,
        "many.csv",
        format!("{HEADER}\n2026-10-01,1.5,EUR,rg\n").repeat(1500),
    );
    let used = show(&many);
    assert_eq!(used.code, Some(1), "{}", used.said);
    assert!(used.said.contains("many.csv, line 2001"), "{}", used.said);
}

#[test]
fn links_in_a_source_folder_stay_inside_it() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("costs");
    fs::create_dir_all(root.join("inner")).unwrap();
    let outside = file(
        folder.path(),
        "secret.csv",
        format!("{HEADER}\n2026-10-01,100,EUR,rg\n"),
    );
    file(&root, "a.csv", format!("{HEADER}\n2026-10-01,1.5,EUR,rg\n"));
    for name in ["b", "c", "d", "e"] {
        symlink(".", root.join(name)).unwrap();
        symlink("..", root.join("inner").join(name)).unwrap();
    }
    symlink(&outside, root.join("out.csv")).unwrap();
    symlink(folder.path(), root.join("out")).unwrap();
    symlink(root.join("a broken link"), root.join("gone.csv")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(root.join("pipe.csv"))
        .status();
    assert!(made.unwrap().success());
    // The path of a socket must be short when it is made.
    let place = TempDir::new().unwrap();
    let made = place.path().join("s");
    drop(UnixListener::bind(&made).unwrap());
    fs::rename(made, root.join("socket.csv")).unwrap();
    symlink("/dev/zero", root.join("device.csv")).unwrap();
    // As container platforms mount files: the file is in a hidden folder next to its name.
    fs::create_dir(root.join("..2026_11_30")).unwrap();
    file(
        &root.join("..2026_11_30"),
        "m.csv",
        format!("{HEADER}\n2026-11-01,2,EUR,rg\n"),
    );
    symlink("..2026_11_30/m.csv", root.join("m.csv")).unwrap();
    let used = show(&root);
    let answer = used.answer.unwrap_or_else(|| panic!("{}", used.said));
    assert_eq!(answer["totals"][0]["cost"], "3.5");
    let check = program()
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .arg("check")
        .arg(&root)
        .args(["--format", "json"])
        .output()
        .unwrap();
    let plan = document(&check)["plan"].clone();
    for (name, why) in [
        ("out.csv", "leads out"),
        ("out", "leads out"),
        ("b", "in this folder"),
        ("gone.csv", "a broken link"),
        ("pipe.csv", "a pipe"),
        ("socket.csv", "a socket"),
        ("device.csv", "leads out"),
    ] {
        let ends = |line: &&Value| {
            line["path"]
                .as_str()
                .unwrap()
                .ends_with(&format!("costs/{name}"))
        };
        let line = plan.as_array().unwrap().iter().find(ends);
        let line = line.unwrap_or_else(|| panic!("{name} is not named: {plan}"));
        assert_eq!(line["decision"], "left-out", "{line}");
        assert!(line["why"].as_str().unwrap().contains(why), "{line}");
    }
}

#[test]
fn many_files_with_a_row_in_common_are_soon_refused() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("costs");
    fs::create_dir(&root).unwrap();
    for at in 0..300 {
        let own = format!("2026-10-02,{at}.25,EUR,rg{at}");
        file(
            &root,
            &format!("{at}.csv"),
            format!("{HEADER}\n2026-10-01,1.5,EUR,rg\n{own}\n"),
        );
    }
    let used = show(&root);
    assert!(used.time < Duration::from_secs(20), "{:?}", used.time);
}
