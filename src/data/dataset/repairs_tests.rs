//! Repairs of a file, by kind, count and first line, whatever the size of its blocks.

use super::convert::Options;
use super::read::read_file;
use crate::data::progress::Progress;

/// What is told of a file: its rows, totals and days, and its repairs; or why it is refused.
fn told(text: &[u8], block: Option<usize>) -> String {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("costs.csv");
    std::fs::write(&path, text).unwrap();
    let progress = Progress::default();
    let usual = Options::new(&progress);
    let options = Options {
        block: block.unwrap_or(usual.block),
        ..usual
    };
    let parts = match read_file(&path, "costs.csv", folder.path(), &options) {
        Ok(parts) => parts,
        Err(error) => return error.to_string(),
    };
    let parts = parts.iter().map(|part| {
        let source = part.source();
        let totals = source.totals.iter();
        let totals = totals.map(|money| format!("{} {}", money.amount, money.code()));
        let days = source.days.map(|(first, last)| format!("{first}..{last}"));
        let repairs = source.repairs.iter();
        let repairs = repairs.map(|one| format!("{}x{}@{}", one.kind, one.count, one.first_line));
        format!(
            "{} rows, {}, {}: {}",
            source.rows,
            totals.collect::<Vec<_>>().join(" + "),
            days.unwrap_or_else(|| "no days".to_owned()),
            repairs.collect::<Vec<_>>().join(" ")
        )
    });
    parts.collect::<Vec<_>>().join("\n")
}

const HEAD: &str = "Date,Cost,BillingCurrency,MeterName,Tags\n";

/// Checks what is told of these rows below a header, in one block and in many.
fn check(cases: &[(&str, &str)]) {
    for (rows, expected) in cases {
        for block in [None, Some(64)] {
            let found = told(format!("{HEAD}{rows}").as_bytes(), block);
            assert_eq!(found, *expected, "{rows:?} {block:?}");
        }
    }
}

#[test]
fn values_that_are_missing_or_have_blanks_are_counted() {
    check(&[
        ("", "0 rows, , no days: "),
        (
            "2026-10-01,1.5,EUR,m,\n2026-10-03,-0.5,eur,n,\n\n",
            "2 rows, 1 EUR, 2026-10-01..2026-10-03: ",
        ),
        (
            ",1,EUR,m,\n2026-10-01,,EUR,m,\n,,,,\n",
            "3 rows, 1 EUR, 2026-10-01..2026-10-01: blank-datex2@2 blank-costx2@3",
        ),
        (
            "2026-10-01,1,NULL,NULL,\n2026-10-01,1,EUR, NULL ,\n",
            "2 rows, 1 - + 1 EUR, 2026-10-01..2026-10-01: null-wordx3@2",
        ),
        (
            "2026-10-01,1,EUR, m ,\n2026-10-01,1,EUR, m ,\n2026-10-01,1,eur ,m,\n",
            "3 rows, 3 EUR, 2026-10-01..2026-10-01: outer-blanksx3@2",
        ),
        (
            "2026-10-01,0.1234567890123456789,EUR,m,\n",
            "1 rows, 0.123456789012345679 EUR, 2026-10-01..2026-10-01: rounded-amountx1@2",
        ),
        (
            "2026-10-01,1,EUR,m,{x\n2026-10-01,1,EUR,m,{\n",
            "2 rows, 2 EUR, 2026-10-01..2026-10-01: broken-tagsx1@2",
        ),
    ]);
}

#[test]
fn rows_of_the_wrong_length_are_repaired_where_no_value_is_lost() {
    check(&[
        (
            "2026-10-01,1,EUR,m\n2026-10-01,1,EUR\n2026-10-01,1,EUR,m,\n",
            "3 rows, 3 EUR, 2026-10-01..2026-10-01: short-rowx2@2",
        ),
        (
            "2026-10-01,1,EUR,m,,\n2026-10-01,1,EUR,m,\n",
            "2 rows, 2 EUR, 2026-10-01..2026-10-01: long-rowx1@2",
        ),
        (
            "2026-10-01,1,EUR,m,,x\n2026-10-01,1,EUR,m,\n",
            "costs.csv, line 2: 6 fields where the header has 5: a comma or quote is out of place",
        ),
        (
            "2026-10-01,1,EUR,m\n2026-10-02,1,EU",
            "costs.csv, line 3: the file was cut off in the middle of this row; download or export it again",
        ),
        (
            "2026-10-01,1,EUR,\"open\n",
            "costs.csv, line 2: a quoted field is never closed: the file was cut off or damaged; download or export it again",
        ),
        (
            "2026-10-01,1,EUR,a\"b,\n2026-10-01,1,EUR,m,\n",
            "2 rows, 2 EUR, 2026-10-01..2026-10-01: literal-quotex1@2",
        ),
    ]);
}

