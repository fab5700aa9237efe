//! Reads the text of a source as an address in blob storage: `az://`, `abfss://`, `wasbs://`, `https://` of a blob host,
//! or `http://` on loopback.

use super::sas::Sas;
use crate::azure::cloud::{Cloud, is_loopback};
use crate::domain::text::strip_any_case;
use reqwest::Url;

/// The kind of server that an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// Storage of the chosen cloud.
    Cloud,
    /// A server on this machine, over http: no token is made for it.
    Loopback,
    /// A server on this machine, over https, whose certificate `--ca-file` vouches for.
    LoopbackTls,
}

/// A place in blob storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub host: Host,
    /// The URL of the container.
    container_url: Url,
    pub account: String,
    pub container: String,
    /// A folder or a blob, without slashes at its ends; empty for the whole container.
    pub path: String,
    /// The source as it was given, without its SAS.
    pub shown: String,
    /// The source up to the container: names of blobs follow after a slash.
    pub root: String,
    /// The container in one spelling, however it was given.
    pub home: String,
    pub sas: Option<Sas>,
}

/// The cloud and the endpoint, which decide the hosts that are allowed.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    pub cloud: Cloud,
    /// Whether `--ca-file` was given.
    pub own_ca: bool,
}

/// A server on this machine that stands in for the cloud: the accounts are the first part of its paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn(Url);

impl StandIn {
    /// The server at an endpoint; `None` if that is not on this machine.
    pub fn read(endpoint: &str) -> Option<Self> {
        let url = Url::parse(endpoint).ok()?;
        (url.scheme() == "http" && is_loopback(&url)).then_some(Self(url))
    }
}

const CLOUDS: [Cloud; 3] = [Cloud::Public, Cloud::UsGov, Cloud::China];

/// The suffix of accounts with a DNS zone of their own.
const ZONED: &str = ".blob.storage.azure.net";

/// The schemes of addresses, and whether their text is percent-encoded.
const SCHEMES: [(&str, bool); 6] = [
    ("az://", false),
    ("abfss://", false),
    ("abfs://", false),
    ("wasbs://", false),
    ("https://", true),
    ("http://", true),
];

/// Whether a source is written as an address in blob storage.
pub fn is_one(source: &str) -> bool {
    scheme_of(source).is_some()
}

fn scheme_of(source: &str) -> Option<(&'static str, bool, &str)> {
    let mut all = SCHEMES.iter();
    all.find_map(|(scheme, encoded)| Some((*scheme, *encoded, strip_any_case(source, scheme)?)))
}

/// A source without its SAS, and the SAS. Everything else stays as it is.
pub fn without_sas(source: &str) -> (&str, Option<Sas>) {
    if !is_one(source) {
        return (source, None);
    }
    // In a name a question mark is possible, so only one before a signature counts.
    let mut marks = source.match_indices('?').map(|(at, _)| at);
    let found = marks.find_map(|at| {
        let sas = Sas::read(source.get(at + 1..)?)?;
        Some((source.get(..at)?, Some(sas)))
    });
    found.unwrap_or((source, None))
}

impl Address {
    /// Reads an address. The error says what is wrong without repeating a query.
    pub fn read(source: &str, allowed: Allowed) -> Result<Self, String> {
        let (shown, sas) = without_sas(source);
        let shown = shown.trim_end_matches('/');
        refuse_secrets(shown)?;
        refuse_cut_signature(shown)?;
        let wrong = |why: &str| format!("{shown}: {why}");
        let Some((scheme, encoded, rest)) = scheme_of(shown) else {
            return Err(wrong("this is not an address in blob storage"));
        };
        if encoded && rest.contains(['?', '#']) {
            return Err(wrong(
                "nothing but a SAS may follow after `?`; write `?` and `#` in a name as %3F and %23",
            ));
        }
        if encoded
            && rest
                .split('/')
                .next()
                .is_some_and(|host| host.contains('@'))
        {
            return Err(format!(
                "{scheme}…: a source must not contain a user name or password"
            ));
        }
        let place = placed(scheme, rest, encoded, allowed).map_err(|why| wrong(&why))?;
        let path = if encoded {
            unescaped(&place.path).ok_or_else(|| wrong("its path is not percent-encoded UTF-8"))?
        } else {
            place.path.clone()
        };
        if path.split('/').any(|part| part == "." || part == "..") {
            return Err(wrong(
                "a path with `.` or `..` is not possible in blob storage",
            ));
        }
        check_names(&place.account, &place.container).map_err(|why| wrong(&why))?;
        let mut container_url = place.base;
        match container_url.path_segments_mut() {
            Ok(mut segments) => segments.push(&place.container),
            Err(()) => return Err(wrong("this is not a URL")),
        };
        let kept = shown.strip_suffix(place.path.as_str()).unwrap_or(shown);
        let is_plain =
            place.host == Host::Cloud && is_plain(&container_url, &place.account, allowed.cloud);
        Ok(Self {
            host: place.host,
            home: if is_plain {
                format!("az://{}/{}", place.account, place.container)
            } else {
                container_url.to_string()
            },
            container_url,
            root: kept.trim_end_matches('/').to_owned(),
            account: place.account,
            container: place.container,
            path,
            shown: shown.to_owned(),
            sas,
        })
    }

