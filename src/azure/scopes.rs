//! Scope discovery: subscriptions, management groups, billing accounts and what is under them, all pages.
//!
//! Lists: Microsoft.Resources 2022-12-01, Microsoft.Management 2020-05-01, Microsoft.Billing 2024-04-01. A list that is
//! refused is named and never hides the others.

use super::client::Client;
use super::error::AzureError;
use super::wire::{self, Page};
use crate::domain::scope::{Agreement, Reports, Scope, ScopeId};
use serde_json::Value;
use std::collections::HashSet;

const BILLING: &str = "2024-04-01";
const SUBSCRIPTIONS: &str = "2022-12-01";
const MANAGEMENT: &str = "2020-05-01";
/// Subscriptions whose agreement is asked for one by one; more would use up the quota of everybody else.
const AGREEMENTS_ASKED: usize = 50;

/// What was found, and which lists were refused.
#[derive(Debug, Default)]
pub struct Found {
    pub scopes: Vec<Scope>,
    pub problems: Vec<String>,
    /// The first refusal, for when nothing at all was found.
    refused: Option<AzureError>,
}

/// Lists every scope the identity can see, in the order of the tree.
pub async fn list(client: &Client) -> Result<Found, AzureError> {
    let lister = Lister { client };
    let mut found = Found::default();
    let accounts = lister
        .named(
            "billing accounts",
            "providers/Microsoft.Billing/billingAccounts",
            BILLING,
            &mut found,
        )
        .await?;
    for account in accounts {
        lister.account(&account, &mut found).await?;
    }
    let groups = lister
        .named(
            "management groups",
            "providers/Microsoft.Management/managementGroups",
            MANAGEMENT,
            &mut found,
        )
        .await?;
    found
        .scopes
        .extend(groups.iter().filter_map(|group| scope(group, None, None)));
    let subscriptions = lister
        .named("subscriptions", "subscriptions", SUBSCRIPTIONS, &mut found)
        .await?;
    for (index, subscription) in subscriptions.iter().enumerate() {
        found.scopes.extend(
            lister
                .subscription(subscription, index < AGREEMENTS_ASKED)
                .await,
        );
    }
    match found.refused.take() {
        Some(error) if found.scopes.is_empty() => Err(error),
        _ => Ok(found),
    }
}

struct Lister<'a> {
    client: &'a Client,
}

