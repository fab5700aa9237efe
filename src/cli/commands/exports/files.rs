//! `exports files`: the blobs that the newest complete runs of a source consist of.

use crate::cli::args::exports::FilesArgs;
use crate::cli::output::{CliError, Format};
use crate::cli::{output, print, progress};
use crate::domain::table::text_table::{Heading, Sheet};
use crate::ops::context::OpenContext;
use crate::ops::exports::files;
use crate::ops::exports::files::ExportFile;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;

#[derive(Serialize)]
struct FileJson<'a> {
    url: &'a str,
    bytes: u64,
    etag: &'a str,
    from: Option<String>,
    to: Option<String>,
    export: Option<&'a str>,
    run: Option<&'a str>,
}

impl<'a> From<&'a ExportFile> for FileJson<'a> {
    fn from(file: &'a ExportFile) -> Self {
        let blob = &file.blob;
        Self {
            url: &file.address,
            bytes: blob.bytes,
            etag: &blob.etag,
            from: blob.days.map(|(from, _)| from.to_string()),
            to: blob.days.map(|(_, to)| to.to_string()),
            export: blob.export.as_deref(),
            run: blob.run.as_deref(),
        }
    }
}

/// Runs the command.
pub fn run(
    context: &OpenContext<'_>,
    args: &FilesArgs,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    if args.joined && format != Format::Table {
        return Err(CliError::usage(
            "--joined prints one line of text; leave out --format",
        ));
    }
    let found = progress::reading(context.progress, || {
        files::files(context, &args.source, args.form.into())
    })?;
    progress::notes(&found.notes);
    if args.joined {
        return Ok(writeln!(out, "{}", found.joined())?);
    }
    let rows: Vec<FileJson<'_>> = found.files.iter().map(FileJson::from).collect();
    if format == Format::Json {
        return output::json(out, &BTreeMap::from([("files", rows)]));
    }
    print::sheet(out, &sheet(&rows), format)
}

fn sheet(rows: &[FileJson<'_>]) -> Sheet {
    let mut headings = vec![Heading::text("url"), Heading::number("bytes")];
    headings.extend(["from", "to", "export", "run"].map(Heading::text));
    let rows = rows.iter().map(|row| {
        vec![
            Some(row.url.to_owned()),
            Some(row.bytes.to_string()),
            row.from.clone(),
            row.to.clone(),
            row.export.map(str::to_owned),
            row.run.map(str::to_owned),
        ]
    });
    Sheet::new(headings, rows)
}
