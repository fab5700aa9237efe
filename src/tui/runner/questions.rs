//! Runs queries on open data. A newer query of a kind cancels the older one.

use super::{Runner, problem};
use crate::domain::analysis::comparison::Sort;
use crate::domain::metric::Metric;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::table::json::{Document, Subject};
use crate::domain::table::text_table::Sheet;
use crate::domain::text::counted;
use crate::domain::text::escape;
use crate::ops::compare::commitments::Style;
use crate::ops::compare::{commitments, pair};
use crate::ops::context::Opened;
use crate::ops::error::OpsError;
use crate::ops::explore::export;
use crate::ops::explore::export::Form;
use crate::ops::explore::open;
use crate::ops::explore::{ask, copies, filter_notes, sql, verify};
use crate::tui::effect::{CopyForm, Effect};
use crate::tui::message::{Message, Problem};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The number of lines of an SQL result that are shown; an export writes all of them.
const LINES: usize = 20_000;

/// Cancels the newest query of each kind.
#[derive(Debug, Default)]
pub(super) struct Asking {
    table: Option<Arc<AtomicBool>>,
    count: Option<Arc<AtomicBool>>,
    notes: Option<Arc<AtomicBool>>,
    series: Option<Arc<AtomicBool>>,
    seek: Option<Arc<AtomicBool>>,
    values: Option<Arc<AtomicBool>>,
    pair: Option<Arc<AtomicBool>>,
    statement: Option<Arc<AtomicBool>>,
}

/// The cancel flag of a new query; the previous query is cancelled.
fn newest(slot: &mut Option<Arc<AtomicBool>>) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    if let Some(before) = slot.replace(Arc::clone(&stop)) {
        before.store(true, Ordering::Relaxed);
    }
    stop
}

