//! Checks that sources may be added up: never the same costs twice, never actual with amortized cost. Collects notes on
//! doubtful cases.

use crate::data::analysis::overlap::{Comparer, Relation};
use crate::data::dataset::Dataset;
use crate::data::dataset::source::Source;
use crate::data::sources::plan::{FilePlan, PlannedRun};
use crate::domain::money::{Money, listed};
use crate::domain::query::columns::{Dialect, Role};
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;
use crate::ops::context::OpenContext;
use crate::ops::error::OpsError;
use crate::store::ledger::{LedgerEntry, added};
use std::collections::HashMap;

/// The result of a comparison of all sources, unless it refuses them.
pub(crate) enum Compared {
    /// They may be added up. The remark names those of the same scope and days.
    Told(Option<String>),
    /// All columns of the sources have to be read for that.
    Unread,
}

/// What was checked of exports in storage: the rows that their manifests promise, and the exact totals. It is also said as
/// progress.
pub(crate) fn checked(context: &OpenContext<'_>, plan: &FilePlan, data: &Dataset) -> String {
    let promising = plan.runs.iter().filter(|run| run.rows.is_some());
    let rows = match (promising.count(), plan.runs.len()) {
        (0, _) => "no manifest promises rows".to_owned(),
        (some, all) if some < all => {
            format!(
                "rows as promised in {some} of {}",
                counted(all as u64, "run")
            )
        }
        (_, _) => "rows as promised".to_owned(),
    };
    let money = data.sources().iter().flat_map(|source| &source.totals);
    let totals = added(money).unwrap_or_default().into_iter();
    let totals = totals.map(|(currency, amount)| Money { currency, amount });
    let totals: Vec<Money> = totals.collect();
    let mut words = format!("checked: {rows}");
    if !totals.is_empty() {
        words = format!("{words}, totals {}", listed(&totals));
    }
    context.progress.say(Some(words.clone()));
    words
}

/// Names the runs whose manifest is absent.
fn without_manifest(plan: &FilePlan) -> Option<String> {
    let mut runs = plan.runs.iter().filter(|run| run.has_no_manifest());
    let first = &runs.next()?.name;
    let more = match runs.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!(
        "{first}{more} has no manifest: nothing tells whether the run is complete"
    ))
}

/// Refuses sources with the same rows, whatever their line ends, row order or names: they would count twice. Sources of
/// the same scope and days without common rows are noted.
pub(crate) fn check_twice(data: &Dataset) -> Result<Compared, OpsError> {
    let sources: Vec<(usize, &Source)> = data
        .sources()
        .iter()
        .enumerate()
        .filter(|(_, source)| source.rows > 0)
        .collect();
    check_parts(&sources)?;
    let mut comparer = Comparer::new(data);
    let mut beside: Option<(String, u64)> = None;
    let mut refused: Option<(String, u64)> = None;
    let mut left = ENOUGH;
    'sources: for (index, (at, source)) in sources.iter().enumerate() {
        for (before, other) in sources.iter().take(index) {
            let in_one = is_one_table(source, other);
            if in_one && source.run.certain {
                continue;
            }
            // One refusal is reported; a few more are only counted.
            if refused.is_some() {
                left -= 1;
                if left == 0 {
                    break 'sources;
                }
            }
            let relation = if in_one {
                comparer.within_a_run(*before, *at)?
            } else {
                comparer.relation(*before, *at)?
            };
            let told = match relation {
                Relation::Apart => continue,
                Relation::Unread => return Ok(Compared::Unread),
                Relation::Beside { .. } | Relation::Alike { .. } => &mut beside,
                Relation::Common { .. } | Relation::Repriced { .. } => &mut refused,
            };
            // The text is built only for the first of many pairs.
            told.get_or_insert_with(|| (words(other, source, &relation), 0))
                .1 += 1;
        }
    }
    if let Some((words, pairs)) = refused {
        let more = match pairs {
            0 | 1 => String::new(),
            pairs if left == 0 => {
                format!(" (and at least {} more)", counted(pairs - 1, "pair"))
            }
            pairs => format!(" (and {} more)", counted(pairs - 1, "pair")),
        };
        return Err(OpsError::Twice(format!("{words}{more}")));
    }
    Ok(Compared::Told(beside.map(|(first, pairs)| match pairs {
        0 | 1 => first,
        pairs => format!("{first} (and {} more)", counted(pairs - 1, "such pair")),
    })))
}

/// Whether files of a plan may have the same rows: files of a run that need not be its parts, or runs whose days are not
/// known to be different. Rows are compared whatever this says; then they are told apart sooner.
pub(crate) fn may_share_rows<'a>(
    plan: &FilePlan,
    path: impl Fn(usize) -> Option<&'a str> + Copy,
) -> bool {
    let mut runs = plan.runs.iter().enumerate();
    runs.any(|(at, run)| {
        let is_apart = |other: &PlannedRun| match (run.days, other.days) {
            (Some((first, last)), Some((from, to))) => last < from || to < first,
            _ => false,
        };
        let beside = plan.runs.iter().take(at).any(|other| !is_apart(other));
        beside || (run.files.len() > 1 && !run.is_certain(path))
    })
}

/// Whether two sources are files of one run, and there of one table.
fn is_one_table(source: &Source, other: &Source) -> bool {
    source.run.number == other.run.number && source.run.table == other.run.table
}

