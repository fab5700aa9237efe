//! Files planted in the data folder are never a path, a command or an authority.

use crate::support::hostile::fetch;
use crate::support::{World, document, file, october_of, run, stderr, stdout};
use costscope::domain::metric::Metric;
use costscope::domain::period::{Month, Period};
use costscope::domain::report::request::{ReportKey, ReportRequest, Subset};
use costscope::domain::scope::ScopeId;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::store::folder::{Folder, ItemKind, is_plain};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn order() -> OrderSpec {
    october_of("8608480")
}

/// A data folder with a report in it, and another user's files next to it.
struct Place {
    world: World,
    key: String,
    victim: PathBuf,
    _beside: TempDir,
}

impl Place {
    async fn new() -> Self {
        let world = World::new("").await;
        let (outcome, _) = fetch(&world.session, &order(), Metric::Actual).await;
        let key = outcome.key().unwrap().as_str().to_owned();
        let beside = TempDir::new().unwrap();
        let victim = beside.path().join("victim");
        fs::create_dir(&victim).unwrap();
        fs::write(victim.join("report.json"), "{}").unwrap();
        fs::write(victim.join("part-0.parquet"), "precious").unwrap();
        Self {
            world,
            key,
            victim,
            _beside: beside,
        }
    }

    fn data(&self) -> &Path {
        self.world.folder.path()
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = run(self.data(), arguments);
        let code = output.status.code();
        let said = format!("{}{}", stdout(&output), stderr(&output));
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        (code, said)
    }

    fn victim_is_well(&self, what: &str) {
        let found = tree(&self.victim);
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["part-0.parquet", "report.json"], "{what}");
        assert_eq!(found["part-0.parquet"], b"precious", "{what}");
    }
}

