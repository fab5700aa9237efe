//! Answers of the made-up Azure: how they name a wait, how their bodies are framed, and where they break off.

use crate::dice::Dice;
use crate::journal::Times;
use chrono::{DateTime, TimeDelta, Utc};

/// How an answer names a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Naming {
    #[default]
    Absent,
    Seconds(i64),
    /// A decimal number, such as `12.5`.
    Tenths(i64),
    /// A date this far ahead. With a shift, the answer has a date of its own, by a clock that is wrong by so much.
    Date {
        seconds: i64,
        shift: Option<i64>,
    },
    /// A date that has passed.
    Past,
    /// Several headers, each for a quota of its own.
    Quotas {
        entity: i64,
        tenant: i64,
    },
    /// Text that is no wait.
    Nonsense(&'static str),
}

/// Headers of quotas.
const QUOTAS: [&str; 2] = [
    "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after",
    "x-ms-ratelimit-microsoft.costmanagement-tenant-retry-after",
];

impl Naming {
    /// Seldom a wait of minutes or hours.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let seconds = if dice.chance(40) {
            dice.pick(&[600, 3600, 7200, 86_400])
        } else {
            dice.between(1, 75)
        };
        match dice.below(16) {
            0..=5 => Self::Seconds(seconds),
            6 => Self::Tenths(seconds * 10 + dice.between(0, 9)),
            7 => Self::Date {
                seconds,
                shift: Some(dice.between(-90_000, 90_000)),
            },
            8 => Self::Date {
                seconds,
                shift: None,
            },
            9 => Self::Past,
            10 | 11 => Self::Quotas {
                entity: seconds,
                tenant: dice.between(0, 75),
            },
            12 => Self::Seconds(0),
            13 => Self::Nonsense(dice.pick(&["soon", "-5", "", "1e3", "5 s", "0x10"])),
            _ => Self::Absent,
        }
    }

    /// The headers, and the wait that they name to a client that reads them now.
    fn headers(self, now: Times) -> (Vec<(&'static str, String)>, Option<TimeDelta>) {
        let wait = |seconds| Some(TimeDelta::seconds(seconds));
        let plain = |text: String| vec![("retry-after", text)];
        match self {
            Self::Absent => (Vec::new(), None),
            Self::Seconds(seconds) => (plain(seconds.to_string()), wait(seconds)),
            Self::Tenths(tenths) => {
                let text = format!("{}.{}", tenths / 10, tenths % 10);
                // A part of a second counts as a whole one.
                (plain(text), wait((tenths + 9) / 10))
            }
            Self::Date {
                seconds,
                shift: Some(shift),
            } => {
                let own = now.wall + TimeDelta::seconds(shift);
                let until = own + TimeDelta::seconds(seconds);
                let headers = vec![("date", http_date(own)), ("retry-after", http_date(until))];
                (headers, wait(seconds))
            }
            Self::Date {
                seconds,
                shift: None,
            } => {
                let until = now.wall + TimeDelta::seconds(seconds);
                // A date has no parts of a second.
                let until = DateTime::from_timestamp(until.timestamp(), 0).unwrap();
                let left = until.signed_duration_since(now.wall);
                (plain(http_date(until)), Some(left.max(TimeDelta::zero())))
            }
            Self::Past => {
                let past = now.wall - TimeDelta::minutes(1);
                let headers = vec![
                    ("date", http_date(now.wall)),
                    ("retry-after", http_date(past)),
                ];
                (headers, wait(0))
            }
            Self::Quotas { entity, tenant } => {
                let headers = vec![
                    (QUOTAS[0], entity.to_string()),
                    (QUOTAS[1], tenant.to_string()),
                    ("retry-after", "0".to_owned()),
                ];
                (headers, wait(entity.max(tenant)))
            }
            Self::Nonsense(text) => (plain(text.to_owned()), None),
        }
    }
}

fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Framing {
    #[default]
    Length,
    Chunked,
    /// The body ends with the connection.
    UntilClose,
}

