//! Parses `settings.toml` key by key, so that all errors are reported at once, each with its place and a suggestion.

use crate::cli::args::options::{CloudArg, EngineArg, words_of};
use crate::domain::analysis::findings::thresholds::Thresholds;
use crate::domain::sign_in::Auth;
use crate::ops::conversion_cache::Limits;
use crate::ops::nearest;
use crate::tui::action::Action;
use crate::tui::key::Key;
use crate::tui::keymap::{BINDINGS, CONTEXTS, Context, Keymap, Rebound};
use crate::tui::theme::{Palette, STYLES, Theme};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The settings of a file.
#[derive(Debug, Clone, Default)]
pub struct SettingsFile {
    pub cloud: Option<CloudArg>,
    pub auth: Option<Auth>,
    pub tenant: Option<String>,
    pub client_id: Option<String>,
    pub ca_file: Option<PathBuf>,
    pub engine: Option<EngineArg>,
    /// `None`: detected from the terminal.
    pub theme: Option<Palette>,
    pub mouse: Option<bool>,
    /// The limits of the cache of converted tables.
    pub cache: Option<Limits>,
    /// Styles whose colour is set in the file.
    pub colors: Vec<(String, String)>,
    /// The thresholds of findings.
    pub findings: Thresholds,
    pub keymap: Keymap,
    /// Settings by name, as written in the file.
    pub set: Vec<(String, String)>,
}

/// An error at one place of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub text: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.text
        )
    }
}

/// The settings outside of tables.
pub const NAMES: [&str; 9] = [
    "cloud",
    "auth",
    "tenant",
    "client-id",
    "ca-file",
    "engine",
    "theme",
    "mouse",
    "cache",
];

/// The tables of settings.
const TABLES: [&str; 3] = ["colors", "findings", "keys"];

/// A suggestion in place of an unknown name.
fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    match nearest(name, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}

/// The line and column after a text, from 1.
fn place(before: &str) -> (usize, usize) {
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

struct Reader<'a> {
    text: &'a str,
    wrong: Vec<Wrong>,
    out: SettingsFile,
}

impl SettingsFile {
    /// Parses the bytes of a file, which must be UTF-8.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Wrong>> {
        let error = match std::str::from_utf8(bytes) {
            Ok(text) => return Self::parse(text),
            Err(error) => error,
        };
        let halves = bytes.split_at_checked(error.valid_up_to());
        let (before, rest) = halves.unwrap_or_default();
        let before = String::from_utf8_lossy(before);
        let (line, column) = place(&before);
        let byte = rest.first().copied().unwrap_or_default();
        let text = format!("the byte 0x{byte:02x} is not UTF-8; save the file as UTF-8 text");
        Err(vec![Wrong { line, column, text }])
    }

    /// Parses the text of a file, or returns all errors in it in the order of the lines.
    pub fn parse(text: &str) -> Result<Self, Vec<Wrong>> {
        let mut reader = Reader {
            text,
            wrong: Vec::new(),
            out: Self::default(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let span = error.span().unwrap_or_default();
            reader.report(&span, error.message().to_owned());
        }
        reader.table(table.get_ref());
        reader.wrong.sort_by_key(|wrong| (wrong.line, wrong.column));
        if reader.wrong.is_empty() {
            Ok(reader.out)
        } else {
            Err(reader.wrong)
        }
    }
}

