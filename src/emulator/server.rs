//! Listens on loopback, keeps the state behind one lock, stops when dropped.

use super::api::routes;
use super::scenario::Script;
use super::state::{Now, RequestLog, Shared, State};
use super::storage::account::Storage;
use axum::Router;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A running server.
pub struct Emulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

impl Emulator {
    /// Starts a server on 127.0.0.1; port 0 takes any free one.
    pub async fn start(script: Script, port: u16, now: Now) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let started = now();
        let shared = Arc::new(Shared {
            script,
            now,
            started,
            state: Mutex::new(State::default()),
        });
        let router = Router::new()
            .fallback(routes::answer)
            .with_state(Arc::clone(&shared));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            let serve = axum::serve(listener, router)
                .with_graceful_shutdown(async move { stopped.cancelled().await });
            // The listener is open, so serving ends only when the token is cancelled.
            let _ = serve.await;
        });
        Ok(Self {
            address,
            shared,
            stop,
        })
    }

    /// Where the server listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes what blob storage has.
    pub fn storage<T>(&self, change: impl FnOnce(&mut Storage) -> T) -> T {
        change(&mut self.shared.state().storage)
    }

    /// The requests recorded so far.
    pub fn record(&self) -> RequestLog {
        self.shared.state().record.clone()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
