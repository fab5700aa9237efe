//! Answers as tables of text, for printing, copying and exporting.

use super::group::{Cell, Group, Others};
use super::pivot::{self, Pivot, PivotLine};
use super::value_names::{others_name, value_name};
use super::{Body, Table};
use crate::domain::analysis::change::{Change, Changed, Effects};
use crate::domain::analysis::differences::{DifferencePivot, GroupOf};
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::{Measure, Query};
use crate::domain::text::{counted, escape, percent, printable, signed_percent};
use std::collections::{HashMap, HashSet};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Text,
    /// Exact decimals.
    Number,
    /// Days in ISO form.
    Day,
    /// A number and its unit.
    Quantity,
}

/// A column's heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub name: String,
    pub holds: Holds,
}

impl Heading {
    /// A column of text.
    pub fn text(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            holds: Holds::Text,
        }
    }

    /// A column of numbers.
    pub fn number(name: impl Into<String>) -> Self {
        Self {
            holds: Holds::Number,
            ..Self::text(name)
        }
    }

    /// Whether its values are right-aligned.
    pub fn right(&self) -> bool {
        matches!(self.holds, Holds::Number | Holds::Quantity)
    }
}

/// A table of finished text; absent values are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    pub headings: Vec<Heading>,
    pub rows: Vec<Vec<Option<String>>>,
    /// Lines under an aligned table; not part of CSV.
    pub footer: Vec<String>,
}

/// The first amounts of a change: both periods and their difference.
const SIDES: usize = 3;

/// A value as it is displayed.
pub fn shown(value: Option<&String>) -> String {
    printable(&value_name(value.map(String::as_str)))
}

/// A measure of a group as text; `None` if it is unknown.
pub fn measured(group: &Group, measure: Measure) -> Option<String> {
    match measure {
        Measure::Share => group.share.map(percent),
        Measure::Running => group.running.map(percent),
        Measure::Quantity => {
            let text = |(amount, unit): &(Amount, String)| format!("{amount} {unit}");
            let quantity = group.quantity.as_ref().map(text);
            quantity.map(|text| text.trim_end().to_owned())
        }
        Measure::FirstDay => group.days.map(|(first, _)| first.to_string()),
        Measure::LastDay => group.days.map(|(_, last)| last.to_string()),
    }
}

/// Money as text, with a currency after each amount.
pub fn totals_text(totals: &[Money]) -> String {
    let all: Vec<String> = totals
        .iter()
        .map(|money| format!("{} {}", money.amount, money.code()))
        .collect();
    if all.is_empty() {
        "no cost".to_owned()
    } else {
        all.join(" · ")
    }
}

impl Sheet {
    /// A table without a footer.
    pub fn new(
        headings: Vec<Heading>,
        rows: impl IntoIterator<Item = Vec<Option<String>>>,
    ) -> Self {
        Self {
            headings,
            rows: rows.into_iter().collect(),
            footer: Vec::new(),
        }
    }

    /// The same with a number behind a name that another column has, so that columns of files are found by name.
    #[must_use]
    pub fn with_unique_names(mut self) -> Self {
        unique(&mut self.headings);
        self
    }

    /// An answer as a table.
    pub fn of(query: &Query, table: &Table) -> Self {
        let (mut headings, rows) = match &table.body {
            Body::Groups { groups, others } => grouped(query, groups, others.as_ref()),
            Body::Rows { columns, rows } => plain(columns, rows),
            Body::Pivot(pivot) => pivoted(query, pivot),
            Body::Change(change) => {
                let mut sheet = Self::of_change(change);
                let periods = query
                    .change
                    .map(|(before, after)| format!("before {before}, after {after}"));
                sheet.footer.splice(0..0, periods);
                if let Some(pivot) = &change.pivot {
                    sheet.add_differences(pivot, change.groups.iter().map(Changed::id));
                    sheet.footer.extend(pivot.total_lines());
                }
                return sheet;
            }
        };
        unique(&mut headings);
        Self {
            headings,
            rows,
            footer: vec![answer_footer(table, table.shown())],
        }
    }

