//! Opens sources: gathers candidates, plans, reads what the plan selects, and compares the contents of different runs.

mod gathering;
mod kept_runs;
pub mod plan_lines;
mod source_checks;

use crate::data::columns::dates::{DateOrder, DateRules, DayOrder};
use crate::data::dataset::convert::Options;
use crate::data::dataset::source::RunMark;
use crate::data::dataset::wanted::Wanted;
use crate::data::dataset::{DataPart, Dataset, read};
use crate::data::error::DataError;
use crate::data::sources::candidate::Candidate;
use crate::data::sources::gather::FoundFile;
use crate::data::sources::names;
use crate::data::sources::plan::{Decision, FilePlan, PlannedRun, plan};
use crate::domain::query::Query;
use crate::domain::query::columns::Dialect;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::report::reply::Failure;
use crate::domain::sql::spark_address::SparkSource;
use crate::ops::context::{OpenContext, OpenDataset, PlanLine};
use crate::ops::engine::Engine;
use crate::ops::error::OpsError;
use crate::ops::explore::stored_reports;
use crate::ops::money;
use crate::ops::remote_sources;
use crate::store::ledger::LedgerEntry;
use gathering::Gathered;
use kept_runs::{KeptRuns, ReadPart};
use plan_lines::{left_out, line_of};
use source_checks::Compared;
use std::path::Path;

/// Opens files, folders, archives, standard input and ledger keys as one table. The decision about each of them is
/// added to `lines`, whether they are opened or refused.
pub fn open(
    context: &OpenContext<'_>,
    sources: &[String],
    lines: &mut Vec<PlanLine>,
) -> Result<OpenDataset, OpsError> {
    open_for(context, sources, None, lines)
}

/// Opens sources for a single question. Of large files only the columns are read that its answer and its promises need;
/// nothing else may be asked then.
pub fn open_for(
    context: &OpenContext<'_>,
    sources: &[String],
    question: Option<&Query>,
    lines: &mut Vec<PlanLine>,
) -> Result<OpenDataset, OpsError> {
    if sources.is_empty() {
        return Err(OpsError::Usage(
            "no source given; give a cost file, an export folder or a ledger key (`costscope ledger list`)"
                .to_owned(),
        ));
    }
    crate::ops::context::only_once(sources)?;
    // From here on, no name has a SAS.
    let sources = sources
        .iter()
        .map(|source| remote_sources::keep_signatures(source));
    let sources: Vec<String> = sources.collect();
    let sources = sources.as_slice();
    if let Some(server) = sources.iter().find(|source| SparkSource::is_one(source)) {
        return crate::ops::spark::open(context, server, sources.len());
    }
    let Gathered {
        found,
        entries,
        notes: fetched,
        runs,
        locks,
    } = gathering::gather(context, sources)?;
    let candidates: Vec<Candidate> = found.iter().map(|found| found.candidate.clone()).collect();
    let planned = plan(&candidates).map_err(|refusal| {
        lines.extend(refused_lines(&candidates, &refusal.decisions));
        OpsError::from(refusal)
    })?;
    lines.extend(planned_lines(&candidates, &planned));
    if planned.runs.is_empty() && entries.is_empty() {
        return Err(nothing_to_read(sources, &candidates, &planned));
    }
    let gathered = ReadSources {
        found,
        entries,
        runs,
    };
    let wanted = question.and_then(|query| wanted_by(query, context, &planned, &gathered));
    let (data, read_notes) = read_all(context, &planned, &gathered, wanted.as_ref(), lines)?;
    drop(locks);
    let entries = gathered.entries.into_iter();
    let mut notes: Vec<String> = left_out(lines).into_iter().collect();
    let checked = (!fetched.is_empty()).then(|| source_checks::checked(context, &planned, &data));
    notes.extend(fetched.into_iter().chain(read_notes));
    notes.extend(source_checks::unclear(&data));
    notes.extend(checked);
    let data = context.engine.put_on(&data)?;
    let data = data.in_money(context.money)?;
    let data = data.spilling_to(context.scratch);
    let without_usd = money::counted(&data)?;
    context.progress.say(None);
    Ok(OpenDataset {
        data: data.stopped_by(&context.progress.flag()),
        names: sources.to_vec(),
        entries: entries.map(|(_, entry)| entry).collect(),
        notes,
        without_usd,
        plan: lines.clone(),
    })
}

