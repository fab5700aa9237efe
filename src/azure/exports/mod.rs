//! Cost Management exports: list, get, create, run, history.
//!
//! `Microsoft.CostManagement/exports` 2025-03-01. Older versions do not show the exports that today's portal makes. No call
//! has pages or a polling link; the answer to a run has no body.

mod read;

use super::answer::FullResponse;
use super::client::{Client, RefusedCall};
use super::error::AzureError;
use super::error_catalog::Problem;
use super::wire;
use super::wire::Page;
use crate::domain::export::definition::Export;
use crate::domain::export::run::Run;
use crate::domain::period::DateRange;
use crate::domain::scope::ScopeId;
use chrono::TimeDelta;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use std::collections::HashSet;

const VERSION: &str = "2025-03-01";
/// The most pages of a list. The API documents a single one.
const PAGES: usize = 100;

/// The answer to the start of a run.
#[derive(Debug)]
pub enum Started {
    Accepted,
    /// Nothing was started; the server asks to wait this long.
    Busy {
        wait: TimeDelta,
        error: AzureError,
    },
    /// The request may have arrived: it must not be sent again.
    Unclear(AzureError),
    /// Nothing was started.
    Refused(AzureError),
}

/// The answer to the creation of an export.
#[derive(Debug)]
pub enum Created {
    Done(Box<Export>),
    /// The request may have arrived.
    Unclear(AzureError),
    /// Nothing was created.
    Refused(AzureError),
}

/// A look at the history of an export.
#[derive(Debug)]
pub struct HistoryLook {
    pub runs: Result<Vec<Run>, AzureError>,
    /// The wait that the server asks for.
    pub wait: Option<TimeDelta>,
    /// Whether it failed in a way that passes: a busy or broken server.
    pub passing: bool,
}

/// An address below the exports of a scope.
struct ExportsUrl<'a> {
    scope: &'a ScopeId,
    below: String,
    expand: bool,
}

impl<'a> ExportsUrl<'a> {
    fn new(scope: &'a ScopeId, below: String) -> Self {
        Self {
            scope,
            below,
            expand: false,
        }
    }

    fn url(&self, client: &Client, scope: &str) -> Result<Url, AzureError> {
        let path = format!(
            "{scope}/providers/Microsoft.CostManagement/exports{}",
            self.below
        );
        let mut query = vec![("api-version", VERSION)];
        if self.expand {
            query.push(("$expand", "runHistory"));
        }
        client.url(&path, &query)
    }

    /// Sends a call; a scope that is unknown by one spelling is tried by the other one.
    async fn send(
        &self,
        client: &Client,
        method: Method,
        body: Option<&Value>,
    ) -> Result<FullResponse, AzureError> {
        let url = self.url(client, self.scope.path())?;
        let answer = client.send(method.clone(), url, body).await?;
        match self.scope.other_spelling() {
            Some(other) if answer.status == 404 => {
                let url = self.url(client, &other)?;
                client.send(method, url, body).await
            }
            _ => Ok(answer),
        }
    }
}

/// Lists the exports of a scope, each with its last run.
pub async fn list(client: &Client, scope: &ScopeId) -> Result<Vec<Export>, RefusedCall> {
    let place = ExportsUrl {
        expand: true,
        ..ExportsUrl::new(scope, String::new())
    };
    let mut answer = ask(client, &place).await?;
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for _ in 0..PAGES {
        let page: Page<Value> = decoded(&answer)?;
        let next = page.next();
        for item in page.value.ok_or_else(|| valueless(&answer))? {
            found.push(read::export(&item)?);
        }
        let Some(next) = next else {
            return Ok(found);
        };
        let next = client.target().poll_link(&answer.url, &next)?;
        if !seen.insert(next.clone()) {
            let why = "the list of exports cannot be read: its pages form a loop";
            return Err(AzureError::Incomplete(why.to_owned()).into());
        }
        answer = client.get_or_wait(next, Problem::of_exports).await?;
    }
    let why = format!("the list of exports has more than {PAGES} pages, so it was not used");
    Err(AzureError::Incomplete(why).into())
}

/// Reads one export with its latest runs.
pub async fn get(client: &Client, scope: &ScopeId, name: &str) -> Result<Export, RefusedCall> {
    let place = ExportsUrl {
        expand: true,
        ..ExportsUrl::new(scope, format!("/{name}"))
    };
    let answer = ask(client, &place).await?;
    Ok(read::export(&decoded(&answer)?)?)
}

