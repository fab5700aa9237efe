//! The time limits of one request: for the whole of it, and for the silence of the server meanwhile.

use super::error::AzureError;
use super::exchange_log::{self, Outcome};
use super::net::transport;
use super::time::{Time, Waiting};
use chrono::TimeDelta;
use reqwest::{RequestBuilder, Response, Url};
use std::future::Future;

/// How long a call of ARM may take with its answer. The largest page takes seconds.
pub(super) const CALL: TimeDelta = TimeDelta::seconds(300);
/// The time limit of one request for a file; the next one resumes where it stopped.
pub(super) const DOWNLOAD: TimeDelta = TimeDelta::seconds(3600);
/// The time limit of an optional query whose answer the order itself gives, too.
pub(super) const QUESTION: TimeDelta = TimeDelta::seconds(30);
/// How long the server may send nothing: before its answer, and between two pieces of it.
const SILENCE: TimeDelta = TimeDelta::seconds(120);

/// The limits of a request that has begun.
pub(super) struct RequestLimits<'a> {
    time: &'a Time,
    whole: TimeDelta,
    over: Waiting,
}

impl<'a> RequestLimits<'a> {
    pub(super) fn begin(time: &'a Time, whole: TimeDelta) -> Self {
        let over = (time.alarm)(whole);
        Self { time, whole, over }
    }

    /// Sends a request, and waits for the head of its answer as long as the limits allow. The log gets a line of it.
    pub(super) async fn answer(
        &mut self,
        request: RequestBuilder,
        what: &str,
    ) -> Result<Response, AzureError> {
        self.answer_of(request, what, |url| url).await
    }

    /// The same for a download link, of which the log gets the host only.
    pub(super) async fn answer_of_link(
        &mut self,
        request: RequestBuilder,
        what: &str,
    ) -> Result<Response, AzureError> {
        let host_only = |mut url: Url| {
            url.set_path("");
            url
        };
        self.answer_of(request, what, host_only).await
    }

    async fn answer_of(
        &mut self,
        request: RequestBuilder,
        what: &str,
        told: impl FnOnce(Url) -> Url,
    ) -> Result<Response, AzureError> {
        let (client, request) = request.build_split();
        let request = request.map_err(|error| transport(error, what))?;
        let (method, url) = (request.method().clone(), told(request.url().clone()));
        let begun = (self.time.now)();
        let answer = self.hold(client.execute(request), what).await;
        let took = Some((self.time.now)() - begun);
        match &answer {
            Ok(answer) => {
                let (status, headers) = (answer.status().as_u16(), answer.headers());
                exchange_log::log(&method, &url, took, Outcome::Answered { status, headers });
            }
            Err(error) => {
                let why = &error.to_string();
                exchange_log::log(&method, &url, took, Outcome::Failed { why });
            }
        }
        answer
    }

    /// Waits for the next piece of the answer, as long as the limits allow.
    pub(super) async fn hold<T>(
        &mut self,
        piece: impl Future<Output = reqwest::Result<T>>,
        what: &str,
    ) -> Result<T, AzureError> {
        let silence = (self.time.alarm)(SILENCE);
        let problem = tokio::select! {
            biased;
            piece = piece => return piece.map_err(|error| transport(error, what)),
            () = &mut self.over => "the answer was not complete in time",
            () = silence => "the server stopped sending",
        };
        Err(AzureError::TimedOut(format!(
            "{what}: {problem} (limits of a request: {} s in all, {} s of silence)",
            self.whole.num_seconds(),
            SILENCE.num_seconds()
        )))
    }
}
