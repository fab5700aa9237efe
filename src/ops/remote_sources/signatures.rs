//! The SAS of each source that was given with one. They live as long as the process, apart from the sources: names,
//! views, commands and records have the sources only.

use crate::azure::storage::address;
use crate::azure::storage::sas::Sas;
use crate::domain::text::is_below;
use std::sync::{Mutex, PoisonError};

/// The variable with a SAS for sources that have none.
const VARIABLE: &str = "AZURE_STORAGE_SAS_TOKEN";

static HELD: Mutex<Vec<(String, Sas)>> = Mutex::new(Vec::new());

/// A text of one or more comma-separated sources without their SAS, which is kept for when they are opened. Other texts
/// stay as they are.
pub fn keep_signatures(text: &str) -> String {
    // A flag with its value in one argument.
    if let Some((flag, value)) = text.split_once('=')
        && flag.starts_with("--")
    {
        return format!("{flag}={}", keep_signatures(value));
    }
    let sources = separated(text);
    let sources: Vec<String> = sources.iter().map(|source| kept(source)).collect();
    sources.join(",")
}

/// Keeps a new SAS for a source; false if the text is none. A whole address with a SAS is accepted, too.
pub fn renew(source: &str, text: &str) -> bool {
    let query = text.rsplit_once('?').map_or(text, |(_, query)| query);
    let signed = format!("{source}?{}", query.trim());
    kept(&signed) != signed
}

fn kept(source: &str) -> String {
    let (shown, sas) = address::without_sas(source);
    if let Some(sas) = sas {
        let key = shown.trim_end_matches('/').to_owned();
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(known, _)| *known != key);
        held.push((key, sas));
    }
    shown.to_owned()
}

/// Splits at commas before another address: names and a SAS may contain commas.
pub fn separated(text: &str) -> Vec<String> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    for (at, _) in text.match_indices(',') {
        let next = text.get(at + 1..).unwrap_or_default();
        if address::is_one(next) {
            pieces.extend(text.get(from..at).map(ToOwned::to_owned));
            from = at + 1;
        }
    }
    pieces.extend(text.get(from..).map(ToOwned::to_owned));
    pieces
}

/// Whether a text names a source that was given with a SAS.
pub fn names_signed(text: &str) -> bool {
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.iter().any(|(source, _)| text.contains(source))
}

/// The SAS of a source: its own, or that of a folder above it.
pub(super) fn of_source(source: &str) -> Option<Sas> {
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    let above = held.iter().filter(|(known, _)| is_below(source, known));
    let nearest = above.max_by_key(|(known, _)| known.len());
    nearest.map(|(_, sas)| sas.clone())
}

/// The SAS of the environment, for sources without one. The error does not repeat its text.
pub(super) fn of_environment() -> Result<Option<Sas>, String> {
    let text = std::env::var_os(VARIABLE).unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let sas = text.to_str().and_then(Sas::read);
    sas.map(Some).ok_or_else(|| {
        format!(
            "{VARIABLE} is no SAS: it has no signature (sig=), or a blank or line break in it; set it as Azure prints \
             the SAS, or unset it to sign in"
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::ops::remote_sources::signatures::{keep_signatures, names_signed, of_source, renew};

    #[test]
    fn signatures_are_taken_out_of_sources_and_found_again() {
        let sas = "sr=c&sp=rl&sig=c2lnbmF0dXJlMQ%3D%3D";
        let one = format!("az://sigtest/one/cost?{sas}");
        assert_eq!(keep_signatures(&one), "az://sigtest/one/cost");
        assert!(of_source("az://sigtest/one/cost/a.csv").is_some());
        assert!(of_source("az://sigtest/one/costs").is_none());
        assert!(names_signed("costscope show az://sigtest/one/cost --top 3"));
        assert!(!names_signed("costscope show az://sigtest/none/cost"));
        let both = format!("az://sigtest/two/a?{sas}&x=1,2,az://sigtest/two/b/?{sas}");
        assert_eq!(
            keep_signatures(&both),
            "az://sigtest/two/a,az://sigtest/two/b/"
        );
        assert!(of_source("az://sigtest/two/b").is_some());
        assert!(renew("az://sigtest/four", "?sr=c&sp=rl&sig=bmV3"));
        assert!(of_source("az://sigtest/four/a.csv").is_some());
        assert!(renew(
            "az://sigtest/five",
            "az://sigtest/five?sr=c&sp=rl&sig=bmV3"
        ));
        assert!(!renew("az://sigtest/six", "no signature"));
        let flag = format!("--before=az://sigtest/three?{sas}");
        assert_eq!(keep_signatures(&flag), "--before=az://sigtest/three");
        for same in [
            "costs.csv",
            "a,b",
            "az://acct/c/a?b.csv",
            "sc://h/?table=a,b",
            "tag:env = \"x?sig=y\"",
        ] {
            assert_eq!(keep_signatures(same), same);
        }
    }
}
