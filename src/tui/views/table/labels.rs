//! The labels of keys whose meaning depends on what the table shows.

use super::state::charts::chart::ChartKind;
use super::state::{Open, TableScreen};
use crate::domain::metric::Metric;
use crate::tui::action::Action;
use crate::tui::shell::Shell;

impl TableScreen {
    /// The label of a key whose action depends on the state.
    pub(crate) fn label_now(&self, shell: &Shell, action: Action) -> Option<&'static str> {
        let Open::Data(data) = &self.open else {
            return None;
        };
        match action {
            Action::Chart => Some(match data.next_chart_kind(shell) {
                ChartKind::Hidden => "hide chart",
                ChartKind::Running => "running total",
                ChartKind::Line => "chart this line",
                ChartKind::Auto | ChartKind::Groups => "chart",
            }),
            Action::Change if data.step().change.is_some() => Some("periods"),
            Action::Enter if data.step().group_by.is_empty() => Some("in full"),
            Action::OtherMetric => match data.loaded.opened.data.metric()? {
                Metric::Actual => Some("amortized"),
                Metric::Amortized => Some("actual"),
                Metric::Usage => None,
            },
            _ => None,
        }
    }
}
