//! `costscope doctor`: prints one line per check, with the remedy.

use crate::cli::args::DoctorArgs;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::domain::scope::ScopeId;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::ops::doctor;
use crate::ops::doctor::{Check, Verdict};
use crate::ops::session::Session;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use tokio_util::sync::CancellationToken;

#[derive(Serialize)]
struct CheckJson<'a> {
    name: &'a str,
    verdict: String,
    said: &'a str,
}

/// Runs the checks; the exit code is that of the first one that failed.
pub async fn run(
    session: &Session,
    args: &DoctorArgs,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    let scope = args.scope.as_deref().map(ScopeId::parse_with_period);
    let scope = scope.map(|read| read.map(|(scope, _)| scope)).transpose();
    let scope = scope.map_err(|error| CliError::new(2, error.to_string()))?;
    let checks = tokio::select! {
        checks = doctor::run(session, scope.as_ref()) => checks,
        () = stop.cancelled() => return Err(CliError::new(130, "interrupted")),
    };
    let code = checks.iter().map(|check| check.code).find(|code| *code > 0);
    match format {
        Format::Json => {
            let checks: Vec<CheckJson<'_>> = checks.iter().map(json).collect();
            output::json(out, &BTreeMap::from([("checks", checks)]))?;
        }
        Format::Table => {
            for check in &checks {
                let line = format!("{:<5} {:<17} {}", word(check), check.name, check.said);
                writeln!(out, "{}", output::printable(&line))?;
            }
        }
        other => print::sheet(out, &sheet(&checks), other)?,
    }
    Ok(code.unwrap_or(0))
}

fn word(check: &Check) -> &'static str {
    match check.verdict {
        Verdict::Ok => "ok",
        Verdict::Note => "note",
        Verdict::Bad => "BAD",
    }
}

fn json(check: &Check) -> CheckJson<'_> {
    CheckJson {
        name: check.name,
        verdict: word(check).to_lowercase(),
        said: &check.said,
    }
}

fn sheet(checks: &[Check]) -> Sheet {
    let text = |text: &str| Some(text.to_owned());
    let rows = checks
        .iter()
        .map(|check| vec![text(word(check)), text(check.name), text(&check.said)]);
    Sheet::new(["verdict", "check", "said"].map(Heading::text).into(), rows)
}
