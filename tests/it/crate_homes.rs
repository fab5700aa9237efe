//! Third-party crates as tests: each has a home, each is used, and only there.

use crate::support::sources::{File, sources};
use std::fs;
use std::path::PathBuf;

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
pub(crate) fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        let is_longer = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let is_path = after.starts_with("::") && !before.ends_with(is_longer);
        is_path || after.starts_with(';') && before.trim_start() == "use "
    })
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

#[test]
fn crates_are_used_in_their_homes() {
    let wrong: Vec<String> = sources().iter().flat_map(crates).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (path, text) in [
        ("ops/orders/order.rs", "use reqwest::Client;"),
        ("cli/commands/ledger.rs", "strsim::levenshtein(a, b)"),
        (
            "ops/explore/open.rs",
            "let array = polars_arrow::array::Utf8ViewArray::new();",
        ),
    ] {
        let found = crates(&File::planted(path, text));
        assert!(!found.is_empty(), "nothing was found in {path}: {text}");
    }
    let fine = "//! Fine.\n// reqwest:: in a comment is fine\n";
    assert!(crates(&File::planted("ops/orders/order.rs", fine)).is_empty());
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
