//! Counts a stored table again after it was written.

use crate::data::error::DataError;
use crate::data::panics::guarded;
use crate::data::table::parquet_file::ParquetFile;
use crate::data::table::stored::Stored;
use std::collections::BTreeMap;

/// The second count: checks that the stored table adds up to the totals of the text, per currency.
pub(crate) fn verify(file: ParquetFile, name: &str) -> Result<Stored, DataError> {
    guarded(|| count_again(file, name))
}

fn count_again(file: ParquetFile, name: &str) -> Result<Stored, DataError> {
    let stored = Stored::open(file, name)?;
    let mut rows = 0;
    for (group, count) in stored.groups().enumerate() {
        rows += match stored.counts(group)? {
            Some(counts) => counts.iter().copied().map(u64::from).sum(),
            None => count as u64,
        };
    }
    if rows != stored.info.rows {
        return Err(DataError::Damaged(format!(
            "{name}: the table has {rows} rows, but its metadata says {}",
            stored.info.rows
        )));
    }
    let (costs, effective) = crate::data::table::totals::of(&stored)?;
    for (said, have) in [
        (&stored.info.totals, costs),
        (&stored.info.effective_totals, effective),
    ] {
        let said: BTreeMap<_, _> = said
            .iter()
            .map(|money| (&money.currency, money.amount))
            .collect();
        let currencies = said.keys().copied().chain(have.keys());
        for currency in currencies {
            let (rows, loaded) = (
                said.get(currency).copied().unwrap_or_default(),
                have.get(currency).copied().unwrap_or_default(),
            );
            if loaded != rows {
                return Err(DataError::SumMismatch {
                    file: name.to_owned(),
                    currency: currency.clone().unwrap_or_else(|| "no currency".to_owned()),
                    rows: rows.to_string(),
                    loaded: loaded.to_string(),
                });
            }
        }
    }
    Ok(stored)
}
