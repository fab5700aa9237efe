//! The filter bar while it is edited: its text, what could come next, and how many rows it would keep.

use crate::domain::money::Money;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Filter, quoted};
use crate::domain::query::filter_help;
use crate::domain::query::filter_help::{Help, OPERATORS, Wants};
use crate::domain::query::filter_text;
use crate::domain::query::{GroupKey, KEY_NAMES};
use crate::domain::sql::dialect::Dialect;
use crate::tui::key::Key;
use crate::tui::message::{Loaded, Problem, Ticket};
use crate::tui::part::field::Field;
use crate::tui::part::picker::ranked;
use std::collections::HashMap;

/// Suggestions that are kept; more than a screen shows help nobody.
const MOST: usize = 50;

/// What the data can offer to a filter.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    pub headers: Vec<String>,
    pub tag_keys: Vec<String>,
    /// The language of statements.
    pub dialect: Dialect,
    /// Values of keys that were asked for.
    pub values: HashMap<GroupKey, Offer>,
}

impl Offers {
    /// What these can offer before any value was asked for, each name once.
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

    /// Takes the values of a key, the dearest first; without any it is asked for again when it is wanted again.
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

    /// The key whose values this question is about.
    pub fn asked(&self, ticket: Ticket) -> Option<GroupKey> {
        let waits = |offer: &Offer| matches!(offer, Offer::Asked(asked) if *asked == ticket);
        let mut all = self.values.iter();
        all.find_map(|(key, offer)| waits(offer).then(|| key.clone()))
    }
}

/// Adds what is not there yet.
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
    /// The question under way.
    Asked(Ticket),
    Found(Vec<String>),
}

/// The filter bar while it is edited.
#[derive(Debug, Clone)]
pub struct FilterBar {
    pub field: Field,
    pub wrong: Option<Problem>,
    /// What could come next; the one under the cursor is taken by tab.
    pub suggestions: Vec<String>,
    pub picked: usize,
    /// What the filter as typed would keep.
    pub count: Option<(u64, Vec<Money>)>,
    /// The question under way, and the text it is about.
    pub counting: Option<(Ticket, String)>,
    /// The text of the newest count.
    pub counted: Option<String>,
}

impl FilterBar {
    /// The bar on the text of a filter.
    pub fn on(filter: Option<&Filter>) -> Self {
        let text = filter.map(ToString::to_string).unwrap_or_default();
        Self {
            field: Field::with(&text),
            wrong: None,
            suggestions: Vec::new(),
            picked: 0,
            count: None,
            counting: None,
            counted: None,
        }
    }

    /// The bar on a filter that more is typed behind: a word of its own.
    pub fn behind(filter: Option<&Filter>) -> Self {
        let mut bar = Self::on(filter);
        if !bar.field.text().is_empty() {
            bar.field.key(Key::Char(' '));
        }
        bar
    }

    /// The filter as typed, inside none when it is blank; nothing when it is wrong, which then stays in the bar.
    pub fn read(&mut self) -> Option<Option<Filter>> {
        if self.field.text().trim().is_empty() {
            return Some(None);
        }
        match filter_text::parse(self.field.text()) {
            Ok(filter) => Some(Some(filter)),
            Err(error) => {
                let text = format!("{}; here would fit: {}", error.wrong, error.expected);
                let at = Some(error.at);
                self.field.go_to(error.at);
                self.wrong = Some(Problem { text, at });
                None
            }
        }
    }

    /// The filter as typed so far, where it reads.
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

    /// Works out what could come next; gives the key whose values are wanted for it.
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
        let last = self.suggestions.len().saturating_sub(1);
        self.picked = if down {
            (self.picked + 1).min(last)
        } else {
            self.picked.saturating_sub(1)
        };
    }

    /// Takes the suggestion under the cursor; `false` where there is none.
    pub fn complete(&mut self) -> bool {
        let Some(word) = self.suggestions.get(self.picked).cloned() else {
            return false;
        };
        let help = self.help();
        let piece = match help.wants {
            Wants::Operator | Wants::Joint => word,
            // A filter of the history is a whole one.
            Wants::Field if word == "not (" || filter_text::parse(&word).is_ok() => word,
            Wants::Field | Wants::Value(_) => quoted(&word),
        };
        let chars: Vec<char> = self.field.text().chars().collect();
        let before: String = chars.iter().take(help.from).collect();
        let after: String = chars.iter().skip(self.field.caret()).collect();
        let gap = if piece.ends_with('(') { "" } else { " " };
        let start = format!("{before}{piece}{gap}");
        self.field = Field::with(&format!("{start}{}", after.trim_start()));
        self.field.go_to(start.chars().count());
        true
    }
}
