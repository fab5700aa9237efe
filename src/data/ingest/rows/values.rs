//! Reads rows column by column: the values of a column repeat from row to row, and what they are compared with stays in
//! the cache.

use super::checks;
use super::seen::SeenFields;
use super::{Row, Rows};
use crate::data::columns::column_types::{
    ColumnKind, Filling, NO_AMOUNT, amounts_of, read_plain_amount, texts_of,
};
use crate::data::columns::text_column::NONE;
use crate::data::ingest::block_parser::BlockParser;
use crate::data::ingest::findings::Totals;
use crate::data::ingest::halt::{ParseStop, Restart};
use crate::data::ingest::structure::RecordBatch;
use crate::domain::money::Amount;
use std::ops::Range;

/// The first row that stops the reading, and why.
pub(in crate::data::ingest) type Stopped = (usize, ParseStop);

impl BlockParser<'_, '_> {
    /// Reads rows. What stops the reading is that of the first row and, in it, of the first column.
    pub(in crate::data::ingest) fn rows(&mut self, rows: &Rows<'_>) -> Result<(), Stopped> {
        let projection = self.frame.projection;
        self.checked.clear();
        self.checked.resize(rows.len(), Totals::default());
        let (mut count, mut stop) = (rows.len(), None);
        for column in 0..self.frame.head.fields.len() {
            if projection.reads(column) && projection.fallback_of(column).is_none() {
                let read = self.column(column, rows, count);
                read.unwrap_or_else(|(row, why)| (count, stop) = (row, Some(why)));
            }
        }
        for (column, other) in projection.fallbacks() {
            self.fallback(column, other, rows, count);
        }
        let first = usize::try_from(self.findings.rows).unwrap_or_default();
        for at in 0..count {
            let row = rows.row(at);
            self.hours(row);
            let checked = self.checked.get(at).copied().unwrap_or_default();
            self.add_up(first + at, row.line, checked)
                .map_err(|stop| (at, stop))?;
        }
        if let Some(stop) = stop {
            return Err((count, stop));
        }
        self.complete(rows);
        Ok(())
    }

    /// Records facts about rows whose values were all read.
    fn complete(&mut self, rows: &Rows<'_>) {
        let first = usize::try_from(self.findings.rows).unwrap_or_default();
        let places = first..first + rows.len();
        self.note_rows(places);
        for at in 0..rows.len() {
            let line = rows.row(at).line;
            self.findings.last_line = line;
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            self.findings.row_lines.push(line);
        }
        self.findings.rows += rows.len() as u64;
    }

    /// Adds rows to the fingerprint and to the evidence for the metric.
    pub(in crate::data::ingest) fn note_rows(&mut self, places: Range<usize>) {
        if self.frame.projection.is_whole() {
            for (row, place) in checks::hashes(&self.columns, &self.hashed, &places) {
                self.findings.fingerprint.add(row, place);
            }
        }
        self.charges
            .note_rows(&self.columns, places, &mut self.findings.proofs);
    }

    /// Reads one column of so many rows.
    fn column(&mut self, column: usize, rows: &Rows<'_>, count: usize) -> Result<(), Stopped> {
        let Rows::Batch(batch) = rows else {
            return self.cells(column, rows, 0..count);
        };
        if !self.may_repeat(column) {
            return self.amounts(column, (rows, batch), count);
        }
        // They are put back below; nothing else needs those of this column.
        let mut seen = match self.seen.get_mut(column) {
            Some(seen) => std::mem::take(seen),
            None => SeenFields::default(),
        };
        let read = self.repeating(column, (rows, batch), count, &mut seen);
        if let Some(slot) = self.seen.get_mut(column) {
            *slot = seen;
        }
        read
    }

    /// Reads each field of a column with care.
    fn cells(&mut self, column: usize, rows: &Rows<'_>, at: Range<usize>) -> Result<(), Stopped> {
        for at in at {
            self.cell(column, rows.row(at)).map_err(|stop| (at, stop))?;
        }
        Ok(())
    }

