//! Settings: defaults, then the environment, then flags, put together once.

use crate::azure::cloud::Cloud;
use crate::cli::args::{CloudArg, Common};
use crate::cli::output::Stop;
use crate::ops::session::Setup;
use std::path::PathBuf;

/// What the program was told, resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    pub setup: Setup,
    pub color: bool,
    pub verbose: u8,
}

impl Settings {
    /// Puts everything together; contradictions are exit 2.
    pub fn resolve(common: &Common, demo: bool) -> Result<Self, Stop> {
        if common.auth.is_some()
            && common
                .endpoint
                .as_deref()
                .is_some_and(|url| url.trim_start().to_lowercase().starts_with("http:"))
        {
            return Err(Stop::new(
                2,
                "--auth has no meaning with a loopback --endpoint: no token is sent there, only a fixed word",
            ));
        }
        let cloud = match common.cloud {
            CloudArg::Public => Cloud::Public,
            CloudArg::Usgov => Cloud::UsGov,
            CloudArg::China => Cloud::China,
        };
        let base = match &common.data_dir {
            Some(folder) => folder.clone(),
            None if demo => default_folder()?.join("demo"),
            None => default_folder()?,
        };
        let setup = Setup {
            data_dir: base,
            cloud,
            endpoint: common.endpoint.clone(),
            tenant: common.tenant.clone(),
            offline: common.offline,
            origin: demo.then(|| "demo".to_owned()),
        };
        // NO_COLOR: present and not empty (no-color.org).
        let quiet = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Ok(Self {
            setup,
            color: !common.no_color && !quiet,
            verbose: common.verbose,
        })
    }
}

fn default_folder() -> Result<PathBuf, Stop> {
    directories::ProjectDirs::from("", "", "costscope")
        .map(|dirs| dirs.data_dir().to_owned())
        .ok_or_else(|| {
            Stop::new(
                1,
                "there is no home folder to keep reports in; name one with --data-dir",
            )
        })
}
