//! Orders and polls of the made-up Azure.

use crate::answer::{Answer, Naming};
use crate::azure::{Azure, Face, Fault, Reaction, SCOPE};
use crate::dice::Dice;
use crate::journal::{Cause, Facts, Times, Totals, Wait};
use crate::rows;
use crate::storage::BlobFile;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

const ORDER: [(u64, Fault); 12] = [
    (16, Fault::Busy),
    (1, Fault::Reset),
    (1, Fault::ResetAccepted),
    (1, Fault::CutHead),
    (3, Fault::CutBody),
    (4, Fault::Unauthorized),
    (1, Fault::NoLink),
    (1, Fault::Foreign),
    (1, Fault::Refused),
    (1, Fault::NoData),
    (1, Fault::NotJson),
    (1, Fault::Empty),
];

const POLL: [(u64, Fault); 9] = [
    (12, Fault::Busy),
    (4, Fault::Reset),
    (2, Fault::CutHead),
    (3, Fault::CutBody),
    (3, Fault::Unauthorized),
    (2, Fault::Empty),
    (1, Fault::NotJson),
    (1, Fault::Redirect),
    (1, Fault::Foreign),
];

/// What becomes of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Files,
    Failed,
    NoData,
    /// The server forgets it before it is done.
    Gone,
}

/// Why the storage refuses links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Never,
    /// Each of so many links expires, and the poll link gives another.
    Renewed {
        left: u32,
    },
    /// The link of one file is refused so often and then works.
    Flaky {
        blob: usize,
        left: u32,
    },
    /// The same link is refused for ever.
    Dead,
    /// So is it, and its time is over.
    Past,
    /// So is it, and the poll link is gone, too.
    Forgotten,
}

/// An accepted order.
#[derive(Debug)]
pub(crate) struct Op {
    /// Polls until it is done.
    running: u32,
    /// Polls until the server knows its own link.
    early: u32,
    fate: Fate,
    /// Polls that were answered with 404 since it is gone.
    forgotten: u32,
    /// The number of the newest poll link; `None` if it was done at once.
    pub(super) poll_link: Option<usize>,
    /// The number of the newest links to its files.
    pub(super) links: usize,
    pub(super) refusal: Refusal,
    /// How often the newest link to each file was refused.
    pub(super) refused: Vec<u32>,
    pub(super) valid_till: DateTime<Utc>,
    pub(super) files: Vec<BlobFile>,
    pub(super) totals: Totals,
}

impl Op {
    fn draw(dice: &mut Dice, number: usize, (face, wild, bare): (Face, bool, bool)) -> Self {
        let most = if face == Face::Details { 3 } else { 1 };
        let count = dice.size(1, most);
        let (mut files, mut totals) = (Vec::new(), Totals::default());
        for blob in 0..count {
            let size = match dice.below(20) {
                _ if bare => 0,
                0 => 3000,
                1 if blob > 0 => 0,
                _ => dice.size(1, 200),
            };
            let rows = rows::draw(dice, size, &format!("{number}-{blob}"));
            let sums = rows::totals(&rows);
            totals.rows += sums.rows;
            for (currency, units) in &sums.money {
                totals.add(currency, *units);
            }
            files.push(BlobFile::draw(dice, &rows, face == Face::Details));
        }
        let ending = dice.weighted(&[
            (900, Fate::Files),
            (40, Fate::Failed),
            (20, Fate::NoData),
            (40, Fate::Gone),
        ]);
        let left = u32::try_from(dice.below(2)).unwrap() + 1;
        let blob = dice.size(0, count - 1);
        let flaky = u32::try_from(dice.below(3)).unwrap() + 1;
        let refusal = dice.weighted(&[
            (700, Refusal::Never),
            (90, Refusal::Renewed { left }),
            (80, Refusal::Flaky { blob, left: flaky }),
            (50, Refusal::Dead),
            (40, Refusal::Past),
            (40, Refusal::Forgotten),
        ]);
        let early = if dice.chance(150) {
            dice.below(2) + 1
        } else {
            0
        };
        Self {
            running: u32::try_from(dice.below(if wild { 6 } else { 3 })).unwrap(),
            early: if wild {
                u32::try_from(early).unwrap()
            } else {
                0
            },
            fate: if wild { ending } else { Fate::Files },
            forgotten: 0,
            poll_link: Some(0),
            links: 0,
            refusal: if wild { refusal } else { Refusal::Never },
            refused: vec![0; count],
            valid_till: Times::first().wall + TimeDelta::days(30),
            files,
            totals,
        }
    }

    fn was_refused(&self) -> bool {
        self.links > 0 || self.refused.iter().any(|times| *times > 0)
    }
}

