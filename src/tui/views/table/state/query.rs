//! The queries of a view: for the lines on the screen, and for all of them.

use super::explorer::Explorer;
use crate::domain::query::Query;
use crate::domain::query::money_column::MoneyColumn;
use crate::ops::Dataset;
use crate::ops::money::put_on;

/// Groups or rows fetched at once. Scrolling inside them needs no query.
const WINDOW: usize = 400;

impl Explorer {
    /// The query for the lines around the cursor.
    pub fn query(&self) -> Query {
        let step = self.step();
        let top = self.branches.place(step.cursor.top);
        let offset = top.saturating_sub(WINDOW / 4);
        let limit = step
            .top
            .map_or(WINDOW, |top| WINDOW.min(top.saturating_sub(offset)));
        Query {
            filter: step.filter.clone(),
            group_by: step.group_by.clone(),
            sort: step.sorts(),
            top: step.top,
            offset,
            limit: Some(limit),
            measures: if step.group_by.is_empty() {
                Vec::new()
            } else {
                self.measures()
            },
            others: step.top.is_some(),
            pivot: step.pivot.clone(),
            change: step.change,
            change_pivot: step.differences().cloned(),
            ..Query::default()
        }
    }

    /// The money that counts as cost.
    pub fn money(&self) -> MoneyColumn {
        self.loaded.opened.data.money()
    }

    /// The data with this money as cost, or why it has none.
    pub(super) fn in_money(&self, money: MoneyColumn) -> Result<Dataset, String> {
        put_on(&self.loaded.opened.data, money).map_err(|error| error.to_string())
    }

    /// Counts this money as cost, or says why the data has none. The change cannot be undone.
    pub fn put_money(&mut self, money: MoneyColumn) -> Result<(), String> {
        let data = self.in_money(money)?;
        self.recount(data);
        Ok(())
    }

    /// The same as a change of the view, which can be undone.
    pub fn switch_money(&mut self, money: MoneyColumn) -> Result<(), String> {
        let data = self.in_money(money)?;
        self.note();
        self.recount(data);
        Ok(())
    }

    /// Counts the money of the same data as cost.
    pub(super) fn recount(&mut self, data: Dataset) {
        self.loaded.opened.data = data;
        self.answer = None;
        self.forget();
    }

    /// The same for the money of a saved view; the same money changes nothing.
    pub fn put_word(&mut self, word: &str) -> Result<(), String> {
        let money = MoneyColumn::parse(word)?;
        if self.loaded.opened.data.money() == money {
            return Ok(());
        }
        self.put_money(money)
    }

    /// The same query for all lines.
    pub fn whole_query(&self) -> Query {
        let step = self.step();
        let rows = step.group_by.is_empty() && step.columns.shown.is_some();
        Query {
            offset: 0,
            limit: step.top,
            columns: if rows {
                self.columns().into_iter().map(|col| col.name).collect()
            } else {
                Vec::new()
            },
            ..self.query()
        }
    }
}
