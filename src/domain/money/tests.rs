//! Amounts are read and written exactly.

use crate::domain::money::{Amount, Digits, LIMIT, SCALE, UNIT};
use proptest::prelude::*;

fn check(text: &str, expected: &str, rounded: bool) {
    let parsed = Amount::parse(text).unwrap();
    assert_eq!(
        (parsed.amount.to_string().as_str(), parsed.rounded),
        (expected, rounded),
        "{text}"
    );
}

#[test]
fn amounts_are_read_exactly() {
    check("0", "0", false);
    check("8.5450077867419368", "8.5450077867419368", false);
    check("-3.250", "-3.25", false);
    check("+1", "1", false);
    check(".5", "0.5", false);
    check("5.", "5", false);
    check("6.19947E-09", "0.00000000619947", false);
    check("1.5e3", "1500", false);
    check("2.4E-05", "0.000024", false);
    check("0e99999", "0", false);
    check("99999999999999999999", "99999999999999999999", false);
}

#[test]
fn digits_beyond_the_eighteenth_are_rounded_half_even() {
    check("0.0000000000000000005", "0", true);
    check("0.0000000000000000015", "0.000000000000000002", true);
    check("0.0000000000000000025", "0.000000000000000002", true);
    check("0.00000000000000000251", "0.000000000000000003", true);
    check("-0.0000000000000000015", "-0.000000000000000002", true);
    check("1e-99999", "0", true);
    check("0.858663918942126052", "0.858663918942126052", false);
}

#[test]
fn invalid_amounts_are_refused() {
    for text in [
        "", "-", ".", "1,5", "N/A", "1e", "e5", "1.2.3", "NaN", "inf", "0x10", "1 2", "１",
    ] {
        assert!(Amount::parse(text).is_err(), "{text}");
    }
    assert!(
        Amount::parse("100000000000000000000")
            .unwrap_err()
            .to_string()
            .contains("20 digits")
    );
    assert!(Amount::parse("1e999999999").is_err());
}

#[test]
fn errors_name_the_text_and_its_flaw() {
    let said = |text: &str| Amount::parse(text).unwrap_err().to_string();
    assert!(said("1,5").starts_with("`1,5` is not a number: it has thousands"));
    assert_eq!(said("N/A"), "`N/A` is not a number");
}

#[test]
fn proportions_keep_their_sign_and_are_rounded_half_even() {
    let of = |units: i128, part: i128, whole: i128| {
        let [amount, part, whole] = [units, part, whole].map(Amount::from_units);
        amount.proportion(part, whole).map(Amount::units)
    };
    for (units, part, whole, expected) in [
        (6, 2, 3, Some(4)),
        (-6, 2, 3, Some(-4)),
        (6, -2, 3, Some(-4)),
        (6, 2, -3, Some(-4)),
        (-6, -2, 3, Some(4)),
        (-6, 2, -3, Some(4)),
        (6, -2, -3, Some(4)),
        (-6, -2, -3, Some(-4)),
        (1, 1, 2, Some(0)),
        (3, 1, 2, Some(2)),
        (-5, 1, 2, Some(-2)),
        (5, 1, 3, Some(2)),
        (0, 7, 3, Some(0)),
        (LIMIT, 1, 1, Some(LIMIT)),
        (LIMIT, 2, 1, None),
        (1, 1, 0, None),
    ] {
        assert_eq!(
            of(units, part, whole),
            expected,
            "{units} x {part} / {whole}"
        );
    }
}

#[test]
fn screens_show_two_decimals_half_even() {
    let shown = |text: &str| Amount::parse(text).unwrap().amount.display();
    let cases = [
        ("0", "0.00"),
        ("1234567.891", "1,234,567.89"),
        ("-1234.5", "-1,234.50"),
        ("0.005", "<0.01"),
        ("0.015", "0.02"),
        ("0.025", "0.02"),
        ("0.004", "<0.01"),
        ("-0.001", ">-0.01"),
        ("999.995", "1,000.00"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn shares_are_rounded_to_a_tenth_of_a_percent() {
    let amount = |text: &str| Amount::parse(text).unwrap().amount;
    assert_eq!(amount("1").per_mille(amount("3")), Some(333));
    assert_eq!(amount("2").per_mille(amount("3")), Some(667));
    assert_eq!(amount("-1").per_mille(amount("4")), Some(-250));
    assert_eq!(amount("1").per_mille(Amount::ZERO), None);
}

proptest! {
    #[test]
    fn writing_and_reading_gives_the_same(units in -(10_i128.pow(37))..10_i128.pow(37)) {
        let amount = Amount::from_units(units);
        let again = Amount::parse(&amount.to_string()).unwrap();
        prop_assert_eq!(again.amount, amount);
        prop_assert!(!again.rounded);
    }

    #[test]
    fn an_amount_is_appended_as_it_is_shown(units in any::<i128>(), shift in 0..120_u32) {
        for units in [units, units >> shift, 0, 1, UNIT, -UNIT, 10 * UNIT, LIMIT, -LIMIT] {
            let amount = Amount::from_units(units);
            let mut text = Vec::new();
            amount.append_to(&mut text);
            prop_assert_eq!(String::from_utf8(text).unwrap(), amount.to_string());
        }
    }

    #[test]
    fn a_scaled_number_is_read_as_its_text(
        units in any::<i128>(), shift in 0..120_u32, scale in 0..48_usize, zeros in 0..20_u32,
    ) {
        let short = (units >> shift).checked_mul(10_i128.pow(zeros));
        for units in [units, units >> shift].into_iter().chain(short) {
            let text = format!("{units}e-{scale}");
            prop_assert_eq!(Amount::of_scaled(units, scale), Amount::parse(&text).ok(), "{}", text);
        }
    }

    #[test]
    fn few_digits_are_read_as_any_number_of_digits(
        text in "-?[0-9]{0,24}(\\.[0-9]{0,20})?(e-?[0-9]{1,2})?",
    ) {
        if let Some(plain) = Amount::parse_plain(text.as_bytes()) {
            let parsed = Amount::parse(&text).unwrap();
            prop_assert_eq!((parsed.amount, parsed.rounded), (plain, false));
        }
        if let Some(digits) = Digits::read(&text) {
            let point = i64::try_from(digits.whole.len()).unwrap()
                + i64::from(digits.exponent)
                + i64::from(SCALE);
            prop_assert_eq!(digits.scaled(), digits.rounded(point));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
        let _ = Amount::parse(&text);
    }
}
