//! Bridge classes of the rows of a row group.

use crate::data::engine::scan::RowGroup;
use crate::data::error::DataError;
use crate::data::ingest::checksums::bridge_class::{TextColumn, parts_of};
use crate::data::table::stored;
use std::rc::Rc;
use std::sync::Arc;

/// The `ChargeClass` index of each row of a row group.
pub(crate) fn parts(slice: &RowGroup<'_>) -> Result<Arc<[u8]>, DataError> {
    slice.part.parts(slice.group, || {
        let dialect = slice.part.stored.layout.dialect;
        parts_of(dialect, slice.rows, |role| slice.role_texts(role))
    })
}

impl TextColumn for Rc<stored::Texts> {
    fn codes(&self) -> &[u32] {
        &self.codes
    }

    fn distinct(&self) -> usize {
        self.values.len()
    }

    fn text(&self, code: u32) -> Option<&str> {
        self.get(code)
    }
}
