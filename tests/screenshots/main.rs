//! Takes the README's screenshots from the real program: `cargo run --example screenshots`.
//!
//! Starts `costscope demo` in a pseudo-terminal, presses the keys a new user would press, and writes what the
//! terminal shows as SVG into `screenshots/`: pictures, and a film of the whole way (`tour.svg`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod svg;

// The screenshots use only part of it.
#[allow(dead_code)]
#[path = "../it/support/pty.rs"]
mod pty;

use pty::Pty;
use std::path::{Path, PathBuf};
use svg::Film;

const COLUMNS: u16 = 96;
const ROWS: u16 = 26;

/// The program in the same target folder, from the same build.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent()
        .and_then(Path::parent)
        .unwrap()
        .join("costscope")
}

fn write(name: &str, picture: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("screenshots")
        .join(format!("{name}.svg"));
    std::fs::write(&path, picture).unwrap();
    println!("{}", path.display());
}

/// The hand at the keyboard, and the film of what it sees.
struct Tour {
    pty: Pty,
    film: Film,
}

impl Tour {
    /// Waits for these words, and shows the screen in the film for this many seconds.
    fn see(&mut self, words: &[&str], seconds: f64) {
        self.pty.until(words);
        self.pty.settle();
        self.pty.screen(|screen| self.film.show(screen, seconds));
    }

    /// Sees it, and keeps it as a picture of its own.
    fn keep(&mut self, words: &[&str], seconds: f64, name: &str) {
        self.see(words, seconds);
        write(name, &self.pty.screen(svg::draw));
    }
}

fn main() {
    let program = program();
    assert!(program.is_file(), "build the program first: cargo build");
    let folder = tempfile::TempDir::new().unwrap();
    let mut tour = Tour {
        pty: Pty::start(&program, folder.path(), &["demo"], COLUMNS, ROWS),
        film: Film::new(ROWS, COLUMNS),
    };
    tour.see(&["16 of 16"], 1.5);
    tour.pty.send("\x1b[C");
    tour.keep(&["Retail", "MPA   reports ✓  5e6f7"], 2.0, "scopes");
    tour.pty.send("\r");
    tour.keep(&["= 2 reports"], 2.0, "order");
    tour.pty.send("\r");
    tour.keep(&["next poll in 00:02"], 1.0, "jobs");
    tour.see(&["next poll in 00:01"], 1.0);
    tour.see(&["2 ready"], 1.5);
    tour.pty.send("\r");
    tour.keep(&["[0 Overview]", "rg-data", "unused"], 4.0, "overview");
    tour.pty.send("4");
    tour.keep(&["rg-data", "cost USD", "by day"], 2.5, "table");
    tour.pty.send("\r");
    tour.see(&["› rg-"], 2.0);
    tour.pty.send("\x7f");
    tour.see(&["cost USD", "by day"], 1.0);
    tour.pty.send("x");
    let both = "both files describe the same usage";
    tour.keep(&[both], 4.0, "compare");
    tour.pty.send("qqqq");
    write("tour", &tour.film.draw());
    let (code, _) = tour.pty.finish();
    assert_eq!(code, 0);
}
