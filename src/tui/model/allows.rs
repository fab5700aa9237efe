//! Decides whether an action is available, and why not. The update, the footer, the palette and the help use it.

use super::{Model, Overlay, Purpose, Why};
use crate::domain::metric::Metric;
use crate::ops::orders::outcome::Outcome;
use crate::tui::action::{Action, View};
use crate::tui::screen::compare::CompareScreen;
use crate::tui::screen::jobs::{Job, JobGroup};
use crate::tui::screen::table::Open;
use crate::tui::screen::table::answer::AnswerView;
use crate::tui::screen::table::explorer::{Explorer, SEVERAL};

/// The reason that unmasked text is not opened while the screen is masked.
pub const IN_CLEAR: &str =
    "it would show names and amounts; press ⟦everywhere.mask⟧ to unmask first";

/// The reason that nothing is copied or exported while the screen is masked.
pub const LEAVES: &str =
    "the output would have names and amounts; press ⟦everywhere.mask⟧ to unmask first";

/// The reason that an action on a report is not available in an empty ledger.
const NO_REPORTS: &str =
    "the ledger is empty; order a report first (⟦everywhere.show-scopes⟧, then enter)";

impl Model {
    /// Whether an action is available now, or why not.
    pub fn allows(&self, action: Action) -> Result<(), Why> {
        if let (Overlay::Picker { picker, .. }, Action::Toggle) = (&self.overlay, action)
            && !picker.several
        {
            return Err("only one entry can be picked".into());
        }
        if let (Overlay::Picker { purpose, .. }, Action::Drop) = (&self.overlay, action)
            && !matches!(purpose, Purpose::Facets(..) | Purpose::Views(..))
        {
            return Err("only column values and saved views can be dropped".into());
        }
        match (self.view, action) {
            (_, _) if !matches!(self.overlay, Overlay::None) || self.is_typing() => Ok(()),
            (_, Action::Copy | Action::CopyCommand | Action::Export) if self.masked => {
                Err(LEAVES.into())
            }
            // The full error of a failed job names its scope.
            (View::Jobs, Action::Enter)
                if self.masked
                    && self
                        .jobs
                        .selected_job()
                        .is_some_and(|(_, job)| job.problem().is_some()) =>
            {
                Err(IN_CLEAR.into())
            }
            (View::Scopes, Action::Pin) => match self.scopes.selected() {
                None => Err("no scope is selected".into()),
                Some(_) => Ok(()),
            },
            (View::Scopes, Action::Enter) => match self.scopes.selected() {
                None => Err("no scope is selected; ⟦scopes.type-scope⟧ types one".into()),
                Some(_) => self.scopes.why_not().map_or(Ok(()), |why| Err(why.into())),
            },
            (
                View::Order,
                Action::NextField
                | Action::PreviousField
                | Action::Left
                | Action::Right
                | Action::Refresh,
            ) if self.order.scope.is_none() => {
                Err("pick a scope first: ⟦everywhere.show-scopes⟧ shows them".into())
            }
            (View::Order, Action::Enter) => {
                let order = self.order.order(self.today());
                order.map(|_| ()).map_err(Why::from)
            }
            (View::Jobs, action) => self.jobs_allow(action),
            (View::Table, action) if self.masked && self.shows_in_clear(action) => {
                Err(IN_CLEAR.into())
            }
            (View::Table, action) => self.table_allows(action),
            (View::Compare, action) => self.compare_allows(action),
            _ => Ok(()),
        }
    }

    /// Whether an action opens unmasked text: whole rows, the filter, a statement or the quality report.
    fn shows_in_clear(&self, action: Action) -> bool {
        let Open::Data(data) = &self.table.open else {
            // The details of a stored report name its scope.
            return action == Action::Detail;
        };
        let rows = data.step().group_by.is_empty();
        matches!(
            action,
            Action::Detail | Action::Filter | Action::Trust | Action::Statement
        ) || (rows || data.answer.is_some()) && action == Action::Enter
    }

