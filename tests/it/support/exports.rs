//! Runs of exports against the emulator, as several tests start them.

use crate::support::World;
use costscope::domain::period::{DateRange, Month};
use costscope::domain::scope::ScopeId;
use costscope::ops::error::OpsError;
use costscope::ops::exports::running;
use costscope::ops::exports::running::{News, RunOrder, RunOutcome};
use costscope::ops::session::Session;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub(crate) const NAME: &str = "actual-daily";

pub(crate) fn account() -> ScopeId {
    ScopeId::parse("8608480").unwrap()
}

pub(crate) fn october() -> DateRange {
    Month::parse("2026-10").unwrap().range()
}

pub(crate) fn order(days: Option<DateRange>) -> RunOrder {
    RunOrder {
        scope: account(),
        export: NAME.to_owned(),
        days,
        is_to_date: false,
        max_wait: Duration::from_secs(4 * 3600),
        waits: true,
    }
}

/// Runs an order; returns the outcome and what was said.
pub(crate) async fn run(
    session: &Session,
    order: &RunOrder,
) -> (Result<RunOutcome, OpsError>, Vec<News>) {
    let told = Mutex::new(Vec::new());
    let stop = CancellationToken::new();
    let outcome = running::run(session, order, &stop, |news| {
        told.lock().unwrap().push(news);
    })
    .await;
    (outcome, told.into_inner().unwrap())
}

pub(crate) fn starts(world: &World) -> usize {
    let requests = world.emulator.record().requests;
    let is_start = |line: &&String| line.starts_with("POST") && line.ends_with("/run");
    requests.iter().filter(is_start).count()
}

/// Whether a note about a run is on disk.
pub(crate) fn noted(folder: &Path) -> bool {
    let is_note = |path: &Path| {
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        is_json && !path.ends_with("ended.json")
    };
    let notes = std::fs::read_dir(folder.join("export-runs"));
    notes.is_ok_and(|mut notes| notes.any(|note| is_note(&note.unwrap().path())))
}

pub(crate) fn says(told: &[News], words: &str) -> bool {
    told.iter()
        .any(|news| matches!(news, News::Note(note) if note.contains(words)))
}
