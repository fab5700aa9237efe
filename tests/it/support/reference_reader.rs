//! A second implementation: a small, slow reader of cost files that shares no code with the program. It reads row by
//! row into maps and follows the contract in the plainest way.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whole units of 1e-18.
pub(crate) type Units = i128;

/// One row: plain header to value, blanks around values removed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) day: Option<String>,
}

/// A file read whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opinion {
    pub(crate) rows: Vec<Row>,
}

pub(crate) const COSTS: [&str; 5] = [
    "costinbillingcurrency",
    "billedcost",
    "pretaxcost",
    "cost",
    "extendedcost",
];

pub(crate) const CURRENCIES: [&str; 3] = ["billingcurrencycode", "billingcurrency", "currency"];

pub(crate) const DATES: [&str; 5] = [
    "date",
    "chargeperiodstart",
    "usagedatetime",
    "usagedate",
    "usagestart",
];

/// The text of a file in UTF-8, UTF-16 or Windows-1252.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let wide = |big: bool| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| {
                if big {
                    u16::from_be_bytes([pair[0], pair[1]])
                } else {
                    u16::from_le_bytes([pair[0], pair[1]])
                }
            })
            .collect();
        String::from_utf16(&units).unwrap()
    };
    let text = match bytes {
        [0xff, 0xfe, ..] | [_, 0, _, 0, ..] => wide(false),
        [0xfe, 0xff, ..] | [0, _, 0, _, ..] => wide(true),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
        },
    };
    text.trim_start_matches('\u{feff}').to_owned()
}

pub(crate) fn windows_1252(byte: u8) -> char {
    match byte {
        0x80 => '€',
        0x8a => 'Š',
        0x8e => 'Ž',
        0x9a => 'š',
        0x9e => 'ž',
        byte => char::from(byte),
    }
}

