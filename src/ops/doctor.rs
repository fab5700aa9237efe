//! Checks everything between this machine and its cost data: one check a line, each with the fix.

use super::session::Session;
use crate::azure::cloud::Target;
use crate::azure::doctor;
use crate::azure::doctor::Reached;
use crate::azure::error::AzureError;
use crate::azure::{net, scopes};
use crate::domain::metric::Metric;
use crate::domain::period::{DateRange, Period};
use crate::domain::report::quota::Remainder;
use crate::domain::report::reply::Failure;
use crate::domain::report::request::{Api, ReportRequest, Subset};
use crate::domain::scope::{Agreement, ScopeId, ScopeKind};
use crate::store::files;
use chrono::{Days, TimeDelta};

/// A larger clock error breaks signatures and tokens.
const SKEW_MINUTES: i64 = 5;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    /// It works, with a remark.
    Note,
    Bad,
}

/// One check, shown as a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub verdict: Verdict,
    pub said: String,
    /// The exit code that it causes.
    pub code: u8,
}

impl Check {
    fn ok(name: &'static str, said: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            said: said.into(),
            code: 0,
        }
    }

    fn note(name: &'static str, said: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Note,
            ..Self::ok(name, said)
        }
    }

    fn bad(name: &'static str, said: impl Into<String>, code: u8) -> Self {
        Self {
            verdict: Verdict::Bad,
            code,
            ..Self::ok(name, said)
        }
    }

    fn of_error(name: &'static str, error: &AzureError) -> Self {
        Self::bad(name, error.to_string(), error.failure().exit_code())
    }
}

/// Runs all checks. Those that depend on a failed one are left out.
pub async fn run(session: &Session, scope: Option<&ScopeId>) -> Vec<Check> {
    let mut checks = vec![data_folder(session)];
    let client = match session.client() {
        Ok(client) => client,
        Err(error) => {
            let code = error.exit_code();
            checks.push(Check::bad("connection", error.to_string(), code));
            return checks;
        }
    };
    checks.push(proxy(client.target()));
    let signed_in = client.sign_in().await;
    let identity = session.identity();
    for attempt in &identity.failed {
        if signed_in.is_ok() {
            let said = format!("{} did not work: {}", attempt.source, attempt.said);
            checks.push(Check::note("sign-in", said));
        }
    }
    match &signed_in {
        Ok(()) => {
            let who = identity
                .who
                .map(|who| format!(" as {who}"))
                .unwrap_or_default();
            checks.push(Check::ok("sign-in", format!("{}{who}", identity.source)));
            let tenant = identity.tenant.unwrap_or_else(|| "none".to_owned());
            checks.push(Check::ok("tenant", tenant));
        }
        Err(error) => {
            checks.push(Check::of_error("sign-in", error));
            return checks;
        }
    }
    let reached = match doctor::arm(client).await {
        Ok(reached) => reached,
        Err(error) => {
            checks.push(Check::of_error("ARM", &error));
            return checks;
        }
    };
    checks.push(arm(client.target(), &reached));
    checks.push(clock(&reached));
    let mut remainders = reached.remainders;
    if let Some(scope) = scope {
        let agreement = agreement(session, scope).await;
        checks.push(api(scope, agreement));
        let (check, more) = rights(session, scope, agreement).await;
        checks.push(check);
        remainders.extend(more);
    }
    checks.push(downloads(client.target()));
    checks.push(throttle(&remainders));
    checks
}

fn data_folder(session: &Session) -> Check {
    let folder = session.data.path();
    let space = files::check_space(folder, 1 << 30);
    match (tempfile::tempfile_in(folder), space) {
        (Err(error), _) => {
            let said = format!(
                "{} cannot be written to: {error}; choose another --data-dir",
                folder.display()
            );
            Check::bad("data folder", said, 1)
        }
        (_, Err(error)) => Check::note("data folder", format!("{error}")),
        _ => Check::ok("data folder", folder.display().to_string()),
    }
}

fn proxy(target: &Target) -> Check {
    let host = match target {
        Target::Loopback(_) => {
            return Check::ok("proxy", "not used for a server on this machine");
        }
        Target::Cloud(cloud) => cloud.arm_host(),
    };
    match net::proxy_for(host) {
        Some(proxy) => Check::ok("proxy", format!("{host} is reached through {proxy}")),
        None => Check::ok("proxy", "none; set HTTPS_PROXY if one is needed"),
    }
}

