//! Reads the ledger and opens data.

pub mod neighbours;
pub mod sides;
pub mod signature;

use super::{ask, money, saved_views};
use crate::domain::period::DateRange;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::saved_view::SavedView;
use crate::domain::query::{Measure, Query};
use crate::domain::table::Table;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::{Loaded, SoFar, StoredReports};
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::status::StatusLine;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::ledger;
use crate::tui::views::table::ledger::LedgerLoading;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::step::Step;
use crate::tui::views::table::state::{Changing, Continued, Open, TableScreen};
use crate::tui::views::table::update::ask::{ask_if_needed, remember_view};
use std::collections::HashMap;

/// Reads the ledger.
pub(crate) fn read_ledger(screen: &mut TableScreen, shell: &mut Shell) -> Effect {
    let ticket = shell.ticket();
    screen.ledger.asked = Some(ticket);
    Effect::ListLedger(ticket)
}

pub(crate) fn ledger_read(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<StoredReports, Problem>,
) -> Vec<Effect> {
    if screen.ledger.asked != Some(ticket) {
        return Vec::new();
    }
    let (listing, unreadable) = match result {
        Ok(reports) => (LedgerLoading::Found(reports.entries), reports.unreadable),
        Err(problem) => (LedgerLoading::Failed(problem), Vec::new()),
    };
    screen.ledger.unreadable = unreadable;
    screen.ledger.take(listing);
    let (count, height) = (screen.ledger.entries().len(), screen.list_height(shell));
    screen.ledger.cursor.keep(count, height);
    Vec::new()
}

/// Opens sources as one table and shows it.
pub(crate) fn open(
    screen: &mut TableScreen,
    shell: &mut Shell,
    sources: Vec<String>,
    name: Masked,
    wanted: Option<DateRange>,
) -> Vec<Effect> {
    open_continued(screen, shell, sources, name, wanted, None)
}

/// Opens sources, and continues with something of the previous data once they are open.
pub(crate) fn open_continued(
    screen: &mut TableScreen,
    shell: &mut Shell,
    sources: Vec<String>,
    name: Masked,
    wanted: Option<DateRange>,
    continued: Option<Continued>,
) -> Vec<Effect> {
    let left = remember_view(screen);
    let ticket = shell.ticket();
    let first = Box::new(first_question(continued.as_ref()));
    let previous = match std::mem::take(&mut screen.open) {
        Open::Data(data) if continued.is_some() => Some(data),
        Open::Opening { previous, .. } if continued.is_some() => previous,
        Open::Nothing | Open::Opening { .. } | Open::Data(_) => None,
    };
    if continued.is_none() {
        screen.is_start = false;
    }
    screen.open = Open::Opening {
        ticket,
        name,
        wanted,
        peek: None,
        so_far: None,
        first: first.clone(),
        waiting: Vec::new(),
        continued,
        previous,
    };
    shell.view = View::Table;
    let open = Effect::Open {
        ticket,
        sources,
        first,
    };
    left.into_iter().chain([open]).collect()
}

/// The question that first numbers answer: the groups and the filter that the table begins with. Rows are grouped as usual.
pub(crate) fn first_question(continued: Option<&Continued>) -> Query {
    let (group_by, filter) = match continued {
        Some(Continued::Steps(steps)) => {
            let (first, deeper) = steps.as_ref();
            let step = deeper.last().unwrap_or(first);
            (step.group_by.clone(), step.filter.clone())
        }
        Some(Continued::Change(changing)) => {
            let view = &changing.view;
            (
                view.keys().unwrap_or_default(),
                view.tests().unwrap_or_default(),
            )
        }
        Some(Continued::NewestMonths(view)) => (
            view.keys().unwrap_or_default(),
            view.tests().unwrap_or_default(),
        ),
        Some(Continued::TimeTravel { step, .. }) => (step.group_by.clone(), step.filter.clone()),
        Some(Continued::Typed(_)) | None => (Vec::new(), None),
    };
    let usual = || Explorer::usual("").group_by;
    Query {
        group_by: if group_by.is_empty() {
            usual()
        } else {
            group_by
        },
        filter,
        ..Query::default()
    }
}

/// Makes an action wait that needs the whole data. Returns `false` for any other.
pub(in crate::tui::views::table) fn wait(
    screen: &mut TableScreen,
    shell: &mut Shell,
    action: Action,
) -> bool {
    let what = match action {
        Action::Export => "the export waits",
        Action::Copy | Action::CopyCommand => "the copy waits",
        _ => return false,
    };
    let Open::Opening { waiting, .. } = &mut screen.open else {
        return false;
    };
    if !waiting.contains(&action) {
        ask::wait(waiting, action);
    }
    let told = format!("{what} until everything is read; ⟦opening.back⟧ stops reading");
    shell.status = StatusLine::hint(Said::open(told));
    true
}

