//! Opens the sources of an overview: one metric, a pair of both, and the month before from other sources or the ledger.

use super::panels;
use super::sources::OverviewSources;
use crate::domain::analysis::overview::MonthFrame;
use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::domain::query::money_column::MoneyColumn;
use crate::ops::compare::stored_pairs::origin;
use crate::ops::compare::{pair, pair_files, stored_pairs};
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::ops::explore::open;
use crate::ops::money;
use crate::ops::money::put_on;
use crate::ops::{Ledger, LedgerEntry};
use crate::store::ledger::Listing;
use chrono::{DateTime, NaiveDate, Utc};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Opens sources as one table.
pub type Opener<'a> = &'a mut dyn FnMut(&[String]) -> Result<OpenDataset, OpsError>;

impl OverviewSources {
    /// Opens the sources of the month, and those of the month before if there are any. Sources of both metrics, and FOCUS
    /// sources, are a pair.
    pub fn open(
        sources: &[String],
        before: &[String],
        opener: Opener<'_>,
    ) -> Result<Self, OpsError> {
        let (actual, amortized) = sides(sources, opener)?;
        let mut all = Self::of(actual, amortized);
        if !before.is_empty() {
            // Only the actual side of a pair is compared: the month is its actual cost, too.
            let (before, _) = sides(before, opener)?;
            all.set_before(before)?;
        }
        Ok(all)
    }

    fn set_before(&mut self, mut before: OpenDataset) -> Result<(), OpsError> {
        before.data = put_on(&before.data, self.opened.data.money())?;
        // Only its actual side is compared.
        let missing = money::missing(&before.data)?;
        let missing = missing.map(|rows| format!("the month before: {rows}"));
        before.without_usd = Some(missing.into_iter().collect());
        let mixed = |one, other| self.opened.data.has_metric(one) && before.data.has_metric(other);
        if mixed(Metric::Actual, Metric::Amortized) || mixed(Metric::Amortized, Metric::Actual) {
            return Err(OpsError::Failed(
                "the month is actual cost and the month before amortized, or the other way round; use the same metric \
                 for both"
                    .to_owned(),
            ));
        }
        let sides = [("the month", &self.opened), ("the month before", &before)];
        open::check_parts(sides)?;
        self.before = Some(before);
        Ok(())
    }

    /// The frame, with the month before from the ledger if no source holds it.
    pub fn frame(
        &mut self,
        ledger: Option<&Ledger>,
        today: NaiveDate,
        opener: Opener<'_>,
    ) -> Result<MonthFrame, OpsError> {
        let frame = panels::frame(self, today)?;
        let (Some(ledger), None, Some(span)) = (ledger, &frame.before, &frame.span) else {
            return Ok(frame);
        };
        let days = span.days.in_month(span.month.back(1));
        let listing = ledger.list()?;
        let stored = stored(&listing, &self.opened, days);
        if stored.is_empty() {
            // One of these may be the month before.
            let unread = listing.damaged.first();
            self.not_compared =
                unread.map(|error| format!("not compared with the month before: {error}"));
            return Ok(frame);
        }
        let in_usd = self.opened.data.money() == MoneyColumn::Usd;
        match opener(&stored).and_then(|before| self.set_before(before)) {
            Err(OpsError::Data(why)) if in_usd && why.is_of_usd() => {
                self.not_compared = Some(format!("not compared with the month before: {why}"));
                return Ok(frame);
            }
            done => done?,
        }
        panels::frame(self, today)
    }

    /// Adds the amortized reports of the ledger to actual reports of the same scopes and days, or the reason why they are not
    /// used. Returns whether the sources or their notes have changed. A damaged report and a stop are errors.
    pub fn pair_with(&mut self, ledger: &Ledger, opener: Opener<'_>) -> Result<bool, OpsError> {
        if self.amortized_side().is_some() {
            return Ok(false);
        }
        let was_told = self.not_paired.take().is_some();
        match self.stored_amortized(ledger, opener) {
            Ok(None) => return Ok(was_told),
            Ok(found) => {
                self.amortized = found;
                self.is_paired = true;
            }
            Err(error) if [6, 130].contains(&error.exit_code()) => return Err(error),
            Err(error) => self.leave_unpaired(&error),
        }
        Ok(true)
    }

    /// Leaves out the amortized reports of the ledger, and keeps the reason for the notes.
    pub fn leave_unpaired(&mut self, error: &OpsError) {
        (self.amortized, self.is_paired) = (None, false);
        self.not_paired = Some(format!("the amortized report is not used: {error}"));
    }

