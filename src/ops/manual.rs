//! The manual. Its pages are built in, and both the UI and the CLI show them.

/// One page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManualPage {
    /// Its name for `costscope help`.
    pub name: &'static str,
    /// A one-line description.
    pub about: &'static str,
    /// Markdown.
    pub text: &'static str,
}

/// A line of a page, laid out for some width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManualLine {
    Heading(String),
    Text(String),
    /// A command or other literal text.
    Code(String),
}

impl ManualLine {
    /// Its text.
    pub fn text(&self) -> &str {
        match self {
            Self::Heading(text) | Self::Text(text) | Self::Code(text) => text,
        }
    }
}

macro_rules! pages {
    ($($name:literal: $about:literal,)+) => {
        [$(ManualPage {
            name: $name,
            about: $about,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/manual/", $name, ".md")),
        }),+]
    };
}

/// Every page, in reading order.
pub const PAGES: [ManualPage; 16] = pages![
    "filters": "choosing rows: one syntax for the command line and the filter bar",
    "commands": "working without the screen: examples, exit codes, exports, the emulator",
    "sql": "any question; three engines, identical results",
    "spark": "tables on Spark and Databricks as a source",
    "compare": "the bridge from actual to amortized, commitments",
    "change": "why one month differs from another",
    "overview": "where the money of a month went, as a table or as a page for a mail",
    "findings": "jumps, new and gone resources, changed prices, unused commitments, ...",
    "files": "what is read, repaired, refused and left out",
    "storage": "exports straight from blob storage: addresses, signing in, what is fetched",
    "usage": "accounts without reports: Usage Details",
    "exports": "exports of Cost Management: list, run now, create",
    "sign-in": "sign-in methods, permissions, proxies, settings",
    "folders": "where data is stored, and limits",
    "speed": "compared with DuckDB and polars, and how it is measured",
    "keys": "every key of every screen",
];

/// The page of this name, in any case.
pub fn page(name: &str) -> Option<&'static ManualPage> {
    PAGES
        .iter()
        .find(|page| page.name.eq_ignore_ascii_case(name))
}

impl ManualPage {
    /// Its heading.
    pub fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or(self.name);
        first.trim_start_matches(['#', ' '])
    }

    /// The page, laid out for this many columns.
    pub fn lines(&self, width: usize) -> Vec<ManualLine> {
        let mut folded = Folded {
            width: width.max(20),
            lines: Vec::new(),
        };
        let mut paragraph = String::new();
        let mut table: Vec<Vec<&str>> = Vec::new();
        let mut code = false;
        for line in self.text.lines() {
            let starts_anew = line.is_empty() || is_block(line);
            if starts_anew || code {
                folded.paragraph(&std::mem::take(&mut paragraph));
            }
            if !line.starts_with('|') {
                folded.table(&std::mem::take(&mut table));
            }
            if line.starts_with("```") {
                code = !code;
            } else if code {
                folded.code(line);
            } else if line.is_empty() {
                folded.lines.push(ManualLine::Text(String::new()));
            } else if line.starts_with('#') {
                let heading = line.trim_start_matches(['#', ' ']);
                folded.lines.push(ManualLine::Heading(heading.to_owned()));
            } else if line.starts_with('|') {
                table.push(cells(line));
            } else {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(line.trim_start());
            }
        }
        folded.paragraph(&paragraph);
        folded.table(&table);
        folded.lines
    }
}

/// Whether a line begins a new block instead of continuing a paragraph.
fn is_block(line: &str) -> bool {
    line.starts_with(['#', '|']) || line.starts_with("```") || line.starts_with("- ")
}

/// The cells of a table row; an escaped bar is text.
fn cells(line: &str) -> Vec<&str> {
    let inside = line.trim().trim_start_matches('|');
    let inside = inside.strip_suffix('|').unwrap_or(inside);
    let mut out = Vec::new();
    let mut start = 0;
    for (at, _) in inside.match_indices('|') {
        if inside
            .get(..at)
            .is_some_and(|before| !before.ends_with('\\'))
        {
            out.extend(inside.get(start..at).map(str::trim));
            start = at + 1;
        }
    }
    out.extend(inside.get(start..).map(str::trim));
    out
}

struct Folded {
    width: usize,
    lines: Vec<ManualLine>,
}

impl Folded {
    /// Adds a paragraph or a list item.
    fn paragraph(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let item = text.strip_prefix("- ");
        let (mark, words) = item.map_or(("", text), |words| ("- ", words));
        self.indented(mark, &shown(words));
    }

