//! Entry point: parses the command line, starts the log, runs the UI or a command, and returns its exit code.

use costscope::cli;
use costscope::cli::args;
use costscope::cli::args::groups::{About, CommandGroup, Local, Online, Work};
use costscope::cli::args::options::Common;
use costscope::cli::args::{Arguments, Command};
use costscope::cli::output::{CliError, Format};
use costscope::cli::progress;
use costscope::data::progress::Progress;
use costscope::data::room;
use costscope::domain::query::money_column::MoneyColumn;
use costscope::domain::text::redaction;
use costscope::failure;
use costscope::failure::Telling;
use costscope::local;
use costscope::local::OutputForm;
use costscope::log::TerminalUse;
use costscope::memory::Watched;
use costscope::ops::clock::{Clock, SystemClock};
use costscope::ops::conversion_cache;
use costscope::ops::remote_sources;
use costscope::ops::remote_sources::Agree;
use costscope::ops::session::Session;
use costscope::settings;
use costscope::settings::Settings;
use costscope::store::files;
use costscope::store::leftovers;
use costscope::tui::tty;
use costscope::{config, demo};
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: Watched<mimalloc::MiMalloc> = Watched(mimalloc::MiMalloc);

#[cfg(not(target_env = "musl"))]
#[global_allocator]
static ALLOCATOR: Watched<std::alloc::System> = Watched(std::alloc::System);

fn main() -> ExitCode {
    costscope::memory::tune_allocator();
    if room::is_tight() {
        costscope::memory::keep_little();
        costscope::memory::end_in_words();
    }
    costscope::memory::keep_to_ourselves();
    costscope::memory::allow_open_files();
    failure::outlive_file_limit();
    // A SAS in an address must reach no name, message, view or record.
    let given = std::env::args_os().map(|argument| match argument.to_str() {
        Some(text) => remote_sources::keep_signatures(text).into(),
        None => argument,
    });
    let arguments = match args::read(given) {
        Ok(arguments) => arguments,
        Err((0, text)) => return print_help(&text),
        Err((code, text)) => {
            let _ = write!(io::stderr(), "{text}");
            return ExitCode::from(code);
        }
    };
    let telling = telling(&arguments);
    failure::install(&telling);
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| run(arguments)));
    match ended {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(stop)) => {
            let code = stop.code;
            match (stop.message, stop.cause) {
                (Some(what), Some(cause)) => failure::unexpected(&what, cause, &telling),
                (Some(message), None) => {
                    let lines: Vec<String> = message.lines().map(said).collect();
                    let _ = writeln!(io::stderr(), "costscope: {}", lines.join("\n"));
                }
                (None, _) => {}
            }
            ExitCode::from(code)
        }
        // The panic hook has already printed the report.
        Err(_) => ExitCode::from(1),
    }
}

/// Prints the help or the version that was requested.
fn print_help(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    let Err(stop) = written.map_err(CliError::from) else {
        return ExitCode::SUCCESS;
    };
    if let Some(message) = stop.message {
        let _ = writeln!(io::stderr(), "costscope: {message}");
    }
    ExitCode::from(stop.code)
}

/// A line for stderr. Text from files and servers was filtered when it was read.
fn said(line: &str) -> String {
    cli::output::printable(&redaction::without_held(line))
}

/// How internal errors are reported.
fn telling(arguments: &Arguments) -> Telling {
    let demo = matches!(arguments.command, Some(Command::Demo(_)));
    let folder = settings::folder_of(&arguments.common, demo).ok();
    Telling {
        color: io::stderr().is_terminal() && !settings::quiet(&arguments.common),
        backtrace: arguments.common.backtrace,
        log: folder.map(|folder| costscope::log::file_of(&folder)),
    }
}

