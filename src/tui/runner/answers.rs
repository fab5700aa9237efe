//! Answers questions about open data. Everything here blocks and runs off the draw thread.

use super::panels::of_overview;
use crate::domain::analysis::comparison::Sort;
use crate::domain::analysis::overview::Overview;
use crate::domain::metric::Metric;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::Series;
use crate::domain::table::group::GroupId;
use crate::domain::table::json::{AnswerSubject, Document};
use crate::domain::table::text_table::Sheet;
use crate::domain::text::{counted, escape};
use crate::ops::Dataset;
use crate::ops::compare::commitments;
use crate::ops::compare::facts;
use crate::ops::compare::pair;
use crate::ops::compare::pivot;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::ops::explore::export;
use crate::ops::explore::export::FileForm;
use crate::ops::explore::{ask, copies, filter_notes, levels, open, sql, verify};
use crate::ops::money;
use crate::ops::overview::page::file as page;
use crate::ops::session::Session;
use crate::tui::question::{
    Answer, Compared, CopyForm, OutputQuestion, PairQuestion, Question, Sides, TableQuestion,
};
use crate::tui::ticket::Problem;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The number of lines of an SQL result that are shown; an export writes all of them.
const LINES: usize = 20_000;

/// Tells running work to stop.
pub(super) type Stop = Arc<AtomicBool>;

fn told<T>(result: Result<T, OpsError>) -> Result<T, Problem> {
    result.map_err(|error| Problem::of(&error))
}

/// The same data; its queries end once `stop` is set.
fn stoppable(mut opened: OpenDataset, stop: &Stop) -> OpenDataset {
    opened.data = opened.data.stopped_by(stop);
    opened
}

/// Both sides of a comparison share one signal to stop.
fn stoppable_sides(sides: Sides, stop: &Stop) -> [OpenDataset; 2] {
    [sides.actual, sides.amortized].map(|side| stoppable(side, stop))
}

/// Answers a question, unless `stop` is set. The progress counts the rows of a file that is written.
pub(super) fn answer(
    session: &Session,
    question: Question,
    (stop, progress): (&Stop, &open::Progress),
) -> Answer {
    match question {
        Question::Table(question) => of_table(question, stop),
        Question::Output(question) => of_output(question, stop, progress),
        Question::Pair(question) => of_pair(question, stop),
        Question::Overview(question) => {
            Answer::Overview(told(of_overview(session, question, stop)).map(Box::new))
        }
    }
}

fn of_table(question: TableQuestion, stop: &Stop) -> Answer {
    let shown = |data: Dataset, query: &Query| told(open::show(&data.stopped_by(stop), query));
    match question {
        TableQuestion::Show { data, query } => Answer::Shown(shown(data, &query)),
        TableQuestion::Values { data, query, .. } => Answer::Values(shown(data, &query)),
        TableQuestion::Row { data, query } => Answer::Row(shown(data, &query)),
        TableQuestion::Count { data, filter } => {
            let query = Query {
                filter,
                limit: Some(0),
                ..Query::default()
            };
            let found = shown(data, &query);
            Answer::Counted(found.map(|table| (table.rows, table.totals)))
        }
        TableQuestion::FilterNotes { data, filter, rows } => {
            let notes = filter_notes::of(&data.stopped_by(stop), &filter, rows);
            // A stopped query needs no notes.
            Answer::FilterNotes(filter, notes.unwrap_or_default())
        }
        TableQuestion::Series {
            data,
            filter,
            group_by,
            groups,
        } => {
            let data = data.stopped_by(stop);
            let found = ask::series(&data, filter.as_ref(), &group_by, &groups);
            Answer::Series(told(found))
        }
        TableQuestion::LineFacts {
            data,
            periods,
            filter,
            keys,
        } => {
            let data = data.stopped_by(stop);
            let found = ask::facts_of_line(&data, periods, filter.as_ref(), &keys);
            Answer::LineFacts(told(found))
        }
        TableQuestion::Levels {
            searched,
            filter,
            group_by,
            levels: below,
            text,
        } => {
            let searched = searched.stopped_by(stop);
            let found = levels::search(&searched, filter.as_ref(), (&group_by, &below), &text);
            Answer::Levels(told(found))
        }
        TableQuestion::Seek { data, query, seek } => {
            let data = data.stopped_by(stop);
            Answer::Sought(told(ask::seek(&data, &query, &seek)))
        }
    }
}

