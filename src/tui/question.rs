//! Questions about open data, and their answers. Each question runs off the draw thread under a ticket. A newer question
//! of the same kind supersedes it, and `z` cancels it.

use super::ticket::{Problem, Ticket};
use crate::domain::analysis::comparison::Comparison;
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::analysis::overview::Overview;
use crate::domain::analysis::overview::found::OverviewFindings;
use crate::domain::analysis::overview::{
    BridgeTotal, GroupDays, KeyPanel, MonthFrame, RankedGroup, UnusedBenefit,
};
use crate::domain::analysis::pair_facts::PairFacts;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::sql::statement::StatementAnswer as SqlAnswer;
use crate::domain::table::group::GroupId;
use crate::domain::table::level_hits::LevelHits;
use crate::domain::table::line_facts::FactsOfLine;
use crate::domain::table::text_table::Sheet;
use crate::domain::table::{Seek, Series, Table};
use crate::ops::Dataset;
use crate::ops::compare::commitments::PairCommitments;
use crate::ops::compare::pair::Why;
use crate::ops::context::OpenDataset;
use crate::ops::explore::levels::Searched;
use crate::ops::overview::sources::OverviewSources;
use chrono::NaiveDate;

/// The format in which a result is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyForm {
    Tsv,
    Markdown,
    Json,
    /// One column, one value per line, by its index in the sheet.
    Column(usize),
}

/// The purpose of a query for the values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValuesFor {
    /// The picker of values.
    Facets,
    /// The completion in the filter bar.
    Completion,
    /// The children of a group.
    Branch,
}

/// Both sides of a comparison.
#[derive(Debug, Clone)]
pub struct Sides {
    pub actual: OpenDataset,
    pub amortized: OpenDataset,
}

/// A comparison, and its pivot if one was asked for.
#[derive(Debug)]
pub struct Compared {
    pub comparison: Comparison,
    pub pivot: Option<Result<DifferencePivot, Problem>>,
}

/// A question about open data.
#[derive(Debug, Clone)]
pub enum Question {
    Table(TableQuestion),
    Output(OutputQuestion),
    Pair(PairQuestion),
    Overview(OverviewQuestion),
}

/// A panel of the overview.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OverviewPart {
    /// The month, its totals and its days. It needs today to tell whether the month is closed.
    Month(NaiveDate),
    /// The largest groups by a key.
    Groups(GroupKey),
    /// The largest groups by the commonest tag, and the untagged cost.
    Tag,
    /// Unused reservations and savings plans, and the bridge. Notes on the two sides need today.
    Commitments(NaiveDate),
    /// Findings of every kind.
    Findings,
    /// Dismisses a finding by its id on this day, or restores it.
    Dismiss {
        id: String,
        dismissed: bool,
        today: NaiveDate,
    },
}

/// A question for one panel of the overview.
#[derive(Debug, Clone)]
pub struct OverviewQuestion {
    pub sources: Box<OverviewSources>,
    /// The answer to the question for the month; empty in that question.
    pub frame: MonthFrame,
    pub part: OverviewPart,
}

/// A question of the table screen.
#[derive(Debug, Clone)]
pub enum TableQuestion {
    /// The lines of the table.
    Show { data: Dataset, query: Query },
    /// The number of rows and the totals that a filter would keep.
    Count {
        data: Dataset,
        filter: Option<Filter>,
    },
    /// The notes on a filtered result with this many rows.
    FilterNotes {
        data: Dataset,
        filter: Filter,
        rows: u64,
    },
    /// The values of a key, most expensive first.
    Values {
        data: Dataset,
        query: Query,
        used: ValuesFor,
    },
    /// Costs per day.
    Series {
        data: Dataset,
        filter: Option<Filter>,
        group_by: Vec<GroupKey>,
        groups: Vec<GroupId>,
    },
    /// The next line that contains a text.
    Seek {
        data: Dataset,
        query: Query,
        seek: Seek,
    },
    /// The groups of all levels that contain a text.
    Levels {
        searched: Searched,
        filter: Option<Filter>,
        /// The keys of the view, and those below them.
        group_by: Vec<GroupKey>,
        levels: Vec<GroupKey>,
        text: String,
    },
    /// Facts of the rows of a line beyond its sums.
    LineFacts {
        data: Dataset,
        /// The two periods that are compared, if any.
        periods: Option<(DateRange, DateRange)>,
        filter: Option<Filter>,
        keys: Vec<GroupKey>,
    },
    /// One row with all of its columns.
    Row { data: Dataset, query: Query },
}

