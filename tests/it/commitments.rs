//! Reservations and savings plans of a pair: purchases, use, savings.

use crate::support::inside::run_inside;
use crate::support::pair_files::written;
use crate::support::{document, file, stdout};
use serde_json::json;
use tempfile::TempDir;

#[test]
fn commitments_list_buyers_users_and_savings() {
    let folder = TempDir::new().unwrap();
    let header = "Date,SubscriptionId,ResourceGroup,ResourceId,MeterName,ChargeType,PricingModel,ReservationId,ReservationName,benefitId,benefitName,Quantity,PayGPrice,CostInBillingCurrency,BillingCurrencyCode\n";
    let line = |day: u32,
                sub: &str,
                charge: &str,
                pricing: &str,
                ids: &str,
                quantity: &str,
                list: &str,
                cost: &str| {
        format!(
            "2026-10-{day:02},{sub},rg,,D2,{charge},{pricing},{ids},{quantity},{list},{cost},EUR\n"
        )
    };
    let (ri, sp) = ("R-1,Web fleet,,", ",,/providers/x/savingsPlans/S1,Plan");
    let actual = [
        line(1, "payer", "Purchase", "Reservation", ri, "1", "", "100"),
        line(1, "web", "Usage", "Reservation", ri, "2", "3", "0"),
        line(2, "data", "Usage", "SavingsPlan", sp, "4", "0", "0"),
    ];
    let amortized = [
        line(
            1,
            "web",
            "Usage",
            "Reservation",
            "r-1,Web fleet,,",
            "2",
            "3",
            "4",
        ),
        line(1, "", "UnusedReservation", "", ri, "", "", "1"),
        line(2, "data", "Usage", "SavingsPlan", sp, "4", "0", "2.5"),
    ];
    let (first, second) = written(
        folder.path(),
        &format!("{header}{}", actual.concat()),
        &format!("{header}{}", amortized.concat()),
    );
    let found = document(&run_inside(
        folder.path(),
        &[
            "compare",
            &first,
            &second,
            "--commitments",
            "--format",
            "json",
        ],
    ));
    let all = found["commitments"].as_array().unwrap();
    assert_eq!(all.len(), 2, "{all:?}");
    let reservation = &all[0];
    assert_eq!(reservation["name"], "Web fleet");
    assert_eq!(reservation["kind"], "reservation");
    assert_eq!(reservation["bought"], "100");
    assert_eq!(reservation["buyers"][0]["subscription"], "payer");
    assert_eq!(
        (&reservation["used"], &reservation["unused"]),
        (&json!("4"), &json!("1"))
    );
    assert_eq!(reservation["users"][0]["subscription"], "web");
    assert_eq!(
        reservation["days"],
        json!([{"date": "2026-10-01", "used": "4", "unused": "1"}])
    );
    assert_eq!(
        reservation["list_price"],
        json!({"list": "6", "cost": "4", "rows_without": 0})
    );
    let plan = &all[1];
    assert_eq!(
        (&plan["kind"], &plan["used"]),
        (&json!("savings-plan"), &json!("2.5"))
    );
    assert_eq!(plan["buyers"], json!([]));
    assert_eq!(
        plan["list_price"]["rows_without"], 1,
        "a list price of 0 is none"
    );
    let text = stdout(&run_inside(
        folder.path(),
        &["compare", &first, &second, "--commitments"],
    ));
    for part in [
        "payer → web: 4 EUR",
        "(not visible) → data: 2.5 EUR",
        "list price  6: saved 2 (33.3%) on covered usage, 1 (16.7%) net of unused",
        "bought      not visible at this scope",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let report = stdout(&run_inside(
        folder.path(),
        &[
            "compare",
            &first,
            &second,
            "--commitments",
            "--format",
            "md",
        ],
    ));
    assert!(report.contains("## Reservations and savings plans"));
}

#[test]
fn focus_on_both_sides_is_explained_by_its_effective_costs() {
    let folder = TempDir::new().unwrap();
    let text = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ResourceId,ServiceName,SubAccountId,BillingAccountId,CommitmentDiscountId,CommitmentDiscountType,CommitmentDiscountStatus,PublisherName,PricingQuantity\n\
        7,6,EUR,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,Usage,/s/vm,VM,s1,b1,,,,Microsoft,1\n\
        0,2,EUR,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,Usage,/s/vm,VM,s1,b1,SP-77,Savings Plan,Used,Microsoft,1\n";
    let source = file(folder.path(), "focus.csv", text).display().to_string();
    let alone = document(&run_inside(
        folder.path(),
        &["compare", &source, "--commitments", "--format", "json"],
    ));
    assert_eq!(alone["currencies"][0]["residual"], "-1", "{alone}");
    assert_eq!(alone["residual"]["different"]["rows"], 1);
    assert_eq!(alone["residual"]["different"]["totals"][0]["cost"], "-1");
    assert_eq!(alone["commitments"][0]["kind"], "savings-plan");
    let csv = stdout(&run_inside(
        folder.path(),
        &["compare", &source, "--commitments", "--format", "csv"],
    ));
    assert_eq!(csv.lines().count(), 8, "{csv}");
}