/// The columns of the planned files that one question needs; `None` for everything.
fn wanted_by(
    query: &Query,
    context: &OpenContext<'_>,
    plan: &FilePlan,
    gathered: &ReadSources,
) -> Option<Wanted> {
    /// Smaller files are as quick to read with all columns, and show all repairs.
    const LARGE: u64 = 8 << 20;
    let ReadSources {
        found,
        entries,
        runs,
    } = gathered;
    let mut all = plan.runs.iter();
    if all.any(|run| runs.wait_for(context, &run.name)) {
        return None;
    }
    let files = plan.runs.iter().flat_map(|run| &run.files);
    let sizes = files.filter_map(|at| Some(found.get(*at)?.text_bytes()));
    let sizes: Vec<u64> = sizes.collect();
    if context.engine != Engine::Own || sizes.iter().sum::<u64>() < LARGE {
        return None;
    }
    let mut wanted = Wanted::by(query)?;
    wanted.usd = context.money == MoneyColumn::Usd;
    wanted.several = sizes.len() + entries.len() > 1;
    let path = |at: usize| found.get(at).map(|file| file.candidate.path.as_str());
    wanted.marked = source_checks::may_share_rows(plan, path);
    Some(wanted)
}

/// The sources that are read.
struct ReadSources {
    found: Vec<FoundFile>,
    entries: Vec<(usize, LedgerEntry)>,
    runs: KeptRuns,
}

/// Reads all that is planned, and checks that the sources may be one table; again with all columns if their rows have to
/// be compared by them. The lines of what was read are added, whether it is refused or not.
fn read_all(
    context: &OpenContext<'_>,
    plan: &FilePlan,
    gathered: &ReadSources,
    wanted: Option<&Wanted>,
    lines: &mut Vec<PlanLine>,
) -> Result<(Dataset, Vec<String>), OpsError> {
    let (found, entries) = (&gathered.found, &gathered.entries);
    let mut opening = Opening {
        context: *context,
        wanted,
        parts: Vec::new(),
        notes: Vec::new(),
        runs: 0,
    };
    let files = plan.runs.iter().flat_map(|run| &run.files);
    let planned = files.filter_map(|at| Some(found.get(*at)?.candidate.bytes));
    context.progress.plan(planned.sum());
    for run in &plan.runs {
        opening.read_run(run, (found, &gathered.runs))?;
    }
    opening.settle_dates(found)?;
    for (origin, entry) in entries {
        opening.read_entry(entry, *origin)?;
    }
    source_checks::check_overlaps(entries.iter().map(|(_, entry)| entry))?;
    let parts = opening.parts.into_iter().map(|(_, part)| part).collect();
    let data = Dataset::join(parts);
    lines.retain(|line| !line.is_read());
    lines.extend(data.sources().iter().enumerate().map(line_of));
    let mut notes = opening.notes;
    source_checks::check_metrics(&data)?;
    match source_checks::check_twice(&data)? {
        Compared::Told(remark) => notes.extend(remark),
        Compared::Unread => {
            drop(data);
            context.progress.restart();
            return read_all(context, plan, gathered, None, lines);
        }
    }
    Ok((data, notes))
}

/// Lines of a plan before anything is read.
fn refused_lines(candidates: &[Candidate], decisions: &[Decision]) -> Vec<PlanLine> {
    let both = candidates.iter().zip(decisions);
    both.filter_map(|(candidate, decision)| PlanLine::of(candidate, decision))
        .collect()
}

fn planned_lines(candidates: &[Candidate], plan: &FilePlan) -> Vec<PlanLine> {
    let all = candidates.iter().zip(&plan.decisions).enumerate();
    all.filter_map(|(at, (candidate, decision))| {
        let mut line = PlanLine::of(candidate, decision)?;
        if let Some(manifest) = plan.manifests.get(&at) {
            let rows = manifest.rows.filter(|_| manifest.blobs.len() == 1);
            line.set_manifest(manifest, rows);
        }
        Some(line)
    })
    .collect()
}

