//! Prints an answer that is too large to be held, part by part.

use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::domain::query::Query;
use crate::domain::table::Table;
use crate::domain::table::json::Document;
use crate::domain::table::text_table::{Sheet, answer_footer};
use crate::domain::text::escape::Csv;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::ops::explore::open;
use std::io::{self, Write};

/// An answer to print, with what concerns all of its lines.
pub(super) struct Answer<'a> {
    pub(super) opened: &'a OpenDataset,
    pub(super) query: &'a Query,
    /// The filter as it was typed.
    pub(super) filter: Option<&'a str>,
    /// The answer without lines.
    pub(super) head: Table,
}

impl Answer<'_> {
    /// Prints all lines in one of the formats.
    pub(super) fn print(&self, format: Format, out: &mut dyn Write) -> Result<(), CliError> {
        match format {
            Format::Csv(form) => self.csv(form, out),
            Format::Json => self.json(out),
            Format::Md => self.markdown(out),
            Format::Table => self.aligned(out),
        }
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

    /// Passes each part to `take`. An error of the output is told as such, whatever the layers below make of it.
    fn parts(&self, mut take: impl FnMut(Table) -> io::Result<()>) -> Result<(), CliError> {
        let mut broken = None;
        let done = open::each_part(&self.opened.data, self.query, |part| {
            // The first part may only have the names of the columns.
            if part.shown() == 0 && self.shown() > 0 {
                return Ok(());
            }
            take(part).map_err(|error| {
                let kind = error.kind();
                broken = Some(error);
                kind.into()
            })
        });
        self.ended(done, broken)
    }

    fn ended(&self, done: Result<(), OpsError>, broken: Option<io::Error>) -> Result<(), CliError> {
        match (done, broken) {
            (_, Some(error)) => Err(CliError::from(error)),
            (Err(error), None) => Err(CliError::of_query(&error, self.filter)),
            (Ok(()), None) => Ok(()),
        }
    }

    fn csv(&self, form: Csv, out: &mut dyn Write) -> Result<(), CliError> {
        let mut lines = print::CsvLines::new(out, form);
        let mut begun = false;
        self.parts(|part| {
            let sheet = Sheet::of(self.query, &part);
            if !begun {
                begun = true;
                lines.line(sheet.headings.iter().map(|heading| Some(&heading.name)))?;
            }
            let mut rows = sheet.rows.iter();
            rows.try_for_each(|row| lines.line(row.iter().map(Option::as_ref)))
        })?;
        Ok(lines.end()?)
    }

    fn markdown(&self, out: &mut dyn Write) -> Result<(), CliError> {
        let mut begun = false;
        self.parts(|part| {
            let sheet = Sheet::of(self.query, &part);
            if !begun {
                begun = true;
                out.write_all(sheet.markdown_head().as_bytes())?;
            }
            out.write_all(sheet.markdown_rows().as_bytes())
        })?;
        let foot = Sheet {
            footer: self.footer(),
            ..Sheet::default()
        };
        Ok(out.write_all(foot.markdown_foot().as_bytes())?)
    }

    /// The columns are measured in a first pass.
    fn aligned(&self, out: &mut dyn Write) -> Result<(), CliError> {
        let mut columns = print::Aligned::default();
        self.parts(|part| {
            columns.measure(&Sheet::of(self.query, &part));
            Ok(())
        })?;
        let mut begun = false;
        self.parts(|part| {
            let sheet = Sheet::of(self.query, &part);
            if !begun {
                begun = true;
                columns.head(out, &sheet)?;
            }
            columns.rows(out, &sheet)
        })?;
        print::footer(out, &self.footer())
    }

    fn json(&self, out: &mut dyn Write) -> Result<(), CliError> {
        let limits = self.opened.limits();
        let subject = self.opened.subject(self.filter, limits.as_deref());
        let written = open::with_parts(&self.opened.data, self.query, |parts| {
            let lines = (parts, self.shown());
            let document = Document::in_parts(subject, self.query, &self.head, lines);
            output::json_in_parts(out, &document)
        });
        Ok(written.map_err(|error| CliError::of_query(&error, self.filter))??)
    }
}
