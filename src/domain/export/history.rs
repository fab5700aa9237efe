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
