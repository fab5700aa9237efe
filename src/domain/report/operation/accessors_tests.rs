//! What a report tells about itself in each state, and how it ends on replies that do not fit.

use crate::domain::report::manifest::{Blob, Manifest, ServerTimes};
use crate::domain::report::operation::pages::Pages;
use crate::domain::report::operation::replies::{NOW, after};
use crate::domain::report::operation::states::Operation;
use crate::domain::report::reply::{Failure, Reply, Span, WaitReason};
use crate::domain::text::secret::Secret;
use chrono::TimeDelta;

fn running(wait: Option<i64>) -> Reply {
    Reply::Accepted {
        location: Some("http://arm/poll".to_owned()),
        wait: wait.map(TimeDelta::seconds),
    }
}

/// A finished report whose links are valid for an hour.
fn finished(links: &[&str]) -> Reply {
    let blob = |link: &&str| Blob {
        link: Secret::new(*link),
        bytes: Some(10),
    };
    Reply::Finished(Manifest {
        blobs: links.iter().map(blob).collect(),
        times: ServerTimes {
            valid_till: Some(NOW + TimeDelta::hours(1)),
            ..ServerTimes::default()
        },
    })
}

fn replied(replies: &[Reply]) -> Operation {
    let (start, _) = Operation::start(NOW);
    let step = |state, reply: &Reply| after(state, reply.clone()).0;
    replies.iter().fold(start, step)
}

#[test]
fn tries_polls_and_the_last_named_wait_are_known_in_every_state() {
    let busy = || Reply::Throttled {
        wait: Some(TimeDelta::seconds(35)),
        header: None,
    };
    let lost = || Reply::NotSent {
        message: "refused".to_owned(),
    };
    for (replies, tries, polls, named) in [
        (vec![], 0, 0, None),
        (vec![lost()], 1, 0, None),
        (vec![busy(), lost()], 2, 0, Some(35)),
        (vec![running(None)], 0, 0, None),
        (vec![busy(), running(Some(50))], 0, 0, Some(50)),
        (vec![running(Some(50)), lost(), busy()], 2, 2, Some(35)),
        (vec![running(Some(50)), finished(&["a"])], 0, 1, Some(50)),
        (
            vec![running(Some(50)), running(None), finished(&["a"])],
            0,
            2,
            Some(50),
        ),
        (vec![finished(&["a"])], 0, 0, None),
        (vec![Reply::Cancelled], 0, 0, None),
    ] {
        let state = replied(&replies);
        assert_eq!((state.tries(), state.polls()), (tries, polls), "{state:?}");
        let named = named.map(TimeDelta::seconds);
        assert_eq!(state.named_wait(), named, "{state:?}");
    }
}

#[test]
fn repeated_orders_are_counted_through_all_states() {
    let expired = [Reply::LinkExpired, Reply::NotFound];
    let mut state = replied(&[]);
    for reorders in 0..3 {
        assert_eq!(state.reorders(), reorders, "{state:?}");
        for reply in [running(None), finished(&["a"])] {
            (state, _) = after(state, reply);
            assert_eq!(state.reorders(), reorders, "{state:?}");
        }
        for reply in expired.clone() {
            (state, _) = after(state, reply);
        }
    }
    assert!(matches!(state.failure(), Some(Failure::Rejected { .. })));
    assert_eq!(state.reorders(), 0);
}

#[test]
fn bytes_of_finished_files_and_of_the_current_one_are_added() {
    let mut state = replied(&[running(None), finished(&["a", "b", "c"])]);
    for (reply, blob, bytes) in [
        (Reply::Progress { bytes: 4 }, 0, 4),
        (Reply::Progress { bytes: 7 }, 0, 7),
        (Reply::Fetched { bytes: 10 }, 1, 10),
        (Reply::Progress { bytes: 3 }, 1, 13),
        (Reply::Fetched { bytes: 12 }, 2, 22),
        (Reply::Progress { bytes: 1 }, 2, 23),
    ] {
        (state, _) = after(state, reply);
        let downloading = state.downloading().unwrap();
        assert_eq!((downloading.blob, downloading.bytes), (blob, bytes));
    }
}

#[test]
fn a_link_that_is_tried_again_does_not_make_new_links_cheaper() {
    // Three links in all, one of which is given twice and tried again after a pause.
    let mut state = replied(&[running(None), finished(&["a"])]);
    for link in ["b", "b", "b", "c", "d"] {
        if state.downloading().is_some() {
            (state, _) = after(state, Reply::LinkExpired);
        }
        (state, _) = after(state, finished(&[link]));
    }
    assert!(state.downloading().is_some(), "{state:?}");
    let (state, _) = after(state, Reply::LinkExpired);
    assert!(matches!(state.failure(), Some(Failure::Unreachable { .. })));
}

#[test]
fn pages_begin_at_once_unless_a_wait_is_not_over() {
    let begin = |seconds: i64| {
        let not_before = NOW + TimeDelta::seconds(seconds);
        Operation::start_pages(Pages::new(vec![Span::Period]), not_before, None, NOW).0
    };
    for seconds in [-5, 0] {
        assert_eq!(begin(seconds).wait(), None, "{seconds}");
    }
    let state = begin(5);
    let wait = state.wait().unwrap();
    assert_eq!((wait.since, wait.until - NOW), (NOW, TimeDelta::seconds(5)));
    assert_eq!(wait.why, WaitReason::RetryAfter);
}

#[test]
fn replies_that_do_not_fit_are_named_with_what_was_done() {
    let downloading = || vec![running(None), finished(&["a"])];
    for (replies, wrong) in [
        (
            vec![Reply::NotFound],
            "404 not found while the report was ordered",
        ),
        (
            vec![Reply::LinkExpired],
            "an expired link while the report was ordered",
        ),
        (
            vec![running(None), Reply::LinkExpired],
            "an expired link while the report was fetched",
        ),
        (
            [downloading(), vec![Reply::NotFound]].concat(),
            "404 not found while the report was fetched",
        ),
        (
            [downloading(), vec![running(None)]].concat(),
            "an unexpected reply while the report was fetched",
        ),
    ] {
        let state = replied(&replies);
        let Some(Failure::Unreadable { message }) = state.failure() else {
            panic!("{state:?}");
        };
        assert_eq!(message, &format!("the server gave {wrong}"));
    }
    let message = "no reports".to_owned();
    let refused = Reply::Unsupported {
        message: message.clone(),
    };
    let state = replied(&[downloading(), vec![refused]].concat());
    assert_eq!(state.failure(), Some(&Failure::Unsupported { message }));
}

#[test]
fn an_answer_that_stays_incomplete_says_how_often_it_was_requested() {
    let cut = Reply::Incomplete {
        message: "cut off".to_owned(),
    };
    let mut replies = vec![cut; 4];
    replies.insert(0, running(None));
    let state = replied(&replies);
    let message = state.failure().map(Failure::message).unwrap_or_default();
    assert!(
        message.contains("cut off. It was requested 4 times;"),
        "{message}"
    );
}
