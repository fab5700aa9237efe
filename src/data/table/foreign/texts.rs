//! Values of other programs' Parquet columns as the texts that CSV has.

use crate::data::ingest::typed::written::{
    date_text, day_text, decimal_text, plain_text, time_text,
};
use polars_arrow::array::{
    Array, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, Utf8ViewArray,
};
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::types::i256;

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
        D::Date32 => numbers!(i32, day_text),
        D::Date64 => numbers!(i64, date_text),
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
            let array = any.downcast_ref::<PrimitiveArray<i128>>()?;
            let show = |value: &i128| decimal_text(*value, *scale);
            out.extend(array.iter().map(|value| value.map(show)));
        }
        D::Decimal256(_, scale) => {
            let array = any.downcast_ref::<PrimitiveArray<i256>>()?;
            let show = |value: &i256| wide_text(*value, *scale);
            out.extend(array.iter().map(|value| value.map(show)));
        }
        _ => {
            let array = any.downcast_ref::<Utf8ViewArray>()?;
            out.extend(array.iter().map(|value| value.map(ToOwned::to_owned)));
        }
    }
    Some(())
}

/// A decimal of up to 32 bytes.
fn wide_text(value: i256, scale: usize) -> String {
    i128::try_from(value.0).map_or_else(
        |_| plain_text(&value.0.to_string(), scale),
        |value| decimal_text(value, scale),
    )
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
