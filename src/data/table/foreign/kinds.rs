//! The types that columns of other programs' Parquet files are decoded to, and the columns that cannot be read.

use crate::data::error::DataError;
use crate::domain::query::columns::{Role, plain};
use polars_arrow::datatypes::{ArrowDataType, Field, TimeUnit};
use polars_parquet::parquet::schema::types::{
    ParquetType, PhysicalType, PrimitiveConvertedType, PrimitiveLogicalType, PrimitiveType,
    TimeUnit as StoredUnit,
};
use polars_parquet::read::{FileMetadata, infer_schema};
use std::collections::HashMap;

/// The longest decimal that is read, in bytes.
const LONGEST_DECIMAL: usize = 32;

/// The kind of a column of bytes that are no text.
const BINARY: &str = "binary data";

/// A column that is left out, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
}

/// Facts about the types of columns that the reader is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TypeNotes {
    /// Columns of binary floating point numbers, and those among them that have 32 bits.
    pub(crate) floats: Vec<String>,
    pub(crate) short_floats: Vec<String>,
    /// Columns of times in another zone than UTC.
    pub(crate) zoned: Vec<String>,
    pub(crate) unread: Vec<Unread>,
}

/// The columns of a file as they are decoded, and what is told about their types. Those that are known to be binary data
/// are left out.
pub(super) fn columns_of(
    meta: &FileMetadata,
    binary: &[String],
) -> Result<(Vec<Field>, TypeNotes), DataError> {
    let schema = infer_schema(meta)?;
    let stored = stored_types(meta);
    let (mut columns, mut notes) = (Vec::new(), TypeNotes::default());
    for field in schema.iter_values() {
        let name = field.name.to_string();
        let read = if binary.contains(&name) {
            Err(BINARY)
        } else {
            as_read(field, stored.get(name.as_str()).copied())
        };
        match read {
            Ok(read) => {
                notes.note(&name, &read.dtype);
                columns.push(read);
            }
            Err(kind) => notes.unread.push(Unread { name, kind }),
        }
    }
    Ok((columns, notes))
}

impl TypeNotes {
    /// A cost, currency or date that is not read, and what it should be written as. Without it, every answer is wrong.
    pub(crate) fn decisive(&self) -> Option<(&Unread, &'static str)> {
        let better = [
            (Role::Cost, "a decimal, or as text"),
            (Role::EffectiveCost, "a decimal, or as text"),
            (Role::Date, "a date, a timestamp, or as text"),
            (Role::Currency, "text"),
        ];
        self.unread.iter().find_map(|column| {
            let name = plain(&column.name);
            let is_of = |role: Role| role.candidates().contains(&name.as_str());
            let (_, better) = better.iter().find(|(role, _)| is_of(*role))?;
            Some((column, *better))
        })
    }

    fn note(&mut self, name: &str, kind: &ArrowDataType) {
        if matches!(kind, ArrowDataType::Float32 | ArrowDataType::Float64) {
            self.floats.push(name.to_owned());
        }
        if *kind == ArrowDataType::Float32 {
            self.short_floats.push(name.to_owned());
        }
        if let ArrowDataType::Timestamp(_, Some(zone)) = kind
            && !is_utc(zone)
        {
            self.zoned.push(name.to_owned());
        }
    }
}

fn is_utc(zone: &str) -> bool {
    let names = [
        "UTC", "Etc/UTC", "GMT", "Z", "Zulu", "+00:00", "-00:00", "00:00", "",
    ];
    names.iter().any(|name| name.eq_ignore_ascii_case(zone))
}

/// How each column with single values is stored, by name.
fn stored_types(meta: &FileMetadata) -> HashMap<&str, &PrimitiveType> {
    let fields = meta.schema().fields().iter();
    let single = fields.filter_map(|field| match field {
        ParquetType::PrimitiveType(stored) => Some((stored.field_info.name.as_str(), stored)),
        ParquetType::GroupType { .. } => None,
    });
    single.collect()
}

/// The type that a column is decoded to, or what it is if it cannot be read. Tags may be lists, maps or structures.
fn as_read(field: &Field, stored: Option<&PrimitiveType>) -> Result<Field, &'static str> {
    use ArrowDataType as D;
    // Extension types, such as GUIDs, are read as their storage type.
    let kind = match field.dtype.to_storage() {
        kind if plain(&field.name) == "tags" && can_hold_tags(kind) => kind.clone(),
        D::FixedSizeBinary(16) => D::FixedSizeBinary(16),
        D::Utf8
        | D::LargeUtf8
        | D::Utf8View
        | D::Dictionary(..)
        | D::Binary
        | D::LargeBinary
        | D::BinaryView => D::Utf8View,
        D::Timestamp(unit, zone) => D::Timestamp(stored_unit(*unit, stored), zone.clone()),
        D::Decimal(digits, scale) | D::Decimal256(digits, scale) => {
            decimal((*digits, *scale), stored).ok_or("a decimal of more than 32 bytes")?
        }
        D::Null
        | D::Boolean
        | D::Int8
        | D::Int16
        | D::Int32
        | D::Int64
        | D::UInt8
        | D::UInt16
        | D::UInt32
        | D::UInt64
        | D::Float32
        | D::Float64
        | D::Date32
        | D::Date64 => field.dtype.to_storage().clone(),
        other => return Err(other_kind(other, stored)),
    };
    Ok(Field::new(field.name.clone(), kind, field.is_nullable))
}

