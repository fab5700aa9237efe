//! Parses the Tags text of a row, with or without braces, into keys and values.
//!
//! EA files omit the outer braces, MCA files have them. Text that is not JSON after the repairs below is kept aside and
//! counted: a guess would assign money to a key or value that does not exist.

use serde_json::value::RawValue;
use std::collections::HashMap;

/// One row's tags in the order written; values that are not text keep their JSON spelling.
pub type TagSet = Vec<(String, String)>;

/// Parses a Tags text; `None` if it is not valid tags.
pub fn parse(text: &str) -> Option<TagSet> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed == "{}" {
        return Some(Vec::new());
    }
    // Both outer braces, one of them or none may be present.
    let forms = match (trimmed.starts_with('{'), trimmed.ends_with('}')) {
        (true, true) => vec![trimmed.to_owned()],
        (true, false) => vec![format!("{trimmed}}}")],
        (false, true) => vec![format!("{{{trimmed}}}"), format!("{{{trimmed}")],
        (false, false) => vec![format!("{{{trimmed}}}")],
    };
    forms
        .iter()
        .find_map(|form| read(form).or_else(|| read(&without_outer_commas(form)?)))
}

fn read(text: &str) -> Option<TagSet> {
    let pairs = serde_json::from_str::<Pairs>(text).ok()?;
    (!is_ambiguous(&pairs.0)).then_some(pairs.0)
}

/// Whether a key appears twice, ignoring case, with different values: it is unknown which one counts.
fn is_ambiguous(pairs: &TagSet) -> bool {
    let mut known: HashMap<String, &String> = HashMap::with_capacity(pairs.len());
    let mut pairs = pairs.iter();
    pairs.any(|(key, value)| *known.entry(key.to_lowercase()).or_insert(value) != value)
}

/// The text without a comma before its first or after its last pair. No data is lost.
fn without_outer_commas(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?.trim();
    let less = inner.strip_prefix(',').unwrap_or(inner).trim_end();
    let less = less.strip_suffix(',').unwrap_or(less);
    (less.len() < inner.len()).then(|| format!("{{{less}}}"))
}

/// Pairs of a JSON object in order, with repeated keys kept.
struct Pairs(TagSet);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("tags")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    pairs.push((key, plain_value(value)));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// A text without its quotes; numbers and everything else exactly as written, `null` as empty.
fn plain_value(value: &RawValue) -> String {
    let written = value.get().trim();
    if written == "null" {
        return String::new();
    }
    serde_json::from_str::<String>(written).unwrap_or_else(|_| written.to_owned())
}

/// The column with the number of a row's tag set.
pub(crate) const TAGS: &str = "costscope.tags";

#[cfg(test)]
mod tests;
