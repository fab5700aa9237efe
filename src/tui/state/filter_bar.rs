//! State of the filter bar: its text, the suggestions, and the count of rows it would keep.

use super::cursor::beside;
use super::field::TextField;
use super::picker::ranked;
use crate::domain::money::Money;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Filter, quoted};
use crate::domain::query::filter_help;
use crate::domain::query::filter_help::{Help, OPERATORS, Wants};
use crate::domain::query::filter_text;
use crate::domain::query::group_key::{GroupKey, KEY_NAMES};
use crate::domain::sql::dialect::SqlDialect;
use crate::tui::key::Key;
use crate::tui::message::Loaded;
use crate::tui::ticket::{Problem, Ticket};
use std::collections::HashMap;

/// The number of values offered for completion.
pub const OFFERED: usize = 500;

/// The maximum number of suggestions.
const MOST: usize = 50;

/// Names and values of the data for completion.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    pub headers: Vec<String>,
    pub tag_keys: Vec<String>,
    /// The SQL dialect of statements.
    pub dialect: SqlDialect,
    /// The values of keys, requested or known.
    pub values: HashMap<GroupKey, Offer>,
}

impl Offers {
    /// The names in these sources, each once. No values are known yet.
    pub fn of(all: &[&Loaded]) -> Self {
        let mut offers = Self::default();
        for loaded in all {
            if let Some(engine) = loaded.opened.data.engine() {
                offers.dialect = engine.dialect();
            }
            let headers = loaded.opened.data.headers().iter().cloned();
            add_new(&mut offers.headers, headers);
            add_new(&mut offers.tag_keys, loaded.tag_keys.iter().cloned());
        }
        offers
    }

    /// Stores the values of a key, the most expensive first. With `None` the key is requested again when it is needed.
    pub fn answer(&mut self, key: GroupKey, values: Option<impl Iterator<Item = String>>) {
        match values {
            Some(values) => {
                let mut found = Vec::new();
                add_new(&mut found, values);
                self.values.insert(key, Offer::Found(found));
            }
            None => {
                self.values.remove(&key);
            }
        }
    }

    /// The key whose values this question asks for.
    pub fn asked(&self, ticket: Ticket) -> Option<GroupKey> {
        let waits = |offer: &Offer| matches!(offer, Offer::Asked(asked) if *asked == ticket);
        let mut all = self.values.iter();
        all.find_map(|(key, offer)| waits(offer).then(|| key.clone()))
    }
}

/// Adds the entries that are not in the list yet.
fn add_new(all: &mut Vec<String>, more: impl Iterator<Item = String>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

/// The values of a key.
#[derive(Debug, Clone)]
pub enum Offer {
    /// The pending question.
    Asked(Ticket),
    Found(Vec<String>),
}

/// The filter bar while it is edited.
#[derive(Debug, Clone, Default)]
pub struct FilterBar {
    pub field: TextField,
    pub wrong: Option<Problem>,
    /// The suggestions; tab inserts the one under the cursor.
    pub suggestions: Vec<String>,
    pub picked: usize,
    /// The rows and the cost that the typed filter would keep.
    pub count: Option<(u64, Vec<Money>)>,
    /// The pending count, and the text that is counted.
    pub counting: Option<(Ticket, String)>,
    /// The text of the newest count.
    pub counted: Option<String>,
}

impl FilterBar {
    /// A bar with the text of a filter.
    pub fn on(filter: Option<&Filter>) -> Self {
        let text = filter.map(ToString::to_string).unwrap_or_default();
        Self {
            field: TextField::with(&text),
            ..Self::default()
        }
    }

    /// A bar with the text of a filter and a space, so that typing starts a new word.
    pub fn behind(filter: Option<&Filter>) -> Self {
        let mut bar = Self::on(filter);
        if !bar.field.text().is_empty() {
            bar.field.key(Key::Char(' '));
        }
        bar
    }

    /// The typed filter, `Some(None)` if it is blank. `None` if it is invalid; the error then stays in the bar.
    pub fn read(&mut self) -> Option<Option<Filter>> {
        if self.field.text().trim().is_empty() {
            return Some(None);
        }
        match filter_text::parse(self.field.text()) {
            Ok(filter) => Some(Some(filter)),
            Err(error) => {
                let text = format!("{}; expected {}", error.wrong, error.expected);
                let at = Some(error.at);
                self.field.go_to(error.at);
                self.wrong = Some(Problem {
                    text: text.into(),
                    at,
                });
                None
            }
        }
    }

    /// The typed filter, if it is valid so far.
    pub fn draft(&self) -> Option<Option<Filter>> {
        let text = self.field.text();
        if text.trim().is_empty() {
            return Some(None);
        }
        filter_text::parse(text).ok().map(Some)
    }

    fn help(&self) -> Help {
        let before: String = self.field.text().chars().take(self.field.caret()).collect();
        filter_help::help(&before)
    }

    /// Updates the suggestions. Returns the key whose values they need.
    pub fn suggest(&mut self, offers: &Offers, history: &[String]) -> Option<GroupKey> {
        let help = self.help();
        self.picked = 0;
        let mut wanted = None;
        let all: Vec<String> = match &help.wants {
            Wants::Field => {
                let known = KEY_NAMES.iter().map(|(name, _)| (*name).to_owned());
                let tags = offers.tag_keys.iter().map(|tag| format!("tag:{tag}"));
                let own = known
                    .chain(tags)
                    .chain(offers.headers.iter().cloned())
                    .chain(["not (".to_owned()]);
                if self.field.text().is_empty() {
                    history.iter().cloned().chain(own).collect()
                } else {
                    own.collect()
                }
            }
            Wants::Operator => OPERATORS.map(ToOwned::to_owned).into(),
            Wants::Joint => vec!["and".to_owned(), "or".to_owned()],
            Wants::Value(GroupKey::Role(Role::Cost)) => Vec::new(),
            Wants::Value(key) => {
                if !offers.values.contains_key(key) {
                    wanted = Some(key.clone());
                }
                match offers.values.get(key) {
                    Some(Offer::Found(values)) => values.clone(),
                    _ => Vec::new(),
                }
            }
        };
        let matching = ranked(&all, &help.word, Clone::clone);
        self.suggestions = matching
            .into_iter()
            .filter(|word| **word != help.word)
            .take(MOST)
            .cloned()
            .collect();
        wanted
    }

    /// Moves among the suggestions.
    pub fn pick(&mut self, down: bool) {
        self.picked = beside(self.picked, self.suggestions.len(), down);
    }

    /// Inserts the suggestion under the cursor. Returns `false` if there is none.
    pub fn complete(&mut self) -> bool {
        let Some(word) = self.suggestions.get(self.picked).cloned() else {
            return false;
        };
        let help = self.help();
        let piece = match help.wants {
            Wants::Operator | Wants::Joint => word,
            // A filter from the history is complete, so it is not quoted.
            Wants::Field if word == "not (" || filter_text::parse(&word).is_ok() => word,
            Wants::Field | Wants::Value(_) => quoted(&word),
        };
        let gap = if piece.ends_with('(') { "" } else { " " };
        self.field.complete(help.from, &format!("{piece}{gap}"));
        true
    }
}