#[test]
fn dates_are_read_in_the_order_that_the_file_proves() {
    check(&[
        (
            "13/10/2026,1,EUR,m,\n14/10/2026,1,EUR,m,\n",
            "2 rows, 2 EUR, 2026-10-13..2026-10-14: day-firstx2@2",
        ),
        (
            "10/13/2026,1,EUR,m,\n",
            "1 rows, 1 EUR, 2026-10-13..2026-10-13: ",
        ),
        (
            "01/02/2026,1,EUR,m,\n",
            "1 rows, 1 EUR, 2026-01-02..2026-01-02: ",
        ),
        (
            "10/13/2026,1,EUR,m,\n13/10/2026,1,EUR,m,\n",
            "costs.csv, line 2, column Date: `10/13/2026` has the month first, but the date in line 3 has the day first: a \
             spreadsheet mixed the two orders; use the file as downloaded, or choose with --dates day-first or --dates month-first",
        ),
        (
            "2026-10-01T23:30:00-02:00,1,EUR,m,\n",
            "1 rows, 1 EUR, 2026-10-02..2026-10-02: utc-dayx1@2",
        ),
        (
            "2026-10-01 05:30,1,EUR,m,\n",
            "1 rows, 1 EUR, 2026-10-01..2026-10-01: ",
        ),
        (
            "2026-10-01,x,EUR,m,\n",
            "costs.csv, line 2, column Cost: `x` is not a number",
        ),
        (
            "yesterday,1,EUR,m,\n",
            "costs.csv, line 2, column Date: `yesterday` is not a date (MM/DD/YYYY or YYYY-MM-DD)",
        ),
    ]);
}

#[test]
fn unusual_characters_and_headers_are_counted() {
    check(&[
        (
            "2026-10-01,1,EUR,a\u{7}b,\n2026-10-01,1,EUR,a\u{7}b,\n2026-10-01,1,EUR,c\u{200b},\n",
            "3 rows, 3 EUR, 2026-10-01..2026-10-01: control-characterx2@2 invisible-characterx1@4",
        ),
        (
            "\u{feff}2026-10-01,1,EUR,m,\n",
            "1 rows, 1 EUR, 2026-10-01..2026-10-01: second-bomx1@2",
        ),
        (
            "2026-10-01,1,EUR,m,\nDate,Cost,BillingCurrency,MeterName,Tags\n2026-10-02,2,EUR,n,\n",
            "1 rows, 1 EUR, 2026-10-01..2026-10-01: \n1 rows, 2 EUR, 2026-10-02..2026-10-02: repeated-headerx1@3",
        ),
    ]);
    let text =
        b"Date,Cost,BillingCurrency,MeterName\n2026-10-01,1,EUR,M\xfcn\n2026-10-01,1,EUR,a\x81\n";
    let expected = "2 rows, 2 EUR, 2026-10-01..2026-10-01: windows-1252x1@2 bad-utf8x1@3";
    assert_eq!(told(text, None), expected);
}

#[test]
fn blank_lines_before_a_further_header_are_counted_once() {
    for end in ["\n", "\r", "\r\n", "\n\n", "\r\r"] {
        let rows = [
            HEAD.trim_end(),
            "2026-10-01,1,EUR,m,",
            HEAD.trim_end(),
            "2026-10-02,2,EUR,m,",
            "bad",
        ];
        // The header of the second table, and its last row.
        let blank = u64::from(["\n\n", "\r\r"].contains(&end));
        let (header, last) = (3 + 2 * blank, 5 + 4 * blank);
        for block in [None, Some(64)] {
            let found = told(rows.join(end).as_bytes(), block);
            let place = format!("costs.csv from line {header}, line {last}: ");
            assert!(found.starts_with(&place), "{end:?} {block:?}: {found}");
        }
    }
}

#[test]
fn rows_of_two_layouts_are_read_from_the_columns_that_they_fill() {
    const TWO: &str = "ChargePeriodStart,Date,BilledCost,CostInBillingCurrency,BillingCurrency,ChargeCategory,RegionName,ResourceLocation\n";
    let own = "2026-10-01,,1,,EUR,Usage,a,\n";
    let other = ",2026-10-02,,2,EUR,Usage,,b\n";
    let refused = |line: u32| {
        format!(
            "costs.csv, line {line}, column BilledCost: it has `1` and CostInBillingCurrency has `2`: this file mixes two layouts \
             and this row fills both; remove one of the columns"
        )
    };
    for (rows, expected) in [
        (
            own.to_owned(),
            "1 rows, 1 EUR, 2026-10-01..2026-10-01: ".to_owned(),
        ),
        // The date, the cost and the region are those of the other layout.
        (
            format!("{own}{other}"),
            "2 rows, 3 EUR, 2026-10-01..2026-10-02: two-layoutsx3@3".to_owned(),
        ),
        // Columns that agree may both be filled, and those that decide nothing may differ.
        (
            format!("{own}{other}2026-10-01,10/01/2026,1,1.0,EUR,Usage,a,c\n"),
            "3 rows, 4 EUR, 2026-10-01..2026-10-02: two-layoutsx3@3".to_owned(),
        ),
        (
            "2026-10-01,2026-10-01,1,1.0,EUR,Usage,a,b\n".to_owned(),
            "1 rows, 1 EUR, 2026-10-01..2026-10-01: ".to_owned(),
        ),
        // In one layout, another date is just another column.
        (
            "2026-10-01,2026-10-02,1,1.0,EUR,Usage,a,b\n".to_owned(),
            "1 rows, 1 EUR, 2026-10-01..2026-10-01: rival-columnx1@2".to_owned(),
        ),
        ("2026-10-01,,1,2,EUR,Usage,a,b\n".to_owned(), refused(2)),
        (
            format!("{own}{other}2026-10-01,,1,2,EUR,Usage,a,\n"),
            refused(4),
        ),
    ] {
        for block in [None, Some(64)] {
            let found = told(format!("{TWO}{rows}").as_bytes(), block);
            assert_eq!(found, expected, "{rows:?} {block:?}");
        }
    }
}
