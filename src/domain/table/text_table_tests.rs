//! Lines of finished text.

use crate::domain::analysis::change::{Change, Changed, Effects};
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::money::{Amount, Money};
use crate::domain::period::{Month, parse_date};
use crate::domain::query::group_key::{GroupKey, parse_keys};
use crate::domain::query::{Measure, Query};
use crate::domain::table::group::{Cell, Group, Others};
use crate::domain::table::pivot::{Pivot, PivotLine};
use crate::domain::table::text_table::{Heading, Sheet, shown, totals_text};
use crate::domain::table::{Body, Table};

#[test]
fn the_others_are_named_beside_their_currency() {
    for (keys, currency, expected) in [
        ("service", Some("EUR"), &["(3 others)"][..]),
        ("currency", Some("EUR"), &["(3 others) EUR"]),
        ("currency", None, &["(3 others) -"]),
        ("currency,service", Some("EUR"), &["EUR", "(3 others)"]),
        ("service,currency", Some("EUR"), &["(3 others)", "EUR"]),
        ("service,meter", Some("EUR"), &["(3 others)", "-"]),
    ] {
        let query = Query {
            group_by: parse_keys(keys).unwrap(),
            ..Query::default()
        };
        let cost = Money {
            currency: currency.map(str::to_owned),
            amount: Amount::from_whole(5),
        };
        let others = Others {
            groups: 3,
            rows: 7,
            costs: vec![cost.clone()],
        };
        let table = Table {
            body: Body::Groups {
                groups: Vec::new(),
                others: Some(others),
            },
            of: 3,
            rows: 7,
            totals: vec![cost],
        };
        let sheet = Sheet::of(&query, &table);
        let row = sheet.rows.first().unwrap();
        let cells = row.iter().take(expected.len());
        let cells: Vec<&str> = cells.map(|cell| cell.as_deref().unwrap_or("-")).collect();
        assert_eq!(cells, expected, "{keys}");
        assert_eq!(row.last().unwrap().as_deref(), Some("7"), "{keys}");
        assert_eq!(row.len(), sheet.headings.len(), "{keys}");
    }
}

#[test]
fn a_markdown_table_has_a_head_rows_and_a_foot() {
    let sheet = Sheet {
        headings: vec![Heading::text("name"), Heading::number("cost")],
        rows: vec![vec![Some("a".to_owned()), Some("1.5".to_owned())]],
        footer: vec!["1 row".to_owned()],
    };
    assert_eq!(sheet.markdown_head(), "| name | cost |\n| --- | ---: |\n");
    assert_eq!(sheet.markdown_rows(), "| a | 1.5 |\n");
    assert_eq!(sheet.markdown_foot(), "\n1 row\n");
    let whole = "| name | cost |\n| --- | ---: |\n| a | 1.5 |\n\n1 row\n";
    assert_eq!(sheet.markdown(), whole);
}

fn owned(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

fn money(text: &str, currency: Option<&str>) -> Money {
    Money {
        currency: owned(currency),
        amount: amount(text),
    }
}

fn query(keys: &str) -> Query {
    Query {
        group_by: parse_keys(keys).unwrap(),
        ..Query::default()
    }
}

fn table(body: Body) -> Table {
    Table {
        body,
        of: 9,
        rows: 1,
        totals: vec![money("5", Some("EUR"))],
    }
}

/// The headings, the rows and the footer, each in one text; columns of numbers are marked.
fn told(sheet: &Sheet) -> Vec<String> {
    let heads = sheet.headings.iter().map(|heading| {
        let mark = if heading.right() { "#" } else { "" };
        format!("{}{mark}", heading.name)
    });
    let text = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "-".to_owned());
    let rows = sheet
        .rows
        .iter()
        .map(|row| row.iter().map(text).collect::<Vec<_>>().join(" | "));
    let heads = heads.collect::<Vec<_>>().join(" | ");
    std::iter::once(heads)
        .chain(rows)
        .chain(sheet.footer.iter().cloned())
        .collect()
}

#[test]
fn groups_have_their_keys_money_rows_and_measures() {
    let day = |text| parse_date(text).unwrap();
    let known = Group {
        share: Some(125),
        running: Some(-5),
        days: Some((day("2026-10-01"), day("2026-10-31"))),
        quantity: Some((amount("2.5"), "GB".to_owned())),
        ..Group::of_difference(
            (vec![owned(Some("a"))], Vec::new()),
            money("5", Some("EUR")),
            3,
        )
    };
    let without_unit = Group {
        quantity: Some((amount("2"), String::new())),
        ..known.clone()
    };
    let unknown = Group::of_difference((vec![None], Vec::new()), money("-1", None), 4);
    let query = Query {
        measures: Measure::ALL.map(|(_, measure)| measure).to_vec(),
        ..query("service")
    };
    let groups = vec![known, without_unit, unknown];
    let others = None;
    assert_eq!(
        told(&Sheet::of(&query, &table(Body::Groups { groups, others }))),
        [
            "service | cost# | currency | rows# | share# | running# | quantity# | first-day | last-day",
            "a | 5 | EUR | 3 | 12.5 | -0.5 | 2.5 GB | 2026-10-01 | 2026-10-31",
            "a | 5 | EUR | 3 | 12.5 | -0.5 | 2 | 2026-10-01 | 2026-10-31",
            "- | -1 | - | 4 | - | - | - | - | -",
            "total 5 EUR   3 of 9 shown   1 row",
        ]
    );
}

