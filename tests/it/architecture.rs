//! The architecture rules as tests: layers, third-party crates per layer, clocks, file length, forbidden words.
//!
//! Each rule is a function from a file to its violations, so that a planted violation proves that it is enforced.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path under `src`, with `/` as separator, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    fn planted(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The layer: the first folder, or `roof` for files directly under `src`.
    fn room(&self) -> &str {
        self.path.split_once('/').map_or("roof", |(room, _)| room)
    }

    /// Lines of code. Comments and documentation may name anything.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn wrong(&self, line: usize, what: impl std::fmt::Display) -> String {
        format!("src/{}:{line}: {what}", self.path)
    }
}

fn sources() -> Vec<File> {
    fn walk(folder: &Path, root: &Path, out: &mut Vec<File>) {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                walk(&path, root, out);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                out.push(File {
                    path: name,
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    assert!(files.len() > 40, "the sources were not found");
    files
}

/// Layers that a layer may import, besides itself.
fn allowed(room: &str) -> Option<&'static [&'static str]> {
    Some(match room {
        "domain" | "emulator" => &[],
        "azure" | "store" | "data" | "remote" => &["domain"],
        "ops" => &["domain", "azure", "store", "data", "remote"],
        "tui" | "cli" => &["domain", "ops"],
        _ => return None,
    })
}

/// The layers named after `crate::` in a line.
fn imported(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").map(|(at, word)| {
        let rest = &line[at + word.len()..];
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap()
    })
}

fn floors(file: &File) -> Vec<String> {
    let Some(allowed) = allowed(file.room()) else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    for (at, line) in file.code() {
        for room in imported(line) {
            if room != file.room() && !allowed.contains(&room) {
                wrong.push(file.wrong(at, format!("{} may not import {room}", file.room())));
            }
        }
    }
    wrong
}

/// Third-party crates and the only places that may name them.
const HOMES: [(&str, &[&str]); 22] = [
    ("reqwest", &["azure/"]),
    ("azure_identity", &["azure/"]),
    ("azure_core", &["azure/"]),
    ("oauth2", &["azure/"]),
    ("aws_lc_rs", &["azure/"]),
    ("color_eyre", &["failure.rs"]),
    ("directories", &["settings.rs"]),
    ("polars_arrow", &["data/stored/", "remote/arrow.rs"]),
    ("polars_parquet", &["data/stored/"]),
    ("polars_parquet_format", &["data/stored/"]),
    ("polars", &["data/sql/"]),
    ("prost", &["remote/messages.rs", "remote/client.rs"]),
    ("sqlparser", &["data/sql/"]),
    (
        "tonic",
        &[
            "remote/client.rs",
            "remote/connecting.rs",
            "remote/error.rs",
            "remote/running.rs",
        ],
    ),
    ("tonic_prost", &["remote/client.rs"]),
    ("zip", &["data/archive.rs"]),
    ("flate2", &["data/source.rs"]),
    ("rust_xlsxwriter", &["data/export/"]),
    ("clap", &["cli/args/"]),
    ("crossterm", &["tui/terminal.rs", "tui/key.rs"]),
    (
        "ratatui",
        &[
            "tui/terminal.rs",
            "tui/events.rs",
            "tui/layout.rs",
            "tui/theme.rs",
            "tui/draw/",
        ],
    ),
    ("axum", &["emulator/"]),
];

fn crates(file: &File) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, line) in file.code() {
        for (name, homes) in HOMES {
            let used = line.contains(&format!("{name}::"))
                || line.trim_start().starts_with(&format!("use {name};"));
            if used && !homes.iter().any(|home| file.path.starts_with(home)) {
                wrong.push(file.wrong(
                    at,
                    format!("{name} may only be used in {}", homes.join(", ")),
                ));
            }
        }
    }
    wrong
}

