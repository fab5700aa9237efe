//! The Tags text of a row, with and without braces, as keys and values.
//!
//! EA files leave the outer braces out, MCA files have them; text that is no JSON is split as a last resort and
//! otherwise kept aside and counted.

use serde_json::value::RawValue;

/// One row's tags in the order written; values that are not text keep their JSON spelling.
pub type TagSet = Vec<(String, String)>;

/// Reads a Tags text; nothing when it cannot be read as tags at all.
pub fn parse(text: &str) -> Option<TagSet> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed == "{}" {
        return Some(Vec::new());
    }
    let wrapped = if trimmed.starts_with('{') {
        trimmed.to_owned()
    } else {
        format!("{{{trimmed}}}")
    };
    serde_json::from_str::<Pairs>(&wrapped)
        .map(|pairs| pairs.0)
        .ok()
        .or_else(|| split(trimmed))
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

/// `"a": "b","c": "d"` whose quotes inside values are not escaped.
fn split(text: &str) -> Option<TagSet> {
    let inner = text.trim_start_matches('{').trim_end_matches('}').trim();
    let open = inner.strip_prefix('"')?;
    // The last quote may have been cut off.
    let body = open.strip_suffix('"').unwrap_or(open);
    let pairs = body.split("\",\"").flat_map(|part| part.split("\", \""));
    pairs
        .map(|pair| {
            let (key, value) = pair
                .split_once("\": \"")
                .or_else(|| pair.split_once("\":\""))?;
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}
