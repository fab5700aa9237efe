//! Stored data is checked when it is read: damage of every kind is exit 6 with the key and the command that fetches the
//! report again, never a number.

use crate::support::hostile::fetch;
use crate::support::{World, document, october_of, run, stderr};
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::{Dataset, downloads, read};
use costscope::data::progress::Progress;
use costscope::data::query;
use costscope::data::table::footer::OrderFacts;
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::query::Query;
use costscope::ops::orders::order_spec::OrderSpec;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use tempfile::TempDir;

fn order(scope: &str) -> OrderSpec {
    OrderSpec {
        metric: MetricChoice::Both,
        ..october_of(scope)
    }
}

/// A stored report, and its folder before it was damaged.
struct Stored {
    world: World,
    key: String,
    report: PathBuf,
    whole: Vec<(String, Vec<u8>)>,
}

impl Stored {
    async fn new(metric: Metric) -> Self {
        let world = World::new("").await;
        let (outcome, _) = fetch(&world.session, &order("8608480"), metric).await;
        assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
        let key = outcome.key().unwrap().as_str().to_owned();
        let report = world.folder.path().join("ledger").join(&key);
        let mut stored = Self {
            world,
            key,
            report,
            whole: Vec::new(),
        };
        stored.whole = stored.files();
        stored
    }

    fn folder(&self) -> &Path {
        self.world.folder.path()
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let items = fs::read_dir(&self.report).unwrap().map(Result::unwrap);
        items
            .map(|item| {
                let name = item.file_name().to_string_lossy().into_owned();
                (name, fs::read(item.path()).unwrap())
            })
            .collect()
    }

    fn restore(&self) {
        fs::remove_dir_all(&self.report).unwrap();
        fs::create_dir(&self.report).unwrap();
        for (name, bytes) in &self.whole {
            fs::write(self.report.join(name), bytes).unwrap();
        }
    }