fn run(arguments: Arguments) -> Result<u8, CliError> {
    let (format, csv) = (arguments.common.form(), arguments.common.csv());
    let page = arguments.common.page();
    refuse_ignored(&arguments)?;
    let demo = matches!(arguments.command, Some(Command::Demo(_)));
    let out = &mut io::stdout().lock();
    let work = match arguments.command.map(Command::group) {
        Some(CommandGroup::About(command)) => return about(&arguments.common, command, out),
        Some(CommandGroup::Work(work)) => Some(work),
        None => None,
    };
    let settings = Settings::resolve(&arguments.common, demo)?;
    costscope::log::start(&settings, terminal_use(work.as_ref()));
    // Files as received come from the recorded order; without it, they would be ordered again.
    let wants_files =
        matches!(&work, Some(Work::Online(Online::Report(report))) if report.out.is_some());
    leftovers::tidy(
        &settings.setup.data_dir,
        !wants_files,
        SystemClock.now().into(),
    );
    if let Some(limits) = &settings.setup.cache {
        let now = SystemClock.now().into();
        conversion_cache::tidy(&settings.setup.data_dir, limits, now);
    }
    match work {
        None => demo::ui(&settings, demo::StartPage::Azure),
        Some(Work::Demo(demo)) if demo.serve => demo::serve(&demo),
        Some(Work::Demo(demo)) => demo::ui(
            &settings,
            demo::StartPage::Demo {
                scenario: demo.scenario,
                port: demo.port,
            },
        ),
        Some(Work::Open(open)) => demo::ui(&settings, demo::StartPage::Sources(open.sources)),
        Some(Work::Online(command)) => online(&settings, command, format),
        Some(Work::Ledger(wanted)) => local::ledger(&settings, wanted, format, out),
        Some(Work::Cache(wanted)) => local::cache(&settings, &wanted, format, out).map(|()| 0),
        Some(Work::Local(command)) => {
            local(&settings, &command, (format, csv, page), out).map(|()| 0)
        }
    }
}

/// What the work shows on the terminal.
fn terminal_use(work: Option<&Work>) -> TerminalUse {
    let shows_screen = match work {
        None | Some(Work::Open(_)) => true,
        Some(Work::Demo(demo)) => !demo.serve,
        Some(Work::Online(Online::Exports(wanted))) => wanted.opens(),
        Some(Work::Online(_) | Work::Ledger(_) | Work::Cache(_) | Work::Local(_)) => false,
    };
    if shows_screen {
        TerminalUse::Screen
    } else {
        TerminalUse::Lines
    }
}

/// Refuses flags that the command would ignore.
fn refuse_ignored(arguments: &Arguments) -> Result<(), CliError> {
    let command = arguments.command.as_ref();
    let page = arguments.common.page();
    if page.is_some() && !matches!(command, Some(Command::Overview(_))) {
        return Err(CliError::usage(
            "--format svg and --format html are for `costscope overview` only; use table, json, csv or md",
        ));
    }
    let counts = command.is_none_or(Command::counts);
    if arguments.common.money != MoneyColumn::Billing && !counts {
        return Err(CliError::usage(
            "this command does not count in USD; leave out --money",
        ));
    }
    Ok(())
}

/// Commands on local data.
fn local(
    settings: &Settings,
    command: &Local,
    form: OutputForm,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let progress: Arc<Progress> = Arc::default();
    let agree = asking(&progress);
    stoppable(&progress, local::asks_server(command), || {
        local::run(settings, command, form, (&progress, agree), out)
    })
}

/// Asks on the terminal before much is fetched; `None` without one.
fn asking(progress: &Arc<Progress>) -> Option<Agree> {
    let progress = Arc::clone(progress);
    let agree: Agree = Arc::new(move |question: &str| progress::agreed(&progress, question));
    progress::can_ask().then_some(agree)
}

/// Commands about the program itself. They work even when the settings are invalid.
fn about(common: &Common, command: About, out: &mut dyn Write) -> Result<u8, CliError> {
    match command {
        About::Config(wanted) => {
            let format = common.form();
            config::run(common, wanted.action, format, out).map(|()| 0)
        }
        About::Completions(wanted) => {
            args::manual::completions(wanted.shell, out)?;
            Ok(0)
        }
        About::Man(wanted) => manual(wanted.command.as_deref(), out),
        About::Help(wanted) => {
            cli::commands::help::run(&wanted.topic, common.form(), tty::columns(), out).map(|()| 0)
        }
    }
}

