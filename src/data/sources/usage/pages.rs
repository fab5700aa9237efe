//! Converts pages of Usage Details to CSV files, one for each shape of row, so that the same pass reads them.
//!
//! Shapes: legacy (`cost`), modern (`costInBillingCurrency`) and that of 2018-01-31 (`pretaxCost`), detected for each
//! row. Numbers keep every digit of the JSON text. Rows of other days or groups are counted and left out, because some
//! servers ignore the request's filter. Ids repeat in real data, so no row is dropped because of its id.

use super::json;
use super::json::{Members, NoRows, TextForm};
use super::sheets::{Sorted, SortedSheet};
use crate::data::columns::dates;
use crate::data::columns::layout::group_of;
use crate::data::error::DataError;
use crate::data::ingest::rows::checks::is_blank;
use crate::data::progress::{Progress, Stoppable};
use crate::data::sources::json_text::JsonError;
use crate::data::sources::utf_16::SendReader;
use crate::data::table::file_cursor::SharedFile;
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::query::columns::plain;
use crate::domain::report::usage_filter::{Property, UsageFilter};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// A page on disk, and the days requested for it.
#[derive(Debug, Clone)]
pub struct PageFile {
    pub path: PathBuf,
    pub days: Option<DateRange>,
}

/// The text of a page.
enum PageSource<'a> {
    File(&'a PageFile),
    /// An open file whose form is known, and who waits for it.
    Open(&'a Arc<File>, TextForm, &'a Progress),
}

impl PageSource<'_> {
    fn days(&self) -> Option<DateRange> {
        match self {
            Self::File(page) => page.days,
            Self::Open(..) => None,
        }
    }

    /// Its name in errors.
    fn file(&self, name: &str) -> String {
        match self {
            Self::File(PageFile { path, .. }) => {
                let file = path.file_name().unwrap_or_default();
                format!("{name}, {}", file.display())
            }
            Self::Open(..) => name.to_owned(),
        }
    }

    fn source(&self) -> io::Result<SendReader<'_>> {
        Ok(match self {
            Self::File(page) => Box::new(File::open(&page.path)?),
            Self::Open(file, _, progress) => {
                Box::new(Stoppable::new(SharedFile::new(file), progress))
            }
        })
    }

    fn form(&self, name: &str) -> Result<TextForm, DataError> {
        if let Self::Open(_, form, _) = self {
            return Ok(*form);
        }
        let source = self.source().map_err(DataError::io(name))?;
        json::look(source).map_err(|none| match none {
            NoRows::Json(error) => self.unread(name, error),
            NoRows::Other(_) => DataError::NoCostInRows {
                name: name.to_owned(),
            },
        })
    }

    fn unread(&self, name: &str, error: JsonError) -> DataError {
        match error {
            JsonError::Io(error) => DataError::io(name)(error),
            JsonError::Taker(error) => error,
            JsonError::Broken { line, .. } => DataError::Line {
                file: self.file(name),
                line,
                problem: NOT_A_ROW.to_owned(),
            },
        }
    }
}

const NOT_A_ROW: &str = "a row of Usage Details is not the JSON object that the API describes";

/// Which rows of the pages are kept.
#[derive(Debug, Default)]
pub struct KeptRows<'a> {
    /// Rows of this resource group.
    pub group: Option<&'a str>,
    /// Rows that pass the filter sent to the server.
    pub filter: Option<&'a UsageFilter>,
    /// Maximum number of rows.
    pub most: Option<u64>,
}

/// The result of sorting the pages.
#[derive(Debug, Default)]
pub struct SortedPages {
    pub files: Vec<Sorted>,
    /// Rows received.
    pub received: u64,
    /// Rows of other days, and the number of the first one.
    pub other_days: (u64, u64),
    /// Rows of other resource groups, and the number of the first one.
    pub other_groups: (u64, u64),
    /// Rows that the filter leaves out, and the number of the first one.
    pub outside_filter: (u64, u64),
    /// Rows beyond the maximum.
    pub beyond: u64,
    /// Rows of pages that the server sent twice, and the number of the first one.
    pub repeated: (u64, u64),
}

