//! Findings: what would otherwise be missed, each as one sentence with its exact amount and the question that proves it.

pub mod kind;
pub mod robust;
#[cfg(test)]
mod robust_tests;
pub mod sentence;
#[cfg(test)]
mod sentence_tests;
pub mod steps;
pub mod thresholds;

use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Measure, Query};
use kind::FindingKind;
use sentence::Sentence;

/// The sources that a question is put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofSide {
    Now,
    /// The month before.
    Before,
    /// The sources with amortized costs.
    Amortized,
    /// Sources with both costs, compared.
    Both,
}

/// The question that proves a finding: a grouped table whose rows are those of the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub side: ProofSide,
    pub filter: Option<Filter>,
    pub group_by: Vec<GroupKey>,
    pub measures: Vec<Measure>,
    /// Empty: by cost, largest first.
    pub sort: Vec<Sort>,
}

impl Proof {
    /// The question as a query.
    pub fn query(&self) -> Query {
        Query {
            filter: self.filter.clone(),
            group_by: self.group_by.clone(),
            measures: self.measures.clone(),
            sort: self.sort.clone(),
            ..Query::default()
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable over runs, and while a month grows.
    pub id: String,
    pub kind: FindingKind,
    pub sentence: Sentence,
    /// Below zero if less is spent: refunds, gone resources, lower prices.
    pub money: Money,
    pub proof: Proof,
    pub dismissed: bool,
}

/// A kind that was not looked for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLookedFor {
    pub kind: FindingKind,
    pub why: String,
    /// The next step, in words of the command line; `None` on a screen, or if nothing helps.
    pub advice: Option<&'static str>,
}

impl NotLookedFor {
    /// The reason, and what to do about it.
    pub fn told(&self) -> String {
        match self.advice {
            Some(advice) => format!("{}; {advice}", self.why),
            None => self.why.clone(),
        }
    }
}

/// Findings below the smallest amount, added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smaller {
    pub kind: FindingKind,
    pub findings: u64,
    pub money: Money,
}

/// The result of a search for findings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// The days that were searched; `None` if the rows have no days.
    pub days: Option<DateRange>,
    /// The days of the month before, if there is one.
    pub before: Option<DateRange>,
    /// The largest amount first, whatever its sign.
    pub findings: Vec<Finding>,
    pub smaller: Vec<Smaller>,
    pub not_looked_for: Vec<NotLookedFor>,
}

impl Findings {
    /// Marks the findings with these ids as dismissed.
    pub fn dismiss(&mut self, is_dismissed: impl Fn(&str) -> bool) {
        for finding in &mut self.findings {
            finding.dismissed = is_dismissed(&finding.id);
        }
    }

    /// The number of dismissed findings.
    pub fn dismissed(&self) -> usize {
        let findings = self.findings.iter();
        findings.filter(|finding| finding.dismissed).count()
    }

    /// The findings that are not dismissed, in order.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.dismissed)
    }
}

#[cfg(test)]
mod tests;
