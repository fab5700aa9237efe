//! Orders on disk: those that wait, those that were sent, and those that have ended.

pub mod export_runs;
pub mod history;
pub mod intents;
pub mod queue;

use super::error::StoreError;
use super::folder::Folder;

/// Refuses a note that is not as it was written, or that is not the one of its file.
fn check_note(
    root: &Folder,
    name: &str,
    (is_whole, is_named): (bool, bool),
) -> Result<(), StoreError> {
    let problem = match (is_whole, is_named) {
        (false, _) => "its checksum differs",
        (true, false) => "it describes another report than its file name says",
        (true, true) => return Ok(()),
    };
    Err(StoreError::Journal {
        path: root.item(name),
        problem: problem.to_owned(),
    })
}
