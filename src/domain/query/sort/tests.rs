//! Sort orders.

use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy, list_text};

#[test]
fn sorts_are_read() {
    let read = |text: &str| Sort::parse(text).unwrap();
    assert_eq!(
        (read("cost").by, read("cost").ascending),
        (SortBy::Cost, false)
    );
    assert!(read("-cost").ascending);
    assert!(read("date").ascending);
    assert!(!read("-date").ascending);
    assert_eq!(Sort::parse(" "), None);
    assert_eq!(read("- cost"), read("-cost"));
    assert_eq!(read("- rows").to_string(), "-rows");
    assert_eq!(read("|Cost|"), Sort::BY_SIZE);
    assert_eq!(read("-|cost|").to_string(), "-|cost|");
    assert!(read("-|cost|").ascending);
    // A column may have this name.
    assert!(matches!(read("size").by, SortBy::Key(_)));
    // A tag key keeps the blanks at its end, and a name its quotes.
    for text in [
        "\"tag:env \"",
        "-\"tag:env \"",
        "\"\"\"odd\"\"\"",
        "cost,tag:env",
    ] {
        let sorts = Sort::parse_list(text).unwrap().unwrap();
        assert_eq!(list_text(&sorts), text);
        assert_eq!(Sort::parse_list(&list_text(&sorts)).unwrap(), Some(sorts));
    }
    assert_eq!(
        Sort::parse_list("\"tag:env \"").unwrap().unwrap()[0].by,
        SortBy::Key(GroupKey::Tag("env ".to_owned()))
    );
}
