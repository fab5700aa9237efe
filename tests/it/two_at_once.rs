//! Two UIs on one data folder do not disturb each other.

use crate::support::program;
use crate::support::pty::Pty;
use costscope::store::pinned_scopes::PinnedScopesFile;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a busy machine may take to write a file.
const LIMIT: Duration = Duration::from_secs(30);

/// The number of pinned scopes, once there are as many.
fn pinned(folder: &Path, wanted: usize) -> usize {
    let end = Instant::now() + LIMIT;
    loop {
        let found = PinnedScopesFile::new(folder).read("demo").unwrap();
        if found.pinned.len() >= wanted || Instant::now() > end {
            return found.pinned.len();
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn two_uis_keep_the_pins_of_both() {
    let folder = TempDir::new().unwrap();
    let program = program();
    let start = || {
        let program = Path::new(program.get_program());
        let pty = Pty::start(program, folder.path(), &["demo"], 100, 30);
        pty.until(&["16 of 16"]);
        pty
    };
    let (mut one, mut other) = (start(), start());
    one.send(" ");
    assert_eq!(pinned(folder.path(), 1), 1);
    // The other one has its own list, as it was at its start.
    other.send("jjj ");
    assert_eq!(pinned(folder.path(), 2), 2);
    one.send("\u{3}");
    assert_eq!(one.finish().0, 0);
    // It still takes keys.
    other.send("k ");
    assert_eq!(pinned(folder.path(), 3), 3);
    other.send("\u{3}");
    assert_eq!(other.finish().0, 0);
    assert_eq!(pinned(folder.path(), 3), 3);
}
