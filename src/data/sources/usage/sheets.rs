//! The CSV files that rows of Usage Details are sorted into, one for each shape of row.

use crate::data::sources::csv_errors::csv_io;
use crate::data::sources::page_rows::RowNumbers;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rows of one shape.
#[derive(Debug)]
pub struct Sorted {
    /// A file without a name, which vanishes with the process.
    pub file: Arc<File>,
    pub rows: u64,
    pub numbers: RowNumbers,
}

/// One file being written.
pub(super) struct SortedSheet {
    pub(super) columns: Vec<String>,
    places: HashMap<String, usize>,
    writer: Option<csv::Writer<BufWriter<File>>>,
    folder: PathBuf,
    rows: u64,
    numbers: RowNumbers,
}

impl SortedSheet {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            columns: Vec::new(),
            places: HashMap::new(),
            writer: None,
            folder: folder.to_owned(),
            rows: 0,
            numbers: RowNumbers::default(),
        }
    }

    pub(super) fn learn(&mut self, fields: &[(String, String)]) {
        for (name, _) in fields {
            let key = name.to_lowercase();
            if !self.places.contains_key(&key) {
                self.places.insert(key, self.columns.len());
                self.columns.push(name.clone());
            }
        }
    }

    /// Writes a row with this number among all that were received.
    pub(super) fn write(&mut self, fields: &[(String, String)], number: u64) -> io::Result<()> {
        if self.writer.is_none() {
            let file = tempfile::tempfile_in(&self.folder)?;
            let mut writer = csv::Writer::from_writer(BufWriter::new(file));
            writer.write_record(&self.columns).map_err(csv_io)?;
            self.writer = Some(writer);
        }
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let mut values = vec![""; self.columns.len()];
        for (name, value) in fields {
            let place = self.places.get(&name.to_lowercase());
            if let Some(field) = place.and_then(|place| values.get_mut(*place)) {
                *field = value;
            }
        }
        writer.write_record(&values).map_err(csv_io)?;
        self.rows += 1;
        self.numbers.add(self.rows, number);
        Ok(())
    }

    /// The file, if a row was written.
    pub(super) fn finish(self) -> io::Result<Option<Sorted>> {
        let Some(mut writer) = self.writer else {
            return Ok(None);
        };
        writer.flush()?;
        Ok(Some(Sorted {
            file: Arc::new(writer.get_ref().get_ref().try_clone()?),
            rows: self.rows,
            numbers: self.numbers,
        }))
    }
}
