//! Makes row groups from the columns of parsed blocks.

use crate::data::columns::column_types::{ColumnKind, Filling};
use crate::data::columns::layout::Layout;
use crate::data::columns::tag_dictionary::Sets;
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
}

impl<'a> RowGroupMaker<'a> {
    pub(super) fn new(
        layout: &'a Layout,
        kinds: &[ColumnKind],
        projection: &'a Projection,
    ) -> Result<Self, DataError> {
        let tags = layout.role(Role::Tags).filter(|at| projection.reads(*at));
        let headers = projection.only(layout.headers.iter().cloned());
        let kinds = projection.only(kinds.iter().copied());
        let schema = if projection.is_whole() || tags.is_some() {
            Schema::new(&headers, &kinds)?
        } else {
            Schema::plain(&headers, &kinds)?
        };
        Ok(Self {
            schema,
            layout,
            projection,
            tags,
            collector: Collector::default(),
        })
    }

    /// Encodes the columns of one block. A projected table has no checksums of rows, which need all columns.
    pub(super) fn group(
        &self,
        columns: Vec<Filling>,
        mut findings: Findings,
    ) -> Result<PipelineResult<EncodedGroup>, DataError> {
        let rows = usize::try_from(findings.rows).unwrap_or_default();
        let whole = self.projection.is_whole();
        let tags = (whole || self.tags.is_some())
            .then(|| tag_collector::of_block(&columns, self.tags, &self.collector, &mut findings));
        findings.row_lines = Vec::new();
        if whole {
            findings.checksums = row_checksums::of_block(&columns, self.layout, rows);
        }
        let columns = self.projection.only(columns);
        let group = match tags {
            Some(tags) => encode(&self.schema, columns, tags)?,
            None => encode_plain(&self.schema, columns, rows)?,
        };
        Ok(PipelineResult { group, findings })
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
