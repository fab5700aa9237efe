//! Tables inside of exports. An export is a table as it is stored, footer and all, followed by a second footer without the
//! column of tag sets: other programs read that one, and costscope the table.
//!
//! The second footer has the length and the checksum of the table. A program that writes the file anew, or adds rows to it,
//! may keep that note; the table counts only if both footers describe the same rows in the same places.

use super::bytes::Bytes;
use super::checksum::TableChecksum;
use crate::data::columns::tags::TAGS;
use crate::data::error::DataError;
use crate::data::ingest::READING_RULES;
use crate::data::table::footer::SCHEMA;
use polars_parquet::read::{FileMetadata, RowGroupMetadata};
use polars_parquet::write::{KeyValue, ThriftFileMetadata};
use polars_parquet_format::thrift::protocol::TCompactOutputProtocol;
use serde::{Deserialize, Serialize};

/// The Parquet metadata key.
pub(super) const EXPORT: &str = "costscope.export";

const MAGIC: &[u8] = b"PAR1";

/// The table inside of an export, as the second footer describes it.
#[derive(Serialize, Deserialize)]
pub(crate) struct TableInside {
    /// The rules that its description follows.
    rules: String,
    /// The checksum of the table with its footer.
    checksum: TableChecksum,
}

/// The rules for what a file is read as: other ones may describe the same rows otherwise.
fn rules() -> String {
    let program = env!("CARGO_PKG_VERSION");
    format!("{READING_RULES}, tables {SCHEMA}, version {program}")
}

impl TableInside {
    /// A table that was just written.
    pub(super) fn of(checksum: TableChecksum) -> Self {
        let rules = rules();
        Self { rules, checksum }
    }

    /// The table that the footer of a file names, with its checksum; `None` if the rules are others, or the footer
    /// describes other rows than the table has.
    pub(super) fn find(
        text: &str,
        (file, bytes): (&FileMetadata, &Bytes),
    ) -> Option<(TableChecksum, Bytes, FileMetadata)> {
        let inside: Self = serde_json::from_str(text).ok()?;
        if inside.rules != rules() {
            return None;
        }
        let table = bytes.start(inside.checksum.length())?;
        let meta = table.metadata().ok()?;
        let groups = file.row_groups.iter().zip(&meta.row_groups);
        let is_same = file.row_groups.len() == meta.row_groups.len()
            && groups.clone().all(|(shown, own)| is_same(shown, own));
        is_same.then_some((inside.checksum, table, meta))
    }
}

/// Whether both footers have the same columns of a row group in the same places.
fn is_same(shown: &RowGroupMetadata, own: &RowGroupMetadata) -> bool {
    let place = |group: &RowGroupMetadata| {
        let columns = group.parquet_columns().iter();
        let columns = columns.map(|column| {
            let path = column.descriptor().path_in_schema.clone();
            (path, column.byte_range())
        });
        columns
            .filter(|(path, _)| path.first().is_none_or(|name| name != TAGS))
            .collect::<Vec<_>>()
    };
    shown.num_rows() == own.num_rows() && place(shown) == place(own)
}

/// The footer of a table without the column of tag sets, which is the last one.
pub(super) fn without_tags(
    mut meta: ThriftFileMetadata,
    said: Vec<KeyValue>,
) -> Result<Vec<u8>, DataError> {
    meta.schema.pop();
    if let Some(root) = meta.schema.first_mut() {
        root.num_children = root.num_children.map(|children| children - 1);
    }
    if let Some(orders) = &mut meta.column_orders {
        orders.pop();
    }
    for group in &mut meta.row_groups {
        let Some(about) = group.columns.pop().and_then(|column| column.meta_data) else {
            continue;
        };
        group.total_byte_size -= about.total_uncompressed_size;
        if let Some(size) = &mut group.total_compressed_size {
            *size -= about.total_compressed_size;
        }
    }
    meta.key_value_metadata = Some(said);
    let mut footer = Vec::new();
    let mut protocol = TCompactOutputProtocol::new(&mut footer);
    let written = meta.write_to_out_protocol(&mut protocol);
    let failed = |error: String| DataError::Stored(format!("the footer of an export: {error}"));
    written.map_err(|error| failed(error.to_string()))?;
    let length = u32::try_from(footer.len()).map_err(|error| failed(error.to_string()))?;
    footer.extend_from_slice(&length.to_le_bytes());
    footer.extend_from_slice(MAGIC);
    Ok(footer)
}
