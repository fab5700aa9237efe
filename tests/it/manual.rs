//! The README and the manual: links, commands and key tables are correct, and pages fit narrow screens.

use crate::support::{run, stderr, stdout};
use chrono::{TimeZone, Utc};
use costscope::azure::credential::Identity;
use costscope::cli::args;
use costscope::ops::manual::{ManualLine, PAGES};
use costscope::tui::app::update::update;
use costscope::tui::app::{Model, draw};
use costscope::tui::effect::Effect;
use costscope::tui::key::Key;
use costscope::tui::keymap::{BINDINGS, CONTEXTS};
use costscope::tui::message::Message;
use costscope::tui::shell::SignInPlace;
use costscope::tui::shell::overlay::Overlay;
use costscope::tui::theme::Theme;
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The README and every page, by path.
fn documents() -> Vec<(PathBuf, String)> {
    let folder = root().join("assets/manual");
    let pages = fs::read_dir(folder)
        .unwrap()
        .map(|item| item.unwrap().path());
    let all = std::iter::once(root().join("README.md")).chain(pages);
    all.map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// costscope commands in a document: lines of shell blocks, and code in sentences.
fn commands(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut shell = false;
    let mut code = false;
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            code = !code;
            shell = code && kind == "sh";
        } else if shell {
            out.push(line.to_owned());
        } else if !code {
            out.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    let ours = |line: String| {
        let from = line.rfind("| costscope ").map_or(0, |at| at + 2);
        let line = line[from..].to_owned();
        line.starts_with("costscope ").then_some(line)
    };
    out.into_iter().filter_map(ours).collect()
}

/// The arguments of a command as a shell would pass them, up to a comment, a pipe or a redirection.
fn words(command: &str) -> Vec<OsString> {
    let mut words: Vec<String> = Vec::new();
    let mut quote = None;
    let mut open = false;
    for c in command.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                if !open {
                    words.push(String::new());
                    open = true;
                }
            }
            (None, ' ') => open = false,
            (None, '#' | '|' | '>' | '<') if !open => break,
            (_, c) => {
                if !open {
                    words.push(String::new());
                    open = true;
                }
                words.last_mut().unwrap().push(c);
            }
        }
    }
    assert_eq!(quote, None, "an open quote in {command}");
    words.into_iter().map(OsString::from).collect()
}

#[test]
fn every_command_in_the_documents_is_one() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in documents() {
        for command in commands(&text) {
            seen += 1;
            let words = words(&command);
            let named: Vec<String> = command.split(' ').skip(1).map(str::to_owned).collect();
            match args::read(words) {
                Ok(_) | Err((0, _)) => {}
                // The name of a command alone.
                Err(_) if args::manual::described(&named).is_some() => {}
                Err((_, why)) => wrong.push(format!("{}: {command}\n{why}", path.display())),
            }
        }
    }
    assert!(seen > 60, "only {seen} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(args::read(words("costscope show costs.csv --gruop-by service")).is_err());
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            let there = target.starts_with("https://")
                || path
                    .parent()
                    .unwrap()
                    .join(target.split('#').next().unwrap())
                    .exists();
            if !there {
                wrong.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_built_in_and_named_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(
        readme.lines().count() < 150,
        "the README is for a first look"
    );
    let mut files: Vec<String> = fs::read_dir(root().join("assets/manual"))
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut built_in: Vec<String> = PAGES
        .iter()
        .map(|page| format!("{}.md", page.name))
        .collect();
    files.sort();
    built_in.sort();
    assert_eq!(files, built_in);
    for file in files {
        assert!(
            readme.contains(&format!("(assets/manual/{file})")),
            "{file}"
        );
    }
}

/// The key tables as the manual must contain them.
fn tables() -> String {
    let mut out = String::new();
    for context in CONTEXTS {
        out.push_str(&format!(
            "## {}\n\n| Key | Does |\n|---|---|\n",
            context.heading()
        ));
        for binding in BINDINGS.iter().filter(|binding| binding.context == context) {
            let keys: Vec<String> = binding
                .keys
                .iter()
                .map(|key| format!("`{}`", key.word()))
                .collect();
            out.push_str(&format!("| {} | {} |\n", keys.join(" "), binding.help));
        }
        out.push('\n');
    }
    out.trim_end().to_owned() + "\n"
}

#[test]
fn the_page_of_keys_is_the_table_of_keys() {
    let path = root().join("assets/manual/keys.md");
    let page = fs::read_to_string(&path).unwrap();
    let from = page.find("\n## ").map_or(page.len(), |at| at + 1);
    if std::env::var_os("UPDATE_MANUAL").is_some() {
        fs::write(&path, page[..from].to_owned() + &tables()).unwrap();
        return;
    }
    assert_eq!(
        &page[from..],
        tables(),
        "`UPDATE_MANUAL=1 cargo test the_page_of_keys` writes it anew"
    );
}

#[test]
fn pages_are_folded_to_the_screen_and_lose_nothing() {
    let letters = |text: &str| -> Vec<char> {
        let mut all: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        all.sort_unstable();
        all
    };
    for page in &PAGES {
        for width in [40, 78, 100, 198] {
            let lines = page.lines(width);
            for line in &lines {
                let long = line.text().chars().count();
                let word = line.text().trim().split(' ').count() == 1;
                let code = matches!(line, ManualLine::Code(_) | ManualLine::Heading(_));
                assert!(
                    long <= width || code || word,
                    "{} at {width}: {line:?}",
                    page.name
                );
            }
            let shown: String = lines.iter().map(ManualLine::text).collect();
            let shown = shown.replace(['`', '*', '[', ']', '(', ')', '\\'], "");
            for wanted in page.text.lines().filter(|line| !line.starts_with("```")) {
                let rule = wanted.starts_with("|--");
                let mut words = wanted
                    .split_whitespace()
                    .filter(|word| *word != "|" && !rule);
                let marks = ['`', '*', '[', ']', '(', ')', '\\'];
                let word = words.next_back().unwrap_or_default().replace(marks, "");
                assert!(shown.contains(&word), "{} at {width}: {wanted}", page.name);
            }
        }
        let wide: String = page.lines(10_000).iter().map(ManualLine::text).collect();
        let fences = |line: &&str| !line.starts_with("```");
        let text: String = page.text.lines().filter(fences).collect();
        assert_eq!(letters(&wide), letters(&text), "{}", page.name);
    }
}

fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let done = run(folder, arguments);
    (done.status.code().unwrap(), stdout(&done), stderr(&done))
}

