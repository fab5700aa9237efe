//! Opens sources: gathers candidates, plans, reads what the plan selects, and compares the contents of different runs.

mod date_orders;
mod gathering;
mod kept_runs;
mod metric_checks;
pub mod plan_lines;
mod run_files;
mod source_checks;

use crate::data::columns::dates::DateRules;
use crate::data::dataset::source::RunMark;
use crate::data::dataset::wanted::Wanted;
use crate::data::dataset::{DataPart, Dataset};
use crate::data::sources::candidate::Candidate;
use crate::data::sources::gather::FoundFile;
use crate::data::sources::plan::{Decision, FilePlan, PlannedRun, plan};
use crate::domain::query::Query;
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
use run_files::{FileReader, RunFile};
use source_checks::Compared;
use std::collections::BTreeMap;
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
    metric_checks::check_planned(&planned, sources)?;
    if planned.runs.is_empty() && entries.is_empty() {
        return Err(nothing_to_read(sources, &candidates, &planned));
    }
    let gathered = ReadSources {
        found,
        entries,
        runs,
        names: sources.to_vec(),
    };
    let wanted = question.and_then(|query| wanted_by(query, context, &planned, &gathered));
    let (data, read_notes) = read_all(context, &planned, &gathered, wanted.as_ref(), lines)?;
    drop(locks);
    let entries = gathered.entries.into_iter();
    let mut notes: Vec<String> = left_out(lines).into_iter().collect();
    let checked = (!fetched.is_empty()).then(|| source_checks::checked(context, &planned, &data));
    notes.extend(fetched.into_iter().chain(read_notes));
    notes.extend(source_checks::unclear(&data, &planned));
    notes.extend(checked);
    let data = context.engine.put_on(&data)?;
    let data = data.in_money(context.money)?;
    let data = data.spilling_to(context.scratch);
    let without_usd = money::counted(&data)?;
    context.progress.say(None);
    Ok(OpenDataset {
        data: data.stopped_by(&context.progress.flag()),
        names: gathered.names,
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
        ..
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
    /// The sources as they were named.
    names: Vec<String>,
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
        reader: FileReader::new(context, wanted),
        parts: Vec::new(),
        notes: Vec::new(),
        runs: 0,
    };
    let files = plan.runs.iter().flat_map(|run| &run.files);
    let planned = files.filter_map(|at| Some(found.get(*at)?.candidate.bytes));
    context.progress.plan(planned.sum());
    opening.read_runs(&plan.runs, (found, &gathered.runs))?;
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
    metric_checks::check_read(&data, &gathered.names)?;
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
            left.push(format!("{}: {why}", candidate.path));
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

/// The runs of a plan, of which the files are read one after the other.
struct RunsInOrder<'a> {
    runs: &'a [PlannedRun],
    kept: &'a KeptRuns,
    /// The number of runs that were begun.
    number: usize,
    begun: Option<BegunRun<'a>>,
}

/// A run whose files are read.
struct BegunRun<'a> {
    run: &'a PlannedRun,
    /// The place of its first part.
    first: usize,
    certain: bool,
    /// The parts that the ledger has, by the paths of their files.
    stored: BTreeMap<String, Vec<DataPart>>,
}

/// The parts read so far, each with its candidate.
struct Opening<'a> {
    context: OpenContext<'a>,
    reader: FileReader<'a>,
    parts: Vec<(Option<usize>, DataPart)>,
    notes: Vec<String>,
    runs: usize,
}

impl Opening<'_> {
    /// Reads the files of all runs, and checks each run when its last file is read.
    fn read_runs(
        &mut self,
        runs: &[PlannedRun],
        (found, kept): (&[FoundFile], &KeptRuns),
    ) -> Result<(), OpsError> {
        let context = self.context;
        let files = runs.iter().enumerate().flat_map(|(number, run)| {
            let goes_into_ledger = kept.wait_for(&context, &run.name);
            let dates = DateRules {
                forced: context.dates,
                expected: run.days,
            };
            let files = run
                .files
                .iter()
                .filter_map(|at| Some((*at, found.get(*at)?)));
            let last = files.clone().next_back().map(|(at, _)| at);
            files.map(move |(at, file)| RunFile {
                run: number,
                at,
                is_last: Some(at) == last,
                file,
                dates,
                goes_into_ledger,
            })
        });
        let files: Vec<RunFile<'_>> = files.collect();
        let mut reading = RunsInOrder {
            runs,
            kept,
            number: 0,
            begun: None,
        };
        let reader = self.reader;
        reader.read_all(&files, |file, parts| {
            self.go_on_to(&mut reading, file.run, found)?;
            if let Some(begun) = &mut reading.begun {
                self.keep_file(begun, file, parts)?;
            }
            // What is complete is checked and kept before the next file can fail.
            if file.is_last {
                self.go_on_to(&mut reading, file.run + 1, found)?;
            }
            Ok(())
        })?;
        self.go_on_to(&mut reading, runs.len(), found)
    }

    /// Begins runs up to this one, and ends those before it.
    fn go_on_to(
        &mut self,
        reading: &mut RunsInOrder<'_>,
        number: usize,
        found: &[FoundFile],
    ) -> Result<(), OpsError> {
        while reading.number <= number {
            if let Some(begun) = reading.begun.take() {
                self.end_run(&begun, (found, reading.kept))?;
            }
            let Some(run) = reading.runs.get(reading.number) else {
                break;
            };
            let path = |at: usize| found.get(at).map(|file| file.candidate.path.as_str());
            reading.begun = Some(BegunRun {
                run,
                first: self.parts.len(),
                certain: run.is_certain(path),
                stored: reading.kept.parts_of(&self.context, &run.name)?,
            });
            reading.number += 1;
        }
        Ok(())
    }

    fn keep_file(
        &mut self,
        begun: &mut BegunRun<'_>,
        read: &RunFile<'_>,
        mut parts: Vec<DataPart>,
    ) -> Result<(), OpsError> {
        let (run, file) = (begun.run, read.file);
        if file.is_stored() {
            let path = &file.candidate.path;
            parts = begun.stored.remove(path).ok_or_else(|| {
                OpsError::Failed(format!("{path}: its rows left the ledger; open it again"))
            })?;
        }
        let mark = RunMark {
            number: self.runs,
            table: 0,
            certain: begun.certain,
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
            self.keep(Some(read.at), part);
        }
        Ok(())
    }

    fn end_run(
        &mut self,
        begun: &BegunRun<'_>,
        (found, kept): (&[FoundFile], &KeptRuns),
    ) -> Result<(), OpsError> {
        let (run, first) = (begun.run, begun.first);
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
                    "{}: the manifest lists {promised} rows but its files have {rows}: download or export the run again",
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
