//! A random hand at the real program: keys, words, pastes, the mouse, noise of terminals, sizes from 1x1 to 500x200, on the
//! demo and on files with texts that would drive a terminal.
//!
//! Whatever is typed, a new size is answered with a whole screen in time, and the keyboard is heard; no control character
//! of data reaches the terminal; the command that `Y` copies gives the total of the screen; in the end the terminal is as
//! it was before.
//!
//! Each session comes from a number. `COSTSCOPE_RUNS=500` plays 500 sessions of each kind instead of two, beginning with
//! `COSTSCOPE_FIRST=N`; `tests/faults/long` does that. A failure says its number and its last keys.

use crate::support::bills::Dice;
use crate::support::odd_names::odd_file;
use crate::support::pty::Pty;
use crate::support::terminal_output::{Sum, copied, is_last, stray};
use crate::support::typist::Step;
use crate::support::{document, file, fixture, program, run};
use serde_json::Value;
use std::collections::VecDeque;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long an answer may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);
/// A key that comes this long after escape is not the rest of a sequence.
const AFTER_ESCAPE: Duration = Duration::from_millis(130);
/// Steps of a session.
const STEPS: usize = 60;
/// The size at which tables are read.
const WIDE: (u16, u16) = (140, 45);
/// A frame of a new size clears the screen, which no other frame does without being asked.
const CLEARED: &[u8] = b"\x1b[J";
/// The end of a frame that changes the whole screen.
const WHOLE_FRAME: &[u8] = b"\x1b[?2026l";

/// A data folder with a report in it.
fn with_report(folder: &Path) -> String {
    let key = "demo@sub-3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02@2026-11@actual";
    let report = folder.join("ledger").join(key);
    fs::create_dir_all(&report).unwrap();
    for name in ["report.json", "part-0.parquet"] {
        let from = fixture("released/ledger").join(key).join(name);
        fs::copy(from, report.join(name)).unwrap();
        fs::set_permissions(report.join(name), Permissions::from_mode(0o600)).unwrap();
    }
    key.to_owned()
}

fn sample(folder: &Path) -> String {
    let path = folder.join("costs.csv").display().to_string();
    let made = run(folder, &["sample", "--rows", "300", "--out", &path]);
    assert_eq!(made.status.code(), Some(0));
    path
}

/// A session: the program and the hand.
struct Session {
    number: u64,
    what: String,
    pty: Pty,
    dice: Dice,
    /// The size without the rows that tell one size from the next.
    size: (u16, u16),
    more_rows: u16,
    /// The last sizes that the terminal had.
    had: VecDeque<(u16, u16)>,
    /// The last steps, for the message of a failure.
    steps: VecDeque<String>,
    folder: TempDir,
}

