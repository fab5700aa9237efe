//! Scans the row groups of a dataset on several threads.

use crate::data::columns::column_types::{ColumnKind, NO_AMOUNT, NO_DAY};
use crate::data::dataset::Dataset;
use crate::data::dataset::open_table::PartData;
use crate::data::error::DataError;
use crate::data::table::stored::{Decoded, Texts};
use crate::data::threads::on_threads;
use crate::domain::query::columns::Role;
use crate::domain::query::money_column::MoneyColumn;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// One row group of one part; columns that were read are cached while it is processed.
pub(crate) struct RowGroup<'a> {
    pub(crate) part: &'a PartData,
    pub(crate) group: usize,
    pub(crate) rows: usize,
    /// The number of its first row in the dataset.
    pub(crate) first: u64,
    cost: Role,
    pub(crate) money: MoneyColumn,
    costs: OnceCell<Decoded<i128>>,
    counts: OnceCell<RowCounts>,
    texts: RefCell<HashMap<String, Rc<Texts>>>,
}

impl<'a> RowGroup<'a> {
    /// The header of a column in this part.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.part.stored.layout.header(name)
    }

    pub(crate) fn role(&self, role: Role) -> Option<&'a str> {
        self.part.stored.layout.role_header(role)
    }

    pub(crate) fn kind(&self, header: &str) -> ColumnKind {
        self.part.stored.kind(header)
    }

    /// A text column.
    pub(crate) fn texts(&self, header: &str) -> Result<Rc<Texts>, DataError> {
        if let Some(known) = self.texts.borrow().get(header) {
            return Ok(Rc::clone(known));
        }
        let texts = Rc::new(self.part.stored.texts(self.group, header, None)?);
        self.texts
            .borrow_mut()
            .insert(header.to_owned(), Rc::clone(&texts));
        Ok(texts)
    }

    /// The header of the amounts that count as cost.
    pub(crate) fn cost_header(&self) -> Option<&'a str> {
        match self.money {
            MoneyColumn::Billing => self.role(self.cost),
            MoneyColumn::Usd => self.part.stored.layout.usd_header(self.cost),
        }
    }

    /// The texts of a role; all missing if there is no text column for it. The currency is that of the costs.
    pub(crate) fn role_texts(&self, role: Role) -> Result<Rc<Texts>, DataError> {
        match (role, self.money.currency()) {
            (Role::Currency, Some(code)) => Ok(Rc::new(Texts::constant(code, self.rows))),
            _ => self.own_texts(role),
        }
    }

    /// The currencies that the rows are billed in.
    pub(crate) fn billing_currencies(&self) -> Result<Rc<Texts>, DataError> {
        self.own_texts(Role::Currency)
    }

    fn own_texts(&self, role: Role) -> Result<Rc<Texts>, DataError> {
        match self.role(role) {
            Some(header) if self.kind(header) == ColumnKind::Text => self.texts(header),
            _ => Ok(Rc::new(Texts::absent(self.rows))),
        }
    }

    /// The amounts of the dataset's metric; [`NO_AMOUNT`] where a row has none.
    pub(crate) fn costs(&self) -> Result<&Decoded<i128>, DataError> {
        if let Some(costs) = self.costs.get() {
            return Ok(costs);
        }
        let costs = match self.cost_header() {
            Some(header) => self.amounts(header)?,
            None => vec![NO_AMOUNT; self.rows].into(),
        };
        Ok(self.costs.get_or_init(|| costs))
    }

    /// How many rows each row stands for.
    pub(crate) fn counts(&self) -> Result<&RowCounts, DataError> {
        if let Some(counts) = self.counts.get() {
            return Ok(counts);
        }
        let counts = RowCounts(self.part.stored.counts(self.group)?);
        Ok(self.counts.get_or_init(|| counts))
    }

    pub(crate) fn amounts(&self, header: &str) -> Result<Decoded<i128>, DataError> {
        self.part.stored.amounts(self.group, header, None)
    }

    /// A column of numbers. If it is stored as text, `read` parses each value.
    pub(crate) fn numbers(
        &self,
        header: &str,
        read: impl Fn(&str) -> i128,
    ) -> Result<Decoded<i128>, DataError> {
        if let ColumnKind::Amount { .. } = self.kind(header) {
            return self.amounts(header);
        }
        let texts = self.texts(header)?;
        let units = |code: &u32| texts.get(*code).map_or(NO_AMOUNT, &read);
        Ok(texts.codes.iter().map(units).collect())
    }

    /// The days of the date column; [`NO_DAY`] where a row has none.
    pub(crate) fn days(&self) -> Result<Decoded<i32>, DataError> {
        match self.role(Role::Date) {
            Some(header) if self.kind(header) != ColumnKind::Text => {
                self.part.stored.days(self.group, header, None)
            }
            _ => Ok(vec![NO_DAY; self.rows].into()),
        }
    }
}

