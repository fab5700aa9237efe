//! Cases of the watch: which run is ours, and when it looks again.

use crate::domain::export::definition::OwnDays;
use crate::domain::export::run::{Run, Status, Trigger};
use crate::domain::export::watch::{StartState, Watch, WatchEnding, WatchStep, is_to_date};
use crate::domain::period::{DateRange, Month};
use chrono::{DateTime, TimeDelta, Utc};

fn at(minutes: i64) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().unwrap();
    noon + TimeDelta::minutes(minutes)
}

fn october() -> DateRange {
    Month::parse("2026-10").unwrap().range()
}

fn run(id: &str, status: &str, minutes: i64) -> Run {
    Run {
        id: id.to_owned(),
        status: Status::read(status),
        trigger: Trigger::OnDemand,
        submitted_by: None,
        submitted: Some(at(minutes)),
        ended: None,
        days: Some(october()),
        file: None,
        manifest: None,
        error: None,
    }
}

/// A watch over a run of October that was started at noon, with a run before it.
fn watch() -> Watch {
    Watch::new(Some(october()), &[run("old", "Completed", -600)], at(0))
}

const HOURS: i64 = 4 * 60;

fn look(watch: &mut Watch, history: &[Run], minutes: i64) -> WatchStep {
    watch.looked(history, at(minutes), (None, at(HOURS)))
}

fn seen(step: WatchStep) -> Option<String> {
    match step {
        WatchStep::Look { run, .. } => run.map(|run| run.id),
        WatchStep::Ended(ending) => panic!("{ending:?}"),
    }
}

#[test]
fn only_a_new_run_on_demand_of_the_same_days_is_ours() {
    let other = |change: fn(&mut Run)| {
        let mut run = run("new", "Queued", 0);
        change(&mut run);
        run
    };
    for (run, is_ours) in [
        (other(|_| {}), true),
        // The clock of this machine may be wrong: only times of the server are compared.
        (other(|run| run.submitted = Some(at(-599))), true),
        (other(|run| run.submitted = None), true),
        (other(|run| run.id = "old".to_owned()), false),
        (other(|run| run.trigger = Trigger::Scheduled), false),
        (other(|run| run.submitted = Some(at(-601))), false),
        (other(|run| run.days = None), false),
        (
            other(|run| run.days = Some(Month::parse("2026-09").unwrap().range())),
            false,
        ),
    ] {
        let step = look(&mut watch(), std::slice::from_ref(&run), 1);
        assert_eq!(seen(step).is_some(), is_ours, "{run:?}");
    }
}

#[test]
fn without_a_history_a_run_of_the_last_day_is_ours() {
    for (submitted, is_ours) in [(-23 * 60, true), (-25 * 60, false)] {
        let mut watch = Watch::new(Some(october()), &[], at(0));
        let step = look(&mut watch, &[run("new", "Queued", submitted)], 1);
        assert_eq!(seen(step).is_some(), is_ours, "{submitted}");
    }
}

#[test]
fn the_end_of_an_open_month_may_move_by_a_day() {
    let days = |text: &str| DateRange::parse(text).unwrap();
    for (asked, found, is_ours) in [
        ("2026-11-01..2026-11-20", "2026-11-01..2026-11-20", true),
        ("2026-11-01..2026-11-20", "2026-11-01..2026-11-19", true),
        ("2026-11-01..2026-11-20", "2026-11", true),
        ("2026-11-01..2026-11-20", "2026-11-01..2026-11-18", false),
        ("2026-11-01..2026-11-20", "2026-11-02..2026-11-20", false),
        ("2026-11-01..2026-11-18", "2026-11", false),
        ("2026-11-01..2026-11-19", "2026-11-01..2026-11-20", true),
        ("2026-10", "2026-10-01..2026-10-30", false),
    ] {
        let mut watch = Watch::new(Some(days(asked)), &[], at(0));
        let new = Run {
            days: Some(days(found)),
            ..run("new", "Queued", 0)
        };
        let step = look(&mut watch, std::slice::from_ref(&new), 1);
        assert_eq!(seen(step).is_some(), is_ours, "{asked} {found}");
        let open = Watch::of_open_run((Some(days(asked)), None), &[new], at(1));
        assert_eq!(open.is_some(), is_ours, "{asked} {found}");
    }
    let asked = days("2026-11-01..2026-11-20");
    let of = |id: &str, minutes, text: &str| Run {
        days: Some(days(text)),
        ..run(id, "Queued", minutes)
    };
    let history = [
        of("whole", 0, "2026-11"),
        of("exact", 1, "2026-11-01..2026-11-20"),
    ];
    let mut watch = Watch::new(Some(asked), &[], at(0));
    assert_eq!(seen(look(&mut watch, &history, 2)).unwrap(), "exact");
    let open = Watch::of_open_run((Some(asked), None), &history, at(2));
    assert_eq!(open.unwrap().run.as_deref(), Some("exact"));
    for (text, today, expected) in [
        ("2026-11-01..2026-11-20", "2026-11-20", true),
        ("2026-11-01..2026-11-20", "2026-11-21", false),
        ("2026-10", "2026-10-31", false),
    ] {
        let found = is_to_date(Some(days(text)), today.parse().unwrap());
        assert_eq!(found, expected, "{text} {today}");
    }
}

