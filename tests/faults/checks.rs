//! What must hold, whatever the server did: checked on the journal of a seed, so that a planted fault can be checked,
//! too.

use crate::azure::TOKEN;
use crate::journal::{Cause, Ending, Entry, Event, Place, Purpose, Record, Role, Token, Totals};
use crate::waits;

/// Everything that does not hold, each with a word that says which promise it is about.
pub(crate) fn violations(record: &Record) -> Vec<String> {
    let entries = &record.entries;
    let mut wrong = waits::too_early(entries);
    wrong.extend(waits::too_many(entries));
    wrong.extend(waits::limits(entries));
    wrong.extend(waits::links(entries));
    wrong.extend(waits::repeats(entries));
    wrong.extend(orders(entries));
    wrong.extend(tokens(entries));
    wrong.extend(secrets(record));
    wrong.extend(endings(record));
    wrong.extend(end(record));
    wrong
}

/// A report is accepted once, unless the server has lost it or the user wants another.
fn orders(entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut stands, mut wanted) = (false, false);
    for entry in entries {
        match &entry.event {
            Event::Begun { refresh: true, .. } => wanted = true,
            Event::Answered { facts, .. } => {
                if facts.accepted && stands && !wanted {
                    wrong.push(format!(
                        "twice: the report was ordered again in run {}, although the server still had it",
                        entry.run
                    ));
                }
                if facts.accepted {
                    (stands, wanted) = (true, false);
                }
                stands &= !facts.ends;
            }
            _ => {}
        }
    }
    wrong
}

/// The token goes to the ARM host with every request, in its own header, and nowhere else. Nothing is requested that
/// the server has not offered.
fn tokens(entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    for entry in entries {
        let Event::Asked {
            place,
            purpose,
            line,
            token,
        } = &entry.event
        else {
            continue;
        };
        let right = match place {
            Place::Arm => Token::Header,
            Place::Storage => Token::Nowhere,
        };
        if *token != right {
            wrong.push(format!(
                "token: {token:?} instead of {right:?} in `{line}` in run {}",
                entry.run
            ));
        }
        if *purpose == Purpose::Stray {
            wrong.push(format!("stray: `{line}` in run {}", entry.run));
        }
    }
    wrong
}

/// News and outcomes hold no token and no signature.
fn secrets(record: &Record) -> Vec<String> {
    let mut wrong = Vec::new();
    for entry in &record.entries {
        let text = match &entry.event {
            Event::Told { whole, .. } => whole,
            Event::Ended(ending) => &ending.whole,
            _ => continue,
        };
        if let Some(secret) = record.secrets.iter().find(|secret| text.contains(*secret)) {
            let what = if secret == TOKEN {
                "token"
            } else {
                "signature"
            };
            wrong.push(format!(
                "secret: the {what} was told in run {}: {text}",
                entry.run
            ));
        }
    }
    wrong
}

/// The faults that explain a failure; `None` if nothing that this server does can.
fn excuses(kind: &str) -> Option<&'static [Cause]> {
    Some(match kind {
        "Unsupported" => &[Cause::Refused],
        "Rejected" => &[
            Cause::Refused,
            Cause::Failed,
            Cause::Denied,
            Cause::Busy,
            Cause::Lost,
        ],
        "Unreadable" => &[Cause::NotJson, Cause::Cut, Cause::NoLink],
        "ForeignLink" => &[Cause::Foreign],
        "Gone" => &[Cause::Gone],
        // An order is not sent twice, so an answer that is cut off ends it.
        "Unreachable" => &[Cause::Lost, Cause::Cut, Cause::Denied, Cause::Blocked],
        // Pages and parts of files are kept from run to run.
        "Damaged" => &[
            Cause::Cut,
            Cause::Checksum,
            Cause::Range,
            Cause::Loop,
            Cause::Lost,
        ],
        _ => return None,
    })
}

/// The exit code of the contract.
fn exit_code(kind: &str) -> u8 {
    match kind {
        "NotAllowed" => 4,
        "GaveUp" => 5,
        "Damaged" => 6,
        _ => 1,
    }
}

/// What has happened so far, in all and in the current run.
#[derive(Default)]
struct SoFar {
    all: Vec<Cause>,
    here: Vec<Cause>,
    /// Whether an order may have been accepted that the client does not know of.
    is_unclear: bool,
    /// Whether the run is about to order, for all that it has told.
    orders: bool,
    is_stopped: bool,
    /// The report whose files were requested last.
    op: usize,
}