impl Asking {
    pub(super) fn stop_all(&mut self) {
        let all = [
            &mut self.table,
            &mut self.count,
            &mut self.notes,
            &mut self.series,
            &mut self.seek,
            &mut self.values,
            &mut self.pair,
            &mut self.statement,
        ];
        for stop in all.into_iter().filter_map(Option::take) {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

fn told<T>(result: Result<T, OpsError>) -> Result<T, Problem> {
    result.map_err(|error| problem(&error))
}

/// Runs a query.
pub(super) fn run(runner: &mut Runner, effect: Effect) {
    match effect {
        Effect::Show {
            ticket,
            data,
            query,
        } => {
            let data = data.stopped_by(&newest(&mut runner.asking.table));
            runner.blocking(move || Message::Shown(ticket, told(open::show(&data, &query))));
        }
        Effect::StopAsking => runner.asking.stop_all(),
        Effect::FilterNotes { data, filter, rows } => {
            let data = data.stopped_by(&newest(&mut runner.asking.notes));
            runner.blocking(move || {
                let notes = filter_notes::of(&data, &filter, rows);
                // A cancelled query needs no notes.
                Message::FilterNotes(filter, notes.unwrap_or_default())
            });
        }
        Effect::Count {
            ticket,
            data,
            filter,
        } => {
            let data = data.stopped_by(&newest(&mut runner.asking.count));
            runner.blocking(move || {
                let query = Query {
                    filter,
                    limit: Some(0),
                    ..Query::default()
                };
                let found = open::show(&data, &query);
                Message::Counted(ticket, told(found.map(|table| (table.rows, table.totals))))
            });
        }
        Effect::Series {
            ticket,
            data,
            filter,
            group_by,
            groups,
        } => {
            let data = data.stopped_by(&newest(&mut runner.asking.series));
            runner.blocking(move || {
                let found = ask::series(&data, filter.as_ref(), &group_by, &groups);
                Message::Series(ticket, told(found))
            });
        }
        other => run_more(runner, other),
    }
}

/// Runs the queries besides the table's own, copies and exports.
fn run_more(runner: &mut Runner, effect: Effect) {
    match effect {
        Effect::Seek {
            ticket,
            data,
            query,
            seek,
        } => {
            let data = data.stopped_by(&newest(&mut runner.asking.seek));
            runner.blocking(move || Message::Sought(ticket, told(ask::seek(&data, &query, &seek))));
        }
        Effect::Values {
            ticket,
            data,
            query,
        } => {
            let data = data.stopped_by(&newest(&mut runner.asking.values));
            runner.blocking(move || Message::Values(ticket, told(open::show(&data, &query))));
        }
        Effect::Detail {
            ticket,
            data,
            query,
        } => runner.blocking(move || Message::Detailed(ticket, told(open::show(&data, &query)))),
        pairs @ (Effect::Compare { .. }
        | Effect::PairValues { .. }
        | Effect::Explain { .. }
        | Effect::PairNotes { .. }
        | Effect::Commitments { .. }) => {
            run_pair(runner, pairs);
        }
        Effect::Render {
            opened,
            query,
            form,
        } => runner.blocking(move || Message::Rendered(told(render(&opened, &query, form)))),
        Effect::Export {
            opened,
            query,
            path,
        } => runner.blocking(move || Message::Saved(told(exported(&opened, &query, &path)))),
        sql @ (Effect::AskSql { .. } | Effect::ExportSql { .. } | Effect::Verify { .. }) => {
            run_sql(runner, sql);
        }
        Effect::SaveCopy(text) => {
            let session = runner.session.clone();
            runner.blocking(move || {
                let saved = copies::keep_copy(&session, &text);
                Message::Saved(told(saved))
            });
        }
        _ => {}
    }
}

/// Runs SQL queries.
fn run_sql(runner: &mut Runner, effect: Effect) {
    match effect {
        Effect::AskSql {
            ticket,
            data,
            statement,
        } => {
            let stop = newest(&mut runner.asking.statement);
            runner.blocking(move || {
                let wanted = || !stop.load(Ordering::Relaxed);
                let answer = sql::answer(&data, &statement, Some(LINES), wanted);
                Message::AnsweredSql(ticket, told(answer.map(Box::new)))
            });
        }
        Effect::Verify { opened, query } => {
            let stop = newest(&mut runner.asking.statement);
            runner.blocking(move || {
                let wanted = || !stop.load(Ordering::Relaxed);
                Message::Saved(told(verify::verify(&opened, &query, wanted)))
            });
        }
        Effect::ExportSql {
            opened,
            statement,
            path,
        } => runner.blocking(move || {
            let path = Path::new(&path);
            Message::Saved(told(sql_exported(&opened, &statement, path)))
        }),
        _ => {}
    }
}

/// Runs queries on a pair.
fn run_pair(runner: &mut Runner, effect: Effect) {
    match effect {
        Effect::Compare {
            ticket,
            actual,
            amortized,
            group_by,
            filter,
        } => {
            let actual = actual.stopped_by(&newest(&mut runner.asking.pair));
            runner.blocking(move || {
                let all = (Sort::default(), None);
                let found = open::compare(&actual, &amortized, &group_by, filter.as_ref(), all);
                Message::Compared(ticket, told(found))
            });
        }
        Effect::PairValues {
            ticket,
            actual,
            amortized,
            key,
            most,
        } => {
            let actual = actual.stopped_by(&newest(&mut runner.asking.values));
            runner.blocking(move || {
                let most = (Sort::default(), Some(most));
                let found = open::compare(&actual, &amortized, &[key], None, most);
                Message::PairValues(ticket, told(found))
            });
        }
        // The page of one group and the whole step are queried at the same time, so neither cancels the other.
        Effect::Explain {
            ticket,
            actual,
            amortized,
            filter,
        } => runner.blocking(move || {
            let found = pair::explain(&actual, &amortized, filter.as_ref());
            Message::Explained(ticket, told(found))
        }),
        Effect::PairNotes {
            ticket,
            actual,
            amortized,
            today,
        } => runner.blocking(move || {
            let notes = pair::notes(&actual, &amortized, today);
            Message::PairNotes(ticket, notes.unwrap_or_default())
        }),
        Effect::Commitments {
            ticket,
            actual,
            amortized,
            filter,
        } => runner.blocking(move || {
            let both = committed(&actual, &amortized, filter.as_ref());
            Message::Committed(ticket, told(both))
        }),
        _ => {}
    }
}

/// Commitments as lines to show, and exact ones to copy.
fn committed(
    actual: &Opened,
    amortized: &Opened,
    filter: Option<&Filter>,
) -> Result<(Vec<String>, Vec<String>), OpsError> {
    let all = commitments::of_pair(actual, amortized, filter)?;
    let names = commitments::names(actual, amortized)?;
    let lines = |style| commitments::lines(&all, filter.is_some(), &style);
    Ok((lines(Style::Screen(names)), lines(Style::Exact)))
}

/// A whole answer as text.
fn render(opened: &Opened, query: &Query, form: CopyForm) -> Result<String, OpsError> {
    let table = open::show(&opened.data, query)?;
    let sheet = Sheet::of(query, &table);
    Ok(match form {
        CopyForm::Tsv => sheet.tsv(),
        CopyForm::Markdown => sheet.markdown(),
        CopyForm::Column(at) => {
            let values = sheet.rows.iter().map(|row| row.get(at).cloned().flatten());
            let lines: Vec<String> = values
                .map(|value| escape::one_line(&value.unwrap_or_default()))
                .map(|value| escape::harmless(&value).into_owned())
                .collect();
            lines.join("\n")
        }
        CopyForm::Json => {
            let filter = query.filter.as_ref().map(ToString::to_string);
            let limits = opened.limits();
            let subject = Subject {
                limits: limits.as_deref(),
                sources: &opened.names,
                metric: opened.data.metric().map_or("unknown", Metric::word),
                filter: filter.as_deref(),
            };
            let document = Document::of(subject, query, &table);
            serde_json::to_string_pretty(&document)
                .map_err(|error| OpsError::Failed(error.to_string()))?
        }
    })
}

/// The format of an export file, which must not exist yet.
fn new_form(target: &Path) -> Result<Form, OpsError> {
    let form = Form::of(target)?;
    if target.exists() {
        return Err(OpsError::Usage(format!(
            "{} already exists; use ⟦table.export⟧ with another name",
            target.display()
        )));
    }
    Ok(form)
}

/// Writes every row of the answer to a statement.
fn sql_exported(opened: &Opened, statement: &str, target: &Path) -> Result<String, OpsError> {
    let form = new_form(target)?;
    let answer = sql::answer(&opened.data, statement, None, || true)?;
    sql::export(opened, &answer, form, target)?;
    let lines = counted(answer.rows.len() as u64, "line");
    let mut said = vec![
        format!("{lines}, in {}", target.display()),
        copies::fetch_line(target),
    ];
    said.extend(answer.notes);
    Ok(said.join("; "))
}

fn exported(opened: &Opened, query: &Query, path: &str) -> Result<String, OpsError> {
    let target = Path::new(path);
    let form = new_form(target)?;
    let done = export::write(opened, query, form, target)?;
    let mut said = vec![export::told(&done, target), copies::fetch_line(target)];
    said.extend(done.notes);
    Ok(said.join("; "))
}
