//! Compares actual with amortized costs.

pub mod commitments;
pub mod facts;
pub mod in_parts;
pub mod pair;
pub mod pair_files;
pub mod pivot;
pub mod stored_pairs;
