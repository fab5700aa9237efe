//! `costscope export`: writes a table, or the rows behind it, to a file.

use super::show;
use crate::cli::args::local::ExportArgs;
use crate::cli::output::CliError;
use crate::cli::progress;
use crate::cli::progress_line::{Work, while_shown};
use crate::domain::text::escape::Csv;
use crate::ops::context::OpenContext;
use crate::ops::explore::export;
use crate::ops::explore::export::FileForm;
use crate::ops::explore::open::Progress;

/// Runs the command.
pub fn run(context: &OpenContext<'_>, args: &ExportArgs, csv: Csv) -> Result<(), CliError> {
    let form = match FileForm::of(&args.to)? {
        FileForm::Csv(_) if csv == Csv::Raw => FileForm::Csv(csv),
        other => other,
    };
    let query = show::read_query(&args.what, None)?;
    let opened = show::open(context, &args.what, &query)?;
    let written = Progress::default();
    let done = while_shown(Work::Writing(&written), || {
        export::write(&opened, &query, (form, &args.to), &written)
    });
    let done = done.map_err(|error| CliError::of_query(&error, args.what.filter.as_deref()))?;
    progress::say(&export::told(&done, &args.to));
    progress::notes(&done.notes);
    show::filter_notes(&opened.data, &query, done.lines)?;
    Ok(())
}
