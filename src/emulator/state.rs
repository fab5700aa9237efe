//! The state that all requests share.

use super::api::operations::Operation;
use super::bills::rows::BillRow;
use super::exports::registry::Exports;
use super::scenario::{Disturbance, RequestTarget, Script, StorageFault};
use super::storage::account::Storage;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// State shared by the routes.
pub struct Shared {
    pub script: Script,
    pub now: Now,
    /// When the server began to listen.
    pub started: DateTime<Utc>,
    pub state: Mutex<State>,
}

impl Shared {
    /// The state, even if a thread panicked while it held the lock.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's time.
    pub fn time(&self) -> DateTime<Utc> {
        (self.now)()
    }

    /// The server's day.
    pub fn today(&self) -> NaiveDate {
        self.script
            .today
            .unwrap_or_else(|| self.time().date_naive())
    }

    /// Records a request and returns its id.
    pub fn request(&self, line: &str) -> String {
        let mut state = self.state();
        let line: String = line.chars().take(LONGEST_LINE).collect();
        if state.asked.len() >= MOST {
            state.asked.clear();
        }
        let count = state.asked.entry(line.clone()).or_default();
        *count += 1;
        let letters: Vec<u64> = line.bytes().map(u64::from).chain([*count]).collect();
        if state.record.requests.len() >= MOST {
            state.record.requests.drain(..MOST / 2);
        }
        state.record.requests.push(line);
        let number = super::bills::rows::mix(&letters) & 0xffff_ffff_ffff;
        format!("11f00000-0000-4000-8000-{number:012x}")
    }

    /// An operation id that is unique across runs of the server.
    pub fn new_id(&self, number: usize) -> String {
        let started = u64::try_from(self.started.timestamp_micros()).unwrap_or_default();
        let mixed = super::bills::rows::mix(&[started, self.script.seed, number as u64]);
        let (high, low) = (mixed >> 32, mixed & 0xffff_ffff_ffff);
        format!("{high:08x}-0000-4000-8000-{low:012x}")
    }

    /// The disturbance that affects this request, if there is one. Each subject (an order, a report, a file) goes
    /// through the whole scenario on its own.
    pub fn disturbance(&self, meets: RequestTarget, subject: &str) -> Option<Disturbance> {
        let mut state = self.state();
        if state.seen.len() >= MOST {
            state.seen.clear();
        }
        // A subject may contain a whole order, so only its hash is kept.
        let letters: Vec<u64> = subject.bytes().map(u64::from).collect();
        let subject = super::bills::rows::mix(&letters);
        let count = state.seen.entry((subject, meets)).or_default();
        let number = *count;
        *count += 1;
        let mut disturbances = self.script.disturbances.iter();
        let affects = |d: &&Disturbance| {
            d.meets == meets && (d.after..d.after.saturating_add(d.times)).contains(&number)
        };
        disturbances.find(affects).cloned()
    }

    /// The fault that this storage request meets. Each counts the requests that it could affect.
    pub fn storage_fault(&self, name: &str, lists: bool) -> Option<StorageFault> {
        let mut state = self.state();
        let mut met = None;
        for (at, disturbance) in self.script.storage.iter().enumerate() {
            if disturbance.list != lists || !name.ends_with(&disturbance.blob) {
                continue;
            }
            let count = state.faults.entry(at).or_default();
            let number = *count;
            *count += 1;
            let affected = disturbance.after..disturbance.after.saturating_add(disturbance.times);
            if met.is_none() && affected.contains(&number) {
                met = Some(disturbance.fault);
            }
        }
        met
    }

    /// Whether a blob is in a state for good, such as archived.
    pub fn lasts(&self, fault: StorageFault, name: &str) -> bool {
        let mut all = self.script.storage.iter();
        all.any(|known| known.fault == fault && name.ends_with(&known.blob))
    }
}

/// Tells the server the time.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Maximum number of entries remembered about clients.
pub(crate) const MOST: usize = 10_000;

/// Maximum length of a recorded request; requests that are answered are shorter.
pub(crate) const LONGEST_LINE: usize = 2_000;

/// State that changes while serving.
#[derive(Default)]
pub struct State {
    pub operations: HashMap<String, Operation>,
    /// How many reports were ordered so far.
    pub ordered: usize,
    pub record: RequestLog,
    /// The rows of the last list of Usage Details, and what it was asked for.
    pub(super) last_list: Option<(String, Arc<Vec<BillRow>>)>,
    pub exports: Exports,
    /// Runs of exports that were started.
    pub started_runs: u32,
    pub storage: Storage,
    /// Number of storage requests that each fault could affect.
    faults: HashMap<usize, u32>,
    /// Number of requests of each kind by subject.
    seen: HashMap<(u64, RequestTarget), u32>,
    /// Number of requests by method and path, so that request ids do not depend on other traffic.
    asked: HashMap<String, u64>,
}

impl State {
    /// Drops the oldest reports to make room for one more, since each keeps its files.
    pub fn forget_the_oldest(&mut self) {
        while self.operations.len() >= MOST_REPORTS {
            let oldest = self.operations.values().min_by_key(|known| known.accepted);
            let Some(id) = oldest.map(|known| known.id.clone()) else {
                return;
            };
            self.operations.remove(&id);
        }
    }
}

/// Maximum number of reports kept.
pub(crate) const MOST_REPORTS: usize = 500;

/// The server's record of its clients: the last few thousand requests.
#[derive(Debug, Clone, Default)]
pub struct RequestLog {
    /// Method and path of each request, in order.
    pub requests: Vec<String>,
    /// Polls before the requested time.
    pub early_polls: u32,
    /// Requests with a token that was not made for their host.
    pub leaked_tokens: u32,
}
