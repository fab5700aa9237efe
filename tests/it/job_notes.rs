//! Notes of orders that cannot be used: every command names them, and none orders, resumes or removes what they stand for.

use crate::support::hostile::{Hostile, october_order};
use crate::support::report_answers::report_answers;
use crate::support::{command_session, run, stderr, stdout};
use costscope::domain::metric::Metric;
use costscope::domain::report::request::Api;
use costscope::store::orders::intents::{Intent, Intents};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// How a note is spoilt, given its path.
type Spoil = fn(&Path);

fn change(note: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(note).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(note, text.replacen(from, to, 1)).unwrap();
}

fn replace(note: &Path, make: impl FnOnce(&Path)) {
    fs::remove_file(note).unwrap();
    make(note);
}

/// With the exit code of a command that needs this note: 6 for damage, 1 for what costscope did not write.
const SPOILT: [(&str, i32, Spoil); 9] = [
    ("empty", 6, |note| fs::write(note, "").unwrap()),
    ("cut", 6, |note| {
        let text = fs::read(note).unwrap();
        fs::write(note, &text[..text.len() / 2]).unwrap();
    }),
    ("changed", 6, |note| {
        change(note, "\"polls\": 3", "\"polls\": 4");
    }),
    ("of other days", 6, |note| {
        change(note, "2026-10-31", "2026-10-30");
    }),
    ("not JSON", 6, |note| {
        fs::write(note, [0xff_u8, 0xfe, 0]).unwrap();
    }),
    ("newer", 1, |note| change(note, "{", "{\"schema\": 9,")),
    ("a folder", 1, |note| {
        replace(note, |note| fs::create_dir(note).unwrap());
    }),
    ("a pipe", 1, |note| {
        replace(note, |note| {
            assert!(Command::new("mkfifo").arg(note).status().unwrap().success());
        });
    }),
    ("a link", 1, |note| {
        let beside = note.with_extension("aside");
        fs::rename(note, &beside).unwrap();
        symlink(&beside, note).unwrap();
    }),
];

/// What is at the place of the note, without waiting for the other end of a pipe.
fn found(note: &Path) -> (fs::FileType, Option<Vec<u8>>) {
    let kind = note.symlink_metadata().unwrap().file_type();
    let bytes = kind.is_file().then(|| fs::read(note).unwrap());
    (kind, bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_that_cannot_be_used_are_named_by_every_command() {
    for (what, code, spoil) in SPOILT {
        let server = Hostile::start(report_answers("7")).await;
        let folder = TempDir::new().unwrap();
        let session = command_session(&server.url, folder.path());
        let order = october_order();
        let request = order.request(order.period.clone(), Metric::Actual);
        let key = request.key(session.origin());
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let intent = Intent {
            poll_url: Some(format!("{}/x/poll/1", server.url)),
            polls: 3,
            ..Intent::new(&request, now, Api::Details)
        };
        let orders = Intents::open(folder.path()).unwrap();
        orders.claim(&key).unwrap().write(&intent).unwrap();
        let note = folder.path().join("jobs").join(format!("{key}.json"));
        spoil(&note);
        let before = found(&note);
        let report = "report --scope 8608480 --month 2026-10 --api details";
        let report: Vec<&str> = report.split(' ').collect();
        let commands: [(&[&str], i32); 5] = [
            (&["jobs", "list"], 6),
            (&["jobs", "resume"], 6),
            (&["jobs", "resume", key.as_str()], code),
            (&["jobs", "cancel", key.as_str()], code),
            (&report, code),
        ];
        for (arguments, code) in commands {
            let arguments = [arguments, &["--endpoint", server.url.as_str()]].concat();
            let output = run(folder.path(), &arguments);
            let said = format!("{}{}", stdout(&output), stderr(&output));
            assert_eq!(
                output.status.code(),
                Some(code),
                "{what}, {arguments:?}: {said}"
            );
            assert!(said.contains(key.as_str()), "{what}, {arguments:?}: {said}");
            assert!(!said.contains("nothing to resume"), "{what}: {said}");
            assert_eq!(found(&note), before, "{what}, {arguments:?}");
        }
        assert_eq!(server.seen().len(), 0, "{what}: nothing is sent");
    }
}