fn of_output(question: OutputQuestion, stop: &Stop, progress: &open::Progress) -> Answer {
    let wanted = || !stop.load(Ordering::Relaxed);
    match question {
        OutputQuestion::Render {
            opened,
            query,
            form,
        } => Answer::Rendered(told(render(&stoppable(opened, stop), &query, form))),
        OutputQuestion::Export {
            opened,
            query,
            path,
        } => {
            let opened = stoppable(opened, stop);
            Answer::Done(told(exported(&opened, &query, &path, progress)))
        }
        OutputQuestion::Sql { data, statement } => {
            let data = data.stopped_by(stop);
            let answer = sql::answer(&data, &statement, Some(LINES), wanted);
            Answer::Sql(told(answer.map(Box::new)))
        }
        OutputQuestion::ExportSql {
            opened,
            statement,
            path,
        } => {
            let opened = stoppable(opened, stop);
            Answer::Done(told(sql_exported(&opened, &statement, &path, wanted)))
        }
        OutputQuestion::ExportSheet {
            opened,
            sheet,
            path,
        } => Answer::Done(told(sheet_exported(&opened, &sheet, &path))),
        OutputQuestion::ExportPage {
            opened,
            overview,
            path,
        } => Answer::Done(told(page_exported(&opened, &overview, &path))),
        OutputQuestion::Verify { opened, query } => {
            let opened = stoppable(opened, stop);
            Answer::Done(told(verify::verify(&opened, &query, wanted)))
        }
        OutputQuestion::Money {
            data,
            only_left_out,
        } => {
            let data = data.stopped_by(stop);
            Answer::Money(told(if only_left_out {
                money::left_out(&data)
            } else {
                money::told(&data).map(Some)
            }))
        }
    }
}

fn of_pair(question: PairQuestion, stop: &Stop) -> Answer {
    match question {
        PairQuestion::Compare {
            actual,
            amortized,
            group_by,
            filter,
            pivot,
        } => {
            let sides = [actual, amortized].map(|side| side.stopped_by(stop));
            let found = compared(&sides, &group_by, filter.as_ref(), pivot);
            Answer::Compared(found.map(Box::new))
        }
        PairQuestion::Values {
            actual,
            amortized,
            key,
            filter,
            most,
        } => {
            let [actual, amortized] = [actual, amortized].map(|side| side.stopped_by(stop));
            let lines = (Sort::default(), Some(most));
            let found = open::compare(&actual, &amortized, &[key], filter.as_ref(), lines);
            Answer::PairValues(told(found))
        }
        PairQuestion::Explain { sides, filter, .. } => {
            let [actual, amortized] = stoppable_sides(sides, stop);
            Answer::Explained(told(pair::explain(&actual, &amortized, filter.as_ref())))
        }
        PairQuestion::Facts {
            sides,
            filter,
            keys,
        } => {
            let [actual, amortized] = stoppable_sides(sides, stop);
            let sides = [&actual.data, &amortized.data];
            Answer::PairFacts(told(facts::of(sides, filter.as_ref(), &keys)))
        }
        PairQuestion::Notes { sides, today } => {
            let [actual, amortized] = stoppable_sides(sides, stop);
            let notes = pair::notes(&actual, &amortized, today);
            Answer::PairNotes(notes.unwrap_or_default())
        }
        PairQuestion::Days {
            sides,
            filter,
            currencies,
        } => {
            let sides = stoppable_sides(sides, stop);
            Answer::PairDays(told(days_of(&sides, filter.as_ref(), currencies)))
        }
        PairQuestion::Commitments { sides, filter } => {
            let [actual, amortized] = stoppable_sides(sides, stop);
            let listed = commitments::listed(&actual, &amortized, filter.as_ref());
            Answer::Commitments(told(listed))
        }
    }
}

