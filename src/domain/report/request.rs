//! Report requests, and the keys that reports are stored under.

pub use super::export_name::{ExportName, days_of_folder};
use super::usage_filter::UsageFilter;
use crate::domain::metric::Metric;
use crate::domain::period::{DateRange, Month, Period, Reach};
use crate::domain::scope::ScopeId;
use crate::domain::text::grouped;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::num::NonZeroU32;

/// One report: a scope, a metric and a calendar month, part of one, or an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportRequest {
    pub scope: ScopeId,
    pub metric: Metric,
    pub period: Period,
    /// Left out for whole reports, as in older versions.
    #[serde(default, skip_serializing_if = "Subset::is_whole")]
    pub subset: Subset,
    /// The export that the rows come from; `None` if they were ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<ExportName>,
}

/// The part of the rows that is requested; Usage Details only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Subset {
    /// Applied by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<UsageFilter>,
    /// Only this many of the most recent rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_rows: Option<NonZeroU32>,
}

impl Subset {
    /// Whether all rows are requested.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// The suffix after the days of a partial report.
    pub fn mark(&self) -> &'static str {
        if self.is_whole() { "" } else { ", part" }
    }

    /// The limits of the report as text; `None` for the whole.
    pub fn words(&self) -> Option<String> {
        let filter = self.filter.as_ref().map(ToString::to_string);
        let rows = self.top_rows.map(|rows| match rows.get() {
            1 => "the most recent row".to_owned(),
            rows => format!("the most recent {} rows", grouped(rows.into())),
        });
        let parts: Vec<String> = filter.into_iter().chain(rows).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Which API the rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// `generateCostDetailsReport`, 2025-03-01.
    #[default]
    Details,
    /// `generateDetailedCostReport`, 2021-10-01.
    Detailed,
    /// Usage Details - List, 2024-08-01.
    Usage,
}

impl Api {
    /// The operation's name in the URL.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Details => "generateCostDetailsReport",
            Self::Detailed => "generateDetailedCostReport",
            Self::Usage => "usageDetails",
        }
    }

    /// How far back it reaches.
    pub fn reach(self) -> Reach {
        match self {
            Self::Details | Self::Detailed => Reach::Reports,
            Self::Usage => Reach::UsageDetails,
        }
    }
}

/// A stable, readable name for a report, safe as a folder name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportKey(String);

impl ReportKey {
    /// A key read back from a folder name or typed by the user.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a name has the form of a key: origin, scope, period and metric, and the export if there is one.
    pub fn is_form(name: &str) -> bool {
        let name = name.split_once(EXPORT).map_or(name, |(name, _)| name);
        let metrics = [Metric::Actual, Metric::Amortized, Metric::Usage];
        let last = name.rsplit('@').next();
        name.matches('@').count() >= 3 && metrics.iter().any(|metric| last == Some(metric.word()))
    }
}

impl fmt::Display for ReportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ReportRequest {
    /// The key of this report at one cloud or endpoint (`origin`).
    pub fn key(&self, origin: &str) -> ReportKey {
        self.key_at(&safe(origin))
    }

    /// The key of this report at an origin that is spelled as in keys.
    fn key_at(&self, origin: &str) -> ReportKey {
        let key = format!("{origin}@{}", self.name());
        ReportKey(if key.len() <= LONGEST_KEY {
            key
        } else {
            format!("{origin}@{}", self.short_name())
        })
    }

    /// The key without its origin.
    fn name(&self) -> String {
        format!(
            "{}@{}{}@{}{}",
            scope_words(&self.scope),
            self.period_words(),
            self.subset_words(READABLE),
            self.metric,
            self.export_words(usize::MAX)
        )
    }

    /// The end of the key that only reports from exports have.
    fn export_words(&self, readable: usize) -> String {
        let Some(export) = &self.export else {
            return String::new();
        };
        let start = |text: &str| safe(text).chars().take(readable).collect::<String>();
        let place = export.place_words();
        let place = place.map(|place| {
            let folder = export.folder.as_deref().map(folder_words);
            format!("{PLACE}{}", start(&(place + &folder.unwrap_or_default())))
        });
        format!(
            "{EXPORT}{}{}",
            start(&export.name),
            place.unwrap_or_default()
        )
    }

    /// The requests of the same export as versions before folders and before places of exports described it.
    pub fn older_forms(&self) -> Vec<Self> {
        let forms = self.export.iter().flat_map(ExportName::older_forms);
        let older = forms.map(|export| Self {
            export: Some(export),
            ..self.clone()
        });
        older.collect()
    }

