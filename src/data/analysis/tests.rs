//! Answers in parts are those at once: groups, pivots, comparisons and changes, with spellings that differ only in case.

use super::{change, compare};
use crate::data::dataset::Dataset;
use crate::data::dataset::read::read_texts;
use crate::data::engine::parted::attempts::Take;
use crate::data::engine::parted::parts::Parts;
use crate::data::error::DataError;
use crate::data::query::{groups, pivoted};
use crate::domain::analysis::comparison;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::{GroupKey, parse_keys};
use crate::domain::query::sort::Sort;
use crate::domain::query::{Having, Measure, Query, filter_text};
use proptest::prelude::*;

const HEAD: &str = "Date,Cost,BillingCurrency,ResourceId,ResourceGroup,MeterName,ServiceName,ChargeType,Quantity,UnitOfMeasure\n";

fn row() -> impl Strategy<Value = String> {
    let cost = prop_oneof!["-?[1-9][0-9]{0,2}", "[0-9]\\.[0-9]{1,9}"];
    let currency = prop_oneof![Just("EUR"), Just("USD"), Just("")];
    // Texts in several spellings, and none.
    let resource = prop_oneof!["/r/[a-eA-E]{1,2}", Just(String::new())];
    let group = "[abAB]?";
    let names = ("[m-pM-P]?", "[s-tS-T]");
    let charge = prop_oneof![
        Just("Usage"),
        Just("usage"),
        Just("Purchase"),
        Just("Refund")
    ];
    let quantity = prop_oneof!["[1-9]", "[0-9]\\.[0-9]{1,3}", Just(String::new())];
    let unit = prop_oneof![Just("Hours"), Just("GB"), Just("")];
    let texts = (resource, group, names, charge);
    (1..6_u32, cost, currency, texts, (quantity, unit)).prop_map(
        |(day, cost, currency, (resource, group, (meter, service), charge), (quantity, unit))| {
            format!(
                "2026-10-0{day},{cost},{currency},{resource},{group},{meter},{service},{charge},{quantity},{unit}\n"
            )
        },
    )
}

/// One or two files. A file without rows is refused.
fn files() -> impl Strategy<Value = Dataset> {
    let file =
        prop::collection::vec(row(), 1..60).prop_map(|rows| format!("{HEAD}{}", rows.concat()));
    prop::collection::vec(file, 1..3).prop_map(|texts| read_texts(&texts))
}

fn keys() -> impl Strategy<Value = Vec<GroupKey>> {
    let keys = prop::sample::select(vec![
        "resource",
        "meter,resource",
        "resource-group,service,date,meter,charge-type,resource",
        "charge-type",
        "tag:team",
    ]);
    keys.prop_map(|keys| parse_keys(keys).unwrap())
}

fn filter() -> impl Strategy<Value = Option<Filter>> {
    let texts = vec!["cost > 0", "service = s or resource-group = a"];
    let some = prop::sample::select(texts);
    prop::option::of(some.prop_map(|text| filter_text::parse(text).unwrap()))
}

fn parts() -> impl Strategy<Value = Parts> {
    (1..9_u64, 1..4_u64).prop_map(|(lines, items)| Parts { lines, items })
}

fn query() -> impl Strategy<Value = Query> {
    let sort = prop::sample::select(vec![
        "-cost",
        "cost",
        "|cost|",
        "rows,-cost",
        "currency,-rows",
    ]);
    let having = prop::option::of(Just("cost > 5"));
    let page = (0..5_usize, prop::option::of(0..40_usize));
    let others = (any::<bool>(), prop::option::of(0..40_usize));
    (keys(), filter(), sort, having, page, others).prop_map(
        |(group_by, filter, sort, having, (offset, limit), (others, top))| Query {
            filter,
            group_by,
            sort: Sort::parse_list(sort).unwrap().unwrap(),
            having: having.and_then(Having::parse),
            offset,
            limit,
            others,
            top,
            ..Query::default()
        },
    )
}

