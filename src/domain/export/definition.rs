//! An export: its dataset, its schedule, and where its files go.

use super::run::Run;
use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use chrono::{DateTime, Utc};

/// The dataset of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dataset {
    Actual,
    Amortized,
    Focus,
    Usage,
    /// Price sheets, reservations, and whatever Azure adds.
    Other(String),
}

impl Dataset {
    /// Reads the word of the API.
    pub fn read(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "actualcost" => Self::Actual,
            "amortizedcost" => Self::Amortized,
            "focuscost" => Self::Focus,
            "usage" => Self::Usage,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The word of the API.
    pub fn word(&self) -> &str {
        match self {
            Self::Actual => "ActualCost",
            Self::Amortized => "AmortizedCost",
            Self::Focus => "FocusCost",
            Self::Usage => "Usage",
            Self::Other(word) => word,
        }
    }

    /// The metric of its rows. FOCUS has both costs.
    pub fn metric(&self) -> Option<Metric> {
        match self {
            Self::Actual => Some(Metric::Actual),
            Self::Amortized => Some(Metric::Amortized),
            Self::Usage => Some(Metric::Usage),
            Self::Focus | Self::Other(_) => None,
        }
    }
}

/// The place of an export's files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Destination {
    /// The resource id of the storage account, or only its name where a partner owns it.
    pub account: String,
    pub container: String,
    pub folder: String,
}

impl Destination {
    /// The name of the storage account.
    pub fn account_name(&self) -> &str {
        let account = self.account.trim_matches('/');
        account.rsplit('/').next().unwrap_or(account)
    }

    /// The folder as a source: the runs of an export lie in the folder with its name.
    pub fn source(&self, export: &str) -> String {
        let parts = [
            self.account_name(),
            &self.container,
            self.folder.trim_matches('/'),
            export,
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("az://{}", parts.join("/"))
    }
}

/// When an export runs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub is_active: bool,
    /// The word of the API: `Daily`, `Weekly`, `Monthly`, `Annually`, `None`.
    pub recurrence: String,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

/// An export as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub name: String,
    pub dataset: Dataset,
    pub data_version: Option<String>,
    /// The days of each run, by the word of the API: `MonthToDate`, `TheLastMonth`, `Custom`, ...
    pub timeframe: String,
    /// The days of a `Custom` timeframe.
    pub days: Option<DateRange>,
    /// `Csv` or `Parquet`.
    pub format: String,
    /// `gzip`, `snappy` or `none`.
    pub compression: Option<String>,
    /// `OverwritePreviousReport` or `CreateNewReport`.
    pub overwrite: Option<String>,
    pub is_partitioned: bool,
    pub description: Option<String>,
    pub destination: Destination,
    pub schedule: Option<Schedule>,
    pub next_run: Option<DateTime<Utc>>,
    pub etag: Option<String>,
    pub has_identity: bool,
    /// The latest runs: the last one in a list, up to ten of a single export; the newest first.
    pub runs: Vec<Run>,
}

impl Export {
    /// Its schedule in a few words.
    pub fn schedule_words(&self) -> String {
        let Some(schedule) = &self.schedule else {
            return "one-time".to_owned();
        };
        let word = schedule.recurrence.to_lowercase();
        match (schedule.is_active, word.as_str()) {
            (_, "none" | "") => "one-time".to_owned(),
            (true, _) => word,
            (false, _) => format!("off ({word})"),
        }
    }

    /// Its last run.
    pub fn last_run(&self) -> Option<&Run> {
        self.runs.first()
    }

    /// The source that opens its files.
    pub fn source(&self) -> String {
        self.destination.source(&self.name)
    }

    /// Whether every run leaves a copy of its own behind.
    pub fn keeps_every_run(&self) -> bool {
        let word = self.overwrite.as_deref();
        word.is_none_or(|word| word.eq_ignore_ascii_case("CreateNewReport"))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::export::definition::{Dataset, Destination, Export, Schedule};

    pub(super) fn plain(name: &str) -> Export {
        Export {
            name: name.to_owned(),
            dataset: Dataset::Actual,
            data_version: None,
            timeframe: "MonthToDate".to_owned(),
            days: None,
            format: "Csv".to_owned(),
            compression: None,
            overwrite: None,
            is_partitioned: true,
            description: None,
            destination: Destination::default(),
            schedule: None,
            next_run: None,
            etag: None,
            has_identity: false,
            runs: Vec::new(),
        }
    }

    #[test]
    fn a_destination_becomes_a_source() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/";
        for (account, container, folder, source) in [
            (
                format!("{id}costs"),
                "exports",
                "cost",
                "az://costs/exports/cost/daily",
            ),
            (
                format!("{id}costs/"),
                "exports",
                "/a/b/",
                "az://costs/exports/a/b/daily",
            ),
            ("partner".to_owned(), "c", "", "az://partner/c/daily"),
        ] {
            let destination = Destination {
                account,
                container: container.to_owned(),
                folder: folder.to_owned(),
            };
            assert_eq!(destination.source("daily"), source);
        }
    }

    #[test]
    fn a_schedule_is_said_in_a_word() {
        for (given, words) in [
            (None, "one-time"),
            (Some((true, "Daily")), "daily"),
            (Some((false, "Monthly")), "off (monthly)"),
            (Some((false, "None")), "one-time"),
            (Some((true, "Fortnightly")), "fortnightly"),
        ] {
            let schedule = given.map(|(is_active, recurrence)| Schedule {
                is_active,
                recurrence: recurrence.to_owned(),
                from: None,
                to: None,
            });
            let export = Export {
                schedule,
                ..plain("daily")
            };
            assert_eq!(export.schedule_words(), words);
        }
    }

    #[test]
    fn unknown_datasets_keep_their_word() {
        for word in [
            "ActualCost",
            "AmortizedCost",
            "FocusCost",
            "Usage",
            "PriceSheet",
            "Carbon",
        ] {
            assert_eq!(Dataset::read(word).word(), word);
        }
        assert_eq!(Dataset::read("actualcost"), Dataset::Actual);
    }
}
