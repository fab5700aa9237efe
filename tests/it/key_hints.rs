//! Sentences name keys that act where they are read, and every feature of the README has a key that the screen names.

use crate::support::sources::sources;
use costscope::tui::action::Action;
use costscope::tui::key::Key;
use costscope::tui::keymap::group::words;
use costscope::tui::keymap::{BINDINGS, Binding, Context};
use costscope::tui::state::picker::holds;
use std::collections::BTreeSet;

/// The contexts that a folder of a screen has.
fn own(folder: &str) -> &'static [&'static str] {
    match folder {
        "overview" => &["overview", "findings"],
        "scopes" => &["scopes"],
        "order" => &["order"],
        "jobs" => &["jobs"],
        "table" => &["table", "ledger", "answer", "chart", "opening"],
        "compare" => &["compare"],
        other => panic!("no contexts are known for {other}"),
    }
}

/// What a sentence has to contain to name a key of another screen: the key that shows it, or its name.
fn ways(context: &str) -> [String; 2] {
    let (view, name) = match context {
        "ledger" | "answer" | "chart" => ("table", "in the ledger"),
        "table" => ("table", "in the table"),
        view => (view, "on no other screen"),
    };
    [format!("⟦everywhere.show-{view}⟧"), name.to_owned()]
}

/// The hints of a text that name a key of another screen without a way there.
fn astray(path: &str, text: &str, own: &[&str]) -> Vec<String> {
    let shared = ["everywhere", "always", "text", "picker", "overlay", "help"];
    let mut found = Vec::new();
    for (at, _) in text.match_indices('⟦') {
        let name = text[at..].split(['⟦', '⟧']).nth(1).unwrap();
        let Some((context, _)) = name.split_once('.') else {
            continue;
        };
        if shared.contains(&context) || own.contains(&context) {
            continue;
        }
        // The sentence around the hint, which may run over two lines.
        let from = text[..at].char_indices().rev().nth(160);
        let before = &text[from.map_or(0, |(from, _)| from)..at];
        let behind: String = text[at..].chars().take(160).collect();
        let around = format!("{before}{behind}");
        if !ways(context).iter().any(|way| around.contains(way)) {
            found.push(format!("{path}: {name}"));
        }
    }
    found
}

#[test]
fn hints_of_a_screen_name_no_key_of_another() {
    // What they say is the outcome of an action of that screen, or stands in its own branch.
    let known = [
        ("tui/app/overlay.rs", "table.compare"),
        ("tui/app/draw/overlay.rs", "question.enter"),
        ("tui/app/draw/overlay.rs", "question.close"),
        ("tui/runner/answers.rs", "table.export"),
        ("tui/runner/mod.rs", "table.views"),
        ("tui/shell/view_picker.rs", "compare.save-view"),
    ];
    let known = known.map(|(path, name)| format!("{path}: {name}"));
    let mut wrong = Vec::new();
    let mut screens = BTreeSet::new();
    for file in sources() {
        let Some(rest) = file.path.strip_prefix("tui/") else {
            continue;
        };
        if file.is_test() || rest.starts_with("keymap/") {
            continue;
        }
        let code: Vec<&str> = file.code().map(|(_, line)| line).collect();
        let folder = rest
            .strip_prefix("views/")
            .and_then(|rest| rest.split_once('/'));
        let own = folder.map_or(&[] as &[&str], |(folder, _)| own(folder));
        screens.extend(folder.map(|(folder, _)| folder.to_owned()));
        wrong.extend(astray(&file.path, &code.join("\n"), own));
    }
    wrong.retain(|hint| !known.contains(hint));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(screens.len(), 6);
    let planted = "press ⟦table.filter⟧ to filter";
    assert_eq!(astray("a.rs", planted, own("jobs")), ["a.rs: table.filter"]);
    let shown = "press ⟦everywhere.show-scopes⟧, then ⟦scopes.enter⟧";
    assert!(astray("a.rs", shown, own("jobs")).is_empty());
}

