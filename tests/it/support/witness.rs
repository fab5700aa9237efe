//! A recording proxy between a client and a server: it forwards everything and keeps every exchange.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Decoded, with the leading slash.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) status: u16,
    pub(crate) answer: String,
}

/// The running proxy.
#[derive(Clone)]
pub(crate) struct Witness {
    pub(crate) url: String,
    upstream: String,
    client: reqwest::Client,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Witness {
    pub(crate) async fn start(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let witness = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            upstream,
            client,
            exchanges: Arc::default(),
        };
        let router = Router::new().fallback(pass_on).with_state(witness.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        witness
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}

async fn pass_on(State(witness): State<Witness>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let target = format!("{}{}", witness.upstream, parts.uri);
    // The Host header is kept, so that links lead back to this proxy.
    let sent = witness
        .client
        .request(parts.method.clone(), target)
        .headers(parts.headers.clone())
        .body(body.clone());
    let answer = sent.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    let url = url::Url::parse(&format!("http://x{}", parts.uri)).unwrap();
    witness.exchanges.lock().unwrap().push(Exchange {
        method: parts.method.to_string(),
        path: percent_decode(url.path()),
        query: url.query_pairs().into_owned().collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        status: status.as_u16(),
        answer: String::from_utf8_lossy(&bytes).into_owned(),
    });
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.headers_mut().remove("transfer-encoding");
    response
}

fn percent_decode(path: &str) -> String {
    let query = path.replace('+', "%2B");
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect()
}
