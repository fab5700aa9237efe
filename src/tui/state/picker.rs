//! A picker: a list that typing filters, whose entries may be ticked in order.

use super::cursor::{Cursor, CursorStep};
use super::field::TextField;
use crate::domain::query::group_key::GroupKey;
use crate::tui::said::{Mask, Masked, Said};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_width::UnicodeWidthStr;

/// The text that an entry is shown by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caption {
    /// The name of the entry, which cannot identify anybody.
    Name,
    /// Cannot identify anybody.
    Open(String),
    /// May identify somebody.
    Masked(Masked),
}

impl Caption {
    /// The text of a value of a key.
    pub fn of(key: &GroupKey, text: String) -> Self {
        if key.is_anonymous() {
            Self::Open(text)
        } else {
            Self::Masked(Masked::of_values([key], text))
        }
    }

    /// The name of the column of a value.
    pub fn of_column(by: &GroupKey, name: String) -> Self {
        if by.is_anonymous() {
            Self::Open(name)
        } else {
            Self::Masked(Masked::of_column(by, name))
        }
    }
}

/// An entry: its unique name and a dimmed hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub name: String,
    pub hint: String,
    pub caption: Caption,
    /// The hint while names and amounts are hidden, if it differs.
    pub masked: Option<String>,
}

impl Choice {
    /// An entry that is shown by its name, which cannot identify anybody.
    pub fn new(name: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            hint: hint.into(),
            caption: Caption::Name,
            masked: None,
        }
    }

    /// The hint while names and amounts are hidden.
    pub fn masked(&self) -> &str {
        self.masked.as_deref().unwrap_or(&self.hint)
    }

    /// The hint, as far as the mask shows it.
    pub fn hinted(&self, mask: &impl Mask) -> &str {
        if mask.hides() {
            self.masked()
        } else {
            &self.hint
        }
    }

    /// The text of the entry, as far as the mask shows it.
    pub fn shown(&self, mask: &impl Mask) -> String {
        match &self.caption {
            Caption::Masked(text) => text.shown(mask),
            Caption::Name | Caption::Open(_) => self.text().to_owned(),
        }
    }

    /// The width of its text in columns, as far as the mask shows it.
    pub fn width(&self, mask: &impl Mask) -> usize {
        match &self.caption {
            Caption::Masked(text) if mask.hides() => text.shown(mask).width(),
            Caption::Masked(_) | Caption::Name | Caption::Open(_) => self.text().width(),
        }
    }

    /// The text that finds it.
    fn text(&self) -> &str {
        match &self.caption {
            Caption::Name => &self.name,
            Caption::Open(text) => text,
            Caption::Masked(text) => text.in_clear(),
        }
    }
}

/// The list, with the text typed and the entries ticked.
#[derive(Debug, Clone)]
pub struct Picker {
    pub title: Said,
    pub choices: Vec<Choice>,
    /// Other words that find each choice, in the order of the choices; empty if they are found by name only.
    pub also: Vec<String>,
    /// Names in the order they were ticked.
    pub ticked: Vec<String>,
    /// Whether several entries can be ticked.
    pub several: bool,
    /// Whether its entries will be names, though it may have none yet.
    pub of_names: bool,
    pub search: TextField,
    pub cursor: Cursor,
}

impl Picker {
    /// A picker of one entry.
    pub fn one(title: impl Into<Said>, choices: Vec<Choice>) -> Self {
        Self {
            title: title.into(),
            choices,
            also: Vec::new(),
            ticked: Vec::new(),
            several: false,
            of_names: false,
            search: TextField::default(),
            cursor: Cursor::default(),
        }
    }

    /// A picker of several entries, some already ticked.
    pub fn several(title: impl Into<Said>, choices: Vec<Choice>, ticked: Vec<String>) -> Self {
        Self {
            ticked,
            several: true,
            ..Self::one(title, choices)
        }
    }

    /// The same, if its entries may identify somebody once they are there.
    #[must_use]
    pub fn of_names(self, of_names: bool) -> Self {
        Self { of_names, ..self }
    }