    /// Adds a command. If it is too long, its comment goes above it and it is continued on indented lines, so that a
    /// shell still reads it as one command.
    fn code(&mut self, text: &str) {
        if text.chars().count() + 2 <= self.width {
            self.lines.push(ManualLine::Code(format!("  {text}")));
            return;
        }
        let mut command = text;
        if let Some((before, comment)) = text.split_once("  # ") {
            command = before.trim_end();
            let comments = wrapped(comment, self.width.saturating_sub(4)).into_iter();
            self.lines
                .extend(comments.map(|line| ManualLine::Code(format!("  # {line}"))));
        }
        let mut quoted = false;
        let parts = wrapped(command, self.width.saturating_sub(8));
        let last = parts.len() - 1;
        for (at, part) in parts.into_iter().enumerate() {
            quoted ^= part.matches('\'').count() % 2 == 1;
            let indent = if at == 0 { "  " } else { "      " };
            let goes_on = if at < last && !quoted { " \\" } else { "" };
            self.lines
                .push(ManualLine::Code(format!("{indent}{part}{goes_on}")));
        }
    }

    /// Adds words after a label, which is on the first line only.
    fn indented(&mut self, label: &str, words: &str) {
        let indent = label.chars().count();
        let room = self.width.saturating_sub(indent).max(1);
        for (at, line) in wrapped(words, room).into_iter().enumerate() {
            let front = if at == 0 { label } else { "" };
            let line = format!("{front:indent$}{line}");
            self.lines
                .push(ManualLine::Text(line.trim_end().to_owned()));
        }
    }

    /// Adds a table: aligned if it fits with its last column wrapped, else as a list of its rows.
    fn table(&mut self, rows: &[Vec<&str>]) {
        let [head, rule, rows @ ..] = rows else {
            return;
        };
        let count = head.len();
        let widest = |column: usize| {
            let all = std::iter::once(head).chain(rows);
            let widths = all.map(|row| {
                row.get(column)
                    .map_or(0, |cell| shown(cell).chars().count())
            });
            widths.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..count).map(widest).collect();
        let before: usize = widths.iter().take(count - 1).map(|width| width + 2).sum();
        let last = widths.last().copied().unwrap_or(0);
        let right = |column: usize| rule.get(column).is_some_and(|cell| cell.ends_with(':'));
        if before + last.min(24) <= self.width {
            for row in std::iter::once(head).chain(rows) {
                self.aligned(row, &widths, right);
            }
        } else {
            for row in rows {
                self.listed(head, row);
            }
        }
    }

    /// Adds a row of an aligned table.
    fn aligned(&mut self, row: &[&str], widths: &[usize], right: impl Fn(usize) -> bool) {
        let cell = |column: usize| shown(row.get(column).copied().unwrap_or_default());
        let (columns, last) = match widths {
            [columns @ .., last] => (columns, *last),
            [] => return,
        };
        let mut label = String::new();
        for (column, width) in columns.iter().enumerate() {
            let text = cell(column);
            let gap = " ".repeat(width.saturating_sub(text.chars().count()));
            let cell = if right(column) {
                [&gap, text.as_str(), "  "]
            } else {
                [text.as_str(), &gap, "  "]
            };
            label.extend(cell);
        }
        let text = cell(columns.len());
        if right(columns.len()) {
            self.lines
                .push(ManualLine::Text(format!("{label}{text:>last$}")));
        } else {
            self.indented(&label, &text);
        }
    }

    /// Adds a row of a table that is too wide: its first cell, and below it the others with their headings.
    fn listed(&mut self, head: &[&str], row: &[&str]) {
        self.indented("- ", &shown(row.first().copied().unwrap_or_default()));
        for (name, cell) in head.iter().zip(row).skip(1) {
            let name = shown(name);
            self.indented(&format!("  {name}: "), &shown(cell));
        }
    }
}

/// Text for a terminal, without Markdown markup. Code is left as it is.
fn shown(text: &str) -> String {
    let mut out = String::new();
    for (at, piece) in text.replace("\\|", "|").split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(piece);
        } else {
            out.push_str(&piece.replace("](", " (").replace(['[', '*'], ""));
        }
    }
    out
}

/// Wraps words into lines of at most `room` characters; a longer word gets its own line.
fn wrapped(words: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words.split_whitespace() {
        let long = line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && long > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}
