//! Makes row groups from the columns of parsed blocks, and writes them.

mod joined;

use crate::data::columns::column_types::{ColumnKind, Filling, texts_of};
use crate::data::columns::layout::Layout;
use crate::data::columns::tag_dictionary::Sets;
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::dataset::row_marks::{Marker, RowMarks};
use crate::data::error::DataError;
use crate::data::ingest::checksums::row_checksums;
use crate::data::ingest::findings::Findings;
use crate::data::ingest::pipeline::PipelineResult;
use crate::data::ingest::projection::Projection;
use crate::data::ingest::tag_collector;
use crate::data::ingest::tag_collector::Collector;
use crate::data::table::writer::{EncodedGroup, Schema, Writer, encode, encode_plain};
use crate::domain::query::columns::Role;
use joined::{RowJoiner, TableRows};
use std::io::Write;

/// The parts that all row groups of a table share.
pub(in crate::data::dataset) struct RowGroupMaker<'a> {
    pub(in crate::data::dataset) schema: Schema,
    layout: &'a Layout,
    projection: &'a Projection,
    /// The column of tags, if it is read.
    tags: Option<usize>,
    collector: Collector,
    marker: Option<Marker>,
    /// Whether equal rows are joined.
    joins: bool,
}

/// What the rows of a block have become.
enum MadeRows {
    Group(EncodedGroup),
    /// Rows that are joined with those of other blocks.
    Joined(TableRows),
}

/// The rows of a block, and their marks.
pub(in crate::data::dataset) struct MarkedGroup {
    rows: MadeRows,
    /// `None` if rows are not marked, or if those of this block cannot be.
    marks: Option<RowMarks>,
}

impl MarkedGroup {
    /// The row group, unless its rows are joined with others.
    pub(in crate::data::dataset) fn group(&self) -> Option<&EncodedGroup> {
        match &self.rows {
            MadeRows::Group(group) => Some(group),
            MadeRows::Joined(_) => None,
        }
    }

    /// Adds its marks to those before. Rows without marks leave none.
    pub(in crate::data::dataset) fn add_marks(&self, all: &mut Option<RowMarks>) {
        match (all.as_mut(), &self.marks) {
            (Some(all), Some(marks)) => all.append(marks),
            _ => *all = None,
        }
    }
}

impl<'a> RowGroupMaker<'a> {
    pub(in crate::data::dataset) fn new(
        layout: &'a Layout,
        kinds: &[ColumnKind],
        projection: &'a Projection,
    ) -> Result<Self, DataError> {
        let tags = layout.role(Role::Tags).filter(|at| projection.reads(*at));
        let headers = projection.only(layout.headers.iter().cloned());
        let marker = Marker::of(layout, kinds, projection);
        let joins = projection.joins(kinds);
        let kinds = projection.only(kinds.iter().copied());
        let schema = if projection.is_whole() || tags.is_some() {
            Schema::new(&headers, &kinds)?
        } else {
            Schema::plain(&headers, &kinds)?
        };
        let schema = if projection.is_whole() {
            schema
        } else {
            schema.uncompressed()
        };
        let schema = if joins { schema.counted()? } else { schema };
        Ok(Self {
            schema,
            layout,
            projection,
            tags,
            collector: Collector::default(),
            marker,
            joins,
        })
    }

    /// Encodes the columns of one block. A projected table has no checksums of rows, which need all columns.
    pub(in crate::data::dataset) fn group(
        &self,
        mut columns: Vec<Filling>,
        mut findings: Findings,
    ) -> Result<PipelineResult<MarkedGroup>, DataError> {
        let rows = usize::try_from(findings.rows).unwrap_or_default();
        let whole = self.projection.is_whole();
        let tags = (whole || self.tags.is_some())
            .then(|| tag_collector::of_block(&columns, self.tags, &self.collector, &mut findings));
        findings.row_lines = Vec::new();
        if whole {
            findings.checksums = row_checksums::of_block(&columns, self.layout, rows);
        }
        let marks = self.marker.as_ref();
        let marks = marks.and_then(|marker| marker.of_block(&columns, rows));
        for (at, other) in self.projection.kept_where_blank() {
            keep_where_blank(&mut columns, at, other);
        }
        let columns = self.projection.only(columns);
        let rows = self.made((columns, tags), rows)?;
        let group = MarkedGroup { rows, marks };
        Ok(PipelineResult { group, findings })
    }

