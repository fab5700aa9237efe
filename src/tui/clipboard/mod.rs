//! How a copied text reaches a clipboard: through a program, or through the terminal with OSC 52.

/// A program that takes a text on its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copier {
    pub program: &'static str,
    pub args: &'static [&'static str],
    /// The setting that helps if the text does not arrive; empty if there is none.
    pub setting: &'static str,
}

/// The way to the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    /// The terminal takes the text if it allows that; it never answers. With the setting that helps if it does not; empty
    /// if it is not known.
    Terminal(&'static str),
    Program(Copier),
}

impl Default for Clipboard {
    fn default() -> Self {
        Self::Terminal("")
    }
}

/// tmux keeps the text as a buffer and passes it on to its terminal, also with its default settings.
const TMUX: Copier = Copier {
    program: "tmux",
    args: &["load-buffer", "-w", "-"],
    setting: "tmux set -g set-clipboard on",
};

/// Programs for a display, with the variables that must be set.
const LOCAL: [(&str, Copier); 3] = [
    ("WAYLAND_DISPLAY", local("wl-copy", &[])),
    ("DISPLAY", local("xclip", &["-selection", "clipboard"])),
    ("DISPLAY", local("xsel", &["--clipboard", "--input"])),
];

/// The program of macOS, which needs no variable.
const MAC: Copier = local("pbcopy", &[]);

const fn local(program: &'static str, args: &'static [&'static str]) -> Copier {
    Copier {
        program,
        args,
        setting: "",
    }
}

impl Clipboard {
    /// The way for an environment: its variables, and whether a program is installed. Over SSH a display is not where the
    /// user sits.
    pub fn of(variable: impl Fn(&str) -> Option<String>, has: impl Fn(&str) -> bool) -> Self {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        if set("TMUX") && has(TMUX.program) {
            return Self::Program(TMUX);
        }
        let remote = set("SSH_CONNECTION") || set("SSH_TTY");
        if !remote && !set("STY") {
            let local = LOCAL.into_iter().filter(|(name, _)| set(name));
            let mut local = local.map(|(_, copier)| copier).chain([MAC]);
            if let Some(copier) = local.find(|copier| has(copier.program)) {
                return Self::Program(copier);
            }
        }
        Self::Terminal(setting(&variable))
    }
}

/// The setting with which a terminal takes copies.
fn setting(variable: impl Fn(&str) -> Option<String>) -> &'static str {
    let is = |name: &str, value: &str| variable(name).is_some_and(|known| known == value);
    if is("TERM_PROGRAM", "Apple_Terminal") {
        "Terminal.app takes none; ⟦table.export⟧ in the table writes a file"
    } else if is("TERM_PROGRAM", "iTerm.app") {
        "iTerm2: Settings, General, Selection, applications may access the clipboard"
    } else if variable("XTERM_VERSION").is_some() {
        "xterm: XTerm*disallowedWindowOps: 20,21,SetXprop"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests;
