//! Scope discovery: subscriptions, management groups, billing accounts and their children, all pages.
//!
//! Lists: Microsoft.Resources 2022-12-01, Microsoft.Management 2020-05-01, Microsoft.Billing 2024-04-01. A refused list
//! is reported and never hides the others.

use super::answer::FullResponse;
use super::client::Client;
use super::error::AzureError;
use super::limits;
use super::wire;
use super::wire::Page;
use crate::domain::scope::{Agreement, Reports, Scope, ScopeId, ScopeKind};
use crate::domain::text::redaction;
use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use reqwest::{Method, Url};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

pub(super) const BILLING: &str = "2024-04-01";
pub(super) const SUBSCRIPTIONS: &str = "2022-12-01";
const MANAGEMENT: &str = "2020-05-01";
/// The number of subscriptions whose agreement is queried one by one; more would use up the quota that all tools share.
pub const AGREEMENTS_ASKED: usize = 50;
/// The number of concurrent calls.
const AT_ONCE: usize = 4;
/// The most pages of one list, and of all lists of one command.
const LIST_PAGES: u32 = 1_000;
const ALL_PAGES: u32 = 5_000;
/// After this many pages of one command, each list reads ten pages a second.
const UNPACED: u32 = 50;
const PACE: TimeDelta = TimeDelta::milliseconds(100);
/// How often a page is requested again that is empty or leads back, and the first pause before that.
const PAGE_TRIES: u32 = 3;
const PAGE_PAUSE: TimeDelta = TimeDelta::seconds(1);

/// The scopes found, and the lists that were refused.
#[derive(Debug, Default)]
pub struct FoundScopes {
    pub scopes: Vec<Scope>,
    pub problems: Vec<String>,
    /// The first refusal, reported if nothing was found.
    refused: Option<AzureError>,
    /// Whether a list breaks off, loops or never ends.
    pub incomplete: bool,
}

