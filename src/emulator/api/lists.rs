//! The lists that scope discovery reads: tenants, subscriptions and their groups, management groups, billing accounts
//! and their children.

use crate::emulator::bills::accounts;
use crate::emulator::bills::accounts::{
    Bill, CUSTOMERS, DEPARTMENTS, EA_ACCOUNT, ENROLLMENT_ACCOUNTS, FileLayout, MCA_ACCOUNT,
    MPA_ACCOUNT, MPA_PROFILE, PAYG_ACCOUNT, PROFILES, Profile, SUBSCRIPTIONS, Subscription, TENANT,
};
use crate::emulator::bills::rows;
use crate::emulator::bills::rows::Metric;
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ROOT: &str = "/providers/Microsoft.Billing/billingAccounts";

/// `GET /subscriptions`.
pub fn subscriptions() -> Vec<Value> {
    let item = |subscription: &Subscription| {
        let quota = if subscription.bill == Bill::PayAsYouGo {
            "PayAsYouGo_2014-09-01"
        } else {
            "EnterpriseAgreement_2014-09-01"
        };
        json!({
            "id": format!("/subscriptions/{}", subscription.id),
            "subscriptionId": subscription.id,
            "displayName": subscription.name,
            "tenantId": TENANT,
            "state": "Enabled",
            "authorizationSource": "RoleBased",
            "subscriptionPolicies": { "locationPlacementId": "Public_2014-09-01", "quotaId": quota, "spendingLimit": "Off" },
        })
    };
    SUBSCRIPTIONS.iter().map(item).collect()
}

/// `GET /tenants`.
pub fn tenants() -> Vec<Value> {
    vec![json!({
        "id": format!("/tenants/{TENANT}"),
        "tenantId": TENANT,
        "tenantCategory": "Home",
        "tenantType": "AAD",
        "displayName": "Contoso",
        "countryCode": "DE",
        "defaultDomain": "contoso.example",
        "domains": ["contoso.example"],
    })]
}

/// `GET /subscriptions/{id}/resourcegroups`: the groups whose resources have costs on a day.
pub fn resource_groups(id: &str, day: NaiveDate, seed: u64) -> Option<Vec<Value>> {
    let known = SUBSCRIPTIONS
        .iter()
        .find(|subscription| subscription.id.eq_ignore_ascii_case(id))?;
    let view = accounts::view(FileLayout::Ea, |other| other.id == known.id);
    let mut groups = BTreeMap::new();
    for row in rows::day(&view, Metric::Actual, day, seed) {
        if let Some((name, _)) = row.group {
            groups.entry(name).or_insert(row.region);
        }
    }
    let item = |(name, region): (String, &str)| {
        json!({
            "id": format!("/subscriptions/{}/resourceGroups/{name}", known.id),
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": region,
            "properties": { "provisioningState": "Succeeded" },
        })
    };
    Some(groups.into_iter().map(item).collect())
}

/// `GET /subscriptions/{id}/providers/Microsoft.Billing/billingProperty/default`.
pub fn billing_property(id: &str) -> Option<Value> {
    let subscription = SUBSCRIPTIONS
        .iter()
        .find(|subscription| subscription.id.eq_ignore_ascii_case(id))?;
    let (agreement, account) = match subscription.bill {
        Bill::Ea { .. } => ("EnterpriseAgreement", EA_ACCOUNT),
        Bill::Mca { .. } => ("MicrosoftCustomerAgreement", MCA_ACCOUNT),
        Bill::PayAsYouGo => ("MicrosoftOnlineServicesProgram", PAYG_ACCOUNT),
        Bill::Mpa(_) => ("MicrosoftPartnerAgreement", MPA_ACCOUNT),
    };
    Some(json!({
        "id": format!("/subscriptions/{}/providers/Microsoft.Billing/billingProperty/default", subscription.id),
        "name": "default",
        "properties": {
            "billingAccountAgreementType": agreement,
            "billingAccountId": format!("/providers/Microsoft.Billing/billingAccounts/{account}"),
        },
    }))
}

