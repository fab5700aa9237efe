//! Hands the money of the ledger to the list of scopes.

use super::Model;
use crate::tui::views::scopes::sorting::{ScopeMonth, ScopeMonths};
use crate::tui::views::scopes::update::learn_months;
use crate::tui::views::table::kept_months::{bars, change_words, newest};

/// Tells the scopes their newest months, after the ledger was read.
pub(crate) fn learn(model: &mut Model) {
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
