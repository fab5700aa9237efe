//! Checks of the times of requests: none too early, not too many, none after `--max-wait`.

use crate::journal::{Cause, Entry, Event, Facts, Place, Purpose, Role, Times, Wait};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// The time before which the next request to a server may not be sent.
struct Due {
    at: TimeDelta,
    /// Who named it, and when.
    run: u32,
    named_at: Times,
    /// It applies to the same run only.
    is_of_run: bool,
    words: String,
}

/// Whether the client has read the answer at an index: it has done something since, in the same run.
fn is_read(entries: &[Entry], at: usize) -> bool {
    let run = entries[at].run;
    let later = entries[at + 1..]
        .iter()
        .take_while(|entry| entry.run == run);
    let mut later = later.map(|entry| &entry.event);
    later.any(|event| {
        matches!(
            event,
            Event::Told { .. } | Event::Waited { .. } | Event::Ended(_)
        )
    })
}

/// The wait without a header, before any was named.
fn unnamed(wait: Wait) -> TimeDelta {
    TimeDelta::seconds(match wait {
        Wait::Running => 20,
        Wait::Busy => 30,
    })
}

/// How far an order is.
#[derive(Default, PartialEq, Eq)]
enum Standing {
    #[default]
    None,
    Sent,
    Accepted,
    /// The server has lost the report, or has ended it.
    Over,
}

/// The last wait that the ARM host has named for a report, as the client knows it. It holds until the report ends: an
/// answer in between that names none does not take it back.
#[derive(Default)]
struct Last {
    wait: Option<TimeDelta>,
    /// Whether the client may have dropped it, together with its record of the report.
    is_open: bool,
    standing: Standing,
    /// Whether the server could not be reached for a while.
    was_away: bool,
}

impl Last {
    fn name(&mut self, wait: TimeDelta) {
        (self.wait, self.is_open) = (Some(wait), false);
    }

    fn learn(&mut self, event: &Event) {
        match event {
            Event::Begun { refresh: true, .. } => *self = Self::default(),
            // An order that never left is not recorded.
            Event::Begun { .. } => self.is_open |= self.was_away && self.standing == Standing::Sent,
            Event::Outage { .. } => self.was_away = true,
            Event::Asked { purpose, .. }
                if *purpose == Purpose::Order && self.standing == Standing::None =>
            {
                self.standing = Standing::Sent;
            }
            Event::Answered { facts, .. } => {
                if facts.accepted && self.standing == Standing::Over {
                    *self = Self::default();
                }
                if facts.accepted {
                    self.standing = Standing::Accepted;
                }
                if facts.ends {
                    self.standing = Standing::Over;
                }
            }
            Event::Ended(ending) => match (ending.status, ending.failure) {
                ("ready" | "empty", _) | (_, Some(("Rejected" | "Unsupported" | "Gone", _))) => {
                    *self = Self::default();
                }
                // Pages that cannot be used are read again from the start.
                (_, Some(("Damaged", _))) => self.is_open = true,
                _ => {}
            },
            _ => {}
        }
    }

    /// The wait after an answer that names none.
    fn least(&self, wait: Wait) -> TimeDelta {
        let unnamed = unnamed(wait);
        // Whole seconds are kept from run to run.
        match self.wait.map(|last| last - TimeDelta::seconds(1)) {
            None => unnamed,
            Some(named) if self.is_open || self.standing == Standing::Over => named.min(unnamed),
            Some(named) => named,
        }
    }
}

/// No request is sent before the time that the server has named. Without a header, the last named wait applies, or the
/// one of the contract.
pub(crate) fn too_early(entries: &[Entry]) -> Vec<String> {
    let second = TimeDelta::seconds(1);
    let mut wrong = Vec::new();
    let mut due: BTreeMap<bool, Due> = BTreeMap::new();
    let mut last = Last::default();
    for (at, entry) in entries.iter().enumerate() {
        last.learn(&entry.event);
        match &entry.event {
            Event::Begun { refresh: true, .. } => due.clear(),
            Event::Asked { purpose, line, .. } => {
                let Some(due) = due.remove(&(purpose.place() == Place::Storage)) else {
                    continue;
                };
                let is_same = due.run == entry.run;
                if due.is_of_run && !is_same {
                    continue;
                }
                // A wall clock that is set ahead between two runs cannot be told from time that has passed.
                let excused = if is_same {
                    TimeDelta::zero()
                } else {
                    entry.times.ahead - due.named_at.ahead
                };
                let early = due.at - excused - entry.times.steady;
                if early > TimeDelta::zero() {
                    wrong.push(format!(
                        "early: `{line}` in run {} came {} ms too early, after {}",
                        entry.run,
                        early.num_milliseconds(),
                        due.words
                    ));
                }
            }
            Event::Answered {
                purpose,
                status,
                named,
                facts,
                words,
            } => {
                if status.is_some() && !is_read(entries, at) {
                    continue;
                }
                // The client left before an answer. The server notices only when the client moves on.
                if status.is_none() && words.contains("waited no longer") {
                    continue;
                }
                let is_storage = purpose.place() == Place::Storage;
                let asked = match (facts.wait, *named) {
                    (Some(_), Some(named)) => {
                        if !is_storage {
                            last.name(named);
                        }
                        Some(named.max(second))
                    }
                    (Some(wait), None) if !is_storage => Some(last.least(wait).max(second)),
                    (Some(_), None) => Some(second),
                    (None, _) if status.is_none() || is_broken(facts) => Some(second),
                    (None, _) => None,
                };
                if let Some(wait) = asked {
                    let due_now = Due {
                        at: entry.times.steady + wait,
                        run: entry.run,
                        named_at: entry.times,
                        // What the storage names is not kept for later runs.
                        is_of_run: is_storage || facts.wait.is_none(),
                        words: words.clone(),
                    };
                    due.insert(is_storage, due_now);
                }
            }
            _ => {}
        }
    }
    wrong
}

