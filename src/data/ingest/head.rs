//! Finds the header of a file and the type of each column.

use super::decisions::Decisions;
use super::records::Records;
use crate::data::columns::column_types::{ColumnKind, is_day_column};
use crate::data::columns::layout::Layout;
use crate::data::error::DataError;
use crate::domain::query::column_kinds::is_number;
use crate::domain::query::columns::{Role, plain};
use std::io::Read;

/// Bytes to read first when looking for the header.
const START: usize = 64 << 10;
/// The maximum number of records before the header.
const PREAMBLE: usize = 40;
/// Typed columns are left to the text if there are more, which has a limit of its own.
const MOST_NAMES: usize = 1 << 14;

/// A file's header and the records before it.
pub(crate) struct Head {
    pub(crate) layout: Layout,
    /// The header's fields as received, to recognize a repeated header.
    pub(crate) fields: Vec<Vec<u8>>,
    pub(crate) bom: bool,
    /// Lines up to the end of the header.
    pub(crate) lines: u64,
    /// Whether a line end follows the header.
    pub(crate) ended: bool,
    /// Records before the header.
    pub(crate) preamble: u64,
}

impl Head {
    /// The type of each column, by role and name.
    pub(crate) fn kinds(&self, decisions: &Decisions) -> Vec<ColumnKind> {
        let layout = &self.layout;
        let role_of = |at: usize| {
            Role::ALL
                .into_iter()
                .find(|role| layout.role(*role) == Some(at))
        };
        let kind = |(at, header): (usize, &String)| match role_of(at) {
            _ if decisions.as_text.contains(&at) || at >= self.fields.len() => ColumnKind::Text,
            Some(Role::Cost | Role::EffectiveCost) => ColumnKind::Amount { must: true },
            Some(Role::Date) => ColumnKind::Day { must: true },
            Some(Role::Quantity) => ColumnKind::Amount { must: false },
            None if is_day_column(&plain(header)) => ColumnKind::Day { must: false },
            None if is_number(&plain(header)) => ColumnKind::Amount { must: false },
            _ => ColumnKind::Text,
        };
        layout.headers.iter().enumerate().map(kind).collect()
    }

    /// Whether a record repeats this header.
    pub(crate) fn is_repeated(
        &self,
        text: &[u8],
        fields: &[super::records::FieldSpan],
        scratch: &mut Vec<u8>,
    ) -> bool {
        fields.len() == self.fields.len()
            && fields
                .iter()
                .zip(&self.fields)
                .all(|(field, name)| field.bytes(text, scratch) == name.as_slice())
    }

    /// The same header with an additional column for the time of day.
    pub(crate) fn with_hours(mut self) -> Self {
        if let Some(date) = self.layout.role_header(Role::Date) {
            let name = format!("{date}Time");
            self.layout.push_header(name);
        }
        self
    }
}

/// Finds the header of a text. Also returns the text that was read after it.
pub(crate) fn read(file: &str, source: &mut impl Read) -> Result<(Head, Vec<u8>), DataError> {
    let mut text = Vec::new();
    loop {
        let before = text.len();
        // Doubles each time, because the whole text is scanned again.
        let step = START.max(before);
        source
            .take(step as u64)
            .read_to_end(&mut text)
            .map_err(DataError::io(file))?;
        let at_end = text.len() - before < step;
        if let Some((head, end)) = find(file, &text, at_end)? {
            let rest = text.split_off(end);
            return Ok((head, rest));
        }
    }
}

/// The header of typed columns; `None` if it is left to the text, where it may be in a later row.
pub(crate) fn of_names(file: &str, names: Vec<String>) -> Option<Head> {
    let fields: Vec<Vec<u8>> = names.into_iter().map(String::into_bytes).collect();
    let layout = read_layout(file, &fields).ok()?;
    (fields.len() < MOST_NAMES).then_some(Head {
        layout,
        fields,
        bom: false,
        lines: 1,
        ended: true,
        preamble: 0,
    })
}

/// The header within a text and where it ends; `None` if more text is needed.
fn find(file: &str, text: &[u8], at_end: bool) -> Result<Option<(Head, usize)>, DataError> {
    let mut records = Records::new(text);
    let (mut fields, mut scratch) = (Vec::new(), Vec::new());
    let (mut bom, mut wrong, mut widest) = (false, None, 0);
    let cut = text.len() < (32 << 20) && !at_end;
    for count in 0..PREAMBLE {
        let more = match records.next(&mut fields) {
            Err(bad) if cut && !bad.is_certain => return Ok(None),
            Err(bad) => {
                return Err(wrong.unwrap_or(DataError::Line {
                    file: file.to_owned(),
                    line: bad.line,
                    problem: bad.problem.to_owned(),
                }));
            }
            // A record that ends with the text may continue after it.
            Ok(more) if cut && (!more || records.position() >= text.len()) => return Ok(None),
            Ok(more) => more,
        };
        bom |= records.mark;
        let values: Vec<Vec<u8>> = fields
            .iter()
            .map(|field| field.bytes(text, &mut scratch).to_vec())
            .collect();
        if count == 0 || is_header(&values) {
            match read_layout(file, &values) {
                Ok(layout) => {
                    let head = Head {
                        layout,
                        fields: values,
                        bom,
                        lines: records.lines(),
                        ended: records.ended,
                        preamble: count as u64,
                    };
                    return Ok(Some((head, records.position())));
                }
                // The error of the first record is reported, unless a later record looks more like a header.
                Err(error) => {
                    widest = values.len();
                    wrong = wrong.or(Some(error));
                }
            }
        } else if values.len() > widest.max(3) && matches!(wrong, Some(DataError::NoCost { .. })) {
            widest = values.len();
            wrong = read_layout(file, &values).err().or(wrong);
        }
        if !more {
            break;
        }
    }
    wrong.map_or(Ok(None), Err)
}

fn read_layout(file: &str, values: &[Vec<u8>]) -> Result<Layout, DataError> {
    let texts: Vec<String> = values
        .iter()
        .map(|value| super::windows_1252::decoded(value).into_owned())
        .collect();
    Layout::read(file, &texts)
}

/// Whether a record is a header; a record with a number or a date in it is a row.
pub(crate) fn names_a_header(text: &[u8], fields: &[super::records::FieldSpan]) -> bool {
    let mut scratch = Vec::new();
    let is_number = |value: &[u8]| {
        let digits = value.iter().any(u8::is_ascii_digit);
        digits && !value.iter().any(u8::is_ascii_alphabetic)
    };
    let mut values: Vec<Vec<u8>> = Vec::with_capacity(fields.len());
    for field in fields {
        let value = field.bytes(text, &mut scratch);
        if is_number(value) {
            return false;
        }
        values.push(value.to_vec());
    }
    is_header(&values)
}

/// Whether a record after the first is a header: it has a cost column and a date column.
pub(crate) fn is_header(values: &[Vec<u8>]) -> bool {
    let names: Vec<String> = values
        .iter()
        .map(|value| plain(&String::from_utf8_lossy(value)))
        .collect();
    let has = |role: Role| {
        names
            .iter()
            .any(|name| role.candidates().contains(&name.as_str()))
    };
    (has(Role::Cost) || has(Role::EffectiveCost)) && has(Role::Date)
}
