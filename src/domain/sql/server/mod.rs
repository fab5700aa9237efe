//! Derives the table of costs from a table on a Spark server. The mapping is plain SQL of the server, so nothing has to
//! be written there. It is exact: numbers are read from their digits with ties to even, days are unchanged, and tags
//! come from their original JSON.

pub mod column;
pub mod columns;
pub mod parts;
#[cfg(test)]
mod parts_tests;
pub mod scan;
pub mod tags;

use super::dialect::{PART, SqlDialect, TAGS_TEXT};
use super::digits::{digits, literal, without_exponent};
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::group_key::{GroupKey, KEY_NAMES};
use column::{NO_TEXT, amount, day, squeezed, trim, trimmed, untrimmed};
use columns::{ColumnType, ReadAs, ServerColumn, ServerTable, StatementNeeds};
use std::collections::{BTreeSet, HashSet};

impl ServerColumn {
    /// Whether it already has the type it is read as.
    fn is_direct(&self) -> bool {
        match self.read_as {
            ReadAs::Amount => matches!(self.kind, ColumnType::Decimal | ColumnType::Integer),
            ReadAs::Day => matches!(self.kind, ColumnType::Date | ColumnType::Timestamp { .. }),
            ReadAs::Text => false,
        }
    }

    /// The column as it is read, if it is direct.
    fn direct(&self) -> String {
        let name = SqlDialect::Spark.quoted(&self.name);
        match (self.read_as, self.kind) {
            (ReadAs::Amount, _) => format!("CAST({name} AS DECIMAL(38,18))"),
            (_, ColumnType::Timestamp { zoned: true }) => {
                format!("CAST(TO_UTC_TIMESTAMP({name}, CURRENT_TIMEZONE()) AS DATE)")
            }
            (_, ColumnType::Timestamp { zoned: false }) => format!("CAST({name} AS DATE)"),
            _ => name,
        }
    }

    /// The column as text, before whitespace is trimmed.
    fn text(&self) -> String {
        let name = SqlDialect::Spark.quoted(&self.name);
        match self.kind {
            ColumnType::Text => name,
            ColumnType::Keyed => format!("TO_JSON({name})"),
            ColumnType::Boolean => {
                format!("CASE WHEN {name} THEN 'True' WHEN NOT {name} THEN 'False' END")
            }
            ColumnType::Timestamp { zoned } => {
                let time = if zoned {
                    format!("TO_UTC_TIMESTAMP({name}, CURRENT_TIMEZONE())")
                } else {
                    name
                };
                let form = literal("yyyy-MM-dd'T'HH:mm:ss'Z'");
                format!("DATE_FORMAT({time}, {form})")
            }
            ColumnType::Nested => NO_TEXT.to_owned(),
            ColumnType::Decimal | ColumnType::Integer | ColumnType::Double | ColumnType::Date => {
                format!("CAST({name} AS STRING)")
            }
        }
    }
}

impl ServerTable {
    fn at(&self, role: Role) -> Option<&ServerColumn> {
        self.columns.get(*self.roles.get(&role)?)
    }

    /// The text of a role; a typed NULL if no column has it.
    fn role(&self, role: Role) -> String {
        match (self.roles.get(&role), self.at(role)) {
            (Some(at), Some(column)) if column.read_as == ReadAs::Text => format!("`c{at}`"),
            _ => NO_TEXT.to_owned(),
        }
    }

    /// A column as it is read, from its trimmed text.
    fn value(&self, at: usize) -> String {
        let own = format!("`c{at}`");
        match self.columns.get(at) {
            Some(column) if !column.is_direct() => match column.read_as {
                ReadAs::Amount => amount(&own),
                ReadAs::Day => day(&own, self.day_first),
                ReadAs::Text => own,
            },
            _ => own,
        }
    }

    fn typed_role(&self, role: Role, kind: &str) -> String {
        let at = self.roles.get(&role);
        at.map_or_else(|| format!("CAST(NULL AS {kind})"), |at| self.value(*at))
    }

    fn keeps_blanks(&self, at: usize) -> bool {
        let column = self.columns.get(at);
        let header = column.map_or("", |column| column.header.as_str());
        self.roles.get(&Role::Tags) == Some(&at)
            || plain(header) == "additionalinfo"
            || GroupKey::tag_of(header).is_some()
    }

