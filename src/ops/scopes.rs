//! The scopes that the signed-in identity can see, one branch at a time or all at once, and the pinned and recent ones.

use super::error::OpsError;
use super::session::Session;
use crate::azure::scopes;
pub use crate::azure::scopes::{AGREEMENTS_ASKED, FoundScopes};
use crate::domain::scope::{Agreement, Scope, ScopeId};
pub use crate::store::pinned_scopes::{PinnedScope, PinnedScopes};

/// Lists every scope, all pages.
pub async fn list(session: &Session) -> Result<FoundScopes, OpsError> {
    Ok(learn(session, scopes::list(session.client()?).await?))
}

/// Lists the top of the tree.
pub async fn roots(session: &Session) -> Result<FoundScopes, OpsError> {
    Ok(learn(session, scopes::roots(session.client()?).await?))
}

/// Lists the children of a scope.
pub async fn children(
    session: &Session,
    id: &ScopeId,
    agreement: Option<Agreement>,
) -> Result<FoundScopes, OpsError> {
    let found = scopes::children(session.client()?, id, agreement).await?;
    Ok(learn(session, found))
}

/// Asks for the agreements of subscriptions.
pub async fn agreements(
    session: &Session,
    ids: Vec<ScopeId>,
) -> Result<Vec<(ScopeId, Agreement)>, OpsError> {
    let found = scopes::agreements(session.client()?, ids).await;
    for (id, agreement) in &found {
        session.learned.agreement(id, Some(*agreement));
    }
    Ok(found)
}

/// Stores the agreements found in the lists, so that they are not queried again.
fn learn(session: &Session, found: FoundScopes) -> FoundScopes {
    for scope in &found.scopes {
        session.learned.agreement(&scope.id, scope.agreement);
    }
    found
}

/// The pinned and recent scopes.
pub fn marks(session: &Session) -> Result<PinnedScopes, OpsError> {
    Ok(session.marks.read(&session.origin)?)
}

/// Pins or unpins a scope.
pub fn toggle_pin(session: &Session, scope: &Scope) -> Result<PinnedScopes, OpsError> {
    Ok(session.marks.change(&session.origin, |marks| {
        marks.toggle_pin(mark(scope));
    })?)
}

/// Records a scope for which a report was ordered.
pub fn remember(session: &Session, scope: &Scope) -> Result<PinnedScopes, OpsError> {
    Ok(session.marks.change(&session.origin, |marks| {
        marks.remember(mark(scope));
    })?)
}

fn mark(scope: &Scope) -> PinnedScope {
    PinnedScope {
        scope: scope.id.clone(),
        name: scope.name.clone(),
        agreement: scope.agreement,
    }
}
