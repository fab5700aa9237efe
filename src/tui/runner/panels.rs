//! Answers questions for the panels of the overview. Reports that it needs besides the open data come from the ledger.

use crate::domain::analysis::findings::ProofSide;
use crate::domain::analysis::overview::MonthFrame;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::ops::explore::{findings, open};
use crate::ops::overview::found::{Search, findings as overview_findings};
use crate::ops::overview::panels;
use crate::ops::overview::sources::OverviewSources;
use crate::ops::session::Session;
use crate::tui::question::{OverviewPanel, OverviewPart, OverviewQuestion};
use chrono::NaiveDate;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A panel of the overview. The first one may open the month before from the ledger.
pub(super) fn of_overview(
    session: &Session,
    question: OverviewQuestion,
    stop: &Arc<AtomicBool>,
) -> Result<OverviewPanel, OpsError> {
    let (mut sources, frame) = (question.sources, question.frame);
    sources.stop_with(stop);
    Ok(match question.part {
        OverviewPart::Month(today) => {
            let mut opener = opener(session);
            let frame = sources.frame(Some(session.ledger()), today, &mut opener)?;
            let notes = sources.notes(today)?;
            OverviewPanel::Month {
                sources,
                frame,
                notes,
            }
        }
        OverviewPart::Groups(key) => {
            let (panel, _) = panels::ranked(&sources, &frame, (&key, panels::MOST_ON_SCREEN))?;
            let stacks = if key == GroupKey::Role(Role::Service) {
                panels::stacks(&sources, &frame, &panel)?
            } else {
                Vec::new()
            };
            OverviewPanel::Groups { panel, stacks }
        }
        OverviewPart::Tag => of_tag(&sources, &frame)?,
        OverviewPart::Commitments(today) => commitments(session, (sources, &frame), stop, today)?,
        OverviewPart::Findings => found_panel(session, &sources, &frame)?,
        OverviewPart::Dismiss {
            id,
            dismissed,
            today,
        } => dismiss(session, id, dismissed, today)?,
    })
}

/// Opens reports of the ledger.
fn opener(session: &Session) -> impl FnMut(&[String]) -> Result<OpenDataset, OpsError> + '_ {
    let progress = open::Progress::default();
    move |names| open::open_in(session, (&progress, None), names)
}

/// The largest groups by the commonest tag. If no row has one, all cost is untagged.
fn of_tag(sources: &OverviewSources, frame: &MonthFrame) -> Result<OverviewPanel, OpsError> {
    let (Some(tag), _) = panels::tag_of(&sources.opened.data, None)? else {
        return Ok(OverviewPanel::Tag {
            tag: None,
            panel: None,
            untagged: panels::without_tags(frame),
        });
    };
    let key = GroupKey::Tag(tag.clone());
    let (panel, untagged) = panels::ranked(sources, frame, (&key, panels::MOST_ON_SCREEN))?;
    Ok(OverviewPanel::Tag {
        tag: Some(tag),
        panel: Some(panel),
        untagged,
    })
}

/// The unused commitments and the bridge. The amortized report of an actual one may come from the ledger.
fn commitments(
    session: &Session,
    (mut sources, frame): (Box<OverviewSources>, &MonthFrame),
    stop: &Arc<AtomicBool>,
    today: NaiveDate,
) -> Result<OverviewPanel, OpsError> {
    // A report that nobody opened by its name does not hide the others.
    let is_new = match sources.pair_with(session.ledger(), &mut opener(session)) {
        Err(error) if !stop.load(Ordering::Relaxed) => {
            sources.leave_unpaired(&error);
            true
        }
        paired => paired?,
    };
    sources.stop_with(stop);
    let figures = |sources: &OverviewSources| -> Result<_, OpsError> {
        let unused = panels::unused(sources, frame)?;
        Ok((unused, panels::bridge(sources, frame)?))
    };
    let (unused, bridge) = match figures(&sources) {
        Err(error) if sources.is_paired && !stop.load(Ordering::Relaxed) => {
            sources.leave_unpaired(&error);
            figures(&sources)?
        }
        found => found?,
    };
    let notes = is_new.then(|| sources.notes(today)).transpose()?;
    Ok(OverviewPanel::Commitments {
        unused,
        bridge,
        paired: notes.map(|notes| (sources, notes)),
    })
}

/// Dismisses a finding, or restores it.
fn dismiss(
    session: &Session,
    id: String,
    dismissed: bool,
    today: NaiveDate,
) -> Result<OverviewPanel, OpsError> {
    let (folder, ids) = (session.data_dir(), [id]);
    if dismissed {
        findings::dismiss(folder, &ids, today)?;
    } else {
        findings::restore(folder, &ids)?;
    }
    Ok(OverviewPanel::Dismissed)
}

/// The findings of the month, and the tag keys of the other sources that their proofs open.
fn found_panel(
    session: &Session,
    sources: &OverviewSources,
    frame: &MonthFrame,
) -> Result<OverviewPanel, OpsError> {
    let search = Search {
        thresholds: session.thresholds(),
        tags: &[],
        data_dir: session.data_dir(),
        repeated: session.repeated(),
    };
    let mut found = overview_findings(sources, frame, search)?;
    found.forget_advice();
    let tags = |side: ProofSide, opened: Option<&OpenDataset>| {
        let mut proofs = found.all.iter().map(|one| one.finding.proof.side);
        match opened.filter(|_| proofs.any(|own| own == side)) {
            Some(opened) => open::tag_keys(&opened.data),
            None => Ok(Vec::new()),
        }
    };
    Ok(OverviewPanel::Findings {
        before_tags: tags(ProofSide::Before, sources.before.as_ref())?,
        amortized_tags: tags(ProofSide::Amortized, sources.amortized.as_ref())?,
        found,
    })
}
