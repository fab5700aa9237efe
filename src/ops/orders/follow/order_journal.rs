//! Maintains the intent of one order on disk: written before the POST, kept as long as the server may be working on it
//! or pages are missing.

use crate::domain::report::operation::pages::Pages;
use crate::domain::report::operation::states::{Operation, Ordered};
use crate::domain::report::reply::{Failure, LONGEST_NAMED, Next, WaitReason};
use crate::domain::report::request::{Api, ReportRequest};
use crate::ops::error::OpsError;
use crate::ops::orders::api_choice;
use crate::ops::orders::api_choice::ApiChoice;

use crate::ops::session::Session;
use crate::store::checksum::sum_of_text;
use crate::store::orders::intents::{Claim, Intent};
use chrono::{DateTime, TimeDelta, Utc};

/// The start of an operation: its state and first step.
pub(crate) type Beginning = (Operation, Next);

/// The claim on an order and its intent.
pub(crate) struct OrderJournal {
    claim: Claim,
    pub(crate) intent: Intent,
    /// Whether the server may be working on it: a link was received, a response may be in flight, or pages are on disk.
    taken: bool,
    /// Whether an earlier run is being resumed.
    pub(crate) resumed: bool,
    /// The intent of an order that the user wants to repeat; it stays valid until the new order is sent.
    earlier: Option<Intent>,
    /// When the order was sent that this one takes the place of, if that went to another server.
    pub(crate) replaces: Option<DateTime<Utc>>,
    /// A message for the user about how it starts.
    pub(crate) news: Option<&'static str>,
}

/// The message for an order whose link is that of another server.
const ELSEWHERE: &str = "the order of an earlier run went to another server: it is ordered again";

impl OrderJournal {
    /// Starts a new order through the chosen API, now or after a wait.
    pub(crate) fn anew(
        request: &ReportRequest,
        claim: Claim,
        way: &ApiChoice,
        (now, not_before): (DateTime<Utc>, DateTime<Utc>),
    ) -> (Self, Beginning) {
        let intent = Intent {
            agreement: way.agreement,
            fallback: way.fallback,
            ..Intent::new(request, now, way.api)
        };
        let spans = api_choice::spans(request).unwrap_or_default();
        let beginning = if way.api == Api::Usage {
            Operation::start_pages(api_choice::pages(request), not_before, None, now)
        } else {
            let (state, next) = if not_before > now {
                Operation::start_later(not_before, None, now)
            } else {
                Operation::start(now)
            };
            let state = if way.fallback {
                state.or_usage(spans)
            } else {
                state
            };
            (state, next)
        };
        (Self::of(claim, intent), beginning)
    }

    /// An order that nobody works on yet.
    fn of(claim: Claim, intent: Intent) -> Self {
        Self {
            claim,
            intent,
            taken: false,
            resumed: false,
            earlier: None,
            replaces: None,
            news: None,
        }
    }

    /// Keeps the intent of an earlier order until this one is sent.
    pub(crate) fn instead_of(self, noted: Intent) -> Self {
        let earlier = Some(noted);
        Self { earlier, ..self }
    }

