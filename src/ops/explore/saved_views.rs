//! Kept views, and how each scope was looked at for last.

use crate::domain::query::saved_view::SavedView;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::ledger::Entry;

/// A kept view by name; what is wrong with its file, where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub name: String,
    pub view: Result<SavedView, String>,
}

/// Every kept view by name.
pub fn list(session: &Session) -> Result<Vec<Kept>, OpsError> {
    let found = session.views.list()?.into_iter();
    let kept = found.map(|(name, view)| Kept {
        name,
        view: view.map_err(|error| error.to_string()),
    });
    Ok(kept.collect())
}

/// Keeps a view, and says where.
pub fn save(session: &Session, name: &str, view: &SavedView) -> Result<String, OpsError> {
    let path = session.views.save(name, view)?;
    Ok(path.display().to_string())
}

/// Takes a view away.
pub fn remove(session: &Session, name: &str) -> Result<(), OpsError> {
    Ok(session.views.remove(name)?)
}

/// The name under which the view of a report's scope is remembered: what its ledger key begins with.
pub fn scope_of(entries: &[Entry]) -> Option<String> {
    let name = |entry: &Entry| {
        let mut parts = entry.key.as_str().splitn(3, '@');
        Some(format!("{}@{}", parts.next()?, parts.next()?))
    };
    let first = name(entries.first()?)?;
    let same = |entry: &Entry| name(entry).as_ref() == Some(&first);
    entries.iter().all(same).then_some(first)
}

/// How these reports were looked at for last, where all are of one scope.
pub fn last(session: &Session, entries: &[Entry]) -> Option<SavedView> {
    session.views.last(&scope_of(entries)?)
}

/// Remembers how a scope is looked at. Where that cannot be kept, only the view is lost.
pub fn remember(session: &Session, scope: &str, view: &SavedView) {
    if let Err(error) = session.views.remember(scope, view) {
        tracing::warn!(%error, "the view of a scope could not be kept");
    }
}
