//! The output formats, and how errors become messages and exit codes.

use super::held::HeldOutput;
use crate::domain::query::filter_text::FilterError;
use crate::domain::text::escape::{Csv, terminal_json};
use crate::domain::text::io_words::io_words;
pub use crate::domain::text::printable;
use crate::ops::error::OpsError;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    #[default]
    Table,
    Json,
    Csv(Csv),
    Md,
}

/// A page for people who have no terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFormat {
    Svg,
    Html,
}

/// The reason a command stops: its exit code, and the text for stderr, if any.
#[derive(Debug)]
pub struct CliError {
    pub code: u8,
    pub message: Option<String>,
    /// The cause of an internal error, which is reported in full.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl CliError {
    /// A stop with a message.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: Some(message.into()),
            cause: None,
        }
    }

    /// A stop because of wrong input.
    pub fn usage(message: impl Display) -> Self {
        Self::new(2, message.to_string())
    }

    /// A stop because of an internal error.
    pub fn unexpected(what: impl Into<String>, cause: impl Error + Send + Sync + 'static) -> Self {
        Self {
            cause: Some(Box::new(cause)),
            ..Self::new(1, what)
        }
    }

    /// A stop whose reason was already reported.
    pub fn silent(code: u8) -> Self {
        Self {
            code,
            message: None,
            cause: None,
        }
    }

    /// An error of a query, with a caret if it has a position in the filter.
    pub fn of_query(error: &OpsError, filter: Option<&str>) -> Self {
        let pointed = error.filter_position().zip(filter).map(|(at, text)| {
            let fits = "a key such as resource-group, a column's header, or tag:KEY".to_owned();
            FilterError {
                text: text.to_owned(),
                at,
                wrong: error.to_string(),
                expected: fits,
            }
            .to_string()
        });
        Self::new(
            error.exit_code(),
            pointed.unwrap_or_else(|| error.to_string()),
        )
    }
}

impl From<OpsError> for CliError {
    fn from(error: OpsError) -> Self {
        Self::new(error.exit_code(), error.to_string())
    }
}

impl From<io::Error> for CliError {
    /// A pipe closed by its reader (`| head`) is not an error.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::silent(0)
        } else {
            Self::new(1, format!("cannot write the output: {}", io_words(&error)))
        }
    }
}

/// Passes on the parts of an answer to `take`. An error of the output is told as such, whatever the layers below make of it.
pub fn each_part<P>(
    each: impl FnOnce(&mut dyn FnMut(P) -> io::Result<()>) -> Result<(), OpsError>,
    mut take: impl FnMut(P) -> io::Result<()>,
    filter: Option<&str>,
) -> Result<(), CliError> {
    let mut broken = None;
    let done = each(&mut |part| {
        take(part).map_err(|error| {
            let kind = error.kind();
            broken = Some(error);
            kind.into()
        })
    });
    match (done, broken) {
        (_, Some(error)) => Err(CliError::from(error)),
        (Err(error), None) => Err(CliError::of_query(&error, filter)),
        (Ok(()), None) => Ok(()),
    }
}

/// The last line of output that breaks off. In CSV it is a line with a single field, and after JSON it is no JSON.
const BROKEN_OFF: &str = "incomplete: the answer breaks off here";

/// The end of an answer that is printed in parts. If it fails once the first part is out, the output ends with a line that
/// says so: a part of an answer must not pass for the whole.
pub fn ended(done: Result<(), CliError>, begun: bool, out: &mut dyn Write) -> Result<(), CliError> {
    done.map_err(|error| {
        // The reader wanted no more.
        if !begun || error.code == 0 {
            return error;
        }
        // The output may be what failed.
        if writeln!(out, "\n{BROKEN_OFF}")
            .and_then(|()| out.flush())
            .is_err()
        {
            return error;
        }
        let message = error.message.map(|message| {
            format!("{message}\nwhat was printed is incomplete; its last line says so")
        });
        CliError { message, ..error }
    })
}

/// Prints the path of a folder.
pub fn path(out: &mut dyn Write, format: Format, path: &Path) -> Result<(), CliError> {
    let path = path.display().to_string();
    if format == Format::Json {
        return json(out, &serde_json::json!({ "path": path }));
    }
    writeln!(out, "{}", printable(&path))?;
    Ok(())
}

/// Like [`ended`], for an answer that was asked for and written at once.
pub fn answer_ended(
    written: Result<Result<(), io::Error>, OpsError>,
    filter: Option<&str>,
    begun: bool,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let done = match written {
        Ok(written) => written.map_err(CliError::from),
        Err(error) => Err(CliError::of_query(&error, filter)),
    };
    ended(done, begun, out)
}

/// Prints one JSON document. Characters that could control a terminal are escaped; JSON readers undo that. Its text is not
/// held, because it is larger than the answer.
pub fn json(out: &mut dyn Write, document: &impl serde::Serialize) -> Result<(), CliError> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer_pretty(Safe { out: &mut out }, document).map_err(|error| {
        if error.is_io() {
            return CliError::from(io::Error::from(error));
        }
        CliError::unexpected("the result could not be written as JSON", error)
    })?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Like [`json`], for a document that is made while it is written.
pub fn json_in_parts(mut out: HeldOutput<'_>, document: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(Safe { out: &mut out }, document)?;
    out.write_all(b"\n")?;
    out.finish()
}

/// A writer of JSON that escapes what could control a terminal.
struct Safe<W> {
    out: W,
}

impl<W: Write> Write for Safe<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        // The serializer passes on whole characters.
        match std::str::from_utf8(text) {
            Ok(whole) => self.out.write_all(terminal_json(whole).as_bytes())?,
            Err(_) => self.out.write_all(text)?,
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::held::HeldOutput;
    use crate::cli::output::json_in_parts;
    use crate::domain::table::json::{Parts, add_parts};
    use serde::ser::{Serialize, SerializeSeq, Serializer};
    use std::cell::Cell;

    struct Document<'a>(&'a Parts<'a, u8>);

    impl Serialize for Document<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut list = serializer.serialize_seq(None)?;
            list.serialize_element("head")?;
            add_parts(self.0, |part| list.serialize_element(part))?;
            list.end()
        }
    }

    /// Writes an answer with these parts, which fails behind them or is whole, and returns the output.
    fn written(of: &[u8], is_whole: bool) -> (bool, String) {
        let (mut out, begun) = (Vec::<u8>::new(), Cell::new(false));
        let parts: &Parts<'_, u8> = &|take| {
            of.iter().all(|part| {
                begun.set(true);
                take(part)
            }) && is_whole
        };
        let done = json_in_parts(HeldOutput::new(&mut out, &begun), &Document(parts)).is_ok();
        (done, String::from_utf8(out).unwrap())
    }

    #[test]
    fn nothing_is_written_before_the_first_part() {
        assert_eq!(written(&[], false), (false, String::new()));
        assert_eq!(written(&[], true), (true, "[\n  \"head\"\n]\n".to_owned()));
        let (done, text) = written(&[7], false);
        assert!(!done && text.starts_with("[\n  \"head\",\n  7"), "{text}");
        let all = "[\n  \"head\",\n  7,\n  8\n]\n".to_owned();
        assert_eq!(written(&[7, 8], true), (true, all));
    }
}
