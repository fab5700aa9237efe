//! `costscope report`: orders, polls and downloads a report, and stores it in the ledger.

use crate::cli::args::{ApiArg, ReportArgs};
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::{print, progress};
use crate::domain::money::Money;
use crate::domain::period;
use crate::domain::period::{DateRange, Month, Period, Preset};
use crate::domain::report::request::{Api, ReportRequest, Subset};
use crate::domain::report::usage_filter::UsageFilter;
use crate::domain::scope::ScopeId;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::{redaction, timestamp};
use crate::ops::orders::order_spec::{OrderSpec, Resume};
use crate::ops::orders::outcome;
use crate::ops::orders::outcome::PartOutcome;
use crate::ops::orders::{advice, report};
use crate::ops::session::Session;
use chrono::NaiveDate;
use futures_util::StreamExt;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::thread::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Runs the command; the exit code is that of all parts together.
pub async fn run(
    session: &Session,
    args: &ReportArgs,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    let today = session.clock().now().date_naive();
    let order = read_order(args, today)?;
    let plan = report::plan(&order, today)?;
    for note in plan
        .notes
        .iter()
        .chain(&advice::in_session(session, &order))
    {
        progress::say(note);
    }
    if plan.parts.len() > 1 {
        progress::say(&format!("this orders {} reports", plan.parts.len()));
    }
    let outcomes = follow(session, &order, &plan.parts, stop).await;
    let parts: Vec<(&ReportRequest, &PartOutcome)> = plan.parts.iter().zip(&outcomes).collect();
    let code = if stop.is_cancelled() {
        130
    } else {
        outcome::exit_code(&outcomes)
    };
    print_reports(&parts, format, out, code)
}

/// Fetches every part, two at a time, and prints the progress on stderr.
async fn follow(
    session: &Session,
    order: &OrderSpec,
    parts: &[ReportRequest],
    stop: &CancellationToken,
) -> Vec<PartOutcome> {
    let narrator = Narrator::start(false);
    let fetches = parts
        .iter()
        .map(|part| fetch(session, order, part, stop, &narrator));
    // The session lets two operations run at once; the answers keep the order of the parts.
    let outcomes = futures_util::stream::iter(fetches)
        .buffered(2)
        .collect()
        .await;
    narrator.finish();
    outcomes
}

/// Prints the document of all parts. The exit code is returned even if the pipe was closed.
pub(crate) fn print_reports(
    parts: &[(&ReportRequest, &PartOutcome)],
    format: Format,
    out: &mut dyn Write,
    code: u8,
) -> Result<u8, CliError> {
    let reports: Vec<ReportJson<'_>> = parts
        .iter()
        .map(|(part, outcome)| report_json(part, outcome))
        .collect();
    let printed = if format == Format::Json {
        output::json(out, &BTreeMap::from([("reports", &reports)]))
    } else {
        print::sheet(out, &sheet(&reports), format)
    };
    match printed {
        Err(CliError { code: 0, .. }) | Ok(()) => Ok(code),
        Err(stop) => Err(stop),
    }
}

/// Prints the lines about running orders, on a thread of its own: a terminal that takes no bytes (ctrl-s) must not hold the
/// answer to an order.
pub(crate) struct Narrator {
    /// The last step, so that it is not repeated.
    last: Mutex<String>,
    /// Whether parts of several scopes are followed.
    names_scopes: bool,
    lines: Sender<String>,
    /// `None` where the system allows no more threads: then the lines are printed at once.
    printing: Option<JoinHandle<()>>,
}

impl Narrator {
    /// For parts of several scopes, if so: each line names its scope.
    pub(crate) fn start(names_scopes: bool) -> Self {
        let (lines, told) = channel::<String>();
        let print = move || {
            for line in told {
                progress::say(&line);
            }
        };
        Self {
            last: Mutex::default(),
            names_scopes,
            lines,
            printing: thread::Builder::new().spawn(print).ok(),
        }
    }

