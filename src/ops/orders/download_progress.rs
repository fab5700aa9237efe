//! The callbacks of a download: disk space, time limit and progress.

use super::outcome::Progress;
use crate::azure::reports::blobs::Watch;
use crate::domain::report::manifest::PartNote;
use crate::domain::report::operation::states::{Moment, Operation};
use crate::domain::report::reply::{Failure, Reply};
use crate::ops::clock::Clock;
use crate::store::files;
use crate::store::folder::Folder;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::Path;

/// The interval of progress reports; faster ones could not be read.
const NEWS_MILLISECONDS: i64 = 250;

/// Watches one download.
pub(crate) struct DownloadProgress<'a, P> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) folder: &'a Folder,
    /// The name of the file in it for the resume note.
    pub(crate) note: &'a str,
    /// The time limit of the job; the user may change it meanwhile.
    pub(crate) limit: &'a (dyn Fn() -> DateTime<Utc> + Sync),
    /// The progress at the start of the download.
    pub(crate) news: Progress,
    pub(crate) told: DateTime<Utc>,
    pub(crate) tell: &'a mut P,
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
            limit: (self.limit)(),
            ..self.news.clone()
        };
        (self.tell)(news);
    }
}

impl<P: FnMut(Progress) + Send> Watch for DownloadProgress<'_, P> {
    fn progress(&mut self, bytes: u64) {
        let now = self.clock.now();
        if now.signed_duration_since(self.told) < TimeDelta::milliseconds(NEWS_MILLISECONDS) {
            return;
        }
        self.told = now;
        let moment = Moment {
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

    fn may_wait(&mut self, wait: TimeDelta, why: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        let until = now
            .checked_add_signed(wait)
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        if until > (self.limit)() {
            let at = until.format("%Y-%m-%d %H:%M:%S");
            let message = format!(
                "timed out: {why}, and the next try would be at {at} UTC, beyond --max-wait. The order is kept, and \
                 the next run resumes it"
            );
            return Err(Failure::GaveUp { message });
        }
        let note = format!("{why}; resuming in {} s", wait.num_seconds());
        self.say(self.news.operation.clone(), now, Some(note));
        Ok(())
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
