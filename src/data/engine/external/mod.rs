//! Questions that another engine answers in SQL, and its answers as sums.

pub mod delegate;
pub(crate) mod values;
