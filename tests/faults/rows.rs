//! Made-up costs with their exact sums, as CSV files and as rows of Usage Details.

use crate::dice::Dice;
use crate::journal::Totals;
use chrono::NaiveDate;

/// Digits after the decimal point that count.
const SCALE: u32 = 18;

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) day: NaiveDate,
    /// The cost as digits and the place of its point: 125 and 2 are 1.25.
    digits: i64,
    scale: u32,
    currency: &'static str,
    group: String,
}

pub(crate) fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

/// Rows of October. No two are alike: equal files and pages would count once.
pub(crate) fn draw(dice: &mut Dice, count: usize, name: &str) -> Vec<Row> {
    let mixed = dice.chance(200);
    let row = |index: usize| Row {
        day: day(10, u32::try_from(dice.size(1, 31)).unwrap()),
        digits: match dice.below(10) {
            0 => 0,
            1 => -dice.between(1, 1_000_000_000_000),
            2 => dice.between(1, 9),
            _ => dice.between(1, 1_000_000_000),
        },
        scale: u32::try_from(dice.below(19)).unwrap(),
        currency: if mixed && dice.chance(300) {
            "USD"
        } else {
            "EUR"
        },
        group: format!("rg-{name}-{index}"),
    };
    (0..count).map(row).collect()
}

/// The sums of rows.
pub(crate) fn totals<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Totals {
    let mut totals = Totals::default();
    for row in rows {
        totals.rows += 1;
        let units = i128::from(row.digits) * 10_i128.pow(SCALE - row.scale);
        totals.add(row.currency, units);
    }
    totals
}

impl Row {
    /// The cost as a plain decimal number.
    fn decimal(&self) -> String {
        let scale = usize::try_from(self.scale).unwrap();
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, part) = digits.split_at(digits.len() - scale);
        if part.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{part}")
        }
    }

    /// The row as Usage Details sends it.
    pub(crate) fn json(&self, dice: &mut Dice) -> String {
        let cost = if dice.chance(150) {
            format!("{}E-{:02}", self.digits, self.scale)
        } else {
            self.decimal()
        };
        format!(
            "{{\"kind\":\"legacy\",\"tags\":null,\"properties\":{{\"cost\":{cost},\"date\":\"{}T00:00:00.0000000Z\",\
             \"billingCurrency\":\"{}\",\"resourceGroup\":\"{}\"}}}}",
            self.day, self.currency, self.group
        )
    }
}

/// A file of rows: any order of columns, with or without a byte-order mark, with either end of lines.
pub(crate) fn csv(dice: &mut Dice, rows: &[Row]) -> Vec<u8> {
    let mut columns = [
        "Date",
        "Cost",
        "BillingCurrency",
        "ResourceGroup",
        "MeterCategory",
    ];
    dice.shuffle(&mut columns);
    let end = dice.pick(&["\n", "\r\n"]);
    let mark = if dice.chance(300) { "\u{feff}" } else { "" };
    let quote = if dice.chance(300) { "\"" } else { "" };
    let mut lines = vec![columns.join(",")];
    for row in rows {
        let field = |column: &str| match column {
            "Date" => row.day.format("%m/%d/%Y").to_string(),
            "Cost" => row.decimal(),
            "BillingCurrency" => row.currency.to_owned(),
            "ResourceGroup" => format!("{quote}{}{quote}", row.group),
            _ => "Storage".to_owned(),
        };
        lines.push(columns.map(field).join(","));
    }
    format!("{mark}{}{end}", lines.join(end)).into_bytes()
}

#[test]
fn costs_are_written_with_every_digit() {
    let row = |digits, scale| Row {
        day: day(10, 1),
        digits,
        scale,
        currency: "EUR",
        group: "rg".to_owned(),
    };
    let written = [row(125, 2), row(-5, 3), row(7, 0), row(0, 4)].map(|row| row.decimal());
    assert_eq!(written, ["1.25", "-0.005", "7", "0.0000"]);
    let sums = totals(&[row(125, 2), row(-25, 2), row(1, 18)]);
    assert_eq!(sums.rows, 3);
    assert_eq!(sums.money.get("EUR"), Some(&1_000_000_000_000_000_001_i128));
}
