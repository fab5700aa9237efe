//! Starts the emulator if asked for, points a session at it, and runs the UI.

use crate::cli::args::DemoArgs;
use crate::cli::output::CliError;
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
use crate::tui::runner::Runner;
use crate::tui::runner::closing::Closing;
use crate::tui::shell::Place;
use crate::tui::surface::Surface;
use crate::tui::terminal;
use crate::tui::terminal::Guard;
use crate::tui::tty;
use chrono::Utc;
use futures_util::FutureExt;
use futures_util::future::select_all;
use std::future::Future;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The data that the UI opens with.
pub enum Start {
    Azure,
    Demo { scenario: Option<String>, port: u16 },
    Sources(Vec<String>),
}

/// The async runtime. It only waits for I/O, so two threads are enough.
pub fn runtime() -> Result<Runtime, CliError> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CliError::unexpected("the program could not start its threads", error))
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

/// The UI, on Azure, on the emulator or on local data.
pub fn ui(settings: &Settings, start: Start) -> Result<u8, CliError> {
    if !tty::is_there() {
        let text = "the UI needs a terminal; in scripts, use `costscope report`, `show` or `compare` (see --help)";
        return Err(CliError::new(2, text));
    }
    let runtime = runtime()?;
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run(settings, start))));
    // A running query must not delay the exit, after a panic either.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

async fn run(settings: &Settings, start: Start) -> Result<u8, CliError> {
    let mut setup = settings.setup.clone();
    let (demo, sources) = match &start {
        Start::Azure => (None, Vec::new()),
        Start::Demo { scenario, port } => (
            Some(emulator(scenario.as_deref(), *port).await?),
            Vec::new(),
        ),
        Start::Sources(sources) => (None, sources.clone()),
    };
    if let Some(emulator) = &demo {
        setup.endpoint = Some(emulator.url());
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
    let place = Place {
        demo,
        identity: session.identity(),
        origin: session.origin().to_owned(),
    };
    let clock = Arc::clone(session.clock());
    let (sender, answers) = tokio::sync::mpsc::channel(256);
    let mut runner = Runner::new(session, sender);
    let (stop, drawn) = (interrupted(), CancellationToken::new());
    tokio::spawn(watch(interrupted(), drawn.clone(), runner.closing()));
    crate::memory::on_exhaustion(terminal::leave_in_need);
    let inputs = inputs().map_err(broken)?;
    let mut guard = Guard::enter(settings.theme).map_err(broken)?;
    let mut model = Model::new(place, guard.size(), clock.now());
    model.shell.salt = fastrand::u64(..);
    model.shell.keymap = settings.keymap;
    model.shell.alone = terminal::is_alone();
    if settings.mouse {
        model.shell.mouse = true;
        guard.mouse(true).map_err(broken)?;
    }
    model.shell.data_dir.clone_from(&settings.told_folder);
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
        // Nobody can read about a terminal that is gone.
        Ok(Err(error)) if tty::is_lost(&error) => Ok(130),
        Ok(Err(error)) => Err(broken(error)),
        Err(panic) => resume_unwind(panic),
    }
}
