//! Generates cost rows as a pure function of a scope's view, the day and the seed.
//!
//! Amounts are whole numbers of 1e-10. Usage is the same in both metrics, except where reservations and savings plans
//! cover it. In the actual file, covered usage costs nothing, and purchases are rows of their own. In the amortized
//! file, it costs its share of the commitment, and the unused rest has rows of its own.

use super::accounts::{Bill, FileLayout, PROFILES, SUBSCRIPTIONS, VisibleCosts};
use super::services::{Commitment, SERVICES};
use chrono::{Datelike, NaiveDate};

/// The metric of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    Actual,
    Amortized,
}

/// One row of a file, before it has a layout.
#[derive(Debug, Clone)]
pub struct BillRow {
    pub day: NaiveDate,
    /// Position in `SUBSCRIPTIONS`; `None` for purchases and unused benefits.
    pub subscription: Option<usize>,
    /// Position in `PROFILES`, for a customer agreement.
    pub profile: usize,
    /// Group as the resource's id spells it, and as the group column does that day.
    pub group: Option<(String, String)>,
    pub resource: Option<String>,
    pub region: &'static str,
    pub service: usize,
    /// In 1e-4.
    pub quantity: i128,
    /// In 1e-6.
    pub price: i128,
    /// In 1e-10.
    pub cost: i128,
    pub charge: &'static str,
    pub model: &'static str,
    pub frequency: &'static str,
    pub marketplace: bool,
    pub commitment: Option<Commitment>,
    pub tags: Vec<(&'static str, String)>,
}

const PER_DAY: u64 = 24;
const GROUPS: [(&str, &str); 5] = [
    ("rg-web", "RG-Web"),
    ("rg-data", "rg-data"),
    ("rg-platform", "rg-Platform"),
    ("rg-logs", "rg-logs"),
    ("rg-batch", "RG-BATCH"),
];
pub const REGIONS: [&str; 6] = [
    "westeurope",
    "northeurope",
    "eastus",
    "eastus2",
    "uksouth",
    "swedencentral",
];
const ENVIRONMENTS: [&str; 6] = ["prod", "test", "dev", "Prod", "qa:eu", "a,b \"c\""];
const TEAMS: [&str; 6] = [
    "storefront",
    "payments",
    "search",
    "data platform",
    "identity",
    "ops",
];

/// A well-mixed number from a few small ones (splitmix64).
pub fn mix(values: &[u64]) -> u64 {
    values
        .iter()
        .fold(0x9e37_79b9_7f4a_7c15_u64, |state, value| {
            let mut z = state
                .wrapping_add(value.wrapping_mul(0xbf58_476d_1ce4_e5b9))
                .wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        })
}

fn pick<T: Copy>(from: &[T], number: u64) -> Option<T> {
    let length = u64::try_from(from.len()).ok()?.max(1);
    usize::try_from(number % length)
        .ok()
        .and_then(|at| from.get(at))
        .copied()
}

/// All rows of one day.
pub fn day(view: &VisibleCosts, metric: Metric, day: NaiveDate, seed: u64) -> Vec<BillRow> {
    let mut rows = Vec::new();
    for at in &view.subscriptions {
        for index in 0..PER_DAY {
            rows.extend(usage(*at, index, metric, day, seed));
        }
    }
    if view.purchases {
        // Every payer of the account: the enrolment itself, or each profile.
        let payers: Vec<usize> = if view.dialect == FileLayout::Ea {
            vec![0]
        } else {
            view.profiles.clone()
        };
        for profile in payers {
            account_rows(view, profile, metric, day, seed, &mut rows);
        }
    }
    rows
}

fn serial(day: NaiveDate) -> u64 {
    u64::try_from(day.num_days_from_ce()).unwrap_or_default()
}

/// The commitment that covers a resource, if there is one.
fn coverage(at: usize, index: u64) -> Option<Commitment> {
    let payg = matches!(
        SUBSCRIPTIONS.get(at).map(|s| s.bill),
        Some(Bill::PayAsYouGo | Bill::Mpa(_))
    );
    match index {
        _ if payg => None,
        0 | 8 => Some(Commitment::Machines),
        1 => Some(Commitment::SavingsPlan),
        // Two databases share one reservation, both in the enrolment.
        4 if at < 2 => Some(Commitment::Databases),
        _ => None,
    }
}

/// Covered hours of one day, in 1e-4; a database reservation is used whole or not at all.
fn covered_quantity(
    at: usize,
    index: u64,
    commitment: Commitment,
    day: NaiveDate,
    seed: u64,
) -> i128 {
    let chance = mix(&[seed, 11, at as u64, index, serial(day)]);
    match commitment {
        Commitment::Databases => i128::from(at == 0 || !chance.is_multiple_of(4)) * 10_000,
        Commitment::Machines | Commitment::SavingsPlan => i128::from(chance % 13 + 12) * 10_000,
    }
}

fn usage(at: usize, index: u64, metric: Metric, day: NaiveDate, seed: u64) -> Option<BillRow> {
    let fixed = mix(&[seed, 1, at as u64, index]);
    let number = usize::try_from(index % 8).ok()?;
    let service = SERVICES.get(number)?;
    let commitment = coverage(at, index);
    let quantity = if let Some(commitment) = commitment {
        covered_quantity(at, index, commitment, day, seed)
    } else {
        let base = fixed % 240_000 + 1_000;
        let wave = mix(&[seed, 2, at as u64, index, serial(day)]) % 400 + 800;
        i128::from(base) * i128::from(wave) / 1000
    };
    if quantity == 0 {
        return None;
    }
    let (price, amount) = match (commitment, metric) {
        (None, _) => (service.price, quantity * service.price),
        (Some(_), Metric::Actual) => (0, 0),
        (Some(_), Metric::Amortized) => (service.committed, quantity * service.committed),
    };
    let (group, odd) = pick(&GROUPS, fixed >> 8)?;
    let shown = if serial(day).is_multiple_of(3) {
        odd
    } else {
        group
    };
    let profile = profile_of(at);
    let spot = commitment.is_none() && number < 2 && index == 17;
    Some(BillRow {
        day,
        subscription: Some(at),
        profile,
        group: Some((group.to_owned(), shown.to_owned())),
        resource: Some(format!("{}-{at:02}-{index:02}", resource_name(number))),
        region: pick(&REGIONS, fixed >> 16)?,
        service: number,
        quantity,
        price,
        cost: amount,
        charge: "Usage",
        model: commitment.map_or(if spot { "Spot" } else { "OnDemand" }, Commitment::model),
        frequency: "UsageBased",
        marketplace: false,
        commitment,
        tags: tags(fixed),
    })
}

fn resource_name(service: usize) -> &'static str {
    pick(
        &[
            "vm-web",
            "vm-db",
            "stlogs",
            "disk",
            "sql-orders",
            "pip-edge",
            "law-central",
            "aks-prod",
        ],
        service as u64,
    )
    .unwrap_or("res")
}

