//! The filter language: its meaning, its printed form, its errors, and the rows that it keeps.

use crate::support::cost_files::{shown_as_csv, shown_as_json};
use costscope::domain::query::filter_text::parse;
use proptest::prelude::*;

#[test]
fn filters_accept_common_spellings_and_suggest_close_values() {
    let text = "Date,Cost,Currency,ResourceGroup,ChargeType\n2026-10-01,1,EUR,rg-web,Usage\n2026-10-02,2,EUR,RG-Db,Purchase\n";
    let rows = |filter: &str| {
        let (out, said, code) = shown_as_csv(text, &["--filter", filter]);
        (out.lines().count().saturating_sub(1), said, code)
    };
    for (filter, count) in [
        ("resource-group = 'rg-web'", 1),
        ("charge-type = usage", 1),
        ("resource-group = rg-db", 1),
        ("Date >= 2026-10-02", 1),
        ("Date >= 2026-10-01T00:00:00Z", 2),
    ] {
        assert_eq!(rows(filter).0, count, "{filter}: {}", rows(filter).1);
    }
    let (count, said, _) = rows("resource-group = rg-wbe");
    assert_eq!(count, 0);
    assert!(said.contains("rg-web"), "{said}");
    let (_, said, code) = rows("resource-group = “rg-web”");
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn what_a_filter_leaves_out_by_case_is_told_with_all_rows_too() {
    let text = "Date,Cost,Currency,CostCenter\n2026-10-01,1,EUR,Web\n2026-10-02,2,EUR,web\n";
    for top in ["20", "0"] {
        let rows = |filter: &str| shown_as_csv(text, &["--filter", filter, "--top", top]);
        let (out, said, code) = rows("cost-center = Web");
        assert_eq!((out.lines().count(), code), (2, Some(0)), "{said}");
        assert!(
            said.contains("differs only in case and is left out"),
            "--top {top}: {said}"
        );
        assert!(said.contains("1 row, 2 EUR"), "--top {top}: {said}");
        let (_, said, code) = rows("cost-center = Webb");
        assert_eq!(code, Some(0));
        assert!(
            said.contains("the closest are `Web`"),
            "--top {top}: {said}"
        );
    }
}

#[test]
fn a_filter_and_its_negation_add_up() {
    let text = "Cost,ResourceGroup,Tags,Date\n1,rg-a,\"{\"\"env\"\":\"\"prod\"\"}\",10/01/2026\n2,rg-b,,10/02/2026\n4,,\"{\"\"env\"\":\"\"\"\"}\",10/03/2026\n";
    let total = |filter: &str| {
        let found = shown_as_json(text, &["--group-by", "currency", "--filter", filter]);
        found["totals"][0]["cost"]
            .as_str()
            .map_or(0, |cost| cost.parse::<i64>().unwrap())
    };
    let cases = [
        ("tag:env = prod", 1),
        ("tag:env != prod", 6),
        ("tag:env is missing", 2),
        ("resource-group = RG-A", 1),
        ("resource-group ~ RG", 3),
        ("resource-group in (rg-a, rg-b)", 3),
        ("cost > 1.5", 6),
        ("cost <= 2", 3),
        ("date >= 2026-10-02 and date < 2026-10-03", 2),
        ("month = 2026-10", 7),
        ("cost = 1 or cost = 2 and resource-group = x", 1),
    ];
    for (filter, expected) in cases {
        assert_eq!(total(filter), expected, "{filter}");
        assert_eq!(
            total(&format!("not ({filter})")),
            7 - expected,
            "not ({filter})"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_prints_back(text in "[a-z0-9 =<>!~(),\"andorti:-]{0,40}") {
        if let Ok(filter) = parse(&text) {
            let again = parse(&filter.to_string()).unwrap();
            prop_assert_eq!(again.to_string(), filter.to_string());
        }
    }
}
