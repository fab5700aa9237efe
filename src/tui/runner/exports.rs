//! Runs the effects on exports of Cost Management.

use super::{Runner, relay};
use crate::domain::export::definition::Export;
use crate::ops::exports;
use crate::ops::exports::creating::Draft;
use crate::ops::exports::running;
use crate::ops::exports::running::{News, RunOrder, RunOutcome, WATCHED};
use crate::ops::exports::watched::RunNote;
use crate::ops::exports::{creating, files};
use crate::ops::session::Session;
use crate::tui::effect::ExportsEffect;
use crate::tui::message::{FoundExports, Message, RunTold};
use crate::tui::ticket::{JobId, Problem};
use std::sync::atomic::Ordering;
use tokio::sync::mpsc::unbounded_channel;

impl Runner {
    /// Runs the effects on exports.
    pub(super) fn run_exports(&mut self, effect: ExportsEffect) {
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
                let shown = match shown {
                    Ok(export) => Ok(sized(session, export).await),
                    Err(error) => Err(Problem::of(&error)),
                };
                Message::Exports(ticket, shown)
            }),
            ExportsEffect::Draft(ticket, new) => self.blocking(move |session| {
                let draft = creating::draft(session, &new);
                let draft = draft.map(|draft| FoundExports::Draft(Box::new(draft)));
                Message::Exports(ticket, draft.map_err(|error| Problem::of(&error)))
            }),
            ExportsEffect::Create(draft) => self.create_export(draft),
            ExportsEffect::Run {
                job,
                scope,
                name,
                days,
            } => {
                let today = session.clock().now().date_naive();
                let order = RunOrder {
                    scope,
                    export: name,
                    days,
                    is_to_date: running::is_to_date(days, today),
                    max_wait: WATCHED,
                    waits: true,
                };
                self.watch_run(job, order, None);
            }
            ExportsEffect::Watch(job, note) => {
                let order = RunOrder::resuming(&note, WATCHED);
                self.watch_run(job, order, Some(*note));
            }
        }
    }

    /// Creates an export. The answer is waited for even if the program is being closed.
    fn create_export(&self, draft: Box<Draft>) {
        let (session, messages) = (self.session.clone(), self.messages.clone());
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let created = creating::create(&session, &draft, &stop).await;
            let said = created.map(|export| {
                format!(
                    "{} is created; its first run is on {}, or now from the list of exports",
                    export.name, draft.first_day
                )
            });
            let saved = Message::Saved(said.map_err(|error| Problem::of(&error)));
            // The event loop may have ended.
            let _ = messages.send(saved).await;
        });
    }

    /// Starts a run, or goes on with the watch of a note, and tells its progress and its end.
    fn watch_run(&mut self, job: JobId, order: RunOrder, note: Option<RunNote>) {
        let running = self.begin(job);
        let (session, messages) = (self.session.clone(), self.messages.clone());
        self.tasks.spawn(async move {
            let (news, heard) = unbounded_channel();
            let posted = move |news| Message::ExportRun(job, Box::new(RunTold::News(news)));
            let relay = tokio::spawn(relay(heard, messages.clone(), posted));
            let tell = |told: News| {
                let _ = news.send(told);
            };
            let outcome = match &note {
                Some(note) => running::resume(&session, note, WATCHED, &running.stop, tell).await,
                None => running::run(&session, &order, &running.stop, tell).await,
            };
            let is_cancelled = matches!(outcome, Ok(RunOutcome::Cancelled));
            if is_cancelled
                && running.set_aside.load(Ordering::SeqCst)
                && let Err(error) = running::forget(&session, &order)
            {
                tracing::warn!(%error, "could not stop following a run");
            }
            drop(news);
            // All progress is delivered before the end.
            let _ = relay.await;
            let outcome = outcome.map_err(|error| Problem::of(&error));
            let ended = Message::ExportRun(job, Box::new(RunTold::Ended(outcome)));
            let _ = messages.send(ended).await;
        });
    }
}

/// An export with the sizes of its runs. These are in storage, which needs a right of its own.
async fn sized(session: Session, export: Export) -> FoundExports {
    let of = export.clone();
    let sizes = tokio::task::spawn_blocking(move || files::sizes(&session, &of)).await;
    let sizes = match sizes {
        Ok(sizes) => sizes.map_err(|error| error.to_string().into()),
        Err(_) => Err("the sizes of the runs could not be read".into()),
    };
    FoundExports::One(Box::new(export), sizes)
}
