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
    /// Leave a text field or an overlay.
    Close,
    Help,
    Quit,
    Show(View),
    Redraw,
    Suspend,
}