impl Azure {
    pub(super) fn order(&mut self, now: Times) -> Reaction {
        let fault = self.fault(&ORDER);
        match fault {
            Some(Fault::Refused) => {
                let status = self.dice.pick(&[400, 413, 422]);
                let body = self.refusal("BadRequest");
                Reaction::because(Answer::new(status).body(body), Cause::Refused)
            }
            Some(Fault::NoData) => Reaction::because(Answer::new(204), Cause::NoData),
            Some(fault @ (Fault::Busy | Fault::Unauthorized)) => {
                self.plain(fault).unwrap_or_else(Reaction::reset)
            }
            Some(Fault::Reset) => open(Reaction::reset()),
            None => self.accept(now),
            Some(other) => {
                let accepted = self.accept(now);
                self.spoil(accepted, other)
            }
        }
    }

    /// The server has accepted an order, but its answer is of little use.
    fn spoil(&mut self, accepted: Reaction, fault: Fault) -> Reaction {
        let facts = |cause| Facts {
            accepted: true,
            unclear: true,
            cause: Some(cause),
            ..Facts::default()
        };
        match fault {
            Fault::CutHead => open(accepted.cut_head()),
            Fault::NoLink => Reaction::of(Answer::new(202), facts(Cause::NoLink)),
            Fault::Foreign => {
                let there = format!("{}/elsewhere", self.storage);
                let answer = Answer::new(202).header("location", there);
                Reaction::of(answer, facts(Cause::Foreign))
            }
            Fault::Empty => Reaction::of(Answer::new(200), facts(Cause::Cut)),
            Fault::NotJson => {
                let answer = Answer::new(200).body("<html></html>");
                Reaction::of(answer, facts(Cause::NotJson))
            }
            Fault::CutBody => {
                let mut accepted = accepted;
                if let Some(answer) = &mut accepted.answer
                    && self.cut_body(answer)
                    && answer.status == 200
                {
                    accepted.facts = facts(Cause::Cut);
                }
                accepted
            }
            _ => Reaction {
                facts: facts(Cause::Lost),
                ..Reaction::reset()
            },
        }
    }

    fn accept(&mut self, now: Times) -> Reaction {
        let number = self.ops.len();
        let drawn = (self.face, self.mood > 0, self.bare);
        let mut op = Op::draw(&mut self.dice, number, drawn);
        if op.refusal == Refusal::Past {
            op.valid_till = now.wall - TimeDelta::hours(1);
        } else {
            op.valid_till = now.wall + TimeDelta::hours(100);
        }
        let at_once = self.dice.chance(50) && op.fate == Fate::Files;
        if at_once {
            (op.running, op.early, op.poll_link) = (0, 0, None);
        }
        self.ops.push(op);
        if at_once {
            let mut finished = self.manifest(number);
            finished.facts.accepted = true;
            // There is no link to ask again.
            return open(finished);
        }
        let link = self.poll_url(number, 0);
        let body = if self.dice.chance(300) { "{}" } else { "" };
        let name = self.link_header();
        let answer = Answer::new(202)
            .header(name, link)
            .naming(Naming::draw(&mut self.dice))
            .body(body);
        let facts = Facts {
            accepted: true,
            wait: Some(Wait::Running),
            link: Some(0),
            ..Facts::default()
        };
        Reaction::of(answer, facts)
    }

    pub(super) fn poll(&mut self, number: usize, now: Times) -> Reaction {
        let fault = self.fault(&POLL);
        if let Some(fault) = fault
            && let Some(reaction) = self.plain(fault)
        {
            return reaction;
        }
        let mut reaction = self.state_of(number, now);
        match fault {
            Some(Fault::CutHead) => return reaction.cut_head(),
            Some(Fault::Foreign) => {
                let there = format!("{}/elsewhere", self.storage);
                let answer = Answer::new(202).header("location", there);
                return Reaction::because(answer, Cause::Foreign);
            }
            Some(Fault::CutBody) => {
                if let Some(answer) = &mut reaction.answer
                    && answer.status == 200
                    && self.cut_body(answer)
                {
                    answer.naming = Naming::Absent;
                    let cause = Some(Cause::Cut);
                    reaction.facts = Facts {
                        cause,
                        ..Facts::default()
                    };
                }
            }
            _ => {}
        }
        reaction
    }

