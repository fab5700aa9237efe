//! What the columns of a cost file mean, whatever the header calls them.
//!
//! Sources: Microsoft Learn dataset schemas for EA, MCA and pay-as-you-go cost details; the pay-as-you-go headers of
//! 2019-11-01; `Local (English)` headers of older exports. Roles are found by name, never by position.

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Cost,
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
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 18] = [
        Self::Cost,
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
    ];

    /// Headers that carry this role, best first, as [`plain`] spells them.
    pub fn candidates(self) -> &'static [&'static str] {
        match self {
            Self::Cost => &["costinbillingcurrency", "pretaxcost", "cost"],
            Self::Currency => &["billingcurrencycode", "billingcurrency", "currency"],
            Self::Date => &["date", "usagedatetime", "usagedate", "usagestart"],
            Self::ResourceGroup => &["resourcegroup", "resourcegroupname"],
            Self::Resource => &["resourceid", "instanceid", "instancename"],
            Self::Subscription => &["subscriptionid", "subscriptionguid"],
            Self::SubscriptionName => &["subscriptionname"],
            Self::Service => &["metercategory", "servicename"],
            Self::Meter => &["metername"],
            Self::Region => &[
                "resourcelocation",
                "location",
                "resourcelocationnormalized",
                "meterregion",
            ],
            Self::ChargeType => &["chargetype"],
            Self::PublisherType => &["publishertype"],
            Self::CostCenter => &["costcenter"],
            Self::PricingModel => &["pricingmodel"],
            Self::InvoiceSection => &["invoicesectionname", "invoicesection"],
            Self::Reservation => &["reservationid"],
            Self::Benefit => &["benefitid"],
            Self::Tags => &["tags"],
        }
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
        )
    }
}

/// A header as it is compared: without a byte-order mark, the English name of `Local (English)`, lower case, without
/// blanks, `_` and `-`.
pub fn plain(header: &str) -> String {
    let text = header.trim_start_matches('\u{feff}').trim();
    let english = text
        .strip_suffix(')')
        .and_then(|open| open.rsplit_once('('))
        .map(|(_, inside)| inside.trim())
        .filter(|inside| !inside.is_empty());
    english
        .unwrap_or(text)
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != '-')
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a column that has no role of its own holds ids that compare without case.
pub fn plain_ignores_case(plain: &str) -> bool {
    const IDS: [&str; 17] = [
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
    IDS.contains(&plain)
}

/// The layouts a file can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Ea,
    Mca,
    PayAsYouGo,
    /// Rows of Usage Details in their legacy shapes.
    UsageDetails,
    Other,
}

impl Dialect {
    /// The layout that a header row shows.
    pub fn of(headers: &[String]) -> Self {
        let has = |name: &str| headers.iter().any(|header| header == name);
        if has("pricingcurrency") || has("costinpricingcurrency") {
            Self::Mca
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

    /// The word in the JSON and on the screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ea => "EA",
            Self::Mca => "MCA",
            Self::PayAsYouGo => "PAYG",
            Self::UsageDetails => "usage-details",
            Self::Other => "other",
        }
    }
}
