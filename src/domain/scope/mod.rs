//! Scopes: the ARM paths that costs are read from.
//!
//! Forms: Microsoft Learn "Understand and work with scopes"; the specs use short forms for departments and
//! enrolment accounts, the billing API lists long ones, so both are read.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of scope that a path points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeKind {
    Subscription,
    ResourceGroup,
    ManagementGroup,
    BillingAccount,
    BillingProfile,
    InvoiceSection,
    Department,
    EnrollmentAccount,
    Customer,
}

impl ScopeKind {
    /// The word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::ResourceGroup => "resource-group",
            Self::ManagementGroup => "management-group",
            Self::BillingAccount => "billing-account",
            Self::BillingProfile => "billing-profile",
            Self::InvoiceSection => "invoice-section",
            Self::Department => "department",
            Self::EnrollmentAccount => "enrollment-account",
            Self::Customer => "customer",
        }
    }

    /// The reason that this kind of scope has no cost reports, and what to do instead.
    pub fn why_no_reports(self) -> Option<&'static str> {
        match self {
            Self::ManagementGroup => Some("management groups have no reports: pick a subscription"),
            Self::ResourceGroup => Some(
                "resource groups have no reports: order the subscription and filter, or use --api usage",
            ),
            Self::Subscription
            | Self::BillingAccount
            | Self::BillingProfile
            | Self::InvoiceSection
            | Self::Department
            | Self::EnrollmentAccount
            | Self::Customer => None,
        }
    }

    /// The reason that Usage Details does not support this kind of scope, if it does not.
    pub fn why_no_usage(self, agreement: Option<Agreement>) -> Option<&'static str> {
        match (self, agreement) {
            (Self::ManagementGroup, Some(Agreement::Mca | Agreement::Mpa)) => Some(
                "management groups of customer agreements have no usage details; pick a subscription",
            ),
            _ => None,
        }
    }

    /// Whether other scopes can be listed under this kind.
    pub fn is_branch(self, agreement: Option<Agreement>) -> bool {
        match self {
            Self::ManagementGroup | Self::Department | Self::BillingProfile => true,
            Self::BillingAccount => agreement != Some(Agreement::Payg),
            Self::Subscription
            | Self::ResourceGroup
            | Self::InvoiceSection
            | Self::EnrollmentAccount
            | Self::Customer => false,
        }
    }

    /// Whether invoices can be ordered at this kind of scope.
    pub fn has_invoices(self) -> bool {
        matches!(self, Self::BillingProfile | Self::Customer)
    }

    /// The costs that totals at this kind of scope leave out by design.
    pub fn leaves_out(self) -> Option<&'static str> {
        match self {
            Self::InvoiceSection => Some(
                "invoice sections show usage only: purchases are visible at the billing profile",
            ),
            Self::Department | Self::EnrollmentAccount => Some(
                "departments and enrolment accounts show usage only: purchases are visible at the billing account",
            ),
            Self::Subscription
            | Self::ResourceGroup
            | Self::ManagementGroup
            | Self::BillingAccount
            | Self::BillingProfile
            | Self::Customer => None,
        }
    }
}

impl fmt::Display for ScopeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word().replace('-', " "))
    }
}

/// The kind of contract that a scope is billed under (`agreementType` of Microsoft.Billing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Agreement {
    #[serde(rename = "EA")]
    Ea,
    #[serde(rename = "MCA")]
    Mca,
    #[serde(rename = "MPA")]
    Mpa,
    #[serde(rename = "PAYG")]
    Payg,
}

impl Agreement {
    /// The four agreements by the name the Billing API gives them; anything else is unknown, not an error.
    pub fn from_api(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "enterpriseagreement" => Some(Self::Ea),
            "microsoftcustomeragreement" => Some(Self::Mca),
            "microsoftpartneragreement" => Some(Self::Mpa),
            "microsoftonlineservicesprogram" => Some(Self::Payg),
            _ => None,
        }
    }

    /// The agreement by a billing account's name alone: digits are an enrolment, a colon is MCA, a bare GUID
    /// pay-as-you-go.
    pub fn from_account_name(name: &str) -> Option<Self> {
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
            Some(Self::Ea)
        } else if name.contains(':') {
            Some(Self::Mca)
        } else if is_guid(name) {
            Some(Self::Payg)
        } else {
            None
        }
    }

    /// The word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ea => "EA",
            Self::Mca => "MCA",
            Self::Mpa => "MPA",
            Self::Payg => "PAYG",
        }
    }
}

/// A scope path in a canonical spelling, without slashes at the ends, and its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId {
    kind: ScopeKind,
    path: String,
}

/// A text that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeError {
    text: String,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a scope. Give a subscription id, an EA billing account number, or a path such as \
             subscriptions/{{id}}, providers/Microsoft.Billing/billingAccounts/{{account}} or \
             .../billingProfiles/{{profile}}/invoiceSections/{{section}}",
            self.text
        )
    }
}

impl std::error::Error for ScopeError {}