    /// The state of a report, and one step of its work.
    fn state_of(&mut self, number: usize, now: Times) -> Reaction {
        let op = &mut self.ops[number];
        if op.early > 0 {
            op.early -= 1;
            // The client cannot tell these from a report that is gone.
            op.forgotten += 1;
            return Reaction::because(Answer::new(404), Cause::Gone);
        }
        let is_gone = op.fate == Fate::Gone && op.running == 0;
        let is_lost = op.refusal == Refusal::Forgotten && op.was_refused();
        if is_gone || is_lost {
            op.forgotten += 1;
            let at_once = number % 2 == 1;
            let mut gone =
                Reaction::because(Answer::new(if at_once { 410 } else { 404 }), Cause::Gone);
            gone.facts.ends = at_once || is_lost || op.forgotten > 3;
            return gone;
        }
        if op.running > 0 {
            op.running -= 1;
            return self.still_running(number);
        }
        match op.fate {
            Fate::Failed => {
                let word = self.dice.pick(&["Failed", "TimedOut"]);
                let reason: Value =
                    serde_json::from_str(&self.refusal("GenerationFailed")).unwrap();
                let body = json!({ "status": word, "error": reason["error"] });
                let status = self.dice.pick(&[200, 202]);
                let mut failed =
                    Reaction::because(self.as_json(status, &body.to_string()), Cause::Failed);
                failed.facts.ends = true;
                failed
            }
            Fate::NoData => {
                let body = json!({ "status": "NoDataFound", "manifest": null }).to_string();
                let answer = if self.dice.chance(400) {
                    Answer::new(204)
                } else {
                    self.as_json(200, &body)
                };
                let mut empty = Reaction::because(answer, Cause::NoData);
                empty.facts.ends = true;
                empty
            }
            Fate::Files | Fate::Gone => {
                let is_over = op.valid_till <= now.wall;
                let was_refused = op.was_refused();
                let mut finished = self.manifest(number);
                // The same link again, although its time is over.
                finished.facts.ends = is_over && was_refused;
                finished
            }
        }
    }

    fn still_running(&mut self, number: usize) -> Reaction {
        let newest = self.ops[number].poll_link.unwrap_or_default();
        let link = match self.dice.below(10) {
            0..=3 => Some(newest + 1),
            4..=6 => Some(newest),
            _ => None,
        };
        let naming = Naming::draw(&mut self.dice);
        let mut answer = if self.dice.chance(250) {
            let word = self.dice.pick(&["InProgress", "Queued", "Running"]);
            let body = if self.face == Face::Detailed {
                json!({ "status": { "status": word }, "error": { "code": "0", "message": null } })
            } else {
                json!({ "status": word })
            };
            self.as_json(200, &body.to_string())
        } else {
            Answer::new(202)
        };
        answer.naming = naming;
        if let Some(link) = link {
            self.ops[number].poll_link = Some(link);
            let (name, url) = (self.link_header(), self.poll_url(number, link));
            answer = answer.header(name, url);
        }
        let facts = Facts {
            wait: Some(Wait::Running),
            link,
            ..Facts::default()
        };
        Reaction::of(answer, facts)
    }

    /// The links to the files.
    fn manifest(&mut self, number: usize) -> Reaction {
        let (count, links) = (self.ops[number].files.len(), self.ops[number].links);
        let urls: Vec<String> = (0..count)
            .map(|blob| self.file_url((number, blob, links)))
            .collect();
        let op = &self.ops[number];
        let till = op.valid_till.to_rfc3339_opts(SecondsFormat::Nanos, true);
        let body = if self.face == Face::Detailed {
            let status = self.dice.pick(&[
                json!("Completed"),
                json!({ "status": "Completed" }),
                json!("ReadyToDownload"),
                Value::Null,
            ]);
            json!({
                "name": format!("{number}"),
                "status": status,
                "properties": { "downloadUrl": urls[0], "validTill": till },
                "error": { "code": 0, "message": null },
            })
        } else {
            let listed = urls.iter().zip(&op.files);
            let blobs: Vec<Value> = listed
                .map(|(url, file)| match file.stated() {
                    Some(bytes) => json!({ "blobLink": url, "byteCount": bytes }),
                    None => json!({ "blobLink": url }),
                })
                .collect();
            let days = json!({ "start": "2026-10-01", "end": "2026-10-31" });
            json!({
                "name": format!("{number}"),
                "status": "Completed",
                "manifest": {
                    "manifestVersion": "2025-03-01",
                    "dataFormat": "Csv",
                    "byteCount": 160_769,
                    "blobCount": count,
                    "compressData": false,
                    "requestContext": {
                        "requestScope": SCOPE,
                        "requestBody": { "metric": "ActualCost", "timePeriod": days },
                    },
                    "blobs": blobs,
                },
                "validTill": till,
            })
        };
        let answer = self.as_json(200, &body.to_string());
        Reaction::of(answer, Facts::default())
    }

    fn poll_url(&mut self, op: usize, link: usize) -> String {
        let (word, version) = match self.face {
            Face::Details | Face::Usage => ("costDetailsOperationResults", "2025-03-01"),
            Face::Detailed => (
                self.dice.pick(&["operationResults", "operationStatus"]),
                "2021-10-01",
            ),
        };
        let arm = if self.dice.chance(150) {
            ""
        } else {
            self.arm.as_str()
        };
        format!(
            "{arm}/{SCOPE}/providers/Microsoft.CostManagement/{word}/{op}-{link}?api-version={version}"
        )
    }

    fn link_header(&mut self) -> &'static str {
        match self.face {
            Face::Details | Face::Usage => "location",
            Face::Detailed => self.dice.pick(&[
                "location",
                "azure-consumption-asyncoperation",
                "azure-asyncoperation",
            ]),
        }
    }
}

/// The outcome of an order that the client cannot know.
fn open(mut reaction: Reaction) -> Reaction {
    reaction.facts.unclear = true;
    reaction
}
