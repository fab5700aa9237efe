//! `costscope export`: a table or the rows behind it as a file.

use super::args::ExportArgs;
use super::output::Stop;
use super::{progress, show};
use crate::domain::text::{bytes, grouped};
use crate::ops::explore::Desk;
use crate::ops::export::{self, Form};

/// Runs the command.
pub fn run(desk: &Desk<'_>, args: &ExportArgs) -> Result<(), Stop> {
    let form = Form::of(&args.to).ok_or_else(|| {
        Stop::new(
            2,
            format!(
                "{}: the name does not say what to write; end it in .csv, .parquet, .xlsx, .json or .md",
                args.to.display()
            ),
        )
    })?;
    let query = show::read_query(&args.what, None)?;
    let opened = show::open(desk, &args.what, &query)?;
    let done = export::write(&opened, &query, form, &args.to)
        .map_err(|error| Stop::of_query(&error, args.what.filter.as_deref()))?;
    let (lines, size) = (grouped(done.lines), bytes(done.bytes));
    progress::say(&format!("{lines} lines, {size}, in {}", args.to.display()));
    for note in done.notes {
        progress::say(&note);
    }
    Ok(())
}
