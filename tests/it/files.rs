//! Cost files: every dialect this version knows, what is repaired, what is refused.

use crate::support::cost_files::{
    Totals, assert_totals, groups, shown_as_csv, shown_as_json, shown_by_charge_type, write,
};
use crate::support::inside::run_inside;
use crate::support::{document, file, fixture, stderr};
use serde_json::json;
use tempfile::TempDir;

/// Made-up files in the shapes that other projects published.
const FIXTURE_TOTALS: &[Totals<'_>] = &[
    ("ea_actual.csv", 11, &[("EUR", "7.850981966104828017")]),
    ("ea_no_rows.csv", 0, &[]),
    ("ea_export.csv", 12, &[("CHF", "0.81156974552431")]),
    ("ea_iso_dates.csv", 5, &[("QX", "12.119224882")]),
    ("pay_as_you_go_german.csv", 3, &[("EUR", "0.18400005336")]),
    ("pay_as_you_go.csv", 2, &[("GBP", "0.11212557")]),
    ("ragged_rows.csv", 12, &[("", "3.258725794920277")]),
    ("tags_without_braces.csv", 2, &[("", "5.5")]),
];

#[test]
fn added_columns_do_not_replace_layout_columns() {
    let focus = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,Date,CostInBillingCurrency\n\
                 3,3,EUR,2026-10-05T00:00:00Z,Usage,2026-11-05,99\n";
    let (out, _, _) = shown_as_csv(focus, &["--group-by", "month"]);
    assert_eq!(out, "month,cost,currency,rows\n2026-10,3,EUR,1\n");
    let payg = "UsageDateTime,MeterCategory,PreTaxCost,Currency,CostInBillingCurrency\n2026-10-05,m,3,EUR,7\n";
    let (out, _, _) = shown_as_csv(payg, &["--group-by", "month"]);
    assert_eq!(out, "month,cost,currency,rows\n2026-10,3,EUR,1\n");
    let twice = "Date,date,Cost,Currency\n2026-10-05,2026-11-05,1,EUR\n";
    let (_, said, code) = shown_as_csv(twice, &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("appears twice"), "{said}");
}

#[test]
fn number_columns_with_words_compare_as_numbers() {
    let text = "Date,Cost,Currency,Quantity,EffectivePrice,Weight\n\
                2026-10-01,1,EUR,n/a,9,9\n2026-10-02,1,EUR,9,10,-3\n2026-10-03,1,EUR,10,2.4999999999999999E-05,10\n";
    let column = |out: &str, at: usize| -> Vec<String> {
        let lines = out.lines().skip(1);
        lines
            .map(|line| line.split(',').nth(at).unwrap().to_owned())
            .collect()
    };
    let (out, said, _) = shown_as_csv(text, &["--filter", "Quantity > 9"]);
    assert_eq!(column(&out, 3), ["10"]);
    assert!(said.contains("number columns with other values"), "{said}");
    let (out, _, _) = shown_as_csv(text, &["--sort", "-Weight"]);
    assert_eq!(column(&out, 5), ["10", "9", "-3"]);
    let (out, _, _) = shown_as_csv(text, &["--sort", "-EffectivePrice"]);
    assert_eq!(column(&out, 4), ["10", "9", "0.000025"]);
}

#[test]
fn row_with_only_an_effective_cost_is_reported() {
    let text = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory\n\
                1,1,EUR,2026-10-05T00:00:00Z,Usage\n,10,EUR,2026-10-06T00:00:00Z,Usage\n";
    let (_, said, _) = shown_as_csv(text, &["--group-by", "month"]);
    assert!(said.contains("an effective but no billed cost"), "{said}");
}

#[test]
fn inner_header_starts_a_new_table() {
    let text = "Date,Cost,Currency,ServiceInfo1\n2026-10-01,1,EUR,x\nCost,Date,Currency,ServiceInfo1\n2,2026-10-02,EUR,y\n";
    let (out, _, _) = shown_as_csv(text, &["--group-by", "month"]);
    assert_eq!(out, "month,cost,currency,rows\n2026-10,3,EUR,2\n");
}

#[test]
fn conflicting_tag_values_are_invalid() {
    let text = "Date,Cost,Currency,Tags\n2026-10-01,3,EUR,\"{\"\"Env\"\": \"\"a\"\", \"\"env\"\": \"\"b\"\"}\"\n\
                2026-10-01,1,EUR,\"{\"\"Env\"\": \"\"a\"\", \"\"env\"\": \"\"a\"\"}\"\n";
    let (out, said, _) = shown_as_csv(text, &["--group-by", "tag:env"]);
    assert_eq!(out, "tag:env,cost,currency,rows\n,3,EUR,1\na,1,EUR,1\n");
    assert!(said.contains("with an invalid Tags value"), "{said}");
}

