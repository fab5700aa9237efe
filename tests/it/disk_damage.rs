//! Damage of everything on disk: bit flips, cuts, zeros, swaps, links, pipes, rights, other versions, whole folders.
//! Whatever happens to a file of the data folder, no command panics or hangs, no total is wrong, what is damaged is named,
//! what is not stays usable, and nothing is deleted.
//!
//! Each damage comes from a number. `COSTSCOPE_RUNS=5000` tries 5,000 of them instead of a few dozen, beginning with
//! `COSTSCOPE_FIRST=N`; `tests/faults/long` does that. A failure says its number: `COSTSCOPE_FIRST=N COSTSCOPE_RUNS=1`
//! repeats it.

use crate::support::bills::Dice;
use crate::support::damage::{Damage, OF_FILES, OF_FOLDERS, OF_RIGHTS, Target};
use crate::support::program;
use crate::support::pty::Pty;
use crate::support::whole_folder::{
    CONFIG, FIRST, JOBS, LIST, NOTE, OTHER_NOTE, RELEASED, REPORTS, Said, UNSEALED, VERIFY, VIEWS,
    Whole, placeless, rows, run_within_limit, show, tree,
};
use costscope::domain::report::request::ReportKey;
use costscope::store::checksum::sum_of_text;
use costscope::store::ledger::LedgerEntry;
use costscope::store::orders::intents::{Intent, Intents};
use costscope::store::pinned_scopes::PinnedScopesFile;
use costscope::store::views::ViewFolder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, FileType, Permissions};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The numbers to try; `usual` is how many without a wish.
fn numbers(usual: u64) -> Range<u64> {
    let wish = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let first = wish("COSTSCOPE_FIRST").unwrap_or(0);
    first..first + wish("COSTSCOPE_RUNS").unwrap_or(usual)
}

/// The files to damage, below the data folder.
fn files() -> Vec<String> {
    let of = |key: &str, name: &str| format!("ledger/{key}/{name}");
    let mut all: Vec<String> = REPORTS
        .into_iter()
        .flat_map(|key| [of(key, "report.json"), of(key, "part-0.parquet")])
        .collect();
    all.push(of(FIRST, ".part-0.parquet.checked"));
    all.extend([NOTE, OTHER_NOTE].map(|key| format!("jobs/{key}.json")));
    all.extend(["settings.toml", "scopes.json"].map(str::to_owned));
    all.extend(VIEWS.map(|name| format!("views/{name}.toml")));
    all
}

/// The folders to damage.
fn folders() -> Vec<String> {
    let ours = ["jobs", "ledger", "ledger/.work", "views", "log"];
    let mut all: Vec<String> = ours.map(str::to_owned).into();
    all.extend(REPORTS.map(|key| format!("ledger/{key}")));
    all
}

/// The bytes of a regular file of ordinary size.
fn regular(path: &Path) -> Option<Vec<u8>> {
    let meta = path.symlink_metadata().ok()?;
    let is_ordinary = meta.is_file() && meta.len() < 1 << 30;
    is_ordinary.then(|| fs::read(path).ok())?
}

/// A damaged copy of the data folder, and everything that is wrong with how the program takes it.
struct Damaged<'a> {
    whole: &'a Whole,
    folder: PathBuf,
    /// What was damaged, below the data folder.
    hit: Vec<String>,
    what: &'static str,
    before: BTreeMap<PathBuf, FileType>,
    bytes: Option<Vec<u8>>,
    wrong: Vec<String>,
}

