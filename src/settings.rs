//! Resolves the settings once: flags override the environment, then `settings.toml` in the data folder, then defaults.

use crate::azure::cloud::Cloud;
use crate::azure::credential::credential_chain::{Environment, SignIn};
use crate::azure::net::Network;
use crate::cli::args::local::DatesArg;
use crate::cli::args::options::{CloudArg, Common, EngineArg};
use crate::cli::args::repeated::repeated_flags;
use crate::cli::output::CliError;
use crate::data::columns::dates::DayOrder;
use crate::ops::engine::Engine;
use crate::ops::session::Setup;
use crate::settings_file::SettingsFile;
use crate::store::error::StoreError;
use crate::store::trust;
use crate::tui::keymap::Keymap;
use crate::tui::theme::{Glyphs, Palette, Theme};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The resolved settings.
#[derive(Debug, Clone)]
pub struct Settings {
    pub setup: Setup,
    /// The colours and signs of the UI.
    pub theme: Theme,
    pub keymap: Keymap,
    /// Whether the UI captures the mouse from the start.
    pub mouse: bool,
    pub verbose: u8,
}

impl Settings {
    /// Resolves all settings; contradictory ones exit with 2.
    pub fn resolve(common: &Common, demo: bool) -> Result<Self, CliError> {
        if common.auth.is_some()
            && common
                .endpoint
                .as_deref()
                .is_some_and(|url| url.trim_start().to_lowercase().starts_with("http:"))
        {
            return Err(CliError::usage(
                "--auth cannot be used with a loopback --endpoint: only a fixed word is sent there, never a token",
            ));
        }
        let base = folder_of(common, demo)?;
        trust::check_folder(&base).map_err(|error| CliError::new(1, error.to_string()))?;
        let repeated = repeated_flags(common, demo.then_some(&base));
        let mut path = file_of(&base);
        if demo && common.data_dir.is_none() && !path.exists() {
            // The demo uses the user's own keys and colours.
            path = file_of(&default_folder()?);
        }
        let file = read_file(&path)?;
        let theme = theme(common, &file);
        let cloud = match common.cloud.or(file.cloud) {
            None | Some(CloudArg::Public) => Cloud::Public,
            Some(CloudArg::Usgov) => Cloud::UsGov,
            Some(CloudArg::China) => Cloud::China,
        };
        let sign_in = SignIn {
            auth: common.auth.or(file.auth).unwrap_or_default(),
            tenant: common.tenant.clone(),
            client_id: common.client_id.clone(),
            fallback_tenant: file.tenant.clone(),
            fallback_client_id: file.client_id.clone(),
            environment: Environment::of_process(),
        };
        let setup = Setup {
            cloud,
            endpoint: common.endpoint.clone(),
            sign_in,
            network: Network {
                ca_file: common.ca_file.clone().or_else(|| file.ca_file.clone()),
            },
            offline: common.offline,
            origin: demo.then(|| "demo".to_owned()),
            dates: dates(common.dates),
            engine: engine(common.engine.or(file.engine)),
            money: common.money,
            thresholds: file.findings.clone(),
            yes: common.yes,
            max_wait: common.max_wait,
            cache: (!common.no_cache).then(|| file.cache.unwrap_or_default()),
            repeated,
            ..Setup::new(base)
        };
        Ok(Self {
            setup,
            theme,
            keymap: file.keymap,
            mouse: file.mouse.unwrap_or_default(),
            verbose: common.verbose,
        })
    }
}

/// The settings file of a data folder.
pub fn file_of(folder: &Path) -> PathBuf {
    folder.join("settings.toml")
}

/// The data folder that these flags select.
pub fn folder_of(common: &Common, demo: bool) -> Result<PathBuf, CliError> {
    Ok(match &common.data_dir {
        Some(folder) => folder.clone(),
        None if demo => default_folder()?.join("demo"),
        None => default_folder()?,
    })
}

