//! Makes a statement exact: numbers with a point are decimals, means are quotients of sums, counts do not wrap, every output
//! has a name.

use super::guard::{arguments, name_of};
use super::quotient::QUOTIENT;
use sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, Query, Select, SelectItem, Value,
    VisitMut, VisitorMut,
};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Functions that are given a floating point number.
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

/// Rewrites a query; what it means stays the same. Whether anything is added up.
pub(super) fn rewrite(query: &mut Query) -> bool {
    let mut rewriter = Rewriter {
        floats: 0,
        adds_up: false,
    };
    let _ = VisitMut::visit(query, &mut rewriter);
    rewriter.adds_up
}

struct Rewriter {
    /// How many functions of floating point numbers are around us.
    floats: u32,
    adds_up: bool,
}

impl VisitorMut for Rewriter {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        name_outputs(&mut select.projection);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if is_of_floats(expr) {
            self.floats += 1;
        }
        self.adds_up |= matches!(expr, Expr::Function(function)
            if ["SUM", "AVG", "MEAN"].contains(&name_of(function).as_str()));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if is_of_floats(expr) {
            self.floats = self.floats.saturating_sub(1);
        }
        if let Some(exact) = exact(expr, self.floats > 0) {
            *expr = exact;
        }
        ControlFlow::Continue(())
    }
}

fn is_of_floats(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(function) if FLOATS.contains(&name_of(function).as_str()))
}

/// What stands in the place of an expression that would not be exact.
fn exact(expr: &Expr, float: bool) -> Option<Expr> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) if !float && number.contains(['.', 'e', 'E']) => {
                let text = Value::SingleQuotedString(number.clone());
                Some(cast(Expr::Value(text.into()), decimal()))
            }
            _ => None,
        },
        Expr::Function(function) => match name_of(function).as_str() {
            "COUNT" => Some(cast(expr.clone(), DataType::BigInt(None))),
            "AVG" | "MEAN" if arguments(function).count() == 1 => Some(quotient(function)),
            _ => None,
        },
        _ => None,
    }
}

fn decimal() -> DataType {
    DataType::Decimal(ExactNumberInfo::PrecisionAndScale(38, 18))
}

fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        array: false,
        format: None,
    }
}

/// The sum over the count, rounded once.
fn quotient(mean: &Function) -> Expr {
    let called = |name: &str| {
        Expr::Function(Function {
            name: ObjectName::from(vec![Ident::new(name)]),
            ..mean.clone()
        })
    };
    let args = [called("SUM"), cast(called("COUNT"), DataType::BigInt(None))];
    let args = args.map(|expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(QUOTIENT)]),
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.to_vec(),
            clauses: Vec::new(),
        }),
        filter: None,
        over: None,
        within_group: Vec::new(),
        ..mean.clone()
    })
}

/// Gives outputs without a name their own text as one; polars would call `MIN(cost)` and `MAX(cost)` the same.
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
