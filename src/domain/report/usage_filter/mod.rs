//! The filter that Usage Details applies on the server, as a type that cannot express anything the API does not
//! support.
//!
//! Microsoft Learn, "Usage Details - List": terms with `eq lt gt le ge`, joined by `and`; no `ne`, `or`, `not`. The dates
//! `usageStart` and `usageEnd` work for legacy accounts, although newer texts leave them out. It is typed in the words of
//! [`crate::domain::query::filter_text`].

use crate::domain::period::DateRange;
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::filter;
use crate::domain::query::filter::{Comparator, Filter, FilterField};
use crate::domain::query::filter_text;
use crate::domain::query::filter_text::FilterError;
use crate::domain::query::group_key::GroupKey;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A property to filter by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Property {
    ResourceGroup,
    ResourceName,
    ResourceId,
    ChargeType,
    ReservationId,
    /// Pay-as-you-go only.
    PublisherType,
    Tag(String),
}

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Eq,
    Lt,
    Gt,
    Le,
    Ge,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Term {
    pub property: Property,
    pub operator: Operator,
    pub value: String,
}

/// Terms that must all match; at least one. Filters with the same meaning are equal, however they are spelled.
#[derive(Debug, Clone)]
pub struct UsageFilter {
    terms: Vec<Term>,
}

impl PartialEq for UsageFilter {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for UsageFilter {}

impl Hash for UsageFilter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl Property {
    /// The property that a key of the filter language stands for.
    fn of(key: &GroupKey) -> Option<Self> {
        Some(match key {
            GroupKey::Tag(tag) => Self::Tag(tag.clone()),
            GroupKey::Role(Role::ResourceGroup) => Self::ResourceGroup,
            GroupKey::Role(Role::Resource) => Self::ResourceId,
            GroupKey::Role(Role::ChargeType) => Self::ChargeType,
            GroupKey::Role(Role::Reservation) => Self::ReservationId,
            GroupKey::Role(Role::PublisherType) => Self::PublisherType,
            GroupKey::Column(header) => match plain(header).as_str() {
                "resourcegroup" => Self::ResourceGroup,
                "resourcename" => Self::ResourceName,
                "resourceid" => Self::ResourceId,
                "chargetype" => Self::ChargeType,
                "reservationid" => Self::ReservationId,
                "publishertype" => Self::PublisherType,
                _ => return None,
            },
            GroupKey::Role(_) | GroupKey::Month => return None,
        })
    }

    /// The name as it is typed.
    fn name(&self) -> String {
        match self {
            Self::ResourceGroup => "resource-group".to_owned(),
            Self::ResourceName => "resource-name".to_owned(),
            Self::ResourceId => "resource".to_owned(),
            Self::ChargeType => "charge-type".to_owned(),
            Self::ReservationId => "reservation".to_owned(),
            Self::PublisherType => "publisher-type".to_owned(),
            Self::Tag(tag) => format!("tag:{tag}"),
        }
    }

    /// The name in `$filter`.
    fn path(&self) -> &'static str {
        match self {
            Self::ResourceGroup => "properties/resourceGroup",
            Self::ResourceName => "properties/resourceName",
            Self::ResourceId => "properties/resourceId",
            Self::ChargeType => "properties/chargeType",
            Self::ReservationId => "properties/reservationId",
            Self::PublisherType => "properties/publisherType",
            Self::Tag(_) => "tags",
        }
    }
}

