//! The lines of an answer in its document.

use crate::domain::analysis::change::{Change, Changed, Effects};
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::{GroupKey, parse_keys};
use crate::domain::query::{Measure, Query};
use crate::domain::table::group::{Cell, Group, Others};
use crate::domain::table::json::{AnswerSubject, ChangeDocument, Document, Parts};
use crate::domain::table::pivot::{Pivot, Pivoting};
use crate::domain::table::{Body, Table};
use serde_json::{Value, json};

fn owned(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

fn eur(cost: u64) -> Money {
    Money {
        currency: owned(Some("EUR")),
        amount: Amount::from_whole(cost),
    }
}

fn group(keys: &[Option<&str>], cost: u64) -> Group {
    let keys = keys.iter().map(|key| owned(*key)).collect();
    Group::of_difference((keys, Vec::new()), eur(cost), 2)
}

fn groups() -> Body {
    Body::Groups {
        groups: vec![group(&[Some("a")], 5), group(&[None], 3)],
        others: Some(Others {
            groups: 4,
            rows: 6,
            costs: vec![eur(1)],
        }),
    }
}

fn rows() -> Body {
    Body::Rows {
        columns: ["Cost", "Date"].map(str::to_owned).to_vec(),
        rows: vec![
            vec![
                Cell::Amount(Some(Amount::from_whole(5))),
                Cell::Text(owned(Some("x"))),
            ],
            vec![Cell::Count(3), Cell::Text(None)],
        ],
    }
}

fn pivot() -> Pivot {
    let mut pivoting = Pivoting::default();
    pivoting.add(group(&[Some("a"), Some("x")], 5)).unwrap();
    pivoting.add(group(&[Some("b"), None], 3)).unwrap();
    pivoting
        .finish(GroupKey::parse("service").unwrap())
        .unwrap()
}

fn table(body: Body) -> Table {
    Table {
        body,
        of: 9,
        rows: 10,
        totals: vec![eur(9)],
    }
}

/// The document of a table, or of one that comes in two parts.
fn document(table: &Table, parts: Option<&Parts<'_>>) -> Result<Value, serde_json::Error> {
    let query = Query {
        group_by: parse_keys("meter").unwrap(),
        ..Query::default()
    };
    let subject = AnswerSubject {
        sources: &["contoso.csv".to_owned()],
        metric: "actual",
        filter: None,
        limits: None,
    };
    let document = match parts {
        Some(parts) => Document::in_parts(subject, &query, table, (parts, 4)),
        None => Document::of(subject, &query, table),
    };
    serde_json::to_value(document)
}

/// Each body, the member of its document that has the lines, and these lines.
fn bodies() -> [(Body, &'static str, [Value; 2]); 3] {
    [
        (
            groups(),
            "groups",
            [
                json!({"keys": ["a"], "currency": "EUR", "cost": "5", "rows": 2}),
                json!({"keys": [null], "currency": "EUR", "cost": "3", "rows": 2}),
            ],
        ),
        (
            rows(),
            "records",
            [
                json!({"Cost": "5", "Date": "x"}),
                json!({"Cost": "3", "Date": null}),
            ],
        ),
        (
            Body::Pivot(pivot()),
            "groups",
            [
                json!({"keys": ["a"], "currency": "EUR", "cost": "5", "rows": 2, "cells": ["5", null]}),
                json!({"keys": ["b"], "currency": "EUR", "cost": "3", "rows": 2, "cells": [null, "3"]}),
            ],
        ),
    ]
}

#[test]
fn a_document_lists_the_lines_of_its_table_or_of_all_parts() {
    for (body, name, lines) in bodies() {
        let table = table(body);
        let whole = document(&table, None).unwrap();
        assert_eq!(whole[name], json!(lines), "{name}");
        assert_eq!(whole["shown"], 2, "{name}");
        let keys = (name == "groups").then(|| json!(["meter"]));
        assert_eq!(whole.get("group_by"), keys.as_ref(), "{name}");
        let twice: &Parts<'_> = &|take| take(&table) && take(&table);
        let parted = document(&table, Some(twice)).unwrap();
        let [first, second] = &lines;
        let expected = json!([first, second, first, second]);
        assert_eq!(parted[name], expected, "{name}");
        assert_eq!(parted["shown"], 4, "{name}");
        for (member, value) in [
            ("sources", json!(["contoso.csv"])),
            ("rows", json!(10)),
            ("of", json!(9)),
        ] {
            assert_eq!(whole[member], value, "{name}: {member}");
            assert_eq!(parted[member], value, "{name}: {member}");
        }
    }
}

fn change() -> Change {
    let changed = |keys: Vec<Option<String>>| Changed {
        keys,
        labels: Vec::new(),
        currency: owned(Some("EUR")),
        effects: Effects {
            before: Amount::from_whole(3),
            after: Amount::from_whole(5),
            price: Amount::from_whole(2),
            ..Effects::default()
        },
    };
    let names = ["service = x", "service = (none)"].map(str::to_owned);
    Change {
        group_by: parse_keys("meter").unwrap(),
        currencies: vec![changed(Vec::new())],
        groups: vec![changed(vec![owned(Some("a"))])],
        of: 9,
        rows: 40,
        pivot: Some(DifferencePivot {
            pivot: pivot(),
            names: names.to_vec(),
            titles: names.to_vec(),
        }),
    }
}

#[test]
fn a_change_lists_the_groups_of_both_periods_or_of_all_parts() {
    let change = change();
    let mut line = json!({
        "keys": ["a"], "currency": "EUR", "before": "3", "after": "5", "difference": "2", "new": "0", "gone": "0",
        "quantity": "0", "price": "2", "cells": ["5", null],
    });
    let subject = AnswerSubject {
        sources: &[],
        metric: "actual",
        filter: Some("cost > 1"),
        limits: Some("one day"),
    };
    let (before, after) = (["a.csv".to_owned()], ["b.csv".to_owned()]);
    let document = || ChangeDocument::of([&before, &after], subject, &change);
    let twice: &Parts<'_, Change> = &|take| take(&change) && take(&change);
    let parted = serde_json::to_value(document().in_parts(twice, 7)).unwrap();
    assert_eq!((&parted["shown"], &parted["of"]), (&json!(7), &json!(9)));
    assert_eq!(parted["groups"], json!([line, line]));
    let whole = serde_json::to_value(document()).unwrap();
    assert_eq!((&whole["shown"], &whole["of"]), (&json!(1), &json!(9)));
    assert_eq!(whole["groups"], json!([line]));
    line.as_object_mut().unwrap().remove("keys");
    line["cells"] = json!(["5", "3"]);
    let sources = json!({"before": before, "after": after});
    for (member, value) in [
        ("currencies", json!([line])),
        ("sources", sources),
        ("limited", json!("one day")),
        ("filter", json!("cost > 1")),
        ("group_by", json!(["meter"])),
        ("pivot", json!("service")),
        ("columns", json!(["x", null])),
    ] {
        assert_eq!(whole[member], value, "{member}");
        assert_eq!(parted[member], value, "{member}");
    }
}

#[test]
fn groups_have_their_measures_beside_their_rows() {
    let known = Group {
        share: Some(125),
        ..group(&[Some("a")], 5)
    };
    let body = Body::Groups {
        groups: vec![known, group(&[None], 3)],
        others: None,
    };
    let query = Query {
        measures: vec![Measure::Share, Measure::FirstDay],
        ..Query::default()
    };
    let subject = AnswerSubject {
        sources: &[],
        metric: "actual",
        filter: None,
        limits: None,
    };
    let table = table(body);
    let document = serde_json::to_value(Document::of(subject, &query, &table)).unwrap();
    let groups = &document["groups"];
    assert_eq!(groups[0]["share"], "12.5");
    assert_eq!(groups[1]["share"], Value::Null);
    assert_eq!(groups[0].get("first_day"), Some(&Value::Null));
}

#[test]
fn an_answer_whose_parts_stop_is_not_a_document() {
    let table = table(rows());
    let stops: &Parts<'_> = &|take| {
        take(&table);
        false
    };
    let error = document(&table, Some(stops)).unwrap_err();
    assert_eq!(error.to_string(), "the answer is not complete");
}

#[test]
fn lines_without_a_place_of_their_own_are_added_up_beside_the_groups() {
    let whole = document(&table(groups()), None).unwrap();
    let costs = json!([{"currency": "EUR", "cost": "1"}]);
    assert_eq!(whole["others"]["groups"], 4);
    assert_eq!(whole["others"]["rows"], 6);
    assert_eq!(whole["others"]["totals"], costs);
    for (other_values, expected) in [(0, Value::Null), (7, json!(7))] {
        let pivot = Pivot {
            other_values,
            ..pivot()
        };
        let whole = document(&table(Body::Pivot(pivot)), None).unwrap();
        assert_eq!(whole["other_values"], expected);
        assert_eq!(whole["columns"], json!(["x", null]));
    }
}
