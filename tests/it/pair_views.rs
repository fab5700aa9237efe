//! Views of a pair: what is taken over from the table, names, residuals, what a scope cannot show.

use crate::support::inside::run_inside;
use crate::support::pair_files::{HEADER, compared, example, on_demand, row, written};
use crate::support::ui_harness::Stage;
use crate::support::{file, stderr};
use serde_json::json;
use tempfile::TempDir;

const SMALL: &str = "polls = 0\n";

#[tokio::test(flavor = "multi_thread")]
async fn filter_and_groups_of_the_table_are_taken_over() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (first, _) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open(SMALL, (80, 24), vec![first]).await;
    stage.until(&["rg-web", "Σ"]).await;
    stage.press("fresource-group = rg-web<enter>gcharge-type<enter>");
    stage.until(&["resource-group = rg-web", "Purchase"]).await;
    stage.press("x");
    let pair = stage
        .until(&[
            "[5 Compare]",
            "by charge-type ▸ resource-group",
            "Σ 3 groups",
        ])
        .await;
    assert!(pair.contains("filter  resource-group = rg-web"), "{pair}");
    // A filter taken over from the table can be cleared here: it did not come from drilling into a group.
    stage.press("f<ctrl-u><enter>");
    let whole = stage.until(&["filter  none", "403.75"]).await;
    assert!(!whole.contains("filtered"), "{whole}");
    stage.press("fresource-group = rg-web<enter>");
    stage
        .until(&["filter  resource-group = rg-web", "Σ 3 groups"])
        .await;
    // Groups by two keys can be opened too.
    stage.press("gmeter<tab><enter>");
    stage
        .until(&["by charge-type, meter ▸ resource-group", "Σ 3 groups"])
        .await;
    stage.press("<enter>");
    stage.until(&["by resource-group ▸ resource"]).await;
    stage.press("<enter>");
    stage.until(&["by resource ▸ date"]).await;
    // Without the filter, the view is no longer the path into a group.
    stage.press("f<ctrl-u><enter>");
    let all = stage.until(&["filter  none", "403.75"]).await;
    assert!(
        !all.contains(" › rg-web ") && all.contains("› filtered"),
        "{all}"
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_with_the_same_rows_are_a_pair_when_asked() {
    let folder = TempDir::new().unwrap();
    let text = format!("{HEADER}{}", on_demand(9));
    let names = ["one.csv", "two.csv"].map(|name| {
        let path = file(folder.path(), name, &text);
        path.display().to_string()
    });
    let mut stage = Stage::open(SMALL, (80, 24), names.to_vec()).await;
    stage
        .until(&["one.csv holds", "actual cost", "amortized cost"])
        .await;
    stage.press("<enter>");
    stage.until(&["[5 Compare]", "the same usage"]).await;
    stage.press("t");
    stage
        .until(&["both sides are the same", "pay-as-you-go"])
        .await;
    stage.press("<esc>");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_residual_behind_a_larger_cause_is_marked_and_sorted_by() {
    let folder = TempDir::new().unwrap();
    let (actual, mut amortized) = example(31);
    // The row is in a group dominated by covered usage.
    let alone = row("2026-01-09", "vm-8", "Usage", "OnDemand", "0.25");
    amortized.push_str(&alone.replace("rg-db", "rg-web"));
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open(SMALL, (120, 30), vec![first, second]).await;
    stage
        .until(&["! the files do not describe", "purchase, residual"])
        .await;
    stage.press("sresidual<enter>");
    stage.until(&["› rg-web"]).await;
    stage.press("f");
    stage.press("resource-group = nowhere<enter>");
    stage.until(&["no row matches on either side"]).await;
    stage.press("i");
    stage
        .until(&["! no row matches on either side; u goes back"])
        .await;
    stage.quit().await;
}

/// One subscription with a name, and a commitment of which only usage is visible.
fn named() -> (String, String) {
    let header = "Date,SubscriptionId,SubscriptionName,ResourceGroup,ChargeType,PricingModel,ReservationId,ReservationName,CostInBillingCurrency,BillingCurrencyCode\n";
    let line = |cost: &str| {
        format!(
            "2026-10-03,3f1c2b7e-0003-4e5a-9d10-6b2f4c8a9a04,shop-prod,rg,Usage,Reservation,r1,Fleet,{cost},EUR\n"
        )
    };
    (
        format!("{header}{}", line("0")),
        format!("{header}{}", line("2.5")),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_show_names_and_unseen_use_is_not_full() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = named();
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open(SMALL, (80, 24), vec![first, second]).await;
    stage.until(&["[5 Compare]", "the same usage"]).await;
    stage.press("gsubscription<enter>");
    stage.until(&["› shop-prod"]).await;
    stage.press("b");
    let table = stage.until(&["Σ 1 commitment", "Fleet"]).await;
    // What the files cannot show is neither 0 nor 100 %.
    let line = table.lines().find(|line| line.contains("Fleet")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        cells[1..],
        ["Fleet", "reservation", "EUR", "-", "2.50", "-", "-"]
    );
    stage.press("<enter>");
    let page = stage.until(&["Reservations and savings plans"]).await;
    for words in [
        "unused      not visible at this scope",
        "unused share unknown",
        "2026-10   ··█····························",
        "→ shop-prod: 2.50 EUR",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("100.0%"), "{page}");
    stage.press("<esc>p");
    stage.until(&["names and ids are hidden"]).await;
    // Masked data is not copied in clear text.
    stage.press("y");
    stage.until(&["the output would have names"]).await;
    stage.quit().await;
}

#[test]
fn the_same_file_twice_is_no_account_without_commitments_where_usage_is_covered() {
    let (actual, _) = named();
    let folder = TempDir::new().unwrap();
    let (first, second) = written(folder.path(), &actual, &actual);
    let output = run_inside(folder.path(), &["compare", &first, &second, "--strict"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("are the same file, although"), "{said}");
    assert!(!said.contains("pay-as-you-go"), "{said}");
}

#[test]
fn list_prices_of_another_currency_are_converted_or_left_out() {
    let header = "date,subscriptionId,chargeType,pricingModel,benefitId,quantity,PayGPrice,pricingCurrency,exchangeRatePricingToBilling,costInBillingCurrency,billingCurrency\n";
    let line = |cost: &str, rate: &str| {
        format!("2026-10-01,s,Usage,Reservation,b1,2,10,USD,{rate},{cost},EUR\n")
    };
    for (rate, expected) in [
        ("0.5", json!({"list": "10", "cost": "5", "rows_without": 0})),
        ("", json!({"list": "0", "cost": "0", "rows_without": 1})),
    ] {
        let found = compared(
            &format!("{header}{}", line("0", rate)),
            &format!("{header}{}", line("5", rate)),
            &["--commitments"],
        );
        assert_eq!(found["commitments"][0]["list_price"], expected, "{rate}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_typed_ahead_wait_for_their_answer() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open(SMALL, (80, 24), vec![first]).await;
    stage.until(&["rg-web", "Σ"]).await;
    // Digits and `p` typed after `f` are text, not keys.
    stage.press("x");
    stage.until(&["[5 Compare]"]).await;
    stage.press("fcharge-type = Purchase or cost > 100<enter>i");
    let page = stage.until(&["on the actual side", "difference"]).await;
    assert!(page.contains("1 row on the actual side, 0"), "{page}");
    stage.press("<esc>");
    let pair = stage.until(&["charge-type = Purchase or cost > 100"]).await;
    assert!(
        pair.contains("[5 Compare]") && pair.contains("-365.00"),
        "{pair}"
    );
    // A group selected before a filter is not explained under it.
    stage.press("f<ctrl-u>charge-type = UnusedReservation<enter>i");
    stage.until(&["0 rows on the actual side, 16"]).await;
    stage.press("<esc>");
    stage.quit().await;
    drop(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_read_to_their_end() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let long = "rg-contoso-production-westeurope-application";
    let [actual, amortized] = [actual, amortized].map(|text| text.replace("rg-web", long));
    let more: String = (0..9)
        .map(|at| {
            let line = row("2026-01-01", "vm-1", "Usage", "Reservation", "1");
            line.replace(",r1,", &format!(",r{at}-{at},"))
                .replace("rg-web", long)
        })
        .collect();
    let (first, second) = written(
        folder.path(),
        &format!("{actual}{}", more.replace(",1,USD", ",0,USD")),
        &format!("{amortized}{more}"),
    );
    let mut stage = Stage::open(SMALL, (80, 24), vec![first, second]).await;
    stage.until(&["the same usage"]).await;
    stage.press("b");
    stage.until(&["Σ 10 commitments"]).await;
    stage.press("i");
    stage.until(&["more lines · y copy"]).await;
    stage.press("<end>");
    let end = stage.until(&["Who pays, and whose usage it covers"]).await;
    assert!(!end.contains("more line"), "{end}");
    assert!(end.contains("s1 → s1"), "{end}");
    // And back in one step.
    stage.press("<up>");
    stage.until(&["↓ 1 more line ·"]).await;
    stage.press("<esc>");
    stage.quit().await;
}
