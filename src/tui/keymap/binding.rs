//! The rows of the key table, and the contexts they apply in.

use crate::tui::action::Action;
use crate::tui::key::Key;

/// Where a binding applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    Overview,
    /// The list of all findings, in front of the overview.
    Findings,
    Scopes,
    Order,
    Jobs,
    /// The table screen with nothing open.
    Ledger,
    /// The table screen while sources are being read.
    Opening,
    Table,
    /// The chart above the table has the keys.
    Chart,
    /// The result of an SQL statement, shown instead of the table.
    Answer,
    Compare,
    /// A list to pick from.
    Picker,
    /// A text field has the focus.
    Text,
    /// The help page, which typing narrows.
    Help,
    /// A page of text: the manual, an error in full.
    Overlay,
    /// A yes-or-no question.
    Question,
    /// Every screen, and text fields too.
    Always,
    Everywhere,
}

impl Context {
    /// The name in the settings file. Users' files contain it, so a renamed variant keeps its name here.
    pub fn word(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Findings => "findings",
            Self::Scopes => "scopes",
            Self::Order => "order",
            Self::Jobs => "jobs",
            Self::Ledger => "ledger",
            Self::Opening => "opening",
            Self::Table => "table",
            Self::Chart => "chart",
            Self::Answer => "answer",
            Self::Compare => "compare",
            Self::Picker => "picker",
            Self::Text => "text",
            Self::Help => "help",
            Self::Overlay => "overlay",
            Self::Question => "question",
            Self::Always => "always",
            Self::Everywhere => "everywhere",
        }
    }

    /// Whether it is a screen of its own, not a part of one or something in front of it.
    pub fn is_screen(self) -> bool {
        match self {
            Self::Overview
            | Self::Findings
            | Self::Scopes
            | Self::Order
            | Self::Jobs
            | Self::Ledger
            | Self::Table
            | Self::Answer
            | Self::Compare => true,
            Self::Opening
            | Self::Chart
            | Self::Picker
            | Self::Text
            | Self::Help
            | Self::Overlay
            | Self::Question
            | Self::Always
            | Self::Everywhere => false,
        }
    }

    /// The heading on the help page.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Findings => "Findings",
            Self::Scopes => "Scopes",
            Self::Order => "Order",
            Self::Jobs => "Jobs",
            Self::Ledger => "Ledger (nothing open)",
            Self::Opening => "Reading",
            Self::Table => "Table",
            Self::Chart => "Chart",
            Self::Answer => "SQL results",
            Self::Compare => "Compare",
            Self::Picker => "Pick lists",
            Self::Text => "Text fields",
            Self::Help => "Help",
            Self::Overlay => "Manual and other pages",
            Self::Question => "Questions",
            Self::Always => "Always, in text fields too",
            Self::Everywhere => "Everywhere",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    pub context: Context,
    pub keys: &'static [Key],
    pub action: Action,
    /// The footer label; if empty, the binding is not in the footer.
    pub label: &'static str,
    /// The description on the help page.
    pub help: &'static str,
}

pub(super) const fn bind(
    context: Context,
    keys: &'static [Key],
    action: Action,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        context,
        keys,
        action,
        label,
        help,
    }
}

/// Every context, in the order of the help page.
pub const CONTEXTS: [Context; 18] = [
    Context::Overview,
    Context::Findings,
    Context::Scopes,
    Context::Order,
    Context::Jobs,
    Context::Ledger,
    Context::Table,
    Context::Answer,
    Context::Compare,
    Context::Chart,
    Context::Everywhere,
    Context::Always,
    Context::Picker,
    Context::Text,
    Context::Help,
    Context::Overlay,
    Context::Question,
    Context::Opening,
];
