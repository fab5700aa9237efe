//! `costscope findings`: lists what would otherwise be missed, and dismisses findings.

use super::show;
use crate::cli::args::findings::FindingsArgs;
use crate::cli::args::local::Sources;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::progress_line::{Work, while_shown};
use crate::cli::{print, progress};
use crate::domain::analysis::cost_mask::{CostMask, index_text};
use crate::domain::analysis::findings::kind::{FindingKind, is_finding_id};
use crate::domain::analysis::findings::thresholds::Thresholds;
use crate::domain::analysis::findings::{Finding, Findings};
use crate::domain::money::{Amount, Money};
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::{GroupKey, split_list};
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::{counted, strip_any_case};
use crate::ops::context;
use crate::ops::context::{OpenContext, OpenDataset};
use crate::ops::error::OpsError;
use crate::ops::explore::findings;
use crate::ops::explore::findings::command::command;
use crate::ops::explore::findings::{SearchSettings, Searched};
use crate::ops::explore::open;
use crate::ops::repeated_flags::RepeatedFlags;
use chrono::NaiveDate;
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// The settings that the command and `overview` need.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub data_dir: &'a Path,
    /// The flags that commands repeat.
    pub repeated: &'a RepeatedFlags,
    pub thresholds: &'a Thresholds,
    pub today: NaiveDate,
    /// Makes the pseudonyms of masked output.
    pub salt: u64,
}

/// Runs the command.
pub fn run(
    context: &OpenContext<'_>,
    args: &FindingsArgs,
    given: Given<'_>,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    check_ids(args)?;
    if args.sources.is_empty() {
        return note(args, given);
    }
    let filter = show::read_filter(args.filter.as_deref())?;
    let tags = read_tags(args.tag.as_deref())?;
    context::only_once(&args.all_sources())?;
    let now = progress::open_aloud(context, &args.sources)?;
    let open = |sources: &Option<Sources>| {
        let sources = sources.as_ref();
        sources
            .map(|sources| progress::open_aloud(context, &sources.0))
            .transpose()
    };
    let (before, amortized) = (open(&args.before)?, open(&args.amortized)?);
    warn(&now)?;
    let searched = Searched {
        now: &now,
        before: before.as_ref(),
        amortized: amortized.as_ref(),
    };
    let wanted = SearchSettings {
        filter: filter.as_ref(),
        tags: &tags,
        thresholds: given.thresholds,
    };
    let failed = |error: OpsError| CliError::of_query(&error, args.filter.as_deref());
    let found = while_shown(Work::Answering, || findings::find(searched, &wanted));
    let mut found = found.map_err(failed)?;
    progress::worked(&now.data);
    check_known(args, &found)?;
    note(args, given)?;
    let dismissed = findings::dismissed(given.data_dir)?;
    found.dismiss(|id| dismissed.contains(id));
    let mask = if args.mask {
        let wholes = totals(&now, filter, found.days)?;
        let salt = given.salt;
        Some(CostMask { salt, wholes })
    } else {
        None
    };
    let report = FindingsReport::of(args, searched, &found, given);
    let report = match &mask {
        Some(mask) => report.masked(mask),
        None => report,
    };
    write(&report, format, out)
}

/// Warns about rows that cannot be searched: those without a date or with invalid tags.
fn warn(now: &OpenDataset) -> Result<(), CliError> {
    progress::undated(&now.data)?;
    // Any tag: invalid ones hide all keys of their rows.
    let query = Query {
        group_by: vec![GroupKey::Tag(String::new())],
        ..Query::default()
    };
    progress::broken_tags(&now.data, &query);
    Ok(())
}

/// The totals of the searched rows, which count as 100 if they are masked.
fn totals(
    now: &OpenDataset,
    filter: Option<Filter>,
    days: Option<DateRange>,
) -> Result<Vec<Money>, CliError> {
    let query = Query {
        filter: Filter::both(filter, days.map(Filter::of_days)),
        limit: Some(0),
        ..Query::default()
    };
    Ok(open::show(&now.data, &query)?.totals)
}

/// Refuses texts that are not ids.
fn check_ids(args: &FindingsArgs) -> Result<(), CliError> {
    let mut ids = args.dismiss.iter().chain(&args.restore);
    match ids.find(|id| !is_finding_id(id)) {
        Some(id) => Err(CliError::usage(format!(
            "`{id}` is not the id of a finding; `costscope findings SOURCE` lists them, such as jump-4f1c2b7e9a02"
        ))),
        None => Ok(()),
    }
}

