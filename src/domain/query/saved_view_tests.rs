//! What a saved view may hold, and what is refused.

use crate::domain::period::DateRange;
use crate::domain::query::filter_text;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::query::saved_view::{
    ChangeView, ComparisonView, SavedView, cell_order_text, name,
};
use crate::domain::query::sort::Sort;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Views of both kinds with this order by a column of a pivot.
fn ordered(text: &str) -> (ChangeView, ComparisonView) {
    let pivot_sort = Some(text.to_owned());
    let change = ChangeView {
        pivot_sort: pivot_sort.clone(),
        ..ChangeView::default()
    };
    let comparison = ComparisonView {
        pivot_sort,
        ..ComparisonView::default()
    };
    (change, comparison)
}

#[test]
fn orders_by_a_column_of_a_pivot_are_read_as_they_are_written() {
    for (text, column, smallest) in [
        ("+2026-10", "2026-10", true),
        ("-2026-10", "2026-10", false),
        ("--a", "-a", false),
        ("+ a", " a", true),
    ] {
        let (change, comparison) = ordered(text);
        for found in [change.cell_order(), comparison.cell_order()] {
            let order = found.unwrap().unwrap();
            assert_eq!((order.column.as_str(), order.smallest), (column, smallest));
            assert_eq!(cell_order_text(&order), text);
        }
    }
    assert_eq!(ChangeView::default().cell_order(), Ok(None));
    assert_eq!(ComparisonView::default().cell_order(), Ok(None));
    for text in ["2026-10", "", " +a"] {
        let (change, comparison) = ordered(text);
        let wrong = change.cell_order().unwrap_err();
        assert!(wrong.starts_with(&format!("change: `{text}`")), "{wrong}");
        let wrong = comparison.cell_order().unwrap_err();
        assert!(
            wrong.starts_with(&format!("comparison: `{text}`")),
            "{wrong}"
        );
    }
}

#[test]
fn periods_come_in_pairs() {
    let view = |before: Option<&str>, after: Option<&str>| ChangeView {
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        ..ChangeView::default()
    };
    let none = view(None, None);
    assert_eq!(none.periods(), Ok(None));
    assert_eq!(none.words(), "the newest two months");
    let both = view(Some("2026-09"), Some("2026-10"));
    let range = |text: &str| DateRange::parse(text).unwrap();
    let expected = Some((range("2026-09"), range("2026-10")));
    assert_eq!(both.periods(), Ok(expected));
    assert_eq!(both.words(), "2026-09 → 2026-10");
    for (before, after, wrong) in [
        (Some("2026-09"), None, "or neither"),
        (None, Some("2026-09"), "or neither"),
        (Some("2026-09"), Some("later"), "`later` is not a period"),
        (Some("once"), Some("2026-09"), "`once` is not a period"),
    ] {
        let error = view(before, after).periods().unwrap_err();
        assert!(error.starts_with("change: "), "{error}");
        assert!(error.contains(wrong), "{error}");
    }
}

#[test]
fn sort_keys_are_read_in_order_or_the_first_wrong_one_is_named() {
    let sort = |text: &str| Sort::parse(text).unwrap();
    let texts = words(&["-cost", "service,rows"]);
    let expected = vec![sort("-cost"), sort("service"), sort("rows")];
    let change = |sort: Vec<String>| ChangeView {
        sort,
        ..ChangeView::default()
    };
    let view = |sort: Vec<String>| SavedView {
        sort,
        ..SavedView::default()
    };
    assert_eq!(change(texts.clone()).sorts(), Ok(expected.clone()));
    assert_eq!(view(texts).sorts(), Ok(expected));
    assert_eq!(view(Vec::new()).sorts(), Ok(Vec::new()));
    for bad in ["", "cost,", "\"a", "-"] {
        let texts = words(&["cost", bad, ",,"]);
        let wrong = Err(format!("sort: `{bad}` is not a sort key"));
        assert_eq!(change(texts.clone()).sorts(), wrong);
        assert_eq!(view(texts).sorts(), wrong);
    }
}

#[test]
fn group_keys_and_filters_are_read_or_refused_by_name() {
    let view = |keys: &[&str], filter: Option<&str>| SavedView {
        group_by: words(keys),
        filter: filter.map(str::to_owned),
        ..SavedView::default()
    };
    let key = |text: &str| GroupKey::parse(text).unwrap();
    let keys = view(&["month", "tag:env"], None).keys();
    assert_eq!(keys, Ok(vec![key("month"), key("tag:env")]));
    assert_eq!(view(&[], None).keys(), Ok(Vec::new()));
    // An amount is summed, never grouped.
    for bad in ["cost", "", "tag:"] {
        let keys = view(&["month", bad], None).keys();
        assert_eq!(keys, Err(format!("group-by: `{bad}` is not a group key")));
    }
    assert_eq!(view(&[], None).tests(), Ok(None));
    let text = "service = Storage";
    let filter = filter_text::parse(text).unwrap();
    assert_eq!(view(&[], Some(text)).tests(), Ok(Some(filter)));
    let wrong = view(&[], Some("service =")).tests().unwrap_err();
    assert!(wrong.starts_with("filter: "), "{wrong}");
}

#[test]
fn a_view_names_its_money_unless_it_is_the_billed_amount() {
    let view = SavedView {
        group_by: words(&["service"]),
        money: Some("usd".to_owned()),
        ..SavedView::default()
    };
    let usd = view.clone().in_money(MoneyColumn::Usd);
    assert_eq!(usd, view);
    let billed = view.in_money(MoneyColumn::Billing);
    assert_eq!(billed.money, None);
    assert_eq!(billed.group_by, ["service"]);
}

#[test]
fn the_parts_of_a_comparison_are_named_in_order() {
    assert_eq!(ComparisonView::default().parts(), Vec::<String>::new());
    let view = ComparisonView {
        sort: Some("difference".to_owned()),
        pivot: Some("month".to_owned()),
        pivot_sort: Some("-2026-10".to_owned()),
        columns: Some(words(&["a", "b"])),
    };
    assert_eq!(
        view.parts(),
        [
            "sort by difference",
            "pivot by month",
            "sort by the column -2026-10",
            "columns"
        ]
    );
}

#[test]
fn the_name_of_a_view_is_the_name_of_a_file() {
    let sixty = "ä".repeat(60);
    for good in ["a", "Top 10 (EUR), v1.2+x_y-z", "Größe", sixty.as_str()] {
        assert_eq!(name(good), Ok(good));
        assert_eq!(name(&format!(" {good}\t")), Ok(good));
    }
    let long = format!("{sixty}a");
    for (bad, wrong) in [
        ("", "needs a name"),
        ("  ", "needs a name"),
        (long.as_str(), "at most 60"),
        (".hidden", "without a dot"),
        ("..", "without a dot"),
        ("a/b", "use letters"),
        ("a\\b", "use letters"),
        ("a:b", "use letters"),
        ("a\nb", "use letters"),
        ("a*", "use letters"),
    ] {
        let error = name(bad).unwrap_err();
        assert!(error.contains(wrong), "{bad:?}: {error}");
    }
}
