//! Pivots of small comparisons: every cell, every total, the order by a column, and what is refused.

use super::{DifferencePivoting, MOST, MOST_CELLS, check_size};
use crate::data::error::DataError;
use crate::domain::analysis::differences::{DifferencePivot, GroupOf};
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::CellOrder;
use crate::domain::table::group::Group;
use crate::ops::error::OpsError;

fn amount(units: i128) -> Amount {
    Amount::from_units(units)
}

/// A group of two keys with its difference; an empty name is an absent value.
fn group(keys: [&str; 2], currency: &str, difference: i128) -> Group {
    let value = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    Group {
        keys: keys.map(value).to_vec(),
        labels: vec![None, value(keys[1]).map(|name| format!("{name} by name"))],
        cost: Money {
            currency: value(currency),
            amount: amount(difference),
        },
        rows: 3,
        share: None,
        running: None,
        days: None,
        quantity: None,
    }
}

/// The pivot by months of groups that come in parts.
fn pivoted(groups: &[Group]) -> Result<DifferencePivot, OpsError> {
    let mut pivoting = DifferencePivoting::new(&GroupKey::Month);
    let mut parts = groups.chunks(2);
    let asked = parts.try_for_each(|part| pivoting.add(part.iter().cloned()));
    pivoting.finish(asked)
}

/// Its first key and its currency.
fn id(group: &Group) -> GroupOf<'_> {
    (&group.keys[..1], group.cost.currency.as_deref())
}

#[test]
fn the_last_key_becomes_columns_and_every_currency_has_totals() {
    let groups = [
        group(["b", "10"], "EUR", 5),
        group(["a", "09"], "EUR", -7),
        group(["a", "10"], "EUR", 2),
        group(["a", "10"], "USD", 11),
        group(["a", ""], "EUR", 1),
        group(["b", "09"], "", 3),
    ];
    let found = pivoted(&groups).unwrap();
    assert_eq!(found.names, ["09", "10", "(none)"]);
    assert_eq!(found.titles, ["09 by name", "10 by name", "(none)"]);
    let cells = |at: usize| -> Vec<Option<i128>> {
        let cells = found.cells(id(&groups[at])).iter();
        cells.map(|cell| cell.map(Amount::units)).collect()
    };
    assert_eq!(cells(0), [None, Some(5), None]);
    assert_eq!(cells(1), [Some(-7), Some(2), Some(1)]);
    assert_eq!(cells(3), [None, Some(11), None]);
    assert_eq!(cells(5), [Some(3), None, None]);
    let totals = |currency| -> Vec<Option<i128>> {
        let cells = found.totals(currency).iter();
        cells.map(|cell| cell.map(Amount::units)).collect()
    };
    assert_eq!(totals(Some("EUR")), [Some(-7), Some(7), Some(1)]);
    assert_eq!(totals(Some("USD")), [None, Some(11), None]);
    assert_eq!(totals(None), [Some(3), None, None]);
    assert_eq!(totals(Some("GBP")), []);
}

#[test]
fn an_empty_comparison_has_no_columns() {
    let found = pivoted(&[]).unwrap();
    assert!(found.titles.is_empty() && found.pivot.totals.is_empty());
}

#[test]
fn too_many_columns_are_refused_with_their_number() {
    let column = |at: usize| group(["a", &format!("c{at}")], "EUR", 1);
    let most: Vec<Group> = (0..MOST).map(column).collect();
    assert_eq!(pivoted(&most).unwrap().titles.len(), MOST);
    let more: Vec<Group> = (0..=MOST).map(column).collect();
    let error = pivoted(&more).unwrap_err().to_string();
    assert!(
        error.starts_with("`month` has more than 1,000 values"),
        "{error}"
    );
}

#[test]
fn too_many_cells_are_refused_with_the_key_and_what_to_do() {
    // Every cell counts, also the empty ones.
    let most = MOST_CELLS / MOST;
    check_size((most, MOST), &GroupKey::Month).unwrap();
    let mut pivoting = DifferencePivoting::new(&GroupKey::Month);
    let line = |at: usize| group([&format!("g{at}"), &format!("c{}", at % MOST)], "EUR", 1);
    pivoting.add((0..most).map(line)).unwrap();
    // The question ends with the first group that is one too many.
    let mut asked = 0;
    let more = (most..most + 9).map(line).inspect(|_| asked += 1);
    let ended = pivoting.add(more);
    assert!(matches!(ended, Err(DataError::Cancelled)));
    assert_eq!(asked, 1);
    let error = pivoting.finish(ended).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`month` has at least 1,000 values for each of at least 20,001 groups, but a pivot has at most 20,000,000 cells; \
         filter the comparison, group it by fewer keys, or pivot it by another key"
    );
}

#[test]
fn a_question_that_was_stopped_has_no_pivot() {
    let mut pivoting = DifferencePivoting::new(&GroupKey::Month);
    pivoting
        .add([group(["a", "09"], "EUR", 1)].into_iter())
        .unwrap();
    let error = pivoting.finish(Err(DataError::Cancelled)).unwrap_err();
    assert!(matches!(error, OpsError::Data(DataError::Cancelled)));
}

#[test]
fn a_sum_that_is_too_large_is_told() {
    let most = [
        group(["a", "09"], "EUR", Amount::MAX.units()),
        group(["a", "10"], "EUR", Amount::MAX.units()),
    ];
    let error = pivoted(&most).unwrap_err();
    assert!(matches!(error, OpsError::Data(DataError::Overflow { .. })));
}

#[test]
fn groups_without_an_amount_come_last_in_either_order() {
    let mut groups = vec![
        group(["a", "09"], "EUR", 2),
        group(["b", "10"], "EUR", 9),
        group(["c", "09"], "EUR", -4),
        group(["d", "09"], "EUR", 0),
    ];
    let found = pivoted(&groups).unwrap();
    let mut sorted = |column: &str, smallest: bool| -> Vec<String> {
        let order = CellOrder {
            column: column.to_owned(),
            smallest,
        };
        found.sort(&order, &mut groups, id);
        let first = |group: &Group| group.keys[0].clone().unwrap();
        groups.iter().map(first).collect()
    };
    assert_eq!(sorted("09", true), ["c", "d", "a", "b"]);
    assert_eq!(sorted("09", false), ["a", "d", "c", "b"]);
    // Another pivot has other columns.
    assert_eq!(sorted("11", true), ["a", "d", "c", "b"]);
}