fn arm(target: &Target, reached: &Reached) -> Check {
    let place = target.base().map(|url| url.to_string()).unwrap_or_default();
    match &reached.refused {
        Some(error) => Check::of_error("ARM", error),
        None => Check::ok("ARM", format!("{place} responds")),
    }
}

fn clock(reached: &Reached) -> Check {
    let Some(ahead) = reached.ahead else {
        return Check::note("clock", "the server sent no time");
    };
    let seconds = ahead.num_seconds();
    if ahead.abs() > TimeDelta::minutes(SKEW_MINUTES) {
        let side = if seconds > 0 { "ahead of" } else { "behind" };
        let said = format!(
            "this machine is {} s {side} the server: set its clock (NTP), or tokens and download links will be refused",
            seconds.abs()
        );
        return Check::bad("clock", said, 1);
    }
    Check::ok("clock", format!("within {} s of the server", seconds.abs()))
}

async fn agreement(session: &Session, scope: &ScopeId) -> Option<Agreement> {
    if let Some(known) = scope.agreement() {
        return Some(known);
    }
    let client = session.client().ok()?;
    let asked = match scope.resource_group() {
        Some((subscription, _)) => ScopeId::parse(subscription).ok()?,
        None => scope.clone(),
    };
    if asked.kind() != ScopeKind::Subscription {
        return None;
    }
    scopes::agreement(client, &asked).await
}

fn api(scope: &ScopeId, agreement: Option<Agreement>) -> Check {
    const NAME: &str = "agreement and API";
    let word = agreement.map_or("unknown", Agreement::word);
    if let Some(why) = scope.kind().why_no_reports() {
        return Check::note(NAME, format!("{word}: {why}"));
    }
    let details = Api::Details.operation();
    match agreement {
        Some(Agreement::Payg) => Check::ok(
            NAME,
            format!("{word}: Usage Details, page by page (there are no cost reports)"),
        ),
        Some(Agreement::Ea | Agreement::Mca | Agreement::Mpa) => {
            Check::ok(NAME, format!("{word}: {details}"))
        }
        None => Check::note(
            NAME,
            format!("not readable: {details} is tried first, then Usage Details"),
        ),
    }
}

/// Reads one row of yesterday: permission to read is permission to order.
async fn rights(
    session: &Session,
    scope: &ScopeId,
    agreement: Option<Agreement>,
) -> (Check, Vec<Remainder>) {
    let today = session.clock.now().date_naive();
    let day = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    let request = ReportRequest {
        export: None,
        scope: scope.clone(),
        metric: Metric::Actual,
        period: Period::Dates(DateRange { from: day, to: day }),
        subset: Subset::default(),
    };
    let Ok(client) = session.client() else {
        return (Check::note("rights", "not checked"), Vec::new());
    };
    match doctor::rights(client, &request, agreement).await {
        Err(error) => (Check::of_error("rights", &error), Vec::new()),
        Ok(reached) => {
            let check = match reached.refused {
                None => Check::ok("rights", format!("costs of {scope} can be read")),
                Some(error) => match error.failure() {
                    Failure::NotAllowed { .. } => Check::of_error("rights", &error),
                    _ => Check::note("rights", format!("unknown: {error}")),
                },
            };
            (check, reached.remainders)
        }
    }
}

fn downloads(target: &Target) -> Check {
    let Target::Cloud(cloud) = target else {
        return Check::ok("downloads", "from this machine");
    };
    let suffix = cloud.blob_suffix();
    let way = net::proxy_for(&format!("account{suffix}"))
        .map(|proxy| format!(", through {proxy}"))
        .unwrap_or_default();
    Check::ok(
        "downloads",
        format!("from *{suffix}{way}: a firewall must allow these hosts"),
    )
}

fn throttle(remainders: &[Remainder]) -> Check {
    if remainders.is_empty() {
        return Check::ok("throttling", "the server reports no quotas");
    }
    let words: Vec<String> = remainders
        .iter()
        .map(|remainder| format!("{} {} left", remainder.bucket, remainder.left))
        .collect();
    let none_left = remainders.iter().any(|remainder| remainder.left == "0");
    if none_left {
        let said = format!("{}: orders wait until it is refilled", words.join(", "));
        return Check::note("throttling", said);
    }
    Check::ok("throttling", words.join(", "))
}