/// Reads the runs of an export once, without retries: the caller decides when to look again.
pub async fn history(client: &Client, scope: &ScopeId, name: &str) -> HistoryLook {
    let place = ExportsUrl::new(scope, format!("/{name}/runHistory"));
    match place.send(client, Method::GET, None).await {
        Err(error) => HistoryLook {
            runs: Err(error),
            wait: None,
            passing: false,
        },
        Ok(answer) => HistoryLook {
            wait: answer.named_wait(client.now()).map(|named| named.wait),
            runs: runs(&answer),
            passing: matches!(answer.status, 408 | 429 | 500..),
        },
    }
}

fn runs(answer: &FullResponse) -> Result<Vec<Run>, AzureError> {
    if answer.status != 200 {
        return Err(Problem::of_exports(answer).error());
    }
    let page: Page<Value> = decoded(answer)?;
    let runs = page.value.ok_or_else(|| valueless(answer))?;
    let read: Result<Vec<Run>, AzureError> = runs.iter().map(read::run).collect();
    read.map(read::newest_first)
}

/// Starts a run, for the export's own days or for these.
pub async fn run(client: &Client, scope: &ScopeId, name: &str, days: Option<DateRange>) -> Started {
    let body = days.map(|days| {
        let time = |day: chrono::NaiveDate| format!("{day}T00:00:00.000Z");
        json!({ "timePeriod": { "from": time(days.from), "to": time(days.to) } })
    });
    let place = ExportsUrl::new(scope, format!("/{name}/run"));
    match place.send(client, Method::POST, body.as_ref()).await {
        Ok(answer) if (200..300).contains(&answer.status) => Started::Accepted,
        Ok(answer) => {
            let error = Problem::of_exports(&answer).error();
            let named = answer.named_wait(client.now());
            match (answer.status, named) {
                (429, Some(named)) => Started::Busy {
                    wait: named.wait,
                    error,
                },
                (status, _) if is_unclear(status) => Started::Unclear(error),
                _ => Started::Refused(error),
            }
        }
        Err(error) if may_have_arrived(&error) => Started::Unclear(error),
        Err(error) => Started::Refused(error),
    }
}

/// Creates an export. One that exists is refused: its `eTag` is not sent.
pub async fn create(client: &Client, scope: &ScopeId, name: &str, body: &Value) -> Created {
    let place = ExportsUrl::new(scope, format!("/{name}"));
    let made = match place.send(client, Method::PUT, Some(body)).await {
        Ok(answer) if (200..300).contains(&answer.status) => {
            decoded(&answer).and_then(|export| read::export(&export))
        }
        Ok(answer) => {
            let error = Problem::of_exports(&answer).error();
            return if is_unclear(answer.status) {
                Created::Unclear(error)
            } else {
                Created::Refused(error)
            };
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(export) => Created::Done(Box::new(export)),
        Err(error) if may_have_arrived(&error) => Created::Unclear(error),
        Err(error) => Created::Refused(error),
    }
}

/// Whether a request without a readable answer may have arrived.
fn may_have_arrived(error: &AzureError) -> bool {
    matches!(
        error,
        AzureError::Transport(_) | AzureError::TimedOut(_) | AzureError::Unreadable(_)
    )
}

/// Whether a request may have been carried out in spite of this status.
fn is_unclear(status: u16) -> bool {
    matches!(status, 408 | 500..)
}

/// A call that may be repeated.
async fn ask(client: &Client, place: &ExportsUrl<'_>) -> Result<FullResponse, RefusedCall> {
    let first = place.url(client, place.scope.path())?;
    let asked = client.get_or_wait(first, Problem::of_exports).await;
    match (asked, place.scope.other_spelling()) {
        (Err(refusal), Some(other)) if matches!(refusal.error, AzureError::Service(_)) => {
            let other = place.url(client, &other)?;
            let again = client.get_or_wait(other, Problem::of_exports).await;
            again.map_err(|_| refusal)
        }
        (asked, _) => asked,
    }
}

/// A list without its member is no empty list.
fn valueless(answer: &FullResponse) -> AzureError {
    AzureError::Unreadable(format!(
        "the answer about exports cannot be read: it lacks the member \"value\"{}",
        answer.id_words()
    ))
}

fn decoded<T: serde::de::DeserializeOwned>(answer: &FullResponse) -> Result<T, AzureError> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        AzureError::Unreadable(format!(
            "the answer about exports cannot be read: {}{}",
            wire::place(&error),
            answer.id_words()
        ))
    })
}
