//! Converts pages of Usage Details to CSV files, one for each shape of row, so that the same pass reads them.
//!
//! Shapes: legacy (`cost`), modern (`costInBillingCurrency`) and that of 2018-01-31 (`pretaxCost`), detected for each
//! row. Numbers keep every digit of the JSON text. Rows of other days or groups are counted and left out, because some
//! servers ignore the request's filter. Ids repeat in real data, so no row is dropped because of its id.

use super::usage_json;
use super::usage_json::{Members, NoRows};
use super::usage_sheets::{Sheet, Sorted};
use crate::data::columns::dates;
use crate::data::columns::layout::group_of;
use crate::data::error::DataError;
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::query::columns::plain;
use crate::domain::report::usage_filter::{Property, UsageFilter};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

/// A page on disk, and the days requested for it.
#[derive(Debug, Clone)]
pub struct PageFile {
    pub path: PathBuf,
    pub days: Option<DateRange>,
}

/// The text of a page: read when it is needed, or held already.
enum Page<'a> {
    File(&'a PageFile),
    Text(&'a [u8]),
}

impl Page<'_> {
    fn days(&self) -> Option<DateRange> {
        match self {
            Self::File(page) => page.days,
            Self::Text(_) => None,
        }
    }
}

/// Which rows of the pages are kept.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// Rows of this resource group.
    pub group: Option<&'a str>,
    /// Rows that pass the filter sent to the server.
    pub filter: Option<&'a UsageFilter>,
    /// Maximum number of rows.
    pub most: Option<u64>,
}

/// The result of sorting the pages.
#[derive(Debug, Default)]
pub struct Outcome {
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

/// Checks that a JSON file is a page of rows, and returns whether its list continues on another page.
pub fn goes_on(bytes: &[u8], name: &str) -> Result<bool, DataError> {
    let text = usage_json::text_of(bytes);
    let rows = usage_json::rows_of(&text).map_err(|problem| not_rows(problem, name))?;
    Ok(rows.goes_on)
}

fn not_rows(problem: NoRows, name: &str) -> DataError {
    match problem {
        NoRows::Other(kind) => DataError::not_csv(name, kind),
        NoRows::Broken(error) => DataError::Line {
            file: name.to_owned(),
            line: error.line() as u64,
            problem: format!("invalid JSON ({error})"),
        },
    }
}

/// A row as flat fields.
struct Row {
    fields: Vec<(String, String)>,
    /// Their names in lower case, once there are many.
    names: HashSet<String>,
}

/// With fewer fields than this, names are found by a linear search. Rows of the API have fewer.
const FEW: usize = 64;

impl Row {
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
    fn shape(&self) -> Shape {
        let has = |name| self.get(name).is_some();
        let kind = self.get("kind").unwrap_or_default();
        if kind.eq_ignore_ascii_case("modern") || has("costInBillingCurrency") {
            Shape::Modern
        } else if has("pretaxCost") && !has("cost") {
            Shape::Old
        } else {
            Shape::Legacy
        }
    }

    /// Keeps only rows of the page's own days: rows of other days are on their own page, or were never requested.
    fn is_kept(&self, days: Option<DateRange>, wanted: &Wanted<'_>) -> Result<(), Left> {
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
                let ignored = self.shape() == Shape::Modern;
                filter.fails(ignored, |property| self.property(property))
            });
        match failed {
            Some(_) => Err(Left::OutsideFilter),
            None => Ok(()),
        }
    }

    /// A member that is present and not blank.
    fn stated(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.trim().is_empty())
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
enum Shape {
    Legacy,
    Modern,
    Old,
}

impl Shape {
    /// The member that holds the cost in rows of this shape.
    fn cost(self) -> &'static str {
        match self {
            Self::Legacy => "cost",
            Self::Modern => "costinbillingcurrency",
            Self::Old => "pretaxcost",
        }
    }
}