    /// Resumes an earlier run: a link to poll, pages to continue, a wait to keep, or an order whose outcome is unknown.
    pub(crate) fn resume(
        session: &Session,
        claim: Claim,
        noted: Intent,
    ) -> Result<(Self, Beginning), OpsError> {
        let now = session.clock.now();
        let not_before = not_before(&noted, now);
        let request = noted.request.clone();
        let fresh = anew_at(&noted, now);
        let or_usage = |(state, next): Beginning| match api_choice::spans(&request) {
            Some(spans) if noted.fallback => (state.or_usage(spans), next),
            _ => (state, next),
        };
        let start = |intent, (taken, resumed), news, beginning| {
            let following = Self {
                taken,
                resumed,
                news,
                ..Self::of(claim, intent)
            };
            Ok((following, beginning))
        };
        let named = noted.named_wait.and_then(TimeDelta::try_seconds);
        let named = named.map(|named| named.min(LONGEST_NAMED));
        if noted.refused {
            // The wait stays recorded until the order is sent, even if the user stops several times before that.
            let beginning = or_usage(Operation::start_later(not_before, named, now));
            return start(noted, (false, false), None, beginning);
        }
        let target = session.client()?.target();
        let is_foreign = |link: &str| {
            let base = target.base();
            base.and_then(|base| target.poll_link(&base, link)).is_err()
        };
        if let Some(pages) = noted.pages.clone() {
            let lost = pages.next.as_deref().is_some_and(is_foreign)
                || !has_pages(session, &request, &pages, &noted.page_sums);
            let anew = api_choice::pages(&request);
            let (pages, news) = if lost {
                (
                    anew,
                    Some("the pages of an earlier run are unusable: they are fetched again"),
                )
            } else {
                (pages, None)
            };
            let beginning = Operation::start_pages(pages, not_before, named, now);
            return start(noted, (true, !lost), news, beginning);
        }
        let Some(url) = noted.poll_url.clone() else {
            return Err(OpsError::Report(undecided(&noted)));
        };
        // A link of another server (such as a restarted demo) cannot be polled.
        if is_foreign(&url) {
            let beginning = or_usage(Operation::start(now));
            let started = start(fresh, (false, false), Some(ELSEWHERE), beginning)?;
            let (mut following, beginning): (Self, Beginning) = started;
            following.replaces = Some(noted.ordered_at);
            return Ok((following, beginning));
        }
        let beginning = Operation::resume(url, not_before, named, noted.polls, now);
        start(noted, (true, true), None, beginning)
    }

    /// Records that an order is about to be sent.
    pub(crate) fn about_to_send(&mut self, now: DateTime<Utc>) -> Result<(), OpsError> {
        self.intent = Intent {
            named_wait: self.intent.named_wait,
            ..anew_at(&self.intent, now)
        };
        self.claim.write(&self.intent)?;
        self.taken = true;
        Ok(())
    }

    /// Records the checksum of a page on disk. Pages after it belong to an earlier chain and are dropped.
    pub(crate) fn keep_page(&mut self, number: u32, body: &[u8]) {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        self.intent.page_sums.truncate(number);
        self.intent.page_sums.push(sum_of_text(body));
    }

    /// The server accepted nothing: restores the earlier intent, if any.
    pub(crate) fn take_back(&mut self) -> Result<(), OpsError> {
        self.taken = false;
        match &self.earlier {
            Some(earlier) => self.claim.write(earlier)?,
            None => self.claim.clear()?,
        }
        Ok(())
    }

    /// Removes the intent: there is nothing left to resume.
    pub(crate) fn forget(&mut self) -> Result<(), OpsError> {
        self.taken = false;
        Ok(self.claim.clear()?)
    }

    /// Records the polling link, the pages so far, or how long a refused order must wait.
    pub(crate) fn note(&mut self, state: &Operation, next: &Next) -> Result<(), OpsError> {
        let fresh = Intent {
            named_wait: state.named_wait().map(|wait| wait.num_seconds()),
            polls: state.polls(),
            ..anew_at(&self.intent, self.intent.ordered_at)
        };
        self.intent = match (state, next) {
            (Operation::Generating(generating), Next::Poll { not_before, .. }) => Intent {
                poll_url: Some(generating.poll_url.clone()),
                not_before: Some(*not_before),
                ..fresh
            },
            // An order that never left is not recorded: nothing has to wait for it.
            (
                Operation::Ordered(Ordered {
                    wait: Some(wait), ..
                }),
                Next::Send { not_before },
            ) if wait.why != WaitReason::Unreachable => Intent {
                not_before: Some(*not_before),
                refused: true,
                ..fresh
            },
            // The link stays: polling again returns the files again.
            (Operation::Downloading(downloading), _)
                if self.intent.poll_url.is_some() && self.intent.polls != downloading.polls =>
            {
                Intent {
                    polls: downloading.polls,
                    times: downloading.manifest.times.known(),
                    ..self.intent.clone()
                }
            }
            (Operation::Paging(paging), next) => {
                self.taken = true;
                let done = usize::try_from(paging.pages.done()).unwrap_or(usize::MAX);
                let mut page_sums = self.intent.page_sums.clone();
                page_sums.truncate(done);
                Intent {
                    pages: Some(paging.pages.clone()),
                    page_sums,
                    not_before: match next {
                        Next::Page { not_before, .. } => Some(*not_before),
                        Next::Send { .. }
                        | Next::Poll { .. }
                        | Next::Fetch { .. }
                        | Next::Commit
                        | Next::Stop => None,
                    },
                    api: Api::Usage,
                    ..fresh
                }
            }
            _ => return Ok(()),
        };
        Ok(self.claim.write(&self.intent)?)
    }

