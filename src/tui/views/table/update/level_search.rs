//! Searches all levels of a view, and offers what was found as a list with the path and the amount of each group.

use super::ask::ask;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::domain::table::level_hits::LevelHits;
use crate::domain::table::text_table::visible_name;
use crate::domain::text::{counted, grouped};
use crate::tui::effect::Effect;
use crate::tui::question::TableQuestion;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::picker::{Caption, Choice, Picker};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::{Open, TableScreen};

/// Searches a typed text in all levels; an empty one is the last one again. The list opens at once and is filled later.
pub(crate) fn begin(screen: &mut TableScreen, shell: &mut Shell, text: &str) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let typed = text.trim();
    let text = if typed.is_empty() {
        data.search.last.clone()
    } else {
        typed.to_owned()
    };
    if text.is_empty() {
        return shell.refuse("type a text first; it is searched in the groups of all levels");
    }
    let levels = data.searched_levels();
    let Some((group_by, levels)) = levels.filter(|_| data.answer.is_none()) else {
        let why =
            "only groups have levels: these are rows, two periods or the answer to a statement";
        return shell.refuse(why);
    };
    data.search.begin(&text);
    let names = group_by.iter().chain(&levels).map(GroupKey::name);
    let names: Vec<String> = names.collect();
    let title = format!("Searching {} …", names.join(" ▸ "));
    let question = TableQuestion::Levels {
        data: data.loaded.opened.data.clone(),
        filter: data.step().filter.clone(),
        group_by,
        levels,
        text,
    };
    let (ticket, effect) = shell.ask(question);
    shell.overlay = Overlay::Picker {
        picker: Picker::one(Said::open(title), Vec::new()),
        kind: PickerKind::Levels(Some(ticket), Vec::new()),
    };
    vec![effect]
}

/// Fills the list that waits for the groups, or says that there are none.
pub(crate) fn found(
    screen: &TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Vec<LevelHits>, Problem>,
) -> Vec<Effect> {
    let Overlay::Picker {
        picker,
        kind: PickerKind::Levels(asked, hits),
    } = &mut shell.overlay
    else {
        return Vec::new();
    };
    if asked.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    match result {
        Ok(levels) if levels.is_empty() => {
            let text = match &screen.open {
                Open::Data(data) => data.search.text.as_str(),
                Open::Nothing | Open::Opening { .. } => "",
            };
            let why = format!(
                "`{text}` not found in any level; ⟦table.filter⟧ {text} finds it in every column"
            );
            shell.overlay = Overlay::None;
            shell.status = StatusLine::error(why);
        }
        Ok(levels) => {
            let of: usize = levels.iter().map(|level| level.of).sum();
            let groups = levels.iter().flat_map(|level| {
                let groups = level.groups.iter();
                groups.map(|group| (level.path.clone(), group.clone()))
            });
            *hits = groups.collect();
            picker.title = Said::open(title(hits.len(), of));
            let choices = hits.iter().zip(0..);
            picker.choices = choices
                .map(|((path, group), at): (_, usize)| choice(at, path, group))
                .collect();
        }
        Err(problem) => {
            shell.overlay = Overlay::None;
            shell.status = StatusLine::error(problem.text);
        }
    }
    Vec::new()
}

/// The number of groups that were found, and whether the list has all of them.
fn title(listed: usize, of: usize) -> String {
    let all = counted(of as u64, "group");
    if listed == of {
        format!("Found in all levels: {all}")
    } else {
        let listed = grouped(listed as u64);
        format!("Found in all levels: {all}; the {listed} largest of their levels")
    }
}

/// A group in the list: its name and the names above it, its amount and its key.
fn choice(at: usize, path: &[GroupKey], group: &Group) -> Choice {
    let names = group.labels.iter().zip(&group.keys);
    let names = names.map(|(label, key)| visible_name(label.as_deref().or(key.as_deref())));
    let names: Vec<String> = names.collect();
    let text = match names.split_last() {
        Some((own, [])) => own.clone(),
        Some((own, above)) => format!("{own} in {}", above.join(" › ")),
        None => String::new(),
    };
    let key = path.last().map(GroupKey::name).unwrap_or_default();
    let amount = format!("{} {}", group.cost.amount.display(), group.cost.code());
    Choice {
        name: at.to_string(),
        hint: format!("{amount:>16}  {key}"),
        caption: Caption::Masked(text.into()),
        masked: Some(key),
    }
}

/// Goes to the picked group.
pub(super) fn picked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    hits: &[(Vec<GroupKey>, Group)],
    name: &str,
) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let hit = name.parse().ok().and_then(|at: usize| hits.get(at));
    let Some((path, group)) = hit else {
        return Vec::new();
    };
    data.enter_hit(path, group);
    ask(screen, shell)
}

#[cfg(test)]
mod tests {
    use crate::tui::views::table::update::level_search::title;

    #[test]
    fn a_list_that_is_cut_says_so() {
        assert_eq!(title(1, 1), "Found in all levels: 1 group");
        let cut = "Found in all levels: 1,234 groups; the 200 largest of their levels";
        assert_eq!(title(200, 1_234), cut);
    }
}