    /// Waits until all lines are printed.
    pub(crate) fn finish(self) {
        drop(self.lines);
        if let Some(printing) = self.printing {
            let _ = printing.join();
        }
    }

    fn say(&self, line: String) {
        if self.printing.is_none() {
            progress::say(&line);
        } else {
            let _ = self.lines.send(line);
        }
    }

    /// The name of a part.
    fn name(&self, part: &ReportRequest) -> String {
        let name = progress::part_name(part);
        if self.names_scopes {
            let scope = part.scope.tail();
            let short: String = scope.chars().take(8).collect();
            let more = if short == scope { "" } else { "…" };
            format!("{short}{more} {name}")
        } else {
            name
        }
    }

    /// Prints a step, unless it was the last one.
    fn step(&self, line: String) {
        let mut last = self
            .last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if *last != line {
            self.say(line.clone());
            *last = line;
        }
    }
}

/// Fetches one part and prints its progress.
pub(crate) async fn fetch(
    session: &Session,
    order: &OrderSpec,
    part: &ReportRequest,
    stop: &CancellationToken,
    narrator: &Narrator,
) -> PartOutcome {
    let name = narrator.name(part);
    let on_progress = |news| {
        if let Some(line) = progress::step(&name, &news) {
            narrator.step(line);
        }
    };
    let outcome = report::fetch(session, order, part, stop, on_progress).await;
    if let Some(why) = outcome.why() {
        narrator.say(format!(
            "{} of {}: {}: {why}",
            progress::part_name(part),
            part.scope,
            outcome.status()
        ));
    }
    if let PartOutcome::Ready { from_ledger, entry } = &outcome {
        if *from_ledger {
            narrator.say(format!(
                "{name}: from the ledger, fetched {}",
                timestamp(entry.fetched_at)
            ));
        } else if let Some(took) = entry.times.and_then(|times| times.took()) {
            narrator.say(format!("{name}: the server took {took}"));
        }
        // Pages of Usage Details have no lines.
        let place = if entry.api == Api::Usage {
            "row"
        } else {
            "line"
        };
        for repair in &entry.repairs {
            let words = crate::ops::explore::quality_report::repair_words(&repair.kind);
            let more = match &repair.said {
                Some(said) => format!("({said})"),
                None => format!("({}), first in {place} {}", repair.count, repair.first_line),
            };
            narrator.say(format!("warning: {}: {words} {more}", repair.file));
        }
    }
    outcome
}

/// The order that the flags describe.
fn read_order(args: &ReportArgs, today: NaiveDate) -> Result<OrderSpec, CliError> {
    let (scope, named) = ScopeId::parse_with_period(&args.scope).map_err(CliError::usage)?;
    let period = read_period(args, named, today)?;
    let subset = Subset {
        filter: args
            .usage_filter
            .as_deref()
            .map(UsageFilter::parse)
            .transpose()
            .map_err(|error| CliError::new(2, format!("--usage-filter: {error}")))?,
        top_rows: args.top_rows,
    };
    let api = match args.api {
        ApiArg::Auto => None,
        ApiArg::Details => Some(Api::Details),
        ApiArg::Detailed => Some(Api::Detailed),
        ApiArg::Usage => Some(Api::Usage),
    };
    let out = args.out.clone();
    if out.is_some() && !args.refresh {
        progress::say(
            "--out: files as received are not kept in the ledger, so the report is ordered again",
        );
    }
    Ok(OrderSpec {
        scope,
        metric: args.metric.into(),
        period,
        subset,
        api,
        agreement: None,
        refresh: args.refresh,
        resume: Resume::AsUsual,
        max_wait: args.max_wait,
        out,
    })
}