/// Commands that talk to Azure.
fn online(settings: &Settings, command: Online, format: Format) -> Result<u8, CliError> {
    if matches!(&command, Online::Exports(wanted) if wanted.opens()) {
        // Not after half an hour of waiting.
        demo::check_terminal()?;
    }
    let session = Session::open(&settings.setup, Arc::new(SystemClock))?;
    let (code, opened) = interruptible(&session.clone(), |stop| async move {
        progress::prompts(&session);
        let out = &mut io::stdout();
        let code = match command {
            Online::Scopes(scopes) => {
                cli::commands::scopes::run(&session, &scopes, format, out, &stop)
                    .await
                    .map(|()| 0)
            }
            Online::Report(report) => {
                cli::commands::report::run(&session, &report, format, out, &stop).await
            }
            Online::Jobs(jobs) => {
                cli::commands::jobs::run(&session, jobs.action, format, out, &stop).await
            }
            Online::Doctor(doctor) => {
                cli::commands::doctor::run(&session, &doctor, format, out, &stop).await
            }
            Online::Exports(wanted) => {
                let action = (*wanted, settings.setup.yes);
                return cli::commands::exports::run(&session, action, format, out, &stop).await;
            }
        };
        Ok((code?, None))
    })?;
    match opened {
        Some(source) => demo::ui(settings, demo::StartPage::Sources(vec![source])),
        None => Ok(code),
    }
}

/// How long an interrupted command may take to stop by itself.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long the answer to an order that was sent is waited for.
const LAST_ANSWER: Duration = Duration::from_secs(10);

/// Runs a command on local data. Ctrl-c and a lost terminal stop it soon, and no partly written file stays.
fn stoppable<T>(
    progress: &Arc<Progress>,
    asks_server: bool,
    work: impl FnOnce() -> Result<T, CliError>,
) -> Result<T, CliError> {
    let runtime = if asks_server {
        Some(demo::runtime_beside()?)
    } else {
        None
    };
    let _entered = runtime.as_ref().map(Runtime::enter);
    let stopped = Arc::new(AtomicBool::new(false));
    let (heard, reading) = (Arc::clone(&stopped), Arc::clone(progress));
    demo::when_interrupted(|| async move {
        heard.store(true, Ordering::SeqCst);
        reading.cancel();
        tokio::time::sleep(PATIENCE).await;
        exit_now();
    });
    let done = work();
    if stopped.load(Ordering::SeqCst) && done.is_err() {
        let more = if progress.fetches() {
            "; what has been fetched is kept, and the same command goes on from there"
        } else {
            ""
        };
        return Err(CliError::new(130, format!("interrupted{more}")));
    }
    done
}

/// Ends the program at once. It may wait for a terminal that is not read, so nothing is printed.
fn exit_now() -> ! {
    files::abandon();
    std::process::exit(130);
}

/// Runs a command until it is done; ctrl-c and a lost terminal end it cleanly.
fn interruptible<T, F: Future<Output = Result<T, CliError>>>(
    session: &Session,
    command: impl FnOnce(CancellationToken) -> F,
) -> Result<T, CliError> {
    let runtime = demo::runtime()?;
    let _entered = runtime.enter();
    let (stop, session) = (CancellationToken::new(), session.clone());
    let (stopped, interrupted) = (stop.clone(), demo::interrupted());
    runtime.spawn(async move {
        interrupted.await;
        stopped.cancel();
        let again = tokio::signal::ctrl_c();
        // All tasks watch the token. An order with a reply in flight takes a moment longer, unless the user insists; another
        // signal does not: two hang-ups are usual where a shell dies.
        let answered = tokio::time::timeout(LAST_ANSWER, session.settled());
        tokio::select! {
            _ = async { tokio::join!(answered, tokio::time::sleep(PATIENCE)) } => {}
            _ = again => {}
        }
        exit_now();
    });
    let result = runtime.block_on(command(stop));
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

fn manual(command: Option<&str>, out: &mut dyn Write) -> Result<u8, CliError> {
    if args::manual::manual(command, out)? {
        return Ok(0);
    }
    let name = command.unwrap_or_default();
    Err(CliError::usage(format!(
        "unknown command `{name}`; see --help"
    )))
}
