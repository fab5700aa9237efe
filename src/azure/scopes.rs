//! Scope discovery: subscriptions, management groups, billing accounts and their children, all pages.
//!
//! Lists: Microsoft.Resources 2022-12-01, Microsoft.Management 2020-05-01, Microsoft.Billing 2024-04-01. A refused list
//! is reported and never hides the others.

use super::answer::Answer;
use super::client::Client;
use super::error::AzureError;
use super::wire;
use super::wire::Page;
use crate::domain::scope::{Agreement, Reports, Scope, ScopeId, ScopeKind};
use crate::domain::text::redaction;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::collections::HashSet;

pub(super) const BILLING: &str = "2024-04-01";
pub(super) const SUBSCRIPTIONS: &str = "2022-12-01";
const MANAGEMENT: &str = "2020-05-01";
/// The number of subscriptions whose agreement is queried one by one; more would use up the quota that all tools share.
pub const AGREEMENTS_ASKED: usize = 50;
/// The number of concurrent calls.
const AT_ONCE: usize = 4;

/// The scopes found, and the lists that were refused.
#[derive(Debug, Default)]
pub struct FoundScopes {
    pub scopes: Vec<Scope>,
    pub problems: Vec<String>,
    /// The first refusal, reported if nothing was found.
    refused: Option<AzureError>,
}

impl FoundScopes {
    fn add(&mut self, other: Self) {
        self.scopes.extend(other.scopes);
        self.problems.extend(other.problems);
        self.refused = self.refused.take().or(other.refused);
    }

    /// The scopes found, or the refusal if there is nothing else.
    fn or_refused(mut self) -> Result<Self, AzureError> {
        match self.refused.take() {
            Some(error) if self.scopes.is_empty() => Err(error),
            _ => Ok(self),
        }
    }
}

/// Lists every scope the identity can see, in the order of the tree.
pub async fn list(client: &Client) -> Result<FoundScopes, AzureError> {
    let roots = roots(client).await?;
    let mut found = FoundScopes {
        problems: roots.problems,
        ..FoundScopes::default()
    };
    for root in roots.scopes {
        let opens = root.id.kind() == ScopeKind::BillingAccount && root.is_branch();
        let id = root.id.clone();
        let agreement = root.agreement;
        found.scopes.push(root);
        if opens {
            let under = children(client, &id, agreement).await?;
            for scope in under.scopes {
                let profile = scope.id.kind() == ScopeKind::BillingProfile;
                let (id, agreement) = (scope.id.clone(), scope.agreement);
                found.scopes.push(scope);
                if profile {
                    found.add(children(client, &id, agreement).await?);
                }
            }
            found.problems.extend(under.problems);
        }
    }
    let unknown = found.scopes.iter().filter(|scope| scope.wants_agreement());
    let unknown: Vec<ScopeId> = unknown.map(|scope| scope.id.clone()).collect();
    for (id, agreement) in agreements(client, unknown).await {
        for scope in found.scopes.iter_mut().filter(|scope| scope.id == id) {
            scope.learn(agreement);
        }
    }
    Ok(found)
}

/// The top of the tree: billing accounts, management groups and subscriptions. Agreements and children are queried on
/// demand.
pub async fn roots(client: &Client) -> Result<FoundScopes, AzureError> {
    // Sign in before the three concurrent lists, or each would report the same error.
    client.sign_in().await?;
    let lister = Lister { client };
    let (accounts, groups, subscriptions) = futures_util::future::join3(
        lister.named(
            "billing accounts",
            "providers/Microsoft.Billing/billingAccounts",
            BILLING,
        ),
        lister.named(
            "management groups",
            "providers/Microsoft.Management/managementGroups",
            MANAGEMENT,
        ),
        lister.named("subscriptions", "subscriptions", SUBSCRIPTIONS),
    )
    .await;
    let mut found = FoundScopes::default();
    let items = accounts?.into(&mut found);
    found.scopes.extend(items.iter().filter_map(account));
    let items = groups?.into(&mut found);
    let group = |item: &Value| scope(item, None, None);
    found.scopes.extend(items.iter().filter_map(group));
    let items = subscriptions?.into(&mut found);
    found.scopes.extend(items.iter().filter_map(subscription));
    found.or_refused()
}

