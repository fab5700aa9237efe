//! Checks that a statement is allowed: one SELECT over the cost table. Everything else is refused with its position.

use super::aggregates::{
    arguments, has_aggregate, is_aggregate, is_grouped, name_of, of_no_column, ungrouped,
};
use super::names::{COSTS, Names};
use super::resolve;
use super::resolve::UsedColumns;
use super::walk::{Found, look};
use crate::domain::sql::statement::StatementError;
use sqlparser::ast::{
    Expr, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SetExpr, Statement, TableFactor, Visitor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserOptions};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Word};
use std::collections::BTreeSet;

/// The name of the tag table, which has the columns set, key and value.
pub(crate) const TAGS: &str = "tags";

/// A statement that passed the checks.
#[derive(Debug)]
pub(crate) struct CheckedStatement {
    pub(crate) query: Box<Query>,
    /// Whether only the plan is requested.
    pub(crate) explain: bool,
    pub(crate) named: UsedColumns,
    pub(crate) reads: Reads,
    /// Whether it reads the tag table.
    pub(crate) reads_tags: bool,
    /// Whether its first rows can be computed without the others.
    pub(crate) is_plain: bool,
}

/// How often a statement reads the cost table, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reads {
    pub(crate) costs: u32,
    /// References to the statement's own CTEs, each of which may double the rows.
    pub(crate) own: u32,
    pub(crate) joins: u32,
    /// The maximum number of references to the cost table in one FROM.
    pub(crate) beside: u32,
    /// The number of sums and means.
    pub(crate) sums: u32,
}

impl Reads {
    /// An upper bound for the rows of any intermediate table; `None` on overflow.
    pub(crate) fn most_rows(self, rows: u64) -> Option<u128> {
        let once = u128::from(rows).checked_mul(u128::from(self.costs.max(1)))?;
        let once = once.checked_mul(2_u128.checked_pow(self.own)?)?;
        once.max(1).checked_pow(self.joins.checked_add(1)?)
    }
}

/// Parses a statement and refuses it if it is not allowed.
pub(crate) fn read(text: &str, names: &Names) -> Result<CheckedStatement, StatementError> {
    let (mut query, explain) = parsed(text, names)?;
    let mut guard = Guard {
        text,
        ctes: BTreeSet::new(),
        reads: Reads::default(),
        reads_tags: false,
    };
    if let Found::Break(error) = look(&*query, &mut guard) {
        return Err(error);
    }
    let found = resolve::resolve(text, names, &mut query, guard.reads_tags)?;
    Ok(CheckedStatement {
        is_plain: is_plain(&query),
        query,
        explain,
        named: found,
        reads: guard.reads,
        reads_tags: guard.reads_tags,
    })
}

/// The query of a statement, and whether only its plan is requested.
fn parsed(text: &str, names: &Names) -> Result<(Box<Query>, bool), StatementError> {
    let dialect = GenericDialect;
    let tokens = Tokenizer::new(&dialect, text).tokenize_with_location();
    let tokens = tokens.map_err(|error| refusal(text, error.location, &error.message, ""))?;
    refuse_deep(text, &tokens)?;
    let options = ParserOptions::new().with_trailing_commas(true);
    let mut parser = Parser::new(&dialect)
        .with_options(options)
        .with_tokens_with_locations(joined(tokens, names));
    let statements = parser
        .parse_statements()
        .map_err(|error| unread(text, &error.to_string()))?;
    let only = "one SELECT";
    let statement = match <[Statement; 1]>::try_from(statements) {
        Ok([statement]) => statement,
        Err(none) if none.is_empty() => return Err(StatementError::whole("it is empty", only)),
        Err(_) => return Err(StatementError::whole("several statements at once", only)),
    };
    let (statement, explain) = match statement {
        Statement::Explain {
            statement,
            analyze: false,
            ..
        } => (*statement, true),
        statement => (statement, false),
    };
    let Statement::Query(query) = statement else {
        let first = text.split_whitespace().next().unwrap_or_default();
        let wrong = format!("{} changes things, or is not a query", first.to_uppercase());
        return Err(StatementError::at(
            text,
            (1, 1),
            &wrong,
            "SELECT, WITH, EXPLAIN SELECT",
        ));
    };
    Ok((query, explain))
}

/// Whether a query only selects columns, without sorting, grouping, filtering or joining.
fn is_plain(query: &Query) -> bool {
    let SetExpr::Select(select) = &*query.body else {
        return false;
    };
    let columns = select.projection.iter().all(|item| match item {
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        SelectItem::ExprWithAliases { .. } => false,
    });
    let single = matches!(select.from.as_slice(), [from] if from.joins.is_empty()
        && is_costs(&from.relation).is_some());
    let rest = select.selection.is_some()
        || select.distinct.is_some()
        || select.qualify.is_some()
        || select.having.is_some();
    let sorted = query.order_by.is_some() || query.with.is_some();
    columns && single && !is_grouped(select) && !rest && !sorted
}

