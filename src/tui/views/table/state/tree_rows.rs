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
    pub fn twig(&self) -> Option<&ChildRow> {
        match self.branches.spot(self.step().cursor.selected) {
            LineKind::ChildRow(twig) => Some(twig),
            LineKind::Line(_) => None,
        }
    }

    /// Expands or collapses the row under the cursor. Returns the query if one has to be run.
    pub fn toggle_branch(&mut self, ticket: Ticket) -> Result<Option<Query>, String> {
        let line = self.step().cursor.selected;
        if self.branches.close(line) {
            return Ok(None);
        }
        let bud = self.bud(line)?;
        let query = Query {
            filter: bud.filter.clone(),
            group_by: vec![bud.key.clone()],
            top: Some(MOST),
            limit: Some(MOST),
            others: true,
            measures: self.measures(),
            ..Query::default()
        };
        self.branches.asked = Some((ticket, bud));
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

    fn bud(&self, line: usize) -> Result<PendingExpand, String> {
        let nothing = || "no further level; ⟦table.enter⟧ shows the rows".to_owned();
        let place = self.branches.place(line);
        let (depth, twig, filter, levels) = match self.branches.spot(line) {
            LineKind::ChildRow(twig) if twig.opens() => {
                let at = line - self.branches.line_of(place) - 1;
                (twig.depth + 1, Some(at), twig.filter.clone(), &twig.levels)
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
            twig,
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
        let Some((_, bud)) = self.branches.asked.take_if(|(asked, _)| *asked == ticket) else {
            return Some(result);
        };
        match result {
            Ok(Table {
                body: Body::Groups { groups, others },
                ..
            }) => {
                let twigs = self.twigs(&bud, groups, others);
                self.branches.grow(&bud, twigs);
                None
            }
            Ok(_) => None,
            Err(problem) => Some(Err(problem)),
        }
    }

    fn twigs(
        &self,
        bud: &PendingExpand,
        groups: Vec<Group>,
        others: Option<Others>,
    ) -> Vec<ChildRow> {
        let totals = self.shown.as_ref().map(|shown| shown.table.totals.clone());
        let totals = totals.unwrap_or_default();
        let twig = |what, filter| ChildRow {
            depth: bud.depth,
            key: bud.key.clone(),
            what,
            filter,
            levels: bud.levels.clone(),
            open: false,
        };
        let mut twigs: Vec<ChildRow> = Vec::new();
        for mut group in groups {
            // The share is of the whole view, as that of the parent group.
            let total = totals.iter().find(|t| t.currency == group.cost.currency);
            group.share = total.and_then(|total| group.cost.amount.per_mille(total.amount));
            group.running = None;
            let value = group.keys.first().cloned().flatten();
            let mut filter = Filter::both(
                bud.filter.clone(),
                Some(Filter::equals(bud.key.clone(), value)),
            );
            if totals.len() > 1 && bud.key != GroupKey::Role(Role::Currency) {
                let key = GroupKey::Role(Role::Currency);
                let own = Filter::equals(key, group.cost.currency.clone());
                let has = matches!(&filter, Some(Filter::And(parts)) if parts.contains(&own));
                filter = Filter::both(filter, (!has).then_some(own));
            }
            twigs.push(twig(Inside::Group(Box::new(group)), filter));
        }
        let others = others.filter(|others| others.groups > 0);
        twigs.extend(others.map(|others| twig(Inside::Others(others), bud.filter.clone())));
        twigs
    }
}
