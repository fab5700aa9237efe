//! The lines of an answer under their headings, whatever it holds: the columns that fit, the cursor's among them.

use super::super::frame::{plain, put};
use super::super::grid::{self, Column, Grid};
use super::super::text;
use super::super::veil::Veil;
use crate::domain::change::Changed;
use crate::domain::money::Amount;
use crate::domain::pivot::Line as PivotLine;
use crate::domain::query::{GroupKey, Measure};
use crate::domain::sheet::measured;
use crate::domain::table::{Body, Cell, Group, GroupId, Others};
use crate::domain::text::{grouped, percent};
use crate::tui::screen::table::columns::{Col, What, effect};
use crate::tui::screen::table::step::Width;
use crate::tui::screen::table::{Explorer, Picture, Shown};
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Sparkline, SparklineBar};

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
        .map(|(at, column)| pen.spec(column, drawn.iter().filter_map(|(_, _, line)| line.cells.get(at))))
        .collect();
    let (grid, order) = fitted(&specs, here, data.pinned(), width);
    let mark = order.iter().position(|at| *at == here);
    put(frame, area, 0, grid.heading_at(mark, theme.heading, theme.focus));
    let picture = order
        .iter()
        .position(|at| columns.get(*at).is_some_and(|col| col.what == What::Picture));
    for (row, at, line) in &drawn {
        let cells: Cells = order.iter().filter_map(|at| line.cells.get(*at).cloned()).collect();
        let selected = (*at == cursor.selected).then_some(theme.selected);
        put(frame, area, *row, grid.line(&cells, selected));
        if let (Some(id), Some((x, wide))) = (&line.days, picture.and_then(|at| grid.place(at))) {
            let cell = Rect::new(
                area.x + u16::try_from(x).unwrap_or_default(),
                area.y + row,
                u16::try_from(wide).unwrap_or_default(),
                1,
            );
            spark(frame, cell.intersection(area), data.days.lines.get(id), selected.unwrap_or(theme.gauge));
        }
    }
    if drawn.is_empty() && shown.table.of > 0 {
        put(frame, area, 1, plain("   …", theme.dim));
    }
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
    format!("column {} of {} ", data.step().column.min(columns.len() - 1) + 1, columns.len())
}

