//! Carries effects out, away from the draw thread, and posts one message for each.

pub mod answers;
pub mod clipboard;
pub mod closing;
mod exports;
mod ledger;
pub mod loading;
mod opening;
mod panels;

use super::effect::Effect;
use super::message::{EarlierOrders, Message, Written};
use super::question::{Asked, QuestionKind};
use super::ticket::{JobId, Problem};
use crate::domain::report::request::{ReportKey, ReportRequest};
use crate::ops::compare::pair_files;
use crate::ops::error::OpsError;
use crate::ops::explore::{copies, open, path_completion, saved_views};
use crate::ops::exports::watched;
use crate::ops::orders::outcome::{PartOutcome, Progress};
use crate::ops::orders::{history, jobs, order_spec, queue, report};
use crate::ops::scopes;
use crate::ops::session::Session;
use closing::Closing;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Sender, UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The number of branches listed at the same time.
const BRANCHES_AT_ONCE: usize = 4;
/// The time between two messages on work that goes on.
const EACH: Duration = Duration::from_secs(1);
/// How long the cursor rests before its line is looked at.
const CURSOR_RESTS: Duration = Duration::from_millis(60);

/// Runs the effects of the UI.
#[derive(Debug)]
pub struct Runner {
    session: Session,
    messages: Sender<Message>,
    tasks: TaskTracker,
    /// Work that ends with one message holds a share of it until that is posted.
    answering: Arc<()>,
    jobs: HashMap<JobId, RunningJob>,
    /// Limits the number of branches listed at the same time.
    turns: Arc<Semaphore>,
    /// Stops the tasks that only listen, and the jobs.
    stop: CancellationToken,
    watching: bool,
    /// The progress of the current opening.
    opening: Option<Arc<open::Progress>>,
    /// Stops the newest question of each kind.
    asking: HashMap<QuestionKind, answers::Stop>,
}

/// How to stop a running job, and whether the user cancelled it.
#[derive(Debug, Clone)]
struct RunningJob {
    stop: CancellationToken,
    set_aside: Arc<AtomicBool>,
}

fn set_aside(session: &Session, key: &ReportKey) {
    if let Err(error) = jobs::cancel(session, key) {
        tracing::warn!(%error, "could not stop following an order");
    }
}

impl Runner {
    /// A runner that posts to this channel.
    pub fn new(session: Session, messages: Sender<Message>) -> Self {
        Self {
            session,
            messages,
            tasks: TaskTracker::new(),
            answering: Arc::default(),
            jobs: HashMap::new(),
            turns: Arc::new(Semaphore::new(BRANCHES_AT_ONCE)),
            stop: CancellationToken::new(),
            watching: false,
            opening: None,
            asking: HashMap::new(),
        }
    }

    /// Starts one effect. The event loop handles the effects on the terminal itself.
    pub fn run(&mut self, effect: Effect) {
        match effect {
            Effect::ListNoted => self.list_noted(),
            Effect::Extend { key, by } => self.session.extend(&key, by),
            Effect::ListLedger(ticket) => {
                self.blocking(move |session| Message::Ledger(ticket, ledger::stored(session)));
            }
            Effect::Fetch {
                job,
                order,
                request,
            } => self.fetch(job, *order, *request),
            Effect::Cancel(job) => self.cancel(job),
            Effect::SetAside(key) => {
                let session = self.session.clone();
                self.tasks.spawn_blocking(move || set_aside(&session, &key));
            }
            Effect::Open { .. } | Effect::OpenPair { .. } | Effect::StopOpening => {
                self.run_opening(effect);
            }
            Effect::CompletePath(text) => self.blocking(move |_| {
                let found = path_completion::complete(&text);
                Message::Completed(text, found)
            }),
            Effect::FindPartner { ticket, names } => {
                self.blocking(move |_| Message::Partner(ticket, pair_files::partners(&names)));
            }
            Effect::Redraw
            | Effect::Suspend
            | Effect::Resume
            | Effect::Copy(_)
            | Effect::Mouse(_)
            | Effect::Quit => {}
            Effect::ListScopes(_)
            | Effect::ListBranch { .. }
            | Effect::AskAgreements(_)
            | Effect::ReadMarks
            | Effect::TogglePin(_)
            | Effect::Remember(_) => self.run_scopes(effect),
            Effect::Exports(effect) => self.run_exports(*effect),
            Effect::ListViews(_)
            | Effect::SaveView { .. }
            | Effect::RemoveView(_)
            | Effect::RememberView { .. } => self.run_views(effect),
            Effect::Ask(asked) => self.ask(*asked),
            Effect::StopAsking => self.stop_asking(),
            Effect::StopWriting => self.stop_writing(),
            Effect::CopyWith(copier, text) => self.post(async move {
                let result = clipboard::hand_over(copier, &text).await;
                Message::Copied(copier, text, result)
            }),
            Effect::SaveCopy(text) => self.blocking(move |session| {
                let saved = copies::keep_copy(session, &text);
                Message::Saved(saved.map_err(|error| Problem::of(&error)))
            }),
        }
    }

