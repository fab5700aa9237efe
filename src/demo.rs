//! Starts the emulator if asked for, points a session at it, and runs the UI.

use crate::cli::args::DemoArgs;
use crate::cli::output::CliError;
use crate::data::threads::can_start;
use crate::domain::text::io_words::io_words;
use crate::emulator::scenario::Script;
use crate::emulator::server::Emulator;
use crate::ops::clock::SystemClock;
use crate::ops::explore::copies::drop_old_copies;
use crate::ops::session::Session;
use crate::settings::Settings;
use crate::tui::app::{Model, update};
use crate::tui::events;
use crate::tui::events::Ended;
use crate::tui::inputs::inputs;
use crate::tui::runner::closing::Closing;
use crate::tui::runner::{Runner, clipboard};
use crate::tui::shell::SignInPlace;
use crate::tui::surface::Surface;
use crate::tui::terminal;
use crate::tui::terminal::Guard;
use crate::tui::tty;
use chrono::Utc;
use futures_util::FutureExt;
use futures_util::future::select_all;
use std::future::Future;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The data that the UI opens with.
pub enum StartPage {
    Azure,
    Demo { scenario: Option<String>, port: u16 },
    Sources(Vec<String>),
}

/// Threads of the runtime: two that wait for I/O, and two for work that blocks.
const THREADS: usize = 4;
/// Threads that the UI needs in addition, for input and for questions.
const MORE_FOR_UI: usize = 4;
/// Pairs of file handles that a runtime with connections needs.
const CONNECTED: usize = 12;
/// Pairs of file handles that a runtime needs to hear signals.
const HEARING: usize = 4;

/// The async runtime of a command that runs on it. It only waits for I/O, so two threads are enough; where the system allows
/// fewer, the calling thread is the only one that waits.
pub fn runtime() -> Result<Runtime, CliError> {
    match can_start(THREADS) {
        0 => Err(too_few("threads", "`ulimit -u`")),
        1..THREADS => {
            let mut builder = Builder::new_current_thread();
            builder.max_blocking_threads(1);
            built(&mut builder)
        }
        _ => several_threads(),
    }
}

/// The async runtime of a command that works beside it: its own threads wait for I/O.
pub fn runtime_beside() -> Result<Runtime, CliError> {
    enough_threads(THREADS)?;
    several_threads()
}

fn several_threads() -> Result<Runtime, CliError> {
    built(Builder::new_multi_thread().worker_threads(2))
}

fn built(builder: &mut Builder) -> Result<Runtime, CliError> {
    enough_handles(CONNECTED)?;
    builder.enable_all().build().map_err(|error| {
        let problem = io_words(&error);
        CliError::new(1, format!("the program could not start: {problem}"))
    })
}

/// Fails if the system allows so few open files that a runtime would panic.
fn enough_handles(pairs: usize) -> Result<(), CliError> {
    let pairs: Result<Vec<_>, _> = (0..pairs).map(|_| UnixStream::pair()).collect();
    pairs
        .map(drop)
        .map_err(|_| too_few("open files", "`ulimit -n`"))
}

/// Fails if the system allows so few threads that a runtime would panic.
fn enough_threads(wanted: usize) -> Result<(), CliError> {
    if can_start(wanted) < wanted {
        return Err(too_few("threads", "`ulimit -u`"));
    }
    Ok(())
}

fn too_few(what: &str, command: &str) -> CliError {
    let problem =
        format!("this system allows too few {what} ({command} shows the limit): allow more");
    CliError::new(1, problem)
}

/// The signals that end the program. Their default action would leave the terminal as it is, and an answer unread.
const ENDS: [SignalKind; 8] = [
    SignalKind::interrupt(),
    SignalKind::terminate(),
    SignalKind::hangup(),
    SignalKind::quit(),
    SignalKind::user_defined1(),
    SignalKind::user_defined2(),
    SignalKind::alarm(),
    SignalKind::from_raw(rustix::process::Signal::ABORT.as_raw()),
];

/// Resolves when the user or the system asks the program to end. The signal handlers are installed by the call itself,
/// not by the first poll.
pub fn interrupted() -> impl Future<Output = ()> + Send {
    let heard: std::io::Result<Vec<_>> = ENDS.into_iter().map(signal).collect();
    async move {
        let Ok(mut heard) = heard else {
            // Without handlers, the default action of the signals still ends the process.
            return std::future::pending().await;
        };
        let any = heard.iter_mut().map(|signal| Box::pin(signal.recv()));
        select_all(any).await;
    }
}

/// Runs an action when the program is asked to end, on a thread of its own. Returns as soon as that thread listens. Where the
/// system allows no thread or too few open files for it, the default action of the signals ends the process.
pub fn when_interrupted<F: Future<Output = ()>>(act: impl FnOnce() -> F + Send + 'static) {
    let (listens, listening) = channel::<()>();
    let listen = move || {
        if enough_handles(HEARING).is_err() {
            return;
        }
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async move {
            let asked = interrupted();
            drop(listens);
            asked.await;
            act().await;
        });
    };
    if thread::Builder::new().spawn(listen).is_ok() {
        // Returns when the handlers are installed, or the thread has ended without them.
        let _ = listening.recv();
    }
}

