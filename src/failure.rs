//! Reports panics and internal errors so that users can read them and pass them on.
//!
//! Expected errors are not reported here: they are one line with the problem and the next step.

use crate::domain::text::redaction;
use crate::tui::terminal;
use color_eyre::config::{HookBuilder, Theme};
use color_eyre::eyre::{Report, eyre};
use std::backtrace::Backtrace;
use std::error::Error;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// The options of these reports.
#[derive(Debug, Clone)]
pub struct Telling {
    pub color: bool,
    pub backtrace: bool,
    /// Where the log is.
    pub log: Option<PathBuf>,
}

impl Telling {
    /// The advice below every report.
    fn advice(&self) -> String {
        let log = self.log.as_ref().map_or_else(String::new, |log| {
            format!("The log may say more: {}\n", log.display())
        });
        let again = if self.backtrace {
            ""
        } else {
            "Run it again with --backtrace to see where it happened.\n"
        };
        format!(
            "This is a bug in costscope {}: please report it with the lines above.\n{log}{again}Orders already sent \
             are recorded, and the next start resumes them.",
            env!("CARGO_PKG_VERSION")
        )
    }
}

/// Installs the hooks for panics and unexpected errors.
pub fn install(telling: &Telling) {
    let theme = if telling.color {
        Theme::dark()
    } else {
        Theme::new()
    };
    let hooks = HookBuilder::blank()
        .add_default_filters()
        .theme(theme)
        .display_env_section(false)
        .panic_section(telling.advice())
        .try_into_hooks();
    // Only a second call can fail; the hooks of the first call stay.
    let Ok((panics, errors)) = hooks else {
        return;
    };
    let _ = errors.install();
    let backtrace = telling.backtrace;
    std::panic::set_hook(Box::new(move |info| {
        // Its caller catches it and reports it as an error.
        if is_expected(info) {
            return;
        }
        if terminal::is_drawn_elsewhere() {
            tracing::error!(%info, "a task panicked");
            return;
        }
        terminal::give_back();
        let mut text = panics.panic_report(info).to_string();
        if backtrace {
            text = format!("{text}\n{}", Backtrace::force_capture());
        }
        tracing::error!(%info, "the program panicked");
        tell(&text);
    }));
}

/// Whether a panic is of a library that panics where it should fail: a decoder on damaged data.
fn is_expected(info: &PanicHookInfo<'_>) -> bool {
    let place = info.location().map_or("", std::panic::Location::file);
    place.contains("/polars-")
}

/// Makes a write beyond the file size limit of the shell (`ulimit -f`) fail, instead of a signal that ends the program and
/// leaves a partly written file.
pub fn outlive_file_limit() {
    /// Set by the handler. The error of the write says all that is needed.
    static REACHED: AtomicBool = AtomicBool::new(false);
    // Without the handler, the signal ends the program.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, &REACHED);
}

/// Reports an error that the user cannot fix.
pub fn unexpected(what: &str, error: Box<dyn Error + Send + Sync>, telling: &Telling) {
    let report: Report = eyre!(error).wrap_err(what.to_owned());
    tell(&format!("{report:?}\n\n{}", telling.advice()));
}

/// Prints a report with all secrets removed, whatever its source.
fn tell(text: &str) {
    let clean = redaction::without_secrets(text);
    // If the terminal is gone, there is nowhere to report the failure.
    let _ = writeln!(io::stderr(), "{clean}");
}
