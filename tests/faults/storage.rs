//! The storage of the made-up Azure: files behind signed links, whole, in part, cut, refused, or of another version.

use crate::answer::{Answer, Cut, Framing};
use crate::azure::{Azure, Fault, Reaction};
use crate::dice::Dice;
use crate::http::Request;
use crate::journal::{Cause, Facts, Times};
use crate::operations::Refusal;
use crate::rows::{self, Row};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

const FILE: [(u64, Fault); 10] = [
    (10, Fault::Busy),
    (4, Fault::Reset),
    (2, Fault::CutHead),
    (14, Fault::CutBody),
    (1, Fault::Checksum),
    (1, Fault::Range),
    (3, Fault::Tag),
    (1, Fault::Redirect),
    (1, Fault::Blocked),
    (1, Fault::Empty),
];

/// What the manifest says about a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stated {
    Nothing,
    Right,
    /// As in Microsoft's own sample.
    Wrong,
}

/// One file of a report.
#[derive(Debug)]
pub(super) struct BlobFile {
    csv: Vec<u8>,
    stated: Stated,
    /// Whether answers have a length, and whether they have a checksum.
    has_length: bool,
    has_sum: bool,
    /// Whether parts of it can be requested.
    has_parts: bool,
    tag: Option<String>,
}

impl BlobFile {
    /// Only some manifests can state sizes.
    pub(super) fn draw(dice: &mut Dice, rows: &[Row], can_state: bool) -> Self {
        let csv = rows::csv(dice, rows);
        let sizes = [Stated::Right, Stated::Right, Stated::Nothing, Stated::Wrong];
        let stated = if can_state {
            dice.pick(&sizes)
        } else {
            Stated::Nothing
        };
        let tag = match dice.below(4) {
            0 => None,
            1 => Some(format!("W/\"{}\"", dice.text(8))),
            _ => Some(format!("\"{}\"", dice.text(8))),
        };
        Self {
            csv,
            stated,
            // Where the manifest is wrong, something else must tell a whole file from a part.
            has_length: dice.chance(700) || stated == Stated::Wrong,
            has_sum: dice.chance(500),
            has_parts: dice.chance(800),
            tag,
        }
    }

    /// The size in the manifest.
    pub(super) fn stated(&self) -> Option<usize> {
        match self.stated {
            Stated::Nothing => None,
            Stated::Right => Some(self.csv.len()),
            Stated::Wrong => Some(self.csv.len() / 2 + 160_769),
        }
    }

    /// Whether a body that ends too early is noticed although its connection ends in order.
    fn shows_its_end(&self) -> bool {
        self.has_length || self.has_sum || self.stated == Stated::Right
    }
}

impl Azure {
    /// A link to a file. Its signature is its own credential.
    pub(super) fn file_url(&mut self, of: (usize, usize, usize)) -> String {
        let signature = self.signature(of);
        let (op, blob, link) = of;
        format!(
            "{}/armreports/{op}-{blob}-{link}?sv=2018-03-28&sr=b&sig={signature}&spr=https&se=2026-12-22T10%3A00%3A00Z&sp=r",
            self.storage
        )
    }

    pub(super) fn file(
        &mut self,
        (number, blob, link): (usize, usize, usize),
        request: &Request,
        now: Times,
    ) -> Reaction {
        let signature = self.signatures.get(&(number, blob, link));
        let is_signed = signature.is_some_and(|signature| request.target.contains(signature));
        if !is_signed || blob >= self.ops[number].files.len() {
            return Reaction::of(Answer::new(404), Facts::default());
        }
        if self.refuses(number, blob, link) {
            return self.denied(number, blob, now);
        }
        let fault = self.fault(&FILE);
        match fault {
            Some(Fault::Busy) => return self.busy(),
            Some(Fault::Reset) => return Reaction::reset(),
            Some(Fault::Blocked) => {
                let status = self.dice.pick(&[401, 407, 451]);
                return Reaction::because(Answer::new(status), Cause::Blocked);
            }
            Some(Fault::Redirect) => {
                let there = format!("{}/elsewhere", self.arm);
                let answer = Answer::new(302).header("location", there);
                return Reaction::because(answer, Cause::Foreign);
            }
            Some(Fault::Empty) => {
                let answer = Answer {
                    framing: Framing::UntilClose,
                    ..Answer::new(200)
                };
                return Reaction::because(answer, Cause::Cut);
            }
            Some(Fault::Tag) => {
                // The file was written anew, with the same rows.
                let tag = format!("\"{}\"", self.dice.text(8));
                self.ops[number].files[blob].tag = Some(tag);
            }
            _ => {}
        }
        let mut answer = self.part(number, blob, request);
        let mut facts = Facts::default();
        match fault {
            Some(Fault::CutHead) => return Reaction::of(answer, facts).cut_head(),
            Some(Fault::CutBody) => {
                let shows = self.ops[number].files[blob].shows_its_end() || answer.status == 206;
                let is_cut = self.cut_body(&mut answer);
                if let Cut::Body { at, reset: false } = answer.cut
                    && answer.framing == Framing::UntilClose
                    && !shows
                {
                    answer.cut = Cut::Body { at, reset: true };
                }
                facts.cause = is_cut.then_some(Cause::Cut);
            }
            Some(Fault::Checksum) if answer.status == 200 => {
                answer.headers.retain(|(name, _)| !name.ends_with("md5"));
                let wrong = STANDARD.encode(Md5::digest(b"another file"));
                answer = answer.header("content-md5", wrong);
                facts.cause = Some(Cause::Checksum);
            }
            Some(Fault::Range) if answer.status == 206 => {
                answer.headers.retain(|(name, _)| *name != "content-range");
                answer = answer.header("content-range", "bytes 0-9/10");
                facts.cause = Some(Cause::Range);
            }
            // The server may ignore that only the same file was wanted.
            Some(Fault::Tag) => facts.cause = Some(Cause::Range),
            _ => {}
        }
        Reaction::of(answer, facts)
    }

