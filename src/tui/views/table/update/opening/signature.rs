//! Asks for a new SAS when that of a source is of no use, and opens the sources again: what was fetched is still there.

use super::{open_continued, sides};
use crate::ops::remote_sources;
use crate::tui::effect::Effect;
use crate::tui::message::{RefusedSas, ToOpen};
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PromptKind};
use crate::tui::shell::request::PairView;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::TextField;
use crate::tui::ticket::Ticket;
use crate::tui::views::table::state::{Open, TableScreen, Unsigned};

/// Asks for the SAS of sources that were to be one table.
pub(crate) fn asked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    refused: RefusedSas,
) -> Vec<Effect> {
    let name = match &screen.open {
        Open::Opening {
            ticket: asked,
            name,
            ..
        } if *asked == ticket => name.clone(),
        Open::Nothing | Open::Opening { .. } | Open::Data(_) => return Vec::new(),
    };
    screen.restore();
    ask(screen, shell, (name, None), refused)
}

/// Asks for the SAS. What is typed is drawn as dots.
pub(crate) fn ask(
    screen: &mut TableScreen,
    shell: &mut Shell,
    (name, view): (Masked, Option<PairView>),
    refused: RefusedSas,
) -> Vec<Effect> {
    let RefusedSas { wanted, place, why } = refused;
    shell.status = StatusLine::error(Said::from(why));
    shell.overlay = Overlay::Prompt {
        title: "A new SAS".into(),
        hint: format!("for {place}; it is kept until the program ends").into(),
        field: TextField::default(),
        kind: PromptKind::Sas,
    };
    screen.unsigned = Some(Unsigned {
        wanted,
        view,
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
    let Unsigned {
        wanted, view, name, ..
    } = unsigned;
    Ok(match wanted {
        ToOpen::Table(sources) => open_continued(screen, shell, sources, name, None, None),
        ToOpen::Pair(both) => sides::open_pair(shell, both, name, view),
    })
}
