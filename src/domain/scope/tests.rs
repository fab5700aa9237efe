//! Scopes are parsed in every form people paste, and printed in one form.

use crate::domain::scope::{Agreement, Reports, Scope, ScopeId, ScopeKind, is_guid};
use proptest::prelude::*;

#[test]
fn every_kind_is_read_and_printed() {
    use ScopeKind as K;
    let guid = "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02";
    let billing = "providers/Microsoft.Billing";
    let cases = [
        (
            guid.to_owned(),
            K::Subscription,
            format!("subscriptions/{guid}"),
        ),
        (
            format!("/Subscriptions/{guid}/"),
            K::Subscription,
            format!("subscriptions/{guid}"),
        ),
        (
            format!("subscriptions/{guid}/resourcegroups/RG-a"),
            K::ResourceGroup,
            format!("subscriptions/{guid}/resourceGroups/RG-a"),
        ),
        (
            "/providers/microsoft.management/managementgroups/mg".into(),
            K::ManagementGroup,
            "providers/Microsoft.Management/managementGroups/mg".into(),
        ),
        (
            " 8608480 ".into(),
            K::BillingAccount,
            format!("{billing}/billingAccounts/8608480"),
        ),
        (
            format!("{billing}/billingAccounts/a:b_2019-05-31"),
            K::BillingAccount,
            format!("{billing}/billingAccounts/a:b_2019-05-31"),
        ),
        (
            format!("{billing}/billingAccounts/1/departments/2"),
            K::Department,
            format!("{billing}/billingAccounts/1/departments/2"),
        ),
        (
            format!("{billing}/departments/2"),
            K::Department,
            format!("{billing}/departments/2"),
        ),
        (
            format!("{billing}/billingAccounts/1/enrollmentAccounts/3"),
            K::EnrollmentAccount,
            format!("{billing}/billingAccounts/1/enrollmentAccounts/3"),
        ),
        (
            format!("{billing}/enrollmentAccounts/3"),
            K::EnrollmentAccount,
            format!("{billing}/enrollmentAccounts/3"),
        ),
        (
            format!("{billing}/billingAccounts/1/billingProfiles/p"),
            K::BillingProfile,
            format!("{billing}/billingAccounts/1/billingProfiles/p"),
        ),
        (
            format!("{billing}/billingAccounts/1/billingProfiles/p/invoiceSections/s"),
            K::InvoiceSection,
            format!("{billing}/billingAccounts/1/billingProfiles/p/invoiceSections/s"),
        ),
        (
            format!("{billing}/billingAccounts/1/invoiceSections/s"),
            K::InvoiceSection,
            format!("{billing}/billingAccounts/1/invoiceSections/s"),
        ),
        (
            format!("{billing}/billingAccounts/1/customers/c"),
            K::Customer,
            format!("{billing}/billingAccounts/1/customers/c"),
        ),
        // The list returns customers under a profile; costs are read directly under the account.
        (
            format!("{billing}/billingAccounts/1/billingProfiles/p/customers/c"),
            K::Customer,
            format!("{billing}/billingAccounts/1/customers/c"),
        ),
    ];
    let upper = ScopeId::parse(&guid.to_uppercase()).unwrap();
    assert_eq!(
        upper,
        ScopeId::parse(guid).unwrap(),
        "one scope, however its id was pasted"
    );
    for (text, kind, printed) in cases {
        let scope = ScopeId::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            (scope.kind(), scope.path()),
            (kind, printed.as_str()),
            "{text}"
        );
        assert_eq!(ScopeId::parse(scope.path()).unwrap(), scope, "{text}");
    }
}

#[test]
fn invalid_scopes_are_refused_with_valid_forms() {
    for text in [
        "",
        "/",
        "prod",
        "subscriptions",
        "subscriptions/",
        "subscriptions//x",
        "a/../b",
        "subscriptions/a?x=1",
        "subscriptions/a/b",
    ] {
        let error = ScopeId::parse(text).unwrap_err().to_string();
        assert!(error.contains("subscription id"), "{text}: {error}");
    }
}

