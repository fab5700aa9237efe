//! A shared access signature: what it allows, as far as its fields say so. The signature itself is never shown.

use crate::domain::text::secret::Secret;
use chrono::{DateTime, TimeDelta, Utc};

/// A shared access signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sas {
    query: Secret,
    /// When it stops working (`se`); `None` if a stored policy says so.
    expires: Option<DateTime<Utc>>,
    /// When it begins to work (`st`).
    starts: Option<DateTime<Utc>>,
    /// The rights (`sp`); empty if a stored policy has them.
    rights: String,
    /// `b` for one blob, `c` for a container, `d` for a folder (`sr`).
    resource: String,
    /// The types of resources of an account SAS (`srt`).
    types: Option<String>,
}

/// The most by which the clock of this machine may be behind that of the server.
const CLOCKS: TimeDelta = TimeDelta::minutes(15);

impl Sas {
    /// Reads a SAS; `None` if the text has no signature. Quotes around it, and an address or a question mark before it, are
    /// accepted.
    pub fn read(text: &str) -> Option<Self> {
        let query = text.trim().trim_matches(['"', '\'']);
        let address = query.split_once('?');
        let address = address.filter(|(place, _)| place.contains("://"));
        let query = address.map_or(query, |(_, query)| query);
        let query = query.trim_start_matches('?');
        let url = reqwest::Url::parse(&format!("https://sas.invalid/?{query}")).ok()?;
        let field = |wanted: &str| {
            let mut pairs = url.query_pairs();
            pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
        };
        field("sig").filter(|signature| !signature.is_empty())?;
        // A signature is sent as it was given, so it must be fit for a request line.
        let is_sendable = query.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_sendable || query.contains('#') {
            return None;
        }
        let moment = |name: &str| field(name).and_then(|text| time(&text));
        let (starts, expires) = (moment("st"), moment("se"));
        Some(Self {
            starts,
            query: Secret::new(query),
            expires,
            rights: field("sp").unwrap_or_default(),
            resource: field("sr").unwrap_or_default(),
            types: field("srt"),
        })
    }

    /// The query, for the one place that sends it.
    pub(super) fn expose(&self) -> &str {
        self.query.expose()
    }

    /// Whether it opens one blob only, which cannot be listed.
    pub fn is_for_one_blob(&self) -> bool {
        self.resource == "b"
    }

    /// Whether its time is over.
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// The reason the signature cannot be used for listing and reading, if its fields show one.
    pub fn problem(&self, now: DateTime<Utc>) -> Option<String> {
        if let Some(end) = self.expires.filter(|end| *end <= now) {
            return Some(format!(
                "the SAS expired at {} UTC; ask for a new one",
                end.format("%Y-%m-%d %H:%M")
            ));
        }
        if let Some(start) = self.starts.filter(|start| *start > now + CLOCKS) {
            return Some(format!(
                "the SAS is not valid before {} UTC; wait until then, or ask for a new one",
                start.format("%Y-%m-%d %H:%M")
            ));
        }
        let needed: &[char] = if self.is_for_one_blob() {
            &['r']
        } else {
            &['r', 'l']
        };
        let lacks = |right: &&char| !self.rights.is_empty() && !self.rights.contains(**right);
        if needed.iter().any(|right| lacks(&right)) {
            return Some(format!(
                "the SAS has the rights sp={}, and reading an export needs read and list (sp=rl); ask for a new one",
                self.rights
            ));
        }
        match &self.types {
            Some(types) if !types.contains('c') || !types.contains('o') => Some(format!(
                "the account SAS is for srt={types}, and reading an export needs containers and objects (srt=co); ask \
                 for a new one"
            )),
            Some(_) | None => None,
        }
    }
}

/// `2026-12-01T00:00:00Z`, `2026-12-01T00:00Z` or `2026-12-01` (Azure, "Create a service SAS").
fn time(text: &str) -> Option<DateTime<Utc>> {
    let full = DateTime::parse_from_rfc3339(text).ok();
    full.map(|time| time.to_utc()).or_else(|| {
        let minutes = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").ok();
        let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        minutes
            .or_else(|| day()?.and_hms_opt(0, 0, 0))
            .map(|time| time.and_utc())
    })
}

#[cfg(test)]
mod tests {
    use crate::azure::storage::sas::Sas;
    use chrono::{DateTime, Utc};

    #[test]
    fn fields_tell_what_a_signature_allows() {
        let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let cases = [
            (
                "sv=2021-12-02&se=2026-12-01T00:00:00Z&sr=c&sp=rl&sig=a%2Bb",
                "",
            ),
            ("?se=2026-12-01&sr=c&sp=racwdl&sig=ab", ""),
            ("sr=c&si=policy&sig=ab", ""),
            ("se=2026-12-01T08:00Z&sr=b&sp=r&sig=ab", ""),
            (
                "se=2026-11-22T09:59:59Z&sr=c&sp=rl&sig=ab",
                "expired at 2026-11-22 09:59 UTC",
            ),
            (
                "st=2026-11-22T10:16:00Z&se=2026-12-01&sr=c&sp=rl&sig=ab",
                "not valid before 2026-11-22 10:16 UTC",
            ),
            (
                "st=2026-11-22T10:14:00Z&se=2026-12-01&sr=c&sp=rl&sig=ab",
                "",
            ),
            ("\"se=2026-12-01&sr=c&sp=rl&sig=ab\"", ""),
            (
                "https://a.blob.core.windows.net/c/x?se=2026-12-01&sr=c&sp=rl&sig=ab",
                "",
            ),
            ("se=2026-12-01&sr=c&sp=r&sig=ab", "needs read and list"),
            ("se=2026-12-01&sr=b&sp=w&sig=ab", "needs read and list"),
            ("se=2026-12-01&ss=b&srt=o&sp=rl&sig=ab", "srt=co"),
            ("se=2026-12-01&ss=b&srt=sco&sp=rl&sig=ab", ""),
        ];
        for (text, expected) in cases {
            let sas = Sas::read(text).unwrap();
            assert!(sas.expose().starts_with('s'), "{text}");
            let problem = sas.problem(now).unwrap_or_default();
            assert_eq!(problem.is_empty(), expected.is_empty(), "{text}: {problem}");
            assert!(problem.contains(expected), "{text}: {problem}");
            assert!(!format!("{sas:?}").contains("sig="), "{sas:?}");
        }
        for text in ["", "se=2026-12-01&sp=rl", "sig=", "sig=a b", "sig=ab#c"] {
            assert_eq!(Sas::read(text), None, "{text}");
        }
    }
}