/// The period from the flags, or from the end of the scope.
fn read_period(
    args: &ReportArgs,
    named: Option<String>,
    today: NaiveDate,
) -> Result<Period, CliError> {
    let wrong = |flag: &'static str| move |error| CliError::new(2, format!("{flag}: {error}"));
    if let Some(name) = named {
        let flags = [&args.from, &args.month, &args.invoice, &args.billing_period];
        let given = flags.iter().any(|flag| flag.is_some());
        if given || args.last_month || args.month_to_date {
            let words = "--scope: it ends in a billing period, so no other period can be given";
            return Err(CliError::new(2, words));
        }
        return Period::billing(&name).map_err(wrong("--scope"));
    }
    if let (Some(from), Some(to)) = (&args.from, &args.to) {
        return Ok(Period::Dates(DateRange {
            from: period::parse_date(from).map_err(wrong("--from"))?,
            to: period::parse_date(to).map_err(wrong("--to"))?,
        }));
    }
    if let Some(month) = &args.month {
        let month = Month::parse(month).map_err(wrong("--month"))?;
        return Ok(Period::Dates(month.range()));
    }
    if let Some(invoice) = &args.invoice {
        let id = invoice.trim();
        return if id.is_empty() {
            let words = "--invoice: expected an invoice id, such as T000012345";
            Err(CliError::new(2, words))
        } else {
            Ok(Period::Invoice(id.to_owned()))
        };
    }
    if let Some(name) = &args.billing_period {
        return Period::billing(name).map_err(wrong("--billing-period"));
    }
    if args.month_to_date {
        return Ok(Period::Dates(Preset::ThisMonth.range(today)));
    }
    if args.last_month {
        return Ok(Period::Dates(Preset::LastMonth.range(today)));
    }
    Err(CliError::usage(
        "no period given: use --last-month, --month-to-date, --month, --from with --to, --invoice or --billing-period",
    ))
}

#[derive(Serialize)]
struct ReportJson<'a> {
    key: Option<&'a str>,
    status: &'a str,
    why: Option<String>,
    scope: &'a str,
    metric: &'a str,
    from: Option<String>,
    to: Option<String>,
    rows: u64,
    totals: &'a [Money],
    fetched_at: Option<String>,
    from_ledger: bool,
    valid_till: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
    /// Whether the report is partial: filtered by the server, or limited to the most recent rows.
    limited: bool,
}

fn report_json<'a>(part: &'a ReportRequest, outcome: &'a PartOutcome) -> ReportJson<'a> {
    let range = part.range();
    let entry = outcome.entry();
    let times = entry.and_then(|entry| entry.times).unwrap_or_default();
    ReportJson {
        key: entry.map(|entry| entry.key.as_str()),
        status: outcome.status(),
        why: outcome.why().map(redaction::foreign),
        scope: part.scope.path(),
        metric: part.metric.word(),
        from: range.map(|range| range.from.to_string()),
        to: range.map(|range| range.to.to_string()),
        rows: entry.map_or(0, |entry| entry.rows),
        totals: outcome.totals(),
        fetched_at: entry.map(|entry| timestamp(entry.fetched_at)),
        from_ledger: matches!(
            outcome,
            PartOutcome::Ready {
                from_ledger: true,
                ..
            }
        ),
        valid_till: times.valid_till.map(timestamp),
        started_at: times.started_at.map(timestamp),
        ended_at: times.ended_at.map(timestamp),
        limited: !part.subset.is_whole(),
    }
}

fn sheet(reports: &[ReportJson<'_>]) -> Sheet {
    let mut headings: Vec<Heading> = ["metric", "from", "to", "status"].map(Heading::text).into();
    headings.extend([
        Heading::number("rows"),
        Heading::number("cost"),
        Heading::text("key or reason"),
    ]);
    let rows = reports.iter().map(|report| {
        let text = |text: &str| Some(text.to_owned());
        let totals: Vec<String> = report
            .totals
            .iter()
            .map(|money| format!("{} {}", money.amount, money.code()))
            .collect();
        vec![
            text(report.metric),
            report.from.clone(),
            report.to.clone(),
            text(report.status),
            Some(report.rows.to_string()),
            Some(totals.join(" + ")),
            report.key.or(report.why.as_deref()).and_then(text),
        ]
    });
    Sheet::new(headings, rows)
}
