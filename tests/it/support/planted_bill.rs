//! A calm bill of two months with planted findings.

use super::file;
use std::fmt::Write as _;
use std::path::Path;

const HEADER: &str = "Date,SubscriptionId,ResourceGroup,ResourceId,ResourceLocation,MeterCategory,MeterName,UnitOfMeasure,Quantity,\
CostInBillingCurrency,BillingCurrencyCode,ChargeType,Frequency,PricingModel,PublisherType,PublisherName,ReservationId,ReservationName,Tags\n";

const TAGGED: &str = "\"{\"\"env\"\": \"\"prod\"\"}\"";

/// A machine, disk or address: its group, name, service and meter.
type Thing = (&'static str, &'static str, &'static str, &'static str);

const VM_A: Thing = ("rg-a", "vm-a", "Virtual Machines", "D4s v5");
const VM_B: Thing = ("rg-a", "vm-b", "Virtual Machines", "E8s v5");
const DISK: Thing = ("rg-b", "disk-c", "Storage", "P10 LRS Disk");
const BARE: Thing = ("rg-b", "bare-e", "Storage", "Hot LRS");
const ADDRESS: Thing = ("rg-b", "ip-f", "Virtual Network", "Static IP");
const OLD: Thing = ("rg-a", "vm-old", "Virtual Machines", "D4s v5");
const NEW: Thing = ("rg-a", "vm-new", "Virtual Machines", "D4s v5");
const UK: Thing = ("rg-a", "vm-uk", "Virtual Machines", "D4s v5");
/// Usage without a resource and a group.
const NOWHERE: Thing = ("", "", "Bandwidth", "Out");

fn usage(text: &mut String, date: &str, thing: Thing, quantity: &str, cost: &str) {
    let (group, name, service, meter) = thing;
    let id = match name {
        "" => String::new(),
        name => format!("/subscriptions/s1/resourceGroups/{group}/providers/x/y/{name}"),
    };
    let region = if name == "vm-uk" {
        "uksouth"
    } else {
        "westeurope"
    };
    let tags = if name == "bare-e" { "" } else { TAGGED };
    writeln!(
        text,
        "{date},s1,{group},{id},{region},{service},{meter},1 Hour,{quantity},{cost},EUR,Usage,UsageBased,OnDemand,Azure,Microsoft,,,{tags}"
    )
    .unwrap();
}

fn charge(text: &mut String, date: &str, cost: &str, kinds: &str) {
    writeln!(text, "{date},,,,,SaaS,Seats,1,1,{cost},EUR,{kinds},,,").unwrap();
}

/// The usage that both months have.
fn calm(text: &mut String, date: &str) {
    usage(text, date, VM_A, "24", "24");
    usage(text, date, DISK, "24", "12");
    usage(text, date, BARE, "24", "1");
    usage(text, date, NOWHERE, "1", "0.5");
}

/// Paths of September and October as actual costs, and of October as amortized costs.
pub(crate) struct PlantedBill {
    pub(crate) before: String,
    pub(crate) now: String,
    pub(crate) amortized: String,
}

/// The planted findings of actual costs: kind, cost, and a part of the sentence.
pub(crate) const PLANTED: [(&str, &str, &str); 12] = [
    ("one-off", "365", "SaaS, Seats (Purchase, Reservation)"),
    (
        "jump",
        "240",
        "Friday, 2026-10-23: resource group rg-b cost 255.4 EUR",
    ),
    (
        "one-off",
        "99",
        "Marketplace: SaaS, Seats (Purchase) of Example",
    ),
    (
        "price",
        "86.4",
        "E8s v5 (1 Hour) rose by 10.0% on 2026-10-14",
    ),
    ("refund", "-55", "gave back 55 EUR on 2026-10-09"),
    ("gone", "-45", "vm-old in rg-a is gone"),
    ("new", "40", "vm-new in rg-a is new"),
    ("untagged", "31", "no tag env on "),
    ("new", "30", "vm-uk in rg-a is new"),
    ("region", "30", "region uksouth is new"),
    (
        "idle",
        "26.4",
        "ip-f in rg-b cost 26.4 EUR for Static IP on 11 days",
    ),
    ("untagged", "15.5", "no resource group on "),
];

fn september() -> String {
    let mut text = HEADER.to_owned();
    for day in 1..=30 {
        let date = format!("2026-09-{day:02}");
        calm(&mut text, &date);
        usage(&mut text, &date, VM_B, "24", "48");
        usage(&mut text, &date, ADDRESS, "24", "2.4");
        if day > 15 {
            usage(&mut text, &date, OLD, "3", "3");
        }
    }
    text
}

fn october() -> String {
    let mut text = HEADER.to_owned();
    for day in 1..=31 {
        let date = format!("2026-10-{day:02}");
        calm(&mut text, &date);
        let cost = if day < 14 { "48" } else { "52.8" };
        usage(&mut text, &date, VM_B, "24", cost);
        let quantity = if day < 21 { "24" } else { "0" };
        usage(&mut text, &date, ADDRESS, quantity, "2.4");
        match day {
            12..=21 => usage(&mut text, &date, UK, "3", "3"),
            22.. => usage(&mut text, &date, NEW, "4", "4"),
            _ => {}
        }
        if day == 23 {
            usage(&mut text, &date, DISK, "480", "240");
        }
    }
    let marketplace = "Purchase,Recurring,,Marketplace,Example";
    charge(&mut text, "2026-10-05", "99", marketplace);
    let bought = "Purchase,OneTime,Reservation,Azure,Microsoft";
    charge(&mut text, "2026-10-02", "365", bought);
    // A purchase that recurs is no surprise, and neither is a rounding.
    let recurring = "Purchase,Recurring,OnDemand,Azure,Microsoft";
    charge(&mut text, "2026-10-05", "12", recurring);
    let rounding = "RoundingAdjustment,OneTime,OnDemand,Azure,Microsoft";
    charge(&mut text, "2026-10-31", "-3", rounding);
    let refund = "Refund,OneTime,OnDemand,Azure,Microsoft";
    charge(&mut text, "2026-10-09", "-55", refund);
    text
}

/// A reservation that is used for two days and unused for eight.
fn amortized() -> String {
    let mut text = HEADER.to_owned();
    for day in 1..=10 {
        let charge = if day > 2 {
            "UnusedReservation"
        } else {
            "Usage"
        };
        writeln!(
            text,
            "2026-10-{day:02},,,,,Virtual Machines,D4s v5,1 Hour,24,1.25,EUR,{charge},UsageBased,Reservation,Azure,Microsoft,r-1,web,"
        )
        .unwrap();
    }
    text
}

/// Writes the three files.
pub(crate) fn planted_bill(folder: &Path) -> PlantedBill {
    let write = |name, text: String| file(folder, name, text).display().to_string();
    PlantedBill {
        before: write("september.csv", september()),
        now: write("october.csv", october()),
        amortized: write("amortized.csv", amortized()),
    }
}
