//! The exports of a scope: a list, their files as a table, their runs as a page, and a run now.
//!
//! Starting a run takes two choices, so no key starts one by mistake.

use super::creating;
use super::state::Scopes;
use crate::domain::export::definition::Export;
use crate::domain::export::run::Status;
use crate::domain::period::{DateRange, Month};
use crate::domain::scope::Scope;
use crate::domain::text::age;
use crate::ops::exports::words;
use crate::tui::action::View;
use crate::tui::effect::{Effect, ExportsEffect};
use crate::tui::message::FoundExports;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::request::Request;
use crate::tui::shell::status::{IN_CLEAR, StatusLine};
use crate::tui::state::picker::{Caption, Choice, Picker};
use crate::tui::ticket::{Problem, Ticket};

/// The entry that opens its files.
const OPEN: &str = "open";
/// The entry that shows the runs.
const RUNS: &str = "runs";
/// The entry that runs it for its own days.
const OWN_DAYS: &str = "run now";
/// How many months a run can be picked for.
const MONTHS: u32 = 13;

/// Asks for the exports of the scope under the cursor.
pub(super) fn ask(scopes: &mut Scopes, shell: &mut Shell) -> Vec<Effect> {
    match scopes.selected().cloned() {
        Some(scope) => ask_for(scopes, shell, scope),
        None => Vec::new(),
    }
}

/// Asks for the exports of a scope.
pub(crate) fn ask_for(scopes: &mut Scopes, shell: &mut Shell, scope: Scope) -> Vec<Effect> {
    let ticket = shell.ticket();
    scopes.exports = Some(ticket);
    shell.status = StatusLine::hint("asking Azure for the exports …");
    vec![ExportsEffect::List(ticket, Box::new(scope)).into()]
}

/// Whether an answer is still wanted where it would be shown.
fn is_wanted(scopes: &mut Scopes, shell: &Shell, ticket: Ticket) -> bool {
    if scopes.exports != Some(ticket) {
        return false;
    }
    scopes.exports = None;
    shell.view == View::Scopes && matches!(shell.overlay, Overlay::None)
}

/// Takes an answer about exports.
pub(crate) fn found(
    scopes: &mut Scopes,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<FoundExports, Problem>,
) -> Vec<Effect> {
    if !is_wanted(scopes, shell, ticket) {
        return Vec::new();
    }
    shell.status = StatusLine::Silent;
    match result {
        Ok(FoundExports::All(scope, found)) => list(shell, scope, found),
        Ok(FoundExports::One(export, sizes)) if !shell.masked => {
            let mut lines = words::facts(&export);
            lines.push(String::new());
            let (sizes, refused) = match sizes {
                Ok(sizes) => (sizes, None),
                Err(why) => (Vec::new(), Some(why)),
            };
            lines.extend(words::runs(&export, &sizes, shell.now));
            lines.extend(refused.map(|why| format!("sizes: {}", why.in_clear())));
            shell.show_page("Export", lines);
        }
        Ok(FoundExports::One(..)) => {}
        Ok(FoundExports::Draft(draft)) => creating::question(shell, draft),
        Err(problem) => return shell.refuse(problem.text),
    }
    Vec::new()
}

/// Shows the exports as a list.
fn list(shell: &mut Shell, scope: Box<Scope>, found: Vec<Export>) {
    if found.is_empty() {
        shell.status = StatusLine::hint("this scope has no exports that you can see");
    }
    let known = found.iter().map(|export| {
        let masked = hint(export, shell, false);
        Choice {
            caption: Caption::Masked(export.name.clone().into()),
            masked: Some(masked),
            ..Choice::new(export.name.clone(), hint(export, shell, true))
        }
    });
    let mut choices: Vec<Choice> = known.collect();
    choices.push(Choice::new(
        creating::NEW,
        "fill in one line; the request is shown first",
    ));
    shell.overlay = Overlay::Picker {
        picker: Picker::one("Exports", choices).of_names(true),
        kind: PickerKind::Exports(scope, found),
    };
}

/// The text of the list about an export, the runs first: a narrow screen cuts its end. Only its place identifies somebody.
fn hint(export: &Export, shell: &Shell, with_place: bool) -> String {
    let last = export.last_run().map(|run| {
        let old = run.age(shell.now).map(age).unwrap_or_default();
        // A run without a word has completed: the line is short.
        if matches!(run.status, Status::Completed) {
            old
        } else {
            format!("{} {old}", run.status.word())
        }
    });
    let next = export
        .next_run
        .map(|next| next.format("next %m-%d %H:%M").to_string());
    let known = [
        Some(last.unwrap_or_else(|| "never ran".to_owned())),
        next,
        Some(export.dataset.word().to_owned()),
        Some(export.schedule_words()),
        Some(words::format(export)),
        with_place.then(|| export.source()),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    known.join(" · ")
}

/// Offers what can be done with the picked export.
pub(crate) fn picked(
    scopes: &mut Scopes,
    shell: &mut Shell,
    scope: Box<Scope>,
    found: Vec<Export>,
    name: &str,
) -> Vec<Effect> {
    if name == creating::NEW {
        return creating::ask(scopes, shell, *scope, &found);
    }
    let Some(export) = found.into_iter().find(|export| export.name == name) else {
        return Vec::new();
    };
    let this = Month::of(shell.today());
    let mut choices = vec![
        Choice::new(OPEN, "the newest complete run of each month, as one table"),
        Choice::new(RUNS, "definition, latest runs, errors"),
        Choice::new(OWN_DAYS, format!("for its own days ({})", export.timeframe)),
    ];
    choices.extend(
        (0..MONTHS).map(|back| Choice::new(this.back(back).to_string(), "run now, for this month")),
    );
    shell.overlay = Overlay::Picker {
        picker: Picker::one(format!("Export {name}"), choices),
        kind: PickerKind::OneExport(scope, Box::new(export)),
    };
    Vec::new()
}

/// Opens the files of an export, shows its runs, or runs it.
pub(crate) fn chosen(
    scopes: &mut Scopes,
    shell: &mut Shell,
    (scope, export): (&Scope, &Export),
    word: &str,
) -> Vec<Effect> {
    if word == OPEN {
        shell.request(Request::OpenTable {
            sources: vec![export.source()],
            name: export.name.clone().into(),
            wanted: None,
        });
        return Vec::new();
    }
    if word == RUNS {
        if shell.masked {
            return shell.refuse(IN_CLEAR);
        }
        let ticket = shell.ticket();
        scopes.exports = Some(ticket);
        let show = ExportsEffect::Show {
            ticket,
            scope: scope.id.clone(),
            name: export.name.clone(),
        };
        return vec![show.into()];
    }
    let month = Month::parse(word).ok().map(Month::range);
    let today = shell.today();
    // The days of a run may not be in the future.
    let days = month.map(|days| DateRange {
        to: days.to.min(today),
        ..days
    });
    shell.request(Request::RunExport {
        scope: Box::new(scope.clone()),
        export: Box::new(export.clone()),
        days,
    });
    Vec::new()
}
