//! Checksums of rows, and the two facts they need: the bridge class of a row and its line item.

pub(crate) mod bridge_class;
pub(crate) mod line_item_hash;
pub(crate) mod row_checksums;

#[cfg(test)]
mod tests;
