//! Checks at the end of a block: its totals and its unusual texts.

use super::block_parser::BlockParser;
use super::findings::{Findings, Totals};
use super::halt::{ParseStop, Restart};
use super::windows_1252;
use crate::data::columns::column_types::{
    ColumnKind, Days, Filling, NO_AMOUNT, amounts_of, texts_of,
};
use crate::data::columns::text_column::{GrowingTexts, NONE};
use std::collections::{BTreeMap, BTreeSet};

impl BlockParser<'_, '_> {
    /// Adds the totals and the unusual texts of the whole block to the findings.
    pub(super) fn close(&mut self, findings: &mut Findings) -> Result<(), ParseStop> {
        for (at, (filling, kind)) in self.columns.iter().zip(self.frame.kinds).enumerate() {
            if let (Filling::Day(days), ColumnKind::Day { must }) = (filling, kind) {
                self.check_times(at, days, *must)?;
            }
        }
        let currency = texts_of(&self.columns, self.at.currency);
        // Wherever a block ends, a currency whose costs are all blank is named.
        let known = currency.map_or(0, GrowingTexts::distinct);
        if self.totals.len() < known {
            self.totals.resize(known, Totals::default());
        }
        let mut totals = std::mem::take(&mut findings.totals);
        let used = self.has_costs_without_currency();
        for (code, total) in (0_u32..).zip(&self.totals) {
            let name = currency.and_then(|texts| texts.get(code)).map(code_name);
            let sum: &mut Totals = totals.entry(name).or_default();
            *sum = sum.plus(*total).ok_or(ParseStop::Overflow)?;
        }
        if used {
            let sum: &mut Totals = totals.entry(None).or_default();
            *sum = sum.plus(self.without).ok_or(ParseStop::Overflow)?;
        }
        findings.totals = totals;
        self.count_oddities(findings);
        Ok(())
    }

    /// Restarts the pass for days with a time that would be lost; `must` tells whether the column must be dates.
    pub(super) fn check_times(&self, at: usize, days: &Days, must: bool) -> Result<(), ParseStop> {
        if (must && self.frame.decisions.hours) || !days.has_time() {
            return Ok(());
        }
        Err(ParseStop::Restart(if must {
            Restart::Hours
        } else {
            Restart::AsText { column: at }
        }))
    }

    fn has_costs_without_currency(&self) -> bool {
        let costs = amounts_of(&self.columns, self.at.cost);
        match texts_of(&self.columns, self.at.currency) {
            Some(texts) => texts
                .codes()
                .iter()
                .zip(costs)
                .any(|(code, cost)| *code == NONE && *cost != NO_AMOUNT),
            None => costs.iter().any(|cost| *cost != NO_AMOUNT),
        }
    }

    fn count_oddities(&mut self, findings: &mut Findings) {
        let odd = std::mem::take(&mut self.odd);
        let mut bad: BTreeSet<usize> = BTreeSet::new();
        let mut counts: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for (at, code, kind, line) in odd {
            let Some(Filling::Text(texts)) = self.columns.get(at) else {
                continue;
            };
            let rows = counts.entry(at).or_insert_with(|| texts.counts());
            let count = rows.get(code as usize).copied().unwrap_or_default();
            findings.repairs.add(kind, count, line);
            if matches!(kind, "bad-utf8" | "windows-1252") {
                bad.insert(at);
            }
        }
        for at in bad {
            if let Some(Filling::Text(texts)) = self.columns.get_mut(at) {
                texts.replace(|raw| windows_1252::decoded(raw).trim().as_bytes().to_vec());
            }
        }
    }
}

/// A currency code as displayed: trimmed and in upper case.
fn code_name(raw: &[u8]) -> String {
    windows_1252::decoded(raw).trim().to_uppercase()
}
