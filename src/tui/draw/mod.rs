//! Draws the model. Drawing changes nothing, reads no clock and does no I/O.

pub mod compare;
pub mod frame;
pub mod glyphs;
pub mod grid;
pub mod jobs;
pub mod ledger;
pub mod opening;
pub mod order;
pub mod overlay;
pub mod scopes;
pub mod table;
pub mod text;
pub mod veil;

use super::action::View;
use super::layout;
use super::model::Model;
use super::screen::table::Open;
use super::theme::Theme;
use ratatui::Frame;

/// Draws the whole screen, in the characters that may be used.
pub fn screen(frame: &mut Frame<'_>, model: &Model, theme: &Theme) {
    let hidden = theme.hidden.or(model.masked.then_some(model.salt));
    let theme = &Theme { hidden, ..*theme };
    picture(frame, model, theme);
    glyphs::rewrite(frame.buffer_mut(), theme.glyphs);
}

fn picture(frame: &mut Frame<'_>, model: &Model, theme: &Theme) {
    let area = frame.area();
    if !layout::fits(area.width, area.height) {
        frame::too_small(frame, theme);
        return;
    }
    let areas = layout::areas(area.width, area.height);
    frame::title(frame, areas, model, theme);
    match model.view {
        View::Scopes => scopes::body(frame, areas.body, model, theme),
        View::Order => order::body(frame, areas.body, model, theme),
        View::Jobs => jobs::body(frame, areas.body, model, theme),
        View::Table => match &model.table.open {
            Open::Nothing => ledger::body(frame, areas.body, model, theme),
            Open::Opening {
                name,
                reading,
                peek,
                ..
            } => opening::body(frame, areas.body, name, *reading, peek.as_deref(), theme),
            Open::Data(data) => table::body(frame, areas.body, model, data, theme),
        },
        View::Compare => compare::body(frame, areas.body, model, theme),
    }
    overlay::draw(frame, areas.body, model, theme);
    frame::talk(frame, areas.line, model, theme);
    frame::keys(frame, areas.keys, model, theme);
}
