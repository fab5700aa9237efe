//! The Tags text of a row, with and without braces, as keys and values.
//!
//! EA files leave the outer braces out, MCA files have them. Text that is no JSON after the repairs below is kept aside and
//! counted: a guess would put money under a key or value that nobody wrote.

use serde_json::value::RawValue;
use std::collections::HashMap;

/// One row's tags in the order written; values that are not text keep their JSON spelling.
pub type TagSet = Vec<(String, String)>;

/// Reads a Tags text; nothing when it cannot be read as tags at all.
pub fn parse(text: &str) -> Option<TagSet> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed == "{}" {
        return Some(Vec::new());
    }
    // Both outer braces are there, or both are missing, or one of them is.
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

/// Whether a key stands there twice, in whatever case, with different values: nothing says which of them counts.
fn is_ambiguous(pairs: &TagSet) -> bool {
    let mut known: HashMap<String, &String> = HashMap::with_capacity(pairs.len());
    let mut pairs = pairs.iter();
    pairs.any(|(key, value)| *known.entry(key.to_lowercase()).or_insert(value) != value)
}

/// The text without a comma before its first or behind its last pair: nothing is lost with it.
fn without_outer_commas(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?.trim();
    let less = inner.strip_prefix(',').unwrap_or(inner).trim_end();
    let less = less.strip_suffix(',').unwrap_or(less);
    (less.len() < inner.len()).then(|| format!("{{{less}}}"))
}

/// Pairs of a JSON object in order, a repeated key kept twice.
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

/// Text without its quotes; numbers and everything else exactly as written, `null` as nothing.
fn plain_value(value: &RawValue) -> String {
    let written = value.get().trim();
    if written == "null" {
        return String::new();
    }
    serde_json::from_str::<String>(written).unwrap_or_else(|_| written.to_owned())
}

/// The column with the number of a row's tag set.
pub(crate) const TAGS: &str = "costscope.tags";