impl Operator {
    fn of(comparator: Comparator) -> Option<Self> {
        Some(match comparator {
            Comparator::Equal => Self::Eq,
            Comparator::Less => Self::Lt,
            Comparator::Greater => Self::Gt,
            Comparator::LessOrEqual => Self::Le,
            Comparator::GreaterOrEqual => Self::Ge,
            Comparator::NotEqual | Comparator::Contains => return None,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Lt => "lt",
            Self::Gt => "gt",
            Self::Le => "le",
            Self::Ge => "ge",
        }
    }

    fn comparator(self) -> Comparator {
        match self {
            Self::Eq => Comparator::Equal,
            Self::Lt => Comparator::Less,
            Self::Gt => Comparator::Greater,
            Self::Le => Comparator::LessOrEqual,
            Self::Ge => Comparator::GreaterOrEqual,
        }
    }
}

impl Term {
    /// A value normalised for comparison.
    fn compared<'a>(&self, value: &'a str) -> Cow<'a, str> {
        match &self.property {
            Property::Tag(_) => Cow::Borrowed(value),
            // Some rows have the path, others its last part.
            Property::ReservationId => Cow::Owned(tail(value).to_lowercase()),
            Property::ResourceGroup
            | Property::ResourceName
            | Property::ResourceId
            | Property::ChargeType
            | Property::PublisherType => Cow::Owned(value.trim().to_lowercase()),
        }
    }

    fn holds(&self, found: &str) -> bool {
        let order = self.compared(found).cmp(&self.compared(&self.value));
        self.operator.comparator().meets(order)
    }

    fn symbol(&self) -> &'static str {
        self.operator.comparator().symbol()
    }

    fn canonical(&self) -> String {
        let name = self.property.name().to_lowercase();
        format!("{name} {} {}", self.symbol(), self.compared(&self.value))
    }

    /// The term as the API reads it.
    fn odata(&self) -> String {
        let value = match &self.property {
            Property::Tag(tag) => quoted(&format!("{tag}:{}", self.value)),
            Property::ResourceGroup
            | Property::ResourceName
            | Property::ResourceId
            | Property::ChargeType
            | Property::ReservationId
            | Property::PublisherType => quoted(&self.value),
        };
        format!("{} {} {value}", self.property.path(), self.operator.word())
    }
}

impl UsageFilter {
    /// Parses a filter in the filter language; the error points at anything the server cannot do.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut terms = Vec::new();
        let filter = filter_text::parse(text).map_err(|error| FilterError {
            // The parser offers more than the server supports.
            expected: error
                .expected
                .replace(filter_text::NAMES, KNOWN)
                .replace(filter_text::OPERATORS, OPERATORS),
            ..error
        })?;
        read(filter, text, &mut terms)?;
        Ok(Self { terms })
    }

    /// The terms, in the order they were typed.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The same text for filters with the same meaning: terms in order, and in lower case if case does not matter.
    pub fn canonical(&self) -> String {
        let mut terms: Vec<String> = self.terms.iter().map(Term::canonical).collect();
        terms.sort();
        terms.dedup();
        terms.join(" and ")
    }

    /// Whether it filters by publisher, which only pay-as-you-go accounts support.
    pub fn asks_publisher(&self) -> bool {
        let mut terms = self.terms.iter();
        terms.any(|term| term.property == Property::PublisherType)
    }

    /// The first term that a row fails; a missing value fails, too. Tags compare exactly, everything else without case.
    /// The server's sort order is unknown, so range terms are checked only if the server has not applied them
    /// (`every_term`).
    pub fn fails(
        &self,
        every_term: bool,
        value_of: impl Fn(&Property) -> Option<String>,
    ) -> Option<&Term> {
        let judged = |term: &&Term| every_term || term.operator == Operator::Eq;
        self.terms
            .iter()
            .filter(judged)
            .find(|term| !value_of(&term.property).is_some_and(|found| term.holds(&found)))
    }
}

/// The text of `$filter` for days, a resource group and a filter, as far as they are given. Both ends are included.
pub fn odata(
    days: Option<DateRange>,
    group: Option<&str>,
    filter: Option<&UsageFilter>,
) -> Option<String> {
    let mut terms = Vec::new();
    if let Some(days) = days {
        terms.push(format!("properties/usageStart ge '{}'", days.from));
        terms.push(format!("properties/usageEnd le '{}'", days.to));
    }
    if let Some(group) = group {
        terms.push(format!("properties/resourceGroup eq {}", quoted(group)));
    }
    let typed = filter.into_iter().flat_map(UsageFilter::terms);
    terms.extend(typed.map(Term::odata));
    (!terms.is_empty()).then(|| terms.join(" and "))
}

/// A literal; a quote inside is doubled (`OData` 4.01, 5.1.1.6.1).
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn tail(path: &str) -> &str {
    path.trim().rsplit('/').next().unwrap_or_default()
}

/// Kinds of charges, as the API spells them.
const CHARGE_TYPES: [&str; 8] = [
    "Usage",
    "Purchase",
    "Refund",
    "UnusedReservation",
    "UnusedSavingsPlan",
    "RoundingAdjustment",
    "Tax",
    "Credit",
];
/// Operators that the server supports.
const OPERATORS: &str = "= < <= > >=";

/// Keys that the server filters by, in the filter language.
const KNOWN: &str =
    "resource-group, resource-name, resource, charge-type, reservation, publisher-type, tag:KEY";

