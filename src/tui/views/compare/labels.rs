//! The labels of keys whose meaning depends on what the comparison shows.

use super::state::Pair;
use super::state::chart::PairPicture;
use crate::tui::action::Action;

impl Pair {
    /// The label of a key whose action depends on the state.
    pub(crate) fn label_now(&self, action: Action) -> Option<&'static str> {
        let lists = self.commitments.is_some();
        match action {
            Action::Enter if lists => Some("in full"),
            Action::Detail if lists => Some("all in full"),
            Action::Commitments if lists => Some("groups"),
            Action::Chart => Some(match self.chart.picture.next() {
                PairPicture::Bridge => "bridge",
                PairPicture::Days => "chart",
                PairPicture::Running => "running total",
            }),
            _ => None,
        }
    }
}
