//! Messages on stderr: one line per step, warnings, and repairs made while reading.

use super::progress_line::{Work, while_shown};
use crate::domain::query::Query;
use crate::domain::query::group_key::GroupKey;
use crate::domain::report::operation::states::{Operation, Ordered};
use crate::domain::report::quota::Bucket;
use crate::domain::report::reply::{Wait, WaitReason};
use crate::domain::report::request::ReportRequest;
use crate::domain::text::{counted, printable, redaction};
use crate::ops::context::{OpenContext, OpenDataset, PlanLine};
use crate::ops::error::OpsError;
use crate::ops::explore::{open, opening};
use crate::ops::orders::outcome::Progress;
use crate::ops::session::Session;
use crate::ops::{Dataset, Source, SqlEngine};
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::io::{IsTerminal, Write};

thread_local! {
    /// The lines of this thread, while they are kept.
    static HEARD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Prints a line on stderr. A closed stderr is ignored.
pub fn say(text: &str) {
    let line = printable(&redaction::without_held(text));
    let is_kept = HEARD.with_borrow_mut(|heard| {
        let kept = heard.as_mut().map(|heard| {
            heard.push_str(&line);
            heard.push('\n');
        });
        kept.is_some()
    });
    if !is_kept {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// Does something, and returns the lines that this thread said meanwhile instead of printing them.
pub fn heard<T>(work: impl FnOnce() -> T) -> (T, String) {
    HEARD.set(Some(String::new()));
    let done = work();
    (done, HEARD.take().unwrap_or_default())
}

/// Prints a line that starts with `warning:`.
pub fn warn(text: &str) {
    say(&format!("warning: {text}"));
}

/// Opens sources; on a terminal a line shows the progress.
pub fn open(context: &OpenContext<'_>, sources: &[String]) -> Result<OpenDataset, OpsError> {
    open_planned(context, sources, &mut Vec::new())
}

/// Opens sources, and prints the notes and repairs.
pub fn open_aloud(context: &OpenContext<'_>, sources: &[String]) -> Result<OpenDataset, OpsError> {
    let opened = open(context, sources)?;
    notes(&opened.noted());
    all_repairs(&opened);
    Ok(opened)
}

/// Like `open_aloud`, for a single question.
pub fn open_for(
    context: &OpenContext<'_>,
    sources: &[String],
    question: &Query,
) -> Result<OpenDataset, OpsError> {
    let opened = reading(context.progress, || {
        opening::open_for(context, sources, Some(question), &mut Vec::new())
    })?;
    notes(&opened.noted());
    all_repairs(&opened);
    Ok(opened)
}

/// Like `open`, but also returns the decision on each source, even if the sources are refused.
pub fn open_planned(
    context: &OpenContext<'_>,
    sources: &[String],
    lines: &mut Vec<PlanLine>,
) -> Result<OpenDataset, OpsError> {
    reading(context.progress, || opening::open(context, sources, lines))
}

/// Reads sources. On a terminal a line shows the progress, and elsewhere lines tell what was waited for.
pub fn reading<T>(progress: &open::Progress, action: impl FnOnce() -> T) -> T {
    let done = while_shown(Work::Reading(progress), action);
    let told = progress.take_told();
    if !std::io::stderr().is_terminal() {
        notes(&told);
    }
    done
}

/// Whether a question can be asked on this terminal.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question that is answered with yes or no. The line that shows the progress shows the question meanwhile.
pub fn agreed(progress: &open::Progress, question: &str) -> bool {
    let question = format!("{question} [y/N]");
    progress.say(Some(question.clone()));
    let _ = write!(std::io::stderr(), "\r{} ", printable(&question));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    progress.say(None);
    let answer = answer.trim().to_ascii_lowercase();
    read.is_ok() && ["y", "yes"].contains(&answer.as_str())
}

/// Prints the work that a server did for a query.
pub fn worked(data: &Dataset) {
    if let Some(work) = data.engine().and_then(SqlEngine::work) {
        say(&work);
    }
}

/// Prints the notes from opening sources.
pub fn notes(notes: &[String]) {
    for note in notes {
        say(note);
    }
}

/// Prints sign-in prompts on stderr.
pub fn prompts(session: &Session) {
    if let Some(mut prompts) = session.prompts() {
        tokio::spawn(async move {
            while prompts.changed().await.is_ok() {
                let prompt = prompts.borrow_and_update().clone();
                if let Some(text) = prompt {
                    say(&text);
                }
            }
        });
    }
}

/// Warns about the repairs in all sources.
pub fn all_repairs(opened: &OpenDataset) {
    for source in opened.data.sources() {
        repairs(source);
    }
}

/// Warns about rows without a date, for queries that select a period.
pub fn undated(data: &Dataset) -> Result<(), OpsError> {
    if let Some(note) = crate::ops::explore::filter_notes::undated(data)? {
        warn(&note);
    }
    Ok(())
}

/// Warns about the repairs in a source.
fn repairs(source: &Source) {
    let (file, repairs) = (&source.name, source.repairs.iter());
    // Repairs of tags are reported only if the query uses tags.
    for repair in repairs.filter(|repair| !repair.kind.contains("tag")) {
        warn(&format!(
            "{file}: {} ({}), first in {} {}",
            crate::ops::explore::quality_report::repair_words(repair.kind),
            repair.count,
            source.place_word(),
            repair.first_line
        ));
    }
}

/// Warns about tags that cannot be read, if the query uses tags.
pub fn broken_tags(data: &Dataset, query: &Query) {
    let fields = query
        .filter
        .iter()
        .flat_map(crate::domain::query::filter::Filter::fields);
    let keys = query.group_by.iter().chain(&query.pivot);
    let mut asked = keys.chain(fields.map(|field| &field.key));
    if asked.any(|key| matches!(key, GroupKey::Tag(_))) {
        let broken = data.broken_tags();
        if broken > 0 {
            let money = open::broken_tags_money(data).unwrap_or_default();
            warn(&format!(
                "{} ({}) with an invalid Tags value: counted as untagged",
                counted(broken, "row"),
                crate::domain::money::listed(&money)
            ));
        }
    }
}

/// A short name for a part of an order.
pub fn part_name(request: &ReportRequest) -> String {
    let range = request.range().map(|range| range.to_string());
    let period = range.or(request.period.name()).unwrap_or_default();
    format!("{} {period}{}", request.metric, request.subset.mark())
}

/// A step of a report as one line; `None` for final states, which are reported separately.
pub fn step(name: &str, progress: &Progress) -> Option<String> {
    if let Some(note) = &progress.note {
        return Some(format!("{name}: {note}"));
    }
    let text = match &progress.operation {
        Operation::Ordered(Ordered { wait: None, .. }) => "ordering".to_owned(),
        Operation::Ordered(Ordered {
            wait: Some(wait), ..
        }) => {
            format!(
                "{}; ordering again {}",
                why(&wait.why),
                in_seconds(wait, progress.now)
            )
        }
        Operation::Generating(generating) => {
            let wait = &generating.wait;
            format!(
                "{}; poll {} {}",
                why(&wait.why),
                generating.polls.saturating_add(1),
                in_seconds(wait, progress.now)
            )
        }
        Operation::Paging(paging) => {
            let pages = &paging.pages;
            let so_far = format!(
                "page {}, {} so far",
                pages.done() + 1,
                counted(pages.rows(), "row")
            );
            match &paging.wait {
                None => so_far,
                Some(wait) => format!(
                    "{}; {so_far}, retrying {}",
                    why(&wait.why),
                    in_seconds(wait, progress.now)
                ),
            }
        }
        Operation::Downloading(downloading) => {
            let total = downloading
                .manifest
                .bytes()
                .map(|bytes| format!(" of {bytes}"))
                .unwrap_or_default();
            format!(
                "file {} of {}: {}{total} bytes",
                downloading.blob + 1,
                downloading.manifest.blobs.len(),
                downloading.bytes
            )
        }
        Operation::Fetched => "checking and storing".to_owned(),
        Operation::Ready { rows } => format!("ready, {}", counted(*rows, "row")),
        // The final state is reported once, with its scope, when the part ends.
        Operation::Empty { .. } | Operation::Failed(_) | Operation::Cancelled => return None,
    };
    Some(format!("{name}: {text}"))
}

fn in_seconds(wait: &Wait, now: DateTime<Utc>) -> String {
    format!("in {} s{}", wait.seconds_left(now), wait.unusual())
}

/// The reason for a wait.
pub fn why(reason: &WaitReason) -> String {
    match reason {
        WaitReason::RetryAfter => "the server is making the report".to_owned(),
        WaitReason::Throttled {
            header: Some(header),
        } => format!("throttled ({}: {header})", Bucket::of_wait(header)),
        WaitReason::Throttled { header: None } => "throttled".to_owned(),
        WaitReason::Closed { bucket } => format!("other jobs have used up the {bucket} quota"),
        WaitReason::ServerError { status } => format!("the server failed ({status})"),
        WaitReason::Unreachable => "the server cannot be reached".to_owned(),
        WaitReason::Incomplete => "the answer was incomplete".to_owned(),
        WaitReason::LinkRefused => {
            "the storage refuses a download link that should still be valid".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::progress::{heard, reading};
    use crate::ops::explore::open::Progress;
    use std::io::IsTerminal;

    #[test]
    fn waits_are_told_where_no_line_shows_them() {
        let progress = Progress::default();
        let wait = "listing: the storage answered 503; try 2 in 3 s";
        let (done, said) = heard(|| {
            reading(&progress, || {
                progress.tell(wait.to_owned());
                7
            })
        });
        assert_eq!(done, 7);
        let is_shown = std::io::stderr().is_terminal();
        assert_eq!(
            said,
            if is_shown {
                String::new()
            } else {
                format!("{wait}\n")
            }
        );
        assert!(progress.take_told().is_empty());
    }
}
