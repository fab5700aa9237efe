//! Keys to group, filter and sort by.

use super::columns::{Role, subscription_id};
use crate::domain::text::strip_any_case;
use std::fmt;

/// A key that rows are grouped or filtered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKey {
    /// A key of the contract that stands for a role.
    Role(Role),
    /// The calendar month of the date.
    Month,
    /// The value of one tag; the key compares without case.
    Tag(String),
    /// A column by its own header.
    Column(String),
}

/// The names of the keys, as they are typed and shown.
pub const KEY_NAMES: [(&str, GroupKey); 17] = [
    ("resource-group", GroupKey::Role(Role::ResourceGroup)),
    ("resource", GroupKey::Role(Role::Resource)),
    ("subscription", GroupKey::Role(Role::Subscription)),
    ("service", GroupKey::Role(Role::Service)),
    ("meter", GroupKey::Role(Role::Meter)),
    ("region", GroupKey::Role(Role::Region)),
    ("charge-type", GroupKey::Role(Role::ChargeType)),
    ("publisher-type", GroupKey::Role(Role::PublisherType)),
    ("cost-center", GroupKey::Role(Role::CostCenter)),
    ("currency", GroupKey::Role(Role::Currency)),
    ("pricing-model", GroupKey::Role(Role::PricingModel)),
    ("invoice-section", GroupKey::Role(Role::InvoiceSection)),
    ("reservation", GroupKey::Role(Role::Reservation)),
    ("benefit", GroupKey::Role(Role::Benefit)),
    ("date", GroupKey::Role(Role::Date)),
    ("month", GroupKey::Month),
    ("cost", GroupKey::Role(Role::Cost)),
];

/// Roles whose values do not identify a customer.
const ANONYMOUS: [Role; 9] = [
    Role::Currency,
    Role::Date,
    Role::Service,
    Role::Meter,
    Role::Region,
    Role::ChargeType,
    Role::PublisherType,
    Role::PricingModel,
    Role::Unit,
];

impl GroupKey {
    /// The keys that tell the parts of a group of a view; the first one has few values. A key of the view has one value there.
    pub fn of_parts(view: &[Self], tag_keys: &[String]) -> Vec<Self> {
        let resource = Self::Role(Role::Resource);
        let finer = if view.contains(&resource) {
            Self::Role(Role::Meter)
        } else {
            resource
        };
        let tags = tag_keys.iter().cloned().map(Self::Tag);
        let tag = tags.filter(|tag| !view.contains(tag)).take(1);
        let all = [Self::Role(Role::ChargeType), finer];
        all.into_iter().chain(tag).collect()
    }

