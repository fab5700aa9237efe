//! Finds the role of each column of a cost file, in any published layout.
//!
//! Sources: Microsoft Learn dataset schemas for EA, MCA and pay-as-you-go cost details; the pay-as-you-go headers of
//! 2019-11-01; `Local (English)` headers of older exports. Roles are found by name, never by position.

use crate::domain::text::strip_any_case;

/// The role of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Cost,
    /// The amortized amount where a file carries both (FOCUS).
    EffectiveCost,
    Currency,
    Date,
    ResourceGroup,
    Resource,
    Subscription,
    SubscriptionName,
    Service,
    Meter,
    Region,
    ChargeType,
    PublisherType,
    CostCenter,
    PricingModel,
    InvoiceSection,
    Reservation,
    Benefit,
    Tags,
    Quantity,
    /// The unit of the quantity.
    Unit,
    /// FOCUS 1.0-preview: whether a commitment was used, or what was refunded.
    ChargeSubcategory,
    /// FOCUS: `Correction` or nothing.
    ChargeClass,
    /// FOCUS: whether a commitment discount was used.
    BenefitStatus,
    /// FOCUS: `Reservation`, `Savings Plan`.
    BenefitType,
}

const SUBSCRIPTION: [&str; 4] = [
    "subscriptionguid",
    "subscriptionid",
    "subaccountid",
    "subscription",
];
const SERVICE: [&str; 5] = [
    "metercategory",
    "servicename",
    "service",
    "product",
    "productname",
];

impl Role {
    /// Every role.
    pub const ALL: [Self; 25] = [
        Self::Cost,
        Self::EffectiveCost,
        Self::Currency,
        Self::Date,
        Self::ResourceGroup,
        Self::Resource,
        Self::Subscription,
        Self::SubscriptionName,
        Self::Service,
        Self::Meter,
        Self::Region,
        Self::ChargeType,
        Self::PublisherType,
        Self::CostCenter,
        Self::PricingModel,
        Self::InvoiceSection,
        Self::Reservation,
        Self::Benefit,
        Self::Tags,
        Self::Quantity,
        Self::Unit,
        Self::ChargeSubcategory,
        Self::ChargeClass,
        Self::BenefitStatus,
        Self::BenefitType,
    ];