pub(crate) fn plain(header: &str) -> String {
    let inside = header
        .trim()
        .strip_suffix(')')
        .and_then(|open| open.rsplit_once('('));
    let name = inside.map_or(header, |(_, english)| english);
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

pub(crate) fn is_header(names: &[String]) -> bool {
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    has(&COSTS) && has(&DATES)
}

impl Opinion {
    /// Reads CSV text; a header in the middle starts another table.
    pub(crate) fn of_csv(bytes: &[u8]) -> Self {
        let text = text_of(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let (mut header, mut rows) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let cells: Vec<String> = record.unwrap().iter().map(ToOwned::to_owned).collect();
            let names: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
            if header.is_empty() || is_header(&names) {
                header = names;
                continue;
            }
            let fields = header.iter().cloned().zip(cells.iter().map(|cell| {
                let cell = cell.trim();
                if cell == "NULL" {
                    String::new()
                } else {
                    cell.to_owned()
                }
            }));
            rows.push(Row {
                fields: fields.collect(),
                day: None,
            });
        }
        Self::dated(rows)
    }

    /// Reads the arrays and pages of Usage Details.
    pub(crate) fn of_json(text: &str) -> Self {
        let parsed: Value = serde_json::from_str(text).unwrap();
        let list = parsed
            .get("value")
            .unwrap_or(&parsed)
            .as_array()
            .unwrap()
            .clone();
        let rows = list.iter().map(|object| {
            let inner = object.get("properties").unwrap_or(object);
            let fields = inner.as_object().unwrap().iter().map(|(name, value)| {
                let text = match value {
                    Value::Null => String::new(),
                    Value::String(text) if text.trim() == "NULL" => String::new(),
                    Value::String(text) => text.trim().to_owned(),
                    other => other.to_string(),
                };
                (plain(name), text)
            });
            Row {
                fields: fields.collect(),
                day: None,
            }
        });
        Self::dated(rows.collect())
    }

    fn dated(mut rows: Vec<Row>) -> Self {
        let day_first = is_day_first(&rows);
        for row in &mut rows {
            row.day = row.first(&DATES).map(|text| day_of(&text, day_first));
        }
        Self { rows }
    }

    /// Sums by a key, per currency, of the rows that the filter keeps.
    pub(crate) fn sums(
        &self,
        key: impl Fn(&Row) -> Option<String>,
        keep: impl Fn(&Row) -> bool,
    ) -> BTreeMap<(Option<String>, Option<String>), Units> {
        let mut sums = BTreeMap::new();
        for row in self.rows.iter().filter(|row| keep(row)) {
            *sums.entry((key(row), row.currency())).or_insert(0) += row.cost().unwrap_or(0);
        }
        sums
    }
}

impl Row {
    fn first(&self, names: &[&str]) -> Option<String> {
        let filled = |name: &&str| self.fields.get(*name).filter(|value| !value.is_empty());
        names.iter().find_map(filled).cloned()
    }

    /// The value of a column.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.first(&[name])
    }

    pub(crate) fn cost(&self) -> Option<Units> {
        self.first(&COSTS).map(|text| units(&text))
    }

    pub(crate) fn currency(&self) -> Option<String> {
        self.first(&CURRENCIES).map(|code| code.to_uppercase())
    }

    pub(crate) fn month(&self) -> Option<String> {
        self.day.as_ref().map(|day| day[..7].to_owned())
    }

    /// In lower case: groups compare without case.
    pub(crate) fn resource_group(&self) -> Option<String> {
        let named = self.first(&["resourcegroup", "resourcegroupname", "xresourcegroupname"]);
        let id = self
            .first(&["resourceid", "instanceid"])
            .unwrap_or_default()
            .to_lowercase();
        let inside = id
            .split("/resourcegroups/")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .map(ToOwned::to_owned);
        named
            .map(|name| name.to_lowercase())
            .or(inside.filter(|name| !name.is_empty()))
    }

    pub(crate) fn subscription(&self) -> Option<String> {
        let id = self.first(&["subscriptionguid", "subscriptionid", "subaccountid"])?;
        Some(id.rsplit('/').next().unwrap().to_lowercase())
    }

    pub(crate) fn charge_type(&self) -> Option<String> {
        self.first(&["chargetype", "chargecategory"])
            .map(|kind| kind.to_lowercase())
    }

    /// A tag's value, if the text is JSON after missing braces and commas at its ends are repaired.
    pub(crate) fn tag(&self, key: &str) -> Option<String> {
        let text = self.get("tags")?;
        let bare = text.strip_prefix('{').unwrap_or(&text);
        let inner = bare.strip_suffix('}').unwrap_or(bare).trim();
        let inner = inner.strip_prefix(',').unwrap_or(inner).trim();
        let inner = inner.strip_suffix(',').unwrap_or(inner);
        let object: Value = serde_json::from_str(&format!("{{{inner}}}")).ok()?;
        let found = object
            .as_object()?
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        Some(
            found
                .1
                .as_str()
                .map_or_else(|| found.1.to_string(), ToOwned::to_owned),
        )
    }

    /// The bridge step of the row; `None` for rows without a benefit.
    pub(crate) fn step(&self) -> Option<&'static str> {
        let is = |name: &str, word: &str| {
            self.get(name)
                .is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        let category = self.get("chargecategory");
        if self.fields.contains_key("billedcost") {
            let unused = is("commitmentdiscountstatus", "unused")
                || is("chargesubcategory", "unused commitment");
            let used = is("commitmentdiscountstatus", "used")
                || is("chargesubcategory", "used commitment");
            self.get("commitmentdiscountid")?;
            let back = ["Credit", "Adjustment"]
                .iter()
                .any(|word| category.as_deref() == Some(word));
            let refund =
                is("chargesubcategory", "refund") || is("chargeclass", "correction") || back;
            if category.as_deref() == Some("Purchase") || (!used && !unused && refund) {
                return Some("purchases");
            }
            let plan = self
                .get("commitmentdiscounttype")
                .is_some_and(|kind| kind.contains("Savings"));
            return Some(match (unused, plan) {
                (false, _) => "benefit_usage",
                (true, true) => "unused_savings_plan",
                (true, false) => "unused_reservation",
            });
        }
        let squeezed =
            |text: Option<String>| text.unwrap_or_default().to_lowercase().replace(' ', "");
        let model = squeezed(self.get("pricingmodel"));
        let charge = squeezed(self.get("chargetype"));
        let has_id = self.get("reservationid").is_some() || self.get("benefitid").is_some();
        let by_model = model == "reservation" || model == "savingsplan";
        let by_hint = model.is_empty() && (has_id || charge.starts_with("unused"));
        if is("publishertype", "marketplace") || !(by_model || by_hint) {
            return None;
        }
        Some(match charge.as_str() {
            "purchase" | "refund" => "purchases",
            "unusedreservation" => "unused_reservation",
            "unusedsavingsplan" => "unused_savings_plan",
            _ => "benefit_usage",
        })
    }
}

