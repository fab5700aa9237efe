//! Orders and polls reports, for both report operations.
//!
//! `generateCostDetailsReport` 2025-03-01 and `generateDetailedCostReport` 2021-10-01 differ in their 200 bodies;
//! `response` decodes both, so a server that mixes them still works.

use super::exchange::{Exchange, answered, unanswered};
use super::response::ReportResponse;
use crate::azure::answer::FullResponse;
use crate::azure::client::Client;
use crate::azure::error::AzureError;
use crate::azure::limits;
use crate::domain::period::Period;
use crate::domain::report::reply::Reply;
use crate::domain::report::request::{Api, ReportRequest};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

fn api_version(api: Api) -> &'static str {
    match api {
        Api::Details => "2025-03-01",
        Api::Detailed => "2021-10-01",
        Api::Usage => super::exchange::API_VERSION,
    }
}

/// The body of an order.
fn body(request: &ReportRequest) -> Value {
    let (name, value) = match &request.period {
        Period::Dates(range) => (
            "timePeriod",
            json!({ "start": range.from.to_string(), "end": range.to.to_string() }),
        ),
        Period::Invoice(id) => ("invoiceId", json!(id)),
        Period::Billing(name) => ("billingPeriod", json!(name)),
    };
    json!({ "metric": request.metric.api_name(), name: value })
}

/// Orders a report; the answer is waited for until `until` at the latest. Departments and similar scopes have two
/// spellings. The second is tried if the server does not know the first, since then it has accepted nothing.
pub async fn order(
    client: &Client,
    request: &ReportRequest,
    api: Api,
    until: DateTime<Utc>,
) -> Exchange {
    let first = order_at(client, request, request.scope.path(), (api, until)).await;
    let unknown = matches!(&first, Ok(answer) if answer.status == 404);
    let sent = match request.scope.other_spelling() {
        Some(other) if unknown => order_at(client, request, &other, (api, until)).await,
        _ => first,
    };
    exchange(client, request, sent, true)
}

async fn order_at(
    client: &Client,
    request: &ReportRequest,
    scope: &str,
    (api, until): (Api, DateTime<Utc>),
) -> Result<FullResponse, AzureError> {
    let operation = api.operation();
    let path = format!("{scope}/providers/Microsoft.CostManagement/{operation}");
    let url = client.url(&path, &[("api-version", api_version(api))])?;
    let left = until.signed_duration_since(client.now()).min(limits::CALL);
    client
        .send_within(left, Method::POST, url, Some(&body(request)))
        .await
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
    sent: Result<FullResponse, AzureError>,
    is_order: bool,
) -> Exchange {
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => return unanswered(error),
    };
    let reading = ReportResponse {
        client,
        answer: &answer,
        request,
        is_order,
    };
    let reply = reading
        .reply()
        .unwrap_or_else(|error| Reply::Failed(error.failure()));
    let taken = answer.status < 300 && answer.status != 204;
    answered(reply, &answer, client.now(), taken)
}
