//! The column names of the cost table: keys of the contract, headers, and the tags that a statement names.

use crate::data::columns::column_types::ColumnKind;
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::nearest::similar;
use crate::data::query::tag_keys;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::{GroupKey, KEY_NAMES};
use crate::domain::sql::dialect::PART;
use crate::domain::sql::rows::ROW;
use crate::domain::text::strip_any_case;
use std::collections::BTreeMap;

/// The source of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ColumnSource {
    Key(GroupKey),
    /// The role's column as received: quantities and their units.
    Role(Role),
    Header(String),
    /// The number of the row's set of tags.
    TagSet,
    /// The row's class in the bridge between actual and amortized.
    Part,
    /// The number of the row.
    Row,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Decimal,
    Date,
    Text,
    Number,
}

/// A column of the cost table.
#[derive(Debug, Clone)]
pub(super) struct CostTableColumn {
    pub(super) name: String,
    pub(super) what: ColumnSource,
    pub(super) holds: Holds,
}

/// All names that a statement may use.
#[derive(Debug)]
pub(crate) struct Names {
    columns: Vec<CostTableColumn>,
    /// Column indices by lower-case name.
    places: BTreeMap<String, usize>,
    /// The tags of the rows, in their most common spelling, by lower-case name.
    tags: BTreeMap<String, String>,
}

const TAG: &str = "tag:";
/// The column that joins the tag table.
const TAG_SET: &str = "tag-set";

/// The column of a key.
fn key_column((name, key): &(&str, GroupKey)) -> CostTableColumn {
    CostTableColumn {
        name: (*name).to_owned(),
        what: ColumnSource::Key(key.clone()),
        holds: match key {
            GroupKey::Role(Role::Cost) => Holds::Decimal,
            GroupKey::Role(Role::Date) => Holds::Date,
            GroupKey::Role(_) | GroupKey::Month | GroupKey::Tag(_) | GroupKey::Column(_) => {
                Holds::Text
            }
        },
    }
}

impl Names {
    pub(super) fn of(data: &Dataset) -> Result<Self, DataError> {
        let mut columns: Vec<CostTableColumn> = Vec::new();
        let taken = |name: &str, columns: &[CostTableColumn]| {
            let mut known = columns.iter();
            known.any(|known| known.name.eq_ignore_ascii_case(name))
        };
        let mut keys: Vec<CostTableColumn> = KEY_NAMES.iter().map(key_column).collect();
        for (name, role) in [("quantity", Role::Quantity), ("unit", Role::Unit)] {
            let kinds = data.parts().iter().filter_map(|part| {
                let header = part.stored.layout.role_header(role)?;
                Some(holds(part.stored.kind(header)))
            });
            keys.push(CostTableColumn {
                name: name.to_owned(),
                what: ColumnSource::Role(role),
                holds: together(kinds),
            });
        }
        for header in data.headers() {
            // If a header has the name of a key, the key wins.
            if taken(header, &keys) || taken(header, &columns) {
                continue;
            }
            let kinds = data.parts().iter().filter_map(|part| {
                let own = part.stored.layout.header(header)?;
                Some(holds(part.stored.kind(own)))
            });
            columns.push(CostTableColumn {
                name: plain_name(header),
                what: ColumnSource::Header(header.clone()),
                holds: together(kinds),
            });
        }
        columns.extend(keys);
        columns.push(CostTableColumn {
            name: TAG_SET.to_owned(),
            what: ColumnSource::TagSet,
            holds: Holds::Number,
        });
        let lower = |name: &str| name.to_lowercase();
        let places = (0..).zip(&columns);
        let places = places
            .map(|(at, column)| (lower(&column.name), at))
            .collect();
        let tags = tag_keys::tag_keys(data)?.into_iter();
        Ok(Self {
            columns,
            places,
            tags: tags.map(|tag| (lower(&tag), tag)).collect(),
        })
    }