fn read(filter: Filter, text: &str, terms: &mut Vec<Term>) -> Result<(), FilterError> {
    let wrong = |at, wrong: &str, expected| Err(FilterError::at(text, at, wrong, expected));
    // The word after a name, which is the one at fault.
    let behind = |field: &FilterField| filter_text::place_behind(text, field.at, 1);
    match filter {
        Filter::And(parts) => parts
            .into_iter()
            .try_for_each(|part| read(part, text, terms)),
        Filter::Compare {
            field,
            comparator,
            value,
        } => {
            terms.push(term(&field, comparator, value, text)?);
            Ok(())
        }
        Filter::In { field, .. } => wrong(
            behind(&field),
            "the server does not support lists; order a report for each value",
            OPERATORS,
        ),
        Filter::Missing(field) => wrong(
            behind(&field),
            "the server cannot test for missing values; order everything and filter it here",
            OPERATORS,
        ),
        Filter::Or(_) | Filter::Not(_) => wrong(
            filter_text::place_of(text, &["or", "not"]).unwrap_or_default(),
            "the server supports neither `or` nor `not`; order everything and filter it here",
            "tests joined by and",
        ),
    }
}

fn term(
    field: &FilterField,
    comparator: Comparator,
    value: String,
    text: &str,
) -> Result<Term, FilterError> {
    // At the name, or this many words after it.
    let wrong = |words: usize, wrong: &str, expected: &str| {
        let at = filter_text::place_behind(text, field.at, words);
        FilterError::at(text, at, wrong, expected)
    };
    let property = match (&field.key, Property::of(&field.key)) {
        (_, Some(property)) => property,
        (GroupKey::Role(Role::Date) | GroupKey::Month, None) => {
            return Err(wrong(0, "the days are set in the order", KNOWN));
        }
        (key, None) => {
            let text = format!("the server does not filter by {key}");
            return Err(wrong(0, &text, KNOWN));
        }
    };
    let Some(operator) = Operator::of(comparator) else {
        let symbol = comparator.symbol();
        return Err(wrong(
            1,
            &format!("the server does not support `{symbol}`; order everything and filter it here"),
            OPERATORS,
        ));
    };
    let exact = matches!(property, Property::Tag(_) | Property::PublisherType);
    if exact && operator != Operator::Eq {
        return Err(wrong(1, "the server supports only = here", "="));
    }
    let value = known_value(&property, value)
        .map_err(|(words, text, expected)| wrong(words, text, expected))?;
    Ok(Term {
        property,
        operator,
        value,
    })
}

/// The reason that a value is invalid: how many words after the name it is, the problem, and what was expected.
type BadValue = (usize, &'static str, &'static str);

/// A value as the server spells it.
fn known_value(property: &Property, value: String) -> Result<String, BadValue> {
    match property {
        Property::ResourceId if !value.starts_with('/') => Err((
            2,
            "resource takes a full id, which starts with /; resource-name takes a name",
            "resource = /subscriptions/…, resource-name = …",
        )),
        Property::Tag(tag) if tag.contains(':') => Err((
            0,
            "the server splits key and value at the first colon, so a key cannot contain one",
            "a key without a colon",
        )),
        Property::PublisherType => {
            let value = value.to_lowercase();
            if ["azure", "marketplace"].contains(&value.as_str()) {
                Ok(value)
            } else {
                let expected = "azure, marketplace";
                Err((2, "the server supports two publisher types", expected))
            }
        }
        // The server may be case-sensitive, so the known spelling is sent.
        Property::ChargeType => {
            let mut known = CHARGE_TYPES.into_iter();
            let own = known.find(|known| known.eq_ignore_ascii_case(&value));
            Ok(own.map_or(value, ToOwned::to_owned))
        }
        Property::ResourceGroup
        | Property::ResourceName
        | Property::ResourceId
        | Property::ReservationId
        | Property::Tag(_) => Ok(value),
    }
}

impl fmt::Display for UsageFilter {
    /// The filter as it is typed; reading it back gives the same filter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = self.terms.iter().map(|term| {
            let name = filter::quoted(&term.property.name());
            format!("{name} {} {}", term.symbol(), filter::quoted(&term.value))
        });
        f.write_str(&terms.collect::<Vec<_>>().join(" and "))
    }
}

impl Serialize for UsageFilter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UsageFilter {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
