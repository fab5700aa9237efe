//! A server that gives the answers of a test and records its requests.

use super::{JumpingClock, session};
use crate::support::usage_details::PAYG;
use crate::support::{hostile, october_of};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::{Api, ReportRequest};
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome::{PartOutcome, Progress};
use costscope::ops::orders::report;
use costscope::ops::session::Session;
use futures_util::{StreamExt, stream};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) fn october_order() -> OrderSpec {
    october_of("8608480")
}

pub(crate) async fn fetch_actual(session: &Session, order: &OrderSpec) -> PartOutcome {
    hostile::fetch(session, order, Metric::Actual).await.0
}

pub(crate) fn order_by(api: Option<Api>) -> OrderSpec {
    OrderSpec {
        api,
        // For a subscription, the client first asks which API has its rows.
        ..october_of(api.map_or("8608480", |_| PAYG))
    }
}

pub(crate) async fn fetch_outcome(
    session: &Session,
    order: &OrderSpec,
    metric: Metric,
) -> PartOutcome {
    hostile::fetch(session, order, metric).await.0
}

impl Stage {
    /// A new run over the same data folder.
    pub(crate) fn next_run(&self) -> Session {
        session(&self.server.url, self.folder.path(), JumpingClock::new())
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let seen = self.server.seen().into_iter();
        seen.map(|seen| seen.line).collect()
    }
}

pub(crate) fn only_total(outcome: &PartOutcome) -> String {
    let totals = outcome.totals();
    assert_eq!(totals.len(), 1, "{outcome:?}");
    totals[0].amount.to_string()
}

pub(crate) fn order_both(scope: &str, api: Api) -> OrderSpec {
    OrderSpec {
        metric: MetricChoice::Both,
        api: Some(api),
        ..october_of(scope)
    }
}

pub(crate) fn failure(outcome: PartOutcome) -> Failure {
    match outcome {
        PartOutcome::Failed(failure) => failure,
        other => panic!("not failed: {other:?}"),
    }
}

pub(crate) const EA: &str = "8608480";

impl Stage {
    pub(crate) async fn fetch(&self) -> PartOutcome {
        fetch(&self.session, &order_both(EA, Api::Details), Metric::Actual)
            .await
            .0
    }

    pub(crate) fn noted(&self) -> bool {
        let folder = self.folder.path().join("jobs");
        std::fs::read_dir(folder).unwrap().any(|item| {
            item.unwrap()
                .path()
                .extension()
                .is_some_and(|ending| ending == "json")
        })
    }
}

/// A recorded request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// An answer to give.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) sending: Sending,
}

/// How an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    AtOnce,
    /// What there is of it, before the connection breaks.
    Cut,
    /// Not even its status.
    Never,
    /// With a blank every few milliseconds after it, without an end.
    Dripping,
    /// Again and again, as fast as it is read.
    Endless,
    /// Up to its body, where the connection breaks.
    Broken,
}

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            sending: Sending::AtOnce,
        }
    }

    pub(crate) fn sent(self, sending: Sending) -> Self {
        Self { sending, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

#[derive(Default)]
pub(crate) struct Script {
    answers: VecDeque<Answer>,
    seen: Vec<Seen>,
}

/// The running server. Answers are given in the order they were queued; `{url}` in them stands for its own address.
#[derive(Clone)]
pub(crate) struct Hostile {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
}

impl Hostile {
    pub(crate) async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            answers: answers.into(),
            seen: Vec::new(),
        }));
        let server = Self { url, script };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// Queues more answers after the remaining ones.
    pub(crate) fn queue(&self, answers: Vec<Answer>) {
        self.script.lock().unwrap().answers.extend(answers);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }

    /// Requests of one method.
    pub(crate) fn count(&self, method: &str) -> usize {
        self.seen()
            .iter()
            .filter(|seen| seen.line.starts_with(method))
            .count()
    }
}

pub(crate) async fn answer(State(server): State<Hostile>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let headers = parts.headers.iter().map(|(name, value)| {
        (
            name.to_string(),
            value.to_str().unwrap_or_default().to_owned(),
        )
    });
    let seen = Seen {
        line: format!("{} {}", parts.method, parts.uri),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = {
        let mut script = server.script.lock().unwrap();
        script.seen.push(seen);
        script
            .answers
            .pop_front()
            .unwrap_or_else(|| Answer::new(418))
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value.replace("{url}", &server.url));
    }
    let text = String::from_utf8(answer.body.clone())
        .map(|text| text.replace("{url}", &server.url).into_bytes());
    // A stream has no known length, so that a false Content-Length can be sent.
    let bytes = Bytes::from(text.unwrap_or(answer.body));
    response.body(body_of(answer.sending, bytes).await).unwrap()
}

async fn body_of(sending: Sending, bytes: Bytes) -> Body {
    let first = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes.clone())]);
    match sending {
        Sending::AtOnce => Body::from_stream(first),
        Sending::Cut => Body::from_stream(first.chain(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            None::<(Result<Bytes, std::io::Error>, ())>
        }))),
        Sending::Never => std::future::pending().await,
        Sending::Dripping => Body::from_stream(first.chain(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(4)).await;
            Some((Ok(Bytes::from_static(b" ")), ()))
        }))),
        Sending::Endless => Body::from_stream(stream::repeat_with(move || {
            Ok::<_, std::io::Error>(bytes.clone())
        })),
        Sending::Broken => Body::from_stream(stream::iter([Err::<Bytes, _>(
            std::io::Error::other("broken"),
        )])),
    }
}

/// A server with scripted answers, and a session with its own folder.
pub(crate) struct Stage {
    pub(crate) server: Hostile,
    pub(crate) session: Session,
    pub(crate) folder: TempDir,
}

pub(crate) async fn stage(answers: Vec<Answer>) -> Stage {
    stage_on(JumpingClock::new(), answers).await
}

pub(crate) async fn stage_on(clock: Arc<JumpingClock>, answers: Vec<Answer>) -> Stage {
    let server = Hostile::start(answers).await;
    let folder = TempDir::new().unwrap();
    let session = session(&server.url, folder.path(), clock);
    Stage {
        server,
        session,
        folder,
    }
}

/// The request of an order, for its whole period.
pub(crate) fn request(order: &OrderSpec, metric: Metric) -> ReportRequest {
    order.request(order.period.clone(), metric)
}

/// Fetches one report; returns the outcome and all progress messages.
pub(crate) async fn fetch(
    session: &Session,
    order: &OrderSpec,
    metric: Metric,
) -> (PartOutcome, Vec<Progress>) {
    let told = Mutex::new(Vec::new());
    let stop = CancellationToken::new();
    let outcome = report::fetch(session, order, &request(order, metric), &stop, |news| {
        told.lock().unwrap().push(news);
    })
    .await;
    (outcome, told.into_inner().unwrap())
}
