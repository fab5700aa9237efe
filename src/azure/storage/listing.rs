//! List Blobs, page by page (Azure, "List Blobs"), and the properties of a single blob.

use super::address::{Address, unescaped};
use super::client::{MayWait, StorageClient};
use crate::azure::answer::FullResponse;
use crate::azure::error::AzureError;
use crate::azure::retry::http_date;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, Url};
use serde::Deserialize;

/// A blob of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedBlob {
    pub name: String,
    pub bytes: u64,
    /// Without quotes.
    pub etag: String,
    pub modified: Option<DateTime<Utc>>,
    /// `Hot`, `Cool`, `Cold` or `Archive`; `None` where the account has no tiers.
    pub tier: Option<String>,
    /// The state of the copy that made it; `None` if it was not copied.
    pub copy: Option<String>,
}

/// Most entries of one page.
const PAGE: &str = "5000";
/// More pages than a container of any export has; a list that goes on is refused.
const MOST_PAGES: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListPage {
    #[serde(default)]
    blobs: Blobs,
    #[serde(default)]
    next_marker: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Blobs {
    /// Blobs and prefixes are mixed.
    #[serde(default, rename = "$value")]
    items: Vec<ListItem>,
}

#[derive(Debug, Deserialize)]
enum ListItem {
    Blob(Box<BlobItem>),
    /// A folder, which only lists with a delimiter have.
    BlobPrefix {},
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BlobItem {
    name: Name,
    properties: Properties,
}

#[derive(Debug, Deserialize)]
struct Name {
    #[serde(default, rename = "@Encoded")]
    encoded: Option<String>,
    #[serde(default, rename = "$text")]
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    #[serde(default, rename = "Last-Modified")]
    modified: Option<String>,
    #[serde(default)]
    etag: Option<String>,
    #[serde(default, rename = "Content-Length")]
    length: Option<u64>,
    #[serde(default)]
    access_tier: Option<String>,
    #[serde(default)]
    copy_status: Option<String>,
    #[serde(default)]
    resource_type: Option<String>,
}

/// The callbacks of a list.
pub trait Listening: Send {
    /// Hears the number of pages and the blobs so far; stops the list by returning false.
    fn page(&mut self, pages: usize, found: &[ListedBlob]) -> bool;
    /// Whether there is time to wait so long for a storage that is busy or away, and the reason.
    fn may_wait(&mut self, length: TimeDelta, why: &str) -> bool;
}

/// All blobs whose names begin with a prefix.
pub async fn list(
    client: &StorageClient,
    address: &Address,
    prefix: &str,
    listening: &mut dyn Listening,
) -> Result<Vec<ListedBlob>, AzureError> {
    let (mut found, mut marker) = (Vec::new(), String::new());
    for pages in 1..=MOST_PAGES {
        let url = page_url(address, prefix, &marker);
        let may_wait: MayWait<'_> = &mut |length, why| listening.may_wait(length, why);
        let at = (address, !marker.is_empty());
        let answer = client.ask((&Method::GET, &url), at, may_wait).await?;
        let next = read_page(&answer, &mut found).map_err(|problem| {
            AzureError::Unreadable(format!(
                "{}: page {pages} of the list of blobs cannot be read: {problem}",
                address.shown
            ))
        })?;
        if !listening.page(pages, &found) {
            return Err(AzureError::Incomplete(format!(
                "{}: the list was stopped",
                address.shown
            )));
        }
        match next {
            None => return Ok(found),
            Some(next) if next == marker => break,
            Some(next) => marker = next,
        }
    }
    Err(AzureError::Incomplete(format!(
        "{}: the list of blobs never ends; try a longer path",
        address.shown
    )))
}

fn page_url(address: &Address, prefix: &str, marker: &str) -> Url {
    let mut url = address.container_url().clone();
    let mut query = url.query_pairs_mut();
    query.append_pair("restype", "container");
    query.append_pair("comp", "list");
    query.append_pair("maxresults", PAGE);
    query.append_pair("include", "copy");
    if !prefix.is_empty() {
        query.append_pair("prefix", prefix);
    }
    if !marker.is_empty() {
        query.append_pair("marker", marker);
    }
    drop(query);
    url
}

/// Adds the blobs of a page; the marker of the next one, if there is one.
fn read_page(answer: &FullResponse, found: &mut Vec<ListedBlob>) -> Result<Option<String>, String> {
    let text = std::str::from_utf8(&answer.body).map_err(|error| error.to_string())?;
    let text = text.trim_start_matches('\u{feff}');
    // The page of a proxy would look like an empty last page.
    if !text.contains("<EnumerationResults") {
        return Err("this is not a list of blobs".to_owned());
    }
    let page: ListPage = quick_xml::de::from_str(text).map_err(|error| error.to_string())?;
    for item in page.blobs.items {
        match item {
            ListItem::Blob(blob) => found.extend(blob.listed()?),
            ListItem::BlobPrefix {} => {}
        }
    }
    Ok(page.next_marker.filter(|marker| !marker.is_empty()))
}

impl BlobItem {
    /// The blob; `None` for the marker of a folder.
    fn listed(self) -> Result<Option<ListedBlob>, String> {
        let Self { name, properties } = self;
        let is_encoded = name
            .encoded
            .is_some_and(|word| word.eq_ignore_ascii_case("true"));
        let name = if is_encoded {
            unescaped(&name.text).ok_or("a name is not UTF-8")?
        } else {
            name.text
        };
        if properties.resource_type.as_deref() == Some("directory") {
            return Ok(None);
        }
        if name.is_empty() {
            return Err("a blob has no name".to_owned());
        }
        let (Some(etag), Some(bytes)) = (properties.etag, properties.length) else {
            return Err(format!("{name} has no ETag or no length"));
        };
        Ok(Some(ListedBlob {
            name,
            bytes,
            etag: etag.trim_matches('"').to_owned(),
            modified: properties.modified.as_deref().and_then(http_date),
            tier: properties.access_tier,
            copy: properties.copy_status,
        }))
    }
}

/// The properties of one blob, for a SAS that cannot list (Azure, "Get Blob Properties").
pub async fn one(
    client: &StorageClient,
    address: &Address,
    listening: &mut dyn Listening,
) -> Result<ListedBlob, AzureError> {
    let url = address
        .blob_url(&address.path)
        .map_err(AzureError::Endpoint)?;
    let may_wait: MayWait<'_> = &mut |length, why| listening.may_wait(length, why);
    let at = (address, false);
    let answer = client.ask((&Method::HEAD, &url), at, may_wait).await?;
    let etag = answer.header("etag").unwrap_or_default().trim_matches('"');
    let bytes = answer
        .header("content-length")
        .and_then(|text| text.parse().ok());
    let Some(bytes) = bytes.filter(|_| !etag.is_empty()) else {
        return Err(AzureError::Unreadable(format!(
            "{}: the storage names neither length nor ETag",
            address.shown
        )));
    };
    let text = |name: &str| answer.header(name).map(ToOwned::to_owned);
    Ok(ListedBlob {
        name: address.path.clone(),
        bytes,
        etag: etag.to_owned(),
        modified: answer.header("last-modified").and_then(http_date),
        tier: text("x-ms-access-tier"),
        copy: text("x-ms-copy-status"),
    })
}

#[cfg(test)]
mod tests {
    use crate::azure::answer::FullResponse;
    use crate::azure::storage::listing::{ListedBlob, read_page};
    use reqwest::header::HeaderMap;

    fn read(body: &str) -> Result<(Vec<ListedBlob>, Option<String>), String> {
        let mut found = Vec::new();
        let answer = FullResponse {
            status: 200,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            url: "https://a.blob.core.windows.net/c".parse().unwrap(),
        };
        let next = read_page(&answer, &mut found)?;
        Ok((found, next))
    }

    #[test]
    fn a_page_of_azure_is_read_as_it_comes() {
        let page = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"c\"><Prefix>cost/</Prefix>\
            <Blobs><Blob><Name>cost/a &amp; b.csv</Name><Properties><Last-Modified>Wed, 21 Oct 2026 07:28:00 GMT</Last-Modified>\
            <Etag>0x8DABC</Etag><Content-Length>12</Content-Length><Content-MD5>x==</Content-MD5><AccessTier>Hot</AccessTier>\
            <CopyStatus>success</CopyStatus></Properties><OrMetadata /></Blob>\
            <BlobPrefix><Name>cost/daily/</Name></BlobPrefix>\
            <Blob><Name Encoded=\"true\">cost/%EF%BF%BE.csv</Name><Properties><Etag>\"0x8D2\"</Etag><Content-Length>0</Content-Length>\
            </Properties></Blob>\
            <Blob><Name>cost/folder</Name><Properties><Etag>0x8D3</Etag><Content-Length>0</Content-Length>\
            <ResourceType>directory</ResourceType></Properties></Blob>\
            <Blob><Name> blanks at both ends.csv </Name><Properties><Etag>0x8D4</Etag><Content-Length>1</Content-Length>\
            </Properties></Blob>\
            </Blobs><NextMarker>2!88!x</NextMarker></EnumerationResults>";
        let (found, next) = read(page).unwrap();
        let names: Vec<&str> = found.iter().map(|blob| blob.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "cost/a & b.csv",
                "cost/\u{fffe}.csv",
                " blanks at both ends.csv "
            ]
        );
        let first = found.first().unwrap();
        assert_eq!((first.bytes, first.etag.as_str()), (12, "0x8DABC"));
        assert_eq!(first.copy.as_deref(), Some("success"));
        assert!(first.modified.is_some());
        assert_eq!(next.as_deref(), Some("2!88!x"));
        let empty = "<EnumerationResults><Blobs /><NextMarker /></EnumerationResults>";
        assert_eq!(read(empty).unwrap(), (Vec::new(), None));
        for broken in [
            "",
            "<html>",
            "<html><body>Sign in to the network</body></html>",
            "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties/></Blob></Blobs><NextMarker/></EnumerationResults>",
            "<EnumerationResults><Blobs><Blob><Name> </Name><Properties><Etag>0x1</Etag><Content-Length>1</Content-Length>\
             </Properties></Blob></Blobs><NextMarker/></EnumerationResults>",
        ] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }
}
