//! Pickers that several screens offer.

use crate::domain::query::group_key::{GroupKey, KEY_NAMES};
use crate::domain::scope::{Agreement, Scope};
use crate::domain::text::counted;
use crate::tui::keymap::Keymap;
use crate::tui::said::Said;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::state::picker::{Caption, Choice, Picker};

/// The picker of group keys: the built-in keys, then the tags found, then the columns.
pub fn group_picker(headers: &[String], tags: &[String], now: &[GroupKey]) -> Picker {
    let choice = |name: String, hint: &str| Choice::new(name, hint);
    let known = KEY_NAMES
        .iter()
        .filter(|(_, key)| key.groups())
        .map(|(name, _)| choice((*name).to_owned(), "key"));
    let tags = tags.iter().map(|tag| choice(format!("tag:{tag}"), "tag"));
    let columns = headers
        .iter()
        .map(|header| choice(header.clone(), "column"));
    let choices = known.chain(tags).chain(columns).collect();
    let ticked = now.iter().map(GroupKey::name).collect();
    Picker::several("Group by", choices, ticked)
}

/// The entry that ends a pivot.
pub const OFF: &str = "off";

/// The title of the picker of a pivot of amounts.
pub const COSTS: &str = "Pivot: a column for each value of";
/// The title of the picker of a pivot of differences.
pub const DIFFERENCES: &str = "Pivot: a column of differences for each value of";

/// The picker of the key whose values become columns: these keys first. The keys of the groups are already lines. `off` says
/// what ends a pivot.
pub fn pivot_picker(
    title: &'static str,
    (headers, tags): (&[String], &[String]),
    (group_by, first): (&[GroupKey], &[GroupKey]),
    off: Option<&str>,
) -> Picker {
    let mut choices = group_picker(headers, tags, &[]).choices;
    choices.retain(|choice| {
        let key = GroupKey::parse(&choice.name);
        key.is_some_and(|key| !group_by.contains(&key))
    });
    let first: Vec<String> = first.iter().map(GroupKey::name).collect();
    let place = |choice: &Choice| first.iter().position(|name| *name == choice.name);
    choices.sort_by_key(|choice| place(choice).unwrap_or(first.len()));
    if let Some(off) = off {
        choices.insert(0, Choice::new(OFF, off));
    }
    Picker::one(title, choices)
}

/// The entry that stands for all subscriptions of a management group.
pub const ALL: &str = "all of them";

/// The entry that leads to the exports of a management group.
pub const EXPORTS: &str = "exports of the group";

/// The list of the subscriptions of a management group: all of them, or those that are ticked. The last entry leads to the
/// exports of the group itself.
pub fn subscriptions(keymap: Keymap, group: Scope, found: Vec<Scope>) -> Overlay {
    let count = counted(found.len() as u64, "subscription");
    let mut choices = vec![Choice::new(ALL, count)];
    choices.extend(found.iter().map(|scope| {
        let agreement = scope.agreement.map_or("", Agreement::word);
        Choice {
            caption: Caption::Masked(scope.name.clone().into()),
            masked: Some(agreement.to_owned()),
            ..Choice::new(
                scope.id.path(),
                format!("{agreement:<4} {}", scope.id.tail()),
            )
        }
    }));
    choices.push(Choice::new(EXPORTS, "the usage of all of them, in storage"));
    let keys = keymap.spell("Subscriptions: space ticks, ⟦picker.enter⟧ orders");
    let picker = Picker::several(Said::open(keys), choices, Vec::new()).of_names(true);
    Overlay::Picker {
        picker,
        kind: PickerKind::Subscriptions(Box::new(group), found),
    }
}
