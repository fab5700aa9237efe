//! Plays the runs of one seed: orders one report until it is there, kills runs, lets time pass in between.

use crate::azure::{Azure, Face};
use crate::clock::SimClock;
use crate::dice::Dice;
use crate::folder;
use crate::gate;
use crate::journal::{Ending, Event, Journal, Record, Role, Totals};
use crate::kill::{self, Killer, Sign};
use crate::server::{Server, Stage};
use chrono::TimeDelta;
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::money::Money;
use costscope::domain::period::{Month, Period};
use costscope::domain::report::operation::states::Operation;
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::{Api, Subset};
use costscope::domain::scope::ScopeId;
use costscope::ops::clock::Clock;
use costscope::ops::orders::order_spec::{OrderSpec, Resume};
use costscope::ops::orders::outcome::{PartOutcome, Progress};
use costscope::ops::orders::report;
use costscope::ops::session::{Session, Setup};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Runs in which everything behaves. A report that had failed is ordered again in the second, and an order whose outcome
/// is unknown with `--refresh`.
const KIND: u64 = 4;

/// One run.
struct Plan {
    role: Role,
    refresh: bool,
    max_wait: Duration,
    /// How many of a thousand requests go wrong.
    mood: u64,
    /// In how many of a thousand waits the wall clock is set.
    jumpy: u64,
    kill: kill::Plan,
}

impl Plan {
    fn wild(dice: &mut Dice, refresh: bool) -> Self {
        let signs = [
            Sign::Request,
            Sign::Answer,
            Sign::News,
            Sign::Wait,
            Sign::Wait,
            Sign::Poll,
            Sign::Poll,
            Sign::Stop,
        ];
        let sign = dice.pick(&signs);
        let most = if sign == Sign::Poll { 150 } else { 9 };
        let after = dice.below(most) + 1;
        let seconds = dice.pick(&[30, 300, 3600, 3600, 14_400]);
        Self {
            role: Role::Wild,
            refresh,
            max_wait: Duration::from_secs(seconds),
            mood: dice.pick(&[50, 150, 300, 500, 800]),
            jumpy: dice.pick(&[0, 0, 100, 300]),
            kill: dice.chance(450).then_some((sign, after)),
        }
    }

    fn kind(role: Role, refresh: bool) -> Self {
        Self {
            role,
            refresh,
            max_wait: Duration::from_secs(48 * 3600),
            mood: 0,
            jumpy: 0,
            kill: None,
        }
    }
}

/// Everything that the runs of a seed share.
struct Player {
    folder: TempDir,
    face: Face,
    url: String,
    clock: Arc<SimClock>,
    journal: Arc<Journal>,
    killer: Arc<Killer>,
    server: Server,
    /// Secrets found in files, and files that are damaged.
    leaked: Vec<String>,
}

/// Plays a seed; with a face, without any fault.
pub(crate) fn play(seed: u64, mild: Option<Face>, journal: &Arc<Journal>) -> Record {
    let mut dice = Dice::of(seed, 1);
    let faces = [
        Face::Details,
        Face::Details,
        Face::Detailed,
        Face::Usage,
        Face::Usage,
    ];
    let drawn = dice.pick(&faces);
    let wild = dice.below(4) + 1;
    let (face, wild) = match mild {
        Some(face) => (face, 0),
        None => (drawn, wild),
    };
    let mut player = Player::new(seed, face, Arc::clone(journal));
    player.runs(&mut dice, wild);
    player.record()
}

impl Player {
    fn new(seed: u64, face: Face, journal: Arc<Journal>) -> Self {
        let killer = Arc::new(Killer::default());
        let clock_dice = Dice::of(seed, 3);
        let clock = SimClock::new(clock_dice, Arc::clone(&journal), Arc::clone(&killer));
        let (arm, storage) = (gate::bind(0), gate::bind(0));
        let url =
            |listener: &std::net::TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let bases = (url(&arm), url(&storage));
        let arm_url = bases.0.clone();
        let azure = Azure::new(Dice::of(seed, 2), face, bases);
        let stage = Stage::new(
            azure,
            Arc::clone(&clock),
            Arc::clone(&journal),
            Arc::clone(&killer),
        );
        let door = clock.gate.door(arm);
        Self {
            folder: folder::scratch(),
            face,
            url: arm_url,
            clock,
            journal,
            killer,
            server: Server::start(stage, door, storage),
            leaked: Vec::new(),
        }
    }

    fn runs(&mut self, dice: &mut Dice, wild: u64) {
        let mut refresh = false;
        for number in 0..wild + KIND {
            let plan = if number < wild {
                Plan::wild(dice, refresh)
            } else {
                Plan::kind(Role::Kind, refresh)
            };
            let ended = self.run(&plan);
            let is = |status: &str| ended.as_ref().is_some_and(|ended| ended.status == status);
            if is("ready") {
                self.run(&Plan::kind(Role::Repeat, false));
                return;
            }
            if is("empty") {
                return;
            }
            let failure = ended.as_ref().and_then(|ended| ended.failure);
            let is_unclear = failure.is_some_and(|(kind, _)| kind == "Undecided");
            let is_last_wild = number + 1 >= wild;
            // Nobody but the user can decide whether to order again.
            let is_decided = dice.chance(500) || is_last_wild;
            refresh = is_decided && is_unclear;
            let gap = dice.pick(&[0, 0, 5, 60, 600, 10_800]);
            self.clock.pass(TimeDelta::seconds(gap));
            if dice.chance(200) && !is_last_wild {
                self.clock.jump(SimClock::draw_jump(dice));
            }
        }
    }

