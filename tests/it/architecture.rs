//! The architecture rules as tests: layers, third-party crates per layer, clocks, file length, forbidden words.
//!
//! Each rule is a function from a file to its violations, so that a planted violation proves that it is enforced.

use crate::support::sources::{File, sources};
use std::fs;
use std::path::PathBuf;

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

/// Third-party crates and the only places that may name them.
const HOMES: [(&str, &[&str]); 45] = [
    ("async_trait", &["azure/credential/"]),
    ("aws_lc_rs", &["azure/credential/certificate.rs"]),
    ("axum", &["emulator/"]),
    ("azure_core", &["azure/credential/"]),
    ("azure_identity", &["azure/credential/"]),
    ("base64", &["azure/", "data/table/", "emulator/"]),
    ("clap", &["cli/args/"]),
    ("clap_complete", &["cli/args/manual.rs"]),
    ("clap_mangen", &["cli/args/manual.rs"]),
    ("color_eyre", &["failure.rs"]),
    (
        "crossbeam_channel",
        &["data/ingest/pipeline.rs", "data/sql/execute.rs"],
    ),
    ("crossterm", &["tui/terminal.rs"]),
    ("csv", &["data/sources/", "ops/explore/export/sink.rs"]),
    ("directories", &["settings.rs"]),
    (
        "encoding_rs",
        &["data/ingest/windows_1252/", "data/sources/utf_16.rs"],
    ),
    ("encoding_rs_io", &["data/sources/utf_16.rs"]),
    (
        "flate2",
        &[
            "data/export/xlsx/package/",
            "data/sources/content.rs",
            "emulator/exports/files.rs",
        ],
    ),
    ("httpdate", &["azure/"]),
    ("libc", &["memory.rs"]),
    ("md5", &["azure/reports/verify.rs", "emulator/api/blobs.rs"]),
    ("mimalloc", &["main.rs"]),
    ("nucleo_matcher", &["tui/state/picker.rs"]),
    ("oauth2", &["azure/credential/device.rs"]),
    ("polars", &["data/sql/"]),
    ("polars_arrow", &["data/table/", "remote/arrow.rs"]),
    ("polars_buffer", &["data/table/"]),
    (
        "polars_error",
        &["data/error.rs", "data/sql/", "data/table/"],
    ),
    ("polars_parquet", &["data/table/"]),
    ("polars_parquet_format", &["data/table/"]),
    ("prost", &["remote/"]),
    ("quick_xml", &["azure/storage/"]),
    ("reqwest", &["azure/"]),
    ("rustls_pki_types", &["azure/credential/certificate.rs"]),
    ("signal_hook", &["failure.rs"]),
    ("sqlparser", &["data/sql/"]),
    ("strsim", &["data/nearest.rs"]),
    ("time", &["azure/credential/device.rs"]),
    (
        "toml",
        &["emulator/scenario.rs", "settings_file/", "store/views.rs"],
    ),
    ("tonic", &["remote/"]),
    ("tonic_prost", &["remote/"]),
    ("tracing_subscriber", &["log.rs"]),
    ("tui_input", &["tui/state/field.rs"]),
    ("url", &["azure/", "emulator/api/routes.rs"]),
    ("wide", &["data/ingest/structure/masks.rs"]),
    ("zip", &["data/sources/archive.rs"]),
];

/// Crates that any layer may use where its other rules allow it. ratatui has a rule of its own.
const ANYWHERE: [&str; 17] = [
    "chrono",
    "fastrand",
    "futures_util",
    "hashbrown",
    "memchr",
    "ratatui",
    "rustix",
    "serde",
    "serde_json",
    "sha2",
    "tempfile",
    "thiserror",
    "tokio",
    "tokio_util",
    "tracing",
    "unicode_width",
    "xxhash_rust",
];

/// Whether a line names a crate. A longer name that ends like it does not count.
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        let is_longer = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let is_path = after.starts_with("::") && !before.ends_with(is_longer);
        is_path || after.starts_with(';') && before.trim_start() == "use "
    })
}

/// Whether a file draws: it, or a folder it is in, is named `draw`.
fn draws(file: &File) -> bool {
    let mut parts = file.path.split('/');
    parts.any(|part| part.trim_end_matches(".rs") == "draw")
}

/// ratatui draws, so it appears only in files and folders named `draw`, in the theme and in the terminal. These in turn
/// ask no name for its text.
fn drawing(file: &File) -> Vec<String> {
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

/// Tests beside the code may use what tests use.
fn crates(file: &File) -> Vec<String> {
    let mut wrong = Vec::new();
    if file.is_test() {
        return wrong;
    }
    for (at, line) in file.code() {
        for (name, homes) in HOMES {
            let used = names_crate(line, name);
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
const RULES: [(&str, Rule); 9] = [
    ("layers", layers),
    ("crates", crates),
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

#[test]
fn every_rule_finds_its_violation() {
    let long = "//! x\n".repeat(LONGEST + 1);
    let planted: [(Rule, &str, &str); 22] = [
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
        (crates, "ops/orders/order.rs", "use reqwest::Client;"),
        (
            crates,
            "cli/commands/ledger.rs",
            "strsim::levenshtein(a, b)",
        ),
        (
            crates,
            "ops/explore/open.rs",
            "let array = polars_arrow::array::Utf8ViewArray::new();",
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

/// The dependencies of the program, on every platform.
fn dependencies(manifest: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let mut tables = vec![manifest["dependencies"].as_table().unwrap()];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(|targets| targets.values()) {
        tables.extend(target.get("dependencies").and_then(toml::Value::as_table));
    }
    let names = tables.into_iter().flat_map(|table| table.keys());
    names.cloned().collect()
}

/// The name of a crate in code: `md-5` is `md5`.
fn crate_name(name: &str) -> String {
    name.replace("md-5", "md5").replace('-', "_")
}

/// Dependencies that no source file names.
fn unused(manifest: &str, sources: &[File]) -> Vec<String> {
    let code: Vec<_> = sources.iter().flat_map(File::code).collect();
    let code: String = code
        .into_iter()
        .flat_map(|(_, line)| [line, "\n"])
        .collect();
    let is_named = |name: &str| {
        let word = crate_name(name);
        let forms = [
            format!("{word}::"),
            format!("use {word};"),
            format!("use {word} as"),
        ];
        forms.iter().any(|form| code.contains(form))
    };
    let names = dependencies(manifest).into_iter();
    names.filter(|name| !is_named(name)).collect()
}

#[test]
fn every_dependency_is_used_and_has_a_home() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let files = sources();
    assert_eq!(unused(&manifest, &files), Vec::<String>::new());
    let planted = manifest.replace("[dependencies]", "[dependencies]\nleft-pad = \"1\"");
    assert_eq!(unused(&planted, &files), ["left-pad"]);
    for name in dependencies(&manifest) {
        let word = crate_name(&name);
        let homes = HOMES.iter().filter(|(known, _)| *known == word).count();
        let anywhere = ANYWHERE.iter().filter(|known| **known == word).count();
        assert_eq!(homes + anywhere, 1, "{name} needs one place in the tables");
    }
}
