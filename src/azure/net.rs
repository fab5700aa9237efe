//! Network connections: the trusted certificates, the proxy, and hints where one of them fails.
//!
//! Trust comes from the system's store (rustls-platform-verifier) and `--ca-file`. `HTTPS_PROXY`, `HTTP_PROXY`,
//! `ALL_PROXY` and `NO_PROXY` apply to everything except this machine: loopback and metadata addresses are reached
//! directly.

use super::cloud::is_loopback;
use super::error::AzureError;
use crate::domain::text::redaction;
use crate::domain::trust;
use crate::domain::trust::OtherUsers;
use reqwest::{Certificate, Client, ClientBuilder, Url};
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The network settings of a session.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Certificates to trust in addition to the system's.
    pub ca_file: Option<PathBuf>,
}

/// The kind of hosts that a client connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// This machine only: no proxy, and no certificates are needed.
    Loopback,
    /// This machine over https: no proxy, and the certificates of the user.
    LoopbackTls,
    /// The internet, through the proxy if one is set.
    Internet,
}

impl Network {
    /// A client that follows no redirects. Downloads must arrive byte for byte, so they are not decompressed.
    pub(super) fn client(
        &self,
        destination: Destination,
        gzip: bool,
    ) -> Result<Client, AzureError> {
        if destination == Destination::Loopback {
            let built = base(gzip).no_proxy().tls_certs_only([]).build();
            return built.map_err(|error| unusable(&error));
        }
        let extra = match &self.ca_file {
            Some(path) => certificates(path)?.1,
            None => Vec::new(),
        };
        if destination == Destination::LoopbackTls {
            let built = base(gzip).no_proxy().tls_certs_only(extra).build();
            return built.map_err(|error| unusable(&error));
        }
        let built = base(gzip).tls_certs_merge(extra.clone()).build();
        match built {
            Ok(client) => Ok(client),
            // A host without a CA bundle can still use the given certificates.
            Err(_) if !extra.is_empty() => base(gzip)
                .tls_certs_only(extra)
                .build()
                .map_err(|error| unusable(&error)),
            Err(error) => Err(unusable(&error)),
        }
    }

    /// The bytes of `--ca-file`; `None` if it was not given.
    pub fn authorities(&self) -> Result<Option<Vec<u8>>, AzureError> {
        // Invalid certificates give the same error as for every other connection.
        let read = self.ca_file.as_deref().map(certificates).transpose()?;
        Ok(read.map(|(pem, _)| pem))
    }
}

fn base(gzip: bool) -> ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        // The calls of ARM and storage have limits of their own (`limits`), which come first.
        .read_timeout(Duration::from_secs(150))
        .user_agent(concat!("costscope/", env!("CARGO_PKG_VERSION")))
        .gzip(gzip)
}

/// The bytes of a PEM file, and the certificates in it.
fn certificates(path: &Path) -> Result<(Vec<u8>, Vec<Certificate>), AzureError> {
    let wrong = |why: String| AzureError::Endpoint(format!("--ca-file {}: {why}", path.display()));
    let pem = read_trusted(path, OtherUsers::MayRead).map_err(wrong)?;
    let read = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(words(&error)))?;
    if read.is_empty() {
        let why = "no certificate found in it; it must be PEM (`-----BEGIN CERTIFICATE-----`)";
        return Err(wrong(why.to_owned()));
    }
    Ok((pem, read))
}

/// The size limit of a certificate file; all authorities of a system take half a megabyte.
const LARGEST_PEM: u64 = 8 << 20;

/// Reads a file that decides trust or identity, and refuses one that other users could have written.
pub(super) fn read_trusted(path: &Path, others: OtherUsers) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    // Opening a pipe in its place must not block.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if !meta.is_file() {
        return Err("it is not a file".to_owned());
    }
    let us = rustix::process::geteuid().as_raw();
    trust::check(path, &meta, us, others).map_err(|refusal| refusal.to_string())?;
    let mut bytes = Vec::new();
    file.take(LARGEST_PEM + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST_PEM {
        return Err("it is too large to hold certificates".to_owned());
    }
    Ok(bytes)
}