/// Checks that a JSON file has rows, and returns their form.
pub(crate) fn form_of(
    file: &Arc<File>,
    name: &str,
    progress: &Progress,
) -> Result<TextForm, DataError> {
    let source = Box::new(Stoppable::new(SharedFile::new(file), progress));
    json::look(source).map_err(|problem| match problem {
        NoRows::Other(kind) => DataError::not_csv(name, kind),
        NoRows::Json(JsonError::Io(error)) => DataError::io(name)(error),
        NoRows::Json(JsonError::Taker(error)) => error,
        NoRows::Json(JsonError::Broken { line, problem }) => DataError::Line {
            file: name.to_owned(),
            line,
            problem: format!("invalid JSON ({problem})"),
        },
    })
}

/// A row as flat fields.
struct FlatRow {
    fields: Vec<(String, String)>,
    /// Their names in lower case, once there are many.
    names: HashSet<String>,
}

/// With fewer fields than this, names are found by a linear search. Rows of the API have fewer.
const FEW: usize = 64;

impl FlatRow {
    /// Flattens a row: members of `properties` are added to those around them, and members of `meterDetails` to those.
    /// Other nested values stay JSON text. Of a repeated name the first value is kept.
    fn read(members: &Members<'_>) -> Result<Self, serde_json::Error> {
        let mut row = Self {
            fields: Vec::new(),
            names: HashSet::new(),
        };
        let is = |name: &str, word: &str| name.eq_ignore_ascii_case(word);
        let mut inner: Option<Members<'_>> = None;
        for (name, value) in &members.0 {
            if is(name, "properties") && value.get().starts_with('{') {
                inner = Some(serde_json::from_str(value.get())?);
            }
        }
        let outer = members.0.iter().filter(|(name, _)| !is(name, "properties"));
        let inner = inner.iter().flat_map(|inner| &inner.0);
        for (name, value) in inner.chain(outer) {
            if is(name, "meterDetails") {
                row.add_details(value)?;
            } else {
                row.add(name, value)?;
            }
        }
        Ok(row)
    }

