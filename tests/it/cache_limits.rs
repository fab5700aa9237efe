//! The cache of converted tables: its size and age, several processes, killed runs, its command and its setting.

use crate::support::cached_files::{
    Place, cached, counted, figures, month, opened_by, uncached, zipped,
};
use crate::support::pty::Pty;
use crate::support::{document, file, program, stderr, stdout};
use chrono::TimeDelta;
use costscope::data::progress::Progress;
use costscope::ops::clock::Clock;
use costscope::ops::conversion_cache;
use costscope::ops::conversion_cache::Limits;
use costscope::ops::explore::open;
use costscope::ops::session::{Session, Setup};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn commands_use_copies_and_only_open_keeps_them() {
    let place = Place::new();
    let source = place.file("costs.csv", month("s1", 3_000));
    let show = ["show", &source, "--group-by", "month", "--format", "json"];
    let first = place.run(&show);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert!(!place.data.join("cache").exists());
    let clock: Arc<dyn Clock> = place.clock();
    let mut setup = Setup {
        offline: true,
        ..Setup::new(place.data.clone())
    };
    for (limits, kept) in [
        (None, 0),
        (Some(Limits::OFF), 0),
        (Some(Limits::default()), 1),
    ] {
        setup.cache = limits;
        let session = Session::open(&setup, Arc::clone(&clock)).unwrap();
        open::open_in(
            &session,
            (&Progress::default(), None),
            std::slice::from_ref(&source),
        )
        .unwrap();
        assert_eq!(place.entries().len(), kept);
    }
    let hits = || place.log().matches("found in the cache").count();
    for (arguments, more) in [(&[][..], 1), (&["--no-cache"], 0)] {
        let before = hits();
        let again = place.run(&[&show[..], arguments].concat());
        assert_eq!(stdout(&again), stdout(&first));
        assert_eq!(hits() - before, more, "{arguments:?}");
    }
}

#[test]
fn unused_copies_are_dropped() {
    let place = Place::new();
    let [old, used] =
        ["s1", "s2"].map(|name| place.file(&format!("{name}.csv"), month(name, 2_000)));
    let cache = place.cache();
    cached(&cache, &old);
    cached(&cache, &used);
    let tidy = || conversion_cache::tidy(&place.data, &Limits::default(), place.now());
    place.clock.forward(TimeDelta::days(29));
    cached(&cache, &used);
    tidy();
    assert_eq!(place.entries().len(), 2);
    place.clock.forward(TimeDelta::days(2));
    tidy();
    assert_eq!(place.entries().len(), 1);
    assert_eq!(counted(&cache, || drop(cached(&cache, &used))), (1, 0));
    assert_eq!(counted(&cache, || drop(cached(&cache, &old))), (0, 1));
}

#[test]
fn the_cache_stays_within_its_size() {
    let place = Place::new();
    let names = ["s1", "s2", "s3"];
    let files = names.map(|name| place.file(&format!("{name}.csv"), month(name, 2_000)));
    cached(&place.cache(), &files[0]);
    let one = conversion_cache::list(&place.data).unwrap().copies[0].bytes;
    let limits = Limits {
        bytes: one * 5 / 2,
        ..Limits::default()
    };
    let cache = place.cache_of(limits);
    for at in [1, 0, 2] {
        place.clock.forward(TimeDelta::minutes(1));
        cached(&cache, &files[at]);
    }
    let listing = conversion_cache::list(&place.data).unwrap();
    let left: Vec<&str> = listing.copies.iter().map(|copy| &copy.source[..]).collect();
    let real = |at: usize| fs::canonicalize(&files[at]).unwrap();
    assert_eq!(left, [real(2).to_str().unwrap(), real(0).to_str().unwrap()]);
    // One that can never fit drops no other one.
    let tiny = Limits {
        bytes: 1_000,
        ..Limits::default()
    };
    cached(&place.cache_of(tiny), &files[1]);
    assert_eq!(place.entries().len(), 2);
}

