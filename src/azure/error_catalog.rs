//! The meaning of each refusal and the next step: one table for every call.
//!
//! Microsoft Learn, "Cost Management error codes"; texts of real responses. Rows are matched by status, code and words
//! of the message, ignoring case; the first match wins.

use super::answer::FullResponse;
use super::error::AzureError;
use super::wire;
use crate::domain::report::reply::{CallIds, Failure};
use crate::domain::text::redaction;
use serde_json::Value;

/// A parsed refusal.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) status: u16,
    code: String,
    message: String,
    /// An HTML page or similar, which does not come from the API.
    foreign: bool,
    pub(super) ids: CallIds,
    /// The rows of the API that was called; they come before the common ones.
    special: &'static [Rule],
}

/// The kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProblemKind {
    SignIn,
    NotAllowed,
    /// The offer has no cost reports; Usage Details may have the rows.
    NoReports,
    /// The offer has no cost data at all.
    NoCosts,
    /// The same message as for `NoCosts`, for an offer that has been refused by mistake.
    Doubtful,
    Throttled,
    Refused,
}

/// A row of a table. All words must occur in the code or message.
#[derive(Debug)]
struct Rule {
    status: &'static [u16],
    words: &'static [&'static str],
    kind: ProblemKind,
    next: &'static str,
}

const fn rule(
    status: &'static [u16],
    words: &'static [&'static str],
    kind: ProblemKind,
    next: &'static str,
) -> Rule {
    Rule {
        status,
        words,
        kind,
        next,
    }
}

const OURS: &str = "This is a bug in costscope: please report it with the request id";
const NO_COSTS: &str =
    "This type of subscription has no cost API: use the portal's invoice, or another subscription";
const USAGE_INSTEAD: &str =
    "This account type has no cost reports: its rows come from Usage Details (--api usage)";
const ASK_FOR_READER: &str =
    "Ask for Cost Management Reader on the subscription, or for a billing role on the account";
const GROUP: &str = "Open the management group and pick one of its subscriptions";
const SIGN_IN: &str = "Sign in again (`az login`, or the method of --auth) with the right --tenant";
const NO_EXPORT: &str = "Check the name and the scope: names belong to one scope (`costscope exports list --scope SCOPE`)";
const REGISTER: &str = "Register the provider in the subscription of the storage account: `az provider register -n Microsoft.CostManagementExports --subscription ID`";
const BEHIND_A_WALL: &str = "The storage account has a firewall or no keys: allow trusted Azure services there, and create the export with --identity";
const CONTRIBUTOR: &str =
    "Ask for Cost Management Contributor on the scope, or for a billing role on the account";
const LATER: &str = "Azure has an internal problem: try again later; it may take up to an hour";
const SHORTER: &str = "It took too long: ask for a shorter period or a smaller scope";

