//! Scopes are parsed in every form people paste, and printed in one form.

use crate::domain::scope::{Agreement, ScopeId, ScopeKind};
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

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[/a-zA-Z0-9:._ -]{0,60}") {
        if let Ok(scope) = ScopeId::parse(&text) {
            let again = ScopeId::parse(scope.path()).unwrap();
            prop_assert_eq!(again.path(), scope.path());
        }
    }
}
