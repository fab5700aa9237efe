//! Sends calls to blob storage, with a SAS or with a token made for storage.

use super::address::{Address, Host};
use super::refusal::Refused;
use super::sas::Sas;
use crate::azure::answer::FullResponse;
use crate::azure::client::{Client, bearer};
use crate::azure::cloud::{Cloud, Target};
use crate::azure::credential::TokenCache;
use crate::azure::credential::credential_chain::SignIn;
use crate::azure::error::AzureError;
use crate::azure::limits;
use crate::azure::net::{Destination, Network, is_untrusted};
use crate::azure::time::Time;
use crate::domain::report::operation::waits::{LOST_SECONDS, after_failures};
use crate::domain::text::secret::Secret;
use chrono::TimeDelta;
use reqwest::{Method, RequestBuilder, Url};

/// The version of the storage API; bearer tokens need 2017-11-09 or later.
const VERSION: &str = "2021-12-02";

/// The size limit of a page of names. 5000 names of the longest kind have fewer bytes.
const LARGEST_ANSWER: usize = 64 << 20;

/// The settings that clients of storage are made from.
#[derive(Clone)]
pub struct Settings {
    pub cloud: Cloud,
    pub sign_in: SignIn,
    pub network: Network,
    pub time: Time,
}

/// Hears how long the storage has to be waited for, and why; whether there is time for it.
pub(super) type MayWait<'a> = &'a mut (dyn FnMut(TimeDelta, &str) -> bool + Send);

/// A client for one kind of storage host. Cheap to clone; the clones share their tokens.
#[derive(Debug, Clone)]
pub struct StorageClient {
    client: Client,
}

/// A blob, with what its request needs.
#[derive(Debug, Clone)]
pub struct BlobRequest {
    pub url: Url,
    /// As List Blobs has it, without quotes: another blob of the same name is refused.
    pub etag: String,
    /// Its size in the list.
    pub bytes: u64,
    pub sas: Option<Sas>,
    /// The blob in messages.
    pub place: String,
}

impl StorageClient {
    /// A client for hosts of one kind; nothing is sent yet.
    pub fn new(host: Host, settings: &Settings) -> Result<Self, AzureError> {
        let Settings {
            cloud,
            sign_in,
            network,
            time,
        } = settings;
        let (reach, tokens) = match host {
            Host::Loopback => (Destination::Loopback, TokenCache::for_loopback_storage()),
            Host::LoopbackTls => (
                Destination::LoopbackTls,
                TokenCache::for_storage(*cloud, sign_in, network, time)?,
            ),
            Host::Cloud => (
                Destination::Internet,
                TokenCache::for_storage(*cloud, sign_in, network, time)?,
            ),
        };
        let target = Target::Cloud(*cloud);
        let client = Client::reaching(reach, target, tokens, network, time.clone())?;
        Ok(Self { client })
    }

    /// The client that downloads use.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// A request with its credential, and the token in it. `rejected` is a token that the server has just refused.
    pub(crate) async fn request(
        &self,
        method: Method,
        mut url: Url,
        sas: Option<&Sas>,
        rejected: Option<&Secret>,
    ) -> Result<(RequestBuilder, Option<Secret>), AzureError> {
        if let Some(sas) = sas {
            // The SAS is sent as it was given, before all other parameters.
            let query = match url.query() {
                Some(rest) => format!("{}&{rest}", sas.expose()),
                None => sas.expose().to_owned(),
            };
            url.set_query(Some(&query));
            let request = self.client.blobs().request(method, url);
            return Ok((request.header("x-ms-version", VERSION), None));
        }
        let token = self
            .client
            .tokens()
            .token(self.client.now(), rejected)
            .await?;
        let request = self.client.blobs().request(method, url);
        let request = request
            .header("authorization", bearer(&token)?)
            .header("x-ms-version", VERSION);
        Ok((request, Some(token)))
    }