impl Reader<'_> {
    fn report(&mut self, span: &Range<usize>, text: String) {
        let (line, column) = place(self.text.get(..span.start).unwrap_or(self.text));
        self.wrong.push(Wrong { line, column, text });
    }

    fn table(&mut self, table: &DeTable<'_>) {
        let mut rebound = Vec::new();
        for (name, value) in table {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("colors", DeValue::Table(colors)) => self.colors(colors),
                ("findings", DeValue::Table(limits)) => self.findings(limits),
                ("keys", DeValue::Table(contexts)) => self.contexts(contexts, &mut rebound),
                (known, _) if TABLES.contains(&known) => {
                    let text = format!(
                        "`{}` is a table: put [{0}] on a line above its keys",
                        name.get_ref()
                    );
                    self.report(&value.span(), text);
                }
                (known, _) if NAMES.contains(&known) => self.setting(known, value),
                (other, _) => {
                    let all = NAMES.into_iter().chain(TABLES);
                    let text = format!("unknown setting `{other}`; {}", meant(other, all));
                    self.report(&name.span(), text);
                }
            }
        }
        let changes: Vec<Rebound> = rebound
            .iter()
            .map(|(_, change): &(_, Rebound)| change.clone())
            .collect();
        match Keymap::with(&changes) {
            Ok(keymap) => self.out.keymap = keymap,
            Err(all) => {
                for (at, text) in all {
                    let span = rebound.get(at).map(|(span, _)| Range::clone(span));
                    self.report(&span.unwrap_or_default(), text);
                }
            }
        }
    }

    fn word(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.as_ref().to_owned());
        }
        self.report(
            &value.span(),
            format!("`{name}` must be a string in quotes"),
        );
        None
    }

    fn one_of<T: Copy>(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        known: &[(String, T)],
    ) -> Option<T> {
        let word = self.word(name, value)?;
        let found = known.iter().find(|(text, _)| *text == word);
        if found.is_none() {
            let all = meant(&word, known.iter().map(|(text, _)| text.as_str()));
            self.report(
                &value.span(),
                format!("`{word}` is not a value of `{name}`; {all}"),
            );
        }
        found.map(|(_, value)| *value)
    }

    fn setting(&mut self, name: &str, value: &Spanned<DeValue<'_>>) {
        match name {
            "cloud" => self.out.cloud = self.one_of(name, value, &words_of()),
            "auth" => self.out.auth = self.one_of(name, value, &words_of()),
            "tenant" => self.out.tenant = self.word(name, value),
            "client-id" => self.out.client_id = self.word(name, value),
            "ca-file" => self.out.ca_file = self.word(name, value).map(PathBuf::from),
            "engine" => self.out.engine = self.one_of(name, value, &words_of()),
            "theme" => {
                let named = Palette::ALL.map(|(word, palette)| (word.to_owned(), Some(palette)));
                let usual = std::iter::once(("auto".to_owned(), None));
                let known: Vec<_> = usual.chain(named).collect();
                self.out.theme = self.one_of(name, value, &known).flatten();
            }
            "mouse" => match value.get_ref() {
                DeValue::Boolean(mouse) => self.out.mouse = Some(*mouse),
                _ => self.report(&value.span(), format!("`{name}` must be true or false")),
            },
            "cache" => {
                let read = self.word(name, value).map(|text| Limits::parse(&text));
                match read.transpose() {
                    Ok(limits) => self.out.cache = limits,
                    Err(why) => self.report(&value.span(), why),
                }
            }
            _ => self.report(&value.span(), format!("`{name}` is not supported")),
        }
        let text = self.text.get(value.span()).unwrap_or_default();
        self.out.set.push((name.to_owned(), text.to_owned()));
    }

    fn colors(&mut self, colors: &DeTable<'_>) {
        for (name, value) in colors {
            let style = name.get_ref().as_ref();
            if !STYLES.contains(&style) {
                let text = format!(
                    "unknown style `{style}`; {}",
                    meant(style, STYLES.into_iter())
                );
                self.report(&name.span(), text);
                continue;
            }
            let Some(color) = self.word(style, value) else {
                continue;
            };
            match Theme::new(true).set(style, &color) {
                Ok(()) => {
                    self.out
                        .set
                        .push((format!("colors.{style}"), color.clone()));
                    self.out.colors.push((style.to_owned(), color));
                }
                Err(why) => self.report(&value.span(), why),
            }
        }
    }

    fn findings(&mut self, limits: &DeTable<'_>) {
        for (name, value) in limits {
            let word = name.get_ref().as_ref();
            if self.out.findings.named(word).is_none() {
                let known = Thresholds::NAMES.iter().map(|(known, _)| *known);
                let text = format!("unknown threshold `{word}`; {}", meant(word, known));
                self.report(&name.span(), text);
                continue;
            }
            let number = match value.get_ref() {
                DeValue::String(text) => text.as_ref().to_owned(),
                _ => self.text.get(value.span()).unwrap_or_default().to_owned(),
            };
            match self.out.findings.set(word, &number) {
                Ok(()) => self.out.set.push((format!("findings.{word}"), number)),
                Err(why) => self.report(&value.span(), why),
            }
        }
    }

    fn contexts(&mut self, contexts: &DeTable<'_>, out: &mut Vec<(Range<usize>, Rebound)>) {
        for (name, value) in contexts {
            let word = name.get_ref().as_ref();
            let known = CONTEXTS.into_iter().find(|context| context.word() == word);
            match (known, value.get_ref()) {
                (Some(context), DeValue::Table(actions)) => self.actions(context, actions, out),
                (Some(_), _) => {
                    let text = format!("put [keys.{word}] on a line above its keys");
                    self.report(&value.span(), text);
                }
                (None, _) => {
                    let words = CONTEXTS.map(Context::word);
                    let all = meant(word, words.into_iter());
                    self.report(&name.span(), format!("unknown screen `{word}`; {all}"));
                }
            }
        }
    }

    fn actions(
        &mut self,
        context: Context,
        actions: &DeTable<'_>,
        out: &mut Vec<(Range<usize>, Rebound)>,
    ) {
        for (name, value) in actions {
            let word = name.get_ref().as_ref();
            let own = BINDINGS.iter().filter(|binding| binding.context == context);
            let known: Vec<(String, Action)> = own
                .map(|binding| (binding.action.setting(), binding.action))
                .collect();
            let Some((_, action)) = known.iter().find(|(known, _)| known == word) else {
                let all = meant(word, known.iter().map(|(known, _)| known.as_str()));
                let text = format!("{} has no action `{word}`; {all}", context.word());
                self.report(&name.span(), text);
                continue;
            };
            let (context_word, text) = (context.word(), self.text.get(value.span()));
            let text = text.unwrap_or_default().to_owned();
            self.out
                .set
                .push((format!("keys.{context_word}.{word}"), text));
            let keys = self.keys(value);
            out.push((
                value.span(),
                Rebound {
                    context,
                    action: *action,
                    keys,
                },
            ));
        }
    }

    /// Parses one key, or a list of several.
    fn keys(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Key> {
        let several: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let mut keys = Vec::new();
        for item in several {
            let Some(word) = self.word("a key", item) else {
                continue;
            };
            match Key::parse(&word) {
                Some(key) => keys.push(key),
                None => self.report(
                    &item.span(),
                    format!("invalid key `{word}`; expected a character such as f or F, ctrl-r, or enter, tab, space, up, pgdn, home"),
                ),
            }
        }
        keys
    }
}

#[cfg(test)]
mod tests;
