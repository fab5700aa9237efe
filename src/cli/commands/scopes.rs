//! `costscope scopes`: lists the scopes that the signed-in identity can see.

use crate::cli::args::ScopesArgs;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::{print, progress};
use crate::domain::scope::{ONLY_USAGE, Reports, Scope};
use crate::domain::table::text_table::{Heading, Sheet};
use crate::ops::scopes;
use crate::ops::session::Session;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use tokio_util::sync::CancellationToken;

#[derive(Serialize)]
struct ScopeJson<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'a str,
    agreement: Option<&'a str>,
    parent: Option<&'a str>,
    reports: bool,
    why_not: Option<&'a str>,
}

/// Runs the command.
pub async fn run(
    session: &Session,
    args: &ScopesArgs,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<(), CliError> {
    let found = tokio::select! {
        found = scopes::list(session) => found?,
        () = stop.cancelled() => return Err(CliError::new(130, "interrupted")),
    };
    for problem in &found.problems {
        progress::warn(problem);
    }
    if found.incomplete {
        return Err(CliError::new(
            6,
            "not every scope could be listed (see the warnings above): try again later, or pass the scope with --scope",
        ));
    }
    let kept: Vec<&Scope> = found
        .scopes
        .iter()
        .filter(|scope| matches(scope, args.search.as_deref()))
        .collect();
    if kept.is_empty() {
        let text = if found.scopes.is_empty() {
            "no scopes are visible: ask for Reader or Cost Management Reader on a subscription, or a billing role"
        } else {
            "no scope matches the search"
        };
        progress::say(text);
    }
    let scopes: Vec<ScopeJson<'_>> = kept.into_iter().map(scope_json).collect();
    if format == Format::Json {
        return output::json(out, &BTreeMap::from([("scopes", scopes)]));
    }
    print::sheet(out, &sheet(&scopes), format)
}

/// Whether every word of the search occurs in the name, id, kind or agreement.
fn matches(scope: &Scope, search: Option<&str>) -> bool {
    let agreement = scope
        .agreement
        .map_or("", crate::domain::scope::Agreement::word);
    let text = format!(
        "{} {} {} {agreement}",
        scope.name,
        scope.id,
        scope.id.kind().word()
    )
    .to_lowercase();
    search.is_none_or(|search| {
        search
            .to_lowercase()
            .split_whitespace()
            .all(|word| text.contains(word))
    })
}

fn scope_json(scope: &Scope) -> ScopeJson<'_> {
    let why_not = match &scope.reports {
        Reports::Work => None,
        Reports::UsageDetails => Some(ONLY_USAGE),
        Reports::WorkNot { why } => Some(why.as_str()),
    };
    ScopeJson {
        id: scope.id.path(),
        name: &scope.name,
        kind: scope.id.kind().word(),
        agreement: scope.agreement.map(crate::domain::scope::Agreement::word),
        parent: scope
            .parent
            .as_ref()
            .map(crate::domain::scope::ScopeId::path),
        reports: why_not.is_none(),
        why_not,
    }
}

fn sheet(scopes: &[ScopeJson<'_>]) -> Sheet {
    let headings = ["name", "kind", "agreement", "reports", "id"]
        .map(Heading::text)
        .into();
    let rows = scopes.iter().map(|scope| {
        let text = |text: &str| Some(text.to_owned());
        let reports = scope.why_not.unwrap_or("yes");
        vec![
            text(scope.name),
            text(scope.kind),
            Some(scope.agreement.unwrap_or("-").to_owned()),
            text(reports),
            text(scope.id),
        ]
    });
    Sheet::new(headings, rows)
}