impl Session {
    fn start(number: u64, folder: TempDir, arguments: &[&str]) -> Self {
        let program = program();
        let program = Path::new(program.get_program());
        let size = (100, 30);
        let data = folder.path().join("data");
        Self {
            number,
            what: arguments.join(" "),
            pty: Pty::start_in(folder.path(), program, &data, arguments, size),
            dice: Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x55),
            size,
            more_rows: 0,
            had: VecDeque::from([size]),
            steps: VecDeque::new(),
            folder,
        }
    }

    fn fail(&self, problem: &str) -> ! {
        let steps: Vec<&str> = self.steps.iter().map(String::as_str).collect();
        panic!(
            "number {} ({}): {problem}\nafter {}\non the screen\n{}",
            self.number,
            self.what,
            steps.join(" "),
            self.pty.screen(vt100::Screen::contents)
        )
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.size = (columns, rows);
        self.apply_size();
    }

    fn apply_size(&mut self) {
        let (columns, rows) = (self.size.0, self.size.1 + self.more_rows);
        self.had.push_back((columns, rows));
        if self.had.len() > 4 {
            self.had.pop_front();
        }
        // Nobody looks at a tiny screen, and the emulated one keeps its size.
        if columns < 20 || rows < 5 {
            self.pty.storm(columns, rows);
        } else {
            self.pty.resize(columns, rows);
        }
    }

    /// The program draws a whole screen of a new size in time. Returns `false` once it has ended.
    fn answers(&mut self) -> bool {
        let at = self.pty.written();
        // Back at a size that it has drawn, the program would have nothing to do.
        for _ in 0..7 {
            self.more_rows = (self.more_rows + 1) % 7;
            let next = (self.size.0, self.size.1 + self.more_rows);
            if !self.had.contains(&next) {
                break;
            }
        }
        self.apply_size();
        if self.pty.writes_within(at, &[CLEARED, WHOLE_FRAME], LIMIT) {
            return true;
        }
        if self.pty.ends_within(Duration::from_millis(500)).is_some() {
            return false;
        }
        self.fail("a new size is not drawn")
    }

    /// The palette opens by its key. The first one may have been the end of a cut sequence.
    fn hears(&mut self) {
        self.resize(WIDE.0, WIDE.1);
        // On a screen that is too small, the key would do nothing.
        if !self.answers() {
            return;
        }
        for _ in 0..4 {
            self.pty.send("\u{10}");
            if self.pty.shows_within(&["Actions"], LIMIT / 4) {
                self.escape();
                return;
            }
            if self.pty.ends_within(Duration::ZERO).is_some() {
                return;
            }
        }
        self.fail("the keyboard is not heard")
    }

    fn escape(&mut self) {
        self.pty.send("\u{1b}");
        std::thread::sleep(AFTER_ESCAPE);
    }

    /// Makes a step; `false` once the program has ended.
    fn step(&mut self) -> bool {
        let step = Step::draw(&mut self.dice);
        self.steps.push_back(match &step {
            Step::Bytes(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
            Step::Size(columns, rows) => format!("{columns}x{rows}"),
            Step::Copy => "copy".to_owned(),
        });
        if self.steps.len() > 20 {
            self.steps.pop_front();
        }
        match step {
            Step::Bytes(bytes) => self.pty.send_bytes(&bytes),
            Step::Size(columns, rows) => self.resize(columns, rows),
            Step::Copy => return self.copies(),
        }
        self.answers()
    }

    /// A screen that no longer changes.
    fn settled(&self) -> String {
        for _ in 0..100 {
            let before = self.pty.screen(vt100::Screen::contents);
            std::thread::sleep(Duration::from_millis(120));
            if before == self.pty.screen(vt100::Screen::contents) {
                return before;
            }
        }
        self.fail("the screen never comes to rest")
    }

    /// `Y` copies a command that gives the total of the screen.
    fn copies(&mut self) -> bool {
        self.resize(WIDE.0, WIDE.1);
        self.escape();
        self.escape();
        if !self.answers() {
            return false;
        }
        let screen = self.settled();
        let is_table = screen.contains("[4 Table]") || screen.contains("[5 Compare]");
        let Some(shown) = Sum::of_screen(&screen).filter(|_| is_table) else {
            return true;
        };
        let at = self.pty.written();
        self.pty.send("Y");
        let mut tries = 0;
        while !self.pty.writes_within(at, &[b"\x1b\\"], LIMIT / 200) {
            if self
                .pty
                .screen(|screen| screen.contents().contains("press p to unmask"))
            {
                self.pty.send("p");
                return self.answers();
            }
            tries += 1;
            if tries > 200 {
                self.fail("`Y` copies nothing");
            }
        }
        let raw = self.pty.since(at);
        let Some(command) = copied(&raw) else {
            self.fail("what `Y` copies cannot be read")
        };
        let found = self.answer_of(&command);
        let mut given = Sum::of_document(&found);
        if found["totals"].is_null() {
            given.totals.clone_from(&shown.totals);
        }
        if command.starts_with("costscope show ") && given != shown {
            self.fail(&format!("{command}\nshows {given:?}, the screen {shown:?}"));
        }
        true
    }

    /// What a copied command prints as JSON.
    fn answer_of(&self, command: &str) -> Value {
        let Some(rest) = command.strip_prefix("costscope ") else {
            self.fail(&format!("this is no command of ours: {command}"))
        };
        let output = Command::new("bash")
            .args(["-c", &format!("\"$0\" {rest} --format json")])
            .arg(program().get_program())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if output.status.code() != Some(0) {
            let said = String::from_utf8_lossy(&output.stderr);
            self.fail(&format!("{command}\nfails: {said}"));
        }
        document(&output)
    }

    fn play(mut self) {
        self.answers();
        for at in 1..=STEPS {
            if !self.step() {
                break;
            }
            if at % 20 == 0 {
                self.hears();
            }
        }
        self.end();
    }

    /// Leaves by the keyboard, however deep the hand has gone.
    fn end(mut self) {
        let mut code = self.pty.ends_within(Duration::ZERO);
        self.resize(WIDE.0, WIDE.1);
        for _ in 0..100 {
            if code.is_some() {
                break;
            }
            self.escape();
            self.pty.send("q");
            std::thread::sleep(Duration::from_millis(50));
            if self
                .pty
                .shows_within(&["Quit?", "enter quit"], Duration::ZERO)
            {
                self.pty.send("\r");
            }
            code = self.pty.ends_within(Duration::from_millis(100));
        }
        let Some(code) = code else {
            self.fail("it does not quit");
        };
        if code != 0 {
            self.fail(&format!("it ends with {code}"));
        }
        let is_cooked = self.pty.is_cooked();
        let log = fs::read_to_string(self.folder.path().join("data/log/costscope.log"));
        let (number, what) = (self.number, self.what);
        let (_, raw) = self.pty.finish();
        let log = log.unwrap_or_default();
        assert!(!log.contains("panicked"), "number {number} ({what}): {log}");
        let restored = is_last(&raw, "\u{1b}[?1049l", "\u{1b}[?1049h")
            && is_last(&raw, "\u{1b}[?25h", "\u{1b}[?25l")
            && is_last(&raw, "\u{1b}[?2004l", "\u{1b}[?2004h")
            && (!raw.contains("\u{1b}[?1000h") || is_last(&raw, "\u{1b}[?1000l", "\u{1b}[?1000h"));
        let end: String = raw
            .chars()
            .rev()
            .take(200)
            .collect::<Vec<_>>()
            .iter()
            .rev()
            .collect();
        assert!(
            restored && is_cooked,
            "number {number} ({what}): not restored: {end:?}"
        );
        // What follows is for the shell's screen.
        let (ours, _) = raw.rsplit_once("\u{1b}[?1049l").unwrap();
        assert_eq!(stray(ours), None, "number {number} ({what})");
    }
}

