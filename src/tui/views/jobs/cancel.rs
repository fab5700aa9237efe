//! Asks before reports stop being followed, and says what the server does with each of them.

use super::state::{Job, Jobs};
use crate::domain::report::operation::states::Operation;
use crate::domain::text::counted;
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{CancelQuestion, Overlay};
use crate::tui::shell::status::StatusLine;

/// The fate of a report that the user stops following.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The server keeps making it.
    Made,
    /// The server has made it, and its files were being fetched.
    Fetched,
    /// Its pages are fetched one by one, and nothing runs in between.
    Paged,
    /// The server has not accepted it.
    Refused,
    /// It waits for its turn.
    Queued,
}

impl Fate {
    const ALL: [Self; 5] = [
        Self::Made,
        Self::Fetched,
        Self::Paged,
        Self::Refused,
        Self::Queued,
    ];

    /// The fate of a running job.
    fn of(job: &Job) -> Option<Self> {
        if !job.runs() {
            return None;
        }
        if !job.heard {
            return Some(Self::Queued);
        }
        match &job.operation {
            Operation::Ordered(_) => Some(Self::Refused),
            Operation::Generating(_) => Some(Self::Made),
            Operation::Downloading(_) | Operation::Fetched => Some(Self::Fetched),
            Operation::Paging(_) => Some(Self::Paged),
            Operation::Ready { .. }
            | Operation::Empty { .. }
            | Operation::Failed(_)
            | Operation::Cancelled => None,
        }
    }

    /// The words for the fate of this many reports.
    fn told(self, count: usize) -> String {
        let reports = counted(count as u64, "report");
        let one = count == 1;
        match self {
            Self::Made => {
                let fetches = if one {
                    "it again within a day fetches it"
                } else {
                    "them again within a day fetches them"
                };
                format!(
                    "The server keeps making {reports}: Azure has no cancel. Ordering {fetches}, and nothing is ordered twice."
                )
            }
            Self::Fetched => {
                let fetches = if one { "it again" } else { "them again" };
                format!(
                    "The server has made {reports}. The download is discarded; ordering within a day fetches {fetches}."
                )
            }
            Self::Paged if one => {
                "1 report comes in pages: those so far are discarded, and nothing continues."
                    .to_owned()
            }
            Self::Paged => {
                format!(
                    "{reports} come in pages: those so far are discarded, and nothing continues."
                )
            }
            Self::Refused => format!(
                "The server has not accepted {reports} yet. Waits that it asked for still apply."
            ),
            Self::Queued if one => {
                "1 report waits for its turn and leaves the queue: nothing was sent.".to_owned()
            }
            Self::Queued => {
                format!("{reports} wait for their turn and leave the queue: nothing was sent.")
            }
        }
    }
}

/// Asks whether to stop following the selected reports. A failed one is asked about as well: the next start would
/// resume it.
pub(super) fn ask(jobs: &Jobs, shell: &mut Shell) {
    if let Some(run) = jobs.selected_run() {
        shell.overlay = Overlay::Cancel(CancelQuestion {
            dropped: None,
            jobs: vec![run.id],
            sentences: vec![
                "The run goes on in Azure, which has no cancel. Nothing watches it, and its end is in the runs of the export."
                    .to_owned(),
            ],
        });
        return;
    }
    let over = jobs.selected_job().filter(|(_, job)| !job.runs());
    let question = if let Some((_, job)) = over {
        CancelQuestion {
            dropped: Some(job.request.key(&shell.place.origin)),
            jobs: Vec::new(),
            sentences: vec![
                "The next start does not resume this report. If the server still makes it, ordering it again within a day \
                 fetches it."
                    .to_owned(),
            ],
        }
    } else {
        let running = jobs.chosen();
        let fates = running
            .iter()
            .filter_map(|(_, job)| Some((job.id, Fate::of(job)?)));
        let fates: Vec<_> = fates.collect();
        let count = |fate: Fate| fates.iter().filter(|(_, found)| *found == fate).count();
        let told = Fate::ALL.map(|fate| (fate, count(fate)));
        let told = told.into_iter().filter(|(_, count)| *count > 0);
        CancelQuestion {
            dropped: None,
            sentences: told.map(|(fate, count)| fate.told(count)).collect(),
            jobs: fates.iter().map(|(id, _)| *id).collect(),
        }
    };
    shell.overlay = Overlay::Cancel(question);
}

/// Stops following what was asked about, as far as it still runs.
pub(crate) fn confirmed(jobs: &Jobs, shell: &mut Shell, question: CancelQuestion) -> Vec<Effect> {
    if let Some(key) = question.dropped {
        shell.status = StatusLine::hint("dropped: the next start does not resume it");
        return vec![Effect::SetAside(key)];
    }
    let mut watched = jobs.runs.iter().filter(|run| run.goes_on());
    if let Some(run) = watched.find(|run| question.jobs.contains(&run.id)) {
        shell.status = StatusLine::hint("stopped following; the run goes on in Azure");
        return vec![Effect::Cancel(run.id)];
    }
    let still = |job: &&Job| job.runs() && question.jobs.contains(&job.id);
    let running: Vec<&Job> = jobs.all().filter(still).collect();
    let sent = running.iter().any(|job| job.heard);
    shell.status = StatusLine::hint(match (running.is_empty(), sent) {
        (true, _) => "they have ended in the meantime",
        (false, true) => {
            "stopped following; a new order within a day fetches what the server makes"
        }
        (false, false) => "stopped; nothing was sent yet",
    });
    running.iter().map(|job| Effect::Cancel(job.id)).collect()
}
