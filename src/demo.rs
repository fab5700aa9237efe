//! Starts the emulator if asked for, points a session at it, and runs the UI.

use crate::cli::args::DemoArgs;
use crate::cli::output::CliError;
use crate::emulator::scenario::Script;
use crate::emulator::server::Emulator;
use crate::ops::clock::{Clock, SystemClock};
use crate::ops::explore::copies::drop_old_copies;
use crate::ops::session::Session;
use crate::settings::Settings;
use crate::tui::app::{Model, update};
use crate::tui::events;
use crate::tui::events::Ended;
use crate::tui::runner::Runner;
use crate::tui::shell::Place;
use crate::tui::surface::Surface;
use crate::tui::terminal;
use crate::tui::terminal::Guard;
use chrono::Utc;
use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

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

/// Resolves when the user or the system asks the program to end. The signal handlers are installed by the call itself,
/// not by the first poll.
pub fn interrupted() -> impl Future<Output = ()> {
    let heard = [
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ];
    async move {
        let [Ok(mut interrupt), Ok(mut term), Ok(mut hangup)] = heard else {
            // Without handlers, the default action of the signals still ends the process.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = term.recv() => {}
            _ = hangup.recv() => {}
        }
    }
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
    if !terminal::is_there() {
        let text = "the UI needs a terminal; in scripts, use `costscope report`, `show` or `compare` (see --help)";
        return Err(CliError::new(2, text));
    }
    let runtime = runtime()?;
    let result = runtime.block_on(run(settings, start));
    // A running query must not delay the exit.
    runtime.shutdown_timeout(Duration::from_secs(2));
    result
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
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let session = Session::open(&setup, Arc::clone(&clock))?;
    drop_old_copies(&session);
    let place = Place {
        demo: demo.is_some(),
        identity: session.identity(),
        origin: session.origin().to_owned(),
    };
    let stop = interrupted();
    let broken =
        |error: std::io::Error| CliError::new(1, format!("the terminal cannot be used: {error}"));
    crate::memory::on_exhaustion(terminal::leave_in_need);
    let mut guard = Guard::enter(settings.theme).map_err(broken)?;
    let mut model = Model::new(place, guard.size().map_err(broken)?, clock.now());
    model.shell.salt = fastrand::u64(..);
    model.shell.keymap = settings.keymap;
    if settings.mouse {
        model.shell.mouse = true;
        guard.mouse(true).map_err(broken)?;
    }
    model.shell.data_dir.clone_from(&settings.told_folder);
    let first = update::start(&mut model, sources);
    let (sender, answers) = tokio::sync::mpsc::channel(256);
    let mut runner = Runner::new(session, sender);
    let sources = events::Sources {
        inputs: terminal::inputs(),
        answers,
        clock,
    };
    let ended = events::run(&mut guard, &mut model, &mut runner, sources, first, stop).await;
    // The terminal is restored before waiting for the last answers.
    drop(guard);
    for effect in update::parting(&mut model) {
        runner.run(effect);
    }
    runner.finish().await;
    let code = ended.map(|ended| if ended == Ended::Stopped { 130 } else { 0 });
    code.map_err(broken)
}