/// All parts of an answer, or the words of its error.
fn all<T>(each: impl FnOnce(Take<'_, T>) -> Result<(), DataError>) -> Result<Vec<T>, String> {
    let mut all = Vec::new();
    let done = each(&mut |part| {
        all.push(part);
        Ok(())
    });
    done.map(|()| all).map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn groups_in_parts_are_those_at_once(
        data in files(),
        query in query(),
        by_measure in prop::option::of(prop::sample::select(vec!["quantity", "-first-day", "last-day"])),
        (together, parts) in (1..30_usize, parts()),
    ) {
        let mut query = query;
        query.measures = vec![Measure::Quantity, Measure::FirstDay, Measure::LastDay];
        if let Some(sort) = by_measure {
            query.sort = Sort::parse_list(sort).unwrap().unwrap();
        }
        let at_once = all(|take| groups::each(&data, &query, together, take));
        let in_parts = all(|take| groups::in_parts(&data, &query, (together, parts), take));
        prop_assert_eq!(in_parts, at_once);
    }

    #[test]
    fn pivots_in_parts_are_those_at_once(
        data in files(),
        query in query(),
        by_column in any::<bool>(),
        by in prop::sample::select(parse_keys("date,month,resource,resource-group,tag:team").unwrap()),
        (together, parts) in (1..30_usize, parts()),
    ) {
        let mut query = query;
        if by_column {
            // Not all data has this day: then it is an error. A column that no row has is empty.
            let column = if by.is_time() { "2026-10-02".to_owned() } else { format!("{by} = /r/b") };
            query.sort = Sort::parse_list(&format!("{column},-cost")).unwrap().unwrap();
        }
        let keys = [query.group_by.clone(), vec![by.clone()]].concat();
        let at_once = all(|take| pivoted::each(&data, (&query, &by), together, take));
        let in_parts = all(|take| {
            pivoted::in_parts(&data, (&query, &keys), (together, parts), take)
        });
        prop_assert_eq!(in_parts, at_once);
    }

    #[test]
    fn comparisons_in_parts_are_those_at_once(
        (actual, amortized) in (files(), files()),
        (keys, filter) in (keys(), filter()),
        sort in prop::sample::select(vec!["difference", "actual", "amortized"]),
        (reversed, limit) in (any::<bool>(), prop::option::of(0..40_usize)),
        (together, parts) in (1..30_usize, parts()),
    ) {
        let sides = [&actual, &amortized];
        let mut sort = comparison::Sort::parse(sort, &keys).unwrap();
        sort.reversed ^= reversed;
        let asked = (keys.as_slice(), filter.as_ref());
        let at_once = all(|take| compare::each(sides, asked, (sort, limit), together, take));
        let limit = limit.unwrap_or(usize::MAX);
        let in_parts = all(|take| {
            compare::in_parts(sides, asked, (sort, limit), (together, parts), take)
        });
        prop_assert_eq!(in_parts, at_once);
    }

    #[test]
    fn changes_in_parts_are_those_at_once(
        (before, after) in (files(), files()),
        (group_by, filter) in (prop_oneof![keys(), Just(Vec::new())], filter()),
        sort in prop::sample::select(vec!["-difference", "before,-after", "percent", "currency,new"]),
        limit in prop::option::of(0..40_usize),
        (together, parts) in (1..30_usize, parts()),
    ) {
        let sides = [(&before, filter.as_ref()), (&after, filter.as_ref())];
        let sort = Sort::parse_list(sort).unwrap().unwrap();
        let keys = change::keys_of_items(&group_by);
        let by = (group_by.as_slice(), keys.as_slice());
        let at_once = all(|take| change::each(sides, &group_by, (&sort, limit), together, take));
        let lines = (sort.as_slice(), limit.unwrap_or(usize::MAX));
        let in_parts = all(|take| change::in_parts(sides, by, lines, (together, parts), take));
        prop_assert_eq!(in_parts, at_once);
    }
}
