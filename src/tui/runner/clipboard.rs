//! Hands a text to a program that copies it.

use crate::tui::clipboard::{Clipboard, Copier};
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

/// How long a program may take.
const LIMIT: Duration = Duration::from_secs(5);

/// The way to the clipboard in the environment of this process.
pub fn of_environment() -> Clipboard {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let has = |program: &str| std::env::split_paths(&folders).any(|at| at.join(program).is_file());
    Clipboard::of(|name| std::env::var(name).ok(), has)
}

/// Hands a text to a program; the error says what went wrong.
pub async fn hand_over(copier: Copier, text: &str) -> Result<(), String> {
    match timeout(LIMIT, run(copier, text)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("{}: {error}", copier.program)),
        Err(_) => Err(format!(
            "{} did not end within {} seconds",
            copier.program,
            LIMIT.as_secs()
        )),
    }
}

async fn run(copier: Copier, text: &str) -> io::Result<()> {
    // Some of these programs stay behind to serve the text, so none of them keeps a pipe of ours open.
    let mut child = Command::new(copier.program)
        .args(copier.args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).await?;
        input.shutdown().await?;
    }
    let ended = child.wait().await?;
    if ended.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("it ended with {ended}")))
}
