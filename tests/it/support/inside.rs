//! Commands on local data as the program runs them, inside of this process: a table of questions needs no start of the
//! program for each. What concerns the program itself is tested with `run`: signals, limits, pipes, the log.

use super::run;
use costscope::cli::args;
use costscope::cli::args::Arguments;
use costscope::cli::args::actions::{CacheAction, LedgerAction};
use costscope::cli::args::groups::{Group, Local, Work};
use costscope::cli::args::local::{SampleArgs, SampleDialect, SampleMetric, Sources};
use costscope::cli::commands;
use costscope::cli::commands::findings::Given;
use costscope::cli::output::{CliError, Format, Page};
use costscope::cli::progress::heard;
use costscope::data::progress::Progress;
use costscope::domain::text::escape::Csv;
use costscope::domain::text::{printable, redaction};
use costscope::emulator::bills::sample::{self, Sample};
use costscope::emulator::bills::{accounts, rows};
use costscope::ops::clock::{Clock, SystemClock};
use costscope::ops::context::OpenContext;
use costscope::ops::conversion_cache::ConversionCache;
use costscope::ops::error::OpsError;
use costscope::ops::explore::open;
use costscope::settings::Settings;
use costscope::store::ledger::Ledger;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::io::{BufWriter, IsTerminal, LineWriter, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Output};
use std::sync::Arc;

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
            .any(|word| *word == "-" || word.starts_with("sc://"))
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
    let page = given.common.page();
    let settings = Settings::resolve(&given.common, false)?;
    let data = &settings.setup.data_dir;
    match given.command.unwrap().group() {
        Group::Work(Work::Local(command)) => local(&settings, &command, (format, csv, page), out),
        Group::Work(Work::Ledger(wanted)) => {
            let ledger = Ledger::open(data).map_err(OpsError::from)?;
            match wanted.action.unwrap_or(LedgerAction::List) {
                LedgerAction::List => return commands::ledger::list(&ledger, format, out),
                LedgerAction::Path => commands::ledger::path(&ledger, format, out)?,
                LedgerAction::Verify { keys } => {
                    commands::ledger::verify(&ledger, &keys, format, out)?;
                }
                LedgerAction::Remove { keys } => {
                    commands::ledger::remove(&ledger, &keys, format, out)?;
                }
            }
            Ok(0)
        }
        Group::Work(Work::Cache(wanted)) => {
            let action = wanted.action.unwrap_or(CacheAction::List);
            let now = SystemClock.now().into();
            commands::cache::run(data, action, (format, now), out).map(|()| 0)
        }
        Group::Work(Work::Demo(_) | Work::Open(_) | Work::Online(_)) | Group::About(_) => {
            panic!("for `run`")
        }
    }
}

fn local(
    settings: &Settings,
    command: &Local,
    (format, csv, page): (Format, Csv, Option<Page>),
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let setup = &settings.setup;
    let sources = sources_of(command);
    let ledger = if sources.iter().all(|source| Path::new(source).exists()) {
        None
    } else {
        Some(Ledger::open(&setup.data_dir).map_err(OpsError::from)?)
    };
    let cache = setup
        .cache
        .map(|limits| ConversionCache::using(&setup.data_dir, limits, Arc::new(SystemClock)));
    let (scratch, progress) = (
        open::scratch(&setup.data_dir, &sources),
        Progress::default(),
    );
    let context = OpenContext {
        ledger: ledger.as_ref(),
        scratch: &scratch,
        cache: cache.as_ref(),
        remote: None,
        progress: &progress,
        early: None,
        dates: setup.dates,
        engine: setup.engine,
        money: setup.money,
        network: &setup.network,
        offline: setup.offline,
    };
    let today = SystemClock.now().date_naive();
    let given = Given {
        data_dir: &setup.data_dir,
        told_folder: settings.told_folder.as_deref(),
        thresholds: &setup.thresholds,
        today,
        salt: fastrand::u64(..),
    };
    match command {
        Local::Show(show) => commands::show::run(&context, show, format, out),
        Local::Check(check) => commands::check::run(&context, &check.sources, format, out),
        Local::Compare(compare) => commands::compare::run(&context, compare, format, today, out),
        Local::Change(change) => commands::change::run(&context, change, format, out),
        Local::Overview(wanted) => {
            commands::overview::run(&context, wanted, (format, page), given, out)
        }
        Local::Findings(wanted) => commands::findings::run(&context, wanted, given, format, out),
        Local::Export(export) => commands::export::run(&context, export, csv),
        Local::Sql(asked) => commands::sql::run(&context, asked, (format, csv), out),
        Local::Sample(wanted) => {
            write_sample(wanted);
            Ok(())
        }
    }
    .map(|()| 0)
}

fn sources_of(command: &Local) -> Vec<String> {
    match command {
        Local::Show(show) => show.what.sources.clone(),
        Local::Check(check) => check.sources.clone(),
        Local::Compare(compare) => compare.actual.with(compare.amortized.as_ref()),
        Local::Change(change) => change.before.with(change.after.as_ref()),
        Local::Overview(wanted) => Sources(wanted.sources.clone()).with(wanted.before.as_ref()),
        Local::Findings(findings) => findings.all_sources(),
        Local::Export(export) => export.what.sources.clone(),
        Local::Sql(asked) => asked.sources.clone(),
        Local::Sample(_) => Vec::new(),
    }
}

fn write_sample(wanted: &SampleArgs) {
    let what = Sample {
        rows: wanted.rows,
        metric: match wanted.metric {
            SampleMetric::Actual => rows::Metric::Actual,
            SampleMetric::Amortized => rows::Metric::Amortized,
        },
        dialect: match wanted.dialect {
            SampleDialect::Ea => accounts::Dialect::Ea,
            SampleDialect::Mca => accounts::Dialect::Mca,
        },
        seed: wanted.seed,
    };
    let file = BufWriter::new(File::create(&wanted.out).unwrap());
    sample::write(&what, file).unwrap().into_inner().unwrap();
}
