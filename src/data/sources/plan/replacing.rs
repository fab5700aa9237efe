//! Which of two runs counts.

use super::run::{Decision, Made, PlannedRun};
use crate::data::sources::names;
use crate::domain::text::shell::word;
use chrono::{NaiveDate, TimeDelta};

/// Why a run is left out that has no manifest where others of its export have one.
const UNFINISHED: &str = "its manifest is not there yet: the run is not complete";

/// Leaves out a run in a folder of its own without a manifest, if another run of its export has one: Azure writes the manifest
/// last.
pub(super) fn unfinished(others: &[PlannedRun], run: &PlannedRun) -> Option<Decision> {
    let is_proved = |other: &PlannedRun| other.manifest.is_some() && same_export(other, run);
    (run.has_no_manifest() && others.iter().any(is_proved)).then(|| Decision::LeftOut {
        why: UNFINISHED.to_owned(),
    })
}

/// Refuses a run without all of its files, and names the folders of the other months.
pub(super) fn missing(others: &[PlannedRun], run: &PlannedRun, missing: &str) -> String {
    let is_proved = |other: &&PlannedRun| other.manifest.is_some() && same_export(other, run);
    let others = others.iter().filter(is_proved);
    let months: Vec<&str> = others
        .filter_map(|other| names::days_folder(&other.name))
        .collect();
    let months = if months.is_empty() {
        String::new()
    } else {
        format!(
            ". The other months are read by their folders: {}",
            months.join(", ")
        )
    };
    format!(
        "{}: it lists the file {missing}, which is not in the folder. If the run is still being written, try again later; \
         otherwise, give the whole run, or the folder of its export{months}",
        run.name
    )
}

/// Whether two runs belong to one export: by its id if both have one, else by the folder above their months.
pub(super) fn same_export(one: &PlannedRun, other: &PlannedRun) -> bool {
    let id = |run: &PlannedRun| {
        let manifest = run.manifest.as_ref()?;
        let kind = manifest.kind.to_lowercase();
        Some((manifest.export_id.clone()?, kind))
    };
    if let (Some(one), Some(other)) = (id(one), id(other)) {
        return one == other;
    }
    let called = |run: &PlannedRun| {
        let manifest = run.manifest.as_ref();
        manifest.and_then(|manifest| manifest.export_name.clone())
    };
    let names = called(one).zip(called(other));
    names.is_none_or(|(one, other)| one == other) && one.folder == other.folder
}

/// Advises to give one of two runs: by its folder, unless both are in one.
pub(super) fn one_of(runs: [&PlannedRun; 2]) -> String {
    let [one, other] = runs.map(|run| names::folder(&run.name));
    if one == other || one.is_empty() || other.is_empty() {
        return "give one of them".to_owned();
    }
    format!("give {one} or {other} alone")
}

/// Decides about a run that overlaps a higher-ranked one. Fails if it is unclear which one counts.
pub(super) fn replaced(newer: &PlannedRun, run: &PlannedRun) -> Result<Decision, String> {
    let (Some((first, last)), Some((from, to))) = (newer.days, run.days) else {
        return Err(format!(
            "{} and {} are runs of one export, and it is unknown which days they hold; {}",
            newer.name,
            run.name,
            one_of([newer, run])
        ));
    };
    if let Some(missing) = &run.missing {
        let why = format!("the run is incomplete: {missing} is missing");
        return Ok(Decision::LeftOut { why });
    }
    let is_later = newer
        .made_at()
        .zip(run.made_at())
        .is_some_and(|(described, bare)| bare > described);
    if newer.manifest.is_some() && run.manifest.is_none() && is_later {
        let why = UNFINISHED.to_owned();
        return Ok(Decision::LeftOut { why });
    }
    if first > from || to > last {
        return Err(format!(
            "{} is newer than {} and holds only some of its days: adding both would count those twice; {}",
            newer.name,
            run.name,
            one_of([newer, run])
        ));
    }
    let why = match (newer.made, run.made) {
        _ if newer.manifest.is_some() && run.manifest.is_none() => {
            Some("a run with a manifest replaces one without")
        }
        (Made::Submitted(new), Made::Submitted(old))
        | (Made::FolderTime(new), Made::FolderTime(old)) => (new > old).then_some("an older run"),
        (_, _) => {
            let times = newer.made_at().zip(run.made_at());
            let is_newer = times.is_some_and(|(new, old)| new - old > TimeDelta::hours(1));
            is_newer.then_some("an older run, by the times of the files")
        }
    };
    let Some(why) = why else {
        let folder = names::folder(&newer.name);
        // A manifest is not read by itself.
        let is_alone = newer.manifest.is_some() && folder != names::folder(&run.name);
        let one = if is_alone { folder } else { &newer.name };
        return Err(format!(
            "{} and {} are runs of the same days, and it is unclear which is newer: adding both would count the days \
             twice. Read one of them: costscope show {}",
            newer.name,
            run.name,
            word(one)
        ));
    };
    Ok(Decision::Replaced {
        by: newer.name.clone(),
        why: why.to_owned(),
    })
}

pub(super) fn overlap(
    a: Option<(NaiveDate, NaiveDate)>,
    b: Option<(NaiveDate, NaiveDate)>,
) -> bool {
    match (a, b) {
        (Some((first, last)), Some((from, to))) => first <= to && from <= last,
        _ => false,
    }
}
