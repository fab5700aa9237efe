//! Opens sources, and posts what is read of them meanwhile.

use super::loading::{Watched, load, load_pair};
use super::{EACH, Runner};
use crate::domain::query::Query;
use crate::ops::compare::pair_files;
use crate::ops::error::OpsError;
use crate::ops::explore::{open, path_completion};
use crate::tui::effect::Effect;
use crate::tui::message::{Message, RefusedSas, ToOpen};
use crate::tui::ticket::{Problem, Ticket};
use chrono::NaiveDate;
use std::sync::Arc;
use std::time::Duration;

/// The time until the first message on what is read.
const SOON: Duration = Duration::from_millis(300);

impl Runner {
    /// Runs the effects of opening sources.
    pub(super) fn run_opening(&mut self, effect: Effect) {
        match effect {
            Effect::Open {
                ticket,
                sources,
                first,
            } => self.open(ticket, &sources, &first),
            Effect::OpenPair {
                ticket,
                actual,
                amortized,
                first,
                today,
            } => self.open_pair(ticket, [actual, amortized], &first, today),
            Effect::StopOpening => self.stop_opening(),
            _ => {}
        }
    }

    /// Opens sources: posts the first rows, then what is read so far, then the result.
    fn open(&mut self, ticket: Ticket, sources: &[String], first: &Query) {
        // Typed paths have not been through a shell.
        let sources = sources
            .iter()
            .map(|source| path_completion::at_home(source));
        let sources: Vec<String> = sources.collect();
        self.stop_opening();
        if let Some((actual, amortized)) = pair_files::split(&sources) {
            // The names show that these are the two sides of a pair.
            return self.blocking(move |_| Message::Sides(ticket, actual, amortized));
        }
        let watched = Watched::new(Arc::default(), first, self.session.money);
        self.opening = Some(Arc::clone(&watched.progress));
        // Dropped when the work is done, which ends the messages on it.
        let working = Arc::new(());
        let seen = watched.clone();
        self.watch(&working, SOON, move || {
            Some(Message::SoFar(ticket, Box::new(seen.so_far())))
        });
        let messages = self.messages.clone();
        self.blocking(move |session| {
            if let Some(rows) = open::peek(&sources) {
                let _ = messages.blocking_send(Message::Peeked(ticket, Box::new(rows)));
            }
            let loaded = load(session, &watched, &sources);
            drop(working);
            if let Err(OpsError::TwoMetrics {
                sides: Some([actual, amortized]),
                ..
            }) = loaded
            {
                return Message::Sides(ticket, actual, amortized);
            }
            if let Err(OpsError::Twice(why)) = &loaded
                && sources.len() == 2
            {
                return Message::Alike(ticket, sources, why.clone());
            }
            if let Err(OpsError::NeedsSas { place, text }) = loaded {
                let refused = RefusedSas {
                    wanted: ToOpen::Table(sources),
                    place,
                    why: text,
                };
                return Message::NeedsSas(ticket, refused);
            }
            let loaded = loaded.map_err(|error| Problem::of(&error));
            Message::Opened(ticket, loaded.map(Box::new))
        });
    }

    /// Opens both sides of a comparison.
    fn open_pair(
        &mut self,
        ticket: Ticket,
        names: [Vec<String>; 2],
        first: &Query,
        today: NaiveDate,
    ) {
        self.stop_opening();
        let progress: Arc<open::Progress> = Arc::default();
        self.opening = Some(Arc::clone(&progress));
        let beside = Arc::new(progress.beside());
        let money = self.session.money;
        let watched = [progress, beside].map(|side| Watched::new(side, first, money));
        let working = Arc::new(());
        let seen = watched.clone();
        self.watch(&working, SOON, move || {
            let sides = Watched::pair_so_far(&seen);
            Some(Message::PairSoFar(ticket, Box::new(sides)))
        });
        self.blocking(move |session| {
            let pair = load_pair(session, &watched, &names, today);
            drop(working);
            if let Err(OpsError::NeedsSas { place, text }) = pair {
                let refused = RefusedSas {
                    wanted: ToOpen::Pair(names),
                    place,
                    why: text,
                };
                return Message::NeedsSas(ticket, refused);
            }
            let pair = pair.map_err(|error| Problem::of(&error));
            Message::OpenedPair(ticket, pair.map(Box::new))
        });
    }

    pub(super) fn stop_opening(&mut self) {
        if let Some(progress) = self.opening.take() {
            progress.cancel();
        }
    }

    /// Posts messages on work once a second, for the first time after a while, as long as the work holds its token.
    pub(super) fn watch(
        &self,
        working: &Arc<()>,
        first: Duration,
        tell: impl Fn() -> Option<Message> + Send + Sync + 'static,
    ) {
        let (messages, still) = (self.messages.clone(), Arc::downgrade(working));
        let tell = Arc::new(tell);
        self.tasks.spawn(async move {
            let mut pause = first;
            loop {
                tokio::time::sleep(pause).await;
                pause = EACH;
                if still.upgrade().is_none() {
                    return;
                }
                let told = Arc::clone(&tell);
                // The sums take a moment.
                let Ok(message) = tokio::task::spawn_blocking(move || told()).await else {
                    return;
                };
                if still.upgrade().is_none() {
                    return;
                }
                if let Some(message) = message
                    && messages.send(message).await.is_err()
                {
                    return;
                }
            }
        });
    }
}