/// `GET /providers/Microsoft.Management/managementGroups`.
pub fn management_groups() -> Vec<Value> {
    let item = |name: &str, display: &str| {
        json!({
            "id": format!("/providers/Microsoft.Management/managementGroups/{name}"),
            "name": name,
            "type": "Microsoft.Management/managementGroups",
            "properties": { "displayName": display, "tenantId": TENANT },
        })
    };
    vec![
        item(TENANT, "Tenant Root Group"),
        item("mg-prod", "mg-prod"),
    ]
}

/// `GET .../managementGroups/{name}/descendants`: groups below, and subscriptions at any depth.
pub fn descendants(group: &str) -> Option<Vec<Value>> {
    let below = |name: &str| {
        json!({
            "id": format!("/providers/Microsoft.Management/managementGroups/{name}"),
            "type": "Microsoft.Management/managementGroups",
            "name": name,
            "properties": { "displayName": name, "parent": { "id": format!("/providers/Microsoft.Management/managementGroups/{TENANT}") } },
        })
    };
    let item = |subscription: &Subscription| {
        json!({
            "id": format!("/subscriptions/{}", subscription.id),
            "type": "Microsoft.Management/managementGroups/subscriptions",
            "name": subscription.id,
            "properties": { "displayName": subscription.name, "parent": { "id": format!("/providers/Microsoft.Management/managementGroups/{group}") } },
        })
    };
    let prod = |s: &&Subscription| s.name.contains("prod");
    match group {
        "mg-prod" => Some(SUBSCRIPTIONS.iter().filter(prod).map(item).collect()),
        TENANT => {
            let mut all = vec![below("mg-prod")];
            all.extend(SUBSCRIPTIONS.iter().map(item));
            Some(all)
        }
        _ => None,
    }
}

/// Lists under `/providers/Microsoft.Billing`, by the rest of the path in lower case.
pub fn billing_list(path: &[&str]) -> Option<Vec<Value>> {
    match path {
        ["billingaccounts"] => Some(billing_accounts()),
        ["billingaccounts", EA_ACCOUNT, "departments"] => Some(departments()),
        ["billingaccounts", EA_ACCOUNT, "enrollmentaccounts"] => Some(enrollment_accounts()),
        ["billingaccounts", MCA_ACCOUNT, "billingprofiles"] => Some(profiles()),
        [
            "billingaccounts",
            MCA_ACCOUNT,
            "billingprofiles",
            name,
            "invoicesections",
        ] => PROFILES
            .iter()
            .find(|profile| profile.name.eq_ignore_ascii_case(name))
            .map(sections),
        [
            "billingaccounts",
            EA_ACCOUNT,
            "departments",
            department,
            "enrollmentaccounts",
        ] => Some(
            enrollment_accounts()
                .into_iter()
                .filter(|account| {
                    account.pointer("/properties/departmentId") == Some(&json!(department))
                })
                .collect(),
        ),
        ["billingaccounts", MPA_ACCOUNT, "billingprofiles"] => Some(partner_profiles()),
        [
            "billingaccounts",
            MPA_ACCOUNT,
            "billingprofiles",
            _,
            "customers",
        ] => Some(customers(true)),
        ["billingaccounts", MPA_ACCOUNT, "customers"] => Some(customers(false)),
        ["billingaccounts", EA_ACCOUNT | MCA_ACCOUNT, _] => Some(Vec::new()),
        _ => None,
    }
}

fn item(id: &str, name: &str, properties: &Value) -> Value {
    json!({ "id": id, "name": name, "properties": properties })
}

