//! Looks for the findings of the month of an overview, each with the command that proves it.

use super::sources::OverviewSources;
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::thresholds::Thresholds;
use crate::domain::analysis::findings::{Finding, NotLookedFor};
use crate::domain::analysis::overview::MonthFrame;
use crate::domain::analysis::overview::found::{OverviewFinding, OverviewFindings};
use crate::ops::error::OpsError;
use crate::ops::explore::findings::command::command;
use crate::ops::explore::findings::{SearchSettings, Searched, dismissed, find_in_month};
use crate::ops::repeated_flags::RepeatedFlags;
use std::path::Path;

/// The thresholds and dates of a search, and where dismissed findings are noted.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    pub thresholds: &'a Thresholds,
    /// The tag keys to look for on a server, which cannot list them. Elsewhere those count that most money carries.
    pub tags: &'a [String],
    pub data_dir: &'a Path,
    /// The flags that commands repeat.
    pub repeated: &'a RepeatedFlags,
}

/// Replaces a reason that names an argument of `costscope findings`.
const ACTUAL_ONLY: &str =
    "actual costs have no unused part, and the sources have no amortized costs";

/// The findings of the month, the largest first.
pub fn findings(
    sources: &OverviewSources,
    frame: &MonthFrame,
    search: Search<'_>,
) -> Result<OverviewFindings, OpsError> {
    // Sources with both costs are compared with themselves.
    let amortized = sources.amortized.as_ref();
    let amortized = amortized.filter(|side| side.names != sources.opened.names);
    let searched = Searched {
        now: &sources.opened,
        before: sources.before.as_ref(),
        amortized,
    };
    let is_on_server = sources.opened.data.server().is_some();
    let wanted = SearchSettings {
        filter: None,
        tags: if is_on_server { search.tags } else { &[] },
        thresholds: search.thresholds,
    };
    let mut found = find_in_month(searched, &wanted, frame)?;
    let dismissed = dismissed(search.data_dir)?;
    found.dismiss(|id| dismissed.contains(id));
    let proved = |finding: Finding| OverviewFinding {
        command: command(&finding.proof, searched, search.repeated),
        finding,
    };
    let known = sources.amortized_side().is_some();
    let reason = |skipped: NotLookedFor| match skipped.kind {
        FindingKind::Unused if !known => NotLookedFor {
            why: ACTUAL_ONLY.to_owned(),
            advice: None,
            ..skipped
        },
        _ => skipped,
    };
    Ok(OverviewFindings {
        all: found.findings.into_iter().map(proved).collect(),
        smaller: found.smaller,
        not_looked_for: found.not_looked_for.into_iter().map(reason).collect(),
    })
}
