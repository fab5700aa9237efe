//! The settings file: every error is reported with its position; custom keys and colours work.

use crate::support::{document, file, program, run, stderr, stdout};
use costscope::settings_file::SettingsFile;
use costscope::tui::key::Key;
use costscope::tui::keymap::{BINDINGS, Keymap};
use costscope::tui::theme::{Palette, Theme};
use ratatui::style::Color;
use tempfile::TempDir;

#[test]
fn every_key_is_written_so_that_it_reads_back() {
    for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
        assert_eq!(Key::parse(&key.word()), Some(*key));
        assert_eq!(Key::parse(&key.to_string()), Some(*key));
    }
    assert_eq!(Key::parse("ctrl-"), None);
    assert_eq!(Key::parse(""), None);
}

#[test]
fn the_template_reads_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let template = stdout(&run(folder.path(), &["config", "template"]));
    assert!(SettingsFile::parse(&template).unwrap().set.is_empty());
    // Every line is a setting once the comment mark is removed.
    let lines = template.lines().map(|line| {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let setting = bare.starts_with('[')
            || bare
                .split_once(" = ")
                .is_some_and(|(name, _)| !name.contains(' '));
        if setting { bare } else { line }
    });
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let read = SettingsFile::parse(&text).unwrap_or_else(|all| panic!("{all:?}\n{text}"));
    assert!(read.set.len() > 100, "{}", read.set.len());
    for (own, usual) in read.keymap.bindings().iter().zip(BINDINGS) {
        let first = |b: &costscope::tui::keymap::Binding| b.keys.first().copied();
        assert_eq!(first(own), first(usual), "{:?}", usual.action);
    }
}

#[test]
fn the_command_shows_checks_and_finds_the_file() {
    let folder = TempDir::new().unwrap();
    let path = stdout(&run(folder.path(), &["config", "path"]));
    assert_eq!(
        path.trim(),
        folder.path().join("settings.toml").display().to_string()
    );
    let none = run(folder.path(), &["config", "check"]);
    assert!(stdout(&none).contains("not found; every setting has its default"));
    file(
        folder.path(),
        "settings.toml",
        "theme = \"light\"\n[keys.table]\nfilter = \"F\"\nfacets = \"f\"\n",
    );
    let shown = document(&run(
        folder.path(),
        &["config", "show", "--cloud", "china", "--format", "json"],
    ));
    let of = |key: &str| {
        let all = shown["settings"].as_array().unwrap();
        let found = all.iter().find(|s| s["key"] == key).unwrap();
        format!(
            "{} {}",
            found["value"].as_str().unwrap(),
            found["from"].as_str().unwrap()
        )
    };
    assert_eq!(of("cloud"), "china flag or environment");
    assert_eq!(of("theme"), "light settings.toml");
    assert_eq!(of("mouse"), "false default");
    assert_eq!(of("keys.table.filter"), "\"F\" settings.toml");
    let bad = file(
        folder.path(),
        "settings.toml",
        "teme = \"light\"\ntenant = 5\n",
    );
    for line in [&["config", "check"][..], &["ledger", "list"]] {
        let done = run(folder.path(), line);
        assert_eq!(done.status.code(), Some(2));
        let told = stderr(&done);
        assert!(
            told.contains(
                "settings.toml: line 1, column 1: unknown setting `teme`; did you mean `theme`?"
            ),
            "{told}"
        );
        assert!(
            told.contains("line 2, column 10: `tenant` must be a string in quotes"),
            "{told}"
        );
    }
    // An invalid settings file must not block the commands that help to fix it.
    assert_eq!(
        run(folder.path(), &["config", "template"]).status.code(),
        Some(0)
    );
    let named = run(folder.path(), &["config", "check", bad.to_str().unwrap()]);
    assert_eq!(named.status.code(), Some(2));
    let missing = program()
        .args(["config", "check", "nowhere.toml"])
        .output()
        .unwrap();
    assert!(stderr(&missing).contains("nowhere.toml: file not found"));
}

#[test]
fn colours_suit_the_terminal_unless_they_are_chosen() {
    let of = Palette::of_terminal;
    assert_eq!(of(Some("xterm-256color"), None, None), Palette::Sixteen);
    assert_eq!(
        of(Some("xterm-256color"), None, Some("15;0")),
        Palette::Dark
    );
    assert_eq!(
        of(Some("rxvt"), Some("truecolor"), Some("0;default;15")),
        Palette::Light
    );
    assert_eq!(of(Some("linux"), None, Some("0;15")), Palette::Sixteen);
    assert_eq!(of(Some("dumb"), Some("truecolor"), None), Palette::Mono);
    let mono = Theme::named(Palette::Mono);
    assert_eq!(mono.error.fg, None);
    let mut dark = Theme::named(Palette::Dark);
    dark.set("grew", "#ff8800").unwrap();
    assert_eq!(dark.grew.fg, Some(Color::Rgb(255, 136, 0)));
}

#[test]
fn sentences_name_the_keys_that_hold() {
    let usual = Keymap::default();
    assert_eq!(
        usual.spell("⟦table.filter⟧ filters, ⟦everywhere.help⟧ helps"),
        "f filters, ? helps"
    );
    let own = SettingsFile::parse("[keys.table]\nfilter = \"ctrl-f\"\nundo = []")
        .unwrap()
        .keymap;
    assert_eq!(
        own.spell("⟦table.filter⟧ filters; ⟦table.undo⟧ goes back"),
        "ctrl-f filters; undo goes back"
    );
    assert_eq!(own.spell("a ⟦b⟧ c ⟦ d"), "a ⟦b⟧ c ⟦ d");
    // Every text in the code names an existing action.
    let mut named = 0;
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/tui"
    ))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let strings = text.lines().filter(|line| {
                !line.trim_start().starts_with("//") && !path.ends_with("keymap.rs")
            });
            for part in strings.flat_map(|line| line.split('⟦').skip(1)) {
                let name = part.split('⟧').next().unwrap();
                assert_ne!(
                    usual.spell(&format!("⟦{name}⟧")),
                    format!("⟦{name}⟧"),
                    "{}",
                    path.display()
                );
                named += 1;
            }
        }
    }
    assert!(named > 15, "{named}");
}

#[test]
fn bytes_that_are_not_utf_8_exit_two_with_the_line() {
    let folder = TempDir::new().unwrap();
    let text = b"mouse = true\n\ntenant = \"a\xff\"\n";
    file(folder.path(), "settings.toml", text);
    let output = run(folder.path(), &["ledger", "list"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("line 3, column 12: the byte 0xff is not UTF-8"),
        "{said}"
    );
}
