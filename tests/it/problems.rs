//! Every refusal of the API becomes plain text with the next step: one case for each row of the documentation's table.

use crate::support::hostile::{Answer, Hostile};
use crate::support::{JumpingClock, october_of, session};
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::period::{Month, Period};
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::{Api, Subset};
use costscope::domain::scope::ScopeId;
use costscope::ops::exports;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome::{PartOutcome, Progress};
use costscope::ops::orders::report;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const ID: &str = "11f0aaaa-0000-4000-8000-0123456789ab";

/// Orders once against a server with these answers; returns the failure, the progress and the requests.
async fn refused(api: Option<Api>, answers: Vec<Answer>) -> (Failure, Vec<Progress>, Vec<String>) {
    let server = Hostile::start(answers).await;
    let folder = TempDir::new().unwrap();
    let session = session(&server.url, folder.path(), JumpingClock::new());
    let order = OrderSpec {
        scope: ScopeId::parse("3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02").unwrap(),
        metric: MetricChoice::Actual,
        period: Period::Dates(Month::parse("2026-10").unwrap().range()),
        subset: Subset::default(),
        api,
        agreement: None,
        refresh: false,
        resume: costscope::ops::orders::order_spec::Resume::AsUsual,
        max_wait: Duration::from_secs(120),
        out: None,
    };
    let request = order.request(order.period.clone(), Metric::Actual);
    let told = Mutex::new(Vec::new());
    let stop = CancellationToken::new();
    let outcome = report::fetch(&session, &order, &request, &stop, |news| {
        told.lock().unwrap().push(news);
    })
    .await;
    let lines = server.seen().into_iter().map(|seen| seen.line).collect();
    match outcome {
        PartOutcome::Failed(failure) => (failure, told.into_inner().unwrap(), lines),
        other => panic!("not failed: {other:?}"),
    }
}

fn envelope(status: u16, code: &str, message: &str) -> Answer {
    let body = serde_json::json!({ "error": { "code": code, "message": message } });
    Answer::new(status)
        .header("x-ms-request-id", ID)
        .header("x-ms-correlation-request-id", "c0rr-1")
        .body(body.to_string())
}

#[tokio::test]
async fn each_refusal_names_cause_and_next_step() {
    let none = "Cost Management supports only Enterprise Agreement, Web direct and Microsoft Customer Agreement offer types. offerId: MS-AZR-0036P is associated with offerType: None";
    let unavailable = "Cost management data is unavailable for subscription 1. The offer MS-AZR-0144P is not supported.";
    let cases: [(u16, &str, &str, u8, &str); 37] = [
        (400, "400", "Invalid Request Payload", 1, "report it"),
        (
            400,
            "BadRequest",
            "Request can only have either timePeriod or invoiceId or billingPeriod",
            1,
            "report it",
        ),
        (
            400,
            "400",
            "Start date must be after 2025-10-01",
            1,
            "later start",
        ),
        (
            400,
            "400",
            "The maximum allowed date range is 1 months",
            1,
            "split by month",
        ),
        (400, "400", none, 1, "no cost API"),
        (400, "BadRequest", unavailable, 1, "no cost API"),
        (
            422,
            "422",
            "Unsupported request. offer type: WebDirect for get detailed report request is not supported",
            1,
            "Usage Details",
        ),
        (
            404,
            "NotFound",
            "Subscriptions must have valid WebDirect/AIRS offer type",
            1,
            "Usage Details",
        ),
        (
            404,
            "NotFound",
            "Cost management data is not supported for subscription(s) 1",
            1,
            "Usage Details",
        ),
        (
            400,
            "BadRequest",
            "Management group mg does not have any valid subscriptions",
            1,
            "Open the management group",
        ),
        (
            400,
            "BadRequest",
            "The management group has too many subscriptions",
            1,
            "pick a smaller one",
        ),
        (400, "SubscriptionTypeNotSupported", "x", 1, "no cost API"),
        (403, "DisallowedOperation", "x", 1, "no cost API"),
        (
            404,
            "SubscriptionNotFound",
            "The subscription could not be found",
            1,
            "up to 48 h",
        ),
        (404, "ResourceGroupNotFound", "x", 1, "refresh the list"),
        (404, "ManagementGroupNotFound", "x", 1, "refresh the list"),
        (400, "MissingSubscription", "x", 1, "check its id"),
        (401, "AuthenticationFailed", "x", 4, "az login"),
        (401, "ExpiredAuthenticationToken", "x", 4, "az login"),
        (401, "InvalidAuthenticationToken", "x", 4, "az login"),
        (
            401,
            "InvalidAuthenticationTokenTenant",
            "The access token is from the wrong issuer. It must match the tenant 'https://sts.windows.net/abc/'",
            4,
            "--tenant",
        ),
        (
            401,
            "401",
            "No claims present for the caller in the system",
            4,
            "EnrollmentReader",
        ),
        (401, "Unauthorized", "x", 4, "Cost Management Reader"),
        (403, "AuthorizationFailed", "x", 4, "Cost Management Reader"),
        (
            401,
            "RBACAccessDenied",
            "The client does not have authorization to perform action",
            4,
            "Cost Management Reader",
        ),
        (403, "BillingAccessDenied", "x", 4, "billing role"),
        (401, "AccountCostDisabled", "x", 4, "AO view charges"),
        (
            403,
            "SubscriptionCostDisabled",
            "x",
            4,
            "billing administrator",
        ),
        (400, "DepartmentCostDisabled", "x", 4, "DA view charges"),
        (400, "IndirectCostDisabled", "x", 4, "ask the partner"),
        (
            403,
            "403",
            "The Azure charges policy is off for this billing profile",
            4,
            "billing profile must allow",
        ),
        (
            404,
            "BillingAccountNotFound",
            "x",
            1,
            "number of the billing account",
        ),
        (413, "413", "The data is too large", 1, "over 2 GB"),
        (
            409,
            "ReadOnlyDisabledSubscription",
            "x",
            1,
            "subscription is disabled",
        ),
        (400, "InvalidApiVersionParameter", "x", 1, "report it"),
        (409, "NoRegisteredProviderFound", "x", 1, "report it"),
        (400, "418", "something new", 1, "something new"),
    ];
    for (status, code, message, exit, words) in cases {
        let answers = vec![envelope(status, code, message); 2];
        let (failure, told, _) = refused(Some(Api::Details), answers).await;
        assert_eq!(failure.exit_code(), exit, "{code} {message}: {failure:?}");
        let text = failure.message();
        assert!(text.contains(words), "{code} {message}: {text}");
        assert!(text.contains(ID), "{code}: {text}");
        let ids = &told.last().unwrap().ids;
        assert_eq!(
            ids.to_string(),
            format!("request id {ID}, correlation id c0rr-1")
        );
    }
}

