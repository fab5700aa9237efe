//! The settings file: every error is reported with its position; custom keys and colours work.

use crate::support::sources::sources;
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
    // Every text in the code names an existing action, and no key by itself.
    let mut named = 0;
    let elsewhere = [
        "tui/key.rs",
        "tui/keymap/mod.rs",
        "tui/keymap/binding.rs",
        "tui/keymap/bindings.rs",
    ];
    let files = sources().into_iter().filter(|file| {
        file.path.starts_with("tui/") && !file.is_test() && !elsewhere.contains(&&*file.path)
    });
    for file in files {
        for (at, line) in file.code() {
            for part in line.split('⟦').skip(1) {
                let reference = format!("⟦{}⟧", part.split('⟧').next().unwrap());
                assert_ne!(usual.spell(&reference), reference, "{}", file.path);
                named += 1;
            }
            let key = spelled_out(line);
            assert_eq!(key, None, "{}:{at}: name the action instead", file.path);
        }
    }
    assert!(named > 40, "{named}");
    for line in [
        "\"press 3 to see it\"",
        "\"then enter opens it\"",
        "\"tick values; ctrl-x drops\"",
    ] {
        assert!(spelled_out(line).is_some(), "{line}");
    }
}

/// A key that a line of code names in a sentence, although the user may have bound another.
fn spelled_out(line: &str) -> Option<&str> {
    let bare = |word| str::trim_matches(word, ['"', '(', ')', ';', ':', ',', '.', '`']);
    let words: Vec<&str> = line.split_whitespace().map(bare).collect();
    let ctrl = words.iter().find(|word| word.starts_with("ctrl-"));
    let pair = words.windows(2).find(|pair| {
        let (first, second) = (pair[0].to_lowercase(), pair[1]);
        let is_key = second.len() == 1 && second.chars().all(char::is_alphanumeric);
        let is_verb = second.len() > 2 && second.ends_with('s')
            || ["accept", "close", "quit", "stay"].contains(&second);
        first == "press" && is_key || ["enter", "esc", "tab"].contains(&&*first) && is_verb
    });
    ctrl.or(pair.map(|pair| &pair[0])).copied()
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
