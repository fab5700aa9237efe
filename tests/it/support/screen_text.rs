//! Screens as text, as drawn and masked.

use super::mask;
use costscope::tui::app::{Model, draw};
use costscope::tui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Style;

/// The screen of a model, drawn without the loop.
pub(crate) fn draw_model(model: &Model) -> String {
    let backend = TestBackend::new(model.shell.size.0, model.shell.size.1);
    let mut terminal = Terminal::new(backend).unwrap();
    let theme = Theme::new(true);
    terminal
        .draw(|frame| draw::screen(frame, model, &theme))
        .unwrap();
    let found = leaks(model);
    assert!(found.is_empty(), "{}", found.join("\n"));
    picture(terminal.backend(), &theme)
}

/// The screen of a model with names and amounts hidden.
pub(crate) fn masked(model: &Model) -> String {
    let backend = TestBackend::new(model.shell.size.0, model.shell.size.1);
    let mut terminal = Terminal::new(backend).unwrap();
    let hidden = Some(7);
    let theme = Theme {
        hidden,
        ..Theme::new(true)
    };
    terminal
        .draw(|frame| draw::screen(frame, model, &theme))
        .unwrap();
    lines(terminal.backend())
}

/// Text that a masked screen would reveal: every screen of every test is drawn a second time for this.
pub(crate) fn leaks(model: &Model) -> Vec<String> {
    let picture = masked(model);
    let found = mask::leaks(model, &picture);
    if found.is_empty() {
        return Vec::new();
    }
    vec![format!("masked, this shows {found:?}:\n{picture}")]
}

/// The text of a screen.
pub(crate) fn lines(backend: &TestBackend) -> String {
    let buffer = backend.buffer();
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let cells = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol());
        let line: String = cells.collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The text of a screen, followed by the positions of its styles.
pub(crate) fn picture(backend: &TestBackend, theme: &Theme) -> String {
    let buffer = backend.buffer();
    let width = buffer.area.width;
    let (mut text, mut styles) = (String::new(), String::new());
    for y in 0..buffer.area.height {
        let cells: Vec<_> = (0..width).map(|x| &buffer[(x, y)]).collect();
        let line: String = cells.iter().map(|cell| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
        let mut runs: Vec<(&str, usize, usize)> = Vec::new();
        for (x, cell) in cells.iter().enumerate() {
            let name = name(theme, cell.style());
            match runs.last_mut() {
                Some(run) if run.0 == name => run.2 = x,
                _ => runs.push((name, x, x)),
            }
        }
        let named = runs
            .iter()
            .filter(|run| !run.0.is_empty())
            .map(|(name, from, to)| format!(" {name} {from}-{to}"));
        let named: String = named.collect();
        if !named.is_empty() {
            styles.push_str(&format!("{y:>2}:{named}\n"));
        }
    }
    format!("{text}--- styles ---\n{styles}")
}

pub(crate) fn name(theme: &Theme, style: Style) -> &'static str {
    let same = |known: Style| {
        known.fg.unwrap_or_default() == style.fg.unwrap_or_default()
            && known.add_modifier == style.add_modifier
    };
    let names = [
        ("", theme.plain),
        ("dim", theme.dim),
        ("strong", theme.strong),
        ("accent", theme.accent),
        ("selected", theme.selected),
        ("focus", theme.focus),
        ("column", theme.column),
        ("cell", theme.cell),
        ("found", theme.found),
        ("heading", theme.heading),
        ("good", theme.good),
        ("warning", theme.warning),
        ("error", theme.error),
        ("grew", theme.grew),
    ];
    names
        .iter()
        .find(|(_, known)| same(*known))
        .map_or("other", |(name, _)| name)
}
