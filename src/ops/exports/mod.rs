//! Cost Management exports: what there is, their runs, a run now, a new export, the addresses of their files.

pub mod creating;
pub mod files;
mod following;
mod outcome;
pub mod running;
pub mod watched;
pub mod words;

use super::error::OpsError;
use super::session::Session;
use crate::azure::exports;
use crate::domain::export::definition::{Export, name_refusal};
use crate::domain::scope::ScopeId;

/// Lists the exports of a scope by name, each with its last run.
pub async fn list(session: &Session, scope: &ScopeId) -> Result<Vec<Export>, OpsError> {
    let mut found = exports::list(session.client()?, scope).await?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Reads one export with its latest runs.
pub async fn show(session: &Session, scope: &ScopeId, name: &str) -> Result<Export, OpsError> {
    if let Some(refusal) = name_refusal(name) {
        return Err(OpsError::Usage(refusal));
    }
    Ok(exports::get(session.client()?, scope, name).await?)
}