fn unusable(error: &reqwest::Error) -> AzureError {
    AzureError::Endpoint(format!(
        "encrypted connections are not possible: {}. Install your system's CA certificates (package ca-certificates), \
         or give a PEM file with --ca-file",
        words(error)
    ))
}

/// An error with its causes, without repetition. The URL is never shown, since it may be a signed link.
pub(super) fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = redaction::words_of_others(&error.to_string());
    let mut source = error.source();
    while let Some(inner) = source {
        let said = redaction::words_of_others(&inner.to_string());
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = inner.source();
    }
    text
}

/// The words of a failed connection, with a hint where they show what is wrong.
pub(super) fn explained(error: &reqwest::Error) -> String {
    let text = words(error);
    match hint(&text) {
        Some(hint) => format!("{text}. {hint}"),
        None => text,
    }
}

/// A hint for a failed connection, derived from its error text.
fn hint(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let has = |word: &str| lower.contains(word);
    if is_untrusted(text) {
        Some(
            "The certificate is not trusted: if a proxy inspects TLS, give its CA with --ca-file; otherwise check the clock",
        )
    } else if has("tunnel") || has("proxy") {
        Some(
            "The request went through the proxy in HTTPS_PROXY: check it, or exclude hosts with NO_PROXY",
        )
    } else if has("dns error") || has("lookup address") {
        Some("The host name could not be resolved: behind a proxy, set HTTPS_PROXY")
    } else {
        None
    }
}

/// Whether an error text says that the server's certificate is not trusted.
pub(in crate::azure) fn is_untrusted(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "unknownissuer",
        "invalid peer certificate",
        "certificate verify",
    ];
    words.iter().any(|word| lower.contains(word))
}

/// The proxy for a host, for messages; `None` for direct connections. Its password is never shown.
pub fn proxy_for(host: &str) -> Option<String> {
    let name = |upper: &str| {
        let lower = upper.to_lowercase();
        [lower.as_str(), upper].into_iter().find_map(|name| {
            let value = std::env::var(name).ok()?;
            (!value.trim().is_empty()).then(|| (name.to_owned(), value))
        })
    };
    let (variable, value) = name("HTTPS_PROXY").or_else(|| name("ALL_PROXY"))?;
    let excluded = name("NO_PROXY").is_some_and(|(_, list)| excludes(&list, host));
    if excluded {
        return None;
    }
    let full = if value.contains("://") {
        value.clone()
    } else {
        format!("http://{value}")
    };
    let read = Url::parse(&full).ok();
    let place = read.as_ref().and_then(|url| {
        let port = url.port_or_known_default()?;
        Some(format!("{}:{port}", url.host_str()?))
    });
    // Everything before the last @ may be a password.
    let shown = place.unwrap_or_else(|| value.rsplit('@').next().unwrap_or_default().to_owned());
    Some(format!("{shown} ({variable})"))
}

/// Whether a `NO_PROXY` list excludes a host: the host itself, a parent domain, or everything.
fn excludes(list: &str, host: &str) -> bool {
    list.split(',').map(str::trim).any(|entry| {
        let domain = entry.trim_start_matches('.');
        entry == "*"
            || (!domain.is_empty()
                && (host.eq_ignore_ascii_case(domain)
                    || host
                        .to_ascii_lowercase()
                        .ends_with(&format!(".{}", domain.to_ascii_lowercase()))))
    })
}

/// Whether an address must be reached directly: this machine, and the metadata service of a virtual machine.
pub(super) fn is_direct(url: &Url) -> bool {
    let metadata = matches!(url.host(), Some(url::Host::Ipv4(address)) if address.is_link_local());
    metadata || is_loopback(url)
}

/// Converts a transport error. Its URL is never shown, since it may be a signed link.
pub(crate) fn transport(error: reqwest::Error, what: &str) -> AzureError {
    let bare = error.without_url();
    let words = format!("{what}: {}", explained(&bare));
    if bare.is_connect() {
        AzureError::NotConnected(words)
    } else if bare.is_timeout() {
        AzureError::TimedOut(words)
    } else {
        AzureError::Transport(words)
    }
}