    /// Reads a column in which equal fields have equal values.
    fn repeating(
        &mut self,
        column: usize,
        (rows, batch): (&Rows<'_>, &RecordBatch),
        count: usize,
        seen: &mut SeenFields,
    ) -> Result<(), Stopped> {
        let text = self.text;
        let first = usize::try_from(self.findings.rows).unwrap_or_default();
        for at in 0..count {
            let (start, raw) = batch.raw(text, at, column);
            if let Some(row) = seen.find(text, raw) {
                if let Some(filling) = self.columns.get_mut(column) {
                    filling.repeat(row);
                }
                continue;
            }
            if !self.is_known(column, raw) {
                let repairs = self.findings.repairs.made();
                self.cell(column, rows.row(at)).map_err(|stop| (at, stop))?;
                if self.findings.repairs.made() != repairs {
                    continue;
                }
            }
            seen.keep(start, raw, first + at);
        }
        Ok(())
    }

    /// Reads a column whose values are checked in every row, such as the cost. An amount in its usual form needs no other
    /// look.
    fn amounts(
        &mut self,
        column: usize,
        (rows, batch): (&Rows<'_>, &RecordBatch),
        count: usize,
    ) -> Result<(), Stopped> {
        let is_alone = self.rivals.get(column).is_none_or(Vec::is_empty);
        for at in 0..count {
            let (_, raw) = batch.raw(self.text, at, column);
            let plain = read_plain_amount(raw).filter(|_| is_alone);
            match (self.columns.get_mut(column), plain) {
                (Some(Filling::Amount(units)), Some((stored, checked))) => {
                    units.push(stored.units());
                    self.keep_checked(column, at, checked);
                }
                _ => self.cells(column, rows, at..at + 1)?,
            }
        }
        Ok(())
    }

    /// Whether equal fields of a column have equal values, whatever else is in their rows.
    fn may_repeat(&self, column: usize) -> bool {
        let is_summed = [self.at.cost, self.at.effective].contains(&Some(column));
        !is_summed && self.rivals.get(column).is_none_or(Vec::is_empty)
    }

    /// Adds a field of a text column that is written exactly as a value the column has already: nothing of it is
    /// repaired. Tags, and fields in quotes, are written in more ways than one.
    fn is_known(&mut self, column: usize, raw: &[u8]) -> bool {
        let is_tag = self.tags.get(column) == Some(&true);
        match self.columns.get_mut(column) {
            Some(Filling::Text(texts)) if !is_tag && raw.first() != Some(&b'"') => {
                texts.push_known(raw)
            }
            Some(Filling::Text(_) | Filling::Amount(_) | Filling::Day(_)) | None => false,
        }
    }

    /// Reads a text column only in the rows where another column is blank.
    fn fallback(&mut self, column: usize, other: usize, rows: &Rows<'_>, count: usize) {
        let first = usize::try_from(self.findings.rows).unwrap_or_default();
        let texts = texts_of(&self.columns, Some(other));
        let codes = texts.and_then(|texts| texts.codes().get(first..first + count));
        if codes.is_some_and(|codes| !codes.contains(&NONE)) {
            if let Some(Filling::Text(texts)) = self.columns.get_mut(column) {
                texts.push_blanks(count);
            }
            return;
        }
        for at in 0..count {
            let texts = texts_of(&self.columns, Some(other));
            let code = texts.and_then(|texts| texts.codes().get(first + at));
            let is_blank = code == Some(&NONE);
            if is_blank {
                // A text is never refused.
                let _ = self.cell(column, rows.row(at));
            } else if let Some(Filling::Text(texts)) = self.columns.get_mut(column) {
                texts.push_code(NONE);
            }
        }
    }

    /// Reads one field.
    fn cell(&mut self, column: usize, row: Row<'_>) -> Result<(), ParseStop> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let field = row.field(self.text, column);
        let mut bytes = field
            .as_ref()
            .map(|field| field.bytes(self.text, &mut scratch))
            .unwrap_or_default();
        if column == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes = bytes.get(3..).unwrap_or_default();
            self.findings.repairs.add("second-bom", 1, row.line);
        }
        let is_tag = self.tags.get(column) == Some(&true);
        // Only costscope writes columns of tags, where the word is a value.
        if !is_tag && checks::is_null_word(bytes) {
            bytes = b"";
            self.findings.repairs.add("null-word", 1, row.line);
        }
        let result = if is_tag {
            let is_there = field.is_some_and(|field| field.is_quoted(self.text));
            self.tag(
                column,
                (!bytes.is_empty() || is_there).then_some(bytes),
                row.line,
            );
            Ok(())
        } else if self.rivals.get(column).is_none_or(Vec::is_empty) {
            self.value(column, bytes, row)
        } else {
            self.value_or_rival(column, bytes, row)
        };
        self.scratch = scratch;
        if self.judged.is_some() {
            self.judge(row);
        }
        result
    }

    pub(in crate::data::ingest) fn value(
        &mut self,
        at: usize,
        bytes: &[u8],
        row: Row<'_>,
    ) -> Result<(), ParseStop> {
        match self.columns.get_mut(at) {
            Some(Filling::Text(texts)) => {
                let inner = if self.trimmed.get(at) == Some(&true) {
                    checks::without_edges(bytes)
                } else {
                    bytes
                };
                if inner.len() < bytes.len() && !inner.is_empty() {
                    self.findings.repairs.add("outer-blanks", 1, row.line);
                }
                let (code, new) = texts.push(inner);
                if new && let Some(kind) = checks::oddity(inner) {
                    self.odd.push((at, code, kind, row.line));
                }
                Ok(())
            }
            Some(Filling::Amount(_)) => self.amount(at, bytes, row),
            Some(Filling::Day(_)) => self.day(at, bytes, row.line),
            None => Ok(()),
        }
    }

    /// Tag values are kept as written, including blanks.
    fn tag(&mut self, at: usize, value: Option<&[u8]>, line: u64) {
        if let Some(Filling::Text(texts)) = self.columns.get_mut(at) {
            let before = texts.distinct();
            texts.push_value(value);
            let code = texts.codes().last().copied().unwrap_or(NONE);
            if texts.distinct() > before
                && let Some(kind) = value.and_then(checks::oddity)
            {
                self.odd.push((at, code, kind, line));
            }
        }
    }

    fn amount(&mut self, at: usize, bytes: &[u8], row: Row<'_>) -> Result<(), ParseStop> {
        let must = self.frame.kinds.get(at) == Some(&ColumnKind::Amount { must: true });
        let stored = if checks::without_edges(bytes).is_empty() {
            NO_AMOUNT
        } else {
            match crate::data::columns::column_types::read_amount(bytes, must) {
                Ok((stored, parsed)) => {
                    if parsed.rounded {
                        let kind = if must {
                            "rounded-amount"
                        } else {
                            "rounded-number"
                        };
                        self.findings.repairs.add(kind, 1, row.line);
                    }
                    self.keep_checked(at, row.at, parsed.amount);
                    stored.units()
                }
                Err(_) if !must => {
                    let line = row.line;
                    return Err(ParseStop::Restart(Restart::NoNumber { column: at, line }));
                }
                Err(problem) => return Err(self.trouble(at, row.line, problem)),
            }
        };
        if let Some(Filling::Amount(units)) = self.columns.get_mut(at) {
            units.push(stored);
        }
        Ok(())
    }

    /// Keeps the amount of the checking parser for [`BlockParser::add_up`].
    fn keep_checked(&mut self, column: usize, row: usize, amount: Amount) {
        let Some(checked) = self.checked.get_mut(row) else {
            return;
        };
        if Some(column) == self.at.cost {
            checked.cost = amount;
        } else if Some(column) == self.at.effective {
            checked.effective = amount;
        }
    }

    /// Adds the amounts of the row at a place, from the checking parser, to the totals of its currency.
    pub(in crate::data::ingest) fn add_up(
        &mut self,
        place: usize,
        line: u64,
        checked: Totals,
    ) -> Result<(), ParseStop> {
        let amount = |at: Option<usize>| amounts_of(&self.columns, at).get(place).copied();
        let has_amount = |at| amount(at).is_some_and(|units| units != NO_AMOUNT);
        let has_cost = has_amount(self.at.cost);
        if amount(self.at.cost) == Some(NO_AMOUNT) {
            let kind = if has_amount(self.at.effective) {
                "no-billed-cost"
            } else {
                "blank-cost"
            };
            self.findings.repairs.add(kind, 1, line);
        }
        if !has_cost && checked == Totals::default() {
            return Ok(());
        }
        let code = texts_of(&self.columns, self.at.currency)
            .and_then(|texts| texts.codes().get(place).copied())
            .unwrap_or(NONE);
        if code != NONE && self.totals.len() <= code as usize {
            self.totals.resize(code as usize + 1, Totals::default());
        }
        let total = self
            .totals
            .get_mut(code as usize)
            .unwrap_or(&mut self.without);
        *total = total.plus(checked).ok_or(ParseStop::Overflow)?;
        Ok(())
    }
}