#[test]
fn the_run_stays_ours_once_it_is_known() {
    let mut watch = watch();
    let history = [run("second", "Queued", 2), run("first", "Queued", 1)];
    assert_eq!(seen(look(&mut watch, &history, 3)).unwrap(), "first");
    // Another run that ends first is not ours.
    let history = [run("second", "Completed", 2), run("first", "InProgress", 1)];
    assert_eq!(seen(look(&mut watch, &history, 4)).unwrap(), "first");
}

#[test]
fn every_status_ends_the_watch_or_goes_on() {
    for (word, ended) in [
        ("Queued", None),
        ("InProgress", None),
        ("Copying", None),
        ("Completed", Some("completed")),
        ("DataReady", Some("completed")),
        ("NewDataNotAvailable", Some("no data")),
        ("DataNotAvailable", Some("no data")),
        ("Failed", Some("failed")),
        ("Timeout", Some("failed")),
    ] {
        let step = look(&mut watch(), &[run("new", word, 1)], 2);
        let words = match step {
            WatchStep::Look { .. } => None,
            WatchStep::Ended(WatchEnding::Completed(_)) => Some("completed"),
            WatchStep::Ended(WatchEnding::NoData(_)) => Some("no data"),
            WatchStep::Ended(WatchEnding::Failed(_)) => Some("failed"),
            WatchStep::Ended(WatchEnding::NeverStarted | WatchEnding::TimeUp(_)) => Some("other"),
        };
        assert_eq!(words, ended, "{word}");
    }
}

#[test]
fn the_next_look_is_soon_at_first_and_never_before_a_named_wait() {
    let minutes = TimeDelta::minutes;
    for (now, named, next) in [
        (0, None, TimeDelta::seconds(30)),
        (9, None, TimeDelta::seconds(30)),
        (10, None, minutes(2)),
        (0, Some(minutes(5)), minutes(5)),
        (20, Some(TimeDelta::seconds(5)), minutes(2)),
        // The last look is at the limit.
        (HOURS - 1, None, minutes(1)),
    ] {
        let mut watch = watch();
        watch.accepted();
        let expected = WatchStep::Look {
            at: at(now) + next,
            run: None,
        };
        assert_eq!(watch.looked(&[], at(now), (named, at(HOURS))), expected);
        let mut missed = watch.clone();
        assert_eq!(missed.missed(at(now), (named, at(HOURS))), expected);
        assert_eq!(missed.not_before, Some(at(now) + next));
        // An error that names no wait does not shorten the last one.
        assert_eq!(missed.missed(at(now), (None, at(HOURS))), expected);
    }
}

#[test]
fn an_unclear_start_is_given_ten_minutes_and_an_accepted_one_all_the_time() {
    let mut unclear = watch();
    assert_eq!(seen(look(&mut unclear, &[], 9)), None);
    assert_eq!(
        look(&mut unclear, &[], 10),
        WatchStep::Ended(WatchEnding::NeverStarted)
    );
    // A run that was seen has begun, even if the history leaves it out later.
    let mut shown = watch();
    assert!(seen(look(&mut shown, &[run("new", "Queued", 1)], 2)).is_some());
    assert_eq!(shown.start, StartState::Accepted);
    assert_eq!(seen(look(&mut shown, &[], 11)), None);
    let mut accepted = watch();
    accepted.accepted();
    assert_eq!(seen(look(&mut accepted, &[], 60)), None);
    assert_eq!(
        look(&mut accepted, &[], HOURS),
        WatchStep::Ended(WatchEnding::TimeUp(None))
    );
    // A named wait beyond the limit ends it at once.
    let named = Some(TimeDelta::hours(5));
    let step = accepted.looked(&[], at(60), (named, at(HOURS)));
    assert_eq!(step, WatchStep::Ended(WatchEnding::TimeUp(None)));
}

