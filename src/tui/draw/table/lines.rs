//! The lines of an answer under their headings, whatever it holds: the columns that fit, the cursor's among them.

use super::super::frame::{plain, put};
use super::super::grid::{self, Column, Grid};
use super::super::text;
use super::super::veil::Veil;
use super::pictures::{heat, spark};
use crate::domain::change::Changed;
use crate::domain::money::Amount;
use crate::domain::query::{GroupKey, Measure};
use crate::domain::sheet::{ABSENT, Holds, measured};
use crate::domain::table::{Body, Cell, Group, GroupId, GroupLine, Others};
use crate::domain::text::{grouped, percent};
use crate::tui::screen::table::branches::{Inside, Spot, Twig};
use crate::tui::screen::table::columns::{Col, What};
use crate::tui::screen::table::step::Width;
use crate::tui::screen::table::{Explorer, Picture, Shown};
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

type Cells = Vec<(String, Style)>;

/// One line to draw.
struct Drawn {
    cells: Cells,
    /// The group whose days are drawn over the picture column.
    days: Option<GroupId>,
}

/// Draws the lines in sight.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (data, shown): (&Explorer, &Shown),
    veil: &Veil<'_>,
    theme: &Theme,
) {
    let style = if data.stale { theme.dim } else { theme.plain };
    let cursor = data.step().cursor;
    let columns = data.columns();
    let height = usize::from(area.height.saturating_sub(1));
    let pen = Pen {
        data,
        shown,
        veil,
        style,
        theme,
    };
    let drawn: Vec<(u16, usize, Drawn)> = (1_u16..)
        .zip(cursor.top..cursor.top + height)
        .filter_map(|(row, at)| Some((row, at, pen.line(at, &columns)?)))
        .collect();
    let here = data.step().column.min(columns.len().saturating_sub(1));
    let width = usize::from(area.width);
    let specs: Vec<Column> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            pen.spec(
                column,
                drawn.iter().filter_map(|(_, _, line)| line.cells.get(at)),
            )
        })
        .collect();
    let (grid, order) = fitted(&specs, here, data.pinned(), width);
    let mark = order.iter().position(|at| *at == here);
    put(
        frame,
        area,
        0,
        grid.heading_at(mark, theme.heading, theme.focus),
    );
    let picture = order.iter().position(|at| {
        columns
            .get(*at)
            .is_some_and(|col| col.what == What::Picture)
    });
    for (row, at, line) in &drawn {
        let cells: Cells = order
            .iter()
            .filter_map(|at| line.cells.get(*at).cloned())
            .collect();
        let selected = (*at == cursor.selected).then_some(theme.selected);
        put(frame, area, *row, grid.line(&cells, selected));
        let place = picture.and_then(|at| grid.place(at));
        if let (Some(id), Some(place)) = (&line.days, place) {
            let cell = cell_at(area, *row, place);
            let days = data.days.lines.get(id);
            spark(frame, cell, days, selected.unwrap_or(theme.gauge));
        }
    }
    if drawn.is_empty() && shown.table.of > 0 {
        put(frame, area, 1, plain("   …", theme.dim));
    }
}

/// Where a cell of a line stands on the screen.
fn cell_at(area: Rect, row: u16, (x, wide): (usize, usize)) -> Rect {
    let narrow = |number: usize| u16::try_from(number).unwrap_or_default();
    Rect::new(area.x + narrow(x), area.y + row, narrow(wide), 1).intersection(area)
}

/// How many of the columns are in sight, in words; empty where all are.
pub(super) fn sight(data: &Explorer, width: usize) -> String {
    let columns = data.columns();
    let Some(shown) = &data.shown else {
        return String::new();
    };
    let rows = matches!(shown.table.body, Body::Rows { .. } | Body::Pivot(_));
    if !rows || columns.is_empty() || width < 60 {
        return String::new();
    }
    format!(
        "column {} of {}, ← → move ",
        data.step().column.min(columns.len() - 1) + 1,
        columns.len()
    )
}

