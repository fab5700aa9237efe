//! Roles, layouts and spellings of headers.

use crate::domain::query::column_kinds;
use crate::domain::query::columns::{
    Dialect, Role, is_plain, plain, plain_ignores_case, subscription_id,
};

#[test]
fn headers_are_compared_by_their_letters() {
    for (header, letters) in [
        ("CostInBillingCurrency", "costinbillingcurrency"),
        ("\u{feff} Usage Date ", "usagedate"),
        ("x_resource-group\u{a0}Name", "xresourcegroupname"),
        // `Local (English)`
        ("Kosten (Cost)", "cost"),
        ("Kosten (brutto) ( Cost )", "cost"),
        ("Kosten ()", "kosten()"),
        ("Kosten (Cost", "kosten(cost"),
        ("properties.meterDetails.meterName", "metername"),
        ("Properties.Cost", "cost"),
        ("tags.env", "tags.env"),
        ("ÄRGER", "ärger"),
        ("", ""),
    ] {
        assert_eq!(plain(header), letters, "{header}");
        assert!(is_plain(header, letters), "{header}");
        let longer = format!("{letters}x");
        assert!(!is_plain(header, &longer), "{header}");
    }
    assert!(!is_plain("Cost", "Cost"), "only the spelling of `plain`");
}

#[test]
fn layouts_are_recognised_by_the_columns_that_only_they_have() {
    for (headers, dialect) in [
        ("billedcost", Dialect::Focus),
        ("effectivecost chargecategory", Dialect::Focus),
        ("effectivecost", Dialect::Other),
        ("chargecategory", Dialect::Other),
        ("pricingcurrency", Dialect::Mca),
        ("costinpricingcurrency", Dialect::Mca),
        ("pricingcurrency partnertenantid", Dialect::Mpa),
        ("pricingcurrency partnertenantid partnername", Dialect::Mpa),
        ("pricingcurrency partnername", Dialect::Csp),
        ("pricingcurrency partnername billingaccountid", Dialect::Mca),
        ("kind", Dialect::UsageDetails),
        ("usagestart pretaxcost", Dialect::UsageDetails),
        ("usagestart", Dialect::Other),
        ("pretaxcost", Dialect::PayAsYouGo),
        ("pretaxcost departmentname", Dialect::Ea),
        ("departmentname", Dialect::Other),
        ("partnumber", Dialect::Ea),
        ("accountownerid", Dialect::Ea),
        ("cost date", Dialect::Other),
        ("", Dialect::Other),
        // Where two would fit, the first one counts.
        ("billedcost pricingcurrency", Dialect::Focus),
        ("pricingcurrency kind", Dialect::Mca),
        ("kind partnumber", Dialect::UsageDetails),
        ("pretaxcost partnumber", Dialect::PayAsYouGo),
    ] {
        let names: Vec<String> = headers.split_whitespace().map(str::to_owned).collect();
        assert_eq!(Dialect::of(&names), dialect, "{headers}");
    }
}

#[test]
fn layouts_are_read_by_their_words() {
    for (dialect, word) in [
        (Dialect::Ea, "EA"),
        (Dialect::Mca, "MCA"),
        (Dialect::Mpa, "MPA"),
        (Dialect::Csp, "CSP"),
        (Dialect::Focus, "FOCUS"),
        (Dialect::PayAsYouGo, "PAYG"),
        (Dialect::UsageDetails, "usage-details"),
        (Dialect::Mixed, "mixed"),
        (Dialect::Other, "other"),
    ] {
        assert_eq!(dialect.word(), word);
        assert_eq!(Dialect::read(word), dialect, "{word}");
    }
    assert_eq!(Dialect::read("ea"), Dialect::Other);
}

#[test]
fn a_layout_prefers_its_own_column_of_a_role() {
    let pay_as_you_go = [
        (Role::Cost, "pretaxcost"),
        (Role::Date, "usagedatetime usagestart usagedate"),
    ];
    let focus = [
        (Role::Cost, "billedcost"),
        (Role::Currency, "billingcurrency"),
        (Role::Date, "chargeperiodstart"),
        (Role::ResourceGroup, "xresourcegroupname"),
        (Role::Subscription, "subaccountid"),
        (Role::SubscriptionName, "subaccountname"),
        (Role::Service, "servicename"),
        (Role::Meter, "xskumetername skumeter"),
        (Role::Region, "regionname region"),
        (Role::ChargeType, "chargecategory"),
        (Role::PricingModel, "pricingcategory"),
        (Role::Quantity, "consumedquantity"),
    ];
    for (dialect, own) in [
        (Dialect::Focus, &focus[..]),
        (Dialect::PayAsYouGo, &pay_as_you_go[..]),
        (Dialect::UsageDetails, &pay_as_you_go[..]),
        (Dialect::Ea, &[]),
        (Dialect::Mca, &[]),
        (Dialect::Mixed, &[]),
        (Dialect::Other, &[]),
    ] {
        for role in Role::ALL {
            let names = own.iter().find(|(known, _)| *known == role);
            let names = names.map_or("", |(_, names)| *names);
            let found = role.in_dialect(dialect);
            assert_eq!(found.join(" "), names, "{dialect:?} {role:?}");
            let known = role.candidates();
            assert!(found.iter().all(|name| known.contains(name)), "{role:?}");
        }
    }
}

#[test]
fn every_name_is_spelled_as_headers_are_compared_and_is_listed_once() {
    for role in Role::ALL {
        let names = role.candidates();
        assert!(!names.is_empty(), "{role:?}");
        for (at, name) in names.iter().enumerate() {
            assert_eq!(plain(name), *name, "{role:?}");
            assert!(!names[..at].contains(name), "{role:?} {name}");
        }
    }
}