#[test]
fn the_name_of_a_billing_account_tells_the_agreement() {
    let cases = [
        ("8608480", Some(Agreement::Ea)),
        ("a:b_2019-05-31", Some(Agreement::Mca)),
        (
            "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02",
            Some(Agreement::Payg),
        ),
        ("x", None),
    ];
    for (name, expected) in cases {
        assert_eq!(Agreement::from_account_name(name), expected, "{name}");
    }
}

/// One scope of every kind.
fn scopes() -> Vec<ScopeId> {
    let billing = "providers/Microsoft.Billing/billingAccounts";
    [
        "subscriptions/s",
        "subscriptions/s/resourceGroups/g",
        "providers/Microsoft.Management/managementGroups/m",
        &format!("{billing}/8608480"),
        &format!("{billing}/a:b_2019-05-31/billingProfiles/p"),
        &format!("{billing}/a:b_2019-05-31/billingProfiles/p/invoiceSections/i"),
        &format!("{billing}/8608480/departments/d"),
        &format!("{billing}/8608480/departments/d/enrollmentAccounts/e"),
        &format!("{billing}/a:b_2019-05-31/customers/c"),
    ]
    .map(|text| ScopeId::parse(text).unwrap())
    .into()
}

#[test]
fn each_kind_has_its_words_and_limits() {
    use Agreement::{Ea, Mca, Mpa, Payg};
    // Word, reports, list below it, invoices, complete totals, agreement, last part.
    let expected = [
        ("subscription", "work", false, false, true, None, "s"),
        ("resource-group", "usage", false, false, true, None, "g"),
        ("management-group", "none", true, false, true, None, "m"),
        (
            "billing-account",
            "work",
            true,
            false,
            true,
            Some(Ea),
            "8608480",
        ),
        ("billing-profile", "work", true, true, true, Some(Mca), "p"),
        (
            "invoice-section",
            "work",
            false,
            false,
            false,
            Some(Mca),
            "i",
        ),
        ("department", "work", true, false, false, Some(Ea), "d"),
        (
            "enrollment-account",
            "work",
            false,
            false,
            false,
            Some(Ea),
            "e",
        ),
        ("customer", "work", false, true, true, Some(Mpa), "c"),
    ];
    for (id, (word, reports, branch, invoices, whole, agreement, tail)) in
        scopes().iter().zip(expected)
    {
        let kind = id.kind();
        assert_eq!(
            (kind.word(), id.tail(), id.agreement()),
            (word, tail, agreement)
        );
        assert_eq!(kind.to_string(), word.replace('-', " "));
        assert_eq!(id.to_string(), id.path());
        let scope = Scope::found(id.clone(), "name".to_owned(), agreement, None);
        let found = match &scope.reports {
            Reports::Work => "work",
            Reports::UsageDetails => "usage",
            Reports::WorkNot { why } => {
                assert_eq!(Some(why.as_str()), kind.why_no_reports());
                "none"
            }
        };
        assert_eq!(found, reports, "{word}");
        assert_eq!(kind.why_no_reports().is_some(), found != "work", "{word}");
        assert_eq!(scope.is_branch(), branch, "{word}");
        assert_eq!(kind.has_invoices(), invoices, "{word}");
        assert_eq!(kind.leaves_out().is_none(), whole, "{word}");
    }
    // Pay-as-you-go has rows but no reports, and nothing below the account.
    let account = ScopeId::parse(
        "providers/Microsoft.Billing/billingAccounts/3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02",
    )
    .unwrap();
    assert_eq!(account.agreement(), Some(Payg));
    let scope = Scope::found(account, "name".to_owned(), Some(Payg), None);
    assert_eq!(scope.reports, Reports::UsageDetails);
    assert!(!scope.is_branch());
}

