//! The decision about each source, as lines to print and show.

use crate::data::analysis::overlap::Comparer;
use crate::data::dataset::Dataset;
use crate::data::dataset::source::Source;
use crate::data::sources::candidate::Candidate;
use crate::data::sources::manifest::ExportManifest;
use crate::data::sources::plan::Decision;
use crate::domain::metric::Metric;
use crate::domain::query::column_kinds::ACCOUNT;
use crate::domain::query::columns::Dialect;
use crate::domain::text::{counted, grouped};
use crate::ops::context::{Covered, PlanLine};
use crate::ops::error::OpsError;
use std::collections::BTreeMap;

const READ: &str = "read";

impl PlanLine {
    pub(crate) fn of(candidate: &Candidate, decision: &Decision) -> Option<Self> {
        let (word, why, replaced_by) = match decision {
            Decision::Read => (READ, None, None),
            Decision::Replaced { by, why } => ("replaced", Some(why.clone()), Some(by.clone())),
            Decision::LeftOut { why } => ("left-out", Some(why.clone()), None),
            Decision::Manifest => return None,
        };
        Some(Self {
            path: candidate.path.clone(),
            decision: word,
            why,
            replaced_by,
            coverage: Covered::default(),
            source: None,
        })
    }

    /// Adds the facts of its run's manifest.
    pub(crate) fn set_manifest(&mut self, manifest: &ExportManifest, rows: Option<u64>) {
        self.coverage = Covered {
            dataset: dataset_of_kind(manifest),
            from: manifest.days.map(|(from, _)| from),
            to: manifest.days.map(|(_, to)| to),
            rows,
            run: manifest.run_id.clone(),
            export: manifest.export_name.clone(),
            ..Covered::default()
        };
    }

    pub(crate) fn is_read(&self) -> bool {
        self.decision == READ
    }
}

fn dataset_of_kind(manifest: &ExportManifest) -> Option<String> {
    let kind = manifest.kind.to_lowercase();
    match kind.as_str() {
        "actualcost" => Some("actual".to_owned()),
        "amortizedcost" => Some("amortized".to_owned()),
        "focuscost" => Some(focus_word(manifest.data_version.as_deref())),
        "" => None,
        _ => Some(kind),
    }
}

fn focus_word(version: Option<&str>) -> String {
    version.map_or_else(|| "FOCUS".to_owned(), |version| format!("FOCUS {version}"))
}

/// The line of a source that was read.
pub(crate) fn line_of((at, source): (usize, &Source)) -> PlanLine {
    let dataset = match source.metric {
        _ if source.dialect == Dialect::Focus => {
            Some(focus_word(source.run.data_version.as_deref()))
        }
        Some(metric) => Some(Metric::word(metric).to_owned()),
        None => None,
    };
    let run = match (&source.run.id, source.run.made_at) {
        (Some(id), Some(time)) => Some(format!("{id}, {}", time.format("%Y-%m-%d %H:%M"))),
        (Some(id), None) => Some(id.clone()),
        (None, _) => None,
    };
    PlanLine {
        path: source.name.clone(),
        decision: READ,
        why: None,
        replaced_by: None,
        coverage: Covered {
            dataset,
            from: source.days.map(|(from, _)| from),
            to: source.days.map(|(_, to)| to),
            rows: Some(source.rows),
            totals: Some(source.totals.clone()),
            run,
            export: source.run.export.clone(),
            ..Covered::default()
        },
        source: Some(at),
    }
}

/// The lines with the accounts and subscriptions that their rows name.
pub fn with_scopes(data: &Dataset, lines: &[PlanLine]) -> Result<Vec<PlanLine>, OpsError> {
    let mut comparer = Comparer::new(data);
    let mut out = lines.to_vec();
    for line in &mut out {
        if let Some(at) = line.source {
            let found = comparer.coverage(at)?;
            let list = |values: &std::collections::BTreeSet<String>| {
                Some(values.iter().cloned().collect())
            };
            line.coverage.accounts = list(&found.values_of(ACCOUNT));
            line.coverage.subscriptions = list(&found.subscriptions.values);
        }
    }
    Ok(out)
}

/// The left-out sources in one line; `None` if all were read.
pub(crate) fn left_out(lines: &[PlanLine]) -> Option<String> {
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.is_read()) {
        let why = line.why.clone().unwrap_or_default();
        let why = why.replace("an older run", "older run");
        reasons.entry(why).or_default().push(&line.path);
    }
    if reasons.is_empty() {
        return None;
    }
    let said = reasons.iter().map(|(why, paths)| {
        let first = paths.first().copied().unwrap_or_default();
        match paths.len() {
            1 => format!("{first} ({why})"),
            more => format!(
                "{} ({why}: {first} and {} more)",
                counted(more as u64, "file"),
                more - 1
            ),
        }
    });
    let said: Vec<String> = said.collect();
    Some(format!("left out: {}", said.join("; ")))
}

/// The plan as text, for the quality report.
pub fn words(plan: &[PlanLine]) -> Vec<String> {
    let mut out = Vec::new();
    for line in plan {
        let rows = line
            .coverage
            .rows
            .map(|rows| format!(", {} rows", grouped(rows)));
        let why = line.why.as_ref().map(|why| format!(": {why}"));
        let by = line
            .replaced_by
            .as_ref()
            .map(|by| format!(" (replaced by: {by})"));
        out.push(format!(
            "  {:<8}  {}{}{}{}",
            line.decision.replace('-', " "),
            line.path,
            rows.unwrap_or_default(),
            why.unwrap_or_default(),
            by.unwrap_or_default()
        ));
    }
    out
}
