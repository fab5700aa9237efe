//! Parses the one-line filter language: `resource-group = rg-a and cost > 10`.
//!
//! ```text
//! either  = both ("or" both)*          both = single ("and" single)*
//! single  = "not" single | "(" either ")" | field test
//! test    = op value | ["not"] "in" "(" value ("," value)* ")" | "is" ["not"] "missing"
//! ```

use super::columns::Role;
use super::filter::{Comparator, Filter, FilterField};
use super::group_key::GroupKey;
use crate::domain::money::Amount;
use crate::domain::period;
use std::fmt;

/// An error in a filter: its position, the problem and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    pub text: String,
    /// Offset in characters.
    pub at: usize,
    pub wrong: String,
    pub expected: String,
}

impl FilterError {
    /// An error at an offset of a filter.
    pub fn at(text: &str, at: usize, wrong: &str, expected: &str) -> Self {
        Self {
            text: text.to_owned(),
            at,
            wrong: wrong.to_owned(),
            expected: expected.to_owned(),
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "invalid filter: {}", self.wrong)?;
        writeln!(f, "  {}", self.text)?;
        writeln!(f, "  {}^", " ".repeat(self.at))?;
        write!(f, "  expected {}", self.expected)
    }
}

impl std::error::Error for FilterError {}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word { text: String, quoted: bool },
    Symbol(&'static str),
    End,
}

struct Token {
    piece: Piece,
    at: usize,
}

/// Operators, as listed in errors.
pub(crate) const OPERATORS: &str = "= != ~ < <= > >= in (…) is missing";
/// Names, as listed in errors.
pub(crate) const NAMES: &str = "resource-group, cost, date, tag:KEY, a column's header, not, (";
const TOO_DEEP: usize = 64;
const NESTED: &str = "the filter is nested too deep";
const SIMPLER: &str = "a simpler filter";

/// Parses a filter, or reports where it is invalid.
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    let tokens = tokens(text)?;
    let mut reader = Reader {
        text,
        tokens,
        next: 0,
        depth: 0,
    };
    let filter = reader.either()?;
    match reader.peek() {
        Piece::End if printed_depth(&filter) > TOO_DEEP => {
            Err(FilterError::at(text, 0, NESTED, SIMPLER))
        }
        Piece::End => Ok(filter),
        Piece::Word { text, .. } => {
            let wrong = format!("nothing joins `{text}` to the condition before it");
            Err(reader.wrong(&wrong, "and, or, the end"))
        }
        Piece::Symbol(symbol) => {
            let wrong = format!("unexpected `{symbol}`");
            Err(reader.wrong(&wrong, "and, or, the end"))
        }
    }
}

/// The depth of a filter as it is printed. Printing adds parentheses, and the printed form must be valid, too.
fn printed_depth(filter: &Filter) -> usize {
    match filter {
        Filter::Compare { .. } | Filter::In { .. } | Filter::Missing(_) => 1,
        Filter::Not(inner) => printed_depth(inner) + 2,
        Filter::And(parts) | Filter::Or(parts) => {
            let depths = parts.iter().map(|part| match part {
                Filter::And(_) | Filter::Or(_) => printed_depth(part) + 1,
                Filter::Compare { .. }
                | Filter::In { .. }
                | Filter::Missing(_)
                | Filter::Not(_) => printed_depth(part),
            });
            depths.max().unwrap_or_default()
        }
    }
}

/// The position of the word that comes `words` words after the one at `at`.
pub(crate) fn place_behind(text: &str, at: usize, words: usize) -> usize {
    let tokens = tokens(text).unwrap_or_default();
    let behind = tokens.iter().skip_while(|token| token.at < at);
    behind.map(|token| token.at).nth(words).unwrap_or(at)
}