#[tokio::test]
async fn bodies_of_any_kind_are_survived_and_never_shown() {
    let bodies: [(&str, &str); 6] = [
        (
            "{\"code\":\"BadRequest\",\"message\":\"top level\"}",
            "top level",
        ),
        (
            "{\"error\":{\"code\":400,\"message\":\"a number\"}}",
            "a number",
        ),
        ("{\"error\":\"text\"}", "400"),
        (
            "<html><body>Bad Gateway sig=SECRETSIG</body></html>",
            "not from the API",
        ),
        ("", "400"),
        ("\u{feff}{\"error\":null}", "400"),
    ];
    for (body, words) in bodies {
        let (failure, ..) = refused(Some(Api::Details), vec![Answer::new(400).body(body)]).await;
        let text = failure.message();
        assert!(
            text.contains(words) && !text.contains("SECRETSIG"),
            "{body}: {text}"
        );
    }
    let said = "Too bad (Request ID: 0f8c41d2-1111-4222-8333-444455556666)";
    let answer = Answer::new(400).body(format!(
        "{{\"error\":{{\"code\":\"400\",\"message\":\"{said}\"}}}}"
    ));
    let (failure, ..) = refused(Some(Api::Details), vec![answer]).await;
    assert_eq!(
        failure.message(),
        format!("400: {said}"),
        "the id of a message is not said twice"
    );
}

#[tokio::test]
async fn throttling_and_timeouts_exit_five_with_the_server_message() {
    let answers = [
        envelope(429, "429", "Too many requests. Please retry."),
        envelope(429, "ResourceRequestsThrottled", "x"),
        envelope(503, "ServiceUnavailable", "x"),
        envelope(500, "InvalidGatewayHost", "x"),
        envelope(504, "GatewayTimeout", "x"),
        Answer::new(502).body("<html>Bad Gateway</html>"),
        Answer::new(504),
    ];
    for answer in answers {
        let status = answer.status.to_string();
        let (failure, ..) = refused(
            Some(Api::Details),
            vec![answer.header("retry-after", "3600"); 2],
        )
        .await;
        assert_eq!(failure.exit_code(), 5, "{failure:?}");
        assert!(failure.message().contains(&status), "{failure:?}");
    }
}