/// Refuses to dismiss findings that the sources do not have.
fn check_known(args: &FindingsArgs, found: &Findings) -> Result<(), CliError> {
    let known = |id: &String| found.findings.iter().any(|finding| finding.id == *id);
    match args.dismiss.iter().find(|id| !known(id)) {
        Some(id) => Err(CliError::usage(format!(
            "these sources have no finding {id}; nothing was dismissed"
        ))),
        None => Ok(()),
    }
}

/// Dismisses and restores the given ids.
fn note(args: &FindingsArgs, given: Given<'_>) -> Result<(), CliError> {
    if !args.dismiss.is_empty() {
        findings::dismiss(given.data_dir, &args.dismiss, given.today)?;
        let count = counted(args.dismiss.len() as u64, "finding");
        progress::say(&format!("dismissed {count}; --restore lists them again"));
    }
    if !args.restore.is_empty() {
        let unknown = findings::restore(given.data_dir, &args.restore)?;
        let restored = args.restore.len().saturating_sub(unknown.len());
        progress::say(&format!("restored {}", counted(restored as u64, "finding")));
        if !unknown.is_empty() {
            progress::warn(&format!("not dismissed before: {}", unknown.join(", ")));
        }
    }
    Ok(())
}

/// Comma-separated tag keys, each with or without `tag:` before it.
fn read_tags(text: Option<&str>) -> Result<Vec<String>, CliError> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let bare = |word: String| match strip_any_case(&word, "tag:") {
        Some(bare) => bare.to_owned(),
        None => word,
    };
    let keys: Vec<String> = split_list(text)
        .map_err(CliError::usage)?
        .into_iter()
        .map(bare)
        .collect();
    if keys.iter().any(|key| key.trim().is_empty()) {
        return Err(CliError::usage(format!(
            "`{text}` is not a list of tag keys: a key is empty; write --tag owner,env"
        )));
    }
    Ok(keys)
}

/// The findings to print.
#[derive(Serialize)]
struct FindingsReport<'a> {
    sources: SourcesJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<String>,
    /// Whether amounts are an index and names pseudonyms.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    masked: bool,
    days: Option<DateRange>,
    before: Option<DateRange>,
    filter: Option<&'a str>,
    findings: Vec<FindingJson<'a>>,
    smaller: Vec<SmallerJson<'a>>,
    not_looked_for: Vec<SkippedJson>,
    dismissed: usize,
    shown: usize,
    of: usize,
    #[serde(skip)]
    all: bool,
    #[serde(skip)]
    least: Amount,
}

#[derive(Serialize)]
struct SourcesJson {
    now: Vec<String>,
    before: Option<Vec<String>>,
    amortized: Option<Vec<String>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    #[serde(skip)]
    finding: &'a Finding,
    /// `null` if it is masked, because it is made of names.
    id: Option<&'a str>,
    kind: FindingKind,
    text: String,
    currency: Option<&'a str>,
    cost: Amount,
    /// `null` if it is masked.
    command: Option<String>,
    dismissed: bool,
}

#[derive(Serialize)]
struct SmallerJson<'a> {
    kind: FindingKind,
    findings: u64,
    currency: Option<&'a str>,
    cost: Amount,
}

#[derive(Serialize)]
struct SkippedJson {
    kind: FindingKind,
    why: String,
}

