//! The actions a user can trigger. The key table maps keys to them.

use super::state::cursor::CursorStep;

/// The screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    Overview,
    Scopes,
    Order,
    Jobs,
    Table,
    Compare,
}

impl View {
    /// All screens, in the order of their numbers, which begin with 0.
    pub const ALL: [Self; 6] = [
        Self::Overview,
        Self::Scopes,
        Self::Order,
        Self::Jobs,
        Self::Table,
        Self::Compare,
    ];

    /// The name in the title.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Scopes => "Scopes",
            Self::Order => "Order",
            Self::Jobs => "Jobs",
            Self::Table => "Table",
            Self::Compare => "Compare",
        }
    }
}

/// An action that a key or the palette triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    /// Go forward, or into the selected line.
    Enter,
    /// Go back, or out of the current level.
    Back,
    /// Search or narrow a list.
    Search,
    /// Edit the filter.
    Filter,
    GroupBy,
    SortBy,
    Compare,
    /// Reservations and savings plans.
    Commitments,
    /// Type or paste a scope.
    TypeScope,
    /// Open every month of a report's scope and metric as one table.
    AllMonths,
    NextField,
    PreviousField,
    /// Tick an entry of a list.
    Toggle,
    /// Reload, or order even if the report is in the ledger.
    Refresh,
    Retry,
    /// Stop following a job.
    CancelJob,
    /// Extend the time limit of a job.
    MoreTime,
    /// Copy to the clipboard.
    Copy,
    /// Pin or unpin a scope.
    Pin,
    /// List the exports of a scope.
    Exports,
    /// Show the quality report of the open data.
    Trust,
    /// Keep only rows with the value under the cursor.
    Keep,
    /// Leave out rows with the value under the cursor, or the ticked entries.
    Drop,
    /// List the values of a column with their cost.
    Facets,
    /// List what would otherwise be missed.
    Findings,
    /// Dismiss a finding, or restore a dismissed one.
    Dismiss,
    /// List the dismissed findings, too.
    Dismissed,
    /// Sort by the column under the cursor, smallest first.
    SortUp,
    /// Sort by the column under the cursor, largest first.
    SortDown,
    /// Sort by the size of the amounts, whatever their sign.
    SortSize,
    /// Choose the columns.
    Columns,
    ColumnLeft,
    ColumnRight,
    HideColumn,
    PinColumns,
    WidenColumn,
    /// Switch the chart next to each group.
    Picture,
    /// Show the next kind of chart of days above the table, or hide it.
    Chart,
    /// Move the keys between the chart and the table.
    Focus,
    /// Pivot by month or by day.
    Pivot,
    Undo,
    Redo,
    /// List the drill-down history, to go back to a step.
    Steps,
    /// Show the rows of a group, skipping the levels in between.
    Rows,
    /// Expand or collapse a group in place.
    Branch,
    /// Show one row with every field.
    Detail,
    /// Choose the days.
    Days,
    /// Compare two periods.
    Change,
    /// Show the other metric of the open data, actual or amortized.
    OtherMetric,
    MonthBefore,
    MonthAfter,
    /// Open a file, a folder or a stored report.
    Open,
    /// Open the actual side of a comparison as a table.
    OpenActual,
    /// Open the amortized side of a comparison as a table.
    OpenAmortized,
    /// Limit the number of groups.
    Top,
    Export,
    /// Edit and run an SQL statement.
    Statement,
    /// Run the view on both engines and compare the results.
    Verify,
    /// Switch the query engine.
    Engine,
    /// Show costs in USD, or in their billing currencies.
    Money,
    /// Save this view under a name.
    SaveView,
    /// List the saved views.
    Views,
    /// Copy the view as a command.
    CopyCommand,
    /// Open the command palette.
    Palette,
    NextMatch,
    PreviousMatch,
    /// Stop the running query, or rerun it.
    StopQuery,
    /// Hide ids and amounts from onlookers.
    Mask,
    /// Turn mouse capture on or off.
    Mouse,
    /// Leave a text field or an overlay.
    Close,
    /// Clear a search, else go back.
    Escape,
    Help,
    Quit,
    Show(View),
    Redraw,
    Suspend,
}