impl ScopeId {
    /// Reads a scope: a path with or without slashes at the ends, a bare subscription id, or a bare EA account number.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let bare = text.trim().trim_matches('/');
        let wrong = || ScopeError {
            text: text.trim().to_owned(),
        };
        if is_guid(bare) {
            return Ok(Self::new(
                ScopeKind::Subscription,
                format!("subscriptions/{}", bare.to_ascii_lowercase()),
            ));
        }
        if !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self::new(
                ScopeKind::BillingAccount,
                format!("{BILLING}/billingAccounts/{bare}"),
            ));
        }
        let segments: Vec<&str> = bare.split('/').collect();
        let readable = |s: &&str| {
            !s.trim().is_empty()
                && !s.contains(['?', '#', '\\'])
                && !s.chars().any(char::is_control)
        };
        if !segments.iter().all(readable) || segments.iter().any(|s| *s == "." || *s == "..") {
            return Err(wrong());
        }
        let lower: Vec<String> = segments.iter().map(|s| s.to_ascii_lowercase()).collect();
        let words: Vec<&str> = lower.iter().map(String::as_str).collect();
        // GUIDs ignore case: one subscription is one scope, however its id was pasted.
        let ids: Vec<&str> = segments
            .iter()
            .zip(&words)
            .map(|(written, lower)| if is_guid(lower) { *lower } else { *written })
            .collect();
        read_path(&words, &ids).ok_or_else(wrong)
    }

    /// Parses a scope as Usage Details accepts it. It may end in `/providers/Microsoft.Billing/billingPeriods/NAME`;
    /// that name is returned separately.
    pub fn parse_with_period(text: &str) -> Result<(Self, Option<String>), ScopeError> {
        let bare = text.trim().trim_end_matches('/');
        let at = bare.to_ascii_lowercase().rfind(PERIODS);
        let cut = at.and_then(|at| Some((bare.get(..at)?, bare.get(at + PERIODS.len()..)?)));
        match cut {
            Some((scope, name)) if !name.is_empty() && !name.contains('/') => {
                Ok((Self::parse(scope)?, Some(name.to_owned())))
            }
            _ => Ok((Self::parse(text)?, None)),
        }
    }

    fn new(kind: ScopeKind, path: String) -> Self {
        Self { kind, path }
    }

    /// The kind of the scope.
    pub fn kind(&self) -> ScopeKind {
        self.kind
    }

    /// The path without slashes at the ends.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The last part of the path: the id that users know the scope by.
    pub fn tail(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The billing account in the path, if there is one.
    pub fn billing_account(&self) -> Option<&str> {
        let mut parts = self.path.split('/');
        parts.find(|part| *part == "billingAccounts")?;
        parts.next()
    }

    /// Another spelling that the API may prefer: the specs use short forms where the lists give long ones, and invoice
    /// sections appear under the account as well as under their profile.
    pub fn other_spelling(&self) -> Option<String> {
        let account = self.billing_account()?;
        let tail = self.tail();
        match self.kind {
            ScopeKind::Department => Some(format!("{BILLING}/departments/{tail}")),
            ScopeKind::EnrollmentAccount => Some(format!("{BILLING}/enrollmentAccounts/{tail}")),
            ScopeKind::InvoiceSection => {
                let short = format!("{BILLING}/billingAccounts/{account}/invoiceSections/{tail}");
                (short != self.path).then_some(short)
            }
            ScopeKind::Subscription
            | ScopeKind::ResourceGroup
            | ScopeKind::ManagementGroup
            | ScopeKind::BillingAccount
            | ScopeKind::BillingProfile
            | ScopeKind::Customer => None,
        }
    }

    /// A resource group's subscription and name.
    pub fn resource_group(&self) -> Option<(&str, &str)> {
        (self.kind == ScopeKind::ResourceGroup)
            .then(|| self.path.split_once("/resourceGroups/"))
            .flatten()
    }

    /// The agreement, if the path alone determines it.
    pub fn agreement(&self) -> Option<Agreement> {
        match self.kind {
            ScopeKind::Department | ScopeKind::EnrollmentAccount => Some(Agreement::Ea),
            ScopeKind::Customer => Some(Agreement::Mpa),
            ScopeKind::Subscription
            | ScopeKind::ResourceGroup
            | ScopeKind::ManagementGroup
            | ScopeKind::BillingAccount
            | ScopeKind::BillingProfile
            | ScopeKind::InvoiceSection => self
                .billing_account()
                .and_then(Agreement::from_account_name),
        }
    }
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl Serialize for ScopeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.path)
    }
}

impl<'de> Deserialize<'de> for ScopeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

const BILLING: &str = "providers/Microsoft.Billing";
/// The separator between a scope and the name of a billing period, in lower case.
const PERIODS: &str = "/providers/microsoft.billing/billingperiods/";