/// A comparison, and its pivot if one was asked for.
fn compared(
    [actual, amortized]: &[Dataset; 2],
    group_by: &[GroupKey],
    filter: Option<&Filter>,
    pivot: Option<GroupKey>,
) -> Result<Compared, Problem> {
    let pivoted = |by: GroupKey| told(pivot::run([actual, amortized], group_by, &by, filter));
    let lines = (Sort::default(), None);
    let whole = open::compare(actual, amortized, group_by, filter, lines);
    told(whole).map(|comparison| Compared {
        comparison,
        pivot: pivot.map(pivoted),
    })
}

/// The costs of both sides per day, one line for each of these currencies.
fn days_of(
    [actual, amortized]: &[OpenDataset; 2],
    filter: Option<&Filter>,
    currencies: Vec<Option<String>>,
) -> Result<[Series; 2], OpsError> {
    let whole = |currency| GroupId {
        keys: Vec::new(),
        currency,
    };
    let groups: Vec<GroupId> = currencies.into_iter().map(whole).collect();
    let series = |side: &OpenDataset| ask::series(&side.data, filter, &[], &groups);
    Ok([series(actual)?, series(amortized)?])
}

/// A whole answer as text.
fn render(opened: &OpenDataset, query: &Query, form: CopyForm) -> Result<String, OpsError> {
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
            let subject = AnswerSubject {
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
fn new_form(target: &Path) -> Result<FileForm, OpsError> {
    let form = FileForm::of(target)?;
    if target.exists() {
        return Err(OpsError::Usage(format!(
            "{} already exists; use ⟦table.export⟧ with another name",
            target.display()
        )));
    }
    Ok(form)
}

/// Writes an overview as a page.
fn page_exported(
    opened: &OpenDataset,
    overview: &Overview,
    path: &str,
) -> Result<String, OpsError> {
    let target = Path::new(path);
    if target.exists() {
        return Err(OpsError::Usage(format!(
            "{} already exists; write to another name",
            target.display()
        )));
    }
    page::write(overview, opened, target)?;
    let told = format!("the overview, in {}", target.display());
    Ok([told, copies::fetch_line(target)].join("; "))
}

/// Writes every row of the answer to a statement.
fn sql_exported(
    opened: &OpenDataset,
    statement: &str,
    path: &str,
    wanted: impl Fn() -> bool,
) -> Result<String, OpsError> {
    let target = Path::new(path);
    let form = new_form(target)?;
    let answer = sql::answer(&opened.data, statement, None, wanted)?;
    let notes = sql::export(opened, &answer, form, target)?;
    Ok(written(answer.rows.len(), target, [answer.notes, notes]))
}

/// Writes a finished table.
fn sheet_exported(opened: &OpenDataset, sheet: &Sheet, path: &str) -> Result<String, OpsError> {
    let target = Path::new(path);
    let form = new_form(target)?;
    let notes = export::write_sheet(sheet, opened, form, target)?;
    Ok(written(sheet.rows.len(), target, [notes]))
}

/// How many lines are in a file, how to fetch it, and what there is to know about it.
fn written<const N: usize>(lines: usize, target: &Path, notes: [Vec<String>; N]) -> String {
    let lines = counted(lines as u64, "line");
    let written = format!("{lines}, in {}", target.display());
    let mut said = vec![written, copies::fetch_line(target)];
    said.extend(notes.into_iter().flatten());
    said.join("; ")
}

fn exported(
    opened: &OpenDataset,
    query: &Query,
    path: &str,
    progress: &open::Progress,
) -> Result<String, OpsError> {
    let target = Path::new(path);
    let form = new_form(target)?;
    let done = export::write(opened, query, (form, target), progress)?;
    let mut said = vec![export::told(&done, target), copies::fetch_line(target)];
    said.extend(done.notes);
    Ok(said.join("; "))
}