impl Action {
    /// The cursor step, if it is one.
    pub fn step(self) -> Option<CursorStep> {
        Some(match self {
            Self::Up => CursorStep::Up,
            Self::Down => CursorStep::Down,
            Self::PageUp => CursorStep::PageUp,
            Self::PageDown => CursorStep::PageDown,
            Self::Home => CursorStep::Home,
            Self::End => CursorStep::End,
            _ => return None,
        })
    }

    /// Whether the action applies to the line or cell under the cursor.
    pub fn needs_line(self) -> bool {
        matches!(
            self,
            Self::Enter
                | Self::Rows
                | Self::Branch
                | Self::Detail
                | Self::Keep
                | Self::Drop
                | Self::Facets
                | Self::SortUp
                | Self::SortDown
                | Self::HideColumn
                | Self::PinColumns
                | Self::WidenColumn
                | Self::ColumnLeft
                | Self::ColumnRight
        )
    }

    /// The name in the settings file.
    pub fn setting(self) -> String {
        self.word().replace(' ', "-")
    }

    /// The name in the palette; the settings file uses hyphens instead of spaces.
    ///
    /// Users' files contain these names, so a renamed variant keeps its name here.
    #[allow(clippy::too_many_lines, reason = "one line per action")]
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Left => "left",
            Self::Right => "right",
            Self::PageUp => "page up",
            Self::PageDown => "page down",
            Self::Home => "home",
            Self::End => "end",
            Self::Enter => "enter",
            Self::Back => "back",
            Self::Search => "search",
            Self::Filter => "filter",
            Self::GroupBy => "group by",
            Self::SortBy => "sort by",
            Self::Compare => "compare",
            Self::Commitments => "commitments",
            Self::TypeScope => "type scope",
            Self::AllMonths => "all months",
            Self::NextField => "next field",
            Self::PreviousField => "previous field",
            Self::Toggle => "toggle",
            Self::Refresh => "refresh",
            Self::Retry => "retry",
            Self::CancelJob => "cancel job",
            Self::MoreTime => "more time",
            Self::Copy => "copy",
            Self::Pin => "pin",
            Self::Exports => "exports",
            Self::Trust => "trust",
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Facets => "facets",
            Self::Findings => "findings",
            Self::Dismiss => "dismiss",
            Self::Dismissed => "dismissed",
            Self::SortUp => "sort up",
            Self::SortDown => "sort down",
            Self::SortSize => "sort by size",
            Self::Columns => "columns",
            Self::ColumnLeft => "column left",
            Self::ColumnRight => "column right",
            Self::HideColumn => "hide column",
            Self::PinColumns => "pin columns",
            Self::WidenColumn => "widen column",
            Self::Picture => "picture",
            Self::Chart => "chart",
            Self::Focus => "focus",
            Self::Pivot => "pivot",
            Self::Undo => "undo",
            Self::Redo => "redo",
            Self::Steps => "steps",
            Self::Rows => "rows",
            Self::Branch => "branch",
            Self::Detail => "detail",
            Self::Days => "days",
            Self::Change => "change",
            Self::OtherMetric => "other metric",
            Self::MonthBefore => "month before",
            Self::MonthAfter => "month after",
            Self::Open => "open",
            Self::OpenActual => "open actual",
            Self::OpenAmortized => "open amortized",
            Self::Top => "top",
            Self::Export => "export",
            Self::Statement => "statement",
            Self::Verify => "verify",
            Self::Engine => "engine",
            Self::Money => "money",
            Self::SaveView => "save view",
            Self::Views => "views",
            Self::CopyCommand => "copy command",
            Self::Palette => "palette",
            Self::NextMatch => "next match",
            Self::PreviousMatch => "previous match",
            Self::StopQuery => "stop query",
            Self::Mask => "mask",
            Self::Mouse => "mouse",
            Self::Close => "close",
            Self::Escape => "escape",
            Self::Help => "help",
            Self::Quit => "quit",
            Self::Show(View::Overview) => "show overview",
            Self::Show(View::Scopes) => "show scopes",
            Self::Show(View::Order) => "show order",
            Self::Show(View::Jobs) => "show jobs",
            Self::Show(View::Table) => "show table",
            Self::Show(View::Compare) => "show compare",
            Self::Redraw => "redraw",
            Self::Suspend => "suspend",
        }
    }
}