/// The bridge between two sides, per currency and step.
pub(crate) fn bridge(
    actual: &Opinion,
    amortized: &Opinion,
    effective: bool,
) -> BTreeMap<(String, &'static str), Units> {
    let mut steps: BTreeMap<(String, &'static str), Units> = BTreeMap::new();
    let mut currencies = BTreeSet::new();
    let mut add = |currency: &str, step: &'static str, cost: Units| {
        *steps.entry((currency.to_owned(), step)).or_insert(0) += cost;
    };
    for (second, row) in actual
        .rows
        .iter()
        .map(|row| (false, row))
        .chain(amortized.rows.iter().map(|row| (true, row)))
    {
        let currency = row.currency().unwrap_or_default();
        currencies.insert(currency.clone());
        let cost = if second && effective {
            row.get("effectivecost").map_or(0, |text| units(&text))
        } else {
            row.cost().unwrap_or(0)
        };
        add(&currency, if second { "amortized" } else { "actual" }, cost);
        let sign = if second { 1 } else { -1 };
        match (row.step(), second) {
            (None, _) => add(&currency, "residual", sign * cost),
            // Purchases on the actual side are taken out; on the amortized side they count as benefit usage.
            (Some("purchases"), false) => add(&currency, "purchases", -cost),
            (Some(step @ ("unused_reservation" | "unused_savings_plan")), true) => {
                add(&currency, step, cost);
            }
            (Some(_), _) => add(&currency, "benefit_usage", sign * cost),
        }
    }
    steps.retain(|_, cost| *cost != 0);
    steps
}

/// Whether any date is only valid with the day first, or only then fits its billing period.
pub(crate) fn is_day_first(rows: &[Row]) -> bool {
    let parts = |text: &str| -> Option<(u32, u32)> {
        let mut parts = text.split(' ').next()?.split('/');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    let is_date = |name: &str| {
        name.ends_with("date") || name.ends_with("periodstart") || name.ends_with("periodend")
    };
    let mut dates = rows
        .iter()
        .flat_map(|row| row.fields.iter())
        .filter(|(name, _)| is_date(name))
        .filter_map(|(_, text)| parts(text));
    if dates.any(|(first, _)| first > 12) {
        return true;
    }
    // Billing periods in an unambiguous format decide the order.
    let fits = |day_first: bool| {
        rows.iter().all(|row| {
            let (Some(text), Some(from), Some(to)) = (
                row.first(&DATES),
                row.get("billingperiodstartdate"),
                row.get("billingperiodenddate"),
            ) else {
                return true;
            };
            let day = day_of(&text, day_first);
            from.contains('/') || (from[..10] <= *day && day[..] <= to[..10])
        })
    };
    !fits(false) && fits(true)
}

/// A day as `YYYY-MM-DD`, in UTC.
pub(crate) fn day_of(text: &str, day_first: bool) -> String {
    if text.contains('/') {
        let mut parts = text.split(' ').next().unwrap().split('/');
        let (one, two, year) = (
            parts.next().unwrap(),
            parts.next().unwrap(),
            parts.next().unwrap(),
        );
        let (month, day) = if day_first { (two, one) } else { (one, two) };
        return format!("{year}-{month:0>2}-{day:0>2}");
    }
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(time) => time.to_utc().date_naive().to_string(),
        Err(_) => text[..10].to_owned(),
    }
}

/// A decimal number as whole units of 1e-18, rounded half-even, by its digits.
pub(crate) fn units(text: &str) -> Units {
    let lower = text.trim().to_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let exponent: i32 = exponent.parse().unwrap();
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: Vec<u8> = whole
        .bytes()
        .chain(fraction.bytes())
        .map(|byte| byte - b'0')
        .collect();
    // The number of digits before the point, in units of 1e-18.
    let point = i32::try_from(whole.len()).unwrap() + exponent + 18;
    let digit = |at: i32| {
        usize::try_from(at)
            .ok()
            .and_then(|at| all.get(at))
            .copied()
            .unwrap_or(0)
    };
    let number = (0..point.max(0)).fold(0_i128, |number, at| number * 10 + i128::from(digit(at)));
    let next = if point >= 0 { digit(point) } else { 0 };
    let start = usize::try_from(point + 1).unwrap_or(0);
    let more = point >= 0 && all.iter().skip(start).any(|digit| *digit > 0);
    let up = next > 5 || (next == 5 && (more || number % 2 == 1));
    sign * (number + i128::from(up))
}