/// How long the thread that draws may take to notice that the program has to end.
const NOTICED: Duration = Duration::from_millis(500);

/// Ends the program when it is asked to and the thread that draws does not: that one may wait for a terminal that nobody
/// reads, or compute.
async fn watch(asked: impl Future<Output = ()>, ended: CancellationToken, closing: Closing) {
    asked.await;
    tty::hurry();
    if tokio::time::timeout(NOTICED, ended.cancelled())
        .await
        .is_ok()
    {
        return;
    }
    terminal::give_back();
    closing.finish_soon().await;
    std::process::exit(130);
}

async fn emulator(scenario: Option<&str>, port: u16) -> Result<Emulator, CliError> {
    let script =
        Script::load(scenario.unwrap_or("happy")).map_err(|text| CliError::new(2, text))?;
    let started = Emulator::start(script, port, Arc::new(Utc::now)).await;
    started.map_err(|error| {
        CliError::new(
            1,
            format!("the emulator cannot listen on 127.0.0.1, port {port}: {error}"),
        )
    })
}

/// `demo --serve`: only the emulator, until interrupted.
pub fn serve(args: &DemoArgs) -> Result<u8, CliError> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let emulator = emulator(args.scenario.as_deref(), args.port).await?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", emulator.url())?;
        out.flush()?;
        interrupted().await;
        Ok(0)
    })
}

/// Fails if there is no terminal for the UI.
pub fn check_terminal() -> Result<(), CliError> {
    if tty::is_there() {
        return Ok(());
    }
    let text = "the UI needs a terminal; in scripts, use `costscope report`, `show` or `compare` (see --help)";
    Err(CliError::new(2, text))
}

/// The UI, on Azure, on the emulator or on local data.
pub fn ui(settings: &Settings, start: StartPage) -> Result<u8, CliError> {
    check_terminal()?;
    enough_threads(THREADS + MORE_FOR_UI)?;
    let runtime = several_threads()?;
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run(settings, start))));
    // A running query must not delay the exit, after a panic either.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

async fn run(settings: &Settings, start: StartPage) -> Result<u8, CliError> {
    let mut setup = settings.setup.clone();
    let (demo, sources) = match &start {
        StartPage::Azure => (None, Vec::new()),
        StartPage::Demo { scenario, port } => (
            Some(emulator(scenario.as_deref(), *port).await?),
            Vec::new(),
        ),
        StartPage::Sources(sources) => (None, sources.clone()),
    };
    if let Some(emulator) = &demo {
        let url = emulator.url();
        // Copied commands find the emulator while the demo runs.
        setup.repeated.online = vec![format!("--endpoint {url}")];
        setup.endpoint = Some(url);
    }
    let session = Session::open(&setup, Arc::new(SystemClock))?;
    drop_old_copies(&session);
    show(settings, session, demo.is_some(), sources).await
}

async fn show(
    settings: &Settings,
    session: Session,
    demo: bool,
    sources: Vec<String>,
) -> Result<u8, CliError> {
    let broken =
        |error: std::io::Error| CliError::new(1, format!("the terminal cannot be used: {error}"));
    let place = SignInPlace {
        demo,
        identity: session.identity(),
        origin: session.origin().to_owned(),
    };
    let clock = Arc::clone(session.clock());
    let repeated = session.repeated().clone();
    let (sender, answers) = tokio::sync::mpsc::channel(256);
    let mut runner = Runner::new(session, sender);
    let (stop, drawn) = (interrupted(), CancellationToken::new());
    tokio::spawn(watch(interrupted(), drawn.clone(), runner.closing()));
    crate::memory::on_exhaustion(terminal::leave_in_need);
    let inputs = inputs().map_err(broken)?;
    let mut guard = Guard::enter(settings.theme).map_err(broken)?;
    let mut model = Model::new(place, guard.size(), clock.now());
    model.overview.first = true;
    model.shell.salt = fastrand::u64(..);
    model.shell.keymap = settings.keymap;
    model.shell.glyphs = settings.theme.glyphs;
    model.shell.alone = terminal::is_alone();
    model.shell.clipboard = clipboard::of_environment();
    if settings.mouse {
        model.shell.mouse = true;
        guard.mouse(true).map_err(broken)?;
    }
    model.shell.repeated = repeated;
    let first = update::start(&mut model, sources);
    let sources = events::Sources {
        inputs,
        answers,
        clock,
    };
    let run = events::run(&mut guard, &mut model, &mut runner, sources, first, stop);
    // Orders are brought to an end after a panic too.
    let ended = AssertUnwindSafe(run).catch_unwind().await;
    // The terminal is restored before waiting for the last answers.
    drop(guard);
    drawn.cancel();
    if ended.is_ok() {
        for effect in update::parting(&mut model) {
            runner.run(effect);
        }
    }
    if let Ok(Ok(Ended::Quit)) = ended {
        runner.finish().await;
        return Ok(0);
    }
    runner.finish_soon().await;
    match ended {
        Ok(Ok(Ended::Quit | Ended::Stopped)) => Ok(130),
        // A terminal that is gone shows no error.
        Ok(Err(error)) if tty::is_lost(&error) => Ok(130),
        Ok(Err(error)) => Err(broken(error)),
        Err(panic) => resume_unwind(panic),
    }
}
