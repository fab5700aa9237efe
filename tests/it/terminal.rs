//! The program in a real terminal: it starts, draws, follows a resize, and restores the terminal however it ends.

use crate::support::pty::Pty;
use crate::support::{document, program, run};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

fn demo(folder: &TempDir) -> Pty {
    let program = Path::new(env!("CARGO_BIN_EXE_costscope"));
    Pty::start(program, folder.path(), &["demo"], 80, 24)
}

/// Whether the terminal was restored at the end: main screen, visible cursor.
fn restored(raw: &str) -> bool {
    let left = raw.rfind("\u{1b}[?1049l");
    let entered = raw.rfind("\u{1b}[?1049h");
    left > entered && raw.rfind("\u{1b}[?25h") > raw.rfind("\u{1b}[?25l")
}

#[test]
fn a_new_user_comes_to_a_grouped_table_by_the_keys_of_the_footer() {
    let folder = TempDir::new().unwrap();
    let mut pty = demo(&folder);
    pty.until(&["16 of 16", "enter order"]);
    pty.send("/prod-online\r");
    pty.until(&["1 of 28", "enter order"]);
    pty.send("\r");
    pty.until(&["= 2 reports", "enter order"]);
    pty.send("\r");
    pty.until(&["next poll in", "d cancel"]);
    pty.until(&["2 ready", "enter open"]);
    pty.send("\r");
    pty.until(&["cost USD", "rg-web", "g group"]);
    pty.send("g");
    pty.until(&["Group by"]);
    pty.send("charge-type\r");
    pty.until(&["Usage", "100.0%"]);
    pty.resize(120, 40);
    pty.until(&["x compare", "q back"]);
    pty.send("qqq");
    let (code, raw) = pty.finish();
    assert_eq!(code, 0);
    assert!(restored(&raw));
}

/// The bytes sent for these keys, once the screen has settled.
fn bytes_of(pty: &mut Pty, keys: &str) -> usize {
    pty.settle();
    let before = pty.written();
    pty.send(keys);
    pty.settle();
    pty.written() - before
}

#[test]
fn a_key_costs_few_bytes_and_nothing_is_sent_when_nothing_changes() {
    let folder = TempDir::new().unwrap();
    let costs = folder.path().join("costs.csv").display().to_string();
    let made = run(
        folder.path(),
        &["sample", "--rows", "3000", "--out", &costs],
    );
    assert_eq!(made.status.code(), Some(0));
    let program = Path::new(env!("CARGO_BIN_EXE_costscope"));
    let mut pty = Pty::start(program, folder.path(), &["open", &costs], 80, 24);
    pty.until(&["Σ 20"]);
    // csvlens sends 418 bytes for a step of its cursor, tabiew 541, VisiData 323 to 746.
    for keys in ["j", "k", "j"] {
        let bytes = bytes_of(&mut pty, keys);
        assert!(bytes > 0 && bytes < 400, "a step of the cursor: {bytes}");
    }
    let bytes = bytes_of(&mut pty, "l");
    assert!(bytes > 0 && bytes < 400, "a step to the side: {bytes}");
    let woken = || {
        let tasks = format!("/proc/{}/task", pty.process_id());
        let status = std::fs::read_dir(tasks).unwrap().map(|task| {
            let text = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
            let line = text
                .lines()
                .find(|line| line.starts_with("voluntary_ctxt"))
                .unwrap();
            line.split_whitespace()
                .last()
                .unwrap()
                .parse::<u64>()
                .unwrap()
        });
        status.sum::<u64>()
    };
    // Worker threads go to sleep for good once their work is done.
    std::thread::sleep(std::time::Duration::from_secs(1));
    let (before, wakes) = (pty.written(), woken());
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(pty.written(), before, "idle");
    assert_eq!(woken(), wakes, "nothing wakes up by itself");
    pty.send("q");
    assert_eq!(pty.finish().0, 0);
}

#[test]
fn a_lost_terminal_and_ctrl_c_restore_it() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::HUP] {
        let folder = TempDir::new().unwrap();
        let pty = demo(&folder);
        pty.until(&["16 of 16"]);
        let id = rustix::process::Pid::from_raw(i32::try_from(pty.process_id()).unwrap()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
        let (code, raw) = pty.finish();
        assert_eq!(code, 130, "{signal:?}");
        assert!(restored(&raw), "{signal:?}");
    }
    let folder = TempDir::new().unwrap();
    let mut pty = demo(&folder);
    pty.until(&["16 of 16"]);
    pty.send("\u{3}");
    let (code, raw) = pty.finish();
    assert!(code == 0 && restored(&raw));
}

#[test]
fn a_report_killed_in_the_middle_of_its_download_is_finished_by_the_next_run() {
    let folder = TempDir::new().unwrap();
    let script = crate::support::file(
        folder.path(),
        "slow.toml",
        "polls = 0\nretry-after = 1\ndownload-pause = 400\n",
    );
    let mut server = program()
        .arg("--data-dir")
        .arg(folder.path().join("server"))
        .args(["demo", "--serve", "--scenario", script.to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let order = [
        "--endpoint",
        url.trim(),
        "report",
        "--scope",
        "8608480",
        "--last-month",
        "--format",
        "json",
    ];
    let mut first = program()
        .arg("--data-dir")
        .arg(folder.path())
        .args(order)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(first.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let seen: Vec<String> = lines
        .take_while(|line| !line.contains("file 1 of 3"))
        .collect();
    assert!(
        seen.iter().any(|line| line.contains("ordering")),
        "{seen:?}"
    );
    first.kill().unwrap();
    first.wait().unwrap();
    let ledger = document(&run(folder.path(), &["ledger", "list", "--format", "json"]));
    assert_eq!(
        ledger["reports"],
        serde_json::json!([]),
        "nothing, or a whole report"
    );
    let output = run(folder.path(), &order);
    server.kill().unwrap();
    server.wait().unwrap();
    let said = crate::support::stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("ordering"), "it was ordered once: {said}");
    assert_eq!(document(&output)["reports"][0]["status"], "ready");
}

#[test]
fn terminal_is_restored_when_memory_runs_out() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let limited = folder.path().join("limited");
    let program = crate::support::program();
    let script = format!(
        "#!/bin/sh\nulimit -v 700000\nexport MALLOC_ARENA_MAX=2\nexec {} \"$@\"\n",
        Path::new(program.get_program()).display()
    );
    std::fs::write(&limited, script).unwrap();
    std::fs::set_permissions(&limited, std::fs::Permissions::from_mode(0o755)).unwrap();
    // A sparse file of eight gigabytes.
    let large = folder.path().join("large.json");
    std::fs::write(&large, "{\"value\":[").unwrap();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&large)
        .unwrap();
    file.set_len(8 << 30).unwrap();
    let large = large.to_str().unwrap().to_owned();
    let mut pty = Pty::start(&limited, folder.path(), &["open", &large], 80, 24);
    pty.until(&["memory"]);
    pty.settle();
    pty.send("q");
    let (_, written) = pty.finish();
    assert!(
        written.contains("there is not enough memory for this"),
        "{written:?}"
    );
    let (taken, given) = (
        written.matches("\u{1b}[?1049h").count(),
        written.matches("\u{1b}[?1049l").count(),
    );
    assert!(taken == given && taken >= 1, "{taken} {given}");
}
