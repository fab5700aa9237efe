//! Aggregates in a statement: what they are given.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Visit, Visitor,
};
use std::ops::ControlFlow;

/// Expressions that a function is given.
pub(super) fn arguments(function: &Function) -> impl Iterator<Item = &Expr> {
    let args = match &function.args {
        FunctionArguments::List(list) => list.args.as_slice(),
        _ => &[],
    };
    args.iter().filter_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    })
}

/// The name of a function, in upper case.
pub(super) fn name_of(function: &Function) -> String {
    function.name.to_string().to_uppercase()
}

const AGGREGATES: [&str; 22] = [
    "SUM",
    "COUNT",
    "AVG",
    "MEAN",
    "MIN",
    "MAX",
    "MEDIAN",
    "STDDEV",
    "STDDEV_SAMP",
    "STDEV",
    "STDEV_SAMP",
    "VARIANCE",
    "VAR",
    "VAR_SAMP",
    "QUANTILE_CONT",
    "QUANTILE_DISC",
    "FIRST",
    "LAST",
    "STRING_AGG",
    "LISTAGG",
    "ARRAY_AGG",
    "CORR",
];

/// Why an aggregate of a value that no column is in is refused: polars takes it for a single row. Sums and counts of one
/// are rewritten.
pub(super) fn of_no_column(function: &Function) -> Option<String> {
    let name = name_of(function);
    let value = arguments(function).next()?;
    let distinct = matches!(&function.args, FunctionArguments::List(list) if list.duplicate_treatment.is_some());
    let rewritten = ["SUM", "COUNT"].contains(&name.as_str()) && !distinct;
    (AGGREGATES.contains(&name.as_str()) && !rewritten && is_constant(value))
        .then(|| format!("{name} of `{value}` has no column in it: write the value itself"))
}

/// Whether no column stands in an expression.
pub(super) fn is_constant(expr: &Expr) -> bool {
    struct Look;
    impl Visitor for Look {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(_)
                | Expr::CompoundIdentifier(_)
                | Expr::Wildcard(_)
                | Expr::QualifiedWildcard(..)
                | Expr::Subquery(_)
                | Expr::Exists { .. }
                | Expr::InSubquery { .. } => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Look).is_continue()
}

/// Whether an aggregate stands in an expression.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    struct Look;
    impl Visitor for Look {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Function(function)
                    if function.over.is_none()
                        && AGGREGATES.contains(&name_of(function).as_str()) =>
                {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Look).is_break()
}