    fn part(&self) -> PathBuf {
        self.report.join("part-0.parquet")
    }

    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let path = self.report.join("report.json");
        let mut found: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut found);
        fs::write(path, found.to_string()).unwrap();
    }

    fn show(&self) -> Output {
        let by = ["--group-by", "resource-group", "--format", "json"];
        run(self.folder(), &[&["show", &self.key][..], &by].concat())
    }

    /// Every command that reads the report refuses it, and says which report it is and what to do.
    fn is_damaged(&self, what: &str) {
        let verify = run(self.folder(), &["ledger", "verify", &self.key]);
        for output in [self.show(), verify] {
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(6), "{what}: {said}");
            assert!(said.contains(&self.key), "{what}: {said}");
            let again = said.contains("Get it again") || said.contains("ledger remove");
            assert!(again, "{what}: {said}");
        }
        assert!(self.show().stdout.is_empty(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_of_every_kind_is_exit_six() {
    let stored = Stored::new(Metric::Actual).await;
    let other = Stored::new(Metric::Amortized).await;
    let right = document(&stored.show());
    let part = stored.part();
    let damages: Vec<(&str, Box<dyn Fn()>)> = vec![
        ("an empty part", Box::new(|| fs::write(&part, "").unwrap())),
        (
            "another report's part",
            Box::new(|| {
                fs::copy(other.part(), &part).unwrap();
            }),
        ),
        (
            "a part that was cut",
            Box::new(|| {
                let bytes = fs::read(&part).unwrap();
                fs::write(&part, &bytes[..bytes.len() / 2]).unwrap();
            }),
        ),
        (
            "a part that is missing",
            Box::new(|| fs::remove_file(&part).unwrap()),
        ),
        (
            "a part listed twice",
            Box::new(|| {
                stored.edit(|found| found["parts"] = json!(["part-0.parquet", "part-0.parquet"]));
            }),
        ),
        (
            "no parts",
            Box::new(|| stored.edit(|found| found["parts"] = json!([]))),
        ),
        (
            "no parts, rows or sums",
            Box::new(|| {
                stored.edit(|found| {
                    for (name, value) in [
                        ("parts", json!([])),
                        ("seals", json!([])),
                        ("totals", json!([])),
                        ("rows", json!(0)),
                    ] {
                        found[name] = value;
                    }
                    found.as_object_mut().unwrap().remove("check");
                });
            }),
        ),
        (
            "other rows",
            Box::new(|| stored.edit(|found| found["rows"] = json!(1))),
        ),
        (
            "other totals",
            Box::new(|| stored.edit(|found| found["totals"][0]["cost"] = json!("1"))),
        ),
        (
            "other rows, and no checksum of the description",
            Box::new(|| {
                stored.edit(|found| {
                    found["rows"] = json!(1);
                    found["seals"][0]["rows"] = json!(1);
                    found.as_object_mut().unwrap().remove("check");
                });
            }),
        ),
        (
            "another version",
            Box::new(|| stored.edit(|found| found["schema"] = json!(3))),
        ),
        (
            "no description",
            Box::new(|| fs::remove_file(stored.report.join("report.json")).unwrap()),
        ),
    ];
    for (what, damage) in damages {
        damage();
        stored.is_damaged(what);
        stored.restore();
        assert_eq!(document(&stored.show()), right, "after {what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_never_a_number() {
    let stored = Stored::new(Metric::Actual).await;
    let right = document(&stored.show());
    let size = fs::metadata(stored.part()).unwrap().len();
    // A prime step reaches every part of the file: pages, column indexes, the footer, its length.
    for at in (0..size)
        .step_by(usize::try_from(size / 60).unwrap() | 1)
        .chain(size - 12..size)
    {
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(stored.part())
            .unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 1 << (at % 8)], at).unwrap();
        let output = stored.show();
        assert_eq!(
            output.status.code(),
            Some(6),
            "byte {at}: {}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty(), "byte {at}");
        file.write_all_at(&byte, at).unwrap();
    }
    assert_eq!(document(&stored.show()), right);
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_footer_bit_is_detected_with_unchanged_file_times() {
    let stored = Stored::new(Metric::Actual).await;
    assert_eq!(stored.show().status.code(), Some(0));
    let stamp = stored.report.join(".part-0.parquet.checked");
    let stamped = fs::read_to_string(&stamp).unwrap();
    let size = fs::metadata(stored.part()).unwrap().len();
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(stored.part())
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, size - 200).unwrap();
    file.write_all_at(&[byte[0] ^ 1], size - 200).unwrap();
    // Bit rot does not change file times, so the stamp is made to match.
    let words: Vec<&str> = stamped.split(' ').collect();
    let meta = fs::metadata(stored.part()).unwrap();
    use std::os::unix::fs::MetadataExt;
    let forged = format!(
        "{} {} {} {}.{:09} {}.{:09} {}",
        words[0],
        meta.dev(),
        meta.ino(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
        meta.len()
    );
    fs::write(&stamp, forged).unwrap();
    stored.is_damaged("a footer");
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_without_checksums_is_sealed_once_with_a_note() {
    let stored = Stored::new(Metric::Actual).await;
    let right = document(&stored.show());
    let older = |found: &mut Value| {
        found.as_object_mut().unwrap().remove("check");
        found.as_object_mut().unwrap().remove("seals");
    };
    stored.edit(older);
    let first = stored.show();
    assert!(stderr(&first).contains("checksums"), "{}", stderr(&first));
    assert_eq!(document(&first), right);
    let second = stored.show();
    assert_eq!(stderr(&second), "");
    // Neither trusted nor damaged: a mismatch is refused.
    stored.restore();
    stored.edit(|found| {
        older(found);
        found["rows"] = json!(1);
    });
    stored.is_damaged("an older report with other rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_report_is_ordered_anew_with_a_note() {
    let stored = Stored::new(Metric::Actual).await;
    fs::write(stored.part(), "").unwrap();
    let (outcome, told) = fetch(&stored.world.session, &order("8608480"), Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    let notes: Vec<String> = told.into_iter().filter_map(|news| news.note).collect();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("damaged and is ordered again")),
        "{notes:?}"
    );
    assert_eq!(stored.show().status.code(), Some(0));
}

#[test]
fn no_row_is_passed_on_before_damage_in_any_column_is_found() {
    let folder = TempDir::new().unwrap();
    let (csv, table) = (
        folder.path().join("costs.csv"),
        folder.path().join("part-0.parquet"),
    );
    // More rows than are passed on at once.
    let sample = ["sample", "--rows", "21000", "--out", csv.to_str().unwrap()];
    assert_eq!(run(folder.path(), &sample).status.code(), Some(0));
    let progress = Progress::default();
    let options = Options::new(&progress);
    downloads::commit(&csv, "costs.csv", &OrderFacts::default(), &table, &options).unwrap();
    let whole = fs::read(&table).unwrap();
    let passed_on = || {
        let file = Arc::new(File::open(&table).unwrap());
        let read = read::read_stored(file, "k", Metric::Actual, folder.path(), &options);
        let data = Dataset::join(read.unwrap());
        let mut count = 0;
        let done = query::each_row(&data, &Query::default(), |_, rows| {
            count += rows.len();
            Ok(())
        });
        (done.map_err(|error| error.to_string()), count)
    };
    assert_eq!(passed_on(), (Ok(()), 21_000));
    let [a, b, c, d] = [8, 7, 6, 5].map(|back| whole[whole.len() - back]);
    let footer = u32::from_le_bytes([a, b, c, d]) as usize + 8;
    let columns = whole.len() - footer;
    let mut found = 0;
    for part in 1..16 {
        let mut damaged = whole.clone();
        damaged[columns / 16 * part] ^= 4;
        fs::write(&table, damaged).unwrap();
        match passed_on() {
            (Ok(()), count) => assert_eq!(count, 21_000, "{part}: in a column that is not shown"),
            (Err(error), count) => {
                assert!(error.contains("its checksum differs"), "{part}: {error}");
                assert_eq!(count, 0, "{part}: {error}");
                found += 1;
            }
        }
    }
    assert!(found > 5, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_printed_of_a_damaged_report() {
    let world = World::new("").await;
    let (outcome, _) = fetch(&world.session, &october_of("8608480"), Metric::Actual).await;
    let key = outcome.key().unwrap().as_str().to_owned();
    let part = world.folder.path().join("ledger").join(&key);
    let part = part.join("part-0.parquet");
    let whole = fs::read(&part).unwrap();
    let mut refused = 0;
    for place in (1..24).map(|part| whole.len() / 24 * part) {
        let mut damaged = whole.clone();
        damaged[place] ^= 4;
        fs::write(&part, damaged).unwrap();
        for format in ["csv", "json", "md"] {
            let arguments = ["show", &key, "--top", "0", "--format", format];
            let output = run(world.folder.path(), &arguments);
            if output.status.code() == Some(0) {
                continue;
            }
            assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
            assert!(output.stdout.is_empty(), "{place}, {format}");
            refused += 1;
        }
    }
    assert!(refused > 10, "{refused}");
}
