//! Takes the list of stored reports: for the table, for the months of the scopes, and for an overview that lacks the month
//! before.

use super::Model;
use crate::domain::report::request::ReportKey;
use crate::tui::effect::Effect;
use crate::tui::message::StoredReports;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::overview::update as overview;
use crate::tui::views::scopes::sorting::{ScopeMonth, ScopeMonths};
use crate::tui::views::scopes::update::learn_months;
use crate::tui::views::table::kept_months::{bars, change_words, newest};
use crate::tui::views::table::ledger::{LedgerList, LedgerLoading};
use crate::tui::views::table::update::opening;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Takes the list.
pub(crate) fn read(
    model: &mut Model,
    ticket: Ticket,
    result: Result<StoredReports, Problem>,
) -> Vec<Effect> {
    let known = fetched(&model.table.ledger);
    let mut effects = opening::ledger_read(&mut model.table, &mut model.shell, ticket, result);
    learn(model);
    if let (Some(known), Some(found)) = (known, fetched(&model.table.ledger))
        && known != found
    {
        let mut replaced: BTreeSet<ReportKey> = known.keys().cloned().collect();
        replaced.retain(|key| known.get(key) != found.get(key));
        let again = overview::look_again(&mut model.overview, &mut model.shell, &replaced);
        effects.extend(again);
    }
    effects
}

/// The reports in the list and when they were fetched; `None` if the list is not known.
fn fetched(ledger: &LedgerList) -> Option<BTreeMap<ReportKey, DateTime<Utc>>> {
    match &ledger.listing {
        LedgerLoading::Found(entries) => {
            let times = entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.fetched_at));
            Some(times.collect())
        }
        LedgerLoading::Reading | LedgerLoading::Failed(_) => None,
    }
}

/// Tells the scopes their newest months, after the ledger was read.
fn learn(model: &mut Model) {
    let ledger = &model.table.ledger;
    let mut months = ScopeMonths::new();
    for (scope, (at, newest)) in newest(ledger.entries()) {
        let kept = ledger.kept.get(at).cloned().unwrap_or_default();
        let month = ScopeMonth {
            totals: newest.totals.clone(),
            change: change_words(&kept),
            bars: bars(&kept.trend),
            changes: kept.changes,
        };
        months.insert(scope.clone(), month);
    }
    learn_months(&mut model.scopes, &model.shell, months);
}
