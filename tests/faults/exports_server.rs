//! A made-up blob storage with the runs of one export: lists them page by page, serves parts and ranges of them, writes new
//! runs while they are read, and draws what goes wrong. It shares no code with the client.

use crate::answer::{Answer, Cut, Framing, Naming};
use crate::dice::Dice;
use crate::exports_faults::{BLOB, Fault, LIST};
use crate::folder;
use crate::http::Request;
use crate::journal::{Times, Totals};
use crate::rows::{self, Row};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use costscope::ops::explore::open::Progress;
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// The folder of the export.
pub(crate) const DAILY: &str = "cost/daily";

#[derive(Debug)]
struct Blob {
    bytes: Vec<u8>,
    tag: String,
    modified: DateTime<Utc>,
}

/// A run whose manifest comes later than its parts.
#[derive(Debug)]
struct Unfinished {
    manifest: (String, Vec<u8>),
    totals: Totals,
}

/// Where and when a run of the client is killed.
#[derive(Debug)]
pub(crate) struct Kill {
    /// Requests that are served before.
    pub(crate) after: u64,
    pub(crate) data: PathBuf,
    pub(crate) progress: Arc<Progress>,
}

/// The storage with everything that it knows.
#[derive(Debug)]
pub(crate) struct Storage {
    dice: Dice,
    /// The path of the account and the container. A process keeps a SAS for each source, and ports are used again.
    pub(crate) container: String,
    /// How many of a thousand requests go wrong, and before how many a run is written.
    pub(crate) mood: u64,
    pub(crate) change: u64,
    blobs: BTreeMap<String, Blob>,
    unfinished: Option<Unfinished>,
    /// The runs and entity tags so far.
    runs: u64,
    tags: u64,
    /// The folder of the newest run.
    newest: String,
    /// The totals that a list has promised since the client began; the last ones are those of now.
    pub(crate) promised: Vec<Totals>,
    /// No request for a path before these times.
    not_before: BTreeMap<String, TimeDelta>,
    /// Without one, a token is expected.
    signature: Option<String>,
    pub(crate) kill: Option<Kill>,
    /// The data folder as it was when the client was killed.
    pub(crate) left: Option<TempDir>,
    /// Whether anything has happened that may make the client fail.
    pub(crate) is_disturbed: bool,
    /// The parts that were asked for.
    pub(crate) asked: u64,
    pub(crate) wrong: Vec<String>,
    pub(crate) log: Vec<String>,
}

impl Storage {
    pub(crate) fn new(mut dice: Dice) -> Self {
        let signature = dice.chance(500).then(|| dice.text(44));
        let container = format!("/cost{}/exports", dice.text(20).to_ascii_lowercase());
        let mut storage = Self {
            dice,
            container,
            mood: 0,
            change: 0,
            blobs: BTreeMap::new(),
            unfinished: None,
            runs: 0,
            tags: 0,
            newest: String::new(),
            promised: Vec::new(),
            not_before: BTreeMap::new(),
            signature,
            kill: None,
            left: None,
            is_disturbed: false,
            asked: 0,
            wrong: Vec::new(),
            log: Vec::new(),
        };
        for _ in 0..storage.dice.size(1, 3) {
            storage.write_run(false);
            storage.end_run();
        }
        storage
    }

    /// The SAS that is added to addresses.
    pub(crate) fn sas(&self) -> String {
        let signature = self.signature.as_ref();
        signature.map_or_else(String::new, |signature| {
            format!("?sv=2021-12-02&se=2099-01-01T00%3A00%3A00Z&sr=c&sp=rl&sig={signature}")
        })
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        self.signature.iter().cloned().collect()
    }

    /// Begins a run of the client, which knows nothing of earlier waits.
    pub(crate) fn begin(&mut self, mood: u64, change: u64, kill: Option<Kill>) {
        (self.mood, self.change, self.kill) = (mood, change, kill);
        let now = self.promised.pop().unwrap();
        self.promised = vec![now];
        self.not_before.clear();
        (self.is_disturbed, self.asked) = (false, 0);
    }

