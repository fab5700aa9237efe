//! Parquet parts of a stored report: text columns as received, the typed amount and day beside them.

use super::error::DataError;
use super::ingest::{self, Ingested};
use super::layout::Layout;
use polars::prelude::{DataFrame, ParquetCompression, ParquetReader, ParquetWriter, SerReader};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Turns one CSV file into one Parquet file in bounded memory, reads the amounts back and checks their sum.
pub fn convert(csv: &Path, name: &str, target: &Path) -> Result<Ingested, DataError> {
    let io_error = |source: io::Error| DataError::Io {
        file: name.to_owned(),
        source,
    };
    let source = File::open(csv).map_err(io_error)?;
    let ingested = convert_from(source, name, target)?;
    let stored = File::open(target).map_err(io_error)?;
    let amounts = amounts_only(stored, &ingested.layout)?;
    if let Some(frame) = amounts {
        super::dataset::check_totals(name, &frame, &ingested)?;
    }
    Ok(ingested)
}

fn convert_from(source: impl Read, name: &str, target: &Path) -> Result<Ingested, DataError> {
    let io_error = |source: io::Error| DataError::Io {
        file: name.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(target)
        .map_err(io_error)?;
    let mut writer = Some(file);
    let mut batches = None;
    let ingested = ingest::read_csv(name, source, |_, frame| {
        if batches.is_none() {
            let Some(sink) = writer.take() else {
                return Ok(());
            };
            let options = ParquetWriter::new(sink).with_compression(ParquetCompression::Zstd(None));
            batches = Some(options.batched(frame.schema())?);
        }
        if let Some(batches) = &mut batches {
            batches.write_batch(&frame)?;
        }
        Ok(())
    })?;
    if let Some(batches) = batches {
        batches.finish()?;
    }
    File::open(target)
        .and_then(|file| file.sync_all())
        .map_err(io_error)?;
    Ok(ingested)
}

/// The amount and currency columns of a stored part.
fn amounts_only(file: File, layout: &Layout) -> Result<Option<DataFrame>, DataError> {
    if layout.headers.is_empty() {
        return Ok(None);
    }
    let mut columns = vec![super::COST.to_owned()];
    columns.extend(
        layout
            .role_header(crate::domain::columns::Role::Currency)
            .map(ToOwned::to_owned),
    );
    Ok(Some(
        ParquetReader::new(file)
            .with_columns(Some(columns))
            .finish()?,
    ))
}

/// A stored part and its size.
pub(crate) fn read(path: &Path, name: &str) -> Result<(DataFrame, u64), DataError> {
    let io_error = |source: io::Error| DataError::Io {
        file: name.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io_error)?;
    let bytes = file.metadata().map_err(io_error)?.len();
    Ok((ParquetReader::new(file).finish()?, bytes))
}
