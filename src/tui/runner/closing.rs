//! Ends the work of the runner: what the server has accepted reaches the disk first.

use crate::ops::session::Session;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the answer to an order that was sent is waited for.
const LAST_ANSWER: Duration = Duration::from_secs(10);
/// How long quitting waits for other work, such as storing a report.
pub(super) const LAST_WAIT: Duration = Duration::from_secs(10);
/// How long the other work may take where the system ends the program.
pub(super) const MOMENT: Duration = Duration::from_secs(1);

/// Ends the work of a runner, also from a thread that does not own it.
#[derive(Debug, Clone)]
pub struct Closing {
    session: Session,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Closing {
    pub(super) fn new(session: &Session, stop: &CancellationToken, tasks: &TaskTracker) -> Self {
        Self {
            session: session.clone(),
            stop: stop.clone(),
            tasks: tasks.clone(),
        }
    }

    /// Stops all work, for a program that the system ends.
    pub async fn finish_soon(&self) {
        self.end(MOMENT).await;
    }

    /// Stops all work. Orders are waited for first, then the other work, as long as it may take.
    pub(super) async fn end(&self, patience: Duration) {
        self.stop.cancel();
        self.tasks.close();
        let ended = async {
            let _ = timeout(LAST_ANSWER, self.session.settled()).await;
            let _ = timeout(patience, self.tasks.wait()).await;
        };
        tokio::select! {
            () = ended => {}
            // The terminal is the user's again. Other signals do not hurry: two hang-ups are usual where a shell dies.
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}
