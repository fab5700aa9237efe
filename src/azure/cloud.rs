//! The Azure clouds: where ARM is, and which links may be followed from there.

use super::error::AzureError;
use crate::domain::text::redaction;
use reqwest::Url;

/// The Azure clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cloud {
    #[default]
    Public,
    UsGov,
    China,
}

impl Cloud {
    /// The name on the command line and in ledger keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::UsGov => "usgov",
            Self::China => "china",
        }
    }

    /// The host name of ARM.
    pub fn arm_host(self) -> &'static str {
        match self {
            Self::Public => "management.azure.com",
            Self::UsGov => "management.usgovcloudapi.net",
            Self::China => "management.chinacloudapi.cn",
        }
    }

    /// The host name that issues tokens.
    pub fn login_host(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::UsGov => "login.microsoftonline.us",
            Self::China => "login.chinacloudapi.cn",
        }
    }

    /// The login host and a tenant.
    pub(super) fn authority(self, tenant: &str) -> String {
        format!("https://{}/{tenant}", self.login_host())
    }

    /// The host suffix of download links.
    pub fn blob_suffix(self) -> &'static str {
        match self {
            Self::Public => ".blob.core.windows.net",
            Self::UsGov => ".blob.core.usgovcloudapi.net",
            Self::China => ".blob.core.chinacloudapi.cn",
        }
    }

    /// The scope that tokens are requested for.
    pub fn token_scope(self) -> String {
        format!("https://{}/.default", self.arm_host())
    }
}

/// The server to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Cloud(Cloud),
    /// A server on this machine, over plain http.
    Loopback(Url),
}

impl Target {
    /// The cloud's own host, or the one given by `--endpoint`: http on loopback, https only for the cloud's ARM host.
    pub fn read(cloud: Cloud, endpoint: Option<&str>) -> Result<Self, AzureError> {
        let Some(text) = endpoint else {
            return Ok(Self::Cloud(cloud));
        };
        let wrong = |why: &str| AzureError::Endpoint(format!("--endpoint {text}: {why}"));
        let url =
            Url::parse(text).map_err(|error| wrong(&format!("this is not a URL ({error})")))?;
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.path() != "/"
        {
            return Err(wrong(
                "give only scheme, host and port, such as http://127.0.0.1:8642",
            ));
        }
        match url.scheme() {
            "http" if is_loopback(&url) => Ok(Self::Loopback(url)),
            "http" => Err(wrong(
                "http is allowed only for servers on this machine (127.0.0.1, ::1, localhost)",
            )),
            "https" if url.host_str() == Some(cloud.arm_host()) && url.port().is_none() => {
                Ok(Self::Cloud(cloud))
            }
            "https" => Err(wrong(&format!(
                "https is allowed only for {} (or choose another --cloud)",
                cloud.arm_host()
            ))),
            _ => Err(wrong("the scheme must be http or https")),
        }
    }

    /// The base URL of all calls.
    pub fn base(&self) -> Result<Url, AzureError> {
        match self {
            Self::Cloud(cloud) => Url::parse(&format!("https://{}/", cloud.arm_host()))
                .map_err(|error| AzureError::Endpoint(error.to_string())),
            Self::Loopback(url) => Ok(url.clone()),
        }
    }

    /// The prefix of ledger keys: a cloud, or a loopback server's host and port.
    pub fn origin(&self) -> String {
        match self {
            Self::Cloud(cloud) => cloud.word().to_owned(),
            Self::Loopback(url) => {
                let host = url
                    .host_str()
                    .unwrap_or("loopback")
                    .trim_matches(['[', ']'])
                    .replace(':', ".");
                format!("{host}-{}", url.port_or_known_default().unwrap_or(80))
            }
        }
    }

    /// A poll or next link, resolved against its request. Only links to the same origin are accepted.
    pub fn poll_link(&self, request: &Url, link: &str) -> Result<Url, AzureError> {
        let url = request.join(link.trim()).map_err(|error| {
            AzureError::ForeignLink(format!(
                "the server sent a polling link that is not a URL ({error}); nothing was sent there"
            ))
        })?;
        let base = self.base()?;
        if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
            return Err(AzureError::ForeignLink(format!(
                "the server sent a link to {} instead of {}: refused, because the sign-in token would have been sent there",
                place(&url),
                place(&base)
            )));
        }
        // Links are stored on disk.
        if redaction::repeats_a_secret(url.as_str()) {
            return Err(AzureError::ForeignLink(
                "the server sent a link that contains a sign-in secret: refused, because links are stored on disk"
                    .to_owned(),
            ));
        }
        Ok(url)
    }

    /// A download link: the cloud's blob storage over https, or any port on loopback.
    pub fn download_link(&self, link: &str) -> Result<Url, AzureError> {
        let url = Url::parse(link.trim()).map_err(|_| {
            AzureError::Unreadable("the download link in the response is not a URL".to_owned())
        })?;
        let allowed = match self {
            Self::Cloud(cloud) => {
                let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
                url.scheme() == "https"
                    && url.port().is_none()
                    && host.ends_with(cloud.blob_suffix())
            }
            Self::Loopback(_) => ["http", "https"].contains(&url.scheme()) && is_loopback(&url),
        };
        if allowed {
            return Ok(url);
        }
        Err(AzureError::ForeignLink(format!(
            "the download link leads to {}, which is not blob storage of this cloud: refused",
            place(&url)
        )))
    }
}

/// Scheme, host and port of a URL: the only parts of a link that may be shown.
fn place(url: &Url) -> String {
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or("?"))
}

/// Whether a URL names this machine: `127.0.0.0/8`, `::1` or `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}