    /// The part of the key that only partial reports have: readable words, cut, and a hash for subsets that read alike
    /// (tag values are case-sensitive).
    fn subset_words(&self, readable: usize) -> String {
        if self.subset.is_whole() {
            return String::new();
        }
        // Filters with the same meaning have one key, however they are spelled.
        let words = Subset {
            filter: None,
            ..self.subset.clone()
        };
        let filter = self.subset.filter.as_ref().map(UsageFilter::canonical);
        let words: Vec<String> = filter.into_iter().chain(words.words()).collect();
        let words = words.join("; ");
        let number = digest(&words) >> 64;
        let dashed = words.split(|c: char| !c.is_alphanumeric());
        let dashed: Vec<&str> = dashed.filter(|word| !word.is_empty()).collect();
        let short: String = safe(&dashed.join("-")).chars().take(readable).collect();
        format!("@part-{short}-{number:016x}")
    }

    fn period_words(&self) -> String {
        match &self.period {
            Period::Dates(range) => range.to_string(),
            Period::Invoice(id) => format!("invoice-{}", safe(id)),
            Period::Billing(name) => format!("billing-{}", safe(name)),
        }
    }

    /// A name short enough for all the file names it is used in. A hash replaces the cut part, so that names that begin
    /// alike stay distinct.
    fn short_name(&self) -> String {
        let start = |text: String| text.chars().take(READABLE).collect::<String>();
        let (words, period) = (start(scope_words(&self.scope)), start(self.period_words()));
        format!(
            "{words}@{period}{}@hash-{:032x}@{}{}",
            self.subset_words(READABLE / 3),
            digest(&self.name()),
            self.metric,
            self.export_words(READABLE / 3)
        )
    }

    /// Whether a key is that of this report, at any cloud or endpoint.
    pub fn is_called(&self, key: &ReportKey) -> bool {
        let name = key.as_str().split_once('@').map(|(_, name)| name);
        name.is_some_and(|name| name == self.name() || name == self.short_name())
    }

    /// An origin as it is written at the start of a key.
    pub fn origin_words(origin: &str) -> String {
        safe(origin)
    }

    /// The days of the period, if it is a range of days.
    pub fn range(&self) -> Option<DateRange> {
        self.period.range()
    }

    /// Whether two reports of one scope and metric may contain the same rows. A period without days may overlap any
    /// other, but two invoices, or two billing periods, never overlap.
    pub fn may_overlap(&self, other: &Self) -> bool {
        match (&self.period, &other.period) {
            (Period::Dates(a), Period::Dates(b)) => a.overlaps(*b),
            (Period::Invoice(a), Period::Invoice(b)) | (Period::Billing(a), Period::Billing(b)) => {
                a == b
            }
            (Period::Billing(name), Period::Dates(days))
            | (Period::Dates(days), Period::Billing(name)) => {
                billed_month(name).is_none_or(|month| month.range().overlaps(*days))
            }
            (Period::Invoice(_), _) | (_, Period::Invoice(_)) => true,
        }
    }

    /// Whether a report fetched at `fetched` may still be used at `now`: closed months fetched on or after the 6th of
    /// the next month are final, anything else is fresh for a day.
    pub fn is_fresh(&self, fetched: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let settled = self
            .last_day()
            .is_some_and(|day| fetched.date_naive() >= Month::of(day).settled_on());
        settled || now.signed_duration_since(fetched) < TimeDelta::hours(24)
    }

    /// The last day, if the period tells: enterprise agreements name their billing periods after months.
    fn last_day(&self) -> Option<NaiveDate> {
        match &self.period {
            Period::Dates(range) => Some(range.to),
            Period::Billing(name) => billed_month(name).map(|month| month.range().to),
            Period::Invoice(_) => None,
        }
    }

    /// Whether a newer report of `self` makes an older one obsolete: the same month to date, fetched on a later day.
    /// Part of a month with a chosen end is kept. Runs of an export have no chosen end, whenever they were fetched.
    pub fn replaces(&self, older: &Self, older_fetched: DateTime<Utc>) -> bool {
        let (Some(new), Some(old)) = (self.range(), older.range()) else {
            return false;
        };
        let same = self.is_like(older) && new.from == old.from;
        let from_first = Month::of(new.from).range().from == new.from && !old.is_whole_month();
        let was_open = self.export.is_some() || old.to >= older_fetched.date_naive();
        same && from_first && was_open && new.to > old.to
    }

