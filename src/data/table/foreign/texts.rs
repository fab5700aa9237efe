//! Values of other programs' Parquet columns as the texts that CSV has.

use crate::data::columns::column_types::day_of;
use crate::data::ingest::typed::written::{decimal_text, time_text};
use crate::domain::query::columns::plain;
use polars_arrow::array::{
    Array, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, Utf8ViewArray,
};
use polars_arrow::datatypes::{ArrowDataType, Field, TimeUnit};

/// The type that a column is decoded to; `None` for lists, maps and structures other than tags.
pub(crate) fn as_read(field: &Field) -> Option<Field> {
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
        | D::Timestamp(..)
        | D::Decimal(..) => field.dtype.to_storage().clone(),
        _ => return None,
    };
    Some(Field::new(field.name.clone(), kind, field.is_nullable))
}

/// The values of an array as CSV text.
pub(crate) fn texts(
    array: &dyn Array,
    kind: &ArrowDataType,
    out: &mut Vec<Option<String>>,
) -> Option<()> {
    use ArrowDataType as D;
    let any = array.as_any();
    macro_rules! numbers {
        ($kind:ty, $show:expr) => {{
            let show: fn($kind) -> String = $show;
            let array = any.downcast_ref::<PrimitiveArray<$kind>>()?;
            out.extend(array.iter().map(|value| value.map(|value| show(*value))));
        }};
    }
    match kind {
        D::Boolean => {
            let array = any.downcast_ref::<BooleanArray>()?;
            let word = |value: bool| if value { "True" } else { "False" }.to_owned();
            out.extend(array.iter().map(|value| value.map(word)));
        }
        D::Int8 => numbers!(i8, |value| value.to_string()),
        D::Int16 => numbers!(i16, |value| value.to_string()),
        D::Int32 => numbers!(i32, |value| value.to_string()),
        D::Int64 => numbers!(i64, |value| value.to_string()),
        D::UInt8 => numbers!(u8, |value| value.to_string()),
        D::UInt16 => numbers!(u16, |value| value.to_string()),
        D::UInt32 => numbers!(u32, |value| value.to_string()),
        D::UInt64 => numbers!(u64, |value| value.to_string()),
        // The shortest decimal that reads back as the same number.
        D::Float32 => numbers!(f32, |value| value.to_string()),
        D::Float64 => numbers!(f64, |value| value.to_string()),
        D::Date32 => numbers!(i32, |value| day_of(value).to_string()),
        D::Timestamp(unit, _) => {
            let per_second = per_second(*unit);
            let array = any.downcast_ref::<PrimitiveArray<i64>>()?;
            let show = |value: &i64| time_text(value.div_euclid(per_second));
            out.extend(array.iter().map(|value| value.map(show)));
        }
        D::FixedSizeBinary(_) => {
            let array = any.downcast_ref::<FixedSizeBinaryArray>()?;
            out.extend(sixteen_bytes(array));
        }
        D::Decimal(_, scale) => {
            let scale = *scale;
            let array = any.downcast_ref::<PrimitiveArray<i128>>()?;
            let show = |value: &i128| decimal_text(*value, scale);
            out.extend(array.iter().map(|value| value.map(show)));
        }
        _ => {
            let array = any.downcast_ref::<Utf8ViewArray>()?;
            out.extend(array.iter().map(|value| value.map(ToOwned::to_owned)));
        }
    }
    Some(())
}

/// The steps of a second in a unit of time.
pub(super) fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// Values of sixteen bytes: text if all bytes of the array are printable ASCII, otherwise GUIDs.
fn sixteen_bytes(array: &FixedSizeBinaryArray) -> Vec<Option<String>> {
    let is_text = |bytes: &[u8]| bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    let text = array.iter().flatten().all(is_text);
    let shown = |bytes: &[u8]| {
        if text {
            String::from_utf8_lossy(bytes).into_owned()
        } else {
            uuid_text(bytes)
        }
    };
    array.iter().map(|value| value.map(shown)).collect()
}

fn uuid_text(bytes: &[u8]) -> String {
    let hex = crate::domain::text::hex(bytes);
    let part = |range| hex.get(range).unwrap_or_default();
    let parts = [
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    ];
    parts.join("-")
}

/// Whether a column of this type can contain tags.
pub(crate) fn can_hold_tags(kind: &ArrowDataType) -> bool {
    use ArrowDataType as D;
    matches!(
        kind,
        D::Map(..) | D::Struct(_) | D::List(_) | D::LargeList(_) | D::FixedSizeList(..)
    )
}