/// The domain uses only std, serde and chrono.
fn plain_domain(file: &File) -> Vec<String> {
    if file.room() != "domain" {
        return Vec::new();
    }
    let known = ["std", "serde", "chrono", "super", "crate", "self"];
    let used = file.code().filter_map(|(at, line)| {
        let rest = line.trim_start().strip_prefix("use ")?;
        let name = rest
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()?;
        (!known.contains(&name)).then(|| file.wrong(at, format!("the domain may not use {name}")))
    });
    used.collect()
}

/// Code that reads no clock and never waits: the time is passed in.
fn timeless(file: &File) -> Vec<String> {
    let places = [
        "domain/",
        "tui/update/",
        "tui/part/",
        "tui/screen/",
        "tui/draw/",
    ];
    if !places.iter().any(|place| file.path.starts_with(place)) {
        return Vec::new();
    }
    let words = [
        "Utc::now",
        "Local::now",
        "Instant::now",
        "SystemTime::now",
        "async fn",
        ".await",
        "thread::sleep",
        "tokio::",
    ];
    let mut wrong = Vec::new();
    for (at, line) in file.code() {
        for word in words.iter().filter(|word| line.contains(**word)) {
            wrong.push(file.wrong(
                at,
                format!("`{word}` where time is given and nothing waits"),
            ));
        }
    }
    wrong
}

/// The order of files in the terminal UI: each may import only files to its left.
const TUI_ORDER: [&str; 16] = [
    "key", "action", "part", "message", "keymap", "effect", "runner", "layout", "theme", "screen",
    "model", "update", "draw", "sgr", "terminal", "events",
];

fn tui_order(file: &File) -> Vec<String> {
    let Some(rest) = file.path.strip_prefix("tui/") else {
        return Vec::new();
    };
    let own = rest.split(['/', '.']).next().unwrap();
    let Some(place) = TUI_ORDER.iter().position(|name| *name == own) else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    for (at, line) in file.code() {
        for (found, word) in line.match_indices("crate::tui::") {
            let name = line[found + word.len()..]
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap();
            let right = TUI_ORDER
                .iter()
                .position(|known| *known == name)
                .is_some_and(|other| other > place);
            let apart = own == "draw" && name == "update";
            if right || apart {
                wrong.push(file.wrong(at, format!("tui/{own} may not import tui/{name}")));
            }
        }
    }
    wrong
}

/// Imports forbidden inside `data`: text becomes columns, columns are stored, stored tables are queried.
const DATA_FLOORS: [(&str, &[&str]); 2] = [
    (
        "data/reading/",
        &["data::stored", "data::engine", "data::dataset"],
    ),
    ("data/stored/", &["data::engine", "data::dataset"]),
];

fn data_floors(file: &File) -> Vec<String> {
    let above = DATA_FLOORS
        .iter()
        .find(|(floor, _)| file.path.starts_with(floor))
        .map_or(&[][..], |(_, above)| above);
    let mut wrong = Vec::new();
    for (at, line) in file.code() {
        for name in above.iter().filter(|name| line.contains(**name)) {
            wrong.push(file.wrong(at, format!("it may not import {name}")));
        }
    }
    wrong
}

const LONGEST: usize = 500;

fn length(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if lines > LONGEST {
        vec![file.wrong(lines, format!("{lines} lines; split it along an idea"))]
    } else {
        Vec::new()
    }
}

fn words(file: &File) -> Vec<String> {
    let banned = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        "::*;",
        "static mut",
        "OnceLock<",
        "LazyLock<",
    ];
    // A value computed once and owned by one struct is not a global.
    let owners = ["data/stored/file.rs", "data/part.rs"];
    let allowed = |word: &str| word == "OnceLock<" && owners.contains(&file.path.as_str());
    let mut wrong = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        for word in banned
            .iter()
            .filter(|word| line.contains(**word) && !allowed(word))
        {
            wrong.push(file.wrong(at + 1, format!("`{word}` does not belong in the house")));
        }
    }
    wrong
}

