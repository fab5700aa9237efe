//! Compares two periods of the open data: the pickers of the periods and of the pivot, and what they change.

use super::ask::ask;
use super::opening::open_continued;
use crate::domain::analysis::change::period_titles;
use crate::domain::period::{DateRange, Month};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;
use crate::tui::effect::Effect;
use crate::tui::message::joined_names;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PickerKind, PromptKind};
use crate::tui::shell::pickers::{COSTS, DIFFERENCES, OFF, pivot_picker};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::TextField;
use crate::tui::state::picker::{Choice, Picker};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Changing, Continued, Open, TableScreen};

/// Offers pairs of adjacent months, or asks for the month before if there is only one.
pub(super) fn overlay(screen: &TableScreen) -> Result<Overlay, String> {
    if let Some(picker) = picker(screen)? {
        let kind = PickerKind::Change;
        return Ok(Overlay::Picker { picker, kind });
    }
    let Open::Data(data) = &screen.open else {
        return Err("nothing is open".to_owned());
    };
    let Some(month) = data.months().first().copied() else {
        return Err("no row has a day; two periods need dates".to_owned());
    };
    let hint = format!(
        "only {month} is open, and the ledger has no month before it; type a file, a folder or a ledger key of {}. ⟦text.next-field⟧ completes paths",
        month.back(1)
    );
    Ok(Overlay::Prompt {
        title: Said::open(format!("Compare {month} with the month before")),
        hint: Said::open(hint),
        field: TextField::default(),
        kind: PromptKind::EarlierMonth,
    })
}

/// Also opens these sources, and compares the newest two months in the view of the open data.
pub(super) fn with_earlier(
    screen: &mut TableScreen,
    shell: &mut Shell,
    mut sources: Vec<String>,
) -> Vec<Effect> {
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    sources.extend(data.loaded.opened.names.iter().cloned());
    let name = joined_names(&sources);
    let view = Continued::NewestMonths(Box::new(data.saved()));
    open_continued(screen, shell, sources, name.into(), None, Some(view))
}

/// Pairs of adjacent months; none if there is only one. The month before the data is offered if the ledger has it.
fn picker(screen: &TableScreen) -> Result<Option<Picker>, String> {
    let Open::Data(data) = &screen.open else {
        return Err("nothing is open".to_owned());
    };
    if data.step().group_by.is_empty() {
        return Err("these are the rows themselves; ⟦table.group-by⟧ groups them".to_owned());
    }
    let months = data.months();
    let mut choices = Vec::new();
    if data.step().change.is_some() {
        choices.push(Choice::new("off", "a single table"));
    }
    choices.extend(pairs(&months));
    if let (Some(month), Some(_)) = (months.last(), before_in_ledger(screen)) {
        let pair = format!("{} {month}", month.back(1));
        choices.push(Choice::new(pair, "opens the month before as well"));
    }
    if choices.is_empty() {
        return Ok(None);
    }
    let title = "Compare two periods (or type 2026-09 2026-10)";
    Ok(Some(Picker::one(title, choices)))
}

/// The pairs of neighbours among months from the newest to the oldest, told apart by their distance from the newest.
fn pairs(months: &[Month]) -> impl Iterator<Item = Choice> + '_ {
    let pairs = months.iter().zip(months.iter().skip(1));
    pairs.map(|(after, before)| {
        let earlier = months.first().map_or(0, |newest| apart(*after, *newest));
        let between = apart(*before, *after).saturating_sub(1);
        let which = match (earlier, between) {
            (0, 0) => "the newest month and the one before".to_owned(),
            (0, _) => "the newest two open".to_owned(),
            (earlier, _) => format!("{} earlier", counted(earlier, "month")),
        };
        let gap = match between {
            0 => String::new(),
            between => format!("; {between} between not open"),
        };
        Choice::new(format!("{before} {after}"), format!("{which}{gap}"))
    })
}

/// The number of months from one to a later one.
fn apart(from: Month, to: Month) -> u64 {
    let days = DateRange {
        from: from.range().from,
        to: to.range().from,
    };
    (days.by_month().len() as u64).saturating_sub(1)
}