/// The columns that fit: the pinned ones, then as many others as it takes to have the cursor's in sight.
fn fitted(specs: &[Column], here: usize, pinned: usize, width: usize) -> (Grid, Vec<usize>) {
    let pinned = pinned.min(specs.len());
    let last = here.saturating_sub(pinned);
    for left in 0..=last {
        let order: Vec<usize> = (0..pinned).chain(pinned + left..specs.len()).collect();
        let grid = Grid::new(order.iter().filter_map(|at| specs.get(*at).cloned()).collect(), width);
        let place = order.iter().position(|at| *at == here);
        if place.is_some_and(|place| place < grid.len()) {
            return (grid, order);
        }
    }
    // The pinned columns leave no room: the cursor's column comes first then.
    let order: Vec<usize> = (here..specs.len()).collect();
    let grid = Grid::new(order.iter().filter_map(|at| specs.get(*at).cloned()).collect(), width);
    (grid, order)
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
                let wide = match (self.data.step().picture, self.data.days.lines.values().next()) {
                    (Picture::Days | Picture::Heat, Some(days)) => days.len().clamp(10, 31),
                    _ => 12,
                };
                Column::text(title, wide)
            }
            What::Cell(_) => Column::number(&column.name, 12),
            What::Effect(_) => Column::number(&column.name, 13),
            What::Cause => Column::text(&column.name, 9),
            What::Header(_) => {
                let values: Vec<&str> = values.map(|(value, _)| value.as_str()).collect();
                let most = match self.data.step().columns.widths.get(&column.name) {
                    Some(Width::Wide) => 80,
                    _ => 30,
                };
                let width = grid::wanted(&column.name, values.iter().copied(), 4, most);
                if self.data.loaded.opened.data.holds(&column.name) == crate::domain::sheet::Holds::Number {
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
        let place = at.checked_sub(self.shown.offset)?;
        let cells = |cell: &dyn Fn(&What) -> (String, Style)| -> Cells {
            columns.iter().map(|column| cell(&column.what)).collect()
        };
        let drawn = match &self.shown.table.body {
            Body::Groups { groups, others } => match groups.get(place) {
                Some(group) => Drawn {
                    days: (self.data.step().picture == Picture::Days).then(|| group.id()),
                    cells: cells(&|what| self.group(group, what)),
                },
                None => {
                    let others = others.as_ref().filter(|_| Some(at) == self.data.step().top)?;
                    Drawn {
                        days: None,
                        cells: cells(&|what| self.others(others, what)),
                    }
                }
            },
            Body::Pivot(pivot) => {
                let line = pivot.lines.get(place)?;
                Drawn {
                    days: None,
                    cells: cells(&|what| self.pivot(line, what)),
                }
            }
            Body::Change(change) => {
                let changed = change.groups.get(place)?;
                Drawn {
                    days: None,
                    cells: cells(&|what| self.changed(changed, what)),
                }
            }
            Body::Rows { columns, rows } => {
                let row = rows.get(place)?;
                Drawn {
                    days: None,
                    cells: cells(&|what| self.row(columns, row, what)),
                }
            }
        };
        Some(drawn)
    }

    fn key(&self, at: usize, keys: &[Option<String>], labels: &[Option<String>]) -> (String, Style) {
        let key = keys.get(at).cloned().flatten();
        let name = labels.get(at).cloned().flatten().or(key);
        match (name, self.shown.group_by.get(at)) {
            (Some(name), _) if name.is_empty() => ("(empty)".to_owned(), self.theme.dim),
            (Some(name), Some(key)) => (self.veil.key(key, &name), self.style),
            _ => ("(none)".to_owned(), self.theme.dim),
        }
    }

    fn group(&self, group: &Group, what: &What) -> (String, Style) {
        let currency = group.cost.currency.as_deref();
        match what {
            What::Key(at) => self.key(*at, &group.keys, &group.labels),
            What::Cost => (self.veil.amount(group.cost.amount, currency), self.style),
            What::Currency => (group.cost.code().to_owned(), self.style),
            What::Rows => (grouped(group.rows), self.style),
            What::Measure(measure @ (Measure::Share | Measure::Running)) => {
                let share = measured(group, *measure).map(|share| format!("{share}%"));
                (share.unwrap_or_default(), self.style)
            }
            What::Measure(measure) => {
                (measured(group, *measure).unwrap_or_default(), self.style)
            }
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
                (share.map(|share| format!("{}%", percent(share))).unwrap_or_default(), dim)
            }
            _ => (String::new(), dim),
        }
    }

    fn pivot(&self, line: &PivotLine, what: &What) -> (String, Style) {
        let currency = line.cost.currency.as_deref();
        match what {
            What::Key(at) => self.key(*at, &line.keys, &line.labels),
            What::Cost => (self.veil.amount(line.cost.amount, currency), self.style),
            What::Currency => (line.cost.code().to_owned(), self.style),
            What::Rows => (grouped(line.rows), self.style),
            What::Cell(at) => match line.cells.get(*at).copied().flatten() {
                Some(amount) => (self.veil.amount(amount, currency), self.style),
                None => ("·".to_owned(), self.theme.dim),
            },
            _ => (String::new(), self.style),
        }
    }

    fn changed(&self, changed: &Changed, what: &What) -> (String, Style) {
        let currency = changed.currency.as_deref();
        match what {
            What::Key(at) => self.key(*at, &changed.keys, &changed.labels),
            What::Currency => (currency.unwrap_or("-").to_owned(), self.style),
            What::Effect(name) => {
                let amount = effect(&changed.effects, name);
                let shown = self.veil.amount(amount, currency);
                if matches!(*name, "before" | "after") {
                    return (shown, self.style);
                }
                let plus = if amount > Amount::ZERO { "+" } else { "" };
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
                let text = cell.exact().map(|text| end_of_id(&text)).unwrap_or_default();
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

/// The days of a group as a line of bars.
fn spark(frame: &mut Frame<'_>, area: Rect, days: Option<&Vec<Amount>>, style: Style) {
    let Some(days) = days.filter(|days| !days.is_empty()) else {
        return;
    };
    let days = buckets(days, usize::from(area.width));
    let most = days.iter().copied().max().unwrap_or_default();
    let bars = days.iter().map(|day| {
        let part = day.per_mille(most).and_then(|part| u64::try_from(part).ok());
        SparklineBar::from(part.filter(|part| *part > 0))
    });
    let line = Sparkline::default().data(bars.collect::<Vec<_>>()).max(1000).style(style);
    frame.render_widget(line, area);
}

/// The days as a strip, darker where they cost more.
fn heat(days: &[Amount]) -> String {
    let days = buckets(days, 31);
    let most = days.iter().copied().max().unwrap_or_default();
    let shade = |day: &Amount| match day.per_mille(most).unwrap_or_default() {
        part if part <= 0 => ' ',
        1..=250 => '░',
        251..=500 => '▒',
        501..=750 => '▓',
        _ => '█',
    };
    days.iter().map(shade).collect()
}

/// The days in at most so many parts, each with its average day, so that a short part does not look cheap.
pub(super) fn buckets(days: &[Amount], width: usize) -> Vec<Amount> {
    if days.len() <= width || width == 0 {
        return days.to_vec();
    }
    let part = |at: usize| {
        let (from, to) = (at * days.len() / width, (at + 1) * days.len() / width);
        let days = days.get(from..to).unwrap_or_default();
        let sum = |sum: Amount, day: &Amount| sum.checked_add(*day).unwrap_or(sum);
        let count = Amount::from_whole(days.len() as u64);
        let all = days.iter().fold(Amount::ZERO, sum);
        all.proportion(Amount::from_whole(1), count).unwrap_or(all)
    };
    (0..width).map(part).collect()
}

/// A row to draw: where on the screen, its cells, and whether it is under the cursor.
pub(in crate::tui::draw) type RowLine<'a> = (u16, &'a [Cell], bool);

/// Draws rows under their headings; gives the number of columns that fit.
pub(in crate::tui::draw) fn rows_grid(
    frame: &mut Frame<'_>,
    (area, top): (Rect, u16),
    columns: &[String],
    order: &[usize],
    lines: &[RowLine<'_>],
    (style, theme): (Style, &Theme),
) -> usize {
    let value = |row: &[Cell], at: usize| match row.get(at) {
        Some(Cell::Amount(Some(amount))) => amount.display(),
        Some(cell) => cell
            .exact()
            .map(|text| end_of_id(&text))
            .unwrap_or_default(),
        None => String::new(),
    };
    let specs = order.iter().filter_map(|at| {
        let title = columns.get(*at)?;
        let values: Vec<String> = lines.iter().map(|(_, row, _)| value(row, *at)).collect();
        let width = grid::wanted(title, values.iter().map(String::as_str), 4, 30);
        let money = lines
            .iter()
            .any(|(_, row, _)| matches!(row.get(*at), Some(Cell::Amount(_))));
        Some(if money {
            Column::number(title, width.max(12))
        } else {
            Column::text(title, width)
        })
    });
    let grid = Grid::new(specs.collect(), usize::from(area.width));
    put(frame, area, top, grid.heading(theme.heading));
    for (row, cells, selected) in lines {
        let cells: Vec<(String, Style)> = order
            .iter()
            .take(grid.len())
            .map(|at| (value(cells, *at), style))
            .collect();
        put(
            frame,
            area,
            *row,
            grid.line(&cells, selected.then_some(theme.selected)),
        );
    }
    grid.len()
}

/// Of an ARM id the name at its end; other text as it is.
fn end_of_id(text: &str) -> String {
    let is_id = text.starts_with('/') && text.contains("/providers/");
    let end = text
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|_| is_id);
    end.unwrap_or(text).to_owned()
}
