//! A run of an export as a job: when the next look is, and how it has ended.

use crate::domain::export::run::Run;
use crate::domain::export::watch::WatchEnding;
use crate::domain::period::DateRange;
use crate::domain::scope::ScopeId;
use crate::ops::exports::running::{News, RunOutcome};
use crate::tui::message::RunTold;
use crate::tui::said::{Masked, Said};
use crate::tui::ticket::JobId;
use chrono::{DateTime, Utc};

/// A look at the history of the export, and the time of the next one.
#[derive(Debug, Clone)]
pub struct Looked {
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// When the watch ends.
    pub limit: DateTime<Utc>,
    /// The run, once the history shows it.
    pub run: Option<Box<Run>>,
    /// Whether nothing was started, and the start is sent then.
    pub is_start: bool,
}

/// The end of a watch of this run of the program.
#[derive(Debug, Clone)]
pub enum RunEnd {
    Outcome(RunOutcome),
    Refused(Said),
}

/// A run of an export.
#[derive(Debug, Clone)]
pub struct RunJob {
    pub id: JobId,
    pub scope: ScopeId,
    pub export: Masked,
    pub days: Option<DateRange>,
    /// The source that opens the files of the export.
    pub source: Option<String>,
    pub started: DateTime<Utc>,
    pub looked: Option<Looked>,
    pub note: Option<Said>,
    pub end: Option<RunEnd>,
    pub ended: Option<DateTime<Utc>>,
}

impl RunJob {
    /// Whether it is watched.
    pub fn goes_on(&self) -> bool {
        self.end.is_none()
    }

    /// Whether it has completed.
    pub fn is_completed(&self) -> bool {
        matches!(
            &self.end,
            Some(RunEnd::Outcome(RunOutcome::Ended(WatchEnding::Completed(
                _
            ))))
        )
    }

    /// The run, as far as it is known.
    pub fn run(&self) -> Option<&Run> {
        match &self.end {
            Some(RunEnd::Outcome(outcome)) => outcome.run(),
            Some(RunEnd::Refused(_)) => None,
            None => self
                .looked
                .as_ref()
                .and_then(|looked| looked.run.as_deref()),
        }
    }

    /// Stores what is heard of it.
    pub fn hear(&mut self, told: RunTold, now: DateTime<Utc>) {
        match told {
            RunTold::News(News::Note(note)) => {
                // The wait before a start is over.
                self.looked.take_if(|looked| looked.is_start);
                self.note = Some(note.into());
            }
            RunTold::News(News::Busy {
                since,
                until,
                limit,
            }) => {
                self.looked = Some(Looked {
                    since,
                    until,
                    limit,
                    run: None,
                    is_start: true,
                });
            }
            RunTold::News(News::Waiting {
                since,
                until,
                limit,
                run,
            }) => {
                self.looked = Some(Looked {
                    since,
                    until,
                    limit,
                    run,
                    is_start: false,
                });
            }
            RunTold::Ended(outcome) => {
                self.end = Some(match outcome {
                    Ok(outcome) => RunEnd::Outcome(outcome),
                    Err(problem) => RunEnd::Refused(problem.text),
                });
                self.ended = Some(now);
            }
        }
    }
}
