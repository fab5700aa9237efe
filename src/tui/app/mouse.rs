//! Handles mouse events: the wheel scrolls, a click selects, and a click on the selected entry opens it. Tabs, breadcrumbs,
//! the heads of columns and the keys of the last line act, too.

use super::{Model, footer, help_page};
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::key::Mouse;
use crate::tui::layout;
use crate::tui::layout::Area;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::cursor::Cursor;
use crate::tui::views::compare::draw::groups::HEADS;
use crate::tui::views::compare::draw::heads::head_at as pair_head_at;
use crate::tui::views::compare::state::CompareScreen;
use crate::tui::views::compare::state::columns::PairColumn;
use crate::tui::views::scopes;
use crate::tui::views::table::draw::answer::column_at;
use crate::tui::views::table::draw::heads::head_at;
use crate::tui::views::table::draw::ledger::head_at as ledger_head_at;
use crate::tui::views::table::state::Open;
use crate::tui::views::table::update::ledger;
use crate::tui::views::table::update::pick::picked;
use unicode_width::UnicodeWidthStr;

/// The column of the first breadcrumb, and the width between two of them, as the table draws them.
const CRUMBS: usize = 10;
const BETWEEN_CRUMBS: usize = 3;

/// Lines scrolled per wheel event.
const TURN: usize = 3;

/// Switches mouse capture on or off.
pub(crate) fn switch(model: &mut Model) -> Vec<Effect> {
    model.shell.mouse = !model.shell.mouse;
    let now = if model.shell.mouse {
        "wheel scrolls, click selects, click again to open, heads sort; hold shift to select text"
    } else {
        "mouse off"
    };
    model.shell.status = StatusLine::hint(now);
    vec![Effect::Mouse(model.shell.mouse)]
}

/// Returns the actions that an event stands for.
pub(crate) fn moved(model: &mut Model, mouse: Mouse) -> Vec<Action> {
    if !layout::fits(model.shell.size.0, model.shell.size.1) {
        return Vec::new();
    }
    match mouse {
        Mouse::WheelUp => wheel(model, Action::Up),
        Mouse::WheelDown => wheel(model, Action::Down),
        Mouse::Press { column, row } => press(model, column, row),
    }
}

fn wheel(model: &mut Model, action: Action) -> Vec<Action> {
    let asks = matches!(model.shell.overlay, Overlay::Quit | Overlay::Cancel(_));
    if model.is_typing() || asks {
        return Vec::new();
    }
    vec![action; TURN]
}

/// Handles a click while a picker is open over the body.
fn press_picker(model: &mut Model, body: Area, (column, row): (u16, u16)) -> Vec<Action> {
    let Overlay::Picker { picker, .. } = &mut model.shell.overlay else {
        return Vec::new();
    };
    let inside = layout::centred(body, layout::PICKER_WIDTH, body.height);
    if column < inside.x || column >= inside.x + inside.width {
        return Vec::new();
    }
    let below = row.checked_sub(layout::PICKER_TOP);
    let height = usize::from(body.height.saturating_sub(layout::PICKER_OTHERS));
    let (count, top) = (picker.matching().len(), picker.top(height));
    press_line(below, (&mut picker.cursor, top), (count, height))
}

