//! One token for all requests: requested once, renewed before it expires, and again after it was refused.

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use chrono::{DateTime, TimeDelta, Utc};
use costscope::azure::cloud::Cloud;
use costscope::azure::credential::TokenCache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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
