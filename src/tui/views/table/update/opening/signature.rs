//! Asks for a new SAS when that of a source is of no use, and opens the sources again: what was fetched is still there.

use super::open_continued;
use crate::ops::remote_sources;
use crate::tui::effect::Effect;
use crate::tui::message::RefusedSas;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PromptKind};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::Field;
use crate::tui::ticket::Ticket;
use crate::tui::views::table::state::{Open, TableScreen, Unsigned};

/// Asks for the SAS. What is typed is drawn as dots.
pub(crate) fn asked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    refused: RefusedSas,
) -> Vec<Effect> {
    let RefusedSas {
        sources,
        place,
        why,
    } = refused;
    let name = match &screen.open {
        Open::Opening {
            ticket: asked,
            name,
            ..
        } if *asked == ticket => name.clone(),
        Open::Nothing | Open::Opening { .. } | Open::Data(_) => return Vec::new(),
    };
    screen.restore();
    shell.status = StatusLine::error(Said::from(why));
    shell.overlay = Overlay::Prompt {
        title: "A new SAS".into(),
        hint: format!("for {place}; it is kept until the program ends").into(),
        field: Field::default(),
        kind: PromptKind::Sas,
    };
    screen.unsigned = Some(Unsigned {
        sources,
        name,
        place,
    });
    Vec::new()
}

/// Takes the SAS, and opens the sources again.
pub(crate) fn given(
    screen: &mut TableScreen,
    shell: &mut Shell,
    text: &str,
) -> Result<Vec<Effect>, String> {
    let Some(unsigned) = screen.unsigned.clone() else {
        return Ok(Vec::new());
    };
    if !remote_sources::renew(&unsigned.place, text) {
        return Err("this is no SAS: it has no signature (sig=)".to_owned());
    }
    screen.unsigned = None;
    let Unsigned { sources, name, .. } = unsigned;
    Ok(open_continued(screen, shell, sources, name, None, None))
}
