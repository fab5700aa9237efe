//! `costscope config`: shows the settings file and the settings in effect.

use crate::cli::args::actions::ConfigAction;
use crate::cli::args::options::{CloudArg, Common, EngineArg, listed, word_of};
use crate::cli::output::{CliError, Format};
use crate::domain::analysis::findings::thresholds::Thresholds;
use crate::domain::sign_in::Auth;
use crate::domain::text::{counted, printable};
use crate::ops::conversion_cache::Limits;
use crate::settings::{file_of, folder_of, quiet, read_file};
use crate::settings_file::{NAMES, SettingsFile};
use crate::tui::keymap::{BINDINGS, CONTEXTS};
use crate::tui::theme::{Palette, STYLES};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

/// Runs an action; `show` is the default.
pub fn run(
    common: &Common,
    action: Option<ConfigAction>,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let path = || folder_of(common, false).map(|folder| file_of(&folder));
    match action.unwrap_or(ConfigAction::Show) {
        ConfigAction::Path => {
            let path = path()?.display().to_string();
            match format {
                Format::Json => writeln!(out, "{}", json!({ "path": path }))?,
                Format::Table | Format::Csv(_) | Format::Md => {
                    writeln!(out, "{}", printable(&path))?;
                }
            }
        }
        ConfigAction::Template => write!(out, "{}", template())?,
        ConfigAction::Show => show(common, &path()?, format, out)?,
        ConfigAction::Check { file } => {
            let named = file.is_some();
            let path = file.map_or_else(path, Ok)?;
            if named && !path.exists() {
                return Err(CliError::usage(format!(
                    "{}: file not found",
                    path.display()
                )));
            }
            let there = path.exists();
            let file = read_file(&path)?;
            let shown = printable(&path.display().to_string());
            match format {
                Format::Json => writeln!(
                    out,
                    "{}",
                    json!({ "path": shown, "exists": there, "settings": file.set.len() })
                )?,
                _ if there => {
                    let set = counted(file.set.len() as u64, "setting");
                    writeln!(out, "{shown}: ok, {set}")?;
                }
                Format::Table | Format::Csv(_) | Format::Md => {
                    writeln!(out, "{shown}: not found; every setting has its default")?;
                }
            }
        }
    }
    Ok(())
}