/// Reads the settings file, if it exists. Every error in it is reported with its line.
pub fn read_file(path: &Path) -> Result<SettingsFile, CliError> {
    let text = match trust::read_settings(path) {
        // A part of the path may be a file, such as `HOME=/dev/null`.
        Err(StoreError::Io { source, .. })
            if matches!(
                source.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory
            ) =>
        {
            return Ok(SettingsFile::default());
        }
        other => other.map_err(|error| CliError::new(1, error.to_string()))?,
    };
    SettingsFile::read(&text).map_err(|all| {
        let all = all
            .iter()
            .map(|wrong| format!("{}: {wrong}", path.display()));
        CliError::new(2, all.collect::<Vec<_>>().join("\n"))
    })
}

/// Whether colours are turned off, by the flag or by a non-empty `NO_COLOR` (no-color.org).
pub fn quiet(common: &Common) -> bool {
    common.no_color || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// The configured styles, with glyphs that the terminal can show.
fn theme(common: &Common, file: &SettingsFile) -> Theme {
    let said = |name: &str| std::env::var(name).ok();
    let (term, more, ground) = (said("TERM"), said("COLORTERM"), said("COLORFGBG"));
    let palette = match file.theme {
        _ if quiet(common) => Palette::Mono,
        Some(palette) => palette,
        None => Palette::of_terminal(term.as_deref(), more.as_deref(), ground.as_deref()),
    };
    let mut theme = Theme::named(palette);
    if palette != Palette::Mono {
        for (style, color) in &file.colors {
            // The parser has already validated every style and colour.
            let _ = theme.set(style, color);
        }
    }
    theme.glyphs = if common.plain {
        Glyphs::Plain
    } else {
        Glyphs::of_locale(["LC_ALL", "LC_CTYPE", "LANG"].map(said))
    };
    theme
}

/// The order of day and month that the user has set.
fn dates(given: DatesArg) -> Option<DayOrder> {
    match given {
        DatesArg::Auto => None,
        DatesArg::DayFirst => Some(DayOrder::DayFirst),
        DatesArg::MonthFirst => Some(DayOrder::MonthFirst),
    }
}

fn engine(given: Option<EngineArg>) -> Engine {
    match given {
        None | Some(EngineArg::Own) => Engine::Own,
        Some(EngineArg::Polars) => Engine::Polars,
    }
}

fn default_folder() -> Result<PathBuf, CliError> {
    let home = directories::ProjectDirs::from("", "", "costscope");
    let home = home.map(|dirs| dirs.data_dir().to_owned());
    // Services without a home often have `/dev/null` in its place.
    let is_usable = |folder: &PathBuf| {
        let mut above = folder.ancestors();
        above
            .find_map(|folder| folder.metadata().ok())
            .is_none_or(|meta| meta.is_dir())
    };
    home.filter(is_usable).map_or_else(homeless, Ok)
}

/// Without a home folder: a private folder under the system's temporary folder. One that another user has created is
/// not used.
fn homeless() -> Result<PathBuf, CliError> {
    let user = rustix::process::getuid().as_raw();
    let folder = std::env::temp_dir().join(format!("costscope-{user}"));
    let ours = |meta: &std::fs::Metadata| {
        meta.is_dir() && meta.uid() == user && meta.mode().trailing_zeros() >= 6
    };
    // An empty root file system has no temporary folder. The creator of our folder owns it, so it is created first and
    // checked afterwards.
    let _ = std::fs::create_dir_all(std::env::temp_dir());
    let _ = std::fs::DirBuilder::new().mode(0o700).create(&folder);
    match folder.symlink_metadata() {
        Ok(meta) if ours(&meta) => Ok(folder),
        // On a read-only disk, small files can still be read. Commands that need the folder report that it is missing.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(folder),
        _ => Err(CliError::new(
            1,
            format!(
                "there is no home folder to keep reports in, and {} is not a private folder of yours; choose one with --data-dir",
                folder.display()
            ),
        )),
    }
}
