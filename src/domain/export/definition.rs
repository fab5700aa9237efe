//! An export: its dataset, its schedule, and where its files go.

use super::run::Run;
use crate::domain::metric::Metric;
use crate::domain::period::{DateRange, Month};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

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

    /// The folder as a source: the runs of an export lie in the folder with its name. Without a
    /// name, it is the folder of all of them.
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
}

/// The days of a run that names none, as far as they can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDays {
    pub from: NaiveDate,
    /// The run ends on this day or later: Azure names the end of an open month in several ways.
    pub to: NaiveDate,
}

impl OwnDays {
    /// Whether a run of these days may be one that names none.
    pub fn fit(self, days: DateRange) -> bool {
        days.from == self.from && days.to >= self.to
    }
}

/// Why no export can have a name: it would lead to another place of the API.
pub fn name_refusal(name: &str) -> Option<String> {
    let wrong = name.trim().is_empty() || name.contains('/') || name == "." || name == "..";
    wrong.then(|| {
        format!(
            "`{name}` cannot be the name of an export: give one that `costscope exports list` shows"
        )
    })
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

    /// The days of a run that names none; `None` where a billing period or a week decides.
    pub fn own_days(&self, today: NaiveDate) -> Option<OwnDays> {
        let this = Month::of(today);
        match self.timeframe.to_ascii_lowercase().as_str() {
            "monthtodate" | "thecurrentmonth" => {
                let from = this.range().from;
                let to = today.pred_opt().unwrap_or(today).max(from);
                Some(OwnDays { from, to })
            }
            "thelastmonth" => {
                let DateRange { from, to } = this.back(1).range();
                Some(OwnDays { from, to })
            }
            "custom" => self.days.map(|DateRange { from, to }| OwnDays { from, to }),
            _ => None,
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
    use crate::domain::export::definition::{Dataset, Destination, Export, Schedule, name_refusal};
    use crate::domain::export::run::{Run, Status, Trigger};
    use crate::domain::metric::Metric;
    use crate::domain::period::DateRange;

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
            });
            let export = Export {
                schedule,
                ..plain("daily")
            };
            assert_eq!(export.schedule_words(), words);
        }
    }

    #[test]
    fn own_days_are_told_by_the_timeframe() {
        let days = |text: &str| DateRange::parse(text).unwrap();
        for (timeframe, today, run, fits) in [
            ("MonthToDate", "2026-11-22", "2026-11", true),
            ("MonthToDate", "2026-11-22", "2026-11-01..2026-11-22", true),
            ("MonthToDate", "2026-11-22", "2026-11-01..2026-11-21", true),
            ("MonthToDate", "2026-11-22", "2026-11-01..2026-11-20", false),
            ("MonthToDate", "2026-11-22", "2026-10", false),
            ("MonthToDate", "2026-11-01", "2026-11-01..2026-11-01", true),
            ("TheLastMonth", "2026-11-22", "2026-10", true),
            ("TheLastMonth", "2026-01-22", "2025-12", true),
            ("TheLastMonth", "2026-11-22", "2026-11", false),
            ("Custom", "2026-11-22", "2026-03-02..2026-03-09", true),
            ("Custom", "2026-11-22", "2026-03", false),
            ("WeekToDate", "2026-11-22", "2026-11-16..2026-11-22", false),
            ("BillingMonthToDate", "2026-11-22", "2026-11", false),
        ] {
            let export = Export {
                timeframe: timeframe.to_owned(),
                days: Some(days("2026-03-02..2026-03-09")),
                ..plain("daily")
            };
            let own = export.own_days(today.parse().unwrap());
            let found = own.is_some_and(|own| own.fit(days(run)));
            assert_eq!(found, fits, "{timeframe} {today} {run}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for (name, is_good) in [
            ("daily", true),
            ("old name (2)", true),
            ("a?b", true),
            ("", false),
            (" ", false),
            ("..", false),
            ("daily/run", false),
        ] {
            assert_eq!(name_refusal(name).is_none(), is_good, "{name}");
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

    #[test]
    fn datasets_with_one_cost_have_a_metric() {
        for (word, metric) in [
            ("ActualCost", Some(Metric::Actual)),
            ("AmortizedCost", Some(Metric::Amortized)),
            ("Usage", Some(Metric::Usage)),
            ("FocusCost", None),
            ("PriceSheet", None),
        ] {
            assert_eq!(Dataset::read(word).metric(), metric, "{word}");
        }
    }

    #[test]
    fn only_an_overwriting_export_keeps_no_copies() {
        for (overwrite, keeps) in [
            (None, true),
            (Some("CreateNewReport"), true),
            (Some("createnewreport"), true),
            (Some("OverwritePreviousReport"), false),
        ] {
            let export = Export {
                overwrite: overwrite.map(str::to_owned),
                ..plain("daily")
            };
            assert_eq!(export.keeps_every_run(), keeps, "{overwrite:?}");
        }
    }

    #[test]
    fn an_export_is_opened_in_its_folder_and_told_by_its_newest_run() {
        let destination = Destination {
            account: "costs".to_owned(),
            container: "exports".to_owned(),
            folder: String::new(),
        };
        assert_eq!(destination.source(""), "az://costs/exports");
        let export = Export {
            destination,
            ..plain("daily")
        };
        assert_eq!(export.source(), "az://costs/exports/daily");
        assert_eq!(export.last_run(), None);
        let run = |id: &str| Run {
            id: id.to_owned(),
            status: Status::Completed,
            trigger: Trigger::Scheduled,
            submitted_by: None,
            submitted: None,
            ended: None,
            days: None,
            file: None,
            manifest: None,
            error: None,
        };
        let ran = Export {
            runs: vec![run("new"), run("old")],
            ..export
        };
        assert_eq!(ran.last_run(), Some(&run("new")));
    }
}
