//! Interprets the response about a report, for both report operations.

use crate::azure::answer::FullResponse;
use crate::azure::client::Client;
use crate::azure::error::AzureError;
use crate::azure::error_catalog::{Problem, ProblemKind};
use crate::azure::wire;
use crate::azure::wire::OperationBody;
use crate::domain::period::Period;
use crate::domain::report::manifest::{Blob, Manifest, ServerTimes};
use crate::domain::report::reply::{Failure, Reply};
use crate::domain::report::request::ReportRequest;
use crate::domain::text::secret::Secret;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

/// A response and its request.
pub(crate) struct ReportResponse<'a> {
    pub(crate) client: &'a Client,
    pub(crate) answer: &'a FullResponse,
    pub(crate) request: &'a ReportRequest,
    /// Whether this is the response to the order rather than to a poll.
    pub(crate) is_order: bool,
}

impl ReportResponse<'_> {
    /// The response in the form the state machine takes.
    pub(crate) fn reply(&self) -> Result<Reply, AzureError> {
        let named = self.answer.named_wait(self.client.now());
        let wait = named.as_ref().map(|named| named.wait);
        Ok(match self.answer.status {
            200 | 201 => self.finished()?,
            202 => match self.failed_meanwhile() {
                Some(failure) => Reply::Failed(failure),
                None => self.accepted()?,
            },
            204 => Reply::NoData {
                why: no_data("204, no content"),
            },
            404 if !self.is_order => self.not_found(),
            410 if !self.is_order => Reply::Failed(Failure::Gone {
                message: format!(
                    "{}. The server has deleted this report; nothing failed. Order it again",
                    Problem::of(self.answer).said()
                ),
            }),
            429 => Reply::Throttled {
                wait,
                header: named.map(|named| named.header),
            },
            408 | 500..=599 => Reply::Unavailable {
                wait,
                status: self.answer.status,
            },
            _ => refused(self.answer),
        })
    }

    /// Prefers `Location`; the first generation also has status links.
    fn accepted(&self) -> Result<Reply, AzureError> {
        let names = [
            "location",
            "azure-consumption-asyncoperation",
            "azure-asyncoperation",
        ];
        let link = names.iter().find_map(|name| self.answer.header(name));
        let link = link.map(|link| self.client.target().poll_link(&self.answer.url, link));
        let wait = self.answer.named_wait(self.client.now());
        Ok(Reply::Accepted {
            location: link.transpose()?.map(|url| url.to_string()),
            wait: wait.map(|named| named.wait),
        })
    }

    /// An error for a response that does not follow the API. Its text is never shown: it may contain signed links.
    fn unreadable(&self, problem: &str) -> AzureError {
        let id = self.answer.id_words();
        AzureError::Unreadable(format!(
            "the response about the report could not be read: {problem}{id}"
        ))
    }

    fn finished(&self) -> Result<Reply, AzureError> {
        let read: Result<OperationBody, _> = serde_json::from_slice(&self.answer.body);
        let body = match read {
            Ok(body) => body,
            // An empty or cut answer can be asked for again.
            Err(error) if error.is_eof() => {
                let message = self.unreadable(&wire::place(&error)).to_string();
                return Ok(Reply::Incomplete { message });
            }
            Err(error) => return Err(self.unreadable(&wire::place(&error))),
        };
        let has_result = body.manifest.is_some() || body.properties.is_some();
        match body.status_word().as_deref() {
            None | Some("completed" | "readytodownload" | "succeeded")
                if body.has_error() && !body.has_link() =>
            {
                Ok(Reply::Failed(self.failed(&body)))
            }
            Some("completed" | "readytodownload" | "succeeded") => self.manifest(body),
            Some("nodatafound") => Ok(Reply::NoData {
                why: match self.reason(&body) {
                    Some(reason) => format!("{}: {reason}", no_data("NoDataFound")),
                    None => no_data("NoDataFound"),
                },
            }),
            Some("failed" | "timedout" | "canceled" | "cancelled") => {
                Ok(Reply::Failed(self.failed(&body)))
            }
            None if has_result => self.manifest(body),
            None => Err(self.unreadable("it has neither a status nor a file")),
            Some(_) => self.accepted(),
        }
    }

    /// A 202 whose body says that the report has failed.
    fn failed_meanwhile(&self) -> Option<Failure> {
        let body: OperationBody = serde_json::from_slice(&self.answer.body).ok()?;
        let failed = ["failed", "timedout", "canceled", "cancelled"];
        let word = body.status_word()?;
        failed.contains(&word.as_str()).then(|| self.failed(&body))
    }

    fn failed(&self, body: &OperationBody) -> Failure {
        let reason = self.reason(body);
        let reason = reason.unwrap_or_else(|| "it gave no reason".to_owned());
        let id = self.answer.id_words();
        let message = format!(
            "the server could not generate the report: {reason}{id}. Order it again, or order a shorter period"
        );
        Failure::Rejected { message }
    }

    /// The server's reason for a missing report: under `error`, in `properties`, or next to the status.
    fn reason(&self, body: &OperationBody) -> Option<String> {
        let whole: Value = serde_json::from_slice(&self.answer.body).unwrap_or_default();
        let holders = [whole.get("properties"), Some(&whole)];
        let own = body.error.as_ref().and_then(wire::reason);
        own.or_else(|| holders.into_iter().flatten().find_map(wire::reason))
    }

    fn manifest(&self, body: OperationBody) -> Result<Reply, AzureError> {
        let inner = body
            .properties
            .as_ref()
            .and_then(|properties| properties.valid_till.as_deref());
        let valid = body.valid_till.as_deref().or(inner);
        let times = ServerTimes {
            valid_till: valid.and_then(time),
            started_at: body.started.as_ref().and_then(Value::as_str).and_then(time),
            ended_at: body.ended.as_ref().and_then(Value::as_str).and_then(time),
        };
        let blobs = if let Some(manifest) = body.manifest {
            self.blobs(manifest)?
        } else {
            let link = body
                .properties
                .and_then(|properties| properties.download_url);
            let link = link.filter(|link| !link.trim().is_empty());
            let blob = link.map(|link| self.blob(&link, None)).transpose()?;
            blob.into_iter().collect()
        };
        if blobs.is_empty() {
            return Ok(Reply::NoData {
                why: no_data("\"completed\" without a file"),
            });
        }
        Ok(Reply::Finished(Manifest { blobs, times }))
    }

    fn blobs(&self, manifest: wire::ManifestBody) -> Result<Vec<Blob>, AzureError> {
        if let Some(context) = &manifest.request_context {
            self.check_context(context)?;
        }
        let format = manifest
            .data_format
            .filter(|format| !format.eq_ignore_ascii_case("csv"));
        if let Some(format) = format {
            return Err(self.unreadable(&format!(
                "the report came as `{format}`; only CSV can be read"
            )));
        }
        if manifest.compress_data == Some(Value::Bool(true)) {
            return Err(
                self.unreadable("the report is compressed, which this API does not document")
            );
        }
        let named = wire::count(manifest.blob_count.as_ref());
        let listed = manifest.blobs.unwrap_or_default();
        if named.is_some_and(|count| count != listed.len() as u64) {
            return Err(self.unreadable("its file count differs from the files it lists"));
        }
        let blob = |blob: wire::BlobBody| {
            let link = blob.blob_link.filter(|link| !link.trim().is_empty());
            let link = link.ok_or_else(|| self.unreadable("a file of the report has no link"))?;
            self.blob(&link, wire::count(blob.byte_count.as_ref()))
        };
        listed.into_iter().map(blob).collect()
    }

    /// A link, resolved against the URL of the response and checked.
    fn blob(&self, link: &str, bytes: Option<u64>) -> Result<Blob, AzureError> {
        let joined = self.answer.url.join(link.trim());
        let url = joined.map_err(|_| self.unreadable("a download link is not a URL"))?;
        self.client.target().download_link(url.as_str())?;
        Ok(Blob {
            link: Secret::new(url.as_str()),
            bytes,
        })
    }

    /// A manifest repeats the request. If it differs from ours, the report belongs to another order.
    fn check_context(&self, context: &Value) -> Result<(), AzureError> {
        // Some responses repeat the order as a JSON string.
        let body = match context.get("requestBody") {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(body) => body.clone(),
            None => Value::Null,
        };
        let stated = |pointer: &str| {
            let text = body.pointer(pointer).and_then(Value::as_str);
            text.map(str::trim).filter(|text| !text.is_empty())
        };
        let is = |pointer: &str, wanted: &str| {
            stated(pointer).is_none_or(|text| text.eq_ignore_ascii_case(wanted))
        };
        let day = |pointer: &str| {
            let text = stated(pointer)?.split('T').next()?;
            NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
        };
        let mut same = is("/metric", self.request.metric.api_name());
        match &self.request.period {
            Period::Dates(range) => {
                let (from, to) = (day("/timePeriod/start"), day("/timePeriod/end"));
                same &= from.is_none_or(|from| from == range.from);
                same &= to.is_none_or(|to| to == range.to);
                let other = stated("/billingPeriod").or(stated("/invoiceId"));
                same &= from.is_some() || other.is_none();
            }
            Period::Billing(name) => same &= is("/billingPeriod", name),
            Period::Invoice(id) => same &= is("/invoiceId", id),
        }
        let text = |pointer: &str| context.pointer(pointer).and_then(Value::as_str);
        let wrong = match text("/requestScope") {
            Some(scope) if !self.is_ordered_scope(scope) => {
                format!("the report is for the scope {scope}, not for the one ordered")
            }
            _ if !same => {
                "the report is for another metric or period than the one ordered".to_owned()
            }
            _ => return Ok(()),
        };
        let id = self.answer.id_words();
        Err(AzureError::Mismatch(format!(
            "{wrong}{id}; order it again with --refresh"
        )))
    }

    /// Whether a manifest names the ordered scope, in either of its spellings.
    fn is_ordered_scope(&self, stated: &str) -> bool {
        let bare = |text: &str| text.trim().trim_matches('/').to_lowercase();
        let stated = bare(stated);
        let scope = &self.request.scope;
        let other = scope.other_spelling();
        let spellings = [Some(scope.path().to_owned()), other];
        let mut spellings = spellings.into_iter().flatten().map(|path| bare(&path));
        stated.is_empty() || spellings.any(|path| path == stated)
    }

    /// For a poll, a 404 means the operation is gone, unless it names the offer.
    fn not_found(&self) -> Reply {
        match Problem::of(self.answer).kind() {
            ProblemKind::NoReports | ProblemKind::NoCosts => refused(self.answer),
            ProblemKind::SignIn
            | ProblemKind::NotAllowed
            | ProblemKind::Doubtful
            | ProblemKind::Throttled
            | ProblemKind::Refused => Reply::NotFound,
        }
    }
}

/// Parses a time of the API, with up to nine decimals of a second.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text.trim()).ok()?;
    Some(time.with_timezone(&Utc))
}

/// A refusal in the form the state machine takes.
pub(crate) fn refused(answer: &FullResponse) -> Reply {
    let problem = Problem::of(answer);
    let message = problem.text();
    match problem.kind() {
        ProblemKind::NoReports => Reply::Unsupported { message },
        ProblemKind::Doubtful => Reply::Doubtful { message },
        ProblemKind::SignIn
        | ProblemKind::NotAllowed
        | ProblemKind::NoCosts
        | ProblemKind::Throttled
        | ProblemKind::Refused => Reply::Failed(problem.failure()),
    }
}

pub(crate) fn no_data(status: &str) -> String {
    format!(
        "the server returned {status}: there is no cost data at this scope for these days. New scopes need up to \
         48 h, and some scopes show usage only"
    )
}
