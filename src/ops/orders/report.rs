//! Splits an order into one report per calendar month and metric, and takes each from the ledger or from the server.

use super::order;
use super::order_spec::{OrderSpec, Resume};
use super::outcome::{PartOutcome, Progress};
use super::reuse::{Reuse, reusable};
use crate::domain::metric::MetricChoice;
use crate::domain::period::{Period, PeriodError};
use crate::domain::report::request::{Api, ReportRequest};
use crate::domain::report::usage_filter::UsageFilter;
use crate::domain::scope::{Agreement, ONLY_USAGE, ScopeId};
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;

/// The parts of an order, and notes on what was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPlan {
    /// By date, actual first.
    pub parts: Vec<ReportRequest>,
    pub notes: Vec<String>,
}

/// Splits an order by calendar month and checks its limits. A usage error says what is wrong.
pub fn plan(order: &OrderSpec, today: NaiveDate) -> Result<OrderPlan, OpsError> {
    let api = expected_api(order);
    check_scope(order, api)?;
    let mut notes = Vec::new();
    let periods = match &order.period {
        Period::Invoice(id) => {
            check_invoice_scope(&order.scope)?;
            vec![Period::Invoice(id.clone())]
        }
        Period::Billing(name) => {
            check_billing_period(order, name, api)?;
            vec![Period::Billing(name.clone())]
        }
        Period::Dates(range) => {
            let orderable = range
                .orderable(today, api.reach())
                .map_err(|error| OpsError::Usage(too_early(&error, api, agreement_of(order))))?;
            if let Some(to) = orderable.moved_from {
                notes.push(format!(
                    "{to} is in the future: the order ends today, {today} (UTC)"
                ));
            }
            orderable
                .range
                .by_month()
                .into_iter()
                .map(Period::Dates)
                .collect()
        }
    };
    if api == Api::Usage && order.api.is_none() {
        notes.push(ONLY_USAGE.to_owned());
    }
    if api == Api::Usage && matches!(agreement_of(order), Some(Agreement::Ea | Agreement::Mca)) {
        notes.push(RETIRING.to_owned());
    }
    if periods.len() >= MANY {
        notes.push(MANY_REPORTS.to_owned());
    }
    if let Some(text) = order.scope.kind().leaves_out() {
        notes.push(text.to_owned());
    }
    notes.extend(subset_notes(order));
    let metrics = order.metric.metrics().iter();
    let parts = periods
        .iter()
        .flat_map(|period| {
            let metrics = metrics.clone();
            metrics.map(|metric| order.request(period.clone(), *metric))
        })
        .collect();
    Ok(OrderPlan { parts, notes })
}

/// The API that an order will use, as far as it is known without a request.
fn expected_api(order: &OrderSpec) -> Api {
    let agreement = agreement_of(order);
    match order.api {
        Some(api) => api,
        None if agreement == Some(Agreement::Payg) => Api::Usage,
        None => Api::Details,
    }
}

fn check_scope(order: &OrderSpec, api: Api) -> Result<(), OpsError> {
    let kind = order.scope.kind();
    if api == Api::Usage && matches!(order.period, Period::Invoice(_)) {
        return Err(OpsError::Usage(
            "Usage Details has no invoices: order days, or the invoice with --api details"
                .to_owned(),
        ));
    }
    let why = match api {
        Api::Usage => kind.why_no_usage(agreement_of(order)),
        Api::Details | Api::Detailed => kind.why_no_reports(),
    };
    if let Some(why) = why {
        return Err(OpsError::Usage(format!("{}: {why}", order.scope)));
    }
    check_subset(order)?;
    if order.metric == MetricChoice::Usage && order.api != Some(Api::Usage) {
        return Err(OpsError::Usage(
            "the metric `usage` is available only from Usage Details: add --api usage".to_owned(),
        ));
    }
    Ok(())
}

fn check_subset(order: &OrderSpec) -> Result<(), OpsError> {
    let usage = |text: &str| Err(OpsError::Usage(text.to_owned()));
    if order.subset.is_whole() {
        return Ok(());
    }
    if order.api != Some(Api::Usage) {
        return usage(
            "the server can filter and limit only Usage Details: add --api usage, or order the whole report and filter \
             it here",
        );
    }
    let ignores = matches!(agreement_of(order), Some(Agreement::Mca | Agreement::Mpa));
    if ignores && order.subset.filter.is_some() && order.subset.top_rows.is_some() {
        return usage(
            "customer agreements ignore the filter, so the rows would be limited before it is applied here: order \
             with only one of the two",
        );
    }
    let asks_publisher = order
        .subset
        .filter
        .as_ref()
        .is_some_and(UsageFilter::asks_publisher);
    match agreement_of(order) {
        Some(agreement) if asks_publisher && agreement != Agreement::Payg => usage(
            "the server filters by publisher-type only for pay-as-you-go accounts: order the whole report and filter it here",
        ),
        _ => Ok(()),
    }
}

