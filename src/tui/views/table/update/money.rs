//! Switches the money that counts as cost, and keeps it in data that is opened from a view.

use super::ask::ask;
use crate::domain::query::money_column::MoneyColumn;
use crate::ops::money::put_on;
use crate::tui::effect::Effect;
use crate::tui::message::Loaded;
use crate::tui::question::OutputQuestion;
use crate::tui::shell::Shell;
use crate::tui::shell::status::StatusLine;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen};

/// Shows costs in USD, or in their billing currencies again, and says what that leaves out.
pub(super) fn switch(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if let Err(why) = data.switch_money(data.money().other()) {
        return shell.refuse(why);
    }
    let told = tell(data, shell);
    let mut effects = ask(screen, shell);
    effects.push(told);
    effects
}

/// Asks which money counts as cost, and what it leaves out.
pub(super) fn tell(data: &Explorer, shell: &mut Shell) -> Effect {
    let data = data.loaded.opened.data.clone();
    let question = OutputQuestion::Money {
        data,
        only_left_out: false,
    };
    shell.ask(question).1
}

/// Counts the money of the view before as cost, if this data has it.
pub(super) fn keep(data: &mut Explorer, money: MoneyColumn, shell: &mut Shell) {
    if data.loaded.opened.data.money() != money
        && let Err(why) = data.put_money(money)
    {
        shell.status = StatusLine::error(format!("in billing currencies: {why}"));
    }
}

/// Asks for the costs that USD leaves out, unless they were counted when the data was opened.
pub(super) fn ask_left_out(data: &Explorer, shell: &mut Shell) -> Option<Effect> {
    let opened = &data.loaded.opened;
    let wanted = opened.data.money() == MoneyColumn::Usd && opened.without_usd.is_none();
    wanted.then(|| {
        let question = OutputQuestion::Money {
            data: opened.data.clone(),
            only_left_out: true,
        };
        shell.ask(question).1
    })
}

/// Asks for the costs that USD leaves out, if a view has changed the money.
pub(super) fn arrived(data: &Explorer, was: MoneyColumn, shell: &mut Shell) -> Option<Effect> {
    let changed = data.loaded.opened.data.money() != was;
    changed.then(|| ask_left_out(data, shell)).flatten()
}

/// Counts the money of the open table as cost of a pair that has the same sources. Returns whether that changes the money,
/// and with it the notes on the pair.
pub(crate) fn of_pair(screen: &TableScreen, pair: &mut (Loaded, Loaded, Vec<String>)) -> bool {
    let Open::Data(data) = &screen.open else {
        return false;
    };
    let own = &data.loaded.opened;
    let (actual, amortized, notes) = pair;
    let money = own.data.money();
    let is_own = [&*actual, &*amortized]
        .iter()
        .any(|side| side.opened.names == own.names);
    if !is_own || actual.opened.data.money() == money {
        return false;
    }
    let put = |side: &Loaded| put_on(&side.opened.data, money);
    match (put(actual), put(amortized)) {
        (Ok(one), Ok(other)) => {
            actual.opened.data = one;
            amortized.opened.data = other;
            true
        }
        (Err(why), _) | (_, Err(why)) => {
            notes.push(format!("in billing currencies: {why}"));
            false
        }
    }
}
