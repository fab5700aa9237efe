//! Pages of Usage Details turned into CSV files, one for each shape of row, so that the same pass reads them.
//!
//! Shapes: legacy (`cost`), modern (`costInBillingCurrency`) and that of 2018-01-31 (`pretaxCost`), told apart row by
//! row. Numbers keep every digit of the JSON text. Rows of other days, or of other groups, are counted and left out:
//! some servers ignore what they were asked for. Ids repeat in real data and say nothing; no row is dropped for one.

use super::dates;
use super::engine::keys::group_of;
use super::error::DataError;
use crate::domain::columns::plain;
use crate::domain::period::DateRange;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::marker::PhantomData;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A page on disk, and the days it was asked for.
#[derive(Debug, Clone)]
pub struct PageFile {
    pub path: PathBuf,
    pub days: Option<DateRange>,
}

/// The rows of one shape.
#[derive(Debug)]
pub struct Sorted {
    pub path: PathBuf,
    pub rows: u64,
}

/// What became of the pages.
#[derive(Debug, Default)]
pub struct Outcome {
    pub files: Vec<Sorted>,
    /// Rows received.
    pub received: u64,
    /// Rows of other days, and the number of the first one.
    pub other_days: (u64, u64),
    /// Rows of other resource groups, and the number of the first one.
    pub other_groups: (u64, u64),
}

/// Members of a JSON object in their order, values as text.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Reader<'a> {
            type Value = Members<'a>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<Name<'a>, &'a RawValue>()? {
                    members.push((member.0.0, member.1));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// A member's name, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow, default)]
    value: Option<Vec<Members<'a>>>,
    #[serde(default)]
    next_link: Option<serde::de::IgnoredAny>,
}

/// Whether a file is a page of rows, and whether its list goes on behind it.
pub fn page_of(path: &Path) -> Option<bool> {
    let text = fs::read(path).ok()?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let page: Page<'_> = serde_json::from_slice(text).ok()?;
    page.value.map(|_| page.next_link.is_some())
}

/// A row as flat fields.
struct Row {
    fields: Vec<(String, String)>,
}

impl Row {
    /// Members of `properties` stand beside those around them, members of `meterDetails` beside those; what else is
    /// nested stays JSON text. A name that is taken keeps its first value.
    fn read(members: &Members<'_>) -> Result<Self, serde_json::Error> {
        let mut row = Self { fields: Vec::new() };
        let mut inner: Option<Members<'_>> = None;
        for (name, value) in &members.0 {
            if name == "properties" && value.get().starts_with('{') {
                inner = Some(serde_json::from_str(value.get())?);
            }
        }
        if let Some(inner) = &inner {
            for (name, value) in &inner.0 {
                if name == "meterDetails" && value.get().starts_with('{') {
                    let details: Members<'_> = serde_json::from_str(value.get())?;
                    for (name, value) in &details.0 {
                        row.add(name, value)?;
                    }
                } else if name != "meterDetails" {
                    row.add(name, value)?;
                }
            }
        }
        for (name, value) in members.0.iter().filter(|(name, _)| name != "properties") {
            row.add(name, value)?;
        }
        Ok(row)
    }

    fn add(&mut self, name: &str, value: &RawValue) -> Result<(), serde_json::Error> {
        if self.get(name).is_some() {
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

    fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Which amount counts.
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

    /// Only rows of the page's own days: those of others come with their own page, or were never asked for.
    fn is_kept(&self, days: Option<DateRange>, group: Option<&str>) -> Result<(), Left> {
        let date = self.get("date").or_else(|| self.get("usageStart"));
        let day = date.and_then(|text| dates::parse(text).ok());
        if let (Some(range), Some(day)) = (days, day)
            && !range.contains(day)
        {
            return Err(Left::OtherDay);
        }
        let Some(wanted) = group else {
            return Ok(());
        };
        let stated = self
            .get("resourceGroup")
            .filter(|group| !group.trim().is_empty());
        let id = ["resourceId", "instanceId", "instanceName"]
            .iter()
            .find_map(|name| self.get(name).and_then(group_of));
        match stated.or(id) {
            Some(group) if group.eq_ignore_ascii_case(wanted) => Ok(()),
            _ => Err(Left::OtherGroup),
        }
    }
}

enum Left {
    OtherDay,
    OtherGroup,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Shape {
    Legacy,
    Modern,
    Old,
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Modern => "modern",
            Self::Old => "2018",
        }
    }

    /// The member without which there is no money in such rows.
    fn cost(self) -> &'static str {
        match self {
            Self::Legacy => "cost",
            Self::Modern => "costinbillingcurrency",
            Self::Old => "pretaxcost",
        }
    }
}