fn tags(fixed: u64) -> Vec<(&'static str, String)> {
    let environment = pick(&ENVIRONMENTS, fixed >> 24).unwrap_or("prod");
    let team = pick(&TEAMS, fixed >> 32).unwrap_or("ops");
    let key = if (fixed >> 40).is_multiple_of(5) {
        "Env"
    } else {
        "env"
    };
    let mut tags = vec![
        (key, environment.to_owned()),
        ("team", team.to_owned()),
        ("cost-center", format!("{}", 1000 + fixed % 40)),
    ];
    tags.truncate(usize::try_from((fixed >> 48) % 4).unwrap_or_default());
    tags
}

/// A row that belongs to the account and to no resource.
fn account_row(day: NaiveDate, profile: usize, service: usize, amount: i128) -> BillRow {
    BillRow {
        day,
        subscription: None,
        profile,
        group: None,
        resource: None,
        region: "westeurope",
        service,
        quantity: 10_000,
        price: amount / 10_000,
        cost: amount,
        charge: "Purchase",
        model: "OnDemand",
        frequency: "OneTime",
        marketplace: false,
        commitment: None,
        tags: Vec::new(),
    }
}

fn account_rows(
    view: &VisibleCosts,
    profile: usize,
    metric: Metric,
    day: NaiveDate,
    seed: u64,
    rows: &mut Vec<BillRow>,
) {
    let kinds: &[Commitment] = match view.dialect {
        FileLayout::Ea => &[
            Commitment::Machines,
            Commitment::SavingsPlan,
            Commitment::Databases,
        ],
        FileLayout::Mca => &[Commitment::Machines, Commitment::SavingsPlan],
    };
    for commitment in kinds {
        match metric {
            Metric::Actual => rows.extend(purchase(view, profile, *commitment, day)),
            Metric::Amortized => rows.extend(unused(view, profile, *commitment, day, seed)),
        }
    }
    let with = |amount: i128, charge, frequency| BillRow {
        charge,
        frequency,
        ..account_row(day, profile, 0, amount)
    };
    if day.day() == 5 {
        rows.push(BillRow {
            marketplace: true,
            ..with(990_000_000_000, "Purchase", "Recurring")
        });
    }
    if view.dialect == FileLayout::Mca && day.day() == 15 {
        rows.push(with(-123_400_000_000, "Refund", "OneTime"));
    }
    if view.dialect == FileLayout::Mca && day.day() == 20 && metric == Metric::Actual {
        let refund = with(-255_000_000_000, "Refund", "OneTime");
        rows.push(BillRow {
            model: "Reservation",
            commitment: Some(Commitment::Machines),
            ..refund
        });
    }
    if view.dialect == FileLayout::Ea && day.succ_opt().is_none_or(|next| next.day() == 1) {
        rows.push(with(30, "RoundingAdjustment", "OneTime"));
    }
}

