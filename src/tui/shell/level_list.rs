//! The list of the groups that a search of all levels finds. It opens at once and is filled later.

use super::Shell;
use super::overlay::{Overlay, PickerKind};
use super::status::StatusLine;
use crate::domain::money::Amount;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::domain::table::level_hits::LevelHits;
use crate::domain::table::value_names::visible_name;
use crate::domain::text::{counted, grouped};
use crate::ops::explore::levels::Searched;
use crate::tui::effect::Effect;
use crate::tui::question::TableQuestion;
use crate::tui::said::{Masked, Said};
use crate::tui::state::picker::{Caption, Choice, Picker};
use crate::tui::ticket::{Problem, Ticket};

impl Shell {
    /// Opens the list, and asks for the groups of these levels that contain a text.
    pub fn search_levels(
        &mut self,
        searched: Searched,
        filter: Option<Filter>,
        (group_by, levels): (Vec<GroupKey>, Vec<GroupKey>),
        text: &str,
    ) -> Vec<Effect> {
        let names = group_by.iter().chain(&levels).map(GroupKey::name);
        let names: Vec<String> = names.collect();
        let title = format!("Searching {} …", names.join(" ▸ "));
        let of_pair = matches!(searched, Searched::Pair(_));
        let (ticket, effect) = self.ask(TableQuestion::Levels {
            searched,
            filter,
            group_by,
            levels,
            text: text.to_owned(),
        });
        self.overlay = Overlay::Picker {
            picker: Picker::one(Said::open(title), Vec::new()).of_names(true),
            kind: if of_pair {
                PickerKind::LevelsPair(Some(ticket), Vec::new())
            } else {
                PickerKind::Levels(Some(ticket), Vec::new())
            },
        };
        vec![effect]
    }

    /// Fills the list that waits for the groups, or says that there are none, and which key filters the screen.
    pub fn found_in_levels(
        &mut self,
        ticket: Ticket,
        (text, filter_key, shows_differences): (&str, &str, bool),
        result: Result<Vec<LevelHits>, Problem>,
    ) {
        let Overlay::Picker {
            picker,
            kind: PickerKind::Levels(asked, hits) | PickerKind::LevelsPair(asked, hits),
        } = &mut self.overlay
        else {
            return;
        };
        if asked.take_if(|asked| *asked == ticket).is_none() {
            return;
        }
        match result {
            Ok(levels) if levels.is_empty() => {
                let why = format!(
                    "`{text}` not found in any level; {filter_key} {text} finds it in every column"
                );
                self.overlay = Overlay::None;
                self.status = StatusLine::error(why);
            }
            Ok(levels) => {
                let of: usize = levels.iter().map(|level| level.of).sum();
                let groups = levels.iter().flat_map(|level| {
                    let groups = level.groups.iter();
                    groups.map(|group| (level.path.clone(), group.clone()))
                });
                *hits = groups.collect();
                picker.title = Said::open(title(hits.len(), of, shows_differences));
                let choices = hits.iter().zip(0..);
                picker.choices = choices
                    .map(|((path, group), at): (_, usize)| {
                        choice(at, (path, group), shows_differences)
                    })
                    .collect();
            }
            Err(problem) => {
                self.overlay = Overlay::None;
                self.status = StatusLine::error(problem.text);
            }
        }
    }
}

/// The number of groups that were found, and whether the list has all of them.
fn title(listed: usize, of: usize, shows_differences: bool) -> String {
    let all = counted(of as u64, "group");
    let amounts = if shows_differences {
        ", with their differences"
    } else {
        ""
    };
    if listed == of {
        format!("Found in all levels: {all}{amounts}")
    } else {
        let listed = grouped(listed as u64);
        format!("Found in all levels: {all}{amounts}; the {listed} largest of their levels")
    }
}

/// A group in the list: its name and the names above it, its amount and its key.
fn choice(at: usize, (path, group): (&[GroupKey], &Group), is_difference: bool) -> Choice {
    let names = group.labels.iter().zip(&group.keys);
    let names = names.map(|(label, key)| visible_name(label.as_deref().or(key.as_deref())));
    let names: Vec<String> = names.collect();
    let text = match names.split_last() {
        Some((own, [])) => own.clone(),
        Some((own, above)) => format!("{own} in {}", above.join(" › ")),
        None => String::new(),
    };
    let key = path.last().map(GroupKey::name).unwrap_or_default();
    let shown = group.cost.amount.display();
    let grew = is_difference && group.cost.amount > Amount::ZERO && !shown.starts_with('<');
    let plus = if grew { "+" } else { "" };
    let amount = format!("{plus}{shown} {}", group.cost.code());
    Choice {
        name: at.to_string(),
        hint: format!("{amount:>16}  {key}"),
        caption: Caption::Masked(Masked::of_values(path, text)),
        masked: Some(key),
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::shell::level_list::title;

    #[test]
    fn a_list_that_is_cut_says_so() {
        assert_eq!(title(1, 1, false), "Found in all levels: 1 group");
        let cut = "Found in all levels: 1,234 groups; the 200 largest of their levels";
        assert_eq!(title(200, 1_234, false), cut);
        let two = "Found in all levels: 2 groups, with their differences";
        assert_eq!(title(2, 2, true), two);
    }
}
