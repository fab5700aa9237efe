//! Which columns give way, and who gets the spare width.

use super::{Column, Gives, Grid, narrow_before_number};
use ratatui::style::Style;

/// A name, a cost, a share, an id and a bar.
fn columns() -> Vec<Column> {
    let with = |column: Column, gives: Gives| Column { gives, ..column };
    let name = Column {
        most: 24,
        ..Column::growing("name", 18)
    };
    vec![
        with(name, Gives::Name),
        Column::number("cost", 16),
        with(Column::number("share", 7), Gives::Share),
        with(Column::text("id", 16), Gives::Id),
        with(Column::growing("bar", 12), Gives::Bar),
    ]
}

/// The heading and one line.
fn drawn(width: usize) -> (String, String) {
    let grid = Grid::new(columns(), width);
    let values = ["rg-a", "1.00", "5.0%", "0f8c-41d2", "#"];
    let cells = values.map(|value| (value.to_owned(), Style::new()));
    let (heading, line) = (grid.heading(Style::new()), grid.line(&cells, None));
    (heading.to_string(), line.to_string())
}

#[test]
fn bars_give_way_first_then_shares_then_ids_and_names_last() {
    let cases: [(usize, &[&str]); 6] = [
        (100, &["name", "cost", "share", "id", "bar"]),
        (76, &["name", "cost", "share", "id", "bar"]),
        (67, &["name", "cost", "share", "id"]),
        (57, &["name", "cost", "id"]),
        (40, &["name", "cost"]),
        (12, &["name"]),
    ];
    for (width, wanted) in cases {
        let (heading, line) = drawn(width);
        let titles: Vec<&str> = heading.split_whitespace().collect();
        assert_eq!(titles, wanted, "{width}");
        assert!(
            heading.chars().count() <= width.max(21),
            "{width}: {heading}"
        );
        assert_eq!(line.split_whitespace().count(), wanted.len(), "{width}");
    }
}

#[test]
fn numbers_are_whole_or_absent() {
    for width in 10..120 {
        let (_, line) = drawn(width);
        for cell in line.split_whitespace() {
            assert!(!cell.ends_with('…') || cell.starts_with("0f"), "{line}");
        }
    }
}

#[test]
fn a_name_takes_what_it_needs_and_the_bar_takes_the_rest() {
    let grid = Grid::new(columns(), 200);
    let widths: Vec<usize> = (0..5).filter_map(|at| Some(grid.place(at)?.1)).collect();
    assert_eq!(widths[0], 24);
    assert_eq!(widths[4], 200 - 3 - 24 - 16 - 7 - 16 - 4 * 2);
}

#[test]
fn a_place_belongs_to_one_column() {
    let grid = Grid::new(columns(), 57);
    let mut found: Vec<usize> = (0..57).filter_map(|x| grid.at(x)).collect();
    found.dedup();
    assert_eq!(found, [0, 1, 3]);
    assert_eq!(grid.at(0), None);
    assert!(!grid.shows(2) && !grid.shows(4) && grid.place(4).is_none());
}

#[test]
fn a_name_is_cut_before_a_month_goes_and_no_month_is_ever_cut() {
    let month = |title: &str, width: usize| Column {
        gives: Gives::Kept,
        ..Column::number(title, width)
    };
    let columns = || {
        let name = Column {
            gives: Gives::Name,
            least: 12,
            ..Column::growing("name", 18)
        };
        let months = [
            month("cost", 16),
            month("2026-09", 10),
            month("2026-10", 12),
        ];
        [name].into_iter().chain(months).collect::<Vec<Column>>()
    };
    for (width, shown, name) in [(65, 4, 18), (60, 4, 13), (50, 3, 17), (30, 1, 27)] {
        let grid = Grid::new(columns(), width);
        assert_eq!(grid.len(), shown, "{width}");
        assert_eq!(grid.place(0), Some((3, name)), "{width}");
        let heading = grid.heading(Style::new()).to_string();
        assert!(!heading.contains('…'), "{heading}");
    }
}

#[test]
fn texts_leave_room_for_the_first_number() {
    let columns = || {
        let texts = ["service", "resource", "month"]
            .into_iter()
            .zip([30, 34, 7]);
        let texts = texts.map(|(name, width)| Column::text(name, width));
        texts
            .chain([Column::number("cost", 12)])
            .collect::<Vec<_>>()
    };
    let widths = |width: usize, keeps: &dyn Fn(usize) -> bool| {
        let mut columns = columns();
        narrow_before_number(&mut columns, width, keeps);
        columns
            .iter()
            .map(|column| column.width)
            .collect::<Vec<_>>()
    };
    assert_eq!(widths(100, &|_| false), [30, 34, 7, 12]);
    // 9 are for the mark and the gaps.
    assert_eq!(widths(80, &|_| false), [26, 26, 7, 12]);
    assert_eq!(widths(80, &|at| at == 1), [18, 34, 7, 12]);
    assert_eq!(widths(30, &|_| false), [8, 8, 7, 12]);
}
