//! Writes the rows of a query to a file, column by column.

use super::about::{about, limited_totals};
use super::lines::{self, Around, LineForm, count};
use super::sink::{FileForm, io_error, losses_notes};
use crate::data::engine::batches::{Batch, Values, each, names};
use crate::data::error::DataError;
use crate::data::export::parquet::{self, ParquetSheet};
use crate::data::export::xlsx::XlsxSheet;
use crate::data::export::xlsx::cells::SheetCells;
use crate::data::progress::Progress;
use crate::data::room;
use crate::data::threads::ahead;
use crate::domain::query::Query;
use crate::domain::table::Table;
use crate::domain::table::text_table::{Heading, Holds, Sheet};
use crate::domain::text::counted;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::ops::explore::open;
use crate::store::files::NewFile;
use std::io::{self, BufWriter, Write};

/// A query whose rows are written.
struct WrittenRows<'a> {
    opened: &'a OpenDataset,
    query: &'a Query,
    progress: &'a Progress,
    headings: Vec<Heading>,
    /// The answer without rows.
    head: Table,
    shown: u64,
}

/// Writes the rows. Returns their number, and notes for readers of the file.
pub(super) fn write(
    opened: &OpenDataset,
    query: &Query,
    (form, file): (FileForm, &NewFile),
    progress: &Progress,
) -> Result<(u64, Vec<String>), OpsError> {
    let none = Query {
        limit: Some(0),
        ..query.clone()
    };
    let head = open::show(&opened.data, &none)?;
    let headings = names(&opened.data, query)?.into_iter().map(|name| Heading {
        holds: opened.data.holds(&name),
        name,
    });
    let limit = query.limit.map_or(u64::MAX, |limit| limit as u64);
    let rows = WrittenRows {
        opened,
        query,
        progress,
        headings: headings.collect(),
        shown: head.rows.min(limit),
        head,
    };
    progress.expect(rows.shown);
    match form {
        FileForm::Csv(form) => rows.lines(LineForm::Csv(form), &Around::default(), file),
        FileForm::Json => rows.lines(LineForm::Json, &rows.around_json()?, file),
        FileForm::Md => rows.lines(LineForm::Markdown, &rows.around_markdown(), file),
        FileForm::Parquet => rows.parquet(file),
        FileForm::Xlsx => rows.xlsx(file),
    }
}

type Done = Result<(u64, Vec<String>), OpsError>;

impl WrittenRows<'_> {
    fn lines(&self, form: LineForm, around: &Around, file: &NewFile) -> Done {
        // The pieces are larger than a buffer.
        let mut out = file.file();
        let text = (form, around);
        let written = lines::write(self.opened, self.query, text, (&mut out, self.progress))?;
        Ok((written, Vec::new()))
    }

    fn around_json(&self) -> Result<Around, OpsError> {
        let json =
            |value: serde_json::Result<String>| value.map_err(|error| io_error(error.into()));
        let sources = json(serde_json::to_string(&self.opened.names))?;
        let limited = match self.opened.limits() {
            Some(limits) => format!(",\"limited\":{}", json(serde_json::to_string(&limits))?),
            None => String::new(),
        };
        let names = self.headings.iter().map(|heading| &heading.name);
        let columns = json(serde_json::to_string(&names.collect::<Vec<_>>()))?;
        let (rows, shown) = (self.head.rows, self.shown);
        Ok(Around {
            head: format!(
                "{{\"sources\":{sources}{limited},\"rows\":{rows},\"columns\":{columns},\"shown\":{shown},\"of\":{rows},\"records\":["
            ),
            foot: "\n]}\n".to_owned(),
            foot_of_none: "\n]}\n".to_owned(),
        })
    }

    fn around_markdown(&self) -> Around {
        let totals = limited_totals(self.opened, &self.head.totals);
        let (rows, shown) = (self.head.rows, self.shown);
        let footer = format!(
            "total {totals}   {shown} of {rows} shown   {}",
            counted(rows, "row")
        );
        let sheet = Sheet {
            headings: self.headings.clone(),
            rows: Vec::new(),
            footer: vec![footer],
        };
        Around {
            head: sheet.markdown_head(),
            foot: sheet.markdown_foot(),
            foot_of_none: sheet.markdown_foot(),
        }
    }

    fn parquet(&self, file: &NewFile) -> Done {
        let out = BufWriter::new(file.file());
        let mut sheet = ParquetSheet::of_rows(&self.headings, out)?;
        let prepare = |at, values| parquet::prepare(self.holds(at), values).map_err(of_file);
        let mut written = 0;
        each(
            &self.opened.data,
            self.query,
            1,
            prepare,
            |batch: Batch<Values>| {
                sheet.take_batch(&batch).map_err(of_file)?;
                written += batch.rows as u64;
                count(self.progress, batch.rows);
                Ok(())
            },
        )?;
        sheet.finish()?.flush().map_err(io_error)?;
        Ok((written, Vec::new()))
    }

    /// The rows of the next batch are read while those of one are written.
    fn xlsx(&self, file: &NewFile) -> Done {
        /// The batch that is written, and the next one.
        const AHEAD: usize = 2;
        let mut sheet = XlsxSheet::new(&self.headings, file.folder())?;
        let (data, query) = (&self.opened.data, self.query);
        let holds: Vec<Holds> = self.headings.iter().map(|heading| heading.holds).collect();
        let prepare = |at: usize, values| {
            let holds = holds.get(at).copied().unwrap_or(Holds::Text);
            Ok(SheetCells::of(holds, values))
        };
        let mut written = 0;
        let take = |batch: Batch<SheetCells>| {
            let wanted = || data.check_wanted();
            sheet
                .take_batch(&batch, data.threads(), wanted)
                .map_err(of_file)?;
            written += batch.rows as u64;
            count(self.progress, batch.rows);
            Ok(())
        };
        if room::is_tight() {
            each(data, query, 1, prepare, take)?;
        } else {
            ahead(|send| each(data, query, AHEAD, prepare, send), take)?;
        }
        let about = about(
            self.opened,
            query,
            &limited_totals(self.opened, &self.head.totals),
        );
        let losses = sheet.finish(&about, BufWriter::new(file.file()))?;
        Ok((written, losses_notes(&losses)))
    }

    fn holds(&self, at: usize) -> Holds {
        let heading = self.headings.get(at);
        heading.map_or(Holds::Text, |heading| heading.holds)
    }
}

/// An error of the file that is written, whichever kind it is: the message names the file.
fn of_file(error: DataError) -> DataError {
    match error {
        error @ (DataError::Taker(_) | DataError::Cancelled) => error,
        other => DataError::Taker(io::Error::other(other)),
    }
}