/// One file being written.
struct Sheet {
    columns: Vec<String>,
    places: HashMap<String, usize>,
    writer: Option<csv::Writer<BufWriter<File>>>,
    path: PathBuf,
    rows: u64,
}

impl Sheet {
    fn new(folder: &Path, shape: Shape) -> Self {
        Self {
            columns: Vec::new(),
            places: HashMap::new(),
            writer: None,
            path: folder.join(format!("rows-{}.csv", shape.name())),
            rows: 0,
        }
    }

    fn learn(&mut self, row: &Row) {
        for (name, _) in &row.fields {
            let key = name.to_lowercase();
            if !self.places.contains_key(&key) {
                self.places.insert(key, self.columns.len());
                self.columns.push(name.clone());
            }
        }
    }

    fn write(&mut self, row: &Row) -> io::Result<()> {
        if self.writer.is_none() {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&self.path)?;
            let mut writer = csv::Writer::from_writer(BufWriter::new(file));
            writer.write_record(&self.columns)?;
            self.writer = Some(writer);
        }
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let mut fields = vec![""; self.columns.len()];
        for (name, value) in &row.fields {
            let place = self.places.get(&name.to_lowercase());
            if let Some(field) = place.and_then(|place| fields.get_mut(*place)) {
                *field = value;
            }
        }
        writer.write_record(&fields)?;
        self.rows += 1;
        Ok(())
    }
}

/// Sorts the rows of all pages into files under `folder`.
pub fn sort(
    name: &str,
    pages: &[PageFile],
    group: Option<&str>,
    folder: &Path,
) -> Result<Outcome, DataError> {
    let io_error = |source: io::Error| DataError::Io {
        file: name.to_owned(),
        source,
    };
    let mut sheets: Vec<(Shape, Sheet)> = Vec::new();
    // Columns first: a row may bring one that those before it do not have.
    for page in pages {
        each_row(name, &page.path, |row| {
            let shape = row.shape();
            if !sheets.iter().any(|(known, _)| *known == shape) {
                sheets.push((shape, Sheet::new(folder, shape)));
            }
            if let Some((_, sheet)) = sheets.iter_mut().find(|(known, _)| *known == shape) {
                sheet.learn(row);
            }
            Ok(())
        })?;
    }
    let without = sheets
        .iter()
        .find(|(shape, sheet)| !sheet.columns.iter().any(|c| plain(c) == shape.cost()));
    if without.is_some() {
        return Err(DataError::NoCostInRows {
            name: name.to_owned(),
        });
    }
    let mut outcome = Outcome::default();
    for page in pages {
        each_row(name, &page.path, |row| {
            outcome.received += 1;
            let number = outcome.received;
            let left = |count: &mut (u64, u64)| {
                *count = (count.0 + 1, if count.0 == 0 { number } else { count.1 });
            };
            match row.is_kept(page.days, group) {
                Err(Left::OtherDay) => left(&mut outcome.other_days),
                Err(Left::OtherGroup) => left(&mut outcome.other_groups),
                Ok(()) => {
                    let shape = row.shape();
                    if let Some((_, sheet)) = sheets.iter_mut().find(|(known, _)| *known == shape) {
                        sheet.write(row).map_err(io_error)?;
                    }
                }
            }
            Ok(())
        })?;
    }
    for (_, sheet) in sheets {
        if let Some(mut writer) = sheet.writer {
            writer.flush().map_err(io_error)?;
            outcome.files.push(Sorted {
                path: sheet.path,
                rows: sheet.rows,
            });
        }
    }
    Ok(outcome)
}

fn each_row(
    name: &str,
    page: &Path,
    mut take: impl FnMut(&Row) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let bytes = fs::read(page).map_err(|source| DataError::Io {
        file: name.to_owned(),
        source,
    })?;
    let unreadable = |error: serde_json::Error| DataError::Line {
        file: format!("{name}, {}", page.file_name().unwrap_or_default().display()),
        line: error.line() as u64,
        problem: "a row of Usage Details is not the JSON object that the API describes".to_owned(),
    };
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let read: Page<'_> = serde_json::from_slice(text).map_err(unreadable)?;
    for members in read.value.unwrap_or_default() {
        let row = Row::read(&members).map_err(unreadable)?;
        take(&row)?;
    }
    Ok(())
}
