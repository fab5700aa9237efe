//! Opens what lies beside the open data and keeps the view: the other metric, the month before or after.

use super::open_continued;
use crate::domain::period::{DateRange, Month};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::ops::LedgerEntry;
use crate::tui::effect::Effect;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::status::StatusLine;
use crate::tui::views::table::state::step::Step;
use crate::tui::views::table::state::{Continued, Open, TableScreen};
use crate::tui::views::table::update::ask::ask;

/// The steps of a view.
type Steps = (Step, Vec<Step>);

/// Shows the other metric of the open data: its report in the ledger, or the file that is named like it.
pub(in crate::tui::views::table::update) fn flip(
    screen: &mut TableScreen,
    shell: &mut Shell,
) -> Vec<Effect> {
    let ticket = shell.ticket();
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    if data.loaded.opened.data.amortized_side().is_some() {
        return shell.refuse(
            "this data has both costs in every row; ⟦table.compare⟧ shows them side by side",
        );
    }
    let entries = data.loaded.opened.entries.clone();
    if entries.is_empty() {
        let names = data.loaded.opened.names.clone();
        screen.flipping = Some(ticket);
        return vec![Effect::FindPartner { ticket, names }];
    }
    let steps = data.steps();
    match screen.partner_of(&entries) {
        Ok(keys) => open_beside(screen, shell, keys, steps),
        Err(why) => shell.refuse(why),
    }
}

/// Opens the file of the other metric, if one was found by its name.
pub(in crate::tui::views::table::update) fn flipped(
    screen: &mut TableScreen,
    shell: &mut Shell,
    found: Option<Vec<String>>,
) -> Vec<Effect> {
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    let steps = data.steps();
    match found {
        Some(names) => open_beside(screen, shell, names, steps),
        None => shell.refuse(
            "no file of the other metric is named like this one; ⟦everywhere.open⟧ opens any file",
        ),
    }
}

/// Steps to the month before or after, or both months of a comparison: within the days of the data, or to its report in the ledger.
pub(in crate::tui::views::table::update) fn month(
    screen: &mut TableScreen,
    shell: &mut Shell,
    forward: bool,
) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if let Some(periods) = data.step().change {
        return both_months(screen, shell, periods, forward);
    }
    let months = data.months();
    let [here] = months.as_slice() else {
        let Some(next) = beside(&months, data.step().days, forward) else {
            return shell
                .refuse("there is no further month in this data; ⟦table.days⟧ chooses days");
        };
        data.set_days(Some(next.range()));
        shell.status = StatusLine::hint(Said::open(format!("days: {next}")));
        return ask(screen, shell);
    };
    let entries = data.loaded.opened.entries.clone();
    if entries.is_empty() {
        let why = format!("only {here} is open; ⟦everywhere.open⟧ opens another file");
        return shell.refuse(Said::open(why));
    }
    let next = step(*here, forward);
    let (steps, dropped) = without_days(data.steps());
    match reports_of(screen, &entries, next) {
        Ok(keys) => {
            tell(shell, dropped);
            open_beside(screen, shell, keys, steps)
        }
        Err(why) => shell.refuse(why),
    }
}

/// Compares the months before or after two months: within the days of the data, or with their reports in the ledger.
fn both_months(
    screen: &mut TableScreen,
    shell: &mut Shell,
    periods: (DateRange, DateRange),
    forward: bool,
) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let now = [periods.0, periods.1].map(|period| Month::of(period.from));
    if now.map(Month::range) != [periods.0, periods.1] {
        return shell.refuse("only whole months step; ⟦table.change⟧ picks two periods");
    }
    let next = now.map(|month| step(month, forward));
    let [before, after] = next.map(Month::range);
    let (steps, dropped) = comparing(data.steps(), (periods, (before, after)));
    let held = data.months();
    if next.iter().all(|month| held.contains(month)) {
        data.follow(steps);
        tell(shell, dropped);
        return ask(screen, shell);
    }
    let entries = data.loaded.opened.entries.clone();
    if entries.is_empty() {
        let why = format!(
            "{} and {} are not both open; ⟦everywhere.open⟧ opens other files",
            next[0], next[1]
        );
        return shell.refuse(Said::open(why));
    }
    let keys = next.map(|month| reports_of(screen, &entries, month));
    let keys: Result<Vec<Vec<String>>, Said> = keys.into_iter().collect();
    match keys {
        Ok(keys) => {
            let mut keys = keys.concat();
            keys.sort();
            keys.dedup();
            tell(shell, dropped);
            open_beside(screen, shell, keys, steps)
        }
        Err(why) => shell.refuse(why),
    }
}

