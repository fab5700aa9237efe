//! The `$filter` of Usage Details: typed, so that nothing the API does not know can be written.
//!
//! Microsoft Learn, "Usage Details - List": `eq lt gt le ge and`, no `ne`, `or`, `not`. The dates `usageStart` and
//! `usageEnd` work for legacy accounts, although newer texts leave them out.

use super::period::DateRange;
use std::fmt;

/// What can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    ResourceGroup,
    ResourceName,
    ResourceId,
    ChargeType,
    ReservationId,
    UsageStart,
    UsageEnd,
}

impl Property {
    fn path(self) -> &'static str {
        match self {
            Self::ResourceGroup => "properties/resourceGroup",
            Self::ResourceName => "properties/resourceName",
            Self::ResourceId => "properties/resourceId",
            Self::ChargeType => "properties/chargeType",
            Self::ReservationId => "properties/reservationId",
            Self::UsageStart => "properties/usageStart",
            Self::UsageEnd => "properties/usageEnd",
        }
    }
}

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Eq,
    Lt,
    Gt,
    Le,
    Ge,
}

impl Operator {
    fn word(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Lt => "lt",
            Self::Gt => "gt",
            Self::Le => "le",
            Self::Ge => "ge",
        }
    }
}

/// The two publishers the API tells apart (pay-as-you-go only).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publisher {
    Azure,
    Marketplace,
}

/// Terms that must all hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageFilter {
    terms: Vec<String>,
}

impl UsageFilter {
    /// A filter on the days of a range, both included.
    pub fn days(range: DateRange) -> Self {
        Self::default()
            .and(Property::UsageStart, Operator::Ge, &range.from.to_string())
            .and(Property::UsageEnd, Operator::Le, &range.to.to_string())
    }

    /// One more term.
    #[must_use]
    pub fn and(mut self, property: Property, operator: Operator, value: &str) -> Self {
        let (path, word) = (property.path(), operator.word());
        self.terms.push(format!("{path} {word} {}", quoted(value)));
        self
    }

    /// One more term on a tag.
    #[must_use]
    pub fn and_tag(mut self, key: &str, value: &str) -> Self {
        let pair = format!("{key}:{value}");
        self.terms.push(format!("tags eq {}", quoted(&pair)));
        self
    }

    /// One more term on who sold it.
    #[must_use]
    pub fn and_publisher(mut self, publisher: Publisher) -> Self {
        let word = match publisher {
            Publisher::Azure => "azure",
            Publisher::Marketplace => "marketplace",
        };
        self.terms
            .push(format!("properties/publisherType eq {}", quoted(word)));
        self
    }

    /// Whether it keeps everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

/// A literal; a quote inside is doubled (`OData` 4.01, 5.1.1.6.1).
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

impl fmt::Display for UsageFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.terms.join(" and "))
    }
}
