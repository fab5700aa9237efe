//! The servers of the made-up Azure: two ports of this machine, on a thread of their own.

use crate::azure::{Azure, Reaction, TOKEN};
use crate::clock::SimClock;
use crate::gate::Door;
use crate::http::{self, Request};
use crate::journal::{Cause, Event, Facts, Journal, Place, Purpose, Token};
use crate::kill::{Killer, Sign};
use chrono::TimeDelta;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Stage {
    azure: Mutex<Azure>,
    clock: Arc<SimClock>,
    journal: Arc<Journal>,
    killer: Arc<Killer>,
    /// Connections that are being served.
    busy: AtomicUsize,
}

/// The running servers; they end when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    stage: Arc<Stage>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Stage {
    pub(crate) fn new(
        azure: Azure,
        clock: Arc<SimClock>,
        journal: Arc<Journal>,
        killer: Arc<Killer>,
    ) -> Arc<Self> {
        Arc::new(Self {
            azure: Mutex::new(azure),
            clock,
            journal,
            killer,
            busy: AtomicUsize::new(0),
        })
    }

    pub(crate) fn azure(&self) -> MutexGuard<'_, Azure> {
        self.azure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    pub(crate) fn start(stage: Arc<Stage>, door: Door, storage: std::net::TcpListener) -> Self {
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&stage);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                tokio::spawn(arm(Arc::clone(&shared), door));
                tokio::spawn(storage_of(shared, storage));
                let _ = stopped.await;
            });
        });
        Self {
            stage,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn azure(&self) -> MutexGuard<'_, Azure> {
        self.stage.azure()
    }

    /// Waits until no connection of an ended run is left.
    pub(crate) fn settle(&self) {
        std::thread::sleep(Duration::from_millis(2));
        let begun = Instant::now();
        while self.stage.busy.load(Ordering::SeqCst) > 0 && begun.elapsed() < Duration::from_secs(5)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn arm(stage: Arc<Stage>, mut door: Door) {
    while let Some(stream) = door.next().await {
        spawn(&stage, Place::Arm, stream);
    }
}

async fn storage_of(stage: Arc<Stage>, listener: std::net::TcpListener) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        spawn(&stage, Place::Storage, stream);
    }
}

fn spawn(stage: &Arc<Stage>, place: Place, mut stream: TcpStream) {
    let stage = Arc::clone(stage);
    stage.busy.fetch_add(1, Ordering::SeqCst);
    tokio::spawn(async move {
        serve(&stage, place, &mut stream).await;
        drop(stream);
        stage.busy.fetch_sub(1, Ordering::SeqCst);
    });
}

/// Where the token is in a request.
fn token_in(request: &Request) -> Token {
    let is_elsewhere = request.target.contains(TOKEN)
        || request.body.contains(TOKEN)
        || request
            .headers
            .iter()
            .any(|(name, value)| name != "authorization" && value.contains(TOKEN));
    let header = request.header("authorization");
    match header {
        _ if is_elsewhere => Token::Elsewhere,
        Some(value) if value == format!("Bearer {TOKEN}") => Token::Header,
        Some(_) => Token::Elsewhere,
        None => Token::Nowhere,
    }
}

async fn serve(stage: &Stage, place: Place, stream: &mut TcpStream) {
    let Some(request) = http::read(stream).await else {
        return;
    };
    let purpose = stage.azure().purpose(place, &request);
    stage.journal.add(Event::Asked {
        place,
        purpose,
        line: format!("{} {}", request.method, request.target),
        token: token_in(&request),
    });
    let now = stage.clock.times();
    let reaction = stage.azure().react(purpose, &request, now);
    if stage.killer.pass(Sign::Request) {
        unanswered(stage, purpose, &reaction, "the run ends before the answer");
        http::until_closed(stream, Duration::from_secs(10)).await;
        return;
    }
    if !reaction.jump.is_zero() {
        stage.clock.jump(reaction.jump);
    }
    if !http::pause(&stage.clock, stream, reaction.silence).await {
        unanswered(stage, purpose, &reaction, "the client waited no longer");
        return;
    }
    if reaction.outage > TimeDelta::zero() {
        let length = reaction.outage;
        stage.journal.add(Event::Outage { length });
        let until = stage.clock.times().steady + length;
        stage.clock.gate.close(until).await;
    }
    answer(stage, purpose, reaction, stream).await;
    stage.killer.pass(Sign::Answer);
}

/// Records a request whose client was gone before the answer.
fn unanswered(stage: &Stage, purpose: Purpose, reaction: &Reaction, words: &str) {
    let facts = Facts {
        accepted: reaction.facts.accepted,
        unclear: purpose == Purpose::Order,
        cause: Some(Cause::Lost),
        ..Facts::default()
    };
    stage.journal.add(Event::Answered {
        purpose,
        status: None,
        named: None,
        facts,
        words: words.to_owned(),
    });
}

async fn answer(stage: &Stage, purpose: Purpose, reaction: Reaction, stream: &mut TcpStream) {
    let Reaction { answer, facts, .. } = reaction;
    let Some(answer) = answer else {
        let words = "the connection is reset".to_owned();
        stage.journal.add(Event::Answered {
            purpose,
            status: None,
            named: None,
            facts,
            words,
        });
        http::reset(stream).await;
        return;
    };
    let rendered = answer.render(stage.clock.times());
    let is_whole = answer.cut != crate::answer::Cut::Head;
    stage.journal.add(Event::Answered {
        purpose,
        status: is_whole.then_some(answer.status),
        named: rendered.named.filter(|_| is_whole),
        facts,
        words: rendered.words.clone(),
    });
    http::send(&stage.clock, stream, &rendered, (answer.cut, answer.slow)).await;
}