/// Shows the answer to a query on open data. If the table has the same data, the change can be undone.
pub(crate) fn explore(
    screen: &mut TableScreen,
    shell: &mut Shell,
    (loaded, title): (Loaded, Masked),
    query: Query,
) -> Vec<Effect> {
    let same =
        matches!(&screen.open, Open::Data(data) if data.loaded.opened.names == loaded.opened.names);
    let mut effects: Vec<Effect> = remember_view(screen).into_iter().collect();
    if !same {
        let data = screen.explorer(loaded, title.clone(), Vec::new());
        screen.open = Open::Data(Box::new(data));
    }
    if let Open::Data(data) = &mut screen.open {
        let days = query.filter.as_ref().and_then(Filter::days);
        let mut step = Step::new(title, query.filter, query.group_by);
        step.days = days;
        step.sort = query.sort;
        if !query.measures.is_empty() {
            step.columns.shown = Some(with_measures(&step.group_by, &query.measures));
        }
        data.bar = None;
        data.question = None;
        data.answer = None;
        data.restart(step);
        // The view is not remembered for its scope unless it is changed.
        data.started = data.left();
    }
    shell.view = View::Table;
    effects.extend(ask_if_needed(screen, shell));
    effects
}

/// The usual columns of groups, and these measures.
fn with_measures(group_by: &[GroupKey], measures: &[Measure]) -> Vec<String> {
    let usual = ["cost", "currency", "share", "rows"];
    let keys = group_by.iter().map(GroupKey::name);
    let usual = usual.into_iter().map(ToOwned::to_owned);
    let measures = measures.iter().map(|measure| measure.name().to_owned());
    keys.chain(usual).chain(measures).collect()
}

/// Opens a side of a comparison, which may have the names of the open data, and shows the answer to a query.
pub(crate) fn open_side(
    screen: &mut TableScreen,
    shell: &mut Shell,
    (loaded, title, query): (Loaded, Masked, Query),
) -> Vec<Effect> {
    let mut effects: Vec<Effect> = remember_view(screen).into_iter().collect();
    let data = screen.explorer(loaded.clone(), title.clone(), Vec::new());
    screen.open = Open::Data(Box::new(data));
    effects.extend(explore(screen, shell, (loaded, title), query));
    effects
}

pub(crate) fn opened(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Box<Loaded>, Problem>,
) -> Vec<Effect> {
    let withdraws = shows_sums(screen);
    let Open::Opening {
        ticket: asked,
        name,
        wanted,
        continued,
        previous,
        waiting,
        ..
    } = &screen.open
    else {
        return Vec::new();
    };
    if *asked != ticket {
        return Vec::new();
    }
    let (name, wanted, continued) = (name.clone(), *wanted, continued.clone());
    let waiting = waiting.clone();
    let was = previous
        .as_ref()
        .map(|data| data.loaded.opened.data.money());
    let mut left_out = None;
    match result {
        Ok(loaded) => {
            let title = loaded.title(name.in_clear());
            let missing = wanted
                .map(|range| ledger::missing(&loaded.opened.entries, range))
                .unwrap_or_default();
            let mut data = screen.explorer(*loaded, title, missing);
            let is_typed = matches!(continued, Some(Continued::Typed(_)));
            let goes_on = !matches!(
                continued,
                None | Some(Continued::TimeTravel { .. } | Continued::Typed(_))
            );
            if let Some(was) = was.filter(|_| goes_on) {
                money::keep(&mut data, was, shell);
            }
            let previous = screen.take_previous();
            go_on(&mut data, continued, previous, (&screen.left, shell));
            data.waiting = waiting;
            left_out = money::ask_left_out(&data, shell);
            if is_typed {
                screen.is_start = false;
            }
            screen.open = Open::Data(Box::new(data));
        }
        Err(problem) => {
            screen.restore();
            if let Some(Continued::Typed(text)) = continued {
                shell.overlay = Overlay::sources(&text);
            }
            shell.status = StatusLine::error(problem.text.withdrawing(withdraws));
        }
    }
    let mut effects = ask_if_needed(screen, shell);
    effects.extend(left_out);
    effects
}

