//! The two report operations: order, poll, and what each answer means.
//!
//! `generateCostDetailsReport` 2025-03-01 and `generateDetailedCostReport` 2021-10-01 differ in their 200 bodies;
//! one decoder reads both, so a server that mixes them still works.

use super::client::{Answer, Client};
use super::error::AzureError;
use super::wire::{self, OperationBody};
use crate::domain::manifest::{Blob, Manifest};
use crate::domain::period::Period;
use crate::domain::reply::{Failure, Reply};
use crate::domain::request::{Api, ReportRequest};
use crate::domain::secret::Secret;
use chrono::{DateTime, Utc};
use reqwest::{Method, Url};
use serde_json::{Value, json};

/// An answer as the state machine takes it, and the id to quote.
#[derive(Debug)]
pub struct Exchange {
    pub reply: Reply,
    pub request_id: Option<String>,
}

fn api_version(api: Api) -> &'static str {
    match api {
        Api::Details => "2025-03-01",
        Api::Detailed => "2021-10-01",
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
    }
}

/// Orders a report.
pub async fn order(client: &Client, request: &ReportRequest, api: Api) -> Exchange {
    let path = format!(
        "{}/providers/Microsoft.CostManagement/{}",
        request.scope,
        api.operation()
    );
    let sent = match client.url(&path, &[("api-version", api_version(api))]) {
        Ok(url) => client.send(Method::POST, url, Some(&body(request))).await,
        Err(error) => Err(error),
    };
    let exchange = exchange(client, sent);
    let reply = match exchange.reply {
        // A 404 to the order is about the scope, and the server's own words say more than we could.
        Reply::NotFound => Reply::Failed(Failure::Rejected {
            message: "404: the scope was not found; check the id and the tenant (a new subscription needs up to 48 h)".to_owned(),
        }),
        other => other,
    };
    Exchange { reply, ..exchange }
}

/// Asks a polling link.
pub async fn poll(client: &Client, link: &str) -> Exchange {
    let sent = match client
        .target()
        .base()
        .and_then(|base| client.target().poll_link(&base, link))
    {
        Ok(url) => client.send(Method::GET, url, None).await,
        Err(error) => Err(error),
    };
    exchange(client, sent)
}

fn exchange(client: &Client, sent: Result<Answer, AzureError>) -> Exchange {
    match sent {
        Ok(answer) => {
            let request_id = answer.request_id();
            let reply =
                read(client, &answer).unwrap_or_else(|error| Reply::Failed(error.failure()));
            Exchange { reply, request_id }
        }
        Err(AzureError::Transport(message)) => Exchange {
            reply: Reply::Unreachable { message },
            request_id: None,
        },
        Err(error) => Exchange {
            reply: Reply::Failed(error.failure()),
            request_id: None,
        },
    }
}

fn read(client: &Client, answer: &Answer) -> Result<Reply, AzureError> {
    let named = answer.named_wait(client.now());
    let wait = named.as_ref().map(|named| named.wait);
    Ok(match answer.status {
        200 | 201 => finished(client, answer)?,
        202 => Reply::Accepted {
            location: poll_link(client, answer)?.map(|url| url.to_string()),
            wait,
        },
        204 => Reply::NoData {
            why: no_data("204, no content"),
        },
        401 | 403 => Reply::Failed(wire::error_of(answer).failure()),
        404 => not_found(answer),
        429 => Reply::Throttled {
            wait,
            header: named.map(|named| named.header),
        },
        408 | 500..=599 => Reply::Unavailable {
            wait,
            status: answer.status,
        },
        _ => Reply::Failed(refused(answer)),
    })
}

/// `Location` first; the first generation also names its status links.
fn poll_link(client: &Client, answer: &Answer) -> Result<Option<Url>, AzureError> {
    let names = [
        "location",
        "azure-consumption-asyncoperation",
        "azure-asyncoperation",
    ];
    let link = names.iter().find_map(|name| answer.header(name));
    link.map(|link| client.target().poll_link(&answer.url, link))
        .transpose()
}

fn no_data(status: &str) -> String {
    format!(
        "the server answered {status}: there is no cost data at this scope for these days. New scopes need up to 48 h, and \
         some scopes show usage only"
    )
}

fn finished(client: &Client, answer: &Answer) -> Result<Reply, AzureError> {
    let unreadable = |problem: String| {
        let id = answer
            .request_id()
            .map(|id| format!(" (request id {id})"))
            .unwrap_or_default();
        AzureError::Unreadable(format!(
            "the answer about the report could not be read: {problem}{id}"
        ))
    };
    let body: OperationBody =
        serde_json::from_slice(&answer.body).map_err(|error| unreadable(error.to_string()))?;
    let named = answer.named_wait(client.now());
    match body.status_word().as_deref() {
        Some("completed" | "readytodownload" | "succeeded") => {
            manifest(client, body).map(finished_or_empty)
        }
        None if body.manifest.is_some() || body.properties.is_some() => {
            manifest(client, body).map(finished_or_empty)
        }
        Some("nodatafound") => Ok(Reply::NoData {
            why: no_data("NoDataFound"),
        }),
        Some("failed" | "timedout" | "canceled" | "cancelled") => {
            Ok(Reply::Failed(failed(answer, &body)))
        }
        // A link without any status is an answer of something else.
        None => Err(unreadable(
            "it names neither a status nor a file".to_owned(),
        )),
        Some(_) => Ok(Reply::Accepted {
            location: poll_link(client, answer)?.map(|url| url.to_string()),
            wait: named.map(|named| named.wait),
        }),
    }
}

