//! Charts as pictures, and the rules of their scale and columns.

use super::scale::short;
use super::{Arrangement, DayChart, DayColumns, DrawnSeries, FILLS, Scale};
use crate::domain::money::Amount;
use crate::tui::draw::glyphs;
use crate::tui::theme::{Glyphs, Theme};
use chrono::NaiveDate;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use std::collections::BTreeSet;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

fn days(texts: &[&str]) -> Vec<Amount> {
    texts.iter().map(|text| amount(text)).collect()
}

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, 1).unwrap()
}

/// The lines of a chart, without the blanks at their ends.
fn picture(
    series: &[Vec<Amount>],
    arrangement: Arrangement,
    size: (u16, u16),
    theme: &Theme,
) -> Vec<String> {
    with_cursor(series, arrangement, (size, None), theme)
}

/// The same with a cursor on a day.
fn with_cursor(
    series: &[Vec<Amount>],
    arrangement: Arrangement,
    ((width, height), cursor): ((u16, u16), Option<usize>),
    theme: &Theme,
) -> Vec<String> {
    let written = |amount| format!("={}", short(amount));
    let chart = DayChart {
        first: first(),
        series: series
            .iter()
            .zip(FILLS)
            .map(|(days, fill)| DrawnSeries {
                days,
                fill,
                style: theme.plain,
            })
            .collect(),
        arrangement,
        running: false,
        cursor,
        written: &written,
    };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal
        .draw(|frame| chart.draw(frame, Rect::new(0, 0, width, height), theme))
        .unwrap();
    let mut buffer = terminal.backend().buffer().clone();
    glyphs::rewrite(&mut buffer, theme.glyphs);
    let line = |row: u16| -> String { (0..width).map(|x| buffer[(x, row)].symbol()).collect() };
    (0..height)
        .map(|row| line(row).trim_end().to_owned())
        .collect()
}

#[test]
fn scales_end_at_round_numbers_and_hold_every_day() {
    for (most, top) in [
        ("0.03", "0.03"),
        ("1", "1"),
        ("1.01", "1.2"),
        ("950", "1000"),
        ("2401", "3000"),
        ("99999", "100000"),
        ("8000.01", "10000"),
    ] {
        let scale = Scale::around(amount(most), Amount::ZERO, 4);
        assert_eq!(
            scale,
            Scale {
                top: amount(top),
                above: 4,
                below: 0
            },
            "{most}"
        );
    }
}

#[test]
fn amounts_below_zero_have_rows_of_their_own() {
    for (most, least) in [
        ("100", "-1"),
        ("1", "-100"),
        ("50", "-50"),
        ("0", "-7"),
        ("0.01", "-99999999"),
    ] {
        for rows in 2..12 {
            let scale = Scale::around(amount(most), amount(least), rows);
            assert_eq!(scale.above + scale.below, rows);
            let eighths = |rows: usize| isize::try_from(rows * 8).unwrap();
            assert!(scale.height(amount(most)) <= eighths(scale.above), "{most}");
            assert!(
                -scale.height(amount(least)) <= eighths(scale.below),
                "{least} in {rows}"
            );
            assert!(
                scale.height(amount(least)) < 0,
                "an amount is never left blank"
            );
        }
    }
}

#[test]
fn short_amounts_are_short_and_keep_their_sign() {
    for (full, written) in [
        ("0", "0"),
        ("0.001", "<0.01"),
        ("0.05", "0.05"),
        ("950", "950"),
        ("1200", "1.2k"),
        ("-1250", "-1.25k"),
        ("2500000", "2.5M"),
        ("7000000000", "7B"),
    ] {
        assert_eq!(short(amount(full)), written);
    }
}

#[test]
fn columns_stand_on_the_zero_line_under_a_round_scale() {
    let theme = Theme::new(false);
    let costs = days(&["100", "50", "25", "-25", "0", "3"]);
    let picture = picture(&[costs], Arrangement::Stacked, (36, 8), &theme);
    assert_eq!(
        picture,
        [
            "     100 ┤███",
            "         │███",
            "      50 ┤███ ███",
            "         │███ ███ ███         ▁▁▁",
            "       0 ┼────────┄┄┄┄┄┄┄┄────────",
            "         │            ███",
            "     -50 ┤",
            "          Oct 1",
        ]
    );
}

#[test]
fn series_can_be_told_apart_without_colour_and_in_ascii() {
    for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
        let theme = Theme {
            glyphs,
            ..Theme::new(false)
        };
        let series = [days(&["30"]), days(&["30"]), days(&["30"]), days(&["30"])];
        let picture = picture(&series, Arrangement::Stacked, (16, 10), &theme);
        let fills = picture.iter().filter_map(|line| line.chars().nth(10));
        let fills: BTreeSet<char> = fills.take(8).collect();
        assert_eq!(fills.len(), 4, "{picture:?}");
    }
}

#[test]
fn two_months_stand_beside_each_other() {
    let theme = Theme::new(false);
    let series = [days(&["10", "20"]), days(&["20", "10"])];
    let picture = picture(&series, Arrangement::Beside, (24, 6), &theme);
    assert_eq!(
        picture,
        [
            "      20 ┤   ▓▓▓ ███",
            "         │   ▓▓▓ ███",
            "      10 ┤███▓▓▓ ███▓▓▓",
            "         │███▓▓▓ ███▓▓▓",
            "       0 └──────────────",
            "          Oct 1",
        ]
    );
}

#[test]
fn many_days_share_a_column_and_none_is_lost() {
    for count in 1..400 {
        for width in 12..200 {
            for arrangement in [Arrangement::Stacked, Arrangement::Beside] {
                let columns = DayColumns::of(count, width, arrangement);
                let drawn = count.div_ceil(columns.days);
                let bars = match arrangement {
                    Arrangement::Stacked => 1,
                    Arrangement::Beside => 2,
                };
                assert!(
                    drawn * bars <= width.saturating_sub(super::SCALE_WIDTH).max(bars),
                    "{count} days in {width}"
                );
            }
        }
    }
}

#[test]
fn plain_charts_are_numbers() {
    let theme = Theme {
        glyphs: Glyphs::Plain,
        ..Theme::new(false)
    };
    let series = [days(&["1200", "-50", "0.5", "7"])];
    let picture = picture(&series, Arrangement::Stacked, (40, 2), &theme);
    assert_eq!(
        picture,
        ["   10-01 =1.2k   10-02 =-50", "   10-03 =0.5    10-04 =7"]
    );
}

#[test]
fn plain_charts_show_the_day_under_the_cursor() {
    let theme = Theme {
        glyphs: Glyphs::Plain,
        ..Theme::new(false)
    };
    let series = [days(&["1", "2", "3", "4", "5", "6", "7"])];
    let size = (44, 2);
    let at = |cursor| with_cursor(&series, Arrangement::Stacked, (size, cursor), &theme);
    assert_eq!(
        at(None),
        ["   10-01 =1   10-02 =2   10-03 =3", "   and 4 more days"]
    );
    assert_eq!(
        at(Some(3)),
        [
            "  ›10-04 =4   10-05 =5   10-06 =6",
            "   after 3 earlier days and before 1 more"
        ]
    );
    assert_eq!(at(Some(6)), ["  ›10-07 =7", "   after 6 earlier days"]);
}

#[test]
fn a_hidden_scale_is_written_as_the_rest_of_the_screen() {
    let theme = Theme {
        hidden: Some(1),
        ..Theme::new(false)
    };
    let picture = picture(&[days(&["5"])], Arrangement::Stacked, (16, 4), &theme);
    assert_eq!(picture.first().map(String::as_str), Some("      =5 ┤███"));
}