impl SoFar {
    fn learn(&mut self, event: &Event) {
        match event {
            Event::Begun { .. } => {
                self.here.clear();
                (self.orders, self.is_stopped) = (true, false);
            }
            Event::Asked {
                purpose: Purpose::File { op, .. },
                ..
            } => self.op = *op,
            Event::Answered { facts, purpose, .. } => {
                self.here.extend(facts.causes());
                self.all.extend(facts.causes());
                self.is_unclear |= facts.unclear && *purpose == Purpose::Order;
            }
            Event::Told { state, .. } => self.orders = *state == "ordered",
            Event::Stopped => self.is_stopped = true,
            Event::Killed { ambiguous } => self.is_unclear |= *ambiguous && self.orders,
            _ => {}
        }
    }
}

/// Each run ends with the exact total, or with a failure that says why and that the server has caused.
fn endings(record: &Record) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut so_far = SoFar::default();
    for (at, entry) in record.entries.iter().enumerate() {
        so_far.learn(&entry.event);
        if let Event::Ended(ending) = &entry.event {
            // The server may notice only after the end of a run that the client waited no longer.
            let later = record.entries[at + 1..].iter();
            let later = later.take_while(|later| later.run == entry.run);
            for late in later.filter(|late| matches!(late.event, Event::Answered { .. })) {
                so_far.learn(&late.event);
            }
            let problem = problem_of(ending, &so_far, &record.served);
            wrong.extend(problem.map(|problem| format!("{problem} (run {})", entry.run)));
        }
    }
    wrong
}

fn problem_of(ending: &Ending, so_far: &SoFar, served: &[Totals]) -> Option<String> {
    let nothing = Totals::default();
    let served = served.get(so_far.op).unwrap_or(&nothing);
    match (ending.status, ending.failure) {
        ("ready", _) => (ending.totals != *served).then(|| {
            format!(
                "total: {:?} instead of {served:?}, which the server has sent",
                ending.totals
            )
        }),
        ("empty", _) => {
            let is_right = so_far.here.contains(&Cause::NoData) || served.rows == 0;
            (!is_right || ending.message.is_empty())
                .then(|| format!("empty: \"{}\", but there are costs", ending.message))
        }
        ("cancelled", _) => {
            (!so_far.is_stopped).then(|| "cancelled: nobody has stopped the run".to_owned())
        }
        (_, Some((kind, code))) => {
            let is_known = match (kind, excuses(kind)) {
                ("GaveUp", _) => true,
                ("Undecided", _) => so_far.is_unclear,
                ("Damaged", Some(causes)) => causes.iter().any(|cause| so_far.all.contains(cause)),
                (_, Some(causes)) => causes.iter().any(|cause| so_far.here.contains(cause)),
                (_, None) => false,
            };
            if ending.message.trim().len() < 10 {
                Some(format!("silent: {kind} without a message"))
            } else if kind == "GaveUp" && !ending.message.contains("--max-wait") {
                Some(format!(
                    "unnamed: \"{}\" does not name --max-wait",
                    ending.message
                ))
            } else if code != exit_code(kind) {
                Some(format!("exit: {kind} with exit code {code}"))
            } else if is_known {
                None
            } else {
                Some(format!(
                    "failure: {kind} ({}), which nothing explains",
                    ending.message
                ))
            }
        }
        (status, None) => Some(format!("failure: {status} without a kind")),
    }
}

/// In the end the report is there, the next run takes it from the ledger, and nothing else is left; or there is none.
fn end(record: &Record) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut role, mut last) = (Role::Wild, None);
    for entry in &record.entries {
        match &entry.event {
            Event::Begun { role: now, .. } => role = *now,
            Event::Ended(ending) => last = Some(ending),
            _ => {}
        }
    }
    let is_right = last.is_some_and(|ending| match ending.status {
        "ready" => role == Role::Repeat && ending.from_ledger,
        status => status == "empty",
    });
    if !is_right {
        let how = last.map_or("nothing", |ending| ending.status);
        wrong.push(format!(
            "end: the runs end with {how}, although the server behaved in the last ones"
        ));
    }
    let left = record.left.iter();
    wrong.extend(left.map(|what| format!("left: {what}")));
    wrong
}
