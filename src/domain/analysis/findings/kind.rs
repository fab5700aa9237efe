//! The kinds of findings.

use serde::{Serialize, Serializer};

/// The subject of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A day of a group that costs far more than its other days of that weekday.
    Jump,
    /// A resource that the month before did not have.
    New,
    /// A resource that only the month before had.
    Gone,
    /// A meter whose unit price changed.
    Price,
    /// The unused part of a reservation or savings plan.
    Unused,
    /// Usage without a tag that most money carries, or without a resource group.
    Untagged,
    /// Marketplace charges and purchases that do not recur.
    OneOff,
    Refund,
    /// A resource whose cost goes on while its quantity is 0.
    Idle,
    /// A region that the month before did not have.
    Region,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Jump,
        Self::New,
        Self::Gone,
        Self::Price,
        Self::Unused,
        Self::Untagged,
        Self::OneOff,
        Self::Refund,
        Self::Idle,
        Self::Region,
    ];

    /// Name in the JSON, in ids and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Jump => "jump",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Price => "price",
            Self::Unused => "unused",
            Self::Untagged => "untagged",
            Self::OneOff => "one-off",
            Self::Refund => "refund",
            Self::Idle => "idle",
            Self::Region => "region",
        }
    }

    /// The subject of a sentence about all findings of this kind.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Jump => "jumps",
            Self::New => "new resources",
            Self::Gone => "gone resources",
            Self::Price => "changed prices",
            Self::Unused => "unused commitments",
            Self::Untagged => "untagged costs",
            Self::OneOff => "one-off charges",
            Self::Refund => "refunds",
            Self::Idle => "idle resources",
            Self::Region => "new regions",
        }
    }
}

impl Serialize for FindingKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// The id of a finding: its kind, and a hash (FNV-1a) of its kind, subject, currency and period. Case does not change
/// it, and neither do amounts, so that a dismissed finding stays dismissed while a month grows.
pub fn finding_id(
    kind: FindingKind,
    subject: &[Option<&str>],
    currency: Option<&str>,
    period: &str,
) -> String {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = START;
    let mut mix = |text: Option<&str>| {
        // An absent part and an empty one differ; no text contains the byte 0xff.
        let bytes = text.map_or_else(|| vec![0xff, 0xff], |text| text.to_lowercase().into_bytes());
        for byte in bytes.into_iter().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    };
    mix(Some(kind.word()));
    for part in subject {
        mix(*part);
    }
    mix(currency);
    mix(Some(period));
    format!("{}-{:012x}", kind.word(), hash >> 16)
}

/// Whether a text has the form of an id.
pub fn is_finding_id(text: &str) -> bool {
    let Some((word, digits)) = text.rsplit_once('-') else {
        return false;
    };
    let known = FindingKind::ALL.iter().any(|kind| kind.word() == word);
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    known && digits.len() == 12 && digits.bytes().all(hex)
}
