//! Measures how long a key press takes to be answered on the screen (`update` and draw) while a file is read and while
//! queries run, and how long an answer delays a key. Prints JSON.
//!
//! `cargo run --release --example keys -- FILE [AMORTIZED]`; with two files, it measures their comparison.

// A measurement that fails ends the program at once.
#![allow(clippy::expect_used)]

use costscope::ops::clock::{Clock, SystemClock};
use costscope::ops::session::{Session, Setup};
use costscope::tui::app::update::{start, update};
use costscope::tui::app::{Model, draw};
use costscope::tui::effect::Effect;
use costscope::tui::key::Key;
use costscope::tui::message::Message;
use costscope::tui::runner::Runner;
use costscope::tui::shell::SignInPlace;
use costscope::tui::theme::Theme;
use costscope::tui::views::compare::state::CompareScreen;
use costscope::tui::views::table::state::Open;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;

/// Keys of an impatient user: moves, sorts, filters, pivots, undoes.
const KEYS: &str = "jjjjkkll]jjhh[jjV jjvvjjV+uj\tmjjmjjm";
/// The same in the comparison: by resource, into a group and back, every order.
const PAIR_KEYS: &str = "gresource\njjjj]k\njj\u{8}skey\njj]sactual\nkksdiff\njjgmeter\njj";
/// How often the keys are repeated while queries run.
const ROUNDS: usize = 12;

struct Desk {
    model: Model,
    runner: Runner,
    answers: Receiver<Message>,
    terminal: Terminal<TestBackend>,
    theme: Theme,
    times: Vec<f64>,
    /// Milliseconds that each answer took to apply and draw.
    waits: Vec<f64>,
}

impl Desk {
    /// Applies a message and draws the screen.
    fn take(&mut self, message: Message) {
        for effect in update(&mut self.model, message) {
            if !matches!(effect, Effect::Copy(_) | Effect::Quit) {
                self.runner.run(effect);
            }
        }
        let (model, theme) = (&self.model, &self.theme);
        self.terminal
            .draw(|frame| draw::screen(frame, model, theme))
            .expect("it draws");
    }

    fn key(&mut self, key: Key) {
        let start = Instant::now();
        self.take(Message::Key(key));
        self.times.push(start.elapsed().as_secs_f64() * 1000.0);
    }

    fn answers(&mut self) {
        while let Ok(message) = self.answers.try_recv() {
            let start = Instant::now();
            self.take(message);
            self.waits.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.model.table.open, Open::Data(_))
            || matches!(self.model.compare, CompareScreen::Pair(_))
    }

    /// Types keys without waiting for their answers.
    async fn type_on(&mut self, keys: &str) {
        for _ in 0..ROUNDS {
            for c in keys.chars() {
                self.key(match c {
                    '\n' => Key::Enter,
                    '\u{8}' => Key::Backspace,
                    c => Key::Char(c),
                });
                tokio::time::sleep(Duration::from_millis(3)).await;
                self.answers();
            }
        }
    }

    fn told(&mut self) -> serde_json::Value {
        self.times.sort_by(f64::total_cmp);
        let count = self.times.len();
        let at = |part: usize| {
            self.times
                .get((count * part / 1000).min(count.saturating_sub(1)))
        };
        let answer = self.waits.iter().copied().fold(0.0, f64::max);
        let told = json!({
            "keys": count, "p50_ms": at(500), "p99_ms": at(990), "max_ms": self.times.last(), "longest_answer_ms": answer
        });
        self.times.clear();
        self.waits.clear();
        told
    }
}

/// The UI opened on files, without a terminal.
fn desk(folder: &tempfile::TempDir, files: Vec<String>) -> Desk {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let setup = Setup {
        offline: true,
        ..Setup::new(folder.path().to_owned())
    };
    let session = Session::open(&setup, Arc::clone(&clock)).expect("a session");
    let place = SignInPlace {
        demo: false,
        identity: session.identity(),
        origin: "bench".to_owned(),
    };
    let (sender, answers) = tokio::sync::mpsc::channel(256);
    let mut model = Model::new(place, (200, 50), clock.now());
    let first = start(&mut model, files);
    let mut runner = Runner::new(session, sender);
    for effect in first {
        runner.run(effect);
    }
    Desk {
        model,
        runner,
        answers,
        terminal: Terminal::new(TestBackend::new(200, 50)).expect("a terminal"),
        theme: Theme::new(true),
        times: Vec::new(),
        waits: Vec::new(),
    }
}

fn main() {
    costscope::memory::tune_allocator();
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("usage: keys FILE [AMORTIZED]");
    let other = arguments.next();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let mut desk = desk(
            &folder,
            std::iter::once(file).chain(other.clone()).collect(),
        );
        let started = Instant::now();
        while !desk.is_open() {
            for key in [
                Key::Char('j'),
                Key::Char('?'),
                Key::Char('?'),
                Key::Char('k'),
            ] {
                desk.key(key);
                desk.answers();
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        }
        let reading = desk.told();
        let read_s = started.elapsed().as_secs_f64();
        let keys = if other.is_some() { PAIR_KEYS } else { KEYS };
        desk.type_on(keys).await;
        let asking = desk.told();
        println!(
            "{}",
            json!({"read_s": read_s, "while_reading": reading, "while_asking": asking})
        );
        desk.runner.finish().await;
    });
}
