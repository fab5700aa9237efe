//! Columns of bytes that may be text or not: older programs do not say which.

use super::groups::Plans;
use super::plan::DecodingPlan;
use crate::data::error::DataError;
use crate::data::panics::guarded;
use crate::data::table::bytes::Bytes;
use crate::data::table::stored::is_flat;
use arrow::array::BinaryViewArray;
use arrow::datatypes::{ArrowDataType, Field};
use polars_arrow as arrow;
use polars_parquet::read::{RowGroupMetadata, infer_schema};

/// Rows looked at together: few at first, then more.
const FEW: usize = 1 << 8;
const MOST: usize = 1 << 16;
/// Bytes looked at together, unless a page has more.
const BYTES: usize = 4 << 20;

/// The names of the columns of bytes whose first row group has a value that is no text. A later one is refused where it
/// is read, as damage is.
pub(crate) fn without_text(bytes: &Bytes) -> Result<Vec<String>, DataError> {
    guarded(|| columns_without_text(bytes))
}

fn columns_without_text(bytes: &Bytes) -> Result<Vec<String>, DataError> {
    let meta = bytes.metadata()?;
    let schema = infer_schema(&meta)?;
    let Some(group) = meta.row_groups.iter().find(|group| group.num_rows() > 0) else {
        return Ok(Vec::new());
    };
    let is_unclear = |field: &&Field| {
        use ArrowDataType as D;
        let kind = field.dtype.to_storage();
        matches!(kind, D::Binary | D::LargeBinary | D::BinaryView)
    };
    let columns = schema.iter_values().filter(is_unclear);
    // A page that cannot be decoded is refused when it is read.
    let binary = columns.filter(|field| is_text(bytes, group, field).is_ok_and(|text| !text));
    Ok(binary.map(|field| field.name.to_string()).collect())
}

/// Whether all values of a column are text.
fn is_text(bytes: &Bytes, group: &RowGroupMetadata, field: &Field) -> Result<bool, DataError> {
    let name = field.name.as_str();
    let chunks = group.columns_under_root_iter(name);
    let Some(chunk) = chunks.and_then(|mut chunks| chunks.next()) else {
        return Ok(true);
    };
    let rows = group.num_rows();
    if !is_flat(chunk, rows) {
        return Ok(true);
    }
    let as_bytes = Field::new(field.name.clone(), ArrowDataType::BinaryView, true);
    let plan = DecodingPlan::of(bytes, (&as_bytes, chunk), &mut 0)?;
    let plans = Plans {
        rows,
        columns: vec![Some(plan)],
    };
    let (mut at, mut most) = (0, FEW);
    while at < rows {
        let size = |rows: usize| -> usize {
            let plans = plans.columns.iter().flatten();
            plans.map(|plan| plan.values_size(at, rows)).sum()
        };
        // Each look unpacks its pages anew, so that a large one is looked at in few parts.
        let pages: usize = {
            let plans = plans.columns.iter().flatten();
            plans.map(|plan| plan.unpacked(at..at + 1)).sum()
        };
        while most > 1 && size(most) > BYTES.max(pages / 4) {
            most /= 2;
        }
        let slice = plans.slice(at, most)?;
        at = slice.end;
        most = (most * 8).min(MOST);
        for plan in plans.columns.iter().flatten() {
            for array in plan.decode(bytes, slice.clone())? {
                let array = array.as_any().downcast_ref::<BinaryViewArray>();
                let is_text = |value: &[u8]| std::str::from_utf8(value).is_ok();
                if array.is_some_and(|array| !array.iter().flatten().all(is_text)) {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}
