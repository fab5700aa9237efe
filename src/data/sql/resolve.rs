//! Resolves the names of a statement: each gets its column's spelling, and an unknown name is refused with its
//! position.

use super::names::Names;
use super::walk::{Found, change, look};
use crate::domain::sql::statement::StatementError;
use sqlparser::ast::{
    Expr, Ident, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query, Select,
    SelectItem, TableFactor, Visitor, VisitorMut,
};
use sqlparser::tokenizer::Location;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The columns of the cost table that a statement uses.
#[derive(Debug, Default)]
pub(crate) struct UsedColumns {
    /// The tags, by column name.
    pub(crate) tags: BTreeSet<String>,
    pub(crate) columns: BTreeSet<String>,
    /// Whether it selects all columns.
    pub(crate) all: bool,
}

/// Gives every name the spelling of its column.
pub(super) fn resolve(
    text: &str,
    names: &Names,
    query: &mut Query,
    reads_tags: bool,
) -> Result<UsedColumns, StatementError> {
    let _ = change(query, &mut Outputs { names });
    let mut resolver = Resolver {
        text,
        names,
        defined: Defined::of(query),
        reads_tags,
        named: UsedColumns::default(),
    };
    match change(query, &mut resolver) {
        ControlFlow::Break(error) => Err(error),
        Found::Continue(()) => Ok(resolver.named),
    }
}

/// The columns of the tag table.
const OF_TAGS: [&str; 3] = ["set", "key", "value"];

/// Gives aliases that match a column the column's spelling, because `SUM(Quantity) AS Quantity` names one column twice.
struct Outputs<'a> {
    names: &'a Names,
}

impl VisitorMut for Outputs<'_> {
    type Break = StatementError;

    fn pre_visit_select(&mut self, select: &mut Select) -> Found {
        for item in &mut select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item
                && let Some(name) = self.names.find(&alias.value)
            {
                alias.value = name;
                alias.quote_style = Some('"');
            }
        }
        Found::Continue(())
    }
}

/// The names that the statement itself defines.
#[derive(Default)]
struct Defined {
    names: BTreeSet<String>,
}

impl Defined {
    fn of(query: &Query) -> Self {
        let mut defined = Self::default();
        let _ = look(query, &mut defined);
        defined
    }

    fn add(&mut self, ident: &Ident) {
        self.names.insert(ident.value.clone());
    }

    /// The name as it was defined.
    fn get(&self, name: &str) -> Option<&str> {
        let lower = name.to_lowercase();
        let alike = |known: &&String| known.to_lowercase() == lower;
        let exact = self.names.get(name);
        let found = exact.or_else(|| self.names.iter().find(alike));
        found.map(String::as_str)
    }
}

impl Visitor for Defined {
    type Break = StatementError;

    fn pre_visit_query(&mut self, query: &Query) -> Found {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.add(&cte.alias.name);
            for column in &cte.alias.columns {
                self.add(&column.name);
            }
        }
        Found::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> Found {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.add(alias);
            }
        }
        Found::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Found {
        if let TableFactor::Table {
            alias: Some(alias), ..
        }
        | TableFactor::Derived {
            alias: Some(alias), ..
        } = factor
        {
            self.add(&alias.name);
            for column in &alias.columns {
                self.add(&column.name);
            }
        }
        Found::Continue(())
    }
}

/// Gives every name the spelling of its column; unknown names are refused.
struct Resolver<'a> {
    text: &'a str,
    names: &'a Names,
    defined: Defined,
    /// Whether the tag table is read, which has its own columns.
    reads_tags: bool,
    named: UsedColumns,
}

impl Resolver<'_> {
    /// Records that a column is used.
    fn note(&mut self, column: Option<String>) {
        let tag = column.clone().filter(|name| Names::is_tag(name));
        self.named.tags.extend(tag);
        self.named.columns.extend(column);
    }

    fn name(&mut self, ident: &mut Ident) -> Found {
        // An exact match with a name that the statement defines wins.
        if self.defined.names.contains(&ident.value) {
            // The name may also be the column.
            let column = self.names.find(&ident.value);
            self.note(column.filter(|name| *name == ident.value));
            return Found::Continue(());
        }
        let own = || self.defined.get(&ident.value).map(ToOwned::to_owned);
        let found = self.names.find(&ident.value).or_else(own);
        let lower = ident.value.to_lowercase();
        if found.is_none() && self.reads_tags && OF_TAGS.contains(&lower.as_str()) {
            ident.value = lower;
            return Found::Continue(());
        }
        let Some(name) = found else {
            let Location { line, column } = ident.span.start;
            let wrong = format!("there is no column `{}`", ident.value);
            let expected = if ident.quote_style == Some('"') {
                format!(
                    "{}; text goes in single quotes",
                    self.names.close(&ident.value)
                )
            } else {
                self.names.close(&word_around(self.text, (line, column)))
            };
            let error = StatementError::at(self.text, (line, column), &wrong, &expected);
            return Found::Break(error);
        };
        self.note(Some(name.clone()));
        ident.value = name;
        ident.quote_style = Some('"');
        Found::Continue(())
    }
}

impl VisitorMut for Resolver<'_> {
    type Break = StatementError;

    fn pre_visit_select(&mut self, select: &mut Select) -> Found {
        self.named.all |= select.projection.iter().any(|item| {
            matches!(
                item,
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
            )
        });
        for from in &mut select.from {
            for join in &mut from.joins {
                let (JoinOperator::Join(JoinConstraint::Using(columns))
                | JoinOperator::Inner(JoinConstraint::Using(columns))
                | JoinOperator::Left(JoinConstraint::Using(columns))
                | JoinOperator::LeftOuter(JoinConstraint::Using(columns))) =
                    &mut join.join_operator
                else {
                    continue;
                };
                for column in columns {
                    for part in &mut column.0 {
                        if let ObjectNamePart::Identifier(ident) = part {
                            self.name(ident)?;
                        }
                    }
                }
            }
        }
        Found::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> Found {
        for part in &mut name.0 {
            if let ObjectNamePart::Identifier(ident) = part {
                let own = self.defined.get(&ident.value).map(ToOwned::to_owned);
                ident.value = own.unwrap_or_else(|| ident.value.to_lowercase());
            }
        }
        Found::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Found {
        match expr {
            Expr::Identifier(ident) => self.name(ident),
            Expr::CompoundIdentifier(parts) => {
                let Some((last, tables)) = parts.split_last_mut() else {
                    return Found::Continue(());
                };
                for table in tables {
                    let own = self.defined.get(&table.value).map(ToOwned::to_owned);
                    table.value = own.unwrap_or_else(|| table.value.to_lowercase());
                }
                self.name(last)
            }
            _ => Found::Continue(()),
        }
    }
}

/// The word at a position, including parts joined by dashes, which key names have.
fn word_around(text: &str, (line, column): (u64, u64)) -> String {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let line = text.lines().nth(number(line).saturating_sub(1));
    let line: Vec<char> = line.unwrap_or_default().chars().collect();
    let at = number(column).saturating_sub(1).min(line.len());
    let inside = |c: &&char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':');
    let (before, behind) = line.split_at(at);
    let start = before.iter().rev().take_while(inside).count();
    let end = behind.iter().take_while(inside).count();
    line.iter().skip(at - start).take(start + end).collect()
}
