//! Everything that can happen: keys, time, and the answers of what was started.

use super::key::{Key, Mouse};
use crate::domain::analysis::comparison::Comparison;
use crate::domain::money::Money;
use crate::domain::query::filter::Filter;
use crate::domain::query::saved_view::SavedView;
use crate::domain::scope::{Agreement, ScopeId};
use crate::domain::sql::statement::Answer;
use crate::domain::table::{Series, Table};
use crate::ops::Entry;
use crate::ops::Found;
use crate::ops::Identity;
use crate::ops::Marks;
use crate::ops::compare::pair::Why;
use crate::ops::explore::open::Opened;
use crate::ops::explore::saved_views::Kept;
use crate::ops::orders::jobs::Job as NotedJob;
use crate::ops::orders::report::{Outcome, Progress};
use chrono::{DateTime, Utc};

/// Tells a late answer from the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A job of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Why something asked for did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub text: String,
    /// Where in the filter the trouble is, in characters.
    pub at: Option<usize>,
}

/// Something happened.
#[derive(Debug)]
pub enum Message {
    Key(Key),
    Mouse(Mouse),
    Paste(String),
    Resized {
        width: u16,
        height: u16,
    },
    Tick(DateTime<Utc>),
    Scopes(Ticket, Result<Found, Problem>),
    /// What is under a scope.
    Branch(Ticket, ScopeId, Result<Found, Problem>),
    Agreements(Vec<(ScopeId, Agreement)>),
    Marks(Marks),
    SignedIn(Identity),
    /// What the user has to do to sign in, when there is something.
    Prompt(Option<String>),
    /// Orders of earlier runs.
    Noted(Vec<NotedJob>),
    Ledger(Ticket, Result<Vec<Entry>, Problem>),
    Progress(JobId, Box<Progress>),
    Finished(JobId, Box<Outcome>),
    /// The first rows of what is being opened.
    Peeked(Ticket, Box<Table>),
    /// How far what is being opened was read.
    Reading(Ticket, Reading),
    Opened(Ticket, Result<Box<Loaded>, Problem>),
    /// What was to be opened are the two sides of a comparison.
    Sides(Ticket, Vec<String>, Vec<String>),
    /// What was to be opened as one table has rows in common, and why that cannot be.
    Alike(Ticket, Vec<String>, String),
    OpenedPair(Ticket, Result<Box<(Loaded, Loaded, Vec<String>)>, Problem>),
    /// The other side of local files, where their names say it.
    Partner(Ticket, Option<Vec<String>>),
    Explained(Ticket, Result<Why, Problem>),
    PairNotes(Ticket, Vec<String>),
    PairValues(Ticket, Result<Comparison, Problem>),
    /// Commitments as lines to show, and to copy.
    Committed(Ticket, Result<(Vec<String>, Vec<String>), Problem>),
    Shown(Ticket, Result<Table, Problem>),
    /// Rows and totals that a filter would keep.
    /// What the reader of an answer to this filter has to know.
    FilterNotes(Filter, Vec<String>),
    Counted(Ticket, Result<(u64, Vec<Money>), Problem>),
    Values(Ticket, Result<Table, Problem>),
    Series(Ticket, Result<Series, Problem>),
    Sought(Ticket, Result<Option<usize>, Problem>),
    Detailed(Ticket, Result<Table, Problem>),
    /// What is to be copied.
    Rendered(Result<String, Problem>),
    /// What was exported, or kept instead of copied, in words.
    Saved(Result<String, Problem>),
    Views(Ticket, Result<Vec<Kept>, Problem>),
    Compared(Ticket, Result<Comparison, Problem>),
    /// The answer to a statement in SQL.
    AnsweredSql(Ticket, Result<Box<Answer>, Problem>),
}

/// How far sources were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub bytes: u64,
    /// All bytes; zero where that is not known.
    pub of: u64,
    pub rows: u64,
}

/// Opened data and the tag keys in it.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub opened: Opened,
    pub tag_keys: Vec<String>,
    /// How its scope was looked at for last.
    pub last: Option<SavedView>,
}