    /// One run in a session of its own; `None` if it was killed.
    fn run(&mut self, plan: &Plan) -> Option<Ending> {
        self.server.azure().set_mood(plan.mood);
        self.clock.set_jumpy(plan.jumpy);
        self.killer.begin(plan.kill);
        self.journal.add(Event::Begun {
            role: plan.role,
            refresh: plan.refresh,
            max_wait: TimeDelta::from_std(plan.max_wait).unwrap(),
        });
        // Work on other threads goes on when a future is dropped. The end of the runtime waits for it, so that the next
        // run finds what a process would have left.
        let threads = &self.clock.threads;
        let (begun, ended) = (Arc::clone(threads), Arc::clone(threads));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_start(move || begun.enter())
            .on_thread_stop(move || ended.leave())
            .build()
            .unwrap();
        threads.enter();
        let outcome = runtime.block_on(self.fetch(plan));
        threads.leave();
        drop(runtime);
        let ended = outcome.as_ref().map(ending_of);
        self.journal.add(match &ended {
            Some(ended) => Event::Ended(ended.clone()),
            None => Event::Killed {
                ambiguous: plan.kill.is_none_or(|(sign, _)| sign.is_ambiguous()),
            },
        });
        self.server.settle();
        let secrets = self.server.azure().secrets();
        let leaked = folder::with_secrets(self.folder.path(), &secrets);
        self.leaked.extend(leaked);
        self.leaked.extend(folder::damaged(self.folder.path()));
        ended
    }

    async fn fetch(&self, plan: &Plan) -> Option<PartOutcome> {
        let setup = Setup {
            endpoint: Some(self.url.clone()),
            origin: Some("test".to_owned()),
            ..Setup::new(self.folder.path().to_owned())
        };
        let clock: Arc<dyn Clock> = Arc::<SimClock>::clone(&self.clock);
        let session = Session::open(&setup, clock).unwrap();
        let order = self.order(plan);
        let request = order.request(order.period.clone(), Metric::Actual);
        let stop = CancellationToken::new();
        let (journal, killer) = (&*self.journal, &*self.killer);
        let hear = |news: Progress| {
            journal.add(Event::Told {
                state: state_of(&news.operation),
                note: news.note.clone(),
                whole: format!("{news:?}"),
            });
            killer.pass(Sign::News);
            if killer.pass(Sign::Stop) {
                journal.add(Event::Stopped);
                stop.cancel();
            }
        };
        let mut fetch = std::pin::pin!(report::fetch(&session, &order, &request, &stop, hear));
        std::future::poll_fn(|context| {
            killer.listen(context.waker());
            killer.pass(Sign::Poll);
            if killer.is_due() {
                return Poll::Ready(None);
            }
            match fetch.as_mut().poll(context) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending if killer.is_due() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// October of one enrolment.
    fn order(&self, plan: &Plan) -> OrderSpec {
        OrderSpec {
            scope: ScopeId::parse("8608480").unwrap(),
            metric: MetricChoice::Actual,
            period: Period::Dates(Month::parse("2026-10").unwrap().range()),
            subset: Subset::default(),
            api: Some(match self.face {
                Face::Details => Api::Details,
                Face::Detailed => Api::Detailed,
                Face::Usage => Api::Usage,
            }),
            agreement: None,
            refresh: plan.refresh,
            resume: Resume::AsUsual,
            max_wait: plan.max_wait,
            out: None,
        }
    }

    fn record(self) -> Record {
        let mut left = self.leaked;
        left.extend(folder::unverified(self.folder.path()));
        left.extend(folder::left_over(self.folder.path()));
        let azure = self.server.azure();
        Record {
            entries: self.journal.entries(),
            secrets: azure.secrets(),
            served: azure.served(),
            left,
        }
    }
}

fn state_of(operation: &Operation) -> &'static str {
    match operation {
        Operation::Ordered(_) => "ordered",
        Operation::Generating(_) => "generating",
        Operation::Downloading(_) => "downloading",
        Operation::Paging(_) => "paging",
        Operation::Fetched => "fetched",
        Operation::Ready { .. } => "ready",
        Operation::Empty { .. } => "empty",
        Operation::Failed(_) => "failed",
        Operation::Cancelled => "cancelled",
    }
}

fn kind_of(failure: &Failure) -> &'static str {
    match failure {
        Failure::NotAllowed { .. } => "NotAllowed",
        Failure::Unsupported { .. } => "Unsupported",
        Failure::Rejected { .. } => "Rejected",
        Failure::Unreadable { .. } => "Unreadable",
        Failure::ForeignLink { .. } => "ForeignLink",
        Failure::Undecided { .. } => "Undecided",
        Failure::Gone { .. } => "Gone",
        Failure::Unreachable { .. } => "Unreachable",
        Failure::GaveUp { .. } => "GaveUp",
        Failure::Damaged { .. } => "Damaged",
        Failure::Local { .. } => "Local",
    }
}

fn ending_of(outcome: &PartOutcome) -> Ending {
    let (status, failure) = match outcome {
        PartOutcome::Ready { .. } => ("ready", None),
        PartOutcome::Empty { .. } => ("empty", None),
        PartOutcome::Failed(failure) => ("failed", Some((kind_of(failure), failure.exit_code()))),
        PartOutcome::Cancelled => ("cancelled", None),
    };
    let mut totals = Totals::default();
    for Money { currency, amount } in outcome.totals() {
        totals.add(currency.as_deref().unwrap_or("none"), amount.units());
    }
    totals.rows = outcome.entry().map_or(0, |entry| entry.rows);
    let from_ledger = matches!(
        outcome,
        PartOutcome::Ready {
            from_ledger: true,
            ..
        }
    );
    Ending {
        status,
        failure,
        message: outcome.why().unwrap_or_default().to_owned(),
        whole: format!("{outcome:?}"),
        totals,
        from_ledger,
    }
}