    /// The common table expressions that derive the table of costs, under this name, from a relation on the server.
    pub fn view_as(&self, name: &str, relation: &str, wanted: &StatementNeeds) -> String {
        let has_tags = self.roles.contains_key(&Role::Tags);
        let tags = if has_tags {
            wanted.tags.as_slice()
        } else {
            &[]
        };
        let mut levels = vec![
            self.trimmed(name, relation, !tags.is_empty()),
            self.plain(name, !tags.is_empty()),
        ];
        let mut source = format!("{name}_plain");
        if !tags.is_empty() {
            let each = tags.iter().enumerate();
            let each: Vec<String> = each
                .map(|(at, tag)| format!("{} AS `t{at}`", tags::written("`tt`", tag)))
                .collect();
            levels.push(format!(
                "{name}_sound AS (SELECT *, {} AS `tt` FROM {name}_plain)",
                tags::sound("`t`")
            ));
            levels.push(format!(
                "{name}_tagged AS (SELECT *, {} FROM {name}_sound)",
                each.join(", ")
            ));
            source = format!("{name}_tagged");
        }
        levels.push(self.keyed(name, &source, wanted, has_tags));
        levels.push(if self.roles.contains_key(&Role::Date) {
            format!(
                "{name} AS (SELECT *, DATE_FORMAT(`date`, 'yyyy-MM') AS `month` FROM {name}_keyed)"
            )
        } else {
            format!("{name} AS (SELECT * FROM {name}_keyed)")
        });
        levels.join(",\n")
    }

    /// Every column as trimmed text, or unchanged if it is already typed.
    fn trimmed(&self, name: &str, relation: &str, tags: bool) -> String {
        let columns = self.columns.iter().enumerate();
        let mut out: Vec<String> = columns
            .map(|(at, column)| {
                let value = if column.is_direct() {
                    column.direct()
                } else if self.keeps_blanks(at) {
                    untrimmed(&column.text())
                } else {
                    trimmed(&column.text())
                };
                format!("{value} AS `c{at}`")
            })
            .collect();
        if let (true, Some(column)) = (tags, self.at(Role::Tags)) {
            out.push(format!("{} AS `t`", trim(&column.text())));
        }
        format!(
            "{name}_trimmed AS (SELECT {} FROM {relation})",
            out.join(", ")
        )
    }

    /// Numbers without exponents, tags with their braces.
    fn plain(&self, name: &str, tags: bool) -> String {
        let columns = self.columns.iter().enumerate();
        let mut out: Vec<String> = columns
            .map(|(at, column)| {
                let own = format!("`c{at}`");
                let is_double = column.kind == ColumnType::Double;
                let is_number = is_double || column.kind == ColumnType::Decimal;
                let mut value = own.clone();
                if !column.is_direct() && (column.read_as == ReadAs::Amount || is_double) {
                    value = without_exponent(&value);
                }
                if column.read_as == ReadAs::Text && is_number {
                    value = digits(&value);
                }
                if value == own {
                    own
                } else {
                    format!("{value} AS {own}")
                }
            })
            .collect();
        if tags {
            out.push(format!("{} AS `t`", tags::braced("`t`")));
        }
        format!(
            "{name}_plain AS (SELECT {} FROM {name}_trimmed)",
            out.join(", ")
        )
    }

    /// The contract's keys under their own names, then all other headers, and the tags.
    fn keyed(&self, name: &str, source: &str, wanted: &StatementNeeds, has_tags: bool) -> String {
        let mut out = Outputs::default();
        let cost = if wanted.effective && self.roles.contains_key(&Role::EffectiveCost) {
            Role::EffectiveCost
        } else {
            Role::Cost
        };
        let has_date = self.roles.contains_key(&Role::Date);
        for (name, key) in KEY_NAMES {
            match key {
                // Added one level up.
                GroupKey::Month if has_date => out.keep(name),
                GroupKey::Role(Role::Cost) => {
                    out.add(name, &self.typed_role(cost, "DECIMAL(38,18)"));
                }
                key => out.add(name, &self.key(&key)),
            }
        }
        out.add(
            "quantity",
            &self.typed_role(Role::Quantity, "DECIMAL(38,18)"),
        );
        out.add("unit", &self.role(Role::Unit));
        for (at, tag) in wanted.tags.iter().enumerate() {
            let value = match self.column_of_tag(tag) {
                _ if has_tags => tags::value(&format!("`t{at}`")),
                Some(at) => format!("`c{at}`"),
                None => NO_TEXT.to_owned(),
            };
            out.add(&format!("tag:{tag}"), &value);
        }
        for (at, column) in self.columns.iter().enumerate() {
            out.add(&column.header, &self.value(at));
        }
        out.add(PART, &parts::part(self));
        out.add(TAGS_TEXT, &self.role(Role::Tags));
        let out = out.all;
        format!("{name}_keyed AS (SELECT {} FROM {source})", out.join(", "))
    }

