//! Runs `az` and `azd` detached from the terminal, with a time limit, and kills them when this process ends. The SDK's
//! own executor lets them read our keys and waits forever.

use azure_identity::Executor;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

/// The time limit. The programs respond in a second or two, or wait for an invisible prompt.
const SECONDS: u64 = 30;

/// Parts of the names of variables with secrets, which are not passed on; `az` and `azd` sign in without them.
const SECRET_NAMES: [&str; 9] = [
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "TOKEN",
    "CREDENTIAL",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "ACCOUNT_KEY",
];

/// Whether a variable holds a secret, judging by its name.
fn is_secret(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_uppercase();
    let own = ["IDENTITY_HEADER", "CONNECTION_STRING", "_SAS"];
    SECRET_NAMES.iter().any(|word| name.contains(word))
        || own.iter().any(|word| name.ends_with(word))
}

/// Runs a program for a token.
#[derive(Debug)]
pub(super) struct QuietExecutor {
    /// The program, for error messages.
    pub(super) program: &'static str,
}

/// The process group of a program; killed when dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[async_trait::async_trait]
impl Executor for QuietExecutor {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        // A shell between us and the program does not forward signals, so both get a process group of their own.
        let mut command = tokio::process::Command::new(program);
        for (name, _) in std::env::vars_os() {
            if is_secret(&name) {
                command.env_remove(name);
            }
        }
        let child = command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0)
            .spawn()?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        let mut group = Group(pid.and_then(Pid::from_raw));
        let answered =
            tokio::time::timeout(Duration::from_secs(SECONDS), child.wait_with_output()).await;
        let Ok(output) = answered else {
            let text = format!("`{}` did not answer within {SECONDS} seconds", self.program);
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        };
        group.0 = None;
        output
    }
}
