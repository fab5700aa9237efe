//! Amounts are read and written exactly.

use crate::domain::money::products::{product, quotient};
use crate::domain::money::{Amount, Digits, LIMIT, Money, SCALE, UNIT, grouped, listed};
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

#[test]
fn the_largest_amount_is_the_largest_decimal_of_38_digits() {
    let nines = "9".repeat(20);
    let largest = format!("{nines}.{}", "9".repeat(18));
    check(&largest, &largest, false);
    check(&format!("-{largest}"), &format!("-{largest}"), false);
    check(&format!("{nines}e0"), &nines, false);
    check(&format!("{nines}0e-1"), &nines, false);
    check(&format!("{}{largest}", "0".repeat(30)), &largest, false);
    for text in [
        "100000000000000000000".to_owned(),
        "1e20".to_owned(),
        "-1e20".to_owned(),
        format!("{largest}5"),
        format!("{nines}{nines}"),
        format!("{nines}.{}", "9".repeat(19)),
        format!("1{}e-18", "0".repeat(38)),
        format!("1{}", "0".repeat(60)),
    ] {
        let error = Amount::parse(&text).unwrap_err().to_string();
        assert!(error.contains("20 digits"), "{error}");
    }
    let step = Amount::from_units(1);
    assert_eq!(Amount::MAX.checked_add(step), None);
    assert_eq!(Amount::MAX.negated().checked_sub(step), None);
    assert_eq!(
        Amount::MAX.checked_sub(step),
        Some(Amount::from_units(LIMIT - 1))
    );
    assert_eq!(Amount::MAX.checked_add(Amount::ZERO), Some(Amount::MAX));
    assert_eq!(
        Amount::from_units(i128::MAX).checked_add(step),
        None,
        "no wrap either"
    );
}

#[test]
fn written_numbers_are_scaled_at_every_length() {
    for (text, expected, rounded) in [
        // Digits before the point and behind it, below and above what 64 bits hold.
        ("123456789012345678", "123456789012345678", false),
        ("1234567890123456789", "1234567890123456789", false),
        ("12345678901234567.8901", "12345678901234567.8901", false),
        ("1.23456789012345678", "1.23456789012345678", false),
        ("12.345678901234567891", "12.345678901234567891", false),
        (
            "12345678901234567890.123456789012345678",
            "12345678901234567890.123456789012345678",
            false,
        ),
        (
            "12345678901234567890.1234567890123456785",
            "12345678901234567890.123456789012345678",
            true,
        ),
        ("0.00000000000000000050", "0", true),
        ("0.00000000000000000051", "0.000000000000000001", true),
        ("0.00000000000000000049", "0", true),
        ("0.000000000000000000", "0", false),
        ("0.0000000000000000000", "0", false),
        // Exponents.
        ("1e-18", "0.000000000000000001", false),
        ("1e-19", "0", true),
        ("9e-19", "0.000000000000000001", true),
        ("5e-19", "0", true),
        ("15e-19", "0.000000000000000002", true),
        ("9e-20", "0", true),
        ("99e-20", "0.000000000000000001", true),
        ("0e-40", "0", false),
        ("1E+2", "100", false),
        ("12.5e+1", "125", false),
        ("12.5e-1", "1.25", false),
        (".5e1", "5", false),
        ("9e19", "90000000000000000000", false),
        ("0.00001e24", "10000000000000000000", false),
        ("0000000000000000000000000000000000000001e0", "1", false),
        (
            "00000000000000000000000000000000000000000000001e-2",
            "0.01",
            false,
        ),
        ("-0", "0", false),
    ] {
        check(text, expected, rounded);
    }
    for text in [
        "1e+", "1e-", "1e--1", "1e+-1", "+-1", "--1", "1e1.5", "1e1e1", "e", ".e1", "1_000",
    ] {
        let said = Amount::parse(text).unwrap_err().to_string();
        assert!(said.ends_with("is not a number"), "{said}");
    }
}

