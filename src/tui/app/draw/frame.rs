//! Draws the frame around all screens: title, status line and key line.

use crate::tui::action::Action;
use crate::tui::app::Model;
use crate::tui::app::footer::{BETWEEN, Hint, key_lines};
use crate::tui::draw::lines::{plain, put_all};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::keymap::Binding;
use crate::tui::layout::{Areas, SMALLEST};
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::status::StatusLine;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// Descriptions of the sign-in (credential, identity, tenant, origin), longest first.
fn places(model: &Model, theme: &Theme) -> Vec<String> {
    if model.shell.place.demo {
        return vec!["made-up data".to_owned()];
    }
    let (identity, origin) = (&model.shell.place.identity, &model.shell.place.origin);
    let source = identity.source;
    if ScreenMask::of(theme, &[]).is_on() {
        return vec![source.to_owned()];
    }
    let mut places = Vec::new();
    if let Some(tenant) = &identity.tenant {
        if let Some(who) = &identity.who {
            places.push(format!("{source} · {who} · tenant {tenant} · {origin}"));
        }
        places.push(format!("{source} · tenant {tenant} · {origin}"));
        let short = text::middle(tenant, 9);
        places.push(format!("{source} · {short} · {origin}"));
        places.push(format!("{source} {short}"));
    }
    places.push(format!("{source} · {origin}"));
    places.push(source.to_owned());
    places
}

/// Draws the title line (program, screens, sign-in) and the rule below it.
pub(super) fn title(frame: &mut Frame<'_>, areas: Areas, model: &Model, theme: &Theme) {
    let [program, demo] = model.title();
    let mut spans = vec![
        Span::styled(program, theme.accent),
        Span::styled(demo, theme.warning),
    ];
    for (view, name) in model.tabs() {
        let style = if view == model.shell.view {
            theme.accent
        } else {
            theme.plain
        };
        spans.push(Span::styled(name, style));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let room = usize::from(areas.title.width).saturating_sub(used + 2);
    if let Some(place) = places(model, theme)
        .into_iter()
        .find(|place| room > place.width())
    {
        spans.push(Span::styled(
            format!("  {}", text::cell(&place, room.saturating_sub(1), true)),
            theme.dim,
        ));
    }
    frame.render_widget(Line::from(spans), Rect::from(areas.title));
    frame.render_widget(
        plain("─".repeat(usize::from(areas.rule.width)), theme.dim),
        Rect::from(areas.rule),
    );
}

/// Draws the message above the keys.
pub(super) fn status_line(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: &Theme) {
    let style = match (&model.shell.prompt, &model.shell.status) {
        (Some(_), _) => theme.warning,
        (None, StatusLine::Silent) => return,
        (None, StatusLine::Hint(_)) => theme.plain,
        (None, StatusLine::Error(_)) => theme.error,
    };
    let lines = model.shell.message(&ScreenMask::of(theme, &[]));
    put_all(frame, area, 0, lines, (" ", style));
}

/// Draws the keys that can act now; keys that do not fit are on the help page. The less important ones stand in the line that
/// talks, while it is silent.
pub(super) fn keys(frame: &mut Frame<'_>, areas: Areas, model: &Model, theme: &Theme) {
    let lines = key_lines(model, areas.keys.width);
    if !lines.above.is_empty() {
        let line = key_line(lines.above, (theme.key, theme.dim), theme);
        frame.render_widget(line, Rect::from(areas.line));
    }
    let line = key_line(lines.last, (theme.key, theme.plain), theme);
    frame.render_widget(line, Rect::from(areas.keys));
}

/// A line of keys, in the styles of a key and of its label.
fn key_line(hints: Vec<Hint>, (key, label): (Style, Style), theme: &Theme) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (at, hint) in hints.into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::styled(BETWEEN, theme.dim));
        }
        spans.push(Span::styled(hint.key, key));
        spans.push(Span::styled(format!(" {}", hint.label), label));
    }
    Line::from(spans)
}

/// The keys that leave what is open, or the program, and what each does.
fn ways_out(model: &Model) -> Vec<String> {
    let asks = matches!(model.shell.overlay, Overlay::Quit);
    let verb = |binding: &Binding| match binding.action {
        Action::Quit if !model.is_at_root() => Some("goes back"),
        Action::Quit => Some("quits"),
        Action::Enter if asks => Some("quits although jobs run"),
        Action::Close if asks => Some("stays"),
        Action::Close if model.is_typing() => Some("leaves the field"),
        Action::Close => Some("closes what is open"),
        _ => None,
    };
    let contexts = model.contexts();
    let keys = model.shell.keymap.labelled(&contexts);
    keys.filter_map(|binding| Some(format!("{} {}", first_key(binding), verb(binding)?)))
        .collect()
}

fn first_key(binding: &Binding) -> String {
    binding
        .keys
        .first()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Says how large the terminal has to be, and which keys act meanwhile.
pub(super) fn too_small(frame: &mut Frame<'_>, model: &Model, theme: &Theme) {
    let area = frame.area();
    let (width, height) = SMALLEST;
    let sentence = format!(
        "costscope needs at least {width} columns and {height} lines; this terminal has {}x{}. {}.",
        area.width,
        area.height,
        ways_out(model).join(", ")
    );
    let lines = text::wrap(&sentence, usize::from(area.width).max(1));
    put_all(frame, area, 0, lines, ("", theme.plain));
}
