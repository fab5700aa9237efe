//! Handles the picker of the values of a key on both sides.

use super::ask::ask_compare;
use crate::domain::analysis::comparison::Comparison;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::value_names::{value_name, value_of_name};
use crate::tui::effect::Effect;
use crate::tui::question::PairQuestion;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::PickerKind;
use crate::tui::state::filter_bar::OFFERED;
use crate::tui::state::picker::{Caption, Choice};
use crate::tui::views::compare::state::{CompareScreen, NO_GROUP, Pair};

/// Opens the picker of the key under the cursor, and asks for its values.
pub(super) fn open(pair: &Pair, shell: &mut Shell) -> Vec<Effect> {
    let Some(key) = pair.key_here() else {
        return Vec::new();
    };
    // A view whose groups are pending may have some.
    if pair.asked.is_none() && pair.selected().is_none() {
        return shell.refuse(NO_GROUP);
    }
    let ticket = shell.ticket();
    let kind = PickerKind::FacetsPair(key.clone(), Some(ticket));
    shell.open_facets(&key, kind);
    let question = PairQuestion::Values {
        actual: pair.actual.opened.data.clone(),
        amortized: pair.amortized.opened.data.clone(),
        key,
        filter: pair.step().filter.clone(),
        most: OFFERED,
    };
    vec![shell.ask_under(ticket, question)]
}

/// The values with their costs on both sides. A value with several currencies is one entry that lists all of them.
pub(super) fn choices(key: &GroupKey, compared: &Comparison) -> Vec<Choice> {
    let mut out: Vec<Choice> = Vec::new();
    for delta in &compared.groups {
        let name = value_name(delta.keys.first().and_then(Option::as_deref));
        let bridge = &delta.bridge;
        let hint = format!(
            "{:>14} → {:>14} {}",
            bridge.actual.display(),
            bridge.amortized.display(),
            delta.currency.as_deref().unwrap_or("-")
        );
        if let Some(known) = out.iter_mut().find(|choice| choice.name == name) {
            known.hint = format!("{}  {}", known.hint, hint.trim_start());
            continue;
        }
        let text = delta.labels.first().cloned().flatten();
        out.push(Choice {
            caption: Caption::of(key, text.unwrap_or_else(|| name.clone())),
            name,
            hint,
            masked: Some(String::new()),
        });
    }
    out
}

/// Keeps or drops the picked values.
pub(crate) fn picked(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    key: &GroupKey,
    (names, keep): (&[String], bool),
) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    let values: Vec<Option<String>> = names.iter().map(|name| value_of_name(name)).collect();
    pair.keep_or_drop_all(key, &values, keep);
    ask_compare(screen, shell)
}