/// Collects the columns of every shape, because a later row may add one. Returns which pages were sent twice: a page
/// with the same rows as another, in any order. Repeated ids are no sign of that, since ids repeat in valid data.
fn learn(
    name: &str,
    pages: &[Page<'_>],
    sheets: &mut Vec<(Shape, Sheet)>,
    folder: &Path,
) -> Result<Vec<bool>, DataError> {
    let mut repeated = Vec::with_capacity(pages.len());
    let mut seen: HashSet<(Option<DateRange>, u64, u128)> = HashSet::new();
    for page in pages {
        let mut sum = 0_u128;
        let mut rows = 0_u64;
        each_row(name, page, |row| {
            rows += 1;
            sum = sum.wrapping_add(row.digest());
            let shape = row.shape();
            if !sheets.iter().any(|(known, _)| *known == shape) {
                sheets.push((shape, Sheet::new(folder)));
            }
            if let Some((_, sheet)) = sheets.iter_mut().find(|(known, _)| *known == shape) {
                sheet.learn(&row.fields);
            }
            Ok(())
        })?;
        let new = seen.insert((page.days(), rows, sum));
        repeated.push(!new && rows > 0);
    }
    Ok(repeated)
}

/// Sorts the rows of all pages into files without a name in `folder`.
pub fn sort(
    name: &str,
    pages: &[PageFile],
    wanted: &Wanted<'_>,
    folder: &Path,
) -> Result<Outcome, DataError> {
    let pages: Vec<Page<'_>> = pages.iter().map(Page::File).collect();
    sort_pages(name, &pages, wanted, folder)
}

/// Sorts the rows of one page that is held already.
pub fn sort_text(name: &str, text: &[u8], folder: &Path) -> Result<Outcome, DataError> {
    sort_pages(name, &[Page::Text(text)], &Wanted::default(), folder)
}

fn sort_pages(
    name: &str,
    pages: &[Page<'_>],
    wanted: &Wanted<'_>,
    folder: &Path,
) -> Result<Outcome, DataError> {
    let io_error = DataError::io(name);
    let mut sheets: Vec<(Shape, Sheet)> = Vec::new();
    let repeated = learn(name, pages, &mut sheets, folder)?;
    let without = sheets
        .iter()
        .find(|(shape, sheet)| !sheet.columns.iter().any(|c| plain(c) == shape.cost()));
    if without.is_some() {
        return Err(DataError::NoCostInRows {
            name: name.to_owned(),
        });
    }
    let mut outcome = Outcome::default();
    let mut kept = 0_u64;
    for (page, repeated) in pages.iter().zip(repeated) {
        each_row(name, page, |row| {
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
    page: &Page<'_>,
    mut take: impl FnMut(&Row) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let (bytes, file) = match page {
        Page::Text(text) => (Cow::Borrowed(*text), name.to_owned()),
        Page::File(PageFile { path, .. }) => {
            let read = File::open(path).and_then(usage_json::bytes_of);
            let file = path.file_name().unwrap_or_default();
            let file = format!("{name}, {}", file.display());
            (Cow::Owned(read.map_err(DataError::io(name))?), file)
        }
    };
    let problem = "a row of Usage Details is not the JSON object that the API describes";
    let text = usage_json::text_of(&bytes);
    let rows = usage_json::rows_of(&text).map_err(|none| match none {
        NoRows::Broken(error) => DataError::Line {
            file: file.clone(),
            line: error.line() as u64,
            problem: problem.to_owned(),
        },
        NoRows::Other(_) => DataError::NoCostInRows {
            name: name.to_owned(),
        },
    })?;
    for (number, members) in (1..).zip(&rows.rows) {
        let row = Row::read(members).map_err(|_| DataError::Row {
            file: file.clone(),
            row: number,
            column: None,
            problem: problem.to_owned(),
        })?;
        take(&row)?;
    }
    Ok(())
}