#[test]
fn differing_column_of_another_layout_is_reported() {
    let text = "Date,Cost,Currency,PreTaxCost\n2026-10-01,1,EUR,100\n";
    let (_, said, _) = shown_as_csv(text, &["--group-by", "month"]);
    assert!(said.contains("the layout's own column counts"), "{said}");
}

fn refused(text: impl AsRef<[u8]>, words: &[&str]) {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", text);
    let output = run_inside(
        folder.path(),
        &["show", path.to_str().unwrap(), "--format", "json"],
    );
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "stdout stays empty on failure");
    for word in words {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
}

#[test]
fn published_file_shapes_give_their_exact_totals() {
    let root = fixture("costs");
    assert_totals(&root, FIXTURE_TOTALS);
    let found = shown_by_charge_type(&root.join("ea_actual.csv"));
    let expected = [
        (Some("Usage".to_owned()), "5.705981966104828017".to_owned()),
        (Some("Purchase".to_owned()), "2.145".to_owned()),
    ];
    assert_eq!(groups(&found), expected);
}

#[test]
fn every_layout_is_read_by_its_headers() {
    let cases = [
        "CostInBillingCurrency,BillingCurrencyCode,Date,ResourceGroup,ChargeType\n1.5,EUR,10/01/2026,rg,Usage\n",
        "\u{feff}costInBillingCurrency,billingCurrency,date,resourceGroupName,chargeType\r\n1.5,EUR,10/01/2026,rg,Usage\r\n",
        "\t\u{feff} \u{feff}costInBillingCurrency,billingCurrency,date,resourceGroupName,chargeType\r\n1.5,EUR,10/01/2026,rg,Usage\r\n",
        "PreTaxCost,Currency,UsageDateTime,ResourceGroup,x\n1.5,EUR,2026-10-01,rg,y\n",
        "Cost,BillingCurrency,Date,ResourceGroup,ChargeType,BillingPeriodEndDate\n1.5,EUR,10/1/2026,rg,Usage,10/31/2026\n",
        "Kosten (PreTaxCost),Währung (Currency),Datum (UsageDateTime),Ressourcengruppe (ResourceGroup),x\n1.5,EUR,2026-10-01T00:00:00Z,rg,y\n",
    ];
    for text in cases {
        let found = shown_as_json(text, &["--group-by", "date,resource-group"]);
        assert_eq!(
            found["totals"],
            json!([{ "currency": "EUR", "cost": "1.5" }]),
            "{text}"
        );
        assert_eq!(
            found["groups"][0]["keys"],
            json!(["2026-10-01", "rg"]),
            "{text}"
        );
    }
}

#[test]
fn spellings_that_differ_in_case_are_one_group() {
    let text = "ResourceGroup,Cost,Tags\nrg-a,1,\"{\"\"Env\"\":\"\"x\"\"}\"\nRG-A,2,\"{\"\"env\"\":\"\"X\"\"}\"\nrg-a,4,\n,8,\"{\"\"env\"\":\"\"\"\"}\"\n";
    assert_eq!(
        groups(&shown_as_json(text, &["--group-by", "resource-group"])),
        [(None, "8".into()), (Some("rg-a".into()), "7".into())]
    );
    let by_tag = groups(&shown_as_json(text, &["--group-by", "tag:ENV"]));
    assert_eq!(
        by_tag,
        [
            (Some(String::new()), "8".into()),
            (None, "4".into()),
            (Some("X".into()), "2".into()),
            (Some("x".into()), "1".into())
        ]
    );
}

#[test]
fn the_resource_group_is_cut_from_the_id_where_its_column_is_blank() {
    let text =
        "ResourceGroup,Cost,ResourceId\n,1,/subscriptions/s/resourcegroups/rg-x/providers/p/t/n\n";
    assert_eq!(
        groups(&shown_as_json(text, &["--group-by", "resource-group"])),
        [(Some("rg-x".into()), "1".into())]
    );
}

#[test]
fn repairs_are_reported_with_their_first_line() {
    let folder = TempDir::new().unwrap();
    let text = "\u{feff}Name,Cost,Currency,Note\n\u{feff}a,1,EUR,\nb,2,EUR\nc,,EUR,\nd,0.0000000000000000015,EUR,\ne,3,EUR,,,\nName,Cost,Currency,Note\n";
    let path = file(folder.path(), "costs.csv", text);
    let output = run_inside(
        folder.path(),
        &[
            "show",
            path.to_str().unwrap(),
            "--group-by",
            "currency",
            "--format",
            "json",
        ],
    );
    let said = stderr(&output);
    for (words, line) in [
        ("fewer fields", 3),
        ("without an amount", 4),
        ("more than 18 decimals", 5),
        ("more fields", 6),
        ("repeated header", 7),
        ("byte-order marks", 2),
    ] {
        let found = said
            .lines()
            .find(|warning| warning.contains(words))
            .unwrap_or_else(|| panic!("{words}: {said}"));
        assert!(found.ends_with(&format!("first in line {line}")), "{found}");
    }
    let found = document(&output);
    assert_eq!(found["rows"], 5);
    assert_eq!(
        found["totals"],
        json!([{ "currency": "EUR", "cost": "6.000000000000000002" }])
    );
}