#[test]
fn agreements_are_looked_up_where_they_are_unknown_and_matter() {
    let mut subscription = Scope::found(
        ScopeId::parse("subscriptions/s").unwrap(),
        "name".to_owned(),
        None,
        None,
    );
    assert!(subscription.wants_agreement());
    subscription.learn(Agreement::Payg);
    assert_eq!(subscription.agreement, Some(Agreement::Payg));
    assert_eq!(subscription.reports, Reports::UsageDetails);
    assert!(!subscription.wants_agreement());
    for id in scopes().into_iter().skip(1) {
        assert!(!Scope::found(id, "name".to_owned(), None, None).wants_agreement());
    }
    for (name, expected) in [
        ("EnterpriseAgreement", Some(Agreement::Ea)),
        ("microsoftcustomeragreement", Some(Agreement::Mca)),
        ("MicrosoftPartnerAgreement", Some(Agreement::Mpa)),
        ("MicrosoftOnlineServicesProgram", Some(Agreement::Payg)),
        ("", None),
        ("other", None),
    ] {
        assert_eq!(Agreement::from_api(name), expected, "{name}");
        let Some(agreement) = expected else { continue };
        let word = serde_json::to_string(&agreement).unwrap();
        assert_eq!(word, format!("\"{}\"", agreement.word()));
    }
    assert_eq!(Agreement::from_account_name(""), None);
}

#[test]
fn other_spellings_are_those_that_the_api_may_prefer() {
    let billing = "providers/Microsoft.Billing";
    let mut expected = vec![None; 9];
    expected[5] = Some(format!(
        "{billing}/billingAccounts/a:b_2019-05-31/invoiceSections/i"
    ));
    expected[6] = Some(format!("{billing}/departments/d"));
    expected[7] = Some(format!("{billing}/enrollmentAccounts/e"));
    for (id, expected) in scopes().iter().zip(expected) {
        let other = id.other_spelling();
        assert_eq!(other, expected, "{id}");
        if let Some(other) = other {
            let again = ScopeId::parse(&other).unwrap();
            assert_eq!((again.kind(), again.other_spelling()), (id.kind(), None));
        }
    }
    let group = ScopeId::parse("subscriptions/s/resourceGroups/g").unwrap();
    assert_eq!(group.resource_group(), Some(("subscriptions/s", "g")));
    assert_eq!(
        ScopeId::parse("subscriptions/s").unwrap().resource_group(),
        None
    );
    assert_eq!(group.billing_account(), None);
    let json = serde_json::to_string(&group).unwrap();
    assert_eq!(json, "\"subscriptions/s/resourceGroups/g\"");
    assert_eq!(serde_json::from_str::<ScopeId>(&json).unwrap(), group);
    assert!(serde_json::from_str::<ScopeId>("\"x\"").is_err());
}

#[test]
fn a_billing_period_may_stand_behind_a_scope() {
    let periods = "providers/Microsoft.Billing/billingPeriods";
    for (text, path, period) in [
        (
            format!("subscriptions/s/{periods}/202403"),
            "subscriptions/s",
            Some("202403"),
        ),
        (
            format!("/subscriptions/s/{}/202403/", periods.to_uppercase()),
            "subscriptions/s",
            Some("202403"),
        ),
        ("subscriptions/s".to_owned(), "subscriptions/s", None),
    ] {
        let (scope, name) = ScopeId::parse_with_period(&text).unwrap();
        assert_eq!((scope.path(), name.as_deref()), (path, period), "{text}");
    }
    for text in [
        format!("subscriptions/s/{periods}"),
        format!("subscriptions/s/{periods}/202403/x"),
        format!("{periods}/202403"),
        format!("x/{periods}/202403"),
    ] {
        assert!(ScopeId::parse_with_period(&text).is_err(), "{text}");
    }
}

#[test]
fn a_guid_has_its_dashes_and_hexadecimal_digits() {
    let guid = "3f1c2b7e-0001-4e5a-9D10-6b2f4c8a9a02";
    assert!(is_guid(guid));
    for at in 0..guid.len() {
        let mut other = guid.to_owned();
        other.replace_range(at..=at, "g");
        assert!(!is_guid(&other), "{other}");
        other.replace_range(at..=at, "");
        assert!(!is_guid(&other), "{other}");
    }
    assert!(!is_guid(&guid.replace('-', "0")));
    assert!(!is_guid(&"-".repeat(36)));
    for text in [
        "subscriptions/a#b",
        "subscriptions/a\\b",
        "subscriptions/a\u{7}",
        "subscriptions/.",
        "subscriptions/ ",
    ] {
        assert!(ScopeId::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[/a-zA-Z0-9:._ -]{0,60}") {
        if let Ok(scope) = ScopeId::parse(&text) {
            let again = ScopeId::parse(scope.path()).unwrap();
            prop_assert_eq!(again.path(), scope.path());
        }
    }
}