#[test]
fn only_the_usual_form_is_read_at_once() {
    let plain = |text: &str| Amount::parse_plain(text.as_bytes()).map(|amount| amount.to_string());
    for (text, expected) in [
        ("0", "0"),
        ("-1", "-1"),
        ("12.5", "12.5"),
        ("-12.05", "-12.05"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-.000000000000000001", "-0.000000000000000001"),
        (
            "999999999999999999.999999999999999999",
            "999999999999999999.999999999999999999",
        ),
        ("000000000000000001", "1"),
    ] {
        assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
    }
    for text in [
        "",
        "-",
        ".",
        "-.",
        "+1",
        "1e1",
        "1.2.3",
        "1,5",
        " 1",
        "1/",
        "1:",
        "--1",
        "1234567890123456789",
        "1.1234567890123456789",
    ] {
        assert_eq!(plain(text), None, "{text}");
    }
}

#[test]
fn sums_are_exact_and_those_beside_them_never_wrap() {
    let [one, two, three] = [1, 2, 3].map(Amount::from_whole);
    assert_eq!(one.units(), UNIT);
    assert_eq!(one.checked_add(two), Some(three));
    assert_eq!(three.checked_sub(two), Some(one));
    assert_eq!(one.saturating_add(two), three);
    assert_eq!(one.saturating_sub(three), two.negated());
    assert_eq!(two.negated().abs(), two);
    assert_eq!(two.abs(), two);
    assert_eq!(
        Amount::saturating_sum([one, two, three.negated()]),
        Amount::ZERO
    );
    assert_eq!(
        Amount::running_totals([one, two, three.negated()]),
        [one, three, Amount::ZERO]
    );
    let most = Amount::from_units(i128::MAX);
    assert_eq!(most.saturating_add(one), most);
    assert_eq!(
        Amount::from_units(i128::MIN).saturating_sub(one).units(),
        i128::MIN
    );
    assert_eq!(Amount::parse_exact("1.5"), Amount::parse_exact("15e-1"));
    assert_eq!(Amount::parse_exact("1e-19"), None);
    assert_eq!(Amount::parse_exact("x"), None);
}

#[test]
fn scaled_numbers_are_taken_over_where_they_fit() {
    let of = |units, scale| {
        Amount::of_scaled(units, scale).map(|parsed| (parsed.amount.to_string(), parsed.rounded))
    };
    for (units, scale, expected) in [
        (125, 2, Some(("1.25", false))),
        (-125, 0, Some(("-125", false))),
        (1, 18, Some(("0.000000000000000001", false))),
        (10, 19, Some(("0.000000000000000001", false))),
        (15, 19, Some(("0.000000000000000002", true))),
        (-25, 19, Some(("-0.000000000000000002", true))),
        (
            LIMIT,
            18,
            Some(("99999999999999999999.999999999999999999", false)),
        ),
        (LIMIT + 1, 18, None),
        (LIMIT, 17, None),
        (i128::MAX, 0, None),
        (1, 60, None),
    ] {
        let expected = expected.map(|(text, rounded)| (text.to_owned(), rounded));
        assert_eq!(of(units, scale), expected, "{units}e-{scale}");
    }
}

#[test]
fn shares_are_rounded_half_away_from_zero_and_missing_without_a_total() {
    let share = |part: &str, total: &str| {
        let [part, total] = [part, total].map(|text| Amount::parse(text).unwrap().amount);
        part.per_mille(total)
    };
    for (part, total, expected) in [
        ("0", "5", Some(0)),
        ("5", "5", Some(1000)),
        ("10", "5", Some(2000)),
        ("1", "2000", Some(1)),
        ("-1", "2000", Some(-1)),
        ("0.9", "2000", Some(0)),
        ("1.5", "1000", Some(2)),
        ("1.4", "1000", Some(1)),
        ("1", "-4", Some(-250)),
        ("99999999999999999999", "99999999999999999999", Some(1000)),
        ("1", "0", None),
        ("1", "0.0000000001", None),
        ("1", "0.000000001", Some(1_000_000_000_000)),
    ] {
        assert_eq!(share(part, total), expected, "{part} of {total}");
    }
}

#[test]
fn a_stored_amount_is_read_exactly_or_refused() {
    for text in ["0", "12.5", "-0.000000000000000001"] {
        let amount = Amount::parse(text).unwrap().amount;
        let stored = format!("\"{text}\"");
        assert_eq!(serde_json::to_string(&amount).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Amount>(&stored).unwrap(), amount);
    }
    for stored in ["\"\"", "\"a\"", "1.5", "null"] {
        assert!(serde_json::from_str::<Amount>(stored).is_err(), "{stored}");
    }
}

#[test]
fn digits_are_grouped_by_threes_and_currencies_listed() {
    for (number, expected) in [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (999_999, "999,999"),
        (1_234_567, "1,234,567"),
    ] {
        assert_eq!(grouped(number), expected);
    }
    let money = |currency: Option<&str>, text: &str| Money {
        currency: currency.map(ToOwned::to_owned),
        amount: Amount::parse(text).unwrap().amount,
    };
    let (euro, none) = (money(Some("EUR"), "1.50"), money(None, "-2"));
    assert_eq!((euro.code(), none.code()), ("EUR", "-"));
    assert_eq!(listed(&[]), "");
    assert_eq!(listed(std::slice::from_ref(&euro)), "1.5 EUR");
    assert_eq!(listed(&[euro, none]), "1.5 EUR and -2 -");
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
    fn a_product_divided_by_a_factor_is_the_other_one(
        a in any::<u128>(), b in any::<u128>(), shifts in (0..120_u32, 0..120_u32), rest in any::<u128>(),
    ) {
        // An amount has at most 127 bits.
        let (a, b) = ((a >> 1) >> shifts.0, ((b >> 1) >> shifts.1).max(1));
        let rest = rest % b;
        let (high, low) = product(a, b);
        let (low, carry) = low.overflowing_add(rest);
        prop_assert_eq!(quotient(high + u128::from(carry), low, b), Some((a, rest)));
        prop_assert_eq!(quotient(b, low, b), None, "a quotient of more than 128 bits");
        if let Some(small) = a.checked_mul(b) {
            prop_assert_eq!(product(a, b), (0, small));
        }
        prop_assert_eq!(product(a, b), product(b, a));
    }

    #[test]
    fn screens_are_off_by_half_a_cent_at_most(units in any::<i64>(), shift in 0..64_u32) {
        let amount = Amount::from_units(i128::from(units >> shift) * 1_000_000);
        let shown = amount.display();
        if shown.contains(['<', '>']) {
            prop_assert!(amount.abs().units() * 200 <= UNIT && amount != Amount::ZERO);
        } else {
            let read = Amount::parse(&shown.replace(',', "")).unwrap().amount;
            let off = read.saturating_sub(amount).abs();
            prop_assert!(off.units() * 200 <= UNIT, "{} for {}", shown, amount);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
        let _ = Amount::parse(&text);
    }
}