impl<'a> Damaged<'a> {
    fn new(whole: &'a Whole, number: u64, item: &str, (what, damage): Damage) -> Self {
        let folder = whole.copied(&format!("copy-{number}"));
        let others = files().into_iter().filter(|other| other != item);
        let mut target = Target {
            path: folder.join(item),
            bytes: fs::read(folder.join(item)).unwrap_or_default(),
            others: others.map(|other| folder.join(other)).collect(),
            outside: whole.place.path().join(format!("outside-{number}")),
            dice: Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            also: None,
        };
        damage(&mut target);
        let also = target.also.iter();
        let also = also.map(|path| path.strip_prefix(&folder).unwrap().to_str().unwrap());
        Self {
            whole,
            hit: std::iter::once(item)
                .chain(also)
                .map(str::to_owned)
                .collect(),
            what,
            before: tree(&folder),
            bytes: regular(&target.path),
            folder,
            wrong: Vec::new(),
        }
    }

    fn is_hit(&self, part: &str) -> bool {
        self.hit.iter().any(|path| path.contains(part))
    }

    fn is_folder_hit(&self, folder: &str) -> bool {
        self.hit.iter().any(|path| path == folder)
    }

    /// Whether no report is within reach.
    fn is_ledger_lost(&self) -> bool {
        self.is_folder_hit("ledger") || self.is_folder_hit("ledger/.work")
    }

    fn report(&mut self, arguments: &[&str], problem: &str, said: &Said) {
        let short = |text: &str| text.chars().take(1200).collect::<String>();
        let (out, err, code) = (short(&said.out), short(&said.err), said.code);
        let words = arguments.join(" ");
        let text = format!("{words}: {problem}: exit {code:?}\n{err}\n{out}");
        self.wrong.push(text);
    }

    /// Runs a command. What holds for all of them is checked here.
    fn run(&mut self, arguments: &[&str]) -> Said {
        let Some(said) = run_within_limit(&self.folder, arguments) else {
            self.report(arguments, "it does not end", &Said::default());
            return Said::default();
        };
        let all = format!("{}{}", said.out, said.err).to_lowercase();
        let is_text = |c: char| c == '\n' || !(c.is_control() || "\u{202e}\u{2028}".contains(c));
        let is_well = said.code == Some(0);
        // The reports and jobs that can be read are listed beside the error.
        let lists = arguments == JOBS || arguments == LIST;
        let prints = !said.out.is_empty() && !lists;
        let checks = [
            (
                !matches!(said.code, Some(0 | 1 | 2 | 6)),
                "an exit code without a meaning here",
            ),
            (
                all.contains("panicked") || all.contains("this is a bug"),
                "a panic",
            ),
            (!said.err.chars().all(is_text), "control characters of data"),
            (!is_well && prints, "a result beside an error"),
            (
                !is_well && said.err.trim().is_empty(),
                "an error without a word",
            ),
        ];
        for (is_wrong, problem) in checks {
            if is_wrong {
                self.report(arguments, problem, &said);
            }
        }
        said
    }

    /// Whether a command was refused because of the settings or of a folder that holds everything, and names it.
    fn is_refused(&self, said: &Said) -> bool {
        let names = |path: &str| self.is_folder_hit(path) && said.err.contains(path);
        match said.code {
            Some(1) => ["settings.toml", "jobs", "ledger", "ledger/.work"]
                .into_iter()
                .any(names),
            Some(2) => names("settings.toml"),
            _ => false,
        }
    }

    /// A command that reads one report gives the right answer, or an error that names the report.
    fn reads(&mut self, arguments: &[&str], key: &str) {
        let said = self.run(arguments);
        let right = self.whole.right(arguments);
        let is_hit = self.is_hit(&format!("ledger/{key}"));
        // Without checksums, only rows and totals are known.
        let agrees = if key == UNSEALED && is_hit {
            let (found, right) = (said.json(), right.json());
            found["totals"] == right["totals"] && found["rows"] == right["rows"]
        } else {
            placeless(&said.out, &self.folder) == right.out
        };
        let may_be_one = OF_RIGHTS.contains(&self.what) || said.err.contains("newer version");
        let problem = match said.code {
            Some(0) if agrees => return,
            Some(0) => "A WRONG ANSWER",
            _ if self.is_refused(&said) || self.is_ledger_lost() => return,
            _ if !is_hit => "a whole report is not usable",
            _ if !said.err.contains(key) => "the damaged report is not named",
            Some(6) => return,
            Some(1) if may_be_one => return,
            _ => "another exit code than 6",
        };
        self.report(arguments, problem, &said);
    }

