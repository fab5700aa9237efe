//! The program in a real terminal: it starts, draws, follows a resize, and restores the terminal however it ends.

use crate::support::pty::Pty;
use crate::support::served::Served;
use crate::support::{document, program, run};
use rustix::process::Signal;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
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
    pty.until(&["next poll in", "d stop following"]);
    pty.until(&["2 ready", "enter open"]);
    pty.send("\r");
    pty.until(&["[0 Overview]", "rg-batch", "enter table"]);
    pty.send("\r");
    pty.until(&["cost USD", "rg-web", "g group"]);
    pty.send("g");
    pty.until(&["Group by"]);
    pty.send("charge-type\r");
    pty.until(&["Usage", "100.0%"]);
    pty.resize(120, 40);
    pty.until(&["x compare", "q back"]);
    // Back to the overview, the table and the ledger, and out.
    pty.send("qqqq");
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
    pty.until(&["[0 Overview]"]);
    pty.send("4");
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
fn every_signal_that_ends_the_program_restores_the_terminal() {
    for signal in [
        Signal::TERM,
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::ABORT,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
    ] {
        let folder = TempDir::new().unwrap();
        let pty = demo(&folder);
        pty.until(&["16 of 16"]);
        assert!(!pty.is_cooked());
        pty.signal(signal);
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
fn a_terminal_that_nobody_reads_does_not_hold_the_program() {
    for signal in [Signal::TERM, Signal::HUP] {
        let folder = TempDir::new().unwrap();
        let mut pty = demo(&folder);
        pty.until(&["16 of 16"]);
        pty.fill();
        pty.signal(signal);
        assert_eq!(pty.ends_within(Duration::from_secs(2)), Some(130));
        assert!(pty.is_cooked());
        // Who reads again finds the way back behind what was written before.
        pty.drain();
        assert!(restored(&pty.finish().1));
    }
}

#[test]
fn work_that_cannot_be_stopped_does_not_hold_the_program() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_costscope"));
    let pipe = pipe.to_str().unwrap();
    let mut pty = Pty::start(program, folder.path(), &["open", pipe], 80, 24);
    pty.until(&["reading"]);
    pty.signal(Signal::TERM);
    assert_eq!(pty.ends_within(Duration::from_secs(2)), Some(130));
}

/// The UI with two orders whose answers take two seconds.
fn ordering(folder: &TempDir) -> (Served, Pty) {
    let text = "order-pause = 2000\nretry-after = 60\n";
    let script = crate::support::file(folder.path(), "pause.toml", text);
    let server = Served::start(folder, script.to_str().unwrap());
    let program = Path::new(env!("CARGO_BIN_EXE_costscope"));
    let arguments = ["--endpoint", server.url.as_str()];
    let mut pty = Pty::start(program, folder.path(), &arguments, 80, 24);
    pty.until(&["16 of 16", "enter order"]);
    pty.send("/prod-online\r");
    pty.until(&["1 of 28", "enter order"]);
    pty.send("\r");
    pty.until(&["= 2 reports", "enter order"]);
    pty.send("\r");
    pty.until(&["ordering"]);
    std::thread::sleep(Duration::from_millis(500));
    (server, pty)
}

/// The states of the orders on disk.
fn states(folder: &TempDir, server: &Served) -> Vec<String> {
    let words = [
        "--endpoint",
        &server.url,
        "jobs",
        "list",
        "--format",
        "json",
    ];
    let listed = document(&run(folder.path(), &words));
    let jobs = listed["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_accepted_order_is_on_disk_before_the_program_ends() {
    let folder = TempDir::new().unwrap();
    let (server, pty) = ordering(&folder);
    assert_eq!(pty.hang_up(), 130, "the terminal is gone");
    assert_eq!(states(&folder, &server), ["generating", "generating"]);

    let folder = TempDir::new().unwrap();
    let (server, pty) = ordering(&folder);
    pty.fill();
    pty.signal(Signal::HUP);
    pty.signal(Signal::TERM);
    pty.drain();
    assert_eq!(pty.finish().0, 130);
    assert_eq!(states(&folder, &server), ["generating", "generating"]);
}

#[test]
fn a_report_does_not_lose_an_order_by_two_hang_ups() {
    let folder = TempDir::new().unwrap();
    let text = "order-pause = 2000\nretry-after = 60\n";
    let script = crate::support::file(folder.path(), "pause.toml", text);
    let server = Served::start(&folder, script.to_str().unwrap());
    let program = Path::new(env!("CARGO_BIN_EXE_costscope"));
    let words = [
        "--endpoint",
        &server.url,
        "report",
        "--scope",
        "8608480",
        "--last-month",
        "--metric",
        "both",
    ];
    let pty = Pty::start(program, folder.path(), &words, 80, 24);
    pty.until(&["actual", "amortized"]);
    std::thread::sleep(Duration::from_millis(500));
    for _ in 0..2 {
        pty.signal(Signal::HUP);
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(pty.finish().0, 130);
    assert_eq!(states(&folder, &server), ["generating", "generating"]);
}

#[test]
fn answers_that_nobody_asked_for_are_no_keys_and_do_not_deafen() {
    let folder = TempDir::new().unwrap();
    let mut pty = demo(&folder);
    pty.until(&["16 of 16"]);
    pty.settle();
    let before = pty.screen(vt100::Screen::contents);
    for answer in [
        "\u{1b}[?2026;2$y",
        "\u{1b}[0;0R",
        "\u{1b}[?62;22c",
        "\u{1b}P>|xterm(390)\u{1b}\\",
        "\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{7}",
        "\u{1b}[<0;0;0M",
    ] {
        pty.send(answer);
        for byte in answer.chars() {
            pty.send(&byte.to_string());
            std::thread::sleep(Duration::from_millis(30));
        }
        pty.settle();
        assert_eq!(pty.screen(vt100::Screen::contents), before, "{answer:?}");
    }
    // Nor does one without an end.
    pty.send("\u{1b}]11;rgb:");
    std::thread::sleep(Duration::from_secs(1));
    pty.resize(120, 40);
    pty.send("?");
    pty.until(&["the manual"]);
    pty.send("\u{1b}");
    pty.until(&["16 of 16"]);
    pty.send("q");
    let (code, raw) = pty.finish();
    assert_eq!(code, 0);
    assert!(!raw.contains("\u{1b}[6n"), "the cursor is never asked for");
}

#[test]
fn an_arrow_key_whose_bytes_come_apart_is_an_arrow_key() {
    let folder = TempDir::new().unwrap();
    let mut pty = demo(&folder);
    pty.until(&["16 of 16"]);
    pty.send("/xy");
    pty.until(&["xy"]);
    for byte in ["\u{1b}", "[", "D"] {
        pty.send(byte);
        std::thread::sleep(Duration::from_millis(30));
    }
    pty.send("z");
    pty.until(&["xzy"]);
    // The first ctrl-c ends the search, the second one the program.
    pty.send("\u{3}");
    pty.until(&["16 of 28"]);
    pty.send("\u{3}");
    assert_eq!(pty.finish().0, 0);
}

#[test]
fn a_paste_of_a_megabyte_is_one_input() {
    let folder = TempDir::new().unwrap();
    let mut pty = demo(&folder);
    pty.until(&["16 of 16"]);
    pty.send("/");
    pty.settle();
    let began = Instant::now();
    pty.send(&format!(
        "\u{1b}[200~{}\u{1b}[201~",
        "abcdefgh ".repeat(1 << 17)
    ));
    pty.until(&["a field takes 10,000 characters"]);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    pty.send("\u{1b}");
    pty.until(&["16 of 28"]);
    pty.send("q");
    assert_eq!(pty.finish().0, 0);
}

#[test]
fn odd_sizes_and_storms_of_sizes_are_drawn() {
    let folder = TempDir::new().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_costscope"));
    let mut pty = Pty::start(program, folder.path(), &["demo"], 80, 24);
    pty.until(&["16 of 16"]);
    for step in 0..500_u16 {
        pty.storm(1 + step * 7 % 300, 1 + step * 5 % 100);
    }
    for (columns, rows) in [(0, 0), (1, 1), (500, 200), (u16::MAX, u16::MAX)] {
        pty.storm(columns, rows);
        std::thread::sleep(Duration::from_millis(300));
        pty.send("j/a\u{1b}");
    }
    pty.resize(100, 30);
    pty.send("\u{c}");
    // On a busy machine an escape and the key after it arrive together, and the search goes on.
    for _ in 0..2 {
        pty.settle();
        pty.send("\u{1b}");
    }
    pty.until(&["16 of 28"]);
    pty.send("q");
    let (code, raw) = pty.finish();
    assert!(code == 0 && restored(&raw), "{code}");
}

#[test]
fn a_stop_from_outside_gives_the_terminal_to_the_shell_and_takes_it_again() {
    let folder = TempDir::new().unwrap();
    let mut pty = demo(&folder);
    pty.until(&["16 of 16"]);
    pty.settle();
    pty.signal(Signal::TSTP);
    let stat = format!("/proc/{}/stat", pty.process_id());
    let is_stopped = || {
        let text = std::fs::read_to_string(&stat).unwrap();
        text.rsplit_once(") ").unwrap().1.starts_with('T')
    };
    let end = Instant::now() + Duration::from_secs(10);
    while !is_stopped() {
        assert!(Instant::now() < end, "it does not stop");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(pty.is_cooked());
    pty.signal(Signal::CONT);
    pty.until(&["16 of 16"]);
    pty.send("?");
    pty.until(&["the manual"]);
    assert!(!pty.is_cooked());
    // Ctrl-z would stop it for ever: no shell waits behind it.
    pty.send("\u{1b}");
    pty.until(&["16 of 16"]);
    pty.send("\u{1a}");
    pty.until(&["no shell waits"]);
    pty.send("q");
    assert_eq!(pty.finish().0, 0);
}

#[test]
fn a_report_killed_in_the_middle_of_its_download_is_finished_by_the_next_run() {
    let folder = TempDir::new().unwrap();
    let script = crate::support::file(
        folder.path(),
        "slow.toml",
        "polls = 0\nretry-after = 1\ndownload-pause = 150\n",
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
fn a_value_that_is_too_large_for_the_memory_is_refused_and_the_terminal_is_restored() {
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
    // One value of a hundred megabytes.
    let large = folder.path().join("large.json");
    let name = "x".repeat(100 << 20);
    std::fs::write(
        &large,
        format!("{{\"value\":[{{\"cost\":1,\"name\":\"{name}\"}}]}}"),
    )
    .unwrap();
    let large = large.to_str().unwrap().to_owned();
    let mut pty = Pty::start(&limited, folder.path(), &["open", &large], 80, 24);
    pty.until(&["of JSON, which is too"]);
    pty.settle();
    pty.send("q");
    let (_, written) = pty.finish();
    assert!(written.contains("of JSON, which is too"), "{written:?}");
    let (taken, given) = (
        written.matches("\u{1b}[?1049h").count(),
        written.matches("\u{1b}[?1049l").count(),
    );
    assert!(taken == given && taken >= 1, "{taken} {given}");
}
