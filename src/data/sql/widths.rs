//! Widens integers, because polars integers are as narrow as their source and wrap silently.

use super::aggregates::{arguments_mut, name_of};
use super::expressions::{binary, called, cast, nested};
use sqlparser::ast::{BinaryOperator, DataType, Expr, UnaryOperator, Value};

/// Functions that return narrow integers.
const NARROW: [&str; 13] = [
    "LENGTH",
    "LEN",
    "CHAR_LENGTH",
    "CHARACTER_LENGTH",
    "OCTET_LENGTH",
    "BIT_LENGTH",
    "STRPOS",
    "DATE_PART",
    "ROW_NUMBER",
    "RANK",
    "DENSE_RANK",
    "NTILE",
    "SIGN",
];

/// Functions that return one of their arguments.
const HANDING: [&str; 7] = [
    "COALESCE", "IFNULL", "NULLIF", "GREATEST", "LEAST", "IF", "IFF",
];

/// Widens an expression whose parts are already widened.
pub(super) fn widen(expr: &mut Expr) {
    match expr {
        Expr::Extract { .. } | Expr::Position { .. } => *expr = wide(expr),
        Expr::Cast { data_type, .. } if is_narrow(data_type) => *expr = wide(expr),
        Expr::Function(function) => {
            let name = name_of(function);
            if HANDING.contains(&name.as_str()) {
                arguments_mut(function).for_each(literal);
            }
            if NARROW.contains(&name.as_str()) {
                *expr = wide(expr);
            }
        }
        Expr::Case {
            conditions,
            else_result,
            ..
        } => {
            for when in conditions {
                literal(&mut when.result);
            }
            if let Some(other) = else_result {
                literal(other);
            }
        }
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply => {
                literal(left);
                literal(right);
            }
            BinaryOperator::Modulo => {
                literal(left);
                literal(right);
                *expr = remainder(left, right);
            }
            _ => {}
        },
        _ => {}
    }
}

fn wide(expr: &Expr) -> Expr {
    cast(expr.clone(), DataType::HugeInt)
}

fn is_narrow(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::TinyInt(_)
            | DataType::SmallInt(_)
            | DataType::MediumInt(_)
            | DataType::Int(_)
            | DataType::Integer(_)
            | DataType::BigInt(_)
            | DataType::Int2(_)
            | DataType::Int4(_)
            | DataType::Int8(_)
            | DataType::UTinyInt
            | DataType::USmallInt
            | DataType::UBigInt
    )
}

/// Widens an integer literal.
fn literal(expr: &mut Expr) {
    let is_whole = |expr: &Expr| match expr {
        Expr::Value(value) => {
            matches!(&value.value, Value::Number(number, _) if !number.contains(['.', 'e', 'E']))
        }
        _ => false,
    };
    let whole = match &*expr {
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => is_whole(expr),
        other => is_whole(other),
    };
    if whole {
        *expr = wide(expr);
    }
}

/// The remainder with the sign of the dividend, as usual in SQL; polars uses the sign of the divisor.
fn remainder(left: &Expr, right: &Expr) -> Expr {
    let of = |name: &str, expr: &Expr| called(name, vec![expr.clone()]);
    let rest = binary(of("ABS", left), BinaryOperator::Modulo, of("ABS", right));
    nested(binary(
        of("SIGN", left),
        BinaryOperator::Multiply,
        nested(rest),
    ))
}