    /// Adds the columns of a pivot to the table of these groups.
    pub fn add_differences<'a>(
        &mut self,
        pivot: &DifferencePivot,
        groups: impl Iterator<Item = GroupOf<'a>>,
    ) {
        let (by, values) = (pivot.by(), pivot.pivot.columns.as_slice());
        self.headings
            .extend(value_headings(&self.headings, by, values));
        for (row, group) in self.rows.iter_mut().zip(groups) {
            let cells = pivot.cells(group).iter();
            row.extend(cells.map(|cell| cell.map(|amount| amount.to_string())));
        }
        unique(&mut self.headings);
    }

    /// Groups with both periods and the four effects; without keys, one line per currency.
    pub fn of_change(change: &Change) -> Self {
        let mut headings = key_headings(&change.group_by);
        let own = !change.group_by.contains(&GroupKey::Role(Role::Currency));
        headings.extend(own.then(|| Heading::text("currency")));
        headings.extend(Effects::NAMES.map(Heading::number));
        unique(&mut headings);
        let row = |changed: &Changed| {
            let mut row = changed.keys.clone();
            row.extend(own.then(|| changed.currency.clone()));
            row.extend(
                changed
                    .effects
                    .amounts()
                    .map(|amount| Some(amount.to_string())),
            );
            row
        };
        let (rows, footer) = if change.group_by.is_empty() {
            (&change.currencies, Vec::new())
        } else {
            let total = |total: &Changed| {
                let [before, after, difference, new, gone, quantity, price] =
                    total.effects.amounts();
                let currency = total.currency.as_deref().unwrap_or("-");
                format!(
                    "{currency}: before {before} · after {after} · difference {difference} = new {new} · gone {gone} · \
                     quantity {quantity} · price {price}"
                )
            };
            (
                &change.groups,
                change.currencies.iter().map(total).collect(),
            )
        };
        Self {
            headings,
            rows: rows.iter().map(row).collect(),
            footer,
        }
    }

    /// The same for reading: the titles of the periods over their amounts, and the difference in percent.
    pub fn of_change_for_reading(change: &Change, [before, after]: [&str; 2]) -> Self {
        let mut sheet = Self::of_change(change);
        let keys = sheet.headings.len().saturating_sub(Effects::NAMES.len());
        for (heading, title) in sheet.headings.iter_mut().skip(keys).zip([before, after]) {
            title.clone_into(&mut heading.name);
        }
        let percent = keys + SIDES;
        sheet.headings.insert(percent, Heading::number("percent"));
        unique(&mut sheet.headings);
        let lines = if change.group_by.is_empty() {
            &change.currencies
        } else {
            &change.groups
        };
        for (row, changed) in sheet.rows.iter_mut().zip(lines) {
            row.insert(percent, Some(signed_percent(changed.effects.percent())));
        }
        if !change.group_by.is_empty() {
            let totals = change.currencies.iter();
            sheet.footer = totals
                .map(|total| change_total(total, [before, after]))
                .collect();
        }
        sheet
    }

    /// As a Markdown table; characters that would break its lines are escaped.
    pub fn markdown(&self) -> String {
        [
            self.markdown_head(),
            self.markdown_rows(),
            self.markdown_foot(),
        ]
        .concat()
    }

    /// The headings of a Markdown table.
    pub fn markdown_head(&self) -> String {
        let heads = self.headings.iter();
        let heads: Vec<String> = heads
            .map(|heading| escape::markdown(&heading.name))
            .collect();
        let rules = self.headings.iter().map(|heading| {
            let rule = if heading.right() { "---:" } else { "---" };
            rule.to_owned()
        });
        let rules: Vec<String> = rules.collect();
        [markdown_line(&heads), markdown_line(&rules)].concat()
    }

    /// The rows of a Markdown table.
    pub fn markdown_rows(&self) -> String {
        self.rows.iter().map(|row| markdown_row(row)).collect()
    }

    /// The lines under a Markdown table.
    pub fn markdown_foot(&self) -> String {
        let mut out = String::new();
        for text in &self.footer {
            out.extend(["\n", &escape::markdown(text), "\n"]);
        }
        out
    }

    /// As tab-separated text, which spreadsheets accept when it is pasted. A text that they would read as a formula
    /// gets an apostrophe in front.
    pub fn tsv(&self) -> String {
        let mut out = String::new();
        let cell = |text: &str| escape::harmless(&escape::one_line(text)).into_owned();
        let names = self.headings.iter().map(|heading| cell(&heading.name));
        out.push_str(&names.collect::<Vec<_>>().join("\t"));
        out.push('\n');
        for row in &self.rows {
            let cells = row
                .iter()
                .map(|value| cell(value.as_deref().unwrap_or_default()));
            out.push_str(&cells.collect::<Vec<_>>().join("\t"));
            out.push('\n');
        }
        out
    }
}

