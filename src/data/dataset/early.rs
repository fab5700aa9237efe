//! Hands on the rows of a file while it is read, in small tables of the columns that one question needs.

use super::DataPart;
use super::row_groups::RowGroupMaker;
use super::wanted::Wanted;
use crate::data::columns::layout::Layout;
use crate::data::columns::tag_dictionary::Sets;
use crate::data::error::DataError;
use crate::data::ingest::block_parser::Frame;
use crate::data::table::bytes::Bytes;
use crate::data::table::footer::{Info, SCHEMA};
use crate::data::table::parquet_file::ParquetFile;
use crate::data::table::stored::Stored;
use crate::data::table::writer::{EncodedGroup, Schema, Writer};
use crate::domain::query::columns::Role;

/// Rows that are handed on together: many, because each table costs something, and few, because they are held.
const TOGETHER: u64 = 1 << 17;

/// Takes the rows of files while these are read.
pub trait EarlyRows: Sync {
    /// The columns that are handed on.
    fn wanted(&self) -> &Wanted;

    /// Whether rows are asked for now, however few they are.
    fn is_due(&self) -> bool;

    /// The rows of a file follow, or those of a further table in it. Several files may be read at a time.
    fn begin(&self, name: &str);

    /// Nothing counts that was handed on of this file since it began: it is refused, or read once more.
    fn again(&self, name: &str);

    /// Nothing counts that was handed on, because rows are missing or were handed on twice.
    fn lose(&self);

    /// Takes rows of a file that has begun.
    fn take(&self, name: &str, rows: DataPart);

    /// Takes a part that was read as a whole. If its rows were handed on before, they count from now on as they are.
    fn whole(&self, part: &DataPart);
}

/// The rows of a file that are to be handed on. An error here ends the handing on, not the reading.
pub(super) struct EarlyTable<'a>(Option<Handing<'a>>);

struct Handing<'a> {
    to: &'a dyn EarlyRows,
    name: &'a str,
    layout: &'a Layout,
    maker: &'a RowGroupMaker<'a>,
    schema: Schema,
    /// The places of the columns in a row group.
    places: Vec<usize>,
    has_tags: bool,
    writer: Option<Writer<Vec<u8>>>,
    rows: u64,
}

impl<'a> EarlyTable<'a> {
    /// Starts the rows of a file.
    pub(super) fn of(
        to: Option<&'a dyn EarlyRows>,
        name: &'a str,
        frame: &Frame<'a>,
        maker: &'a RowGroupMaker<'a>,
    ) -> Self {
        let Some(to) = to.filter(|_| !frame.head.fields.is_empty()) else {
            return Self(None);
        };
        let handing = Handing::new(to, name, frame, maker).ok();
        let handing = handing.filter(|_| frame.projection.is_whole());
        if handing.is_none() {
            to.lose();
        }
        Self(handing)
    }

    /// Takes a row group. Rows that are joined with others are never handed on.
    pub(super) fn take(&mut self, group: Option<&EncodedGroup>) {
        self.unless_it_fails(|handing| group.map_or(Ok(()), |group| handing.add(group)));
    }

    /// Hands on what is left.
    pub(super) fn end(mut self) {
        self.unless_it_fails(Handing::hand_on);
    }

    fn unless_it_fails(&mut self, work: impl FnOnce(&mut Handing<'a>) -> Result<(), DataError>) {
        let Some(handing) = &mut self.0 else {
            return;
        };
        if let Err(error) = work(handing) {
            tracing::warn!(%error, "the first numbers of a file cannot be shown");
            handing.to.lose();
            self.0 = None;
        }
    }
}

impl<'a> Handing<'a> {
    fn new(
        to: &'a dyn EarlyRows,
        name: &'a str,
        frame: &Frame<'a>,
        maker: &'a RowGroupMaker<'a>,
    ) -> Result<Self, DataError> {
        let layout = &frame.head.layout;
        let wanted = to.wanted().in_layout(layout);
        let headers = wanted.only(layout.headers.iter().cloned());
        let kinds = wanted.only(frame.kinds.iter().copied());
        let mut places = wanted.only(0..layout.headers.len());
        let tags = layout.role(Role::Tags).filter(|at| wanted.reads(*at));
        let schema = if tags.is_some() {
            // The numbers of the tag sets are behind all columns.
            places.push(layout.headers.len());
            Schema::new(&headers, &kinds)?
        } else {
            Schema::plain(&headers, &kinds)?
        };
        Ok(Self {
            to,
            name,
            layout,
            maker,
            schema,
            places,
            has_tags: tags.is_some(),
            writer: None,
            rows: 0,
        })
    }

    fn add(&mut self, group: &EncodedGroup) -> Result<(), DataError> {
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => Writer::new(Vec::new(), &self.schema)?,
        };
        writer.write_only(group, &self.places)?;
        self.writer = Some(writer);
        self.rows += group.rows();
        if self.rows < TOGETHER && !self.to.is_due() {
            return Ok(());
        }
        self.hand_on()
    }

    fn hand_on(&mut self) -> Result<(), DataError> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let info = Info {
            schema: SCHEMA,
            dialect: self.layout.dialect.word().to_owned(),
            rows: std::mem::take(&mut self.rows),
            headers: Some(self.layout.headers.clone()),
            ..Info::default()
        };
        let sets = if self.has_tags {
            self.maker.sets_so_far()
        } else {
            Sets::default()
        };
        let bytes = Bytes::Memory(writer.finish(&info, &sets)?.into());
        let stored = Stored::open(ParquetFile::open(bytes)?, self.name)?;
        self.to.take(self.name, DataPart::of(stored, self.name));
        Ok(())
    }
}