    /// The entries that match the typed text, best first: by their names, by what else they are found by, then loosely.
    pub fn matching(&self) -> Vec<&Choice> {
        let search = self.search.text().trim().to_lowercase();
        // Both directions of a sort are equal matches, so that the one that is offered first stays first.
        let sign: &[char] = if search.starts_with('-') { &[] } else { &['-'] };
        let named = ranked(&self.choices, self.search.text(), |choice| {
            choice.text().trim_start_matches(sign).to_owned()
        });
        if self.also.is_empty() || search.is_empty() {
            return named;
        }
        let whole = |choice: &Choice| choice.text().to_lowercase().contains(&search);
        let (mut found, loose): (Vec<&Choice>, Vec<&Choice>) =
            named.into_iter().partition(|choice| whole(choice));
        let described = self.choices.iter().zip(&self.also);
        let described = described.filter(|(choice, also)| !whole(choice) && holds(also, &search));
        found.extend(described.map(|(choice, _)| choice));
        for choice in loose {
            if !found.iter().any(|known| known.name == choice.name) {
                found.push(choice);
            }
        }
        found
    }

    /// The ticked entries in order, as far as the mask shows them.
    pub fn ticks(&self, mask: &impl Mask) -> Vec<String> {
        let shown = |name: &String| {
            let mut all = self.choices.iter();
            match all.find(|choice| choice.name == *name) {
                Some(choice) => choice.shown(mask),
                // The absence of a name is as telling as its presence.
                None if self.identifies() => Masked::from(name.as_str()).shown(mask),
                None => name.clone(),
            }
        };
        self.ticked.iter().map(shown).collect()
    }

    /// Whether an entry may identify somebody, and with it the text that is typed to find it.
    pub fn identifies(&self) -> bool {
        let mut captions = self.choices.iter().map(|choice| &choice.caption);
        self.of_names || captions.any(|caption| matches!(caption, Caption::Masked(_)))
    }

    /// The first visible entry in a list of this height.
    pub fn top(&self, height: usize) -> usize {
        let cursor = self.cursor;
        let least = cursor.selected.saturating_sub(height.saturating_sub(1));
        least.max(cursor.top.min(cursor.selected))
    }

    /// The entry under the cursor.
    pub fn selected(&self) -> Option<Choice> {
        self.matching()
            .get(self.cursor.selected)
            .map(|choice| (*choice).clone())
    }

    /// Ticks or unticks the entry under the cursor.
    pub fn toggle(&mut self) {
        let Some(choice) = self.selected() else {
            return;
        };
        match self.ticked.iter().position(|name| *name == choice.name) {
            Some(at) => {
                self.ticked.remove(at);
            }
            None => self.ticked.push(choice.name),
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: CursorStep, height: usize) {
        let count = self.matching().len();
        self.cursor.go(step, count, height);
    }
}

/// Whether each typed word begins a word of a text.
pub fn holds(text: &str, search: &str) -> bool {
    let (text, search) = (text.to_lowercase(), search.to_lowercase());
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || ",;:()".contains(c))
        .collect();
    let mut typed = search.split_whitespace();
    typed.all(|part| words.iter().any(|word| word.starts_with(part)))
}

/// The entries that match a search, best first. A blank search returns all of them in their own order.
pub fn ranked<'a, T>(entries: &'a [T], search: &str, text: impl Fn(&T) -> String) -> Vec<&'a T> {
    if search.trim().is_empty() {
        return entries.iter().collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(search, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, &T)> = entries
        .iter()
        .filter_map(|entry| {
            let haystack = text(entry);
            let score = pattern.score(Utf32Str::new(&haystack, &mut buffer), &mut matcher)?;
            Some((score, entry))
        })
        .collect();
    // An exact match comes before partial matches.
    let wanted = search.trim().to_lowercase();
    let whole = |entry: &T| text(entry).to_lowercase() == wanted;
    // The key of an entry is its text, which is not built for every comparison.
    scored.sort_by_cached_key(|(score, entry)| (!whole(entry), std::cmp::Reverse(*score)));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

#[cfg(test)]
mod tests {
    use crate::tui::state::field::TextField;
    use crate::tui::state::picker::{Choice, Picker};

    #[test]
    fn a_search_keeps_both_directions_of_a_sort_in_the_order_offered() {
        let offered = [
            "-cost",
            "cost",
            "-tag:env",
            "tag:env",
            "-tag:envoy",
            "tag:envoy",
        ];
        let choices = offered.map(|name| Choice::new(name, ""));
        let mut picker = Picker::one("Sort by", choices.into());
        let mut found = |search: &str| -> Vec<String> {
            picker.search = TextField::with(search);
            let matching = picker.matching().into_iter();
            matching.map(|choice| choice.name.clone()).collect()
        };
        assert_eq!(found("tag:env")[..2], ["-tag:env", "tag:env"]);
        assert_eq!(found("env")[..2], ["-tag:env", "tag:env"]);
        assert_eq!(found("cost"), ["-cost", "cost"]);
        assert_eq!(found("-cost"), ["-cost"]);
    }
}