/// The total of a currency in two periods.
fn change_total(total: &Changed, [one, other]: [&str; 2]) -> String {
    let [before, after, difference, new, gone, quantity, price] = total.effects.amounts();
    let currency = total.currency.as_deref().unwrap_or("-");
    let percent = signed_percent(total.effects.percent());
    format!(
        "{currency}: {one} {before} · {other} {after} · difference {difference} ({percent}) = new {new} · gone {gone} · \
         quantity {quantity} · price {price}"
    )
}

/// A row of a Markdown table.
pub fn markdown_row(row: &[Option<String>]) -> String {
    let cells = row
        .iter()
        .map(|value| escape::markdown(&value_name(value.as_deref())));
    markdown_line(&cells.collect::<Vec<_>>())
}

fn markdown_line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The line under an answer.
pub fn answer_footer(table: &Table, shown: usize) -> String {
    format!(
        "total {}   {shown} of {} shown   {}",
        totals_text(&table.totals),
        table.of,
        counted(table.rows, "row")
    )
}

type HeadedLines = (Vec<Heading>, Vec<Vec<Option<String>>>);

fn grouped(query: &Query, groups: &[Group], others: Option<&Others>) -> HeadedLines {
    let mut headings: Vec<Heading> = key_headings(&query.group_by);
    headings.extend(cost_headings(query));
    headings.push(Heading::number("rows"));
    headings.extend(query.measures.iter().map(|measure| Heading {
        name: measure.name().to_owned(),
        holds: match measure {
            Measure::FirstDay | Measure::LastDay => Holds::Day,
            Measure::Quantity => Holds::Quantity,
            Measure::Share | Measure::Running => Holds::Number,
        },
    }));
    let lines = groups.iter().map(|group| {
        let mut row = group.keys.clone();
        row.extend(cost_cells(query, &group.cost));
        row.push(Some(group.rows.to_string()));
        let measures = query.measures.iter();
        row.extend(measures.map(|measure| measured(group, *measure)));
        row
    });
    let mut rows: Vec<Vec<Option<String>>> = lines.collect();
    rows.extend(others.iter().flat_map(|others| other_lines(query, others)));
    (headings, rows)
}

/// The index of the currency among the keys; if it is not a key, it has a column of its own next to the money.
pub fn currency_key(query: &Query) -> Option<usize> {
    let mut keys = query.group_by.iter();
    keys.position(|key| *key == GroupKey::Role(Role::Currency))
}

fn cost_headings(query: &Query) -> impl Iterator<Item = Heading> {
    let currency = currency_key(query)
        .is_none()
        .then(|| Heading::text("currency"));
    std::iter::once(Heading::number("cost")).chain(currency)
}

