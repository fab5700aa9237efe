//! Saved views, and the last view of each scope.

use crate::domain::query::saved_view::SavedView;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::ledger::LedgerEntry;

/// A saved view by name, or the error of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptView {
    pub name: String,
    pub view: Result<SavedView, String>,
}

/// Lists every saved view by name.
pub fn list(session: &Session) -> Result<Vec<KeptView>, OpsError> {
    let found = session.views.list()?.into_iter();
    let kept = found.map(|(name, view)| KeptView {
        name,
        view: view.map_err(|error| error.to_string()),
    });
    Ok(kept.collect())
}

/// Saves a view and returns its path.
pub fn save(session: &Session, name: &str, view: &SavedView) -> Result<String, OpsError> {
    let path = session.views.save(name, view)?;
    Ok(path.display().to_string())
}

/// Deletes a view.
pub fn remove(session: &Session, name: &str) -> Result<(), OpsError> {
    Ok(session.views.remove(name)?)
}

/// The name under which the view of a report's scope is stored: the start of its ledger key.
pub fn scope_of(entries: &[LedgerEntry]) -> Option<String> {
    let name = |entry: &LedgerEntry| {
        let mut parts = entry.key.as_str().splitn(3, '@');
        Some(format!("{}@{}", parts.next()?, parts.next()?))
    };
    let first = name(entries.first()?)?;
    let same = |entry: &LedgerEntry| name(entry).as_ref() == Some(&first);
    entries.iter().all(same).then_some(first)
}

/// The last view of these reports, if all are of one scope.
pub fn last(session: &Session, entries: &[LedgerEntry]) -> Option<SavedView> {
    session.views.last(&scope_of(entries)?)
}

/// Stores the current view of a scope. If that fails, only the view is lost.
pub fn remember(session: &Session, scope: &str, view: &SavedView) {
    if let Err(error) = session.views.remember(scope, view) {
        tracing::warn!(%error, "the view of a scope could not be saved");
    }
}
