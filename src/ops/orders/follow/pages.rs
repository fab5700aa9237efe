//! Fetches pages of Usage Details, stores them on disk, and checks those of an earlier run.

use super::driver::Driver;
use super::order_journal::page_name;
use crate::azure::reports::usage;
use crate::azure::reports::usage::PageRequest;
use crate::data::sources::usage::pages::PageFile;
use crate::domain::report::reply::{Reply, Span};
use crate::ops::error::OpsError;
use crate::ops::orders::ingest::Received;
use crate::ops::orders::outcome::{Progress, failure_of};
use chrono::{DateTime, Utc};

impl<P: FnMut(Progress) + Send> Driver<'_, P> {
    /// Fetches a page, and stores it before anything else is requested.
    pub(crate) async fn page(
        &mut self,
        span: Span,
        link: Option<&str>,
        not_before: DateTime<Utc>,
    ) -> Result<Reply, Reply> {
        self.wait_for_turn(not_before).await?;
        let Some(paging) = self.state.paging() else {
            return Err(Reply::Cancelled);
        };
        let done = paging.pages.done();
        let client = self.client().map_err(Reply::Failed)?;
        let question = PageRequest {
            request: self.request,
            agreement: self.following.intent.agreement,
            span,
            link,
        };
        let asked = usage::page(client, &question);
        let page = self.hold("a page was being requested", asked).await?;
        if let Some(body) = &page.body {
            let kept = self.downloads.write(&page_name(done), body);
            kept.map_err(|error| Reply::Failed(failure_of(&OpsError::from(error))))?;
            self.following.keep_page(done, body);
        }
        Ok(self.read(page.exchange))
    }

    /// The data on disk, ready for the ledger.
    pub(crate) fn received(&mut self) -> Received {
        let Some(paging) = self.state.paging() else {
            return Received::Files(std::mem::take(&mut self.fetched));
        };
        let spans = paging.pages.spans_of_pages().into_iter().zip(0..);
        let pages = spans.map(|(span, number)| PageFile {
            path: self.downloads.item(&page_name(number)),
            days: match span {
                Span::Days(range) => Some(range),
                Span::Period => None,
            },
        });
        Received::Pages {
            pages: pages.collect(),
            folder: self.downloads.path().to_owned(),
            has_more: paging.pages.has_more(),
        }
    }
}
