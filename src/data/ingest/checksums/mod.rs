//! Checksums of rows: what a row counts as, and which line item it is.

pub(crate) mod bridge_class;
pub(crate) mod line_item_hash;
pub(crate) mod row_checksums;
