//! Agreements and missing report APIs that were learned per scope.

use crate::domain::scope::{Agreement, ScopeId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A cache of what a session has learned about scopes.
#[derive(Debug, Default)]
pub(crate) struct AgreementCache {
    known: Mutex<HashMap<ScopeId, KnownAgreement>>,
    /// One query at a time, so that the thirteen months of a subscription cause a single one.
    pub(crate) asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KnownAgreement {
    pub(crate) agreement: Option<Agreement>,
    pub(crate) asked: bool,
    pub(crate) no_reports: bool,
}

impl AgreementCache {
    pub(crate) fn get(&self, scope: &ScopeId) -> KnownAgreement {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(scope).copied().unwrap_or_default()
    }

    pub(crate) fn change(&self, scope: &ScopeId, change: impl FnOnce(&mut KnownAgreement)) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        change(known.entry(scope.clone()).or_default());
    }

    /// Records the agreement that a list or `billingProperty` gave.
    pub(crate) fn agreement(&self, scope: &ScopeId, agreement: Option<Agreement>) {
        if agreement.is_some() {
            self.change(scope, |known| known.agreement = agreement);
        }
    }

    /// Records that the server has refused reports for this scope.
    pub(crate) fn has_no_reports(&self, scope: &ScopeId) {
        self.change(scope, |known| known.no_reports = true);
    }
}