/// The error for sources without anything to read; it names what was found instead.
fn nothing_to_read(sources: &[String], candidates: &[Candidate], plan: &FilePlan) -> OpsError {
    let mut left = Vec::new();
    for (candidate, decision) in candidates.iter().zip(&plan.decisions) {
        if let Decision::LeftOut { why } = decision {
            left.push(format!("{} is {why}", candidate.path));
        }
    }
    let more = left.len().saturating_sub(3);
    left.truncate(3);
    let mut text = match sources {
        [only] if Path::new(only).is_dir() => format!(
            "{only}: no cost files found in this folder (.csv, .csv.gz, .zip, .parquet, pages of Usage Details)"
        ),
        [only] if left.len() == 1 => {
            let why = left.first().cloned().unwrap_or_default();
            return OpsError::Failed(format!("{why}; give a cost file ({only})"));
        }
        _ => "no cost files found among the sources".to_owned(),
    };
    if !left.is_empty() {
        text = format!("{text}: {}", left.join("; "));
    }
    if more > 0 {
        text = format!("{text}; and {more} more");
    }
    OpsError::Failed(text)
}

/// The parts read so far, each with its candidate.
struct Opening<'a> {
    context: OpenContext<'a>,
    /// The columns that are read, if not all are.
    wanted: Option<&'a Wanted>,
    parts: Vec<(Option<usize>, DataPart)>,
    notes: Vec<String>,
    runs: usize,
}

