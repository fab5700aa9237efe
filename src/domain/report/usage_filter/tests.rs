//! Filters that the server applies.

use crate::domain::period::Month;
use crate::domain::report::usage_filter::{Operator, Property, Term, UsageFilter, odata};

#[test]
fn a_filter_is_typed_in_the_words_of_the_contract_and_sent_in_those_of_the_api() {
    let group = "properties/resourceGroup eq 'rg-a'";
    let cases = [
        ("resource-group = rg-a", "resource-group = rg-a", group),
        ("ResourceGroup = rg-a", "resource-group = rg-a", group),
        ("(resource-group = rg-a)", "resource-group = rg-a", group),
        (
            "resource-group = \"o'brien & sons\" and charge-type = Usage",
            "resource-group = \"o'brien & sons\" and charge-type = Usage",
            "properties/resourceGroup eq 'o''brien & sons' and properties/chargeType eq 'Usage'",
        ),
        (
            "resourceName > a and resource <= /b and reservation >= c and charge-type < d",
            "resource-name > a and resource <= /b and reservation >= c and charge-type < d",
            "properties/resourceName gt 'a' and properties/resourceId le '/b' and properties/reservationId ge 'c' and \
             properties/chargeType lt 'd'",
        ),
        (
            "tag:\"cost center\" = 'Team: A' and (publisher-type = Marketplace and tag:env = \"\")",
            "\"tag:cost center\" = \"Team: A\" and publisher-type = marketplace and tag:env = \"\"",
            "tags eq 'cost center:Team: A' and properties/publisherType eq 'marketplace' and tags eq 'env:'",
        ),
    ];
    for (typed, shown, sent) in cases {
        let filter = UsageFilter::parse(typed).unwrap();
        assert_eq!(filter.to_string(), shown, "{typed}");
        assert_eq!(UsageFilter::parse(shown).unwrap(), filter, "{shown}");
        assert_eq!(odata(None, None, Some(&filter)).as_deref(), Some(sent));
    }
    assert_eq!(odata(None, None, None), None);
    let days = Month::parse("2026-10").unwrap().range();
    assert_eq!(
        odata(Some(days), Some("rg's"), None).unwrap(),
        "properties/usageStart ge '2026-10-01' and properties/usageEnd le '2026-10-31' and properties/resourceGroup eq 'rg''s'"
    );
}

#[test]
fn unsupported_server_filters_are_refused_at_their_position() {
    for (typed, at, wrong) in [
        ("resource-group != a", 15, "does not support `!=`"),
        ("resource-group ~ a", 15, "does not support `~`"),
        (
            "charge-type = Usage and cost > 1",
            24,
            "does not filter by cost",
        ),
        ("service = Storage", 0, "does not filter by service"),
        ("date >= 2026-10-01", 0, "days are set in the order"),
        ("month = 2026-10", 0, "days are set in the order"),
        (
            "charge-type = a or charge-type = b",
            16,
            "neither `or` nor `not`",
        ),
        (
            "charge-type = a and not (tag:x = 1)",
            20,
            "neither `or` nor `not`",
        ),
        ("charge-type in (a, b)", 12, "does not support lists"),
        ("tag:env is missing", 8, "test for missing values"),
        ("tag:env > a", 8, "only = here"),
        ("tag:\"a:b\" = c", 0, "a key cannot contain one"),
        ("publisher-type = Microsoft", 17, "two publisher types"),
        ("publisher-type > azure", 15, "only = here"),
        ("resource = vm-1", 11, "resource-name takes a name"),
        ("resource-group = ", 17, "a value is missing"),
        ("", 0, "a name is missing"),
    ] {
        let error = UsageFilter::parse(typed).unwrap_err();
        assert!(error.wrong.contains(wrong), "{typed}: {}", error.wrong);
        assert_eq!(error.at, at, "{typed}: {error}");
        for refused in ["cost,", "header", "!=", "is missing", "in (…)"] {
            assert!(!error.expected.contains(refused), "{typed}: {error}");
        }
    }
}

#[test]
fn a_row_is_judged_by_equality_only_and_case_counts_in_tags() {
    let filter = UsageFilter::parse(
        "resource-group = RG-A and reservation = /providers/r/orders/1/items/2 and resource-name > zzz",
    )
    .unwrap();
    let row = |group: &'static str, reservation: &'static str| {
        move |property: &Property| match property {
            Property::ResourceGroup => Some(group.to_owned()),
            Property::ReservationId => Some(reservation.to_owned()),
            _ => None,
        }
    };
    assert_eq!(filter.fails(false, row("rg-a", "2")), None);
    let term = filter.fails(false, row("rg-b", "2"));
    let wanted = Term {
        property: Property::ResourceGroup,
        operator: Operator::Eq,
        value: "RG-A".to_owned(),
    };
    assert_eq!(term, Some(&wanted));
    assert!(filter.fails(false, row("rg-a", "3")).is_some());
    // For a server that ignores filters, rows are also tested in the server's order.
    let late = filter.fails(true, row("rg-a", "2")).unwrap();
    assert_eq!(late.property, Property::ResourceName);
    let tag = UsageFilter::parse("tag:env = prod").unwrap();
    assert_eq!(tag.fails(false, |_| Some("prod".to_owned())), None);
    assert!(tag.fails(false, |_| Some("Prod".to_owned())).is_some());
    assert!(
        filter.fails(false, |_| None).is_some(),
        "what is not there is not equal"
    );
}

#[test]
fn filters_of_one_meaning_are_equal_and_others_are_not() {
    let read = |text: &str| UsageFilter::parse(text).unwrap();
    for (text, canonical) in [
        ("resource-group = RG-A", "resource-group = rg-a"),
        (
            "charge-type = usage and resource-group = a and charge-type = Usage",
            "charge-type = usage and resource-group = a",
        ),
        ("reservation = /orders/1/Items/A", "reservation = a"),
        ("reservationId >= A", "reservation >= a"),
        ("tag:Env = Prod", "tag:env = Prod"),
        ("resourceId = /A", "resource = /a"),
        ("publisherType = AZURE", "publisher-type = azure"),
    ] {
        assert_eq!(read(text).canonical(), canonical, "{text}");
        assert_eq!(read(text), read(canonical));
    }
    for (one, other) in [
        ("tag:env = Prod", "tag:env = prod"),
        ("resource-group = a", "resource-group > a"),
        ("resource-group = a", "resource-name = a"),
        (
            "resource-group = a",
            "resource-group = a and charge-type = b",
        ),
    ] {
        assert_ne!(read(one), read(other));
    }
    assert!(read("charge-type = a and publisher-type = azure").asks_publisher());
    assert!(!read("charge-type = a").asks_publisher());
}
