//! The money of stored reports: each total against the month before, and the trend of the months kept.

use crate::domain::analysis::overview::CostTrend;
use crate::domain::metric::Metric;
use crate::domain::money::Amount;
use crate::domain::period::{DateRange, Month};
use crate::domain::report::request::{ExportName, Subset};
use crate::domain::scope::ScopeId;
use crate::domain::text::signed_percent;
use crate::ops::LedgerEntry;
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap};

/// The number of months in a trend.
const MONTHS: usize = 12;

/// Facts from the other months about a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeptMonth {
    /// For each total of the report, the difference to the month before in tenths of a percent. `None` if that month is
    /// not kept, or if the report is not a whole month.
    pub changes: Vec<Option<i64>>,
    /// The totals of the months kept up to this one, oldest first. Empty if the report has several currencies.
    pub trend: Vec<Amount>,
}

/// Reports whose totals may be compared.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Series<'a> {
    origin: &'a str,
    scope: &'a ScopeId,
    metric: Metric,
    subset: &'a Subset,
    export: Option<ExportName>,
    currency: Option<&'a str>,
}

/// The totals of each series, by the first day of their month.
type AllMonths<'a> = HashMap<Series<'a>, BTreeMap<NaiveDate, Amount>>;

fn months_in<'a>(
    all: &'a AllMonths<'a>,
    entry: &'a LedgerEntry,
    currency: Option<&'a str>,
) -> Option<&'a BTreeMap<NaiveDate, Amount>> {
    all.get(&series_of(entry, currency))
}

/// The series of one currency of a report.
fn series_of<'a>(entry: &'a LedgerEntry, currency: Option<&'a str>) -> Series<'a> {
    Series {
        origin: entry.key.as_str().split('@').next().unwrap_or_default(),
        scope: &entry.request.scope,
        metric: entry.request.metric,
        subset: &entry.request.subset,
        export: entry.placed_request().export,
        currency,
    }
}

/// The first day of a report of a whole month.
fn month_of(entry: &LedgerEntry) -> Option<NaiveDate> {
    let range = entry.request.range().filter(|days| days.is_whole_month());
    range.map(|range| range.from)
}

/// The figures of the other months for each report, in order.
pub fn of(entries: &[LedgerEntry]) -> Vec<KeptMonth> {
    let mut all: AllMonths<'_> = HashMap::new();
    for entry in entries {
        let Some(month) = month_of(entry) else {
            continue;
        };
        for total in &entry.totals {
            let series = series_of(entry, total.currency.as_deref());
            all.entry(series).or_default().insert(month, total.amount);
        }
    }
    let kept = |entry: &LedgerEntry| {
        let Some(month) = month_of(entry) else {
            return KeptMonth {
                changes: vec![None; entry.totals.len()],
                trend: Vec::new(),
            };
        };
        let last = Month::of(month).back(1).range().from;
        let changes = entry.totals.iter().map(|total| {
            let months = months_in(&all, entry, total.currency.as_deref())?;
            CostTrend::new(total.amount, months.get(&last).copied()).change()
        });
        let trend = match entry.totals.as_slice() {
            [only] => months_in(&all, entry, only.currency.as_deref()),
            _ => None,
        };
        let trend = trend.map(|months| {
            let upto = months.range(..=month).map(|(_, amount)| *amount);
            let skipped = upto.clone().count().saturating_sub(MONTHS);
            upto.skip(skipped).collect()
        });
        KeptMonth {
            changes: changes.collect(),
            trend: trend.unwrap_or_default(),
        }
    };
    entries.iter().map(kept).collect()
}

/// The newest whole month of each scope and its place, as the list of scopes shows it: the actual cost if it is kept, else
/// the amortized. One pass over the reports, of which there may be many.
pub fn newest(entries: &[LedgerEntry]) -> HashMap<&ScopeId, (usize, &LedgerEntry)> {
    let whole = entries.iter().enumerate().filter(|(_, entry)| {
        entry.request.subset.is_whole()
            && month_of(entry).is_some()
            && entry.request.metric != Metric::Usage
    });
    let rank = |entry: &LedgerEntry| {
        let days = entry.request.range();
        let is_actual = entry.request.metric == Metric::Actual;
        (days.map(|days: DateRange| days.from), is_actual)
    };
    let mut all: HashMap<&ScopeId, (usize, &LedgerEntry)> = HashMap::new();
    for (at, entry) in whole {
        let newest = all.entry(&entry.request.scope).or_insert((at, entry));
        if rank(entry) >= rank(newest.1) {
            *newest = (at, entry);
        }
    }
    all
}

/// A change in words: `+10.8%`; one for each total.
pub fn change_words(kept: &KeptMonth) -> String {
    if kept.changes.iter().all(Option::is_none) {
        return String::new();
    }
    let words = kept.changes.iter().copied().map(signed_percent);
    let words: Vec<String> = words.collect();
    words.join(" · ")
}

/// The months as bars of a height each, the last one to the right; nothing for a single month. A month below zero has a
/// mark of its own.
pub fn bars(trend: &[Amount]) -> String {
    const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    if trend.len() < 2 {
        return String::new();
    }
    let most = trend.iter().copied().max().unwrap_or_default();
    let bar = |amount: &Amount| {
        if *amount < Amount::ZERO {
            return "▾";
        }
        let part = amount.per_mille(most).unwrap_or_default().clamp(0, 1000);
        let level = usize::try_from(part * 7 / 1000).unwrap_or_default();
        LEVELS.get(level).copied().unwrap_or("▁")
    };
    trend.iter().map(bar).collect()
}

#[cfg(test)]
mod tests;
