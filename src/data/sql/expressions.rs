//! Expressions of statements, built without text.

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, ExactNumberInfo, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName,
};

pub(crate) fn decimal() -> DataType {
    DataType::Decimal(ExactNumberInfo::PrecisionAndScale(38, 18))
}

pub(crate) fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        array: false,
        format: None,
    }
}

fn list(args: Vec<Expr>) -> FunctionArguments {
    let args = args.into_iter();
    FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args: args
            .map(|expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)))
            .collect(),
        clauses: Vec::new(),
    })
}

/// A call with these arguments.
pub(crate) fn called(name: &str, args: Vec<Expr>) -> Expr {
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: list(args),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

pub(crate) fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    }
}

pub(crate) fn nested(expr: Expr) -> Expr {
    Expr::Nested(Box::new(expr))
}
