//! `costscope exports` as a user runs it: every format, every exit code, nothing created without a yes.

use crate::support::pty::Pty;
use crate::support::served::Served;
use crate::support::{document, file, program, stderr, stdout};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

const STORAGE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/costs";

struct Stage {
    served: Served,
    folder: TempDir,
}

impl Stage {
    fn new(script: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let script = file(folder.path(), "script.toml", script);
        let served = Served::start(&folder, script.to_str().unwrap());
        Self { served, folder }
    }

    fn exports(&self, arguments: &[&str]) -> Output {
        program()
            .arg("--data-dir")
            .arg(self.folder.path())
            .args(["--endpoint", &self.served.url, "exports"])
            .args(arguments)
            .output()
            .unwrap()
    }

    /// The costs of a source by month.
    fn show(&self, source: &str) -> Output {
        let question = ["show", source, "--group-by", "month", "--format", "json"];
        program()
            .arg("--data-dir")
            .arg(self.folder.path())
            .args(["--endpoint", &self.served.url])
            .args(question)
            .output()
            .unwrap()
    }

    fn listed(&self) -> Value {
        document(&self.exports(&["list", "--scope", "8608480", "--format", "json"]))
    }
}

#[test]
fn lists_and_definitions_are_printed_in_every_format() {
    let stage = Stage::new("");
    let listed = stage.listed();
    let first = &listed["exports"][0];
    for member in [
        "name",
        "type",
        "format",
        "compression",
        "destination",
        "schedule",
        "next_run",
        "last_run",
    ] {
        assert!(first.get(member).is_some(), "{member}: {first}");
    }
    assert_eq!(first["last_run"]["status"], "Completed");
    assert_eq!(first["last_run"]["error"], Value::Null);
    for format in ["table", "csv"] {
        let done = stage.exports(&["list", "--scope", "8608480", "--format", format]);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        assert!(stdout(&done).contains("az://costscopedemo/exports/cost/actual-daily"));
    }
    let shown = stage.exports(&[
        "show",
        "old-finance",
        "--scope",
        "3f1c2b7e-0004-4e5a-9d10-6b2f4c8a9a05",
    ]);
    assert!(
        stdout(&shown).contains("Microsoft.CostManagementExports"),
        "{}",
        stdout(&shown)
    );
    let unknown = stage.exports(&["show", "nothing", "--scope", "8608480"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stdout(&unknown).is_empty() && stderr(&unknown).contains("exports list"));
}

#[test]
fn a_run_is_started_and_wrong_days_are_refused() {
    let stage = Stage::new("export-seconds = 0");
    let run = |more: &[&str]| {
        let first = [
            "run",
            "actual-daily",
            "--scope",
            "8608480",
            "--format",
            "json",
        ];
        stage.exports(&[&first[..], more].concat())
    };
    let done = run(&[]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let runs = document(&done);
    assert_eq!(runs["runs"][0]["status"], "Completed");
    assert_eq!(runs["runs"][0]["trigger"], "OnDemand");
    // The last line has the command that opens what was written.
    let said = stderr(&done);
    let last = said.lines().last().unwrap();
    let (_, command) = last.split_once("`costscope open ").unwrap();
    let (command, rest) = command.split_once('`').unwrap();
    let (month, flags) = command.split_once(' ').unwrap();
    let endpoint = format!("--endpoint {}", stage.served.url);
    assert!(
        flags.starts_with(&format!("{endpoint} --data-dir ")),
        "{last}"
    );
    assert!(
        month.starts_with("az://costscopedemo/exports/cost/actual-daily/20"),
        "{last}"
    );
    assert!(
        rest.contains(&format!(
            "`costscope open az://costscopedemo/exports/cost/actual-daily {endpoint}"
        )),
        "{last}"
    );
    let shown = stage.show(month);
    assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
    let months = document(&shown)["groups"].as_array().unwrap().len();
    assert!(months < 2, "{}", stdout(&shown));
    let started = run(&["--no-wait"]);
    assert_eq!(started.status.code(), Some(0));
    assert_eq!(document(&started)["runs"], serde_json::json!([]));
    for days in [
        ["--from", "2026-08-15", "--to", "2026-09-02"],
        ["--from", "2026-09-02", "--to", "2026-09-01"],
    ] {
        assert_eq!(run(&days).status.code(), Some(2), "{days:?}");
    }
    assert_eq!(run(&["--month", "2199-01"]).status.code(), Some(2));
}

#[test]
fn a_completed_run_is_opened_on_the_screen() {
    let stage = Stage::new("export-seconds = 0");
    let words = [
        "exports",
        "run",
        "actual-daily",
        "--scope",
        "8608480",
        "--open",
        "--endpoint",
    ];
    let line = [&words[..], &[stage.served.url.as_str()]].concat();
    let program = program();
    let program = Path::new(program.get_program());
    let mut pty = Pty::start(program, stage.folder.path(), &line, 120, 30);
    pty.until(&["[0 Overview]", "actual-daily/20"]);
    pty.send("q");
    assert_eq!(pty.finish().0, 0);
    // Only a run that is watched can be opened at its end.
    let both = stage.exports(&[
        "run",
        "actual-daily",
        "--scope",
        "8608480",
        "--open",
        "--no-wait",
    ]);
    assert_eq!(both.status.code(), Some(2));
    assert!(stderr(&both).contains("--no-wait"), "{}", stderr(&both));
}

#[test]
fn nothing_is_created_without_a_yes() {
    let stage = Stage::new("");
    let create = |more: &[&str]| {
        let first = [
            "create",
            "mine",
            "--scope",
            "8608480",
            "--type",
            "actual",
            "--storage",
            STORAGE,
        ];
        stage.exports(&[&first[..], more].concat())
    };
    let place = ["--to", "az://costs/exports/cost"];
    let asked = create(&place);
    assert_eq!(asked.status.code(), Some(2));
    let said = stderr(&asked);
    assert!(
        said.contains("\"ActualCost\"") && said.contains("--yes"),
        "{said}"
    );
    let other = create(&["--to", "az://other/exports/cost", "--yes"]);
    assert_eq!(other.status.code(), Some(2));
    assert_eq!(stage.listed()["exports"].as_array().unwrap().len(), 2);
    let created = create(&[&place[..], &["--yes", "--format", "json"]].concat());
    assert_eq!(created.status.code(), Some(0), "{}", stderr(&created));
    assert_eq!(document(&created)["name"], "mine");
    assert_eq!(stage.listed()["exports"].as_array().unwrap().len(), 3);
    let again = create(&[&place[..], &["--yes"]].concat());
    assert_eq!(again.status.code(), Some(1));
}

#[test]
fn a_watched_run_is_a_job() {
    let stage = Stage::new("export-seconds = 3600");
    let run = [
        "run",
        "actual-daily",
        "--scope",
        "8608480",
        "--max-wait",
        "1s",
    ];
    assert_eq!(stage.exports(&run).status.code(), Some(5));
    let jobs = |arguments: &[&str]| {
        let mut program = program();
        program.arg("--data-dir").arg(stage.folder.path());
        program.args(["--endpoint", &stage.served.url, "jobs"]);
        program.args(arguments).output().unwrap()
    };
    let listed = document(&jobs(&["list", "--format", "json"]));
    let job = &listed["jobs"][0];
    assert_eq!(
        (&job["export"], &job["metric"], &job["state"]),
        (
            &"actual-daily".into(),
            &"actual".into(),
            &"exporting".into()
        )
    );
    assert!(
        job["polls"].as_u64().unwrap() > 0 && job["next_poll_at"].is_string(),
        "{job}"
    );
    let resumed = jobs(&["resume", "export-actual-daily", "--max-wait", "1s"]);
    assert_eq!(resumed.status.code(), Some(5), "{}", stderr(&resumed));
    let unknown = jobs(&["cancel", "export-nothing"]);
    assert_eq!(unknown.status.code(), Some(1), "{}", stderr(&unknown));
    let cancelled = jobs(&["cancel", "export-actual-daily"]);
    assert!(
        stderr(&cancelled).contains("goes on in Azure"),
        "{}",
        stderr(&cancelled)
    );
    assert_eq!(
        document(&jobs(&["list", "--format", "json"]))["jobs"],
        serde_json::json!([])
    );
    let past = document(&jobs(&["list", "--all", "--format", "json"]));
    assert_eq!(past["jobs"][0]["state"], "dropped");
    assert_eq!(past["jobs"][0]["export"], "actual-daily");
    // A note that cannot be read is not passed over.
    let notes = std::fs::read_dir(stage.folder.path().join("export-runs")).unwrap();
    let notes = notes.map(|note| note.unwrap().path());
    let is_note = |path: &PathBuf| path.to_string_lossy().ends_with("export-actual-daily.json");
    let note = notes.into_iter().find(is_note).unwrap();
    std::fs::write(note, "{").unwrap();
    let damaged = jobs(&["resume"]);
    assert_eq!(damaged.status.code(), Some(6), "{}", stderr(&damaged));
    assert!(!stderr(&damaged).contains("nothing to resume"));
}

#[test]
fn a_run_that_was_not_seen_prints_no_document() {
    let script =
        "[[disturbances]]\nmeets = \"export-history\"\ntimes = 99\nstatus = 503\nbody = \"{}\"\n";
    let stage = Stage::new(script);
    let place = ["run", "actual-daily", "--scope", "8608480"];
    let done = stage.exports(&[&place[..], &["--max-wait", "1s", "--format", "json"]].concat());
    assert_eq!(done.status.code(), Some(5), "{}", stderr(&done));
    assert_eq!(stdout(&done), "");
}
