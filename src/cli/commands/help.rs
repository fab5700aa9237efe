//! `costscope help`: prints pages of the manual and the help of commands, with a pager on a terminal.

use crate::cli::args;
use crate::cli::output::{CliError, Format};
use crate::ops::manual;
use crate::ops::manual::{ManualLine, PAGES};
use crate::ops::nearest;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// The greatest width of a page, and its width without a terminal.
const WIDTH: usize = 100;

/// Prints a topic, or the list of topics, for a terminal of this many columns.
pub fn run(
    topic: &[String],
    format: Format,
    columns: Option<u16>,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let terminal = io::stdout().is_terminal();
    let width = columns.filter(|_| terminal).map_or(WIDTH, usize::from);
    let text = match topic {
        [] => list(),
        topic => text(topic, format, width.min(WIDTH)).ok_or_else(|| unknown(topic))?,
    };
    if terminal && paged(&text) {
        return Ok(());
    }
    Ok(out.write_all(text.as_bytes())?)
}

/// The list of topics.
fn list() -> String {
    let wide = PAGES.iter().map(|page| page.name.len()).max().unwrap_or(0);
    let pages = PAGES
        .iter()
        .map(|page| format!("  {:wide$}  {}\n", page.name, page.about));
    format!(
        "Pages of the manual, for `costscope help TOPIC`:\n{}\n{}",
        pages.collect::<String>(),
        args::manual::described(&[]).unwrap_or_default()
    )
}

/// The page or the command of this name; if both exist, the page and then the command.
fn text(topic: &[String], format: Format, width: usize) -> Option<String> {
    let page = match topic {
        [name] => manual::page(name),
        _ => None,
    };
    let command = args::manual::described(topic);
    let page = page.map(|page| match format {
        Format::Md => page.text.to_owned(),
        Format::Table | Format::Json | Format::Csv(_) => {
            page.lines(width).iter().map(printed).collect()
        }
    });
    match (page, command) {
        (Some(page), Some(command)) if !matches!(format, Format::Md) => {
            Some(format!("{page}\nTHE COMMAND\n\n{command}"))
        }
        (page, command) => page.or(command),
    }
}

/// A line as text; headings are in capitals, so that they stand out without colours.
fn printed(line: &ManualLine) -> String {
    match line {
        ManualLine::Heading(text) => format!("{}\n", text.to_uppercase()),
        ManualLine::Text(text) | ManualLine::Code(text) => format!("{text}\n"),
    }
}

fn unknown(topic: &[String]) -> CliError {
    let name = topic.join(" ");
    let commands = args::manual::commands();
    let known = PAGES
        .iter()
        .map(|page| page.name)
        .chain(commands.iter().map(String::as_str));
    let hint = match nearest(&name, known) {
        Some(word) => format!("did you mean `{word}`? "),
        None => String::new(),
    };
    CliError::usage(format!(
        "there is no page or command `{name}`; {hint}`costscope help` lists them"
    ))
}

/// Shows the text in a pager; `false` if there is none.
fn paged(text: &str) -> bool {
    let pager = env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    let mut words = pager.split_whitespace();
    let Some(program) = words.next() else {
        return false;
    };
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        // With these options less quits if the text fits the screen, and leaves it there.
        command.env("LESS", OsString::from("FRX"));
    }
    let Ok(mut pager) = command.spawn() else {
        return false;
    };
    // Quitting the pager early breaks the pipe, which is not an error.
    let _ = pager
        .stdin
        .take()
        .map(|mut into| into.write_all(text.as_bytes()));
    pager.wait().is_ok()
}