impl Lister<'_> {
    /// All pages of a list; a refusal becomes a named problem, a failed sign-in ends everything.
    async fn named(
        &self,
        what: &str,
        path: &str,
        version: &str,
        found: &mut Found,
    ) -> Result<Vec<Value>, AzureError> {
        match self.pages(path, version).await {
            Ok(items) => Ok(items),
            Err(
                error @ (AzureError::SignIn(_)
                | AzureError::Transport(_)
                | AzureError::NotConnected(_)
                | AzureError::ForeignLink(_)),
            ) => Err(error),
            Err(error) => {
                found
                    .problems
                    .push(format!("{what} could not be listed: {error}"));
                found.refused.get_or_insert(error);
                Ok(Vec::new())
            }
        }
    }

    async fn pages(&self, path: &str, version: &str) -> Result<Vec<Value>, AzureError> {
        let mut url = self.client.url(path, &[("api-version", version)])?;
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        loop {
            if !seen.insert(url.to_string()) {
                let text = format!("the pages of the list of {path} lead back to themselves");
                return Err(AzureError::Unreadable(text));
            }
            let answer = self.client.get(url).await?;
            let page: Page = serde_json::from_slice(&answer.body).map_err(|error| {
                AzureError::Unreadable(format!(
                    "the list of {path} could not be read: {}",
                    wire::place(&error)
                ))
            })?;
            items.extend(page.value.unwrap_or_default());
            match page.next_link.filter(|link| !link.trim().is_empty()) {
                Some(link) => url = self.client.target().poll_link(&answer.url, &link)?,
                None => return Ok(items),
            }
        }
    }

    /// A billing account and what is under it.
    async fn account(&self, item: &Value, found: &mut Found) -> Result<(), AzureError> {
        let name = text(item, "/name").unwrap_or_default();
        let stated =
            text(item, "/properties/agreementType").and_then(|kind| Agreement::from_api(&kind));
        let agreement = stated.or_else(|| Agreement::from_account_name(&name));
        let Some(mut account) = scope(item, agreement, None) else {
            return Ok(());
        };
        if item.pointer("/properties/hasReadAccess") == Some(&Value::Bool(false)) {
            return Ok(());
        }
        account.note = text(item, "/properties/enrollmentDetails/currency");
        let (id, path) = (account.id.clone(), account.id.path().to_owned());
        found.scopes.push(account);
        match agreement {
            Some(Agreement::Ea) => {
                for (what, list) in [
                    ("departments", "departments"),
                    ("enrolment accounts", "enrollmentAccounts"),
                ] {
                    let items = self
                        .named(
                            &format!("{what} of {name}"),
                            &format!("{path}/{list}"),
                            BILLING,
                            found,
                        )
                        .await?;
                    found.scopes.extend(
                        items
                            .iter()
                            .filter_map(|item| scope(item, agreement, Some(&id))),
                    );
                }
            }
            Some(Agreement::Mca | Agreement::Mpa) => self.profiles(&id, agreement, found).await?,
            _ => {}
        }
        Ok(())
    }

    async fn profiles(
        &self,
        account: &ScopeId,
        agreement: Option<Agreement>,
        found: &mut Found,
    ) -> Result<(), AzureError> {
        let what = format!("billing profiles of {}", account.tail());
        let profiles = self
            .named(&what, &format!("{account}/billingProfiles"), BILLING, found)
            .await?;
        for item in &profiles {
            let Some(mut profile) = scope(item, agreement, Some(account)) else {
                continue;
            };
            profile.note = text(item, "/properties/currency");
            let id = profile.id.clone();
            found.scopes.push(profile);
            let under = if agreement == Some(Agreement::Mpa) {
                "customers"
            } else {
                "invoiceSections"
            };
            let what = format!("{under} of {}", id.tail());
            let items = self
                .named(&what, &format!("{id}/{under}"), BILLING, found)
                .await?;
            found.scopes.extend(
                items
                    .iter()
                    .filter_map(|item| scope(item, agreement, Some(&id))),
            );
        }
        Ok(())
    }

    /// A subscription, with its agreement where that can be had.
    async fn subscription(&self, item: &Value, ask: bool) -> Option<Scope> {
        let hint = text(item, "/subscriptionPolicies/quotaId").and_then(|quota| offer_hint(&quota));
        let mut found = scope(item, None, None)?;
        if let Some(Offer::Unsupported) = hint {
            found.reports = Reports::WorkNot {
                why: "this kind of offer has no cost API".to_owned(),
            };
            return Some(found);
        }
        let agreement = match hint {
            Some(Offer::PayAsYouGo) => Some(Agreement::Payg),
            _ if ask => self.agreement(&found.id).await,
            _ => None,
        };
        Some(Scope::found(found.id, found.name, agreement, None))
    }

    /// `billingProperty` needs only Reader; whoever lacks even that simply sees no agreement.
    async fn agreement(&self, id: &ScopeId) -> Option<Agreement> {
        let path = format!("{id}/providers/Microsoft.Billing/billingProperty/default");
        let url = self.client.url(&path, &[("api-version", BILLING)]).ok()?;
        let answer = self.client.get(url).await.ok()?;
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        Agreement::from_api(&text(&body, "/properties/billingAccountAgreementType")?)
    }
}

enum Offer {
    PayAsYouGo,
    Unsupported,
}

/// What a quota id tells for certain (Microsoft Learn, "Understand Cost Management data"); EA and MCA share one.
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
        .map(ToOwned::to_owned)
}

/// A listed resource as a scope; what cannot be read as one is left out.
fn scope(item: &Value, agreement: Option<Agreement>, parent: Option<&ScopeId>) -> Option<Scope> {
    let id = ScopeId::parse(&text(item, "/id")?).ok()?;
    let name = text(item, "/properties/displayName")
        .or_else(|| text(item, "/displayName"))
        .or_else(|| text(item, "/name"));
    let name = name.unwrap_or_else(|| id.tail().to_owned());
    Some(Scope::found(id, name, agreement, parent.cloned()))
}