/// Where an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Cut {
    #[default]
    Whole,
    /// In its head.
    Head,
    /// After so many bytes of the framed body; with a reset or as if it were complete.
    Body { at: usize, reset: bool },
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) naming: Naming,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) framing: Framing,
    pub(crate) cut: Cut,
    /// A pause in the framed body: after so many bytes, so long.
    pub(crate) slow: Option<(usize, TimeDelta)>,
}

/// An answer as it is sent.
pub(crate) struct Rendered {
    pub(crate) head: String,
    /// With its framing.
    pub(crate) body: Vec<u8>,
    /// The wait that it names.
    pub(crate) named: Option<TimeDelta>,
    /// For the log.
    pub(crate) words: String,
}

/// Chunks are small, so that a cut falls between them and inside them.
const CHUNK: usize = 700;

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { body, ..self }
    }

    pub(crate) fn naming(self, naming: Naming) -> Self {
        Self { naming, ..self }
    }

    /// The number of bytes of the body with its framing.
    pub(crate) fn framed(&self) -> usize {
        self.wire().len()
    }

    fn wire(&self) -> Vec<u8> {
        if self.status == 204 {
            return Vec::new();
        }
        match self.framing {
            Framing::Length | Framing::UntilClose => self.body.clone(),
            Framing::Chunked => {
                let mut wire = Vec::new();
                for chunk in self.body.chunks(CHUNK) {
                    wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    wire.extend_from_slice(chunk);
                    wire.extend_from_slice(b"\r\n");
                }
                wire.extend_from_slice(b"0\r\n\r\n");
                wire
            }
        }
    }

    /// The answer at a time.
    pub(crate) fn render(&self, now: Times) -> Rendered {
        let (naming, named) = self.naming.headers(now);
        let framing = match self.framing {
            _ if self.status == 204 => None,
            Framing::Length => Some(("content-length", self.body.len().to_string())),
            Framing::Chunked => Some(("transfer-encoding", "chunked".to_owned())),
            Framing::UntilClose => None,
        };
        let all = naming.into_iter().chain(self.headers.iter().cloned());
        let lines: Vec<String> = all
            .chain(framing)
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let rest: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let status = self.status;
        Rendered {
            head: format!("HTTP/1.1 {status} As Drawn\r\nconnection: close\r\n{rest}\r\n"),
            body: self.wire(),
            named,
            words: self.words(&lines),
        }
    }

    fn words(&self, lines: &[String]) -> String {
        let cut = match self.cut {
            Cut::Whole => String::new(),
            Cut::Head => ", cut in its head".to_owned(),
            Cut::Body { at, reset } => {
                let how = if reset { "reset" } else { "closed" };
                format!(", {how} after {at} bytes")
            }
        };
        let slow = self.slow.map_or_else(String::new, |(at, length)| {
            format!(", silent for {} s after {at} bytes", length.num_seconds())
        });
        let size = self.body.len();
        format!(
            "{} ({}; {size} bytes{cut}{slow})",
            self.status,
            lines.join("; ")
        )
    }
}

#[test]
fn waits_are_named_in_every_form() {
    let mut now = Times::first();
    now.wall += TimeDelta::milliseconds(250);
    let named = |naming: Naming| {
        let (headers, named) = naming.headers(now);
        let said = headers.into_iter().find(|(name, _)| *name == "retry-after");
        let millis = named.map(|wait| wait.num_milliseconds());
        (said.map(|(_, value)| value), millis)
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(named(Naming::Seconds(7)), (text("7"), Some(7000)));
    assert_eq!(named(Naming::Tenths(125)), (text("12.5"), Some(13_000)));
    let date = |shift| Naming::Date { seconds: 5, shift };
    let whole = "Sun, 22 Nov 2026 10:00:05 GMT";
    assert_eq!(named(date(Some(0))), (text(whole), Some(5000)));
    assert_eq!(named(date(None)), (text(whole), Some(4750)));
    assert_eq!(named(Naming::Nonsense("soon")), (text("soon"), None));
    let quotas = Naming::Quotas {
        entity: 3,
        tenant: 9,
    };
    assert_eq!(named(quotas), (text("0"), Some(9000)));
}
