//! The callbacks of a download: disk space, time limit and progress.

use super::time_limit::{TimeLimit, unusually_long};
use crate::azure::reports::watch::{Pause, Watch};
use crate::domain::report::manifest::PartNote;
use crate::domain::report::operation::states::{Operation, ReplyTime};
use crate::domain::report::reply::{Failure, Reply};
use crate::ops::orders::outcome::Progress;
use crate::store::files;
use crate::store::folder::Folder;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::Path;

/// The interval of progress reports; faster ones could not be read.
const NEWS_MILLISECONDS: i64 = 250;

/// Watches one download.
pub(crate) struct DownloadProgress<'a, P> {
    pub(crate) limit: TimeLimit<'a>,
    pub(crate) folder: &'a Folder,
    /// A file of unknown size must leave this much of the disk free.
    pub(crate) least_room: u64,
    /// The name of the file in it for the resume note.
    pub(crate) note: &'a str,
    /// The progress at the start of the download.
    pub(crate) news: Progress,
    /// When the progress was last reported, by the steady clock.
    pub(crate) told: TimeDelta,
    pub(crate) tell: &'a mut P,
}

/// Checks that the disk has room for all files of a report. The sizes are the manifest's: those that no disk of this
/// size can hold are not believed, and the answer's own length decides.
pub(crate) fn fits_all(folder: &Path, bytes: u64) -> Result<(), Failure> {
    match files::space(folder) {
        Some((_, size)) if bytes > size => Ok(()),
        _ => fits(folder, bytes),
    }
}

/// Checks that the disk has room for the download and its Parquet copy.
pub(crate) fn fits(folder: &Path, bytes: u64) -> Result<(), Failure> {
    let needed = bytes.saturating_add(bytes / 2);
    files::check_space(folder, needed).map_err(|error| Failure::Local {
        message: error.to_string(),
    })
}

impl<P: FnMut(Progress) + Send> DownloadProgress<'_, P> {
    fn say(&mut self, operation: Operation, now: DateTime<Utc>, note: Option<String>) {
        let news = Progress {
            operation,
            now,
            note,
            limit: self.limit.at(),
            ..self.news.clone()
        };
        (self.tell)(news);
    }
}

impl<P: FnMut(Progress) + Send> Watch for DownloadProgress<'_, P> {
    fn progress(&mut self, bytes: u64) {
        let (now, steady) = (self.limit.clock().now(), self.limit.clock().steady());
        if steady - self.told < TimeDelta::milliseconds(NEWS_MILLISECONDS) {
            return;
        }
        self.told = steady;
        let moment = ReplyTime {
            now,
            jitter: TimeDelta::zero(),
        };
        let state = self.news.operation.clone();
        let (operation, _) = state.advance(Reply::Progress { bytes }, moment);
        self.say(operation, now, None);
    }

    fn fits(&self, bytes: u64) -> Result<(), Failure> {
        fits(self.folder.path(), bytes)
    }

    fn has_room(&self) -> bool {
        let space = files::space(self.folder.path());
        space.is_none_or(|(free, _)| free > self.least_room)
    }

    fn may_wait(&mut self, pause: Pause, why: &str) -> Result<TimeDelta, Failure> {
        let now = self.limit.clock().now();
        let until = now.checked_add_signed(pause.wait);
        let mut until = until.unwrap_or(DateTime::<Utc>::MAX_UTC);
        if !pause.named {
            until = self.limit.last_try(until, TimeDelta::zero());
        }
        if until > self.limit.at() {
            let at = until.format("%Y-%m-%d %H:%M:%S");
            let long = unusually_long(until.signed_duration_since(now));
            let message = format!(
                "timed out: {why}, and the next try would be at {at} UTC{long}, beyond --max-wait ({}). The order is kept, \
                 and the next run resumes it",
                self.limit.words()
            );
            return Err(Failure::GaveUp { message });
        }
        let wait = until.signed_duration_since(now);
        let note = format!("{why}; resuming in {} s", wait.num_seconds());
        self.say(self.news.operation.clone(), now, Some(note));
        Ok(wait)
    }

    fn begins(&mut self, note: Option<PartNote>) {
        // Without the note, another run starts from the beginning, which only costs time.
        let text = note.and_then(|note| serde_json::to_vec(&note).ok());
        let kept = text.map(|text| self.folder.write(self.note, &text));
        if !matches!(kept, Some(Ok(()))) {
            let _ = self.folder.remove_file(self.note);
        }
    }
}
