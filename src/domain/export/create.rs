//! The definition of a new export: what may be created where, and the body of the request.
//!
//! CSV with gzip keeps the decimals as printed. Management groups take neither compression nor partitions.

use super::definition::Dataset;
use crate::domain::period::Month;
use crate::domain::scope::{Agreement, ScopeId, ScopeKind};
use crate::domain::text::timestamp;
use chrono::{Months, NaiveDate, NaiveTime};
use serde::Serialize;

/// How many years a new export runs.
const YEARS: u32 = 5;
/// The longest name; Azure documents none.
const LONGEST_NAME: usize = 64;
/// The region of the identity: the API needs one, and every scope accepts this one.
const LOCATION: &str = "global";

/// An export to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    pub scope: ScopeId,
    pub name: String,
    pub dataset: Dataset,
    /// The resource id of the storage account.
    pub storage: String,
    pub container: String,
    pub folder: String,
    /// Whether it runs once a month for the month before, instead of every day for the month to date.
    pub is_monthly: bool,
    /// Whether the export signs in to the storage account itself, which firewalls and disabled keys require.
    pub has_identity: bool,
}

/// The place of a new export's files, as a source is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportTarget {
    pub account: String,
    pub container: String,
    pub folder: String,
}

impl ExportTarget {
    /// Reads `az://ACCOUNT/CONTAINER/FOLDER`; the folder may be missing.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is not a place for files: write it as az://ACCOUNT/CONTAINER/FOLDER")
        };
        let path = text.trim().strip_prefix("az://").ok_or_else(wrong)?;
        let mut parts = path.trim_end_matches('/').splitn(3, '/').map(str::to_owned);
        let (Some(account), Some(container)) = (parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let is_plain = |name: &str| {
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            name.len() >= 3 && name.chars().all(good)
        };
        if !is_plain(&account) || !is_plain(&container) {
            return Err(format!(
                "{}. Names of accounts and containers have lower-case letters and digits",
                wrong()
            ));
        }
        Ok(Self {
            account,
            container,
            folder: parts.next().unwrap_or_default(),
        })
    }
}

impl ExportTarget {
    /// Checks that a storage account is the one of this place.
    pub fn check(&self, storage: &str) -> Result<(), String> {
        let account = storage.trim_matches('/').rsplit('/').next();
        let account = account.unwrap_or_default();
        if account.eq_ignore_ascii_case(&self.account) {
            return Ok(());
        }
        Err(format!(
            "the place names the account {}, the storage id the account {account}: give the id of the same account",
            self.account
        ))
    }
}

impl NewExport {
    /// Why this export cannot be created, and what to do instead.
    pub fn refusal(&self, agreement: Option<Agreement>) -> Option<String> {
        let is_good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > LONGEST_NAME || !self.name.chars().all(is_good)
        {
            return Some(format!(
                "`{}` cannot be the name of an export: use up to {LONGEST_NAME} letters, digits, - and _",
                self.name
            ));
        }
        let group = self.scope.kind() == ScopeKind::ManagementGroup;
        let only_usage = group || agreement == Some(Agreement::Payg);
        if only_usage && self.dataset != Dataset::Usage {
            let which = if group {
                "management groups"
            } else {
                "pay-as-you-go accounts"
            };
            return Some(format!(
                "{which} have only exports of usage: use --type usage"
            ));
        }
        let id = self.storage.to_ascii_lowercase();
        let id = id.trim_matches('/');
        let is_account = id.starts_with("subscriptions/")
            && id.contains("/providers/microsoft.storage/storageaccounts/")
            && id.split('/').count() == 8;
        if !is_account {
            return Some(format!(
                "`{}` is not the id of a storage account: copy it from `az storage account show --name NAME --query id`",
                self.storage
            ));
        }
        let folder = self.folder.trim_matches('/');
        if folder.split('/').any(|part| part == "." || part == "..") {
            return Some(format!("the folder `{folder}` must not contain . or .."));
        }
        None
    }