    /// The same place on a server that stands in for the cloud. Names stay as they were given.
    #[must_use]
    pub fn on(mut self, server: &StandIn) -> Self {
        let mut url = server.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().push(&self.account).push(&self.container);
        }
        (self.host, self.container_url) = (Host::Loopback, url);
        self
    }

    /// The URL of the container, without a credential.
    pub fn container_url(&self) -> &Url {
        &self.container_url
    }

    /// The URL of a blob, without a credential. Names with `.` or `..` between slashes cannot be asked for.
    pub fn blob_url(&self, name: &str) -> Result<Url, String> {
        if name.split('/').any(|part| part == "." || part == "..") {
            return Err(format!(
                "{}/{name}: a name with `.` or `..` cannot be requested",
                self.root
            ));
        }
        let mut url = self.container_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(name.split('/'));
        }
        Ok(url)
    }

    /// A blob as a source of its own.
    pub fn source_of(&self, name: &str) -> String {
        let is_encoded = scheme_of(&self.root).is_some_and(|(_, encoded, _)| encoded);
        if !is_encoded {
            return format!("{}/{name}", self.root);
        }
        let name = name.replace('%', "%25");
        let name = name.replace('?', "%3F").replace('#', "%23");
        format!("{}/{name}", self.root)
    }
}

/// Refuses a source with a key, or with a signature that was not recognized. The error does not repeat it.
fn refuse_secrets(shown: &str) -> Result<(), String> {
    let lower = shown.to_ascii_lowercase();
    let mut words = ["sig=", "sharedaccesskey", "accountkey="].into_iter();
    if words.any(|secret| lower.contains(secret)) {
        return Err(
            "this source contains a key or a signature in an unknown form; give a container or folder, followed by \
             `?` and the SAS as Azure prints it, or set AZURE_STORAGE_SAS_TOKEN"
                .to_owned(),
        );
    }
    Ok(())
}

/// Refuses a source that ends in the first fields of a SAS: a shell ends an argument without quotes at `&`.
fn refuse_cut_signature(shown: &str) -> Result<(), String> {
    const FIRST: [&str; 10] = [
        "sv", "ss", "srt", "sp", "spr", "st", "se", "sr", "si", "skoid",
    ];
    let Some((place, query)) = shown.rsplit_once('?') else {
        return Ok(());
    };
    let field = query.split_once('=').map_or("", |(name, _)| name);
    if !FIRST.contains(&field) {
        return Ok(());
    }
    Err(format!(
        "{place}: the SAS after it has no signature (sig=). Put the whole address in single quotes: a shell ends it at `&`"
    ))
}

/// A path in a scheme whose text is not percent-encoded, as it was probably meant; `None` if no sign is encoded.
pub fn decoded_path(source: &str) -> Option<String> {
    let (_, encoded, rest) = scheme_of(source)?;
    let plain = (!encoded).then(|| unescaped(rest)).flatten()?;
    let scheme = source.get(..source.len() - rest.len())?;
    (plain != rest && !plain.contains(char::is_control)).then(|| format!("{scheme}{plain}"))
}

/// Whether a host has only the name of its account and the suffix of the cloud.
fn is_plain(url: &Url, account: &str, cloud: Cloud) -> bool {
    let host = url.host_str().unwrap_or_default();
    host.strip_suffix(cloud.blob_suffix()) == Some(account)
}

/// The parts of an address.
struct AddressParts {
    host: Host,
    /// The URL above the container.
    base: Url,
    account: String,
    container: String,
    /// As it was written.
    path: String,
}

