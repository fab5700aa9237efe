//! Lines of finished text.

use crate::domain::money::{Amount, Money};
use crate::domain::query::Query;
use crate::domain::query::group_key::parse_keys;
use crate::domain::table::group::Others;
use crate::domain::table::text_table::{Heading, Sheet};
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