    /// Headers that carry this role, best first, as [`plain`] spells them. Our own tables use the names of the keys.
    pub fn candidates(self) -> &'static [&'static str] {
        match self {
            Self::Cost => &[
                "costinbillingcurrency",
                "billedcost",
                "pretaxcost",
                "cost",
                "extendedcost",
            ],
            Self::EffectiveCost => &["effectivecost"],
            Self::Currency => &["billingcurrencycode", "billingcurrency", "currency"],
            Self::Date => &[
                "date",
                "chargeperiodstart",
                "usagedatetime",
                "usagedate",
                "usagestart",
                "billingmonth",
            ],
            Self::ResourceGroup => &["resourcegroup", "resourcegroupname", "xresourcegroupname"],
            Self::Resource => &["resourceid", "instanceid", "instancename", "resource"],
            // If a header has both, the id is a number that only the old portal used.
            Self::Subscription => &SUBSCRIPTION,
            Self::SubscriptionName => &["subscriptionname", "subaccountname"],
            Self::Service => &SERVICE,
            Self::Meter => &["metername", "xskumetername", "skumeter", "meter", "meterid"],
            Self::Region => &[
                "resourcelocation",
                "location",
                "resourcelocationnormalized",
                "meterregion",
                "regionname",
                "region",
            ],
            Self::ChargeType => &["chargetype", "chargecategory"],
            Self::PublisherType => &["publishertype", "xpublishercategory"],
            Self::CostCenter => &["costcenter", "xcostcenter"],
            Self::PricingModel => &["pricingmodel", "pricingcategory"],
            Self::InvoiceSection => &[
                "invoicesectionname",
                "invoicesection",
                "xinvoicesectionname",
            ],
            Self::Reservation => &["reservationid", "reservation"],
            Self::Benefit => &["benefitid", "commitmentdiscountid", "benefit"],
            Self::Tags => &["tags"],
            Self::Quantity => &["quantity", "usagequantity", "consumedquantity"],
            Self::Unit => &["unitofmeasure", "usageunit", "consumedunit"],
            Self::ChargeSubcategory => &["chargesubcategory"],
            Self::ChargeClass => &["chargeclass"],
            Self::BenefitStatus => &["commitmentdiscountstatus"],
            Self::BenefitType => &["commitmentdiscounttype"],
        }
    }

    /// Names for this role that are specific to a layout.
    pub fn in_dialect(self, dialect: Dialect) -> &'static [&'static str] {
        match (dialect, self) {
            (Dialect::Focus, Self::Cost) => &["billedcost"],
            (Dialect::Focus, Self::Currency) => &["billingcurrency"],
            (Dialect::Focus, Self::Date) => &["chargeperiodstart"],
            (Dialect::Focus, Self::ResourceGroup) => &["xresourcegroupname"],
            (Dialect::Focus, Self::Subscription) => &["subaccountid"],
            (Dialect::Focus, Self::SubscriptionName) => &["subaccountname"],
            (Dialect::Focus, Self::Service) => &["servicename"],
            (Dialect::Focus, Self::Meter) => &["xskumetername", "skumeter"],
            (Dialect::Focus, Self::Region) => &["regionname", "region"],
            (Dialect::Focus, Self::ChargeType) => &["chargecategory"],
            (Dialect::Focus, Self::PricingModel) => &["pricingcategory"],
            (Dialect::Focus, Self::Quantity) => &["consumedquantity"],
            (Dialect::PayAsYouGo | Dialect::UsageDetails, Self::Cost) => &["pretaxcost"],
            (Dialect::PayAsYouGo | Dialect::UsageDetails, Self::Date) => {
                &["usagedatetime", "usagestart", "usagedate"]
            }
            _ => &[],
        }
    }

    /// Whether a column of this name is only a substitute: Usage Details leaves out names of meters unless they are
    /// requested.
    pub fn is_stand_in(self, plain: &str) -> bool {
        match self {
            Self::Service => ["product", "productname"].contains(&plain),
            Self::Meter => plain == "meterid",
            _ => false,
        }
    }

    /// Whether no published layout has two columns with names of this role. A header with two of them holds rows of two
    /// layouts.
    fn has_one_column(self) -> bool {
        matches!(
            self,
            Self::Cost
                | Self::Currency
                | Self::Date
                | Self::ResourceGroup
                | Self::SubscriptionName
                | Self::ChargeType
                | Self::PublisherType
                | Self::CostCenter
                | Self::PricingModel
                | Self::InvoiceSection
                | Self::Quantity
                | Self::Unit
        )
    }

    /// Names for this role in other layouts, if a column named `own` has it.
    pub fn rivals(self, own: &str) -> impl Iterator<Item = &'static str> {
        let is_own = self.candidates().contains(&own);
        let all = self.candidates().iter().copied();
        let others = all.filter(move |name| is_own && self.has_one_column() && *name != own);
        let pairs = super::column_kinds::rivals(own);
        others.chain(pairs.filter(move |name| self.candidates().contains(name)))
    }

    /// Whether values of this role compare without case (ARM ids, GUIDs, resource groups).
    pub fn ignores_case(self) -> bool {
        matches!(
            self,
            Self::ResourceGroup
                | Self::Resource
                | Self::Subscription
                | Self::Reservation
                | Self::Benefit
                | Self::ChargeType
                | Self::PublisherType
                | Self::PricingModel
                | Self::Currency
        )
    }
}

/// The GUID of a subscription, from the bare GUID or the path `/subscriptions/GUID`.
pub fn subscription_id(text: &str) -> &str {
    let text = text.trim();
    match strip_any_case(text, "/subscriptions/") {
        Some(inner) => inner.split('/').next().unwrap_or_default(),
        None => text,
    }
}

