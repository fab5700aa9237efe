//! The purposes of actions, and other words for them: the help page is grouped by the former and searched by both.

use super::binding::Binding;
use crate::tui::action::{Action, View};

/// The purpose of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionGroup {
    Move,
    Shape,
    Filter,
    Picture,
    /// Data leaves the program.
    Out,
    /// Data comes into the program.
    Reports,
    Program,
}

impl ActionGroup {
    /// Every group, in the order of the help page.
    pub const ALL: [Self; 7] = [
        Self::Move,
        Self::Shape,
        Self::Filter,
        Self::Picture,
        Self::Out,
        Self::Reports,
        Self::Program,
    ];

    /// The heading on the help page.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Shape => "Shape",
            Self::Filter => "Filter",
            Self::Picture => "Picture",
            Self::Out => "Out",
            Self::Reports => "Reports and files",
            Self::Program => "Program",
        }
    }

    /// The group of an action. An action that is for nothing else moves.
    pub fn of(action: Action) -> Self {
        match action {
            Action::GroupBy
            | Action::SortBy
            | Action::SortUp
            | Action::SortDown
            | Action::Columns
            | Action::ColumnLeft
            | Action::ColumnRight
            | Action::HideColumn
            | Action::PinColumns
            | Action::WidenColumn
            | Action::Pivot
            | Action::Top
            | Action::Compare
            | Action::Commitments
            | Action::Change
            | Action::OtherMetric
            | Action::Statement
            | Action::Verify
            | Action::Engine
            | Action::Money
            | Action::Views
            | Action::SaveView
            | Action::Undo
            | Action::Redo
            | Action::StopQuery
            | Action::Toggle => Self::Shape,
            Action::Filter
            | Action::Keep
            | Action::Drop
            | Action::Facets
            | Action::Days
            | Action::MonthBefore
            | Action::MonthAfter => Self::Filter,
            Action::Picture | Action::Chart | Action::Focus | Action::Detail | Action::Trust => {
                Self::Picture
            }
            Action::Export | Action::Copy | Action::CopyCommand => Self::Out,
            Action::Open
            | Action::AllMonths
            | Action::TypeScope
            | Action::Pin
            | Action::Exports
            | Action::Refresh
            | Action::Retry
            | Action::CancelJob
            | Action::MoreTime => Self::Reports,
            Action::Help
            | Action::Palette
            | Action::Mask
            | Action::Mouse
            | Action::Redraw
            | Action::Suspend
            | Action::Close
            | Action::Quit => Self::Program,
            _ => Self::Move,
        }
    }
}

/// Other words for an action: those of spreadsheets, of the portal and of everyday speech.
pub fn synonyms(action: Action) -> &'static str {
    match action {
        Action::Export => {
            "csv excel xlsx parquet json markdown spreadsheet file save download html svg mail page"
        }
        Action::Copy => "clipboard paste yank ids",
        Action::CopyCommand => "clipboard shell script automate cli terminal",
        Action::GroupBy => "aggregate breakdown sum total by tag service resource subscription",
        Action::SortBy => "order rank largest smallest ascending descending",
        Action::SortUp => "ascending smallest cheapest",
        Action::SortDown => "descending largest expensive",
        Action::Columns => "fields percent share running quantity currency hide show",
        Action::Filter => "where condition rows search find only untagged missing",
        Action::Keep => "include only where",
        Action::Drop => "exclude without not hide",
        Action::Facets => "distinct unique values checklist percent",
        Action::Days => "daily date range period week yesterday",
        Action::MonthBefore => "previous last earlier period",
        Action::MonthAfter => "next later period",
        Action::Pivot => "matrix cross crosstab beside monthly daily trend",
        Action::Top => "limit largest others percent",
        Action::Picture => "graph sparkline bars heat daily trend percent",
        Action::Chart => "graph plot daily trend running total stacked",
        Action::Compare => "actual amortized reservation savings unused bridge difference",
        Action::OtherMetric => "actual amortized cost type switch",
        Action::Change => "difference diff delta percent growth why grew month over new gone",
        Action::Commitments => "reservation savings plan unused utilization",
        Action::Statement => "sql query select polars",
        Action::Verify => "check proof agree",
        Action::Engine => "polars speed",
        Action::Money => "usd dollar currency billing convert exchange costInUsd",
        Action::Trust => "quality repairs warnings errors check layout",
        Action::Findings => {
            "refund anomaly spike jump new gone price unused untagged marketplace one-off idle region alert waste"
        }
        Action::Dismiss => "ignore mute hide",
        Action::Dismissed => "ignored muted hidden restore",
        Action::Detail => "info inspect fields properties why",
        Action::Mask => "hide anonymize privacy screenshot presentation",
        Action::SaveView => "bookmark favourite share",
        Action::Views => "bookmarks favourites saved",
        Action::Undo => "revert back",
        Action::Redo => "again",
        Action::Steps => "history breadcrumb path",
        Action::Rows => "raw lines records details",
        Action::Branch => "unfold fold tree",
        Action::Search => "find",
        Action::Open => "load file folder csv excel parquet import",
        Action::AllMonths => "year history trend",
        Action::Refresh => "reload update again",
        Action::Retry => "again repeat",
        Action::CancelJob => "stop abort forget",
        Action::MoreTime => "timeout wait longer",
        Action::TypeScope => "paste subscription account guid",
        Action::Pin => "favourite bookmark star",
        Action::Help => "manual documentation keys shortcuts",
        Action::Mouse => "click wheel",
        Action::Quit => "exit leave close",
        Action::Show(view) => of_screen(view),
        _ => "",
    }
}

/// Other words for a screen.
fn of_screen(view: View) -> &'static str {
    match view {
        View::Overview => "dashboard summary start home",
        View::Scopes => "accounts subscriptions tree",
        View::Order => "report request download",
        View::Jobs => "progress wait downloads running",
        View::Table => "costs ledger explore",
        View::Compare => "actual amortized bridge",
    }
}

/// The text in which a binding is searched: its keys, its name, what it does, and other words for it.
pub fn words(binding: &Binding) -> String {
    let keys = binding.keys.iter().map(ToString::to_string);
    let keys = keys.collect::<Vec<_>>().join(" ");
    let (name, other) = (binding.action.word(), synonyms(binding.action));
    format!("{keys} {name} {} {} {other}", binding.label, binding.help)
}