/// The bindings of a screen, and those that act on every screen.
fn of(screen: &str) -> Vec<&'static Binding> {
    let own: &[Context] = match screen {
        "Overview" => &[Context::Overview],
        "Scopes" => &[Context::Scopes],
        "Order" => &[Context::Order],
        "Jobs" => &[Context::Jobs],
        "Table" => &[Context::Table, Context::Ledger, Context::Answer],
        // `x` is pressed in the table.
        "Compare" => &[Context::Compare, Context::Table],
        other => panic!("no screen {other}"),
    };
    let all = [Context::Everywhere, Context::Always];
    BINDINGS
        .iter()
        .filter(|b| own.contains(&b.context) || all.contains(&b.context))
        .collect()
}

/// Whether the last line of a screen names the key, or the palette lists its action.
fn is_named(binding: &Binding) -> bool {
    let in_palette = binding.action.step().is_none() && binding.action != Action::Palette;
    !binding.label.is_empty() || in_palette
}

#[test]
fn every_key_of_the_readme_is_named_by_its_screen() {
    let readme = include_str!("../../README.md");
    let steps = readme.split("## First steps").nth(1).unwrap();
    let steps = steps.split("\n| Scopes").next().unwrap();
    let (mut screen, mut found) = (None, 0);
    for line in steps.lines() {
        let numbered = line.starts_with(|c: char| c.is_ascii_digit());
        if let Some(name) = line.split("**").nth(1).filter(|_| numbered) {
            screen = Some(name.to_owned());
        }
        let Some(screen) = &screen else {
            continue;
        };
        for word in line.split('`').skip(1).step_by(2) {
            let Some(key) = Key::parse(word) else {
                continue;
            };
            let bindings = of(screen);
            let mut bound = bindings.iter().filter(|b| b.keys.contains(&key));
            assert!(bound.any(|b| is_named(b)), "{screen}: {word}");
            found += 1;
        }
    }
    assert!(found > 15, "{found}");
}

#[test]
fn every_feature_of_the_readme_is_found_by_its_own_word() {
    // The word of the README, the screen that has the feature, and its action.
    let features = [
        ("group", "Table", Action::GroupBy),
        ("filter", "Table", Action::Filter),
        ("sort", "Table", Action::SortBy),
        ("undo", "Table", Action::Undo),
        ("month", "Table", Action::Change),
        ("SQL", "Table", Action::Statement),
        ("amortized", "Table", Action::Compare),
        ("bridge", "Table", Action::Compare),
        ("search", "Scopes", Action::Search),
        ("paste", "Scopes", Action::TypeScope),
        ("pin", "Scopes", Action::Pin),
        ("order", "Scopes", Action::Enter),
        ("manual", "Scopes", Action::Help),
        ("reservation", "Compare", Action::Commitments),
        ("chart", "Table", Action::Chart),
        ("export", "Table", Action::Export),
        ("ledger", "Overview", Action::Back),
    ];
    let readme = include_str!("../../README.md").to_lowercase();
    let manual = include_str!("../../assets/manual/keys.md").to_lowercase();
    for (word, screen, action) in features {
        let known = word.to_lowercase();
        let described = readme.contains(&known) || manual.contains(&known);
        assert!(described, "neither README nor manual says {word}");
        let bindings = of(screen);
        let mut found = bindings.iter().filter(|b| holds(&words(b), word));
        assert!(found.any(|b| b.action == action && is_named(b)), "{word}");
    }
}

#[test]
fn every_context_that_acts_names_its_first_key() {
    for context in costscope::tui::keymap::CONTEXTS {
        if !context.is_screen() {
            continue;
        }
        let mut own = BINDINGS.iter().filter(|b| b.context == context);
        assert!(own.any(|b| !b.label.is_empty()), "{context:?}");
    }
}
