//! Overlays: help, the manual, pickers, prompts and pages of text.

use crate::domain::export::definition::Export;
use crate::domain::query::group_key::GroupKey;
use crate::domain::report::request::ReportKey;
use crate::domain::scope::Scope;
use crate::ops::context::OpenDataset;
use crate::ops::explore::quality_report;
use crate::ops::explore::saved_views::KeptView;
use crate::ops::exports::creating::Draft;
use crate::tui::said::Said;
use crate::tui::shell::help::HelpPage;
use crate::tui::state::cursor::Cursor;
use crate::tui::state::field::TextField;
use crate::tui::state::level_hits::Hits;
use crate::tui::state::picker::Picker;
use crate::tui::ticket::{JobId, Ticket};

/// The overlay over a screen.
#[derive(Debug)]
pub enum Overlay {
    None,
    Help(HelpPage),
    /// A page of the manual, by index.
    Manual(usize, Cursor),
    Picker {
        picker: Picker,
        kind: PickerKind,
    },
    /// A prompt for a line of text.
    Prompt {
        title: Said,
        hint: Said,
        field: TextField,
        kind: PromptKind,
    },
    /// The question whether to quit while jobs are running.
    Quit,
    /// The question whether to stop following reports.
    Cancel(CancelQuestion),
    /// A page of text, such as an error in full, its scroll position, and the text that `y` copies.
    Problem {
        title: String,
        lines: Vec<String>,
        cursor: Cursor,
        copy: String,
        /// The command that prints the same text, if there is one.
        command: Option<String>,
    },
}

/// The reports that a question is about, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelQuestion {
    /// The running jobs.
    pub jobs: Vec<JobId>,
    /// The failed order that the next start would resume.
    pub dropped: Option<ReportKey>,
    /// Their fate; no names.
    pub sentences: Vec<String>,
}

impl Overlay {
    /// A page of lines.
    pub fn page(title: impl Into<String>, lines: Vec<String>) -> Self {
        Self::Problem {
            title: title.into(),
            copy: lines.join("\n"),
            lines,
            cursor: Cursor::default(),
            command: None,
        }
    }

    /// The prompt for the sources to open.
    pub fn sources(text: &str) -> Self {
        Self::Prompt {
            title: "Open".into(),
            hint:
                "a file, a folder, az://ACCOUNT/CONTAINER/FOLDER or a ledger key; several separated by commas. \
                 ⟦text.next-field⟧ completes paths"
                    .into(),
            field: TextField::with(text),
            kind: PromptKind::Open,
        }
    }

    /// The page with the full quality report of the opened data.
    pub fn quality_report(opened: &[&OpenDataset]) -> Self {
        let lines = opened
            .iter()
            .flat_map(|opened| quality_report::lines(opened))
            .collect();
        Self::page("Can these numbers be trusted?", lines)
    }
}

/// The purpose of a picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickerKind {
    GroupTable,
    SortTable,
    GroupCompare,
    SortCompare,
    /// The subscriptions of a management group.
    Subscriptions(Box<Scope>, Vec<Scope>),
    /// The exports of a scope.
    Exports(Box<Scope>, Vec<Export>),
    /// Whether to create an export.
    CreateExport(Box<Draft>),
    /// An action on an export of a scope.
    OneExport(Box<Scope>, Box<Export>),
    /// The side of the open data in a pair with these sources.
    Side(Vec<String>),
    /// The side of the first of two sources.
    Which(Vec<String>),
    Columns,
    /// The values of a key, and the pending question until they arrive.
    Facets(GroupKey, Option<Ticket>),
    /// The values of a key on both sides of a comparison, and the pending question until they arrive.
    FacetsPair(GroupKey, Option<Ticket>),
    /// The groups that a search over all levels found, and the pending question until they arrive.
    Levels(Option<Ticket>, Hits),
    /// The same for a comparison.
    LevelsPair(Option<Ticket>, Hits),
    Steps,
    Days,
    Change,
    Top,
    Copy,
    /// The key whose values become columns of a table, or of the differences between two periods.
    PivotTable,
    /// The key whose values become columns of a comparison.
    PivotPair,
    /// The columns of a comparison.
    ColumnsPair,
    /// The part of a comparison to copy.
    CopyPair,
    /// The saved views, and the pending question until they arrive.
    Views(Option<Ticket>, Vec<KeptView>),
    /// The same, to apply to a comparison.
    ViewsPair(Option<Ticket>, Vec<KeptView>),
    Palette,
}

impl PickerKind {
    /// What the enter key does with an entry, where that is not to apply it.
    pub fn enter_label(&self) -> Option<&'static str> {
        match self {
            Self::Steps | Self::Levels(..) | Self::LevelsPair(..) => Some("go there"),
            Self::Subscriptions(..) => Some("order"),
            Self::Exports(..) => Some("open"),
            Self::Copy | Self::CopyPair => Some("copy"),
            Self::Palette => Some("run"),
            _ => None,
        }
    }

    /// What its key does with a saved view, where values are not dropped.
    pub fn drop_label(&self) -> Option<&'static str> {
        matches!(self, Self::Views(..) | Self::ViewsPair(..)).then_some("delete")
    }
}

/// The purpose of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    Search,
    /// The text to search in the groups of a comparison.
    SearchPair,
    ExportTo,
    /// The file for the groups of a comparison.
    ExportPair,
    /// The file for the page of an overview.
    ExportPage,
    /// The name to save a view under.
    SaveView,
    /// The name to save the view of a comparison under.
    SaveViewPair,
    /// A new export in one line.
    NewExport,
    /// The other side of the open data.
    OtherSide,
    /// The month before the open data.
    EarlierMonth,
    /// The sources to open.
    Open,
    /// A new SAS for a source that is being opened.
    Sas,
}

impl PromptKind {
    /// Whether paths are typed.
    pub fn takes_paths(self) -> bool {
        match self {
            Self::ExportTo
            | Self::ExportPair
            | Self::ExportPage
            | Self::OtherSide
            | Self::EarlierMonth
            | Self::Open => true,
            Self::Search
            | Self::SearchPair
            | Self::SaveView
            | Self::SaveViewPair
            | Self::NewExport
            | Self::Sas => false,
        }
    }

    /// Whether the typed text is always drawn as dots.
    pub fn is_secret(self) -> bool {
        self == Self::Sas
    }
}
