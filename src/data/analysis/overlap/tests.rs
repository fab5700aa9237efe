//! Marks of rows never contradict all columns.

use super::{Comparer, Relation};
use crate::data::dataset::Dataset;
use crate::data::dataset::convert::Options;
use crate::data::dataset::read::read_file;
use crate::data::dataset::wanted::Wanted;
use crate::data::progress::Progress;
use crate::domain::query::Query;
use crate::domain::query::group_key::GroupKey;
use proptest::prelude::*;

const HEAD: &str = "Date,CostInBillingCurrency,BillingCurrencyCode,SubscriptionId,ResourceId,MeterId,MeterName,Quantity,\
                    ChargeType,UnitPrice\n";

/// How two files relate, alone and as files of one run, from all columns or from those of a question.
fn relations(texts: [&str; 2], wanted: Option<&Wanted>) -> [Relation; 2] {
    let folder = tempfile::TempDir::new().unwrap();
    let progress = Progress::default();
    let options = Options::new(&progress).only(wanted);
    let parts = texts.iter().enumerate().flat_map(|(at, text)| {
        let name = format!("{at}.csv");
        let path = folder.path().join(&name);
        std::fs::write(&path, text).unwrap();
        read_file(&path, &name, folder.path(), &options).unwrap()
    });
    let data = Dataset::join(parts.collect());
    let mut comparer = Comparer::new(&data);
    [
        comparer.relation(0, 1).unwrap(),
        comparer.within_a_run(0, 1).unwrap(),
    ]
}

fn question() -> Wanted {
    let query = Query {
        group_by: vec![GroupKey::Month],
        ..Query::default()
    };
    let mut wanted = Wanted::by(&query).unwrap();
    wanted.several = true;
    wanted.marked = true;
    wanted
}

#[test]
fn sources_are_read_again_only_where_marks_meet() {
    let row = "2026-10-01,1.5,EUR,s,/r/a,m,Meter,2,Usage,0.75\n";
    let other = "2026-10-01,7.25,EUR,s,/r/b,m,Meter,3,Usage,0.75\n";
    let more = "2026-10-02,8.25,EUR,s,/r/c,m,Meter,4,Usage,0.75\n\
                2026-10-02,9.25,EUR,s,/r/d,m,Meter,5,Usage,0.75\n";
    let [one, two] = [row, other].map(|row| format!("{HEAD}{row}{more}"));
    // The first file, the second one, and whether marks tell.
    let cases = [
        (
            "no common row",
            format!("{HEAD}{row}"),
            format!("{HEAD}{other}"),
            true,
        ),
        ("common rows", one.clone(), two, false),
        ("the same bytes", one.clone(), one.clone(), true),
        (
            "a row written in another way",
            one.clone(),
            format!("{HEAD}2026-10-01,1.50,EUR,S,/R/A, m,Meter,2.0,usage,0.75\n"),
            false,
        ),
        (
            "a row that differs in a column that is not read",
            one.clone(),
            format!("{HEAD}{}", row.replace("0.75", "0.8")),
            false,
        ),
        (
            "the same usage at another price",
            one.clone(),
            format!("{HEAD}{}", row.replace("1.5,", "1.25,")),
            false,
        ),
        (
            "usage without money",
            one.replace("1.5,", "0,"),
            format!("{HEAD}{}", row.replace("1.5,", "0,")),
            false,
        ),
        (
            "quantities that are no numbers in one of them",
            one.clone(),
            format!("{HEAD}{}", other.replace(",3,", ",three,")),
            false,
        ),
        (
            "rows without money and quantity",
            one.replace("1.5,EUR,s,/r/a,m,Meter,2", "0,EUR,s,/r/a,m,Meter,"),
            format!("{HEAD}2026-10-01,0,EUR,s,/r/a,m,Meter,,Usage,0.75\n{other}"),
            true,
        ),
    ];
    for (case, first, second, is_told) in cases {
        let texts = [first.as_str(), second.as_str()];
        let all = relations(texts, None);
        let some = relations(texts, Some(&question()));
        let unread = [Relation::Unread, Relation::Unread];
        assert_eq!(some, if is_told { all } else { unread }, "{case}");
    }
}

fn file() -> impl Strategy<Value = String> {
    let cost = prop_oneof![Just("1.5"), Just("1.50"), Just("0"), Just(""), Just("-2")];
    let quantity = prop_oneof![Just("1"), Just("1.0"), Just("0"), Just("")];
    let resource = prop_oneof!["/r/[a-cA-C]", Just(String::new())];
    let price = prop_oneof![Just("1"), Just("2")];
    let row = (1..4_u32, cost, resource, "[mM]?", quantity, price).prop_map(
        |(day, cost, resource, meter, quantity, price)| {
            format!("2026-10-0{day},{cost},EUR,s,{resource},{meter},x,{quantity},Usage,{price}\n")
        },
    );
    let rows = prop::collection::vec(row, 1..4);
    rows.prop_map(|rows| format!("{HEAD}{}", rows.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_marks_tell_is_what_all_columns_tell(one in file(), other in file()) {
        let texts = [one.as_str(), other.as_str()];
        let some = relations(texts, Some(&question()));
        let all = relations(texts, None);
        for (some, all) in some.into_iter().zip(all) {
            prop_assert!(some == Relation::Unread || some == all, "{some:?}, {all:?}");
        }
    }
}