/// Notes on a limited report.
fn subset_notes(order: &OrderSpec) -> Vec<String> {
    let Some(words) = order.subset.words() else {
        return Vec::new();
    };
    let months = match &order.period {
        Period::Dates(range) if !range.is_whole_month() && range.by_month().len() > 1 => {
            " of each month"
        }
        Period::Dates(_) | Period::Invoice(_) | Period::Billing(_) => "",
    };
    let each = order.subset.top_rows.map_or("", |_| months);
    let mut notes = vec![format!(
        "only a part is ordered, {words}{each}: it is stored separately and never replaces the whole report"
    )];
    let ignores = matches!(agreement_of(order), Some(Agreement::Mca | Agreement::Mpa));
    if ignores && order.subset.filter.is_some() {
        notes.push(
            "customer agreements ignore this filter: all rows are downloaded and filtered here"
                .to_owned(),
        );
    }
    notes
}

/// The number of months from which an export is the better choice.
const MANY: usize = 12;

// Advice of Microsoft Learn: "Usage Details - List", "Choose a cost details solution", "Tutorial: Create and manage exported
// data".
const RETIRING: &str =
    "Usage Details will be retired: for this account, reports have the same costs (--api details)";
const MANY_REPORTS: &str = "for large or recurring data, use an export to storage: it needs no orders, and costscope opens \
                            its folder; costs change only a few times a day, so one order per day and scope is enough";

/// The error for a start that is too early. Usage Details and exports reach further back than reports, so it names
/// them.
fn too_early(error: &PeriodError, api: Api, agreement: Option<Agreement>) -> String {
    let exports = "exports created through the REST API reach back seven years";
    match (error, agreement) {
        (PeriodError::TooEarly { .. }, Some(Agreement::Mca | Agreement::Mpa)) => {
            format!("{error}. For this account, only {exports}")
        }
        (PeriodError::TooEarly { .. }, _) if api != Api::Usage => format!(
            "{error}. Usage Details reaches back to 2014-05-01 for enterprise agreements and pay-as-you-go accounts (--api \
             usage), and {exports}"
        ),
        (PeriodError::TooEarly { .. }, _) => format!("{error}. No API reaches further back"),
        _ => error.to_string(),
    }
}

/// The agreement, from the order or from the scope itself.
fn agreement_of(order: &OrderSpec) -> Option<Agreement> {
    order.agreement.or(order.scope.agreement())
}

fn check_billing_period(order: &OrderSpec, name: &str, api: Api) -> Result<(), OpsError> {
    let agreement = agreement_of(order);
    if matches!(agreement, Some(Agreement::Mca | Agreement::Mpa)) {
        return Err(OpsError::Usage(
            "customer agreements have no named billing periods; order days, or an invoice"
                .to_owned(),
        ));
    }
    if api != Api::Usage && name.contains('-') {
        return Err(OpsError::Usage(format!(
            "reports take billing periods as YYYYMM; for {name}, use Usage Details (--api usage)"
        )));
    }
    Ok(())
}

fn check_invoice_scope(scope: &ScopeId) -> Result<(), OpsError> {
    if scope.kind().has_invoices() {
        return Ok(());
    }
    Err(OpsError::Usage(format!(
        "an invoice is ordered at a billing profile or customer; {scope} is a {}",
        scope.kind()
    )))
}

/// Fetches one part: from the ledger, or ordered, polled, downloaded, checked and stored.
pub async fn fetch(
    session: &Session,
    order: &OrderSpec,
    request: &ReportRequest,
    stop: &CancellationToken,
    progress: impl FnMut(Progress) + Send,
) -> PartOutcome {
    if order.resume != Resume::AsUsual {
        return order::drive(session, order, request, stop, progress).await;
    }
    match reusable(session, order, request) {
        Ok(Reuse::Ready(entry)) => {
            order::put_away(session, &entry, request);
            PartOutcome::Ready {
                entry,
                from_ledger: true,
            }
        }
        Ok(Reuse::Damaged(words)) => {
            let mut words = Some(words);
            let mut progress = progress;
            let saying = move |mut now: Progress| {
                let both = [words.take(), now.note.take()];
                let both: Vec<String> = both.into_iter().flatten().collect();
                now.note = (!both.is_empty()).then(|| both.join("; "));
                progress(now);
            };
            order::drive(session, order, request, stop, saying).await
        }
        Ok(Reuse::Nothing) => order::drive(session, order, request, stop, progress).await,
        Err(error) => PartOutcome::Failed(super::outcome::failure_of(&error)),
    }
}
