//! Generated cost files of every layout, date format and encoding.

use proptest::prelude::*;
use std::collections::BTreeMap;

pub(crate) const SUBSCRIPTIONS: [&str; 2] = [
    "aaaaaaaa-0000-4000-8000-000000000001",
    "aaaaaaaa-0000-4000-8000-000000000002",
];

/// The contents of a row, whatever layout it is written in.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) cost: &'static str,
    pub(crate) day: u32,
    pub(crate) group: &'static str,
    pub(crate) subscription: usize,
    pub(crate) charge: &'static str,
    pub(crate) model: &'static str,
    pub(crate) tags: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) reserved: bool,
}

pub(crate) fn said() -> impl Strategy<Value = Said> {
    let costs = prop_oneof![
        Just("1.5"),
        Just("-0.25"),
        Just("0"),
        Just("1E-3"),
        Just("2.4999999999999999E-05"),
        Just("1000.000000000000000001"),
        Just("0.1"),
        Just(" NULL "),
        Just("")
    ];
    let tags = prop_oneof![
        Just(""),
        Just("NULL "),
        Just("{}"),
        Just("\"env\": \"prod\""),
        Just("{\"env\": \"prod\"}"),
        Just("\"env\": \"test\","),
        Just("{\"env\": \"prod\""),
        Just("\"env\": \"prod\";\"team\": \"x\""),
        Just("{'env':'prod'}"),
        Just("\"p\": \"C:\\xyz\",\"env\": \"prod\""),
        Just("\"say\": \"he \"x\" she\",\"env\": \"prod\""),
        Just("env=prod"),
        Just("\"env\": \"\""),
        Just("\"Env\": \"prod\"")
    ];
    let groups = prop_oneof![
        Just("rg-a"),
        Just("RG-A"),
        Just("rg-b "),
        Just("rg-tür"),
        Just(" NULL"),
        Just("")
    ];
    let charges = prop_oneof![
        Just("Usage"),
        Just("Purchase"),
        Just("Unused Reservation"),
        Just("UnusedSavingsPlan"),
        Just("Refund")
    ];
    let models = prop_oneof![
        Just("OnDemand"),
        Just("On Demand"),
        Just("Reservation"),
        Just("SavingsPlan"),
        Just("")
    ];
    let currencies =
        prop_oneof![4 => Just("EUR"), 1 => Just("eur"), 1 => Just("USD"), 1 => Just(" EUR")];
    (
        costs,
        1_u32..29,
        groups,
        0_usize..2,
        charges,
        models,
        tags,
        currencies,
        any::<bool>(),
    )
        .prop_map(
            |(cost, day, group, subscription, charge, model, tags, currency, reserved)| Said {
                cost,
                day,
                group,
                subscription,
                charge,
                model,
                tags,
                currency,
                reserved,
            },
        )
}

/// The layouts of cost files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Ea,
    Mca,
    Payg,
    Focus,
    Preview,
}

/// The date format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Days {
    MonthFirst,
    DayFirst,
    /// The day first, with billing periods in an unambiguous format.
    DayFirstByPeriod,
    Iso,
    /// Times one hour behind UTC; in UTC some fall on the next day.
    Zoned,
}

