//! The key table. Dispatch, footer and help read the same rows, so they cannot disagree.

use super::action::{Action, View};
use super::key::Key;

/// Where a binding applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    Overview,
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
    /// A page of help.
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
            Self::Overlay => "Help",
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

const fn bind(
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

use Context as C;
use Key::{
    BackTab, Backspace, Char, Ctrl, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right,
    Tab, Up,
};

/// All bindings. The first match for a key in a context wins. An action that cannot run now says why.
// One row per binding.
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    bind(C::Scopes, &[Enter], Action::Enter, "order", "order reports for the scope"),
    bind(C::Scopes, &[Right, Char('l')], Action::Right, "open", "expand a scope"),
    bind(C::Scopes, &[Left, Char('h')], Action::Left, "", "collapse a scope"),
    bind(C::Scopes, &[Char('/')], Action::Search, "search", "search by name, id or kind"),
    bind(C::Scopes, &[Char('i')], Action::TypeScope, "type an id", "type or paste a scope"),
    bind(C::Scopes, &[Char(' ')], Action::Pin, "pin", "pin or unpin a scope at the top of the list"),
    bind(C::Scopes, &[Char('r')], Action::Refresh, "refresh", "ask Azure again"),
    bind(C::Order, &[Enter], Action::Enter, "order", "order the reports"),
    bind(C::Order, &[Tab, Down, Char('j')], Action::NextField, "next field", "next field"),
    bind(C::Order, &[BackTab, Up, Char('k')], Action::PreviousField, "", "previous field"),
    bind(C::Order, &[Left, Char('h')], Action::Left, "", "previous choice"),
    bind(C::Order, &[Right, Char('l'), Char(' ')], Action::Right, "change", "next choice"),
    bind(C::Order, &[Char('r')], Action::Refresh, "order anew", "order even if it is in the ledger"),
    bind(C::Order, &[Backspace], Action::Back, "back", "back to the scopes"),
    bind(C::Jobs, &[Enter], Action::Enter, "open", "open the report, or all reports of the order; show a failure in full"),
    bind(C::Jobs, &[Char('d')], Action::CancelJob, "cancel", "stop following (the server goes on: Azure has no cancel)"),
    bind(C::Jobs, &[Char('r')], Action::Retry, "retry", "retry a failed report; if the server has dropped it, order it again"),
    bind(C::Jobs, &[Char('m')], Action::MoreTime, "more time", "extend the time limit by an hour"),
    bind(C::Jobs, &[Char('y')], Action::Copy, "copy ids", "copy the request and correlation ids, for support"),
    bind(C::Jobs, &[Char('x')], Action::Compare, "compare", "compare actual with amortized"),
    bind(C::Jobs, &[Backspace], Action::Back, "", "back to the scopes"),
    bind(C::Ledger, &[Enter], Action::Enter, "open", "open the report"),
    bind(C::Ledger, &[Char('a')], Action::AllMonths, "all months", "open every month of its scope and metric as one table"),
    bind(C::Ledger, &[Char('i')], Action::Detail, "detail", "details of the report: key, exact totals, server times, repairs"),
    bind(C::Ledger, &[Char('x')], Action::Compare, "compare", "compare actual with amortized"),
    bind(C::Ledger, &[Char('O')], Action::Open, "open a file", "open a file, a folder or a stored report; tab completes paths"),
    bind(C::Ledger, &[Char('r')], Action::Refresh, "refresh", "reload the ledger"),
    bind(C::Opening, &[Backspace], Action::Back, "stop", "stop reading and discard the data"),
    bind(C::Table, &[Enter], Action::Enter, "into", "go into a group: next level, then rows; on a row, show all fields"),
    bind(C::Table, &[Backspace], Action::Back, "out", "one step back; from the first, to the ledger"),
    bind(C::Table, &[Tab], Action::Focus, "chart", "move the keys to the chart, to read its days"),
    bind(C::Table, &[Char('g')], Action::GroupBy, "group", "group by one or several keys"),
    bind(C::Table, &[Char('f')], Action::Filter, "filter", "filter rows: charge-type = Usage and cost > 10, or any word; tab completes"),
    bind(C::Table, &[Char('s')], Action::SortBy, "sort", "sort by one or several columns"),
    bind(C::Table, &[Char('x')], Action::Compare, "compare", "compare actual with amortized"),
    bind(C::Table, &[Char('z')], Action::StopQuery, "stop", "stop this query; press again to rerun it"),
    bind(C::Table, &[Char('+')], Action::Keep, "keep", "keep only rows with the value at the cursor"),
    bind(C::Table, &[Char('-')], Action::Drop, "drop", "drop rows with the value at the cursor"),
    bind(C::Table, &[Char('F')], Action::Facets, "facets", "values of this column with their cost; tick to keep or drop"),
    bind(C::Table, &[Char('c')], Action::Columns, "columns", "choose and order the columns"),
    bind(C::Table, &[Char('d')], Action::Days, "days", "choose days: a month, recent days, or typed"),
    bind(C::Table, &[Char('C')], Action::Change, "change", "compare two months and explain the difference"),
    bind(C::Table, &[Char('A')], Action::OtherMetric, "", "flip between actual and amortized, in the same view"),
    bind(C::Table, &[Char('{')], Action::MonthBefore, "", "the month before, in the same view"),
    bind(C::Table, &[Char('}')], Action::MonthAfter, "", "the month after, in the same view"),
    bind(C::Table, &[Char('m')], Action::Pivot, "pivot", "pivot by month or by day, or not at all"),
    bind(C::Table, &[Char('r')], Action::Rows, "rows", "the rows of the group"),
    bind(C::Table, &[Char(' ')], Action::Branch, "expand", "expand or collapse a group in place"),
    bind(C::Table, &[Char('i')], Action::Detail, "detail", "every field of the line at the cursor, exact"),
    bind(C::Table, &[Char('e')], Action::Export, "export", "write the view as CSV, XLSX, Parquet, JSON or Markdown"),
    bind(C::Table, &[Char('y')], Action::Copy, "copy", "copy a cell, a row, a column or the view"),
    bind(C::Table, &[Char('Y')], Action::CopyCommand, "copy command", "copy this view as a command that gives the same numbers"),
    bind(C::Table, &[Char('/')], Action::Search, "search", "search in headers and lines"),
    bind(C::Table, &[Char('n')], Action::NextMatch, "next", "next match"),
    bind(C::Table, &[Char('N')], Action::PreviousMatch, "", "previous match"),
    bind(C::Table, &[Char('u')], Action::Undo, "undo", "undo the last change of the view"),
    bind(C::Table, &[Char('U'), Ctrl('r')], Action::Redo, "redo", "redo the undone change"),
    bind(C::Table, &[Char('o')], Action::Top, "top", "only the largest groups, the rest in one line"),
    bind(C::Table, &[Char('v')], Action::Picture, "picture", "chart per group: bar, days, heat strip or none"),
    bind(C::Table, &[Char('V')], Action::Chart, "chart", "chart of days: by group, running total, the line at the cursor, or none"),
    bind(C::Chart, &[Left, Char('h')], Action::Left, "day", "previous day"),
    bind(C::Chart, &[Right, Char('l')], Action::Right, "", "next day"),
    bind(C::Chart, &[Up, Char('k')], Action::Up, "", "a week back"),
    bind(C::Chart, &[Down, Char('j')], Action::Down, "", "a week on"),
    bind(C::Chart, &[PageUp], Action::PageUp, "", "four weeks back"),
    bind(C::Chart, &[PageDown], Action::PageDown, "", "four weeks on"),
    bind(C::Chart, &[Home], Action::Home, "", "to the first day"),
    bind(C::Chart, &[End], Action::End, "", "to the last day"),
    bind(C::Chart, &[Enter], Action::Enter, "into the day", "go into the day, with the same groups"),
    bind(C::Chart, &[Tab, Esc, Backspace], Action::Focus, "table", "give the keys back to the table"),
    bind(C::Table, &[Char('S')], Action::Steps, "steps", "history; go back to any step"),
    bind(C::Table, &[Char('w')], Action::SaveView, "save view", "save this view under a name, to reuse or share it"),
    bind(C::Table, &[Char('W')], Action::Views, "views", "apply or delete a saved view"),
    bind(C::Table, &[Char('t')], Action::Trust, "trust", "quality report: layout, sums, repairs"),
    bind(C::Table, &[Left, Char('h')], Action::Left, "", "previous column"),
    bind(C::Table, &[Right, Char('l')], Action::Right, "", "next column"),
    bind(C::Table, &[Char('[')], Action::SortUp, "", "sort by this column, smallest first"),
    bind(C::Table, &[Char(']')], Action::SortDown, "", "sort by this column, largest first"),
    bind(C::Table, &[Char('<')], Action::ColumnLeft, "", "move this column to the left"),
    bind(C::Table, &[Char('>')], Action::ColumnRight, "", "move this column to the right"),
    bind(C::Table, &[Char('H')], Action::HideColumn, "", "hide this column; the list of columns shows it again"),
    bind(C::Table, &[Char('!')], Action::PinColumns, "", "pin or unpin the columns up to this one"),
    bind(C::Table, &[Char('_')], Action::WidenColumn, "", "column width: wide, narrow or automatic"),
    bind(C::Table, &[Char(':')], Action::Statement, "SQL", "query the open data in SQL, starting from the statement of this view"),
    bind(C::Table, &[Char('=')], Action::Verify, "", "run this view with polars, too, and compare the results"),
    bind(C::Table, &[Char('E')], Action::Engine, "", "switch the engine of this table: polars or the built-in one"),
    bind(C::Answer, &[Char(':')], Action::Statement, "SQL", "edit and rerun the statement; ctrl-u clears it and lists statements"),
    bind(C::Answer, &[Backspace], Action::Back, "back", "back to the view"),
    bind(C::Answer, &[Enter, Char('i')], Action::Enter, "in full", "every value of the line at the cursor, exact"),
    bind(C::Answer, &[Char('z')], Action::StopQuery, "stop", "stop this query; press again to rerun it"),
    bind(C::Answer, &[Char('[')], Action::SortUp, "sort", "sort by this column, smallest first"),
    bind(C::Answer, &[Char(']')], Action::SortDown, "", "sort by this column, largest first"),
    bind(C::Answer, &[Char('e')], Action::Export, "export", "write all rows of the result as CSV, XLSX, Parquet, JSON or Markdown"),
    bind(C::Answer, &[Char('y')], Action::Copy, "copy", "copy a cell, a row, a column or the result"),
    bind(C::Answer, &[Char('Y')], Action::CopyCommand, "copy command", "copy the statement as a command that gives the same result"),
    bind(C::Answer, &[Char('V')], Action::Chart, "chart", "daily chart of this column, if another column is a date"),
    bind(C::Answer, &[Char('/')], Action::Search, "search", "search in headers and lines"),
    bind(C::Answer, &[Char('n')], Action::NextMatch, "", "next match"),
    bind(C::Answer, &[Char('N')], Action::PreviousMatch, "", "previous match"),
    bind(C::Answer, &[Char('w')], Action::SaveView, "save", "save this statement under a name, with the saved views"),
    bind(C::Answer, &[Char('W')], Action::Views, "saved", "saved statements and views"),
    bind(C::Answer, &[Left, Char('h')], Action::Left, "", "previous column"),
    bind(C::Answer, &[Right, Char('l')], Action::Right, "", "next column"),
    bind(C::Answer, &[Char('_')], Action::WidenColumn, "", "column width: wide, narrow or automatic"),
    bind(C::Compare, &[Enter], Action::Enter, "into", "go into a group on both sides, level by level, down to one day's charges"),
    bind(C::Compare, &[Char('i')], Action::Detail, "why", "why the two sides of this group differ, exact"),
    bind(C::Compare, &[Char('b')], Action::Commitments, "commitments", "reservations and savings plans: bought, used, unused, by whom"),
    bind(C::Compare, &[Char('s')], Action::SortBy, "sort", "sort by difference, actual, amortized, residual or key"),
    bind(C::Compare, &[Char('g')], Action::GroupBy, "group", "group by one or several keys"),
    bind(C::Compare, &[Char('f')], Action::Filter, "filter", "filter rows on both sides"),
    bind(C::Compare, &[Char('y')], Action::Copy, "copy", "copy the exact groups, tab-separated"),
    bind(C::Compare, &[Char('Y')], Action::CopyCommand, "copy command", "copy this comparison as a command that gives the same numbers"),
    bind(C::Compare, &[Char('t')], Action::Trust, "trust", "quality report: layout, sums, repairs"),
    bind(C::Compare, &[Backspace], Action::Back, "out", "one step back; from the first, to the table"),
    bind(C::Overview, &[Tab, Right, Char('l')], Action::NextField, "panel", "next panel"),
    bind(C::Overview, &[BackTab, Left, Char('h')], Action::PreviousField, "", "previous panel"),
    bind(C::Overview, &[Enter], Action::Enter, "table", "open the table behind the panel"),
    bind(C::Overview, &[Char('$')], Action::Toggle, "currency", "next currency"),
    bind(C::Overview, &[Char('y')], Action::Copy, "copy", "copy every figure, exact, tab-separated"),
    bind(C::Overview, &[Char('Y')], Action::CopyCommand, "copy command", "copy the panel as a command that gives the same numbers"),
    bind(C::Overview, &[Char('i')], Action::Detail, "notes", "what to know before trusting the figures"),
    bind(C::Overview, &[Backspace], Action::Back, "", "to the table, or the ledger"),
    bind(C::Picker, &[Enter], Action::Enter, "apply", "apply the ticked entries, or the one at the cursor"),
    bind(C::Picker, &[Tab], Action::Toggle, "tick", "tick or untick"),
    bind(C::Picker, &[Ctrl('x')], Action::Drop, "drop", "leave out the ticked values, or delete a saved view"),
    bind(C::Picker, &[Up], Action::Up, "", "up"),
    bind(C::Picker, &[Down], Action::Down, "", "down"),
    bind(C::Picker, &[PageUp], Action::PageUp, "", "a page up"),
    bind(C::Picker, &[PageDown], Action::PageDown, "", "a page down"),
    bind(C::Picker, &[Esc, Ctrl('c')], Action::Close, "close", "close without changes"),
    bind(C::Text, &[Enter], Action::Enter, "apply", "apply"),
    bind(C::Text, &[Tab], Action::NextField, "", "next field; in a filter: use the suggestion"),
    bind(C::Text, &[BackTab], Action::PreviousField, "", "previous field"),
    bind(C::Text, &[Up], Action::Up, "", "up"),
    bind(C::Text, &[Down], Action::Down, "", "down"),
    bind(C::Text, &[Esc, Ctrl('c')], Action::Close, "leave", "leave the field"),
    bind(C::Overlay, &[Up, Char('k')], Action::Up, "", "up"),
    bind(C::Overlay, &[Down, Char('j')], Action::Down, "scroll", "down"),
    bind(C::Overlay, &[PageUp, Ctrl('u')], Action::PageUp, "", "a page up"),
    bind(C::Overlay, &[PageDown, Ctrl('d')], Action::PageDown, "", "a page down"),
    bind(C::Overlay, &[Home], Action::Home, "", "to the top"),
    bind(C::Overlay, &[End, Char('G')], Action::End, "", "to the end"),
    bind(C::Overlay, &[Right, Char('l')], Action::Right, "", "from help to the manual, then to its next page"),
    bind(C::Overlay, &[Left, Char('h')], Action::Left, "", "previous page of the manual"),
    bind(C::Overlay, &[Esc, Char('q'), Char('?'), Ctrl('c'), Backspace], Action::Close, "close", "close"),
    bind(C::Overlay, &[Char('y')], Action::Copy, "", "copy the error that is shown"),
    bind(C::Overlay, &[Char('Y')], Action::CopyCommand, "", "copy the command that prints this page, if there is one"),
    bind(C::Everywhere, &[Up, Char('k')], Action::Up, "", "up"),
    bind(C::Everywhere, &[Down, Char('j')], Action::Down, "", "down"),
    bind(C::Everywhere, &[PageUp, Ctrl('u')], Action::PageUp, "", "a page up"),
    bind(C::Everywhere, &[PageDown, Ctrl('d')], Action::PageDown, "", "a page down"),
    bind(C::Everywhere, &[Home], Action::Home, "", "to the first"),
    bind(C::Everywhere, &[End, Char('G')], Action::End, "", "to the last"),
    bind(C::Everywhere, &[Esc], Action::Escape, "", "clear the search, else one step back"),
    bind(C::Everywhere, &[Char('0')], Action::Show(View::Overview), "", "overview"),
    bind(C::Everywhere, &[Char('1')], Action::Show(View::Scopes), "", "scopes"),
    bind(C::Everywhere, &[Char('2')], Action::Show(View::Order), "", "order"),
    bind(C::Everywhere, &[Char('3')], Action::Show(View::Jobs), "", "jobs"),
    bind(C::Everywhere, &[Char('4')], Action::Show(View::Table), "", "table, or the ledger"),
    bind(C::Everywhere, &[Char('5')], Action::Show(View::Compare), "", "compare"),
    bind(C::Everywhere, &[Char('O')], Action::Open, "", "open a file, a folder or a stored report; tab completes paths"),
    bind(C::Everywhere, &[Char('p')], Action::Mask, "", "hide or show ids and amounts"),
    bind(C::Overlay, &[Char('p')], Action::Mask, "", "hide ids and amounts; closes a page that shows them"),
    bind(C::Everywhere, &[Char('M')], Action::Mouse, "", "toggle the mouse: wheel scrolls, click selects, click again opens"),
    bind(C::Everywhere, &[Char('?')], Action::Help, "help", "keys and manual"),
    bind(C::Everywhere, &[Char('q'), Ctrl('c')], Action::Quit, "quit", "back or quit; asks while jobs run"),
    bind(C::Always, &[Ctrl('p')], Action::Palette, "", "every action by name"),
    bind(C::Always, &[Ctrl('l')], Action::Redraw, "", "redraw the screen"),
    bind(C::Always, &[Ctrl('z')], Action::Suspend, "", "suspend; `fg` resumes"),
    bind(C::Question, &[Enter, Ctrl('c')], Action::Enter, "quit", "yes"),
    bind(C::Question, &[Esc, Char('q'), Backspace], Action::Close, "stay", "no"),
];