    /// The list has every report as it was, or names it.
    fn lists(&mut self) {
        let said = self.run(&LIST);
        if self.is_refused(&said) || self.is_ledger_lost() {
            return;
        }
        let listed = said.listed("reports", "key");
        if (said.code == Some(6)) != (listed.len() < REPORTS.len()) {
            self.report(&LIST, "exit 6 and a missing report go together", &said);
        }
        let right = self.whole.right(&LIST).listed("reports", "key");
        for (key, report) in &right {
            let is_hit = self.is_hit(key);
            let problem = match listed.get(key) {
                Some(found) if found == report => continue,
                // Without checksums, it is only compared when it is read.
                Some(_) if key == UNSEALED && is_hit => continue,
                Some(_) => "has other values",
                None if !said.err.contains(key.as_str()) => "is missing without a word",
                None if is_hit => continue,
                None => "is whole and not listed",
            };
            self.report(&LIST, &format!("{key} {problem}"), &said);
        }
        if listed.keys().any(|key| !right.contains_key(key)) {
            self.report(&LIST, "more reports than there are", &said);
        }
    }

    /// The check finds all reports whole, or names the damaged ones and no others.
    fn verifies(&mut self) {
        let said = self.run(&VERIFY);
        if self.is_refused(&said) || self.is_ledger_lost() {
            return;
        }
        if said.code == Some(0) {
            let found = |said: &Said| -> Vec<(String, Value)> {
                let reports = said.listed("verified", "key").into_iter();
                reports
                    .map(|(key, report)| (key, report["rows"].clone()))
                    .collect()
            };
            if found(&said) != found(&self.whole.right(&VERIFY)) {
                self.report(&VERIFY, "reports are missing", &said);
            }
            return;
        }
        let named = |key: &str| self.is_hit(key) && said.err.contains(key);
        if said.code != Some(6) || !REPORTS.into_iter().any(named) {
            self.report(&VERIFY, "what is damaged is not named", &said);
        }
        for key in REPORTS {
            let told = said.err.contains(&format!("report {key} is damaged"));
            if told && !self.is_hit(key) {
                self.report(&VERIFY, &format!("{key} is not damaged"), &said);
            }
        }
    }

    /// The jobs have every note as it was, or name it.
    fn lists_jobs(&mut self) {
        let said = self.run(&JOBS);
        if self.is_refused(&said) || self.is_ledger_lost() {
            return;
        }
        let is_listed = said.json()["jobs"] == self.whole.right(&JOBS).json()["jobs"];
        if !is_listed && !self.is_hit("jobs") {
            self.report(&JOBS, "a job is missing", &said);
        }
        for key in [NOTE, OTHER_NOTE] {
            let is_hit = self.is_hit(&format!("jobs/{key}.json"));
            let told = said.code == Some(6) && said.err.contains(key);
            let same = note(&self.folder, key) == note(&self.whole.folder(), key);
            if is_hit && !told && !(same && is_listed) {
                self.report(&JOBS, "the damaged note is not named", &said);
            }
        }
    }

    fn checks_settings(&mut self) {
        let said = self.run(&CONFIG);
        if said.code != Some(0) && !self.is_refused(&said) {
            self.report(&CONFIG, "the settings are not named", &said);
        }
    }

