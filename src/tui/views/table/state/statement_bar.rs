//! State of the statement bar: its text, the suggestions and the history.

use crate::domain::query::group_key::KEY_NAMES;
use crate::domain::sql::helpful::helpful;
use crate::tui::state::cursor::beside;
use crate::tui::state::field::TextField;
use crate::tui::state::filter_bar::Offers;
use crate::tui::state::picker::ranked;
use crate::tui::ticket::Problem;

/// The maximum number of suggestions.
const MOST: usize = 50;

/// SQL keywords and functions for completion.
const WORDS: [&str; 44] = [
    "SELECT",
    "FROM costs",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS NULL",
    "IS NOT NULL",
    "LIKE",
    "BETWEEN",
    "CASE WHEN",
    "THEN",
    "ELSE",
    "END",
    "AS",
    "DISTINCT",
    "DESC",
    "ASC",
    "NULLS LAST",
    "OVER",
    "PARTITION BY",
    "WITH",
    "UNION ALL",
    "SUM(",
    "COUNT(*)",
    "COUNT(DISTINCT ",
    "AVG(",
    "MIN(",
    "MAX(",
    "LOWER(",
    "UPPER(",
    "COALESCE(",
    "ABS(",
    "ROUND(",
    "CAST(",
    "STRFTIME(",
    "LAG(",
    "ROW_NUMBER()",
    "REGEXP_LIKE(",
];

/// A suggestion: its label, and the text it inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub shown: String,
    text: String,
    /// Whether it is a whole statement rather than a word.
    whole: bool,
}

/// The bar in which a statement is typed.
#[derive(Debug, Clone, Default)]
pub struct StatementBar {
    pub field: TextField,
    pub wrong: Option<Problem>,
    pub suggestions: Vec<Suggestion>,
    pub picked: usize,
    /// The position in the history.
    past: Option<usize>,
}

impl StatementBar {
    /// A bar with a text, the caret at its end.
    pub fn on(text: &str) -> Self {
        Self {
            field: TextField::with(text),
            ..Self::default()
        }
    }

    /// Updates the suggestions.
    pub fn suggest(&mut self, offers: &Offers, history: &[String]) {
        self.picked = 0;
        self.past = None;
        self.suggestions = if self.field.text().trim().is_empty() {
            statements(offers, history)
        } else {
            self.word().map_or_else(Vec::new, |(_, word)| {
                let word = word.trim_start_matches(['"', '`']);
                let all = names(offers);
                let found = ranked(&all, word, |one| one.shown.clone());
                let other = found
                    .into_iter()
                    .filter(|one| !one.shown.eq_ignore_ascii_case(word));
                let mut other: Vec<Suggestion> = other.take(MOST).cloned().collect();
                // Names that begin with the typed text come first, the shortest first: it is usually meant.
                let lower = word.to_lowercase();
                other.sort_by_key(|one| {
                    let begins = one.shown.to_lowercase().starts_with(&lower);
                    if begins { one.shown.len() } else { usize::MAX }
                });
                other
            })
        };
    }

    /// The start, in characters, and the text of the word before the caret; `None` in a string literal or with no word.
    fn word(&self) -> Option<(usize, String)> {
        let before: Vec<char> = self.field.text().chars().take(self.field.caret()).collect();
        let (mut text, mut name) = (false, None);
        for (at, c) in before.iter().enumerate() {
            match c {
                '\'' if name.is_none() => text = !text,
                '"' | '`' if !text => name = if name.is_some() { None } else { Some(at) },
                _ => {}
            }
        }
        if text {
            return None;
        }
        let ends = |c: &char| !(c.is_alphanumeric() || "_-:".contains(*c));
        let from =
            name.unwrap_or_else(|| before.iter().rposition(ends).map_or(0, |before| before + 1));
        let word: String = before.iter().skip(from).collect();
        (!word.trim_matches(['"', '`']).is_empty()).then_some((from, word))
    }

    /// Inserts the suggestion under the cursor. Returns `false` if there is none.
    pub fn complete(&mut self) -> bool {
        let Some(suggestion) = self.suggestions.get(self.picked).cloned() else {
            return false;
        };
        if suggestion.whole {
            self.field = TextField::with(&suggestion.text);
            return true;
        }
        let Some((from, _)) = self.word() else {
            return false;
        };
        let mut word = suggestion.text;
        if !word.ends_with(['(', ' ']) {
            word.push(' ');
        }
        self.field.complete(from, &word);
        true
    }

    /// Moves through the suggestions, or through the history if there are none.
    pub fn pick(&mut self, down: bool, history: &[String]) {
        if !self.suggestions.is_empty() {
            self.picked = beside(self.picked, self.suggestions.len(), down);
            return;
        }
        let next = match (self.past, down) {
            (None, false) => Some(0),
            (Some(at), false) => Some((at + 1).min(history.len().saturating_sub(1))),
            (Some(at), true) => at.checked_sub(1),
            (None, true) => None,
        };
        if let Some((at, text)) = next.and_then(|at| Some((at, history.get(at)?))) {
            self.field = TextField::with(text);
            self.past = Some(at);
            self.wrong = None;
        }
    }
}

/// The statements of the history, then the built-in ones.
fn statements(offers: &Offers, history: &[String]) -> Vec<Suggestion> {
    let before = history.iter().map(|text| Suggestion {
        shown: text.clone(),
        text: text.clone(),
        whole: true,
    });
    let tag = offers.tag_keys.first().map_or("env", String::as_str);
    let ours = helpful(tag, offers.dialect)
        .into_iter()
        .map(|(name, text)| Suggestion {
            shown: name.to_owned(),
            text,
            whole: true,
        });
    before.chain(ours).take(MOST).collect()
}

/// Every column name that a statement may use, and the SQL words.
fn names(offers: &Offers) -> Vec<Suggestion> {
    let name = |shown: String| Suggestion {
        text: offers.dialect.identifier(&shown),
        shown,
        whole: false,
    };
    let keys = KEY_NAMES.iter().map(|(key, _)| (*key).to_owned());
    let more = ["quantity", "unit", "tag-set"].map(ToOwned::to_owned);
    let tags = offers.tag_keys.iter().map(|tag| format!("tag:{tag}"));
    let all = keys
        .chain(more)
        .chain(tags)
        .chain(offers.headers.iter().cloned());
    let words = WORDS.iter().map(|word| Suggestion {
        shown: (*word).to_owned(),
        text: (*word).to_owned(),
        whole: false,
    });
    all.map(name).chain(words).collect()
}