    /// Parses a key: a name of the contract, `tag:KEY`, or a column's header. Only an empty text is invalid here; only
    /// the data can tell whether a column exists.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim();
        if name.is_empty() {
            return None;
        }
        // A tag key is taken exactly as written, including blanks at its ends.
        if let Some(tag) = strip_any_case(text.trim_start(), "tag:") {
            return (!tag.trim().is_empty()).then(|| Self::Tag(tag.to_owned()));
        }
        let lower = name.to_lowercase();
        let known = KEY_NAMES
            .iter()
            .find(|(word, _)| *word == lower)
            .map(|(_, key)| key.clone());
        Some(known.unwrap_or_else(|| Self::Column(name.to_owned())))
    }

    /// The tag that a column holds, by its header.
    pub fn tag_of(header: &str) -> Option<String> {
        if let Some(Self::Tag(tag)) = Self::parse(header) {
            Some(tag)
        } else {
            None
        }
    }

    /// Whether rows can be grouped by this key; an amount is summed, never grouped.
    pub fn groups(&self) -> bool {
        *self != Self::Role(Role::Cost)
    }

    /// Whether its values are days or months.
    pub fn is_time(&self) -> bool {
        matches!(self, Self::Role(Role::Date) | Self::Month)
    }

    /// The key as the user types it, without quotes.
    pub fn name(&self) -> String {
        match self {
            Self::Tag(tag) => format!("tag:{tag}"),
            Self::Column(header) => header.clone(),
            key => KEY_NAMES
                .iter()
                .find(|(_, known)| known == key)
                .map_or_else(String::new, |(word, _)| (*word).to_owned()),
        }
    }

    /// A value as its column holds it: pricing models without blanks, since Microsoft writes both `On Demand` and
    /// `OnDemand`, subscriptions as ids, currencies as codes.
    pub fn as_held(&self, value: &str) -> String {
        match self {
            Self::Role(Role::PricingModel) => {
                value.chars().filter(|c| !c.is_whitespace()).collect()
            }
            Self::Role(Role::Subscription) => subscription_id(value).to_owned(),
            Self::Role(Role::Currency) => value.trim().to_uppercase(),
            Self::Role(_) | Self::Month | Self::Tag(_) | Self::Column(_) => value.to_owned(),
        }
    }

    /// Whether its values identify no customer: days, services, meters, regions, currencies and kinds of charges.
    pub fn is_anonymous(&self) -> bool {
        match self {
            Self::Role(role) => ANONYMOUS.contains(role),
            Self::Month => true,
            Self::Tag(_) => false,
            Self::Column(header) => {
                let name = super::columns::plain(header);
                let mut roles = ANONYMOUS.iter();
                roles.any(|role| role.candidates().contains(&name.as_str()))
            }
        }
    }

    /// Whether values of this key compare without case.
    pub fn ignores_case(&self) -> bool {
        match self {
            Self::Role(role) => role.ignores_case(),
            Self::Column(header) => {
                super::columns::plain_ignores_case(&super::columns::plain(header))
            }
            Self::Month | Self::Tag(_) => false,
        }
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// An invalid list of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    text: String,
    wrong: &'static str,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, wrong } = self;
        write!(
            f,
            "`{text}` is not a list of keys: {wrong}. Separate keys with commas, such as resource-group,tag:env"
        )
    }
}

impl std::error::Error for KeyError {}

/// Reads a comma-separated list of keys.
pub fn parse_keys(text: &str) -> Result<Vec<GroupKey>, KeyError> {
    let empty = || KeyError {
        text: text.to_owned(),
        wrong: "a key is empty",
    };
    let read = |word: &String| GroupKey::parse(word).ok_or_else(empty);
    split_list(text)?.iter().map(read).collect()
}

/// Keys as they are typed in a list: in double quotes if a name contains a comma, a quote or blanks at its ends.
pub fn keys_text(keys: &[GroupKey]) -> String {
    let names: Vec<String> = keys.iter().map(|key| listed(&key.name())).collect();
    names.join(",")
}

/// A name as it is written in a list.
pub fn listed(name: &str) -> String {
    if name.contains([',', '"']) || name.trim() != name {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

/// Splits a list at its commas. A comma inside double quotes belongs to the word, blanks outside them do not; two quotes
/// mean one.
pub(crate) fn split_list(text: &str) -> Result<Vec<String>, KeyError> {
    let (mut keys, mut word, mut quoted) = (Vec::new(), String::new(), false);
    // Length of the word up to the end of its quoted part, which is not trimmed.
    let mut kept = 0;
    let trimmed = |word: &str, kept: usize| {
        let (held, rest) = word.split_at(kept.min(word.len()));
        format!("{held}{}", rest.trim_end())
    };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => word.extend(chars.next()),
            '"' => {
                quoted = !quoted;
                kept = word.len();
            }
            ',' if !quoted => {
                keys.push(trimmed(&word, kept));
                word.clear();
                kept = 0;
            }
            c if c.is_whitespace() && !quoted && word.is_empty() => {}
            c => word.push(c),
        }
    }
    if quoted {
        return Err(KeyError {
            text: text.to_owned(),
            wrong: "a quote is never closed",
        });
    }
    keys.push(trimmed(&word, kept));
    Ok(keys)
}

#[cfg(test)]
mod tests;
