//! Facts about published columns beyond their roles: spellings in other layouts, numbers, vocabularies.
//!
//! Source: the dataset schemas on Microsoft Learn and the FOCUS specification. Names are spelled as
//! [`super::columns::plain`] does.

/// Pairs of names that no published layout has together. Roles with one column in each layout (`Role::has_one_column`)
/// need none: their names exclude each other. A meter category and a service name are no pair: two layouts have both,
/// with different meanings.
const RIVALS: &[[&str; 2]] = &[
    ["resourceid", "instanceid"],
    ["resourceid", "instancename"],
    ["subscriptionid", "subaccountid"],
    ["subscriptionguid", "subaccountid"],
    // The old portal has both. There the id is a number, used only where the GUID is blank.
    ["subscriptionguid", "subscriptionid"],
    ["metername", "xskumetername"],
    ["metername", "skumeter"],
    ["regionname", "region"],
    ["location", "resourcelocationnormalized"],
    ["resourcelocation", "regionname"],
    ["resourcelocation", "region"],
    ["location", "regionname"],
    ["location", "region"],
    ["benefitid", "commitmentdiscountid"],
];

/// The other names of the pairs with this one.
pub(crate) fn rivals(own: &str) -> impl Iterator<Item = &'static str> {
    RIVALS.iter().filter_map(move |[one, other]| {
        let mut both = [(*one, *other), (*other, *one)].into_iter();
        both.find(|(name, _)| *name == own).map(|(_, rival)| rival)
    })
}

/// Columns of numbers: amounts in other currencies, quantities, prices, rates. Ids and months that look like numbers
/// are left out.
const NUMBERS: &[&str] = &[
    "costinpricingcurrency",
    "costinusd",
    "paygcostinbillingcurrency",
    "paygcostinusd",
    "listcost",
    "contractedcost",
    "xondemandcost",
    "xbilledcostinusd",
    "xeffectivecostinusd",
    "xlistcostinusd",
    "xcontractedcostinusd",
    "xondemandcostinusd",
    "costusd",
    "pretaxcostusd",
    "quantity",
    "usagequantity",
    "consumedquantity",
    "pricingquantity",
    "commitmentdiscountquantity",
    "billablequantity",
    "totalincludedquantity",
    "effectiveprice",
    "unitprice",
    "resourcerate",
    "paygprice",
    "marketprice",
    "pretaxstandardrate",
    "listunitprice",
    "contractedunitprice",
    "xbilledunitprice",
    "xeffectiveunitprice",
    "xondemandunitprice",
    "exchangerate",
    "exchangeratepricingtobilling",
    "xbillingexchangerate",
    "partnerearnedcreditrate",
    "xpartnercreditrate",
    "xpricingblocksize",
    // Amounts of one layout next to those of another.
    "cost",
    "costinbillingcurrency",
    "billedcost",
    "pretaxcost",
    "extendedcost",
    "effectivecost",
];

/// Whether the values of a column without a role are numbers.
pub fn is_number(plain: &str) -> bool {
    NUMBERS.contains(&plain)
}

/// Columns whose values come from a fixed list, which compare without case.
const VOCABULARIES: &[&str] = &[
    "chargetype",
    "frequency",
    "publishertype",
    "pricingmodel",
    "provider",
    "kind",
    "isazurecrediteligible",
    "partnerearnedcreditapplied",
    "billingcurrency",
    "billingcurrencycode",
    "currency",
    "pricingcurrency",
    "pricingcurrencycode",
    "xpricingcurrency",
    "chargecategory",
    "chargeclass",
    "chargesubcategory",
    "chargefrequency",
    "commitmentdiscountcategory",
    "commitmentdiscountstatus",
    "commitmentdiscounttype",
    "capacityreservationstatus",
    "pricingcategory",
    "xpricingsubcategory",
    "servicecategory",
    "servicesubcategory",
    "providername",
    "billingaccounttype",
    "subaccounttype",
    "xpublishercategory",
    "xamortizationclass",
    "xservicemodel",
    "xskuiscrediteligible",
    "xpartnercreditapplied",
];

/// Whether the values of a column come from a fixed list.
pub fn is_vocabulary(plain: &str) -> bool {
    VOCABULARIES.contains(&plain)
}

/// Columns that say which billing account, profile or section a row belongs to, best first.
pub const ACCOUNT: &[&str] = &["xbillingaccountid", "billingaccountid"];
pub const PROFILE: &[&str] = &["xbillingprofileid", "billingprofileid"];
pub const SECTION: &[&str] = &[
    "xinvoicesectionid",
    "invoicesectionid",
    "xinvoicesectionname",
    "invoicesectionname",
    "invoicesection",
    "departmentname",
];

/// Datasets without costs, by columns that only they have together; the first match counts.
const OTHER_DATASETS: &[(&[&str], &str)] = &[
    (&["pricetype", "baseprice"], "a price sheet"),
    (
        &["reservedhours", "usedhours"],
        "a reservation details file",
    ),
    (
        &["eventtype", "armskuname", "reservationorderid"],
        "a reservation transactions file",
    ),
    (
        &["eventtype", "armskuname", "purchasingenrollment"],
        "a reservation transactions file",
    ),
    (
        &["eventtype", "armskuname", "invoice"],
        "a reservation transactions file",
    ),
    (
        &["netsavings", "recommendedquantity"],
        "a reservation recommendations file",
    ),
    (
        &["billingpretaxtotal", "pricingpretaxtotal"],
        "Partner Center daily rated usage; its money is in BillingPreTaxTotal and PricingPreTaxTotal",
    ),
    (
        &["subtotal", "taxtotal"],
        "a Partner Center invoice reconciliation; its money is in Subtotal, TaxTotal and Total",
    ),
    (
        &["pretaxcharges", "overagequantity"],
        "a Partner Center usage reconciliation; its money is in PretaxCharges",
    ),
    (
        &["durableofferid", "totalforcustomer"],
        "a Partner Center licence reconciliation; its money is in TotalForCustomer",
    ),
    (
        &["businessimpact", "recommendation", "category"],
        "an Azure Advisor file",
    ),
];

/// The name of the dataset without costs that has these columns.
pub fn other_dataset(plains: &[String]) -> Option<&'static str> {
    let has = |name: &&str| plains.iter().any(|plain| plain == name);
    OTHER_DATASETS
        .iter()
        .find(|(names, _)| names.iter().all(has))
        .map(|(_, kind)| *kind)
}
