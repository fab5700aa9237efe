//! Pages that are counted, followed and cut.

use crate::domain::period::DateRange;
use crate::domain::report::operation::pages::{MOST_PAGES, Pages, RECENT};
use crate::domain::report::reply::Span;

fn days(from: u32, to: u32) -> Span {
    let day = |day: u32| format!("2026-10-{day:02}").parse().unwrap();
    Span::Days(DateRange {
        from: day(from),
        to: day(to),
    })
}

#[test]
fn reading_ends_where_all_wanted_rows_are_read() {
    for (limit, rows, has_next, is_full, has_more) in [
        (None, 9, true, false, false),
        (Some(5), 4, true, false, false),
        (Some(5), 4, false, false, false),
        (Some(5), 5, false, true, false),
        (Some(5), 5, true, true, true),
        (Some(5), 6, false, true, true),
        (Some(0), 0, true, true, true),
    ] {
        let spans = vec![days(1, 2), days(3, 4)];
        let mut pages = Pages::new(spans).at_most(limit);
        assert_eq!(pages.count(rows, has_next), is_full, "{limit:?} {rows}");
        assert_eq!(pages.has_more(), has_more, "{limit:?} {rows} {has_next}");
        let left = if is_full { 1 } else { 2 };
        assert_eq!(pages.spans.len(), left, "no other span is read");
    }
    // The rows of earlier spans count.
    let mut pages = Pages::new(vec![days(1, 2), days(3, 4)]).at_most(Some(5));
    assert!(!pages.count(3, false));
    pages.end_span();
    assert!(pages.count(2, false));
    assert!(!pages.has_more());
    assert_eq!((pages.done(), pages.rows()), (2, 5));
}

#[test]
fn each_page_on_disk_has_the_span_it_was_read_for() {
    let (first, second) = (days(1, 2), days(3, 4));
    let mut pages = Pages::new(vec![first, second]);
    pages.count(3, true);
    assert!(pages.follow("a".to_owned()));
    pages.count(4, false);
    pages.end_span();
    assert_eq!((pages.next.as_deref(), pages.span()), (None, Some(second)));
    assert_eq!((pages.done(), pages.rows()), (2, 7));
    pages.count(1, true);
    assert!(pages.follow("b".to_owned()));
    // What is discarded is not counted.
    pages.restart();
    assert_eq!((pages.done(), pages.rows()), (2, 7));
    pages.count(2, false);
    pages.end_span();
    assert_eq!(pages.spans_of_pages(), [first, first, second]);
    assert_eq!((pages.span(), pages.rows()), (None, 9));
    pages.end_span();
    assert_eq!((pages.done(), pages.rows()), (3, 9));
    let text = serde_json::to_string(&pages).unwrap();
    assert_eq!(serde_json::from_str::<Pages>(&text).unwrap(), pages);
}

#[test]
fn a_chain_may_lead_anywhere_but_to_its_last_links() {
    let link = |at: usize| format!("http://arm/{at}");
    let mut pages = Pages::new(vec![days(1, 2)]);
    for at in 0..RECENT {
        assert!(pages.follow(link(at)), "{at}");
        assert_eq!(pages.next, Some(link(at)));
        assert!(!pages.follow(link(at)), "{at} again");
    }
    assert!(!pages.follow(link(0)), "the oldest one is remembered");
    assert!(pages.follow(link(RECENT)));
    assert!(!pages.follow(link(1)));
    assert!(pages.follow(link(0)), "and forgotten for a newer one");
    pages.restart();
    assert!(pages.follow(link(1)), "another chain");
}

#[test]
fn a_chain_of_too_many_pages_is_not_followed() {
    let mut pages = Pages::new(vec![days(1, 2), days(3, 4)]);
    for _ in 1..MOST_PAGES {
        pages.count(1, true);
    }
    assert!(pages.follow("the last one".to_owned()));
    pages.count(1, true);
    assert!(!pages.follow("one more".to_owned()));
    pages.end_span();
    assert!(pages.follow("of the next span".to_owned()));
}

#[test]
fn the_spans_left_are_cut_to_half_the_days_of_the_first_one() {
    let all = [days(1, 5), days(6, 8), days(9, 12), Span::Period];
    let cut = [
        days(1, 3),
        days(4, 5),
        days(6, 8),
        days(9, 11),
        days(12, 12),
        Span::Period,
    ];
    let latest_first = [
        days(4, 5),
        days(1, 3),
        days(6, 8),
        days(12, 12),
        days(9, 11),
        Span::Period,
    ];
    for (limit, expected) in [(None, cut), (Some(9), latest_first)] {
        let mut pages = Pages::new(all.to_vec()).at_most(limit);
        pages.count(1, true);
        assert!(pages.halve());
        assert_eq!(pages.spans, expected, "{limit:?}");
        assert_eq!((pages.done(), pages.rows()), (0, 0));
    }
    let mut pages = Pages::new(vec![days(1, 2)]);
    assert!(pages.halve());
    assert_eq!(pages.spans, [days(1, 1), days(2, 2)]);
    for spans in [vec![days(1, 1)], vec![Span::Period], Vec::new()] {
        let mut pages = Pages::new(spans.clone());
        assert!(!pages.halve(), "{spans:?}");
        assert_eq!(pages.spans, spans);
    }
}
