//! The `$filter` of Usage Details as the service reads it: `a eq 'b' and c ge 'd'`, and nothing else.
//!
//! Microsoft Learn, "Usage Details - List", `$filter`. A literal is in single quotes; a quote in it is doubled.

use crate::emulator::bills::csv_dialects::Facts;
use crate::emulator::bills::rows::BillRow;
use chrono::{DateTime, NaiveDate};
use std::cmp::Ordering;

/// One comparison.
pub(super) struct Term {
    name: String,
    operator: Operator,
    literal: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Eq,
    Lt,
    Gt,
    Le,
    Ge,
}

/// Properties, and the file columns that hold their values.
const PROPERTIES: [(&str, &str); 6] = [
    ("properties/resourceGroup", "resourcegroupname"),
    ("properties/resourceName", "resourcename"),
    ("properties/resourceId", "resourceid"),
    ("properties/chargeType", "chargetype"),
    ("properties/reservationId", "reservationid"),
    ("properties/publisherType", "publishertype"),
];

/// Parses a filter; only `web_direct` accounts may filter by publisher.
pub(super) fn read(text: &str, web_direct: bool) -> Result<Vec<Term>, String> {
    let invalid = |what: &str| format!("Invalid $filter: {what}");
    let words = words(text).ok_or_else(|| invalid("a literal is never closed"))?;
    let mut terms = Vec::new();
    for part in words.split(|word| *word == FilterToken::Plain("and".to_owned())) {
        let [
            FilterToken::Plain(name),
            FilterToken::Plain(operator),
            FilterToken::Literal(literal),
        ] = part
        else {
            return Err(invalid(text));
        };
        let operator = match operator.as_str() {
            "eq" => Operator::Eq,
            "lt" => Operator::Lt,
            "gt" => Operator::Gt,
            "le" => Operator::Le,
            "ge" => Operator::Ge,
            other => return Err(invalid(&format!("the operator {other} is not supported"))),
        };
        match name.as_str() {
            "properties/usageStart" | "properties/usageEnd" if day(literal).is_some() => {}
            "properties/usageStart" | "properties/usageEnd" => {
                return Err(invalid(&format!("'{literal}' is not a day")));
            }
            "properties/publisherType" if !web_direct => {
                return Err(invalid("publisherType is supported for Web Direct only"));
            }
            "properties/publisherType"
                if operator == Operator::Eq
                    && ["azure", "marketplace"].contains(&literal.as_str()) => {}
            "tags" if operator == Operator::Eq && literal.contains(':') => {}
            "properties/publisherType" | "tags" => return Err(invalid(text)),
            name if PROPERTIES.iter().any(|(known, _)| *known == name) => {}
            other => return Err(invalid(&format!("the property {other} is not supported"))),
        }
        terms.push(Term {
            name: name.clone(),
            operator,
            literal: literal.clone(),
        });
    }
    Ok(terms)
}

/// A day, or a time of which only the day counts.
fn day(text: &str) -> Option<NaiveDate> {
    let plain = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    plain.or_else(|| {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(time.date_naive())
    })
}

impl Term {
    /// The first and the last day that the term leaves, where it compares with a day. Usage of a day starts and ends
    /// on it.
    pub(super) fn days(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let days = ["properties/usageStart", "properties/usageEnd"];
        let Some(day) = day(&self.literal).filter(|_| days.contains(&self.name.as_str())) else {
            return (None, None);
        };
        match self.operator {
            Operator::Eq => (Some(day), Some(day)),
            Operator::Lt => (None, day.pred_opt()),
            Operator::Gt => (day.succ_opt(), None),
            Operator::Le => (None, Some(day)),
            Operator::Ge => (Some(day), None),
        }
    }

    pub(super) fn keeps(&self, row: &BillRow, facts: &Facts<'_>) -> bool {
        match self.name.as_str() {
            // The days of the request are those that these terms leave.
            "properties/usageStart" | "properties/usageEnd" => true,
            // Tag names ignore case.
            "tags" => self.literal.split_once(':').is_some_and(|(key, value)| {
                let mut tags = row.tags.iter();
                tags.any(|(own, tag)| own.eq_ignore_ascii_case(key) && tag == value)
            }),
            "properties/publisherType" => row.marketplace == (self.literal == "marketplace"),
            // Group names ignore case.
            "properties/resourceGroup" => {
                let group = row.group.as_ref().map(|(group, _)| group.to_lowercase());
                group.is_some_and(|group| self.meets(&group, &self.literal.to_lowercase()))
            }
            name => {
                let column = PROPERTIES.iter().find(|(known, _)| *known == name);
                column.is_some_and(|(_, column)| self.meets(&facts.value(column), &self.literal))
            }
        }
    }

    fn meets(&self, value: &str, literal: &str) -> bool {
        let order = value.cmp(literal);
        match self.operator {
            Operator::Eq => order == Ordering::Equal,
            Operator::Lt => order == Ordering::Less,
            Operator::Gt => order == Ordering::Greater,
            Operator::Le => order != Ordering::Greater,
            Operator::Ge => order != Ordering::Less,
        }
    }
}

#[derive(PartialEq, Eq)]
enum FilterToken {
    Plain(String),
    Literal(String),
}

/// Splits a text into words and quoted literals; `None` if a literal is never closed.
fn words(text: &str) -> Option<Vec<FilterToken>> {
    let (mut words, mut rest) = (Vec::new(), text.trim_start());
    while !rest.is_empty() {
        if let Some(mut inside) = rest.strip_prefix('\'') {
            let mut literal = String::new();
            loop {
                let (part, after) = inside.split_once('\'')?;
                literal.push_str(part);
                rest = after;
                let Some(more) = after.strip_prefix('\'') else {
                    break;
                };
                literal.push('\'');
                inside = more;
            }
            words.push(FilterToken::Literal(literal));
        } else {
            let end = rest.find([' ', '\'']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            words.push(FilterToken::Plain(word.to_owned()));
            rest = after;
        }
        rest = rest.trim_start();
    }
    Some(words)
}
