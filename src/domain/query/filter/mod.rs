//! The syntax tree of the filter language. [`super::filter_text`] parses it; this module prints and inspects it.

use super::columns::Role;
use super::group_key::GroupKey;
use crate::domain::period::{DateRange, parse_date};
use chrono::NaiveDate;
use std::cmp::Ordering;
use std::fmt;

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

impl Comparator {
    /// The operator as it is typed.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "~",
        }
    }

    /// Whether two values in this order pass the comparison.
    pub fn meets(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order == Ordering::Equal,
            Self::NotEqual => order != Ordering::Equal,
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterOrEqual => order != Ordering::Less,
            Self::Contains => false,
        }
    }
}

/// A key and its position in the text, so that an error can point at an unknown column.
#[derive(Debug, Clone)]
pub struct FilterField {
    pub key: GroupKey,
    /// Offset in characters.
    pub at: usize,
}

impl PartialEq for FilterField {
    /// Ignores the position, which does not change the meaning of a filter.
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for FilterField {}

/// Which rows to keep. A missing value fails every comparison but `!=`, so that a filter and its negation always add
/// up to all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    Compare {
        field: FilterField,
        comparator: Comparator,
        value: String,
    },
    In {
        field: FilterField,
        values: Vec<String>,
    },
    Missing(FilterField),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Filter {
    /// The filter that keeps the days of a range.
    pub fn of_days(days: DateRange) -> Self {
        let test = |comparator, day: NaiveDate| {
            Self::compare(GroupKey::Role(Role::Date), comparator, day.to_string())
        };
        Self::And(vec![
            test(Comparator::GreaterOrEqual, days.from),
            test(Comparator::LessOrEqual, days.to),
        ])
    }

    /// `key = value`, or `key is missing`.
    pub fn equals(key: GroupKey, value: Option<String>) -> Self {
        match value {
            Some(value) => Self::compare(key, Comparator::Equal, value),
            None => Self::Missing(FilterField { key, at: 0 }),
        }
    }

    /// A test that was not parsed from a text.
    pub fn compare(key: GroupKey, comparator: Comparator, value: String) -> Self {
        Self::Compare {
            field: FilterField { key, at: 0 },
            comparator,
            value,
        }
    }

    /// Whether a key has this value, or not.
    pub fn of_value(key: GroupKey, value: Option<String>, keep: bool) -> Self {
        match (keep, value) {
            (true, value) => Self::equals(key, value),
            (false, None) => Self::Not(Box::new(Self::Missing(FilterField { key, at: 0 }))),
            (false, Some(value)) => Self::compare(key, Comparator::NotEqual, value),
        }
    }

    /// Whether a key has one of these values, or none of them; `None` for no values.
    pub fn of_values(key: GroupKey, values: &[Option<String>], keep: bool) -> Option<Self> {
        let field = FilterField { key, at: 0 };
        let missing = values.iter().any(Option::is_none);
        let known: Vec<String> = values.iter().flatten().cloned().collect();
        let mut parts = Vec::new();
        match known.as_slice() {
            [] => {}
            [one] => parts.push(Self::equals(field.key.clone(), Some(one.clone()))),
            _ => parts.push(Self::In {
                field: field.clone(),
                values: known,
            }),
        }
        if missing {
            parts.push(Self::Missing(field));
        }
        let last = parts.pop()?;
        let any = parts
            .into_iter()
            .fold(last, |all, part| Self::Or(vec![part, all]));
        Some(if keep { any } else { Self::Not(Box::new(any)) })
    }

    /// Narrows a filter to a group: the rows with its values of the keys.
    pub fn inside(
        filter: Option<Self>,
        keys: &[GroupKey],
        values: &[Option<String>],
    ) -> Option<Self> {
        keys.iter().zip(values).fold(filter, |all, (key, value)| {
            Self::both(all, Some(Self::equals(key.clone(), value.clone())))
        })
    }

    /// Both filters combined with `and`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut parts) => {
                parts.push(other);
                Self::And(parts)
            }
            first => Self::And(vec![first, other]),
        }
    }

    /// The filter for rows that both keep; `None` keeps everything.
    pub fn both(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        }
    }

    /// The filter without this part, if it is a test that every row must pass.
    pub fn without(self, part: &Self) -> Option<Self> {
        let gone = part.conjuncts();
        let mut kept = self.conjuncts().to_vec();
        kept.retain(|own| own != part);
        // If the user has retyped the filter, the tests of the part may be separate conjuncts.
        if gone.iter().all(|test| kept.contains(test)) {
            kept.retain(|own| !gone.contains(own));
        }
        Self::all(kept)
    }

    /// The days from the first to the last that every row must be of, if both are tested.
    pub fn days(&self) -> Option<DateRange> {
        let limit = |wanted: Comparator| {
            self.conjuncts().iter().find_map(|test| match test {
                Self::Compare {
                    field,
                    comparator,
                    value,
                } if *comparator == wanted && field.key == GroupKey::Role(Role::Date) => {
                    parse_date(value).ok()
                }
                _ => None,
            })
        };
        let (from, to) = (
            limit(Comparator::GreaterOrEqual)?,
            limit(Comparator::LessOrEqual)?,
        );
        (from <= to).then_some(DateRange { from, to })
    }

    /// The filter without the tests that every row must pass and that are about days or months only, and whether there were
    /// any.
    pub fn without_times(self) -> (Option<Self>, bool) {
        let is_of_time = |test: &Self| {
            let fields = test.fields();
            !fields.is_empty() && fields.iter().all(|field| field.key.is_time())
        };
        let all = self.conjuncts();
        let kept: Vec<Self> = all
            .iter()
            .filter(|test| !is_of_time(test))
            .cloned()
            .collect();
        let any = kept.len() < all.len();
        (Self::all(kept), any)
    }

    /// The tests of this filter that one it was narrowed from does not have. If it was not narrowed from that one, all of
    /// its tests.
    pub fn beyond(&self, wider: Option<&Self>) -> Option<Self> {
        let own = self.conjuncts();
        let known = wider.map_or(&[][..], Self::conjuncts);
        Self::all(own.strip_prefix(known).unwrap_or(own).to_vec())
    }

    /// The filter for rows that pass every one of these tests.
    fn all(mut tests: Vec<Self>) -> Option<Self> {
        match tests.len() {
            0 | 1 => tests.pop(),
            _ => Some(Self::And(tests)),
        }
    }

    /// Whether every row that passes this filter also passes the other one.
    pub fn implies(&self, other: &Self) -> bool {
        let own = self.tests();
        other.tests().iter().all(|test| own.contains(test))
    }

    /// The tests that every row must pass, with those of conjunctions inside conjunctions.
    fn tests(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) => parts.iter().flat_map(Self::tests).collect(),
            one => vec![one],
        }
    }

    /// The tests that every row must pass.
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::And(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// Every key that the filter tests.
    pub fn fields(&self) -> Vec<&FilterField> {
        match self {
            Self::Compare { field, .. } | Self::In { field, .. } | Self::Missing(field) => {
                vec![field]
            }
            Self::Not(inner) => inner.fields(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::fields).collect(),
        }
    }
}

/// A name or value as it must be typed: in double quotes if it would be ambiguous.
pub fn quoted(text: &str) -> String {
    let word = |c: char| c.is_alphanumeric() || "-_.:/@+#$%&*;?[]{}|\\^".contains(c);
    let keyword = ["and", "or", "not", "in", "is"].contains(&text.to_lowercase().as_str());
    if !text.is_empty() && !keyword && text.chars().all(word) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

impl fmt::Display for Filter {
    /// The filter in its own language; reading it back gives the same filter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare {
                field,
                comparator,
                value,
            } => {
                let (name, sign) = (quoted(&field.key.name()), comparator.symbol());
                write!(f, "{name} {sign} {}", quoted(value))
            }
            Self::In { field, values } => {
                let list: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                write!(f, "{} in ({})", quoted(&field.key.name()), list.join(", "))
            }
            Self::Missing(field) => write!(f, "{} is missing", quoted(&field.key.name())),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str) -> fmt::Result {
    let parts = parts.iter().map(|part| match part {
        Filter::And(_) | Filter::Or(_) => format!("({part})"),
        simple => simple.to_string(),
    });
    f.write_str(&parts.collect::<Vec<_>>().join(word))
}

#[cfg(test)]
mod tests;
