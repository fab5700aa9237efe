//! Expanded groups: their child rows are shown under them, indented, level by level.

use super::explorer::Explorer;
use super::shown::{ChildRow, Inside, LineKind, MOST, PendingExpand};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::{Measure, Query};
use crate::domain::table::group::{Group, Others};
use crate::domain::table::{Body, Table};
use crate::tui::ticket::{Problem, Ticket};

impl Explorer {
    /// The child row under the cursor.
    pub fn child_row(&self) -> Option<&ChildRow> {
        match self.branches.spot(self.step().cursor.selected) {
            LineKind::ChildRow(child_row) => Some(child_row),
            LineKind::Line(_) => None,
        }
    }

    /// Expands or collapses the row under the cursor. Returns the query if one has to be run.
    pub fn toggle_branch(&mut self, ticket: Ticket) -> Result<Option<Query>, String> {
        let line = self.step().cursor.selected;
        if self.branches.close(line) {
            return Ok(None);
        }
        let expand = self.expand(line)?;
        let query = Query {
            filter: expand.filter.clone(),
            group_by: vec![expand.key.clone()],
            top: Some(MOST),
            limit: Some(MOST),
            others: true,
            measures: self.measures(),
            ..Query::default()
        };
        self.branches.asked = Some((ticket, expand));
        Ok(Some(query))
    }

    /// The measures that are shown.
    pub(super) fn measures(&self) -> Vec<Measure> {
        let shown = self.step().columns.shown.as_deref().unwrap_or_default();
        let wanted = Measure::ALL.into_iter();
        wanted
            .filter(|(name, _)| shown.iter().any(|known| known == name))
            .map(|(_, measure)| measure)
            .collect()
    }

    fn expand(&self, line: usize) -> Result<PendingExpand, String> {
        let nothing = || "no further level; ⟦table.enter⟧ shows the rows".to_owned();
        let place = self.branches.place(line);
        let (depth, child_row, filter, levels) = match self.branches.spot(line) {
            LineKind::ChildRow(child_row) if child_row.opens() => {
                let at = line - self.branches.line_of(place) - 1;
                (
                    child_row.depth + 1,
                    Some(at),
                    child_row.filter.clone(),
                    &child_row.levels,
                )
            }
            LineKind::ChildRow(_) => return Err(nothing()),
            LineKind::Line(_) => {
                let (filter, _) = self.inside().ok_or_else(nothing)?;
                (1, None, filter, &self.step().levels)
            }
        };
        let (key, rest) = levels.split_first().ok_or_else(nothing)?;
        Ok(PendingExpand {
            parent: place,
            child_row,
            depth,
            key: key.clone(),
            filter,
            levels: rest.to_vec(),
        })
    }

    /// Stores child rows. Returns the result if it is an error or belongs to another question.
    pub fn take_branch(
        &mut self,
        ticket: Ticket,
        result: Result<Table, Problem>,
    ) -> Option<Result<Table, Problem>> {
        let Some((_, expand)) = self.branches.asked.take_if(|(asked, _)| *asked == ticket) else {
            return Some(result);
        };
        match result {
            Ok(Table {
                body: Body::Groups { groups, others },
                ..
            }) => {
                let child_rows = self.child_rows(&expand, groups, others);
                self.branches.grow(&expand, child_rows);
                None
            }
            Ok(_) => None,
            Err(problem) => Some(Err(problem)),
        }
    }

    fn child_rows(
        &self,
        expand: &PendingExpand,
        groups: Vec<Group>,
        others: Option<Others>,
    ) -> Vec<ChildRow> {
        let totals = self.shown.as_ref().map(|shown| shown.table.totals.clone());
        let totals = totals.unwrap_or_default();
        let child_row = |what, filter| ChildRow {
            depth: expand.depth,
            key: expand.key.clone(),
            what,
            filter,
            levels: expand.levels.clone(),
            open: false,
        };
        let mut child_rows: Vec<ChildRow> = Vec::new();
        for mut group in groups {
            // The share is of the whole view, as that of the parent group.
            let total = totals.iter().find(|t| t.currency == group.cost.currency);
            group.share = total.and_then(|total| group.cost.amount.per_mille(total.amount));
            group.running = None;
            let value = group.keys.first().cloned().flatten();
            let mut filter = Filter::both(
                expand.filter.clone(),
                Some(Filter::equals(expand.key.clone(), value)),
            );
            if totals.len() > 1 && expand.key != GroupKey::Role(Role::Currency) {
                let key = GroupKey::Role(Role::Currency);
                let own = Filter::equals(key, group.cost.currency.clone());
                let has = matches!(&filter, Some(Filter::And(parts)) if parts.contains(&own));
                filter = Filter::both(filter, (!has).then_some(own));
            }
            child_rows.push(child_row(Inside::Group(Box::new(group)), filter));
        }
        let others = others.filter(|others| others.groups > 0);
        child_rows
            .extend(others.map(|others| child_row(Inside::Others(others), expand.filter.clone())));
        child_rows
    }
}
