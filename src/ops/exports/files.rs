//! The addresses of the blobs that a source consists of, as other programs read them.
//!
//! The newest complete run of each month is planned as for reading; only manifests are fetched.

use crate::data::progress::Progress;
use crate::domain::export::definition::Export;
use crate::domain::sql::spark_address;
use crate::ops::context::OpenContext;
use crate::ops::error::OpsError;
use crate::ops::remote_sources;
use crate::ops::remote_sources::planned::PlannedBlob;
use crate::ops::session::Session;
use std::collections::BTreeMap;

/// How the address of a blob is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressForm {
    /// `https://ACCOUNT.blob…/CONTAINER/NAME`, percent-encoded.
    Https,
    /// `abfss://CONTAINER@ACCOUNT.dfs…/NAME`, for Spark.
    Abfss,
    /// `az://ACCOUNT.blob…/CONTAINER/NAME`, for `DuckDB`.
    Az,
}

impl AddressForm {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Abfss => "abfss",
            Self::Az => "az",
        }
    }

    /// The address of a blob.
    pub fn address(self, blob: &PlannedBlob) -> Result<String, String> {
        if self == Self::Https {
            return Ok(blob.url.clone());
        }
        let host = blob.url.strip_prefix("https://");
        let host = host
            .and_then(|rest| rest.split_once('/'))
            .map(|(host, _)| host);
        let Some(host) = host.filter(|host| !host.contains(':') && host.contains(".blob.")) else {
            return Err(format!(
                "{}: the storage is on this machine, where only --form https has addresses",
                blob.url
            ));
        };
        if let Some(sign) = blob.name.chars().find(|c| "*?[]{}\\".contains(*c)) {
            return Err(format!(
                "{}: other programs take `{sign}` in --form {} for a pattern; use --form https",
                blob.name,
                self.word()
            ));
        }
        let (container, name) = (&blob.container, &blob.name);
        Ok(if self == Self::Az {
            format!("az://{host}/{container}/{name}")
        } else {
            let host = host.replacen(".blob.", ".dfs.", 1);
            format!("abfss://{container}@{host}/{name}")
        })
    }
}

/// A blob and its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    pub address: String,
    pub blob: PlannedBlob,
}

/// The blobs of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFiles {
    pub files: Vec<ExportFile>,
    pub notes: Vec<String>,
}

impl ExportFiles {
    /// The addresses as the parameter `files=` of an `sc://` source takes them.
    pub fn joined(&self) -> String {
        let addresses = self.files.iter().map(|file| file.address.as_str());
        spark_address::joined(addresses)
    }
}

/// The files of a run in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSize {
    pub run: String,
    pub parts: u64,
    pub bytes: u64,
}

/// The sizes of the newest complete runs of an export. Other runs are replaced or not in storage any more.
pub fn sizes(session: &Session, export: &Export) -> Result<Vec<RunSize>, OpsError> {
    let (scratch, progress) = (session.ledger().scratch(), Progress::default());
    let planned = session
        .remote
        .planned(&export.source(), (scratch, &progress))?;
    let mut sizes = BTreeMap::<String, RunSize>::new();
    for blob in planned.blobs {
        let Some(run) = blob.run else { continue };
        let size = sizes.entry(run.clone()).or_insert(RunSize {
            run,
            parts: 0,
            bytes: 0,
        });
        size.parts += 1;
        size.bytes += blob.bytes;
    }
    Ok(sizes.into_values().collect())
}

/// Plans a source in blob storage and writes the addresses of its blobs.
pub fn files(
    context: &OpenContext<'_>,
    source: &str,
    form: AddressForm,
) -> Result<ExportFiles, OpsError> {
    let Some(remote) = context.remote.filter(|_| remote_sources::is_one(source)) else {
        return Err(OpsError::Usage(format!(
            "`{source}` is not in blob storage: give az://ACCOUNT/CONTAINER/PATH, as `costscope exports list` shows it"
        )));
    };
    let planned = remote.planned(source, (context.scratch, context.progress))?;
    let files = planned.blobs.into_iter().map(|blob| {
        let address = form.address(&blob).map_err(OpsError::Failed)?;
        Ok(ExportFile { address, blob })
    });
    Ok(ExportFiles {
        files: files.collect::<Result<Vec<ExportFile>, OpsError>>()?,
        notes: planned.notes,
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::sql::spark_address::{Reads, SparkSource};
    use crate::ops::exports::files::{AddressForm, ExportFile, ExportFiles};
    use crate::ops::remote_sources::planned::PlannedBlob;

    fn blob(url: &str, name: &str) -> PlannedBlob {
        PlannedBlob {
            account: "costs".to_owned(),
            container: "exports".to_owned(),
            name: name.to_owned(),
            url: url.to_owned(),
            bytes: 1,
            etag: "0x1".to_owned(),
            days: None,
            export: None,
            run: None,
        }
    }

    #[test]
    fn every_form_leads_to_the_same_blob() {
        let public = "https://costs.blob.core.windows.net/exports/a%20b/part_0.csv.gz";
        let here = "http://127.0.0.1:10000/costs/exports/a%20b/part_0.csv.gz";
        let zoned = "https://costs.z01.blob.storage.azure.net/exports/p.csv";
        for (url, name, form, address) in [
            (
                public,
                "a b/part_0.csv.gz",
                AddressForm::Https,
                Some(public),
            ),
            (
                public,
                "a b/part_0.csv.gz",
                AddressForm::Abfss,
                Some("abfss://exports@costs.dfs.core.windows.net/a b/part_0.csv.gz"),
            ),
            (
                public,
                "a b/part_0.csv.gz",
                AddressForm::Az,
                Some("az://costs.blob.core.windows.net/exports/a b/part_0.csv.gz"),
            ),
            (
                zoned,
                "p.csv",
                AddressForm::Abfss,
                Some("abfss://exports@costs.z01.dfs.storage.azure.net/p.csv"),
            ),
            (here, "a b/part_0.csv.gz", AddressForm::Https, Some(here)),
            (here, "a b/part_0.csv.gz", AddressForm::Abfss, None),
            (here, "a b/part_0.csv.gz", AddressForm::Az, None),
            // Spark and DuckDB would take this for a pattern.
            (public, "a[1].csv", AddressForm::Az, None),
            (public, "a*.csv", AddressForm::Abfss, None),
            (public, "a*.csv", AddressForm::Https, Some(public)),
        ] {
            let made = form.address(&blob(url, name)).ok();
            assert_eq!(made.as_deref(), address, "{} {name}", form.word());
        }
    }

    #[test]
    fn joined_addresses_are_read_back_by_an_sc_source() {
        let addresses = [
            "abfss://exports@costs.dfs.core.windows.net/a b/part_0, 1&2%.csv.gz",
            "https://costs.blob.core.windows.net/exports/a%20b/part_1.csv.gz",
        ];
        let files = addresses.map(|address| ExportFile {
            address: address.to_owned(),
            blob: blob(address, "part"),
        });
        let files = ExportFiles {
            files: files.into(),
            notes: Vec::new(),
        };
        let joined = files.joined();
        assert!(!joined.contains(' '), "{joined}");
        let source = SparkSource::read(&format!("sc://localhost/?files={joined}")).unwrap();
        let expected = addresses.map(ToOwned::to_owned).to_vec();
        assert_eq!(source.reads, Reads::Files(expected));
    }
}
