//! Stores texts that are too large for a terminal's clipboard in files for an hour, and shows how to fetch a file.

use crate::domain::text::bytes;
use crate::domain::text::shell::word;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::folder::ItemKind;
use chrono::{DateTime, Utc};
use std::path::Path;

/// The command that fetches a file from this machine.
pub fn fetch_line(target: &Path) -> String {
    let path = target.canonicalize().unwrap_or_else(|_| target.to_owned());
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let user = std::env::var("USER").unwrap_or_default();
    let at = if user.is_empty() {
        String::new()
    } else {
        format!("{user}@")
    };
    let place = word(&format!("{at}{host}:{}", path.display()));
    format!("scp {place} .")
}

/// Stores a text that is too large for a terminal's clipboard. Returns where it is and how to fetch it.
pub fn keep_copy(session: &Session, text: &str) -> Result<String, OpsError> {
    let folder = session.data.child("copies")?;
    let now = session.clock.now().format("%Y%m%d-%H%M%S");
    let name = format!("copy-{now}.txt");
    folder.write(&name, text.as_bytes())?;
    let size = bytes(text.len() as u64);
    Ok(format!(
        "{size} are too many for the terminal's clipboard; saved to a file: {}",
        fetch_line(&folder.item(&name))
    ))
}

/// The lifetime of a copy, in seconds.
const COPY_LIVES: u64 = 3600;

/// Removes the copies of earlier sessions, which the next user of the screen must not find.
pub fn drop_old_copies(session: &Session) {
    let Ok(Some(folder)) = session.data.existing("copies") else {
        return;
    };
    let now = session.clock.now();
    for (name, kind) in folder.items().unwrap_or_default() {
        let made = folder.open(&name).ok().flatten();
        let made = made.and_then(|file| file.metadata().ok()?.modified().ok());
        let age = made.map(|made| now.signed_duration_since(DateTime::<Utc>::from(made)));
        let is_fresh = age.is_some_and(|age| age.num_seconds().unsigned_abs() < COPY_LIVES);
        if kind != ItemKind::File || !is_fresh {
            // A failed removal is retried at the next start.
            let _ = folder.remove(&name);
        }
    }
}
