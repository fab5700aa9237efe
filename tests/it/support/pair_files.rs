//! Pairs of actual and amortized files, after Microsoft's example of a reservation.

use crate::support::inside::run_inside;
use crate::support::{document, file};
use chrono::{Days, NaiveDate};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

pub(crate) const HEADER: &str = "Date,SubscriptionId,ResourceGroup,ResourceId,MeterName,ChargeType,PricingModel,ReservationId,Quantity,CostInBillingCurrency,BillingCurrencyCode\n";

pub(crate) fn row(date: &str, machine: &str, charge: &str, pricing: &str, cost: &str) -> String {
    let (reservation, group) = match pricing {
        "Reservation" => ("r1", "rg-web"),
        _ => ("", "rg-db"),
    };
    let id = match machine {
        "" => String::new(),
        name => format!(
            "/subscriptions/s1/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"
        ),
    };
    format!("{date},s1,{group},{id},D2 v4,{charge},{pricing},{reservation},12,{cost},USD\n")
}

/// The rows of a machine without a benefit, on the first days of a month.
pub(crate) fn on_demand(days: u32) -> String {
    let of_day = |day| {
        let date = format!("2026-10-0{day}");
        row(&date, "vm-3", "Usage", "OnDemand", "1.25")
    };
    (1..=days).map(of_day).collect()
}

/// Microsoft's own example: a reservation for $365, bought on January 1st and shared by two machines; one of them stops
/// for the second half.
pub(crate) fn example(days: u64) -> (String, String) {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let (mut actual, mut amortized) = (HEADER.to_owned(), HEADER.to_owned());
    actual.push_str(&row("2026-01-01", "", "Purchase", "Reservation", "365"));
    for at in 0..days {
        let day = (first + Days::new(at)).to_string();
        let both = at < days / 2;
        for machine in ["vm-1", "vm-2"].into_iter().take(if both { 2 } else { 1 }) {
            actual.push_str(&row(&day, machine, "Usage", "Reservation", "0"));
            amortized.push_str(&row(&day, machine, "Usage", "Reservation", "0.5"));
        }
        if !both {
            amortized.push_str(&row(&day, "", "UnusedReservation", "Reservation", "0.5"));
        }
        // Usage without a benefit costs the same in both.
        for side in [&mut actual, &mut amortized] {
            side.push_str(&row(&day, "vm-3", "Usage", "OnDemand", "1.25"));
        }
    }
    (actual, amortized)
}

pub(crate) fn written(folder: &Path, actual: &str, amortized: &str) -> (String, String) {
    let name = |name: &str, text: &str| file(folder, name, text).display().to_string();
    (name("actual.csv", actual), name("amortized.csv", amortized))
}

pub(crate) fn compared(actual: &str, amortized: &str, more: &[&str]) -> Value {
    let folder = TempDir::new().unwrap();
    let (first, second) = written(folder.path(), actual, amortized);
    let line = ["compare", &first, &second, "--format", "json"];
    document(&run_inside(folder.path(), &[&line, more].concat()))
}