/// A question for a whole result: as text, as a file, in SQL, or by both engines.
#[derive(Debug, Clone)]
pub enum OutputQuestion {
    /// A whole result as text for copying.
    Render {
        opened: OpenDataset,
        query: Query,
        form: CopyForm,
    },
    /// A whole result as a file.
    Export {
        opened: OpenDataset,
        query: Query,
        path: String,
    },
    /// The result of an SQL statement.
    Sql { data: Dataset, statement: String },
    /// Every row of an SQL result as a file.
    ExportSql {
        opened: OpenDataset,
        statement: String,
        path: String,
    },
    /// A finished table as a file.
    ExportSheet {
        opened: OpenDataset,
        sheet: Sheet,
        path: String,
    },
    /// An overview as a page for a mail.
    ExportPage {
        /// Its sources, which are not overwritten.
        opened: OpenDataset,
        overview: Box<Overview>,
        path: String,
    },
    /// Whether both engines agree on a view.
    Verify { opened: OpenDataset, query: Query },
    /// Which money counts as cost and what it leaves out, or only the latter.
    Money { data: Dataset, only_left_out: bool },
}

/// A question about both sides of a comparison.
#[derive(Debug, Clone)]
pub enum PairQuestion {
    /// The comparison of both sides.
    Compare {
        actual: Dataset,
        amortized: Dataset,
        group_by: Vec<GroupKey>,
        filter: Option<Filter>,
        /// The key whose values become columns.
        pivot: Option<GroupKey>,
    },
    /// The values of a key on both sides.
    Values {
        actual: Dataset,
        amortized: Dataset,
        key: GroupKey,
        filter: Option<Filter>,
        most: usize,
    },
    /// The rows without a counterpart, for the whole step or for the page of one group.
    Explain {
        sides: Sides,
        filter: Option<Filter>,
        page: bool,
    },
    /// The parts of a group on both sides.
    Facts {
        sides: Sides,
        filter: Option<Filter>,
        keys: Vec<GroupKey>,
    },
    /// The notes on a pair that is already open. Today is used to detect months that are not closed.
    Notes { sides: Sides, today: NaiveDate },
    /// The costs of both sides per day, one line for each of these currencies.
    Days {
        sides: Sides,
        filter: Option<Filter>,
        currencies: Vec<Option<String>>,
    },
    /// Reservations and savings plans.
    Commitments {
        sides: Sides,
        filter: Option<Filter>,
    },
}

impl From<TableQuestion> for Question {
    fn from(question: TableQuestion) -> Self {
        Self::Table(question)
    }
}

impl From<OutputQuestion> for Question {
    fn from(question: OutputQuestion) -> Self {
        Self::Output(question)
    }
}

impl From<PairQuestion> for Question {
    fn from(question: PairQuestion) -> Self {
        Self::Pair(question)
    }
}

impl From<OverviewQuestion> for Question {
    fn from(question: OverviewQuestion) -> Self {
        Self::Overview(question)
    }
}

/// The kind of a question. A newer question supersedes an older one of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QuestionKind {
    Show,
    Count,
    FilterNotes,
    Values(ValuesFor),
    Series,
    Seek,
    Levels,
    LineFacts,
    Row,
    Render,
    /// Exports to different files run side by side.
    Export(String),
    Sql,
    Verify,
    Money,
    Compare,
    PairValues,
    Explain {
        page: bool,
    },
    PairFacts,
    PairNotes,
    PairDays,
    Commitments,
    Overview(OverviewPart),
}

impl Question {
    /// Its kind.
    pub fn kind(&self) -> QuestionKind {
        match self {
            Self::Table(question) => question.kind(),
            Self::Output(question) => question.kind(),
            Self::Pair(question) => question.kind(),
            Self::Overview(question) => QuestionKind::Overview(question.part.clone()),
        }
    }
}