/// The resources that one payer's commitment covers.
fn covered(view: &VisibleCosts, profile: usize, commitment: Commitment) -> Vec<(usize, u64)> {
    // A payer covers all of its subscriptions, whichever of them the scope shows.
    let payer = |bill: &Bill| match (view.dialect, bill) {
        (FileLayout::Ea, Bill::Ea { .. }) => true,
        (FileLayout::Mca, Bill::Mca { profile: p, .. }) => *p == profile,
        _ => false,
    };
    let subscriptions = SUBSCRIPTIONS
        .iter()
        .enumerate()
        .filter(|(_, s)| payer(&s.bill) && !s.locked);
    subscriptions
        .flat_map(|(at, _)| (0..PER_DAY).map(move |index| (at, index)))
        .filter(|(at, index)| coverage(*at, *index) == Some(commitment))
        .collect()
}

/// The daily cost of a commitment, in 1e-10.
fn daily(view: &VisibleCosts, profile: usize, commitment: Commitment) -> i128 {
    if commitment == Commitment::Databases {
        return 10_000_000_000;
    }
    let price = SERVICES
        .get(commitment.service())
        .map_or(0, |service| service.committed);
    let resources = i128::try_from(covered(view, profile, commitment).len()).unwrap_or_default();
    resources * 24 * 10_000 * price
}

fn purchase(
    view: &VisibleCosts,
    profile: usize,
    commitment: Commitment,
    day: NaiveDate,
) -> Option<BillRow> {
    let (days, frequency) = match commitment {
        Commitment::Databases if day.day() == 1 && day.month() == 1 => (365, "OneTime"),
        Commitment::Machines | Commitment::SavingsPlan if day.day() == 1 => {
            (i128::from(day.num_days_in_month()), "Recurring")
        }
        Commitment::Machines | Commitment::Databases | Commitment::SavingsPlan => return None,
    };
    let amount = daily(view, profile, commitment) * days;
    let row = account_row(day, profile, commitment.service(), amount);
    Some(BillRow {
        model: commitment.model(),
        commitment: Some(commitment),
        frequency,
        ..row
    })
}

fn unused(
    view: &VisibleCosts,
    profile: usize,
    commitment: Commitment,
    day: NaiveDate,
    seed: u64,
) -> Option<BillRow> {
    let price = SERVICES.get(commitment.service())?.committed;
    let used: i128 = covered(view, profile, commitment)
        .into_iter()
        .map(|(at, index)| covered_quantity(at, index, commitment, day, seed) * price)
        .sum();
    let rest = daily(view, profile, commitment) - used;
    let charge = if commitment == Commitment::SavingsPlan {
        "UnusedSavingsPlan"
    } else {
        "UnusedReservation"
    };
    let row = account_row(day, profile, commitment.service(), rest);
    (rest > 0).then(|| BillRow {
        charge,
        model: commitment.model(),
        commitment: Some(commitment),
        frequency: "UsageBased",
        ..row
    })
}

/// The currency of a row.
pub fn currency(dialect: FileLayout, profile: usize) -> &'static str {
    match dialect {
        FileLayout::Ea => "USD",
        FileLayout::Mca => PROFILES
            .get(profile)
            .map_or("EUR", |profile| profile.currency),
    }
}

/// The billing profile that pays for a subscription; an enrolment has only one payer.
pub fn profile_of(subscription: usize) -> usize {
    match SUBSCRIPTIONS.get(subscription).map(|s| s.bill) {
        Some(Bill::Mca { profile, .. }) => profile,
        _ => 0,
    }
}
