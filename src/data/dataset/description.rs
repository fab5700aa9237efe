//! Describes an export as reading it would, while its rows are written.

use super::convert::whole_file::note_alike_keys;
use super::convert::{info, ingested};
use super::places;
use crate::data::columns::column_types::{ColumnKind, Filling};
use crate::data::columns::dates::DateOrder;
use crate::data::columns::tag_dictionary::Sets;
use crate::data::columns::text_column::NONE;
use crate::data::ingest::block_parser::Frame;
use crate::data::ingest::checksums::row_checksums;
use crate::data::ingest::decisions::Decisions;
use crate::data::ingest::findings::Findings;
use crate::data::ingest::head;
use crate::data::ingest::head::Head;
use crate::data::ingest::projection::Projection;
use crate::data::ingest::tag_collector;
use crate::data::ingest::tag_collector::Collector;
use crate::data::ingest::typed::filled_pass;
use crate::data::progress::Progress;
use crate::data::sources::tally::Tally;
use crate::data::table::checksum::Sealer;
use crate::data::table::footer::{Info, OrderFacts, RepairRecord};
use crate::data::table::row_checksums::RowGroupChecksum;
use crate::domain::query::columns::Role;
use std::mem;

/// The description of a table of costs that is being written.
pub(crate) struct Description {
    head: Head,
    kinds: Vec<ColumnKind>,
    decisions: Decisions,
    collector: Collector,
    /// The description so far; `None` once a value would be read as another one.
    found: Option<Findings>,
}

impl Description {
    /// `None` if a file with these columns is no table of costs, or would be read with other types.
    pub(crate) fn of(names: &[String], kinds: &[ColumnKind]) -> Option<Self> {
        let head = head::of_names("", names.to_vec())?;
        let decisions = Decisions::default();
        let own = head.kinds(&decisions);
        let mut both = own.iter().zip(kinds);
        let is_same = own.len() == kinds.len()
            && both.all(|(own, kind)| mem::discriminant(own) == mem::discriminant(kind));
        let found = Findings {
            lines: head.lines,
            ended: true,
            ..Findings::default()
        };
        is_same.then_some(Self {
            head,
            kinds: own,
            decisions,
            collector: Collector::default(),
            found: Some(found),
        })
    }

    /// Adds the rows of a row group. Returns its columns, and the number of the tag set of each row.
    pub(crate) fn add(&mut self, columns: Vec<Filling>, rows: usize) -> (Vec<Filling>, Vec<u32>) {
        let Some(mut found) = self.found.take() else {
            return (columns, vec![NONE; rows]);
        };
        let frame = Frame {
            head: &self.head,
            decisions: &self.decisions,
            kinds: &self.kinds,
            projection: &Projection::default(),
            progress: &Progress::default(),
        };
        let (columns, findings) = filled_pass::read(&frame, columns, rows);
        let Some(mut findings) = findings else {
            return (columns, vec![NONE; rows]);
        };
        let at = self.head.layout.role(Role::Tags);
        let tags = tag_collector::of_block(&columns, at, &self.collector, &mut findings);
        findings.row_lines = Vec::new();
        findings.checksums = row_checksums::of_block(&columns, &self.head.layout, rows);
        self.found = found.append(findings).map(|()| found);
        (columns, tags)
    }

    /// The description of all rows, which the sealer has seen; `None` if a value would be read as another one.
    pub(crate) fn finish(self, sealer: &Sealer) -> Option<(Info, Sets)> {
        let mut found = self.found?;
        let sets = self.collector.into_sets();
        note_alike_keys(&mut found.repairs, &sets, &self.head);
        let has_both = self.head.layout.role(Role::EffectiveCost).is_some();
        let read = ingested(self.head, &found, &Tally::default(), DateOrder::Clear);
        let mut repairs = read.repairs.clone();
        places::of_typed(&mut repairs);
        let seal = sealer.seal();
        let checksums = RowGroupChecksum::new(found.checksums, seal);
        let info = Info {
            repairs: repairs.iter().map(RepairRecord::of).collect(),
            by_row: true,
            seal: Some(seal),
            sealed: (!has_both).then_some(checksums),
            segments: sealer.segments().to_text(),
            ..info(&read, &found, &OrderFacts::default(), &self.decisions)
        };
        Some((info, sets))
    }
}