#[test]
fn a_short_disk_keeps_no_copies() {
    const SMALL: u64 = 100 << 20;
    const LARGE: u64 = 1 << 40;
    const ENOUGH: u64 = 5 << 30;
    let spaces: [(fn(&Path) -> Option<(u64, u64)>, usize); 4] = [
        (|_| Some((SMALL / 10, SMALL)), 0),
        (|_| Some((SMALL / 5, SMALL)), 1),
        // On a large disk, less than a tenth is enough.
        (|_| Some((ENOUGH, LARGE)), 0),
        (|_| Some((ENOUGH + SMALL, LARGE)), 1),
    ];
    for (space, kept) in spaces {
        let place = Place::new();
        let source = place.file("costs.csv", month("s1", 2_000));
        let cache = place.cache().on_disk(space);
        let fresh = cached(&cache, &source);
        assert_eq!(fresh, uncached(&source));
        assert_eq!(place.entries().len(), kept, "{:?}", space(Path::new("")));
    }
}

#[test]
fn leftovers_of_killed_runs_are_removed() {
    let place = Place::new();
    let source = place.file("costs.csv", month("s1", 2_000));
    cached(&place.cache(), &source);
    let cache = place.data.join("cache");
    let make = |name: &str| {
        let folder = cache.join(name);
        fs::create_dir(&folder).unwrap();
        file(&folder, "0.parquet", "half a table");
        File::open(folder).unwrap()
    };
    make(".new-0123456789abcdef");
    make(".gone-0123456789abcdef");
    let living = make(".new-living");
    living.lock().unwrap();
    let done = place.run(&["ledger", "list"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let left = place.entries();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&".new-living".to_owned()), "{left:?}");
    drop(living);
    place.run(&["ledger", "list"]);
    assert_eq!(place.entries().len(), 1);
}

#[test]
fn open_data_outlives_its_copy() {
    let place = Place::new();
    // Large enough to stay on disk.
    let source = place.folder.path().join("large.csv").display().to_string();
    let made = place.run(&["sample", "--rows", "60000", "--out", &source]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let cache = place.cache();
    let fresh = cached(&cache, &source);
    let opened = opened_by(Some(&cache), &source, None);
    let removed = conversion_cache::clear(&place.data, place.now()).unwrap();
    assert_eq!(removed.entries, 1);
    assert!(removed.bytes > 1 << 20, "{}", removed.bytes);
    assert_eq!(place.entries(), Vec::<String>::new());
    assert_eq!(figures(&opened), fresh);
    assert_eq!(counted(&cache, || drop(cached(&cache, &source))), (0, 1));
}

#[test]
fn several_processes_do_each_other_no_harm() {
    let place = Place::new();
    let source = place.file("costs.csv", month("s1", 4_000));
    let show = [
        "show",
        &source,
        "--group-by",
        "resource",
        "--format",
        "json",
    ];
    let right = stdout(&place.run(&show));
    let fresh = uncached(&source);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let cache = place.cache();
                for _ in 0..20 {
                    assert_eq!(cached(&cache, &source), fresh);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..40 {
                conversion_cache::clear(&place.data, place.now()).unwrap();
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..6 {
                    let shown = place.run(&show);
                    assert_eq!(stdout(&shown), right, "{}", stderr(&shown));
                }
            });
        }
    });
    cached(&place.cache(), &source);
    let left = place.entries();
    assert!(left.len() == 1 && left[0].len() == 64, "{left:?}");
}

