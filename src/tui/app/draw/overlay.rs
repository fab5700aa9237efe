//! Draws overlays: help, manual, pickers, prompts and questions.

use crate::domain::text::{counted, grouped};
use crate::ops::manual;
use crate::ops::manual::PAGES;
use crate::tui::app::Model;
use crate::tui::app::help_page::entries;
use crate::tui::draw::lines::{plain, put, put_all};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::keymap::Keymap;
use crate::tui::layout;
use crate::tui::layout::Area;
use crate::tui::shell::help;
use crate::tui::shell::help::{HelpLine, HelpPage};
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::status::IN_CLEAR;
use crate::tui::state::field::TextField;
use crate::tui::state::picker::Picker;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};
use unicode_width::UnicodeWidthStr;

/// Draws the overlay. Lists, pages and questions end above a message; a prompt stays where it is while messages come and go.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    (silent, area): (Area, Area),
    model: &Model,
    theme: &Theme,
) {
    let area = Rect::from(area);
    match &model.shell.overlay {
        Overlay::None => {}
        Overlay::Help(page) => help_page(frame, area, model, page, theme),
        Overlay::Manual(page, cursor) => {
            let keys = model.shell.keymap.spell("⟦overlay.left⟧ ⟦overlay.right⟧");
            manual_page(frame, area, (*page, cursor.selected), &keys, theme);
        }
        Overlay::Picker { picker, kind } => pick(frame, area, kind, picker, theme),
        Overlay::Prompt {
            title,
            hint,
            field,
            kind,
        } => {
            let mask = ScreenMask::of(theme, &[]);
            let hint = model.shell.keymap.spell(&hint.told(&mask));
            let title = title.told(&mask);
            let field = if kind.is_secret() {
                field.as_dots()
            } else {
                mask.field(&field.without_signatures())
            };
            prompt(frame, silent.into(), (&title, &hint), &field, theme);
        }
        Overlay::Quit => quit(frame, area, model, theme),
        Overlay::Cancel(question) => {
            let keys = " ⟦question.enter⟧ stop following · ⟦question.close⟧ keep following";
            let keys = model.shell.keymap.spell(keys);
            let title = "Stop following?";
            ask(frame, area, (title, &question.sentences, &keys), theme);
        }
        Overlay::Problem {
            title,
            lines,
            cursor,
            ..
        } => {
            let hidden = ScreenMask::of(theme, &[]).is_on();
            let said = hidden.then(|| [model.shell.keymap.spell(IN_CLEAR)]);
            // A page that opens late over a masked screen must not show its subject.
            let (title, lines) = match &said {
                Some(said) => ("In full", said.as_slice()),
                None => (title.as_str(), lines.as_slice()),
            };
            let look = (model.shell.keymap, theme);
            problem(frame, area, title, lines, cursor.selected, look);
        }
    }
}

/// Draws an error in full, wrapped, with the ids for support.
fn problem(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    lines: &[String],
    scrolled: usize,
    (keymap, theme): (Keymap, &Theme),
) {
    let inside = boxed(frame, area, title, theme);
    let width = usize::from(inside.width.saturating_sub(2)).max(1);
    let wrapped = lines.iter().flat_map(|line| text::broken(line, width));
    let wrapped: Vec<String> = wrapped.collect();
    let body = inside.height.saturating_sub(1);
    let top = scrolled.min(wrapped.len().saturating_sub(usize::from(body)));
    let below = wrapped.len().saturating_sub(top + usize::from(body));
    for (row, line) in (0..body).zip(wrapped.into_iter().skip(top)) {
        put(frame, inside, row, plain(format!(" {line}"), theme.plain));
    }
    let more = match below {
        0 => String::new(),
        below => format!(" ↓ {} ·", counted(below as u64, "more line")),
    };
    let keys = keymap.spell("⟦overlay.copy⟧ copy all · ⟦overlay.close⟧ close");
    let keys = format!("{more} {keys}");
    put(frame, inside, body, plain(keys, theme.key));
}

/// Draws a prompt for a line of text.
fn prompt(
    frame: &mut Frame<'_>,
    area: Rect,
    (title, hint): (&str, &str),
    field: &TextField,
    theme: &Theme,
) {
    let inside = boxed(frame, centred(area, 72, 6), title, theme);
    let width = usize::from(inside.width.saturating_sub(3));
    let line = text::cell(&text::with_caret(field, width), width, false);
    let line = Line::from(vec![Span::raw(" "), Span::styled(line, theme.focus)]);
    put(frame, inside, 0, line);
    let room = usize::from(inside.height.saturating_sub(1));
    let hint = text::first_lines(text::wrap(hint, width), room, width);
    put_all(frame, inside, 1, hint, (" ", theme.dim));
}

