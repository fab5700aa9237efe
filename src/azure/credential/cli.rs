//! Runs `az` and `azd` detached from the terminal, with a time limit, and kills them when this process ends. The SDK's
//! own executor lets them read our keys and waits forever.

use azure_identity::Executor;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;

/// The time limit. The programs respond in a second or two, or wait for an invisible prompt.
const SECONDS: u64 = 30;
/// The time to read what a program has written before its end.
const LAST_OUTPUT: Duration = Duration::from_millis(200);
/// The size limit of the output. A token has a few kilobytes.
const LARGEST: usize = 1 << 20;

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
struct ProcessGroup(Option<Pid>);

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Waits until the program itself has ended. A process that it left behind, such as one that sends telemetry, may hold its
/// output open for much longer.
async fn output_of(mut child: Child) -> io::Result<Output> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let status = {
        let reading =
            async { tokio::join!(read_all(out, &mut stdout), read_all(err, &mut stderr)) };
        let mut reading = std::pin::pin!(reading);
        let ended = tokio::select! {
            status = child.wait() => Some(status?),
            _ = &mut reading => None,
        };
        match ended {
            Some(status) => {
                // The output of the program is in the pipe by now.
                let _ = tokio::time::timeout(LAST_OUTPUT, &mut reading).await;
                status
            }
            None => child.wait().await?,
        }
    };
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

async fn read_all(pipe: Option<impl AsyncRead + Unpin>, text: &mut Vec<u8>) {
    let Some(mut pipe) = pipe else {
        return;
    };
    while text.len() < LARGEST && pipe.read_buf(text).await.is_ok_and(|count| count > 0) {}
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
        let mut group = ProcessGroup(pid.and_then(Pid::from_raw));
        let answered = tokio::time::timeout(Duration::from_secs(SECONDS), output_of(child)).await;
        let Ok(output) = answered else {
            let text = format!("`{}` did not answer within {SECONDS} seconds", self.program);
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        };
        group.0 = None;
        output
    }
}
