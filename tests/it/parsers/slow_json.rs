//! A slow reader of JSON rows that has an answer only where each row has one cost and one currency under the same names.

use super::cost_files::{Sums, plain_currency, plain_units};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::fmt;

/// The members of an object in their order, with the text of their values.
pub(super) struct Pairs(pub(super) Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl Pairs {
    /// Whether no two members have the same name without case.
    pub(super) fn are_distinct(&self) -> bool {
        let names: BTreeSet<String> = self.0.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.len() == self.0.len()
    }

    fn get(&self, name: &str) -> Option<&RawValue> {
        let mut pairs = self.0.iter();
        let found = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| &**value)
    }
}

fn pairs(value: &str) -> Option<Pairs> {
    let pairs: Pairs = serde_json::from_str(value).ok()?;
    pairs.are_distinct().then_some(pairs)
}

/// The rows of a page, or of an array.
fn rows(text: &str) -> Option<Vec<Box<RawValue>>> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).ok();
    }
    let page = pairs(text)?;
    serde_json::from_str(page.get("value")?.get()).ok()
}

/// A value as text: a string without its quotes, a number as it is written.
fn plain_text(value: &RawValue) -> Option<String> {
    let written = value.get();
    match written.as_bytes().first()? {
        b'"' => serde_json::from_str(written).ok(),
        b'-' | b'0'..=b'9' => Some(written.to_owned()),
        _ => None,
    }
}

const COSTS: [&str; 5] = [
    "cost",
    "pretaxCost",
    "costInBillingCurrency",
    "billedCost",
    "extendedCost",
];
const CURRENCIES: [&str; 3] = ["billingCurrency", "billingCurrencyCode", "currency"];

/// The only one of these members that a row has.
fn only<'a>(row: &'a Pairs, names: &[&'static str]) -> Option<(&'static str, &'a RawValue)> {
    let mut found = names
        .iter()
        .filter_map(|name| Some((*name, row.get(name)?)));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The rows and totals of a text; `None` where its meaning is open to interpretation.
pub(super) fn opinion(bytes: &[u8]) -> Option<Sums> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut sums = Sums::default();
    let mut shape = None;
    for row in rows(text.strip_prefix('\u{feff}').unwrap_or(text))? {
        let outer = pairs(row.get())?;
        let has_money = only(&outer, &COSTS).is_some() || only(&outer, &CURRENCIES).is_some();
        let row = match outer.get("properties") {
            Some(_) if has_money => return None,
            Some(inner) => pairs(inner.get())?,
            None => outer,
        };
        let ((cost, amount), (currency, code)) = (only(&row, &COSTS)?, only(&row, &CURRENCIES)?);
        if *shape.get_or_insert((cost, currency)) != (cost, currency) {
            return None;
        }
        let code = plain_currency(&plain_text(code)?)?;
        sums.add(&code, plain_units(&plain_text(amount)?)?);
        sums.rows += 1;
    }
    Some(sums.without_zeros())
}

#[test]
fn only_plain_rows_have_an_answer() {
    let page = r#"{"value":[{"properties":{"cost":1.50,"billingCurrency":"EUR"}},{"properties":{"cost":"-1","billingCurrency":"eur"}}]}"#;
    let sums = opinion(page.as_bytes()).unwrap();
    assert_eq!(sums.rows, 2);
    let euros = sums.totals[&Some("EUR".to_owned())];
    assert_eq!(euros, 500_000_000_000_000_000);
    for text in [
        r#"[{"cost":1,"COST":2,"currency":"EUR"}]"#,
        r#"[{"cost":1,"pretaxCost":2,"currency":"EUR"}]"#,
        r#"[{"cost":1,"currency":"EUR"},{"pretaxCost":1,"currency":"EUR"}]"#,
        r#"[{"cost":null,"currency":"EUR"}]"#,
        r#"[{"cost":1e3,"currency":"EUR"}]"#,
        r#"[{"cost":1}]"#,
        r#"{"value":[],"Value":[]}"#,
        r#"[{"cost":1,"currency":"EUR"}"#,
    ] {
        assert_eq!(opinion(text.as_bytes()), None, "{text}");
    }
}