#[test]
fn others_of_several_currencies_do_not_repeat_their_rows() {
    let others = Others {
        groups: 3,
        rows: 7,
        costs: vec![money("5", Some("EUR")), money("2", None)],
    };
    let body = Body::Groups {
        groups: Vec::new(),
        others: Some(others),
    };
    let query = Query {
        measures: vec![Measure::Share],
        ..query("service,currency")
    };
    let table = table(body);
    assert_eq!(
        told(&Sheet::of(&query, &table))[1..3],
        [
            "(3 others) | EUR | 5 | - | -".to_owned(),
            "(3 others) | - | 2 | - | -".to_owned()
        ]
    );
}

#[test]
fn columns_of_rows_are_numbers_where_a_cell_is_an_amount() {
    let text = |text| Cell::Text(owned(text));
    let body = Body::Rows {
        columns: ["name", "Cost", "cost", "COST"].map(str::to_owned).to_vec(),
        rows: vec![
            vec![text(Some("1")), text(None), Cell::Amount(None), text(None)],
            vec![
                text(None),
                Cell::Amount(Some(amount("1.5"))),
                text(Some("x")),
                Cell::Count(1),
            ],
        ],
    };
    assert_eq!(
        told(&Sheet::of(&query("service"), &table(body))),
        [
            "name | Cost# | cost 2# | COST 3",
            "1 | - | - | -",
            "- | 1.5 | x | 1",
            "total 5 EUR   2 of 9 shown   1 row",
        ]
    );
}

fn line(key: Option<&str>, cost: &str, cells: &[Option<&str>]) -> PivotLine {
    PivotLine {
        keys: vec![owned(key)],
        labels: vec![None],
        cost: money(cost, Some("EUR")),
        rows: 2,
        cells: cells.iter().map(|cell| cell.map(amount)).collect(),
    }
}

fn pivot(lines: Vec<PivotLine>) -> Pivot {
    Pivot {
        by: GroupKey::parse("tag:env").unwrap(),
        columns: vec![owned(Some("prod")), None],
        labels: vec![None, None],
        other_values: 0,
        totals: vec![line(None, "6", &[Some("2"), Some("4")])],
        lines,
        others: Vec::new(),
        other_groups: 0,
    }
}

#[test]
fn a_pivot_has_a_column_for_each_value_and_one_for_the_others() {
    let plain = pivot(vec![line(Some("a"), "6", &[Some("2"), None])]);
    let with_others = Pivot {
        other_values: 4,
        others: vec![line(None, "9", &[None, Some("8"), Some("1")])],
        other_groups: 3,
        ..pivot(vec![line(Some("a"), "6", &[Some("2"), None, Some("4")])])
    };
    let footer = "total 5 EUR   1 of 9 shown   1 row";
    for (pivot, expected) in [
        (
            plain,
            &[
                "service | cost# | currency | prod# | (none)#",
                "a | 6 | EUR | 2 | -",
                footer,
            ][..],
        ),
        (
            with_others,
            &[
                "service | cost# | currency | prod# | (none)# | (4 others)#",
                "a | 6 | EUR | 2 | - | 4",
                "(3 others) | 9 | EUR | - | 8 | 1",
                footer,
            ],
        ),
    ] {
        let sheet = Sheet::of(&query("service"), &table(Body::Pivot(pivot)));
        assert_eq!(told(&sheet), expected);
    }
}

fn changed(key: Option<&str>, before: &str, after: &str) -> Changed {
    let (before, after) = (amount(before), amount(after));
    Changed {
        keys: vec![owned(key)],
        labels: vec![None],
        currency: owned(Some("EUR")),
        effects: Effects {
            before,
            after,
            new: amount("1"),
            gone: amount("2"),
            quantity: amount("3"),
            price: amount("4"),
        },
    }
}

fn change(keys: &str, groups: Vec<Changed>) -> Change {
    let total = Changed {
        keys: Vec::new(),
        ..changed(None, "10", "15")
    };
    Change {
        group_by: if keys.is_empty() {
            Vec::new()
        } else {
            parse_keys(keys).unwrap()
        },
        currencies: vec![total],
        of: groups.len(),
        rows: 0,
        groups,
        pivot: None,
    }
}