/// One setting: its name, its value, and where that comes from.
type SettingLine = (String, String, &'static str);

fn show(common: &Common, path: &Path, format: Format, out: &mut dyn Write) -> Result<(), CliError> {
    let file = read_file(path)?;
    let held = held(common, &file);
    if matches!(format, Format::Json) {
        let settings: Vec<_> = held
            .iter()
            .map(|(key, value, from)| json!({ "key": key, "value": value, "from": from }))
            .collect();
        let document = json!({ "path": path.display().to_string(), "settings": settings });
        writeln!(out, "{document}")?;
        return Ok(());
    }
    let wide = held
        .iter()
        .map(|(key, ..)| key.len())
        .max()
        .unwrap_or_default();
    let values = held.iter().map(|(_, value, _)| value.chars().count());
    let widest = values.max().unwrap_or_default();
    for (key, value, from) in &held {
        let value = printable(value);
        writeln!(out, "{key:<wide$}  {value:<widest$}  {from}")?;
    }
    Ok(())
}

fn held(common: &Common, file: &SettingsFile) -> Vec<SettingLine> {
    const FLAG: &str = "flag or environment";
    const FILE: &str = "settings.toml";
    let flag = |name: &str| match name {
        "cloud" => common.cloud.as_ref().map(word_of),
        "auth" => common.auth.as_ref().map(word_of),
        "tenant" => common.tenant.clone(),
        "client-id" => common.client_id.clone(),
        "ca-file" => common
            .ca_file
            .as_ref()
            .map(|file| file.display().to_string()),
        "engine" => common.engine.as_ref().map(word_of),
        "cache" => common.no_cache.then(|| "off".to_owned()),
        "theme" => quiet(common).then(|| "mono".to_owned()),
        _ => None,
    };
    let default = |name: &str| match name {
        "cloud" => "public",
        "auth" | "theme" => "auto",
        "engine" => "own",
        "mouse" => "false",
        "cache" => Limits::DEFAULT,
        _ => "-",
    };
    let known = NAMES.into_iter().map(|name| {
        let mut set = file.set.iter();
        let filed = set.find(|(key, _)| key == name);
        match (flag(name), filed) {
            (Some(value), _) => (name.to_owned(), value, FLAG),
            (None, Some((_, value))) => (name.to_owned(), value.trim_matches('"').to_owned(), FILE),
            (None, None) => (name.to_owned(), default(name).to_owned(), "default"),
        }
    });
    let usual = Thresholds::default();
    let thresholds = Thresholds::NAMES.iter().filter_map(|(name, _)| {
        let key = format!("findings.{name}");
        let is_set = file.set.iter().any(|(set, _)| *set == key);
        let value = usual.named(name).filter(|_| !is_set)?;
        Some((key, value.to_string(), "default"))
    });
    let more = file.set.iter().filter(|(key, _)| key.contains('.'));
    let more = more.map(|(key, value)| (key.clone(), value.clone(), FILE));
    known.chain(thresholds).chain(more).collect()
}

/// A settings file in which every line is a comment with its default.
fn template() -> String {
    let clouds = listed::<CloudArg>();
    let ways = listed::<Auth>();
    let engines = listed::<EngineArg>();
    let themes = Palette::ALL.map(|(word, _)| word).join(", ");
    let cache = Limits::DEFAULT;
    let mut text = format!(
        "# Settings of costscope. Flags and environment variables win over this file.\n\
         # `costscope config path` prints its path, `costscope config check` validates it.\n\n\
         # Azure cloud: {clouds}\n# cloud = \"public\"\n\n\
         # How to sign in: {ways}\n# auth = \"auto\"\n\n\
         # The tenant to sign in to, and the application to sign in with\n# tenant = \"\"\n# client-id = \"\"\n\n\
         # Certificates to trust in addition to the system's (PEM), such as a proxy's\n# ca-file = \"\"\n\n\
         # Query engine: {engines}; both give the same digits, `own` is faster\n# engine = \"own\"\n\n\
         # Colours: auto (detected from the terminal), {themes}; NO_COLOR means mono\n# theme = \"auto\"\n\n\
         # Whether the UI starts with the mouse on; a key toggles it\n# mouse = false\n\n\
         # Converted copies of files that were opened: their size, and how long they stay unused; \"off\" keeps none\n\
         # cache = \"{cache}\"\n\n\
         # What counts as a finding (`costscope findings`)\n# [findings]\n"
    );
    let usual = Thresholds::default();
    for (name, help) in Thresholds::NAMES {
        let value = usual.named(name).unwrap_or_default();
        let _ = writeln!(text, "# {help}\n# {name} = {value}");
    }
    text.push_str(
        "\n# Colours of single styles: a name such as light-blue, a number from 0 to 255, or #rrggbb\n\
         # [colors]\n",
    );
    for style in STYLES {
        let _ = writeln!(text, "# {style} = \"cyan\"");
    }
    text.push_str(
        "\n# Keys: a character such as f or F, ctrl-r, or a name such as enter, tab, space, up, pgdn, home; a list for several,\n\
         # an empty list for no key.\n",
    );
    for context in CONTEXTS {
        let _ = writeln!(
            text,
            "\n# {}\n# [keys.{}]",
            context.heading(),
            context.word()
        );
        let mut seen = Vec::new();
        for binding in BINDINGS.iter().filter(|binding| binding.context == context) {
            if seen.contains(&binding.action) {
                continue;
            }
            seen.push(binding.action);
            let keys = binding.keys.iter().map(|key| format!("{:?}", key.word()));
            let keys: Vec<String> = keys.collect();
            let line = format!("# {} = [{}]", binding.action.setting(), keys.join(", "));
            let _ = writeln!(text, "{line:<44} # {}", binding.help);
        }
    }
    text
}