fn billing_accounts() -> Vec<Value> {
    let ea = json!({
        "displayName": "Contoso Enrolment", "agreementType": "EnterpriseAgreement",
        "accountStatus": "Active", "accountType": "Enterprise", "hasReadAccess": true,
        "enrollmentDetails": { "currency": "USD" },
    });
    let mca = json!({
        "displayName": "Contoso Europe", "agreementType": "MicrosoftCustomerAgreement",
        "accountStatus": "Active", "accountType": "Business", "hasReadAccess": true,
    });
    let mpa = json!({
        "displayName": "Contoso Partner", "agreementType": "MicrosoftPartnerAgreement",
        "accountStatus": "Active", "accountType": "Partner", "hasReadAccess": true,
    });
    let payg = json!({
        "displayName": "Contoso Sandbox", "agreementType": "MicrosoftOnlineServicesProgram",
        "accountStatus": "Active", "accountType": "Individual", "hasReadAccess": true,
    });
    vec![
        item(&format!("{ROOT}/{EA_ACCOUNT}"), EA_ACCOUNT, &ea),
        item(&format!("{ROOT}/{MCA_ACCOUNT}"), MCA_ACCOUNT, &mca),
        item(&format!("{ROOT}/{MPA_ACCOUNT}"), MPA_ACCOUNT, &mpa),
        item(&format!("{ROOT}/{PAYG_ACCOUNT}"), PAYG_ACCOUNT, &payg),
    ]
}

fn partner_profiles() -> Vec<Value> {
    let properties = json!({
        "displayName": "Partner EUR", "currency": "EUR", "status": "Active", "hasReadAccess": true,
    });
    let path = format!("{ROOT}/{MPA_ACCOUNT}/billingProfiles/{MPA_PROFILE}");
    vec![item(&path, MPA_PROFILE, &properties)]
}

/// Customers; in the list of a profile, their ids are under that profile, too.
fn customers(under_profile: bool) -> Vec<Value> {
    let place = if under_profile {
        format!("{ROOT}/{MPA_ACCOUNT}/billingProfiles/{MPA_PROFILE}")
    } else {
        format!("{ROOT}/{MPA_ACCOUNT}")
    };
    let customer = |(id, name): &(&str, &str)| {
        let properties = json!({ "displayName": name, "status": "Active" });
        item(&format!("{place}/customers/{id}"), id, &properties)
    };
    CUSTOMERS.iter().map(customer).collect()
}

fn departments() -> Vec<Value> {
    let department = |(id, name): &(&str, &str)| {
        let properties = json!({ "displayName": name, "status": "Active" });
        item(
            &format!("{ROOT}/{EA_ACCOUNT}/departments/{id}"),
            id,
            &properties,
        )
    };
    DEPARTMENTS.iter().map(department).collect()
}

fn enrollment_accounts() -> Vec<Value> {
    let account = |(id, owner, department): &(&str, &str, &str)| {
        let properties = json!({
            "displayName": owner, "accountOwner": owner, "departmentId": department, "status": "Active",
        });
        let path = format!("{ROOT}/{EA_ACCOUNT}/enrollmentAccounts/{id}");
        item(&path, id, &properties)
    };
    ENROLLMENT_ACCOUNTS.iter().map(account).collect()
}

fn profiles() -> Vec<Value> {
    let profile = |profile: &Profile| {
        let properties = json!({
            "displayName": profile.display, "currency": profile.currency, "status": "Active",
            "hasReadAccess": true,
        });
        let path = format!("{ROOT}/{MCA_ACCOUNT}/billingProfiles/{}", profile.name);
        item(&path, profile.name, &properties)
    };
    PROFILES.iter().map(profile).collect()
}

fn sections(profile: &Profile) -> Vec<Value> {
    let path = format!(
        "{ROOT}/{MCA_ACCOUNT}/billingProfiles/{}/invoiceSections",
        profile.name
    );
    let section = |(id, display): &(&str, &str)| {
        let properties = json!({ "displayName": display, "state": "Active" });
        item(&format!("{path}/{id}"), id, &properties)
    };
    profile.sections.iter().map(section).collect()
}
