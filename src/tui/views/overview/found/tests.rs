//! The order in which dismissals are saved, and what the list shows.

use super::FindingList;
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::sentence::Sentence;
use crate::domain::analysis::findings::{Finding, Proof, ProofSide};
use crate::domain::analysis::overview::found::{OverviewFinding, OverviewFindings};
use crate::domain::money::{Amount, Money};
use crate::tui::ticket::Ticket;

fn finding(id: &str) -> OverviewFinding {
    OverviewFinding {
        finding: Finding {
            id: id.to_owned(),
            kind: FindingKind::Refund,
            sentence: Sentence::default(),
            money: Money {
                currency: None,
                amount: Amount::from_whole(1),
            },
            proof: Proof {
                side: ProofSide::Now,
                filter: None,
                group_by: Vec::new(),
                measures: Vec::new(),
                sort: Vec::new(),
            },
            dismissed: false,
        },
        command: String::new(),
    }
}

#[test]
fn dismissed_findings_are_listed_on_demand() {
    let mut found = OverviewFindings {
        all: ["a", "b", "c"].map(finding).to_vec(),
        ..OverviewFindings::default()
    };
    found.mark("b", true);
    let mut list = FindingList::default();
    let ids = |list: &FindingList| -> Vec<String> {
        let listed = list.listed(&found).into_iter();
        listed.map(|one| one.finding.id.clone()).collect()
    };
    assert_eq!(ids(&list), ["a", "c"]);
    list.with_dismissed = true;
    assert_eq!(ids(&list), ["a", "b", "c"]);
}

#[test]
fn dismissals_are_saved_one_at_a_time_in_the_order_of_the_keys() {
    let mut list = FindingList::default();
    let change = |id: &str, dismissed| (id.to_owned(), dismissed);
    list.queue("a".to_owned(), true);
    list.queue("a".to_owned(), false);
    assert_eq!(list.next_to_save(), Some(change("a", true)));
    list.save_under(Ticket(1));
    assert_eq!(list.next_to_save(), None);
    // The answer to another question is not taken.
    assert_eq!(list.take_saved(Ticket(2)), None);
    assert_eq!(list.take_saved(Ticket(1)), Some(change("a", true)));
    assert_eq!(list.take_saved(Ticket(1)), None);
    assert_eq!(list.next_to_save(), Some(change("a", false)));
}

#[test]
fn a_search_keeps_the_dismissals_that_it_may_not_have_seen() {
    let found = || OverviewFindings {
        all: ["a", "b", "c"].map(finding).to_vec(),
        ..OverviewFindings::default()
    };
    let dismissed = |list: &FindingList| -> Vec<String> {
        let all = list.with_unseen(found()).all.into_iter();
        let dismissed = all.filter(|one| one.finding.dismissed);
        dismissed.map(|one| one.finding.id).collect()
    };
    let mut list = FindingList::default();
    list.queue("a".to_owned(), true);
    list.save_under(Ticket(1));
    list.take_saved(Ticket(1));
    list.queue("b".to_owned(), true);
    // The store has the first one; the second one is still to be saved.
    list.search_begins();
    assert_eq!(dismissed(&list), ["b"]);
    list.queue("c".to_owned(), true);
    assert_eq!(dismissed(&list), ["b", "c"]);
    // A saved one may have come too late for the search.
    list.save_under(Ticket(2));
    list.take_saved(Ticket(2));
    assert_eq!(dismissed(&list), ["b", "c"]);
    list.take_back("c".to_owned(), true);
    assert_eq!(dismissed(&list), ["b"]);
}