impl TableQuestion {
    fn kind(&self) -> QuestionKind {
        match self {
            Self::Show { .. } => QuestionKind::Show,
            Self::Count { .. } => QuestionKind::Count,
            Self::FilterNotes { .. } => QuestionKind::FilterNotes,
            Self::Values { used, .. } => QuestionKind::Values(*used),
            Self::Series { .. } => QuestionKind::Series,
            Self::Seek { .. } => QuestionKind::Seek,
            Self::Levels { .. } => QuestionKind::Levels,
            Self::LineFacts { .. } => QuestionKind::LineFacts,
            Self::Row { .. } => QuestionKind::Row,
        }
    }
}

impl OutputQuestion {
    fn kind(&self) -> QuestionKind {
        match self {
            Self::Render { .. } => QuestionKind::Render,
            Self::Export { path, .. }
            | Self::ExportSql { path, .. }
            | Self::ExportSheet { path, .. }
            | Self::ExportPage { path, .. } => QuestionKind::Export(path.clone()),
            Self::Sql { .. } => QuestionKind::Sql,
            Self::Verify { .. } => QuestionKind::Verify,
            Self::Money { .. } => QuestionKind::Money,
        }
    }
}

impl PairQuestion {
    fn kind(&self) -> QuestionKind {
        match self {
            Self::Compare { .. } => QuestionKind::Compare,
            Self::Values { .. } => QuestionKind::PairValues,
            Self::Explain { page, .. } => QuestionKind::Explain { page: *page },
            Self::Facts { .. } => QuestionKind::PairFacts,
            Self::Notes { .. } => QuestionKind::PairNotes,
            Self::Days { .. } => QuestionKind::PairDays,
            Self::Commitments { .. } => QuestionKind::Commitments,
        }
    }
}

/// A question and its ticket.
#[derive(Debug, Clone)]
pub struct Asked {
    pub ticket: Ticket,
    pub question: Question,
}

/// The answer to a question for a panel of the overview.
#[derive(Debug)]
pub enum OverviewPanel {
    Month {
        /// With the month before, if the ledger has it.
        sources: Box<OverviewSources>,
        frame: MonthFrame,
        notes: Vec<String>,
    },
    Groups {
        panel: KeyPanel,
        /// The days of the largest services.
        stacks: Vec<GroupDays>,
    },
    Tag {
        /// `None` if no row has a tag.
        tag: Option<String>,
        panel: Option<KeyPanel>,
        untagged: Vec<RankedGroup>,
    },
    Commitments {
        unused: Option<Vec<UnusedBenefit>>,
        bridge: Option<Vec<BridgeTotal>>,
        /// The sources with an amortized side that the ledger has, and the notes on them.
        paired: Option<(Box<OverviewSources>, Vec<String>)>,
    },
    Findings {
        found: OverviewFindings,
        /// The tag keys of the other sources that the proof of a finding may open.
        before_tags: Vec<String>,
        amortized_tags: Vec<String>,
    },
    /// A finding is dismissed or restored.
    Dismissed,
}

/// The answer to a question.
#[derive(Debug)]
pub enum Answer {
    Shown(Result<Table, Problem>),
    Counted(Result<(u64, Vec<Money>), Problem>),
    FilterNotes(Filter, Vec<String>),
    Values(Result<Table, Problem>),
    Series(Result<Series, Problem>),
    Sought(Result<Option<usize>, Problem>),
    Levels(Result<Vec<LevelHits>, Problem>),
    LineFacts(Result<FactsOfLine, Problem>),
    Row(Result<Table, Problem>),
    /// A note on the money that counts as cost.
    Money(Result<Option<String>, Problem>),
    /// The text to copy.
    Rendered(Result<String, Problem>),
    /// The outcome of an export or a verification, as a sentence.
    Done(Result<String, Problem>),
    Sql(Result<Box<SqlAnswer>, Problem>),
    Compared(Result<Box<Compared>, Problem>),
    PairValues(Result<Comparison, Problem>),
    Explained(Result<Why, Problem>),
    PairFacts(Result<PairFacts, Problem>),
    PairNotes(Vec<String>),
    PairDays(Result<[Series; 2], Problem>),
    Commitments(Result<PairCommitments, Problem>),
    Overview(Result<Box<OverviewPanel>, Problem>),
}
