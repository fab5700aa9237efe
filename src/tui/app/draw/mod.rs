//! Draws the model. Drawing changes nothing, reads no clock and does no I/O.

pub mod frame;
pub mod overlay;

use super::Model;
use crate::tui::action::View;
use crate::tui::draw::glyphs;
use crate::tui::layout;
use crate::tui::theme::Theme;
use crate::tui::views::compare::draw as compare;
use crate::tui::views::jobs::draw as jobs;
use crate::tui::views::order::draw as order;
use crate::tui::views::overview::draw as overview;
use crate::tui::views::scopes::draw as scopes;
use crate::tui::views::table::draw as table;
use crate::tui::views::table::state::Open;
use ratatui::Frame;

/// Draws the whole screen, in the characters that may be used.
pub fn screen(frame: &mut Frame<'_>, model: &Model, theme: &Theme) {
    let hidden = theme
        .hidden
        .or(model.shell.masked.then_some(model.shell.salt));
    let theme = &Theme { hidden, ..*theme };
    picture(frame, model, theme);
    glyphs::rewrite(frame.buffer_mut(), theme.glyphs);
}

fn picture(frame: &mut Frame<'_>, model: &Model, theme: &Theme) {
    let area = frame.area();
    if !layout::fits(area.width, area.height) {
        frame::too_small(frame, model, theme);
        return;
    }
    let silent = layout::areas(area.width, area.height);
    let areas = silent.with_message(model.shell.message_lines());
    frame::title(frame, areas, model, theme);
    let body = areas.body.into();
    let shell = &model.shell;
    match model.acting_view() {
        View::Overview => overview::body(frame, body, &model.overview, shell, theme),
        View::Scopes => scopes::body(frame, body, &model.scopes, shell, theme),
        View::Order => {
            let known = order::FormFacts {
                entries: model.table.ledger.entries(),
                under_way: model.jobs.under_way().collect(),
                scopes: model.scopes_in_use(),
                usual: model
                    .order
                    .scope
                    .as_ref()
                    .and_then(|scope| model.jobs.usual(&scope.id)),
            };
            order::body(frame, body, (&model.order, &known), shell, theme);
        }
        View::Jobs => jobs::body(frame, body, &model.jobs, shell, theme),
        View::Table => match &model.table.open {
            Open::Nothing => table::ledger::body(frame, body, &model.table, shell, theme),
            Open::Opening {
                name,
                so_far,
                peek,
                first,
                ..
            } => {
                let read = table::opening::OpeningState {
                    name,
                    so_far: so_far.as_deref(),
                    peek: peek.as_deref(),
                    first,
                };
                table::opening::body(frame, body, &read, (shell.keymap, theme));
            }
            Open::Data(data) => table::body(frame, body, (&model.table, data), shell, theme),
        },
        View::Compare => compare::body(frame, body, &model.compare, shell, theme),
    }
    overlay::draw(frame, (silent.body, areas.body), model, theme);
    frame::status_line(frame, areas.line.into(), model, theme);
    frame::keys(frame, areas, model, theme);
}