    /// Removes the intent of an order that has ended: stored, empty, or failed on the server. An order that failed on
    /// our side, or may still succeed, stays recorded. Returns whether the intent was removed. A report that is there, or
    /// known to be empty, leaves nothing to ask an earlier order for.
    pub(crate) fn ended(&mut self, state: &Operation) -> Result<bool, OpsError> {
        let is_answered = matches!(state, Operation::Ready { .. } | Operation::Empty { .. });
        let is_decided = is_answered || state.failure().is_some_and(Failure::is_final);
        let over = is_decided || (!self.taken && !self.intent.refused);
        if over && (self.taken || is_answered) {
            self.forget()?;
        } else if over {
            self.take_back()?;
        }
        Ok(over)
    }
}

/// The intent of the same order at a time, with what is known of its account and nothing of its progress.
fn anew_at(intent: &Intent, at: DateTime<Utc>) -> Intent {
    Intent {
        agreement: intent.agreement,
        fallback: intent.fallback,
        ..Intent::new(&intent.request, at, intent.api)
    }
}

/// When the next request may be sent. If that is later than any wait of the order can end, the wall clock was set back
/// since.
pub(crate) fn not_before(noted: &Intent, now: DateTime<Utc>) -> DateTime<Utc> {
    // Older versions recorded waits of any length.
    let longest = noted.named_wait.unwrap_or_default();
    let longest = longest.clamp(LONGEST_UNNAMED, LONGEST_NAMED.num_seconds());
    let most = TimeDelta::try_seconds(longest.saturating_add(1));
    let most = most.and_then(|wait| now.checked_add_signed(wait));
    let noted = noted.not_before.unwrap_or(now);
    most.map_or(noted, |most| noted.min(most))
}

/// The longest wait in seconds that no server asked for.
const LONGEST_UNNAMED: i64 = 60;

/// The failure of an order whose response was never read.
pub(crate) fn undecided(noted: &Intent) -> Failure {
    let at = noted.ordered_at.format("%Y-%m-%d %H:%M:%S");
    let message = format!(
        "an earlier run sent this order at {at} UTC and ended before a polling link was read: the server may already be \
         generating the report. Order it again with --refresh, or retry it in Jobs"
    );
    Failure::Undecided { message }
}

/// Whether all recorded pages are on disk, unchanged and in order. Pages without a record, left by older versions, are
/// fetched again.
pub(crate) fn has_pages(
    session: &Session,
    request: &ReportRequest,
    pages: &Pages,
    sums: &[String],
) -> bool {
    let Ok(folder) = session.downloads(&request.key(&session.origin)) else {
        return false;
    };
    sums.len() as u64 == u64::from(pages.done())
        && (0_u32..).zip(sums).all(|(number, sum)| {
            let body = folder.read(&page_name(number), LARGEST_PAGE);
            body.is_ok_and(|body| body.is_some_and(|body| sum_of_text(&body) == *sum))
        })
}

/// The size limit of a page.
pub(crate) const LARGEST_PAGE: u64 = 64 << 20;

pub(crate) fn page_name(number: u32) -> String {
    format!("page-{:06}.json", number.saturating_add(1))
}
