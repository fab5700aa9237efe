//! Parquet files whose footer was read, before it is known whether costscope wrote them.

use super::bytes::Bytes;
use super::checksum::TableChecksum;
use super::footer::{INFO, SCHEMA};
use super::second_footer::{EXPORT, TableInside};
use crate::data::error::DataError;
use polars_parquet::read::FileMetadata;

/// The part of the metadata that every version has.
#[derive(serde::Deserialize)]
struct Version {
    schema: u32,
}

/// A Parquet file whose footer was read.
pub(crate) struct ParquetFile {
    pub(super) bytes: Bytes,
    pub(super) meta: FileMetadata,
    /// The export that it is the table of.
    pub(super) export: Option<Export>,
}

/// The export that a table is the start of.
#[derive(Clone, Copy)]
pub(super) struct Export {
    /// The size of the whole file.
    pub(super) length: u64,
    /// The checksum of the table, with its footer.
    pub(super) checksum: TableChecksum,
}

impl ParquetFile {
    pub(crate) fn open(bytes: Bytes) -> Result<Self, DataError> {
        let meta = bytes.metadata()?;
        Ok(Self {
            bytes,
            meta,
            export: None,
        })
    }

    /// The table inside of an export; any other file itself.
    pub(crate) fn unwrapped(self) -> Self {
        let text = said(&self.meta, EXPORT);
        let found = text.and_then(|text| TableInside::find(text, (&self.meta, &self.bytes)));
        let length = self.bytes.len();
        let table = found.map(|(checksum, bytes, meta)| Self {
            export: Some(Export { length, checksum }),
            bytes,
            meta,
        });
        let is_table = |table: &Self| table.version() == Some(SCHEMA);
        table.filter(is_table).unwrap_or(self)
    }

    /// The schema version, if costscope wrote it.
    pub(crate) fn version(&self) -> Option<u32> {
        let text = said(&self.meta, INFO)?;
        let said: Version = serde_json::from_str(text).ok()?;
        Some(said.schema)
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// A value of the metadata.
pub(super) fn said<'a>(meta: &'a FileMetadata, key: &str) -> Option<&'a str> {
    let pairs = meta.key_value_metadata().as_ref()?;
    pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
}
