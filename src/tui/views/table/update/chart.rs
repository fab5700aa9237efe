//! Handles actions while the chart has the keys.

use super::ask::ask;
use super::data;
use crate::tui::action::Action;
use crate::tui::draw::day_chart::{Arrangement, DayColumns};
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::state::cursor::CursorStep;
use crate::tui::views::table::state::charts::chart::Charted;
use crate::tui::views::table::state::{Open, TableScreen};

/// Handles an action while the chart has the keys; what does not act there acts on the table.
pub(super) fn act(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    match on_chart(screen, shell, action) {
        Some(effects) => effects,
        None => data::act(screen, shell, action),
    }
}

fn on_chart(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Option<Vec<Effect>> {
    let Open::Data(data) = &mut screen.open else {
        return None;
    };
    let width = usize::from(data.chart_width(shell));
    let each = data.charted();
    let each = each.map_or(1, |charted| days_per_column(&charted, width));
    let step = isize::try_from(each).unwrap_or(1);
    let by = match action {
        Action::Left => -step,
        Action::Right => step,
        Action::Enter => {
            return Some(match data.enter_day(each) {
                Ok(()) => ask(screen, shell),
                Err(why) => shell.refuse(why),
            });
        }
        action => match action.step()? {
            CursorStep::Up => -7,
            CursorStep::Down => 7,
            CursorStep::PageUp => -28,
            CursorStep::PageDown => 28,
            CursorStep::Home => isize::MIN,
            CursorStep::End => isize::MAX,
        },
    };
    data.move_day(by);
    Some(Vec::new())
}

/// How the series of the chart stand.
pub(crate) fn arrangement(charted: &Charted) -> Arrangement {
    if charted.is_beside() {
        Arrangement::Beside
    } else {
        Arrangement::Stacked
    }
}

/// The days that a column of the chart stands for, in a chart of this width.
pub(crate) fn days_per_column(charted: &Charted, width: usize) -> usize {
    DayColumns::of(charted.count(), width, arrangement(charted)).days
}