    pub(super) fn columns(&self) -> &[CostTableColumn] {
        &self.columns
    }

    /// The column of a tag, or another column that exists only for statements that name it.
    pub(super) fn tag_column(name: &str) -> CostTableColumn {
        let (what, holds) = match name {
            PART => (ColumnSource::Part, Holds::Number),
            ROW => (ColumnSource::Row, Holds::Number),
            _ => {
                let tag = name.get(TAG.len()..).unwrap_or_default();
                (
                    ColumnSource::Key(GroupKey::Tag(tag.to_owned())),
                    Holds::Text,
                )
            }
        };
        CostTableColumn {
            name: name.to_owned(),
            what,
            holds,
        }
    }

    /// Whether a name refers to a tag.
    pub(super) fn is_tag(name: &str) -> bool {
        [PART, ROW].contains(&name) || strip_any_case(name, TAG).is_some_and(|tag| !tag.is_empty())
    }

    /// Whether any row has a tag.
    pub(super) fn has_tag(&self, name: &str) -> bool {
        if [PART, ROW].contains(&name) {
            return true;
        }
        let tag = name.get(TAG.len()..).unwrap_or_default();
        self.tags.contains_key(&tag.to_lowercase())
    }

    /// The column's own spelling of a name, ignoring case; any tag name is accepted.
    pub(super) fn find(&self, name: &str) -> Option<String> {
        if [PART, ROW].contains(&name) {
            return Some(name.to_owned());
        }
        if Self::is_tag(name) {
            let tag = name.get(TAG.len()..).unwrap_or_default();
            let known = self.tags.get(&tag.to_lowercase());
            return Some(format!("{TAG}{}", known.map_or(tag, String::as_str)));
        }
        let exact = self.columns.iter().find(|column| column.name == name);
        let place = self.places.get(&name.to_lowercase());
        let column = exact.or_else(|| self.columns.get(*place?))?;
        Some(column.name.clone())
    }

    /// Whether unquoted words with a dash or colon between them form one name.
    pub(super) fn joins(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        if let Some(tag) = lower.strip_prefix(TAG) {
            return !tag.contains('-') || self.tags.contains_key(tag);
        }
        let is_key = KEY_NAMES.iter().any(|(key, _)| *key == lower);
        lower.contains('-') && (is_key || lower == TAG_SET)
    }

    /// Suggestions for an unknown name.
    pub(super) fn close(&self, name: &str) -> String {
        let lower = name.to_lowercase();
        let tags = self.tags.values().map(|tag| format!("{TAG}{tag}"));
        let columns = self.columns.iter().map(|column| column.name.clone());
        let near = similar(&lower, columns.chain(tags), |known| known.to_lowercase(), 3);
        let near: Vec<String> = near.iter().map(|name| written(name)).collect();
        if near.is_empty() {
            format!("a key such as \"resource-group\", \"tag:KEY\", or a header of {COSTS}")
        } else {
            near.join(", ")
        }
    }
}

/// A name in SQL: in double quotes if it needs them.
fn written(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// polars treats `*` and `^...$` as patterns, even in quotes.
fn plain_name(header: &str) -> String {
    let is_pattern = header.starts_with('^') && header.ends_with('$');
    if is_pattern || header == "*" {
        format!("({header})")
    } else {
        header.to_owned()
    }
}

fn holds(kind: ColumnKind) -> Holds {
    match kind {
        ColumnKind::Amount { .. } => Holds::Decimal,
        ColumnKind::Day { .. } => Holds::Date,
        ColumnKind::Text => Holds::Text,
    }
}

/// The common type of a column across files: text if the files differ.
fn together(mut kinds: impl Iterator<Item = Holds>) -> Holds {
    let first = kinds.next().unwrap_or(Holds::Text);
    if kinds.all(|kind| kind == first) {
        first
    } else {
        Holds::Text
    }
}

/// The name of the cost table in statements.
pub(crate) const COSTS: &str = "costs";
