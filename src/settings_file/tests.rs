//! The errors of a settings file, and its keys.

use crate::settings_file::SettingsFile;
use crate::tui::action::Action;
use crate::tui::key::Key;
use crate::tui::keymap::{BINDINGS, Context};

/// The first error.
fn wrong(text: &str) -> String {
    SettingsFile::parse(text).unwrap_err()[0].to_string()
}

#[test]
fn errors_name_position_and_suggestion() {
    let cases = [
        (
            "clod = \"china\"",
            "line 1, column 1: unknown setting `clod`; did you mean `cloud`?",
        ),
        (
            "\ncloud = \"chyna\"",
            "line 2, column 9: `chyna` is not a value of `cloud`; did you mean `china`?",
        ),
        (
            "theme = \"solarized\"",
            "line 1, column 9: `solarized` is not a value of `theme`; expected one of auto, dark, light, 16, mono",
        ),
        (
            "mouse = \"yes\"",
            "line 1, column 9: `mouse` must be true or false",
        ),
        (
            "[colors]\nacent = \"red\"",
            "line 2, column 1: unknown style `acent`; did you mean `accent`?",
        ),
        (
            "[colors]\naccent = \"reddish\"",
            "line 2, column 10: `reddish` is not a colour; use a name such as light-blue, a number from 0 to 255, or #rrggbb",
        ),
        (
            "[keys.tabel]\n",
            "line 1, column 7: unknown screen `tabel`; did you mean `table`?",
        ),
        (
            "[keys.table]\nfillter = \"F\"",
            "line 2, column 1: table has no action `fillter`; did you mean `filter`?",
        ),
        (
            "[keys.table]\nfilter = \"kontrol-f\"",
            "line 2, column 10: invalid key `kontrol-f`; expected a character such as f or F, ctrl-r, or enter, tab, space, up, pgdn, home",
        ),
        (
            "[keys.table]\nfilter = \"g\"",
            "line 2, column 10: `g` is already the key of group-by; give that action another key",
        ),
        (
            "[keys.text]\nenter = \"x\"",
            "line 2, column 9: `x` is typed as text here; use ctrl and a letter, or a named key",
        ),
        (
            "[keys.everywhere]\nquit = \"x\"",
            "line 2, column 8: quit has no key left on the screen overview: compare takes it there",
        ),
        (
            "[keys.table]\ntop = \"ctrl-m\"",
            "line 2, column 7: invalid key `ctrl-m`; expected a character such as f or F, ctrl-r, or enter, tab, space, up, pgdn, home",
        ),
        (
            "[keys.everywhere]\nquit = []",
            "line 2, column 8: quit needs a key",
        ),
        (
            "keys = 3",
            "line 1, column 8: `keys` is a table: put [keys] on a line above its keys",
        ),
        ("cloud = ", "line 1, column 9: "),
    ];
    for (text, told) in cases {
        let found = wrong(text);
        assert!(found.starts_with(told), "{text}\n{found}\n{told}");
    }
    let all = SettingsFile::parse("a = 1\nmouse = 2\nb = 3").unwrap_err();
    assert_eq!(all.len(), 3, "all of them at once: {all:?}");
}

#[test]
fn custom_keys_replace_the_defaults() {
    let text = "[keys.table]\nfilter = [\"F\", \"ctrl-f\"]\nfacets = \"f\"\npicture = []\n[keys.everywhere]\nhelp = \"ctrl-h\"\n";
    let keymap = SettingsFile::parse(text).unwrap().keymap;
    let table = [Context::Table, Context::Everywhere, Context::Always];
    let cases = [
        (Key::Char('F'), Some(Action::Filter)),
        (Key::Ctrl('f'), Some(Action::Filter)),
        (Key::Char('f'), Some(Action::Facets)),
        (Key::Char('v'), None),
        (Key::Char('g'), Some(Action::GroupBy)),
        (Key::Char('?'), None),
    ];
    for (key, action) in cases {
        assert_eq!(keymap.action(&table, key), action, "{key}");
    }
    assert_eq!(keymap.bindings().len(), BINDINGS.len());
}
