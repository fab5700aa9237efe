//! The routes of exports: list, get, create or update, run, history.

use super::registry::{Definition, EmulatedRun, Exports, read_day};
use crate::emulator::api::answers;
use crate::emulator::api::answers::Answer;
use crate::emulator::bills::accounts;
use crate::emulator::bills::accounts::Access;
use crate::emulator::scenario::RequestTarget;
use crate::emulator::state::Shared;
use axum::http::Method;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The first version that shows the exports of today's portal.
const FIRST_VERSION: &str = "2023-07-01";

/// A request below `exports`.
pub struct ExportsRequest<'a> {
    pub method: &'a Method,
    pub scope: &'a str,
    /// The path below `exports`, without slashes around it.
    pub below: &'a [&'a str],
    pub query: &'a HashMap<String, String>,
    pub body: &'a [u8],
}

/// Answers a request.
pub fn answer(shared: &Shared, asked: &ExportsRequest<'_>) -> Answer {
    super::prepare(shared, &mut shared.state());
    if let Some(answer) = refused(asked) {
        return answer;
    }
    let name = asked.below.first().copied().unwrap_or_default();
    match (asked.method.as_str(), asked.below) {
        ("GET", []) => disturbed(shared, RequestTarget::Exports, asked, "list")
            .unwrap_or_else(|| list(shared, asked)),
        ("GET", [_]) => disturbed(shared, RequestTarget::Exports, asked, name)
            .unwrap_or_else(|| get(shared, asked, name)),
        ("PUT", [_]) => disturbed(shared, RequestTarget::ExportWrite, asked, name)
            .unwrap_or_else(|| put(shared, asked, name)),
        ("POST", [_, action]) if action.eq_ignore_ascii_case("run") => {
            disturbed(shared, RequestTarget::ExportRun, asked, name)
                .unwrap_or_else(|| run(shared, asked, name))
        }
        ("GET", [_, action]) if action.eq_ignore_ascii_case("runhistory") => {
            disturbed(shared, RequestTarget::ExportHistory, asked, name)
                .unwrap_or_else(|| history(shared, asked, name))
        }
        _ => answers::error(405, "MethodNotAllowed", "The method is not allowed."),
    }
}

fn disturbed(
    shared: &Shared,
    meets: RequestTarget,
    asked: &ExportsRequest<'_>,
    subject: &str,
) -> Option<Answer> {
    let subject = format!("{} {subject}", asked.scope);
    let disturbance = shared.disturbance(meets, &subject)?;
    Some(answers::disturbed(&disturbance, shared.time()))
}

fn refused(asked: &ExportsRequest<'_>) -> Option<Answer> {
    match accounts::access(asked.scope) {
        Access::Refused => {
            let text = "The client does not have authorization to perform action \
                 'Microsoft.CostManagement/exports/read'.";
            Some(answers::error(403, "RBACAccessDenied", text))
        }
        Access::NotFound => {
            let text = format!("The scope /{} was not found.", asked.scope);
            Some(answers::error(404, "NotFound", &text))
        }
        Access::Report(_) | Access::PayAsYouGo | Access::NoReports(_) => None,
    }
}

/// Whether the version of the call shows the exports.
fn sees(asked: &ExportsRequest<'_>) -> bool {
    asked
        .query
        .get("api-version")
        .is_some_and(|version| version.as_str() >= FIRST_VERSION)
}

fn expanded(asked: &ExportsRequest<'_>, most: usize) -> Option<usize> {
    let expand = asked.query.get("$expand")?;
    expand.eq_ignore_ascii_case("runHistory").then_some(most)
}

fn list(shared: &Shared, asked: &ExportsRequest<'_>) -> Answer {
    let now = shared.time();
    let state = shared.state();
    let found = state.exports.of_scope(asked.scope).into_iter();
    let shown = found.filter(|_| sees(asked));
    let value: Vec<Value> = shown
        .map(|definition| definition.json(expanded(asked, 1), now))
        .collect();
    answers::json(200, &json!({ "value": value }))
}

fn not_found(asked: &ExportsRequest<'_>, name: &str) -> Answer {
    let text = format!(
        "The requested export {name} under scope /{} could not be found. No export found.",
        asked.scope
    );
    answers::error(404, "NotFound", &text)
}

fn get(shared: &Shared, asked: &ExportsRequest<'_>, name: &str) -> Answer {
    let now = shared.time();
    let state = shared.state();
    let found = state.exports.all.get(&Exports::key(asked.scope, name));
    match found.filter(|_| sees(asked)) {
        Some(definition) => answers::json(200, &definition.json(expanded(asked, usize::MAX), now)),
        None => not_found(asked, name),
    }
}

fn history(shared: &Shared, asked: &ExportsRequest<'_>, name: &str) -> Answer {
    let now = shared.time();
    let state = shared.state();
    let found = state.exports.all.get(&Exports::key(asked.scope, name));
    match found.filter(|_| sees(asked)) {
        Some(definition) => answers::json(
            200,
            &json!({ "value": definition.history(usize::MAX, now) }),
        ),
        None => not_found(asked, name),
    }
}

