//! Pivots of small comparisons: every cell, every total, and what is refused.

use super::{MOST, MOST_CELLS, check_size, pivoted};
use crate::domain::analysis::comparison::{Bridge, Comparison, Delta};
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;

fn amount(units: i128) -> Amount {
    Amount::from_units(units)
}

/// A group of two keys with its difference; an empty name is an absent value.
fn delta(keys: [&str; 2], currency: &str, difference: i128) -> Delta {
    let value = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    Delta {
        keys: keys.map(value).to_vec(),
        labels: vec![None, value(keys[1]).map(|name| format!("{name} by name"))],
        currency: value(currency),
        bridge: Bridge {
            amortized: amount(difference),
            ..Bridge::default()
        },
        rows: [1, 2],
    }
}

fn comparison(groups: Vec<Delta>) -> Comparison {
    Comparison {
        group_by: vec![GroupKey::Month, GroupKey::Month],
        currencies: Vec::new(),
        of: groups.len(),
        groups,
        closed: true,
    }
}

#[test]
fn the_last_key_becomes_columns_and_every_currency_has_totals() {
    let long = comparison(vec![
        delta(["b", "10"], "EUR", 5),
        delta(["a", "09"], "EUR", -7),
        delta(["a", "10"], "EUR", 2),
        delta(["a", "10"], "USD", 11),
        delta(["a", ""], "EUR", 1),
        delta(["b", "09"], "", 3),
    ]);
    let groups = long.groups.clone();
    let found = pivoted(long, &GroupKey::Month).unwrap();
    assert_eq!(found.names(), ["09", "10", "(none)"]);
    assert_eq!(found.titles, ["09 by name", "10 by name", "(none)"]);
    let cells = |at: usize| -> Vec<Option<i128>> {
        let mut group = groups[at].clone();
        group.keys.pop();
        let cells = found.cells(&group).iter();
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
    let found = pivoted(comparison(Vec::new()), &GroupKey::Month).unwrap();
    assert!(found.titles.is_empty() && found.pivot.totals.is_empty());
}

#[test]
fn too_many_columns_are_refused_with_their_number() {
    let column = |at: usize| delta(["a", &format!("c{at}")], "EUR", 1);
    let most = comparison((0..MOST).map(column).collect());
    assert_eq!(pivoted(most, &GroupKey::Month).unwrap().titles.len(), MOST);
    let more = comparison((0..=MOST).map(column).collect());
    let error = pivoted(more, &GroupKey::Month).unwrap_err().to_string();
    assert!(error.starts_with("`month` has 1,001 values"), "{error}");
}

#[test]
fn too_many_cells_are_refused_with_the_key_and_what_to_do() {
    // Every cell counts, also the empty ones.
    let most = MOST_CELLS / MOST;
    let sparse = |lines: usize| {
        let line = |at: usize| delta([&format!("g{at}"), &format!("c{}", at % MOST)], "EUR", 1);
        comparison((0..lines).map(line).collect())
    };
    check_size(&sparse(most), &GroupKey::Month).unwrap();
    let error = check_size(&sparse(most + 1), &GroupKey::Month).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`month` has 1,000 values for each of 20,001 groups, but a pivot has at most 20,000,000 cells; filter the \
         comparison, group it by fewer keys, or pivot it by another key"
    );
}
