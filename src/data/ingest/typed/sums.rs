//! Adds the amounts of the rows of a block to the totals of their currencies, column by column.

use super::word_repairs::line_of;
use crate::data::columns::column_types::{NO_AMOUNT, amounts_of, texts_of};
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::ingest::block_parser::BlockParser;
use crate::data::ingest::findings::Totals;
use crate::domain::money::Amount;

/// The amounts of one column: by the checking parser, or as they are stored if they had no text.
struct Checked<'a> {
    stored: &'a [i128],
    checked: &'a [i128],
}

impl Checked<'_> {
    /// Whether a row has an amount; `None` without such a column.
    fn has(&self, row: usize) -> Option<bool> {
        self.stored.get(row).map(|units| *units != NO_AMOUNT)
    }

    fn of_row(&self, row: usize) -> Amount {
        let units = self.checked.get(row).or_else(|| self.stored.get(row));
        let units = units.copied().filter(|units| *units != NO_AMOUNT);
        Amount::from_units(units.unwrap_or_default())
    }
}

/// Adds the costs and the amortized costs of so many rows, each of which is one line; `None` if a total overflows.
/// `checked` has the amounts by the checking parser; it is empty where they had no text.
pub(super) fn add_up(
    parser: &mut BlockParser<'_, '_>,
    rows: usize,
    checked: [&[i128]; 2],
) -> Option<()> {
    let columns = &parser.columns;
    let [of_cost, of_effective] = checked;
    let costs = Checked {
        stored: amounts_of(columns, parser.at.cost),
        checked: of_cost,
    };
    let effective = Checked {
        stored: amounts_of(columns, parser.at.effective),
        checked: of_effective,
    };
    let currency = texts_of(columns, parser.at.currency);
    let codes = currency.map(GrowingTexts::codes).unwrap_or_default();
    let known = currency.map(GrowingTexts::distinct).unwrap_or_default();
    // The totals of a block end with its last currency that has an amount.
    let mut used = parser.totals.len();
    let mut totals = std::mem::take(&mut parser.totals);
    totals.resize(known.max(used), Totals::default());
    for row in 0..rows {
        let has_cost = costs.has(row);
        if has_cost == Some(false) {
            let kind = if effective.has(row) == Some(true) {
                "no-billed-cost"
            } else {
                "blank-cost"
            };
            parser.findings.repairs.add(kind, 1, line_of(row));
        }
        let amounts = Totals {
            cost: costs.of_row(row),
            effective: effective.of_row(row),
        };
        if has_cost != Some(true) && amounts == Totals::default() {
            continue;
        }
        let code = codes.get(row).copied().unwrap_or(NONE);
        let total = match totals.get_mut(code as usize) {
            Some(total) => {
                used = used.max(code as usize + 1);
                total
            }
            None => &mut parser.without,
        };
        *total = total.plus(amounts)?;
    }
    totals.truncate(used);
    parser.totals = totals;
    Some(())
}
