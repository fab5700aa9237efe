//! Spark Connect failures: a server that breaks off, stays silent, reports wrong row counts, or refuses the client. It
//! shares no code with the client: its messages are built byte by byte.
#![cfg(feature = "spark")]

use crate::support::spark::{Fake, Say, arrow, decimals};
use crate::support::{document, program, run, stderr};
use costscope::domain::sql::spark_address::SparkSource;
use costscope::remote::client::Client;
use costscope::remote::patience::{Patience, new_id};
use std::process::Output;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Shows a table on a server.
fn show(fake: &Fake, more: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let source = format!("sc://{}/?table=costs.daily", fake.place());
    let all = [&["show", &source, "--group-by", "service"][..], more].concat();
    run(folder.path(), &all)
}

fn refused(fake: &Fake, code: i32, told: &str) {
    let output = show(fake, &[]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(told), "{said}");
    assert!(output.stdout.is_empty(), "nothing half answered is printed");
}

#[test]
fn a_table_of_a_server_is_shown_as_one_of_files() {
    let fake = Fake::start(Vec::new());
    let output = show(&fake, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = document(&output);
    assert_eq!(answer["groups"][0]["cost"], "12.5");
    assert_eq!(answer["groups"][0]["keys"][0], "Storage");
    let source = format!("sc://{}/?table=costs.daily", fake.place());
    assert_eq!(answer["sources"][0], source);
    assert!(
        stderr(&output).contains("7 rows read"),
        "{}",
        stderr(&output)
    );
    // The table is read by name, and nothing is written.
    let asked = fake.statements();
    assert!(
        asked
            .iter()
            .any(|text| text.contains("FROM `costs`.`daily`"))
    );
    assert!(asked.iter().all(|text| !text.contains("CREATE")));
}

#[test]
fn an_answer_counts_only_once_it_is_complete() {
    refused(
        &Fake::start(vec![Say::Rows, Say::End]),
        1,
        "the result ended before it was complete",
    );
    // A server that dies midway.
    refused(
        &Fake::start(vec![Say::Rows, Say::Die]),
        1,
        "no part of it is used",
    );
}

#[test]
fn an_answer_that_broke_off_is_taken_up_again() {
    let fake = Fake::start(vec![Say::Rows, Say::Again]);
    let output = show(&fake, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(document(&output)["groups"][0]["cost"], "12.5");
    assert!(fake.calls().iter().any(|call| call == "ReattachExecute"));
}

#[test]
fn invalid_answers_are_refused() {
    for (say, told) in [
        (Say::WrongCount, "has 1 row but declares 2"),
        (Say::Gap, "a part of the result is missing"),
        (Say::List, "has a type that cannot be shown"),
        (Say::Noise, "its response cannot be read"),
        (Say::Status(13, "something broke"), "something broke"),
        (Say::Status(16, "no token"), "COSTSCOPE_SPARK_TOKEN"),
        (Say::Status(7, "not yours"), "lacks the permission"),
    ] {
        let code = match say {
            Say::Status(16 | 7, _) => 4,
            _ => 1,
        };
        refused(&Fake::start(vec![say]), code, told);
    }
}

#[test]
fn tag_that_no_row_has_is_reported() {
    let fake = Fake::start(Vec::new());
    let folder = TempDir::new().unwrap();
    let source = format!("sc://{}/?table=t", fake.place());
    let statement = "SELECT `tag:absent`, `tag:env` FROM costs WHERE 'tag:other' <> ''";
    let output = run(folder.path(), &["sql", statement, &source]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let notes: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("no row has"))
        .collect();
    assert_eq!(notes.len(), 1, "{said}");
    assert!(
        notes[0].contains("no row has tag:absent: all its values are missing"),
        "{said}"
    );
}

#[test]
fn amounts_of_another_scale_are_exact_or_said_to_be_rounded() {
    let fake = Fake::answering(arrow(
        &[("a", 38, 20)],
        &decimals(&[12_345_678_901_234_567_890_123]),
    ));
    let folder = TempDir::new().unwrap();
    let source = format!("sc://{}/?table=t", fake.place());
    let output = run(
        folder.path(),
        &[
            "sql",
            "SELECT AVG(cost) AS a FROM costs",
            &source,
            "--format",
            "json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(document(&output)["rows"][0][0], "123.456789012345678901");
    assert!(
        stderr(&output).contains("more than 18 decimals"),
        "{}",
        stderr(&output)
    );
}

/// The same client as the program's, with less patience.
#[tokio::test]
async fn a_server_that_listens_and_says_nothing_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    let source = SparkSource::read(&format!("sc://{place}/?table=t")).unwrap();
    let patience = Patience {
        alive: Duration::from_millis(100),
        ..Patience::default()
    };
    let client = Client::connect(&source, None, new_id(), patience).await;
    let error = client.unwrap().settle().await.unwrap_err();
    assert!(error.text.contains("stopped responding"), "{error}");
}

#[test]
fn a_server_without_tls_is_not_spoken_to_in_clear() {
    let fake = Fake::start(Vec::new());
    let folder = TempDir::new().unwrap();
    let source = format!(
        "sc://{}/;use_ssl=true;token=s3cr3t-t0k3n?table=t",
        fake.place()
    );
    let output = run(folder.path(), &["show", &source]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("does not use TLS"),
        "{}",
        stderr(&output)
    );
    assert!(!stderr(&output).contains("s3cr3t"), "{}", stderr(&output));
    assert!(
        fake.calls().is_empty(),
        "no call, and no token, left in clear"
    );
}

#[test]
fn the_token_goes_to_the_server_and_nowhere_else() {
    let fake = Fake::start(Vec::new());
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    for (address, variable) in [
        (";token=s3cr3t-t0k3n;x-databricks-cluster-id=0923-abc", None),
        ("", Some("COSTSCOPE_SPARK_TOKEN")),
    ] {
        let source = format!("sc://{}/{address}?table=t", fake.place());
        let mut program = program();
        program
            .args([
                "show",
                &source,
                "--group-by",
                "service",
                "--format",
                "json",
                "-vv",
                "--data-dir",
            ])
            .arg(&data);
        if let Some(variable) = variable {
            program.env(variable, "s3cr3t-t0k3n");
        }
        let output = program.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(
            fake.headers()
                .iter()
                .all(|all| all.contains("authorization: Bearer s3cr3t-t0k3n"))
        );
        if variable.is_none() {
            assert!(
                fake.headers()
                    .iter()
                    .all(|all| all.contains("x-databricks-cluster-id: 0923-abc"))
            );
            let name = document(&output)["sources"][0].as_str().unwrap().to_owned();
            assert!(
                name.contains(";x-databricks-cluster-id=0923-abc?table=t"),
                "{name}"
            );
        }
        for text in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(text).contains("s3cr3t"));
        }
        fake.forget();
    }
    for entry in walk(&data) {
        let text = std::fs::read(&entry).unwrap();
        assert!(
            !String::from_utf8_lossy(&text).contains("s3cr3t"),
            "{}",
            entry.display()
        );
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn ctrl_c_interrupts_the_server() {
    let fake = Fake::start(vec![Say::Wait]);
    let folder = TempDir::new().unwrap();
    let source = format!("sc://{}/?table=t", fake.place());
    let mut child = program()
        .args(["show", &source, "--data-dir"])
        .arg(folder.path())
        .spawn()
        .unwrap();
    let called = |name: &str| fake.calls().iter().any(|call| call == name);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !called("ExecutePlan") && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = rustix_pid(child.id());
    let started = Instant::now();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(2));
    assert!(called("Interrupt"), "{:?}", fake.calls());
}

fn rustix_pid(id: u32) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
}

#[test]
fn servers_and_files_are_not_one_table() {
    let folder = TempDir::new().unwrap();
    for (arguments, code, told) in [
        (
            &["show", "sc://h/?table=x", "costs.csv"][..],
            2,
            "cannot be combined with other sources",
        ),
        (&["show", "sc://h/?table=x", "--offline"], 1, "--offline"),
        (
            &["check", "sc://127.0.0.1:1/?table=x"],
            1,
            "no server is listening there",
        ),
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(told),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}
