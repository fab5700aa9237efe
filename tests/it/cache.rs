//! The cache of converted tables: a file that was opened once is read exactly as the first time without being converted
//! again, and never if it has changed.

use crate::support::cached_files::{
    Place, cached, counted, damaged_text, figures, first_days, gzipped, month, opened_by, uncached,
    zipped,
};
use crate::support::cost_files::row;
use crate::support::usage_details::legacy;
use crate::support::{document, file, stderr};
use chrono::TimeDelta;
use costscope::data::columns::dates::DayOrder;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::SystemTime;

/// Files of every kind that is converted, with the number of their conversions.
fn sources_of_every_kind(place: &Place) -> Vec<(String, u64)> {
    let plain = place.file("plain.csv", month("s1", 4_000));
    let exported = place.folder.path().join("typed.parquet");
    let exported = exported.to_str().unwrap().to_owned();
    let done = place.run(&["export", &plain, "--to", &exported]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let printed = place.run(&["show", &plain, "--top", "2000", "--format", "json"]);
    let printed = place.file("printed.json", printed.stdout);
    let rows: Vec<String> = (0..400)
        .map(|at| legacy(&format!("2026-10-{:02}", 1 + at % 28), &format!("0.{at}1")))
        .collect();
    let next = "https://management.azure.com/next";
    let page = format!("{{\"value\":[{}],\"nextLink\":\"{next}\"}}", rows.join(","));
    let two_tables = [month("s1", 900), month("s2", 900)].concat();
    let members = [
        ("a.csv", month("s1", 2_000).into_bytes()),
        ("inner/b.csv.gz", gzipped(&month("s2", 20_000))),
        ("notes.txt", b"no rows".to_vec()),
    ];
    let members = members.each_ref().map(|(name, text)| (*name, &text[..]));
    let folder = place.folder.path().join("exports");
    fs::create_dir(&folder).unwrap();
    for name in ["s1", "s2", "s3"] {
        file(&folder, &format!("{name}.csv"), month(name, 1_500));
    }
    vec![
        (plain, 1),
        // An export is a table already.
        (exported, 0),
        (printed, 1),
        (place.file("page.json", page), 1),
        (place.file("repaired.csv", damaged_text()), 1),
        (place.file("tables.csv", two_tables), 1),
        (
            place.file("packed.csv.gz", gzipped(&month("s1", 20_000))),
            1,
        ),
        (place.file("costs.zip", zipped(&members)), 2),
        (folder.to_str().unwrap().to_owned(), 3),
    ]
}

#[test]
fn the_second_time_nothing_is_converted_and_all_is_equal() {
    let place = Place::new();
    for (source, files) in sources_of_every_kind(&place) {
        let fresh = uncached(&source);
        let cache = place.cache();
        for expected in [(0, files), (files, 0), (files, 0)] {
            let counts = counted(&cache, || {
                assert_eq!(cached(&cache, &source), fresh, "{source}");
            });
            assert_eq!(counts, expected, "{source}");
        }
    }
    // The printed table names its file in a note, so it is another one under another name.
    let printed = place.folder.path().join("printed.json");
    assert!(uncached(printed.to_str().unwrap()).contains("printed.json: "));
}

/// Of a file with a copy, only what tells that it is the same is read: JSON is not parsed, and members are not unpacked.
#[test]
fn what_has_a_copy_is_not_looked_through_again() {
    let place = Place::new();
    let rows: Vec<String> = (0..400)
        .map(|at| legacy(&format!("2026-10-{:02}", 1 + at % 28), &format!("0.{at}1")))
        .collect();
    let page = format!("{{\"value\":[{}],\"nextLink\":null}}", rows.join(","));
    let packed = gzipped(&month("s2", 20_000));
    let members = [
        ("page.json", page.as_bytes()),
        ("b.csv.gz", packed.as_slice()),
    ];
    let looks = || {
        let log = place.log();
        let count = |words: &str| log.matches(words).count();
        (
            count("a JSON file is looked through"),
            count("a member of an archive is unpacked"),
            count("a file was found in the cache"),
        )
    };
    let shown = |source: &str| {
        let before = looks();
        let output = place.run(&["show", source, "--group-by", "month", "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let after = looks();
        let new = (after.0 - before.0, after.1 - before.1, after.2 - before.2);
        (document(&output)["totals"].clone(), new)
    };
    for (source, files, first) in [
        (place.file("page.json", &page), 1, (1, 0, 0)),
        (place.file("costs.zip", zipped(&members)), 2, (1, 2, 0)),
    ] {
        let (total, new) = shown(&source);
        assert_eq!(new, first, "{source}");
        cached(&place.cache(), &source);
        assert_eq!(shown(&source), (total, (0, 0, files)), "{source}");
        // Another time of the same bytes is another file.
        let text = fs::read(&source).unwrap();
        fs::write(&source, text).unwrap();
        assert_eq!(shown(&source).1, first, "{source}");
    }
}

#[test]
fn another_way_to_name_a_file_finds_its_copy() {
    let place = Place::new();
    let source = place.file("costs.csv", month("s1", 2_000));
    let cache = place.cache();
    cached(&cache, &source);
    let folder = place.folder.path().display().to_string();
    let around = format!(
        "{folder}/../{}/costs.csv",
        folder.rsplit('/').next().unwrap()
    );
    let counts = counted(&cache, || {
        assert_eq!(cached(&cache, &around), uncached(&around));
    });
    assert_eq!(counts, (1, 0));
}

#[test]
fn options_that_change_the_rows_have_copies_of_their_own() {
    let place = Place::new();
    let source = place.file("costs.csv", first_days("s1", 2_000, 12));
    let cache = place.cache();
    for forced in [None, Some(DayOrder::DayFirst), Some(DayOrder::MonthFirst)] {
        let read = || opened_by(Some(&cache), &source, forced);
        let right = opened_by(None, &source, forced);
        let counts = counted(&cache, || {
            assert_eq!(figures(&read()), figures(&right), "{forced:?}");
            assert_eq!(figures(&read()), figures(&right), "{forced:?}");
        });
        assert_eq!(counts, (1, 1), "{forced:?}");
    }
    assert_eq!(place.entries().len(), 3);
}

/// Writes another digit into a cost in the middle of a file, in place.
fn change_digit(path: &Path) {
    let text = fs::read(path).unwrap();
    let after = |from: usize, wanted: u8| {
        let place = text[from..].iter().position(|c| *c == wanted);
        from + place.unwrap() + 1
    };
    let digit = after(after(text.len() / 2, b'\n'), b'.');
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(digit as u64)).unwrap();
    let other = if text[digit] == b'9' { b"8" } else { b"9" };
    file.write_all(other).unwrap();
}

fn set_time(path: &Path, time: SystemTime) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

/// The changes of a file that are tried: its path, and the time to set back.
const CHANGES: [(&str, fn(&Path, SystemTime)); 5] = [
    ("a row more", |path, _| {
        let mut file = File::options().append(true).open(path).unwrap();
        let more = row("s1", 3, "vm-new", "5");
        file.write_all(more.as_bytes()).unwrap();
    }),
    ("a digit", |path, _| change_digit(path)),
    ("a digit, and the time set back", |path, time| {
        change_digit(path);
        set_time(path, time);
    }),
    ("another file of the same size and time", |path, time| {
        let other = path.with_extension("new");
        fs::copy(path, &other).unwrap();
        change_digit(&other);
        fs::rename(&other, path).unwrap();
        set_time(path, time);
    }),
    ("cut off", |path, time| {
        let text = fs::read(path).unwrap();
        let half = text.len() / 2;
        let end = half + text[half..].iter().position(|c| *c == b'\n').unwrap();
        fs::write(path, &text[..=end]).unwrap();
        set_time(path, time);
    }),
];

#[test]
fn every_change_of_a_file_is_noticed() {
    // A file that changed a moment ago is hashed as a whole; an older one is known by its times.
    for age in [0, 3_600] {
        let place = Place::new();
        place.clock.forward(TimeDelta::seconds(age));
        let source = place.file("costs.csv", month("s1", 3_000));
        let path = Path::new(&source);
        let cache = place.cache();
        let mut known = cached(&cache, &source);
        for (what, change) in CHANGES {
            let time = fs::metadata(path).unwrap().modified().unwrap();
            change(path, time);
            for expected in [(0, 1), (1, 0)] {
                let counts = counted(&cache, || {
                    let now = cached(&cache, &source);
                    assert_eq!(now, uncached(&source), "{what}");
                    assert_eq!(now == known, expected == (1, 0), "{what}");
                    known = now;
                });
                assert_eq!(counts, expected, "{what}, {age} s");
            }
        }
        let entries = place.entries();
        assert_eq!(entries.len(), 1, "a new copy takes the old one's place");
    }
}

#[test]
fn a_file_that_was_hashed_is_later_known_by_its_times() {
    let place = Place::new();
    let source = place.file("costs.csv", month("s1", 3_000));
    let cache = place.cache();
    let fresh = cached(&cache, &source);
    let counts = counted(&cache, || {
        for _ in 0..3 {
            assert_eq!(cached(&cache, &source), fresh);
            place.clock.forward(TimeDelta::hours(1));
        }
    });
    assert_eq!(counts, (3, 0));
    change_digit(Path::new(&source));
    assert_eq!(counted(&cache, || drop(cached(&cache, &source))), (0, 1));
}

#[test]
fn members_of_archives_and_folders_are_known_one_by_one() {
    let place = Place::new();
    let folder = place.folder.path().join("exports");
    fs::create_dir(&folder).unwrap();
    for name in ["s1", "s2", "s3"] {
        file(&folder, &format!("{name}.csv"), month(name, 1_500));
    }
    let source = folder.to_str().unwrap();
    let cache = place.cache();
    cached(&cache, source);
    file(&folder, "s2.csv", month("s2", 1_600));
    file(&folder, "s4.csv", month("s4", 1_500));
    let counts = counted(&cache, || {
        assert_eq!(cached(&cache, source), uncached(source));
    });
    assert_eq!(counts, (2, 2), "one file is new, and one has changed");
    // An archive is one file: all its members are read anew.
    let archive = |rows: u64| {
        let members = [
            ("a.csv", month("s1", rows).into_bytes()),
            ("b.csv", month("s2", 1_500).into_bytes()),
        ];
        let members = members.each_ref().map(|(name, text)| (*name, &text[..]));
        place.file("costs.zip", zipped(&members))
    };
    let source = archive(1_500);
    let cache = place.cache();
    cached(&cache, &source);
    assert_eq!(counted(&cache, || drop(cached(&cache, &source))), (2, 0));
    archive(1_501);
    let counts = counted(&cache, || {
        assert_eq!(cached(&cache, &source), uncached(&source));
    });
    assert_eq!(counts, (0, 2));
}

#[test]
fn what_is_no_file_or_too_small_is_not_kept() {
    let place = Place::new();
    let cache = place.cache();
    let small = place.file("small.csv", month("s1", 20));
    assert_eq!(counted(&cache, || drop(cached(&cache, &small))), (0, 1));
    // A table of our own needs no conversion.
    let plain = place.file("plain.csv", month("s1", 3_000));
    cached(&cache, &plain);
    let kept = place.files_of_entry();
    let table = place.file("own.parquet", fs::read(&kept[0]).unwrap());
    assert_eq!(counted(&cache, || drop(cached(&cache, &table))), (0, 0));
    assert_eq!(place.entries().len(), 1);
    for file in &kept {
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    for folder in [kept[0].parent().unwrap(), &place.data.join("cache")] {
        let mode = fs::metadata(folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
    }
}

#[test]
fn other_rules_for_reading_convert_again() {
    let place = Place::new();
    let source = place.file("costs.csv", month("s1", 2_000));
    let (cache, newer) = (place.cache(), place.cache().with_rules("newer"));
    let fresh = cached(&cache, &source);
    for (cache, expected) in [
        (&cache, (1, 0)),
        (&newer, (0, 1)),
        (&newer, (1, 0)),
        (&cache, (0, 1)),
    ] {
        let counts = counted(cache, || assert_eq!(cached(cache, &source), fresh));
        assert_eq!(counts, expected);
        assert_eq!(place.entries().len(), 1);
    }
}

#[test]
fn a_damaged_copy_is_converted_again() {
    let place = Place::new();
    let source = place.file("costs.csv", damaged_text());
    let cache = place.cache();
    let fresh = cached(&cache, &source);
    let flip = |path: &Path, at: usize| {
        let mut bytes = fs::read(path).unwrap();
        bytes[at] ^= 4;
        fs::write(path, bytes).unwrap();
    };
    let names = place.files_of_entry();
    assert_eq!(names.len(), 2, "a table and its record");
    for (number, name) in names.iter().enumerate() {
        let size = usize::try_from(fs::metadata(name).unwrap().len()).unwrap();
        for at in [0, 40, size / 3, size / 2, size - 9, size - 1] {
            flip(&place.files_of_entry()[number], at);
            for expected in [(0, 1), (1, 0)] {
                let counts = counted(&cache, || assert_eq!(cached(&cache, &source), fresh));
                assert_eq!(counts, expected, "{number}, byte {at}");
            }
        }
        for damage in [
            &(|path: &Path| fs::remove_file(path).unwrap()) as &dyn Fn(&Path),
            &|path: &Path| fs::write(path, "").unwrap(),
        ] {
            damage(&place.files_of_entry()[number]);
            let counts = counted(&cache, || assert_eq!(cached(&cache, &source), fresh));
            assert_eq!(counts, (0, 1), "{number}");
        }
    }
    // A command says so in the log, and has the same numbers.
    let show = [
        "show",
        &source,
        "--group-by",
        "resource-group",
        "--format",
        "json",
    ];
    let right = place.run(&show);
    assert!(
        place.log().contains("found in the cache"),
        "{}",
        place.log()
    );
    flip(&place.files_of_entry()[0], 1_000);
    let again = place.run(&show);
    assert_eq!(document(&right), document(&again));
    assert_eq!(stderr(&right), stderr(&again));
    assert!(place.log().contains("converted again"), "{}", place.log());
}
