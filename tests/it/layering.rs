//! The import graph as a rule: no circles, arrows point down, folders stay small.

use crate::support::imports::Graph;
use crate::support::sources::{File, sources};
use std::collections::BTreeMap;

/// Folders inside a layer: each may import those to its left.
const ORDERS: [(&str, &[&str]); 3] = [
    (
        "data",
        &[
            "error", "nearest", "room", "progress", "pipe", "panics", "threads", "columns",
            "ingest", "table", "sources", "dataset", "engine", "query", "sql", "analysis",
            "export",
        ],
    ),
    (
        "ops",
        &[
            "error",
            "clock",
            "manual",
            "engine",
            "throttle",
            "agreement_cache",
            "conversion_cache",
            "remote_sources",
            "repeated_flags",
            "session",
            "context",
            "scopes",
            "exports",
            "spark",
            "money",
            "differences",
            "explore",
            "orders",
            "doctor",
            "compare",
            "overview",
        ],
    ),
    (
        "tui",
        &[
            "key",
            "keyboard",
            "layout",
            "tty",
            "sgr",
            "theme",
            "said",
            "ticket",
            "clipboard",
            "question",
            "effect",
            "message",
            "inputs",
            "runner",
            "state",
            "action",
            "draw",
            "keymap",
            "shell",
            "views",
            "app",
            "surface",
            "terminal",
            "events",
        ],
    ),
];

/// Imports against the order inside a layer, and from one screen to another.
fn against_order(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, imports) in &graph.imports {
        for other in imports {
            let parts = |path: &str| -> Vec<String> {
                let path = path.trim_end_matches(".rs");
                path.split('/').map(ToOwned::to_owned).collect()
            };
            let (own, theirs) = (parts(file), parts(other));
            let (Some(layer), Some(same)) = (own.first(), theirs.first()) else {
                continue;
            };
            let order = ORDERS.iter().find(|(name, _)| name == layer);
            let (Some((_, order)), true) = (order, layer == same) else {
                continue;
            };
            let place = |path: &[String]| {
                let name = path.get(1).filter(|name| *name != "mod")?;
                let place = order.iter().position(|known| known == name);
                Some(place.unwrap_or_else(|| panic!("{layer}/{name} has no place in the order")))
            };
            if let (Some(one), Some(two)) = (place(&own), place(&theirs))
                && two > one
            {
                wrong.push(format!("{file} may not import {other}"));
            }
            let views = own.get(1).is_some_and(|name| name == "views");
            if layer == "tui" && views && theirs.get(1) == own.get(1) && theirs.get(2) != own.get(2)
            {
                wrong.push(format!(
                    "{file}: a screen may not import {other}; send a request"
                ));
            }
        }
    }
    wrong
}

/// Files of one folder beyond which subfolders are due.
const MOST_FILES: usize = 16;

fn crowded<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name != "mod.rs" {
            *folders.entry(folder).or_default() += 1;
        }
    }
    let crowded = folders.into_iter().filter(|(_, count)| *count > MOST_FILES);
    crowded
        .map(|(folder, count)| format!("src/{folder} has {count} files; group them by ideas"))
        .collect()
}

fn graph(files: &[File]) -> Graph {
    Graph::of(
        files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str())),
    )
}

#[test]
fn imports_form_no_circle_and_point_down() {
    let files = sources();
    let graph = graph(&files);
    let edges: usize = graph
        .imports
        .values()
        .map(std::collections::BTreeSet::len)
        .sum();
    assert!(edges > 1500, "the imports were not read: {edges}");
    assert_eq!(graph.circles(), Vec::<Vec<String>>::new());
    assert_eq!(against_order(&graph), Vec::<String>::new());
    assert_eq!(
        crowded(files.iter().map(|file| file.path.as_str())),
        Vec::<String>::new()
    );
}

#[test]
fn planted_circles_and_arrows_up_are_found() {
    let of = |files: &[(&str, &str)]| {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File::planted(path, text))
            .collect();
        graph(&files)
    };
    // Through `super`, a re-export, a path in a macro and a child of the module.
    let circles = [
        [
            ("data/mod.rs", ""),
            ("data/a.rs", "use super::b::{self, Two};"),
            ("data/b.rs", "fn f() { crate::data::a::one() }"),
        ],
        [
            ("data/mod.rs", "pub use a::One;"),
            ("data/a.rs", "use super::b::Two as Other;"),
            ("data/b.rs", "use crate::data::One;"),
        ],
        [
            ("data/mod.rs", "fn f() { vec![a::one()] }"),
            ("data/a.rs", "use super::Data;"),
            ("data/b.rs", ""),
        ],
    ];
    for files in circles {
        assert_eq!(of(&files).circles().len(), 1, "{files:?}");
    }
    let fine = [
        ("data/mod.rs", "pub mod a; pub mod b; pub use b::Two;"),
        ("data/a.rs", "use crate::data::Two; // crate::data::b"),
        (
            "data/b.rs",
            "const A: &str = \"crate::data::a\"; pub(in crate::data) struct Two;",
        ),
    ];
    assert!(of(&fine).circles().is_empty());
    for (file, text) in [
        (
            "data/table/stored.rs",
            "use crate::data::engine::scan::Slice;",
        ),
        ("ops/explore/open.rs", "use crate::ops::orders::report;"),
        ("tui/shell/mod.rs", "use crate::tui::app::Model;"),
        (
            "tui/views/jobs/update.rs",
            "use crate::tui::views::table::state;",
        ),
    ] {
        let above = [
            ("data/engine/scan.rs", ""),
            ("ops/orders/report.rs", ""),
            ("tui/app/mod.rs", ""),
            ("tui/views/table/state/mod.rs", ""),
            (file, text),
        ];
        assert_eq!(against_order(&of(&above)).len(), 1, "{file}");
    }
    let names: Vec<String> = (0..=MOST_FILES).map(|n| format!("ops/x/f{n}.rs")).collect();
    assert_eq!(crowded(names.iter().map(String::as_str)).len(), 1);
}
