//! The checks are checked: what is planted into the record of a good seed is found.

use crate::azure::{Face, TOKEN};
use crate::checks::violations;
use crate::folder;
use crate::journal::{
    Cause, Ending, Entry, Event, Facts, Journal, Place, Purpose, Record, Times, Token, Wait,
};
use crate::play::play;
use chrono::TimeDelta;
use std::sync::Arc;
use tempfile::TempDir;

/// The place of the first event that is wanted, after a place.
fn find(record: &Record, after: usize, is_wanted: impl Fn(&Event) -> bool) -> Option<usize> {
    let mut entries = record.entries.iter().enumerate().skip(after);
    let found = entries.find(|(_, entry)| is_wanted(&entry.event));
    found.map(|(at, _)| at)
}

fn is_poll(event: &Event) -> bool {
    matches!(
        event,
        Event::Asked {
            purpose: Purpose::Poll { .. },
            ..
        }
    )
}

/// An answer to a poll that says that the report is not done.
fn is_running(event: &Event) -> bool {
    matches!(
        event,
        Event::Answered {
            purpose: Purpose::Poll { .. },
            facts: Facts {
                wait: Some(Wait::Running),
                ..
            },
            ..
        }
    )
}

/// A seed without faults whose report is not done at once, but soon, and has costs.
fn good() -> Record {
    let records = (1..200).map(|seed| play(seed, Some(Face::Details), &Arc::new(Journal::new())));
    let is_wanted = |record: &Record| {
        let at = find(record, 0, is_running);
        let is_polled = at.is_some_and(|at| find(record, at, is_poll).is_some());
        let took = record.entries.last().unwrap().times.steady - Times::first().steady;
        let has_costs = record.served.iter().any(|totals| totals.rows > 0);
        is_polled && has_costs && took < TimeDelta::hours(1)
    };
    let mut records = records.filter(is_wanted);
    let record = records.next().unwrap();
    assert_eq!(violations(&record), Vec::<String>::new());
    record
}

/// The first ending.
fn ending(record: &mut Record) -> &mut Ending {
    let entries = record.entries.iter_mut();
    let mut endings = entries.filter_map(|entry| match &mut entry.event {
        Event::Ended(ending) => Some(ending),
        _ => None,
    });
    endings.next().unwrap()
}

fn fail(record: &mut Record, kind: &'static str, code: u8, message: &str) {
    let ending = ending(record);
    (ending.status, ending.failure) = ("failed", Some((kind, code)));
    message.clone_into(&mut ending.message);
}

fn asked(record: &mut Record, wanted: Place) -> (&mut Purpose, &mut Token) {
    let entries = record.entries.iter_mut();
    let mut all = entries.filter_map(|entry| match &mut entry.event {
        Event::Asked {
            place,
            purpose,
            token,
            ..
        } if *place == wanted => Some((purpose, token)),
        _ => None,
    });
    all.next().unwrap()
}

fn poll_early(record: &mut Record) {
    let running = find(record, 0, is_running).unwrap();
    let poll = find(record, running, is_poll).unwrap();
    record.entries[poll].times.steady =
        record.entries[running].times.steady + TimeDelta::milliseconds(900);
}

fn accept_twice(record: &mut Record) {
    let is_accepted =
        |event: &Event| matches!(event, Event::Answered { facts, .. } if facts.accepted);
    let at = find(record, 0, is_accepted).unwrap();
    let again = record.entries[at].clone();
    record.entries.insert(at + 1, again);
}

fn tell_a_signature(record: &mut Record) {
    let signature = record.secrets[0].clone();
    assert_ne!(signature, TOKEN);
    for entry in &mut record.entries {
        if let Event::Told { whole, .. } = &mut entry.event {
            whole.push_str(&signature);
        }
    }
}

fn ask_again(record: &mut Record) {
    let at = find(record, 0, is_poll).unwrap();
    let (first, last) = (&record.entries[at], record.entries.last().unwrap());
    let again = Entry {
        event: first.event.clone(),
        ..last.clone()
    };
    let before_end = record.entries.len() - 1;
    record.entries.insert(before_end, again);
}

fn move_the_link(record: &mut Record) {
    let running = find(record, 0, is_running).unwrap();
    if let Event::Answered { facts, .. } = &mut record.entries[running].event {
        facts.link = Some(99);
    }
}

fn fail_fast(record: &mut Record) {
    let running = find(record, 0, is_running).unwrap();
    let mut busy = record.entries[running].clone();
    if let Event::Answered { facts, .. } = &mut busy.event {
        facts.cause = Some(Cause::Busy);
    }
    let many = std::iter::repeat_n(busy, 100);
    record.entries.splice(running..running, many);
}