/// Converts the parser's error, which has its position in the text: `Expected: ..., found: x at Line: 1, Column: 8`.
fn unread(text: &str, error: &str) -> StatementError {
    let said = error.trim_start_matches("sql parser error: ");
    let Some((wrong, place)) = said.rsplit_once(" at Line: ") else {
        let wrong = match said.strip_prefix("Expected: ") {
            // The end of the statement has no position.
            Some(expected) => expected.trim_end_matches(", found: EOF"),
            None => return StatementError::whole(said, ""),
        };
        return StatementError::whole("unexpected end of statement", wrong);
    };
    let mut numbers = place
        .split(", Column: ")
        .map(|number| number.trim().parse::<u64>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(line)), Some(Ok(column))) => {
            let (expected, found) = wrong
                .strip_prefix("Expected: ")
                .and_then(|wrong| wrong.rsplit_once(", found: "))
                .unwrap_or((wrong, ""));
            let wrong = match found {
                "" => expected.to_owned(),
                "EOF" => "unexpected end of statement".to_owned(),
                found => format!("unexpected `{found}`"),
            };
            let expected = if found.is_empty() { "" } else { expected };
            StatementError::at(text, (line, column), &wrong, expected)
        }
        _ => StatementError::whole(said, ""),
    }
}

/// The maximum number of operators, so that the syntax tree is not too deep to walk.
const MOST_JOINTS: usize = 400;

/// A chain of operators makes a syntax tree as deep as the chain is long.
fn refuse_deep(text: &str, tokens: &[TokenWithSpan]) -> Result<(), StatementError> {
    let mut joints = tokens.iter().filter(|token| match &token.token {
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod | Token::StringConcat => {
            true
        }
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND | Keyword::OR | Keyword::UNION | Keyword::NOT
        ),
        _ => false,
    });
    let Some(token) = joints.nth(MOST_JOINTS) else {
        return Ok(());
    };
    let wrong = format!("more than {MOST_JOINTS} conditions or operators");
    let expected = "IN (...), or several statements";
    Err(refusal(text, token.span.start, &wrong, expected))
}

fn refusal(text: &str, place: Location, wrong: &str, expected: &str) -> StatementError {
    StatementError::at(text, (place.line, place.column), wrong, expected)
}

/// Joins unquoted key names with a dash, and tags, into one word.
fn joined(tokens: Vec<TokenWithSpan>, names: &Names) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let Token::Word(word) = &token.token else {
            out.push(token);
            continue;
        };
        if word.quote_style.is_some() {
            out.push(token);
            continue;
        }
        let (mut name, mut end) = (word.value.clone(), token.span.end);
        let mut left = None;
        // Joins words like `charge-type`; `tag:cost-center-code` needs quotes unless it is a known tag.
        while let Some(sign) = rest.next_if(|next| {
            matches!(next.token, Token::Minus | Token::Colon) && next.span.start == end
        }) {
            let longer = rest.peek().and_then(|behind| match &behind.token {
                Token::Word(word) if word.quote_style.is_none() => {
                    let longer = format!("{name}{}{}", sign.token, word.value);
                    let joins = behind.span.start == sign.span.end && names.joins(&longer);
                    joins.then_some((longer, behind.span.end))
                }
                _ => None,
            });
            let Some(longer) = longer else {
                left = Some(sign);
                break;
            };
            rest.next();
            (name, end) = longer;
        }
        let token = if name == word.value {
            token
        } else {
            let word = Word {
                value: name,
                quote_style: Some('"'),
                keyword: Keyword::NoKeyword,
            };
            let span = Span::new(token.span.start, end);
            TokenWithSpan::new(Token::Word(word), span)
        };
        out.push(token);
        out.extend(left);
    }
    out
}

/// Refuses everything that is not a query of the tables.
struct Guard<'a> {
    text: &'a str,
    ctes: BTreeSet<String>,
    reads: Reads,
    reads_tags: bool,
}

impl Guard<'_> {
    fn refuse(&self, span: Span, wrong: &str, expected: &str) -> Found {
        Found::Break(refusal(self.text, span.start, wrong, expected))
    }

    fn body(&self, body: &SetExpr) -> Found {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(_) | SetExpr::Values(_) => Found::Continue(()),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left)?;
                self.body(right)
            }
            _ => Found::Break(StatementError::whole(
                "only queries are allowed; nothing can be changed",
                "SELECT",
            )),
        }
    }

    fn select(&self, select: &Select) -> Found {
        if select.into.is_some() {
            return Found::Break(StatementError::whole(
                "SELECT INTO writes a table; nothing can be changed",
                "SELECT without INTO",
            ));
        }
        let plain = select.from.iter().map(|from| &from.relation);
        if let Some(second) = plain.filter_map(is_costs).nth(1) {
            return self.refuse(second, CROSS, "JOIN ... ON");
        }
        Found::Continue(())
    }
}