/// The position of the first of these words.
pub(crate) fn place_of(text: &str, words: &[&str]) -> Option<usize> {
    let tokens = tokens(text).unwrap_or_default();
    let is_one = |token: &&Token| {
        matches!(&token.piece, Piece::Word { text, quoted: false }
            if words.iter().any(|word| text.eq_ignore_ascii_case(word)))
    };
    tokens.iter().find(is_one).map(|token| token.at)
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    const SYMBOLS: [&str; 11] = ["!=", "<=", ">=", "<>", "=", "~", "<", ">", "(", ")", ","];
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let symbol = SYMBOLS.iter().find(|s| {
            s.chars()
                .enumerate()
                .all(|(i, w)| chars.get(at + i) == Some(&w))
        });
        if let Some(symbol) = symbol {
            out.push(Token {
                piece: Piece::Symbol(symbol),
                at,
            });
            at += symbol.len();
            continue;
        }
        let (piece, end) = word(text, &chars, at)?;
        out.push(Token { piece, at });
        at = end;
    }
    out.push(Token {
        piece: Piece::End,
        at: chars.len(),
    });
    Ok(out)
}

/// Typographic quotes that word processors insert for straight ones.
const TYPOGRAPHIC: &str = "\u{2018}\u{2019}\u{201a}\u{201b}\u{201c}\u{201d}\u{201e}\u{201f}\u{ab}\u{bb}\u{2039}\u{203a}`\u{b4}";

/// Reads one word. Parts of it may be in double or single quotes (`tag:"cost center"`), where a doubled quote means
/// one. An apostrophe inside a word is a letter.
fn word(text: &str, chars: &[char], start: usize) -> Result<(Piece, usize), FilterError> {
    let (mut out, mut at, mut quoted) = (String::new(), start, false);
    while let Some(&c) = chars.get(at) {
        let opens = c == '"' || (c == '\'' && (at == start || out.ends_with(':')));
        if opens {
            quoted = true;
            at = quoted_part(text, chars, at, &mut out)?;
        } else if TYPOGRAPHIC.contains(c) {
            let wrong =
                format!("`{c}` is not a straight quote; word processors and chats insert it");
            let expected = "straight quotes: \" or '";
            return Err(FilterError::at(text, at, &wrong, expected));
        } else if c.is_whitespace() || "=!~<>(),".contains(c) {
            break;
        } else {
            out.push(c);
            at += 1;
        }
    }
    if at == start {
        // A lone `!` is the only character that starts neither a word nor a symbol.
        let sign = chars.get(start).copied().unwrap_or('!');
        let wrong = format!("`{sign}` alone means nothing");
        return Err(FilterError::at(text, start, &wrong, OPERATORS));
    }
    Ok((Piece::Word { text: out, quoted }, at))
}

fn quoted_part(
    text: &str,
    chars: &[char],
    open: usize,
    out: &mut String,
) -> Result<usize, FilterError> {
    let quote = chars.get(open).copied().unwrap_or('"');
    let mut at = open + 1;
    while let Some(&c) = chars.get(at) {
        if c == quote {
            if chars.get(at + 1) != Some(&quote) {
                return Ok(at + 1);
            }
            at += 1;
        }
        out.push(c);
        at += 1;
    }
    let (wrong, expected) = ("this quote is never closed", format!("a closing {quote}"));
    Err(FilterError::at(text, open, wrong, &expected))
}

