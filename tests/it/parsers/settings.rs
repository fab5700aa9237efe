//! `settings.toml`: what was set, written out again, sets the same; every error has a line and a column of the file.

use super::play::{Parser, Verdict};
use crate::support::fixture;
use costscope::settings_file::SettingsFile;

pub(super) const PARSER: Parser = Parser {
    name: "settings",
    slice: 400,
    valid,
    words: &[
        "[keys.table]\n",
        "[colors]\n",
        "[[keys]]\n",
        "\"\"\"",
        "'''",
        "# ",
        " = ",
        "= [\"ctrl-x\", ",
        "\"#ff00ff\"",
        "{ a = 1 }",
        "1979-05-27T07:32:00Z",
        "keys.table.enter = \"x\"\n",
        "\\u0000",
        "\\U0010FFFF",
    ],
    one,
};

fn valid() -> Vec<Vec<u8>> {
    let released = std::fs::read(fixture("released/settings.toml")).unwrap();
    let texts = [
        "cloud = \"usgov\"\nauth = 'cli'\ntheme = \"light\"\nmouse = true\n",
        "# a comment\n[colors]\naccent = \"red\"\n\n[keys.scopes]\nsearch = [\"/\", \"ctrl-f\"]\n",
        "colors.good = \"green\"\nkeys.jobs.retry = \"r\"\n",
        "tenant = \"\"\"contoso\"\"\"\r\nengine = \"own\"\r\n",
        "",
    ];
    let texts = texts.map(|text| text.as_bytes().to_vec());
    std::iter::once(released).chain(texts).collect()
}

/// A file that sets the same: colours are kept without their quotes, everything else as it was written.
fn printed(settings: &SettingsFile) -> String {
    let line = |(name, text): &(String, String)| {
        if name.starts_with("colors.") {
            format!("{name} = {}\n", toml::Value::String(text.clone()))
        } else {
            format!("{name} = {text}\n")
        }
    };
    settings.set.iter().map(line).collect()
}

fn one(bytes: &[u8]) -> Verdict {
    let settings = match SettingsFile::read(bytes) {
        Ok(settings) => settings,
        Err(wrong) => {
            assert!(!wrong.is_empty(), "refused without a reason");
            let text = String::from_utf8_lossy(bytes);
            let lines: Vec<&str> = text.split('\n').collect();
            for one in &wrong {
                assert!((1..=lines.len()).contains(&one.line), "{one}");
                // Behind the last character is a place, too.
                let most = lines[one.line - 1].chars().count() + 1;
                assert!((1..=most).contains(&one.column), "{one}");
                assert!(!one.text.is_empty());
            }
            return Verdict::Refused;
        }
    };
    let text = printed(&settings);
    let again = SettingsFile::parse(&text).unwrap_or_else(|wrong| panic!("{wrong:?}\n{text}"));
    // The order of the file is the order of its lines or of its names.
    let sorted = |settings: &SettingsFile| {
        let mut set = settings.set.clone();
        set.sort();
        set
    };
    assert_eq!(sorted(&again), sorted(&settings), "{text}");
    assert_eq!(printed(&again).len(), text.len());
    Verdict::Read
}