    /// Views and pinned scopes, which only the UI reads, are read or named.
    fn lists_views(&mut self) {
        let mut missing: Vec<&str> = VIEWS.into();
        match ViewFolder::new(&self.folder).list() {
            Ok(views) => {
                for (name, view) in views {
                    missing.retain(|known| *known != name);
                    let path = format!("views/{name}.toml");
                    if let Err(error) = view
                        && !(self.is_hit(&path) && error.to_string().contains(&path))
                    {
                        self.wrong.push(format!("the view {name}: {error}"));
                    }
                }
            }
            Err(error) if self.is_folder_hit("views") && error.to_string().contains("views") => {
                return;
            }
            Err(error) => self.wrong.push(format!("the views: {error}")),
        }
        if !missing.is_empty() && !self.is_folder_hit("views") {
            self.wrong.push(format!("missing views: {missing:?}"));
        }
        let scopes = PinnedScopesFile::new(&self.folder).change("demo", |_| {});
        if let Err(error) = scopes
            && !(self.is_hit("scopes.json") && error.to_string().contains("scopes.json"))
        {
            self.wrong.push(format!("the pinned scopes: {error}"));
        }
    }

    /// Nothing was deleted, and what is damaged stays as it is: it may be mended by hand.
    fn loses_nothing(&mut self) {
        let after = tree(&self.folder);
        for (path, kind) in &self.before {
            // Notes of comparisons are written anew.
            let is_note = path.extension().is_some_and(|ending| ending == "checked");
            if !is_note && after.get(path) != Some(kind) {
                self.wrong.push(format!("{} is gone", path.display()));
            }
        }
        let is_written = self.is_hit("scopes.json")
            || self.is_hit(".checked")
            || self.is_hit(UNSEALED) && self.is_hit("report.json");
        let path = self.folder.join(&self.hit[0]);
        if !is_written && self.bytes != regular(&path) {
            self.wrong.push(format!("{} was changed", path.display()));
        }
    }

    fn check(mut self, number: u64) {
        let of_ledger = self.is_hit("ledger");
        let turn = |of: usize| usize::try_from(number).unwrap() % of;
        for (at, key) in REPORTS.into_iter().enumerate() {
            if of_ledger || turn(REPORTS.len()) == at {
                self.reads(&show(key), key);
            }
            if self.is_hit(key) && key != UNSEALED {
                self.reads(&rows(key), key);
            }
        }
        if of_ledger || turn(4) == 0 {
            self.lists();
            self.verifies();
        }
        if self.is_hit("jobs") || turn(4) == 1 {
            self.lists_jobs();
        }
        if self.is_hit("settings") || turn(4) == 2 {
            self.checks_settings();
        }
        self.lists_views();
        self.loses_nothing();
        for (path, kind) in self.before.iter().filter(|(_, kind)| !kind.is_symlink()) {
            // Folders without rights could not be removed.
            let mode = if kind.is_dir() { 0o700 } else { 0o600 };
            let _ = fs::set_permissions(path, Permissions::from_mode(mode));
        }
        fs::remove_dir_all(&self.folder).unwrap();
        let (hit, what, wrong) = (self.hit.join(" and "), self.what, self.wrong.join("\n"));
        assert!(wrong.is_empty(), "number {number}: {hit}: {what}\n{wrong}");
    }
}

fn note(folder: &Path, key: &str) -> Option<Intent> {
    let notes = Intents::open(folder).ok()?;
    notes.read(&ReportKey::from_text(key)).ok()?
}

/// Tries numbers; each pair of an item and a damage has its turn.
fn try_numbers(usual: u64, items: &[String], damages: &[Damage]) {
    let common = |by: &usize| items.len().is_multiple_of(*by) && damages.len().is_multiple_of(*by);
    assert_eq!(
        (2..=items.len()).find(common),
        None,
        "pairs would be left out"
    );
    let whole = Whole::new();
    for number in numbers(usual) {
        let at = usize::try_from(number).unwrap();
        let (item, damage) = (&items[at % items.len()], damages[at % damages.len()]);
        Damaged::new(&whole, number, item, damage).check(number);
    }
}

