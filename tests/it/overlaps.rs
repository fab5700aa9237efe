//! The same costs in several files are recognised and refused, never added up.

use crate::support::cost_files::{
    assert_refused, row, show_as_csv, show_by_month, table, total, write,
};
use crate::support::{file, run, stderr, stdout};
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

#[test]
fn common_rows_are_refused_with_their_count_and_money_however_they_are_given() {
    let folder = TempDir::new().unwrap();
    let rows = |from: usize, to: usize| -> Vec<String> {
        (from..to)
            .map(|at| {
                row(
                    "s1",
                    u32::try_from(at % 28 + 1).unwrap(),
                    &format!("r{at}"),
                    "0.5",
                )
            })
            .collect()
    };
    // Two halves of 150 rows with ten in common.
    let one = file(folder.path(), "one.csv", table(&rows(0, 80)));
    let two = file(folder.path(), "two.csv", table(&rows(70, 150)));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    assert_refused(
        &show_by_month(folder.path(), &[one, two]),
        &["one.csv", "two.csv", "10 rows", "5 EUR"],
    );
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    std::fs::copy(one, inside.join("one.csv")).unwrap();
    std::fs::copy(two, inside.join("two.csv")).unwrap();
    assert_refused(
        &show_by_month(folder.path(), &[inside.to_str().unwrap()]),
        &["10 rows", "5 EUR"],
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["one.csv", "two.csv"] {
        archive
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive
            .write_all(&std::fs::read(inside.join(name)).unwrap())
            .unwrap();
    }
    let archive = file(
        folder.path(),
        "both.zip",
        archive.finish().unwrap().into_inner(),
    );
    assert_refused(
        &show_by_month(folder.path(), &[archive.to_str().unwrap()]),
        &["10 rows", "5 EUR"],
    );
    // One file both by itself and in a folder, and a file that contains the same rows twice.
    assert_refused(
        &show_by_month(
            folder.path(),
            &[one, inside.join("one.csv").to_str().unwrap()],
        ),
        &["same rows"],
    );
    let twice = file(folder.path(), "twice.csv", table(&rows(0, 3)).repeat(2));
    assert_refused(
        &show_by_month(folder.path(), &[twice.to_str().unwrap()]),
        &["same rows", "from line 5"],
    );
    // Without the common rows, the halves are read, and a note says that they cover the same days.
    let rest = file(folder.path(), "rest.csv", table(&rows(80, 150)));
    let both = show_by_month(folder.path(), &[one, rest.to_str().unwrap()]);
    assert_eq!(total(&both), "75");
    assert!(
        stderr(&both).contains("they have no common rows"),
        "{}",
        stderr(&both)
    );
    // Other subscriptions are disjoint, and equal rows within one file are separate rows.
    let other: Vec<String> = (1..5).map(|day| row("s2", day, "r", "1")).collect();
    let other = file(
        folder.path(),
        "other.csv",
        table(&[other.clone(), other].concat()),
    );
    let apart = show_by_month(folder.path(), &[one, other.to_str().unwrap()]);
    assert_eq!(
        (total(&apart).as_str(), stderr(&apart).as_str()),
        ("48", "")
    );
}

#[test]
fn one_usage_in_two_layouts_is_refused() {
    let folder = TempDir::new().unwrap();
    let guid = "aaaaaaaa-0000-4000-8000-000000000001";
    let own = table(&[row(guid, 5, "r1", "12.5"), row(guid, 6, "r2", "7")]);
    let focus = format!(
        "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,SubAccountId,x_ResourceGroupName,ResourceId\n\
         12.5,12.5,EUR,2026-10-05T00:00:00Z,Usage,/subscriptions/{guid},RG,\n"
    );
    let old = format!(
        "SubscriptionGuid,ResourceGroup,UsageDateTime,PreTaxCost,Currency,InstanceId\n{guid},rg,2026-10-06,7,EUR,/subscriptions/{guid}/r2\n"
    );
    let own = file(folder.path(), "own.csv", own);
    for (name, text, money) in [("focus.csv", focus, "12.5 EUR"), ("old.csv", old, "7 EUR")] {
        let other = file(folder.path(), name, text);
        let both = [own.to_str().unwrap(), other.to_str().unwrap()];
        assert_refused(
            &show_by_month(folder.path(), &both),
            &["own.csv", name, "1 row", money],
        );
    }
}

/// One row per day of a subscription, in a range of days.
pub(crate) fn rows(header: &str, from: u32, to: u32, of: impl Fn(u32) -> String) -> String {
    let rows: String = (from..=to).map(of).collect();
    format!("{header}\n{rows}")
}

fn refusal_of(files: &[(&str, String)]) -> String {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    for (name, text) in files {
        let path = data.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let output = show_as_csv(folder.path(), &[data.to_str().unwrap()]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}{}", stdout(&output));
    said
}

const GUID: &str = "aaaaaaaa-0000-4000-8000-000000000001";

#[test]
fn file_names_do_not_decide_overlap() {
    let header =
        "SubscriptionId,Date,MeterName,CostInBillingCurrency,ResourceId,BillingCurrencyCode";
    let row = |day: u32| format!("{GUID},2026-10-{day:02},m,1.{day},/r{day},EUR\n");
    let (ten, twenty) = (rows(header, 1, 10, row), rows(header, 1, 20, row));
    for [one, two] in [
        ["costs_2026_0910.csv", "costs_2026_0920.csv"],
        ["kosten_01092026.csv", "kosten_05092026.csv"],
        ["part1.csv", "part2.csv"],
        [
            "20261001-20261031/downloads/old.csv",
            "20261001-20261031/downloads/new.csv",
        ],
    ] {
        let said = refusal_of(&[(one, ten.clone()), (two, twenty.clone())]);
        assert!(said.contains("10 rows"), "{one}: {said}");
    }
}

#[test]
fn overlap_is_found_with_few_columns_or_rounded_numbers() {
    let slim = "Date,Cost,Currency,SubscriptionId,ResourceGroup";
    let row = |day: u32| format!("2026-10-{day:02},{day}.25,EUR,{GUID},a\n");
    // One row in common.
    let said = refusal_of(&[
        ("a.csv", rows(slim, 1, 10, row)),
        ("b.csv", rows(slim, 10, 19, row)),
    ]);
    assert!(said.contains("1 row, 10.25 EUR"), "{said}");
    // An invoice section that only one file names does not make the rows different.
    let with_section = |day: u32| format!("2026-10-{day:02},{day}.25,EUR,{GUID},a,164821,Retail\n");
    refusal_of(&[
        ("a.csv", rows(slim, 1, 3, row)),
        (
            "b.csv",
            rows(
                &format!("{slim},InvoiceSectionId,InvoiceSectionName"),
                1,
                3,
                with_section,
            ),
        ),
    ]);
    // Without a day.
    let undated = "Cost,Currency,SubscriptionId,ResourceGroup";
    refusal_of(&[
        ("a.csv", rows(slim, 1, 9, row)),
        (
            "b.csv",
            rows(undated, 1, 9, |day| format!("{day}.25,EUR,{GUID},a\n")),
        ),
    ]);
    // Fifteen digits.
    let places = "SubscriptionId,Date,MeterName,CostInBillingCurrency,ResourceId,BillingCurrencyCode,Quantity";
    let exact =
        format!("{places}\n{GUID},2026-10-01,m,0.1234567890123456,/r,EUR,0.9876543210987654\n");
    let excel =
        format!("{places}\n{GUID},2026-10-01,m,0.123456789012346,/r,EUR,0.987654321098765\n");
    let said = refusal_of(&[("a.csv", exact), ("b.csv", excel)]);
    assert!(said.contains("different prices"), "{said}");
}

#[test]
fn zero_cost_rows_are_no_overlap_and_equal_rows_are_reported() {
    let folder = TempDir::new().unwrap();
    let slim = "Date,Service,Cost,Currency";
    let of = |shift: u32| {
        move |day: u32| {
            format!("2026-10-{day:02},vm,{day}.{shift},EUR\n2026-10-{day:02},net,0,EUR\n")
        }
    };
    let one = file(folder.path(), "a.csv", rows(slim, 1, 10, of(1)));
    let two = file(folder.path(), "b.csv", rows(slim, 1, 10, of(2)));
    let both = [one.to_str().unwrap(), two.to_str().unwrap()];
    let output = show_as_csv(
        folder.path(),
        &[&both[..], &["--group-by", "month"]].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("their scopes cannot be told apart"));
    let three = rows(slim, 1, 10, |day| {
        let cost = if day == 3 {
            "3.1".to_owned()
        } else {
            format!("{day}.7")
        };
        format!("2026-10-{day:02},vm,{cost},EUR\n")
    });
    let three = file(folder.path(), "c.csv", three);
    let both = [one.to_str().unwrap(), three.to_str().unwrap()];
    let output = show_as_csv(
        folder.path(),
        &[&both[..], &["--group-by", "month"]].concat(),
    );
    let said = stderr(&output);
    assert!(
        said.contains("1 row is the same in both (3.1 EUR)"),
        "{said}"
    );
}

#[test]
fn rows_that_were_not_billed_are_compared_by_their_other_amounts() {
    let focus =
        "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,SubAccountId,ResourceId";
    let covered = |day: u32| format!("0,1.5,EUR,2026-10-{day:02}T00:00:00Z,{GUID},/r{day}\n");
    let mca = "date,costInBillingCurrency,costInUsd,billingCurrency,SubscriptionId,ResourceId";
    let credit = |day: u32| format!("2026-10-{day:02},0,3,EUR,{GUID},/r{day}\n");
    let amounts = "x_BilledCostInUsd,x_EffectiveCostInUsd";
    let in_usd = |day: u32| format!("0,0,EUR,2026-10-{day:02}T00:00:00Z,{GUID},/r{day},0,2\n");
    let used = "Date,Cost,Currency,SubscriptionId,ResourceId,MeterId,Quantity";
    let free = |day: u32| format!("2026-10-{day:02},0,EUR,{GUID},/r{day},m,{day}\n");
    for (header, row, said) in [
        (
            focus,
            &covered as &dyn Fn(u32) -> String,
            "6 rows, 0 EUR, 9 EUR amortized",
        ),
        (mca, &credit, "6 rows, 0 EUR"),
        (&format!("{focus},{amounts}"), &in_usd, "6 rows, 0 EUR"),
        (used, &free, "6 rows, 0 EUR"),
    ] {
        // Days 5 to 10 are in both.
        let files = [
            ("a.csv", rows(header, 1, 10, row)),
            ("b.csv", rows(header, 5, 12, row)),
        ];
        let refusal = refusal_of(&files);
        assert!(refusal.contains(said), "{header}: {refusal}");
    }
}

#[test]
fn a_file_given_twice_is_refused_even_if_it_is_free() {
    let rows = rows("Date,Cost,Currency", 1, 3, |day| {
        format!("2026-10-{day:02},0,EUR\n")
    });
    let said = refusal_of(&[("a.csv", rows.clone()), ("b.csv", rows)]);
    assert!(
        said.contains("same rows") && said.contains("3 rows"),
        "{said}"
    );
}

#[test]
fn a_few_free_rows_in_both_files_are_told_and_added() {
    let header = "Date,Cost,Currency,SubscriptionId,ResourceId,MeterId,Quantity";
    let of = |cost: &'static str| {
        move |day: u32| {
            let cost = if day == 3 { "0" } else { cost };
            format!("2026-10-{day:02},{cost},EUR,{GUID},/r{day},m,{day}\n")
        }
    };
    let other = rows(header, 1, 9, of("-1"))
        .replace("/r", "/other")
        .replace("/other3,", "/r3,");
    let (out, said) = beside(&rows(header, 1, 9, of("1")), &other);
    assert_eq!(
        out, "month,cost,currency,rows\n2026-10,0,EUR,18\n",
        "{said}"
    );
    assert!(said.contains("1 row is the same in both (0 EUR)"), "{said}");
    // Without a resource, free rows are no evidence at all.
    let nameless = |text: &str| text.replace("/r3,", ",").replace("/other3,", ",");
    let one = nameless(&rows(header, 1, 9, of("1")));
    let (_, said) = beside(&one, &nameless(&other));
    assert!(said.contains("they have no common rows"), "{said}");
}

#[test]
fn a_credit_is_no_usage_at_another_price() {
    let folder = TempDir::new().unwrap();
    let header = "SubscriptionId,Date,MeterName,CostInBillingCurrency,ResourceId,BillingCurrencyCode,Quantity";
    let of = |sign: &'static str| {
        move |day: u32| format!("{GUID},2026-10-{day:02},m,{sign}{day}.5,/r{day},EUR,2\n")
    };
    let usage = file(folder.path(), "usage.csv", rows(header, 1, 5, of("")));
    let credit = file(folder.path(), "credit.csv", rows(header, 1, 5, of("-")));
    let both = [
        usage.to_str().unwrap(),
        credit.to_str().unwrap(),
        "--group-by",
        "month",
    ];
    let output = show_as_csv(folder.path(), &both);
    assert_eq!(
        stdout(&output),
        "month,cost,currency,rows\n2026-10,0,EUR,10\n",
        "{}",
        stderr(&output)
    );
}

