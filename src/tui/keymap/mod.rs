//! The key table. Dispatch, footer and help read the same rows, so they cannot disagree.

pub mod binding;
pub mod bindings;
pub mod group;

use super::action::Action;
use super::key::Key;
pub use binding::{Binding, CONTEXTS, Context};
pub use bindings::BINDINGS;

/// The keys that the settings file assigns to an action in a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebound {
    pub context: Context,
    pub action: Action,
    pub keys: Vec<Key>,
}

/// The key table of this run.
#[derive(Debug, Clone, Copy)]
pub struct Keymap(&'static [Binding]);

impl Default for Keymap {
    fn default() -> Self {
        Self(BINDINGS)
    }
}

impl Keymap {
    /// The table with these changes, or the index of each invalid change with the reason.
    pub fn with(changes: &[Rebound]) -> Result<Self, Vec<(usize, String)>> {
        let mut wrong = Vec::new();
        let mut table: Vec<Binding> = BINDINGS.to_vec();
        for (at, change) in changes.iter().enumerate() {
            if let Some(why) = refused(change) {
                wrong.push((at, why));
            }
            let own = |binding: &&mut Binding| {
                binding.context == change.context && binding.action == change.action
            };
            for (place, binding) in table.iter_mut().filter(own).enumerate() {
                // Leaked once per run: the key table lives as long as the program.
                binding.keys = match place {
                    0 => Vec::leak(change.keys.clone()),
                    _ => &[],
                };
            }
        }
        for (at, change) in changes.iter().enumerate() {
            let rivals = table
                .iter()
                .filter(|b| b.context == change.context && b.action != change.action);
            for (rival, key) in rivals.flat_map(|b| b.keys.iter().map(move |key| (b, key))) {
                if change.keys.contains(key) {
                    let (key, other) = (key.word(), rival.action.setting());
                    wrong.push((
                        at,
                        format!(
                            "`{key}` is already the key of {other}; give that action another key"
                        ),
                    ));
                }
            }
        }
        wrong.extend(shadowed(&table, changes));
        if wrong.is_empty() {
            Ok(Self(Vec::leak(table)))
        } else {
            Err(wrong)
        }
    }

    /// Every binding.
    pub fn bindings(self) -> &'static [Binding] {
        self.0
    }

    /// The action of a key in the first of these contexts that binds it.
    pub fn action(self, contexts: &[Context], key: Key) -> Option<Action> {
        let mut bindings = self.of(contexts);
        let binding = bindings.find(|binding| binding.keys.contains(&key))?;
        Some(binding.action)
    }

    /// The bindings of these contexts.
    pub fn of(self, contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
        contexts
            .iter()
            .flat_map(move |context| self.0.iter().filter(move |b| b.context == *context))
    }

    /// The bindings of these contexts that the footer shows. A key that an inner context binds is not shown for an outer
    /// one.
    pub fn labelled(self, contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
        self.of(contexts).filter(move |binding| {
            let first = binding.keys.first();
            let acting = first.and_then(|key| {
                let mut bindings = self.of(contexts);
                bindings.find(|binding| binding.keys.contains(key))
            });
            let acts = acting.is_some_and(|acting| acting.context == binding.context);
            acts && !binding.label.is_empty()
        })
    }

    /// Replaces references such as `⟦table.filter⟧` in a sentence with the key bound to that action.
    pub fn spell(self, sentence: &str) -> String {
        let mut out = String::new();
        let mut rest = sentence;
        while let Some((before, (name, after))) = rest
            .split_once('⟦')
            .and_then(|(before, inside)| Some((before, inside.split_once('⟧')?)))
        {
            out.push_str(before);
            match self.named(name) {
                Some(binding) => match binding.keys.first() {
                    Some(key) => out.push_str(&key.to_string()),
                    // An action without a key is still in the palette.
                    None => out.push_str(binding.action.word()),
                },
                None => out.extend(["⟦", name, "⟧"]),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn named(self, name: &str) -> Option<&'static Binding> {
        let (context, action) = name.split_once('.')?;
        let fits = |b: &&Binding| b.context.word() == context && b.action.setting() == action;
        self.0.iter().find(fits)
    }
}

/// Finds changes that leave an action which applies everywhere without a key on some screen.
fn shadowed(table: &[Binding], changes: &[Rebound]) -> Vec<(usize, String)> {
    let screens = CONTEXTS.into_iter().filter(|context| context.is_screen());
    let mut wrong = Vec::new();
    for (screen, place) in screens.flat_map(|screen| (0..table.len()).map(move |at| (screen, at))) {
        let usual = rivals(BINDINGS, screen, place);
        let (Some(binding), Some(rivals)) = (table.get(place), rivals(table, screen, place)) else {
            continue;
        };
        // The built-in table does so as well: that screen has a similar action of its own.
        if usual.is_some() {
            continue;
        }
        let concerned = |change: &Rebound| {
            let itself = change.context == binding.context && change.action == binding.action;
            itself || change.context == screen && rivals.contains(&change.action)
        };
        if let Some(at) = changes.iter().position(concerned) {
            let (name, screen) = (binding.action.setting(), screen.word());
            let rival = rivals.first().map(|action| action.setting());
            let rival = rival.unwrap_or_default();
            wrong.push((
                at,
                format!("{name} has no key left on the screen {screen}: {rival} takes it there"),
            ));
        }
    }
    wrong
}

/// The actions of a screen that take all keys of a binding; `None` if the binding keeps a key.
fn rivals(table: &[Binding], screen: Context, place: usize) -> Option<Vec<Action>> {
    let binding = table.get(place)?;
    let behind = matches!(binding.context, Context::Everywhere | Context::Always);
    let own = |key: &Key| {
        let mut taken = table.iter().filter(|b| b.context == screen);
        taken.find(|b| b.keys.contains(key)).map(|b| b.action)
    };
    let rivals: Vec<Action> = binding.keys.iter().filter_map(own).collect();
    let all = behind && !rivals.is_empty() && rivals.len() == binding.keys.len();
    all.then_some(rivals)
}

/// The reason a change is invalid, if it is.
fn refused(change: &Rebound) -> Option<String> {
    let known = |b: &Binding| b.context == change.context && b.action == change.action;
    let (action, context) = (change.action.setting(), change.context.word());
    if !BINDINGS.iter().any(known) {
        return Some(format!("{context} has no action `{action}`"));
    }
    // Without a key for these, the user would have to close the terminal.
    let leaves = matches!(change.action, Action::Quit | Action::Close);
    let answers = change.context == Context::Question || change.action == Action::Enter;
    if change.keys.is_empty() && (leaves || answers) {
        return Some(format!("{action} needs a key"));
    }
    let typed = matches!(
        change.context,
        Context::Text | Context::Picker | Context::Always
    );
    let text = change.keys.iter().find(|key| typed && key.is_text())?;
    Some(format!(
        "`{}` is typed as text here; use ctrl and a letter, or a named key",
        text.word()
    ))
}