/// Equal rows within a run are separate rows, but a whole part that occurs twice is refused.
fn check_parts(sources: &[(usize, &Source)]) -> Result<(), OpsError> {
    let mut known: HashMap<(usize, usize, &str, u64), &Source> = HashMap::new();
    for (_, source) in sources.iter().filter(|(_, source)| source.run.certain) {
        let run = &source.run;
        let part = (run.number, run.table, source.sha256.as_str(), source.rows);
        if let Some(other) = known.insert(part, source) {
            return Err(OpsError::Twice(same_rows(other, source)));
        }
    }
    Ok(())
}

/// The number of pairs to compare after one was refused.
const ENOUGH: u32 = 200;

/// How two sources relate, as text.
fn words(one: &Source, other: &Source, relation: &Relation) -> String {
    let both = format!("{} and {}", one.name, other.name);
    match relation {
        Relation::Apart | Relation::Unread => both,
        Relation::Beside { one_scope: true } => {
            format!(
                "{both} share days and a subscription; they have no common rows, so both are added"
            )
        }
        Relation::Beside { one_scope: false } => format!(
            "{both} share days, and their scopes cannot be told apart; they have no common rows, so both are added"
        ),
        Relation::Alike { rows, money } => {
            let alike = match *rows {
                1 => "1 row is".to_owned(),
                rows => format!("{} are", counted(rows, "row")),
            };
            format!(
                "{both} share days, and {alike} the same in both ({}), with nothing to tell them apart; both are added: give only one \
                 of them if they are the same costs",
                listed(money)
            )
        }
        Relation::Common { rows, .. } if *rows == other.rows && *rows == one.rows => {
            same_rows(one, other)
        }
        Relation::Common {
            rows,
            money,
            amortized,
        } => {
            let amortized = match amortized.as_slice() {
                [] => String::new(),
                all => format!(", {} amortized", listed(all)),
            };
            format!(
                "{both} have common rows ({}, {}{amortized}): adding both would count them twice; give only one of them",
                counted(*rows, "row"),
                listed(money)
            )
        }
        Relation::Repriced { rows } => format!(
            "{both} have the same days, resources and meters at different prices ({}), such as two downloads of one \
             month: adding both would count them twice; give only one of them",
            counted(*rows, "row")
        ),
    }
}

fn same_rows(one: &Source, other: &Source) -> String {
    format!(
        "{} has the same rows as {} ({}, {}): adding both would count everything twice; give only one of them",
        other.name,
        one.name,
        counted(one.rows, "row"),
        listed(&one.totals)
    )
}

/// The note on sources that do not show their metric: one for all of them, because each part of a month may be one.
fn without_metric(sources: &[Source]) -> Option<String> {
    let is_unknown = |source: &&Source| source.metric.is_none() && !source.both;
    let mut unknown = sources
        .iter()
        .filter(|source| source.rows > 0)
        .filter(is_unknown);
    let name = &unknown.next()?.name;
    Some(match unknown.count() {
        0 => format!(
            "{name}: it does not show whether it is actual or amortized cost; it is added to sources whose metric is known"
        ),
        others => format!(
            "{name} and {} do not show whether they are actual or amortized cost; they are added to sources whose metric is \
             known",
            counted(others as u64, "other source")
        ),
    })
}

/// Notes on facts that are missing from the sources.
pub(crate) fn unclear(data: &Dataset, plan: &FilePlan) -> Vec<String> {
    let mut notes: Vec<String> = without_manifest(plan).into_iter().collect();
    for source in data.sources().iter().filter(|source| source.columns == 0) {
        notes.push(format!(
            "{}: it is empty (0 bytes), without a header or rows",
            source.name
        ));
    }
    let known = data
        .sources()
        .iter()
        .any(|source| source.metric.is_some() || source.both);
    if known {
        notes.extend(without_metric(data.sources()));
    }
    for source in data.sources().iter().filter(|source| source.rows > 0) {
        let name = &source.name;
        if !source.unread.is_empty() {
            notes.push(format!(
                "{name}: columns of a type that is not text, number or date are left out: {}",
                source.unread.join(", ")
            ));
        }
        notes.extend(source.left.clone());
        if source.goes_on {
            notes.push(format!(
                "{name}: the list continues after this page (nextLink); give the other pages, too"
            ));
        }
        let stand_ins = source.stand_ins.iter();
        let stand_ins: Vec<String> = stand_ins
            .map(|(role, header)| format!("{} is its column {header}", GroupKey::Role(*role)))
            .collect();
        if !stand_ins.is_empty() {
            notes.push(format!(
                "{name}: its rows have no names of meters and meter categories, so {}",
                stand_ins.join(" and ")
            ));
        }
        if source.lacks.contains(&Role::Date) {
            notes.push(format!(
                "{name}: no date column found; its rows have no day and no month"
            ));
        }
        if source.lacks.contains(&Role::Currency) && source.dialect == Dialect::Other {
            notes.push(format!(
                "{name}: no currency column found; its amounts are kept separate from all currencies"
            ));
        }
    }
    notes
}

pub(crate) fn check_overlaps<'a>(
    entries: impl Iterator<Item = &'a LedgerEntry>,
) -> Result<(), OpsError> {
    let entries: Vec<&LedgerEntry> = entries.collect();
    for (index, entry) in entries.iter().enumerate() {
        for other in entries.iter().take(index) {
            let same = entry.request.scope == other.request.scope
                && entry.request.metric == other.request.metric;
            let twice = entry.key == other.key || entry.request.may_overlap(&other.request);
            if same && twice {
                return Err(OpsError::Failed(format!(
                    "{} and {} cover the same days of the same scope: adding both would count them twice",
                    other.key, entry.key
                )));
            }
        }
    }
    Ok(())
}
