//! Which way a copy takes.

use super::{Clipboard, LOCAL, MAC, TMUX};

#[test]
fn the_way_follows_the_environment() {
    let [(_, wayland), (_, x11), _] = LOCAL;
    let program = Clipboard::Program;
    let cases: [(&[&str], &[&str], Clipboard); 8] = [
        (&[], &[], Clipboard::Terminal("")),
        (&["TMUX"], &["tmux", "xclip"], program(TMUX)),
        // tmux runs elsewhere, such as around a container.
        (&["TMUX"], &[], Clipboard::Terminal("")),
        (
            &["WAYLAND_DISPLAY", "DISPLAY"],
            &["wl-copy", "xclip"],
            program(wayland),
        ),
        (&["WAYLAND_DISPLAY", "DISPLAY"], &["xclip"], program(x11)),
        (
            &["DISPLAY", "SSH_TTY"],
            &["xclip", "pbcopy"],
            Clipboard::Terminal(""),
        ),
        (&["DISPLAY", "STY"], &["xclip"], Clipboard::Terminal("")),
        (&[], &["pbcopy"], program(MAC)),
    ];
    for (set, installed, way) in cases {
        let variable = |name: &str| set.contains(&name).then(|| "x".to_owned());
        let found = Clipboard::of(variable, |name| installed.contains(&name));
        assert_eq!(found, way, "{set:?} {installed:?}");
    }
    let xterm = |name: &str| (name == "XTERM_VERSION").then(|| "XTerm(390)".to_owned());
    let Clipboard::Terminal(setting) = Clipboard::of(xterm, |_| false) else {
        panic!("xterm has no program");
    };
    assert!(setting.contains("disallowedWindowOps"), "{setting}");
}
