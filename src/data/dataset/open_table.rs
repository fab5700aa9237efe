//! An open stored table, with a cache of values that several queries need.

use crate::data::columns::text_column::NONE;
use crate::data::dataset::row_marks::RowMarks;
use crate::data::error::DataError;
use crate::data::ingest::checksums::row_checksums::RowChecksums;
use crate::data::table::stored::Stored;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The values of one tag, by tag set number.
pub(crate) struct TagColumn {
    pub(crate) codes: Vec<u32>,
    pub(crate) values: Arc<Vec<Option<String>>>,
}

/// An open stored table and its cached values.
pub(crate) struct PartData {
    pub(crate) stored: Stored,
    /// The marks of its rows, if only some columns of one of several sources were read.
    pub(crate) marks: Option<Arc<RowMarks>>,
    tags: Mutex<HashMap<String, Arc<TagColumn>>>,
    /// The bridge classes of the rows of each row group.
    parts: Vec<OnceLock<Arc<[u8]>>>,
    /// Whether its bytes are unchanged since they were written.
    unchanged: OnceLock<bool>,
}

impl PartData {
    pub(crate) fn new(stored: Stored, marks: Option<Arc<RowMarks>>) -> Self {
        Self {
            tags: Mutex::default(),
            parts: stored.groups().map(|_| OnceLock::new()).collect(),
            unchanged: OnceLock::new(),
            stored,
            marks,
        }
    }

    /// The checksums of its rows from when they were read. `None` if they follow other rules or if the table
    /// has changed since: the rows have to be read then.
    pub(crate) fn checksums(&self) -> Option<RowChecksums> {
        let sealed = self.stored.info.sealed?;
        let checksums = sealed.checksums()?;
        let unchanged = self
            .unchanged
            .get_or_init(|| self.stored.is_sealed_by(&sealed));
        unchanged.then_some(checksums)
    }

    /// The bridge class of each row of a row group, one byte each. Calculated once.
    pub(crate) fn parts(
        &self,
        group: usize,
        work: impl FnOnce() -> Result<Vec<u8>, DataError>,
    ) -> Result<Arc<[u8]>, DataError> {
        let slot = self.parts.get(group);
        if let Some(known) = slot.and_then(OnceLock::get) {
            return Ok(Arc::clone(known));
        }
        let found: Arc<[u8]> = work()?.into();
        Ok(slot.map_or_else(
            || Arc::clone(&found),
            |slot| Arc::clone(slot.get_or_init(|| Arc::clone(&found))),
        ))
    }

    /// The values of a tag. Calculated once.
    pub(crate) fn tag_column(&self, tag: &str) -> Result<Arc<TagColumn>, DataError> {
        let lower = tag.to_lowercase();
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = tags.get(&lower) {
            return Ok(Arc::clone(known));
        }
        let sets = self.stored.sets()?;
        let numbers = sets.column(tag);
        // Numbers only the values of this tag, so that there are few.
        let mut known: HashMap<u32, u32> = HashMap::new();
        let mut values = Vec::new();
        let mut codes = Vec::with_capacity(numbers.len());
        for number in numbers {
            let Some(value) = sets.values.get(number as usize) else {
                codes.push(NONE);
                continue;
            };
            codes.push(*known.entry(number).or_insert_with(|| {
                values.push(Some(value.clone()));
                u32::try_from(values.len() - 1).unwrap_or(NONE)
            }));
        }
        let values = Arc::new(values);
        let column = Arc::new(TagColumn { codes, values });
        tags.insert(lower, Arc::clone(&column));
        Ok(column)
    }
}
