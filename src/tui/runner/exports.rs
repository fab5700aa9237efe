//! Runs the effects on exports of Cost Management.

use super::Runner;
use crate::ops::exports;
use crate::ops::exports::running::{News, RunOrder, RunOutcome};
use crate::ops::exports::{running, words};
use crate::tui::effect::ExportsEffect;
use crate::tui::message::{FoundExports, Message};
use crate::tui::ticket::Problem;
use std::time::Duration;
use tokio::sync::mpsc::{Sender, UnboundedReceiver, unbounded_channel};

/// How long a run is watched.
const WATCHED: Duration = Duration::from_secs(4 * 3600);

impl Runner {
    /// Runs the effects on exports.
    pub(super) fn run_exports(&self, effect: ExportsEffect) {
        let session = self.session.clone();
        match effect {
            ExportsEffect::List(ticket, scope) => self.post(async move {
                let found = exports::list(&session, &scope.id).await;
                let found = found.map(|found| FoundExports::All(scope, found));
                Message::Exports(ticket, found.map_err(|error| Problem::of(&error)))
            }),
            ExportsEffect::Show {
                ticket,
                scope,
                name,
            } => self.post(async move {
                let shown = exports::show(&session, &scope, &name).await;
                let shown = shown.map(|export| FoundExports::One(Box::new(export)));
                Message::Exports(ticket, shown.map_err(|error| Problem::of(&error)))
            }),
            ExportsEffect::Run { scope, name, days } => self.run_export(RunOrder {
                scope,
                export: name,
                days,
                max_wait: WATCHED,
                waits: true,
            }),
        }
    }

    /// Runs an export and watches it; the status line says its notes and its end.
    fn run_export(&self, order: RunOrder) {
        let (session, stop) = (self.session.clone(), self.stop.child_token());
        let messages = self.messages.clone();
        self.tasks.spawn(async move {
            let (notes, heard) = unbounded_channel();
            let relay = tokio::spawn(relay(heard, messages.clone()));
            let name = order.export.clone();
            let outcome = running::run(&session, &order, &stop, |news| {
                if let News::Note(note) = news {
                    let _ = notes.send(format!("{name}: {note}"));
                }
            })
            .await;
            drop(notes);
            // All notes are delivered before the end.
            let _ = relay.await;
            let said = match outcome {
                Err(error) => Err(Problem::of(&error)),
                // The note on disk resumes it.
                Ok(RunOutcome::Cancelled | RunOutcome::NotStarted) => return,
                Ok(RunOutcome::Started | RunOutcome::UnderWay) => Ok(format!("{name}: started")),
                Ok(RunOutcome::Ended(ending)) => {
                    Ok(format!("{name}: {}", words::ended(&ending, WATCHED)))
                }
            };
            let _ = messages.send(Message::Saved(said)).await;
        });
    }
}

async fn relay(mut heard: UnboundedReceiver<String>, messages: Sender<Message>) {
    while let Some(note) = heard.recv().await {
        if messages.send(Message::Saved(Ok(note))).await.is_err() {
            return;
        }
    }
}
