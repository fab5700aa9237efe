//! What is ordered, and the key it is kept under.

use super::usage_filter::UsageFilter;
use crate::domain::metric::Metric;
use crate::domain::period::{DateRange, Month, Period, Reach};
use crate::domain::scope::ScopeId;
use crate::domain::text::grouped;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::num::NonZeroU32;

/// One report: a scope, a metric and a calendar month, part of one, or an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportRequest {
    pub scope: ScopeId,
    pub metric: Metric,
    pub period: Period,
    /// Reports of the whole say nothing about it, as those of older versions do.
    #[serde(default, skip_serializing_if = "Subset::is_whole")]
    pub subset: Subset,
}

/// What is asked for instead of all the rows; Usage Details only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Subset {
    /// Applied by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<UsageFilter>,
    /// The most recent so many rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_rows: Option<NonZeroU32>,
}

impl Subset {
    /// Whether all the rows are asked for.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// What stands behind the days of a part, where they name it.
    pub fn mark(&self) -> &'static str {
        if self.is_whole() { "" } else { ", part" }
    }

    /// What the report is limited to; none where it is the whole.
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
}

impl fmt::Display for ReportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ReportRequest {
    /// The key of this report at one cloud or endpoint (`origin`).
    pub fn key(&self, origin: &str) -> ReportKey {
        let (origin, whole) = (safe(origin), self.name());
        let key = format!("{origin}@{whole}");
        ReportKey(if key.len() <= LONGEST_KEY {
            key
        } else {
            format!("{origin}@{}", self.short_name())
        })
    }

    /// The key without its origin.
    fn name(&self) -> String {
        format!(
            "{}@{}{}@{}",
            scope_words(&self.scope),
            self.period_words(),
            self.subset_words(READABLE),
            self.metric
        )
    }

    /// What keys of parts have that those of whole reports do not: readable words, cut, and a number that tells apart what
    /// reads alike (case counts in values of tags).
    fn subset_words(&self, readable: usize) -> String {
        if self.subset.is_whole() {
            return String::new();
        }
        // However it was spelled: what means the same has one key.
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

    /// A name that fits a file name in every use of it: what is cut off goes on in a number that tells names apart which begin
    /// alike.
    fn short_name(&self) -> String {
        let start = |text: String| text.chars().take(READABLE).collect::<String>();
        let (words, period) = (start(scope_words(&self.scope)), start(self.period_words()));
        format!(
            "{words}@{period}{}@hash-{:032x}@{}",
            self.subset_words(READABLE / 3),
            digest(&self.name()),
            self.metric
        )
    }

    /// Whether a key is that of this report, at whichever cloud or endpoint.
    pub fn is_called(&self, key: &ReportKey) -> bool {
        let name = key.as_str().split_once('@').map(|(_, name)| name);
        name.is_some_and(|name| name == self.name() || name == self.short_name())
    }

    /// An origin as keys begin with it.
    pub fn origin_words(origin: &str) -> String {
        safe(origin)
    }

    /// The days asked for, where the period is days.
    pub fn range(&self) -> Option<DateRange> {
        self.period.range()
    }

    /// Whether two reports of one scope and metric may hold the same rows. What names no days may hold any, except that
    /// two invoices, or two billing periods, are never the same.
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
            _ => true,
        }
    }

    /// Whether a report fetched at `fetched` may still be used at `now`: closed months fetched on or after the 6th
    /// of the next month stay as they are for good, anything else for a day.
    pub fn is_fresh(&self, fetched: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let settled = self
            .last_day()
            .and_then(settled_on)
            .is_some_and(|day| fetched.date_naive() >= day);
        settled || now.signed_duration_since(fetched) < TimeDelta::hours(24)
    }

    /// The last day, as far as the period tells: enterprise agreements name their months as billing periods.
    fn last_day(&self) -> Option<NaiveDate> {
        match &self.period {
            Period::Dates(range) => Some(range.to),
            Period::Billing(name) => billed_month(name).map(|month| month.range().to),
            Period::Invoice(_) => None,
        }
    }

    /// Whether a newer report of `self` makes an older one useless: the same month so far, seen on a later day. Part of a
    /// month that had its end chosen stays.
    pub fn replaces(&self, older: &Self, older_fetched: DateTime<Utc>) -> bool {
        let (Some(new), Some(old)) = (self.range(), older.range()) else {
            return false;
        };
        let same = self.scope == older.scope
            && self.metric == older.metric
            && self.subset == older.subset
            && new.from == old.from;
        let from_first = Month::of(new.from).range().from == new.from && !old.is_whole_month();
        let was_open = old.to >= older_fetched.date_naive();
        same && from_first && was_open && new.to > old.to
    }
}

/// The month of a billing period that is one: enterprise agreements name theirs so.
fn billed_month(name: &str) -> Option<Month> {
    let (year, month) = name.split_at_checked(4)?;
    Month::parse(&format!("{year}-{month}")).ok()
}

/// The first day on which a month that ended on `to` no longer changes: the 6th of the next one.
fn settled_on(to: NaiveDate) -> Option<NaiveDate> {
    Month::of(to).range().to.checked_add_days(Days::new(6))
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

/// The longest key, in bytes, that leaves room for the beginnings and endings that names of files get: file systems take 255.
const LONGEST_KEY: usize = 240;
/// Characters of a scope and of a period that stay readable in a name that is too long.
const READABLE: usize = 60;

/// FNV-1a over 128 bits (Fowler, Noll and Vo): the same in every version, and no secret hangs on it.
fn digest(text: &str) -> u128 {
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    text.bytes().fold(start, |sum: u128, byte| {
        (sum ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}

/// Lower case; what a folder name could trip over becomes `~` (a colon) or `+hex`.
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

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}
