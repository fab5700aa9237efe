//! The port of the ARM host, which can be away for a while: nothing listens, and no connection is made.

use chrono::TimeDelta;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// Opens by the simulated clock.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    port: u16,
    opens: Option<TimeDelta>,
    door: Option<UnboundedSender<Change>>,
}

#[derive(Debug)]
enum Change {
    Close(oneshot::Sender<()>),
    Open(std::net::TcpListener),
}

/// The side that accepts connections.
#[derive(Debug)]
pub(crate) struct Door {
    listener: Option<TcpListener>,
    changes: UnboundedReceiver<Change>,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The door of an open gate at this port. Its listener is given when the server has its runtime.
    pub(crate) fn door(&self, listener: std::net::TcpListener) -> Door {
        let (door, changes) = unbounded_channel();
        let port = listener.local_addr().unwrap().port();
        door.send(Change::Open(listener)).unwrap();
        *self.state() = State {
            port,
            opens: None,
            door: Some(door),
        };
        Door {
            listener: None,
            changes,
        }
    }

    /// Closes it until a time on the steady clock.
    pub(crate) async fn close(&self, until: TimeDelta) {
        let (done, closed) = oneshot::channel();
        {
            let mut state = self.state();
            let sent = state
                .door
                .as_ref()
                .is_some_and(|door| door.send(Change::Close(done)).is_ok());
            if !sent {
                return;
            }
            state.opens = Some(until);
        }
        let _ = closed.await;
    }

    /// Opens it again if its time has come. The system accepts connections from then on, even before the server does.
    pub(crate) fn look(&self, steady: TimeDelta) {
        let mut state = self.state();
        if state.opens.is_none_or(|opens| opens > steady) {
            return;
        }
        state.opens = None;
        let listener = bind(state.port);
        if let Some(door) = &state.door {
            let _ = door.send(Change::Open(listener));
        }
    }
}

impl Door {
    /// The next connection; `None` when the gate is gone.
    pub(crate) async fn next(&mut self) -> Option<TcpStream> {
        loop {
            tokio::select! {
                biased;
                change = self.changes.recv() => match change? {
                    Change::Close(done) => {
                        self.listener = None;
                        let _ = done.send(());
                    }
                    Change::Open(listener) => {
                        self.listener = Some(TcpListener::from_std(listener).unwrap());
                    }
                },
                stream = accept(self.listener.as_ref()) => return Some(stream),
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    loop {
        match listener {
            None => std::future::pending().await,
            Some(listener) => {
                if let Ok((stream, _)) = listener.accept().await {
                    return stream;
                }
            }
        }
    }
}

/// A listener on this port, or on any for 0. A port that was closed for a while may be in use for a moment.
pub(crate) fn bind(port: u16) -> std::net::TcpListener {
    for _ in 0..400 {
        if let Ok(listener) = std::net::TcpListener::bind(("127.0.0.1", port)) {
            listener.set_nonblocking(true).unwrap();
            return listener;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("port {port} was taken by another program meanwhile");
}
