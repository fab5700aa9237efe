//! Analyzes the aggregate functions of a statement and their arguments.

use super::walk::{Found, any, look};
use crate::domain::sql::statement::StatementError;
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Select,
    SelectItem, Visitor,
};
use sqlparser::tokenizer::Span;

/// The arguments of a function that are expressions.
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

/// Like [`arguments`], mutably.
pub(super) fn arguments_mut(function: &mut Function) -> impl Iterator<Item = &mut Expr> {
    let args = match &mut function.args {
        FunctionArguments::List(list) => list.args.as_mut_slice(),
        _ => &mut [],
    };
    args.iter_mut().filter_map(|arg| match arg {
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

/// The error for an aggregate of a constant, which polars treats as a single row. Sums and counts of constants are
/// rewritten instead.
pub(super) fn of_no_column(function: &Function) -> Option<String> {
    let name = name_of(function);
    let value = arguments(function).next()?;
    let distinct = matches!(&function.args, FunctionArguments::List(list) if list.duplicate_treatment.is_some());
    let rewritten = ["SUM", "COUNT"].contains(&name.as_str()) && !distinct;
    (AGGREGATES.contains(&name.as_str()) && !rewritten && is_constant(value))
        .then(|| format!("{name} of `{value}` has no column: write the value itself"))
}

/// Whether a function is an aggregate.
pub(super) fn is_aggregate(function: &Function) -> bool {
    AGGREGATES.contains(&name_of(function).as_str())
}

/// Whether a SELECT has a GROUP BY.
pub(super) fn is_grouped(select: &Select) -> bool {
    match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
    }
}

/// A column outside of all aggregates, in a SELECT with aggregates but without GROUP BY.
pub(super) fn ungrouped(select: &Select) -> Option<(String, Span)> {
    let outputs = select.projection.iter().filter_map(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    });
    let outputs: Vec<&Expr> = outputs.collect();
    if is_grouped(select) || !outputs.iter().any(|expr| has_aggregate(expr)) {
        return None;
    }
    let mut outside = Outside {
        inside: 0,
        found: None,
    };
    for expr in outputs {
        let _ = look(expr, &mut outside);
    }
    outside.found
}

/// Finds columns outside of aggregates, windows and subqueries.
struct Outside {
    inside: u32,
    found: Option<(String, Span)>,
}

impl Outside {
    fn encloses(expr: &Expr) -> bool {
        match expr {
            Expr::Function(function) => function.over.is_some() || is_aggregate(function),
            Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => true,
            _ => false,
        }
    }
}

impl Visitor for Outside {
    type Break = StatementError;

    fn pre_visit_expr(&mut self, expr: &Expr) -> Found {
        self.inside += u32::from(Self::encloses(expr));
        let ident = match expr {
            Expr::Identifier(ident) => Some(ident),
            Expr::CompoundIdentifier(parts) => parts.last(),
            _ => None,
        };
        if let (0, None, Some(ident)) = (self.inside, &self.found, ident) {
            self.found = Some((ident.value.clone(), ident.span));
        }
        Found::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> Found {
        self.inside -= u32::from(Self::encloses(expr));
        Found::Continue(())
    }
}

/// Whether an expression has no columns.
pub(super) fn is_constant(expr: &Expr) -> bool {
    !any(expr, |expr| {
        matches!(
            expr,
            Expr::Identifier(_)
                | Expr::CompoundIdentifier(_)
                | Expr::Wildcard(_)
                | Expr::QualifiedWildcard(..)
                | Expr::Subquery(_)
                | Expr::Exists { .. }
                | Expr::InSubquery { .. }
        )
    })
}

/// Whether an expression has an aggregate.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    any(expr, |expr| match expr {
        Expr::Function(function) => function.over.is_none() && is_aggregate(function),
        _ => false,
    })
}
