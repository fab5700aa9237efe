//! The messages that `update` handles: input, ticks, and answers to effects.

use super::clipboard::Copier;
use super::key::{Key, Mouse};
use super::question::Answer;
use super::said::Said;
use super::ticket::{JobId, Problem, Ticket};
use crate::domain::export::definition::Export;
use crate::domain::export::history::PastRun;
use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::domain::query::saved_view::SavedView;
use crate::domain::report::history::PastOrder;
use crate::domain::scope::{Agreement, Scope, ScopeId};
use crate::domain::sql::spark_address::SparkSource;
use crate::domain::table::Table;
use crate::domain::text::redaction;
use crate::ops::context::OpenDataset;
use crate::ops::explore::path_completion::Completion;
use crate::ops::explore::saved_views::KeptView;
use crate::ops::exports::creating::Draft;
use crate::ops::exports::files::RunSize;
use crate::ops::exports::running::{News, RunOutcome};
use crate::ops::exports::watched::NotedRun;
use crate::ops::orders::jobs::Job as NotedJob;
use crate::ops::orders::outcome::{PartOutcome, Progress};
use crate::ops::orders::queue::Waiting;
use crate::ops::{FoundScopes, Identity, LedgerEntry, PinnedScopes};
use chrono::{DateTime, Utc};

/// The orders of earlier runs: ended ones, and those that are still open.
#[derive(Debug)]
pub struct EarlierOrders {
    pub jobs: Vec<NotedJob>,
    /// Reports that waited for their turn.
    pub waiting: Vec<Waiting>,
    /// The orders that have ended, the newest first.
    pub past: Vec<PastOrder>,
    /// Runs of exports that were watched.
    pub runs: Vec<NotedRun>,
    /// The watches that have ended, the newest first.
    pub past_runs: Vec<PastRun>,
    /// The reason that the notes of other orders cannot be read.
    pub unreadable: Vec<Said>,
}

/// The reports of the ledger.
#[derive(Debug)]
pub struct StoredReports {
    /// The newest month first.
    pub entries: Vec<LedgerEntry>,
    /// The reason that other reports cannot be read.
    pub unreadable: Vec<String>,
}

/// Exports as Azure knows them.
#[derive(Debug)]
pub enum FoundExports {
    /// All of a scope.
    All(Box<Scope>, Vec<Export>),
    /// One with its latest runs, and the sizes of those whose files are in storage.
    One(Box<Export>, Result<Vec<RunSize>, Said>),
    /// The request of a new one.
    Draft(Box<Draft>),
}

/// News of a run of an export.
#[derive(Debug)]
pub enum RunTold {
    News(News),
    Ended(Result<RunOutcome, Problem>),
}

/// An event for `update`.
#[derive(Debug)]
pub enum Message {
    Key(Key),
    Mouse(Mouse),
    Paste(String),
    Resized {
        width: u16,
        height: u16,
    },
    /// The system asks the program to stop until it is resumed (`SIGTSTP`).
    Stopped,
    /// The program was stopped and goes on (`SIGCONT`).
    Continued,
    Tick(DateTime<Utc>),
    Scopes(Ticket, Result<FoundScopes, Problem>),
    /// The children of a scope.
    Branch(Ticket, ScopeId, Result<FoundScopes, Problem>),
    Agreements(Vec<(ScopeId, Agreement)>),
    PinnedScopes(PinnedScopes),
    /// The answer to a question about exports.
    Exports(Ticket, Result<FoundExports, Problem>),
    SignedIn(Identity),
    /// The sign-in instructions for the user, if any.
    Prompt(Option<String>),
    /// Orders that earlier runs left open.
    Noted(EarlierOrders),
    Ledger(Ticket, Result<StoredReports, Problem>),
    Progress(JobId, Box<Progress>),
    Finished(JobId, Box<PartOutcome>),
    /// Progress or the end of a run of an export.
    ExportRun(JobId, Box<RunTold>),
    /// The first rows of the data being opened.
    Peeked(Ticket, Box<Table>),
    /// The progress of the data being opened.
    SoFar(Ticket, Box<SoFar>),
    Opened(Ticket, Result<Box<Loaded>, Problem>),
    /// The SAS of a source is of no use.
    NeedsSas(Ticket, RefusedSas),
    /// The sources to open are the two sides of a comparison.
    Sides(Ticket, Vec<String>, Vec<String>),
    /// The sources to open as one table have rows in common, with the error text.
    Alike(Ticket, Vec<String>, String),
    /// The same for the two sides of a comparison.
    PairSoFar(Ticket, Box<[SoFar; 2]>),
    OpenedPair(Ticket, Result<Box<(Loaded, Loaded, Vec<String>)>, Problem>),
    /// The other side of local files, if their names identify it.
    Partner(Ticket, Option<Vec<String>>),
    /// How much of a file is written.
    Writing(Ticket, Written),
    /// The answer to a question.
    Answered(Ticket, Box<Answer>),
    /// Whether a program took a text to copy, or why not.
    Copied(Copier, String, Result<(), String>),
    /// A text, and what its path may go on with.
    Completed(String, Completion),
    /// The outcome of a save, as a sentence.
    Saved(Result<String, Problem>),
    Views(Ticket, Result<Vec<KeptView>, Problem>),
}

