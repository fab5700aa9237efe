//! Names rows instead of lines, where the text that is read was made from JSON or from Parquet.

use crate::data::error::DataError;
use crate::data::ingest::findings::Repair;
use crate::data::progress::Progress;
use crate::data::sources::content::Input;
use crate::data::sources::page_rows::{EACH, RowNumbers, at_row, rows_at};
use crate::data::sources::tally::Tally;

/// The numbers of the rows, unless the text is the user's own; `of_json` are those of rows of JSON.
fn numbers<'a>(input: &Input<'_>, of_json: Option<&'a RowNumbers>) -> Option<&'a RowNumbers> {
    of_json.or_else(|| input.is_parquet().then_some(&EACH))
}

/// Names the row in an error.
pub(super) fn in_error(
    error: DataError,
    input: &Input<'_>,
    of_json: Option<&RowNumbers>,
) -> DataError {
    let progress = Progress::default();
    let Some(numbers) = numbers(input, of_json) else {
        return error;
    };
    match input.open(&Tally::default(), &progress) {
        Ok(text) => at_row(error, text, numbers),
        Err(_) => error,
    }
}

/// Replaces the lines of typed rows, each of which counts as one, by rows.
pub(super) fn of_typed(repairs: &mut [Repair]) {
    for repair in repairs {
        // The header has the first line.
        repair.first_line = repair.first_line.saturating_sub(1).max(1);
    }
}

/// Replaces the lines of repairs by rows; returns whether they are. The text is made again up to the last of them,
/// unless the rows had typed columns.
pub(super) fn in_repairs(
    repairs: &mut [Repair],
    input: &Input<'_>,
    (is_typed, of_json): (bool, Option<&RowNumbers>),
) -> Result<bool, DataError> {
    if is_typed {
        of_typed(repairs);
        return Ok(true);
    }
    let Some(numbers) = numbers(input, of_json) else {
        return Ok(false);
    };
    if repairs.is_empty() {
        return Ok(true);
    }
    let progress = Progress::default();
    let text = input.open(&Tally::default(), &progress)?;
    let lines = repairs.iter().map(|repair| repair.first_line);
    let rows = rows_at(text, lines.collect());
    for repair in repairs {
        let row = rows.get(&repair.first_line).copied().unwrap_or(1);
        repair.first_line = numbers.of(row);
    }
    Ok(true)
}
