//! The architecture rules as tests: layers, drawing, masking, clocks, file length, forbidden words.
//!
//! Each rule is a function from a file to its violations, so that a planted violation proves that it is enforced.

use crate::crate_homes::names_crate;
use crate::support::sources::{File, sources, tests};
use std::collections::BTreeMap;

/// Layers that a layer may import, besides itself.
fn allowed(layer: &str) -> Option<&'static [&'static str]> {
    Some(match layer {
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

fn layers(file: &File) -> Vec<String> {
    let Some(allowed) = allowed(file.layer()) else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    for (at, line) in file.code() {
        for layer in imported(line) {
            if layer != file.layer() && !allowed.contains(&layer) {
                wrong.push(file.wrong(at, format!("{} may not import {layer}", file.layer())));
            }
        }
    }
    wrong
}

/// Whether a file draws: it, or a folder it is in, is named `draw`.
fn draws(file: &File) -> bool {
    let mut parts = file.path.split('/');
    parts.any(|part| part.trim_end_matches(".rs") == "draw")
}

/// ratatui draws, so it appears only in files and folders named `draw`, in the theme and in the terminal. These in turn
/// ask no name for its text.
fn drawing(file: &File) -> Vec<String> {
    if file.is_test() {
        return Vec::new();
    }
    let places = ["tui/theme.rs", "tui/terminal.rs"];
    if draws(file) || places.contains(&file.path.as_str()) {
        let clear = file.code().filter(|(_, line)| line.contains("in_clear("));
        return clear
            .map(|(at, _)| file.wrong(at, "a name reaches the screen through the mask only"))
            .collect();
    }
    let named = file.code().filter(|(_, line)| names_crate(line, "ratatui"));
    named
        .map(|(at, _)| file.wrong(at, "ratatui may only be used where something is drawn"))
        .collect()
}

/// What gives text of a scope, a period, a commitment, an order or an overview, which may identify somebody.
const IDENTIFYING: [&str; 8] = [
    "scope.name",
    ".tail()",
    ".path()",
    ".label()",
    ".period.name()",
    ".outcome()",
    ".message()",
    "page.overview",
];

/// Code that draws wraps what may identify somebody where it reads it, and asks the mask through these types only. The mask
/// itself is the one exception.
fn masking(file: &File) -> Vec<String> {
    if !draws(file) || file.path == "tui/draw/mask.rs" {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for (at, line) in file.code() {
        let wrapped = line.contains("Masked::from") || line.contains("Said::from");
        let found = IDENTIFYING.iter().find(|word| line.contains(**word));
        if let (Some(word), false) = (found, wrapped) {
            wrong.push(file.wrong(at, format!("`{word}` is drawn as a Masked or a Said")));
        }
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if line.contains("said::") && words.any(|word| word == "Mask") {
            wrong.push(file.wrong(at, "a name asks the mask; code that draws asks the name"));
        }
    }
    wrong
}

/// The domain uses only std, serde and chrono.
fn plain_domain(file: &File) -> Vec<String> {
    if file.layer() != "domain" || file.is_test() {
        return Vec::new();
    }
    let known = ["std", "serde", "chrono", "super", "crate", "self"];
    let is_child = |name: &str| file.text.contains(&format!("mod {name};"));
    let used = file.code().filter_map(|(at, line)| {
        let rest = line.trim_start().strip_prefix("use ")?;
        let name = rest
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()?;
        (!known.contains(&name) && !is_child(name))
            .then(|| file.wrong(at, format!("the domain may not use {name}")))
    });
    used.collect()
}

/// Code that reads no clock and never waits: the time is passed in.
fn timeless(file: &File) -> Vec<String> {
    let places = [
        "domain/",
        "tui/app/",
        "tui/draw/",
        "tui/shell/",
        "tui/state/",
        "tui/views/",
    ];
    // Tests may measure how long something takes.
    if file.is_test() || !places.iter().any(|place| file.path.starts_with(place)) {
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
    let owners = [
        "data/table/stored.rs",
        "data/dataset/open_table.rs",
        "tui/views/overview/hideable.rs",
    ];
    let allowed = |word: &str| {
        word == "OnceLock<" && owners.contains(&file.path.as_str())
            || word == "::*;" && file.is_test()
    };
    let mut wrong = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        for word in banned
            .iter()
            .filter(|word| line.contains(**word) && !allowed(word))
        {
            wrong.push(file.wrong(at + 1, format!("`{word}` does not belong in the sources")));
        }
    }
    wrong
}

/// No catch-all module names, and every module starts with a doc comment about its contents.
fn names(file: &File) -> Vec<String> {
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
const RULES: [(&str, Rule); 8] = [
    ("layers", layers),
    ("drawing", drawing),
    ("masking", masking),
    ("plain domain", plain_domain),
    ("timeless", timeless),
    ("length", length),
    ("words", words),
    ("names", names),
];

#[test]
fn every_file_follows_the_rules() {
    let files = sources();
    for (name, rule) in RULES {
        let wrong: Vec<String> = files.iter().flat_map(rule).collect();
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}

/// Names of types that more than two places define, each with its places. Where a name has three meanings, a reader has to
/// look at the imports to know which.
fn worn_names(files: &[File]) -> BTreeMap<String, Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        for (at, line) in file.code() {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            let line = match line.strip_prefix("pub(") {
                Some(rest) => rest.split_once(") ").map_or(line, |(_, rest)| rest),
                None => line,
            };
            let kinds = ["struct ", "enum ", "trait ", "type "];
            let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else {
                continue;
            };
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let place = format!("src/{}:{at}", file.path);
            places.entry(name.to_owned()).or_default().push(place);
        }
    }
    places.retain(|_, places| places.len() > 2);
    places
}

#[test]
fn names_of_types_are_not_worn_out() {
    let found = worn_names(&sources());
    assert!(found.is_empty(), "{found:#?}");
    let planted = ["pub struct Row;", "pub(crate) enum Row {", "type Row = u8;"];
    let planted = planted.map(|text| File::planted("ops/orders/order.rs", text));
    assert_eq!(worn_names(&planted).len(), 1);
    assert!(worn_names(&planted[1..]).is_empty());
}

#[test]
fn test_files_are_short_and_say_what_they_test() {
    let rules: [Rule; 2] = [length, names];
    let files = tests();
    let wrong = rules.iter().flat_map(|rule| files.iter().flat_map(rule));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_finds_its_violation() {
    let long = "//! x\n".repeat(LONGEST + 1);
    let planted: [(Rule, &str, &str); 19] = [
        (layers, "domain/scope.rs", "use crate::data::query;"),
        (
            layers,
            "azure/client.rs",
            "let ledger = crate::store::ledger::Ledger;",
        ),
        (
            layers,
            "cli/commands/show.rs",
            "use crate::tui::app::Model;",
        ),
        (
            layers,
            "tui/app/mod.rs",
            "use crate::data::dataset::Dataset;",
        ),
        (
            layers,
            "emulator/bills/rows.rs",
            "use crate::domain::money::Amount;",
        ),
        (drawing, "tui/app/mod.rs", "use ratatui::layout::Rect;"),
        (drawing, "tui/views/jobs/state.rs", "ratatui::style::Style"),
        (
            drawing,
            "tui/views/jobs/draw.rs",
            "ordered.scope_name.in_clear()",
        ),
        (
            masking,
            "tui/views/scopes/draw.rs",
            "format!(\"{indent}{sign}{}\", scope.name)",
        ),
        (
            masking,
            "tui/views/jobs/draw/details.rs",
            "format!(\"{} · {}\", name, past.request.scope.path())",
        ),
        (
            masking,
            "tui/views/compare/draw/commitments.rs",
            "Column::Name => (one.label().to_owned(), theme.plain),",
        ),
        (
            masking,
            "tui/views/table/draw/mod.rs",
            "use crate::tui::said::{Mask, Masked};",
        ),
        (masking, "tui/app/draw/mod.rs", "&page.overview"),
        (
            plain_domain,
            "domain/money.rs",
            "use polars_parquet::read::FileMetadata;",
        ),
        (
            timeless,
            "tui/views/jobs/update.rs",
            "let now = Utc::now();",
        ),
        (
            timeless,
            "domain/report/operation/mod.rs",
            "tokio::spawn(x)",
        ),
        (length, "ops/orders/order.rs", &long),
        (words, "cli/commands/show.rs", concat!("// TO", "DO: later")),
        (names, "ops/utils.rs", "//! Odds and ends."),
    ];
    for (rule, path, text) in planted {
        let found = rule(&File::planted(path, text));
        assert!(!found.is_empty(), "nothing was found in {path}: {text:.60}");
    }
    let fine = File::planted(
        "ops/orders/order.rs",
        "//! Fine.\nuse crate::azure::client::Client;\n// reqwest:: in a comment is fine\n",
    );
    let drawn = File::planted(
        "tui/views/jobs/draw/mod.rs",
        "//! Fine.\nuse crate::tui::said::{Masked, Said};\nMasked::from(one.label()).shown(mask)\nmask.path(&scope.id, 60)\n",
    );
    for (name, rule) in RULES {
        for file in [&fine, &drawn] {
            assert!(rule(file).is_empty(), "{name} finds what is not there");
        }
    }
}
