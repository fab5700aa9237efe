//! Runs the commands on local data: opens what a command needs and hands it to the command.

use crate::cli::args::actions::{CacheAction, LedgerAction};
use crate::cli::args::groups::Local;
use crate::cli::args::local::{SampleArgs, SampleDialect, SampleMetric, Sources};
use crate::cli::args::{CacheArgs, LedgerArgs};
use crate::cli::commands;
use crate::cli::commands::findings::Given;
use crate::cli::output::{CliError, Format, PageFormat};
use crate::cli::progress::say;
use crate::data::progress::Progress;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::sql::spark_address::SparkSource;
use crate::domain::text::counted;
use crate::domain::text::escape::Csv;
use crate::domain::text::io_words::io_words;
use crate::emulator::bills::sample::Sample;
use crate::emulator::bills::{accounts, rows, sample};
use crate::ops::clock::{Clock, SystemClock};
use crate::ops::context;
use crate::ops::context::OpenContext;
use crate::ops::conversion_cache::ConversionCache;
use crate::ops::error::OpsError;
use crate::ops::explore::open;
use crate::ops::remote_sources;
use crate::ops::remote_sources::Agree;
use crate::settings::Settings;
use crate::store::files::NewFile;
use crate::store::ledger::Ledger;
use chrono::NaiveDate;
use std::io;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// The form of what is printed: the format, the guards of CSV, and the page of an overview.
pub type OutputForm = (Format, Csv, Option<PageFormat>);

/// Runs a command on local data. The ledger is opened only for sources that need it: files do not, and only large ones
/// need a scratch folder. `agree` is asked before much is fetched.
pub fn run(
    settings: &Settings,
    command: &Local,
    (format, csv, page): OutputForm,
    (progress, agree): (&Progress, Option<Agree>),
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let setup = &settings.setup;
    if matches!(command, Local::Check(_)) && setup.money != MoneyColumn::Billing {
        return Err(CliError::usage(
            "check shows files as they are; leave out --money",
        ));
    }
    let sources = sources_of(command);
    let is_here = |source: &String| {
        source == context::STDIN || SparkSource::is_one(source) || Path::new(source).exists()
    };
    let ledger = if sources.iter().all(is_here) {
        None
    } else {
        Some(Ledger::open(&setup.data_dir).map_err(OpsError::from)?)
    };
    let cache = setup
        .cache
        .map(|limits| ConversionCache::using(&setup.data_dir, limits, Arc::new(SystemClock)));
    let scratch = open::scratch(&setup.data_dir, &sources);
    let remote = setup.remote_sources(Arc::new(SystemClock), agree);
    let context = OpenContext {
        ledger: ledger.as_ref(),
        scratch: &scratch,
        cache: cache.as_ref(),
        remote: Some(&remote),
        progress,
        early: None,
        dates: setup.dates,
        engine: setup.engine,
        money: setup.money,
        network: &setup.network,
        offline: setup.offline,
    };
    match command {
        Local::Show(show) => commands::show::run(&context, show, format, out),
        Local::Check(check) => commands::check::run(&context, &check.sources, format, out),
        Local::Files(wanted) => commands::exports::files::run(&context, wanted, format, out),
        Local::Compare(compare) => commands::compare::run(&context, compare, format, today(), out),
        Local::Change(change) => commands::change::run(&context, change, format, out),
        Local::Overview(wanted) => {
            commands::overview::run(&context, wanted, (format, page), given(settings), out)
        }
        Local::Findings(wanted) => {
            commands::findings::run(&context, wanted, given(settings), format, out)
        }
        Local::Export(export) => commands::export::run(&context, export, csv),
        Local::Sql(asked) => commands::sql::run(&context, asked, (format, csv), out),
        Local::Sample(wanted) => write_sample(wanted),
    }
}

/// Runs a command on the ledger.
pub fn ledger(
    settings: &Settings,
    wanted: LedgerArgs,
    format: Format,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let ledger = Ledger::open(&settings.setup.data_dir).map_err(OpsError::from)?;
    match wanted.action.unwrap_or(LedgerAction::List) {
        LedgerAction::List => return commands::ledger::list(&ledger, format, out),
        LedgerAction::Path => commands::ledger::path(&ledger, format, out)?,
        LedgerAction::Verify { keys } => commands::ledger::verify(&ledger, &keys, format, out)?,
        LedgerAction::Remove { keys } => commands::ledger::remove(&ledger, &keys, format, out)?,
    }
    Ok(0)
}

/// Runs a command on the cache.
pub fn cache(
    settings: &Settings,
    wanted: &CacheArgs,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let action = wanted.action.unwrap_or(CacheAction::List);
    let now = SystemClock.now().into();
    commands::cache::run(&settings.setup.data_dir, action, (format, now), out)
}

/// Whether a command reads anything from a server.
pub fn asks_server(command: &Local) -> bool {
    sources_of(command).iter().any(|source| is_far(source))
}

/// Whether a source is read from a server.
pub fn is_far(source: &str) -> bool {
    SparkSource::is_one(source) || remote_sources::is_one(source)
}

/// The sources of a command on local data.
fn sources_of(command: &Local) -> Vec<String> {
    match command {
        Local::Show(show) => show.what.sources.clone(),
        Local::Check(check) => check.sources.clone(),
        Local::Files(wanted) => vec![wanted.source.clone()],
        Local::Compare(compare) => compare.actual.with(compare.amortized.as_ref()),
        Local::Change(change) => change.before.with(change.after.as_ref()),
        Local::Overview(wanted) => {
            let sources = Sources(wanted.sources.clone());
            sources.with(wanted.before.as_ref())
        }
        Local::Findings(findings) => findings.all_sources(),
        Local::Export(export) => export.what.sources.clone(),
        Local::Sql(asked) => asked.sources.clone(),
        Local::Sample(_) => Vec::new(),
    }
}

/// The settings that `findings` and `overview` need.
fn given(settings: &Settings) -> Given<'_> {
    Given {
        data_dir: &settings.setup.data_dir,
        repeated: &settings.setup.repeated,
        thresholds: &settings.setup.thresholds,
        today: today(),
        salt: fastrand::u64(..),
    }
}

/// Today, as Azure counts days.
fn today() -> NaiveDate {
    SystemClock.now().date_naive()
}

fn write_sample(wanted: &SampleArgs) -> Result<(), CliError> {
    let problem = |error: io::Error| {
        let words = io_words(&error);
        CliError::new(1, format!("{}: {words}", wanted.out.display()))
    };
    let metric = match wanted.metric {
        SampleMetric::Actual => rows::Metric::Actual,
        SampleMetric::Amortized => rows::Metric::Amortized,
    };
    let dialect = match wanted.dialect {
        SampleDialect::Ea => accounts::FileLayout::Ea,
        SampleDialect::Mca => accounts::FileLayout::Mca,
    };
    let what = Sample {
        rows: wanted.rows,
        metric,
        dialect,
        seed: wanted.seed,
    };
    let out = wanted.out.as_os_str();
    if out == context::STDIN || out == "/dev/stdout" {
        return sample::write(&what, io::stdout().lock())
            .and_then(|mut written| written.flush())
            .map_err(CliError::from);
    }
    let file = NewFile::create(&wanted.out).map_err(problem)?;
    let written =
        sample::write(&what, BufWriter::with_capacity(1 << 20, file.file())).map_err(problem)?;
    written
        .into_inner()
        .map_err(|error| problem(error.into_error()))?;
    file.finish().map_err(problem)?;
    say(&format!(
        "{} in {}",
        counted(wanted.rows, "row"),
        wanted.out.display()
    ));
    Ok(())
}
