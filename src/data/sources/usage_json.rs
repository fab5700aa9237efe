//! Reads rows of Usage Details from the JSON that the API and tools print: pages, the arrays of `az` and PowerShell,
//! single objects, and one object per line.

use crate::data::room;
use crate::domain::text::bytes as bytes_words;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::io::{self, Read};
use std::marker::PhantomData;

/// Hundreds of members are accepted; tens of thousands mean that the text is something else, or damaged.
const MOST_MEMBERS: usize = 1 << 14;

/// Members of a JSON object in order, with values as JSON text.
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Reader<'a> {
            type Value = Members<'a>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<Name<'a>, &'a RawValue>()? {
                    if members.len() >= MOST_MEMBERS {
                        let problem = "an object has more members than any row has columns";
                        return Err(serde::de::Error::custom(problem));
                    }
                    members.push((member.0.0, member.1));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// A member's name, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Members<'a> {
    /// A member by its name, without case.
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut members = self.0.iter();
        let found = members.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }

    /// Whether it has a cost, directly or in its `properties`.
    fn has_cost(&self) -> bool {
        const COSTS: [&str; 3] = ["cost", "pretaxCost", "costInBillingCurrency"];
        let costs = |members: &Members<'_>| COSTS.iter().any(|name| members.get(name).is_some());
        let inner = self.get("properties");
        let inner = inner.and_then(|value| serde_json::from_str::<Members<'_>>(value.get()).ok());
        costs(self) || inner.is_some_and(|inner| costs(&inner))
    }
}

/// The rows of a text.
pub(crate) struct Rows<'a> {
    pub(crate) rows: Vec<Members<'a>>,
    /// Whether the list continues on another page.
    pub(crate) goes_on: bool,
}

/// The reason a text has no rows.
pub(crate) enum NoRows {
    /// The text is JSON of another kind.
    Other(String),
    Broken(serde_json::Error),
}

impl From<serde_json::Error> for NoRows {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error)
    }
}

/// JSON text as UTF-8, without a byte-order mark.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, [u8]> {
    if let Some(encoding) = super::utf_16::utf_16(bytes.get(..1024).unwrap_or(bytes)) {
        let text = encoding.decode(bytes).0.into_owned();
        return Cow::Owned(text.into_bytes());
    }
    Cow::Borrowed(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

/// Maximum size of a JSON text, which is kept in memory as a whole, with a list of the values of its rows.
fn largest() -> u64 {
    const LARGEST: u64 = 256 << 20;
    if room::is_tight() {
        LARGEST.min(room::left() / 4)
    } else {
        LARGEST
    }
}

/// Reads the bytes of a JSON text.
pub(crate) fn bytes_of(reader: impl Read) -> io::Result<Vec<u8>> {
    let (mut bytes, largest) = (Vec::new(), largest());
    let read = reader.take(largest + 1).read_to_end(&mut bytes)?;
    if read as u64 > largest {
        let most = bytes_words(largest);
        return Err(io::Error::other(format!(
            "it has more than {most} of JSON, which is too much to read at once; order the report or the export as CSV"
        )));
    }
    Ok(bytes)
}

/// Reads the rows of a text.
pub(crate) fn rows_of(text: &[u8]) -> Result<Rows<'_>, NoRows> {
    let start = text.trim_ascii_start();
    if start.starts_with(b"[") {
        return costs_only(serde_json::from_slice(text)?, false);
    }
    let mut objects = Vec::new();
    for object in serde_json::Deserializer::from_slice(text).into_iter::<Members<'_>>() {
        objects.push(object?);
    }
    if let [page] = objects.as_slice()
        && let Some(value) = page
            .get("value")
            .filter(|value| value.get().starts_with('['))
    {
        let links = ["nextLink", "@odata.nextLink"];
        let goes_on = links.iter().filter_map(|name| page.get(name)).any(|link| {
            let text = serde_json::from_str::<String>(link.get());
            text.is_ok_and(|text| !text.trim().is_empty())
        });
        return costs_only(serde_json::from_str(value.get())?, goes_on);
    }
    costs_only(objects, false)
}

fn costs_only(rows: Vec<Members<'_>>, goes_on: bool) -> Result<Rows<'_>, NoRows> {
    match rows.first() {
        Some(first) if !first.has_cost() => Err(NoRows::Other(kind_of(first))),
        _ => Ok(Rows { rows, goes_on }),
    }
}

/// Describes an object that is not a row of Usage Details.
fn kind_of(object: &Members<'_>) -> String {
    let properties = object.get("properties").map_or("{}", RawValue::get);
    let query = serde_json::from_str::<Query>(properties).unwrap_or_default();
    if let (Some(columns), Some(_)) = (query.columns, query.rows) {
        let money = columns.into_iter().map(|column| column.name);
        let money: Vec<String> = money
            .filter(|name| name.to_lowercase().contains("cost"))
            .collect();
        return format!(
            "a response of the Query API, which is already grouped; its costs are in {}",
            money.join(", ")
        );
    }
    "JSON, but not a page of Usage Details (an object with `value`)".to_owned()
}

#[derive(Deserialize, Default)]
struct Query {
    columns: Option<Vec<Column>>,
    rows: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}
