//! Files as people and their tools make them: each rule with inputs that used to give silently wrong results.

use crate::support::{document, file, run, stderr, stdout};
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

fn show(folder: &Path, arguments: &[&str]) -> Output {
    let all = [&["show"], arguments, &["--format", "csv"]].concat();
    run(folder, &all)
}

/// Writes a file and shows it with these extra arguments.
fn shown(text: &str, arguments: &[&str]) -> (String, String, Option<i32>) {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", text);
    let path = path.to_str().unwrap();
    let output = show(folder.path(), &[&[path], arguments].concat());
    (stdout(&output), stderr(&output), output.status.code())
}

#[test]
fn each_row_is_dated_by_what_its_own_billing_period_proves() {
    let row = |day: &str, cost: &str, month: &str| {
        format!("{day},{cost},EUR,2026-{month}-01,2026-{month}-28,a\n")
    };
    let header = "Date,Cost,Currency,BillingPeriodStartDate,BillingPeriodEndDate,ResourceGroup\n";
    // Over the whole year, month first is as plausible as day first; row by row it is not.
    let text = [
        header,
        &row("02/10/2026", "1", "10"),
        &row("02/11/2026", "2", "11"),
        &row("02/12/2026", "4", "12"),
    ]
    .concat();
    let (out, said, _) = shown(&text, &["--group-by", "month"]);
    assert_eq!(
        out,
        "month,cost,currency,rows\n2026-12,4,EUR,1\n2026-11,2,EUR,1\n2026-10,1,EUR,1\n"
    );
    assert!(said.contains("day first"), "{said}");
    // Late rows of the previous month do not flip the date order of a file.
    let mut late = header.to_owned();
    for day in 1..=12 {
        late.push_str(&row(&format!("10/{day:02}/2026"), "1", "10"));
    }
    late.push_str(&row("09/11/2026", "5", "10"));
    let (out, _, code) = shown(&late, &["--group-by", "month"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        out,
        "month,cost,currency,rows\n2026-10,12,EUR,12\n2026-09,5,EUR,1\n"
    );
    // Contradictory proofs decide nothing.
    let both = [
        header,
        &row("02/10/2026", "1", "10"),
        &row("10/03/2026", "1", "10"),
    ]
    .concat();
    let (_, said, code) = shown(&both, &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("--dates"), "{said}");
}

#[test]
fn times_keep_their_hour_and_their_zone_with_slashes_and_without() {
    let header = "Date,Cost,Currency\n";
    for (day, wanted) in [
        ("2026-10-31T23:30:00-05:00", "2026-11-01"),
        ("2026-10-31T23:30:00Z", "2026-10-31"),
        ("2026-10-31T24:00:00Z", "2026-11-01"),
        ("10/31/2026 11:30:00 PM -05:00", "2026-11-01"),
        ("10/15/2026 00:00:00 +02:00", "2026-10-14"),
        ("10/31/2026 12:00:00 AM", "2026-10-31"),
        ("10/31/2026 13:30", "2026-10-31"),
    ] {
        let text = format!("{header}{day},1,EUR\n");
        let (out, said, _) = shown(&text, &["--group-by", "date"]);
        assert!(
            out.contains(&format!("{wanted},1,EUR,1")),
            "{day}: {out}{said}"
        );
    }
    let hours = format!("{header}10/31/2026 11:30:00 PM,1,EUR\n10/31/2026 09:30,2,EUR\n");
    let late = ["--filter", "Date >= 2026-10-31T12:00:00Z"];
    let (out, _, _) = shown(&hours, &late);
    assert_eq!(out, "Date,Cost,Currency,DateTime\n2026-10-31,1,EUR,23:30\n");
    for wrong in [
        "2026-10-31T23:30:00EST",
        "2026-10-31T25:00:00Z",
        "2026-10-31T23:60:00Z",
        "2026-10-15 soon",
        "26/10/13",
    ] {
        let (out, said, code) = shown(&format!("{header}{wrong},1,EUR\n"), &[]);
        assert_eq!((out.as_str(), code), ("", Some(1)), "{wrong}");
        assert!(
            said.contains("line 2") && said.contains("not a date"),
            "{said}"
        );
    }
}

#[test]
fn a_column_that_somebody_added_does_not_take_the_place_of_the_layouts_own() {
    let focus = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,Date,CostInBillingCurrency\n\
                 3,3,EUR,2026-10-05T00:00:00Z,Usage,2026-11-05,99\n";
    let (out, _, _) = shown(focus, &["--group-by", "month"]);
    assert_eq!(out, "month,cost,currency,rows\n2026-10,3,EUR,1\n");
    let payg = "UsageDateTime,MeterCategory,PreTaxCost,Currency,CostInBillingCurrency\n2026-10-05,m,3,EUR,7\n";
    let (out, _, _) = shown(payg, &["--group-by", "month"]);
    assert_eq!(out, "month,cost,currency,rows\n2026-10,3,EUR,1\n");
    let twice = "Date,date,Cost,Currency\n2026-10-05,2026-11-05,1,EUR\n";
    let (_, said, code) = shown(twice, &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("appears twice"), "{said}");
}

#[test]
fn numbers_are_numbers_also_where_words_stand_among_them() {
    let text = "Date,Cost,Currency,Quantity,EffectivePrice,Weight\n\
                2026-10-01,1,EUR,n/a,9,9\n2026-10-02,1,EUR,9,10,-3\n2026-10-03,1,EUR,10,2.4999999999999999E-05,10\n";
    let column = |out: &str, at: usize| -> Vec<String> {
        let lines = out.lines().skip(1);
        lines
            .map(|line| line.split(',').nth(at).unwrap().to_owned())
            .collect()
    };
    let (out, said, _) = shown(text, &["--filter", "Quantity > 9"]);
    assert_eq!(column(&out, 3), ["10"]);
    assert!(said.contains("number columns with other values"), "{said}");
    let (out, _, _) = shown(text, &["--sort", "-Weight"]);
    assert_eq!(column(&out, 5), ["10", "9", "-3"]);
    let (out, _, _) = shown(text, &["--sort", "-EffectivePrice"]);
    assert_eq!(column(&out, 4), ["10", "9", "0.000025"]);
}

#[test]
fn a_row_with_an_effective_cost_alone_is_said() {
    let text = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory\n\
                1,1,EUR,2026-10-05T00:00:00Z,Usage\n,10,EUR,2026-10-06T00:00:00Z,Usage\n";
    let (_, said, _) = shown(text, &["--group-by", "month"]);
    assert!(said.contains("an effective but no billed cost"), "{said}");
}

#[test]
fn another_header_inside_begins_another_table() {
    let text = "Date,Cost,Currency,ServiceInfo1\n2026-10-01,1,EUR,x\nCost,Date,Currency,ServiceInfo1\n2,2026-10-02,EUR,y\n";
    let (out, _, _) = shown(text, &["--group-by", "month"]);
    assert_eq!(out, "month,cost,currency,rows\n2026-10,3,EUR,2\n");
}

/// One row per day of a subscription, in a range of days.
fn rows(header: &str, from: u32, to: u32, of: impl Fn(u32) -> String) -> String {
    let rows: String = (from..=to).map(of).collect();
    format!("{header}\n{rows}")
}

fn refused(files: &[(&str, String)]) -> String {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    for (name, text) in files {
        let path = data.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let output = show(folder.path(), &[data.to_str().unwrap()]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}{}", stdout(&output));
    said
}

const GUID: &str = "aaaaaaaa-0000-4000-8000-000000000001";

#[test]
fn names_of_files_prove_nothing_about_their_rows() {
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
        let said = refused(&[(one, ten.clone()), (two, twenty.clone())]);
        assert!(said.contains("10 rows"), "{one}: {said}");
    }
}

#[test]
fn slim_files_and_copies_of_spreadsheets_are_compared_by_what_they_have() {
    let slim = "Date,Cost,Currency,SubscriptionId,ResourceGroup";
    let row = |day: u32| format!("2026-10-{day:02},{day}.25,EUR,{GUID},a\n");
    // One row in common.
    let said = refused(&[
        ("a.csv", rows(slim, 1, 10, row)),
        ("b.csv", rows(slim, 10, 19, row)),
    ]);
    assert!(said.contains("1 row, 10.25 EUR"), "{said}");
    // An invoice section that only one file names does not make the rows different.
    let with_section = |day: u32| format!("2026-10-{day:02},{day}.25,EUR,{GUID},a,164821,Retail\n");
    refused(&[
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
    refused(&[
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
    let said = refused(&[("a.csv", exact), ("b.csv", excel)]);
    assert!(said.contains("different prices"), "{said}");
}

#[test]
fn rows_without_money_are_in_common_with_everything_and_rows_that_look_alike_are_said() {
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
    let output = show(
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
    let output = show(
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
fn filters_mean_what_people_type_and_empty_answers_name_what_is_close() {
    let text = "Date,Cost,Currency,ResourceGroup,ChargeType\n2026-10-01,1,EUR,rg-web,Usage\n2026-10-02,2,EUR,RG-Db,Purchase\n";
    let rows = |filter: &str| {
        let (out, said, code) = shown(text, &["--filter", filter]);
        (out.lines().count().saturating_sub(1), said, code)
    };
    for (filter, count) in [
        ("resource-group = 'rg-web'", 1),
        ("charge-type = usage", 1),
        ("resource-group = rg-db", 1),
        ("Date >= 2026-10-02", 1),
        ("Date >= 2026-10-01T00:00:00Z", 2),
    ] {
        assert_eq!(rows(filter).0, count, "{filter}: {}", rows(filter).1);
    }
    let (count, said, _) = rows("resource-group = rg-wbe");
    assert_eq!(count, 0);
    assert!(said.contains("rg-web"), "{said}");
    let (_, said, code) = rows("resource-group = “rg-web”");
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn change_and_compare_print_what_was_mended() {
    let folder = TempDir::new().unwrap();
    let text = "Date,Cost,Currency,ResourceGroup,Quantity\n2026-09-01,1,EUR,a,1\n2026-10-01,,EUR,a,1\n2026-10-02,2,EUR,a,1\n";
    let path = file(folder.path(), "costs.csv", text);
    let path = path.to_str().unwrap();
    let days = ["--before-days", "2026-09", "--after-days", "2026-10"];
    let change = [&["change", path][..], &days, &["--format", "json"]].concat();
    let output = run(folder.path(), &change);
    assert!(
        stderr(&output).contains("without an amount"),
        "{}",
        stderr(&output)
    );
    document(&output);
}

#[test]
fn one_key_with_two_values_is_no_tag() {
    let text = "Date,Cost,Currency,Tags\n2026-10-01,3,EUR,\"{\"\"Env\"\": \"\"a\"\", \"\"env\"\": \"\"b\"\"}\"\n\
                2026-10-01,1,EUR,\"{\"\"Env\"\": \"\"a\"\", \"\"env\"\": \"\"a\"\"}\"\n";
    let (out, said, _) = shown(text, &["--group-by", "tag:env"]);
    assert_eq!(out, "tag:env,cost,currency,rows\n,3,EUR,1\na,1,EUR,1\n");
    assert!(said.contains("with an invalid Tags value"), "{said}");
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
    let output = show(folder.path(), &both);
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
    let output = show(folder.path(), &both);
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
fn a_section_that_was_renamed_does_not_hide_a_double() {
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
fn one_late_row_does_not_outweigh_a_date_that_has_the_month_first_for_certain() {
    let text = "Date,Cost,BillingCurrency,BillingPeriodStartDate,BillingPeriodEndDate\n\
                10/20/2026,1,USD,2026-10-01,2026-10-31\n09/10/2026,2,USD,2026-10-01,2026-10-31\n";
    let (out, said, _) = shown(text, &["--group-by", "month"]);
    assert_eq!(
        out, "month,cost,currency,rows\n2026-09,2,USD,1\n2026-10,1,USD,1\n",
        "{said}"
    );
}

#[test]
fn a_column_of_another_layout_that_differs_is_said() {
    let text = "Date,Cost,Currency,PreTaxCost\n2026-10-01,1,EUR,100\n";
    let (_, said, _) = shown(text, &["--group-by", "month"]);
    assert!(said.contains("the layout's own column counts"), "{said}");
}
