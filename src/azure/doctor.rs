//! What `doctor` asks Azure: is it there, what time is it there, may this identity read costs.

use super::client::{Answer, Client};
use super::error::AzureError;
use super::error_catalog::Problem;
use super::scopes::SUBSCRIPTIONS;
use super::usage;
use crate::domain::report::quota::Remainder;
use crate::domain::report::request::ReportRequest;
use crate::domain::scope::Agreement;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;

/// What an answer of ARM tells beside its content.
#[derive(Debug)]
pub struct Reached {
    /// How far this machine's clock is ahead of the server's.
    pub ahead: Option<TimeDelta>,
    pub remainders: Vec<Remainder>,
    /// What the server refused, if it did.
    pub refused: Option<AzureError>,
}

fn reached(client: &Client, answer: &Answer) -> Reached {
    let date = answer
        .header("date")
        .and_then(|text| httpdate::parse_http_date(text).ok());
    Reached {
        ahead: date.map(|date| client.now() - DateTime::<Utc>::from(date)),
        remainders: answer.remainders(),
        refused: (answer.status >= 300).then(|| Problem::of(answer).error()),
    }
}

/// Asks ARM for the subscriptions, once and without patience.
pub async fn arm(client: &Client) -> Result<Reached, AzureError> {
    let url = client.url("subscriptions", &[("api-version", SUBSCRIPTIONS)])?;
    let answer = client.send(Method::GET, url, None).await?;
    Ok(reached(client, &answer))
}

/// Asks for one row of a scope: whoever may read it may order reports, too.
pub async fn rights(
    client: &Client,
    request: &ReportRequest,
    agreement: Option<Agreement>,
) -> Result<Reached, AzureError> {
    let answer = usage::probe(client, request, agreement).await?;
    Ok(reached(client, &answer))
}
