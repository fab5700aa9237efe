//! The queries of a view: for the lines on the screen, and for all of them.

use super::explorer::Explorer;
use crate::domain::query::Query;
use crate::domain::query::money_column::MoneyColumn;
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
            pivot: step.pivot,
            change: step.change,
            ..Query::default()
        }
    }

    /// Counts this money as cost, or says why the data has none.
    pub fn put_money(&mut self, money: MoneyColumn) -> Result<(), String> {
        let opened = &mut self.loaded.opened;
        opened.data = put_on(&opened.data, money).map_err(|error| error.to_string())?;
        self.answer = None;
        self.forget();
        Ok(())
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