    fn add_details(&mut self, value: &RawValue) -> Result<(), serde_json::Error> {
        if value.get().starts_with('{') {
            let details: Members<'_> = serde_json::from_str(value.get())?;
            for (name, value) in &details.0 {
                self.add(name, value)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, value: &RawValue) -> Result<(), serde_json::Error> {
        if self.is_taken(name) {
            return Ok(());
        }
        let text = match value.get() {
            "null" => String::new(),
            text if text.starts_with('"') => serde_json::from_str(text)?,
            text => text.to_owned(),
        };
        self.fields.push((name.to_owned(), text));
        Ok(())
    }

    fn is_taken(&mut self, name: &str) -> bool {
        if self.fields.len() < FEW {
            return self.get(name).is_some();
        }
        if self.names.is_empty() {
            let names = self
                .fields
                .iter()
                .map(|(name, _)| name.to_ascii_lowercase());
            self.names = names.collect();
        }
        !self.names.insert(name.to_ascii_lowercase())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// A hash that ignores the order of members and the spelling of numbers and ids.
    fn digest(&self) -> u128 {
        let mut fields: Vec<(String, String)> = self
            .fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| {
                let number = Amount::parse(value).map(|number| number.amount.to_string());
                let text = number.unwrap_or_else(|_| value.clone());
                let name = name.to_lowercase();
                let text = if name == "id" {
                    text.to_lowercase()
                } else {
                    text
                };
                (name, text)
            })
            .collect();
        fields.sort();
        let mut sum = Xxh3::new();
        for (name, value) in fields {
            sum.update(format!("{name}\0{value}\0").as_bytes());
        }
        sum.digest128()
    }

    /// The shape of the row, which determines the amount that counts.
    fn shape(&self) -> RowShape {
        let has = |name| self.get(name).is_some();
        let kind = self.get("kind").unwrap_or_default();
        if kind.eq_ignore_ascii_case("modern") || has("costInBillingCurrency") {
            RowShape::Modern
        } else if has("pretaxCost") && !has("cost") {
            RowShape::Old
        } else {
            RowShape::Legacy
        }
    }

    /// Keeps only rows of the page's own days: rows of other days are on their own page, or were never requested.
    fn is_kept(&self, days: Option<DateRange>, wanted: &KeptRows<'_>) -> Result<(), Left> {
        let date = self.get("date").or_else(|| self.get("usageStart"));
        let day = date.and_then(|text| dates::parse(text).ok());
        if let (Some(range), Some(day)) = (days, day)
            && !range.contains(day)
        {
            return Err(Left::OtherDay);
        }
        let group = self.group();
        let is_other = |name: &str| !group.is_some_and(|group| group.eq_ignore_ascii_case(name));
        if wanted.group.is_some_and(is_other) {
            return Err(Left::OtherGroup);
        }
        let failed = wanted
            .filter
            // Customer agreements ignore the filter.
            .and_then(|filter| {
                let ignored = self.shape() == RowShape::Modern;
                filter.fails(ignored, |property| self.property(property))
            });
        match failed {
            Some(_) => Err(Left::OutsideFilter),
            None => Ok(()),
        }
    }

    /// A member that is present and not blank.
    fn stated(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !is_blank(value.as_bytes()))
    }

    fn resource_id(&self) -> Option<&str> {
        let names = ["resourceId", "instanceId", "instanceName"];
        names.iter().find_map(|name| self.stated(name))
    }

    fn group(&self) -> Option<&str> {
        let cut = || self.resource_id().and_then(group_of);
        self.stated("resourceGroup").or_else(cut)
    }

    /// The row's value of a property that the server can filter by.
    fn property(&self, property: &Property) -> Option<String> {
        let tail = |id: &'_ str| id.rsplit('/').next().map(ToOwned::to_owned);
        match property {
            Property::ResourceGroup => self.group().map(ToOwned::to_owned),
            Property::ResourceName => match self.stated("resourceName") {
                Some(name) => Some(name.to_owned()),
                None => self.resource_id().and_then(tail),
            },
            Property::ResourceId => self.resource_id().map(ToOwned::to_owned),
            Property::ChargeType => self.stated("chargeType").map(ToOwned::to_owned),
            Property::ReservationId => self.stated("reservationId").map(ToOwned::to_owned),
            Property::PublisherType => self.stated("publisherType").map(|word| {
                // First-party rows say Microsoft or Azure.
                let word = word.to_lowercase();
                if word == "microsoft" {
                    "azure".to_owned()
                } else {
                    word
                }
            }),
            Property::Tag(wanted) => {
                let tags: BTreeMap<String, Value> =
                    serde_json::from_str(self.stated("tags")?).ok()?;
                let mut tags = tags.into_iter();
                let (_, value) =
                    tags.find(|(key, _)| key.to_lowercase() == wanted.to_lowercase())?;
                Some(value.as_str().unwrap_or_default().to_owned())
            }
        }
    }
}

enum Left {
    OtherDay,
    OtherGroup,
    OutsideFilter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum RowShape {
    Legacy,
    Modern,
    Old,
}

impl RowShape {
    /// The member that holds the cost in rows of this shape.
    fn cost(self) -> &'static str {
        match self {
            Self::Legacy => "cost",
            Self::Modern => "costinbillingcurrency",
            Self::Old => "pretaxcost",
        }
    }
}

/// Collects the columns of every shape, because a later row may add one. Returns the form of each page, and whether it was
/// sent twice: a page with the same rows as another, in any order. Repeated ids are no sign of that, since ids repeat in
/// valid data.
fn learn(
    name: &str,
    pages: &[PageSource<'_>],
    sheets: &mut Vec<(RowShape, SortedSheet)>,
    folder: &Path,
) -> Result<Vec<(TextForm, bool)>, DataError> {
    let mut learned = Vec::with_capacity(pages.len());
    let mut seen: HashSet<(Option<DateRange>, u64, u128)> = HashSet::new();
    for page in pages {
        let mut sum = 0_u128;
        let mut rows = 0_u64;
        let form = page.form(name)?;
        each_row(name, (page, form), |row| {
            rows += 1;
            sum = sum.wrapping_add(row.digest());
            let shape = row.shape();
            if !sheets.iter().any(|(known, _)| *known == shape) {
                sheets.push((shape, SortedSheet::new(folder)));
            }
            if let Some((_, sheet)) = sheets.iter_mut().find(|(known, _)| *known == shape) {
                sheet.learn(&row.fields);
            }
            Ok(())
        })?;
        let new = seen.insert((page.days(), rows, sum));
        learned.push((form, !new && rows > 0));
    }
    Ok(learned)
}

/// Sorts the rows of all pages into files without a name in `folder`.
pub fn sort(
    name: &str,
    pages: &[PageFile],
    wanted: &KeptRows<'_>,
    folder: &Path,
) -> Result<SortedPages, DataError> {
    let pages: Vec<PageSource<'_>> = pages.iter().map(PageSource::File).collect();
    sort_pages(name, &pages, wanted, folder)
}

/// Sorts the rows of an open file of this form.
pub(crate) fn sort_file(
    name: &str,
    (file, form): (&Arc<File>, TextForm),
    folder: &Path,
    progress: &Progress,
) -> Result<SortedPages, DataError> {
    let page = PageSource::Open(file, form, progress);
    sort_pages(name, &[page], &KeptRows::default(), folder)
}

fn sort_pages(
    name: &str,
    pages: &[PageSource<'_>],
    wanted: &KeptRows<'_>,
    folder: &Path,
) -> Result<SortedPages, DataError> {
    let io_error = DataError::io(name);
    let mut sheets: Vec<(RowShape, SortedSheet)> = Vec::new();
    let learned = learn(name, pages, &mut sheets, folder)?;
    let without = sheets
        .iter()
        .find(|(shape, sheet)| !sheet.columns.iter().any(|c| plain(c) == shape.cost()));
    if without.is_some() {
        return Err(DataError::NoCostInRows {
            name: name.to_owned(),
        });
    }
    let mut outcome = SortedPages::default();
    let mut kept = 0_u64;
    for (page, (form, repeated)) in pages.iter().zip(learned) {
        each_row(name, (page, form), |row| {
            outcome.received += 1;
            let number = outcome.received;
            let left = |count: &mut (u64, u64)| {
                *count = (count.0 + 1, if count.0 == 0 { number } else { count.1 });
            };
            if repeated {
                left(&mut outcome.repeated);
                return Ok(());
            }
            match row.is_kept(page.days(), wanted) {
                Err(Left::OtherDay) => left(&mut outcome.other_days),
                Err(Left::OtherGroup) => left(&mut outcome.other_groups),
                Err(Left::OutsideFilter) => left(&mut outcome.outside_filter),
                Ok(()) if wanted.most.is_some_and(|most| kept >= most) => outcome.beyond += 1,
                Ok(()) => {
                    kept += 1;
                    let shape = row.shape();
                    if let Some((_, sheet)) = sheets.iter_mut().find(|(known, _)| *known == shape) {
                        sheet.write(&row.fields, number).map_err(io_error)?;
                    }
                }
            }
            Ok(())
        })?;
    }
    for (_, sheet) in sheets {
        outcome.files.extend(sheet.finish().map_err(io_error)?);
    }
    Ok(outcome)
}

fn each_row(
    name: &str,
    (page, form): (&PageSource<'_>, TextForm),
    mut take: impl FnMut(&FlatRow) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let source = page.source().map_err(DataError::io(name))?;
    let mut number = 0;
    let read = json::each(source, form, |members| {
        number += 1;
        let row = FlatRow::read(members).map_err(|_| DataError::Row {
            file: page.file(name),
            row: number,
            column: None,
            problem: NOT_A_ROW.to_owned(),
        })?;
        Ok(take(&row)?)
    });
    read.map_err(|error| page.unread(name, error))
}
