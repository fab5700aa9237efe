//! Converts tags that a Parquet file stores as a map, structure or list to the JSON text used by other files.

use super::texts::texts;
use arrow::array::{Array, FixedSizeListArray, ListArray, MapArray, StructArray};
use polars_arrow as arrow;

/// The values of a tag array as JSON text; `None` for rows without a value.
pub(super) fn json_texts(array: &dyn Array, out: &mut Vec<Option<String>>) -> Option<()> {
    for row in 0..array.len() {
        out.push(if array.is_null(row) {
            None
        } else {
            Some(json(array, row)?)
        });
    }
    Some(())
}

fn json(array: &dyn Array, row: usize) -> Option<String> {
    let any = array.as_any();
    if let Some(map) = any.downcast_ref::<MapArray>() {
        return pairs(map.value(row).as_ref());
    }
    if let Some(list) = any.downcast_ref::<ListArray<i64>>() {
        return list_text(list.value(row).as_ref());
    }
    if let Some(list) = any.downcast_ref::<ListArray<i32>>() {
        return list_text(list.value(row).as_ref());
    }
    if let Some(list) = any.downcast_ref::<FixedSizeListArray>() {
        return list_text(list.value(row).as_ref());
    }
    match any.downcast_ref::<StructArray>() {
        Some(fields) => object(fields, row),
        None => leaf(array, row),
    }
}

/// A list of key-value pairs becomes an object; any other list stays a list.
fn list_text(list: &dyn Array) -> Option<String> {
    if list.as_any().downcast_ref::<StructArray>().is_some() {
        return pairs(list);
    }
    let items: Option<Vec<String>> = (0..list.len()).map(|row| json(list, row)).collect();
    Some(format!("[{}]", items?.join(",")))
}

/// An object made of key-value entries.
fn pairs(entries: &dyn Array) -> Option<String> {
    let entries = entries.as_any().downcast_ref::<StructArray>()?;
    let [keys, values] = entries.values() else {
        return None;
    };
    let mut out = Vec::with_capacity(entries.len());
    for row in 0..entries.len() {
        let key = leaf(keys.as_ref(), row)?;
        out.push(format!("{key}:{}", value(values.as_ref(), row)?));
    }
    Some(format!("{{{}}}", out.join(",")))
}

/// An object made of the fields that have a value.
fn object(fields: &StructArray, row: usize) -> Option<String> {
    let names = fields.fields().iter().zip(fields.values());
    let mut out = Vec::new();
    for (field, values) in names.filter(|(_, values)| !values.is_null(row)) {
        let key = serde_json::to_string(field.name.as_str()).ok()?;
        out.push(format!("{key}:{}", json(values.as_ref(), row)?));
    }
    Some(format!("{{{}}}", out.join(",")))
}

fn value(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) {
        return Some("null".to_owned());
    }
    json(array, row)
}

/// A single quoted value, because tags are text.
fn leaf(array: &dyn Array, row: usize) -> Option<String> {
    let one = array.sliced(row, 1);
    let mut found = Vec::new();
    texts(one.as_ref(), array.dtype(), &mut found)?;
    serde_json::to_string(&found.pop()??).ok()
}