/// Every context, in the order of the help page.
pub const CONTEXTS: [Context; 16] = [
    Context::Overview,
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
    Context::Overlay,
    Context::Question,
    Context::Opening,
];

/// The keys that the settings file assigns to an action in a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebound {
    pub context: Context,
    pub action: Action,
    pub keys: Vec<Key>,
}

/// The key table of this run.
#[derive(Debug, Clone, Copy)]
pub struct Keymap(&'static [Binding]);

impl Default for Keymap {
    fn default() -> Self {
        Self(BINDINGS)
    }
}

impl Keymap {
    /// The table with these changes, or the index of each invalid change with the reason.
    pub fn with(changes: &[Rebound]) -> Result<Self, Vec<(usize, String)>> {
        let mut wrong = Vec::new();
        let mut table: Vec<Binding> = BINDINGS.to_vec();
        for (at, change) in changes.iter().enumerate() {
            if let Some(why) = refused(change) {
                wrong.push((at, why));
            }
            let own = |binding: &&mut Binding| {
                binding.context == change.context && binding.action == change.action
            };
            for (place, binding) in table.iter_mut().filter(own).enumerate() {
                // Leaked once per run: the key table lives as long as the program.
                binding.keys = match place {
                    0 => Vec::leak(change.keys.clone()),
                    _ => &[],
                };
            }
        }
        for (at, change) in changes.iter().enumerate() {
            let rivals = table
                .iter()
                .filter(|b| b.context == change.context && b.action != change.action);
            for (rival, key) in rivals.flat_map(|b| b.keys.iter().map(move |key| (b, key))) {
                if change.keys.contains(key) {
                    let (key, other) = (key.word(), rival.action.setting());
                    wrong.push((
                        at,
                        format!(
                            "`{key}` is already the key of {other}; give that action another key"
                        ),
                    ));
                }
            }
        }
        wrong.extend(shadowed(&table, changes));
        if wrong.is_empty() {
            Ok(Self(Vec::leak(table)))
        } else {
            Err(wrong)
        }
    }

    /// Every binding.
    pub fn bindings(self) -> &'static [Binding] {
        self.0
    }

    /// The action of a key in the first of these contexts that binds it.
    pub fn action(self, contexts: &[Context], key: Key) -> Option<Action> {
        let mut bindings = self.of(contexts);
        let binding = bindings.find(|binding| binding.keys.contains(&key))?;
        Some(binding.action)
    }

    /// The bindings of these contexts.
    pub fn of(self, contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
        contexts
            .iter()
            .flat_map(move |context| self.0.iter().filter(move |b| b.context == *context))
    }

    /// The bindings of these contexts that the footer shows.
    pub fn labelled(self, contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
        self.of(contexts)
            .filter(|binding| !binding.label.is_empty() && !binding.keys.is_empty())
    }

    /// Replaces references such as `⟦table.filter⟧` in a sentence with the key bound to that action.
    pub fn spell(self, sentence: &str) -> String {
        let mut out = String::new();
        let mut rest = sentence;
        while let Some((before, (name, after))) = rest
            .split_once('⟦')
            .and_then(|(before, inside)| Some((before, inside.split_once('⟧')?)))
        {
            out.push_str(before);
            match self.named(name) {
                Some(binding) => match binding.keys.first() {
                    Some(key) => out.push_str(&key.to_string()),
                    // An action without a key is still in the palette.
                    None => out.push_str(binding.action.word()),
                },
                None => out.extend(["⟦", name, "⟧"]),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn named(self, name: &str) -> Option<&'static Binding> {
        let (context, action) = name.split_once('.')?;
        let fits = |b: &&Binding| b.context.word() == context && b.action.setting() == action;
        self.0.iter().find(fits)
    }
}

/// Finds changes that leave an action which applies everywhere without a key on some screen.
fn shadowed(table: &[Binding], changes: &[Rebound]) -> Vec<(usize, String)> {
    let screens = CONTEXTS.into_iter().filter(|context| context.is_screen());
    let mut wrong = Vec::new();
    for (screen, place) in screens.flat_map(|screen| (0..table.len()).map(move |at| (screen, at))) {
        let usual = rivals(BINDINGS, screen, place);
        let (Some(binding), Some(rivals)) = (table.get(place), rivals(table, screen, place)) else {
            continue;
        };
        // The built-in table does so as well: that screen has a similar action of its own.
        if usual.is_some() {
            continue;
        }
        let concerned = |change: &Rebound| {
            let itself = change.context == binding.context && change.action == binding.action;
            itself || change.context == screen && rivals.contains(&change.action)
        };
        if let Some(at) = changes.iter().position(concerned) {
            let (name, screen) = (binding.action.setting(), screen.word());
            let rival = rivals.first().map(|action| action.setting());
            let rival = rival.unwrap_or_default();
            wrong.push((
                at,
                format!("{name} has no key left on the screen {screen}: {rival} takes it there"),
            ));
        }
    }
    wrong
}

/// The actions of a screen that take all keys of a binding; `None` if the binding keeps a key.
fn rivals(table: &[Binding], screen: Context, place: usize) -> Option<Vec<Action>> {
    let binding = table.get(place)?;
    let behind = matches!(binding.context, Context::Everywhere | Context::Always);
    let own = |key: &Key| {
        let mut taken = table.iter().filter(|b| b.context == screen);
        taken.find(|b| b.keys.contains(key)).map(|b| b.action)
    };
    let rivals: Vec<Action> = binding.keys.iter().filter_map(own).collect();
    let all = behind && !rivals.is_empty() && rivals.len() == binding.keys.len();
    all.then_some(rivals)
}

/// The reason a change is invalid, if it is.
fn refused(change: &Rebound) -> Option<String> {
    let known = |b: &Binding| b.context == change.context && b.action == change.action;
    let (action, context) = (change.action.setting(), change.context.word());
    if !BINDINGS.iter().any(known) {
        return Some(format!("{context} has no action `{action}`"));
    }
    // Without a key for these, the user would have to close the terminal.
    let leaves = matches!(change.action, Action::Quit | Action::Close);
    let answers = change.context == Context::Question || change.action == Action::Enter;
    if change.keys.is_empty() && (leaves || answers) {
        return Some(format!("{action} needs a key"));
    }
    let typed = matches!(
        change.context,
        Context::Text | Context::Picker | Context::Always
    );
    let text = change.keys.iter().find(|key| typed && key.is_text())?;
    Some(format!(
        "`{}` is typed as text here; use ctrl and a letter, or a named key",
        text.word()
    ))
}
