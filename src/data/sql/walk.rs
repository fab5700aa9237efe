//! Visits statements through trait objects: the parser's visitor code is generic and large, so it is instantiated only
//! once.

use crate::domain::sql::statement::StatementError;
use sqlparser::ast::{
    Expr, ObjectName, Query, Select, TableFactor, Visit, VisitMut, Visitor, VisitorMut,
};
use std::ops::ControlFlow;

/// Whether a walk continues, or the error that ends it.
pub(super) type Found = ControlFlow<StatementError>;

/// A visitor that reads.
pub(super) type Looking<'a> = &'a mut dyn Visitor<Break = StatementError>;

/// A visitor that changes; queries and tables are passed over.
pub(super) type Changing<'a> = &'a mut dyn VisitorMut<Break = StatementError>;

/// Visits a part of a statement.
pub(super) fn look(part: &impl Visit, visitor: Looking<'_>) -> Found {
    part.visit(&mut Through(visitor))
}

/// Whether an expression inside a part of a statement passes a test.
pub(super) fn any(part: &impl Visit, test: fn(&Expr) -> bool) -> bool {
    look(part, &mut Any(test)).is_break()
}

/// Ends a walk at the first expression that passes a test.
struct Any(fn(&Expr) -> bool);

impl Visitor for Any {
    type Break = StatementError;

    fn pre_visit_expr(&mut self, expr: &Expr) -> Found {
        if (self.0)(expr) {
            return Found::Break(StatementError::whole("", ""));
        }
        Found::Continue(())
    }
}

/// Visits a statement and changes it.
pub(super) fn change(query: &mut Query, visitor: Changing<'_>) -> Found {
    VisitMut::visit(query, &mut Through(visitor))
}

struct Through<T>(T);

impl Visitor for Through<Looking<'_>> {
    type Break = StatementError;

    fn pre_visit_query(&mut self, query: &Query) -> Found {
        self.0.pre_visit_query(query)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Found {
        self.0.pre_visit_select(select)
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> Found {
        self.0.pre_visit_relation(relation)
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Found {
        self.0.pre_visit_table_factor(factor)
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Found {
        self.0.pre_visit_expr(expr)
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> Found {
        self.0.post_visit_expr(expr)
    }
}

impl VisitorMut for Through<Changing<'_>> {
    type Break = StatementError;

    fn pre_visit_select(&mut self, select: &mut Select) -> Found {
        self.0.pre_visit_select(select)
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> Found {
        self.0.pre_visit_relation(relation)
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Found {
        self.0.pre_visit_expr(expr)
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Found {
        self.0.post_visit_expr(expr)
    }
}
