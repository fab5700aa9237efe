//! The log: a file in the data folder, never the terminal.

use crate::cli::output::Stop;
use crate::settings::Settings;
use std::os::unix::fs::OpenOptionsExt;
use tracing_appender::non_blocking::WorkerGuard;

/// Starts logging; the guard writes what is left when it is dropped. A data folder that cannot be written to is
/// reported by the command that needs it, so a log that cannot be opened is only missing.
pub fn start(settings: &Settings) -> Result<Option<WorkerGuard>, Stop> {
    let folder = settings.setup.data_dir.join("log");
    if crate::store::files::private_folder(&folder).is_err() {
        return Ok(None);
    }
    let Ok(file) = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(folder.join("costscope.log"))
    else {
        return Ok(None);
    };
    let (writer, guard) = tracing_appender::non_blocking(file);
    // What reqwest and hyper say at debug level can hold tokens and signed links; they stay at warnings.
    let level = match settings.verbose {
        0 => "warn,costscope=info",
        1 => "warn,costscope=debug",
        _ => "warn,costscope=trace",
    };
    let started = tracing_subscriber::fmt()
        .with_env_filter(level)
        .with_ansi(false)
        .with_writer(writer)
        .try_init();
    Ok(started.is_ok().then_some(guard))
}
