//! Converts a downloaded CSV file into a stored table of the ledger.

use super::convert::{Ingested, Options, convert};
use super::second_count::verify;
use crate::data::columns::dates::DateOrder;
use crate::data::error::DataError;
use crate::data::sources::content::{Content, look_into};
use crate::data::table::bytes::Bytes;
use crate::data::table::footer::OrderFacts;
use crate::data::table::parquet_file::ParquetFile;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

/// Converts one CSV file into one stored table in bounded memory, reads the amounts back and checks their sum.
pub fn commit(
    csv: &Path,
    name: &str,
    about: &OrderFacts,
    target: &Path,
    options: &Options<'_>,
) -> Result<Ingested, DataError> {
    let csv = File::open(csv).map_err(DataError::io(name))?;
    commit_file(Arc::new(csv), name, about, target, options)
}

/// Like [`commit`], for a file that is open.
pub fn commit_file(
    csv: Arc<File>,
    name: &str,
    about: &OrderFacts,
    target: &Path,
    options: &Options<'_>,
) -> Result<Ingested, DataError> {
    let failed = DataError::io(name);
    let Content::Texts(mut texts) = look_into(csv, name)? else {
        return Err(DataError::NotCsv {
            file: name.to_owned(),
            kind: "a Parquet file, but a CSV file was ordered".into(),
        });
    };
    let Some((name, input)) = texts.pop().filter(|_| texts.is_empty()) else {
        return Err(DataError::NotCsv {
            file: name.to_owned(),
            kind: "an archive of several files, but one was ordered".into(),
        });
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(target)
        .map_err(failed)?;
    let (file, ingested): (File, Ingested) =
        convert(&input.into_one_table().named(&name), about, file, options)?;
    if ingested.dates == DateOrder::Undecided {
        return Err(DataError::DateOrder {
            file: name,
            line: 1,
        });
    }
    file.sync_all().map_err(failed)?;
    verify(ParquetFile::open(Bytes::File(Arc::new(file)))?, &name)?;
    Ok(ingested)
}
