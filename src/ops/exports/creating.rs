//! Creates an export: first the draft with everything that it means, then the request.

use crate::azure::exports;
use crate::azure::exports::Created;
use crate::domain::export::create::NewExport;
use crate::domain::export::definition::Export;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use chrono::NaiveDate;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// An export that can be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub new: NewExport,
    /// The body of the request.
    pub body: Value,
    /// The day of its first run.
    pub first_day: NaiveDate,
    /// Its effects and the cost of keeping it.
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
        first_day: new.first_day(today),
        terms: new.terms(today),
    })
}

/// Creates the export. An export of the same name is never changed.
pub async fn create(
    session: &Session,
    draft: &Draft,
    stop: &CancellationToken,
) -> Result<Export, OpsError> {
    let (client, new) = (session.client()?, &draft.new);
    let known = tokio::select! {
        biased;
        () = stop.cancelled() => return Err(OpsError::Interrupted),
        known = exports::list(client, &new.scope) => known?,
    };
    let same = |export: &&Export| export.name.eq_ignore_ascii_case(&new.name);
    if let Some(known) = known.iter().find(same) {
        return Err(OpsError::Failed(format!(
            "the scope {} has an export named {}: nothing was changed. Look at it with `costscope exports show`, or choose another name",
            new.scope, known.name
        )));
    }
    // The answer is waited for even if the user interrupts: without it, the state of the export is unknown.
    let creating = exports::create(client, &new.scope, &new.name, &draft.body);
    match session.sending.track_future(creating).await {
        Created::Done(export) => Ok(*export),
        Created::Refused(error) => Err(error.into()),
        Created::Unclear(error) => {
            let words = format!(
                "it may have been created: `costscope exports show {} --scope {}` tells",
                new.name, new.scope
            );
            Err(error.saying(&words).into())
        }
    }
}