/// Goes on in opened data with what was asked for: two periods, the steps of other data, or the view that its scope was left
/// with.
fn go_on(
    data: &mut Explorer,
    continued: Option<Continued>,
    previous: Option<Box<Explorer>>,
    (left, shell): (&HashMap<String, SavedView>, &mut Shell),
) {
    match continued {
        Some(Continued::Change(changing)) => {
            if let Err(why) = compare_periods(data, *changing) {
                shell.status = StatusLine::error(why);
            }
        }
        Some(Continued::NewestMonths(view)) => {
            let done = match data.newest_months() {
                Some(periods) => compare_periods(data, Changing { periods, view: *view }),
                None => Err("there are not two months next to each other in this data; ⟦table.days⟧ lists its months".to_owned()),
            };
            if let Err(why) = done {
                shell.status = StatusLine::error(why);
            }
        }
        Some(Continued::Steps(steps)) => data.follow(*steps),
        Some(Continued::TimeTravel { back, .. }) => {
            if let Some(previous) = previous {
                let name = name_of(&previous, shell);
                data.come_back(*previous, name, back);
            }
            return;
        }
        Some(Continued::Typed(_)) | None => {
            if let Some(told) = saved_views::resume(data, left) {
                shell.status = StatusLine::hint(told);
            }
            return;
        }
    }
    if let Some(previous) = previous {
        let name = name_of(&previous, shell);
        data.replace(*previous, name);
    }
}

fn name_of(data: &Explorer, shell: &Shell) -> Masked {
    let opened = &data.loaded.opened;
    shell.name_of(&opened.entries, &opened.names)
}

/// Goes on with the view of the previous data, now for both periods. Its money is counted already if the data has it, so the
/// rest of the view applies in any case.
fn compare_periods(data: &mut Explorer, changing: Changing) -> Result<(), String> {
    let view = SavedView {
        money: None,
        change: None,
        ..changing.view
    };
    let applied = data.look_as(&view);
    data.step_mut().drop_days();
    data.started = data.left();
    data.step_mut().reshape(None, Some(changing.periods));
    applied.map(|_| ())
}

/// Shows the first rows of the data that is being opened.
pub(crate) fn peeked(screen: &mut TableScreen, ticket: Ticket, table: Box<Table>) -> Vec<Effect> {
    if let Open::Opening {
        ticket: asked,
        peek,
        ..
    } = &mut screen.open
        && *asked == ticket
    {
        *peek = Some(table);
    }
    Vec::new()
}

/// Shows what is read so far of the data that is being opened.
pub(crate) fn so_far(screen: &mut TableScreen, ticket: Ticket, now: Box<SoFar>) -> Vec<Effect> {
    if let Open::Opening {
        ticket: asked,
        so_far,
        ..
    } = &mut screen.open
        && *asked == ticket
    {
        *so_far = Some(now);
    }
    Vec::new()
}

/// Whether sums of what is read so far are shown.
fn shows_sums(screen: &TableScreen) -> bool {
    match &screen.open {
        Open::Opening { so_far, .. } => so_far.as_ref().is_some_and(|now| now.sums.is_some()),
        Open::Nothing | Open::Data(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::period::Month;
    use crate::domain::query::money_column::MoneyColumn;
    use crate::domain::query::saved_view::SavedView;
    use crate::ops::Dataset;
    use crate::ops::context::OpenDataset;
    use crate::tui::message::Loaded;
    use crate::tui::views::table::state::Changing;
    use crate::tui::views::table::state::explorer::Explorer;
    use crate::tui::views::table::update::opening::compare_periods;

    #[test]
    fn two_periods_keep_the_filter_of_a_view_in_usd() {
        let opened = OpenDataset {
            data: Dataset::join(Vec::new()),
            names: vec!["a.csv".to_owned()],
            entries: Vec::new(),
            notes: Vec::new(),
            without_usd: None,
            plan: Vec::new(),
        };
        let loaded = Loaded {
            opened,
            tag_keys: Vec::new(),
            last: None,
        };
        let mut data = Explorer::new(loaded, "a.csv", Vec::new());
        let month = |text: &str| Month::parse(text).unwrap().range();
        let changing = |filter: &str| Changing {
            periods: (month("2026-09"), month("2026-10")),
            view: SavedView {
                group_by: vec!["service".to_owned()],
                filter: Some(filter.to_owned()),
                money: Some("usd".to_owned()),
                ..SavedView::default()
            },
        };
        assert_eq!(compare_periods(&mut data, changing("cost > 1")), Ok(()));
        let filter = data.step().filter.as_ref().map(ToString::to_string);
        assert_eq!(filter.as_deref(), Some("cost > 1"));
        assert!(data.step().change.is_some());
        // The money is that of the data.
        assert_eq!(data.loaded.opened.data.money(), MoneyColumn::Billing);
        assert!(compare_periods(&mut data, changing("cost >")).is_err());
    }
}
