//! Orders and polls reports, for both report operations.
//!
//! `generateCostDetailsReport` 2025-03-01 and `generateDetailedCostReport` 2021-10-01 differ in their 200 bodies;
//! `reading` decodes both, so a server that mixes them still works.

use super::client::{Answer, Client};
use super::error::AzureError;
use super::error_catalog::Problem;
use super::report_response::Reading;
use crate::domain::period::Period;
use crate::domain::report::quota::Remainder;
use crate::domain::report::reply::{CallIds, NamedWait, Reply};
use crate::domain::report::request::{Api, ReportRequest};
use reqwest::Method;
use serde_json::{Value, json};

/// A response in the form the state machine takes, with its other facts.
#[derive(Debug)]
pub struct Exchange {
    pub reply: Reply,
    /// The ids to give to Microsoft support.
    pub ids: CallIds,
    /// The remaining quotas.
    pub remainders: Vec<Remainder>,
    /// Every wait that a 429 named: several quotas may be used up.
    pub waits: Vec<NamedWait>,
    /// Whether the server may have acted on the request: it was sent, and not refused.
    pub taken: bool,
    /// The server's message, if it refused.
    pub words: Option<String>,
}

fn api_version(api: Api) -> &'static str {
    match api {
        Api::Details => "2025-03-01",
        Api::Detailed => "2021-10-01",
        Api::Usage => super::usage::API_VERSION,
    }
}

/// The body of an order.
fn body(request: &ReportRequest) -> Value {
    match &request.period {
        Period::Dates(range) => json!({
            "metric": request.metric.api_name(),
            "timePeriod": { "start": range.from.to_string(), "end": range.to.to_string() },
        }),
        Period::Invoice(id) => json!({ "metric": request.metric.api_name(), "invoiceId": id }),
        Period::Billing(name) => {
            json!({ "metric": request.metric.api_name(), "billingPeriod": name })
        }
    }
}

/// Orders a report. Departments and similar scopes have two spellings. The second is tried if the server does not know
/// the first, since then it has accepted nothing.
pub async fn order(client: &Client, request: &ReportRequest, api: Api) -> Exchange {
    let first = order_at(client, request, request.scope.path(), api).await;
    let unknown = matches!(&first, Ok(answer) if answer.status == 404);
    let sent = match request.scope.other_spelling() {
        Some(other) if unknown => order_at(client, request, &other, api).await,
        _ => first,
    };
    exchange(client, request, sent, true)
}

async fn order_at(
    client: &Client,
    request: &ReportRequest,
    scope: &str,
    api: Api,
) -> Result<Answer, AzureError> {
    let operation = api.operation();
    let path = format!("{scope}/providers/Microsoft.CostManagement/{operation}");
    let url = client.url(&path, &[("api-version", api_version(api))])?;
    client.send(Method::POST, url, Some(&body(request))).await
}

/// Polls a link.
pub async fn poll(client: &Client, request: &ReportRequest, link: &str) -> Exchange {
    let base = client.target().base();
    let sent = match base.and_then(|base| client.target().poll_link(&base, link)) {
        Ok(url) => client.send(Method::GET, url, None).await,
        Err(error) => Err(error),
    };
    exchange(client, request, sent, false)
}

fn exchange(
    client: &Client,
    request: &ReportRequest,
    sent: Result<Answer, AzureError>,
    is_order: bool,
) -> Exchange {
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => return unanswered(error),
    };
    let reading = Reading {
        client,
        answer: &answer,
        request,
        is_order,
    };
    let reply = reading
        .reply()
        .unwrap_or_else(|error| Reply::Failed(error.failure()));
    let refused = answer.status >= 300;
    Exchange {
        reply,
        ids: answer.ids(),
        remainders: answer.remainders(),
        waits: answer.quota_waits(client.now()),
        taken: !refused && answer.status != 204,
        words: refused.then(|| Problem::of(&answer).said()),
    }
}

/// No response. The request may still have arrived, unless there was no connection.
pub(super) fn unanswered(error: AzureError) -> Exchange {
    let taken = matches!(error, AzureError::Transport(_) | AzureError::TimedOut(_));
    let reply = match error {
        AzureError::Transport(message)
        | AzureError::TimedOut(message)
        | AzureError::NotConnected(message) => Reply::Unreachable { message },
        other => Reply::Failed(other.failure()),
    };
    Exchange {
        reply,
        ids: CallIds::default(),
        remainders: Vec::new(),
        waits: Vec::new(),
        taken,
        words: None,
    }
}