/// Whether a text is a day: ISO, with or without a time, or with slashes as files write it.
fn is_day(text: &str) -> bool {
    let day = text.trim().split(['T', ' ']).next().unwrap_or_default();
    if period::parse_date(day).is_ok() {
        return true;
    }
    let numbers: Option<Vec<u32>> = day.split('/').map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([first, second, year]) => {
            let fits = |low: &u32, high: &u32| (1..=12).contains(low) && (1..=31).contains(high);
            (fits(first, second) || fits(second, first)) && *year > 0
        }
        _ => false,
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Piece {
        self.tokens
            .get(self.next)
            .map_or(Piece::End, |token| token.piece.clone())
    }

    fn at(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or_else(|| self.text.chars().count(), |token| token.at)
    }

    fn wrong(&self, wrong: &str, expected: &str) -> FilterError {
        FilterError::at(self.text, self.at(), wrong, expected)
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Piece::Word { text, quoted: false } if text.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Piece::Symbol(s) if s == symbol);
        self.next += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.both()?];
        while self.keyword("or") {
            parts.push(self.both()?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn both(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.single()?];
        while self.keyword("and") {
            parts.push(self.single()?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn single(&mut self) -> Result<Filter, FilterError> {
        self.depth += 1;
        if self.depth > TOO_DEEP {
            return Err(self.wrong(NESTED, SIMPLER));
        }
        let filter = if self.keyword("not") {
            Filter::Not(Box::new(self.single()?))
        } else if self.symbol("(") {
            let inner = self.either()?;
            if !self.symbol(")") {
                return Err(self.wrong("a parenthesis is not closed", "), and, or"));
            }
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn test(&mut self) -> Result<Filter, FilterError> {
        let field = self.field()?;
        if self.keyword("is") {
            let negated = self.keyword("not");
            if !self.keyword("missing") {
                return Err(self.wrong("`is` must be followed by missing", "missing, not missing"));
            }
            let missing = Filter::Missing(field);
            return Ok(if negated {
                Filter::Not(Box::new(missing))
            } else {
                missing
            });
        }
        let negated = self.keyword("not");
        if self.keyword("in") {
            let values = self.values(&field)?;
            let list = Filter::In { field, values };
            return Ok(if negated {
                Filter::Not(Box::new(list))
            } else {
                list
            });
        }
        if negated {
            return Err(self.wrong("`not` after a name must be followed by in", "in (…)"));
        }
        let Some(comparator) = self.comparator() else {
            return Err(self.wrong("a comparison is missing", OPERATORS));
        };
        let value = self.value(&field)?;
        Ok(Filter::Compare {
            field,
            comparator,
            value,
        })
    }

    fn field(&mut self) -> Result<FilterField, FilterError> {
        let at = self.at();
        let key = match self.peek() {
            Piece::Word { text, .. } => GroupKey::parse(&text),
            Piece::Symbol(_) | Piece::End => None,
        };
        let Some(key) = key else {
            return Err(self.wrong("a name is missing", NAMES));
        };
        self.next += 1;
        Ok(FilterField { key, at })
    }

    fn comparator(&mut self) -> Option<Comparator> {
        let Piece::Symbol(symbol) = self.peek() else {
            return None;
        };
        let comparator = match symbol {
            "=" => Comparator::Equal,
            "!=" | "<>" => Comparator::NotEqual,
            "~" => Comparator::Contains,
            "<" => Comparator::Less,
            "<=" => Comparator::LessOrEqual,
            ">" => Comparator::Greater,
            ">=" => Comparator::GreaterOrEqual,
            _ => return None,
        };
        self.next += 1;
        Some(comparator)
    }

    fn values(&mut self, field: &FilterField) -> Result<Vec<String>, FilterError> {
        if !self.symbol("(") {
            return Err(self.wrong("a list is missing", "( and comma-separated values"));
        }
        let mut values = vec![self.value(field)?];
        while self.symbol(",") {
            values.push(self.value(field)?);
        }
        if !self.symbol(")") {
            return Err(self.wrong("the list is not closed", ", or )"));
        }
        Ok(values)
    }

    fn value(&mut self, field: &FilterField) -> Result<String, FilterError> {
        let expected = match &field.key {
            GroupKey::Role(Role::Cost) => "a number such as 10 or -0.5",
            GroupKey::Role(Role::Date) => "a day written as YYYY-MM-DD",
            GroupKey::Month => "a month written as YYYY-MM",
            GroupKey::Role(_) | GroupKey::Tag(_) | GroupKey::Column(_) => {
                "a word, or any text in quotes"
            }
        };
        let Piece::Word { text, .. } = self.peek() else {
            return Err(self.wrong("a value is missing", expected));
        };
        let wrong = match &field.key {
            GroupKey::Role(Role::Cost) if Amount::parse(&text).is_err() => {
                "cost is compared with a number"
            }
            GroupKey::Role(Role::Date) if !is_day(&text) => "this is not a date",
            GroupKey::Month if period::Month::parse(&text).is_err() => "this is not a month",
            GroupKey::Role(_) | GroupKey::Month | GroupKey::Tag(_) | GroupKey::Column(_) => {
                self.next += 1;
                return Ok(text);
            }
        };
        Err(self.wrong(wrong, expected))
    }
}

fn one_or(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => many(parts.into_iter().chain(last).collect()),
    }
}

#[cfg(test)]
mod tests;