    fn compare_allows(&self, action: Action) -> Result<(), Why> {
        let clear = matches!(
            action,
            Action::Detail | Action::Commitments | Action::Filter | Action::Trust
        );
        let about = clear
            || matches!(
                action,
                Action::GroupBy
                    | Action::SortBy
                    | Action::Enter
                    | Action::Copy
                    | Action::CopyCommand
            );
        match &self.compare {
            CompareScreen::Pair(_) | CompareScreen::Opening { .. } if self.masked && clear => {
                Err(IN_CLEAR.into())
            }
            CompareScreen::Nothing if about => {
                Err("nothing is compared yet; press ⟦table.compare⟧ in a table".into())
            }
            _ => Ok(()),
        }
    }

    fn jobs_allow(&self, action: Action) -> Result<(), Why> {
        let selected = self.jobs.selected_job().map(|(_, job)| job);
        let no = |text: &'static str| Err(text.into());
        match action {
            Action::Enter
            | Action::Compare
            | Action::CancelJob
            | Action::Retry
            | Action::MoreTime
            | Action::Copy
                if self.jobs.selected().is_none() =>
            {
                no("there are no jobs; order a report first")
            }
            Action::CancelJob => self.cancel_allowed(selected),
            Action::MoreTime => match selected {
                Some(job) if job.gave_up() || (job.runs() && job.limit.is_some()) => Ok(()),
                Some(job) if job.runs() => no("this job is queued; its time limit has not started"),
                Some(_) => no("this job is over"),
                None => no("pick one of the reports of this order"),
            },
            Action::Copy => match selected {
                Some(job) if !job.ids.is_empty() => Ok(()),
                Some(_) => no("no request id yet"),
                None => no("pick one of the reports of this order"),
            },
            Action::Retry if self.jobs.retryable().is_empty() => match selected {
                Some(job) if job.runs() => no("this job still runs"),
                Some(_) => no("this report is ready; enter opens it"),
                None => no("no report of this order has failed"),
            },
            Action::Enter => match self.jobs.selected_order() {
                Some(ordered) if self.openable(ordered).is_some() => Ok(()),
                Some(ordered) if selected.is_none() && ordered.jobs.iter().any(Job::runs) => {
                    no("these reports are not ready yet")
                }
                _ => match selected {
                    Some(job) if job.runs() => no("this report is not ready yet"),
                    Some(job) if job.problem().is_some() => Ok(()),
                    _ => no("no report to open here"),
                },
            },
            Action::Compare => match self.jobs.selected_order() {
                Some(ordered) if ordered.pair().is_some() => Ok(()),
                _ => no(
                    "comparing needs the actual and the amortized report of this order, both ready",
                ),
            },
            _ => Ok(()),
        }
    }

    fn cancel_allowed(&self, selected: Option<&Job>) -> Result<(), Why> {
        let over = match (selected, self.jobs.selected_order()) {
            (Some(job), _) => !job.runs() && !job.may_go_on(),
            (None, Some(ordered)) => !ordered.jobs.iter().any(Job::runs),
            (None, None) => false,
        };
        match (over, selected) {
            (false, _) => Ok(()),
            (true, Some(_)) => Err("this job is over".into()),
            (true, None) => Err("these jobs are over".into()),
        }
    }

    /// The reports that enter opens: the one under the cursor, or those of the first metric that has ready reports.
    pub fn openable(&self, ordered: &JobGroup) -> Option<Vec<String>> {
        let key = |entry: &crate::ops::Entry| entry.key.as_str().to_owned();
        if let Some((_, job)) = self.jobs.selected_job() {
            return job
                .outcome
                .as_ref()
                .and_then(Outcome::entry)
                .map(|entry| vec![key(entry)]);
        }
        let of = |metric| {
            ordered
                .ready(metric)
                .into_iter()
                .map(key)
                .collect::<Vec<_>>()
        };
        [Metric::Actual, Metric::Amortized]
            .into_iter()
            .map(of)
            .find(|keys| !keys.is_empty())
    }

    fn table_allows(&self, action: Action) -> Result<(), Why> {
        let no = |text: &'static str| Err(text.into());
        match (&self.table.open, action) {
            (Open::Data(data), action) if action != Action::Compare => data_allows(data, action),
            (Open::Data(data), Action::Compare)
                if data.loaded.opened.data.amortized_side().is_some() =>
            {
                Ok(())
            }
            // The other side of local files is found by name, or asked for.
            (Open::Data(data), Action::Compare) if data.loaded.opened.entries.is_empty() => Ok(()),
            (Open::Data(data), Action::Compare) => {
                self.partner_of(&data.loaded.opened.entries).map(|_| ())
            }
            (_, Action::Enter | Action::AllMonths | Action::Detail)
                if self.table.ledger.selected().is_none() =>
            {
                no(NO_REPORTS)
            }
            (_, Action::Compare) => match self.table.ledger.selected() {
                None => no(NO_REPORTS),
                Some(entry) => self.partner_of(std::slice::from_ref(entry)).map(|_| ()),
            },
            _ => Ok(()),
        }
    }

