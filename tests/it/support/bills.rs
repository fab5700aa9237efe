//! Files of each layout, an odd one, and randomly generated views of them.

use super::cached_files::opened_by;
use super::file;
use super::inside::run_inside;
use costscope::ops::clock::SystemClock;
use costscope::ops::conversion_cache::{ConversionCache, Limits};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const BILL_HEADER: &str = "Date,ResourceGroup,ResourceId,MeterName,ChargeType,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrencyCode,Tags,AdditionalInfo\n";

/// Two currencies and a row without one; a header named like the key `rows`; one row without a date.
pub(crate) const MIXED_CURRENCIES: &str = "Date,ResourceGroup,Rows,Cost,Currency\n\
    2026-09-01,rg-a,one,5,EUR\n\
    2026-10-01,rg-a,two,7,USD\n\
    2026-10-02,rg-a,two,1,\n\
    2026-10-03,rg-b,one,2,EUR\n";

/// Difficult on kind: groups that differ by case, blank groups with ids, 18 decimals, exponents, tags that differ by
/// case, broken and empty tags, texts with all kinds of signs, a currency with blanks, rows without cost, day or
/// currency.
pub(crate) const ODD: &str = concat!(
    "Date,SubscriptionId,ResourceGroup,ResourceId,MeterCategory,MeterName,ChargeType,PricingModel,ReservationId,Quantity,UnitOfMeasure,",
    "CostInBillingCurrency,BillingCurrencyCode,CostCenter,Tags\n",
    "2026-09-30,s1,RG-A,/subscriptions/s1/resourceGroups/rg-a/providers/x/y/vm1,Virtual Machines,D2 v4,Usage,On Demand,,1.5,Hours,0.000000000000000001,EUR,7,\"\"\"env\"\": \"\"prod\"\",\"\"Team\"\": \"\"a\"\"\"\n",
    "2026-10-01,s1,rg-a,/subscriptions/s1/resourceGroups/rg-a/providers/x/y/vm1,Virtual Machines,D2 v4,Usage,OnDemand,,2,Hours,6.19947E-09,EUR,10,\"{\"\"ENV\"\": \"\"prod\"\"}\"\n",
    "2026-10-02,s1,,/subscriptions/s1/RESOURCEGROUPS/Rg-B/providers/x/y/db,SQL Database,\"100% GB_\",Usage,OnDemand,,3,GB,-0.5,EUR,abc,\"\"\"env\"\": \"\"\"\"\"\n",
    "2026-10-02,s2,rg-b,,SQL Database,\"it's \"\"x\"\" \\ _\",Refund,Reservation,r1,,,10.000000000000000001,USD,,not tags\n",
    "2026-10-03,s2,Ärger,,Storage,Hot LRS,UnusedReservation,Reservation,r1,4,GB,,USD,7,\n",
    "2026-10-04,,ärger,,Storage,Hot LRS,Purchase,Reservation,r2,1,,365,,7,\"\"\"team\"\": \"\"b, \"\"\"\"c\"\"\"\"\"\"\"\n",
    ",s1,rg-a,,Bandwidth,Out,Usage,,,0.25,GB,99.99,EUR,7.0,\"\"\"env\"\": \"\"Prod\"\"\"\n",
);

pub(crate) struct Bills {
    pub(crate) folder: TempDir,
    pub(crate) files: Vec<String>,
}

/// A file of each layout, and the odd one.
pub(crate) fn bills() -> Bills {
    let folder = TempDir::new().unwrap();
    let mut files = vec![file(folder.path(), "odd.csv", ODD).display().to_string()];
    for (name, flags) in [
        ("ea.csv", ["--dialect", "ea", "--metric", "actual"]),
        ("mca.csv", ["--dialect", "mca", "--metric", "amortized"]),
    ] {
        let path = folder.path().join(name).display().to_string();
        let all = [&["sample", "--rows", "700", "--out", &path], &flags[..]].concat();
        assert_eq!(run_inside(folder.path(), &all).status.code(), Some(0));
        keep_copy(folder.path(), &path);
        files.push(path);
    }
    Bills { folder, files }
}

/// Keeps the converted file in a data folder: a question then need not read the text again.
fn keep_copy(data: &Path, source: &str) {
    let cache = ConversionCache::keeping(data, Limits::default(), Arc::new(SystemClock));
    opened_by(Some(&cache), source, None);
    assert_eq!(cache.counts(), (0, 1), "{source}");
}

/// Pseudo-random numbers that are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    pub(crate) fn filter(&mut self, depth: usize) -> String {
        let joint = self.below(if depth == 0 { 1 } else { 4 });
        if joint == 3 {
            return format!("not ({})", self.filter(depth - 1));
        }
        if joint > 0 {
            let word = if joint == 1 { "and" } else { "or" };
            let (one, other) = (self.filter(depth - 1), self.filter(depth - 1));
            return format!("({one}) {word} ({other})");
        }
        self.leaf()
    }

    pub(crate) fn leaf(&mut self) -> String {
        const TEXTS: [&str; 14] = [
            "RG-A",
            "rg-b",
            "\"\"",
            "Storage",
            "\"100% GB_\"",
            "Reservation",
            "usage",
            "prod",
            "7",
            "7.0",
            "abc",
            "\"it's \"\"x\"\" \\ _\"",
            "ÄRGER",
            "eur",
        ];
        const DAYS: [&str; 3] = ["2026-10-02", "2026-10-04", "2027-01-01"];
        const MONTHS: [&str; 3] = ["2026-09", "2026-10", "2027-01"];
        const COSTS: [&str; 6] = [
            "0",
            "10",
            "10.000000000000000001",
            "-0.5",
            "6.19947E-09",
            "99.99",
        ];
        let key = self.pick(&[
            "resource-group",
            "service",
            "meter",
            "charge-type",
            "pricing-model",
            "reservation",
            "currency",
            "cost-center",
            "subscription",
            "tag:env",
            "tag:team",
            "date",
            "month",
            "cost",
        ]);
        let values: &[&str] = match key {
            "cost" => &COSTS,
            "date" => &DAYS,
            "month" => &MONTHS,
            _ => &TEXTS,
        };
        let value = self.pick(values);
        match self.below(10) {
            0 => format!("{key} is missing"),
            1 => format!("{key} in ({value}, {})", self.pick(values)),
            2 if key != "cost" => format!("{key} ~ {value}"),
            _ => {
                let sign = self.pick(&["=", "!=", "<", "<=", ">", ">="]);
                format!("{key} {sign} {value}")
            }
        }
    }
}