    /// Sends a small call. It is repeated while the storage is busy, breaks off or is away and there is time to wait; after a
    /// 401, once with a new token. A first contact that fails is an error at once: the name of the account is wrong more often
    /// than its storage is away.
    pub(super) async fn ask(
        &self,
        (method, url): (&Method, &Url),
        (address, was_reached): (&Address, bool),
        may_wait: MayWait<'_>,
    ) -> Result<FullResponse, AzureError> {
        let (mut failures, mut rejected) = (0, None);
        loop {
            let sent = self
                .send(method.clone(), url.clone(), address, rejected.as_ref())
                .await;
            let (why, named) = match &sent {
                Ok((answer, Some(token))) if answer.status == 401 && rejected.is_none() => {
                    rejected = Some(token.clone());
                    continue;
                }
                Ok((answer, _)) if (200..300).contains(&answer.status) => {
                    return sent.map(|(answer, _)| answer);
                }
                Ok((answer, _)) => {
                    let refused = self.refused(answer, address);
                    if !refused.is_busy() {
                        return Err(refused.error());
                    }
                    let why = format!("the storage answered {}", answer.status);
                    (why, answer.named_wait(self.client.now()))
                }
                Err(error @ (AzureError::Transport(_) | AzureError::TimedOut(_))) => {
                    (error.to_string(), None)
                }
                // No wait makes a certificate trusted.
                Err(error @ AzureError::NotConnected(text))
                    if (was_reached || failures > 0) && !is_untrusted(text) =>
                {
                    (error.to_string(), None)
                }
                Err(_) => return sent.map(|(answer, _)| answer),
            };
            failures += 1;
            let first = TimeDelta::seconds(LOST_SECONDS);
            let length = after_failures(named.map(|named| named.wait), first, failures);
            let length = length.checked_add(&self.client.jitter()).unwrap_or(length);
            if !may_wait(length, &why) {
                return Err(self.refused(&sent?.0, address).error());
            }
            self.client.pause(length).await;
        }
    }

    /// An answer as a refusal of the whole address.
    fn refused<'a>(&self, answer: &'a FullResponse, address: &'a Address) -> Refused<'a> {
        Refused {
            status: answer.status,
            headers: &answer.headers,
            body: &answer.body,
            sas: address.sas.as_ref(),
            place: &address.shown,
            now: self.client.now(),
        }
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        address: &Address,
        rejected: Option<&Secret>,
    ) -> Result<(FullResponse, Option<Secret>), AzureError> {
        let sas = address.sas.as_ref();
        let (request, token) = self.request(method, url.clone(), sas, rejected).await?;
        let mut limits = self.client.limits(limits::CALL);
        let what = format!("talking to {}", url.host_str().unwrap_or("the storage"));
        let response = limits.answer(request, &what).await;
        let mut response = response.map_err(|error| explained(error, address))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if (300..400).contains(&status) {
            return Err(AzureError::ForeignLink(format!(
                "{}: the storage returned {status}, a redirect: refused, because the credential would have been sent along",
                address.shown
            )));
        }
        let mut body = Vec::new();
        while let Some(chunk) = limits.hold(response.chunk(), &what).await? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(AzureError::Unreadable(format!(
                    "{}: the answer is far larger than a page of names",
                    address.shown
                )));
            }
            body.extend_from_slice(&chunk);
        }
        let answer = FullResponse {
            status,
            headers,
            body,
            url,
        };
        Ok((answer, token))
    }
}

/// A host name that cannot be resolved is usually a wrong account.
fn explained(error: AzureError, address: &Address) -> AzureError {
    let AzureError::NotConnected(text) = &error else {
        return error;
    };
    let lower = text.to_lowercase();
    if !lower.contains("dns error") && !lower.contains("lookup address") {
        return error;
    }
    AzureError::NotConnected(format!(
        "{text}. Check the name of the account `{}`: in az://ACCOUNT/CONTAINER the first name is the account. Check \
         --cloud, too, and the DNS zone of a private endpoint",
        address.account
    ))
}

#[cfg(test)]
mod tests {
    use crate::azure::cloud::Cloud;
    use crate::azure::error::AzureError;
    use crate::azure::storage::address::{Address, Allowed};
    use crate::azure::storage::client::explained;

    #[test]
    fn only_a_name_that_is_not_found_is_explained_by_the_account() {
        let allowed = Allowed {
            cloud: Cloud::Public,
            own_ca: false,
        };
        let address = Address::read("az://exports/costacct/cost", allowed).unwrap();
        let failed = |text: &str| explained(AzureError::NotConnected(text.to_owned()), &address);
        for text in [
            "talking to exports.blob.core.windows.net: dns error",
            "failed to lookup address information: Name or service not known",
        ] {
            let said = failed(text).to_string();
            for words in [
                text,
                "the account `exports`",
                "the first name is the account",
                "--cloud",
                "DNS zone of a private endpoint",
            ] {
                assert!(said.contains(words), "{words}: {said}");
            }
        }
        for text in ["connection refused", "the certificate is not trusted"] {
            assert!(!failed(text).to_string().contains("first name"), "{text}");
        }
        let other = AzureError::Transport("dns error".to_owned());
        assert!(
            !explained(other, &address)
                .to_string()
                .contains("first name")
        );
    }
}
