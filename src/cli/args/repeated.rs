//! The flags of this run that the commands on its screens repeat.

use super::local::DatesArg;
use super::options::Common;
use crate::domain::text::shell::word;
use crate::ops::repeated_flags::RepeatedFlags;
use clap::ValueEnum;
use std::path::PathBuf;

/// The flags that copied commands repeat: all that were given and decide what is found, where, and how it is read. The demo has
/// a folder of its own without a flag.
pub fn repeated_flags(common: &Common, demo_folder: Option<&PathBuf>) -> RepeatedFlags {
    let path = |path: &PathBuf| path.display().to_string();
    let flag =
        |name: &str, value: Option<String>| value.map(|value| format!("--{name} {}", word(&value)));
    let folder = common.data_dir.as_ref().or(demo_folder);
    let dates = (common.dates != DatesArg::Auto).then_some(common.dates);
    let online = [
        flag("cloud", common.cloud.as_ref().and_then(value_name)),
        flag("endpoint", common.endpoint.clone()),
        flag("auth", common.auth.as_ref().and_then(value_name)),
        flag("tenant", common.tenant.clone()),
        flag("client-id", common.client_id.clone()),
        flag("ca-file", common.ca_file.as_ref().map(path)),
    ];
    let local = [
        flag("dates", dates.as_ref().and_then(value_name)),
        flag("data-dir", folder.map(path)),
    ];
    RepeatedFlags {
        local: local.into_iter().flatten().collect(),
        online: online.into_iter().flatten().collect(),
    }
}

/// The name of a value as it is typed.
fn value_name(value: &impl ValueEnum) -> Option<String> {
    let value = value.to_possible_value()?;
    Some(value.get_name().to_owned())
}