/// Lists the children of a scope.
pub async fn children(
    client: &Client,
    id: &ScopeId,
    agreement: Option<Agreement>,
) -> Result<FoundScopes, AzureError> {
    const ENROLMENTS: (&str, &str) = ("enrolment accounts", "enrollmentAccounts");
    let lister = Lister { client };
    let mut found = FoundScopes::default();
    let lists: &[(&str, &str)] = match (id.kind(), agreement) {
        (ScopeKind::BillingAccount, Some(Agreement::Ea)) => {
            &[("departments", "departments"), ENROLMENTS]
        }
        (ScopeKind::BillingAccount, _) => {
            lister.profiles(id, agreement, &mut found).await?;
            &[]
        }
        (ScopeKind::BillingProfile, Some(Agreement::Mpa)) => &[("customers", "customers")],
        (ScopeKind::BillingProfile, _) => &[("invoice sections", "invoiceSections")],
        (ScopeKind::Department, _) => &[ENROLMENTS],
        (ScopeKind::ManagementGroup, _) => {
            let path = format!("{id}/descendants");
            let what = format!("descendants of {}", id.tail());
            let answer = lister.named(&what, &path, MANAGEMENT).await?;
            let items = answer.into(&mut found);
            let scopes = items.iter().filter_map(|item| descendant(item, id));
            found.scopes.extend(scopes);
            &[]
        }
        _ => &[],
    };
    for (what, list) in lists {
        let items = lister.under(what, id, list).await?.into(&mut found);
        let scopes = items
            .iter()
            .filter_map(|item| scope(item, agreement, Some(id)));
        found.scopes.extend(scopes);
    }
    Ok(found)
}

/// The agreements of subscriptions, if they may be read; the first few only.
pub async fn agreements(client: &Client, ids: Vec<ScopeId>) -> Vec<(ScopeId, Agreement)> {
    stream::iter(ids.into_iter().take(AGREEMENTS_ASKED))
        .map(|id| async move {
            let answer = billing_property(client, &id).await;
            (id, answer)
        })
        .buffered(AT_ONCE)
        // If the quota is used up, the rest is not queried.
        .take_while(|(_, answer)| {
            let status = answer.as_ref().map(|answer| answer.status);
            std::future::ready(status != Some(429))
        })
        .filter_map(|(id, answer)| {
            let agreement = answer.as_ref().and_then(agreement_in);
            std::future::ready(agreement.map(|agreement| (id, agreement)))
        })
        .collect()
        .await
}

/// Queries the agreement once. `billingProperty` needs only Reader; without it, the agreement is unknown and is learned
/// from the order.
pub async fn agreement(client: &Client, id: &ScopeId) -> Option<Agreement> {
    agreement_in(&billing_property(client, id).await?)
}

async fn billing_property(client: &Client, id: &ScopeId) -> Option<Answer> {
    let path = format!("{id}/providers/Microsoft.Billing/billingProperty/default");
    let url = client.url(&path, &[("api-version", BILLING)]).ok()?;
    client.send(reqwest::Method::GET, url, None).await.ok()
}

fn agreement_in(answer: &Answer) -> Option<Agreement> {
    if answer.status != 200 {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    Agreement::from_api(&text(&body, "/properties/billingAccountAgreementType")?)
}

/// The items of a list, or the reason it was refused.
struct Listed {
    items: Vec<Value>,
    refused: Option<(String, AzureError)>,
}

impl Listed {
    fn into(self, found: &mut FoundScopes) -> Vec<Value> {
        if let Some((problem, error)) = self.refused {
            found.problems.push(problem);
            found.refused.get_or_insert(error);
        }
        self.items
    }
}

struct Lister<'a> {
    client: &'a Client,
}

impl Lister<'_> {
    /// The billing profiles of an account. A partner without a role on them may still see the customers.
    async fn profiles(
        &self,
        id: &ScopeId,
        agreement: Option<Agreement>,
        found: &mut FoundScopes,
    ) -> Result<(), AzureError> {
        let listed = self
            .under("billing profiles", id, "billingProfiles")
            .await?;
        let profiles = listed.into(found);
        let profile = |item| readable(item, agreement, Some(id), "/properties/currency");
        found.scopes.extend(profiles.iter().filter_map(profile));
        if agreement == Some(Agreement::Mpa) && found.scopes.is_empty() {
            let customers = self.under("customers", id, "customers").await?.into(found);
            let customer = |item| scope(item, agreement, Some(id));
            found.scopes.extend(customers.iter().filter_map(customer));
        }
        Ok(())
    }

    async fn under(&self, what: &str, id: &ScopeId, list: &str) -> Result<Listed, AzureError> {
        let what = format!("{what} of {}", id.tail());
        self.named(&what, &format!("{id}/{list}"), BILLING).await
    }

    /// All pages of a list. A refusal is recorded and keeps the items before it; a failed sign-in aborts everything.
    async fn named(&self, what: &str, path: &str, version: &str) -> Result<Listed, AzureError> {
        let mut items = Vec::new();
        let refused = match self.pages(path, version, &mut items).await {
            Ok(()) => None,
            Err(error @ AzureError::SignIn(_)) => return Err(error),
            Err(error) => {
                let partly = if items.is_empty() { "" } else { " completely" };
                let problem = format!("{what} could not be listed{partly}: {error}");
                Some((problem, error))
            }
        };
        Ok(Listed { items, refused })
    }

    async fn pages(
        &self,
        path: &str,
        version: &str,
        items: &mut Vec<Value>,
    ) -> Result<(), AzureError> {
        let mut url = self.client.url(path, &[("api-version", version)])?;
        let mut seen = HashSet::new();
        loop {
            if !seen.insert(url.to_string()) {
                let text = format!("the pages of the list of {path} form a loop");
                return Err(AzureError::Unreadable(text));
            }
            let answer = self.client.get(url).await?;
            // 204: an empty list.
            if answer.status == 204 {
                return Ok(());
            }
            let page: Page<Value> = serde_json::from_slice(&answer.body).map_err(|error| {
                AzureError::Unreadable(format!(
                    "the list of {path} could not be read: {}",
                    wire::place(&error)
                ))
            })?;
            let next = page.next();
            items.extend(page.value.unwrap_or_default());
            match next {
                Some(link) => url = self.client.target().poll_link(&answer.url, &link)?,
                None => return Ok(()),
            }
        }
    }
}

