//! The made-up Azure: takes orders, makes reports, serves them, and draws what goes wrong. It knows the API from its
//! documents only and shares no code with the client.

use crate::answer::{Answer, Cut, Framing, Naming};
use crate::clock::SimClock;
use crate::dice::Dice;
use crate::http::Request;
use crate::journal::{Cause, Facts, Place, Purpose, Times, Totals, Wait};
use crate::operations::Op;
use crate::pages::Usage;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// The token that the client sends to servers on this machine.
pub(crate) const TOKEN: &str = "costscope-loopback";
/// The billing account that is ordered.
pub(crate) const SCOPE: &str = "providers/Microsoft.Billing/billingAccounts/8608480";

/// The API that has the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Details,
    Detailed,
    Usage,
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Busy,
    Reset,
    CutHead,
    CutBody,
    Unauthorized,
    /// A 200 without a body.
    Empty,
    /// 204 where a page was promised.
    NoContent,
    NotJson,
    Redirect,
    /// A link to another host.
    Foreign,
    /// An order that is accepted with a reset, without a link, or refused.
    ResetAccepted,
    NoLink,
    Refused,
    NoData,
    /// A page that leads back to itself, or that the server does not know any more.
    Loop,
    Forgotten,
    /// A file with a wrong checksum, a wrong range, another entity tag, or behind a firewall.
    Checksum,
    Range,
    Tag,
    Blocked,
}

/// What the server does about a request.
#[derive(Debug, Clone)]
pub(crate) struct Reaction {
    /// `None`: the connection is reset.
    pub(crate) answer: Option<Answer>,
    pub(crate) facts: Facts,
    /// How long nothing is sent before it.
    pub(crate) silence: TimeDelta,
    /// How the wall clock is set meanwhile.
    pub(crate) jump: TimeDelta,
    /// How long the ARM host cannot be reached after it.
    pub(crate) outage: TimeDelta,
}

impl Reaction {
    pub(crate) fn of(answer: Answer, facts: Facts) -> Self {
        Self {
            answer: Some(answer),
            facts,
            silence: TimeDelta::zero(),
            jump: TimeDelta::zero(),
            outage: TimeDelta::zero(),
        }
    }

    pub(crate) fn because(answer: Answer, cause: Cause) -> Self {
        let cause = Some(cause);
        Self::of(
            answer,
            Facts {
                cause,
                ..Facts::default()
            },
        )
    }

    pub(crate) fn reset() -> Self {
        Self {
            answer: None,
            ..Self::because(Answer::new(0), Cause::Lost)
        }
    }

    /// The same answer, cut in its head.
    pub(crate) fn cut_head(mut self) -> Self {
        if let Some(answer) = &mut self.answer {
            answer.cut = Cut::Head;
        }
        let accepted = self.facts.accepted;
        self.facts = Facts {
            accepted,
            cause: Some(Cause::Lost),
            ..Facts::default()
        };
        self
    }
}

/// The server with everything that it knows.
#[derive(Debug)]
pub(crate) struct Azure {
    pub(super) dice: Dice,
    pub(super) face: Face,
    /// The addresses of the ARM host and of the storage.
    pub(super) arm: String,
    pub(super) storage: String,
    /// How many of a thousand requests go wrong.
    pub(super) mood: u64,
    pub(super) ops: Vec<Op>,
    pub(super) usage: Usage,
    /// Whether there are no costs at all.
    pub(super) bare: bool,
    /// The signatures of links, by operation, file and number.
    pub(super) signatures: BTreeMap<(usize, usize, usize), String>,
    /// The last request was refused because of its token.
    refused_token: bool,
}

impl Azure {
    pub(crate) fn new(mut dice: Dice, face: Face, (arm, storage): (String, String)) -> Self {
        let bare = dice.chance(30);
        let usage = Usage::draw(&mut dice, bare);
        Self {
            dice,
            face,
            arm,
            storage,
            mood: 0,
            ops: Vec::new(),
            usage,
            bare,
            signatures: BTreeMap::new(),
            refused_token: false,
        }
    }