/// Every file below a folder, with its bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() {
            let inner = tree(&path).into_iter();
            found.extend(inner.map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap_or_default());
        }
    }
    found
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut found: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut found);
    // Anyone who can write here can remove the checksums, which old versions did not write.
    for name in ["check", "seals"] {
        found.as_object_mut().unwrap().remove(name);
    }
    fs::write(path, found.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_entry_naming_another_path_is_damaged() {
    let place = Place::new().await;
    let report = place.data().join("ledger").join(&place.key);
    let whole = fs::read(report.join("report.json")).unwrap();
    let outside = format!("test@sub-1/../../../{}", place.victim.display());
    let deeper = format!("../../../../..{}/part-0.parquet", place.victim.display());
    let attempts: [(&str, &dyn Fn(&mut Value)); 7] = [
        ("a key with a way out", &|found| {
            found["key"] = outside.clone().into();
        }),
        ("the key of another", &|found| {
            found["key"] = "test@x@2026-09@actual".into();
        }),
        ("a part elsewhere", &|found| {
            found["parts"][0] = deeper.clone().into();
        }),
        ("a part with a folder", &|found| {
            found["parts"][0] = "x/part-0.parquet".into();
        }),
        ("a part that counts strangely", &|found| {
            found["parts"][0] = "part-+0.parquet".into();
        }),
        ("a part with zeros before", &|found| {
            found["parts"][0] = "part-00.parquet".into();
        }),
        ("another request", &|found| {
            found["request"]["scope"] =
                "/subscriptions/00000000-0000-0000-0000-000000000009".into();
        }),
    ];
    for (what, change) in attempts {
        fs::write(report.join("report.json"), &whole).unwrap();
        edit(&report.join("report.json"), change);
        let (code, said) = place.run(&["show", &place.key]);
        assert_eq!(code, Some(6), "{what}: {said}");
        let (code, said) = place.run(&["ledger", "list"]);
        assert_eq!(code, Some(6), "{what}: {said}");
        assert!(said.contains(&place.key), "{what}: {said}");
        // Another order of the same scope replaces the entry and cleans up.
        fetch(&place.world.session, &order(), Metric::Amortized).await;
        place.victim_is_well(what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_in_the_data_folder_are_not_followed() {
    let place = Place::new().await;
    let (data, ledger) = (place.data().to_owned(), place.data().join("ledger"));
    // A ledger entry that is a link.
    symlink(&place.victim, ledger.join("test@linked@2026-10@actual")).unwrap();
    let (code, said) = place.run(&["show", "test@linked@2026-10@actual"]);
    assert_eq!(code, Some(6), "{said}");
    let (_, said) = place.run(&["ledger", "list"]);
    assert!(said.contains("test@linked@2026-10@actual"), "{said}");
    let (code, said) = place.run(&["ledger", "remove", "test@linked@2026-10@actual"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!ledger.join("test@linked@2026-10@actual").is_symlink());
    place.victim_is_well("an entry");
    // Leftovers of a crash, as links.
    for name in [
        "old-test@x@2026-10@actual",
        "gone-x",
        "new-x",
        "old-.work",
        "old-",
    ] {
        symlink(&place.victim, ledger.join(".work").join(name)).unwrap();
    }
    let (code, said) = place.run(&["ledger", "list"]);
    assert_eq!(code, Some(0), "{said}");
    place.victim_is_well("what a crash left");
    // A Parquet part and `report.json`.
    for name in ["part-0.parquet", "report.json"] {
        let path = ledger.join(&place.key).join(name);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        symlink(place.victim.join(name), &path).unwrap();
        let (code, said) = place.run(&["show", &place.key]);
        assert_eq!(code, Some(6), "{name}: {said}");
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    let (code, said) = place.run(&["show", &place.key]);
    assert_eq!(code, Some(0), "{said}");
    // Whole folders replaced by links.
    for name in ["jobs", "ledger"] {
        fs::rename(data.join(name), data.join("aside")).unwrap();
        symlink(&place.victim, data.join(name)).unwrap();
        let (code, said) = place.run(&["jobs", "list", "--offline"]);
        assert_eq!(code, Some(1), "{name}: {said}");
        assert!(said.contains(name) && said.contains("--data-dir"), "{said}");
        fs::remove_file(data.join(name)).unwrap();
        fs::rename(data.join("aside"), data.join(name)).unwrap();
    }
    place.victim_is_well("folders");
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_copies_of_a_report_follow_no_planted_link() {
    let world = World::new("").await;
    let out = TempDir::new().unwrap();
    let victim = file(out.path(), "victim", "precious");
    let order = OrderSpec {
        out: Some(out.path().to_owned()),
        ..order()
    };
    let request = order.request(order.period.clone(), Metric::Actual);
    let key = request.key("test");
    let ends = [
        "csv",
        "csv.partial",
        "part1.csv",
        "part2.csv",
        "part1.csv.partial",
    ];
    for end in ends {
        symlink(&victim, out.path().join(format!("{key}.{end}"))).unwrap();
    }
    let (outcome, _) = fetch(&world.session, &order, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    let copies = ends.map(|end| out.path().join(format!("{key}.{end}")));
    let whole = copies.iter().filter(|copy| !copy.is_symlink());
    let sizes: Vec<u64> = whole
        .map(|copy| fs::metadata(copy).unwrap().len())
        .collect();
    assert!(
        !sizes.is_empty() && sizes.iter().all(|size| *size > 1000),
        "{sizes:?}"
    );
}

#[test]
fn names_and_links_cannot_leave_a_folder() {
    let outer = TempDir::new().unwrap();
    let victim = file(outer.path(), "victim", "precious");
    let root = outer.path().join("root");
    let folder = Folder::private(&root).unwrap();
    for name in ["", ".", "..", "a/b", "../victim", "a\0b", &"x".repeat(256)] {
        assert!(!is_plain(name), "{name}");
        assert!(folder.child(name).is_err(), "{name}");
        assert!(folder.write(name, b"x").is_err(), "{name}");
        assert!(folder.remove(name).is_err(), "{name}");
        assert!(folder.read(name, 10).is_err(), "{name}");
        assert!(folder.rename("a", &folder, name).is_err(), "{name}");
    }
    symlink(&victim, root.join("link")).unwrap();
    symlink(outer.path(), root.join("folder")).unwrap();
    assert_eq!(folder.kind("link"), Some(ItemKind::Foreign));
    assert!(folder.open("link").is_err() && folder.lock_file("link").is_err());
    assert!(folder.append("link").is_err());
    assert!(folder.child("folder").is_err() && folder.existing("folder").is_err());
    // Writing replaces the link, and removing deletes only the link.
    folder.write("link", b"ours").unwrap();
    folder.remove("folder").unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(folder.read("link", 10).unwrap().unwrap(), b"ours");
    assert!(folder.read("link", 3).is_err(), "larger than it can be");
    assert_eq!(folder.read("nothing", 3).unwrap(), None);
    // A tree with a link that leads out of it, deep inside.
    let inner = folder.child("tree").unwrap().child("inner").unwrap();
    inner.write("file", b"x").unwrap();
    symlink(outer.path(), root.join("tree/inner/out")).unwrap();
    folder.remove("tree").unwrap();
    assert!(victim.exists() && !root.join("tree").exists());
    let names: Vec<String> = folder
        .items()
        .unwrap()
        .into_iter()
        .map(|item| item.0)
        .collect();
    assert_eq!(names, ["link"]);
}

#[test]
fn overlong_report_keys_end_in_a_hash() {
    let request = |group: &str, month: &str| ReportRequest {
        export: None,
        scope: ScopeId::parse(&format!(
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/{group}"
        ))
        .unwrap(),
        metric: Metric::Actual,
        period: Period::Dates(Month::parse(month).unwrap().range()),
        subset: Subset::default(),
    };
    // Names up to the length limit of older versions do not change.
    let fits = request(&"a".repeat(90), "2026-10").key("public");
    assert!(!fits.as_str().contains("hash-"), "{fits}");
    let long = "ä".repeat(60);
    let keys = [
        request(&long, "2026-10").key("public"),
        request(&format!("{long}b"), "2026-10").key("public"),
        request(&long, "2026-09").key("public"),
    ];
    for key in &keys {
        assert!(key.as_str().len() < 240, "{key}");
        assert!(key.as_str().starts_with("public@sub-00000000"), "{key}");
        assert!(key.as_str().ends_with("@actual"), "{key}");
    }
    assert!(keys[0] != keys[1] && keys[0] != keys[2]);
    assert!(request(&long, "2026-10").is_called(&keys[0]));
    assert!(!request(&long, "2026-10").is_called(&keys[1]));
    // Short names are unchanged, and names from versions without a length limit are still recognised.
    let short = request("rg", "2026-10");
    let key = short.key("public");
    assert_eq!(
        key.as_str(),
        "public@sub-00000000-0000-0000-0000-000000000001@rg-rg@2026-10@actual"
    );
    assert!(short.is_called(&ReportKey::from_text(
        &key.as_str().replace("public", "other")
    )));
}

/// Pseudo-random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }
}

/// Replaces one text or number somewhere in a document.
fn disturb(value: &mut Value, dice: &mut Dice) {
    const TEXTS: [&str; 8] = [
        "../../../victim",
        "/etc/passwd",
        "",
        "\u{1b}]0;x\u{7}",
        "test@x/../../victim@2026-10@actual",
        "part-0.parquet/../../../victim/part-0.parquet",
        "$(touch victim)",
        "99999999999999999999999999",
    ];
    let inner: Vec<&mut Value> = match value {
        Value::Object(members) => members.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    let count = inner.len();
    if count == 0 {
        *value = match dice.roll(4) {
            0 => Value::from(u64::MAX),
            1 => Value::Null,
            _ => Value::from(TEXTS[dice.roll(TEXTS.len())]),
        };
    } else {
        let at = dice.roll(count);
        disturb(inner.into_iter().nth(at).unwrap(), dice);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn corrupted_data_files_cause_no_panic_or_wrong_total() {
    let place = Place::new().await;
    // A running job, a view and pinned scopes are disturbed too.
    let jobs = place.data().join("jobs");
    let noted = jobs.join(format!("{}.json", place.key.replace("actual", "amortized")));
    let entry = document(&run(place.data(), &["ledger", "list", "--format", "json"]));
    let request: Value = serde_json::from_slice(
        &fs::read(
            place
                .data()
                .join("ledger")
                .join(&place.key)
                .join("report.json"),
        )
        .unwrap(),
    )
    .unwrap();
    let mut request = request["request"].clone();
    request["metric"] = "amortized".into();
    let note = serde_json::json!({"request": request, "ordered_at": "2026-11-01T00:00:00Z", "poll_url": null, "not_before": null});
    fs::write(&noted, note.to_string()).unwrap();
    fs::create_dir_all(place.data().join("views")).unwrap();
    file(
        &place.data().join("views"),
        "mine.toml",
        "group_by = [\"service\"]\n",
    );
    let by = [
        "show",
        &place.key,
        "--group-by",
        "charge-type",
        "--format",
        "json",
    ];
    let right = stdout(&run(place.data(), &by));
    assert_eq!(entry["reports"][0]["key"], place.key.as_str());
    let before = tree(place.data());
    let mut dice = Dice(20_261_130);
    for (name, whole) in &before {
        if name.starts_with("log/") || whole.is_empty() {
            continue;
        }
        let path = place.data().join(name);
        for _ in 0..6 {
            let mut bytes = whole.clone();
            let parsed = serde_json::from_slice::<Value>(whole).ok();
            match (dice.roll(3), parsed) {
                (0, Some(mut value)) => {
                    disturb(&mut value, &mut dice);
                    bytes = value.to_string().into_bytes();
                }
                (1, _) => bytes.truncate(dice.roll(whole.len())),
                _ => {
                    let at = dice.roll(bytes.len());
                    bytes[at] ^= 1 << dice.roll(8);
                }
            }
            fs::write(&path, &bytes).unwrap();
            let output = run(place.data(), &by);
            let said = stderr(&output);
            match output.status.code() {
                Some(0) => assert_eq!(stdout(&output), right, "{name}"),
                Some(1 | 6) => assert!(!said.is_empty() && output.stdout.is_empty(), "{name}"),
                code => panic!("{name}: {code:?} {said}"),
            }
            for arguments in [vec!["ledger", "list"], vec!["jobs", "list", "--offline"]] {
                let (code, said) = place.run(&arguments);
                assert!(matches!(code, Some(0 | 1 | 6)), "{name}: {code:?} {said}");
                assert!(!said.contains('\u{1b}'), "{name}: {said:?}");
            }
            place.victim_is_well(name);
            fs::write(&path, whole).unwrap();
        }
    }
    let (code, said) = place.run(&by);
    assert_eq!(code, Some(0), "{said}");
}
