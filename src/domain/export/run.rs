//! A run of an export, and its status.

use crate::domain::period::DateRange;
use chrono::{DateTime, Utc};

/// The status of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    Queued,
    InProgress,
    /// `Completed`, or the undocumented `DataReady`.
    Completed,
    /// `NewDataNotAvailable` or `DataNotAvailable`: nothing was written.
    NoData(String),
    Failed,
    Timeout,
    /// A word that Azure has added: the run may still be under way.
    Other(String),
}

impl Status {
    /// Reads the word of the API.
    pub fn read(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "queued" => Self::Queued,
            "inprogress" => Self::InProgress,
            "completed" | "dataready" => Self::Completed,
            "newdatanotavailable" | "datanotavailable" => Self::NoData(word.to_owned()),
            "failed" => Self::Failed,
            "timeout" => Self::Timeout,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The word of the API.
    pub fn word(&self) -> &str {
        match self {
            Self::Queued => "Queued",
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Timeout => "Timeout",
            Self::NoData(word) | Self::Other(word) => word,
        }
    }

    /// Whether the run goes on, as far as is known.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Queued | Self::InProgress | Self::Other(_) => true,
            Self::Completed | Self::NoData(_) | Self::Failed | Self::Timeout => false,
        }
    }
}

/// The cause of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    OnDemand,
    Scheduled,
    Other(String),
}

impl Trigger {
    /// Reads the word of the API.
    pub fn read(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "ondemand" => Self::OnDemand,
            "scheduled" => Self::Scheduled,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The word of the API.
    pub fn word(&self) -> &str {
        match self {
            Self::OnDemand => "OnDemand",
            Self::Scheduled => "Scheduled",
            Self::Other(word) => word,
        }
    }
}

/// A run of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The last segment of its ARM id.
    pub id: String,
    pub status: Status,
    pub trigger: Trigger,
    pub submitted_by: Option<String>,
    pub submitted: Option<DateTime<Utc>>,
    pub ended: Option<DateTime<Utc>>,
    pub days: Option<DateRange>,
    pub file: Option<String>,
    /// The manifest's path inside the container.
    pub manifest: Option<String>,
    /// Code and message of a failed run.
    pub error: Option<String>,
}

impl Run {
    /// The seconds since it was submitted.
    pub fn age(&self, now: DateTime<Utc>) -> Option<i64> {
        let submitted = self.submitted?;
        Some(now.signed_duration_since(submitted).num_seconds())
    }
}

/// Why a run without an explanation fails, in most reported cases.
pub const UNEXPLAINED: &str = "Azure gives no reason. Usual causes: the resource provider Microsoft.CostManagementExports is not \
     registered in the storage account's subscription, or the storage account was deleted or is behind a firewall. Saving the \
     export once in the portal repairs the registration";

/// The reason a run failed, with the next step.
pub fn failure_words(run: &Run) -> String {
    let error = run.error.as_deref().map(str::trim).unwrap_or_default();
    let is_unknown = error.is_empty() || error.to_lowercase().contains("an unknown error occurred");
    match (is_unknown, error) {
        (false, error) => error.to_owned(),
        (true, "") => format!("{}. {UNEXPLAINED}", run.status.word()),
        (true, error) => format!("{}. {UNEXPLAINED}", error.trim_end_matches('.')),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::export::run::{Run, Status, Trigger, UNEXPLAINED, failure_words};

    #[test]
    fn every_status_is_read_and_unknown_ones_go_on() {
        for (word, is_open) in [
            ("Queued", true),
            ("InProgress", true),
            ("Completed", false),
            ("NewDataNotAvailable", false),
            ("DataNotAvailable", false),
            ("Failed", false),
            ("Timeout", false),
            ("Copying", true),
        ] {
            let status = Status::read(word);
            assert_eq!((status.word(), status.is_open()), (word, is_open));
        }
        assert_eq!(Status::read("DataReady"), Status::Completed);
        assert_eq!(Status::read("completed"), Status::Completed);
    }

    #[test]
    fn a_failure_without_a_reason_names_the_usual_causes() {
        let failed = |error: Option<&str>| {
            failure_words(&Run {
                id: "r".to_owned(),
                status: Status::Failed,
                trigger: Trigger::OnDemand,
                submitted_by: None,
                submitted: None,
                ended: None,
                days: None,
                file: None,
                manifest: None,
                error: error.map(str::to_owned),
            })
        };
        assert_eq!(failed(None), format!("Failed. {UNEXPLAINED}"));
        assert_eq!(
            failed(Some("500: An unknown error occurred.")),
            format!("500: An unknown error occurred. {UNEXPLAINED}")
        );
        assert_eq!(
            failed(Some("DestinationMissing: gone")),
            "DestinationMissing: gone"
        );
    }

    #[test]
    fn triggers_are_read_in_any_case_and_keep_words_that_are_new() {
        for (word, trigger, back) in [
            ("OnDemand", Trigger::OnDemand, "OnDemand"),
            ("ondemand", Trigger::OnDemand, "OnDemand"),
            ("SCHEDULED", Trigger::Scheduled, "Scheduled"),
            ("Later", Trigger::Other("Later".to_owned()), "Later"),
        ] {
            assert_eq!(Trigger::read(word), trigger);
            assert_eq!(trigger.word(), back);
        }
    }

    #[test]
    fn a_run_is_as_old_as_its_submission() {
        let time = |text: &str| text.parse().unwrap();
        let now = time("2026-11-20T12:01:30Z");
        for (submitted, age) in [
            (None, None),
            (Some("2026-11-20T12:00:00Z"), Some(90)),
            (Some("2026-11-20T12:02:00Z"), Some(-30)),
        ] {
            let run = Run {
                id: "r".to_owned(),
                status: Status::Queued,
                trigger: Trigger::OnDemand,
                submitted_by: None,
                submitted: submitted.map(time),
                ended: None,
                days: None,
                file: None,
                manifest: None,
                error: None,
            };
            assert_eq!(run.age(now), age, "{submitted:?}");
        }
    }
}
