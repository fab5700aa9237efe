//! Answers scope discovery: lists page by page, and each item of a list at its own path.

use super::answers;
use super::answers::{Answer, number};
use super::lists;
use crate::emulator::scenario::RequestTarget;
use crate::emulator::state::Shared;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Small, so that a client that reads only the first page is detected.
const PAGE: usize = 5;

/// A request.
pub struct DiscoveryRequest<'a> {
    pub path: &'a str,
    pub query: &'a HashMap<String, String>,
    pub origin: &'a str,
    /// Asks only whether it exists.
    pub is_head: bool,
}

/// Answers a list or one resource.
pub fn answer(shared: &Shared, asked: &DiscoveryRequest<'_>) -> Answer {
    if let Some(disturbance) = shared.disturbance(RequestTarget::List, asked.path) {
        return answers::disturbed(&disturbance, shared.time());
    }
    let lower = asked.path.to_lowercase();
    let path: Vec<&str> = lower.split('/').collect();
    if let Some(items) = list(shared, &path) {
        return page(asked, &items);
    }
    match resource(shared, &path) {
        Some(_) if asked.is_head => answers::bare(204),
        Some(resource) => answers::json(200, &resource),
        None => not_found(&path),
    }
}

/// The items of a list, by its path in lower case.
fn list(shared: &Shared, path: &[&str]) -> Option<Vec<Value>> {
    match path {
        ["tenants"] => Some(lists::tenants()),
        ["subscriptions"] => Some(lists::subscriptions()),
        ["subscriptions", id, "resourcegroups"] => {
            lists::resource_groups(id, shared.today(), shared.script.seed)
        }
        ["providers", "microsoft.management", "managementgroups"] => {
            Some(lists::management_groups())
        }
        [
            "providers",
            "microsoft.management",
            "managementgroups",
            group,
            "descendants",
        ] => lists::descendants(group),
        ["providers", "microsoft.billing", rest @ ..] => lists::billing_list(rest),
        _ => None,
    }
}

/// The resource at a path: the item of that name in the list above it.
fn resource(shared: &Shared, path: &[&str]) -> Option<Value> {
    if let [
        "subscriptions",
        id,
        "providers",
        "microsoft.billing",
        "billingproperty",
        "default",
    ] = path
    {
        return lists::billing_property(id);
    }
    let (name, above) = path.split_last()?;
    let is_named = |item: &Value| {
        let own = item.get("name").or_else(|| item.get("subscriptionId"));
        own.and_then(Value::as_str)
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    list(shared, above)?.into_iter().find(is_named)
}

fn page(asked: &DiscoveryRequest<'_>, items: &[Value]) -> Answer {
    let skip: usize = number(asked.query, "$skiptoken").unwrap_or_default();
    let top = number(asked.query, "$top").unwrap_or(items.len());
    let end = skip.saturating_add(PAGE);
    let next = (end < top.min(items.len())).then(|| {
        let list = format!("{}/{}", asked.origin, asked.path);
        answers::next_link(&list, asked.query, end)
    });
    let page: Vec<&Value> = items.iter().take(top).skip(skip).take(PAGE).collect();
    answers::json(200, &json!({ "value": page, "nextLink": next }))
}

fn not_found(path: &[&str]) -> Answer {
    let (code, text) = match path {
        ["subscriptions", id] | ["subscriptions", id, "resourcegroups"] => (
            "SubscriptionNotFound",
            format!("The subscription '{id}' could not be found."),
        ),
        ["subscriptions", _, "resourcegroups", group] => (
            "ResourceGroupNotFound",
            format!("Resource group '{group}' could not be found."),
        ),
        _ => ("ResourceNotFound", "The resource was not found.".to_owned()),
    };
    answers::error(404, code, &text)
}