    /// Whether two reports differ in nothing but their days.
    pub fn is_like(&self, other: &Self) -> bool {
        self.scope == other.scope
            && self.metric == other.metric
            && self.subset == other.subset
            && self.export == other.export
    }

    /// The keys of all reports that this one may replace, at the origin of its own key: the same month to each earlier day,
    /// and for runs of an export, those that were stored before keys had its place or its folder.
    pub fn replaceable(&self, key: &ReportKey) -> Vec<ReportKey> {
        let origin = key.as_str().split('@').next().unwrap_or_default();
        let Some(range) = self.range() else {
            return Vec::new();
        };
        let mut older = Vec::new();
        if Month::of(range.from).range().from == range.from {
            let days = range.from.iter_days().take_while(|day| *day < range.to);
            older.extend(days.map(|to| Self {
                period: Period::Dates(DateRange { to, ..range }),
                ..self.clone()
            }));
        }
        let all = older.iter().chain([self]);
        let forms: Vec<Self> = all.flat_map(Self::older_forms).collect();
        older.extend(forms);
        older.iter().map(|older| older.key_at(origin)).collect()
    }
}

/// The month of a billing period that is named after one, as in enterprise agreements.
fn billed_month(name: &str) -> Option<Month> {
    let (year, month) = name.split_at_checked(4)?;
    Month::parse(&format!("{year}-{month}")).ok()
}

/// The name of the note about a run of an export: readable, and safe as a file name. Names of exports ignore case. Days to
/// date have the same name tomorrow.
pub fn export_note(
    origin: &str,
    scope: &ScopeId,
    export: &str,
    (days, is_to_date): (Option<DateRange>, bool),
) -> String {
    let days = match days {
        None => "own-days".to_owned(),
        Some(days) if is_to_date => format!("{}..to-date", days.from),
        Some(days) => days.to_string(),
    };
    let words = format!("{}@{days}@export-{}", scope_words(scope), safe(export));
    let origin = safe(origin);
    if origin.len() + words.len() < LONGEST_KEY {
        return format!("{origin}@{words}");
    }
    let start: String = words.chars().take(READABLE).collect();
    format!("{origin}@{start}@hash-{:032x}", digest(&words))
}

/// `subscriptions/x` becomes `sub-x`, deeper billing paths one word per level.
fn scope_words(scope: &ScopeId) -> String {
    let mut words = Vec::new();
    let mut parts = scope.path().split('/');
    while let (Some(kind), Some(id)) = (parts.next(), parts.next()) {
        let short = match kind {
            "subscriptions" => "sub",
            "resourceGroups" => "rg",
            "managementGroups" => "mg",
            "billingAccounts" => "ba",
            "billingProfiles" => "bp",
            "invoiceSections" => "is",
            "departments" => "dept",
            "enrollmentAccounts" => "ea",
            "customers" => "cust",
            _ => continue,
        };
        words.push(format!("{short}-{}", safe(id)));
    }
    words.join("@")
}

/// The prefix of the name of an export in a key.
const EXPORT: &str = "@export-";
/// The prefix of the account and the container of an export in a key.
const PLACE: &str = "@in-";
/// The longest key, in bytes. It leaves room for the prefixes and suffixes of file names, which file systems limit to
/// 255.
const LONGEST_KEY: usize = 240;
/// Characters of a scope and of a period that are kept readable in a name that is too long.
const READABLE: usize = 60;

/// The folder of an export after its container in a key. Names of blobs have a case, and names of folders may have a dot:
/// a hash keeps those apart that read alike.
fn folder_words(folder: &str) -> String {
    let dotted = folder.replace('/', ".");
    let is_plain = folder.to_lowercase() == folder && !folder.contains('.');
    let hash = if is_plain {
        String::new()
    } else {
        format!("-{:016x}", digest(folder) >> 64)
    };
    format!(".{dotted}{hash}")
}

/// FNV-1a over 128 bits (Fowler, Noll and Vo): stable across versions, and not used for security.
fn digest(text: &str) -> u128 {
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    text.bytes().fold(start, |sum: u128, byte| {
        (sum ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}

/// A text in lower case; characters unsafe in folder names become `~` (a colon) or `+hex`.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.to_lowercase().bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            b':' => out.push('~'),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "+{byte:02x}");
            }
        }
    }
    out
}