/// A header normalised for comparison: the English name of `Local (English)`, in lower case, without byte-order mark,
/// blanks, `_` and `-`.
pub fn plain(header: &str) -> String {
    let mut plain = String::with_capacity(header.len());
    plain.extend(plain_letters(header));
    plain
}

/// Whether a header is spelled like this, as [`plain`] spells it.
pub fn is_plain(header: &str, plain: &str) -> bool {
    plain_letters(header).eq(plain.chars())
}

fn plain_letters(header: &str) -> impl Iterator<Item = char> {
    let text = header
        .trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace())
        .trim_end();
    let english = text
        .strip_suffix(')')
        .and_then(|open| open.rsplit_once('('))
        .map(|(_, inside)| inside.trim())
        .filter(|inside| !inside.is_empty());
    let name = english.unwrap_or(text);
    // Tables built from Usage Details rows name members by their path: `properties.meterDetails.meterName`.
    let last = strip_any_case(name, "properties.").and_then(|rest| rest.rsplit('.').next());
    last.unwrap_or(name)
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != '-')
        .flat_map(char::to_lowercase)
}

/// Whether a column that has no role of its own holds ids that compare without case.
pub fn plain_ignores_case(plain: &str) -> bool {
    const IDS: [&str; 20] = [
        "xresourcegroupname",
        "subaccountid",
        "commitmentdiscountid",
        "resourcegroup",
        "resourcegroupname",
        "resourceid",
        "instanceid",
        "subscriptionid",
        "subscriptionguid",
        "meterid",
        "reservationid",
        "benefitid",
        "productorderid",
        "billingaccountid",
        "billingprofileid",
        "customertenantid",
        "partnertenantid",
        "instancename",
        "productid",
        "invoicesectionid",
    ];
    IDS.contains(&plain) || super::column_kinds::is_vocabulary(plain)
}

/// The layouts a file can have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    Ea,
    Mca,
    /// A partner's billing scopes.
    Mpa,
    /// A customer's subscription in a partner's tenant.
    Csp,
    Focus,
    PayAsYouGo,
    /// Rows of Usage Details in a legacy format.
    UsageDetails,
    /// Rows of two layouts in one file.
    Mixed,
    #[default]
    Other,
}

impl Dialect {
    /// Every layout.
    const ALL: [Self; 9] = [
        Self::Ea,
        Self::Mca,
        Self::Mpa,
        Self::Csp,
        Self::Focus,
        Self::PayAsYouGo,
        Self::UsageDetails,
        Self::Mixed,
        Self::Other,
    ];

    /// The layout of a header row.
    pub fn of(headers: &[String]) -> Self {
        let has = |name: &str| headers.iter().any(|header| header == name);
        if has("billedcost") || (has("effectivecost") && has("chargecategory")) {
            Self::Focus
        } else if has("pricingcurrency") || has("costinpricingcurrency") {
            match (has("partnertenantid"), has("partnername")) {
                (true, _) => Self::Mpa,
                (false, true) if !has("billingaccountid") => Self::Csp,
                _ => Self::Mca,
            }
        } else if has("kind") || (has("usagestart") && has("pretaxcost")) {
            Self::UsageDetails
        } else if has("pretaxcost") && !has("departmentname") {
            Self::PayAsYouGo
        } else if has("partnumber")
            || has("accountownerid")
            || (has("pretaxcost") && has("departmentname"))
        {
            Self::Ea
        } else {
            Self::Other
        }
    }

    /// The layout with this name.
    pub fn read(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|dialect| dialect.word() == word);
        found.unwrap_or(Self::Other)
    }

    /// Name in the JSON and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ea => "EA",
            Self::Mca => "MCA",
            Self::Mpa => "MPA",
            Self::Csp => "CSP",
            Self::Focus => "FOCUS",
            Self::PayAsYouGo => "PAYG",
            Self::UsageDetails => "usage-details",
            Self::Mixed => "mixed",
            Self::Other => "other",
        }
    }
}