/// The reason that a definition cannot be saved.
fn flaw(
    asked: &ExportsRequest<'_>,
    definition: &Definition,
    now: DateTime<Utc>,
) -> Option<&'static str> {
    let kind = definition.text("/definition/type");
    let only_usage = matches!(
        accounts::access(asked.scope),
        Access::PayAsYouGo | Access::NoReports(_)
    );
    if only_usage && kind != "Usage" {
        return Some("Invalid definition type; valid values: 'Usage'.");
    }
    if kind.is_empty() || definition.text("/definition/timeframe").is_empty() {
        return Some("The definition needs a type and a timeframe.");
    }
    let destination = "/deliveryInfo/destination";
    if ["resourceId", "container"].iter().any(|field| {
        definition
            .text(&format!("{destination}/{field}"))
            .is_empty()
    }) {
        return Some("The destination needs a resourceId and a container.");
    }
    let from = definition.text("/schedule/recurrencePeriod/from");
    let begins = DateTime::parse_from_rfc3339(from);
    let is_active = definition.text("/schedule/status") == "Active";
    (is_active && !begins.is_ok_and(|begins| begins > now))
        .then_some("The recurrence period's start date must be in the future.")
}

fn put(shared: &Shared, asked: &ExportsRequest<'_>, name: &str) -> Answer {
    let Ok(body) = serde_json::from_slice::<Value>(asked.body) else {
        return answers::error(400, "BadRequest", "The request body is not JSON.");
    };
    let now = shared.time();
    let mut state = shared.state();
    let known = state
        .exports
        .all
        .get(&Exports::key(asked.scope, name))
        .cloned();
    let given = body.get("eTag").and_then(Value::as_str);
    match (&known, given) {
        (Some(_), None) => {
            let text = "The export exists. Send its current eTag to update it.";
            return answers::error(409, "Conflict", text);
        }
        (Some(known), Some(given)) if known.etag != given => {
            let text = "The export was changed by another request. Read it again.";
            return answers::error(412, "PreconditionFailed", text);
        }
        _ => {}
    }
    let definition = Definition {
        scope: asked.scope.to_owned(),
        name: name.to_owned(),
        etag: String::new(),
        properties: body.get("properties").cloned().unwrap_or_default(),
        has_identity: body.pointer("/identity/type").is_some(),
        runs: known
            .as_ref()
            .map(|known| known.runs.clone())
            .unwrap_or_default(),
    };
    if let Some(text) = flaw(asked, &definition, now) {
        return answers::error(400, "BadRequest", text);
    }
    let status = if known.is_some() { 200 } else { 201 };
    let kept = state.exports.put(definition);
    answers::json(status, &kept.json(None, now))
}

/// The days in the body of a run; `None` if it has no body.
fn asked_days(
    body: &[u8],
    today: NaiveDate,
) -> Result<Option<(NaiveDate, NaiveDate)>, &'static str> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| "The request body is not JSON.")?;
    let day = |name: &str| {
        let text = body.pointer(&format!("/timePeriod/{name}"));
        text.and_then(Value::as_str).and_then(read_day)
    };
    let (Some(from), Some(to)) = (day("from"), day("to")) else {
        return Err("The time period needs from and to.");
    };
    if from > to || to > today {
        return Err("The end of the time period must not be before its start or in the future.");
    }
    if (from.year(), from.month()) != (to.year(), to.month()) {
        return Err("The time period must be within one calendar month.");
    }
    Ok(Some((from, to)))
}

fn run(shared: &Shared, asked: &ExportsRequest<'_>, name: &str) -> Answer {
    let (now, today) = (shared.time(), shared.today());
    let days = match asked_days(asked.body, today) {
        Ok(days) => days,
        Err(text) => return answers::error(400, "BadRequest", text),
    };
    let script = &shared.script;
    let mut state = shared.state();
    let number = state.ordered;
    state.ordered += 1;
    let Some(definition) = state.exports.all.get_mut(&Exports::key(asked.scope, name)) else {
        return not_found(asked, name);
    };
    let Some((from, to)) = days.or_else(|| definition.own_days(today)) else {
        return answers::error(400, "BadRequest", "The export has no time period.");
    };
    definition.runs.push(EmulatedRun {
        id: shared.new_id(number),
        on_demand: true,
        submitted: now,
        from,
        to,
        takes: TimeDelta::seconds(i64::from(script.export_seconds)),
        ending: script.export_ending,
        is_delivered: false,
    });
    state.started_runs += 1;
    if state.started_runs <= script.lost_run_answers {
        return answers::error(502, "BadGateway", "The gateway lost the answer.");
    }
    // The real answer has neither a body nor the id of the run.
    answers::bare(200)
}
