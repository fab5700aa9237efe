//! The JSON of the API, decoded leniently where Microsoft's own samples disagree.
//!
//! Shapes: azure-rest-api-specs `costmanagement.generatecostdetailsreport.json`,
//! `costmanagement.generatedetailedcostreport.json`; error envelope of ARM.

use crate::domain::text::{printable, redaction};
use serde::Deserialize;
use serde_json::Value;

/// The body of a 200 of either report operation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationBody {
    /// A string, or, in the first generation's spec, an object `{"status": "..."}`.
    pub(super) status: Option<Value>,
    pub(super) manifest: Option<ManifestBody>,
    pub(super) properties: Option<PropertiesBody>,
    pub(super) valid_till: Option<String>,
    #[serde(rename = "startTime")]
    pub(super) started: Option<Value>,
    #[serde(rename = "endTime")]
    pub(super) ended: Option<Value>,
    pub(super) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManifestBody {
    pub(super) data_format: Option<String>,
    pub(super) blob_count: Option<Value>,
    pub(super) compress_data: Option<Value>,
    pub(super) request_context: Option<Value>,
    pub(super) blobs: Option<Vec<BlobBody>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlobBody {
    pub(super) blob_link: Option<String>,
    pub(super) byte_count: Option<Value>,
}

/// `properties` of the first generation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PropertiesBody {
    pub(super) download_url: Option<String>,
    pub(super) valid_till: Option<String>,
    pub(super) status: Option<Value>,
}

impl OperationBody {
    /// The status word in lower case, wherever it occurs.
    pub(super) fn status_word(&self) -> Option<String> {
        fn word(value: &Value) -> Option<&str> {
            value
                .as_str()
                .or_else(|| value.get("status").and_then(Value::as_str))
        }
        let top = self.status.as_ref().and_then(word);
        let inner = self
            .properties
            .as_ref()
            .and_then(|properties| properties.status.as_ref())
            .and_then(word);
        top.or(inner).map(str::to_ascii_lowercase)
    }

    /// Whether the `error` member is a real error: success comes with code 0, too.
    pub(super) fn has_error(&self) -> bool {
        let (code, message) = self.error.as_ref().map(error_words).unwrap_or_default();
        code.is_some() || message.is_some()
    }

    /// Whether there is anything to download.
    pub(super) fn has_link(&self) -> bool {
        let files = self
            .manifest
            .as_ref()
            .and_then(|manifest| manifest.blobs.as_ref());
        let link = self
            .properties
            .as_ref()
            .and_then(|properties| properties.download_url.as_ref());
        files.is_some_and(|files| !files.is_empty())
            || link.is_some_and(|link| !link.trim().is_empty())
    }
}

/// The place of a JSON error. The text itself may contain signed links and is never shown.
pub(super) fn place(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Data => "unexpected JSON structure",
        serde_json::error::Category::Eof => "unexpected end of JSON",
        _ => "it is not JSON",
    };
    format!("{kind} (line {}, column {})", error.line(), error.column())
}

/// An integer that may be sent as a string.
pub(super) fn count(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) value: Option<Vec<T>>,
    #[serde(rename = "nextLink")]
    next_link: Option<String>,
    #[serde(rename = "@odata.nextLink")]
    odata_next_link: Option<String>,
}

impl<T> Page<T> {
    /// The link to the next page.
    pub(super) fn next(&self) -> Option<String> {
        let links = [&self.next_link, &self.odata_next_link];
        let mut links = links.into_iter().flatten();
        links.find(|link| !link.trim().is_empty()).cloned()
    }
}

/// The server's reason: code and message of an ARM error; `None` if it gives none.
pub(super) fn reason(body: &Value) -> Option<String> {
    let (code, message) = error_words(body);
    let words: Vec<String> = [code, message].into_iter().flatten().collect();
    let words = printable(&redaction::words_of_others(words.join(": ").trim()));
    (!words.is_empty()).then_some(words)
}

/// Code and message of an ARM error, from the envelope or the top level; details follow the message.
pub(super) fn error_words(body: &Value) -> (Option<String>, Option<String>) {
    if let Value::String(text) = body {
        return (None, Some(text.clone()));
    }
    if let Some(words) = body.get("error").and_then(Value::as_str) {
        let more = body.get("error_description").and_then(Value::as_str);
        return match more.or_else(|| body.get("message").and_then(Value::as_str)) {
            Some(more) => (Some(words.to_owned()), Some(more.to_owned())),
            None => (None, Some(words.to_owned())),
        };
    }
    let inner = body.get("error").filter(|error| error.is_object());
    let holder = inner.unwrap_or(body);
    let text = |holder: &Value, name: &str| {
        holder.get(name).and_then(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        })
    };
    let mut message = text(holder, "message").filter(|text| !text.trim().is_empty());
    let details = holder.get("details").and_then(Value::as_array);
    for detail in details.into_iter().flatten().take(3) {
        let words = [text(detail, "code"), text(detail, "message")];
        let words: Vec<String> = words
            .into_iter()
            .flatten()
            .filter(|words| says_something(words))
            .collect();
        let words = words.join(": ");
        let known = message
            .as_ref()
            .is_some_and(|message| message.contains(&words));
        if words.is_empty() || known {
            continue;
        }
        message = Some(match message {
            Some(message) => format!("{} ({words})", message.trim()),
            None => words,
        });
    }
    let code = text(holder, "code").filter(|code| says_something(code));
    // If this object has neither, the object around it is used.
    if code.is_none() && message.is_none() && !std::ptr::eq(holder, body) {
        let outer = |name| text(body, name).filter(|words| says_something(words));
        return (outer("code"), outer("message"));
    }
    (code, message)
}

/// Success has a code, too: `0`, without a message.
fn says_something(words: &str) -> bool {
    !matches!(words.trim(), "" | "0")
}
