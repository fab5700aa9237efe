//! Waits and limits on clocks that jump.

use crate::ops::clock::{Clock, Deadline, Sleep, Timer};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Mutex;

fn seconds(count: i64) -> TimeDelta {
    TimeDelta::seconds(count)
}

fn start() -> DateTime<Utc> {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// The seconds left of a wait, after `steady` seconds on the steady clock and `wall` seconds on the wall clock.
fn left(length: i64, (steady, wall): (i64, i64)) -> Option<u64> {
    let boot = seconds(5_000);
    let timer = Timer::start(start() + seconds(length), start(), boot);
    let left = timer.left(start() + seconds(wall), boot + seconds(steady));
    left.map(|left| left.as_secs())
}

#[test]
fn a_wait_is_over_when_both_clocks_say_so() {
    assert_eq!(left(75, (10, 10)), Some(65));
    assert_eq!(left(75, (75, 75)), None);
    // The wall clock was set an hour ahead.
    assert_eq!(left(75, (5, 3605)), Some(70));
    assert_eq!(left(75, (75, 3675)), None);
    // The wall clock runs a little slow.
    assert_eq!(left(75, (75, 74)), Some(1));
    assert_eq!(left(75, (76, 75)), None);
}

#[test]
fn a_wall_clock_that_was_set_back_does_not_hold_a_wait_up() {
    assert_eq!(left(8, (3, -3597)), Some(7));
    assert_eq!(left(8, (8, -3592)), Some(2));
    assert_eq!(left(8, (10, -3590)), None);
}

#[test]
fn a_wait_that_has_passed_or_never_ends_is_no_overflow() {
    assert_eq!(left(-5, (0, 0)), None);
    let timer = Timer::start(DateTime::<Utc>::MAX_UTC, start(), TimeDelta::MAX);
    assert!(timer.left(start(), TimeDelta::zero()).is_some());
}

#[derive(Debug)]
struct TwoClocks(Mutex<(DateTime<Utc>, TimeDelta)>);

impl Clock for TwoClocks {
    fn now(&self) -> DateTime<Utc> {
        self.0.lock().unwrap().0
    }

    fn steady(&self) -> TimeDelta {
        self.0.lock().unwrap().1
    }

    fn sleep_until(&self, _: DateTime<Utc>) -> Sleep<'_> {
        Box::pin(std::future::ready(()))
    }

    fn jitter(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

#[test]
fn a_deadline_stays_where_it_is_when_the_wall_clock_is_set() {
    let clock = TwoClocks(Mutex::new((start(), seconds(100))));
    let deadline = Deadline::after(seconds(60), &clock);
    assert_eq!(deadline.on_wall(&clock), start() + seconds(60));
    // An hour ahead, ten seconds later: fifty seconds are left, by whatever the wall clock shows.
    *clock.0.lock().unwrap() = (start() + seconds(3610), seconds(110));
    assert_eq!(deadline.on_wall(&clock), start() + seconds(3660));
    assert!(!deadline.is_over(&clock));
    *clock.0.lock().unwrap() = (start() - seconds(3600), seconds(160));
    assert!(deadline.is_over(&clock));
    assert_eq!(
        Deadline::after(TimeDelta::MAX, &clock).on_wall(&clock),
        DateTime::<Utc>::MAX_UTC
    );
}