    /// A key that is text.
    fn key(&self, key: &GroupKey) -> String {
        let GroupKey::Role(role) = key else {
            let mut columns = self.columns.iter();
            let month = columns.position(|column| plain(&column.header) == "month");
            return month.map_or_else(|| NO_TEXT.to_owned(), |at| format!("`c{at}`"));
        };
        let own = self.role(*role);
        match role {
            Role::Date => self.typed_role(Role::Date, "DATE"),
            Role::Currency => format!("UPPER({own})"),
            Role::ResourceGroup => {
                let id = self.role(Role::Resource);
                let arm = literal(r"(?i)^(?:[^/]*/)*?resourcegroups/([^/]*)");
                format!("COALESCE({own}, NULLIF(REGEXP_EXTRACT({id}, {arm}, 1), ''))")
            }
            Role::Subscription => format!(
                "CASE WHEN LOWER(SUBSTRING({own}, 1, 15)) = '/subscriptions/' THEN SPLIT_PART(SUBSTRING({own}, 16), '/', 1) \
                 ELSE {own} END"
            ),
            Role::PricingModel => squeezed(&own),
            _ => own,
        }
    }

    fn column_of_tag(&self, tag: &str) -> Option<usize> {
        let tag = tag.to_lowercase();
        let mut columns = self.columns.iter();
        columns.position(|column| {
            GroupKey::tag_of(&column.header).is_some_and(|own| own.to_lowercase() == tag)
        })
    }

    /// The statement that counts invalid values in columns whose names do not guarantee their type, and the indexes of
    /// these columns. `None` if there is nothing to check.
    pub fn probe(&self, relation: &str) -> Option<(String, Vec<usize>)> {
        let must: BTreeSet<usize> = [Role::Cost, Role::EffectiveCost, Role::Date]
            .iter()
            .filter_map(|role| self.roles.get(role).copied())
            .collect();
        let mut asked = Vec::new();
        let mut counts = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            if must.contains(&at) || column.read_as == ReadAs::Text {
                continue;
            }
            let wrong = match column.kind {
                ColumnType::Timestamp { .. } => {
                    let time = column.text();
                    format!("NOT {time} LIKE '%T00:00:00Z'")
                }
                _ if column.is_direct() => continue,
                ColumnType::Text
                | ColumnType::Decimal
                | ColumnType::Integer
                | ColumnType::Double
                | ColumnType::Date
                | ColumnType::Boolean
                | ColumnType::Keyed
                | ColumnType::Nested => column::is_none(&trimmed(&column.text()), column.read_as),
            };
            counts.push(format!("COUNT(CASE WHEN {wrong} THEN 1 END) AS `n{at}`"));
            asked.push(at);
        }
        (!asked.is_empty()).then(|| {
            (
                format!("SELECT {} FROM {relation}", counts.join(", ")),
                asked,
            )
        })
    }
}

/// Outputs by name; each name occurs once, ignoring case.
#[derive(Default)]
struct Outputs {
    taken: HashSet<String>,
    all: Vec<String>,
}

impl Outputs {
    fn keep(&mut self, name: &str) {
        self.taken.insert(name.to_lowercase());
    }

    fn add(&mut self, name: &str, value: &str) {
        if self.taken.insert(name.to_lowercase()) {
            let name = SqlDialect::Spark.quoted(name);
            self.all.push(format!("{value} AS {name}"));
        }
    }
}

/// Puts the table of costs in front of a generated statement.
pub fn with_view(view: &str, statement: &str) -> String {
    match statement.strip_prefix("WITH ") {
        Some(rest) => format!("WITH {view},\n{rest}"),
        None => format!("WITH {view}\n{statement}"),
    }
}

/// Wraps a statement typed by the user, so that it can only be a query.
pub fn around(view: &str, statement: &str, most: Option<usize>) -> String {
    let text = statement.trim().trim_end_matches(';').trim_end();
    let limit = most.map(|most| format!(" LIMIT {most}"));
    format!(
        "WITH {view}\nSELECT * FROM (\n{text}\n) AS question{}",
        limit.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests;