#[test]
fn a_change_lists_both_periods_and_the_effects() {
    let alone = change("", Vec::new());
    let group = changed(Some("a"), "0", "5");
    let grouped = change("service", vec![group.clone()]);
    let by_currency = change("currency", vec![group]);
    let total = "EUR: before 10 · after 15 · difference 5 = new 1 · gone 2 · quantity 3 · price 4";
    let sums = "before# | after# | difference# | new# | gone# | quantity# | price#";
    for (change, expected) in [
        (
            &alone,
            vec![
                format!("currency | {sums}"),
                "EUR | 10 | 15 | 5 | 1 | 2 | 3 | 4".to_owned(),
            ],
        ),
        (
            &grouped,
            vec![
                format!("service | currency | {sums}"),
                "a | EUR | 0 | 5 | 5 | 1 | 2 | 3 | 4".to_owned(),
                total.to_owned(),
            ],
        ),
        (
            &by_currency,
            vec![
                format!("currency | {sums}"),
                "a | 0 | 5 | 5 | 1 | 2 | 3 | 4".to_owned(),
                total.to_owned(),
            ],
        ),
    ] {
        assert_eq!(told(&Sheet::of_change(change)), expected);
    }
}

#[test]
fn a_change_for_reading_has_the_titles_of_its_periods_and_percents() {
    let titles = ["2026-09", "2026-10"];
    let sums = "2026-09# | 2026-10# | difference# | percent# | new# | gone# | quantity# | price#";
    let alone = change("", Vec::new());
    assert_eq!(
        told(&Sheet::of_change_for_reading(&alone, titles)),
        [
            &format!("currency | {sums}"),
            "EUR | 10 | 15 | 5 | +50.0% | 1 | 2 | 3 | 4",
        ]
    );
    let groups = vec![changed(Some("a"), "0", "5"), changed(None, "10", "5")];
    let grouped = change("service", groups);
    assert_eq!(
        told(&Sheet::of_change_for_reading(&grouped, titles)),
        [
            &format!("service | currency | {sums}"),
            "a | EUR | 0 | 5 | 5 | - | 1 | 2 | 3 | 4",
            "- | EUR | 10 | 5 | -5 | -50.0% | 1 | 2 | 3 | 4",
            "EUR: 2026-09 10 · 2026-10 15 · difference 5 (+50.0%) = new 1 · gone 2 · quantity 3 · price 4",
        ]
    );
}

#[test]
fn a_change_with_a_pivot_has_its_periods_and_a_column_for_each_value() {
    let (group, other) = (changed(Some("a"), "0", "5"), changed(Some("b"), "1", "5"));
    let name = |text: &str| text.to_owned();
    let names = vec![name("tag:env = prod"), name("tag:env = (none)")];
    let change = Change {
        pivot: Some(DifferencePivot {
            pivot: pivot(vec![
                line(Some("a"), "5", &[Some("2"), None]),
                line(Some("b"), "4", &[None, Some("4")]),
            ]),
            titles: names.clone(),
            names,
        }),
        ..change("service", vec![group, other])
    };
    let range = |month| Month::parse(month).unwrap().range();
    let query = Query {
        change: Some((range("2026-09"), range("2026-10"))),
        ..query("service")
    };
    let told = told(&Sheet::of(&query, &table(Body::Change(change))));
    assert_eq!(
        told[0],
        "service | currency | before# | after# | difference# | new# | gone# | quantity# | price# | prod# | (none)#"
    );
    assert_eq!(
        told[1..],
        [
            "a | EUR | 0 | 5 | 5 | 1 | 2 | 3 | 4 | 2 | -",
            "b | EUR | 1 | 5 | 4 | 1 | 2 | 3 | 4 | - | 4",
            "before 2026-09, after 2026-10",
            "EUR: before 10 · after 15 · difference 5 = new 1 · gone 2 · quantity 3 · price 4",
            "EUR by tag:env: tag:env = prod 2 · tag:env = (none) 4",
        ]
    );
}

#[test]
fn text_to_paste_has_tabs_and_no_formulas() {
    let sheet = Sheet {
        headings: vec![Heading::text("=name"), Heading::number("cost")],
        rows: vec![
            vec![owned(Some("a\tb")), owned(Some("1.5"))],
            vec![owned(Some("=1+1")), None],
        ],
        footer: vec!["1 row".to_owned()],
    };
    assert_eq!(sheet.tsv(), "'=name\tcost\na b\t1.5\n'=1+1\t\n");
}

#[test]
fn totals_are_listed_with_their_currencies() {
    let (eur, none) = (money("1.5", Some("EUR")), money("-2", None));
    for (totals, expected) in [
        (&[][..], "no cost"),
        (std::slice::from_ref(&eur), "1.5 EUR"),
        (&[eur.clone(), none], "1.5 EUR · -2 -"),
    ] {
        assert_eq!(totals_text(totals), expected);
    }
}

#[test]
fn an_absent_value_is_shown_by_its_name_and_others_without_controls() {
    for (value, expected) in [
        (None, "(none)"),
        (Some("(none)"), "\"(none)\""),
        (Some("a\u{7}b"), "a\u{2407}b"),
    ] {
        assert_eq!(shown(owned(value).as_ref()), expected);
    }
}