/// Shows two files together, grouped by month.
fn beside(one: &str, two: &str) -> (String, String) {
    let folder = TempDir::new().unwrap();
    let one = file(folder.path(), "a.csv", one);
    let two = file(folder.path(), "b.csv", two);
    let both = [
        one.to_str().unwrap(),
        two.to_str().unwrap(),
        "--group-by",
        "month",
    ];
    let output = show_as_csv(folder.path(), &both);
    (stdout(&output), stderr(&output))
}

#[test]
fn files_that_differ_in_any_column_are_not_copies() {
    let named =
        |name: &str| format!("Date,Cost,Currency,SubscriptionName\n2026-10-01,5,USD,{name}\n");
    let (out, said) = beside(&named("one"), &named("two"));
    assert_eq!(
        out, "month,cost,currency,rows\n2026-10,10,USD,2\n",
        "{said}"
    );
    let hour = |from: &str, to: &str| {
        format!(
            "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ResourceId,SubAccountId\n\
             5,USD,2026-10-01T{from}:00:00Z,2026-10-01T{to}:00:00Z,/r,s\n"
        )
    };
    let (out, said) = beside(&hour("01", "02"), &hour("02", "03"));
    assert_eq!(
        out, "month,cost,currency,rows\n2026-10,10,USD,2\n",
        "{said}"
    );
}