/// The reports of the month before the open data. Every scope must have one, or costs would seem to rise.
fn before_in_ledger(screen: &TableScreen) -> Option<Vec<String>> {
    let Open::Data(data) = &screen.open else {
        return None;
    };
    let opened = &data.loaded.opened;
    if opened.entries.is_empty() || opened.entries.len() != opened.names.len() {
        return None;
    }
    let before = data.months().last()?.back(1).range();
    let mut keys: Vec<String> = Vec::new();
    for entry in &opened.entries {
        let months = screen.ledger.months_of(entry);
        let mut months = months.iter();
        let found = months.find(|entry| entry.request.range() == Some(before))?;
        let key = found.key.as_str().to_owned();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Some(keys)
}

/// The keys to pivot by: months and days first, which end a comparison of two periods, since they are the periods themselves.
pub(super) fn pivots(data: &Explorer) -> Picker {
    let step = data.step();
    let loaded = &data.loaded;
    let columns = (loaded.opened.data.headers(), loaded.tag_keys.as_slice());
    let two = step.change.is_some();
    let mut first = vec![GroupKey::Month, GroupKey::Role(Role::Date)];
    let usual = [
        GroupKey::Role(Role::ChargeType),
        GroupKey::Role(Role::PricingModel),
        GroupKey::Role(Role::Service),
        GroupKey::Role(Role::Region),
    ];
    first.splice(if two { 0..0 } else { 2..2 }, usual);
    let off = match step.pivot_key() {
        Some(_) if two => Some("both periods of each group again"),
        Some(_) => Some("one amount for each group again"),
        None => None,
    };
    let title = if two { DIFFERENCES } else { COSTS };
    let mut picker = pivot_picker(title, columns, (&step.group_by, &first), off);
    for choice in &mut picker.choices {
        let key = GroupKey::parse(&choice.name);
        if two && key.as_ref().is_some_and(GroupKey::is_time) {
            "costs instead of two periods".clone_into(&mut choice.hint);
        }
        if step.pivot.is_some() && key == step.pivot && choice.name != OFF {
            choice.hint.push_str(" · now");
        }
    }
    picker
}

/// Pivots by the picked key, or not at all.
pub(super) fn pivoted(data: &mut Explorer, shell: &mut Shell, name: &str) {
    let by = GroupKey::parse(name).filter(|_| name != OFF);
    let in_time = by.clone().filter(GroupKey::is_time);
    match (in_time, data.step().change) {
        (Some(by), Some((before, after))) => {
            let [before, after] = period_titles([Some(before), Some(after)]);
            shell.status = StatusLine::hint(Said::open(format!(
                "pivoted by {by}, no longer {before} against {after}; ⟦table.undo⟧ goes back"
            )));
            data.requery(|step| step.reshape(Some(by), None));
        }
        (None, Some(_)) => data.requery(|step| step.pivot_change(by)),
        (_, None) => {
            if by == Some(GroupKey::Month) && data.months().len() < 2 {
                shell.status = StatusLine::hint(
                    "there is only one month; ⟦table.pivot⟧ and date show a column for each day",
                );
            }
            data.requery(|step| step.reshape(by, None));
        }
    }
}

/// Parses two periods separated by a space.
pub(super) fn two_periods(text: &str) -> Option<(DateRange, DateRange)> {
    let (before, after) = text.split_once(' ')?;
    DateRange::parse(before).zip(DateRange::parse(after))
}

/// Compares the picked periods, or shows a single table again.
pub(super) fn picked(screen: &mut TableScreen, shell: &mut Shell, text: &str) -> Vec<Effect> {
    let periods = two_periods(text);
    let before = before_in_ledger(screen);
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if periods.is_none() && text != "off" {
        return shell.refuse(unread(text));
    }
    let lacks = periods
        .zip(data.span())
        .is_some_and(|((before, _), span)| before.to < span.from);
    if let (true, Some(mut sources), Some((first, last))) = (lacks, before, periods) {
        sources.extend(data.loaded.opened.names.iter().cloned());
        let view = Some(data.saved());
        let name = shell.name_of(&data.loaded.opened.entries, &sources);
        let wanted = DateRange {
            from: first.from,
            to: last.to,
        };
        let changing = periods
            .zip(view)
            .map(|(periods, view)| Continued::Change(Box::new(Changing { periods, view })));
        return open_continued(screen, shell, sources, name, Some(wanted), changing);
    }
    let mut dropped = false;
    data.requery(|step| {
        dropped = periods.is_some() && step.drop_days();
        step.reshape(None, periods);
        step.top = None;
    });
    if dropped {
        shell.status = StatusLine::hint("without the filter on days: both periods have their own");
    }
    ask(screen, shell)
}

/// The error for typed text that is not two periods.
pub(super) fn unread(typed: &str) -> String {
    format!("`{typed}` is not two periods; expected 2026-09 2026-10")
}

#[cfg(test)]
mod tests {
    use crate::domain::period::Month;
    use crate::tui::views::table::update::change::pairs;

    #[test]
    fn pairs_of_months_are_told_apart() {
        let months = ["2026-11", "2026-10", "2026-09", "2026-06"];
        let months = months.map(|month| Month::parse(month).unwrap());
        let told: Vec<(String, String)> = pairs(&months)
            .map(|choice| (choice.name, choice.hint))
            .collect();
        let expected = [
            ("2026-10 2026-11", "the newest month and the one before"),
            ("2026-09 2026-10", "1 month earlier"),
            ("2026-06 2026-09", "2 months earlier; 2 between not open"),
        ];
        let expected = expected.map(|(name, hint)| (name.to_owned(), hint.to_owned()));
        assert_eq!(told, expected);
        let gap = ["2026-11", "2026-09"].map(|month| Month::parse(month).unwrap());
        let hints: Vec<String> = pairs(&gap).map(|choice| choice.hint).collect();
        assert_eq!(hints, ["the newest two open; 1 between not open"]);
    }
}
