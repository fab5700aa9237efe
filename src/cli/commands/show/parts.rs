//! Prints an answer that is too large to be held, part by part.

use crate::cli::held::HeldOutput;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::domain::query::Query;
use crate::domain::table::Table;
use crate::domain::table::json::{Document, Parts};
use crate::domain::table::text_table::{Sheet, answer_footer};
use crate::ops::context::OpenDataset;
use crate::ops::explore::open;
use std::cell::Cell;
use std::io::{self, Write};

/// An answer to print, with what concerns all of its lines.
pub(super) struct PrintedAnswer<'a> {
    pub(super) opened: &'a OpenDataset,
    pub(super) query: &'a Query,
    /// The filter as it was typed.
    pub(super) filter: Option<&'a str>,
    /// The answer without lines.
    pub(super) head: Table,
}

impl PrintedAnswer<'_> {
    /// Prints all lines in one of the formats.
    pub(super) fn print(&self, format: Format, out: &mut dyn Write) -> Result<(), CliError> {
        if format == Format::Json {
            return self.json(out);
        }
        print::in_parts(out, (&|take| self.sheets(take), &self.footer()), format)
    }

    /// The number of lines.
    fn shown(&self) -> usize {
        let lines = self.head.of.saturating_sub(self.query.offset);
        lines.min(self.query.limit.unwrap_or(usize::MAX))
    }

    fn footer(&self) -> Vec<String> {
        let footer = answer_footer(&self.head, self.shown());
        [footer].into_iter().chain(self.opened.limits()).collect()
    }

    fn sheets(&self, take: &mut dyn FnMut(&Sheet) -> io::Result<()>) -> Result<(), CliError> {
        output::each_part(
            |taken| open::each_part(&self.opened.data, self.query, taken),
            |part: Table| {
                // The first part may only have the names of the columns.
                if part.shown() == 0 && self.shown() > 0 {
                    return Ok(());
                }
                take(&Sheet::of(self.query, &part))
            },
            self.filter,
        )
    }

    fn json(&self, out: &mut dyn Write) -> Result<(), CliError> {
        let limits = self.opened.limits();
        let subject = self.opened.subject(self.filter, limits.as_deref());
        let begun = Cell::new(false);
        let written = open::with_parts(&self.opened.data, self.query, |parts| {
            let noted: &Parts<'_> = &|take| {
                parts(&mut |part| {
                    // The first part may only have the names of the columns.
                    begun.set(begun.get() || part.shown() > 0);
                    take(part)
                })
            };
            let lines = (noted, self.shown());
            let document = Document::in_parts(subject, self.query, &self.head, lines);
            output::json_in_parts(HeldOutput::new(out, &begun), &document)
        });
        output::answer_ended(written, self.filter, begun.get(), out)
    }
}
