//! Sort orders.

use crate::domain::query::sort::{Sort, SortBy};

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
}
