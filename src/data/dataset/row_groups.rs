//! Makes row groups from the columns of parsed blocks.

use super::row_marks::{Marker, RowMarks};
use crate::data::columns::column_types::{ColumnKind, Filling, texts_of};
use crate::data::columns::layout::Layout;
use crate::data::columns::tag_dictionary::Sets;
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::error::DataError;
use crate::data::ingest::checksums::row_checksums;
use crate::data::ingest::findings::Findings;
use crate::data::ingest::pipeline::PipelineResult;
use crate::data::ingest::projection::Projection;
use crate::data::ingest::tag_collector;
use crate::data::ingest::tag_collector::Collector;
use crate::data::table::writer::{EncodedGroup, Schema, encode, encode_plain};
use crate::domain::query::columns::Role;

/// The parts that all row groups of a table share.
pub(super) struct RowGroupMaker<'a> {
    pub(super) schema: Schema,
    layout: &'a Layout,
    projection: &'a Projection,
    /// The column of tags, if it is read.
    tags: Option<usize>,
    collector: Collector,
    marker: Option<Marker>,
}

/// The row group of a block, and the marks of its rows.
pub(super) struct MarkedGroup {
    pub(super) group: EncodedGroup,
    /// `None` if rows are not marked, or if those of this block cannot be.
    marks: Option<RowMarks>,
}

impl MarkedGroup {
    /// Adds its marks to those before. Rows without marks leave none.
    pub(super) fn add_marks(&self, all: &mut Option<RowMarks>) {
        match (all.as_mut(), &self.marks) {
            (Some(all), Some(marks)) => all.append(marks),
            _ => *all = None,
        }
    }
}

impl<'a> RowGroupMaker<'a> {
    pub(super) fn new(
        layout: &'a Layout,
        kinds: &[ColumnKind],
        projection: &'a Projection,
    ) -> Result<Self, DataError> {
        let tags = layout.role(Role::Tags).filter(|at| projection.reads(*at));
        let headers = projection.only(layout.headers.iter().cloned());
        let marker = Marker::of(layout, kinds, projection);
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
        Ok(Self {
            schema,
            layout,
            projection,
            tags,
            collector: Collector::default(),
            marker,
        })
    }

    /// Encodes the columns of one block. A projected table has no checksums of rows, which need all columns.
    pub(super) fn group(
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
        let group = match tags {
            Some(tags) => encode(&self.schema, columns, tags)?,
            None => encode_plain(&self.schema, columns, rows)?,
        };
        let group = MarkedGroup { group, marks };
        Ok(PipelineResult { group, findings })
    }

    /// No marks yet; `None` if rows are not marked.
    pub(super) fn no_marks(&self) -> Option<RowMarks> {
        self.marker.as_ref().map(Marker::empty)
    }

    /// The tag sets of the row groups so far.
    pub(super) fn sets_so_far(&self) -> Sets {
        self.collector.sets_so_far()
    }

    /// The tag sets of all row groups.
    pub(super) fn into_sets(self) -> Sets {
        self.collector.into_sets()
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
