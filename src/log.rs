//! Logs to a file in the data folder; with `-v` also to stderr, but never to the terminal of the UI. Full files are rotated,
//! and a few old ones are kept.

use crate::cli::progress_line::WIDTH;
use crate::domain::text::{printable, redaction};
use crate::settings::Settings;
use crate::store::folder::Folder;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// The current log file.
const NAME: &str = "costscope.log";
const FOLDER: &str = "log";
/// The size in bytes at which a file is rotated.
const FULL: u64 = 4 << 20;
/// The number of old files to keep.
const KEPT: usize = 3;

/// What the command shows on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalUse {
    /// The UI, which lines on stderr would destroy.
    Screen,
    Lines,
}

/// A log that starts a new file when the current one is full.
struct RotatingLog {
    folder: Folder,
    file: File,
    bytes: u64,
}

impl RotatingLog {
    fn open(folder: Folder) -> Option<Self> {
        let file = folder.append(NAME).ok()?;
        let bytes = file.metadata().map_or(0, |meta| meta.len());
        Some(Self {
            folder,
            file,
            bytes,
        })
    }

    /// Starts the next file. If that fails, the current one is used further.
    fn rotate(&mut self) {
        let full = |number: usize| format!("{NAME}.{number}");
        let _ = self.folder.remove(&full(KEPT));
        for number in (1..KEPT).rev() {
            let _ = self
                .folder
                .rename(&full(number), &self.folder, &full(number + 1));
        }
        let _ = self.folder.rename(NAME, &self.folder, &full(1));
        if let Some(next) = Self::open(self.folder.clone()) {
            *self = next;
        }
    }
}

impl Write for RotatingLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.bytes >= FULL {
            self.rotate();
        }
        // No secret may reach the disk, whatever the source of the line.
        let clean = redaction::without_secrets(&String::from_utf8_lossy(line));
        self.file.write_all(clean.as_bytes())?;
        self.bytes += clean.len() as u64;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Lines on stderr.
struct VerboseLine;

impl Write for VerboseLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = redaction::without_secrets(&String::from_utf8_lossy(line));
        let text = printable(text.trim_end());
        let mut stderr = io::stderr().lock();
        // A line of progress may stand there.
        let over = if stderr.is_terminal() {
            format!("\r{:WIDTH$}\r", "")
        } else {
            String::new()
        };
        // If stderr is closed, the line is lost.
        let _ = writeln!(stderr, "{over}{text}");
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log of a data folder.
pub fn file_of(data_dir: &Path) -> PathBuf {
    data_dir.join(FOLDER).join(NAME)
}

/// Starts logging. The thread that logs a line writes it, because the system may allow no further thread. A log that cannot
/// be opened or written is skipped: the command that needs the data folder reports why.
pub fn start(settings: &Settings, terminal: TerminalUse) {
    let folder = Folder::private(&settings.setup.data_dir).and_then(|data| data.child(FOLDER));
    let log = folder.ok().and_then(RotatingLog::open);
    // At debug level, reqwest and hyper can log tokens and signed links, so they stay at warnings.
    let level = match settings.verbose {
        0 => "warn,costscope=info",
        1 => "warn,costscope=debug",
        _ => "warn,costscope=trace",
    };
    let file = log.map(|log| {
        fmt::layer()
            // They would be printed on stderr, over the screen of the UI.
            .log_internal_errors(false)
            .with_ansi(false)
            .with_writer(Mutex::new(log))
    });
    let is_told = settings.verbose > 0 && terminal == TerminalUse::Lines;
    let lines = is_told.then(|| {
        fmt::layer()
            .log_internal_errors(false)
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .with_writer(|| VerboseLine)
    });
    // A second start keeps the first log.
    let _ = tracing_subscriber::registry()
        .with(EnvFilter::new(level))
        .with(file)
        .with(lines)
        .try_init();
}
