//! Starts the emulator where it is wanted, points a session at it, and runs the UI.

use crate::cli::args::DemoArgs;
use crate::cli::output::Stop;
use crate::emulator::script::Script;
use crate::emulator::server::Emulator;
use crate::settings::Settings;
use chrono::Utc;
use std::io::Write;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// What the UI opens on.
pub enum Start {
    Azure,
    Demo { scenario: Option<String>, port: u16 },
    Sources(Vec<String>),
}

/// The runtime that waits; two threads are plenty for one user.
pub fn runtime() -> Result<Runtime, Stop> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            Stop::new(
                1,
                format!("the program could not start its threads: {error}"),
            )
        })
}

/// Returns when the user or the system wants the program to end.
pub async fn interrupted() {
    let listen = |kind| signal(kind);
    let (Ok(mut term), Ok(mut hangup)) = (
        listen(SignalKind::terminate()),
        listen(SignalKind::hangup()),
    ) else {
        // Without handlers the signals still end the process.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
        _ = hangup.recv() => {}
    }
}

async fn emulator(scenario: Option<&str>, port: u16) -> Result<Emulator, Stop> {
    let script = Script::load(scenario.unwrap_or("happy")).map_err(|text| Stop::new(2, text))?;
    let started = Emulator::start(script, port, Arc::new(Utc::now)).await;
    started.map_err(|error| {
        Stop::new(
            1,
            format!("the emulator cannot listen on 127.0.0.1, port {port}: {error}"),
        )
    })
}

/// `demo --serve`: only the emulator, until interrupted.
pub fn serve(args: &DemoArgs) -> Result<u8, Stop> {
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
pub fn ui(_settings: &Settings, _start: Start) -> Result<u8, Stop> {
    Ok(0)
}
