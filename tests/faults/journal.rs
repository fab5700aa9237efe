//! What happened in the runs of one seed, in order, with the time on both clocks.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The time on both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) wall: DateTime<Utc>,
    pub(crate) steady: TimeDelta,
    /// How far the wall clock was set ahead so far, in all.
    pub(crate) ahead: TimeDelta,
}

impl Times {
    /// The times at which every seed begins.
    pub(crate) fn first() -> Self {
        Self {
            wall: "2026-11-22T10:00:00Z".parse().unwrap(),
            steady: TimeDelta::seconds(5000),
            ahead: TimeDelta::zero(),
        }
    }
}

/// Where a request arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Arm,
    Storage,
}

/// What a request is for. Links have numbers: a later one replaces those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Order,
    Poll {
        op: usize,
        link: usize,
    },
    Page,
    File {
        op: usize,
        blob: usize,
        link: usize,
    },
    /// Nothing that the server has offered.
    Stray,
}

impl Purpose {
    /// The server whose waits apply to it.
    pub(crate) fn place(self) -> Place {
        match self {
            Self::Order | Self::Poll { .. } | Self::Page | Self::Stray => Place::Arm,
            Self::File { .. } => Place::Storage,
        }
    }
}

/// Where the token was in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Nowhere,
    /// In its own header and nowhere else.
    Header,
    Elsewhere,
}

/// What was wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// 408, 429 or 5xx.
    Busy,
    /// No answer, or one that may come too late.
    Lost,
    /// An answer that is empty or cut off.
    Cut,
    NotJson,
    /// A link or a redirect to another host.
    Foreign,
    /// An accepted order without a link.
    NoLink,
    /// A refused order.
    Refused,
    /// The server says that the report has failed.
    Failed,
    /// The server says that there are no costs.
    NoData,
    /// The server does not know its own link.
    Gone,
    /// The storage refuses a link.
    Denied,
    /// A firewall refuses the storage.
    Blocked,
    Checksum,
    /// Another range or another file than was requested.
    Range,
    /// A page that leads back.
    Loop,
}

/// What an answer without a header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    Running,
    Busy,
}

/// What the checks must know of an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// The server has accepted an order with it.
    pub(crate) accepted: bool,
    /// An order whose outcome the answer leaves open.
    pub(crate) unclear: bool,
    /// The accepted report is gone: another order is in place.
    pub(crate) ends: bool,
    /// It asks to wait.
    pub(crate) wait: Option<Wait>,
    /// It gives the poll link with this number.
    pub(crate) link: Option<usize>,
    pub(crate) cause: Option<Cause>,
    /// Lost, if it pauses and the client may give up meanwhile.
    pub(crate) pause: Option<Cause>,
}

impl Facts {
    /// Everything about it that explains a failure.
    pub(crate) fn causes(&self) -> impl Iterator<Item = Cause> {
        self.cause.into_iter().chain(self.pause)
    }
}

/// Whether a run has faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Wild,
    /// The server and the clocks behave.
    Kind,
    /// The report is there: nothing has to be requested.
    Repeat,
}

/// How a run ended that was not killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) status: &'static str,
    /// The kind of the failure and its exit code.
    pub(crate) failure: Option<(&'static str, u8)>,
    pub(crate) message: String,
    /// The whole outcome, to be searched for secrets.
    pub(crate) whole: String,
    pub(crate) totals: Totals,
    pub(crate) from_ledger: bool,
}

/// Rows and sums by currency, in units of 1e-18; sums of zero are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) rows: u64,
    pub(crate) money: BTreeMap<String, i128>,
}

impl Totals {
    pub(crate) fn add(&mut self, currency: &str, units: i128) {
        let sum = self.money.entry(currency.to_owned()).or_default();
        *sum += units;
        if *sum == 0 {
            self.money.remove(currency);
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Begun {
        role: Role,
        refresh: bool,
        max_wait: TimeDelta,
    },
    Asked {
        place: Place,
        purpose: Purpose,
        line: String,
        token: Token,
    },
    /// `status` is `None` where the client got none.
    Answered {
        purpose: Purpose,
        status: Option<u16>,
        named: Option<TimeDelta>,
        facts: Facts,
        words: String,
    },
    Waited {
        wanted: TimeDelta,
        took: TimeDelta,
    },
    Jumped {
        by: TimeDelta,
    },
    Outage {
        length: TimeDelta,
    },
    /// News of the run: the state, the note, and all of it, to be searched for secrets.
    Told {
        state: &'static str,
        note: Option<String>,
        whole: String,
    },
    Stopped,
    Killed {
        ambiguous: bool,
    },
    Ended(Ending),
}

/// One thing that happened, and when.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) run: u32,
    pub(crate) times: Times,
    pub(crate) event: Event,
}

/// Everything that happened so far.
#[derive(Debug)]
pub(crate) struct Journal {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    run: u32,
    times: Times,
    entries: Vec<Entry>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                run: 0,
                times: Times::first(),
                entries: Vec::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock shows another time.
    pub(crate) fn set(&self, times: Times) {
        self.state().times = times;
    }

    pub(crate) fn add(&self, event: Event) {
        let mut state = self.state();
        state.run += u32::from(matches!(event, Event::Begun { .. }));
        let (run, times) = (state.run, state.times);
        state.entries.push(Entry { run, times, event });
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.state().entries.clone()
    }
}

/// The seed's runs as a whole, for the checks.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) entries: Vec<Entry>,
    /// Signatures of links, and the token.
    pub(crate) secrets: Vec<String>,
    /// What each accepted order serves, or the pages of Usage Details.
    pub(crate) served: Vec<Totals>,
    /// Files that should not be there any more, and secrets in files.
    pub(crate) left: Vec<String>,
}
