//! The Azure checks of `doctor`: whether ARM is reachable, its time, and whether this identity may read costs.

use super::answer::FullResponse;
use super::client::Client;
use super::error::AzureError;
use super::error_catalog::Problem;
use super::reports::usage;
use super::scopes::SUBSCRIPTIONS;
use crate::domain::report::quota::Remainder;
use crate::domain::report::request::ReportRequest;
use crate::domain::scope::Agreement;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;

/// The facts that an ARM response gives apart from its content.
#[derive(Debug)]
pub struct Reached {
    /// How far this machine's clock is ahead of the server's.
    pub ahead: Option<TimeDelta>,
    pub remainders: Vec<Remainder>,
    /// The refusal, if the server refused.
    pub refused: Option<AzureError>,
}

fn reached(client: &Client, answer: &FullResponse) -> Reached {
    let date = answer
        .header("date")
        .and_then(|text| httpdate::parse_http_date(text).ok());
    Reached {
        ahead: date.map(|date| client.now() - DateTime::<Utc>::from(date)),
        remainders: answer.remainders(),
        refused: (answer.status >= 300).then(|| Problem::of(answer).error()),
    }
}

/// Lists the subscriptions once, without retries.
pub async fn arm(client: &Client) -> Result<Reached, AzureError> {
    let url = client.url("subscriptions", &[("api-version", SUBSCRIPTIONS)])?;
    let answer = client.send(Method::GET, url, None).await?;
    Ok(reached(client, &answer))
}

/// Reads one row of a scope: an identity that may read it may order reports, too.
pub async fn rights(
    client: &Client,
    request: &ReportRequest,
    agreement: Option<Agreement>,
) -> Result<Reached, AzureError> {
    let answer = usage::probe(client, request, agreement).await?;
    Ok(reached(client, &answer))
}