fn finished_or_empty(manifest: Manifest) -> Reply {
    if manifest.blobs.is_empty() {
        Reply::NoData {
            why: no_data("\"completed\" without a file"),
        }
    } else {
        Reply::Finished(manifest)
    }
}

fn failed(answer: &Answer, body: &OperationBody) -> Failure {
    let (code, message) = body
        .error
        .as_ref()
        .map(wire::error_words)
        .unwrap_or_default();
    let words: Vec<String> = [code, message].into_iter().flatten().collect();
    let reason = if words.is_empty() {
        "it gave no reason".to_owned()
    } else {
        words.join(": ")
    };
    let id = answer
        .request_id()
        .map(|id| format!(" (request id {id})"))
        .unwrap_or_default();
    let message = format!(
        "the server could not make the report: {reason}{id}. Order it again, or a shorter period"
    );
    Failure::Rejected { message }
}

fn manifest(client: &Client, body: OperationBody) -> Result<Manifest, AzureError> {
    let wrong = |text: &str| AzureError::Unreadable(text.to_owned());
    let valid = body.valid_till.as_deref().or_else(|| {
        body.properties
            .as_ref()
            .and_then(|p| p.valid_till.as_deref())
    });
    let valid_till = valid
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|time| time.with_timezone(&Utc));
    let Some(manifest) = body.manifest else {
        let link = body
            .properties
            .and_then(|properties| properties.download_url)
            .filter(|link| !link.trim().is_empty());
        let blobs = link
            .map(|link| checked_blob(client, &link, None))
            .transpose()?;
        return Ok(Manifest {
            blobs: blobs.into_iter().collect(),
            valid_till,
        });
    };
    if let Some(format) = manifest
        .data_format
        .filter(|format| !format.eq_ignore_ascii_case("csv"))
    {
        return Err(wrong(&format!(
            "the report came as `{format}`; only CSV can be read"
        )));
    }
    if manifest
        .compress_data
        .is_some_and(|value| value == Value::Bool(true))
    {
        return Err(wrong(
            "the report came compressed, which the API has never done; it cannot be read yet",
        ));
    }
    let named = wire::count(manifest.blob_count.as_ref());
    let listed = manifest.blobs.unwrap_or_default();
    if named.is_some_and(|count| count != listed.len() as u64) {
        return Err(wrong(
            "the report names more or fewer files than it lists; ordering it again may help",
        ));
    }
    let mut blobs = Vec::with_capacity(listed.len());
    for blob in listed {
        let link = blob
            .blob_link
            .filter(|link| !link.trim().is_empty())
            .ok_or_else(|| wrong("a file of the report has no link"))?;
        blobs.push(checked_blob(
            client,
            &link,
            wire::count(blob.byte_count.as_ref()),
        )?);
    }
    Ok(Manifest { blobs, valid_till })
}

fn checked_blob(client: &Client, link: &str, bytes: Option<u64>) -> Result<Blob, AzureError> {
    client.target().download_link(link)?;
    Ok(Blob {
        link: Secret::new(link.trim()),
        bytes,
    })
}

fn not_found(answer: &Answer) -> Reply {
    let text = wire::describe(answer);
    if is_offer_problem(&text) {
        return Reply::Failed(unsupported(&text));
    }
    // With a message of its own the server means the scope, without one the link.
    if text.contains(':')
        && !answer.url.path().contains("perationResults")
        && !answer.url.path().contains("perationStatus")
    {
        return Reply::Failed(Failure::Rejected {
            message: format!(
                "{text}. Check the id and the tenant; a new subscription needs up to 48 h"
            ),
        });
    }
    Reply::NotFound
}

fn refused(answer: &Answer) -> Failure {
    let text = wire::describe(answer);
    let message = match answer.status {
        422 => return unsupported(&text),
        _ if is_offer_problem(&text) => return unsupported(&text),
        413 => format!("{text}. The data is over 2 GB: order a shorter period or a smaller scope"),
        _ => text,
    };
    Failure::Rejected { message }
}

/// The many words for "this kind of account has no cost reports" (Microsoft Learn, "Cost Management error codes").
fn is_offer_problem(text: &str) -> bool {
    let lower = text.to_lowercase();
    [
        "offer type",
        "offertype",
        "is not supported for subscription",
        "subscriptiontypenotsupported",
        "disallowedoperation",
    ]
    .iter()
    .any(|words| lower.contains(words))
}

fn unsupported(text: &str) -> Failure {
    let message = format!(
        "{text}. This account type has no cost reports: its rows come from Usage Details, which costscope does not read yet. \
         The portal's own download can be opened with `costscope open`"
    );
    Failure::Unsupported { message }
}