    pub(crate) fn set_mood(&mut self, per_mille: u64) {
        self.mood = per_mille;
    }

    /// Everything that may not be seen anywhere else.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let signatures = self.signatures.values().cloned();
        signatures.chain([TOKEN.to_owned()]).collect()
    }

    /// What each accepted order serves, or the pages.
    pub(crate) fn served(&self) -> Vec<Totals> {
        match self.face {
            Face::Details | Face::Detailed => self.ops.iter().map(|op| op.totals.clone()).collect(),
            Face::Usage => vec![self.usage.totals()],
        }
    }

    /// What a request is for.
    pub(crate) fn purpose(&self, place: Place, request: &Request) -> Purpose {
        let last = request.path().rsplit('/').next().unwrap_or_default();
        let numbers: Option<Vec<usize>> = last.split('-').map(|part| part.parse().ok()).collect();
        let numbers = numbers.unwrap_or_default();
        let is_poll = request.path().contains("/operationResults/")
            || request.path().contains("/operationStatus/")
            || request.path().contains("/costDetailsOperationResults/");
        let orders = ["generateCostDetailsReport", "generateDetailedCostReport"];
        match (place, request.method.as_str(), numbers.as_slice()) {
            (Place::Arm, "POST", _) if orders.contains(&last) => Purpose::Order,
            (Place::Arm, "GET", [op, link]) if is_poll && self.has_sent(*op, *link) => {
                Purpose::Poll {
                    op: *op,
                    link: *link,
                }
            }
            (Place::Arm, "GET", _) if last == "usageDetails" => Purpose::Page,
            (Place::Storage, "GET", [op, blob, link]) if *op < self.ops.len() => Purpose::File {
                op: *op,
                blob: *blob,
                link: *link,
            },
            _ => Purpose::Stray,
        }
    }

    /// Whether a poll link was given to the client.
    fn has_sent(&self, op: usize, link: usize) -> bool {
        let newest = self.ops.get(op).and_then(|op| op.poll_link);
        newest.is_some_and(|newest| link <= newest)
    }

    /// Decides what happens to a request.
    pub(crate) fn react(&mut self, purpose: Purpose, request: &Request, now: Times) -> Reaction {
        // A request with a new token is not refused again.
        let mood = self.mood;
        if std::mem::take(&mut self.refused_token) {
            self.mood = 0;
        }
        let mut reaction = match purpose {
            Purpose::Order => self.order(now),
            Purpose::Poll { op, .. } => self.poll(op, now),
            Purpose::Page => self.page(request),
            Purpose::File { op, blob, link } => self.file((op, blob, link), request, now),
            Purpose::Stray => Reaction::of(Answer::new(404), Facts::default()),
        };
        self.mood = mood;
        self.disturb(&mut reaction, purpose);
        reaction
    }

    /// Silence, outages and jumps of the clock around an answer.
    fn disturb(&mut self, reaction: &mut Reaction, purpose: Purpose) {
        reaction.silence = TimeDelta::milliseconds(self.dice.between(0, 1500));
        if self.dice.chance(self.mood / 12) {
            reaction.silence = TimeDelta::seconds(self.dice.between(5, 400));
            reaction.facts.pause = Some(Cause::Lost);
        }
        if self.dice.chance(self.mood / 12) {
            reaction.jump = SimClock::draw_jump(&mut self.dice);
        }
        if purpose.place() == Place::Arm && self.dice.chance(self.mood / 15) {
            reaction.outage = TimeDelta::seconds(self.dice.pick(&[5, 60, 600, 4000]));
        }
        let slow = self.dice.chance(self.mood / 10);
        if let Some(answer) = &mut reaction.answer
            && slow
            && (answer.status == 200 || (answer.status == 202 && purpose == Purpose::Order))
        {
            let at = self.dice.size(0, answer.framed());
            answer.slow = Some((at, TimeDelta::seconds(self.dice.between(5, 200))));
            let facts = &mut reaction.facts;
            facts.pause = Some(Cause::Lost);
            if answer.status == 200 {
                // The client may give up before it has read what the answer asks for.
                answer.naming = Naming::Absent;
                (facts.wait, facts.link) = (None, None);
            }
            facts.unclear = true;
        }
    }

    /// A fault from a table, or none.
    pub(super) fn fault(&mut self, table: &[(u64, Fault)]) -> Option<Fault> {
        let fault = self.dice.weighted(table);
        self.dice.chance(self.mood).then_some(fault)
    }

    /// What goes wrong alike with all requests of the ARM host; `None` for other faults.
    pub(super) fn plain(&mut self, fault: Fault) -> Option<Reaction> {
        Some(match fault {
            Fault::Busy => self.busy(),
            Fault::Reset => Reaction::reset(),
            Fault::Unauthorized => self.unauthorized(),
            Fault::Redirect => {
                let there = format!("{}/elsewhere", self.storage);
                let answer = Answer::new(302).header("location", there);
                Reaction::because(answer, Cause::Foreign)
            }
            Fault::Empty => Reaction::because(Answer::new(200), Cause::Cut),
            Fault::NotJson => {
                let answer = Answer::new(200).body("<html>sig=A1b2C3d4E5f6G7h8</html>");
                Reaction::because(answer, Cause::NotJson)
            }
            _ => return None,
        })
    }

    /// A quota is used up, or the server has a problem.
    pub(super) fn busy(&mut self) -> Reaction {
        let status = self
            .dice
            .pick(&[429, 429, 429, 503, 503, 500, 502, 504, 408]);
        let naming = Naming::draw(&mut self.dice);
        let body = match self.dice.below(3) {
            0 => String::new(),
            1 => "<html>The service is unavailable.</html>".to_owned(),
            _ => self.refusal("ServerBusy"),
        };
        let facts = Facts {
            wait: Some(Wait::Busy),
            cause: Some(Cause::Busy),
            ..Facts::default()
        };
        Reaction::of(Answer::new(status).naming(naming).body(body), facts)
    }

    fn unauthorized(&mut self) -> Reaction {
        self.refused_token = true;
        let body = self.refusal("ExpiredAuthenticationToken");
        Reaction::of(Answer::new(401).body(body), Facts::default())
    }

    /// An error of ARM whose message repeats what must stay secret.
    pub(super) fn refusal(&mut self, code: &str) -> String {
        let signature = self.signature((0, 0, 0));
        let message = format!(
            "The call with Bearer {TOKEN} failed; see {}/armreports/0-0-0?sv=2018-03-28&sig={signature}&sp=r",
            self.storage
        );
        serde_json::json!({ "error": { "code": code, "message": message } }).to_string()
    }

    pub(super) fn signature(&mut self, of: (usize, usize, usize)) -> String {
        let dice = &mut self.dice;
        let signature = self.signatures.entry(of);
        signature.or_insert_with(|| dice.text(44)).clone()
    }

    /// A JSON body as some gateways send it: marked, in chunks, without a length.
    pub(super) fn as_json(&mut self, status: u16, body: &str) -> Answer {
        let mark = if self.dice.chance(150) {
            "\u{feff}"
        } else {
            ""
        };
        let framings = [Framing::Length, Framing::Chunked, Framing::UntilClose];
        let framing = self.dice.pick(&framings);
        let answer = Answer::new(status).header("content-type", "application/json");
        Answer {
            framing,
            ..answer.body(format!("{mark}{body}"))
        }
    }

    /// Cuts the body of an answer somewhere, if it has one.
    pub(super) fn cut_body(&mut self, answer: &mut Answer) -> bool {
        // Whatever ends a chunked body is always missing.
        let most = answer.framed().saturating_sub(6);
        if answer.body.is_empty() || most == 0 {
            return false;
        }
        let at = self.dice.size(0, most.min(answer.framed() - 1));
        let reset = self.dice.chance(400);
        answer.cut = Cut::Body { at, reset };
        true
    }
}
