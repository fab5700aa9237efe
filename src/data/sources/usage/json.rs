//! Reads rows of Usage Details from the JSON that the API and tools print: pages, the arrays of `az` and PowerShell,
//! single objects, and one object per line.

use crate::data::sources::json_text::{JsonError, JsonText, MOST_MEMBERS, TOO_MANY, Value};
use crate::data::sources::utf_16::SendReader;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::{io, mem};

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
                        return Err(serde::de::Error::custom(TOO_MANY));
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

/// How the rows are arranged in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowsShape {
    /// An array.
    List,
    /// The list `value` of a single object.
    Page,
    /// One object after another.
    Objects,
}

/// The form of a text with rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextForm {
    shape: RowsShape,
    /// Whether the list continues on another page.
    pub(crate) goes_on: bool,
}

/// The reason a text has no rows.
pub(crate) enum NoRows {
    /// The text is JSON of another kind.
    Other(String),
    Json(JsonError),
}

impl From<JsonError> for NoRows {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl From<io::Error> for NoRows {
    fn from(error: io::Error) -> Self {
        Self::Json(error.into())
    }
}

/// The first row, which tells whether a text has costs.
#[derive(Default)]
struct First {
    is_known: bool,
    /// The description of a row without a cost.
    other: Option<String>,
}

impl First {
    fn see(&mut self, row: &Value<'_>) -> Result<(), JsonError> {
        let row: Members<'_> = row.read()?;
        self.learn(&row);
        Ok(())
    }

    fn learn(&mut self, row: &Members<'_>) {
        if !mem::replace(&mut self.is_known, true) && !row.has_cost() {
            self.other = Some(kind_of(row));
        }
    }

    fn form(self, shape: RowsShape, goes_on: bool) -> Result<TextForm, NoRows> {
        match self.other {
            Some(kind) => Err(NoRows::Other(kind)),
            None => Ok(TextForm { shape, goes_on }),
        }
    }
}

/// Reads a text to its end, and finds the form of its rows.
pub(crate) fn look(source: SendReader<'_>) -> Result<TextForm, NoRows> {
    let mut text = JsonText::new(source)?;
    let mut first = First::default();
    match text.peek()? {
        Some(b'[') => {
            text.list(|row| first.see(&row))?;
            text.end()?;
            first.form(RowsShape::List, false)
        }
        Some(b'{') => look_at_objects(text),
        Some(_) => {
            first.see(&text.value()?)?;
            first.form(RowsShape::Objects, false)
        }
        None => first.form(RowsShape::Objects, false),
    }
}

fn look_at_objects(mut text: JsonText<'_>) -> Result<TextForm, NoRows> {
    let (mut first, mut rows) = (First::default(), Ok(()));
    let outline = text.object(is_value(), |_, row| {
        // It matters only if this is a page.
        if rows.is_ok() {
            rows = first.see(&row);
        }
        Ok(())
    })?;
    let is_alone = text.peek()?.is_none();
    while text.peek()?.is_some() {
        text.value()?.read::<Members<'_>>()?;
    }
    let object: Members<'_> = serde_json::from_str(&outline.text).map_err(io::Error::from)?;
    if is_alone && outline.listed {
        rows?;
        let links = ["nextLink", "@odata.nextLink"];
        let links = links.iter().filter_map(|name| object.get(name));
        let goes_on = links.map(RawValue::get).any(|link| {
            let text = serde_json::from_str::<String>(link);
            text.is_ok_and(|text| !text.trim().is_empty())
        });
        return first.form(RowsShape::Page, goes_on);
    }
    let mut only = First::default();
    only.learn(&object);
    only.form(RowsShape::Objects, false)
}

/// Whether a member of a page is the first one named `value`.
fn is_value() -> impl FnMut(&str) -> bool {
    let mut seen = false;
    move |name| name.eq_ignore_ascii_case("value") && !mem::replace(&mut seen, true)
}

/// Passes on the rows of a text of this form.
pub(crate) fn each(
    source: SendReader<'_>,
    form: TextForm,
    mut take: impl FnMut(&Members<'_>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    let mut text = JsonText::new(source)?;
    let mut take = |row: Value<'_>| take(&row.read()?);
    match form.shape {
        RowsShape::List => text.list(take),
        RowsShape::Page => text.object(is_value(), |_, row| take(row)).map(drop),
        RowsShape::Objects => {
            while text.peek()?.is_some() {
                take(text.value()?)?;
            }
            Ok(())
        }
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
    columns: Option<Vec<ColumnName>>,
    rows: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct ColumnName {
    name: String,
}
