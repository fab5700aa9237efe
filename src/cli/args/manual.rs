//! Shell completions, manual pages and help texts of the command line.

use super::{Arguments, ShellArg};
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::{self, Write};

/// Writes completions for a shell.
pub fn completions(shell: ShellArg, out: &mut dyn Write) -> io::Result<()> {
    let shell = match shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Elvish => Shell::Elvish,
        ShellArg::Fish => Shell::Fish,
        ShellArg::Powershell => Shell::PowerShell,
        ShellArg::Zsh => Shell::Zsh,
    };
    let mut command = Arguments::command();
    // The generator panics if its writer fails, and writing to memory cannot.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, "costscope", &mut text);
    out.write_all(&text)?;
    out.flush()
}

/// Writes the manual page of the program or of one command; `false` if the command does not exist.
pub fn manual(name: Option<&str>, out: &mut dyn Write) -> io::Result<bool> {
    let mut all = Arguments::command();
    all.build();
    let command = match name {
        None => all,
        Some(name) => match all.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Ok(false),
        },
    };
    let title = match name {
        None => "costscope".to_owned(),
        Some(name) => format!("costscope-{name}"),
    };
    let page = clap_mangen::Man::new(command.display_name(title.clone()))
        .title(title)
        .section("1");
    page.render(&mut { out })?;
    Ok(true)
}

/// The help text of a command or subcommand, as `--help` prints it; `None` if it does not exist.
pub fn described(path: &[String]) -> Option<String> {
    let mut command = Arguments::command();
    command.build();
    for name in path {
        command = command.find_subcommand(name.to_lowercase())?.clone();
    }
    Some(command.render_long_help().to_string())
}

/// The names of all commands.
pub fn commands() -> Vec<String> {
    let command = Arguments::command();
    let all = command.get_subcommands();
    all.map(|command| command.get_name().to_owned()).collect()
}
