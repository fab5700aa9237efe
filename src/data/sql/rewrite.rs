//! Rewrites a statement to be exact: numbers with a decimal point are decimals, means are quotients of sums, counts do
//! not wrap, and every output has a name.

use super::aggregates::{arguments, arguments_mut, is_constant, name_of};
use super::expressions::{binary, called, cast, decimal, nested};
use super::kinds::Kinds;
use super::walk::{Found, any, change};
use super::widths::widen;
use crate::domain::sql::statement::StatementError;
use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    BinaryOperator, CaseWhen, DataType, ExactNumberInfo, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName, Query, Select,
    SelectItem, UnaryOperator, Value, VisitorMut,
};
use std::collections::HashMap;

/// Functions that take a floating-point number.
const FLOATS: [&str; 12] = [
    "QUANTILE_CONT",
    "QUANTILE_DISC",
    "POW",
    "POWER",
    "SIN",
    "COS",
    "TAN",
    "ATAN2",
    "LOG",
    "LOG10",
    "EXP",
    "RANDOM",
];

/// A text that cannot be cast to a number, in place of a sum that would wrap.
pub(super) const TOO_LARGE: &str = "costscope: a sum is too large";

/// Rewrites a query without changing its meaning. `grows`: sums may overflow, whatever the statement is. `kinds`: the
/// types of its columns and outputs.
pub(super) fn rewrite(query: &mut Query, grows: bool, kinds: &Kinds) {
    let mut rewriter = Rewriter {
        kinds,
        floats: 0,
        grows: grows || makes_more(query),
    };
    let _ = change(query, &mut rewriter);
}

struct Rewriter<'a> {
    kinds: &'a Kinds,
    /// The nesting depth of floating-point functions.
    floats: u32,
    /// Whether values may be larger than those of the table.
    grows: bool,
}

/// Whether a statement can produce values larger than those of the table: by arithmetic, by casting text to numbers, or
/// by its own literals.
fn makes_more(query: &Query) -> bool {
    any(query, |expr| match expr {
        Expr::BinaryOp { op, .. } => matches!(
            op,
            BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
        ),
        Expr::Cast { .. } => true,
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number.len() > 12 || number.contains(['e', 'E']),
            _ => false,
        },
        _ => false,
    })
}

impl VisitorMut for Rewriter<'_> {
    type Break = StatementError;

    fn pre_visit_select(&mut self, select: &mut Select) -> Found {
        name_outputs(&mut select.projection);
        Found::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Found {
        if is_of_floats(expr) {
            self.floats += 1;
        }
        Found::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Found {
        if is_of_floats(expr) {
            self.floats = self.floats.saturating_sub(1);
        }
        widen(expr);
        self.kinds.compare(expr);
        if let Some(exact) = exact(expr, self.floats > 0, self.grows) {
            *expr = exact;
        }
        Found::Continue(())
    }
}

fn is_of_floats(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(function) if FLOATS.contains(&name_of(function).as_str()))
}

/// The replacement of an expression that would not be exact.
fn exact(expr: &Expr, float: bool, grows: bool) -> Option<Expr> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) if !float && number.contains(['.', 'e', 'E']) => {
                Some(cast(text(number), decimal()))
            }
            _ => None,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => negative(expr),
        Expr::Function(function) => match name_of(function).as_str() {
            "COUNT" => Some(cast(expr.clone(), DataType::HugeInt)),
            "AVG" | "MEAN" if arguments(function).count() == 1 => Some(quotient(function, grows)),
            "SUM" => Some(sum(function, grows)),
            _ => None,
        },
        _ => None,
    }
}

/// Folds the sign into a decimal literal, because IN lists take only literals.
fn negative(expr: &Expr) -> Option<Expr> {
    if let Expr::Cast {
        expr,
        data_type: DataType::Decimal(_),
        ..
    } = expr
        && let Expr::Value(value) = &**expr
        && let Value::SingleQuotedString(number) = &value.value
        && !number.starts_with('-')
    {
        return Some(cast(text(&format!("-{number}")), decimal()));
    }
    None
}

/// The same call with another function name.
fn renamed(function: &Function, name: &str) -> Function {
    Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        ..function.clone()
    }
}

fn number(text: &str) -> Expr {
    Expr::Value(Value::Number(text.to_owned(), false).into())
}

fn text(text: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(text.to_owned()).into())
}

/// The mean as sum over count, which polars rounds half-even to 18 digits; null for no rows.
fn quotient(mean: &Function, grows: bool) -> Expr {
    let count = cast(Expr::Function(renamed(mean, "COUNT")), DataType::HugeInt);
    let some = called("NULLIF", vec![count, number("0")]);
    let sum = sum(&renamed(mean, "SUM"), grows);
    nested(binary(sum, BinaryOperator::Divide, some))
}

/// A sum that is exact or fails.
fn sum(function: &Function, grows: bool) -> Expr {
    match arguments(function).next() {
        Some(value) if is_constant(value) => times(value, function),
        // The bound of a plain column's sum is known in advance.
        Some(Expr::Identifier(_) | Expr::CompoundIdentifier(_)) if !grows => {
            Expr::Function(function.clone())
        }
        _ => checked(function),
    }
}

/// A sum of wide integers, plus a zero that fails to cast if the same sum in floating point, which does not wrap, is
/// too large.
fn checked(sum: &Function) -> Expr {
    let of = |make: &dyn Fn(&Expr) -> Expr| {
        let mut other = sum.clone();
        for value in arguments_mut(&mut other) {
            *value = make(value);
        }
        Expr::Function(other)
    };
    let zero = || cast(number("0"), DataType::HugeInt);
    let wide = of(&|expr| binary(nested(expr.clone()), BinaryOperator::Plus, zero()));
    let double = DataType::Double(ExactNumberInfo::None);
    let rough = of(&|expr| cast(expr.clone(), double.clone()));
    let too_large = binary(
        called("ABS", vec![rough]),
        BinaryOperator::GtEq,
        cast(text("1e20"), double.clone()),
    );
    let none = Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen {
            condition: too_large,
            result: text(TOO_LARGE),
        }],
        else_result: Some(Box::new(text("0"))),
    };
    nested(binary(
        wide,
        BinaryOperator::Plus,
        cast(none, DataType::HugeInt),
    ))
}

/// The sum of a constant: the value times the row count; null for no rows.
fn times(value: &Expr, sum: &Function) -> Expr {
    let wildcard = FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args: vec![FunctionArg::Unnamed(FunctionArgExpr::Wildcard)],
        clauses: Vec::new(),
    });
    let count = Expr::Function(Function {
        args: wildcard,
        ..renamed(sum, "COUNT")
    });
    let count = cast(count, DataType::HugeInt);
    let some = called("NULLIF", vec![count, number("0")]);
    nested(binary(
        nested(value.clone()),
        BinaryOperator::Multiply,
        some,
    ))
}

/// Names unnamed outputs by their text, because polars would give `MIN(cost)` and `MAX(cost)` the same name.
fn name_outputs(items: &mut [SelectItem]) {
    let mut known: HashMap<String, usize> = HashMap::new();
    for item in items {
        let SelectItem::UnnamedExpr(expr) = item else {
            continue;
        };
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            continue;
        }
        let text = expr.to_string().replace('"', "");
        let count = known.entry(text.clone()).or_default();
        *count += 1;
        let name = if *count > 1 {
            format!("{text} #{count}")
        } else {
            text
        };
        *item = SelectItem::ExprWithAlias {
            expr: expr.clone(),
            alias: Ident::with_quote('"', name),
        };
    }
}