#[test]
fn a_run_that_is_killed_while_converting_leaves_no_half_copy() {
    let place = Place::new();
    let source = place.folder.path().join("costs.csv").display().to_string();
    let made = place.run(&["sample", "--rows", "20000", "--out", &source]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let show = ["show", &source, "--group-by", "service", "--format", "json"];
    let right = place.run(&[&show[..], &["--no-cache"]].concat());
    let program = program();
    let program = Path::new(program.get_program()).to_owned();
    for wait in [30, 80, 150, 300] {
        let pty = Pty::start(&program, &place.data, &["open", &source], 80, 24);
        std::thread::sleep(Duration::from_millis(wait));
        pty.signal(Signal::KILL);
        pty.finish();
        let shown = place.run(&show);
        assert_eq!(document(&shown), document(&right), "after {wait} ms");
        let left = place.entries();
        assert!(left.iter().all(|name| name.len() == 64), "{left:?}");
    }
    // Undisturbed, it keeps its copy.
    let mut pty = Pty::start(&program, &place.data, &["open", &source], 80, 24);
    pty.until(&["[0 Overview]"]);
    pty.send("4");
    pty.until(&["Σ "]);
    pty.signal(Signal::TERM);
    pty.finish();
    assert_eq!(place.entries().len(), 1);
    assert_eq!(document(&place.run(&show)), document(&right));
}

#[test]
fn the_command_lists_clears_and_names_the_folder() {
    let place = Place::new();
    let list = ["cache", "list", "--format", "json"];
    let folder = place.data.join("cache").display().to_string();
    let empty = json!({ "path": folder, "bytes": 0, "copies": [] });
    assert_eq!(document(&place.run(&list)), empty);
    let path = place.run(&["cache", "path"]);
    assert_eq!(stdout(&path), format!("{folder}\n"));
    let clear = place.run(&["cache", "clear"]);
    assert_eq!(clear.status.code(), Some(0));
    assert_eq!(stderr(&clear), "0 copies removed (0 B)\n");
    assert!(!place.data.join("cache").exists());

    let plain = place.file("costs.csv", month("s1", 2_000));
    let member = month("s2", 2_000);
    let archive = place.file(
        "costs.zip",
        zipped(&[("october/ea.csv", member.as_bytes())]),
    );
    let cache = place.cache();
    cached(&cache, &plain);
    let began = place.clock.now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    place.clock.forward(TimeDelta::minutes(1));
    cached(&cache, &archive);
    let shown = place.run(&list);
    let shown = document(&shown);
    let copies = shown["copies"].as_array().unwrap();
    let real = |path: &str| fs::canonicalize(path).unwrap().display().to_string();
    let named: Vec<(&Value, &Value, &Value)> = copies
        .iter()
        .map(|copy| (&copy["source"], &copy["member"], &copy["rows"]))
        .collect();
    let (zip, csv) = (json!(real(&archive)), json!(real(&plain)));
    let rows = json!(2_000);
    let expected = [
        (&zip, &json!("october/ea.csv"), &rows),
        (&csv, &Value::Null, &rows),
    ];
    assert_eq!(named, expected);
    assert_eq!(copies[1]["converted_at"], began);
    let sum: u64 = copies
        .iter()
        .map(|copy| copy["bytes"].as_u64().unwrap())
        .sum();
    assert_eq!(shown["bytes"], sum);
    let text = stdout(&place.run(&["cache"]));
    let line = format!("{}/october/ea.csv", real(&archive));
    assert!(text.contains(&line), "{text}");
    let cleared = document(&place.run(&["cache", "clear", "--format", "json"]));
    assert_eq!(cleared, json!({ "removed": 2, "bytes": sum }));
    assert_eq!(place.entries(), Vec::<String>::new());
}

#[test]
fn the_setting_limits_the_cache_or_turns_it_off() {
    let place = Place::new();
    let source = place.file("costs.csv", month("s1", 2_000));
    cached(&place.cache(), &source);
    file(&place.data, "settings.toml", "cache = \"500 MB, 7 days\"\n");
    let shown = stdout(&place.run(&["config", "show"]));
    assert!(shown.contains("500 MB, 7 days"), "{shown}");
    place.run(&["ledger", "list"]);
    assert_eq!(place.entries().len(), 1);
    file(&place.data, "settings.toml", "cache = \"off\"\n");
    place.run(&["ledger", "list", "--no-cache"]);
    assert_eq!(place.entries().len(), 1, "--no-cache leaves it alone");
    place.run(&["ledger", "list"]);
    assert_eq!(place.entries(), Vec::<String>::new());
    file(&place.data, "settings.toml", "cache = \"5 GiB\"\n");
    let wrong = place.run(&["ledger", "list"]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = stderr(&wrong);
    assert!(
        said.contains("line 1, column 9: `5 GiB` is not a limit; expected a size"),
        "{said}"
    );
}