/// The numbers of the sessions to play.
fn numbers() -> std::ops::Range<u64> {
    let wish = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let first = wish("COSTSCOPE_FIRST").unwrap_or(0);
    first..first + wish("COSTSCOPE_RUNS").unwrap_or(2)
}

fn place() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    folder
}

#[test]
fn a_random_hand_finds_no_fault_in_the_demo() {
    let others = [
        "happy",
        "throttled",
        "slow",
        "failing",
        "empty",
        "expired-link",
        "cut-body",
    ];
    for number in numbers() {
        let folder = place();
        let quick = file(folder.path(), "quick.toml", "polls = 0\nretry-after = 1\n");
        let at = usize::try_from(number).unwrap();
        let orders = at % 2 == 0;
        let scenario = if orders {
            quick.to_str().unwrap()
        } else {
            others[at / 2 % others.len()]
        };
        let mut session = Session::start(number, folder, &["demo", "--scenario", scenario]);
        if !session.pty.shows_within(&["16 of 16"], LIMIT) {
            session.fail("the scopes never come");
        }
        // With reports, there is more to see.
        let steps = [
            ("/prod-online\r", "1 of 28"),
            ("\r", "= 2 reports"),
            ("\r", "2 ready"),
            ("\r", "[0 Overview]"),
            ("4", "Σ"),
        ];
        for (keys, words) in steps.into_iter().filter(|_| orders) {
            session.pty.send(keys);
            if !session.pty.shows_within(&[words], LIMIT) {
                session.fail(words);
            }
        }
        session.play();
    }
}

#[test]
fn a_random_hand_finds_no_fault_in_odd_data() {
    for number in numbers() {
        let folder = place();
        let data = folder.path().join("data");
        let source = match number % 4 {
            0 | 2 => odd_file(folder.path()),
            1 => sample(folder.path()),
            _ => with_report(&data),
        };
        let mut session = Session::start(number, folder, &["open", &source]);
        if !session.pty.shows_within(&["[0 Overview]"], LIMIT) {
            session.fail("the overview never comes");
        }
        session.pty.send("4");
        if !session.pty.shows_within(&["Σ"], LIMIT) {
            session.fail("the table never comes");
        }
        session.play();
    }
}

#[test]
fn the_screen_is_redrawn_whatever_covers_it() {
    let mut session = Session::start(0, place(), &["demo"]);
    session.pty.until(&["16 of 16"]);
    for (key, words) in [("?", "the manual"), ("\u{10}", "Actions"), ("/x", "of 28")] {
        session.pty.send(key);
        session.pty.until(&[words]);
        let at = session.pty.written();
        session.pty.send("\u{c}");
        let redrawn = session.pty.writes_within(at, &[b"\x1b[2J"], LIMIT);
        assert!(redrawn, "{words}");
        session.escape();
    }
    session.end();
}

#[test]
fn strays_and_totals_are_told_apart() {
    let own = "\u{1b}[?1049h\u{1b}[1;31m text\u{1b}[2J\u{1b}]52;c;YQ==\u{1b}\\\u{1b}\\\u{1b}[?25h";
    assert_eq!(stray(own), None);
    for foreign in [
        "\u{7}",
        "\n",
        "\u{1b}]0;x\u{7}",
        "\u{9b}1m",
        "\u{1b}[6n",
        "\u{1b}c",
        "\u{202e}",
        "\u{1b}[?1h",
    ] {
        assert!(
            stray(&format!("text{foreign}text")).is_some(),
            "{foreign:?}"
        );
    }
    let screen = "   Σ 1,129 groups  1,605.68 E␛[1MU      column 1 of 2\n                     -0.35 EUR\n\n  enter into";
    let sum = Sum::of_screen(screen).unwrap();
    assert_eq!((sum.lines.as_str(), sum.totals.len()), ("1129", 2));
    assert_eq!(sum.totals["EUR"], "-0.35");
}
