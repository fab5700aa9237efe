//! The picker of the values of a key, which opens before they are known.

use super::Shell;
use super::overlay::{Overlay, PickerKind};
use super::status::StatusLine;
use crate::domain::query::group_key::GroupKey;
use crate::tui::said::Said;
use crate::tui::state::picker::{Choice, Picker};
use crate::tui::ticket::{Problem, Ticket};

impl Shell {
    /// Opens the picker without values.
    pub fn open_facets(&mut self, key: &GroupKey, kind: PickerKind) {
        let keys = "tick values; ⟦picker.enter⟧ keeps, ⟦picker.drop⟧ drops";
        let title = format!("{key}: {}", self.keymap.spell(keys));
        let picker = Picker::several(Said::open(title), Vec::new(), Vec::new());
        let picker = picker.of_names(!key.is_anonymous());
        self.overlay = Overlay::Picker { picker, kind };
    }

    /// Fills the picker that waits for the values. Returns the result if no picker asked for it.
    pub fn fill_facets<T>(
        &mut self,
        ticket: Ticket,
        result: Result<T, Problem>,
        choices: impl FnOnce(&GroupKey, &T) -> Vec<Choice>,
    ) -> Option<Result<T, Problem>> {
        let Overlay::Picker {
            picker,
            kind: PickerKind::Facets(key, asked) | PickerKind::FacetsPair(key, asked),
        } = &mut self.overlay
        else {
            return Some(result);
        };
        if asked.take_if(|asked| *asked == ticket).is_none() {
            return Some(result);
        }
        match result {
            Ok(found) => picker.choices = choices(key, &found),
            Err(problem) => {
                self.overlay = Overlay::None;
                self.status = StatusLine::error(problem.text);
            }
        }
        None
    }
}
