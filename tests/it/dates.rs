//! Dates in cost files: the order of day and month, times, zones, billing periods.

use crate::support::cost_files::{assert_refused, show_by_month, shown_as_csv};
use crate::support::inside::run_inside;
use crate::support::{document, file};
use std::process::Output;
use tempfile::TempDir;

#[test]
fn date_order_needs_proof_or_a_flag() {
    let folder = TempDir::new().unwrap();
    let show_text = |name: &str, text: &str, more: &[&str]| {
        let path = file(folder.path(), name, text);
        let mut arguments = vec![
            "show",
            path.to_str().unwrap(),
            "--group-by",
            "month",
            "--format",
            "json",
        ];
        arguments.extend(more);
        run_inside(folder.path(), &arguments)
    };
    let months = |output: &Output| -> Vec<String> {
        let found = document(output);
        let groups = found["groups"].as_array().unwrap().iter();
        groups
            .map(|group| group["keys"][0].as_str().unwrap().to_owned())
            .collect()
    };
    let with_period = |from: &str, to: &str| {
        format!(
            "Date,Cost,Currency,BillingPeriodStartDate,BillingPeriodEndDate\n01/10/2026,1,EUR,{from},{to}\n02/10/2026,1,EUR,{from},{to}\n"
        )
    };
    // Decided by the end of the billing period, and by a period with an unambiguous date.
    assert_eq!(
        months(&show_text(
            "a.csv",
            &with_period("01/10/2026", "31/10/2026"),
            &[]
        )),
        ["2026-10"]
    );
    assert_eq!(
        months(&show_text(
            "b.csv",
            &with_period("2026-10-01", "2026-10-31"),
            &[]
        )),
        ["2026-10"]
    );
    // Padded dates under Azure's own header are month first unless something proves otherwise.
    let padded = "Date,Cost,Currency\n10/01/2026,1,EUR\n10/02/2026,1,EUR\n";
    assert_eq!(months(&show_text("c.csv", padded, &[])), ["2026-10"]);
    // Without padding the order is unknown; the flag decides.
    let bare = "Date,Cost,Currency\n1/10/2026,1,EUR\n2/10/2026,1,EUR\n";
    assert_refused(
        &show_text("d.csv", bare, &[]),
        &["d.csv", "line 2", "--dates day-first"],
    );
    assert_eq!(
        months(&show_text("d.csv", bare, &["--dates", "day-first"])),
        ["2026-10"]
    );
    assert_eq!(
        months(&show_text("d.csv", bare, &["--dates", "month-first"])),
        ["2026-01", "2026-02"]
    );
    // Contradictory proofs.
    let both = "Date,Cost,Currency\n10/13/2026,1,EUR\n13/10/2026,1,EUR\n";
    assert_refused(&show_text("e.csv", both, &[]), &["e.csv", "--dates"]);
    // A flag that contradicts the file is refused, and the error names the other one.
    let october = "Date,Cost,Currency\n10/31/2026,1,EUR\n";
    assert_refused(
        &show_text("f.csv", october, &["--dates", "day-first"]),
        &["f.csv", "line 2", "month first", "use --dates month-first"],
    );
    let swapped = "Date,Cost,Currency\n31/10/2026,1,EUR\n";
    assert_refused(
        &show_text("g.csv", swapped, &["--dates", "month-first"]),
        &["g.csv", "line 2", "day first", "use --dates day-first"],
    );
    // A file of the same run proves the order for both.
    let root = folder.path().join("run");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(
        root.join("part_0_0001.csv"),
        "Date,Cost,Currency\n01/10/2026,1,EUR\n",
    )
    .unwrap();
    std::fs::write(
        root.join("part_1_0001.csv"),
        "Date,Cost,Currency\n31/10/2026,1,EUR\n",
    )
    .unwrap();
    assert_eq!(
        months(&show_by_month(folder.path(), &[root.to_str().unwrap()])),
        ["2026-10"]
    );
}

#[test]
fn billing_period_decides_the_date_order() {
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
    let (out, said, _) = shown_as_csv(&text, &["--group-by", "month"]);
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
    let (out, _, code) = shown_as_csv(&late, &["--group-by", "month"]);
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
    let (_, said, code) = shown_as_csv(&both, &[]);
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
        let (out, said, _) = shown_as_csv(&text, &["--group-by", "date"]);
        assert!(
            out.contains(&format!("{wanted},1,EUR,1")),
            "{day}: {out}{said}"
        );
    }
    let hours = format!("{header}10/31/2026 11:30:00 PM,1,EUR\n10/31/2026 09:30,2,EUR\n");
    let late = ["--filter", "Date >= 2026-10-31T12:00:00Z"];
    let (out, _, _) = shown_as_csv(&hours, &late);
    assert_eq!(out, "Date,Cost,Currency,DateTime\n2026-10-31,1,EUR,23:30\n");
    for wrong in [
        "2026-10-31T23:30:00EST",
        "2026-10-31T25:00:00Z",
        "2026-10-31T23:60:00Z",
        "2026-10-15 soon",
        "26/10/13",
    ] {
        let (out, said, code) = shown_as_csv(&format!("{header}{wrong},1,EUR\n"), &[]);
        assert_eq!((out.as_str(), code), ("", Some(1)), "{wrong}");
        assert!(
            said.contains("line 2") && said.contains("not a date"),
            "{said}"
        );
    }
}

#[test]
fn late_row_does_not_change_the_date_order() {
    let text = "Date,Cost,BillingCurrency,BillingPeriodStartDate,BillingPeriodEndDate\n\
                10/20/2026,1,USD,2026-10-01,2026-10-31\n09/10/2026,2,USD,2026-10-01,2026-10-31\n";
    let (out, said, _) = shown_as_csv(text, &["--group-by", "month"]);
    assert_eq!(
        out, "month,cost,currency,rows\n2026-09,2,USD,1\n2026-10,1,USD,1\n",
        "{said}"
    );
}
