//! The least of HTTP/1.1 that a server needs: one request for each connection, and answers that may break off.

use crate::answer::{Cut, Rendered};
use crate::clock::SimClock;
use chrono::TimeDelta;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// Reads a whole request; `None` if the connection ends before.
pub(crate) async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(request) = parse(&bytes) {
            return Some(request);
        }
        let count = stream.read(&mut piece).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}

/// A request, once all of it is there.
fn parse(bytes: &[u8]) -> Option<Request> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse::<usize>().unwrap());
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some(Request {
        method,
        target,
        headers,
        body: String::from_utf8_lossy(body).into_owned(),
    })
}

/// Sends an answer as far as it goes.
pub(crate) async fn send(
    clock: &SimClock,
    stream: &mut TcpStream,
    answer: &Rendered,
    (cut, slow): (Cut, Option<(usize, TimeDelta)>),
) {
    let mut bytes = answer.head.clone().into_bytes();
    let head = bytes.len();
    bytes.extend_from_slice(&answer.body);
    let mut is_reset = false;
    match cut {
        Cut::Whole => {}
        Cut::Head => bytes.truncate(head / 2),
        Cut::Body { at, reset } => {
            bytes.truncate(head + at);
            is_reset = reset;
        }
    }
    let pause_at = slow.map_or(bytes.len(), |(at, _)| (head + at).min(bytes.len()));
    let (first, rest) = bytes.split_at(pause_at);
    if stream.write_all(first).await.is_err() {
        return;
    }
    if let Some((_, length)) = slow {
        clock.threads.settle().await;
        if !pause(clock, stream, length).await {
            return;
        }
    }
    // A client that is gone needs no answer.
    let _ = stream.write_all(rest).await;
    if is_reset {
        reset(stream).await;
    } else {
        let _ = stream.shutdown().await;
    }
}

/// Breaks the connection with a reset, after what was sent has arrived.
pub(crate) async fn reset(stream: &TcpStream) {
    tokio::time::sleep(Duration::from_millis(2)).await;
    // The connection is reset when it is dropped.
    let _ = stream.set_zero_linger();
}

/// Whether the client has closed the connection, which it does as soon as it has all of an answer.
fn is_closed(stream: &TcpStream) -> bool {
    match stream.try_read(&mut [0; 64]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

/// Lets simulated time pass while the client waits; whether it still waits afterwards. Time goes from one alarm of the
/// client to the next, and it ends its request with any of them. No time passes for a client that waits no longer.
pub(crate) async fn pause(clock: &SimClock, stream: &mut TcpStream, length: TimeDelta) -> bool {
    if is_closed(stream) {
        return false;
    }
    let end = clock.times().steady + length;
    loop {
        let now = clock.times().steady;
        if now >= end {
            return true;
        }
        let next = clock.next_alarm().map_or(end, |alarm| alarm.min(end));
        if clock.pass((next - now).max(TimeDelta::zero())) {
            until_closed(stream, Duration::from_secs(2)).await;
            return false;
        }
    }
}

/// Waits until the client closes the connection.
pub(crate) async fn until_closed(stream: &mut TcpStream, most: Duration) {
    let mut rest = [0; 64];
    let closed = async { while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {} };
    let _ = tokio::time::timeout(most, closed).await;
}