// One row per error.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    // Rights that are switched off rather than missing.
    rule(&[], &["accountcostdisabled"], ProblemKind::NotAllowed, "The EA administrator must switch on \"AO view charges\""),
    rule(&[], &["departmentcostdisabled"], ProblemKind::NotAllowed, "The EA administrator must switch on \"DA view charges\""),
    rule(&[], &["subscriptioncostdisabled"], ProblemKind::NotAllowed, "Costs are hidden for this subscription; ask the billing administrator"),
    rule(&[], &["indirectcostdisabled"], ProblemKind::NotAllowed, "The partner has not published prices for this account; ask the partner"),
    rule(&[], &["azure charges", "policy"], ProblemKind::NotAllowed, "The owner of the billing profile must allow viewing charges (policy \"Azure charges\")"),
    // The order.
    rule(&[400], &["invalid request payload"], ProblemKind::Refused, OURS),
    rule(&[400], &["can only have either"], ProblemKind::Refused, OURS),
    rule(&[], &["missingsubscription"], ProblemKind::Refused, "The scope is incomplete: check its id"),
    rule(&[400], &["start date must be after"], ProblemKind::Refused, "Choose a later start; reports reach back 13 months, an export reaches further"),
    rule(&[400], &["maximum allowed date range"], ProblemKind::Refused, "Order at most one month at a time; --from and --to are split by month"),
    rule(&[413], &[], ProblemKind::Refused, "The data is over 2 GB: order a shorter period or a smaller scope, or use an export"),
    rule(&[400], &["invalidapiversionparameter"], ProblemKind::Refused, OURS),
    rule(&[], &["noregisteredproviderfound"], ProblemKind::Refused, OURS),
    // Offers and management groups.
    rule(&[], &["too many subscriptions"], ProblemKind::Refused, "The group is too large: pick a smaller one, or a subscription"),
    rule(&[], &["does not have any valid subscriptions"], ProblemKind::Refused, GROUP),
    rule(&[], &["offertype: none"], ProblemKind::NoCosts, NO_COSTS),
    rule(&[422], &[], ProblemKind::NoReports, USAGE_INSTEAD),
    rule(&[404], &["valid webdirect"], ProblemKind::NoReports, USAGE_INSTEAD),
    rule(&[400], &["ms-azr-0110p", "is not supported"], ProblemKind::Doubtful, NO_COSTS),
    rule(&[], &["cost management data is unavailable for subscription"], ProblemKind::NoCosts, NO_COSTS),
    rule(&[], &["cost management data is not supported for subscription"], ProblemKind::NoReports, USAGE_INSTEAD),
    rule(&[400], &["cost management supports only"], ProblemKind::NoCosts, NO_COSTS),
    rule(&[], &["offer type"], ProblemKind::NoReports, USAGE_INSTEAD),
    rule(&[], &["subscriptiontypenotsupported"], ProblemKind::NoCosts, NO_COSTS),
    rule(&[], &["disallowedoperation"], ProblemKind::NoCosts, NO_COSTS),
    // Sign-in and rights.
    rule(&[], &["invalidauthenticationtokentenant"], ProblemKind::SignIn, "The token is from another tenant: sign in to the one named above with --tenant"),
    rule(&[401], &["no claims present"], ProblemKind::NotAllowed, "This identity has no role on the enrolment: ask for EnrollmentReader (for an application) or enterprise read-only"),
    rule(&[], &["rbacaccessdenied"], ProblemKind::NotAllowed, ASK_FOR_READER),
    rule(&[], &["billingaccessdenied"], ProblemKind::NotAllowed, ASK_FOR_READER),
    rule(&[], &["authorizationfailed"], ProblemKind::NotAllowed, ASK_FOR_READER),
    rule(&[], &["does not have authorization"], ProblemKind::NotAllowed, ASK_FOR_READER),
    rule(&[], &["expiredauthenticationtoken"], ProblemKind::SignIn, SIGN_IN),
    rule(&[], &["invalidauthenticationtoken"], ProblemKind::SignIn, SIGN_IN),
    rule(&[401], &["authenticationfailed"], ProblemKind::SignIn, SIGN_IN),
    rule(&[401], &["unauthorized"], ProblemKind::NotAllowed, ASK_FOR_READER),
    rule(&[401], &[], ProblemKind::SignIn, SIGN_IN),
    rule(&[403], &[], ProblemKind::NotAllowed, ASK_FOR_READER),
    // Resources that do not exist.
    rule(&[], &["billingaccountnotfound"], ProblemKind::Refused, "Check the number of the billing account, or pick it from the list (`costscope scopes`)"),
    rule(&[], &["resourcegroupnotfound"], ProblemKind::Refused, "It was deleted or is hidden from this identity: refresh the list"),
    rule(&[], &["managementgroupnotfound"], ProblemKind::Refused, "It was deleted or is hidden from this identity: refresh the list"),
    rule(&[404], &[], ProblemKind::Refused, "Check the id and the tenant; a new subscription needs up to 48 h"),
    // Servers.
    rule(&[429], &[], ProblemKind::Throttled, "A quota is used up: wait at least five minutes"),
    rule(&[], &["resourcerequeststhrottled"], ProblemKind::Throttled, "A quota is used up: wait at least five minutes"),
    rule(&[], &["readonlydisabledsubscription"], ProblemKind::Refused, "The subscription is disabled; its costs can still be read at its billing account"),
    rule(&[], &["invalidgatewayhost"], ProblemKind::Refused, LATER),
    rule(&[502, 504], &[], ProblemKind::Refused, SHORTER),
    rule(&[], &["gatewaytimeout"], ProblemKind::Refused, SHORTER),
    rule(&[], &["servertimeout"], ProblemKind::Refused, SHORTER),
    rule(&[408, 500, 503], &[], ProblemKind::Refused, LATER),
];

// One row per error.
#[rustfmt::skip]
const EXPORT_RULES: &[Rule] = &[
    // Creating and running.
    rule(&[], &["rp not registered"], ProblemKind::Refused, REGISTER),
    rule(&[], &["not registered", "costmanagementexports"], ProblemKind::Refused, REGISTER),
    rule(&[], &["export", "not authorized to access"], ProblemKind::Refused, BEHIND_A_WALL),
    rule(&[], &["key-based authentication"], ProblemKind::Refused, BEHIND_A_WALL),
    rule(&[], &["roleassignments/write"], ProblemKind::NotAllowed, "Creating with --identity needs the role Owner or Role Based Access Control Administrator on the storage account, once"),
    rule(&[400], &["invalid definition type"], ProblemKind::Refused, "This scope has only exports of usage: use --type usage"),
    rule(&[], &["rbacaccessdenied", "exports/run"], ProblemKind::NotAllowed, "Ask for Cost Management Contributor on the scope. A customer agreement (MCA) never lets applications and managed identities run exports: sign in as a user"),
    rule(&[], &["rbacaccessdenied", "exports/write"], ProblemKind::NotAllowed, CONTRIBUTOR),
    rule(&[], &["exports/write"], ProblemKind::NotAllowed, CONTRIBUTOR),
    rule(&[], &["exports/run"], ProblemKind::NotAllowed, CONTRIBUTOR),
    rule(&[], &["cost management data is not supported for subscription"], ProblemKind::Refused, "A new subscription has exports after up to 48 hours: try again later"),
    rule(&[409, 412], &[], ProblemKind::Refused, "An export of this name exists, or it has been changed meanwhile: look at it with `costscope exports show`, or choose another name"),
    // Reading.
    rule(&[404], &["export", "could not be found"], ProblemKind::Refused, NO_EXPORT),
    rule(&[404], &["no export found"], ProblemKind::Refused, NO_EXPORT),
];