#[tokio::test]
async fn an_offer_that_was_refused_by_mistake_before_is_asked_about_once_more() {
    let doubt = || {
        envelope(
            400,
            "BadRequest",
            "Cost management data is unavailable for subscription 1. The offer MS-AZR-0110P is not supported.",
        )
    };
    let (failure, _, lines) = refused(Some(Api::Details), vec![doubt(), doubt()]).await;
    assert!(failure.message().contains("no cost API"), "{failure:?}");
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[tokio::test]
async fn sponsored_account_is_explained_after_both_apis_refuse() {
    let payg = envelope(422, "422", "Unsupported request. offer type: None");
    let usage = envelope(
        400,
        "400",
        "Cost Management supports only EA. offerId: MS-AZR-0036P is associated with offerType: None",
    );
    let property = Answer::new(403);
    let (failure, told, lines) = refused(None, vec![property, payg, usage]).await;
    assert!(matches!(failure, Failure::Unsupported { .. }));
    assert!(failure.message().contains("no cost API"), "{failure:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
    let said = told.iter().filter_map(|news| news.note.as_ref());
    assert!(
        said.into_iter().any(|note| note.contains("Usage Details")),
        "the change of API is said"
    );
}

#[tokio::test]
async fn departments_are_asked_for_by_their_short_name_where_the_long_one_is_unknown() {
    let server = Hostile::start(vec![
        envelope(404, "NotFound", "no such scope"),
        Answer::new(204),
    ])
    .await;
    let folder = TempDir::new().unwrap();
    let session = session(&server.url, folder.path(), JumpingClock::new());
    let scope = "providers/Microsoft.Billing/billingAccounts/8608480/departments/164821";
    let order = OrderSpec {
        max_wait: Duration::from_secs(120),
        ..october_of(scope)
    };
    let request = order.request(order.period.clone(), Metric::Actual);
    let outcome = report::fetch(
        &session,
        &order,
        &request,
        &CancellationToken::new(),
        |_| {},
    )
    .await;
    assert_eq!(outcome.status(), "empty", "{outcome:?}");
    let lines: Vec<String> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert!(
        lines[1].starts_with("POST /providers/Microsoft.Billing/departments/164821/providers/"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn refusals_of_exports_name_the_next_step() {
    let action = "The client does not have authorization to perform action 'Microsoft.CostManagement/exports";
    let cases: [(u16, &str, String, u8, &str); 16] = [
        (404, "NotFound", "The requested export x could not be found.".to_owned(), 1, "exports list"),
        (404, "NotFound", "No export found".to_owned(), 1, "exports list"),
        (
            400,
            "BadRequest",
            "RP Not Registered: subscription 1 is not registered to Microsoft.CostManagementExports".to_owned(),
            1,
            "az provider register",
        ),
        (
            400,
            "BadRequest",
            "The exports service is not authorized to access the storage account".to_owned(),
            1,
            "--identity",
        ),
        (400, "BadRequest", "Key-based authentication is currently disabled".to_owned(), 1, "--identity"),
        (
            403,
            "AuthorizationFailed",
            "no authorization to perform 'Microsoft.Authorization/roleAssignments/write'".to_owned(),
            4,
            "Owner",
        ),
        (400, "BadRequest", "Invalid definition type; valid values: 'Usage'".to_owned(), 1, "--type usage"),
        (403, "RBACAccessDenied", format!("{action}/run/action'"), 4, "sign in as a user"),
        (403, "RBACAccessDenied", format!("{action}/write'"), 4, "Contributor"),
        (
            400,
            "BadRequest",
            "Cost management data is not supported for subscription(s) 1".to_owned(),
            1,
            "48 hours",
        ),
        (412, "PreconditionFailed", "The eTag differs".to_owned(), 1, "changed meanwhile"),
        (409, "Conflict", "x".to_owned(), 1, "An export of this name exists"),
        (
            400,
            "BadRequest",
            "The subscription is not registered to use namespace 'Microsoft.CostManagementExports'".to_owned(),
            1,
            "az provider register",
        ),
        (403, "AuthorizationFailed", format!("{action}/write'"), 4, "Cost Management Contributor"),
        (403, "AuthorizationFailed", format!("{action}/run/action'"), 4, "Cost Management Contributor"),
        // Reading needs less.
        (403, "AuthorizationFailed", format!("{action}/read'"), 4, "Cost Management Reader"),
    ];
    for (status, code, message, exit, next) in cases {
        let server = Hostile::start(vec![envelope(status, code, &message)]).await;
        let folder = TempDir::new().unwrap();
        let session = session(&server.url, folder.path(), JumpingClock::new());
        let scope = ScopeId::parse("8608480").unwrap();
        let error = exports::show(&session, &scope, "x").await.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.exit_code(), exit, "{text}");
        assert!(text.contains(next) && text.contains(ID), "{text}");
    }
}