/// Says that a filter on days was dropped.
fn tell(shell: &mut Shell, dropped: bool) {
    if dropped {
        shell.status =
            StatusLine::hint("without the filter on days, which are those of another month");
    }
}

/// The month before or after another one.
fn step(month: Month, forward: bool) -> Month {
    let last = month.range().to;
    if forward {
        Month::of(last.succ_opt().unwrap_or(last))
    } else {
        month.back(1)
    }
}

/// The month beside that of the picked days, among months from the newest to the oldest. Without picked days of one month,
/// the outermost one.
fn beside(months: &[Month], picked: Option<DateRange>, forward: bool) -> Option<Month> {
    let is_of = |month: &Month, days: DateRange| {
        [days.from, days.to]
            .iter()
            .all(|day| Month::of(*day) == *month)
    };
    let here = picked.and_then(|days| months.iter().position(|month| is_of(month, days)));
    let next = match (here, forward) {
        (None, false) => Some(0),
        (None, true) => months.len().checked_sub(1),
        (Some(here), false) => Some(here + 1),
        (Some(here), true) => here.checked_sub(1),
    };
    months.get(next?).copied()
}

/// The keys of the reports of a month that continue these ones. Every report needs one, or costs would seem to change.
fn reports_of(
    screen: &TableScreen,
    entries: &[LedgerEntry],
    month: Month,
) -> Result<Vec<String>, Said> {
    let days = month.range();
    let mut keys: Vec<String> = Vec::new();
    for entry in entries {
        let all = screen.ledger.months_of(entry);
        let inside = all.iter().filter(|other| {
            let range = other.request.range();
            range.is_some_and(|range| range.from >= days.from && range.to <= days.to)
        });
        let found: Vec<String> = inside.map(|other| other.key.as_str().to_owned()).collect();
        if found.is_empty() {
            return Err(Said::open(format!(
                "the ledger has no report of {month} for what is open; order it first (⟦everywhere.show-scopes⟧)"
            )));
        }
        keys.extend(found);
    }
    keys.sort();
    keys.dedup();
    Ok(keys)
}

/// The steps for other days: without tests of days, compared periods, and levels inside a day or month; and whether a filter
/// had tests of days.
fn without_days((first, deeper): Steps) -> (Steps, bool) {
    let mut dropped = false;
    let mut plain = |mut step: Step| {
        dropped |= drop_days(&mut step);
        if step.change.is_some() {
            step.reshape(None, None);
        }
        step
    };
    let is_day = |key: &GroupKey| matches!(key, GroupKey::Role(Role::Date) | GroupKey::Month);
    let lasts = |step: &Step| {
        let within = step.within.as_ref().map(Filter::fields);
        let mut fields = within.into_iter().flatten();
        !fields.any(|field| is_day(&field.key))
    };
    let first = plain(first);
    let deeper = deeper.into_iter().take_while(lasts).map(plain);
    let deeper = deeper.collect();
    ((first, deeper), dropped)
}

/// Drops the picked days of a step, and other tests of days; returns whether there were others.
fn drop_days(step: &mut Step) -> bool {
    let picked = step.days.take().is_some();
    let Some((filter, dropped)) = step.filter.take().map(Filter::without_times) else {
        return false;
    };
    step.filter = filter;
    dropped && !picked
}

/// The steps with two other periods wherever they compare these two, without tests of days; and whether a filter had some.
fn comparing(
    (mut first, mut deeper): Steps,
    (now, next): ((DateRange, DateRange), (DateRange, DateRange)),
) -> (Steps, bool) {
    let mut dropped = false;
    for step in std::iter::once(&mut first).chain(&mut deeper) {
        dropped |= drop_days(step);
        if step.change == Some(now) {
            step.change = Some(next);
        }
    }
    ((first, deeper), dropped)
}

/// Opens sources in the view of the open data.
fn open_beside(
    screen: &mut TableScreen,
    shell: &mut Shell,
    sources: Vec<String>,
    steps: Steps,
) -> Vec<Effect> {
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    let name = shell.name_of(&data.loaded.opened.entries, &sources);
    let continued = Some(Continued::Steps(Box::new(steps)));
    open_continued(screen, shell, sources, name, None, continued)
}