/// How many rows each row stands for.
pub(crate) struct RowCounts(Option<Decoded<u32>>);

impl RowCounts {
    /// The number of rows that a row stands for.
    #[inline]
    pub(crate) fn of(&self, row: usize) -> u64 {
        let Some(counts) = &self.0 else {
            return 1;
        };
        counts.get(row).copied().map_or(0, u64::from)
    }
}

/// Passes every row group to `step`. Each thread has its own state.
pub(crate) fn fold<S: Send>(
    data: &Dataset,
    start: impl Fn() -> S + Sync,
    step: impl Fn(&mut S, &RowGroup<'_>) -> Result<(), DataError> + Sync,
) -> Result<Vec<S>, DataError> {
    fold_units(data, &units(data), start, step)
}

/// Like [`fold`], for the row groups of one part.
pub(crate) fn fold_part<S: Send>(
    data: &Dataset,
    part: usize,
    start: impl Fn() -> S + Sync,
    step: impl Fn(&mut S, &RowGroup<'_>) -> Result<(), DataError> + Sync,
) -> Result<Vec<S>, DataError> {
    let units: Vec<Unit> = each_unit(data).filter(|unit| unit.part == part).collect();
    fold_units(data, &units, start, step)
}

fn fold_units<S: Send>(
    data: &Dataset,
    units: &[Unit],
    start: impl Fn() -> S + Sync,
    step: impl Fn(&mut S, &RowGroup<'_>) -> Result<(), DataError> + Sync,
) -> Result<Vec<S>, DataError> {
    on_threads(data.threads(), units.len(), start, |state, at| {
        data.check_wanted()?;
        let Some(unit) = units.get(at) else {
            return Ok(());
        };
        row_group(data, unit).map_or(Ok(()), |slice| step(state, &slice))
    })
}

/// The row group at this position; `None` if there is none.
pub(crate) fn row_group<'a>(data: &'a Dataset, unit: &Unit) -> Option<RowGroup<'a>> {
    Some(RowGroup {
        part: data.parts().get(unit.part)?,
        group: unit.group,
        rows: unit.rows,
        first: unit.first,
        cost: data.cost_role(),
        money: data.money(),
        costs: OnceCell::new(),
        counts: OnceCell::new(),
        texts: RefCell::default(),
    })
}

/// A row group and its position in the dataset.
pub(crate) struct Unit {
    pub(crate) part: usize,
    pub(crate) group: usize,
    pub(crate) rows: usize,
    pub(crate) first: u64,
}

/// The row groups of a dataset in order.
pub(crate) fn units(data: &Dataset) -> Vec<Unit> {
    each_unit(data).collect()
}

fn each_unit(data: &Dataset) -> impl Iterator<Item = Unit> {
    let mut first = 0;
    let parts = data.parts().iter().enumerate();
    let groups = parts.flat_map(|(part, stored)| {
        let groups = stored.stored.groups().enumerate();
        groups.map(move |(group, rows)| (part, group, rows))
    });
    groups.map(move |(part, group, rows)| {
        let before = first;
        first += rows as u64;
        Unit {
            part,
            group,
            rows,
            first: before,
        }
    })
}