impl Problem {
    /// Parses a refusal. Bodies that are not JSON are mentioned but never shown.
    pub(super) fn of(answer: &FullResponse) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let (code, message) = parsed.as_ref().map(wire::error_words).unwrap_or_default();
        let plain = || plain_words(&answer.body).filter(|_| parsed.is_none());
        // Secrets of ours that the server repeats are removed before the text is used.
        let message = message.or_else(plain).unwrap_or_default();
        let message = redaction::words_of_others(message.trim());
        let code = redaction::words_of_others(code.unwrap_or_default().trim());
        let mut ids = answer.ids();
        ids.request = ids.request.or_else(|| id_in(&message));
        Self {
            status: answer.status,
            code,
            foreign: parsed.is_none() && message.is_empty() && !answer.body.trim_ascii().is_empty(),
            message,
            ids,
            special: &[],
        }
    }

    /// Parses a refusal of an exports call.
    pub(super) fn of_exports(answer: &FullResponse) -> Self {
        Self {
            special: EXPORT_RULES,
            ..Self::of(answer)
        }
    }

    fn rule(&self) -> Option<&'static Rule> {
        let text = format!("{} {}", self.code, self.message).to_lowercase();
        self.special.iter().chain(RULES).find(|rule| {
            (rule.status.is_empty() || rule.status.contains(&self.status))
                && rule.words.iter().all(|word| text.contains(word))
        })
    }

    pub(super) fn kind(&self) -> ProblemKind {
        self.rule().map_or(ProblemKind::Refused, |rule| rule.kind)
    }

    /// The description of the refusal: status, code, message, and the request id.
    pub(super) fn said(&self) -> String {
        let mut text = self.status.to_string();
        if !self.code.is_empty() && self.code != text {
            text = format!("{text} {}", self.code);
        }
        if !self.message.is_empty() {
            text = format!("{text}: {}", self.message);
        } else if self.foreign {
            text = format!("{text} with a page that is not from the API");
        }
        let ids = &self.ids;
        match ids.request.as_ref().or(ids.correlation.as_ref()) {
            Some(id) if !text.contains(id.as_str()) => format!("{text} (request id {id})"),
            _ => text,
        }
    }

    /// The description and the next step.
    pub(super) fn text(&self) -> String {
        let said = self.said();
        let dot = if said.ends_with('.') { "" } else { "." };
        match self.rule() {
            Some(rule) => format!("{said}{dot} {}", rule.next),
            None => said,
        }
    }

    /// Converts the refusal into the error of a plain call.
    pub(super) fn error(&self) -> AzureError {
        let text = self.text();
        match self.kind() {
            ProblemKind::SignIn => AzureError::Unauthorized(text),
            ProblemKind::NotAllowed => AzureError::Forbidden(text),
            ProblemKind::Throttled => AzureError::Throttled(text),
            ProblemKind::NoReports
            | ProblemKind::NoCosts
            | ProblemKind::Doubtful
            | ProblemKind::Refused => AzureError::Service(text),
        }
    }

    /// The failure of an account that has neither reports nor Usage Details.
    pub(super) fn no_costs(&self) -> Failure {
        Failure::Unsupported {
            message: format!("{}. {NO_COSTS}", self.said().trim_end_matches('.')),
        }
    }

    /// Converts the refusal into the failure of a report.
    pub(super) fn failure(&self) -> Failure {
        let message = self.text();
        match self.kind() {
            ProblemKind::NoReports | ProblemKind::NoCosts | ProblemKind::Doubtful => {
                Failure::Unsupported { message }
            }
            ProblemKind::SignIn
            | ProblemKind::NotAllowed
            | ProblemKind::Throttled
            | ProblemKind::Refused => self.error().failure(),
        }
    }
}

/// The text of a refusal that is not JSON, without links; `None` for pages.
fn plain_words(body: &[u8]) -> Option<String> {
    const LONGEST: usize = 400;
    // Secrets are removed before the text is shortened, since a cut could leave a part of one.
    let text = redaction::words_of_others(std::str::from_utf8(body).ok()?.trim());
    let page = text.starts_with(['<', '{', '[']);
    // A link may be signed, so it is left out of the message.
    let open = |word: &&str| !word.contains("://") && !word.contains("sig=");
    let words: Vec<&str> = text.split_whitespace().filter(open).collect();
    let said = words.join(" ");
    let cut: String = said.chars().take(LONGEST).collect();
    let rest = if cut.len() < said.len() { " …" } else { "" };
    (!said.is_empty() && !page).then(|| format!("{cut}{rest}"))
}

/// `(Request ID: 11f0...)` in a message.
fn id_in(message: &str) -> Option<String> {
    let at = message.to_ascii_lowercase().find("request id:")?;
    let rest = message.get(at + "request id:".len()..)?.trim_start();
    let id: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    (id.len() >= 8).then_some(id)
}