impl<'a> FindingsReport<'a> {
    fn of(
        args: &'a FindingsArgs,
        searched: Searched<'a>,
        found: &'a Findings,
        given: Given<'_>,
    ) -> Self {
        let listed: Vec<&Finding> = found
            .findings
            .iter()
            .filter(|finding| args.all || !finding.dismissed)
            .collect();
        let top = args.top.filter(|top| *top > 0).unwrap_or(usize::MAX);
        let json = |finding: &&'a Finding| FindingJson {
            finding,
            id: Some(&finding.id),
            kind: finding.kind,
            text: finding.sentence.exact(),
            currency: finding.money.currency.as_deref(),
            cost: finding.money.amount,
            command: Some(command(&finding.proof, searched, given.repeated)),
            dismissed: finding.dismissed,
        };
        let shown: Vec<FindingJson<'a>> = listed.iter().take(top).map(json).collect();
        let sides = [Some(searched.now), searched.before, searched.amortized];
        let mut limits: Vec<String> = sides
            .into_iter()
            .flatten()
            .filter_map(OpenDataset::limits)
            .collect();
        limits.dedup();
        let limits = limits.join("; ");
        let names = |side: Option<&OpenDataset>| side.map(|side| side.names.clone());
        let smaller = found.smaller.iter().map(|sum| SmallerJson {
            kind: sum.kind,
            findings: sum.findings,
            currency: sum.money.currency.as_deref(),
            cost: sum.money.amount,
        });
        let skipped = found.not_looked_for.iter().map(|skipped| SkippedJson {
            kind: skipped.kind,
            why: skipped.told(),
        });
        Self {
            sources: SourcesJson {
                now: searched.now.names.clone(),
                before: names(searched.before),
                amortized: names(searched.amortized),
            },
            limited: (!limits.is_empty()).then_some(limits),
            masked: false,
            days: found.days,
            before: found.before,
            filter: args.filter.as_deref(),
            shown: shown.len(),
            of: listed.len(),
            findings: shown,
            smaller: smaller.collect(),
            not_looked_for: skipped.collect(),
            dismissed: found.dismissed(),
            all: args.all,
            least: given.thresholds.least,
        }
    }

    /// The same report without names and amounts.
    fn masked(self, mask: &CostMask) -> Self {
        let names = |names: Option<Vec<String>>| names.map(|names| mask.names(&names));
        let finding = |found: FindingJson<'a>| {
            let hidden = mask.finding(found.finding);
            let sentence = hidden.sentence.written(ToOwned::to_owned, index_text);
            FindingJson {
                id: None,
                text: sentence,
                cost: hidden.money.amount,
                command: None,
                ..found
            }
        };
        let smaller = |sum: SmallerJson<'a>| SmallerJson {
            cost: mask.amount(sum.cost, sum.currency),
            ..sum
        };
        Self {
            sources: SourcesJson {
                now: mask.names(&self.sources.now),
                before: names(self.sources.before),
                amortized: names(self.sources.amortized),
            },
            limited: self
                .limited
                .map(|_| "limited (the rest is hidden)".to_owned()),
            masked: true,
            filter: self.filter.map(|_| "(hidden)"),
            findings: self.findings.into_iter().map(finding).collect(),
            smaller: self.smaller.into_iter().map(smaller).collect(),
            ..self
        }
    }

    /// The lines under the table.
    fn footer(&self) -> Vec<String> {
        let days = self
            .days
            .map_or_else(|| "rows without a date".to_owned(), |days| days.to_string());
        let before = self.before.map(|before| format!(", month before {before}"));
        let mut lines = vec![format!(
            "searched {days}{}   {} of {} shown",
            before.unwrap_or_default(),
            self.shown,
            self.of
        )];
        if self.dismissed > 0 {
            let how = if self.all {
                "marked"
            } else {
                "not listed; --all lists them"
            };
            lines.push(format!("{} dismissed, {how}", self.dismissed));
        }
        lines.extend(self.smaller.iter().map(|sum| {
            format!(
                "below {}: {} of kind {}, together {} {}",
                self.least,
                counted(sum.findings, "finding"),
                sum.kind.word(),
                sum.cost,
                sum.currency.unwrap_or("-")
            )
        }));
        lines.extend(self.not_looked_for.iter().map(|skipped| {
            format!(
                "not looked for: {}, because {}",
                skipped.kind.plural(),
                skipped.why
            )
        }));
        lines.extend(self.limited.clone());
        lines
    }

    fn sheet(&self) -> Sheet {
        let mut headings = vec![
            Heading::text("kind"),
            Heading::number("cost"),
            Heading::text("currency"),
            Heading::text("finding"),
        ];
        // Ids and commands are made of names.
        let named = !self.masked;
        headings.extend(named.then(|| Heading::text("id")));
        headings.extend(self.all.then(|| Heading::text("dismissed")));
        headings.extend(named.then(|| Heading::text("command")));
        let row = |finding: &FindingJson<'_>| {
            let mut row = vec![
                Some(finding.kind.word().to_owned()),
                Some(finding.cost.to_string()),
                finding.currency.map(ToOwned::to_owned),
                Some(finding.text.clone()),
            ];
            let word = if finding.dismissed { "yes" } else { "no" };
            row.extend(named.then(|| finding.id.map(ToOwned::to_owned)));
            row.extend(self.all.then(|| Some(word.to_owned())));
            row.extend(named.then(|| finding.command.clone()));
            row
        };
        let mut sheet = Sheet::new(headings, self.findings.iter().map(row));
        sheet.footer = self.footer();
        sheet
    }
}

fn write(report: &FindingsReport<'_>, format: Format, out: &mut dyn Write) -> Result<(), CliError> {
    match format {
        Format::Json => output::json(out, report),
        other => {
            let sheet = report.sheet();
            // CSV has no lines under the table.
            if matches!(other, Format::Csv(_)) {
                progress::notes(&sheet.footer);
            }
            print::sheet(out, &sheet, other)
        }
    }
}
