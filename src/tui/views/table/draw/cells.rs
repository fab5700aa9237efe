//! Renders the cells of a line, for every kind of result.

use super::changed;
use super::sorted;
use crate::domain::analysis::change::Changed;
use crate::domain::money::Amount;
use crate::domain::query::Measure;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::Body;
use crate::domain::table::group::{Cell, Group, GroupId, GroupLine, Others};
use crate::domain::table::text_table::{Holds, measured};
use crate::domain::table::value_names::{ABSENT, value_name};
use crate::domain::text::{counted, grouped, percent};
use crate::tui::draw::differences::LargestDifferences;
use crate::tui::draw::grid;
use crate::tui::draw::grid::{Column, Gives};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::state::rows;
use crate::tui::theme::Theme;
use crate::tui::views::table::state::column::{Col, ColumnContent};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::shown::{ChildRow, Inside, LineKind, Shown};
use crate::tui::views::table::state::step::{GroupGraphic, Width};
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::cmp::Ordering;
use unicode_width::UnicodeWidthStr;

pub(super) type StyledCells = Vec<(String, Style)>;

/// One line to draw.
pub(super) struct Drawn {
    pub(super) cells: StyledCells,
    /// The chart drawn over the picture column.
    pub(super) picture: Option<Drawing>,
}

pub(super) enum Drawing {
    /// The share relative to the largest line, in thousandths; below zero for money that comes back.
    Bar(i64),
    Days(GroupId),
    Heat(GroupId),
}

/// Renders the cells of lines.
pub(super) struct CellRenderer<'a> {
    pub(super) data: &'a Explorer,
    pub(super) shown: &'a Shown,
    pub(super) mask: &'a ScreenMask<'a>,
    style: Style,
    pub(super) theme: &'a Theme,
    /// The largest share, whatever its sign, which has the longest bar.
    largest: i64,
    /// The same for the differences between two periods.
    largest_changes: Option<LargestDifferences<'a>>,
    /// The short titles of plain rows.
    titles: Vec<(usize, &'static str)>,
    width: usize,
}

impl<'a> CellRenderer<'a> {
    pub(super) fn new(
        data: &'a Explorer,
        shown: &'a Shown,
        mask: &'a ScreenMask<'a>,
        (style, theme): (Style, &'a Theme),
        area: Rect,
    ) -> Self {
        let groups = shown.table.body.groups().iter();
        let shares = groups.filter_map(|group| group.share);
        let shares = shares.map(i64::saturating_abs);
        Self {
            data,
            shown,
            mask,
            style,
            theme,
            largest: shares.max().unwrap_or_default(),
            largest_changes: match &shown.table.body {
                Body::Change(change) => Some(changed::largest(change)),
                Body::Groups { .. } | Body::Rows { .. } | Body::Pivot(_) => None,
            },
            titles: match &shown.table.body {
                Body::Rows { columns, .. } => {
                    rows::titles(columns, data.loaded.opened.data.money())
                }
                Body::Groups { .. } | Body::Pivot(_) | Body::Change(_) => Vec::new(),
            },
            width: usize::from(area.width),
        }
    }

    /// The title and width of a column, given the visible values.
    pub(super) fn spec<'b>(
        &self,
        column: &Col,
        values: impl Iterator<Item = &'b (String, Style)>,
    ) -> Column {
        let mut spec = self.usual(column, values);
        match self.data.step().columns.widths.get(&column.name) {
            // A wide column must not push out all others.
            Some(Width::Wide) => spec.width = spec.width.max(40).min(self.width / 2),
            Some(Width::Narrow) => {
                spec.width = spec.width.min(8);
                spec.grows = false;
            }
            None => {}
        }
        let (step, keys) = (self.data.step(), &self.shown.group_by);
        if let Some(sign) = sorted::sign(step, keys, column, &spec.title) {
            spec.title = format!("{} {sign}", spec.title);
            spec.width = spec.width.max(spec.title.width());
        }
        spec
    }

