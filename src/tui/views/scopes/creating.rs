//! A new export: typed in one line, shown as the request that it becomes, and created after a yes.

use super::state::Scopes;
use crate::domain::export::definition::Export;
use crate::domain::export::typed;
use crate::domain::scope::Scope;
use crate::ops::exports::creating::Draft;
use crate::tui::effect::{Effect, ExportsEffect};
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PickerKind, PromptKind};
use crate::tui::shell::status::{IN_CLEAR, StatusLine};
use crate::tui::state::field::TextField;
use crate::tui::state::picker::{Caption, Choice, Picker};

/// The entry that begins a new export.
pub(super) const NEW: &str = "new export";
/// The entry that sends the request.
const CREATE: &str = "create it";

/// Asks for a new export of a scope.
pub(super) fn ask(
    scopes: &mut Scopes,
    shell: &mut Shell,
    scope: Scope,
    known: &[Export],
) -> Vec<Effect> {
    if shell.masked {
        return shell.refuse(IN_CLEAR);
    }
    scopes.creating = Some(scope.id);
    shell.overlay = Overlay::Prompt {
        title: "New export".into(),
        hint: typed::FORM.into(),
        field: TextField::with(&typed::suggested(known)),
        kind: PromptKind::NewExport,
    };
    Vec::new()
}

/// Reads the line, and has its request made.
pub(crate) fn entered(
    scopes: &mut Scopes,
    shell: &mut Shell,
    line: &str,
) -> Result<Vec<Effect>, String> {
    let Some(scope) = &scopes.creating else {
        return Ok(Vec::new());
    };
    let new = typed::read(scope, line)?;
    let ticket = shell.ticket();
    scopes.exports = Some(ticket);
    Ok(vec![ExportsEffect::Draft(ticket, Box::new(new)).into()])
}

/// Shows the request and what it means, and asks.
pub(super) fn question(shell: &mut Shell, draft: Box<Draft>) {
    let place = format!("PUT {}/exports/{}", draft.new.scope, draft.new.name);
    let text = draft.text();
    let lines = draft.terms.iter().map(String::as_str);
    let lines = lines.chain([place.as_str()]).chain(text.lines());
    let lines = lines.enumerate().map(|(at, line)| Choice {
        caption: Caption::Masked(Masked::from(line)),
        masked: Some(String::new()),
        // Lines may be alike.
        ..Choice::new(format!("{at} {line}"), String::new())
    });
    let mut choices = vec![Choice::new(
        CREATE,
        "sends the request below; escape sends nothing",
    )];
    choices.extend(lines);
    shell.overlay = Overlay::Picker {
        picker: Picker::one("Create this export?", choices),
        kind: PickerKind::CreateExport(draft),
    };
}

/// Sends the request, if that is the entry that was picked; the question stays on its other lines.
pub(crate) fn answered(shell: &mut Shell, draft: Box<Draft>, word: &str) -> Vec<Effect> {
    if word != CREATE {
        question(shell, draft);
        return Vec::new();
    }
    shell.status = StatusLine::hint("creating the export …");
    vec![ExportsEffect::Create(draft).into()]
}