/// The columns that fit: the pinned ones, then as many others as it takes to have the cursor's in sight.
fn fitted(specs: &[Column], here: usize, pinned: usize, width: usize) -> (Grid, Vec<usize>) {
    let pinned = pinned.min(specs.len());
    let last = here.saturating_sub(pinned);
    let grid_of = |order: &[usize]| {
        let columns = order.iter().filter_map(|at| specs.get(*at).cloned());
        Grid::new(columns.collect(), width)
    };
    for left in 0..=last {
        let order: Vec<usize> = (0..pinned).chain(pinned + left..specs.len()).collect();
        let grid = grid_of(&order);
        let place = order.iter().position(|at| *at == here);
        if place.is_some_and(|place| place < grid.len()) {
            return (grid, order);
        }
    }
    // The pinned columns leave no room: the cursor's column comes first then.
    let order: Vec<usize> = (here..specs.len()).collect();
    (grid_of(&order), order)
}

/// What lines are drawn with.
struct Pen<'a> {
    data: &'a Explorer,
    shown: &'a Shown,
    veil: &'a Veil<'a>,
    style: Style,
    theme: &'a Theme,
}

impl Pen<'_> {
    /// How a column wants to be shown, given the values in sight.
    fn spec<'b>(&self, column: &Col, values: impl Iterator<Item = &'b (String, Style)>) -> Column {
        let several = self.shown.group_by.len() > 2;
        let mut spec = match &column.what {
            What::Key(_) => Column::growing(&column.name, if several { 12 } else { 18 }),
            What::Cost => {
                let totals = &self.shown.table.totals;
                let title = match totals.first() {
                    Some(total) if totals.len() == 1 => format!("cost {}", total.code()),
                    _ => "cost".to_owned(),
                };
                Column::number(&title, 16)
            }
            What::Currency => Column::text("", 4),
            What::Rows => Column::number("rows", 9),
            What::Measure(Measure::Share | Measure::Running) => Column::number(&column.name, 7),
            What::Measure(Measure::Quantity) => Column::number(&column.name, 16),
            What::Measure(_) => Column::text(&column.name, 10),
            What::Picture => {
                let title = match self.data.step().picture {
                    Picture::Days | Picture::Heat => "days",
                    _ => "",
                };
                let wide = match (
                    self.data.step().picture,
                    self.data.days.lines.values().next(),
                ) {
                    (Picture::Days | Picture::Heat, Some(days)) => days.len().clamp(10, 31),
                    _ => 12,
                };
                Column::text(title, wide)
            }
            What::Cell(_) | What::Effect(_) => {
                let values = values.map(|(value, _)| value.as_str());
                Column::number(&column.name, grid::wanted(&column.name, values, 10, 20))
            }
            What::Cause => Column::text(&column.name, 9),
            What::Header(_) => {
                let values: Vec<&str> = values.map(|(value, _)| value.as_str()).collect();
                let most = match self.data.step().columns.widths.get(&column.name) {
                    Some(Width::Wide) => 80,
                    _ => 30,
                };
                let width = grid::wanted(&column.name, values.iter().copied(), 4, most);
                if self.data.loaded.opened.data.holds(&column.name) == Holds::Number {
                    Column::number(&column.name, width.max(12))
                } else {
                    Column::text(&column.name, width)
                }
            }
        };
        match self.data.step().columns.widths.get(&column.name) {
            Some(Width::Wide) => spec.width = spec.width.max(40),
            Some(Width::Narrow) => {
                spec.width = spec.width.min(8);
                spec.grows = false;
            }
            None => {}
        }
        spec
    }

    fn line(&self, at: usize, columns: &[Col]) -> Option<Drawn> {
        let place = match self.data.branches.spot(at) {
            Spot::Line(place) => place,
            Spot::Twig(twig) => return Some(self.twig(twig, columns)),
        };
        let (open, line_of_others) = (self.data.branches.is_open(place), self.data.step().top);
        let at = place;
        let place = place.checked_sub(self.shown.offset)?;
        let cells = |cell: &dyn Fn(&What) -> (String, Style)| -> Cells {
            columns.iter().map(|column| cell(&column.what)).collect()
        };
        let body = &self.shown.table.body;
        if let Some(line) = body.group_line(place) {
            let days =
                matches!(body, Body::Groups { .. }) && self.data.step().picture == Picture::Days;
            let mut cells = cells(&|what| self.grouped(line, place, what));
            if open {
                let name = columns.iter().position(|col| col.what == What::Key(0));
                if let Some((text, _)) = name.and_then(|at| cells.get_mut(at)) {
                    text.insert_str(0, "▾ ");
                }
            }
            return Some(Drawn {
                days: days.then(|| line.id()),
                cells,
            });
        }
        let cells = match body {
            Body::Groups { others, .. } => {
                let others = others.as_ref();
                let others = others.filter(|_| Some(at) == line_of_others)?;
                cells(&|what| self.others(others, what))
            }
            Body::Rows { columns, rows } => {
                let row = rows.get(place)?;
                cells(&|what| self.row(columns, row, what))
            }
            _ => return None,
        };
        Some(Drawn { cells, days: None })
    }

    /// A line under an open group.
    fn twig(&self, twig: &Twig, columns: &[Col]) -> Drawn {
        let indent = "  ".repeat(twig.depth);
        let mark = match (twig.opens(), twig.open) {
            (true, true) => "▾ ",
            (true, false) => "▸ ",
            (false, _) => "  ",
        };
        let name = |(text, style): (String, Style)| (format!("{indent}{mark}{text}"), style);
        let cell = |what: &What| match (what, &twig.what) {
            (What::Key(0), Inside::Group(group)) => {
                let line = group.line();
                name(self.named(Some(&twig.key), 0, line.keys, line.labels))
            }
            (What::Key(0), Inside::Others(others)) => name(self.others(others, what)),
            (What::Key(_), _) => (String::new(), self.style),
            (_, Inside::Others(others)) => self.others(others, what),
            (What::Currency, Inside::Group(group)) => (
                group
                    .cost
                    .currency
                    .clone()
                    .unwrap_or_else(|| "-".to_owned()),
                self.style,
            ),
            (What::Cost, Inside::Group(group)) => {
                let currency = group.cost.currency.as_deref();
                (self.veil.amount(group.cost.amount, currency), self.style)
            }
            (What::Rows, Inside::Group(group)) => (grouped(group.rows), self.style),
            // Days are asked for the groups of the answer only.
            (What::Picture, _) if self.data.step().picture.wants_days() => {
                (String::new(), self.style)
            }
            (_, Inside::Group(group)) => self.group(group, what),
        };
        Drawn {
            cells: columns.iter().map(|column| cell(&column.what)).collect(),
            days: None,
        }
    }

    /// A cell of a line of groups, whatever they are shown as.
    fn grouped(&self, line: GroupLine<'_>, place: usize, what: &What) -> (String, Style) {
        let style = self.style;
        match (what, &self.shown.table.body) {
            (What::Key(at), _) => self.key(*at, line.keys, line.labels),
            (What::Currency, _) => (line.currency.unwrap_or("-").to_owned(), style),
            (What::Cost, _) => {
                let cost = line
                    .sums
                    .map(|(cost, _)| self.veil.amount(cost, line.currency));
                (cost.unwrap_or_default(), style)
            }
            (What::Rows, _) => {
                let rows = line.sums.map(|(_, rows)| grouped(rows));
                (rows.unwrap_or_default(), style)
            }
            (_, Body::Groups { groups, .. }) => match groups.get(place) {
                Some(group) => self.group(group, what),
                None => (String::new(), style),
            },
            (What::Cell(at), Body::Pivot(pivot)) => {
                let cells = pivot.lines.get(place).map(|line| &line.cells);
                match cells.and_then(|cells| cells.get(*at).copied().flatten()) {
                    Some(amount) => (self.veil.amount(amount, line.currency), style),
                    None => ("·".to_owned(), self.theme.dim),
                }
            }
            (_, Body::Change(change)) => match change.groups.get(place) {
                Some(changed) => self.changed(changed, what),
                None => (String::new(), style),
            },
            _ => (String::new(), style),
        }
    }

    fn key(
        &self,
        at: usize,
        keys: &[Option<String>],
        labels: &[Option<String>],
    ) -> (String, Style) {
        self.named(self.shown.group_by.get(at), at, keys, labels)
    }

    fn named(
        &self,
        of: Option<&GroupKey>,
        at: usize,
        keys: &[Option<String>],
        labels: &[Option<String>],
    ) -> (String, Style) {
        let key = keys.get(at).cloned().flatten();
        let name = labels.get(at).cloned().flatten().or(key);
        match (name, of) {
            (Some(name), _) if name.is_empty() => ("(empty)".to_owned(), self.theme.dim),
            (Some(name), Some(key)) => (self.veil.key(key, &name), self.style),
            _ => (ABSENT.to_owned(), self.theme.dim),
        }
    }

    /// What only plain groups have.
    fn group(&self, group: &Group, what: &What) -> (String, Style) {
        match what {
            What::Measure(measure @ (Measure::Share | Measure::Running)) => {
                let share = measured(group, *measure).map(|share| format!("{share}%"));
                (share.unwrap_or_default(), self.style)
            }
            What::Measure(measure) => (measured(group, *measure).unwrap_or_default(), self.style),
            What::Picture => {
                let picture = match self.data.step().picture {
                    Picture::Bars => group.share.map(|share| text::bar(share, 12)),
                    Picture::Heat => self.data.days.lines.get(&group.id()).map(|days| heat(days)),
                    _ => None,
                };
                (picture.unwrap_or_default(), self.theme.gauge)
            }
            _ => (String::new(), self.style),
        }
    }

    fn others(&self, others: &Others, what: &What) -> (String, Style) {
        let dim = self.theme.dim;
        match what {
            What::Key(0) => (format!("… {} others", grouped(others.groups as u64)), dim),
            What::Cost => {
                let costs = others.costs.iter().map(|cost| {
                    let amount = self.veil.amount(cost.amount, cost.currency.as_deref());
                    if others.costs.len() > 1 {
                        format!("{amount} {}", cost.code())
                    } else {
                        amount
                    }
                });
                (costs.collect::<Vec<_>>().join(" + "), dim)
            }
            What::Rows => (grouped(others.rows), dim),
            What::Measure(Measure::Share) => {
                let share = match (others.costs.as_slice(), self.shown.table.totals.as_slice()) {
                    ([cost], [total]) => cost.amount.per_mille(total.amount),
                    _ => None,
                };
                (
                    share
                        .map(|share| format!("{}%", percent(share)))
                        .unwrap_or_default(),
                    dim,
                )
            }
            _ => (String::new(), dim),
        }
    }

    /// What only two periods have.
    fn changed(&self, changed: &Changed, what: &What) -> (String, Style) {
        let currency = changed.currency.as_deref();
        match what {
            What::Effect(name) => {
                let amount = changed.effects.named(name).unwrap_or_default();
                let shown = self.veil.amount(amount, currency);
                if matches!(*name, "before" | "after") {
                    return (shown, self.style);
                }
                let grew = amount > Amount::ZERO && !shown.starts_with('<');
                let plus = if grew { "+" } else { "" };
                let style = match amount.cmp(&Amount::ZERO) {
                    _ if self.data.stale => self.theme.dim,
                    std::cmp::Ordering::Greater => self.theme.grew,
                    std::cmp::Ordering::Less => self.theme.shrank,
                    std::cmp::Ordering::Equal => self.theme.dim,
                };
                (format!("{plus}{shown}"), style)
            }
            What::Cause => (changed.effects.main_cause().to_owned(), self.theme.dim),
            _ => (String::new(), self.style),
        }
    }

    fn row(&self, columns: &[String], row: &[Cell], what: &What) -> (String, Style) {
        let What::Header(at) = what else {
            return (String::new(), self.style);
        };
        let text = match (row.get(*at), columns.get(*at)) {
            (Some(Cell::Amount(Some(amount))), _) => {
                // Rows have no total of their own line: the view's first currency is what 100 is.
                let totals = &self.shown.table.totals;
                let currency = totals.first().and_then(|total| total.currency.as_deref());
                self.veil.amount(*amount, currency)
            }
            (Some(cell), Some(header)) => {
                let text = cell
                    .exact()
                    .map(|text| end_of_id(&text))
                    .unwrap_or_default();
                let number = Amount::parse(&text).is_ok();
                if number && self.veil.is_on() {
                    "•".to_owned()
                } else {
                    self.veil.key(&GroupKey::Column(header.clone()), &text)
                }
            }
            _ => String::new(),
        };
        (text, self.style)
    }
}

/// Of an ARM id the name at its end; other text as it is.
pub(super) fn end_of_id(text: &str) -> String {
    let is_id = text.starts_with('/') && text.contains("/providers/");
    let end = text
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|_| is_id);
    end.unwrap_or(text).to_owned()
}
