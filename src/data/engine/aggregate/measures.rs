//! The measures of a row group: costs, days, and quantities with their units.

use super::accumulator::{MIXED, NAMELESS, Quantity, Sum};
use super::shared_keys::SharedKeys;
use crate::data::columns::column_types::{NO_AMOUNT, NO_DAY};
use crate::data::columns::text_column::NONE;
use crate::data::engine::dictionary::DictColumn;
use crate::data::engine::scan::{RowCounts, RowGroup};
use crate::data::error::DataError;
use crate::data::table::stored::Decoded;
use crate::domain::money::Amount;
use crate::domain::query::Measure;
use crate::domain::query::columns::Role;

/// Quantities and the numbers of their units.
type Quantities = (Decoded<i128>, Vec<u32>);

/// The columns that are summed.
pub(crate) struct Measures<'a> {
    pub(crate) costs: &'a [i128],
    counts: &'a RowCounts,
    days: Option<Decoded<i32>>,
    quantities: Option<Quantities>,
}

impl<'a> Measures<'a> {
    pub(crate) fn of(
        slice: &'a RowGroup<'_>,
        measures: &[Measure],
        shared: &SharedKeys,
    ) -> Result<Self, DataError> {
        let wants = |measure: Measure| measures.contains(&measure);
        let days = (wants(Measure::FirstDay) || wants(Measure::LastDay))
            .then(|| slice.days())
            .transpose()?;
        let quantities = if wants(Measure::Quantity) {
            with_units(slice, shared)?
        } else {
            None
        };
        Ok(Self {
            costs: slice.costs()?,
            counts: slice.counts()?,
            days,
            quantities,
        })
    }

    /// Whether quantities are summed as well.
    pub(crate) fn has_quantities(&self) -> bool {
        self.quantities.is_some()
    }

    /// Adds one row to a sum.
    pub(crate) fn add(&self, sum: &mut Sum, row: usize) -> Option<()> {
        let cost = *self.costs.get(row)?;
        if cost != NO_AMOUNT {
            sum.cost = sum.cost.checked_add(cost)?;
        }
        sum.rows += self.counts.of(row);
        if let Some(day) = self.days.as_ref().and_then(|days| days.get(row))
            && *day != NO_DAY
        {
            sum.first = sum.first.min(*day);
            sum.last = sum.last.max(*day);
        }
        Some(())
    }

    /// Adds the quantity of one row.
    pub(crate) fn add_quantity(&self, sum: &mut Quantity, row: usize) -> Option<()> {
        let (quantities, units) = self.quantities.as_ref()?;
        let one = match *quantities.get(row)? {
            NO_AMOUNT => return Some(()),
            INEXACT => Quantity {
                units: 0,
                unit: MIXED,
            },
            units_of_row => Quantity {
                units: units_of_row,
                unit: *units.get(row)?,
            },
        };
        sum.join(&one)
    }
}

/// The quantities of a row group and the numbers of their units; `None` if there is no quantity column.
fn with_units(slice: &RowGroup<'_>, shared: &SharedKeys) -> Result<Option<Quantities>, DataError> {
    let Some(header) = slice.role(Role::Quantity) else {
        return Ok(None);
    };
    let units = match slice.role(Role::Unit) {
        Some(header) => DictColumn::column(slice.texts(header)?),
        None => DictColumn::absent(slice.rows),
    };
    let all: Vec<u32> = (0..u32::try_from(units.words.len()).unwrap_or(NONE)).collect();
    let numbers = shared.units(&units.words, &all);
    let number = |code: &u32| match numbers.get(*code as usize) {
        Some(number) if *number != NONE => *number,
        _ => NAMELESS,
    };
    let units = units.codes.get().iter().map(number).collect();
    let exact = |text: &str| Amount::parse_exact(text).map_or(INEXACT, Amount::units);
    Ok(Some((slice.numbers(header, exact)?, units)))
}

/// A quantity that cannot be summed exactly.
const INEXACT: i128 = i128::MIN + 1;