    fn put(&mut self, name: String, bytes: Vec<u8>) {
        self.tags += 1;
        let minutes = i64::try_from(self.runs).unwrap();
        let blob = Blob {
            bytes,
            tag: format!("0x{:X}", 0x8D_0000 + self.tags),
            modified: Times::first().wall - TimeDelta::days(3) + TimeDelta::minutes(minutes),
        };
        self.blobs.insert(name, blob);
    }

    /// Writes the parts of a new run, beside the others or over the newest one. Its manifest comes with [`Self::end_run`].
    fn write_run(&mut self, over: bool) {
        self.runs += 1;
        if over {
            let old = format!("{}/", self.newest);
            self.blobs.retain(|name, _| !name.starts_with(&old));
        } else {
            self.newest = format!(
                "{DAILY}/20261001-20261031/{:08x}-0000-4000-8000-000000000001",
                self.runs
            );
        }
        let (mut all, mut listed) = (Vec::<Row>::new(), Vec::new());
        for part in 0..self.dice.size(1, 6) {
            let count = self.dice.size(1, 80);
            let rows = rows::draw(&mut self.dice, count, &format!("{}-{part}", self.runs));
            let mut bytes = rows::csv(&mut self.dice, &rows);
            let is_packed = self.dice.chance(400);
            if is_packed {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(&bytes).unwrap();
                bytes = packed.finish().unwrap();
            }
            let end = if is_packed { ".csv.gz" } else { ".csv" };
            let name = format!("{}/part_{part}_0001{end}", self.newest);
            // Without sizes, nothing could tell a list that is half old and half new.
            listed.push(serde_json::json!({
                "blobName": name, "byteCount": bytes.len(), "dataRowCount": rows.len(),
            }));
            self.put(name, bytes);
            all.extend(rows);
        }
        let submitted = Times::first().wall - TimeDelta::days(3);
        let submitted = submitted + TimeDelta::minutes(i64::try_from(self.runs).unwrap());
        let manifest = serde_json::json!({
            "manifestVersion": "2024-04-01",
            "blobCount": listed.len(),
            "dataRowCount": all.len(),
            "exportConfig": {
                "exportName": "daily",
                "resourceId": "/subscriptions/s1/providers/Microsoft.CostManagement/exports/daily",
                "type": "ActualCost",
                "dataVersion": "2021-10-01",
            },
            "runInfo": {
                "executionType": "Scheduled",
                "submittedTime": submitted.to_rfc3339(),
                "runId": self.newest.rsplit('/').next(),
                "startDate": "2026-10-01T00:00:00",
                "endDate": "2026-10-31T00:00:00",
            },
            "blobs": listed,
        });
        let name = format!("{}/manifest.json", self.newest);
        self.unfinished = Some(Unfinished {
            manifest: (name, manifest.to_string().into_bytes()),
            totals: rows::totals(&all),
        });
    }

    /// Writes the manifest of a run.
    fn end_run(&mut self) {
        if let Some(Unfinished { manifest, totals }) = self.unfinished.take() {
            self.put(manifest.0, manifest.1);
            self.promised.push(totals);
        }
    }

    /// Writes a run while the client reads, or ends one.
    fn disturb(&mut self) {
        self.is_disturbed = true;
        if self.unfinished.is_some() {
            self.log.push("the manifest of a run is written".to_owned());
            return self.end_run();
        }
        let over = self.dice.chance(400);
        self.write_run(over);
        let is_whole = over || self.dice.chance(500);
        if is_whole {
            self.end_run();
        }
        let how = if over { "over" } else { "beside" };
        self.log.push(format!(
            "a run is written {how} the newest one (whole: {is_whole})"
        ));
    }

