//! Groups turned into columns, and the names of these.

use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::domain::table::pivot::{
    Pivot, Pivoting, column_name, column_named, headings, value_of_column,
};

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

fn key(text: &str) -> GroupKey {
    GroupKey::parse(text).unwrap()
}

fn owned(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

/// A group with a resource group and a value of the pivot.
fn group(name: &str, value: Option<&str>, cost: &str, currency: Option<&str>) -> Group {
    let keys = vec![owned(Some(name)), owned(value)];
    let labels = vec![None, value.map(|value| format!("the {value}"))];
    let cost = Money {
        currency: owned(currency),
        amount: amount(cost),
    };
    Group::of_difference((keys, labels), cost, 2)
}

fn pivot(groups: Vec<Group>) -> Pivot {
    let mut pivoting = Pivoting::default();
    for group in groups {
        pivoting.add(group).unwrap();
    }
    pivoting.finish(key("service")).unwrap()
}

#[test]
fn the_last_key_becomes_columns_and_the_rest_lines() {
    let eur = Some("EUR");
    let groups = vec![
        group("b", Some("z"), "1", eur),
        group("a", None, "2", eur),
        group("a", Some("y"), "3", eur),
        group("a", Some("z"), "4.5", eur),
        group("a", Some("z"), "9", None),
    ];
    let mut pivoting = Pivoting::default();
    for group in groups.clone() {
        pivoting.add(group).unwrap();
    }
    assert_eq!(pivoting.size(), (3, 3));
    let found = pivot(groups);
    let columns: Vec<Option<&str>> = found.columns.iter().map(Option::as_deref).collect();
    assert_eq!(columns, [Some("y"), Some("z"), None]);
    let titles: Vec<_> = (0..4).map(|at| found.title(at)).collect();
    assert_eq!(
        titles,
        [Some("the y"), Some("the z"), Some("(none)"), None].map(owned)
    );
    let cells = |cells: [Option<&str>; 3]| cells.map(|cell| cell.map(amount)).to_vec();
    let lines = found.lines.iter().map(|line| {
        let name = line.keys[0].clone().unwrap();
        let currency = line.cost.currency.as_deref();
        (
            name,
            currency,
            line.cost.amount,
            line.rows,
            line.cells.clone(),
        )
    });
    let nine = cells([None, Some("9"), None]);
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            ("a".to_owned(), None, amount("9"), 2, nine.clone()),
            (
                "a".to_owned(),
                eur,
                amount("9.5"),
                6,
                cells([Some("3"), Some("4.5"), Some("2")])
            ),
            (
                "b".to_owned(),
                eur,
                amount("1"),
                2,
                cells([None, Some("1"), None])
            ),
        ]
    );
    let totals = found.totals.iter().map(|line| {
        let currency = line.cost.currency.as_deref();
        (currency, line.cost.amount, line.rows, line.cells.clone())
    });
    assert_eq!(
        totals.collect::<Vec<_>>(),
        [
            (
                eur,
                amount("10.5"),
                8,
                cells([Some("3"), Some("5.5"), Some("2")])
            ),
            (None, amount("9"), 2, nine),
        ]
    );
}

#[test]
fn columns_are_named_after_their_key_unless_they_are_times() {
    for (by, value, name) in [
        ("service", Some("Storage"), "service = Storage"),
        ("service", None, "service = (none)"),
        ("tag:env", Some(""), "tag:env = "),
        ("month", Some("2026-10"), "2026-10"),
        ("date", None, "(none)"),
    ] {
        let by = key(by);
        assert_eq!(column_name(&by, value), name);
        let read = (!by.is_time()).then(|| owned(value));
        assert_eq!(value_of_column(&by, name), read, "{name}");
    }
    assert_eq!(value_of_column(&key("service"), "meter = a"), None);
    let found = value_of_column(&key("currency"), "currency = eur");
    assert_eq!(found, Some(owned(Some("EUR"))), "as it is held");
}

#[test]
fn headings_differ_by_more_than_case() {
    let by = key("tag:env");
    for (values, taken, expected) in [
        (&["a", "b"][..], &[][..], &["a", "b"][..]),
        (&["a", "A"], &[], &["a", "tag:env = A"]),
        (&["Cost", "b"], &["cost"], &["tag:env = Cost", "b"]),
        (
            &["a", "A"],
            &["A"],
            &["tag:env = a", "tag:env = A (spelling 2)"],
        ),
        (&[""], &[], &["(empty)"]),
    ] {
        let values: Vec<_> = values.iter().map(|value| owned(Some(value))).collect();
        let taken = taken.iter().map(|name| (*name).to_owned());
        assert_eq!(headings(&by, &values, taken), expected, "{values:?}");
    }
}

#[test]
fn a_column_is_found_by_its_name_or_that_of_its_value() {
    let values = [Some("Prod"), Some("prod"), Some(""), None].map(owned);
    let service = [Some("Usage"), Some("Tax")].map(owned);
    for (by, values, name, place) in [
        ("tag:env", &values[..], "Prod", Some(0)),
        ("tag:env", &values, "prod", Some(1)),
        ("tag:env", &values, "tag:env = prod", Some(1)),
        ("tag:env", &values, "tag:env = ", Some(2)),
        ("tag:env", &values, "(empty)", Some(2)),
        ("tag:env", &values, "(none)", Some(3)),
        ("tag:env", &values, "tag:env = (none)", Some(3)),
        ("tag:env", &values, "PROD", None),
        ("tag:env", &values, "tag:team = prod", None),
        ("charge-type", &service, "TAX", Some(1)),
        ("charge-type", &service, "Charge-Type = usage", Some(0)),
        ("charge-type", &service, "other", None),
    ] {
        assert_eq!(column_named(values, &key(by), name), place, "{by} {name}");
    }
}
