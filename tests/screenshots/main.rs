//! Takes the README's screenshots from the real program: `cargo run --example screenshots`.
//!
//! Starts `costscope demo` in a pseudo-terminal, presses the keys a new user would press, and writes what the
//! terminal shows as SVG into `screenshots/`.
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

fn shoot(pty: &Pty, name: &str) {
    pty.settle();
    let picture = pty.screen(svg::draw);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("screenshots")
        .join(format!("{name}.svg"));
    std::fs::write(&path, picture).unwrap();
    println!("{}", path.display());
}

fn main() {
    let program = program();
    assert!(program.is_file(), "build the program first: cargo build");
    let folder = tempfile::TempDir::new().unwrap();
    let mut pty = Pty::start(&program, folder.path(), &["demo"], COLUMNS, ROWS);
    pty.until(&["16 of 16"]);
    pty.send("\x1b[C");
    pty.until(&["Retail", "MPA   reports ✓  5e6f7"]);
    shoot(&pty, "scopes");
    pty.send("\r");
    pty.until(&["= 2 reports"]);
    shoot(&pty, "order");
    pty.send("\r");
    pty.until(&["next poll in 00:02"]);
    shoot(&pty, "jobs");
    pty.until(&["2 ready"]);
    pty.send("\r");
    pty.until(&["[0 Overview]", "rg-web", "unused"]);
    shoot(&pty, "overview");
    pty.send("4");
    pty.until(&["rg-web", "cost USD"]);
    shoot(&pty, "table");
    pty.send("x");
    pty.until(&["both files describe the same usage"]);
    shoot(&pty, "compare");
    pty.send("qqqq");
    let (code, _) = pty.finish();
    assert_eq!(code, 0);
}