fn press(model: &mut Model, column: u16, row: u16) -> Vec<Action> {
    let visible = model.list_height();
    let areas = layout::areas(model.shell.size.0, model.shell.size.1);
    let areas = areas.with_message(model.shell.message_lines());
    // A message covers no line, and none acts below it.
    if row >= areas.line.y {
        let action = footer::at(model, column, row < areas.keys.y);
        return action.into_iter().collect();
    }
    match &model.shell.overlay {
        Overlay::Picker { .. } => return press_picker(model, areas.body, (column, row)),
        Overlay::Help(_) => {
            // Below the border of the box and the line that is typed in.
            let below = row.checked_sub(areas.body.y + 2).map(usize::from);
            return below.map_or_else(Vec::new, |below| help_page::press(model, below));
        }
        Overlay::None => {}
        Overlay::Manual(..)
        | Overlay::Prompt { .. }
        | Overlay::Quit
        | Overlay::Cancel(_)
        | Overlay::Problem { .. } => return Vec::new(),
    }
    if row == 0 {
        let view = tab(model, usize::from(column));
        return view.map_or_else(Vec::new, |view| vec![Action::Show(view)]);
    }
    if model.is_typing() {
        return Vec::new();
    }
    let Some(top) = list_top(model) else {
        return Vec::new();
    };
    if row + 1 == top {
        return press_head(model, column);
    }
    let (count, cursor) = match (model.acting_view(), &mut model.table.open) {
        (View::Scopes, _) => (model.scopes.lines().len(), &mut model.scopes.cursor),
        (View::Jobs, _) => (model.jobs.lines().len(), &mut model.jobs.cursor),
        // The lines on the screen are about to change, so a click would hit the wrong one.
        (View::Table, Open::Data(data)) if data.answer.is_none() && data.expects_lines() => {
            return Vec::new();
        }
        // The panel beside the lines has no line to select.
        (View::Table, Open::Data(data)) if column >= data.table_width(&model.shell) => {
            return Vec::new();
        }
        (View::Table, Open::Data(data)) => match &mut data.answer {
            Some(answer) => (answer.count(), &mut answer.cursor),
            None => (data.count(), &mut data.step_mut().cursor),
        },
        (View::Table, Open::Nothing) => {
            let ledger = &mut model.table.ledger;
            (ledger.entries().len(), &mut ledger.cursor)
        }
        _ => return Vec::new(),
    };
    let first = cursor.top;
    press_line(row.checked_sub(top), (cursor, first), (count, visible))
}

/// Handles a click on the head of a column: sorts by it, and by the other direction the second time.
fn press_head(model: &mut Model, x: u16) -> Vec<Action> {
    let (width, lines) = (model.shell.size.0, model.list_height());
    match (model.shell.view, &model.table.open) {
        (View::Scopes, _) => {
            if let Some(by) = scopes::draw::head_at(&model.scopes, &model.shell, x) {
                let order = model.scopes.order.clicked(by);
                scopes::update::sort(&mut model.scopes, &mut model.shell, order);
            }
            return Vec::new();
        }
        (View::Table, Open::Nothing) => {
            if let Some(by) = ledger_head_at(&model.table, &model.shell, x) {
                let order = model.table.ledger.order.clicked(by);
                ledger::sort(&mut model.table, &mut model.shell, order);
            }
            return Vec::new();
        }
        (View::Compare, _) => return press_pair_head(model, x),
        _ => {}
    }
    let (View::Table, Open::Data(data)) = (model.shell.view, &mut model.table.open) else {
        return Vec::new();
    };
    if let Some(answer) = &mut data.answer {
        let size = (usize::from(width), lines);
        let at = column_at(answer, size, usize::from(x)).filter(|_| !model.shell.masked);
        let Some(at) = at else {
            return Vec::new();
        };
        let number = answer
            .columns()
            .get(at)
            .is_some_and(|(_, kind)| kind.is_number());
        let ascending = match answer.sort {
            Some((sorted, up)) if sorted == at => !up,
            Some(_) | None => !number,
        };
        answer.column = at;
        return vec![sort(ascending)];
    }
    let width = data.table_width(&model.shell);
    if data.problem.is_some() || data.expects_lines() || x >= width {
        return Vec::new();
    }
    let height = u16::try_from(lines).unwrap_or(u16::MAX);
    let area = Area {
        x: 0,
        y: 0,
        width,
        height,
    };
    let Some(head) = head_at(data, &model.shell, area, x) else {
        return Vec::new();
    };
    data.step_mut().column = head.at;
    vec![sort(head.ascending)]
}

