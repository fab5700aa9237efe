//! Usage Details - List: fetches rows page by page, the only API for accounts without reports.
//!
//! `Microsoft.Consumption/usageDetails` 2024-08-01. Legacy accounts (EA, pay-as-you-go) take the days in `$filter`;
//! modern ones (MCA, MPA) ignore `$filter` and take the undocumented `startDate` and `endDate`. Accounts of unknown
//! kind get both, and the rows are filtered again before they are stored.

use super::exchange::{API_VERSION, Exchange, answered, unanswered};
use super::response::no_data;
use crate::azure::answer::FullResponse;
use crate::azure::client::Client;
use crate::azure::error::AzureError;
use crate::azure::error_catalog::{Problem, ProblemKind};
use crate::azure::wire;
use crate::domain::metric::Metric;
use crate::domain::period::Period;
use crate::domain::report::reply::{Failure, Reply, Span};
use crate::domain::report::request::ReportRequest;
use crate::domain::report::usage_filter;
use crate::domain::scope::Agreement;
use reqwest::{Method, Url};
use serde_json::value::RawValue;

/// The largest page size in the specification.
const PAGE: u32 = 1000;
/// Without it, legacy rows come without meters and additional info.
const EXPAND: &str = "properties/meterDetails,properties/additionalInfo";

/// The request for a page.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    pub request: &'a ReportRequest,
    /// The agreement, if known: it decides how the days are passed.
    pub agreement: Option<Agreement>,
    pub span: Span,
    /// The link to the next page, as the server sent it.
    pub link: Option<&'a str>,
}

/// A page as received.
#[derive(Debug)]
pub struct UsagePage {
    pub exchange: Exchange,
    /// The body, if it contains rows.
    pub body: Option<Vec<u8>>,
}

/// Fetches one page.
pub async fn page(client: &Client, question: &PageRequest<'_>) -> UsagePage {
    let scope = question.request.scope.path();
    let first = ask(client, question, scope).await;
    let unknown = matches!(&first, Ok(answer) if answer.status == 404);
    let sent = match question.request.scope.other_spelling() {
        Some(other) if unknown && question.link.is_none() => ask(client, question, &other).await,
        _ => first,
    };
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => {
            // A timeout is handled alike, whether a gateway or this client reports it.
            let too_long = matches!(error, AzureError::TimedOut(_));
            let mut exchange = unanswered(error);
            if too_long {
                exchange.reply = Reply::Unavailable {
                    wait: None,
                    status: 504,
                };
            }
            return UsagePage {
                exchange,
                body: None,
            };
        }
    };
    read(client, question, answer)
}

/// Fetches a single row, to learn whether the scope can be read at all.
pub(crate) async fn probe(
    client: &Client,
    request: &ReportRequest,
    agreement: Option<Agreement>,
) -> Result<FullResponse, AzureError> {
    let question = PageRequest {
        request,
        agreement,
        span: request.range().map_or(Span::Period, Span::Days),
        link: None,
    };
    let url = first_url(client, &question, request.scope.path(), 1)?;
    client.send(Method::GET, url, None).await
}

async fn ask(
    client: &Client,
    question: &PageRequest<'_>,
    scope: &str,
) -> Result<FullResponse, AzureError> {
    let url = if let Some(link) = question.link {
        let base = client.target().base()?;
        client.target().poll_link(&base, link)?
    } else {
        let wanted = question.request.subset.top_rows;
        let rows = wanted.map_or(PAGE, |rows| rows.get().min(PAGE));
        first_url(client, question, scope, rows)?
    };
    client.send(Method::GET, url, None).await
}

