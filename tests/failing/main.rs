//! Fails on purpose in the way that the last argument names, so that a test can read the error output.

use costscope::cli::output::CliError;
use costscope::domain::text::secret::Secret;
use costscope::failure;
use costscope::failure::Telling;
use costscope::tui::terminal::Guard;
use costscope::tui::theme::Theme;
use std::path::PathBuf;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let backtrace = arguments.pop_if(|last| last == "--backtrace").is_some();
    let way = arguments.pop().unwrap_or_default();
    let telling = Telling {
        color: false,
        backtrace,
        log: Some(PathBuf::from("/data/log/costscope.log")),
    };
    failure::install(&telling);
    let secret = Secret::new("a-secret-that-is-held-0123456789");
    match way.as_str() {
        "panic" => no_row(&secret),
        "thread" => no_worker(),
        "screen" => {
            // A panic of a worker leaves the screen alone.
            let screen = Guard::enter(Theme::new(false));
            no_worker();
            assert!(screen.is_ok());
            no_row(&secret);
        }
        _ => {
            let inner = std::io::Error::other(format!("the disk said {}", secret.expose()));
            let stop = CliError::unexpected("the answer could not be written as JSON", inner);
            if let (Some(what), Some(cause)) = (stop.message, stop.cause) {
                failure::unexpected(&what, cause, &telling);
            }
        }
    }
}

fn no_worker() {
    let thread = std::thread::spawn(|| panic!("a worker gave up"));
    assert!(thread.join().is_err());
}

/// A function of its own also where the code is optimised, so that a backtrace names it.
#[inline(never)]
fn no_row(secret: &Secret) {
    panic!(
        "the table has no row 7, and the token was {}",
        secret.expose()
    );
}