impl FoundScopes {
    fn add(&mut self, other: Self) {
        self.scopes.extend(other.scopes);
        self.problems.extend(other.problems);
        self.refused = self.refused.take().or(other.refused);
        self.incomplete |= other.incomplete;
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
    let lister = Lister::new(client);
    let roots = lister.roots().await?;
    let mut found = FoundScopes {
        problems: roots.problems,
        incomplete: roots.incomplete,
        ..FoundScopes::default()
    };
    for root in roots.scopes {
        let opens = root.id.kind() == ScopeKind::BillingAccount && root.is_branch();
        let id = root.id.clone();
        let agreement = root.agreement;
        found.scopes.push(root);
        if opens {
            let under = lister.children(&id, agreement).await?;
            for scope in under.scopes {
                let profile = scope.id.kind() == ScopeKind::BillingProfile;
                let (id, agreement) = (scope.id.clone(), scope.agreement);
                found.scopes.push(scope);
                if profile {
                    found.add(lister.children(&id, agreement).await?);
                }
            }
            found.problems.extend(under.problems);
            found.incomplete |= under.incomplete;
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
    Lister::new(client).roots().await
}

/// Lists the children of a scope.
pub async fn children(
    client: &Client,
    id: &ScopeId,
    agreement: Option<Agreement>,
) -> Result<FoundScopes, AzureError> {
    Lister::new(client).children(id, agreement).await
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

async fn billing_property(client: &Client, id: &ScopeId) -> Option<FullResponse> {
    let path = format!("{id}/providers/Microsoft.Billing/billingProperty/default");
    let url = client.url(&path, &[("api-version", BILLING)]).ok()?;
    let asked = client.send_within(limits::QUESTION, Method::GET, url, None);
    asked.await.ok()
}

fn agreement_in(answer: &FullResponse) -> Option<Agreement> {
    if answer.status != 200 {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    Agreement::from_api(&text(&body, "/properties/billingAccountAgreementType")?)
}

/// The items of a list, or the reason it was refused.
struct ListedItems {
    items: Vec<Value>,
    refused: Option<(String, AzureError)>,
}

impl ListedItems {
    fn into(self, found: &mut FoundScopes) -> Vec<Value> {
        if let Some((problem, error)) = self.refused {
            found.problems.push(problem);
            found.incomplete |= matches!(error, AzureError::Incomplete(_));
            found.refused.get_or_insert(error);
        }
        self.items
    }
}

/// Reads the lists of one command.
struct Lister<'a> {
    client: &'a Client,
    /// Pages read so far, of all lists.
    pages: AtomicU32,
}

impl<'a> Lister<'a> {
    fn new(client: &'a Client) -> Self {
        let pages = AtomicU32::new(0);
        Self { client, pages }
    }

    async fn roots(&self) -> Result<FoundScopes, AzureError> {
        // Sign in before the three concurrent lists, or each would report the same error.
        self.client.sign_in().await?;
        let (accounts, groups, subscriptions) = futures_util::future::join3(
            self.named(
                "billing accounts",
                "providers/Microsoft.Billing/billingAccounts",
                BILLING,
            ),
            self.named(
                "management groups",
                "providers/Microsoft.Management/managementGroups",
                MANAGEMENT,
            ),
            self.named("subscriptions", "subscriptions", SUBSCRIPTIONS),
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

    async fn children(
        &self,
        id: &ScopeId,
        agreement: Option<Agreement>,
    ) -> Result<FoundScopes, AzureError> {
        const ENROLMENTS: (&str, &str) = ("enrolment accounts", "enrollmentAccounts");
        let mut found = FoundScopes::default();
        let lists: &[(&str, &str)] = match (id.kind(), agreement) {
            (ScopeKind::BillingAccount, Some(Agreement::Ea)) => {
                &[("departments", "departments"), ENROLMENTS]
            }
            (ScopeKind::BillingAccount, _) => {
                self.profiles(id, agreement, &mut found).await?;
                &[]
            }
            (ScopeKind::BillingProfile, Some(Agreement::Mpa)) => &[("customers", "customers")],
            (ScopeKind::BillingProfile, _) => &[("invoice sections", "invoiceSections")],
            (ScopeKind::Department, _) => &[ENROLMENTS],
            (ScopeKind::ManagementGroup, _) => {
                let path = format!("{id}/descendants");
                let what = format!("descendants of {}", id.tail());
                let answer = self.named(&what, &path, MANAGEMENT).await?;
                let items = answer.into(&mut found);
                let scopes = items.iter().filter_map(|item| descendant(item, id));
                found.scopes.extend(scopes);
                &[]
            }
            _ => &[],
        };
        for (what, list) in lists {
            let items = self.under(what, id, list).await?.into(&mut found);
            let scopes = items
                .iter()
                .filter_map(|item| scope(item, agreement, Some(id)));
            found.scopes.extend(scopes);
        }
        Ok(found)
    }

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

    async fn under(&self, what: &str, id: &ScopeId, list: &str) -> Result<ListedItems, AzureError> {
        let what = format!("{what} of {}", id.tail());
        self.named(&what, &format!("{id}/{list}"), BILLING).await
    }

    /// All pages of a list. A refusal is recorded and keeps the items before it; a failed sign-in aborts everything.
    async fn named(
        &self,
        what: &str,
        path: &str,
        version: &str,
    ) -> Result<ListedItems, AzureError> {
        let mut items = Vec::new();
        let refused = match self.pages(path, version, &mut items).await {
            Ok(()) => None,
            Err(error @ AzureError::SignIn(_)) => return Err(error),
            Err(error) => {
                let partly = if items.is_empty() { "" } else { " completely" };
                let problem = format!("{what} could not be listed{partly}: {error}");
                let error = if matches!(error, AzureError::Incomplete(_)) {
                    AzureError::Incomplete(problem.clone())
                } else {
                    error
                };
                Some((problem, error))
            }
        };
        Ok(ListedItems { items, refused })
    }

    async fn pages(
        &self,
        path: &str,
        version: &str,
        items: &mut Vec<Value>,
    ) -> Result<(), AzureError> {
        let mut url = self.client.url(path, &[("api-version", version)])?;
        let mut seen = HashSet::from([url.clone()]);
        for number in 0..LIST_PAGES {
            let mut tries = 0;
            let (value, next) = loop {
                self.pace().await?;
                let page = self.page(&url, number > 0, &seen).await;
                if tries == PAGE_TRIES || !matches!(page, Err(AzureError::Incomplete(_))) {
                    break page?;
                }
                self.client.pause(PAGE_PAUSE * (1 << tries)).await;
                tries += 1;
            };
            items.extend(value);
            let Some(next) = next else {
                return Ok(());
            };
            seen.insert(next.clone());
            url = next;
        }
        Err(AzureError::Incomplete(format!(
            "it has more than {LIST_PAGES} pages, so the rest was left out"
        )))
    }

    /// Counts a page, and slows down where there are many.
    async fn pace(&self) -> Result<(), AzureError> {
        let read = self.pages.fetch_add(1, Ordering::Relaxed);
        if read >= ALL_PAGES {
            return Err(AzureError::Incomplete(format!(
                "the lists have more than {ALL_PAGES} pages together, so the rest was left out"
            )));
        }
        if read >= UNPACED {
            self.client.pause(PACE).await;
        }
        Ok(())
    }

    /// The items of a page and the link to the next one. A page that was promised by a link must have content.
    async fn page(
        &self,
        url: &Url,
        promised: bool,
        seen: &HashSet<Url>,
    ) -> Result<(Vec<Value>, Option<Url>), AzureError> {
        let answer = self.client.get(url.clone()).await?;
        if answer.status == 204 && !promised {
            return Ok((Vec::new(), None));
        }
        let read: Result<Page<Value>, _> = serde_json::from_slice(&answer.body);
        let page = read.map_err(|error| {
            let text = format!("a page could not be read: {}", wire::place(&error));
            // An answer without content, or one that was cut off, can be requested again.
            if error.is_eof() {
                AzureError::Incomplete(text)
            } else {
                AzureError::Unreadable(text)
            }
        })?;
        let next = page.next();
        let link = |link: String| self.client.target().poll_link(&answer.url, &link);
        let next = next.map(link).transpose()?;
        if next.as_ref().is_some_and(|next| seen.contains(next)) {
            return Err(AzureError::Incomplete("its pages form a loop".to_owned()));
        }
        Ok((page.value.unwrap_or_default(), next))
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
