//! One token for all requests: requested once, renewed before it expires, and again after it was refused.

use crate::support::azure::Azure;
use crate::support::hostile::Answer;
use crate::support::stderr;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use chrono::{DateTime, TimeDelta, Utc};
use costscope::azure::cloud::Cloud;
use costscope::azure::credential::TokenCache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_not_sent_a_second_time() {
    let turn = std::sync::atomic::AtomicU32::new(0);
    let azure = Azure::start(move |host, seen| {
        if host.starts_with("login.") {
            let number = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            return Answer::new(200)
                .header("content-type", "application/json")
                .body(format!(
                    "{{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"token-{number}\"}}"
                ));
        }
        let bearer = seen.headers.iter().find(|(name, _)| name == "authorization");
        if bearer.is_some_and(|(_, value)| value == "Bearer token-0") {
            return Answer::new(401);
        }
        Answer::new(200)
            .header("content-type", "application/json")
            .body("{\"value\":[]}")
    })
    .await;
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    command
        .args(["scopes", "--auth", "secret"])
        .env("AZURE_TENANT_ID", "11111111-1111-4111-8111-111111111111")
        .env("AZURE_CLIENT_ID", "22222222-2222-4222-8222-222222222222")
        .env("AZURE_CLIENT_SECRET", "s3cr3t");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    // An empty list is a valid answer; a second 401 would be exit 4.
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let refused = azure
        .seen()
        .iter()
        .filter(|(_, seen)| {
            seen.headers
                .iter()
                .any(|(_, value)| value == "Bearer token-0")
        })
        .count();
    assert!(refused > 0, "the first token was tried");
}

/// Hands out numbered tokens that live for an hour.
#[derive(Debug, Default)]
struct Counting {
    asked: AtomicU32,
}

fn start() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z")
        .unwrap()
        .to_utc()
}

#[async_trait::async_trait]
impl TokenCredential for Counting {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://management.usgovcloudapi.net/.default"]);
        // Let other tasks run while this token is requested.
        tokio::task::yield_now().await;
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let expires =
            time::OffsetDateTime::from_unix_timestamp((start() + TimeDelta::hours(1)).timestamp())
                .unwrap();
        Ok(AccessToken::new(format!("token-{number}"), expires))
    }
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_renewed_five_minutes_before_its_end() {
    let credential = Arc::new(Counting::default());
    let cache = TokenCache::with_credential(Arc::<Counting>::clone(&credential), Cloud::UsGov);
    let many = futures_util::future::join_all((0..20).map(|_| cache.token(start(), None))).await;
    let first = many[0].clone().unwrap();
    assert!(many.iter().all(|token| token.as_ref().unwrap() == &first));
    assert_eq!(
        credential.asked.load(Ordering::SeqCst),
        1,
        "many callers make one refresh"
    );
    let later = start() + TimeDelta::minutes(54);
    assert_eq!(cache.token(later, None).await.unwrap(), first);
    let renewed = cache
        .token(start() + TimeDelta::minutes(56), None)
        .await
        .unwrap();
    assert_ne!(renewed, first);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_who_held_it() {
    let credential = Arc::new(Counting::default());
    let cache = TokenCache::with_credential(Arc::<Counting>::clone(&credential), Cloud::UsGov);
    let first = cache.token(start(), None).await.unwrap();
    let second = cache.token(start(), Some(&first)).await.unwrap();
    assert_ne!(second, first);
    let third = cache.token(start(), Some(&first)).await.unwrap();
    assert_eq!(
        (third, credential.asked.load(Ordering::SeqCst)),
        (second, 2),
        "the new one is not thrown away"
    );
    assert_eq!(format!("{first:?}"), "Secret(…)", "tokens never print");
}
