//! A run to start, its progress and its outcome.

use crate::domain::export::run::Run;
use crate::domain::export::watch::WatchEnding;
use crate::domain::period::DateRange;
use crate::domain::report::request::export_note;
use crate::domain::scope::ScopeId;
use crate::store::orders::export_runs::RunNote;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// A run to start.
#[derive(Debug, Clone)]
pub struct RunOrder {
    pub scope: ScopeId,
    pub export: String,
    /// The days; without them, the export's own.
    pub days: Option<DateRange>,
    /// Whether the days end today, in a month that goes on.
    pub is_to_date: bool,
    pub max_wait: Duration,
    /// Whether the run is watched to its end.
    pub waits: bool,
}

impl RunOrder {
    /// The order that goes on with a watch.
    pub fn resuming(note: &RunNote, max_wait: Duration) -> Self {
        Self {
            scope: note.scope.clone(),
            export: note.export.clone(),
            days: note.watch.days,
            is_to_date: note.watch.is_to_date,
            max_wait,
            waits: true,
        }
    }

    /// The name of the note about its run.
    pub(super) fn note_name(&self, origin: &str) -> String {
        let days = (self.days, self.is_to_date);
        export_note(origin, &self.scope, &self.export, days)
    }
}

/// The progress of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A message to show once.
    Note(String),
    /// The server is busy, and nothing was started: the start is sent again at this time.
    Busy {
        since: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: DateTime<Utc>,
    },
    /// The next look is at this time.
    Waiting {
        since: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: DateTime<Utc>,
        run: Option<Box<Run>>,
    },
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// The server has accepted it, and it is not watched.
    Started,
    /// One of the same days goes on, so none was started, and it is not watched.
    UnderWay,
    Ended(WatchEnding),
    /// The user has stopped the watch; the run goes on.
    Cancelled,
    /// The user has stopped before anything was started.
    NotStarted,
}

impl RunOutcome {
    /// The exit code of the command.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Started | Self::UnderWay | Self::Ended(WatchEnding::Completed(_)) => 0,
            Self::Ended(WatchEnding::NoData(_)) => 3,
            Self::Ended(WatchEnding::Failed(_) | WatchEnding::NeverStarted) => 1,
            Self::Ended(WatchEnding::TimeUp(_)) => 5,
            Self::Cancelled | Self::NotStarted => 130,
        }
    }

    /// The run, if it is known.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Self::Ended(
                WatchEnding::Completed(run) | WatchEnding::NoData(run) | WatchEnding::Failed(run),
            ) => Some(run.as_ref()),
            Self::Ended(WatchEnding::TimeUp(run)) => run.as_deref(),
            Self::Started
            | Self::UnderWay
            | Self::Cancelled
            | Self::NotStarted
            | Self::Ended(WatchEnding::NeverStarted) => None,
        }
    }
}