    /// The day of the first run: monthly ones are due on the 6th, when the costs of the month before are final.
    pub fn first_day(&self, today: NaiveDate) -> NaiveDate {
        if !self.is_monthly {
            return today.succ_opt().unwrap_or(today);
        }
        let this = Month::of(today);
        let due = this.back(1).settled_on();
        if due > today { due } else { this.settled_on() }
    }

    /// The body of the request.
    pub fn body(&self, today: NaiveDate) -> ExportBody {
        let group = self.scope.kind() == ScopeKind::ManagementGroup;
        let first = self.first_day(today);
        let (timeframe, recurrence) = if self.is_monthly {
            ("TheLastMonth", "Monthly")
        } else {
            ("MonthToDate", "Daily")
        };
        let last = first.checked_add_months(Months::new(12 * YEARS));
        ExportBody {
            identity: self.has_identity.then_some(ExportIdentity {
                kind: "SystemAssigned",
            }),
            location: self.has_identity.then_some(LOCATION),
            properties: Properties {
                schedule: ScheduleBody {
                    status: "Active",
                    recurrence,
                    recurrence_period: Span {
                        from: midnight(first),
                        to: midnight(last.unwrap_or(first)),
                    },
                },
                format: "Csv",
                compression_mode: if group { "none" } else { "gzip" },
                partition_data: !group,
                data_overwrite_behavior: "OverwritePreviousReport",
                export_description: "created with costscope",
                delivery_info: Delivery {
                    destination: DeliveryPlace {
                        kind: "AzureBlob",
                        resource_id: format!("/{}", self.storage.trim_matches('/')),
                        container: self.container.clone(),
                        root_folder_path: self.folder.trim_matches('/').to_owned(),
                    },
                },
                definition: Definition {
                    kind: self.dataset.word().to_owned(),
                    timeframe,
                    data_set: DataSet {
                        granularity: "Daily",
                    },
                },
            },
        }
    }

    /// The effects of the export and the cost of keeping it, one fact a line.
    pub fn terms(&self, today: NaiveDate) -> Vec<String> {
        let days = if self.is_monthly {
            "It runs on the 6th of each month, for the month before."
        } else {
            "It runs every day, for the month to date; on the first five days also for the month before."
        };
        let folder = Some(self.folder.trim_matches('/')).filter(|folder| !folder.is_empty());
        let place = [Some(self.container.as_str()), folder, Some(&self.name)];
        let place: Vec<&str> = place.into_iter().flatten().collect();
        let mut terms = vec![
            days.to_owned(),
            format!("Its files go to {}; each run replaces the one before of the same month.", place.join("/")),
            "Azure charges nothing for the export. The storage account is charged for the files: roughly 50 to 90 MB a month \
             for each million cost rows, until you delete them."
                .to_owned(),
        ];
        let this = Month::of(today);
        if !self.is_monthly && today < this.back(1).settled_on() {
            terms.push(format!(
                "The month before is not exported: `costscope exports run {} --scope {} --month {}` fetches it.",
                self.name,
                self.scope,
                this.back(1)
            ));
        }
        if self.has_identity {
            terms.push(
                "Azure gives the export an identity, and that identity the role Storage Blob Data Contributor on the container."
                    .to_owned(),
            );
        }
        terms
    }
}

fn midnight(day: NaiveDate) -> String {
    timestamp(day.and_time(NaiveTime::MIN).and_utc())
}

/// The body of the request that creates an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<ExportIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'static str>,
    properties: Properties,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ExportIdentity {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    schedule: ScheduleBody,
    format: &'static str,
    compression_mode: &'static str,
    partition_data: bool,
    data_overwrite_behavior: &'static str,
    export_description: &'static str,
    delivery_info: Delivery,
    definition: Definition,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ScheduleBody {
    status: &'static str,
    recurrence: &'static str,
    recurrence_period: Span,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Span {
    from: String,
    to: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Delivery {
    destination: DeliveryPlace,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryPlace {
    #[serde(rename = "type")]
    kind: &'static str,
    resource_id: String,
    container: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    root_folder_path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    #[serde(rename = "type")]
    kind: String,
    timeframe: &'static str,
    data_set: DataSet,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct DataSet {
    granularity: &'static str,
}
