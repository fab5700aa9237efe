//! Converts steps to saved views and back.

use super::explorer::Explorer;
use super::step::{GroupGraphic, Step, Width};
use crate::domain::period::DateRange;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::query::saved_view::{ChangeView, SavedView, cell_order_text};
use crate::domain::query::sort::{Sort, SortBy};
use crate::tui::said::Masked;

const PICTURES: [(&str, GroupGraphic); 4] = [
    ("bars", GroupGraphic::Bars),
    ("days", GroupGraphic::Days),
    ("heat", GroupGraphic::Heat),
    ("nothing", GroupGraphic::Nothing),
];

const WIDTHS: [(&str, Width); 2] = [("wide", Width::Wide), ("narrow", Width::Narrow)];

fn word<T: PartialEq>(known: &[(&'static str, T)], value: &T) -> String {
    let found = known.iter().find(|(_, other)| other == value);
    found.map_or_else(String::new, |(word, _)| (*word).to_owned())
}

fn value<T: Copy>(known: &[(&str, T)], name: &str, word: &str) -> Result<T, String> {
    let found = known.iter().find(|(other, _)| *other == word);
    let all: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
    found.map(|(_, value)| *value).ok_or_else(|| {
        format!(
            "{name}: `{word}` is invalid; expected one of {}",
            all.join(", ")
        )
    })
}

impl Step {
    /// The step as a view for other data. Picked days apply to this data only and are left out.
    pub fn saved(&self) -> SavedView {
        let filter = match (self.filter.clone(), self.days) {
            (Some(filter), Some(days)) => filter.without(&Filter::of_days(days)),
            (filter, _) => filter,
        };
        let widths = self.columns.widths.iter();
        // Sorts by months, days or changes between periods apply to this data only. Other values may be anywhere.
        let lasting = |sort: &&Sort| match &sort.by {
            _ if self.change.is_some() => false,
            SortBy::Key(key) if self.pivot.is_some() => {
                let lasts = self.sorted_value(sort).is_some();
                lasts || self.group_by.contains(key) || *key == GroupKey::Role(Role::Currency)
            }
            SortBy::Cost | SortBy::Size | SortBy::Rows | SortBy::Key(_) => true,
        };
        let shown = self.columns.shown.clone();
        let shown = shown.filter(|_| self.pivot.is_none() && self.change.is_none());
        SavedView {
            group_by: self.group_by.iter().map(GroupKey::name).collect(),
            filter: filter.map(|filter| filter.to_string()),
            sort: self
                .sort
                .iter()
                .filter(lasting)
                .map(ToString::to_string)
                .collect(),
            top: self.top,
            pivot: self.pivot.as_ref().map(GroupKey::name),
            columns: shown,
            pinned: self.columns.pinned,
            picture: (self.picture != GroupGraphic::default())
                .then(|| word(&PICTURES, &self.picture)),
            widths: widths
                .map(|(name, width)| (name.clone(), word(&WIDTHS, width)))
                .collect(),
            money: None,
            sql: None,
            comparison: None,
            change: None,
        }
    }

    /// The two periods of the step, their order and columns as a part of a view. The columns of a pivot belong to this data.
    fn saved_change(&self, newest: bool) -> Option<ChangeView> {
        let (before, after) = self.change?;
        let text = |period: DateRange| (!newest).then(|| period.to_string());
        let pivot = self.differences();
        let order = pivot.and_then(|pivot| pivot.order.as_ref());
        let pivot_sort = order.map(cell_order_text);
        let pivot = pivot.map(|pivot| pivot.by.name());
        let columns = self.columns.shown.clone();
        Some(ChangeView {
            before: text(before),
            after: text(after),
            sort: self.sort.iter().map(ToString::to_string).collect(),
            columns: columns.filter(|_| pivot.is_none()),
            pivot,
            pivot_sort,
        })
    }

    /// Compares two periods as a part of a view says. Returns what is left out, or why it is invalid.
    fn look_as_change(
        &mut self,
        view: &ChangeView,
        periods: (DateRange, DateRange),
    ) -> Result<Vec<String>, String> {
        self.reshape(None, Some(periods));
        self.top = None;
        self.sort = view.sorts()?;
        self.columns.shown.clone_from(&view.columns);
        let Some(name) = &view.pivot else {
            return Ok(Vec::new());
        };
        let key = GroupKey::parse(name).filter(GroupKey::groups);
        let key = key.filter(|key| !self.group_by.contains(key));
        let left_out = key.is_none().then(|| format!("pivot by {name}"));
        self.pivot_change(key);
        // Data without this value has no such column, and is in the usual order.
        let order = view.cell_order()?;
        if let Some(pivot) = &mut self.change_pivot {
            pivot.order = order;
        }
        Ok(left_out.into_iter().collect())
    }

    /// The step of a saved view, or the error in one of its lines.
    pub fn of_saved(label: impl Into<Masked>, view: &SavedView) -> Result<Self, String> {
        let keys = view.keys()?;
        let mut step = Self::new(label, view.tests()?, keys);
        step.sort = view.sorts()?;
        step.top = view.top.filter(|top| *top > 0 && !step.group_by.is_empty());
        if let Some(pivot) = view.pivot.as_deref().filter(|_| !step.group_by.is_empty()) {
            let key = GroupKey::parse(pivot).filter(GroupKey::groups);
            let key = key.ok_or_else(|| format!("pivot: `{pivot}` is not a group key"))?;
            step.pivot = Some(key).filter(|key| !step.group_by.contains(key));
        }
        if let Some(picture) = &view.picture {
            step.picture = value(&PICTURES, "picture", picture)?;
        }
        step.columns.shown.clone_from(&view.columns);
        step.columns.pinned = view.pinned;
        for (name, width) in &view.widths {
            let width = value(&WIDTHS, "widths", width)?;
            step.columns.widths.insert(name.clone(), width);
        }
        Ok(step)
    }
}

impl Explorer {
    /// The current step as a view for other data, in the same money. The newest two months stay the newest ones.
    pub fn saved(&self) -> SavedView {
        let step = self.step();
        let newest = step.change.is_some() && step.change == self.newest_months();
        SavedView {
            change: step.saved_change(newest),
            ..step.saved().in_money(self.money())
        }
    }

    /// The newest month of the data, and the month before it if the data has that.
    pub fn newest_months(&self) -> Option<(DateRange, DateRange)> {
        let months = self.months();
        let newest = months.first()?;
        let before = months.get(1).filter(|before| **before == newest.back(1))?;
        Some((before.range(), newest.range()))
    }

    /// The first step as a view that its scope is left with, in the same money.
    pub fn left(&self) -> SavedView {
        self.first().saved().in_money(self.money())
    }

    /// Applies a saved view as the first step. It can be undone. Returns the parts that do not fit the data, in words.
    pub fn look_as(&mut self, view: &SavedView) -> Result<Vec<String>, String> {
        let mut step = Step::of_saved(self.title.clone(), view)?;
        let mut left_out = Vec::new();
        if let (Some(name), None) = (&view.pivot, &step.pivot) {
            left_out.push(format!("pivot by {name}"));
        }
        if let Some(change) = &view.change {
            let periods = change.periods()?.map_or_else(
                || {
                    self.newest_months()
                        .ok_or("the newest month has no month before it")
                },
                |periods| self.has_periods(periods),
            );
            match periods {
                Ok(_) if step.group_by.is_empty() => {
                    left_out.push("two periods: rows are not compared".to_owned());
                }
                Ok(periods) => left_out.extend(step.look_as_change(change, periods)?),
                Err(why) => left_out.push(format!("{}: {why}", change.words())),
            }
        }
        // A view without money of its own applies to any.
        let data = match &view.money {
            Some(word) => Some(self.in_money(MoneyColumn::parse(word)?)?),
            None => None,
        };
        self.restart(step);
        if let Some(data) = data {
            self.recount(data);
        }
        Ok(left_out)
    }

    /// The periods, if the data has days of both.
    fn has_periods(
        &self,
        (before, after): (DateRange, DateRange),
    ) -> Result<(DateRange, DateRange), &'static str> {
        let has = |period: DateRange| {
            self.span()
                .is_some_and(|span| span.common(period).is_some())
        };
        if has(before) && has(after) {
            Ok((before, after))
        } else {
            Err("the data does not have these days")
        }
    }
}
