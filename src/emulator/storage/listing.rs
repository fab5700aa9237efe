//! List Blobs: pages by `maxresults` and `marker`, with `prefix` and `delimiter`.

use super::account::{Container, StoredBlob};
use crate::emulator::api::answers;
use crate::emulator::api::answers::Answer;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::collections::HashMap;
use std::fmt::Write;

/// One entry of a page.
enum ListEntry<'a> {
    Blob(&'a str, &'a StoredBlob),
    Prefix(&'a str),
}

/// Answers with one page of a container; `most` is the largest that the server makes.
pub fn page(
    container: &Container,
    query: &HashMap<String, String>,
    (most, empty): (usize, bool),
) -> Answer {
    let field = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let most = most.max(1);
    let size = answers::number(query, "maxresults").unwrap_or(most);
    let size = if empty { 0 } else { size.clamp(1, most) };
    let marker = URL_SAFE_NO_PAD.decode(field("marker")).unwrap_or_default();
    let after = String::from_utf8_lossy(&marker).into_owned();
    let mut left = entries(container, field("prefix"), field("delimiter"))
        .into_iter()
        .filter(|entry| after.is_empty() || entry.name() >= after.as_str());
    let mut text = String::from(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>",
    );
    for entry in left.by_ref().take(size) {
        entry.write(&mut text, field("include").contains("copy"));
    }
    let next = left.next().map(|entry| entry.name().to_owned());
    let next = URL_SAFE_NO_PAD.encode(next.unwrap_or_default());
    // Writing into a text never fails.
    let _ = write!(
        text,
        "</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>"
    );
    answers::text(200, "application/xml", text)
}

fn entries<'a>(container: &'a Container, prefix: &str, delimiter: &str) -> Vec<ListEntry<'a>> {
    let mut found: Vec<ListEntry<'a>> = Vec::new();
    for (name, blob) in container {
        let Some(rest) = name.strip_prefix(prefix) else {
            continue;
        };
        let folder = rest
            .find(delimiter)
            .filter(|_| !delimiter.is_empty())
            .and_then(|at| name.get(..prefix.len() + at + delimiter.len()));
        match folder {
            Some(folder) if found.last().is_some_and(|last| last.name() == folder) => {}
            Some(folder) => found.push(ListEntry::Prefix(folder)),
            None => found.push(ListEntry::Blob(name, blob)),
        }
    }
    found
}

impl<'a> ListEntry<'a> {
    fn name(&self) -> &'a str {
        match self {
            Self::Blob(name, _) | Self::Prefix(name) => name,
        }
    }

    fn write(&self, text: &mut String, with_copy: bool) {
        let name = named(self.name());
        // Writing into a text never fails.
        let _ = match self {
            Self::Prefix(_) => write!(text, "<BlobPrefix>{name}</BlobPrefix>"),
            Self::Blob(_, blob) => write!(
                text,
                "<Blob>{name}<Properties><Last-Modified>{}</Last-Modified><Etag>{}</Etag><Content-Length>{}</Content-Length>\
                 <Content-Type>application/octet-stream</Content-Type>{}<BlobType>BlockBlob</BlobType><AccessTier>{}</AccessTier>{}\
                 </Properties><OrMetadata /></Blob>",
                answers::http_date(blob.modified),
                blob.etag,
                blob.bytes.len(),
                element(
                    "Content-MD5",
                    blob.md5.as_ref().map(|sum| STANDARD.encode(sum))
                ),
                blob.tier,
                element(
                    "CopyStatus",
                    blob.copy.filter(|_| with_copy).map(ToOwned::to_owned)
                ),
            ),
        };
    }
}

fn element(name: &str, value: Option<String>) -> String {
    value.map_or(String::new(), |value| format!("<{name}>{value}</{name}>"))
}

/// The element of a name. Characters that XML cannot hold are percent-encoded.
fn named(name: &str) -> String {
    if name.chars().any(|c| c.is_control() || c == '\u{fffe}') {
        let mut encoded = String::new();
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                // Writing into a text never fails.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        return format!("<Name Encoded=\"true\">{encoded}</Name>");
    }
    let name = name
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<Name>{name}</Name>")
}