#[test]
fn help_prints_pages_commands_and_suggestions() {
    let folder = TempDir::new().unwrap();
    let (code, list, _) = said(folder.path(), &["help"]);
    assert_eq!(code, 0);
    for page in &PAGES {
        assert!(list.contains(&format!("  {}", page.name)), "{list}");
    }
    assert!(list.contains("--offline"), "{list}");
    let (code, page, _) = said(folder.path(), &["help", "filters"]);
    assert_eq!(code, 0);
    assert!(page.starts_with("FILTERS\n\nOne line, the same"), "{page}");
    // A topic that is both a page and a command shows both.
    let (code, both, _) = said(folder.path(), &["help", "SQL"]);
    assert_eq!(code, 0);
    assert!(both.starts_with("QUESTIONS IN SQL\n"), "{both}");
    let (_, both, _) = said(folder.path(), &["help", "sql"]);
    assert!(
        both.contains("\nTHE COMMAND\n") && both.contains("--explain"),
        "{both}"
    );
    let (_, inner, _) = said(folder.path(), &["help", "jobs", "resume"]);
    assert!(inner.contains("--max-wait"), "{inner}");
    let (_, raw, _) = said(folder.path(), &["help", "sql", "--format", "md"]);
    assert_eq!(
        raw,
        PAGES.iter().find(|page| page.name == "sql").unwrap().text
    );
    let (code, nothing, why) = said(folder.path(), &["help", "filtres"]);
    assert_eq!((code, nothing.as_str()), (2, ""));
    assert_eq!(
        why,
        "costscope: there is no page or command `filtres`; did you mean `filters`? `costscope help` lists them\n"
    );
}

#[test]
fn manual_opens_from_help_and_pages_both_ways() {
    let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
    let place = SignInPlace {
        demo: true,
        identity: Identity::default(),
        origin: "demo".to_owned(),
    };
    let mut model = Model::new(place, (80, 24), now);
    let mut press = |keys: &[Key]| {
        for key in keys {
            update(&mut model, Message::Key(*key));
        }
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let theme = Theme::new(false);
        terminal
            .draw(|frame| draw::screen(frame, &model, &theme))
            .unwrap();
        terminal.backend().to_string()
    };
    let help = press(&[Key::Char('?')]);
    assert!(help.contains(" Help · → the manual "), "{help}");
    let first = press(&[Key::Right]);
    assert!(first.contains("Manual 1/16 · Filters"), "{first}");
    assert!(
        first.contains("One line, the same on the command line"),
        "{first}"
    );
    assert_snapshot!(
        "page_of_the_manual",
        press(&[Key::Right, Key::Right, Key::Right])
    );
    // A page ends at its last line, and the next page starts at its top.
    let end = press(&[Key::End]);
    assert!(end.contains("never read as empty."), "{end}");
    assert_eq!(press(&[Key::Down]), end);
    assert!(press(&[Key::Right]).contains("│ Actual compared with amortized"));
    let last = press(&[Key::Right; 20]);
    assert!(last.contains("Manual 16/16 · Keys"), "{last}");
    assert!(press(&[Key::Left; 20]) == help, "back to the keys");
    press(&[Key::Right, Key::Right]);
    let copied = update(&mut model, Message::Key(Key::Char('Y')));
    let command = "costscope help commands";
    assert!(
        matches!(&copied[..], [Effect::Copy(text)] if text == command),
        "{copied:?}"
    );
    update(&mut model, Message::Key(Key::Esc));
    assert!(matches!(model.shell.overlay, Overlay::None));
}
