//! Collects findings: drops those below the smallest amount, adds those up, and sorts the others.

use super::asked::FindingsScope;
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::analysis::findings::kind::{FindingKind, finding_id};
use crate::domain::analysis::findings::sentence::Sentence;
use crate::domain::analysis::findings::{Finding, Findings, NotLookedFor, Proof, Smaller};
use crate::domain::money::{Amount, Money};
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(super) struct Collector {
    least: Amount,
    period: String,
    out: Findings,
    smaller: BTreeMap<(FindingKind, Option<String>), (u64, Amount)>,
}

impl Collector {
    pub(super) fn new(asked: &FindingsScope<'_>) -> Self {
        Self {
            least: asked.thresholds.least,
            period: asked.period_id(),
            out: Findings {
                days: asked.now.days,
                before: asked.before.and_then(|before| before.days),
                ..Findings::default()
            },
            smaller: BTreeMap::new(),
        }
    }

    /// Adds a finding about this subject, in the whole period.
    pub(super) fn add(
        &mut self,
        kind: FindingKind,
        subject: &[Option<&str>],
        money: Money,
        found: (Sentence, Proof),
    ) -> Result<(), DataError> {
        let period = self.period.clone();
        self.add_in(kind, (subject, &period), money, found)
    }

    /// Adds a finding about this subject, in a part of the period that the id names.
    pub(super) fn add_in(
        &mut self,
        kind: FindingKind,
        (subject, period): (&[Option<&str>], &str),
        money: Money,
        (sentence, proof): (Sentence, Proof),
    ) -> Result<(), DataError> {
        /// Findings until it is asked again whether more of them fit.
        const TOGETHER: usize = 500;
        if money.amount == Amount::ZERO {
            return Ok(());
        }
        if money.amount.abs() < self.least {
            let sum = self.smaller.entry((kind, money.currency)).or_default();
            sum.0 += 1;
            sum.1 = sum.1.checked_add(money.amount).ok_or_else(overflow)?;
            return Ok(());
        }
        if self.out.findings.len().is_multiple_of(TOGETHER) {
            room::check_items(2 * TOGETHER)?;
        }
        self.out.findings.push(Finding {
            id: finding_id(kind, subject, money.currency.as_deref(), period),
            kind,
            sentence,
            money,
            proof,
            dismissed: false,
        });
        Ok(())
    }

    /// Notes that a kind is not looked for.
    pub(super) fn skip(&mut self, kind: FindingKind, why: &str) {
        self.advise(kind, why, None);
    }

    /// Notes that a kind is not looked for, and what to do about it.
    pub(super) fn advise(&mut self, kind: FindingKind, why: &str, advice: Option<&'static str>) {
        self.out.not_looked_for.push(NotLookedFor {
            kind,
            why: why.to_owned(),
            advice,
        });
    }

    /// All findings, the largest amounts first.
    pub(super) fn finish(mut self) -> Findings {
        self.out.findings.sort_by_cached_key(|finding| {
            let size = finding.money.amount.abs();
            let currency = finding.money.currency.clone();
            (Reverse(size), finding.kind, currency, finding.id.clone())
        });
        let smaller = self.smaller.into_iter();
        self.out.smaller = smaller
            .map(|((kind, currency), (findings, amount))| Smaller {
                kind,
                findings,
                money: Money { currency, amount },
            })
            .collect();
        self.out.not_looked_for.sort_by_key(|skipped| skipped.kind);
        self.out
    }
}
