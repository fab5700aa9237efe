//! Groups turned into columns, and the names of these.

use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::CellOrder;
use crate::domain::table::Body;
use crate::domain::table::group::{Cell, Group};
use crate::domain::table::pivot::{
    AddedUp, Pivot, PivotLine, Pivoting, column_name, column_named, headings, value_of_column,
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

fn groups() -> Vec<Group> {
    let eur = Some("EUR");
    vec![
        group("b", Some("z"), "1", eur),
        group("a", None, "2", eur),
        group("a", Some("y"), "3", eur),
        group("a", Some("z"), "4.5", eur),
        group("a", Some("z"), "9", None),
    ]
}

/// A line in one text: its key, currency, cost, rows, and cells.
fn told(line: &PivotLine) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let cells = line
        .cells
        .iter()
        .map(|cell| or_dash(cell.map(|cell| cell.to_string())));
    format!(
        "{} {} {} {}: {}",
        or_dash(line.keys.first().cloned().flatten()),
        or_dash(line.cost.currency.clone()),
        line.cost.amount,
        line.rows,
        cells.collect::<Vec<_>>().join(" ")
    )
}

#[test]
fn the_last_key_becomes_columns_and_the_rest_lines() {
    let mut pivoting = Pivoting::default();
    for group in groups() {
        pivoting.add(group).unwrap();
    }
    assert_eq!(pivoting.size(), (3, 3));
    let found = pivot(groups());
    assert_eq!(found.columns, [Some("y"), Some("z"), None].map(owned));
    let titles: Vec<_> = (0..4).map(|at| found.title(at)).collect();
    let expected = [Some("the y"), Some("the z"), Some("(none)"), None];
    assert_eq!(titles, expected.map(owned));
    let lines: Vec<String> = found.lines.iter().map(told).collect();
    let expected = ["a - 9 2: - 9 -", "a EUR 9.5 6: 3 4.5 2", "b EUR 1 2: - 1 -"];
    assert_eq!(lines, expected);
    let totals: Vec<String> = found.totals.iter().map(told).collect();
    assert_eq!(totals, ["- EUR 10.5 8: 3 5.5 2", "- - 9 2: - 9 -"]);
}

#[test]
fn differences_are_found_and_sorted_by_a_column() {
    let pivot = pivot(groups());
    let names = ["y", "z", "none"].map(str::to_owned).to_vec();
    let differences = DifferencePivot {
        titles: names.clone(),
        names,
        pivot,
    };
    let (a, b, c) = (["a"], ["b"], ["c"]);
    let keys = |name: [&str; 1]| name.map(|name| owned(Some(name))).to_vec();
    let all = [keys(a), keys(b), keys(c)];
    let cells = |at: usize, currency| differences.cells((&all[at], currency)).to_vec();
    let three = |cells: [Option<&str>; 3]| cells.map(|cell| cell.map(amount)).to_vec();
    let eur = Some("EUR");
    assert_eq!(cells(0, eur), three([Some("3"), Some("4.5"), Some("2")]));
    assert_eq!(cells(0, None), three([None, Some("9"), None]));
    assert!(cells(2, eur).is_empty() && cells(1, None).is_empty());
    let total = three([Some("3"), Some("5.5"), Some("2")]);
    assert_eq!(differences.totals(eur), total);
    assert_eq!(differences.totals(None), three([None, Some("9"), None]));
    assert!(differences.totals(Some("USD")).is_empty());
    let lines: Vec<String> = differences.total_lines().collect();
    let expected = ["EUR by service: y 3 · z 5.5 · none 2", "- by service: z 9"];
    assert_eq!(lines, expected);
    for (column, smallest, expected) in [
        ("z", true, [1, 0, 2]),
        ("z", false, [0, 1, 2]),
        // Those without an amount come last, and another column changes nothing.
        ("y", true, [0, 2, 1]),
        ("other", true, [2, 1, 0]),
    ] {
        let column = column.to_owned();
        let order = CellOrder { column, smallest };
        let mut groups = [2, 1, 0].map(|at: usize| all[at].clone());
        differences.sort(&order, &mut groups, |keys| (keys.as_slice(), eur));
        assert_eq!(
            groups,
            expected.map(|at: usize| all[at].clone()),
            "{order:?}"
        );
    }
}

#[test]
fn a_body_tells_its_lines_by_their_kind() {
    let rows = vec![vec![Cell::Count(1)]];
    let body = Body::Rows {
        columns: vec!["a".to_owned()],
        rows: rows.clone(),
    };
    assert!(body.groups().is_empty() && body.pivot().is_none());
    assert!(body.group_line(0).is_none());
    assert_eq!(body.into_rows(), rows);
    let body = Body::Groups {
        groups: groups(),
        others: None,
    };
    assert_eq!(body.groups(), groups());
    let line = body.group_line(1).unwrap();
    assert_eq!(
        (line.currency, line.sums),
        (Some("EUR"), Some((amount("2"), 2)))
    );
    assert!(body.group_line(5).is_none() && body.pivot().is_none());
    let body = Body::Pivot(pivot(groups()));
    assert!(body.groups().is_empty() && body.pivot().is_some());
    let line = body.group_line(0).unwrap();
    assert_eq!((line.currency, line.sums), (None, Some((amount("9"), 2))));
    assert!(body.into_rows().is_empty());
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
fn lines_that_are_added_up_have_no_names_and_a_sum_for_each_column() {
    let line = |key: &str, cost: &str, cells: [Option<&str>; 3]| PivotLine {
        keys: vec![owned(Some(key))],
        labels: vec![owned(Some("a label"))],
        cost: Money {
            currency: owned(Some("EUR")),
            amount: amount(cost),
        },
        rows: 2,
        cells: cells.map(|cell| cell.map(amount)).to_vec(),
    };
    let mut sum = AddedUp::default();
    let all = [
        line("a", "5", [Some("1"), None, None]),
        line("b", "7", [Some("2"), Some("4"), None]),
    ];
    for one in all {
        sum.add(one).unwrap();
    }
    let expected = PivotLine {
        keys: vec![None],
        labels: vec![None],
        rows: 4,
        ..line("", "12", [Some("3"), Some("4"), None])
    };
    assert_eq!(sum.into_lines(), [expected]);
}

#[test]
fn a_sum_that_is_too_large_is_no_pivot() {
    let most = "9".repeat(20);
    let same = || group("a", Some("x"), &most, None);
    let mut pivoting = Pivoting::default();
    assert_eq!(pivoting.add(same()), Some(()));
    assert_eq!(pivoting.add(same()), None);
    let mut pivoting = Pivoting::default();
    for name in ["a", "b"] {
        pivoting.add(group(name, Some("x"), &most, None)).unwrap();
    }
    assert_eq!(pivoting.finish(key("service")), None);
}

#[test]
fn the_last_cell_is_titled_by_the_number_of_its_values() {
    let with_others = Pivot {
        other_values: 2,
        ..pivot(groups())
    };
    assert_eq!(with_others.title(3), owned(Some("… 2 others")));
    assert_eq!(with_others.title(0), owned(Some("the y")));
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
        ("tag:env", &values, "tag:env = (empty)", Some(2)),
        ("tag:env", &values, "PROD", None),
        ("tag:env", &values, "tag:team = prod", None),
        ("charge-type", &service, "TAX", Some(1)),
        ("charge-type", &service, "Charge-Type = usage", Some(0)),
        ("charge-type", &service, "other", None),
    ] {
        assert_eq!(column_named(values, &key(by), name), place, "{by} {name}");
    }
}
