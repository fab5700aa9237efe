//! Creates an export: first the draft with everything that it means, then the request.

use crate::azure::exports;
use crate::domain::export::create::NewExport;
use crate::domain::export::definition::Export;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use serde_json::Value;

/// An export that can be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub new: NewExport,
    /// The body of the request.
    pub body: Value,
    /// What it does and what keeping it costs.
    pub terms: Vec<String>,
}

impl Draft {
    /// The body as it is shown.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(&self.body).unwrap_or_default()
    }
}

/// Checks an export and makes its request. Nothing is sent.
pub fn draft(session: &Session, new: &NewExport) -> Result<Draft, OpsError> {
    let learned = session.learned.get(&new.scope).agreement;
    if let Some(why) = new.refusal(learned.or(new.scope.agreement())) {
        return Err(OpsError::Usage(why));
    }
    let today = session.clock.now().date_naive();
    let body = serde_json::to_value(new.body(today))
        .map_err(|error| OpsError::Failed(format!("the request could not be made: {error}")))?;
    Ok(Draft {
        new: new.clone(),
        body,
        terms: new.terms(),
    })
}

/// Creates the export. An export of the same name is never changed.
pub async fn create(session: &Session, draft: &Draft) -> Result<Export, OpsError> {
    let (client, new) = (session.client()?, &draft.new);
    let known = exports::list(client, &new.scope).await?;
    let same = |export: &&Export| export.name.eq_ignore_ascii_case(&new.name);
    if let Some(known) = known.iter().find(same) {
        return Err(OpsError::Failed(format!(
            "the scope {} has an export named {}: nothing was changed. Look at it with `costscope exports show`, or choose another name",
            new.scope, known.name
        )));
    }
    Ok(exports::create(client, &new.scope, &new.name, &draft.body).await?)
}