/// A SAS that was refused while sources were opened.
#[derive(Debug, Clone)]
pub struct RefusedSas {
    pub wanted: ToOpen,
    /// The source that the SAS is for.
    pub place: String,
    pub why: String,
}

/// The sources that were to be opened.
#[derive(Debug, Clone)]
pub enum ToOpen {
    Table(Vec<String>),
    /// The actual and the amortized side.
    Pair([Vec<String>; 2]),
}

/// How much of the sources has been read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadShare {
    pub bytes: u64,
    /// The total number of bytes; zero if unknown.
    pub of: u64,
    pub rows: u64,
}

impl ReadShare {
    /// The share that was read, in thousandths; `None` if the total is unknown.
    pub fn per_mille(&self) -> Option<u64> {
        let share = self.bytes.saturating_mul(1000).checked_div(self.of)?;
        Some(share.min(1000))
    }
}

/// The rows read so far, and their sums.
#[derive(Debug, Clone, Default)]
pub struct SoFar {
    pub reading: ReadShare,
    /// A step before anything is read, such as a download.
    pub before: Option<Said>,
    /// The largest groups and the totals; `None` if they are not known.
    pub sums: Option<Table>,
}

/// How much of a file is written, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub rows: u64,
    /// The number of all rows; zero if unknown.
    pub of: u64,
}

/// Opened data and the tag keys in it.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub opened: OpenDataset,
    pub tag_keys: Vec<String>,
    /// The last view of its scope.
    pub last: Option<SavedView>,
}

impl Loaded {
    /// The title of open data: its name, metric and days.
    pub fn title(&self, name: &str) -> String {
        let metric = self.opened.data.metric().map_or("", Metric::word);
        let entries = self.opened.entries.iter();
        let named = entries.filter_map(|e| e.request.period.name());
        let mut named: Vec<String> = named.collect();
        named.dedup();
        let days = self.days();
        let days = days.map_or_else(|| named.join(", "), |days| days.to_string());
        let parts = [name, metric, &days];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }

    /// From the first to the last day of the stored reports, which the title names; `None` if none has days.
    pub fn days(&self) -> Option<DateRange> {
        let entries = self.opened.entries.iter();
        let ranges = entries.filter_map(|entry| entry.request.range());
        ranges.reduce(|all, range| DateRange {
            from: all.from.min(range.from),
            to: all.to.max(range.to),
        })
    }
}

/// The short names of sources in one line, without the signatures of links.
pub fn joined_names<'a>(sources: impl IntoIterator<Item = &'a String>) -> String {
    redaction::without_secrets(&source_names(sources).join(", "))
}

/// The short name of a source: the last part of a path, or the label of a Spark source.
pub fn source_name(source: &str) -> String {
    if SparkSource::is_one(source) {
        // The address may hold a token.
        return SparkSource::read(source)
            .map_or_else(|_| "Spark".to_owned(), |server| server.label());
    }
    let end = source.trim_end_matches('/').rsplit('/').next();
    end.filter(|name| !name.is_empty())
        .unwrap_or(source)
        .to_owned()
}

/// The short names of several sources. Those that would be alike also say in which folder they are.
pub fn source_names<'a>(sources: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let sources = sources.into_iter();
    let all: Vec<(&String, String)> = sources.map(|one| (one, source_name(one))).collect();
    let named = all.iter().map(|(source, name)| {
        let alike = all
            .iter()
            .any(|(other, own)| other != source && own == name);
        let folder = source.trim_end_matches('/').strip_suffix(name.as_str());
        let folder = folder.map(|path| source_name(path.trim_end_matches('/')));
        match folder.filter(|folder| alike && !folder.is_empty()) {
            Some(folder) => format!("{folder}/{name}"),
            None => name.clone(),
        }
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use crate::tui::message::source_names;

    #[test]
    fn sources_of_one_name_say_their_folders() {
        for (sources, names) in [
            (
                vec!["/a/sep/x.csv", "/a/oct/x.csv"],
                vec!["sep/x.csv", "oct/x.csv"],
            ),
            (vec!["/a/sep/x.csv", "/a/oct/y.csv"], vec!["x.csv", "y.csv"]),
            (vec!["x.csv", "oct/x.csv"], vec!["x.csv", "oct/x.csv"]),
            (vec!["/a/x.csv", "/a/x.csv"], vec!["x.csv", "x.csv"]),
            (vec!["/a/sep/", "/b/sep/"], vec!["a/sep", "b/sep"]),
        ] {
            let sources: Vec<String> = sources.into_iter().map(ToOwned::to_owned).collect();
            assert_eq!(source_names(sources.iter()), names, "{sources:?}");
        }
    }
}
