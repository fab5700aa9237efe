//! Commands on local data as the program runs them, inside of this process: a table of questions needs no start of the
//! program for each. What concerns the program itself is tested with `run`: signals, limits, pipes, the log.

use super::run;
use costscope::cli::args;
use costscope::cli::args::Arguments;
use costscope::cli::args::groups::{CommandGroup, Work};
use costscope::cli::output::{CliError, Format};
use costscope::cli::progress::heard;
use costscope::data::progress::Progress;
use costscope::domain::text::{printable, redaction};
use costscope::local;
use costscope::settings::Settings;
use std::ffi::OsString;
use std::io;
use std::io::{IsTerminal, LineWriter, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Output};

/// Runs a command to its end; [`run`] gives the same.
pub(crate) fn run_inside(folder: &Path, arguments: &[&str]) -> Output {
    let given = match read(folder, arguments) {
        Ok(given) => given,
        Err(refused) => return refused,
    };
    if needs_program(&given, arguments) {
        return run(folder, arguments);
    }
    let mut stdout = Vec::new();
    let done = done(given, &mut stdout);
    Output { stdout, ..done }
}

/// Where the tests run in a terminal, CSV would be made fit for it. Servers and standard input belong to a process.
fn needs_program(given: &Arguments, arguments: &[&str]) -> bool {
    let is_shown = || io::stdout().is_terminal();
    matches!(given.common.form(), Format::Csv(_)) && is_shown()
        || arguments
            .iter()
            .any(|word| *word == "-" || local::is_far(word))
}

/// Runs a command whose output goes elsewhere, by lines as on stdout.
pub(crate) fn run_inside_into(folder: &Path, arguments: &[&str], out: impl Write) -> Output {
    match read(folder, arguments) {
        Ok(given) => done(given, &mut LineWriter::new(out)),
        Err(refused) => refused,
    }
}

fn read(folder: &Path, arguments: &[&str]) -> Result<Arguments, Output> {
    let start: [OsString; 3] = ["costscope".into(), "--data-dir".into(), folder.into()];
    let words = arguments.iter().map(OsString::from);
    args::read(start.into_iter().chain(words)).map_err(|(code, text)| output(code, text))
}

fn done(given: Arguments, out: &mut dyn Write) -> Output {
    let (done, said) = heard(|| answer(given, out));
    let stop = match done {
        Ok(code) => return output(code, said),
        Err(stop) => stop,
    };
    assert!(stop.cause.is_none(), "an internal error: {stop:?}");
    let Some(message) = stop.message else {
        return output(stop.code, said);
    };
    let lines = message.lines();
    let lines: Vec<String> = lines
        .map(|line| printable(&redaction::without_held(line)))
        .collect();
    output(
        stop.code,
        format!("{said}costscope: {}\n", lines.join("\n")),
    )
}

fn output(code: u8, words: String) -> Output {
    Output {
        status: ExitStatus::from_raw(i32::from(code) << 8),
        stdout: Vec::new(),
        stderr: words.into_bytes(),
    }
}

fn answer(given: Arguments, out: &mut dyn Write) -> Result<u8, CliError> {
    let (format, csv) = (given.common.form(), given.common.csv());
    let form = (format, csv, given.common.page());
    let settings = Settings::resolve(&given.common, false)?;
    match given.command.unwrap().group() {
        CommandGroup::Work(Work::Local(command)) => {
            let said = (&Progress::default(), None);
            local::run(&settings, &command, form, said, out).map(|()| 0)
        }
        CommandGroup::Work(Work::Ledger(wanted)) => local::ledger(&settings, wanted, format, out),
        CommandGroup::Work(Work::Cache(wanted)) => {
            local::cache(&settings, &wanted, format, out).map(|()| 0)
        }
        CommandGroup::Work(Work::Demo(_) | Work::Open(_) | Work::Online(_))
        | CommandGroup::About(_) => {
            panic!("for `run`")
        }
    }
}