/// No catch-all module names, and every module starts with a doc comment about its contents.
fn rooms(file: &File) -> Vec<String> {
    let name = file
        .path
        .rsplit('/')
        .next()
        .unwrap()
        .trim_end_matches(".rs");
    let mut wrong = Vec::new();
    if [
        "utils", "util", "common", "misc", "helper", "helpers", "manager",
    ]
    .contains(&name)
    {
        wrong.push(file.wrong(1, "a file is named after its idea"));
    }
    if !file.text.starts_with("//! ") {
        wrong.push(file.wrong(1, "a file opens with what lives here"));
    }
    wrong
}

type Rule = fn(&File) -> Vec<String>;
const RULES: [(&str, Rule); 9] = [
    ("floors", floors),
    ("crates", crates),
    ("plain domain", plain_domain),
    ("timeless", timeless),
    ("tui order", tui_order),
    ("data floors", data_floors),
    ("length", length),
    ("words", words),
    ("rooms", rooms),
];

#[test]
fn the_house_stands() {
    let files = sources();
    for (name, rule) in RULES {
        let wrong: Vec<String> = files.iter().flat_map(rule).collect();
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn every_rule_bites() {
    let long = "//! x\n".repeat(LONGEST + 1);
    let planted: [(Rule, &str, &str); 15] = [
        (
            data_floors,
            "data/reading/pass.rs",
            "use crate::data::stored::file::Stored;",
        ),
        (floors, "domain/scope.rs", "use crate::data::query;"),
        (
            floors,
            "azure/client.rs",
            "let ledger = crate::store::ledger::Ledger;",
        ),
        (floors, "cli/show.rs", "use crate::tui::model::Model;"),
        (floors, "tui/model.rs", "use crate::data::dataset::Dataset;"),
        (
            floors,
            "emulator/rows.rs",
            "use crate::domain::money::Amount;",
        ),
        (crates, "ops/order.rs", "use reqwest::Client;"),
        (crates, "tui/model.rs", "use ratatui::layout::Rect;"),
        (
            crates,
            "ops/explore.rs",
            "let array = polars_arrow::array::Utf8ViewArray::new();",
        ),
        (
            plain_domain,
            "domain/money.rs",
            "use polars_parquet::read::FileMetadata;",
        ),
        (timeless, "tui/update/", "let now = Utc::now();"),
        (
            tui_order,
            "tui/draw/table.rs",
            "use crate::tui::update::update;",
        ),
        (length, "ops/order.rs", &long),
        (words, "cli/show.rs", concat!("// TO", "DO: later")),
        (rooms, "ops/utils.rs", "//! Odds and ends."),
    ];
    for (rule, path, text) in planted {
        let found = rule(&File::planted(path, text));
        assert!(!found.is_empty(), "nothing was found in {path}: {text:.60}");
    }
    let fine = File::planted(
        "ops/order.rs",
        "//! Fine.\nuse crate::azure::client::Client;\n// reqwest:: in a comment is fine\n",
    );
    for (name, rule) in RULES {
        assert!(rule(&fine).is_empty(), "{name} finds what is not there");
    }
}

/// Dependencies that no source file names.
fn unused(manifest: &str, sources: &[File]) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let mut tables = vec![manifest["dependencies"].as_table().unwrap()];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(|targets| targets.values()) {
        tables.extend(target.get("dependencies").and_then(toml::Value::as_table));
    }
    let names = tables.into_iter().flat_map(|table| table.keys());
    let is_named = |name: &str| {
        // `md-5` is `md5` in code.
        let word = name.replace("md-5", "md5").replace('-', "_");
        let mut code = sources.iter().flat_map(File::code);
        let forms = [
            format!("{word}::"),
            format!("use {word};"),
            format!("use {word} as"),
        ];
        code.any(|(_, line)| forms.iter().any(|form| line.contains(form)))
    };
    names.filter(|name| !is_named(name)).cloned().collect()
}

#[test]
fn every_dependency_does_work() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert_eq!(unused(&manifest, &sources()), Vec::<String>::new());
    let planted = manifest.replace("[dependencies]", "[dependencies]\nleft-pad = \"1\"");
    assert_eq!(unused(&planted, &sources()), ["left-pad"]);
}
