//! Chooses the API for a scope: by its path, by earlier results, or by querying; otherwise the order itself shows.

use super::order_spec::OrderSpec;
use crate::azure::scopes;
use crate::domain::period::Period;
use crate::domain::report::operation::pages::Pages;
use crate::domain::report::reply::Span;
use crate::domain::report::request::{Api, ReportRequest};
use crate::domain::scope::{Agreement, ScopeId, ScopeKind};
use crate::ops::session::Session;

/// The API chosen for a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiChoice {
    pub(crate) api: Api,
    pub(crate) agreement: Option<Agreement>,
    /// Whether to fall back to Usage Details if the server refuses reports for this kind of account.
    pub(crate) fallback: bool,
}

/// The spans of Usage Details that make up a report; `None` if it cannot have one.
pub(crate) fn spans(request: &ReportRequest) -> Option<Vec<Span>> {
    match &request.period {
        Period::Dates(range) => Some(vec![Span::Days(*range)]),
        Period::Billing(_) => Some(vec![Span::Period]),
        Period::Invoice(_) => None,
    }
}

/// The pages of Usage Details to read for a report.
pub(crate) fn pages(request: &ReportRequest) -> Pages {
    let limit = request.subset.top_rows.map(|rows| u64::from(rows.get()));
    Pages::new(spans(request).unwrap_or_default()).at_most(limit)
}

/// Chooses the API. Queries the server at most once for each subscription.
pub(crate) async fn choose(
    session: &Session,
    order: &OrderSpec,
    request: &ReportRequest,
) -> ApiChoice {
    let scope = &request.scope;
    let known = session.learned.get(scope);
    let agreement = order.agreement.or(scope.agreement()).or(known.agreement);
    if let Some(api) = order.api {
        return ApiChoice {
            api,
            agreement,
            fallback: false,
        };
    }
    let agreement = match agreement {
        None if scope.kind() == ScopeKind::Subscription && !known.no_reports => {
            ask(session, scope).await
        }
        known => known,
    };
    let known = session.learned.get(scope);
    let pages = agreement == Some(Agreement::Payg) || known.no_reports;
    let fallback = spans(request).is_some();
    ApiChoice {
        api: if pages && fallback {
            Api::Usage
        } else {
            Api::Details
        },
        agreement,
        fallback,
    }
}

async fn ask(session: &Session, scope: &ScopeId) -> Option<Agreement> {
    let _turn = session.learned.asking.lock().await;
    let known = session.learned.get(scope);
    if known.asked {
        return known.agreement;
    }
    let client = session.client().ok()?;
    let agreement = scopes::agreement(client, scope).await;
    session.learned.change(scope, |known| {
        known.asked = true;
        known.agreement = agreement.or(known.agreement);
    });
    agreement
}
