//! Pages of Usage Details while an operation is driven: fetched, kept on disk, and checked by another run.

use super::deposition::{PageFile, Received};
use super::driver::{Driver, failure_of};
use super::error::OpsError;
use super::report::Progress;
use super::session::Session;
use crate::azure::usage::{self, Question};
use crate::domain::operation::{Operation, Pages};
use crate::domain::reply::{Reply, Span};
use crate::domain::request::ReportRequest;
use crate::store::checksum::sum_of_text;
use crate::store::files;
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

impl<P: FnMut(Progress) + Send> Driver<'_, P> {
    /// A page, on disk before anything else is asked.
    pub(super) async fn page(
        &mut self,
        span: Span,
        link: Option<&str>,
        not_before: DateTime<Utc>,
    ) -> Reply {
        if let Err(reply) = self.wait_for_turn(not_before).await {
            return reply;
        }
        let Operation::Paging(paging) = &self.state else {
            return Reply::Cancelled;
        };
        let done = paging.pages.done();
        let path = page_path(&self.downloads, done);
        let client = match self.client() {
            Ok(client) => client,
            Err(failure) => return Reply::Failed(failure),
        };
        let question = Question {
            request: self.request,
            agreement: self.following.intent.agreement,
            span,
            link,
        };
        let page = tokio::select! {
            page = usage::page(client, &question) => page,
            () = self.stop.cancelled() => return Reply::Cancelled,
        };
        if let Some(body) = &page.body {
            if let Err(error) = files::write_whole(&path, body) {
                return Reply::Failed(failure_of(&OpsError::from(error)));
            }
            self.following.keep_page(done, body);
        }
        self.read(page.exchange)
    }

    /// What lies on disk for the ledger.
    pub(super) fn received(&mut self) -> Received {
        match &self.state {
            Operation::Paging(paging) => Received::Pages {
                pages: paging
                    .pages
                    .spans_of_pages()
                    .into_iter()
                    .zip(0..)
                    .map(|(span, number)| PageFile {
                        path: page_path(&self.downloads, number),
                        days: match span {
                            Span::Days(range) => Some(range),
                            Span::Period => None,
                        },
                    })
                    .collect(),
                folder: self.downloads.clone(),
            },
            _ => Received::Files(std::mem::take(&mut self.fetched)),
        }
    }
}

fn page_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("page-{:06}.json", number + 1))
}

/// Whether all the pages that were noted lie on disk as they were written, in order. Pages of which nothing was noted, as
/// older versions left them, are asked for again.
pub(super) fn has_pages(
    session: &Session,
    request: &ReportRequest,
    pages: &Pages,
    sums: &[String],
) -> bool {
    let folder = session.downloads(&request.key(&session.origin));
    sums.len() as u64 == u64::from(pages.done())
        && (0_u32..).zip(sums).all(|(number, sum)| {
            let body = std::fs::read(page_path(&folder, number));
            body.is_ok_and(|body| sum_of_text(&body) == *sum)
        })
}
