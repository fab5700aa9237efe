//! Decides whether an action is available, and why not. The update, the footer, the palette and the help use it.

use super::Model;
use crate::tui::action::{Action, View};
use crate::tui::key::Key;
use crate::tui::keymap::Binding;
use crate::tui::said::Said;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::status::{IN_CLEAR, LEAVES, StatusLine, Why};
use crate::tui::state::field::Typed;
use crate::tui::views::compare::allows::allows as compare;
use crate::tui::views::compare::state::CompareScreen;
use crate::tui::views::jobs::allows::allows as jobs;
use crate::tui::views::overview::allows::allows as overview;
use crate::tui::views::scopes::allows::allows as scopes;
use crate::tui::views::table::allows::allows as table;

/// Whether an action takes data out of the program in clear. The page of a masked overview is masked.
fn leaves(view: View, action: Action) -> bool {
    match action {
        Action::Copy | Action::CopyCommand => true,
        Action::Export => view != View::Overview,
        _ => false,
    }
}

impl Model {
    /// Names keys of the screen that act now, for a key that does not. First comes what this key does on other screens.
    pub(crate) fn keys_that_act(&self, key: Option<Key>) -> String {
        /// As many as fit one line.
        const NAMED: usize = 4;
        let screen = [self.screen_context()];
        let elsewhere = self.shell.keymap.bindings().iter();
        let elsewhere = elsewhere.filter(|b| key.is_some_and(|key| b.keys.contains(&key)));
        let meant: Vec<&str> = elsewhere.map(|binding| binding.label).collect();
        let labelled = self.shell.keymap.labelled(&screen);
        let acting = labelled.filter(|binding| self.allows(binding.action).is_ok());
        let mut acting: Vec<&Binding> = acting.collect();
        acting.sort_by_key(|binding| !meant.contains(&binding.label));
        let acting = acting.into_iter();
        let named: Vec<String> = acting
            .filter_map(|binding| Some(format!("{} {}", binding.keys.first()?, binding.label)))
            .take(NAMED)
            .collect();
        match named.as_slice() {
            [] => String::new(),
            named => format!("; try {}", named.join(" · ")),
        }
    }

    /// Reports that a key does nothing here, and names keys that do.
    pub(crate) fn explain_key(&mut self, typed: Typed<'_>) {
        if let Typed::Key(key) = typed {
            let here = self.keys_that_act(Some(key));
            self.shell.status = StatusLine::error(Said::open(format!(
                "{key} does nothing here{here}; ⟦everywhere.help⟧ lists the keys"
            )));
        }
    }

    /// Whether an action is available now, or why not.
    pub fn allows(&self, action: Action) -> Result<(), Why> {
        if let (Overlay::Picker { picker, .. }, Action::Toggle) = (&self.shell.overlay, action)
            && !picker.several
        {
            return Err("only one entry can be picked".into());
        }
        if let (Overlay::Picker { kind, .. }, Action::Drop) = (&self.shell.overlay, action)
            && !matches!(
                kind,
                PickerKind::Facets(..)
                    | PickerKind::FacetsPair(..)
                    | PickerKind::Views(..)
                    | PickerKind::ViewsPair(..)
            )
        {
            return Err("only column values and saved views can be dropped".into());
        }
        if action == Action::Suspend && self.shell.alone {
            return Err("no shell waits behind the program, which could resume it".into());
        }
        match (self.acting_view(), action) {
            (_, _) if !matches!(self.shell.overlay, Overlay::None) || self.is_typing() => Ok(()),
            (view, action) if self.shell.masked && leaves(view, action) => Err(LEAVES.into()),
            // The full error of a failed job, or of a note, names its scope.
            (View::Jobs, Action::Enter) if self.shell.masked && self.jobs.shows_error() => {
                Err(IN_CLEAR.into())
            }
            (
                View::Order,
                Action::NextField
                | Action::PreviousField
                | Action::Left
                | Action::Right
                | Action::Refresh,
            ) if self.order.scope.is_none() => {
                Err("pick a scope first: ⟦everywhere.show-scopes⟧ shows them".into())
            }
            (View::Order, Action::Enter) => {
                let order = self.order.order(self.shell.today());
                order.map(|_| ()).map_err(Why::from)
            }
            (View::Scopes, action) => scopes(&self.scopes, action),
            (View::Overview, action) => overview(&self.overview, self.shell.masked, action),
            (View::Jobs, action) => jobs(&self.jobs, action),
            (View::Table, action) => table(&self.table, &self.shell, action),
            // The data in the table is compared.
            (View::Compare, Action::Compare) if matches!(self.compare, CompareScreen::Nothing) => {
                table(&self.table, &self.shell, action)
            }
            (View::Compare, action) => compare(&self.compare, self.shell.masked, action),
            _ => Ok(()),
        }
    }
}