/// The same in a comparison. Columns that the cursor does not stand on do not sort.
fn press_pair_head(model: &mut Model, x: u16) -> Vec<Action> {
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    let head = pair_head_at(pair, &model.shell, x).filter(|_| pair.asked.is_none());
    let Some(column) = head.filter(|column| pair.stand_on(*column)) else {
        return Vec::new();
    };
    let is_key = matches!(column, PairColumn::Key(_));
    let ascending = pair.sorted_by(column).map_or(is_key, |smallest| !smallest);
    vec![sort(ascending)]
}

fn sort(ascending: bool) -> Action {
    if ascending {
        Action::SortUp
    } else {
        Action::SortDown
    }
}

/// Handles a click on a breadcrumb of the table: goes back to its step. Masked names stand at other places.
pub(crate) fn press_crumb(model: &mut Model, mouse: Mouse) -> Option<Vec<Effect>> {
    let Mouse::Press { column, row } = mouse else {
        return None;
    };
    let (width, height) = model.shell.size;
    let body = layout::areas(width, height).body.y;
    let covered = !matches!(model.shell.overlay, Overlay::None) || model.is_typing();
    if row != body || covered || model.shell.masked || !layout::fits(width, height) {
        return None;
    }
    let (View::Table, Open::Data(data)) = (model.shell.view, &model.table.open) else {
        return None;
    };
    if data.answer.is_some() {
        return None;
    }
    let labels = data.crumbs().into_iter();
    let labels: Vec<usize> = labels
        .map(|label| label.shown(&model.shell).width())
        .collect();
    let path = CRUMBS
        + labels
            .iter()
            .map(|width| width + BETWEEN_CRUMBS)
            .sum::<usize>();
    // A path that does not fit is cut in the middle, so only its first part stands where it would.
    let whole = if path > usize::from(width / 2) {
        width / 4
    } else {
        width
    };
    if column >= whole {
        return None;
    }
    let at = crumb_at(labels.into_iter(), usize::from(column))?;
    let (table, shell) = (&mut model.table, &mut model.shell);
    Some(picked(
        table,
        shell,
        PickerKind::Steps,
        (&[at.to_string()], ""),
    ))
}

/// The breadcrumb at a column, given the widths of all.
fn crumb_at(widths: impl Iterator<Item = usize>, column: usize) -> Option<usize> {
    let mut from = CRUMBS;
    for (at, width) in widths.enumerate() {
        if (from..from + width).contains(&column) {
            return Some(at);
        }
        from += width + BETWEEN_CRUMBS;
    }
    None
}

/// Handles a click this many rows below the first visible entry: selects the entry there, or opens the selected one.
fn press_line(
    below: Option<u16>,
    (cursor, top): (&mut Cursor, usize),
    (count, height): (usize, usize),
) -> Vec<Action> {
    let below = below.map(usize::from).filter(|below| *below < height);
    match below.map(|below| top + below).filter(|at| *at < count) {
        Some(selected) if selected == cursor.selected => vec![Action::Enter],
        Some(selected) => {
            *cursor = Cursor { selected, top };
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// The screen row of the first list entry.
fn list_top(model: &Model) -> Option<u16> {
    let body = layout::areas(model.shell.size.0, model.shell.size.1).body.y;
    Some(match (model.shell.view, &model.table.open) {
        (View::Scopes, _) => body + model.scopes.first_line(),
        (View::Jobs, _) => body + 1,
        (View::Compare, _) => body + HEADS + 1,
        (View::Table, Open::Nothing) => body + 2,
        (View::Table, Open::Data(data)) => body + 4 + data.lines_above(&model.shell),
        _ => return None,
    })
}

/// The view whose tab is at a column of the title.
fn tab(model: &Model, column: usize) -> Option<View> {
    let mut from = model.title().concat().chars().count();
    for (view, name) in model.tabs() {
        let to = from + name.chars().count();
        if (from..to).contains(&column) {
            return Some(view);
        }
        from = to;
    }
    None
}