impl Layout {
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Ea => {
                "SubscriptionId,ResourceGroup,Date,MeterCategory,MeterName,Quantity,EffectivePrice,CostInBillingCurrency,\
                 ResourceId,Tags,ReservationId,ChargeType,PricingModel,PublisherType,BillingCurrencyCode,\
                 BillingPeriodStartDate,BillingPeriodEndDate,PartNumber"
            }
            Self::Mca => {
                "subscriptionId,resourceGroupName,date,meterCategory,meterName,quantity,effectivePrice,costInBillingCurrency,\
                 ResourceId,tags,reservationId,chargeType,pricingModel,publisherType,billingCurrency,billingPeriodStartDate,\
                 billingPeriodEndDate,pricingCurrency"
            }
            Self::Payg => {
                "SubscriptionGuid,ResourceGroup,UsageDateTime,MeterCategory,MeterName,UsageQuantity,ResourceRate,PreTaxCost,\
                 InstanceId,Tags,Currency"
            }
            Self::Focus => {
                "SubAccountId,x_ResourceGroupName,ChargePeriodStart,ServiceName,x_SkuMeterName,ConsumedQuantity,\
                 ListUnitPrice,BilledCost,EffectiveCost,ResourceId,Tags,CommitmentDiscountId,ChargeCategory,\
                 CommitmentDiscountStatus,CommitmentDiscountType,ChargeClass,PricingCategory,BillingCurrency,\
                 BillingPeriodStart,BillingPeriodEnd"
            }
            Self::Preview => {
                "SubAccountId,x_ResourceGroupName,ChargePeriodStart,ServiceName,x_SkuMeterName,UsageQuantity,ListUnitPrice,\
                 BilledCost,EffectiveCost,ResourceId,Tags,CommitmentDiscountId,ChargeCategory,ChargeSubcategory,\
                 CommitmentDiscountType,PricingCategory,BillingCurrency,BillingPeriodStart,BillingPeriodEnd"
            }
        }
    }

    /// A row's fields in the order of the header; `number` makes its meter unique.
    pub(crate) fn fields(self, row: &Said, number: usize, days: Days) -> Vec<String> {
        let date = match (self, days) {
            (Self::Focus | Self::Preview, Days::Zoned) => {
                format!("2026-10-{:02}T23:30:00-01:00", row.day)
            }
            (Self::Focus | Self::Preview, _) => format!("2026-10-{:02}T00:00:00Z", row.day),
            (_, Days::MonthFirst) => format!("10/{:02}/2026", row.day),
            (_, Days::DayFirst | Days::DayFirstByPeriod) => format!("{:02}/10/2026", row.day),
            (_, Days::Iso | Days::Zoned) => format!("2026-10-{:02}", row.day),
        };
        let (from, to) = match days {
            Days::MonthFirst => ("10/01/2026", "10/31/2026"),
            Days::DayFirst => ("01/10/2026", "31/10/2026"),
            Days::DayFirstByPeriod | Days::Iso | Days::Zoned => ("2026-10-01", "2026-10-31"),
        };
        let id = SUBSCRIPTIONS[row.subscription];
        let meter = format!("meter {number}");
        let resource = match row.group {
            "" => format!("/subscriptions/{id}/resourceGroups/rg-c/providers/x/y/r{number}"),
            _ => format!("/subscriptions/{id}/x/y/r{number}"),
        };
        let reservation = if row.reserved {
            "66666666-0000-4000-8000-000000000001"
        } else {
            ""
        };
        let text = |text: &str| text.to_owned();
        match self {
            Self::Ea | Self::Mca => vec![
                text(id),
                text(row.group),
                date,
                text("Storage"),
                meter,
                text("10.0"),
                text("9.5"),
                text(row.cost),
                resource,
                text(row.tags),
                text(reservation),
                text(row.charge),
                text(row.model),
                text("Azure"),
                text(row.currency),
                text(from),
                text(to),
                text("USD"),
            ],
            Self::Payg => vec![
                text(id),
                text(row.group),
                date,
                text("Storage"),
                meter,
                text("1"),
                text("1"),
                text(row.cost),
                resource,
                text(row.tags),
                text(row.currency),
            ],
            Self::Focus | Self::Preview => {
                let purchase = row.charge == "Purchase";
                let unused = row.charge.starts_with("Unused");
                let refund = row.charge == "Refund";
                let category = match row.charge {
                    "Purchase" => "Purchase",
                    "Refund" if row.model == "OnDemand" => "Credit",
                    "Refund" => "Adjustment",
                    _ => "Usage",
                };
                let billed = if unused || (row.reserved && !purchase && !refund) {
                    "0"
                } else {
                    row.cost
                };
                let effective = if purchase || refund { "0" } else { row.cost };
                let discount = if row.reserved { "/providers/r/1" } else { "" };
                let kind = if row.model == "SavingsPlan" {
                    "Savings Plan"
                } else {
                    "Reservation"
                };
                let status = match (row.reserved, unused, purchase || refund) {
                    (true, true, _) => "Unused",
                    (true, false, false) => "Used",
                    _ => "",
                };
                let before = match (status, refund) {
                    ("", true) => text("Refund"),
                    ("", false) => text("On-Demand"),
                    (status, _) => format!("{status} Commitment"),
                };
                let mut fields = vec![
                    format!("/subscriptions/{id}"),
                    text(row.group),
                    date,
                    text("Storage"),
                    meter,
                    text("1"),
                    text("1"),
                    text(billed),
                    text(effective),
                    resource,
                    text(row.tags),
                    text(discount),
                    text(category),
                ];
                if self == Self::Focus {
                    fields.extend([text(status), text(kind), text(""), text("Standard")]);
                } else {
                    fields.extend([before, text(kind), text("On-Demand")]);
                }
                fields.extend([
                    text(row.currency),
                    text("2026-10-01T00:00:00Z"),
                    text("2026-11-01T00:00:00Z"),
                ]);
                fields
            }
        }
    }
}

