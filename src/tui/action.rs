//! What a user can want, in words; the key table says which key means which.

/// The five screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    Scopes,
    Order,
    Jobs,
    Table,
    Compare,
}

impl View {
    /// Every screen in the order of its number.
    pub const ALL: [Self; 5] = [
        Self::Scopes,
        Self::Order,
        Self::Jobs,
        Self::Table,
        Self::Compare,
    ];

    /// The name in the title.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scopes => "Scopes",
            Self::Order => "Order",
            Self::Jobs => "Jobs",
            Self::Table => "Table",
            Self::Compare => "Compare",
        }
    }
}

/// An intention.
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
    /// Onward, into.
    Enter,
    /// Back, out.
    Back,
    /// Narrow a list.
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
    /// Load anew, or order although the ledger has it.
    Refresh,
    Retry,
    /// Stop following a job.
    CancelJob,
    /// Give a job more time before it gives up.
    MoreTime,
    /// Copy what support asks for.
    Copy,
    /// Pin a scope, or take the pin away.
    Pin,
    /// What reading the data showed: can these numbers be trusted?
    Trust,
    /// Keep only what has the value under the cursor.
    Keep,
    /// Drop what has the value under the cursor, or what is ticked.
    Drop,
    /// The values of a column with their money.
    Facets,
    /// Sort by the column under the cursor, smallest first.
    SortUp,
    /// Sort by the column under the cursor, largest first.
    SortDown,
    /// Which columns are shown.
    Columns,
    ColumnLeft,
    ColumnRight,
    HideColumn,
    PinColumns,
    WidenColumn,
    /// What stands beside each group.
    Picture,
    /// Days above the table.
    Chart,
    /// A column for each month or day.
    Pivot,
    Undo,
    Redo,
    /// The way here, to go back to one of its steps.
    Steps,
    /// The rows of a group, whatever levels lie between.
    Rows,
    /// What is inside a group, in place.
    Branch,
    /// One row with every field.
    Detail,
    /// Which days.
    Days,
    /// Two periods beside each other.
    Change,
    /// How many groups count.
    Top,
    Export,
    /// A question in SQL.
    Statement,
    /// Answer what is shown by the other engine, too.
    Verify,
    /// Let the other engine answer.
    Engine,
    /// Keep this view under a name.
    SaveView,
    /// The kept views.
    Views,
    /// Copy the view as a command.
    CopyCommand,
    /// Every action by name.
    Palette,
    NextMatch,
    PreviousMatch,
    /// No longer wait for the answer to a question, or ask it again.
    StopQuery,
    /// Hide ids and amounts from onlookers.
    Mask,
    /// Take the mouse, or give it back to the terminal.
    Mouse,
    /// Leave a text field or an overlay.
    Close,
    Help,
    Quit,
    Show(View),
    Redraw,
    Suspend,
}

impl Action {
    /// Whether it is about the line or cell under the cursor.
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

    /// Its name in the settings file.
    pub fn setting(self) -> String {
        self.word().replace(' ', "-")
    }

    /// Its name in the palette; the settings file has hyphens for the blanks.
    pub fn word(self) -> String {
        let written = format!("{self:?}");
        let mut out = String::new();
        for c in written.chars().filter(|c| *c != ')') {
            if c == '(' {
                continue;
            }
            if c.is_uppercase() && !out.is_empty() {
                out.push(' ');
            }
            out.extend(c.to_lowercase());
        }
        out
    }
}
