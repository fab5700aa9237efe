//! `costscope sql`: runs an SQL statement with polars.

use crate::cli::args::local::SqlArgs;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::progress_line::{Work, while_shown};
use crate::cli::{print, progress};
use crate::domain::text::counted;
use crate::domain::text::escape::Csv;
use crate::ops::context::{OpenContext, STDIN};
use crate::ops::explore::export::FileForm;
use crate::ops::explore::sql;
use std::io::Write;

/// The number of rows printed by default.
const ROWS: usize = 20;

/// Runs the command.
pub fn run(
    context: &OpenContext<'_>,
    args: &SqlArgs,
    (format, csv): (Format, Csv),
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let statement = statement(context, args)?;
    let form = args.to.as_deref().map(FileForm::of).transpose()?;
    let opened = progress::open_aloud(context, &args.sources)?;
    let wanted = || !context.progress.is_cancelled();
    if args.explain {
        let plan = sql::plan(&opened, &statement, wanted)?;
        for line in plan.lines() {
            writeln!(out, "{}", output::printable(line))?;
        }
        return Ok(());
    }
    // Files and CSV output contain all rows.
    let whole = form.is_some() || matches!(format, Format::Csv(_));
    let most = match args.top {
        Some(0) => None,
        None if !whole => Some(ROWS),
        top => top,
    };
    let answer = while_shown(Work::Answering, || {
        sql::answer(&opened.data, &statement, most, wanted)
    })?;
    progress::worked(&opened.data);
    progress::notes(&answer.notes);
    if let (Some(form), Some(to)) = (form, &args.to) {
        let form = match form {
            FileForm::Csv(_) if csv == Csv::Raw => FileForm::Csv(csv),
            other => other,
        };
        let notes = while_shown(Work::Answering, || sql::export(&opened, &answer, form, to))?;
        let lines = counted(answer.rows.len() as u64, "line");
        progress::say(&format!("{lines}, in {}", to.display()));
        progress::notes(&notes);
        return Ok(());
    }
    match format {
        Format::Json => Ok(writeln!(out, "{}", sql::json(&opened, &answer))?),
        other => {
            let mut sheet = sql::sheet(&answer);
            sheet.footer.extend(opened.limits());
            print::sheet(out, &sheet, other)
        }
    }
}

/// The statement, typed or from standard input.
fn statement(context: &OpenContext<'_>, args: &SqlArgs) -> Result<String, CliError> {
    if args.statement != STDIN {
        return Ok(args.statement.clone());
    }
    if args.sources.iter().any(|source| source == STDIN) {
        let words =
            "standard input can be read only once: put the statement or the source in a file";
        return Err(CliError::new(2, words));
    }
    Ok(sql::read_statement(context)?)
}
