//! Suggestions for the next word in a filter: names, operators, values.

use super::group_key::GroupKey;

/// The kind of word expected at the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wants {
    /// The name of a key or column, `not`, or a parenthesis.
    Field,
    Operator,
    /// A value of this key.
    Value(GroupKey),
    /// `and` or `or`.
    Joint,
}

/// The word at the caret, and the kind of word expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// Where the word starts, in characters.
    pub from: usize,
    /// The part typed so far.
    pub word: String,
    pub wants: Wants,
}

/// The operators of the language.
pub const OPERATORS: [&str; 9] = ["=", "!=", "~", ">", ">=", "<", "<=", "in (", "is missing"];

struct TypedWord {
    from: usize,
    text: String,
    symbol: bool,
    /// Nothing follows it, not even a blank.
    open: bool,
}

/// Splits like the parser, but accepts unfinished input.
fn words(text: &str) -> Vec<TypedWord> {
    let mut out: Vec<TypedWord> = Vec::new();
    let (mut quote, mut fresh) = (None, true);
    for (at, c) in text.chars().enumerate() {
        if let Some(open) = quote {
            if c == open {
                quote = None;
            } else if let Some(last) = out.last_mut() {
                last.text.push(c);
            }
            continue;
        }
        let symbol = "=!~<>(),".contains(c);
        let joins = out
            .last()
            .is_some_and(|last| !fresh && last.symbol == symbol)
            && !(symbol && "(),".contains(c));
        if c.is_whitespace() {
            fresh = true;
            continue;
        }
        let begins = out
            .last()
            .is_none_or(|last| fresh || last.symbol || last.text.ends_with(':'));
        quote = (c == '"' || (c == '\'' && begins)).then_some(c);
        let piece = if quote.is_some() {
            String::new()
        } else {
            c.to_string()
        };
        match out.last_mut() {
            Some(last) if joins => last.text.push_str(&piece),
            _ => out.push(TypedWord {
                from: at,
                text: piece,
                symbol,
                open: false,
            }),
        }
        fresh = false;
    }
    let ends_open = quote.is_some() || !fresh;
    if let Some(last) = out.last_mut() {
        last.open = ends_open && !last.symbol;
    }
    out
}

/// Suggestions for the end of this text, which is the part of a filter before the caret.
pub fn help(text: &str) -> Help {
    let mut words = words(text);
    let word = words.pop_if(|last| last.open);
    let mut wants = Wants::Field;
    let (mut field, mut listed) = (None, false);
    for word in &words {
        let lower = word.text.to_lowercase();
        wants = match (wants, lower.as_str()) {
            (Wants::Field, "not" | "(") | (Wants::Joint, "and" | "or") => Wants::Field,
            (Wants::Field, _) => {
                field = GroupKey::parse(&word.text);
                listed = false;
                Wants::Operator
            }
            (Wants::Operator, "not" | "is") => Wants::Operator,
            (Wants::Operator, "in") => {
                listed = true;
                Wants::Operator
            }
            (Wants::Operator, "missing") | (Wants::Value(_), _) => Wants::Joint,
            (Wants::Joint, sign) if !listed || sign != "," => Wants::Joint,
            (Wants::Operator | Wants::Joint, _) => field.clone().map_or(Wants::Field, Wants::Value),
        };
    }
    let from = word.as_ref().map_or(text.chars().count(), |word| word.from);
    Help {
        from,
        word: word.map(|word| word.text).unwrap_or_default(),
        wants,
    }
}