#[test]
fn a_recent_open_run_of_the_same_days_is_followed() {
    let now = at(0);
    let own = |month: &str| {
        let DateRange { from, to } = Month::parse(month).unwrap().range();
        Some(OwnDays { from, to })
    };
    for (history, days, found) in [
        (run("a", "InProgress", -10), Some(october()), true),
        (run("a", "Queued", -10), None, true),
        (
            Run {
                days: Some(Month::parse("2026-09").unwrap().range()),
                ..run("a", "Queued", -10)
            },
            None,
            false,
        ),
        (run("a", "Completed", -10), Some(october()), false),
        (run("a", "InProgress", -HOURS), Some(october()), false),
        (
            run("a", "InProgress", -10),
            Some(Month::parse("2026-09").unwrap().range()),
            false,
        ),
    ] {
        let asked = (days, own("2026-10"));
        let watch = Watch::of_open_run(asked, std::slice::from_ref(&history), now);
        assert_eq!(watch.is_some(), found, "{history:?}");
        if let Some(watch) = watch {
            assert_eq!(
                (watch.run.as_deref(), watch.start),
                (Some("a"), StartState::Accepted)
            );
            assert_eq!((watch.days, watch.own), asked);
            assert_eq!(watch.started_at, at(-10), "when the run was submitted");
        }
    }
}

#[test]
fn the_note_of_a_watch_has_only_the_facts_that_are_known() {
    let fresh = Watch::new(None, &[], at(0));
    let known = Watch {
        unwatched: true,
        is_to_date: true,
        newest: Some(at(-1)),
        looks: 1,
        last_named: Some(30),
        ..fresh.clone()
    };
    for (watch, has_more) in [(fresh, false), (known, true)] {
        let note = serde_json::to_value(&watch).unwrap();
        for name in ["unwatched", "is_to_date", "newest", "looks", "last_named"] {
            assert_eq!(note.get(name).is_some(), has_more, "{name}");
        }
        let read: Watch = serde_json::from_value(note).unwrap();
        assert_eq!(read, watch);
    }
}

#[test]
fn looks_are_counted_whether_they_succeed_or_not() {
    let mut watch = watch();
    look(&mut watch, &[], 1);
    watch.missed(at(2), (None, at(HOURS)));
    look(&mut watch, &[run("new", "Completed", 1)], 3);
    assert_eq!(watch.looks, 3);
}

#[test]
fn where_own_days_cannot_be_told_any_open_run_on_demand_is_followed() {
    let scheduled = Run {
        trigger: Trigger::Scheduled,
        ..run("a", "Queued", -10)
    };
    for (history, found) in [
        (run("a", "Queued", -10), true),
        (run("a", "Completed", -10), false),
        (run("a", "Queued", -HOURS), false),
        (scheduled, false),
    ] {
        let watch = Watch::of_open_run((None, None), std::slice::from_ref(&history), at(0));
        assert_eq!(watch.is_some(), found, "{history:?}");
    }
}

#[test]
fn without_days_a_run_of_the_exports_own_days_comes_before_others() {
    let september = Month::parse("2026-09").unwrap().range();
    let other = Run {
        days: Some(september),
        ..run("other", "Queued", 1)
    };
    let ours = run("ours", "Queued", 2);
    let DateRange { from, to } = october();
    for (own, expected) in [
        (Some(OwnDays { from, to }), "ours"),
        // Where they cannot be told, the first one is taken.
        (None, "other"),
    ] {
        let mut watch = Watch {
            own,
            ..Watch::new(None, &[], at(0))
        };
        let step = look(&mut watch, &[other.clone(), ours.clone()], 3);
        assert_eq!(seen(step).unwrap(), expected);
    }
    // A run whose days are named in another way than expected is still ours.
    let mut watch = Watch {
        own: Some(OwnDays { from, to }),
        ..Watch::new(None, &[], at(0))
    };
    assert_eq!(seen(look(&mut watch, &[other], 3)).unwrap(), "other");
}

#[test]
fn the_first_look_waits_for_a_busy_server_and_is_never_in_the_past() {
    let mut busy = watch();
    assert_eq!(busy.first_look(at(1)), at(1), "nothing was named");
    busy.busy(at(5));
    for (now, look) in [(0, 5), (5, 5), (9, 9)] {
        assert_eq!(busy.first_look(at(now)), at(look), "{now}");
    }
    assert!(busy.unwatched, "nothing was started");
}

#[test]
fn a_wait_that_was_named_holds_for_looks_that_fail() {
    let mut watch = watch();
    watch.accepted();
    let named = Some(TimeDelta::minutes(30));
    watch.looked(&[], at(0), (named, at(HOURS)));
    for minutes in [1, 31] {
        let step = watch.missed(at(minutes), (None, at(HOURS)));
        let expected = at(minutes + 30);
        assert!(
            matches!(step, WatchStep::Look { at, .. } if at == expected),
            "{step:?}"
        );
    }
    // A look that succeeds without one ends it.
    watch.looked(&[], at(62), (None, at(HOURS)));
    let step = watch.missed(at(63), (None, at(HOURS)));
    assert!(
        matches!(step, WatchStep::Look { at, .. } if at < self::at(93)),
        "{step:?}"
    );
}
