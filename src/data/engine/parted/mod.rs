//! Answers whose sums do not fit the memory: the groups are summed share by share, and their lines wait on disk until they
//! are merged in order.
//!
//! [`attempts`] tries the whole answer first and asks [`estimate`] for the number of shares if it is refused. [`runs`] keeps
//! the lines of each share, [`merge`] reads them back.

pub(crate) mod attempts;
pub(crate) mod chunks;
pub(crate) mod estimate;
pub(crate) mod lines;
pub(crate) mod merge;
pub(crate) mod parts;
pub(crate) mod runs;
