//! The query engines: costscope's own, or polars. Both give the same digits.

use super::error::OpsError;
use crate::data::dataset::{Dataset, SqlEngine};
use std::sync::Arc;

/// The engine that runs queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    #[default]
    Own,
    Polars,
}

impl Engine {
    /// The engine for this data, if it is not on a server.
    pub fn of(data: &Dataset) -> Self {
        match data.engine() {
            Some(_) if data.server().is_none() => Self::Polars,
            _ => Self::Own,
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Own => Self::Polars,
            Self::Polars => Self::Own,
        }
    }

    /// Switches the data to this engine.
    pub fn put_on(self, data: &Dataset) -> Result<Dataset, OpsError> {
        match self {
            Self::Own => Ok(data.answered_by(None)),
            Self::Polars => Ok(data.answered_by(Some(polars()?))),
        }
    }
}

#[cfg(feature = "sql")]
#[allow(clippy::unnecessary_wraps)] // Without SQL there is none.
fn polars() -> Result<Arc<dyn SqlEngine>, OpsError> {
    Ok(Arc::new(crate::data::sql::Polars))
}

#[cfg(not(feature = "sql"))]
fn polars() -> Result<Arc<dyn SqlEngine>, OpsError> {
    Err(without())
}

/// The error of a build without SQL.
#[cfg(not(feature = "sql"))]
pub(crate) fn without() -> OpsError {
    OpsError::Failed(
        "this costscope was built without SQL (--no-default-features); build it with the feature `sql`".to_owned(),
    )
}
