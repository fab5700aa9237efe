//! Generates cost files of any size, one row at a time; actual and amortized of one seed are a pair.
//!
//! Both files of a pair have the same number of rows: a purchase in the actual file is an unused rest in the amortized
//! one. A purchase pays for that rest and for the usage since the previous purchase. The month is always October 2026,
//! so that a seed always gives the same file.

use super::accounts::FileLayout;
use super::csv_dialects::CsvSheet;
use super::rows;
use super::rows::{BillRow, Metric};
use super::services::{Commitment, SERVICES};
use chrono::{Days, NaiveDate};
use std::io::{self, Write};

/// The parameters of a sample.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub rows: u64,
    pub metric: Metric,
    pub dialect: FileLayout,
    pub seed: u64,
}

const DAYS: u64 = 31;
/// One row in this many is a purchase, or an unused rest.
const SPECIAL: u64 = 500;

/// Writes a sample.
pub fn write<W: Write>(sample: &Sample, out: W) -> io::Result<W> {
    let mut sheet = CsvSheet::begin(out, sample.dialect, true)?;
    let mut owed = Owed::default();
    for number in 0..sample.rows {
        let mut row = row(sample, number);
        owed.take(&mut row, sample.metric);
        sheet.row(&row)?;
    }
    sheet.end()
}

/// The unpaid usage of each kind of commitment, in 1e-10.
#[derive(Default)]
struct Owed {
    machines: i128,
    plans: i128,
}

/// A quantity of one.
const ONE: i128 = 10_000;

impl Owed {
    /// Adds the cost of a covered row to what is owed; a purchase pays all of it. In the actual file, covered usage
    /// costs nothing.
    fn take(&mut self, row: &mut BillRow, metric: Metric) {
        let owed = match row.commitment {
            None => return,
            Some(Commitment::SavingsPlan) => &mut self.plans,
            Some(_) => &mut self.machines,
        };
        *owed += row.cost;
        if metric == Metric::Amortized {
            return;
        }
        if row.charge == PURCHASE {
            // Prices have six decimals: an overpayment is deducted from the next purchase.
            row.quantity = ONE;
            row.price = (*owed + ONE - 1).div_euclid(ONE);
            row.cost = row.quantity * row.price;
            *owed -= row.cost;
        } else {
            (row.price, row.cost) = (0, 0);
        }
    }
}

const PURCHASE: &str = "Purchase";

/// A row of the amortized file, except that the actual file has a purchase for each unused rest.
fn row(sample: &Sample, number: u64) -> BillRow {
    let first = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap_or_default();
    let day = first
        .checked_add_days(Days::new(number % DAYS))
        .unwrap_or(first);
    let resource = number / DAYS;
    let fixed = rows::mix(&[sample.seed, 3, resource]);
    let mut row = usage(sample, fixed, resource, day);
    let varied = rows::mix(&[sample.seed, 4, number]);
    row.quantity = i128::from(varied % 400_000 + 1);
    let special = number % SPECIAL == SPECIAL - 1;
    let covered = row.service < 2 && fixed.is_multiple_of(3);
    if special || covered {
        row.commitment = Some(if row.service == 1 {
            Commitment::SavingsPlan
        } else {
            Commitment::Machines
        });
        row.model = row.commitment.map_or("OnDemand", Commitment::model);
    }
    let price = i128::from(fixed % 900_000 + 100);
    row.price = match row.commitment {
        Some(_) => price * 6 / 10,
        None => price,
    };
    row.cost = row.quantity * row.price;
    if special {
        let plan = row.commitment == Some(Commitment::SavingsPlan);
        (row.subscription, row.group, row.resource) = (None, None, None);
        row.tags.clear();
        row.charge = match (sample.metric, plan) {
            (Metric::Actual, _) => PURCHASE,
            (Metric::Amortized, true) => "UnusedSavingsPlan",
            (Metric::Amortized, false) => "UnusedReservation",
        };
    }
    row
}

fn usage(sample: &Sample, fixed: u64, resource: u64, day: NaiveDate) -> BillRow {
    // The first four subscriptions are the enrolment's, the next three the customer agreement's.
    let (first, count) = if sample.dialect == FileLayout::Ea {
        (0, 4)
    } else {
        (4, 3)
    };
    let at = usize::try_from(fixed % count).unwrap_or_default() + first;
    let service = usize::try_from((fixed >> 8) % 8)
        .unwrap_or_default()
        .min(SERVICES.len() - 1);
    let group = format!("rg-{:04}", (fixed >> 16) % (resource / 60 + 20).min(5_000));
    let shown = if fixed.is_multiple_of(13) {
        group.to_uppercase()
    } else {
        group.clone()
    };
    let profile = rows::profile_of(at);
    let team = ("team", format!("team-{:02}", (fixed >> 24) % 40));
    let environment = (
        "env",
        ["prod", "test", "dev", "staging"]
            .get(usize::try_from((fixed >> 32) % 4).unwrap_or_default())
            .map_or("prod", |e| e)
            .to_owned(),
    );
    let mut tags = vec![environment, team];
    tags.truncate(usize::try_from((fixed >> 40) % 3).unwrap_or_default());
    BillRow {
        day,
        subscription: Some(at),
        profile,
        group: Some((group, shown)),
        resource: Some(format!("res-{resource:06}")),
        region: rows::REGIONS
            .get(usize::try_from((fixed >> 48) % 6).unwrap_or_default())
            .copied()
            .unwrap_or("westeurope"),
        service,
        quantity: 0,
        price: 0,
        cost: 0,
        charge: "Usage",
        model: "OnDemand",
        frequency: "UsageBased",
        marketplace: false,
        commitment: None,
        tags,
    }
}
