//! The blobs that the newest complete runs of a source consist of, without fetching them: other programs can read them.

use super::listing;
use super::remote::RemoteSources;
use super::source::{Listed, by_path};
use crate::data::progress::Progress;
use crate::data::sources::plan::plan;
use crate::ops::error::OpsError;
use chrono::NaiveDate;
use std::path::Path;

/// A blob that the plan of a source reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedBlob {
    pub account: String,
    pub container: String,
    pub name: String,
    /// Its address over https (or http on loopback), encoded, without a credential.
    pub url: String,
    pub bytes: u64,
    pub etag: String,
    pub days: Option<(NaiveDate, NaiveDate)>,
    pub export: Option<String>,
    pub run: Option<String>,
}

impl RemoteSources {
    /// The blobs that the plan of a source reads. Only manifests are fetched.
    pub fn planned(
        &self,
        name: &str,
        reading: (&Path, &Progress),
    ) -> Result<Vec<PlannedBlob>, OpsError> {
        let source = self.source(name, reading)?;
        let Listed { blobs, gatherer } =
            Self::settled(&source, |source| self.listed_files(source, 0))?;
        let candidates = gatherer.found.iter().map(|found| found.candidate.clone());
        let candidates: Vec<_> = candidates.collect();
        let planned = plan(&candidates).map_err(|refusal| {
            if refusal.twice {
                OpsError::Twice(refusal.text)
            } else {
                OpsError::Failed(refusal.text)
            }
        })?;
        let by_path = by_path(&source, &blobs);
        let (mut out, address) = (Vec::new(), &source.address);
        for run in &planned.runs {
            let manifest = run.manifest.as_ref();
            for at in &run.files {
                let path = candidates.get(*at).map(|candidate| &candidate.path);
                let Some(blob) = path.and_then(|path| by_path.get(path).copied()) else {
                    continue;
                };
                listing::refuse_archived(&source, &[blob])?;
                let url = address.blob_url(&blob.name).map_err(OpsError::Failed)?;
                out.push(PlannedBlob {
                    account: address.account.clone(),
                    container: address.container.clone(),
                    name: blob.name.clone(),
                    url: url.to_string(),
                    bytes: blob.bytes,
                    etag: blob.etag.clone(),
                    days: run.days,
                    export: manifest.and_then(|manifest| manifest.export_name.clone()),
                    run: run.id(),
                });
            }
        }
        Ok(out)
    }
}
