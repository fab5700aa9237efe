//! Casts quoted numbers and dates that are compared with a number or a date, because polars compares them as text.

use super::aggregates::{arguments, arguments_mut, name_of};
use super::expressions::{binary, cast, decimal, nested};
use super::names::{Holds, Names};
use super::walk::{Found, look};
use crate::domain::sql::statement::StatementError;
use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Query, Select, SelectItem, UnaryOperator, Value, Visitor,
};
use std::collections::BTreeMap;

/// The type of an expression, if it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    Number,
    Day,
}

/// The types of columns and outputs.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    known: BTreeMap<String, ValueKind>,
}

/// Functions that return the type of their arguments.
const KEEPING: [&str; 16] = [
    "SUM", "AVG", "MEAN", "MIN", "MAX", "FIRST", "LAST", "ABS", "ROUND", "CEIL", "FLOOR",
    "COALESCE", "IFNULL", "NULLIF", "GREATEST", "LEAST",
];

impl Kinds {
    /// The types of the table's columns and of the statement's aliases.
    pub(super) fn of(names: &Names, query: &Query) -> Self {
        let mut kinds = Self::default();
        for column in names.columns() {
            let kind = match column.holds {
                Holds::Decimal => ValueKind::Number,
                Holds::Date => ValueKind::Day,
                Holds::Text | Holds::Number => continue,
            };
            kinds.known.insert(column.name.clone(), kind);
        }
        // The second pass resolves aliases of aliases.
        for _ in 0..2 {
            let _ = look(query, &mut kinds);
        }
        kinds
    }

    fn kind(&self, expr: &Expr) -> Option<ValueKind> {
        match expr {
            Expr::Identifier(ident) => self.known.get(&ident.value).copied(),
            Expr::CompoundIdentifier(parts) => self.known.get(&parts.last()?.value).copied(),
            Expr::Value(value) => {
                matches!(value.value, Value::Number(..)).then_some(ValueKind::Number)
            }
            Expr::Nested(inner) => self.kind(inner),
            Expr::UnaryOp {
                op: UnaryOperator::Minus | UnaryOperator::Plus,
                expr,
            } => self.kind(expr),
            Expr::BinaryOp {
                left,
                op:
                    BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::Divide
                    | BinaryOperator::Modulo,
                right,
            } => self.kind(left).or_else(|| self.kind(right)),
            Expr::Cast { data_type, .. } => match data_type {
                DataType::Date => Some(ValueKind::Day),
                DataType::Decimal(_) | DataType::Numeric(_) | DataType::HugeInt => {
                    Some(ValueKind::Number)
                }
                _ => None,
            },
            Expr::Case {
                conditions,
                else_result,
                ..
            } => {
                let mut results = conditions.iter().map(|when| &when.result);
                let first = results.find_map(|result| self.kind(result));
                first.or_else(|| self.kind(else_result.as_deref()?))
            }
            Expr::Function(function) if KEEPING.contains(&name_of(function).as_str()) => {
                arguments(function).find_map(|value| self.kind(value))
            }
            _ => None,
        }
    }

    /// Casts quoted text that is compared with a number or a date.
    pub(super) fn compare(&self, expr: &mut Expr) {
        match expr {
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                let kind = self.kind(left).or_else(|| self.kind(right));
                quoted(left, kind);
                quoted(right, kind);
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                let kind = self.kind(expr);
                quoted(low, kind);
                quoted(high, kind);
            }
            Expr::InList { .. } => self.list(expr),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                let kind = operand.as_ref().and_then(|operand| self.kind(operand));
                for when in conditions.iter_mut() {
                    quoted(&mut when.condition, kind);
                }
                let mut results = conditions.iter().map(|when| &when.result);
                let found = results.find_map(|result| self.kind(result));
                if let Some(other) = else_result {
                    quoted(other, found);
                }
            }
            Expr::Function(function)
                if ["COALESCE", "IFNULL", "NULLIF", "GREATEST", "LEAST"]
                    .contains(&name_of(function).as_str()) =>
            {
                let kind = arguments(function).find_map(|value| self.kind(value));
                arguments_mut(function).for_each(|value| quoted(value, kind));
            }
            _ => {}
        }
    }

    /// polars requires IN lists of literals of one type; other lists become single comparisons.
    fn list(&self, expr: &mut Expr) {
        let Expr::InList {
            expr: value,
            list,
            negated,
        } = expr
        else {
            return;
        };
        let Some(kind) = self.kind(value) else {
            return;
        };
        for one in list.iter_mut() {
            quoted(one, Some(kind));
        }
        let is_plain = |one: &Expr| match one {
            Expr::Value(value) => matches!(value.value, Value::Number(..)),
            _ => false,
        };
        if kind == ValueKind::Day || list.iter().all(is_plain) {
            return;
        }
        let tests: Vec<Expr> = list
            .iter()
            .map(|one| binary((**value).clone(), BinaryOperator::Eq, one.clone()))
            .collect();
        let Some(any) = any_of(&tests) else {
            return;
        };
        *expr = if *negated {
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr: Box::new(any),
            }
        } else {
            any
        };
    }
}

/// Joins tests with OR, as a balanced tree.
fn any_of(tests: &[Expr]) -> Option<Expr> {
    match tests {
        [] => return None,
        [one] => return Some(nested(one.clone())),
        _ => {}
    }
    let (left, right) = tests.split_at(tests.len() / 2);
    let both = (any_of(left)?, any_of(right)?);
    Some(nested(binary(both.0, BinaryOperator::Or, both.1)))
}

fn is_comparison(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
            | BinaryOperator::Spaceship
    )
}

/// Casts a text literal to the type that it is compared with.
fn quoted(expr: &mut Expr, kind: Option<ValueKind>) {
    let is_text =
        matches!(&*expr, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)));
    if !is_text {
        return;
    }
    match kind {
        Some(ValueKind::Number) => *expr = cast(expr.clone(), decimal()),
        Some(ValueKind::Day) => *expr = cast(expr.clone(), DataType::Date),
        None => {}
    }
}

impl Visitor for Kinds {
    type Break = StatementError;

    fn pre_visit_select(&mut self, select: &Select) -> Found {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item
                && let Some(kind) = self.kind(expr)
            {
                self.known.entry(alias.value.clone()).or_insert(kind);
            }
        }
        Found::Continue(())
    }
}