impl<'a> Opening<'a> {
    fn options(&self, dates: DateRules) -> Options<'a> {
        Options {
            dates,
            early: self.context.early,
            ..Options::new(self.context.progress).only(self.wanted)
        }
    }

    fn read_run(
        &mut self,
        run: &PlannedRun,
        (found, kept): (&[FoundFile], &KeptRuns),
    ) -> Result<(), OpsError> {
        let first = self.parts.len();
        let mut stored = kept.parts_of(&self.context, &run.name)?;
        let goes_into_ledger = kept.wait_for(&self.context, &run.name);
        let path = |at: usize| found.get(at).map(|file| file.candidate.path.as_str());
        let certain = run.is_certain(path);
        let options = self.options(DateRules {
            forced: self.context.dates,
            expected: run.days,
        });
        for at in &run.files {
            let Some(file) = found.get(*at) else { continue };
            self.context.progress.begin(file.candidate.bytes);
            let parts = if file.is_stored() {
                stored.remove(&file.candidate.path).ok_or_else(|| {
                    let path = &file.candidate.path;
                    OpsError::Failed(format!("{path}: its rows left the ledger; open it again"))
                })?
            } else if goes_into_ledger {
                read::read_found(file, self.context.scratch, &options)?
            } else {
                self.read_file(file, &options)?
            };
            let mark = RunMark {
                number: self.runs,
                table: 0,
                certain,
                id: run.id(),
                made_at: run.made_at(),
                export: run.manifest.as_ref().and_then(|m| m.export_name.clone()),
                data_version: run.manifest.as_ref().and_then(|m| m.data_version.clone()),
            };
            for (table, mut part) in parts.into_iter().enumerate() {
                part.set_origin(file.candidate.origin);
                part.set_metric(run.metric());
                part.set_run(RunMark {
                    table,
                    ..mark.clone()
                });
                self.keep(Some(*at), part);
            }
        }
        self.runs += 1;
        self.check_rows(run, first)?;
        let parts = self.parts.iter().skip(first).filter_map(|(at, part)| {
            let file = found.get((*at)?)?;
            Some((file.candidate.path.as_str(), part))
        });
        let parts: Vec<ReadPart<'_>> = parts.collect();
        let remark = kept.keep(&self.context, &run.name, &parts)?;
        self.notes.extend(remark);
        Ok(())
    }

    fn keep(&mut self, candidate: Option<usize>, part: DataPart) {
        if let Some(early) = self.context.early {
            early.whole(&part);
        }
        self.parts.push((candidate, part));
    }

    /// Reads a file, from the cache if it has not changed.
    fn read_file(
        &self,
        file: &FoundFile,
        options: &Options<'_>,
    ) -> Result<Vec<DataPart>, DataError> {
        match self.context.cache {
            Some(cache) => cache.read(file, self.context.scratch, options),
            None => read::read_found(file, self.context.scratch, options),
        }
    }

    /// Checks that the row count matches the manifest.
    fn check_rows(&mut self, run: &PlannedRun, first: usize) -> Result<(), OpsError> {
        let rows: u64 = self
            .parts
            .iter()
            .skip(first)
            .map(|(_, part)| part.rows())
            .sum();
        match run.rows {
            Some(promised) if promised != rows => {
                let message = format!(
                    "{}: the manifest lists {promised} rows but its files have {rows}: fetch the run again",
                    run.name
                );
                return Err(OpsError::Report(Failure::Damaged { message }));
            }
            _ if rows == 0 && (run.manifest.is_some() || run.days.is_some()) => {
                self.notes
                    .push(format!("{}: the newest run of its days is empty", run.name));
            }
            _ => {}
        }
        Ok(())
    }

    /// Files with ambiguous dates are read in the order that related files prove.
    fn settle_dates(&mut self, found: &[FoundFile]) -> Result<(), OpsError> {
        let open = |dates: DateOrder| matches!(dates, DateOrder::Assumed | DateOrder::Undecided);
        for at in 0..self.parts.len() {
            let Some((Some(candidate), part)) = self.parts.get(at) else {
                continue;
            };
            if !open(part.dates()) {
                continue;
            }
            let (candidate, name) = (*candidate, part.source().name.clone());
            let undecided = part.dates() == DateOrder::Undecided;
            let failed = || DataError::DateOrder {
                file: name.clone(),
                line: part.unclear_line(),
            };
            let order = match self.proven_beside(at) {
                RelatedOrder::Nothing if undecided => return Err(failed().into()),
                RelatedOrder::Contradiction => return Err(failed().into()),
                RelatedOrder::Nothing => {
                    if part.source().dialect == Dialect::Other {
                        self.notes.push(format!(
                            "{name}: its dates are read month first, as Azure writes them; --dates day-first reads them the \
                             other way"
                        ));
                    }
                    continue;
                }
                RelatedOrder::Proven(order) if order == DayOrder::MonthFirst && !undecided => {
                    continue;
                }
                RelatedOrder::Proven(order) => order,
            };
            let Some(file) = found.get(candidate) else {
                continue;
            };
            self.read_again(at, file, order)?;
        }
        Ok(())
    }

    /// The date order that is proven by the same run, or by files in the same folder with the same header.
    fn proven_beside(&self, at: usize) -> RelatedOrder {
        let Some((_, own)) = self.parts.get(at) else {
            return RelatedOrder::Nothing;
        };
        let mut known = RelatedOrder::Nothing;
        for (_, other) in &self.parts {
            let DateOrder::Proven(order) = other.dates() else {
                continue;
            };
            let (a, b) = (own.source(), other.source());
            let folder = names::folder(&a.name) == names::folder(&b.name);
            if a.run.number != b.run.number && !(folder && own.headers() == other.headers()) {
                continue;
            }
            known = match known {
                RelatedOrder::Nothing => RelatedOrder::Proven(order),
                RelatedOrder::Proven(before) if before == order => known,
                RelatedOrder::Proven(_) | RelatedOrder::Contradiction => {
                    RelatedOrder::Contradiction
                }
            };
        }
        known
    }

    fn read_again(&mut self, at: usize, file: &FoundFile, order: DayOrder) -> Result<(), OpsError> {
        let options = self.options(DateRules {
            forced: Some(order),
            expected: None,
        });
        if let Some(early) = self.context.early {
            early.lose();
        }
        let again = self.read_file(file, &options)?;
        let Some((_, part)) = self.parts.get_mut(at) else {
            return Ok(());
        };
        let table = part.source().run.table;
        if let Some(mut read) = again.into_iter().nth(table) {
            read.set_origin(part.source().origin);
            read.set_metric(part.source().metric);
            read.set_run(part.source().run.clone());
            *part = read;
        }
        Ok(())
    }

    fn read_entry(&mut self, entry: &LedgerEntry, origin: usize) -> Result<(), OpsError> {
        let report = stored_reports::open_entry(&self.context, entry)?;
        if report.sealed_now {
            self.notes.push(format!(
                "{}: an older version stored it without checksums; its rows and totals agree with report.json, and checksums \
                 were added",
                entry.key
            ));
        }
        if let Some(words) = entry.request.subset.words() {
            self.notes.push(format!(
                "limited to {words}: {} covers only a part of its scope and days, and so does its total",
                entry.key
            ));
        }
        for mut part in report.parts {
            part.set_origin(origin);
            part.set_run(RunMark {
                number: self.runs,
                certain: true,
                made_at: Some(entry.fetched_at),
                ..RunMark::default()
            });
            self.keep(None, part);
        }
        self.runs += 1;
        Ok(())
    }
}

/// The date order that related files prove.
#[derive(Clone, Copy)]
enum RelatedOrder {
    Nothing,
    Proven(DayOrder),
    Contradiction,
}