#[test]
fn renamed_invoice_section_does_not_hide_a_duplicate() {
    let row = |section: &str| {
        format!(
            "Date,Cost,BillingCurrency,SubscriptionId,ResourceId,MeterId,Quantity,InvoiceSectionId,InvoiceSection\n\
             2026-10-01,5,USD,{GUID},/r,m,1,77,{section}\n"
        )
    };
    let (_, said) = beside(&row("Old"), &row("New"));
    assert!(!said.is_empty(), "an onlooker would take 10 for the truth");
}

#[test]
fn the_same_rows_twice_and_mixed_metrics_are_refused() {
    let folder = TempDir::new().unwrap();
    let one = write(
        folder.path(),
        "one.csv",
        "Name,Cost,ChargeType,PricingModel\na,1,Usage,\nb,2,Purchase,Reservation\n",
    );
    let same = write(
        folder.path(),
        "same.csv",
        "Name,Cost,ChargeType,PricingModel\r\nb,2,Purchase,Reservation\r\na,1,Usage,\r\n",
    );
    let other = write(
        folder.path(),
        "other.csv",
        "Name,Cost,ChargeType,PricingModel\na,1,Usage,\nb,2,UnusedReservation,Reservation\n",
    );
    let twice = run(folder.path(), &["show", &one, &same]);
    assert_eq!(twice.status.code(), Some(1));
    assert!(stderr(&twice).contains("same rows"), "{}", stderr(&twice));
    let mixed = run(folder.path(), &["show", &one, &other]);
    assert_eq!(mixed.status.code(), Some(1));
    assert!(
        stderr(&mixed).contains("never added up"),
        "{}",
        stderr(&mixed)
    );
    // A folder of both is opened as a pair by what needs one.
    let both = folder.path().join("both");
    std::fs::create_dir(&both).unwrap();
    for file in [&one, &other] {
        std::fs::copy(file, both.join(Path::new(file).file_name().unwrap())).unwrap();
    }
    let both = both.display().to_string();
    let mixed = run(folder.path(), &["show", &both]);
    let said = stderr(&mixed);
    assert!(
        said.contains(&format!("costscope compare {both}/")),
        "{said}"
    );
    let pair = run(folder.path(), &["compare", &both]);
    assert_eq!(pair.status.code(), Some(0), "{}", stderr(&pair));
    let swapped = run(folder.path(), &["compare", &other, &one]);
    assert!(stderr(&swapped).contains("swapped"), "{}", stderr(&swapped));
}