#[test]
fn damaged_files_are_refused_with_the_place() {
    refused(
        "Cost\nx\n",
        &["costs.csv", "line 2", "column Cost", "`x` is not a number"],
    );
    refused(
        "Date,Cost\n10/31/2026,1\n1/2/2026,2\n31/10/2026,1\n",
        &["line 2", "column Date", "month first", "line 4"],
    );
    refused(
        "Name,Other,Cost\na\n",
        &["line 2", "1 fields where the header has 3", "cost column"],
    );
    refused(
        "Name,Cost\na,1,2\n",
        &["line 2", "3 fields where the header has 2"],
    );
    refused(
        "Name,Cost,Currency\na,1,EUR\nb,2\n",
        &["line 3", "before its currency"],
    );
    // One comma too many: the value under Cost is the price.
    refused(
        "Date,Quantity,Price,Cost,ResourceId,Note\n10/01/2026,,1,2,3,/subscriptions/s,\n",
        &["line 2", "column ResourceId", "out of place"],
    );
    refused(
        "Name,Cost,Note\na,1,,\n",
        &["line 2", "no field after the cost"],
    );
    refused("Cost,Name,Cost\n1,a,7\n", &["Cost", "twice"]);
    refused("Name,Cost\na,\"1\n", &["line 2", "never closed"]);
    refused(
        "Name,Tags,Cost\na,\"b,1\nc,d,2\ne,\"f\",3\n",
        &["line 2", "quote is out of place"],
    );
    refused("Name,Value\na,1\n", &["no cost column", "Name, Value"]);
    refused("Name;Cost\na;1\n", &["semicolons"]);
    refused(b"PK\x03\x04rest", &["zip"]);
    refused(
        "Cost\n99999999999999999999\n99999999999999999999\n",
        &["more than 20 digits"],
    );
}

#[test]
fn a_last_row_that_was_cut_off_is_refused() {
    refused("Name,Cost,Currency\na,1,EUR\nb,2", &["line 3", "cut off"]);
    // If every row is short in the same way, the last row is as complete as the others.
    let found = shown_as_json("Name,Cost,Currency\na,1\nb,2", &["--group-by", "currency"]);
    assert_eq!(found["totals"], json!([{ "currency": null, "cost": "3" }]));
}

#[test]
fn empty_reports_are_no_errors() {
    for text in ["Cost,Date\n", "\u{feff}Cost,Date\r\n", ""] {
        let found = shown_as_json(text, &["--group-by", "charge-type"]);
        assert_eq!(
            (&found["rows"], &found["totals"], &found["groups"]),
            (&json!(0), &json!([]), &json!([])),
            "{text:?}"
        );
    }
}

#[test]
fn empty_file_is_reported_as_zero_bytes() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "empty.csv", "");
    let output = run_inside(
        folder.path(),
        &["check", path.to_str().unwrap(), "--format", "json"],
    );
    let found = document(&output);
    assert_eq!(found["files"][0]["bytes"], 0);
    assert!(found["notes"].to_string().contains("0 bytes"), "{found}");
    let shown = run_inside(folder.path(), &["show", path.to_str().unwrap()]);
    assert!(stderr(&shown).contains("0 bytes"), "{}", stderr(&shown));
    let twice = run_inside(folder.path(), &["compare", "-", "-"]);
    assert_eq!(twice.status.code(), Some(2), "{}", stderr(&twice));
}

#[test]
fn files_of_several_layouts_are_one_table() {
    let folder = TempDir::new().unwrap();
    let ea = write(
        folder.path(),
        "ea.csv",
        "MeterCategory,CostInBillingCurrency,BillingCurrencyCode,Date\nVM,1.50,EUR,01/03/2026\n",
    );
    let payg = write(
        folder.path(),
        "payg.csv",
        "Kategorie (Meter Category),PreTaxCost,Currency,UsageDateTime\nDisk,2.5,USD,2026-01-04\n",
    );
    let found = document(&run_inside(
        folder.path(),
        &[
            "show",
            &ea,
            &payg,
            "--group-by",
            "MeterCategory",
            "--format",
            "json",
        ],
    ));
    assert_eq!(
        groups(&found),
        [
            (Some("Disk".into()), "2.5".into()),
            (Some("VM".into()), "1.5".into())
        ]
    );
    assert_eq!(
        found["totals"],
        json!([{ "currency": "EUR", "cost": "1.5" }, { "currency": "USD", "cost": "2.5" }])
    );
    let rows = document(&run_inside(
        folder.path(),
        &[
            "show",
            &ea,
            &payg,
            "--columns",
            "cost,date,MeterCategory",
            "--format",
            "json",
        ],
    ));
    assert_eq!(
        rows["records"][1],
        json!({ "cost": "1.5", "date": "2026-01-03", "MeterCategory": "VM" })
    );
}
