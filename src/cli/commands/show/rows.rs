//! Prints all rows while they are read, so that large files need little memory.

use crate::cli::args::local::ShowArgs;
use crate::cli::output::{self, CliError};
use crate::cli::progress_line::{Work, while_shown};
use crate::domain::query::Query;
use crate::domain::table::Table;
use crate::domain::text::escape::Csv;
use crate::ops::context::OpenDataset;
use crate::ops::explore::export::lines::{self, Around, LineForm};
use crate::ops::explore::open::Progress;
use std::io::{self, IsTerminal, Write};

/// Prints CSV, and returns the number of rows. In a pipe the values are exact; on a terminal control characters are made
/// visible.
pub(super) fn csv(
    opened: &OpenDataset,
    query: &Query,
    args: &ShowArgs,
    (form, out): (Csv, &mut dyn Write),
) -> Result<u64, CliError> {
    let form = if io::stdout().is_terminal() {
        LineForm::ShownCsv(form)
    } else {
        LineForm::Csv(form)
    };
    all(opened, query, args, (form, &Around::default(), out))
}

/// Prints a JSON document; the table has everything but the rows.
pub(super) fn json(
    opened: &OpenDataset,
    query: &Query,
    args: &ShowArgs,
    (head, out): (&Table, &mut dyn Write),
) -> Result<(), CliError> {
    let filter = args.filter.as_deref();
    let around = lines::around_json(opened, (query, filter), head)
        .map_err(|error| CliError::of_query(&error, filter))?;
    all(opened, query, args, (LineForm::PrettyJson, &around, out)).map(drop)
}

/// Prints all rows. An error of the output is told as such, whatever the layers below make of it.
fn all(
    opened: &OpenDataset,
    query: &Query,
    args: &ShowArgs,
    (form, around, out): (LineForm, &Around, &mut dyn Write),
) -> Result<u64, CliError> {
    let mut noted = NotingOutput {
        out: &mut *out,
        begun: false,
        broken: None,
    };
    let progress = Progress::default();
    let mut write = || lines::write(opened, query, (form, around), (&mut noted, &progress));
    // A line between the rows on a terminal would be in the way.
    let written = if io::stdout().is_terminal() {
        write()
    } else {
        while_shown(Work::Writing(&progress), write)
    };
    let NotingOutput { begun, broken, .. } = noted;
    let done = match (written, broken) {
        (_, Some(error)) => Err(CliError::from(error)),
        (Err(error), None) => Err(CliError::of_query(&error, args.filter.as_deref())),
        (Ok(count), None) => Ok(count),
    };
    let mut count = 0;
    output::ended(done.map(|rows| count = rows), begun, out)?;
    Ok(count)
}

/// Output that keeps its first error, and knows whether anything was written.
struct NotingOutput<'a> {
    out: &'a mut dyn Write,
    begun: bool,
    broken: Option<io::Error>,
}

impl NotingOutput<'_> {
    fn noted<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        done.map_err(|error| {
            let kind = error.kind();
            // An interrupted write is tried again.
            if kind != io::ErrorKind::Interrupted {
                self.broken.get_or_insert(error);
            }
            kind.into()
        })
    }
}

impl Write for NotingOutput<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let done = self.out.write(text);
        self.begun |= done.is_ok();
        self.noted(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.out.flush();
        self.noted(done)
    }
}