    /// Joins equal rows, or encodes all of them.
    fn made(
        &self,
        (columns, tags): (Vec<Filling>, Option<Vec<u32>>),
        rows: usize,
    ) -> Result<MadeRows, DataError> {
        if !self.joins {
            return Ok(MadeRows::Group(match tags {
                Some(tags) => encode(&self.schema, columns, tags)?,
                None => encode_plain(&self.schema, columns, rows)?,
            }));
        }
        let mut rows = TableRows::single(columns, tags, rows);
        if rows.join() {
            return Ok(MadeRows::Joined(rows));
        }
        Ok(MadeRows::Group(rows.encoded(&self.schema)?))
    }

    /// No marks yet; `None` if rows are not marked.
    pub(in crate::data::dataset) fn no_marks(&self) -> Option<RowMarks> {
        self.marker.as_ref().map(Marker::empty)
    }

    /// The tag sets of the row groups so far.
    pub(in crate::data::dataset) fn sets_so_far(&self) -> Sets {
        self.collector.sets_so_far()
    }

    /// The tag sets of all row groups.
    pub(in crate::data::dataset) fn into_sets(self) -> Sets {
        self.collector.into_sets()
    }
}

/// Writes the rows of blocks in their order, those that are joined together.
pub(in crate::data::dataset) struct RowWriter<'a, W: Write> {
    writer: Writer<W>,
    schema: &'a Schema,
    joiner: RowJoiner,
}

impl<'a, W: Write> RowWriter<'a, W> {
    pub(in crate::data::dataset) fn new(target: W, schema: &'a Schema) -> Result<Self, DataError> {
        Ok(Self {
            writer: Writer::new(target, schema)?,
            schema,
            joiner: RowJoiner::default(),
        })
    }

    /// Writes the rows of the next block, or joins them with those before.
    pub(in crate::data::dataset) fn take(&mut self, block: &MarkedGroup) -> Result<(), DataError> {
        match &block.rows {
            MadeRows::Group(group) => {
                self.write_joined()?;
                self.writer.write(group)
            }
            MadeRows::Joined(rows) => {
                self.joiner.add(rows);
                if self.joiner.is_full() {
                    self.write_joined()?;
                }
                Ok(())
            }
        }
    }

    /// Writes what is left, and returns the writer of the table.
    pub(in crate::data::dataset) fn end(mut self) -> Result<Writer<W>, DataError> {
        self.write_joined()?;
        Ok(self.writer)
    }

    /// Writes the rows that were joined so far.
    fn write_joined(&mut self) -> Result<(), DataError> {
        match self.joiner.take() {
            Some(rows) => self.writer.write(&rows.encoded(self.schema)?),
            None => Ok(()),
        }
    }
}

/// Keeps the texts of a column only where another text column is blank.
fn keep_where_blank(columns: &mut [Filling], at: usize, other: usize) {
    let (Some(texts), Some(others)) = (texts_of(columns, Some(at)), texts_of(columns, Some(other)))
    else {
        return;
    };
    let mut kept = GrowingTexts::with_rows(texts.codes().len());
    for (own, other) in texts.codes().iter().zip(others.codes()) {
        let text = texts.get(*own).filter(|_| *other == NONE);
        kept.push(text.unwrap_or_default());
    }
    if let Some(slot) = columns.get_mut(at) {
        *slot = Filling::Text(kept);
    }
}