    fn stored_amortized(
        &self,
        ledger: &Ledger,
        opener: Opener<'_>,
    ) -> Result<Option<OpenDataset>, OpsError> {
        let own = &self.opened;
        if !has_neighbours(own) {
            return Ok(None);
        }
        let listing = ledger.list()?;
        let others = own.entries.iter().map(|entry| {
            let other = stored_pairs::partner(listing.entries.values(), entry)?;
            Some(other.key.to_string())
        });
        let Some(keys) = others.collect::<Option<BTreeSet<String>>>() else {
            // One of these may be the amortized report.
            return match listing.damaged.first() {
                Some(error) => Err(OpsError::Failed(error.to_string())),
                None => Ok(None),
            };
        };
        let keys: Vec<String> = keys.into_iter().collect();
        let mut amortized = opener(&keys)?;
        amortized.data = put_on(&amortized.data, own.data.money())?;
        pair::check(own, &amortized)?;
        Ok(Some(amortized))
    }

    /// The notes on the sources.
    pub fn notes(&self, today: NaiveDate) -> Result<Vec<String>, OpsError> {
        let mut notes = match &self.amortized {
            Some(amortized) => {
                let mut notes = self.opened.notes.clone();
                notes.extend(amortized.notes.iter().cloned());
                notes.extend(pair::notes(&self.opened, amortized, today)?);
                notes
            }
            None => money::noted(&self.opened)?,
        };
        notes.extend(self.before.iter().flat_map(OpenDataset::noted));
        notes.extend(self.not_compared.clone());
        notes.extend(self.not_paired.clone());
        Ok(notes)
    }
}

/// The actual side, or the only one, and the amortized side if there is one.
fn sides(
    sources: &[String],
    opener: Opener<'_>,
) -> Result<(OpenDataset, Option<OpenDataset>), OpsError> {
    if let Some((actual, amortized)) = pair_files::split(sources) {
        return pair_of(&actual, &amortized, opener);
    }
    let table = match opener(sources) {
        Err(OpsError::TwoMetrics {
            sides: Some([actual, amortized]),
            ..
        }) => return pair_of(&actual, &amortized, opener),
        table => table?,
    };
    let other = match table.data.amortized_side() {
        Some(_) => Some(open::other_side(&table)?),
        None => None,
    };
    Ok((table, other))
}

fn pair_of(
    actual: &[String],
    amortized: &[String],
    opener: Opener<'_>,
) -> Result<(OpenDataset, Option<OpenDataset>), OpsError> {
    let actual = opener(actual)?;
    let amortized = opener(amortized)?.into_amortized();
    pair::check(&actual, &amortized)?;
    Ok((actual, Some(amortized)))
}

/// The keys of stored reports that cover these days for the same scopes, metrics and parts as the ones that are open;
/// empty unless all of them are covered.
fn stored(listing: &Listing, opened: &OpenDataset, days: DateRange) -> Vec<String> {
    if !has_neighbours(opened) {
        return Vec::new();
    }
    let mut keys: Vec<String> = Vec::new();
    for own in &opened.entries {
        let covers = |other: &&LedgerEntry| {
            let (one, two) = (own.placed_request(), other.placed_request());
            let same = one.is_like(&two);
            let range = two.range();
            let all = range.is_some_and(|range| range.from <= days.from && days.to <= range.to);
            same && all && origin(own) == origin(other)
        };
        let found = listing.entries.values().filter(covers);
        let found = found.max_by_key(|entry| {
            preference(entry.fetched_at, entry.request.range().map(DateRange::days))
        });
        let Some(found) = found else {
            return Vec::new();
        };
        let key = found.key.to_string();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// Whether all of the data is reports of the ledger that have others beside them. The most recent rows of two months or of
/// two metrics are not the same usage.
fn has_neighbours(opened: &OpenDataset) -> bool {
    let mut own = opened.entries.iter();
    !opened.entries.is_empty()
        && opened.entries.len() == opened.names.len()
        && !own.any(|entry| entry.request.subset.top_rows.is_some())
}

/// Of reports with the same days, the one that was fetched last is right; then the shortest has the fewest rows to read.
fn preference<D: Ord>(fetched_at: DateTime<Utc>, days: D) -> (DateTime<Utc>, Reverse<D>) {
    (fetched_at, Reverse(days))
}

#[cfg(test)]
mod tests {
    use crate::ops::overview::opening::preference;
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn the_report_that_was_fetched_last_comes_before_the_shortest() {
        let first = DateTime::UNIX_EPOCH;
        let last = first + TimeDelta::days(1);
        for (better, worse) in [((last, 31), (first, 10)), ((last, 10), (last, 31))] {
            assert!(preference(better.0, better.1) > preference(worse.0, worse.1));
        }
    }
}