#[test]
fn products_and_ids_of_meters_only_stand_in() {
    for role in Role::ALL {
        for name in ["product", "productname", "meterid", "servicename", "meter"] {
            let expected = matches!(
                (role, name),
                (Role::Service, "product" | "productname") | (Role::Meter, "meterid")
            );
            assert_eq!(role.is_stand_in(name), expected, "{role:?} {name}");
        }
    }
}

#[test]
fn rivals_are_the_names_that_no_layout_has_beside_a_column() {
    let rivals = |role: Role, own: &str| {
        let mut found: Vec<&str> = role.rivals(own).collect();
        found.sort_unstable();
        found.join(" ")
    };
    for (role, own, expected) in [
        (
            Role::Cost,
            "cost",
            "billedcost costinbillingcurrency extendedcost pretaxcost",
        ),
        (Role::ChargeType, "chargetype", "chargecategory"),
        (Role::CostCenter, "xcostcenter", "costcenter"),
        // Not a column of this role.
        (Role::Cost, "effectivecost", ""),
        (Role::Cost, "date", ""),
        // Some layouts have several columns of these roles; then only the known pairs are rivals.
        (Role::Service, "metercategory", ""),
        (Role::Tags, "tags", ""),
        (Role::Resource, "resourceid", "instanceid instancename"),
        (Role::Resource, "instancename", "resourceid"),
        (
            Role::Subscription,
            "subscriptionguid",
            "subaccountid subscriptionid",
        ),
        (Role::Meter, "metername", "skumeter xskumetername"),
        (
            Role::Region,
            "location",
            "region regionname resourcelocationnormalized",
        ),
        (Role::Benefit, "commitmentdiscountid", "benefitid"),
        // A pair of another role.
        (Role::Meter, "resourceid", ""),
    ] {
        assert_eq!(rivals(role, own), expected, "{role:?} {own}");
    }
    for role in Role::ALL {
        for own in role.candidates() {
            for rival in role.rivals(own) {
                let mut back = role.rivals(rival);
                assert!(back.any(|name| name == *own), "{role:?} {own} {rival}");
            }
        }
    }
}

#[test]
fn ids_and_fixed_words_compare_without_case() {
    for (name, expected) in [
        ("resourceid", true),
        ("instancename", true),
        ("invoicesectionid", true),
        ("frequency", true),
        ("xpricingsubcategory", true),
        ("resourcename", false),
        ("metername", false),
        ("cost", false),
        ("", false),
    ] {
        assert_eq!(plain_ignores_case(name), expected, "{name}");
    }
    let found: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| role.ignores_case())
        .collect();
    assert_eq!(
        found,
        [
            Role::Currency,
            Role::ResourceGroup,
            Role::Resource,
            Role::Subscription,
            Role::ChargeType,
            Role::PublisherType,
            Role::PricingModel,
            Role::Reservation,
            Role::Benefit,
        ]
    );
}

#[test]
fn a_subscription_is_its_guid_or_the_first_part_of_its_path() {
    for (text, id) in [
        ("0f-1", "0f-1"),
        (" 0f-1 ", "0f-1"),
        ("/subscriptions/0f-1", "0f-1"),
        ("/Subscriptions/0f-1/resourceGroups/a", "0f-1"),
        ("/subscriptions/", ""),
        ("subscriptions/0f-1", "subscriptions/0f-1"),
        ("", ""),
    ] {
        assert_eq!(subscription_id(text), id, "{text}");
    }
}

#[test]
fn numbers_and_vocabularies_are_told_from_other_columns() {
    for (name, number, vocabulary) in [
        ("costinusd", true, false),
        ("quantity", true, false),
        ("xpricingblocksize", true, false),
        ("chargetype", false, true),
        ("currency", false, true),
        ("meterid", false, false),
        ("billingmonth", false, false),
        ("", false, false),
    ] {
        assert_eq!(column_kinds::is_number(name), number, "{name}");
        assert_eq!(column_kinds::is_vocabulary(name), vocabulary, "{name}");
    }
}

#[test]
fn datasets_without_costs_are_named_by_columns_they_have_together() {
    for (headers, words) in [
        ("pricetype baseprice", Some("price sheet")),
        ("baseprice other pricetype", Some("price sheet")),
        ("pricetype", None),
        ("baseprice", None),
        ("reservedhours usedhours", Some("reservation details")),
        (
            "eventtype armskuname reservationorderid",
            Some("reservation transactions"),
        ),
        (
            "eventtype armskuname purchasingenrollment",
            Some("reservation transactions"),
        ),
        ("eventtype armskuname", None),
        (
            "netsavings recommendedquantity",
            Some("reservation recommendations"),
        ),
        (
            "billingpretaxtotal pricingpretaxtotal",
            Some("daily rated usage"),
        ),
        ("subtotal taxtotal", Some("invoice reconciliation")),
        (
            "pretaxcharges overagequantity",
            Some("usage reconciliation"),
        ),
        (
            "durableofferid totalforcustomer",
            Some("licence reconciliation"),
        ),
        (
            "category recommendation businessimpact",
            Some("Azure Advisor"),
        ),
        ("cost date", None),
        ("", None),
    ] {
        let names: Vec<String> = headers.split_whitespace().map(str::to_owned).collect();
        let found = column_kinds::other_dataset(&names);
        match (found, words) {
            (Some(kind), Some(words)) => assert!(kind.contains(words), "{headers}: {kind}"),
            (found, words) => assert_eq!(found, words, "{headers}"),
        }
    }
}