    /// The same, without what the user changed.
    fn usual<'b>(&self, column: &Col, values: impl Iterator<Item = &'b (String, Style)>) -> Column {
        let several = self.shown.group_by.len() > 2;
        match &column.what {
            ColumnContent::Key(_) => {
                let values = values.map(|(value, _)| value.as_str());
                // In steps, so that scrolling seldom moves a column.
                let needed = grid::wanted(&column.name, values, 1, 120);
                Column {
                    gives: Gives::Name,
                    least: 12,
                    most: needed.next_multiple_of(8),
                    ..Column::growing(&column.name, if several { 12 } else { 18 })
                }
            }
            ColumnContent::Cost => {
                let totals = &self.shown.table.totals;
                let title = match totals.first() {
                    Some(total) if totals.len() == 1 => format!("cost {}", total.code()),
                    _ => "cost".to_owned(),
                };
                let values = values.map(|(value, _)| value.as_str());
                let width = grid::wanted(&title, values, 16, 32);
                Column::number(&title, width).giving(Gives::Kept)
            }
            ColumnContent::Currency => self.currency_column(),
            ColumnContent::Rows => Column::number("rows", 9),
            ColumnContent::Measure(Measure::Share | Measure::Running) => {
                Column::number(&column.name, 7).giving(Gives::Share)
            }
            ColumnContent::Measure(Measure::Quantity) => Column::number(&column.name, 16),
            ColumnContent::Measure(_) => Column::text(&column.name, 10),
            ColumnContent::Picture if self.largest_changes.is_some() => changed::bars(),
            ColumnContent::Picture => {
                let title = match self.data.step().picture {
                    GroupGraphic::Days | GroupGraphic::Heat => "days",
                    GroupGraphic::Bars | GroupGraphic::Nothing => "",
                };
                let days = self.data.days.lines.values().map(Vec::len).max();
                let wide = match (self.data.step().picture, days) {
                    (GroupGraphic::Days | GroupGraphic::Heat, Some(days)) => days.clamp(10, 31),
                    _ => 12,
                };
                Column::growing(title, wide).giving(Gives::Bar)
            }
            ColumnContent::Cell(at) => {
                let title = self.cell_title(*at);
                let values = values.map(|(value, _)| value.as_str());
                let width = grid::wanted(&title, values, 10, 32);
                Column::number(&title, width).giving(Gives::Kept)
            }
            ColumnContent::Effect(_) | ColumnContent::Percent | ColumnContent::Cause => {
                let spec = changed::spec(column, self.shown.change, values);
                let chosen = self.data.step().columns.shown.is_some();
                spec.giving(changed::gives(&self.shown.table.body, &column.what, chosen))
            }
            ColumnContent::Header(at) => {
                let values: Vec<&str> = values.map(|(value, _)| value.as_str()).collect();
                self.header(column, *at, &values)
            }
        }
    }

    /// The title and width of a column of plain rows.
    fn header(&self, column: &Col, at: usize, values: &[&str]) -> Column {
        let title = rows::title(&self.titles, at, &column.name);
        let most = match self.data.step().columns.widths.get(&column.name) {
            Some(Width::Wide) => 80,
            _ if title != column.name => 24,
            _ => 30,
        };
        let width = grid::wanted(title, values.iter().copied(), 4, most);
        if self.data.loaded.opened.data.holds(&column.name) == Holds::Number {
            // Wide enough for most values, so that scrolling moves no column.
            let least = if title == "quantity" { 8 } else { 12 };
            Column::number(title, width.max(least))
        } else {
            Column::text(title, width)
        }
    }

    pub(super) fn line(&self, at: usize, columns: &[Col]) -> Option<Drawn> {
        let place = match self.data.branches.spot(at) {
            LineKind::Line(place) => place,
            LineKind::ChildRow(child_row) => return Some(self.child_row(child_row, columns)),
        };
        let (open, line_of_others) = (self.data.branches.is_open(place), self.data.step().top);
        let at = place;
        let place = place.checked_sub(self.shown.offset)?;
        let cells = |cell: &dyn Fn(&ColumnContent) -> (String, Style)| -> StyledCells {
            columns.iter().map(|column| cell(&column.what)).collect()
        };
        let body = &self.shown.table.body;
        if let Some(line) = body.group_line(place) {
            let picture = match body {
                Body::Groups { groups, .. } => groups.get(place).and_then(|g| self.picture(g)),
                Body::Change(change) => change.groups.get(place).and_then(|g| self.bar(g)),
                Body::Rows { .. } | Body::Pivot(_) => None,
            };
            let differences = self.differences(place);
            let mut cells = cells(&|what| self.grouped(line, (place, differences), what));
            if open {
                let name = columns
                    .iter()
                    .position(|col| col.what == ColumnContent::Key(0));
                if let Some((text, _)) = name.and_then(|at| cells.get_mut(at)) {
                    text.insert_str(0, "▾ ");
                }
            }
            return Some(Drawn { cells, picture });
        }
        let cells = match body {
            Body::Groups { others, .. } => {
                let others = others.as_ref();
                let others = others.filter(|_| Some(at) == line_of_others)?;
                cells(&|what| self.others(others, what))
            }
            Body::Pivot(pivot) => {
                let others = pivot.others.get(at.checked_sub(line_of_others?)?)?;
                let groups = pivot.other_groups;
                cells(&|what| self.pivoted_others(others, groups, what))
            }
            Body::Rows { columns, rows } => {
                let row = rows.get(place)?;
                cells(&|what| self.row(columns, row, what))
            }
            Body::Change(_) => return None,
        };
        Some(Drawn {
            cells,
            picture: None,
        })
    }

    /// A line below an expanded group.
    fn child_row(&self, child_row: &ChildRow, columns: &[Col]) -> Drawn {
        let indent = "  ".repeat(child_row.depth);
        let mark = match (child_row.opens(), child_row.open) {
            (true, true) => "▾ ",
            (true, false) => "▸ ",
            (false, _) => "  ",
        };
        let name = |(text, style): (String, Style)| (format!("{indent}{mark}{text}"), style);
        let cell = |what: &ColumnContent| match (what, &child_row.what) {
            (ColumnContent::Key(0), Inside::Group(group)) => {
                let line = group.line();
                name(self.named(Some(&child_row.key), 0, line.keys, line.labels))
            }
            (ColumnContent::Key(0), Inside::Others(others)) => name(self.others(others, what)),
            (ColumnContent::Key(_), _) => (String::new(), self.style),
            (_, Inside::Others(others)) => self.others(others, what),
            (_, Inside::Group(group)) => match self.summed(group.line(), what) {
                Some(text) => (text, self.style),
                None => self.group(group, what),
            },
        };
        // Days are queried only for the groups of the result.
        let bars = self.data.step().picture == GroupGraphic::Bars;
        let group = child_row.group().filter(|_| bars);
        Drawn {
            cells: columns.iter().map(|column| cell(&column.what)).collect(),
            picture: group.and_then(|group| self.picture(group)),
        }
    }

    /// A cell of a group: plain, pivoted, or of two periods.
    fn grouped(
        &self,
        line: GroupLine<'_>,
        (place, differences): (usize, &[Option<Amount>]),
        what: &ColumnContent,
    ) -> (String, Style) {
        let style = self.style;
        if let Some(text) = self.summed(line, what) {
            return (text, style);
        }
        match (what, &self.shown.table.body) {
            (ColumnContent::Key(at), _) => self.key(*at, line.keys, line.labels),
            (_, Body::Groups { groups, .. }) => match groups.get(place) {
                Some(group) => self.group(group, what),
                None => (String::new(), style),
            },
            (ColumnContent::Cell(at), Body::Pivot(pivot)) => {
                let cells = pivot.lines.get(place).map(|line| &line.cells);
                match cells.and_then(|cells| cells.get(*at).copied().flatten()) {
                    Some(amount) => (self.mask.amount(amount, line.currency), style),
                    None => ("·".to_owned(), self.theme.dim),
                }
            }
            (ColumnContent::Cell(at), Body::Change(_)) => {
                match differences.get(*at).copied().flatten() {
                    Some(amount) => self.difference(amount, line.currency),
                    None => ("·".to_owned(), self.theme.dim),
                }
            }
            (_, Body::Change(change)) => match change.groups.get(place) {
                Some(changed) => {
                    let style = (self.style, self.data.stale);
                    changed::cell(changed, what, (self.mask, self.theme), style)
                }
                None => (String::new(), style),
            },
            _ => (String::new(), style),
        }
    }

    /// The currency or a sum of a line; `None` for other columns.
    fn summed(&self, line: GroupLine<'_>, what: &ColumnContent) -> Option<String> {
        let sums = line.sums;
        let sum = match what {
            ColumnContent::Currency => return Some(line.currency.unwrap_or("-").to_owned()),
            ColumnContent::Cost => sums.map(|(cost, _)| self.mask.amount(cost, line.currency)),
            ColumnContent::Rows => sums.map(|(_, rows)| grouped(rows)),
            ColumnContent::Key(_)
            | ColumnContent::Measure(_)
            | ColumnContent::Picture
            | ColumnContent::Cell(_)
            | ColumnContent::Effect(_)
            | ColumnContent::Percent
            | ColumnContent::Cause
            | ColumnContent::Header(_) => return None,
        };
        Some(sum.unwrap_or_default())
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
            (Some(name), Some(key)) => {
                let name = value_name(Some(&name));
                (self.mask.key(key, &name), self.style)
            }
            _ => (ABSENT.to_owned(), self.theme.dim),
        }
    }

    /// A cell that only plain groups have.
    fn group(&self, group: &Group, what: &ColumnContent) -> (String, Style) {
        match what {
            ColumnContent::Measure(measure @ (Measure::Share | Measure::Running)) => {
                let share = measured(group, *measure).map(|share| format!("{share}%"));
                (share.unwrap_or_default(), self.style)
            }
            // A quantity times a public price reveals the cost.
            ColumnContent::Measure(Measure::Quantity) if self.mask.is_on() => {
                ("•".to_owned(), self.style)
            }
            ColumnContent::Measure(measure) => {
                (measured(group, *measure).unwrap_or_default(), self.style)
            }
            ColumnContent::Key(_)
            | ColumnContent::Cost
            | ColumnContent::Currency
            | ColumnContent::Rows
            | ColumnContent::Picture
            | ColumnContent::Cell(_)
            | ColumnContent::Effect(_)
            | ColumnContent::Percent
            | ColumnContent::Cause
            | ColumnContent::Header(_) => (String::new(), self.style),
        }
    }

    /// The chart next to a group.
    fn picture(&self, group: &Group) -> Option<Drawing> {
        match self.data.step().picture {
            GroupGraphic::Bars => {
                let size = group.share?.saturating_abs().saturating_mul(1000) / self.largest.max(1);
                // The shares of a total below zero have the other sign.
                Some(Drawing::Bar(match group.cost.amount.cmp(&Amount::ZERO) {
                    Ordering::Less => -size.max(1),
                    Ordering::Equal | Ordering::Greater => size,
                }))
            }
            GroupGraphic::Days => Some(Drawing::Days(group.id())),
            GroupGraphic::Heat => Some(Drawing::Heat(group.id())),
            GroupGraphic::Nothing => None,
        }
    }

    /// The bar of a group of two periods.
    fn bar(&self, changed: &Changed) -> Option<Drawing> {
        let largest = self.largest_changes.as_ref()?;
        changed::bar(changed, largest).map(Drawing::Bar)
    }

    fn others(&self, others: &Others, what: &ColumnContent) -> (String, Style) {
        let dim = self.theme.dim;
        match what {
            ColumnContent::Key(0) => (format!("… {}", counted(others.groups as u64, "other")), dim),
            ColumnContent::Cost => {
                let costs = others.costs.iter().map(|cost| {
                    let amount = self.mask.amount(cost.amount, cost.currency.as_deref());
                    if others.costs.len() > 1 {
                        format!("{amount} {}", cost.code())
                    } else {
                        amount
                    }
                });
                (costs.collect::<Vec<_>>().join(" + "), dim)
            }
            ColumnContent::Rows => (grouped(others.rows), dim),
            ColumnContent::Measure(Measure::Share) => {
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
            ColumnContent::Key(_)
            | ColumnContent::Currency
            | ColumnContent::Measure(_)
            | ColumnContent::Picture
            | ColumnContent::Cell(_)
            | ColumnContent::Effect(_)
            | ColumnContent::Percent
            | ColumnContent::Cause
            | ColumnContent::Header(_) => (String::new(), dim),
        }
    }

    fn row(&self, columns: &[String], row: &[Cell], what: &ColumnContent) -> (String, Style) {
        let ColumnContent::Header(at) = what else {
            return (String::new(), self.style);
        };
        let text = match (row.get(*at), columns.get(*at)) {
            (Some(cell), Some(header)) => {
                // Masked amounts of rows are relative to the total of the view's first currency.
                let totals = &self.shown.table.totals;
                let currency = totals.first().and_then(|total| total.currency.as_deref());
                self.mask.cell(header, cell, currency)
            }
            _ => String::new(),
        };
        (text, self.style)
    }
}
