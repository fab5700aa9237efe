//! A wall clock and a steady clock that are simulated. Waits of the client take no time; while it waits for an answer,
//! the server lets time pass.

use crate::client_threads::ClientThreads;
use crate::dice::Dice;
use crate::gate::Gate;
use crate::journal::{Event, Journal, Times};
use crate::kill::{Killer, Sign};
use chrono::{DateTime, TimeDelta, Utc};
use costscope::ops::clock::{Clock, Sleep};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How much longer than the steady clock the wall clock may make a wait.
const DRIFT: TimeDelta = TimeDelta::seconds(2);

/// How far a wall clock is set in seconds.
const JUMPS: [i64; 8] = [-7200, -3600, -60, -2, 2, 60, 3600, 7200];

/// Both clocks.
#[derive(Debug)]
pub(crate) struct SimClock {
    state: Mutex<State>,
    passed: Notify,
    pub(crate) gate: Gate,
    pub(crate) threads: Arc<ClientThreads>,
    journal: Arc<Journal>,
    killer: Arc<Killer>,
}

#[derive(Debug)]
struct State {
    times: Times,
    dice: Dice,
    /// In how many of a thousand waits the wall clock is set.
    jumpy: u64,
    /// The alarms that somebody waits for.
    alarms: BTreeMap<u64, TimeDelta>,
    next_alarm: u64,
}

/// An alarm, known as long as somebody waits for it.
struct Alarm<'a> {
    clock: &'a SimClock,
    number: u64,
    end: TimeDelta,
}

impl Alarm<'_> {
    fn is_over(&self) -> bool {
        self.end <= self.clock.times().steady
    }
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        self.clock.state().alarms.remove(&self.number);
    }
}

impl SimClock {
    pub(crate) fn new(dice: Dice, journal: Arc<Journal>, killer: Arc<Killer>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                times: Times::first(),
                dice,
                jumpy: 0,
                alarms: BTreeMap::new(),
                next_alarm: 0,
            }),
            passed: Notify::new(),
            gate: Gate::default(),
            threads: Arc::default(),
            journal,
            killer,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn times(&self) -> Times {
        self.state().times
    }

    /// Sets in how many of a thousand waits the wall clock jumps.
    pub(crate) fn set_jumpy(&self, per_mille: u64) {
        self.state().jumpy = per_mille;
    }

    /// Time passes, or the wall clock is set; whether an alarm is due. The alarms are read before the client is woken,
    /// which may drop them at once.
    fn advance(&self, by: TimeDelta, jump: TimeDelta) -> bool {
        let (steady, is_due) = {
            let mut state = self.state();
            state.times.steady += by;
            state.times.wall += by + jump;
            state.times.ahead += jump.max(TimeDelta::zero());
            self.journal.set(state.times);
            let now = state.times.steady;
            (now, state.alarms.values().any(|end| *end <= now))
        };
        if !jump.is_zero() {
            self.journal.add(Event::Jumped { by: jump });
        }
        self.gate.look(steady);
        self.passed.notify_waiters();
        is_due
    }

    /// Lets time pass; whether an alarm is due.
    pub(crate) fn pass(&self, by: TimeDelta) -> bool {
        self.advance(by, TimeDelta::zero())
    }

    /// Sets the wall clock.
    pub(crate) fn jump(&self, by: TimeDelta) {
        self.advance(TimeDelta::zero(), by);
    }

    /// When the next alarm is due, on the steady clock.
    pub(crate) fn next_alarm(&self) -> Option<TimeDelta> {
        self.state().alarms.values().min().copied()
    }

    /// A jump of the wall clock, drawn at random.
    pub(crate) fn draw_jump(dice: &mut Dice) -> TimeDelta {
        TimeDelta::seconds(dice.pick(&JUMPS))
    }

    fn register(&self, at: DateTime<Utc>) -> Alarm<'_> {
        let mut state = self.state();
        let left = at.signed_duration_since(state.times.wall);
        let end = state
            .times
            .steady
            .checked_add(&left.max(TimeDelta::zero()))
            .unwrap_or(TimeDelta::MAX);
        let number = state.next_alarm;
        state.next_alarm += 1;
        state.alarms.insert(number, end);
        Alarm {
            clock: self,
            number,
            end,
        }
    }

    /// The part of a wait after which it is disturbed, and how the wall clock is set then.
    fn disturbance(&self, length: TimeDelta) -> (TimeDelta, TimeDelta) {
        let mut state = self.state();
        let part = i32::try_from(state.dice.below(1000)).unwrap();
        let part = length / 1000 * part;
        let jumpy = state.jumpy;
        let jump = if state.dice.chance(jumpy) && !length.is_zero() {
            Self::draw_jump(&mut state.dice)
        } else {
            TimeDelta::zero()
        };
        (part, jump)
    }

    /// Waits until both clocks say so, as the clock of the program does; `false` if the run is killed meanwhile.
    fn wait(&self, until: DateTime<Utc>) -> bool {
        let begun = self.times();
        let length = until
            .signed_duration_since(begun.wall)
            .max(TimeDelta::zero());
        let end = begun.steady + length;
        let (part, jump) = self.disturbance(length);
        let killed = self.killer.pass(Sign::Wait);
        if killed || !jump.is_zero() {
            self.advance(part, jump);
        }
        while !killed && let Some(left) = left_of(until, end, self.times()) {
            self.advance(left, TimeDelta::zero());
        }
        self.journal.add(Event::Waited {
            wanted: length,
            took: self.times().steady - begun.steady,
        });
        !killed
    }
}

/// The rest of a wait; `None` once it is over.
fn left_of(until: DateTime<Utc>, end: TimeDelta, now: Times) -> Option<TimeDelta> {
    let by_steady = end - now.steady;
    let by_wall = until.signed_duration_since(now.wall);
    let left = by_steady.max(by_wall.min(by_steady + DRIFT));
    (left > TimeDelta::zero()).then_some(left)
}

impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        self.times().wall
    }

    fn steady(&self) -> TimeDelta {
        self.times().steady
    }

    fn sleep_until(&self, until: DateTime<Utc>) -> Sleep<'_> {
        Box::pin(async move {
            if !self.wait(until) {
                std::future::pending::<()>().await;
            }
        })
    }

    fn alarm(&self, at: DateTime<Utc>) -> Sleep<'_> {
        let alarm = self.register(at);
        Box::pin(async move {
            loop {
                let passed = self.passed.notified();
                if alarm.is_over() {
                    return;
                }
                passed.await;
            }
        })
    }

    fn jitter(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.state().dice.between(0, 999))
    }
}

#[test]
fn waits_end_when_both_clocks_say_so() {
    let now = Times::first();
    let seconds = TimeDelta::seconds;
    let (until, end) = (now.wall + seconds(60), now.steady + seconds(60));
    let at = |steady: i64, wall: i64| Times {
        wall: now.wall + seconds(wall),
        steady: now.steady + seconds(steady),
        ..now
    };
    assert_eq!(left_of(until, end, at(10, 10)), Some(seconds(50)));
    assert_eq!(left_of(until, end, at(10, 3610)), Some(seconds(50)));
    assert_eq!(left_of(until, end, at(10, -3590)), Some(seconds(52)));
    assert_eq!(left_of(until, end, at(60, 60)), None);
    assert_eq!(left_of(until, end, at(62, -3540)), None);
}
