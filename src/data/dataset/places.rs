//! Names rows instead of lines, where the text that is read was made from JSON or from Parquet.

use crate::data::error::DataError;
use crate::data::ingest::findings::Repair;
use crate::data::progress::Progress;
use crate::data::sources::content::{Input, Tally};
use crate::data::sources::page_rows::{EACH, RowNumbers, at_row, rows_at};

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

/// Replaces the lines of repairs by rows; returns whether they are. The text is made again up to the last of them.
pub(super) fn in_repairs(
    repairs: &mut [Repair],
    input: &Input<'_>,
    of_json: Option<&RowNumbers>,
) -> Result<bool, DataError> {
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