    /// Whether a link is refused now.
    fn refuses(&mut self, number: usize, blob: usize, link: usize) -> bool {
        let op = &mut self.ops[number];
        if link < op.links {
            return true;
        }
        match &mut op.refusal {
            Refusal::Never => false,
            Refusal::Renewed { left } => {
                let is_left = *left > 0;
                if is_left {
                    *left -= 1;
                    op.links += 1;
                    op.refused.fill(0);
                }
                is_left
            }
            Refusal::Flaky { blob: flaky, left } => {
                let is_left = *left > 0 && *flaky == blob;
                *left -= u32::from(is_left);
                is_left
            }
            Refusal::Dead | Refusal::Past | Refusal::Forgotten => true,
        }
    }

    fn denied(&mut self, number: usize, blob: usize, now: Times) -> Reaction {
        let status = self.dice.pick(&[403, 403, 404, 410]);
        let body = self.refusal("AuthenticationFailed");
        let op = &mut self.ops[number];
        let is_renewed = matches!(op.refusal, Refusal::Renewed { .. });
        op.refused[blob] += u32::from(!is_renewed);
        let mut denied = Reaction::because(Answer::new(status).body(body), Cause::Denied);
        // The same link has been tried for long enough, or there is none to ask for another.
        let is_dead = op.refused[blob] > 3 || op.valid_till <= now.wall;
        denied.facts.ends = op.poll_link.is_none() || is_dead;
        denied
    }

    /// The whole file, or the part that was requested.
    fn part(&mut self, number: usize, blob: usize, request: &Request) -> Answer {
        let framings = [Framing::Chunked, Framing::UntilClose];
        let framing = self.dice.pick(&framings);
        let plain_sum = self.dice.chance(500);
        let refused = self.dice.chance(300);
        let file = &self.ops[number].files[blob];
        let size = file.csv.len();
        let wanted = request.header("range").and_then(|range| {
            let from = range.strip_prefix("bytes=")?.strip_suffix('-')?;
            from.parse::<usize>().ok()
        });
        let same = request
            .header("if-range")
            .is_none_or(|tag| file.tag.as_deref() == Some(tag));
        let framing = if file.has_length {
            Framing::Length
        } else {
            framing
        };
        let with_tag = |answer: Answer| match &file.tag {
            Some(tag) => answer.header("etag", tag.as_str()),
            None => answer,
        };
        match wanted.filter(|_| same) {
            Some(_) if !file.has_parts && refused => Answer::new(416),
            Some(from) if file.has_parts && from < size => {
                let range = format!("bytes {from}-{}/{size}", size - 1);
                let answer = Answer {
                    framing,
                    ..Answer::new(206).body(&file.csv[from..])
                };
                with_tag(answer.header("content-range", range))
            }
            Some(_) | None => {
                let answer = Answer {
                    framing,
                    ..Answer::new(200).body(file.csv.clone())
                };
                let sum = STANDARD.encode(Md5::digest(&file.csv));
                let name = if plain_sum {
                    "content-md5"
                } else {
                    "x-ms-blob-content-md5"
                };
                with_tag(if file.has_sum {
                    answer.header(name, sum)
                } else {
                    answer
                })
            }
        }
    }
}