/// The first page of a span.
fn first_url(
    client: &Client,
    question: &PageRequest<'_>,
    scope: &str,
    rows: u32,
) -> Result<Url, AzureError> {
    let request = question.request;
    // A resource group is a filter on its subscription.
    let group = request.scope.resource_group();
    let mut path = group
        .map_or(scope, |(subscription, _)| subscription)
        .to_owned();
    if let Period::Billing(name) = &request.period {
        path = format!("{path}/providers/Microsoft.Billing/billingPeriods/{name}");
    }
    let modern = matches!(question.agreement, Some(Agreement::Mca | Agreement::Mpa));
    // An account that looks like pay-as-you-go may have moved to a customer agreement: only an enrolment is legacy for
    // certain.
    let legacy = question.agreement == Some(Agreement::Ea);
    let days = match question.span {
        Span::Days(range) => Some(range),
        Span::Period => None,
    };
    let filter = usage_filter::odata(
        days.filter(|_| !modern),
        group.map(|(_, name)| name),
        request.subset.filter.as_ref(),
    );
    let metric = match request.metric {
        Metric::Actual => "actualcost",
        Metric::Amortized => "amortizedcost",
        Metric::Usage => "usage",
    };
    let rows = rows.to_string();
    let mut query = vec![
        ("api-version", API_VERSION),
        ("metric", metric),
        ("$top", &rows),
    ];
    if !modern {
        query.push(("$expand", EXPAND));
    }
    if let Some(filter) = &filter {
        query.push(("$filter", filter));
    }
    let days = days.map(|range| (range.from.to_string(), range.to.to_string()));
    if let Some((from, to)) = days.as_ref().filter(|_| !legacy) {
        query.extend([("startDate", from.as_str()), ("endDate", to.as_str())]);
    }
    let path = format!("{path}/providers/Microsoft.Consumption/usageDetails");
    let mut url = client.url(&path, &query)?;
    // Spaces become `%20` rather than `+`, and `$` is not encoded, as in Microsoft's own samples.
    let spelled = url
        .query()
        .map(|query| query.replace('+', "%20").replace("%24", "$"));
    url.set_query(spelled.as_deref());
    Ok(url)
}

fn read(client: &Client, question: &PageRequest<'_>, answer: FullResponse) -> UsagePage {
    let reply = reply(client, question, &answer);
    let holds_rows = matches!(reply, Reply::Paged { .. });
    let exchange = answered(reply, &answer, client.now(), false);
    UsagePage {
        exchange,
        body: holds_rows.then_some(answer.body),
    }
}

fn reply(client: &Client, question: &PageRequest<'_>, answer: &FullResponse) -> Reply {
    let named = answer.named_wait(client.now());
    let wait = named.as_ref().map(|named| named.wait);
    match answer.status {
        200 => rows(client, answer).unwrap_or_else(|error| Reply::Failed(error.failure())),
        // A promised page must not be empty.
        204 if question.link.is_some() => Reply::Incomplete {
            message: format!(
                "the server returned 204, no content, instead of a promised page{}",
                answer.id_words()
            ),
        },
        204 => Reply::NoData {
            why: no_data("204, no content"),
        },
        429 => Reply::Throttled {
            wait,
            header: named.map(|named| named.header),
        },
        404 if question.link.is_some() => Reply::NotFound,
        408 | 500..=599 => Reply::Unavailable {
            wait,
            status: answer.status,
        },
        _ => {
            let problem = Problem::of(answer);
            Reply::Failed(match problem.kind() {
                ProblemKind::NoReports | ProblemKind::NoCosts | ProblemKind::Doubtful => {
                    problem.no_costs()
                }
                ProblemKind::SignIn
                | ProblemKind::NotAllowed
                | ProblemKind::Throttled
                | ProblemKind::Refused => problem.failure(),
            })
        }
    }
}

/// Whether the reason is transient. A gateway between us and the server may send one as a page.
fn passes(reason: &str) -> bool {
    let said = reason.to_lowercase();
    let of_a_moment = [
        "timeout",
        "unavailable",
        "toomany",
        "internal",
        "busy",
        "gateway",
    ];
    of_a_moment.iter().any(|word| said.contains(word))
}

/// Counts the rows of a page and reads the next link. A truncated body is an error.
fn rows(client: &Client, answer: &FullResponse) -> Result<Reply, AzureError> {
    let read = serde_json::from_slice::<wire::Page<&RawValue>>(&answer.body);
    let page = match read {
        Ok(page) => page,
        Err(error) => {
            let ids = answer.ids();
            let id = if ids.is_empty() {
                String::new()
            } else {
                format!(" ({ids})")
            };
            let place = wire::place(&error);
            let message = format!("a page of Usage Details could not be read: {place}{id}");
            // A body that ends too early was cut in transit: it can be requested again.
            return if error.is_eof() {
                Ok(Reply::Incomplete { message })
            } else {
                Err(AzureError::Unreadable(message))
            };
        }
    };
    let next = page
        .next()
        .map(|link| client.target().poll_link(&answer.url, &link))
        .transpose()?;
    let Some(value) = page.value else {
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if let Some(reason) = wire::reason(&body).filter(|reason| !passes(reason)) {
            let message = format!(
                "the server sent a reason instead of a page: {reason}{}",
                answer.id_words()
            );
            return Ok(Reply::Failed(Failure::Rejected { message }));
        }
        // A gateway between us and the server may return 200 for its own errors.
        let message = format!(
            "a page of Usage Details has no rows (`value`): {}",
            Problem::of(answer).failure().message()
        );
        return Ok(Reply::Incomplete { message });
    };
    let rows = value.len() as u64;
    Ok(Reply::Paged {
        next: next.map(|url| url.to_string()),
        rows,
    })
}