/// Draws an empty box with a title; returns the area inside.
fn boxed(frame: &mut Frame<'_>, area: Rect, title: &str, theme: &Theme) -> Rect {
    frame.render_widget(Clear, area);
    // Two corners, and a blank on each side.
    let title = text::shortened(title, usize::from(area.width.saturating_sub(4)));
    let block = Block::bordered()
        .title(format!(" {title} "))
        .border_style(theme.dim)
        .title_style(theme.accent);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// Draws the line that narrows a list, and where the cursor is in the list.
fn search_line(
    frame: &mut Frame<'_>,
    inside: Rect,
    typed: &str,
    (at, of): (usize, usize),
    theme: &Theme,
) {
    let width = usize::from(inside.width);
    let place = match of {
        0 => String::new(),
        of => format!("{} of {} ", grouped(at as u64 + 1), grouped(of as u64)),
    };
    let room = width.saturating_sub(place.width());
    let search = text::cell(&format!(" / {typed}▏"), room, false);
    let line = Line::from(vec![
        Span::styled(search, theme.focus),
        Span::styled(place, theme.dim),
    ]);
    put(frame, inside, 0, line);
}

/// Draws the key table: the keys of the screen in their groups, then those of other places.
fn help_page(frame: &mut Frame<'_>, area: Rect, model: &Model, page: &HelpPage, theme: &Theme) {
    let inside = boxed(frame, area, "Help · → the manual", theme);
    let entries = entries(model, page);
    let selected = page.cursor.selected;
    let typed = page.search.text();
    search_line(frame, inside, typed, (selected, entries.len()), theme);
    let lines = help::lines(&entries, usize::from(inside.width));
    let height = usize::from(inside.height.saturating_sub(1));
    let top = help::top(&lines, page.cursor, height);
    for (row, line) in (1..inside.height).zip(lines.into_iter().skip(top)) {
        let line = match line {
            HelpLine::Heading(heading) => plain(heading, theme.heading),
            HelpLine::Keys(at, keys, words) => {
                let mark = if at == selected { "›" } else { " " };
                let keys = text::cell(&format!("{mark} {keys}"), help::KEYS, false);
                let (first, rest) = if at == selected {
                    (theme.selected, theme.selected)
                } else {
                    (theme.key, theme.plain)
                };
                Line::from(vec![Span::styled(keys, first), Span::styled(words, rest)])
            }
            HelpLine::Blank => Line::default(),
        };
        put(frame, inside, row, line);
    }
    if entries.is_empty() {
        put(frame, inside, 1, plain("  no match", theme.warning));
    }
}

/// Draws a page of the manual.
fn manual_page(
    frame: &mut Frame<'_>,
    area: Rect,
    (place, scrolled): (usize, usize),
    keys: &str,
    theme: &Theme,
) {
    let Some(page) = PAGES.get(place) else {
        return;
    };
    let (at, all) = (place + 1, PAGES.len());
    let title = page.title();
    let title = format!("Manual {at}/{all} · {title} · {keys} turn the page");
    let inside = boxed(frame, area, &title, theme);
    let lines = help::manual(place, usize::from(inside.width));
    let top = scrolled.min(lines.len().saturating_sub(usize::from(inside.height)));
    for (row, line) in (0..inside.height).zip(lines.into_iter().skip(top)) {
        let style = match &line {
            manual::ManualLine::Heading(_) => theme.heading,
            manual::ManualLine::Text(_) => theme.plain,
            manual::ManualLine::Code(_) => theme.key,
        };
        let line = plain(format!(" {}", line.text()), style);
        put(frame, inside, row, line);
    }
}

/// The ticked entries, as they are shown in the list.
fn ticks(picker: &Picker, mask: &ScreenMask<'_>) -> String {
    if picker.ticked.is_empty() {
        return String::new();
    }
    format!(" ticked: {}", picker.ticks(mask).join(", "))
}

fn pick(frame: &mut Frame<'_>, area: Rect, kind: &PickerKind, picker: &Picker, theme: &Theme) {
    let mask = ScreenMask::of(theme, &[]);
    let place = centred(area, layout::PICKER_WIDTH, area.height);
    let inside = boxed(frame, place, &picker.title.told(&mask), theme);
    let width = usize::from(inside.width);
    let matching = picker.matching();
    let text = picker.search.text();
    let search = if picker.identifies() {
        mask.typed(text)
    } else {
        text.to_owned()
    };
    let place = (picker.cursor.selected, matching.len());
    search_line(frame, inside, &search, place, theme);
    let ticked = text::fit(&ticks(picker, &mask), width);
    put(frame, inside, 1, plain(ticked, theme.dim));
    let height = usize::from(inside.height.saturating_sub(2));
    let top = picker.top(height);
    // Short names leave more room for the hints. A name without one has the whole line.
    let hinted = matching.iter().filter(|choice| !choice.hint.is_empty());
    let widths = hinted.map(|choice| choice.width(&mask));
    // A group is named with those above it.
    let is_path = matches!(kind, PickerKind::Levels(..) | PickerKind::LevelsPair(..));
    let most = if is_path { 36 } else { 28 };
    let wide = widths.max().unwrap_or_default().clamp(8, most);
    for (row, (at, choice)) in (2..inside.height).zip(matching.iter().enumerate().skip(top)) {
        let place = picker.ticked.iter().position(|name| *name == choice.name);
        let bullet = match place {
            Some(place) if picker.several => format!("[{}]", place + 1),
            _ if picker.several => "[ ]".to_owned(),
            _ => "   ".to_owned(),
        };
        let here = at == picker.cursor.selected;
        let style = if here { theme.selected } else { theme.plain };
        let arrow = if here { "›" } else { " " };
        let name = choice.shown(&mask);
        let told = if choice.hint.is_empty() {
            name
        } else {
            let name = text::cell(&name, wide, false);
            // What stands before the hint takes the width of the name and eight columns.
            let room = width.saturating_sub(wide + 8);
            format!("{name}  {}", text::shortened(choice.hinted(&mask), room))
        };
        let line = text::cell(&format!("{arrow} {bullet} {told}"), width, false);
        put(frame, inside, row, plain(line, style));
    }
    if matching.is_empty() {
        put(frame, inside, 2, plain("  no match", theme.warning));
    }
}

/// A centred box inside an area.
fn centred(area: Rect, width: u16, height: u16) -> Rect {
    layout::centred(area.into(), width, height).into()
}

/// Asks whether to quit, and says what becomes of the jobs.
fn quit(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: &Theme) {
    let queued = model.jobs.queued();
    let watched = model.jobs.watched();
    let sent = model.jobs.running().saturating_sub(queued + watched);
    let mut sentences = Vec::new();
    match sent {
        0 => {}
        1 => sentences.push(
            "1 report is still running: the server continues, and the next start follows it without ordering it twice.".to_owned(),
        ),
        sent => sentences.push(format!(
            "{sent} reports are still running: the server continues, and the next start follows them without ordering them twice."
        )),
    }
    match queued {
        0 => {}
        1 => sentences.push("1 report waits for its turn: the next start orders it.".to_owned()),
        queued => sentences.push(format!(
            "{queued} reports wait for their turn: the next start orders them."
        )),
    }
    match watched {
        0 => {}
        1 => sentences.push(
            "1 run of an export goes on in Azure: the next start watches it again.".to_owned(),
        ),
        watched => sentences.push(format!(
            "{watched} runs of exports go on in Azure: the next start watches them again."
        )),
    }
    sentences.push("Nothing is lost.".to_owned());
    let keys = " ⟦question.enter⟧ quit · ⟦question.close⟧ stay";
    let keys = model.shell.keymap.spell(keys);
    ask(frame, area, ("Quit?", &sentences, &keys), theme);
}

/// Draws a question: sentences, and the keys that answer it.
fn ask(
    frame: &mut Frame<'_>,
    area: Rect,
    (title, sentences, keys): (&str, &[String], &str),
    theme: &Theme,
) {
    let columns = area.width.min(62);
    let width = usize::from(columns.saturating_sub(4)).max(1);
    let lines = sentences.iter().flat_map(|text| text::wrap(text, width));
    let lines: Vec<_> = lines.collect();
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let place = centred(area, columns, height.min(area.height));
    let inside = boxed(frame, place, title, theme);
    put_all(frame, inside, 0, lines, (" ", theme.plain));
    let keys = plain(keys.to_owned(), theme.key);
    put(frame, inside, inside.height.saturating_sub(1), keys);
}
