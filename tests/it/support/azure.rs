//! A stand-in for Azure: a proxy that intercepts TLS with its own CA and answers for every host.
//!
//! The program is pointed at it only by `HTTPS_PROXY` and `--ca-file`, so that sign-in, ARM and downloads take their
//! real paths over https.

use super::hostile::{Answer, Seen};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

/// Answers a request, given the host, the method and path, and the form or JSON body.
type Handler = Arc<dyn Fn(&str, &Seen) -> Answer + Send + Sync>;

/// The proxy and the requests that it received.
pub(crate) struct Azure {
    pub(crate) proxy: String,
    pub(crate) folder: TempDir,
    pub(crate) ca_file: PathBuf,
    state: Rig,
}

#[derive(Clone)]
struct Rig {
    handler: Handler,
    seen: Arc<Mutex<Vec<(String, Seen)>>>,
    connects: Arc<Mutex<Vec<String>>>,
}

/// Passes on connections whose TLS the proxy has terminated.
struct Opened(mpsc::Receiver<TlsStream<TcpStream>>);

impl axum::serve::Listener for Opened {
    type Io = TlsStream<TcpStream>;
    type Addr = ();

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.0.recv().await {
            Some(stream) => (stream, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Azure {
    pub(crate) async fn start(
        handler: impl Fn(&str, &Seen) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let folder = TempDir::new().unwrap();
        let ca_file = folder.path().join("ca.pem");
        let ca_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let ca = params.self_signed(&ca_key).unwrap();
        std::fs::write(&ca_file, ca.pem()).unwrap();
        let issuer = Arc::new(Issuer::new(params, ca_key));
        let state = Rig {
            handler: Arc::new(handler),
            seen: Arc::default(),
            connects: Arc::default(),
        };
        let (opened, streams) = mpsc::channel(16);
        let router = Router::new().fallback(answer).with_state(state.clone());
        tokio::spawn(async move { axum::serve(Opened(streams), router).await });
        let connects = Arc::clone(&state.connects);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (issuer, opened, connects) =
                    (Arc::clone(&issuer), opened.clone(), Arc::clone(&connects));
                tokio::spawn(async move {
                    // The test decides whether a client that disconnects or does not trust the CA is an error.
                    if let Some(tls) = open(stream, &issuer, &connects).await {
                        let _ = opened.send(tls).await;
                    }
                });
            }
        });
        Self {
            proxy,
            folder,
            ca_file,
            state,
        }
    }

    /// Every request, with its host.
    pub(crate) fn seen(&self) -> Vec<(String, Seen)> {
        self.state.seen.lock().unwrap().clone()
    }

    /// Hosts named in CONNECT requests.
    pub(crate) fn connects(&self) -> Vec<String> {
        self.state.connects.lock().unwrap().clone()
    }

    /// The program, configured to use the proxy.
    pub(crate) fn program(&self, data: &Path) -> std::process::Command {
        let mut command = super::program();
        for name in [
            "http_proxy",
            "https_proxy",
            "HTTP_PROXY",
            "NO_PROXY",
            "no_proxy",
            "ALL_PROXY",
        ] {
            command.env_remove(name);
        }
        let variables = std::env::vars().map(|(name, _)| name);
        for name in variables.filter(|name| name.starts_with("AZURE")) {
            command.env_remove(name);
        }
        command
            .env("HTTPS_PROXY", &self.proxy)
            .env("PATH", self.folder.path().join("bin"))
            .arg("--ca-file")
            .arg(&self.ca_file)
            .arg("--data-dir")
            .arg(data);
        command
    }

    /// Installs a program in the only folder on `PATH`.
    pub(crate) fn install(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let folder = self.folder.path().join("bin");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Answers the CONNECT and terminates TLS, with a certificate for the requested host.
async fn open(
    mut stream: TcpStream,
    issuer: &Issuer<'static, KeyPair>,
    connects: &Mutex<Vec<String>>,
) -> Option<TlsStream<TcpStream>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    let host = target.split(':').next()?.to_owned();
    connects.lock().unwrap().push(target);
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![host]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
        .accept(stream)
        .await
        .ok()
}

async fn answer(State(rig): State<Rig>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let host = parts.headers.get("host").map(text).unwrap_or_default();
    let seen = Seen {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = (rig.handler)(&host, &seen);
    rig.seen.lock().unwrap().push((host, seen));
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}