/// The unit that times are stored in, so that none of them is multiplied beyond its range.
fn stored_unit(named: TimeUnit, stored: Option<&PrimitiveType>) -> TimeUnit {
    let Some(stored) = stored else {
        return named;
    };
    if stored.physical_type == PhysicalType::Int96 {
        return TimeUnit::Millisecond;
    }
    match (stored.logical_type, stored.converted_type) {
        (Some(PrimitiveLogicalType::Timestamp { unit, .. }), _) => match unit {
            StoredUnit::Milliseconds => TimeUnit::Millisecond,
            StoredUnit::Microseconds => TimeUnit::Microsecond,
            StoredUnit::Nanoseconds => TimeUnit::Nanosecond,
        },
        (None, Some(PrimitiveConvertedType::TimestampMillis)) => TimeUnit::Millisecond,
        (None, Some(PrimitiveConvertedType::TimestampMicros)) => TimeUnit::Microsecond,
        (_, _) => named,
    }
}

/// The type of a decimal by the bytes that it is stored in; `None` if there are too many.
fn decimal(
    (digits, scale): (usize, usize),
    stored: Option<&PrimitiveType>,
) -> Option<ArrowDataType> {
    match stored.map(|stored| stored.physical_type) {
        Some(PhysicalType::FixedLenByteArray(length)) if length > LONGEST_DECIMAL => None,
        Some(PhysicalType::FixedLenByteArray(length)) if length > 16 => {
            Some(ArrowDataType::Decimal256(digits, scale))
        }
        _ => Some(ArrowDataType::Decimal(digits, scale)),
    }
}

/// The kind of a column that cannot be read.
fn other_kind(kind: &ArrowDataType, stored: Option<&PrimitiveType>) -> &'static str {
    use ArrowDataType as D;
    let logical = stored.and_then(|stored| stored.logical_type);
    match kind {
        _ if logical == Some(PrimitiveLogicalType::Float16) => "a FLOAT16 of 3 digits",
        D::Float16 => "a FLOAT16 of 3 digits",
        D::Time32(_) | D::Time64(_) => "a time without a day",
        D::Duration(_) | D::Interval(_) => "a duration",
        D::FixedSizeBinary(_) => BINARY,
        kind if can_hold_tags(kind) => "a list or structure",
        _ => "of a type that is not text, number or date",
    }
}

/// Whether a column of this type can contain tags.
pub(crate) fn can_hold_tags(kind: &ArrowDataType) -> bool {
    use ArrowDataType as D;
    matches!(
        kind,
        D::Map(..) | D::Struct(_) | D::List(_) | D::LargeList(_) | D::FixedSizeList(..)
    )
}

#[cfg(test)]
mod tests {
    use crate::data::table::foreign::kinds::{as_read, is_utc};
    use polars_arrow::datatypes::{ArrowDataType as D, Field, TimeUnit};
    use polars_parquet::parquet::schema::types::{
        PhysicalType, PrimitiveConvertedType, PrimitiveType,
    };

    fn stored(physical: PhysicalType) -> PrimitiveType {
        PrimitiveType::from_physical("x".into(), physical)
    }

    #[test]
    fn a_column_is_read_as_its_bytes_allow() {
        let fixed = |length| Some(stored(PhysicalType::FixedLenByteArray(length)));
        let millis = Some(PrimitiveType {
            converted_type: Some(PrimitiveConvertedType::TimestampMillis),
            ..stored(PhysicalType::Int64)
        });
        let nanos = D::Timestamp(TimeUnit::Nanosecond, None);
        let read_as = |kind: D| Ok(kind);
        let cases = [
            (D::Decimal(38, 18), fixed(16), read_as(D::Decimal(38, 18))),
            (
                D::Decimal(50, 18),
                fixed(21),
                read_as(D::Decimal256(50, 18)),
            ),
            (
                D::Decimal256(76, 2),
                fixed(32),
                read_as(D::Decimal256(76, 2)),
            ),
            (
                D::Decimal256(9, 2),
                Some(stored(PhysicalType::Int64)),
                read_as(D::Decimal(9, 2)),
            ),
            (
                D::Decimal(90, 2),
                fixed(40),
                Err("a decimal of more than 32 bytes"),
            ),
            (
                D::Date64,
                Some(stored(PhysicalType::Int32)),
                read_as(D::Date64),
            ),
            (
                nanos.clone(),
                Some(stored(PhysicalType::Int96)),
                read_as(D::Timestamp(TimeUnit::Millisecond, None)),
            ),
            (
                nanos.clone(),
                millis,
                read_as(D::Timestamp(TimeUnit::Millisecond, None)),
            ),
            (nanos.clone(), None, read_as(nanos)),
            (
                D::UInt64,
                Some(stored(PhysicalType::Int64)),
                read_as(D::UInt64),
            ),
            (
                D::Time64(TimeUnit::Microsecond),
                None,
                Err("a time without a day"),
            ),
            (D::Float16, fixed(2), Err("a FLOAT16 of 3 digits")),
            (D::FixedSizeBinary(12), fixed(12), Err("binary data")),
            (D::Struct(Vec::new()), None, Err("a list or structure")),
        ];
        for (kind, stored, expected) in cases {
            let field = Field::new("x".into(), kind.clone(), true);
            let read = as_read(&field, stored.as_ref()).map(|field| field.dtype);
            assert_eq!(read, expected, "{kind:?}");
        }
    }

    #[test]
    fn a_zone_is_utc_by_any_of_its_names() {
        for (zone, expected) in [
            ("UTC", true),
            ("utc", true),
            ("+00:00", true),
            ("Europe/Berlin", false),
            ("+01:00", false),
        ] {
            assert_eq!(is_utc(zone), expected, "{zone}");
        }
    }
}
