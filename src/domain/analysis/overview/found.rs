//! The findings of an overview: the largest for its panel, the others for the list of all.

use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::{Finding, NotLookedFor, Smaller};

/// The findings that a panel shows, for each currency.
pub const LARGEST: usize = 3;

/// A finding and the command that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverviewFinding {
    pub finding: Finding,
    /// Empty if it is masked.
    pub command: String,
}

/// The findings of the month of an overview.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OverviewFindings {
    /// The largest amount first, whatever its sign; with those that are dismissed.
    pub all: Vec<OverviewFinding>,
    /// Those below the smallest amount.
    pub smaller: Vec<Smaller>,
    pub not_looked_for: Vec<NotLookedFor>,
}

impl OverviewFindings {
    /// The findings that are not dismissed, in order.
    pub fn open(&self) -> impl Iterator<Item = &OverviewFinding> {
        self.all.iter().filter(|one| !one.finding.dismissed)
    }

    /// The largest ones of a currency that are not dismissed.
    pub fn largest(&self, currency: Option<&str>) -> impl Iterator<Item = &OverviewFinding> {
        let own = self
            .open()
            .filter(move |one| one.finding.money.currency.as_deref() == currency);
        own.take(LARGEST)
    }

    /// How many findings of a currency are not among its largest.
    pub fn more(&self, currency: Option<&str>) -> usize {
        let own = self
            .open()
            .filter(|one| one.finding.money.currency.as_deref() == currency);
        own.count().saturating_sub(LARGEST)
    }

    /// How many findings are dismissed.
    pub fn dismissed(&self) -> usize {
        let all = self.all.iter();
        all.filter(|one| one.finding.dismissed).count()
    }

    /// Leaves out what only the command line can do about kinds that were not looked for.
    pub fn forget_advice(&mut self) {
        for skipped in &mut self.not_looked_for {
            skipped.advice = None;
        }
    }

    /// Marks a finding as dismissed, or as open again.
    pub fn mark(&mut self, id: &str, dismissed: bool) {
        for one in &mut self.all {
            if one.finding.id == id {
                one.finding.dismissed = dismissed;
            }
        }
    }

    /// The kinds that were not looked for and why, one sentence for each reason.
    pub fn skipped(&self) -> Vec<String> {
        let mut reasons: Vec<(String, Vec<FindingKind>)> = Vec::new();
        for skipped in &self.not_looked_for {
            let told = skipped.told();
            match reasons.iter_mut().find(|(why, _)| *why == told) {
                Some((_, kinds)) => kinds.push(skipped.kind),
                None => reasons.push((told, vec![skipped.kind])),
            }
        }
        let sentence = |(why, kinds): (String, Vec<FindingKind>)| {
            let kinds: Vec<&str> = kinds.into_iter().map(FindingKind::plural).collect();
            format!("not looked for: {}, because {why}", kinds.join(", "))
        };
        reasons.into_iter().map(sentence).collect()
    }
}