/// Whether an answer is one after which the same request is sent again.
fn is_broken(facts: &Facts) -> bool {
    matches!(facts.cause, Some(Cause::Busy | Cause::Cut))
}

/// While failures last, requests become rare.
pub(crate) fn too_many(entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    for place in [Place::Arm, Place::Storage] {
        let mut begun: Option<(u32, TimeDelta)> = None;
        let mut count = 0_i64;
        for entry in entries {
            let Event::Answered { purpose, facts, .. } = &entry.event else {
                continue;
            };
            if purpose.place() != place {
                continue;
            }
            let new = begun.is_none_or(|(run, _)| run != entry.run);
            let mut causes = facts.causes();
            let is_failure = causes.any(|cause| matches!(cause, Cause::Busy | Cause::Lost));
            if new || !is_failure {
                (begun, count) = (Some((entry.run, entry.times.steady)), 0);
            }
            count += 1;
            let since = begun.map_or(entry.times.steady, |(_, since)| since);
            let gone = (entry.times.steady - since).num_seconds();
            if count > 60 + gone / 20 {
                wrong.push(format!(
                    "pace: {count} failures within {gone} s in run {}",
                    entry.run
                ));
                begun = None;
            }
        }
    }
    wrong
}

/// Time that may pass beyond the limit: the answer to an order is waited for, and a clock that is set back holds a wait up.
const SLACK: TimeDelta = TimeDelta::seconds(20);

/// A run ends with its limit, and does not give up while there is time for another try.
pub(crate) fn limits(entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut begun: Option<(TimeDelta, TimeDelta)> = None;
    let mut longest = TimeDelta::seconds(60);
    for entry in entries {
        match &entry.event {
            Event::Begun { max_wait, .. } => begun = Some((entry.times.steady, *max_wait)),
            Event::Answered {
                named: Some(named), ..
            } => longest = longest.max(*named),
            Event::Ended(ending) => {
                let Some((since, most)) = begun else {
                    continue;
                };
                let took = entry.times.steady - since;
                if took > most + SLACK {
                    wrong.push(format!(
                        "limit: run {} took {} s, but --max-wait was {} s",
                        entry.run,
                        took.num_seconds(),
                        most.num_seconds()
                    ));
                }
                let gave_up = ending.failure.is_some_and(|(kind, _)| kind == "GaveUp");
                if gave_up && took + longest + SLACK < most {
                    wrong.push(format!(
                        "patience: run {} gave up after {} s, but --max-wait was {} s",
                        entry.run,
                        took.num_seconds(),
                        most.num_seconds()
                    ));
                }
            }
            _ => {}
        }
    }
    wrong
}

/// A link that replaces another one is used.
pub(crate) fn links(entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut newest: BTreeMap<usize, usize> = BTreeMap::new();
    let mut asked = None;
    for (at, entry) in entries.iter().enumerate() {
        match &entry.event {
            Event::Asked {
                purpose: Purpose::Poll { op, link },
                ..
            } => {
                asked = Some(*op);
                // A link whose answer may not have been read may be in use as well.
                if newest.get(op).is_some_and(|newest| link < newest) {
                    wrong.push(format!(
                        "link: report {op} was asked for by link {link} in run {}, although a newer one was sent",
                        entry.run
                    ));
                }
            }
            Event::Answered {
                purpose: Purpose::Poll { op, .. },
                facts,
                status: Some(_),
                ..
            } if asked == Some(*op) && is_read(entries, at) => {
                newest.extend(facts.link.map(|link| (*op, link)));
            }
            _ => {}
        }
    }
    wrong
}

/// The second run of a report that is there requests nothing.
pub(crate) fn repeats(entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut role = Role::Wild;
    for entry in entries {
        match &entry.event {
            Event::Begun { role: now, .. } => role = *now,
            Event::Asked { line, .. } if role == Role::Repeat => {
                wrong.push(format!("repeat: `{line}` although the report is there"));
            }
            _ => {}
        }
    }
    wrong
}

#[test]
fn the_last_named_wait_holds_until_the_report_ends() {
    let answered = |accepted, ends| Event::Answered {
        purpose: Purpose::Order,
        status: Some(202),
        named: None,
        facts: Facts {
            accepted,
            ends,
            ..Facts::default()
        },
        words: String::new(),
    };
    let mut state = Last::default();
    let mut least = |events: &[Event], named: Option<i64>| {
        for event in events {
            state.learn(event);
        }
        if let Some(named) = named {
            state.name(TimeDelta::seconds(named));
        }
        [Wait::Running, Wait::Busy].map(|wait| state.least(wait).num_seconds())
    };
    assert_eq!(least(&[answered(true, false)], None), [20, 30]);
    assert_eq!(least(&[], Some(70)), [69, 69]);
    assert_eq!(least(&[answered(false, false)], None), [69, 69]);
    assert_eq!(least(&[], Some(5)), [4, 4]);
    // The client may know already that there will be another report.
    assert_eq!(least(&[answered(false, true)], Some(25)), [20, 24]);
    assert_eq!(least(&[answered(true, false)], None), [20, 30]);
}
