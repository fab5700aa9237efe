//! Accessors of states, for code that cares about one state or one value only.

use super::states::{Downloading, Generating, Operation, Ordered, Pacing, Paging};
use crate::domain::report::reply::{Failure, Wait};
use chrono::TimeDelta;

impl Operation {
    /// The data of a report about to be ordered.
    pub fn ordered(&self) -> Option<&Ordered> {
        if let Self::Ordered(ordered) = self {
            Some(ordered)
        } else {
            None
        }
    }

    /// The data of a report being generated.
    pub fn generating(&self) -> Option<&Generating> {
        if let Self::Generating(generating) = self {
            Some(generating)
        } else {
            None
        }
    }

    /// The data of a report being downloaded.
    pub fn downloading(&self) -> Option<&Downloading> {
        if let Self::Downloading(downloading) = self {
            Some(downloading)
        } else {
            None
        }
    }

    /// The data of rows being read page by page.
    pub fn paging(&self) -> Option<&Paging> {
        if let Self::Paging(paging) = self {
            Some(paging)
        } else {
            None
        }
    }

    /// The reason a report failed.
    pub fn failure(&self) -> Option<&Failure> {
        if let Self::Failed(failure) = self {
            Some(failure)
        } else {
            None
        }
    }

    /// Whether the state is final.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Ready { .. } | Self::Empty { .. } | Self::Failed(_) | Self::Cancelled
        )
    }

    /// The waits and failures so far, of a state that sends requests to the API.
    fn pacing(&self) -> Option<&Pacing> {
        match self {
            Self::Ordered(ordered) => Some(&ordered.pacing),
            Self::Generating(generating) => Some(&generating.pacing),
            Self::Paging(paging) => Some(&paging.pacing),
            Self::Downloading(_)
            | Self::Fetched
            | Self::Ready { .. }
            | Self::Empty { .. }
            | Self::Failed(_)
            | Self::Cancelled => None,
        }
    }

    /// The current wait, if there is one.
    pub fn wait(&self) -> Option<&Wait> {
        let ordered = self.ordered().and_then(|ordered| ordered.wait.as_ref());
        let generating = self.generating().map(|generating| &generating.wait);
        let paging = self.paging().and_then(|paging| paging.wait.as_ref());
        ordered.or(generating).or(paging)
    }

    /// Requests in a row that were throttled or failed.
    pub fn tries(&self) -> u32 {
        self.pacing().map_or(0, |pacing| pacing.failures.all)
    }

    /// The last wait that the server requested, to be stored for later runs.
    pub fn named_wait(&self) -> Option<TimeDelta> {
        let downloading = self.downloading().and_then(|downloading| downloading.named);
        self.pacing().map_or(downloading, |pacing| pacing.named)
    }

    /// How often the report was ordered again.
    pub fn reorders(&self) -> u32 {
        let ordered = self.ordered().map(|ordered| ordered.reorders);
        let generating = self.generating().map(|generating| generating.reorders);
        let downloading = self.downloading().map(|downloading| downloading.reorders);
        ordered.or(generating).or(downloading).unwrap_or(0)
    }

    /// Polls so far.
    pub fn polls(&self) -> u32 {
        let generating = self.generating().map(|generating| generating.polls);
        let downloading = self.downloading().map(|downloading| downloading.polls);
        generating.or(downloading).unwrap_or(0)
    }
}
