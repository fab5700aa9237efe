//! `costscope cache`: lists and deletes the converted copies of files that were opened.

use crate::cli::args::actions::CacheAction;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::cli::progress::{say, warn};
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::{bytes, grouped, timestamp};
use crate::ops::conversion_cache;
use crate::ops::conversion_cache::ListedCopy;
use crate::ops::remote_sources;
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

#[derive(Serialize)]
struct CacheJson<'a> {
    path: String,
    bytes: u64,
    copies: Vec<CopyJson<'a>>,
}

#[derive(Serialize)]
struct CopyJson<'a> {
    source: &'a str,
    member: Option<&'a str>,
    rows: u64,
    bytes: u64,
    converted_at: String,
    used_at: String,
}

/// Runs an action.
pub fn run(
    data_dir: &Path,
    action: CacheAction,
    (format, now): (Format, SystemTime),
    out: &mut dyn Write,
) -> Result<(), CliError> {
    match action {
        CacheAction::List => list(data_dir, format, out),
        CacheAction::Clear => clear(data_dir, (format, now), out),
        CacheAction::Path => path(data_dir, format, out),
    }
}

fn list(data_dir: &Path, format: Format, out: &mut dyn Write) -> Result<(), CliError> {
    let listing = conversion_cache::list(data_dir)?;
    for damaged in &listing.damaged {
        warn(damaged);
    }
    let total: u64 = listing.copies.iter().map(|copy| copy.bytes).sum();
    if format == Format::Json {
        return output::json(
            out,
            &CacheJson {
                path: listing.path.display().to_string(),
                bytes: total,
                copies: listing.copies.iter().map(copy_json).collect(),
            },
        );
    }
    let headings = vec![
        Heading::text("source"),
        Heading::number("rows"),
        Heading::number("bytes"),
        Heading::text("converted"),
        Heading::text("last used"),
    ];
    let rows = listing.copies.iter().map(|copy| {
        let inside = copy.member.iter().map(|member| format!("/{member}"));
        vec![
            Some(format!("{}{}", copy.source, inside.collect::<String>())),
            Some(copy.rows.to_string()),
            Some(copy.bytes.to_string()),
            Some(timestamp(copy.converted_at)),
            Some(timestamp(copy.used_at)),
        ]
    });
    let sheet = Sheet {
        headings,
        rows: rows.collect(),
        footer: vec![format!("{} in {}", bytes(total), listing.path.display())],
    };
    print::sheet(out, &sheet, format)
}

fn copy_json(copy: &ListedCopy) -> CopyJson<'_> {
    CopyJson {
        source: &copy.source,
        member: copy.member.as_deref(),
        rows: copy.rows,
        bytes: copy.bytes,
        converted_at: timestamp(copy.converted_at),
        used_at: timestamp(copy.used_at),
    }
}

fn clear(
    data_dir: &Path,
    (format, now): (Format, SystemTime),
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let removed = conversion_cache::clear(data_dir, now)?;
    let copies = match removed.entries {
        1 => "1 copy".to_owned(),
        entries => format!("{} copies", grouped(entries)),
    };
    say(&format!("{copies} removed ({})", bytes(removed.bytes)));
    let fetched = remote_sources::clear(data_dir)?;
    if fetched.bytes > 0 {
        say(&format!("fetched blobs removed ({})", bytes(fetched.bytes)));
    }
    for source in &fetched.busy {
        say(&format!(
            "{source}: another costscope reads it; its blobs stay"
        ));
    }
    if format == Format::Json {
        let document = serde_json::json!({ "removed": removed.entries, "bytes": removed.bytes });
        return output::json(out, &document);
    }
    Ok(())
}

fn path(data_dir: &Path, format: Format, out: &mut dyn Write) -> Result<(), CliError> {
    output::path(out, format, &conversion_cache::path(data_dir))
}