fn cost_cells(query: &Query, cost: &Money) -> impl Iterator<Item = Option<String>> {
    let currency = currency_key(query).is_none().then(|| cost.currency.clone());
    std::iter::once(Some(cost.amount.to_string())).chain(currency)
}

/// Makes names unique, so that columns of exported files can be found by name.
fn unique(headings: &mut [Heading]) {
    let mut taken: HashSet<String> = HashSet::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for heading in headings {
        let base = heading.name.clone();
        while !taken.insert(heading.name.to_ascii_lowercase()) {
            let count = counts.entry(base.to_ascii_lowercase()).or_insert(1);
            *count += 1;
            heading.name = format!("{base} {count}");
        }
    }
}

/// The headings of the columns of values, behind others.
fn value_headings(others: &[Heading], by: &GroupKey, values: &[Option<String>]) -> Vec<Heading> {
    let taken = others.iter().map(|heading| heading.name.clone());
    let names = pivot::headings(by, values, taken);
    names.into_iter().map(Heading::number).collect()
}

fn key_headings(keys: &[GroupKey]) -> Vec<Heading> {
    keys.iter().map(|key| Heading::text(key.name())).collect()
}

fn plain(columns: &[String], rows: &[Vec<Cell>]) -> HeadedLines {
    let number = |at: usize| {
        let mut cells = rows.iter().map(|row| row.get(at));
        cells.any(|cell| matches!(cell, Some(Cell::Amount(_))))
    };
    let headings = columns.iter().enumerate().map(|(at, name)| Heading {
        name: name.clone(),
        holds: if number(at) {
            Holds::Number
        } else {
            Holds::Text
        },
    });
    let rows = rows
        .iter()
        .map(|row| row.iter().map(Cell::exact).collect())
        .collect();
    (headings.collect(), rows)
}

fn pivoted(query: &Query, pivot: &Pivot) -> HeadedLines {
    let mut headings = key_headings(&query.group_by);
    headings.extend(cost_headings(query));
    headings.extend(value_headings(&headings, &pivot.by, &pivot.columns));
    if pivot.other_values > 0 {
        headings.push(Heading::number(others_name(pivot.other_values)));
    }
    let row = |line: &PivotLine| {
        let mut row = line.keys.clone();
        row.extend(cost_cells(query, &line.cost));
        row.extend(
            line.cells
                .iter()
                .map(|cell| cell.map(|cost| cost.to_string())),
        );
        row
    };
    let mut rows: Vec<Vec<Option<String>>> = pivot.lines.iter().map(row).collect();
    rows.extend(pivot.others.iter().map(|others| {
        let mut row = row(others);
        name_others(query, &mut row, pivot.other_groups, &others.cost);
        row
    }));
    (headings, rows)
}

/// Names a line of the others, next to the currency if that is a key.
fn name_others(query: &Query, row: &mut [Option<String>], groups: usize, money: &Money) {
    let currency = currency_key(query);
    let mut name = others_name(groups);
    if let Some(cell) = currency.and_then(|at| row.get_mut(at)) {
        cell.clone_from(&money.currency);
        if query.group_by.len() == 1 {
            name = format!("{name} {}", money.code());
        }
    }
    let place = usize::from(currency == Some(0) && query.group_by.len() > 1);
    if let Some(cell) = row.get_mut(place) {
        *cell = Some(name);
    }
}

/// Lines for the groups beyond the page, one per currency.
fn other_lines(query: &Query, others: &Others) -> Vec<Vec<Option<String>>> {
    let line = |money: &Money| {
        let mut row = vec![None; query.group_by.len()];
        name_others(query, &mut row, others.groups, money);
        let rows = (others.costs.len() == 1).then(|| others.rows.to_string());
        row.extend(cost_cells(query, money));
        row.push(rows);
        row.resize(row.len() + query.measures.len(), None);
        row
    };
    others.costs.iter().map(line).collect()
}
