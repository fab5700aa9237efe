//! Values of other programs' Parquet columns as the texts that CSV has.

use crate::data::ingest::typed::written::{date_text, day_text, decimal_text, time_text};
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
            out.extend(array.iter().map(|value| value.map(sixteen_bytes)));
        }
        D::Decimal(_, scale) => {
            let array = any.downcast_ref::<PrimitiveArray<i128>>()?;
            let show = |value: &i128| decimal_text(value, *scale);
            out.extend(array.iter().map(|value| value.map(show)));
        }
        D::Decimal256(_, scale) => {
            let array = any.downcast_ref::<PrimitiveArray<i256>>()?;
            let show = |value: &i256| decimal_text(&value.0, *scale);
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

/// A value of sixteen bytes: text if all of them are printable ASCII, which those of a GUID practically never are. Other
/// values of the column decide nothing, because they arrive in blocks of any size.
fn sixteen_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => text.to_owned(),
        Ok(_) | Err(_) => uuid_text(bytes),
    }
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

#[cfg(test)]
mod tests {
    use crate::data::table::foreign::texts::sixteen_bytes;

    #[test]
    fn sixteen_bytes_are_text_or_a_guid_each_by_itself() {
        for (bytes, shown) in [
            (*b"costcenter-00001", "costcenter-00001"),
            (
                [
                    0x0f, 0x3a, 0x1b, 0x2c, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55,
                    0x55, 0x66, 0x66,
                ],
                "0f3a1b2c-1111-2222-3333-444455556666",
            ),
            // Control characters and letters outside ASCII are no text.
            (
                *b"costcenter-0001\n",
                "636f7374-6365-6e74-6572-2d303030310a",
            ),
            (
                [
                    b'k', b'\xc3', b'\xbc', b'c', b'h', b'e', b'-', b'0', b'0', b'0', b'0', b'0',
                    b'0', b'0', b'0', b'1',
                ],
                "6bc3bc63-6865-2d30-3030-303030303031",
            ),
        ] {
            assert_eq!(sixteen_bytes(&bytes), shown);
        }
    }
}
