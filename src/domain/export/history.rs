//! A watch over a run that has ended.

use super::run::{Run, failure_words};
use super::watch::WatchEnding;
use crate::domain::period::DateRange;
use crate::domain::scope::ScopeId;
use crate::domain::text::clock;
use crate::domain::text::redaction::without_secrets;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How a watch has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnding {
    Completed,
    NoData,
    Failed,
    /// The start never arrived.
    NeverStarted,
    /// The user has stopped it; the run goes on.
    Dropped,
}

impl RunEnding {
    /// Its word in lists.
    pub fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::NoData => "no data",
            Self::Failed => "failed",
            Self::NeverStarted => "not started",
            Self::Dropped => "dropped",
        }
    }

    /// The end of a watch, the run, and what is said about it. `None` for a run that goes on.
    pub fn of(ending: &WatchEnding) -> Option<(Self, Option<&Run>, Option<String>)> {
        match ending {
            WatchEnding::Completed(run) => {
                let place = run.manifest.as_ref().or(run.file.as_ref());
                Some((Self::Completed, Some(run), place.cloned()))
            }
            WatchEnding::NoData(run) => {
                let why = run.status.word().to_owned();
                Some((Self::NoData, Some(run), Some(why)))
            }
            WatchEnding::Failed(run) => {
                let why = without_secrets(&failure_words(run));
                Some((Self::Failed, Some(run), Some(why)))
            }
            WatchEnding::NeverStarted => Some((Self::NeverStarted, None, None)),
            WatchEnding::TimeUp(_) => None,
        }
    }
}

/// A watch that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    /// The cloud or endpoint, as ledger keys begin.
    pub origin: String,
    pub scope: ScopeId,
    pub export: String,
    /// The word of its dataset, where it is known.
    pub dataset: Option<String>,
    /// The days that were asked for, or those of the run.
    pub days: Option<DateRange>,
    /// The source that opens the files of the export.
    pub source: Option<String>,
    pub run: Option<String>,
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    /// How often the history was looked at.
    pub looks: u32,
    pub ending: RunEnding,
    /// The manifest of a run that completed, or why it did not.
    pub why: Option<String>,
}

impl PastRun {
    /// How long it took, as a clock shows it.
    pub fn took(&self) -> String {
        let took = self.ended_at.signed_duration_since(self.started_at);
        clock(took.num_seconds())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::export::history::{PastRun, RunEnding};
    use crate::domain::export::run::{Run, Status, Trigger};
    use crate::domain::export::watch::WatchEnding;
    use crate::domain::scope::ScopeId;

    fn run(status: &str, manifest: Option<&str>, file: Option<&str>) -> Box<Run> {
        Box::new(Run {
            id: "r".to_owned(),
            status: Status::read(status),
            trigger: Trigger::OnDemand,
            submitted_by: None,
            submitted: None,
            ended: None,
            days: None,
            file: file.map(str::to_owned),
            manifest: manifest.map(str::to_owned),
            error: Some("Denied: sig=abc".to_owned()),
        })
    }

    #[test]
    fn an_end_is_told_with_its_run_and_its_reason() {
        let (manifest, file) = (Some("m.json"), Some("f.csv"));
        for (ending, word, why) in [
            (
                WatchEnding::Completed(run("Completed", manifest, file)),
                "completed",
                Some("m.json"),
            ),
            (
                WatchEnding::Completed(run("Completed", None, file)),
                "completed",
                Some("f.csv"),
            ),
            (
                WatchEnding::Completed(run("Completed", None, None)),
                "completed",
                None,
            ),
            (
                WatchEnding::NoData(run("DataNotAvailable", manifest, None)),
                "no data",
                Some("DataNotAvailable"),
            ),
            (
                WatchEnding::Failed(run("Failed", manifest, None)),
                "failed",
                Some("Denied: sig=[secret]"),
            ),
            (WatchEnding::NeverStarted, "not started", None),
        ] {
            let (found, run, said) = RunEnding::of(&ending).unwrap();
            assert_eq!((found.word(), said.as_deref()), (word, why));
            assert_eq!(run.is_none(), ending == WatchEnding::NeverStarted);
        }
        let open = run("Queued", None, None);
        assert_eq!(RunEnding::of(&WatchEnding::TimeUp(Some(open))), None);
        assert_eq!(RunEnding::Dropped.word(), "dropped");
    }

    #[test]
    fn a_watch_took_from_its_start_to_its_end() {
        let past = PastRun {
            origin: "public".to_owned(),
            scope: ScopeId::parse("8608480").unwrap(),
            export: "daily".to_owned(),
            dataset: None,
            days: None,
            source: None,
            run: None,
            started_at: "2026-11-20T23:59:30Z".parse().unwrap(),
            ended_at: "2026-11-21T01:01:01Z".parse().unwrap(),
            looks: 3,
            ending: RunEnding::Completed,
            why: None,
        };
        assert_eq!(past.took(), "1:01:31");
    }
}