fn end_late(record: &mut Record) {
    let at = find(record, 0, |event| matches!(event, Event::Ended(_))).unwrap();
    record.entries[at].times.steady += TimeDelta::hours(50);
}

fn forget_the_second_run(record: &mut Record) {
    let at = find(record, 0, |event| matches!(event, Event::Ended(_))).unwrap();
    record.entries.truncate(at + 1);
}

type Plant = fn(&mut Record);

#[test]
fn each_planted_fault_is_found() {
    let good = good();
    let planted: [(&str, Plant); 21] = [
        ("early", poll_early),
        ("twice", accept_twice),
        ("secret", tell_a_signature),
        ("secret", |record| ending(record).whole.push_str(TOKEN)),
        ("repeat", ask_again),
        ("link", move_the_link),
        ("pace", fail_fast),
        ("limit", end_late),
        ("end", forget_the_second_run),
        ("token", |record| {
            *asked(record, Place::Storage).1 = Token::Header;
        }),
        ("token", |record| {
            *asked(record, Place::Arm).1 = Token::Elsewhere;
        }),
        ("stray", |record| {
            *asked(record, Place::Arm).0 = Purpose::Stray;
        }),
        ("total", |record| ending(record).totals.add("EUR", 1)),
        ("total", |record| ending(record).totals.rows += 1),
        ("empty", |record| ending(record).status = "empty"),
        ("silent", |record| fail(record, "Damaged", 6, "")),
        ("exit", |record| {
            fail(record, "Damaged", 1, "the file is not whole");
        }),
        ("failure", |record| {
            fail(record, "NotAllowed", 4, "ask the administrator");
        }),
        ("patience", |record| {
            fail(record, "GaveUp", 5, "timed out much too early");
        }),
        ("unnamed", |record| {
            fail(record, "GaveUp", 5, "the server was busy for too long");
        }),
        ("left", |record| record.left.push("a file".to_owned())),
    ];
    for (word, plant) in planted {
        let mut record = good.clone();
        plant(&mut record);
        let found = violations(&record);
        assert!(
            found.iter().any(|what| what.starts_with(word)),
            "{word}: {found:?}"
        );
    }
}

#[test]
fn runs_without_faults_are_ready_through_each_api() {
    for face in [Face::Details, Face::Detailed, Face::Usage] {
        for seed in 1..4 {
            let journal = Arc::new(Journal::new());
            let record = play(seed, Some(face), &journal);
            let wrong = violations(&record);
            let log = crate::log::lines(&record.entries);
            assert!(wrong.is_empty(), "{face:?}, seed {seed}: {wrong:?}\n{log}");
        }
    }
}

#[test]
fn files_and_secrets_that_are_left_are_found() {
    let folder = TempDir::new().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let fine = [
        "jobs/a.lock",
        "ledger/.work/lock",
        "ledger/a/report.json",
        "ledger/a/part-0.parquet",
    ];
    for path in fine {
        put(path, "nothing");
    }
    assert_eq!(folder::left_over(folder.path()), Vec::<String>::new());
    let left = [
        "downloads/a/blob-0.csv.part",
        "jobs/a.json",
        "ledger/.work/new-a/part-0.parquet",
        "ledger/a/.new-0123",
        "somewhere",
    ];
    for path in left {
        put(path, "the word is swordfish");
    }
    assert_eq!(folder::left_over(folder.path()).len(), left.len());
    let secrets = ["swordfish".to_owned()];
    let found = folder::with_secrets(folder.path(), &secrets);
    assert_eq!(found.len(), left.len(), "{found:?}");
}

#[test]
fn damaged_reports_and_notes_are_found() {
    let folder = TempDir::new().unwrap();
    assert_eq!(folder::damaged(folder.path()), Vec::<String>::new());
    assert_eq!(folder::unverified(folder.path()), Vec::<String>::new());
    let key = "test@ba-8608480@2026-10@actual";
    let report = folder.path().join("ledger").join(key);
    std::fs::create_dir_all(&report).unwrap();
    std::fs::write(report.join("part-0.parquet"), "half of it").unwrap();
    let note = folder.path().join(format!("jobs/{key}.json"));
    std::fs::write(note, "{\"request\":").unwrap();
    let found = folder::damaged(folder.path());
    assert!(
        found.len() == 2 && found.iter().all(|what| what.contains(key)),
        "{found:?}"
    );
    assert_eq!(folder::unverified(folder.path()).len(), 1);
}