    /// The keys of the other metric for the same days, or why there is no pair.
    pub fn partner_of(&self, entries: &[crate::ops::Entry]) -> Result<Vec<String>, Why> {
        let mut keys = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(partner) = self.table.ledger.partner(entry) else {
                let period = entry
                    .request
                    .range()
                    .map(|range| range.to_string())
                    .unwrap_or_default();
                return Err(Why::open(format!(
                    "the ledger has only the {} report of {period}; order both",
                    entry.request.metric
                )));
            };
            keys.push(partner.key.as_str().to_owned());
        }
        Ok(keys)
    }
}

/// Whether open data allows an action, or why not.
fn data_allows(data: &Explorer, action: Action) -> Result<(), Why> {
    let no = |text: &'static str| Err(text.into());
    let grouped = !data.step().group_by.is_empty();
    if let Some(answer) = &data.answer {
        return answer_allows(answer, action, &data.search.text);
    }
    match action {
        action if data.expects_lines() && action.needs_line() => Ok(()),
        Action::Enter | Action::Rows | Action::Detail if data.stale => {
            no("the table is being calculated")
        }
        Action::Enter | Action::Rows | Action::Detail if data.count() == 0 => {
            no("there is nothing to open here")
        }
        Action::Branch if data.stale => no("the table is being calculated"),
        Action::Engine if data.loaded.opened.data.server().is_some() => {
            no("the rows are on a server, which answers queries")
        }
        Action::Rows | Action::Branch | Action::Pivot | Action::Top | Action::Picture
            if !grouped =>
        {
            no("these rows are not grouped; ⟦table.group-by⟧ groups them")
        }
        Action::Branch | Action::Detail if data.no_group().is_some() => {
            no(data.no_group().unwrap_or_default())
        }
        Action::Branch if data.twig().is_some_and(|twig| twig.group().is_none()) => no(SEVERAL),
        Action::Branch if data.step().pivot.is_some() || data.step().change.is_some() => {
            no("groups expand only in a plain table; enter opens them")
        }
        Action::Branch if data.twig().is_none() && data.step().levels.is_empty() => {
            no("no further level; ⟦table.enter⟧ shows the rows")
        }
        Action::Top if data.step().change.is_some() => {
            no("a comparison of periods shows every group; ⟦table.change⟧ returns to one table")
        }
        Action::Undo if !data.can_undo() => no("nothing to undo"),
        Action::Redo if !data.can_redo() => no("nothing to redo"),
        Action::NextMatch | Action::PreviousMatch if data.search.text.is_empty() => {
            no("no search text yet; ⟦table.search⟧ searches")
        }
        Action::StopQuery
            if data.asked.is_none() && !data.stopped && data.branches.asked.is_none() =>
        {
            no("no query is running")
        }
        Action::Steps if data.crumbs().len() < 2 => no("this is the first step"),
        _ => Ok(()),
    }
}

/// Whether an answer in SQL allows an action, or why not.
fn answer_allows(answer: &AnswerView, action: Action, searched: &str) -> Result<(), Why> {
    let no = |text: &'static str| Err(text.into());
    match action {
        action if answer.asked.is_some() && action.needs_line() => Ok(()),
        Action::Enter | Action::Detail if answer.count() == 0 => no("there is no line here"),
        Action::StopQuery if answer.asked.is_none() && answer.answer().is_some() => {
            no("no query is running")
        }
        Action::Copy
        | Action::Export
        | Action::SaveView
        | Action::SortUp
        | Action::SortDown
        | Action::WidenColumn
        | Action::Chart
            if answer.answer().is_none() =>
        {
            no("there is no answer yet")
        }
        Action::Chart if !answer.has_days() => {
            no("a chart needs a date column and a column of exact numbers")
        }
        Action::NextMatch | Action::PreviousMatch if searched.is_empty() => {
            no("no search text yet; ⟦answer.search⟧ searches")
        }
        _ => Ok(()),
    }
}