/// A billing account, whose name may show its agreement.
fn account(item: &Value) -> Option<Scope> {
    let name = text(item, "/name").unwrap_or_default();
    let stated =
        text(item, "/properties/agreementType").and_then(|kind| Agreement::from_api(&kind));
    let agreement = stated.or_else(|| Agreement::from_account_name(&name));
    let currency = "/properties/enrollmentDetails/currency";
    readable(item, agreement, None, currency)
}

/// A billing account or profile with its currency as a note; one without read access is not a scope.
fn readable(
    item: &Value,
    agreement: Option<Agreement>,
    parent: Option<&ScopeId>,
    currency: &str,
) -> Option<Scope> {
    if item.pointer("/properties/hasReadAccess") == Some(&Value::Bool(false)) {
        return None;
    }
    let mut found = scope(item, agreement, parent)?;
    found.note = text(item, currency);
    Some(found)
}

/// A subscription, with the facts that its offer implies.
fn subscription(item: &Value) -> Option<Scope> {
    let hint = text(item, "/subscriptionPolicies/quotaId").and_then(|quota| offer_hint(&quota));
    let agreement = matches!(hint, Some(Offer::PayAsYouGo)).then_some(Agreement::Payg);
    let mut found = scope(item, agreement, None)?;
    if let Some(Offer::Unsupported) = hint {
        found.reports = Reports::WorkNot {
            why: "this type of offer has no cost API".to_owned(),
        };
    }
    let state = text(item, "/state").filter(|state| !state.eq_ignore_ascii_case("enabled"));
    found.note = state.map(|state| state.to_lowercase());
    Some(found)
}

/// A group or subscription somewhere under a management group.
fn descendant(item: &Value, group: &ScopeId) -> Option<Scope> {
    let kind = text(item, "/type").unwrap_or_default().to_lowercase();
    let name = text(item, "/name")?;
    if !kind.ends_with("subscriptions") {
        return None;
    }
    // The id may be a path under the group; costs are read at the subscription itself.
    let id = ScopeId::parse(&format!("subscriptions/{name}")).ok()?;
    let shown = text(item, "/properties/displayName").unwrap_or_else(|| name.clone());
    Some(Scope::found(id, shown, None, Some(group.clone())))
}

enum Offer {
    PayAsYouGo,
    Unsupported,
}

/// The offer that a quota id identifies for certain (Microsoft Learn, "Understand Cost Management data"); EA and MCA
/// share one.
fn offer_hint(quota: &str) -> Option<Offer> {
    match quota.split('_').next().unwrap_or_default() {
        "PayAsYouGo" | "MSDN" | "MPN" | "FreeTrial" | "AzurePass" | "AzureInOpen" => {
            Some(Offer::PayAsYouGo)
        }
        "Sponsored" | "DreamSpark" | "AzureForStudents" | "Default" => Some(Offer::Unsupported),
        _ => None,
    }
}

fn text(item: &Value, pointer: &str) -> Option<String> {
    item.pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
        // A text that contains a secret is dropped as a whole: a partly redacted id is useless.
        .filter(|text| !redaction::repeats_a_secret(text))
        .map(ToOwned::to_owned)
}

/// Converts a listed resource into a scope; `None` if it cannot be parsed.
fn scope(item: &Value, agreement: Option<Agreement>, parent: Option<&ScopeId>) -> Option<Scope> {
    let id = ScopeId::parse(&text(item, "/id")?).ok()?;
    let name = text(item, "/properties/displayName")
        .or_else(|| text(item, "/displayName"))
        .or_else(|| text(item, "/name"));
    let name = name.map(|name| redaction::without_secrets(&name));
    let name = name.unwrap_or_else(|| id.tail().to_owned());
    Some(Scope::found(id, name, agreement, parent.cloned()))
}