const CROSS: &str =
    "pairing every row of costs with every other row is more than any machine holds";

/// The position of the cost table, if a FROM item reads it directly.
fn is_costs(factor: &TableFactor) -> Option<Span> {
    let TableFactor::Table { name, .. } = factor else {
        return None;
    };
    let ident = name.0.last()?.as_ident()?;
    ident
        .value
        .eq_ignore_ascii_case(COSTS)
        .then_some(ident.span)
}

impl Visitor for Guard<'_> {
    type Break = StatementError;

    fn pre_visit_query(&mut self, query: &Query) -> Found {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.ctes.insert(cte.alias.name.value.to_lowercase());
        }
        self.body(&query.body)
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Found {
        match factor {
            TableFactor::Table { args: None, .. }
            | TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. } => Found::Continue(()),
            other => {
                let words = other.to_string();
                let short: String = words.chars().take(40).collect();
                let wrong = format!("`{short}` opens something else; only the sources can be read");
                let ident = match other {
                    TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => {
                        name.0.first().and_then(|part| part.as_ident())
                    }
                    _ => None,
                };
                match ident {
                    Some(ident) => self.refuse(ident.span, &wrong, "FROM costs"),
                    None => Found::Break(StatementError::whole(wrong, "FROM costs")),
                }
            }
        }
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> Found {
        let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else {
            return Found::Break(StatementError::whole(
                format!("there is no table `{name}`"),
                "costs, tags",
            ));
        };
        let lower = ident.value.to_lowercase();
        match lower.as_str() {
            _ if self.ctes.contains(&lower) => self.reads.own += 1,
            COSTS => self.reads.costs += 1,
            TAGS => self.reads_tags = true,
            _ => {
                let wrong = format!(
                    "there is no table `{}`: all sources are the table costs",
                    ident.value
                );
                return self.refuse(ident.span, &wrong, "costs, tags");
            }
        }
        Found::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> Found {
        let tables = u32::try_from(select.from.len()).unwrap_or(u32::MAX);
        self.reads.joins = self.reads.joins.saturating_add(tables.saturating_sub(1));
        let factors = select.from.iter().flat_map(|from| {
            let joined = from.joins.iter().map(|join| &join.relation);
            std::iter::once(&from.relation).chain(joined)
        });
        let raw = u32::try_from(factors.filter_map(is_costs).count()).unwrap_or(u32::MAX);
        self.reads.beside = self.reads.beside.max(raw);
        if let Some((name, span)) = ungrouped(select) {
            let wrong = format!(
                "`{name}` has one value per row, but the aggregate next to it is over all rows"
            );
            return self.refuse(span, &wrong, &format!("GROUP BY {name}"));
        }
        for from in &select.from {
            for join in &from.joins {
                self.reads.joins = self.reads.joins.saturating_add(1);
                let (JoinOperator::CrossJoin(constraint)
                | JoinOperator::Join(constraint)
                | JoinOperator::Inner(constraint)) = &join.join_operator
                else {
                    continue;
                };
                let free = matches!(constraint, JoinConstraint::None);
                let both = is_costs(&from.relation).and(is_costs(&join.relation));
                if let (true, Some(span)) = (free, both) {
                    return self.refuse(span, CROSS, "JOIN ... ON");
                }
            }
        }
        Found::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Found {
        let Expr::Function(function) = expr else {
            return Found::Continue(());
        };
        let named = function.name.0.first().and_then(|part| part.as_ident());
        let span = named.map_or_else(Span::empty, |ident| ident.span);
        let adds_up = ["SUM", "AVG", "MEAN"].contains(&name_of(function).as_str());
        self.reads.sums += u32::from(adds_up);
        if function.over.is_none()
            && is_aggregate(function)
            && arguments(function).any(has_aggregate)
        {
            return self.refuse(span, "a sum of sums is the same sum", "one of them");
        }
        if let Some(wrong) = of_no_column(function) {
            return self.refuse(span, &wrong, "a column");
        }
        if function.over.is_some() && arguments(function).any(has_aggregate) {
            return self.refuse(
                span,
                "a sum inside a window sees each group separately; aggregate in a subquery first",
                "SELECT ... FROM (SELECT ..., SUM(cost) AS s FROM costs GROUP BY ...)",
            );
        }
        Found::Continue(())
    }
}