    /// What is sent; `None` resets the connection.
    pub(crate) fn react(&mut self, request: &Request, now: Times) -> Option<Answer> {
        let path = request.path().to_owned();
        self.log.push(format!(
            "{} {path} {:?}",
            request.method,
            request.header("range")
        ));
        self.check(request, &path, now);
        if self.is_killed() {
            return None;
        }
        if self.dice.chance(self.change) {
            self.disturb();
        }
        let name = path.strip_prefix(&format!("{}/", self.container));
        let table: &[(u64, Fault)] = if name.is_some() { &BLOB } else { &LIST };
        let fault = self.dice.weighted(table);
        let fault = self.dice.chance(self.mood).then_some(fault);
        self.is_disturbed |= fault.is_some();
        let answer = match fault {
            Some(Fault::Reset) => return None,
            Some(Fault::Busy) => self.busy(),
            Some(Fault::Firewall) => refusal(403, "AuthorizationFailure"),
            fault => match name {
                Some(name) => self.blob(name, request, fault),
                None => self.list(request, fault),
            },
        };
        let answer = self.cut(answer, fault);
        let rendered = answer.render(now);
        self.log.push(format!("  {}", rendered.words));
        // The wall clock may be set before the client reads a date that stands alone.
        let is_lone_date = matches!(answer.naming, Naming::Date { shift: None, .. });
        if answer.cut != Cut::Head
            && !is_lone_date
            && let Some(wait) = rendered.named
        {
            self.not_before.insert(path, now.steady + wait);
        }
        Some(answer)
    }

    /// What the client may not do.
    fn check(&mut self, request: &Request, path: &str, now: Times) {
        let token = request.header("authorization");
        let is_right = match &self.signature {
            Some(signature) => {
                let sent = format!("sig={signature}");
                token.is_none() && request.target.contains(&sent)
            }
            None => token.is_some() && !request.target.contains("sig="),
        };
        if !is_right {
            self.wrong
                .push(format!("credential: {} {path}", request.method));
        }
        if self
            .not_before
            .get(path)
            .is_some_and(|until| now.steady < *until)
        {
            self.wrong.push(format!("too early: {path}"));
        }
        if path.starts_with(&format!("{}/", self.container)) && request.header("if-match").is_none()
        {
            self.wrong.push(format!("without If-Match: {path}"));
        }
    }

    /// Whether the client is killed by this request. Its folder is copied as it is.
    fn is_killed(&mut self) -> bool {
        let Some(kill) = &mut self.kill else {
            return false;
        };
        if kill.after > 0 {
            kill.after -= 1;
            return false;
        }
        if self.left.is_none() {
            let left = folder::scratch();
            folder::copy(&kill.data, left.path());
            kill.progress.cancel();
            self.left = Some(left);
            self.log.push("the client is killed".to_owned());
        }
        true
    }

    fn busy(&mut self) -> Answer {
        let status = self.dice.pick(&[503, 503, 503, 500, 502, 504, 429, 408]);
        let naming = Naming::draw(&mut self.dice);
        refusal(status, "ServerBusy").naming(naming)
    }

    /// Cuts an answer in its head or its body.
    fn cut(&mut self, mut answer: Answer, fault: Option<Fault>) -> Answer {
        match fault {
            Some(Fault::CutHead) => answer.cut = Cut::Head,
            Some(Fault::CutBody) if answer.body.len() > 1 => {
                let most = answer.framed().saturating_sub(6);
                let at = self.dice.size(0, most.min(answer.framed() - 1));
                let reset = self.dice.chance(400);
                answer.cut = Cut::Body { at, reset };
            }
            _ => {}
        }
        answer
    }