#[test]
fn damaged_files_are_named_and_give_no_wrong_total() {
    try_numbers(62, &files(), &OF_FILES);
}

#[test]
fn damaged_folders_are_named_and_give_no_wrong_total() {
    // One is tried twice as often, so that the pairs work out.
    let again = format!("ledger/{RELEASED}");
    let folders = [folders(), vec![again]].concat();
    try_numbers(18, &folders, &OF_FOLDERS);
}

#[test]
fn files_of_newer_versions_are_refused_by_name() {
    let whole = Whole::new();
    let folder = whole.copied("newer");
    let path = folder.join("ledger").join(RELEASED).join("report.json");
    let mut entry: LedgerEntry = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    entry.schema = 7;
    entry.check = None;
    entry.check = Some(sum_of_text(&serde_json::to_vec(&entry).unwrap()));
    fs::write(&path, serde_json::to_vec_pretty(&entry).unwrap()).unwrap();
    let job = folder.join(format!("jobs/{NOTE}.json"));
    let mut found: Value = serde_json::from_slice(&fs::read(&job).unwrap()).unwrap();
    found["schema"] = json!(7);
    fs::write(&job, found.to_string()).unwrap();
    let commands = [
        (show(RELEASED), 1, RELEASED),
        (LIST.to_vec(), 6, RELEASED),
        (VERIFY.to_vec(), 6, RELEASED),
        (vec!["ledger", "verify", RELEASED, FIRST], 6, RELEASED),
        (JOBS.to_vec(), 6, NOTE),
    ];
    for (arguments, code, name) in commands {
        let said = run_within_limit(&folder, &arguments).unwrap();
        assert_eq!(said.code, Some(code), "{arguments:?}: {}", said.err);
        let told = said.err.contains("newer version") && said.err.contains(name);
        assert!(told, "{arguments:?}: {}", said.err);
    }
    // A later version may have dropped what this one expects.
    let mut found: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for name in ["totals", "check"] {
        found.as_object_mut().unwrap().remove(name);
    }
    fs::write(&path, found.to_string()).unwrap();
    let said = run_within_limit(&folder, &show(RELEASED)).unwrap();
    assert!(said.err.contains("newer version"), "{}", said.err);
}

#[test]
fn a_damaged_report_is_named_beside_the_list_of_the_others() {
    let whole = Whole::new();
    let folder = whole.copied("listed");
    fs::remove_file(folder.join("ledger").join(FIRST).join("report.json")).unwrap();
    for format in ["table", "json", "csv", "md"] {
        let arguments = ["ledger", "list", "--format", format];
        let said = run_within_limit(&folder, &arguments).unwrap();
        assert_eq!(said.code, Some(6), "{format}: {}", said.err);
        assert!(said.err.contains(FIRST), "{format}: {}", said.err);
        // In Markdown nothing follows an `@`, so that it names nobody.
        let out = said.out.replace("&#8203;", "");
        for key in REPORTS {
            assert_eq!(out.contains(key), key != FIRST, "{format}: {key}: {out}");
        }
    }
}

#[test]
fn damaged_scopes_are_named_when_one_is_pinned() {
    let whole = Whole::new();
    let folder = whole.copied("pins");
    fs::write(folder.join("scopes.json"), "{\"demo\": 5}").unwrap();
    fs::remove_file(folder.join("settings.toml")).unwrap();
    // A running job would ask before the end.
    fs::remove_dir_all(folder.join("jobs")).unwrap();
    let program = program();
    let program = Path::new(program.get_program());
    let mut pty = Pty::start(program, &folder, &["demo"], 120, 30);
    pty.until(&["16 of 16"]);
    pty.send(" ");
    pty.until(&["scopes.json cannot be read"]);
    pty.send("\u{3}");
    assert_eq!(pty.finish().0, 0);
    let kept = fs::read_to_string(folder.join("scopes.json")).unwrap();
    assert_eq!(kept, "{\"demo\": 5}");
}
