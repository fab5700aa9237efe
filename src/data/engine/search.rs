//! Searches the rows of a table for a text, starting at a given row and in display order.

use super::filter;
use super::scan::{RowGroup, fold};
use super::sort_keys;
use super::sort_keys::{RowPlace, Sorting};
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::domain::query::Query;
use crate::domain::table::Seek;

/// The nearest match, and the first match after wrapping around.
type Best = (Option<RowPlace>, Option<RowPlace>);

/// The number of the next row, in query order, in which any column contains the text; `None` without a match.
pub(crate) fn rows(data: &Dataset, query: &Query, seek: &Seek) -> Result<Option<usize>, DataError> {
    let sorting = Sorting::of(data, query)?;
    let here = match seek.from {
        Some(from) => nth(data, query, &sorting, from)?,
        None => None,
    };
    let forward = seek.forward;
    let better = |one: &RowPlace, other: &RowPlace| if forward { one < other } else { one > other };
    // The nearest match past the current row; otherwise the search wraps around to the first match from the other end.
    let near = |place: &RowPlace| match &here {
        Some(here) => better(here, place),
        None => true,
    };
    let take = |best: &mut Best, place: RowPlace| {
        let slot = if near(&place) {
            &mut best.0
        } else {
            &mut best.1
        };
        if slot.as_ref().is_none_or(|known| better(&place, known)) {
            *slot = Some(place);
        }
    };
    let states = fold(data, Best::default, |best, slice| {
        let matches = filter::anywhere(slice, &seek.text)?;
        each(slice, query, &sorting, Some(&matches), |place| {
            take(best, place);
        })
    })?;
    let mut found = Best::default();
    let places = states.into_iter().flat_map(|(near, around)| [near, around]);
    for place in places.flatten() {
        take(&mut found, place);
    }
    let Some(place) = found.0.or(found.1) else {
        return Ok(None);
    };
    let before = fold(
        data,
        || 0_usize,
        |before, slice| {
            each(slice, query, &sorting, None, |other| {
                *before += usize::from(other < place);
            })
        },
    )?;
    Ok(Some(before.into_iter().sum()))
}

/// The sort key of the row with this number.
fn nth(
    data: &Dataset,
    query: &Query,
    sorting: &Sorting,
    number: usize,
) -> Result<Option<RowPlace>, DataError> {
    let states = fold(data, Vec::new, |all: &mut Vec<RowPlace>, slice| {
        each(slice, query, sorting, None, |place| all.push(place))?;
        // Only the first `number + 1` rows of each thread can matter.
        if all.len() > 2 * (number + 1) {
            all.select_nth_unstable(number);
            all.truncate(number + 1);
        }
        Ok(())
    })?;
    let mut all: Vec<RowPlace> = states.into_iter().flatten().collect();
    if number >= all.len() {
        return Ok(None);
    }
    Ok(Some(all.select_nth_unstable(number).1.clone()))
}

/// Passes on the sort keys of the rows that both the filter and the mask keep.
fn each(
    slice: &RowGroup<'_>,
    query: &Query,
    sorting: &Sorting,
    mask: Option<&[bool]>,
    mut take: impl FnMut(RowPlace),
) -> Result<(), DataError> {
    if mask.is_some_and(|mask| !mask.contains(&true)) {
        return Ok(());
    }
    let kept = filter::kept(slice, query.filter.as_ref())?;
    let columns = sorting.columns(slice)?;
    for (row, at) in (0..slice.rows).zip(slice.first..) {
        if filter::keeps(kept.as_deref(), row) && filter::keeps(mask, row) {
            take(sort_keys::place(&columns, row, at));
        }
    }
    Ok(())
}