/// The parts of an address after its scheme.
fn placed(
    scheme: &str,
    rest: &str,
    encoded: bool,
    allowed: Allowed,
) -> Result<AddressParts, String> {
    let (first, path) = rest.split_once('/').unwrap_or((rest, ""));
    if let Some((container, host)) = first.split_once('@') {
        return on_host(host, container, path, allowed);
    }
    if encoded && is_here(scheme, first) {
        return here(scheme, first, path, allowed);
    }
    if scheme == "http://" {
        return Err(
            "http is allowed only for servers on this machine (127.0.0.1, ::1, localhost); use https".to_owned(),
        );
    }
    if scheme.starts_with("abfs") {
        return Err("write it as abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH".to_owned());
    }
    if scheme == "wasbs://" {
        return Err("write it as wasbs://CONTAINER@ACCOUNT.blob.core.windows.net/PATH".to_owned());
    }
    let (container, path) = path.split_once('/').unwrap_or((path, ""));
    on_host(first, container, path, allowed)
}

/// A host as the address names it: an account, or a host of blob storage.
fn on_host(
    host: &str,
    container: &str,
    path: &str,
    allowed: Allowed,
) -> Result<AddressParts, String> {
    let lower = host.to_ascii_lowercase();
    let lower = if lower.contains('.') {
        lower.replacen(".dfs.", ".blob.", 1)
    } else {
        format!("{lower}{}", allowed.cloud.blob_suffix())
    };
    if lower.contains(".privatelink.") {
        return Err(
            "give the ordinary name of the account (ACCOUNT.blob…): its certificate does not have the privatelink name, \
             and DNS leads to the private address by itself"
                .to_owned(),
        );
    }
    let suffixes = [allowed.cloud.blob_suffix(), ZONED];
    let account = suffixes
        .iter()
        .find_map(|suffix| lower.strip_suffix(*suffix));
    let Some(account) = account else {
        let other = CLOUDS
            .into_iter()
            .find(|cloud| lower.ends_with(cloud.blob_suffix()));
        return Err(match other {
            Some(cloud) => format!(
                "this host belongs to another cloud; add --cloud {}",
                cloud.word()
            ),
            None => format!(
                "{host} is not a host of blob storage (ACCOUNT{})",
                allowed.cloud.blob_suffix()
            ),
        });
    };
    let base = Url::parse(&format!("https://{lower}/"));
    let base = base.map_err(|error| format!("this is not a host name ({error})"))?;
    // Behind `#`, `?` or `\`, the suffix would not be part of the host, and the credential would go to another one.
    if base.host_str() != Some(lower.as_str()) {
        return Err(format!(
            "`{host}` is not the name of a host (ACCOUNT{})",
            allowed.cloud.blob_suffix()
        ));
    }
    Ok(AddressParts {
        host: Host::Cloud,
        base,
        account: account.split('.').next().unwrap_or_default().to_owned(),
        container: container.to_owned(),
        path: path.to_owned(),
    })
}

fn is_here(scheme: &str, host: &str) -> bool {
    Url::parse(&format!("{scheme}{host}/")).is_ok_and(|url| is_loopback(&url))
}

/// An address on this machine, with the account in its path.
fn here(scheme: &str, host: &str, path: &str, allowed: Allowed) -> Result<AddressParts, String> {
    let host_kind = match scheme {
        "http://" => Host::Loopback,
        _ if allowed.own_ca => Host::LoopbackTls,
        _ => {
            return Err(
                "https on this machine needs --ca-file with the certificate of its authority"
                    .to_owned(),
            );
        }
    };
    let mut parts = path.splitn(3, '/');
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let (account, container, path) = (next(), next(), next());
    let base = Url::parse(&format!("{scheme}{host}/{account}"));
    Ok(AddressParts {
        host: host_kind,
        base: base.map_err(|error| format!("this is not a URL ({error})"))?,
        account,
        container,
        path,
    })
}

/// Checks the names of account and container (Azure, "Naming and referencing containers, blobs, and metadata").
fn check_names(account: &str, container: &str) -> Result<(), String> {
    let form = "the first name is the account: az://ACCOUNT/CONTAINER/PATH";
    let is_name = |text: &str, more: &str, longest: usize| {
        let letters = text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c));
        letters && (3..=longest).contains(&text.len())
    };
    if !is_name(account, "", 24) {
        return Err(format!(
            "`{account}` is not the name of a storage account (3 to 24 small letters and digits); {form}"
        ));
    }
    if container.is_empty() {
        return Err(format!("the container is missing; {form}"));
    }
    if !is_name(container, "-", 63) && !["$root", "$web", "$logs"].contains(&container) {
        return Err(format!(
            "`{container}` is not the name of a container (3 to 63 small letters, digits and hyphens); {form}"
        ));
    }
    Ok(())
}

/// Percent signs decoded; `None` if the result is not UTF-8.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *first == b'%');
        let hex = hex.filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() {
            tail.get(2..).unwrap_or_default()
        } else {
            tail
        };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