pub(crate) fn line(fields: &[String]) -> String {
    let quoted = fields
        .iter()
        .map(|field| format!("\"{}\"", field.replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(",")
}

/// A file of one layout.
pub(crate) fn written(layout: Layout, rows: &[Said], days: Days, first: usize) -> String {
    let lines = rows
        .iter()
        .enumerate()
        .map(|(at, row)| line(&layout.fields(row, first + at, days)));
    let lines: Vec<String> = lines.collect();
    format!("{}\n{}\n", layout.header(), lines.join("\n"))
}

/// Rows of two layouts under one header with the columns of both.
pub(crate) fn mixed(one: Layout, other: Layout, rows: &[Said]) -> String {
    let names = |layout: Layout| {
        layout
            .header()
            .split(',')
            .map(ToOwned::to_owned)
            .collect::<Vec<String>>()
    };
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let mut header = names(one);
    for name in names(other) {
        if !header.iter().any(|known| same(known, &name)) {
            header.push(name);
        }
    }
    let mut lines = vec![header.join(",")];
    for (at, row) in rows.iter().enumerate() {
        let layout = if at % 2 == 0 { one } else { other };
        let own: BTreeMap<String, String> = names(layout)
            .into_iter()
            .map(|name| name.to_lowercase())
            .zip(layout.fields(row, at, Days::MonthFirst))
            .collect();
        let fields: Vec<String> = header
            .iter()
            .map(|name| own.get(&name.to_lowercase()).cloned().unwrap_or_default())
            .collect();
        lines.push(line(&fields));
    }
    lines.join("\n") + "\n"
}

/// The encoding of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Encoding {
    Utf8,
    Utf8Mark,
    Utf16,
    Utf16BigWithoutMark,
    Windows1252,
}

impl Encoding {
    pub(crate) fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Mark => format!("\u{feff}{text}").into_bytes(),
            Self::Utf16 => format!("\u{feff}{text}")
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            Self::Utf16BigWithoutMark => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Windows1252 => text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap())
                .collect(),
        }
    }
}

pub(crate) fn layouts() -> impl Strategy<Value = Layout> {
    prop_oneof![
        Just(Layout::Ea),
        Just(Layout::Mca),
        Just(Layout::Payg),
        Just(Layout::Focus),
        Just(Layout::Preview)
    ]
}

pub(crate) fn encodings() -> impl Strategy<Value = Encoding> {
    prop_oneof![
        Just(Encoding::Utf8),
        Just(Encoding::Utf8Mark),
        Just(Encoding::Utf16),
        Just(Encoding::Utf16BigWithoutMark),
        Just(Encoding::Windows1252)
    ]
}

pub(crate) fn all_days() -> impl Strategy<Value = Days> {
    prop_oneof![
        Just(Days::MonthFirst),
        Just(Days::DayFirst),
        Just(Days::DayFirstByPeriod),
        Just(Days::Iso),
        Just(Days::Zoned)
    ]
}