    /// A page of a few blobs.
    fn list(&mut self, request: &Request, fault: Option<Fault>) -> Answer {
        let mut pairs = request.target.split(['?', '&']);
        let marker = pairs.find_map(|pair| pair.strip_prefix("marker="));
        let from = marker.unwrap_or_default().replace("%2F", "/");
        if fault == Some(Fault::NotXml) {
            return Answer::new(200).body("<html>Sign in to the network</html>");
        }
        // Empty pages in between are as Azure sends them.
        let count = self.dice.size(0, 6);
        let names = self.blobs.range(from.clone()..);
        let names: Vec<&String> = names.map(|(name, _)| name).take(count + 1).collect();
        let before = |name: &str| format!("{}-", &name[..name.len() - 1]);
        let next = match names.get(count) {
            _ if fault == Some(Fault::Loop) && !from.is_empty() => from,
            None => String::new(),
            // A page without an entry leads on all the same.
            Some(next) if before(next) != from => before(next),
            Some(next) => (*next).clone(),
        };
        let mut body =
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>"
                .to_owned();
        for name in names.iter().take(count) {
            let Blob {
                bytes,
                tag,
                modified,
            } = &self.blobs[*name];
            let _ = write!(
                body,
                "<Blob><Name>{name}</Name><Properties><Last-Modified>{}</Last-Modified><Etag>{tag}</Etag>\
                 <Content-Length>{}</Content-Length></Properties></Blob>",
                modified.format("%a, %d %b %Y %H:%M:%S GMT"),
                bytes.len()
            );
        }
        let _ = write!(
            body,
            "</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>"
        );
        Answer::new(200)
            .header("content-type", "application/xml")
            .body(body)
    }

    /// A blob, or its end.
    fn blob(&mut self, name: &str, request: &Request, fault: Option<Fault>) -> Answer {
        if !name.ends_with("manifest.json") {
            self.asked += 1;
        }
        let Some(Blob { bytes, tag, .. }) = self.blobs.get(name) else {
            return refusal(404, "BlobNotFound");
        };
        let dice = &mut self.dice;
        match fault {
            Some(Fault::Gone) => return refusal(404, "BlobNotFound"),
            Some(Fault::Changed) => return refusal(412, "ConditionNotMet"),
            _ => {}
        }
        if request.header("if-match") != Some(format!("\"{tag}\"").as_str()) {
            return refusal(412, "ConditionNotMet");
        }
        let from = request.header("range").and_then(|range| {
            let from = range.strip_prefix("bytes=")?.strip_suffix('-')?;
            from.parse::<usize>().ok()
        });
        let from = from.filter(|_| fault != Some(Fault::Whole)).unwrap_or(0);
        if from >= bytes.len() {
            return refusal(416, "InvalidRange");
        }
        let shown = if fault == Some(Fault::OtherTag) {
            "0xOTHER"
        } else {
            tag
        };
        let is_other = fault == Some(Fault::Checksum);
        let summed = if is_other { b"other".as_slice() } else { bytes };
        let sum = Md5::digest(summed);
        let (mut first, mut last) = (from, bytes.len() - 1);
        if from > 0 && fault == Some(Fault::OtherRange) {
            first = dice.size(0, from - 1);
        }
        if from > 0 && fault == Some(Fault::ShortRange) {
            last = dice.size(first, last);
        }
        let status = if from > 0 { 206 } else { 200 };
        let mut answer = Answer::new(status).header("etag", format!("\"{shown}\""));
        if from > 0 {
            let range = format!("bytes {first}-{last}/{}", bytes.len());
            answer = answer.header("content-range", range);
        }
        if dice.chance(600) {
            let name = if from > 0 {
                "x-ms-blob-content-md5"
            } else {
                "content-md5"
            };
            answer = answer.header(name, STANDARD.encode(sum));
        }
        let framings = [
            Framing::Length,
            Framing::Length,
            Framing::Length,
            Framing::Chunked,
            Framing::UntilClose,
        ];
        answer.framing = dice.pick(&framings);
        answer.body(&bytes[first..=last])
    }
}

/// A refusal of storage.
fn refusal(status: u16, code: &'static str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>As drawn.</Message></Error>"
    );
    Answer::new(status)
        .header("x-ms-error-code", code)
        .body(body)
}