    /// Asks a question; an older one of its kind is stopped.
    fn ask(&mut self, Asked { ticket, question }: Asked) {
        let progress = Arc::new(open::Progress::default());
        let stop = progress.flag();
        let kind = question.kind();
        let follows_cursor = matches!(kind, QuestionKind::LineFacts | QuestionKind::PairFacts);
        let working = Arc::new(());
        if matches!(kind, QuestionKind::Export(_)) {
            let progress = Arc::clone(&progress);
            self.watch(&working, EACH, move || {
                let (_, of) = progress.bytes();
                let rows = progress.rows();
                (rows > 0).then(|| Message::Writing(ticket, Written { rows, of }))
            });
        }
        if let Some(older) = self.asking.insert(kind, Arc::clone(&stop)) {
            older.store(true, Ordering::Relaxed);
        }
        self.blocking(move |session| {
            if follows_cursor {
                // A cursor that moves on stops the question before it costs anything.
                std::thread::sleep(CURSOR_RESTS);
            }
            let answer = answers::answer(session, question, (&stop, &progress));
            drop(working);
            Message::Answered(ticket, Box::new(answer))
        });
    }

    fn stop_asking(&mut self) {
        for (_, stop) in self.asking.drain() {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn stop_writing(&mut self) {
        let is_export = |kind: &QuestionKind| matches!(kind, QuestionKind::Export(_));
        for (_, stop) in self.asking.iter().filter(|(kind, _)| is_export(kind)) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Lists the orders of earlier runs, what they left in the queue, and those that have ended.
    fn list_noted(&self) {
        self.blocking(|session| {
            let (jobs, mut unreadable) =
                jobs::list(session).unwrap_or_else(|error| (Vec::new(), vec![error]));
            let (waiting, damaged) =
                queue::list(session).unwrap_or_else(|error| (Vec::new(), vec![error]));
            unreadable.extend(damaged);
            let (past, damaged) =
                history::list(session).unwrap_or_else(|error| (Vec::new(), vec![error]));
            unreadable.extend(damaged);
            let (runs, damaged) =
                watched::list(session).unwrap_or_else(|error| (Vec::new(), vec![error]));
            unreadable.extend(damaged);
            let past_runs = watched::past(session).unwrap_or_else(|error| {
                unreadable.push(error);
                Vec::new()
            });
            Message::Noted(EarlierOrders {
                jobs,
                waiting,
                past,
                runs,
                past_runs,
                unreadable: unreadable
                    .iter()
                    .map(|error| error.to_string().into())
                    .collect(),
            })
        });
    }

    /// Runs the effects of the scope tree.
    fn run_scopes(&mut self, effect: Effect) {
        match effect {
            Effect::ListScopes(ticket) => {
                let (session, messages) = (self.session.clone(), self.messages.clone());
                self.post(async move {
                    let result = scopes::roots(&session).await;
                    // The title shows the identity even if the list failed.
                    let _ = messages.send(Message::SignedIn(session.identity())).await;
                    Message::Scopes(ticket, result.map_err(|error| Problem::of(&error)))
                });
                self.watch_sign_in();
            }
            Effect::ListBranch {
                ticket,
                scope,
                agreement,
            } => {
                let (session, turns) = (self.session.clone(), Arc::clone(&self.turns));
                self.post(async move {
                    // A search may request hundreds of branches at once.
                    let _turn = turns.acquire().await;
                    let result = scopes::children(&session, &scope, agreement).await;
                    let result = result.map_err(|error| Problem::of(&error));
                    Message::Branch(ticket, scope, result)
                });
            }
            Effect::AskAgreements(ids) => {
                let session = self.session.clone();
                self.post(async move {
                    let found = scopes::agreements(&session, ids).await;
                    Message::Agreements(found.unwrap_or_default())
                });
            }
            Effect::ReadMarks => self.marks(scopes::marks),
            Effect::TogglePin(scope) => {
                self.marks(move |session| scopes::toggle_pin(session, &scope));
            }
            Effect::Remember(scope) => {
                self.marks(move |session| scopes::remember(session, &scope));
            }
            _ => {}
        }
    }

    /// Runs the effects on saved views.
    fn run_views(&self, effect: Effect) {
        match effect {
            Effect::ListViews(ticket) => self.blocking(move |session| {
                let found = saved_views::list(session);
                Message::Views(ticket, found.map_err(|error| Problem::of(&error)))
            }),
            Effect::SaveView { name, view } => self.blocking(move |session| {
                let saved = saved_views::save(session, &name, &view);
                let told = saved.map(|path| {
                    format!("`{name}` saved in {path}; ⟦table.views⟧ lists the saved views")
                });
                Message::Saved(told.map_err(|error| Problem::of(&error)))
            }),
            Effect::RemoveView(name) => self.blocking(move |session| {
                let gone = saved_views::remove(session, &name);
                let told = gone.map(|()| format!("`{name}` deleted"));
                Message::Saved(told.map_err(|error| Problem::of(&error)))
            }),
            Effect::RememberView { scope, view } => {
                let session = self.session.clone();
                self.tasks
                    .spawn_blocking(move || saved_views::remember(&session, &scope, &view));
            }
            _ => {}
        }
    }

    /// Reads or changes the pinned or recent scopes; if they cannot be read or saved, nothing changes, and the
    /// status line gives the reason.
    fn marks(
        &self,
        change: impl FnOnce(&Session) -> Result<scopes::PinnedScopes, OpsError> + Send + 'static,
    ) {
        self.blocking(move |session| match change(session) {
            Ok(marks) => Message::PinnedScopes(marks),
            Err(error) => Message::Saved(Err(Problem::of(&error))),
        });
    }

    /// Forwards sign-in prompts to the UI.
    fn watch_sign_in(&mut self) {
        if std::mem::replace(&mut self.watching, true) {
            return;
        }
        let (session, messages) = (self.session.clone(), self.messages.clone());
        let Some(mut prompts) = session.prompts() else {
            return;
        };
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    changed = prompts.changed() => {
                        if changed.is_err() { return }
                    }
                    () = stop.cancelled() => return,
                }
                let prompt = prompts.borrow_and_update().clone();
                if messages.send(Message::Prompt(prompt)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// As long as it has shares, the messages of some work are still to come. Jobs do not count.
    pub fn answering(&self) -> Weak<()> {
        Arc::downgrade(&self.answering)
    }

    fn post(&self, work: impl Future<Output = Message> + Send + 'static) {
        let (messages, stop) = (self.messages.clone(), self.stop.clone());
        let share = Arc::clone(&self.answering);
        self.tasks.spawn(async move {
            let message = tokio::select! {
                message = work => message,
                // Only the answers to orders must be delivered.
                () = stop.cancelled() => return,
            };
            // The event loop may have ended.
            let _ = messages.send(message).await;
            drop(share);
        });
    }

    fn blocking(&self, work: impl FnOnce(&Session) -> Message + Send + 'static) {
        let (session, messages) = (self.session.clone(), self.messages.clone());
        let share = Arc::clone(&self.answering);
        self.tasks.spawn_blocking(move || {
            let _ = messages.blocking_send(work(&session));
            drop(share);
        });
    }

    fn cancel(&self, job: JobId) {
        if let Some(job) = self.jobs.get(&job) {
            job.set_aside.store(true, Ordering::SeqCst);
            job.stop.cancel();
        }
    }

    /// Keeps the means to stop a job that begins.
    fn begin(&mut self, job: JobId) -> RunningJob {
        let running = RunningJob {
            stop: self.stop.child_token(),
            set_aside: Arc::default(),
        };
        self.jobs.insert(job, running.clone());
        running
    }

    fn fetch(&mut self, job: JobId, order: order_spec::OrderSpec, request: ReportRequest) {
        let running = self.begin(job);
        let (session, messages) = (self.session.clone(), self.messages.clone());
        self.tasks.spawn(async move {
            let (news, heard) = unbounded_channel();
            let tell = |progress: Progress| {
                let _ = news.send(progress);
            };
            let posted = move |progress| Message::Progress(job, Box::new(progress));
            let relay = tokio::spawn(relay(heard, messages.clone(), posted));
            let place = match queue::note(&session, &order, &request) {
                Ok(place) => place,
                Err(error) => {
                    // It is fetched all the same, but quitting would drop it.
                    let said = Message::Saved(Err(Problem::of(&error)));
                    let _ = messages.send(said).await;
                    None
                }
            };
            let outcome: PartOutcome =
                report::fetch(&session, &order, &request, &running.stop, tell).await;
            let cancelled = matches!(outcome, PartOutcome::Cancelled);
            let dropped = running.set_aside.load(Ordering::SeqCst);
            if let Some(place) = place
                && let Err(error) = place.leave(&session, &request, cancelled && !dropped)
            {
                tracing::warn!(%error, "could not take a report out of the queue");
            }
            if dropped && cancelled {
                set_aside(&session, &request.key(session.origin()));
            }
            drop(news);
            // All progress is delivered before the outcome.
            let _ = relay.await;
            let _ = messages
                .send(Message::Finished(job, Box::new(outcome)))
                .await;
        });
    }

    /// How to end the work, also from a thread that does not own the runner.
    pub fn closing(&self) -> Closing {
        Closing::new(&self.session, &self.stop, &self.tasks)
    }

    /// Stops all work and waits for the tasks to end.
    pub async fn finish(self) {
        self.end(closing::LAST_WAIT).await;
    }

    /// The same where the system ends the program.
    pub async fn finish_soon(self) {
        self.end(closing::MOMENT).await;
    }

    async fn end(mut self, patience: Duration) {
        self.stop_opening();
        self.stop_asking();
        self.closing().end(patience).await;
    }
}

/// Posts the progress of a job as long as it is told.
async fn relay<T>(
    mut heard: UnboundedReceiver<T>,
    messages: Sender<Message>,
    posted: impl Fn(T) -> Message,
) {
    while let Some(news) = heard.recv().await {
        if messages.send(posted(news)).await.is_err() {
            return;
        }
    }
}