/// Matches the words of a path in lower case, and rebuilds it from the ids as they were written.
fn read_path(words: &[&str], ids: &[&str]) -> Option<ScopeId> {
    let id = |at: usize| ids.get(at).copied().unwrap_or_default();
    let (kind, path) = match words {
        ["subscriptions", _] => (ScopeKind::Subscription, format!("subscriptions/{}", id(1))),
        ["subscriptions", _, "resourcegroups", _] => (
            ScopeKind::ResourceGroup,
            format!("subscriptions/{}/resourceGroups/{}", id(1), id(3)),
        ),
        ["providers", "microsoft.management", "managementgroups", _] => (
            ScopeKind::ManagementGroup,
            format!("providers/Microsoft.Management/managementGroups/{}", id(3)),
        ),
        ["providers", "microsoft.billing", "departments", _] => (
            ScopeKind::Department,
            format!("{BILLING}/departments/{}", id(3)),
        ),
        ["providers", "microsoft.billing", "enrollmentaccounts", _] => (
            ScopeKind::EnrollmentAccount,
            format!("{BILLING}/enrollmentAccounts/{}", id(3)),
        ),
        [
            "providers",
            "microsoft.billing",
            "billingaccounts",
            _,
            rest @ ..,
        ] => {
            return read_billing(
                &format!("{BILLING}/billingAccounts/{}", id(3)),
                rest,
                ids.get(4..).unwrap_or_default(),
            );
        }
        _ => return None,
    };
    Some(ScopeId::new(kind, path))
}

fn read_billing(account: &str, words: &[&str], ids: &[&str]) -> Option<ScopeId> {
    let (kind, names): (ScopeKind, &[&str]) = match words {
        [] => (ScopeKind::BillingAccount, &[]),
        ["departments", _] => (ScopeKind::Department, &["departments"]),
        ["enrollmentaccounts", _] => (ScopeKind::EnrollmentAccount, &["enrollmentAccounts"]),
        ["departments", _, "enrollmentaccounts", _] => (
            ScopeKind::EnrollmentAccount,
            &["departments", "enrollmentAccounts"],
        ),
        ["billingprofiles", _] => (ScopeKind::BillingProfile, &["billingProfiles"]),
        ["billingprofiles", _, "invoicesections", _] => (
            ScopeKind::InvoiceSection,
            &["billingProfiles", "invoiceSections"],
        ),
        ["invoicesections", _] => (ScopeKind::InvoiceSection, &["invoiceSections"]),
        ["customers", _] => (ScopeKind::Customer, &["customers"]),
        // The list has customers under a billing profile; the cost scope is directly under the account.
        ["billingprofiles", _, "customers", _] => {
            return read_billing(account, words.get(2..)?, ids.get(2..)?);
        }
        _ => return None,
    };
    let ids = ids.iter().skip(1).step_by(2);
    let path = names
        .iter()
        .zip(ids)
        .fold(account.to_owned(), |path, (name, id)| {
            format!("{path}/{name}/{id}")
        });
    Some(ScopeId::new(kind, path))
}

/// Whether a text has the shape of a GUID.
pub fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether reports can be ordered at a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reports {
    Work,
    /// There are no reports, but Usage Details has the same rows and is used instead.
    UsageDetails,
    WorkNot {
        why: String,
    },
}

impl Reports {
    fn of(kind: ScopeKind, agreement: Option<Agreement>) -> Self {
        match (kind.why_no_reports(), agreement) {
            // Served by a filter on the usage details of its subscription.
            _ if kind == ScopeKind::ResourceGroup => Self::UsageDetails,
            (Some(why), _) => Self::WorkNot {
                why: why.to_owned(),
            },
            (None, Some(Agreement::Payg)) => Self::UsageDetails,
            (None, _) => Self::Work,
        }
    }
}

/// The reason that Usage Details is used.
pub const ONLY_USAGE: &str =
    "pay-as-you-go accounts have no cost reports: their rows come from Usage Details, page by page";

/// A scope found in Azure: its name, its place in the tree and what it supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub id: ScopeId,
    pub name: String,
    pub agreement: Option<Agreement>,
    pub parent: Option<ScopeId>,
    pub reports: Reports,
    /// A note shown next to the name in the tree, such as a profile's currency.
    pub note: Option<String>,
}

impl Scope {
    /// A scope, with report support derived from its kind and agreement.
    pub fn found(
        id: ScopeId,
        name: String,
        agreement: Option<Agreement>,
        parent: Option<ScopeId>,
    ) -> Self {
        let reports = Reports::of(id.kind(), agreement);
        Self {
            id,
            name,
            agreement,
            parent,
            reports,
            note: None,
        }
    }

    /// Whether other scopes can be listed under it.
    pub fn is_branch(&self) -> bool {
        self.id.kind().is_branch(self.agreement)
    }

    /// Whether its agreement should be looked up.
    pub fn wants_agreement(&self) -> bool {
        self.id.kind() == ScopeKind::Subscription
            && self.agreement.is_none()
            && self.reports == Reports::Work
    }

    /// Records an agreement that was looked up.
    pub fn learn(&mut self, agreement: Agreement) {
        self.agreement = Some(agreement);
        self.reports = Reports::of(self.id.kind(), self.agreement);
    }
}

#[cfg(test)]
mod tests;
