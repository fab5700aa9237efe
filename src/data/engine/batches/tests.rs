//! Batches have the values of the rows, whatever their size and the layouts of the sources.

use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::columns::text_column::NONE;
use crate::data::dataset::Dataset;
use crate::data::dataset::read::read_texts;
use crate::data::engine::batches::{
    Batch, TextValues, Values, add_codes, each_of, of_cells, size_of,
};
use crate::data::engine::rows;
use crate::domain::money::Amount;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Query, filter_text};
use crate::domain::table::Body;
use crate::domain::table::group::Cell;

fn texts(column: &TextValues) -> Vec<Option<&str>> {
    let codes = column.codes.iter();
    codes.map(|code| column.texts.get(*code)).collect()
}

#[test]
fn batches_are_smaller_where_rows_are_wide_or_memory_is_short() {
    for (room, columns, width, rows) in [
        (256 << 20, 55, 300, 172_074),
        (256 << 20, 2, 20, 250_000),
        (256 << 20, 55, 4_400, 19_367),
        (33 << 20, 55, 300, 22_181),
        (4 << 20, 55, 4_400, 1_000),
        (4 << 20, 0, 0, 250_000),
    ] {
        assert_eq!(
            size_of(room, columns, width),
            rows,
            "{room} {columns} {width}"
        );
    }
}

#[test]
fn texts_of_several_row_groups_share_their_numbers() {
    let mut all = TextValues::absent(5);
    let (one, two) = (["a", "", "unused"], ["b", "a"]);
    let places = [(0, 4), (1, 0), (2, 1)].into_iter();
    add_codes(
        &mut all,
        places,
        &[0, NONE, 1],
        (3, |code| one.get(code as usize).copied()),
    );
    let places = [(0, 3), (1, 2)].into_iter();
    add_codes(
        &mut all,
        places,
        &[1, 0],
        (2, |code| two.get(code as usize).copied()),
    );
    assert_eq!(
        texts(&all),
        [None, Some(""), Some("b"), Some("a"), Some("a")]
    );
    assert_eq!(all.distinct().collect::<Vec<_>>(), ["a", "", "b"]);
}

#[test]
fn amounts_become_exact_texts() {
    let units = vec![1, NO_AMOUNT, 1, -Amount::from_whole(2).units()];
    let column = Values::Amounts(units).into_texts();
    let one = Some("0.000000000000000001");
    assert_eq!(texts(&column), [one, None, one, Some("-2")]);
}

#[test]
fn cells_of_a_finished_answer_are_columns() {
    let rows = [
        vec![Cell::Text(Some("a".to_owned())), Cell::Amount(None)],
        vec![Cell::Text(None), Cell::Count(7)],
    ];
    let batch = of_cells(&rows, 2, |_, values| Ok(values.into_texts())).unwrap();
    let columns: Vec<_> = batch.columns.iter().map(texts).collect();
    assert_eq!(batch.rows, 2);
    assert_eq!(columns, [[Some("a"), None], [None, Some("7")]]);
}

/// Rows of three files: a column is missing, a column has another type, and the text of a day is another one.
fn several_layouts() -> Dataset {
    let rows = |file: usize, count: usize| -> String {
        let row = |at: usize| {
            let (day, cost) = (at % 28 + 1, (at * 7_919 + file) % 1_000);
            let group = ["rg-a", "", "RG-b"][at % 3];
            let more = ["1.50", "2", "", "n/a"][if file == 1 { at % 4 } else { at % 3 }];
            match file {
                2 => format!("2026-10-{day:02},{cost}.25,USD,{group}\n"),
                _ => format!(
                    "2026-10-{day:02},{cost}.25,EUR,{group},{more},note {}\n",
                    at % 5
                ),
            }
        };
        (0..count).map(row).collect()
    };
    let head = "Date,Cost,BillingCurrency,ResourceGroup";
    let texts = [
        format!("{head},Quantity,Note\n{}", rows(0, 90)),
        format!("{head},Quantity,Note\n{}", rows(1, 9)),
        format!("{head}\n{}", rows(2, 40)),
    ];
    read_texts(&texts)
}

#[test]
fn batches_of_any_size_have_the_values_of_the_rows() {
    let data = several_layouts();
    let columns = [
        "date",
        "cost",
        "Quantity",
        "month",
        "Note",
        "resource-group",
    ];
    for (sort, filter, columns) in [
        ("-cost", None, &[][..]),
        ("date,-cost", Some("resource-group = rg-a"), &columns[..]),
        ("Note,cost", Some("cost > 990"), &columns[1..]),
        ("cost", Some("cost > 5000"), &[][..]),
    ] {
        let query = Query {
            sort: Sort::parse_list(sort).unwrap().unwrap(),
            filter: filter.map(|filter| filter_text::parse(filter).unwrap()),
            columns: columns.iter().map(ToString::to_string).collect(),
            ..Query::default()
        };
        let Body::Rows { rows, .. } = rows::run(&data, &query).unwrap().body else {
            panic!("these are rows");
        };
        let exact = rows.iter().map(|row| row.iter().map(Cell::exact).collect());
        let expected: Vec<Vec<Option<String>>> = exact.collect();
        for size in [1, 7, 50, 1_000] {
            let mut found: Vec<Vec<Option<String>>> = Vec::new();
            let prepare = |_, values: Values| Ok(values.into_texts());
            let take = |batch: Batch<TextValues>| {
                assert!(batch.rows <= size, "{size}");
                for row in 0..batch.rows {
                    let columns = batch.columns.iter();
                    let text = |column: &TextValues| {
                        column.texts.get(column.codes[row]).map(ToOwned::to_owned)
                    };
                    found.push(columns.map(text).collect());
                }
                Ok(())
            };
            each_of(&data, &query, size, (prepare, take)).unwrap();
            assert_eq!(found, expected, "{sort} {filter:?} {size}");
        }
    }
}
