//! Files that released versions wrote are read: settings, saved views, pinned scopes, jobs and reports of 0.1.0.

use crate::support::{document, fixture, run, stderr, stdout};
use costscope::domain::report::request::Api;
use costscope::settings_file::SettingsFile;
use costscope::store::orders::intents::Intents;
use costscope::store::pinned_scopes::PinnedScopesFile;
use costscope::store::views::ViewFolder;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

const REPORT: &str = "demo@sub-3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02@2026-11@actual";

/// Copies a folder; files of the data folder are private.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, Permissions::from_mode(0o700)).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
            std::fs::set_permissions(&to, Permissions::from_mode(0o600)).unwrap();
        }
    }
}

fn released() -> TempDir {
    let folder = TempDir::new().unwrap();
    copy(&fixture("released"), folder.path());
    folder
}

#[test]
fn released_settings_keep_every_key() {
    let text = std::fs::read_to_string(fixture("released/settings.toml")).unwrap();
    let settings = SettingsFile::parse(&text).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    // 8 settings, 10 styles and 145 actions.
    assert_eq!(settings.set.len(), 163);
    let folder = released();
    let output = run(folder.path(), &["config", "check"]);
    assert!(
        stdout(&output).contains("ok, 163 settings"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn released_report_is_verified_and_shown() {
    let folder = released();
    let list = document(&run(folder.path(), &["ledger", "list", "--format", "json"]));
    assert_eq!(list["reports"][0]["key"], REPORT);
    let verified = run(folder.path(), &["ledger", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", stdout(&verified));
    let shown = document(&run(
        folder.path(),
        &[
            "show",
            REPORT,
            "--group-by",
            "charge-type",
            "--format",
            "json",
        ],
    ));
    assert_eq!(shown["rows"], 720);
    assert_eq!(shown["totals"][0]["cost"], "3689.7408301652");
}

#[test]
fn released_job_view_and_scopes_are_read() {
    let folder = released();
    let (jobs, damaged) = Intents::open(folder.path()).unwrap().list().unwrap();
    assert!(damaged.is_empty(), "{damaged:?}");
    let [job] = jobs.as_slice() else {
        panic!("{jobs:?}")
    };
    assert_eq!((job.intent.polls, job.intent.api), (2, Api::Details));
    let link = job.intent.poll_url.as_deref().unwrap_or_default();
    assert!(link.contains("costDetailsOperationResults"), "{link}");

    let views = ViewFolder::new(folder.path()).list().unwrap();
    let (name, view) = &views[0];
    assert_eq!(name, "usage by group");
    let view = view.as_ref().unwrap();
    assert_eq!(view.group_by, ["resource-group"]);
    assert_eq!(view.filter.as_deref(), Some("charge-type = Usage"));

    // A view without newer parts is written as it was, so that older programs read it.
    let folder_of_views = ViewFolder::new(folder.path());
    let again = folder_of_views.save("again", view).unwrap();
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let first = fixture("released/views/usage by group.toml");
    assert_eq!(text(&again), text(&first));

    let scopes = PinnedScopesFile::new(folder.path()).read("demo").unwrap();
    assert_eq!(scopes.pinned[0].name, "Contoso Enrolment");
    let recent: Vec<&str> = scopes.recent.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(recent, ["eu-prod", "prod-online"]);
}

#[test]
fn unreadable_and_newer_job_notes_are_named() {
    let folder = released();
    let jobs = folder.path().join("jobs");
    let note = std::fs::read_dir(&jobs).unwrap().next().unwrap().unwrap();
    let whole = std::fs::read_to_string(note.path()).unwrap();
    let newer = whole.replacen('{', "{\n  \"schema\": 9,", 1);
    for (text, code, words) in [
        (&whole[..whole.len() / 2], 6, "is damaged"),
        (newer.as_str(), 6, "newer version of costscope (schema 9)"),
    ] {
        std::fs::write(note.path(), text).unwrap();
        let output = run(folder.path(), &["jobs", "list"]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
        assert!(
            said.contains(note.file_name().to_str().unwrap()),
            "the file is named: {said}"
        );
        assert_eq!(std::fs::read_to_string(note.path()).unwrap(), text);
    }
}
