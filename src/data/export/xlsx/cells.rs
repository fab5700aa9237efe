//! Columns as they are written into the cells of a sheet. Text is never a formula; amounts are numbers.

use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::columns::text_column::NONE;
use crate::data::engine::batches::Values;
use crate::domain::money::Amount;
use crate::domain::table::text_table::Holds;
use chrono::{Datelike, NaiveDate};

/// Maximum number of characters in a cell.
pub(super) const LONGEST: usize = 32_767;
/// Number of digits that a spreadsheet keeps.
const DIGITS: usize = 15;
/// The style of cells with days, by its place among the styles of the workbook.
pub(super) const DAY_STYLE: u32 = 2;

/// The part of a value that its cell does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Nothing,
    /// An amount has more digits than a spreadsheet calculates with.
    Digits,
    /// A text is too long.
    End,
}

/// A column, ready to be written: for each row the number of its value, if it has one.
pub(crate) struct SheetCells {
    codes: Vec<u32>,
    /// The text behind the place of a cell with each value, one after the other; empty if there is no cell.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    losses: Vec<Loss>,
}

impl SheetCells {
    fn with_rows(rows: usize) -> Self {
        Self {
            codes: Vec::with_capacity(rows),
            bytes: Vec::new(),
            ends: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Prepares a column of this type; each distinct text once.
    pub(crate) fn of(holds: Holds, values: Values) -> Self {
        let column = match values {
            Values::Amounts(units) if holds == Holds::Number => return Self::of_amounts(&units),
            values => values.into_texts(),
        };
        let mut cells = Self::with_rows(0);
        for text in column.distinct() {
            cells.add(text, holds);
        }
        cells.codes = column.codes;
        cells
    }

    /// Prepares the values of some rows.
    pub(super) fn of_rows<'v>(holds: Holds, values: impl Iterator<Item = Option<&'v str>>) -> Self {
        let mut cells = Self::with_rows(0);
        for value in values {
            let code = value.map_or(NONE, |text| cells.add(text, holds));
            cells.codes.push(code);
        }
        cells
    }

    fn of_amounts(units: &[i128]) -> Self {
        let mut cells = Self::with_rows(units.len());
        let mut before = (NO_AMOUNT, NONE);
        for units in units {
            // The same amount often follows in a sorted table.
            if *units != before.0 {
                let code = match *units {
                    NO_AMOUNT => NONE,
                    units => cells.add_amount(Amount::from_units(units), false),
                };
                before = (*units, code);
            }
            cells.codes.push(before.1);
        }
        cells
    }

    /// Adds a value. Returns its number.
    fn add(&mut self, text: &str, holds: Holds) -> u32 {
        match holds {
            Holds::Number => {
                if let Ok(parsed) = Amount::parse(text) {
                    return self.add_amount(parsed.amount, parsed.rounded);
                }
            }
            Holds::Day => {
                if let Some(days) = days(text) {
                    let cell = format!("\" s=\"{DAY_STYLE}\"><v>{days}</v></c>");
                    self.bytes.extend_from_slice(cell.as_bytes());
                    return self.end(Loss::Nothing);
                }
            }
            Holds::Text | Holds::Quantity => {}
        }
        let (text, is_cut) = cut(text);
        add_text(&text, "", &mut self.bytes);
        self.end(if is_cut { Loss::End } else { Loss::Nothing })
    }

    fn add_amount(&mut self, amount: Amount, is_rounded: bool) -> u32 {
        self.bytes.extend_from_slice(b"\"><v>");
        let start = self.bytes.len();
        amount.append_to(&mut self.bytes);
        let digits = self.bytes.get(start..).unwrap_or_default();
        let digits = digits.iter().filter(|byte| byte.is_ascii_digit());
        let digits = digits.skip_while(|byte| **byte == b'0');
        let is_rounded = is_rounded || digits.count() > DIGITS;
        if is_rounded {
            // The nearest `f64`, which is what a spreadsheet would read.
            let number: f64 = amount.to_string().parse().unwrap_or_default();
            self.bytes.truncate(start);
            self.bytes.extend_from_slice(number.to_string().as_bytes());
        }
        self.bytes.extend_from_slice(b"</v></c>");
        self.end(if is_rounded {
            Loss::Digits
        } else {
            Loss::Nothing
        })
    }

    fn end(&mut self, loss: Loss) -> u32 {
        self.ends.push(self.bytes.len());
        self.losses.push(loss);
        u32::try_from(self.ends.len() - 1).unwrap_or(NONE)
    }

    /// The text behind the place of the cell in a row, and the part that the cell does not hold; `None` without a cell.
    pub(super) fn of_row(&self, row: usize) -> Option<(&[u8], Loss)> {
        let code = *self.codes.get(row)? as usize;
        let end = *self.ends.get(code)?;
        let before = code.checked_sub(1).and_then(|before| self.ends.get(before));
        let cell = self.bytes.get(before.copied().unwrap_or_default()..end)?;
        let loss = *self.losses.get(code)?;
        (!cell.is_empty()).then_some((cell, loss))
    }
}

/// Appends what follows the place of a cell with this text, and this style; nothing for an empty text.
pub(super) fn add_text(text: &str, style: &str, out: &mut Vec<u8>) {
    if text.is_empty() {
        return;
    }
    let blanks = ['\t', '\n', ' '];
    let is_kept = text.starts_with(blanks) || text.ends_with(blanks);
    let space = if is_kept {
        " xml:space=\"preserve\""
    } else {
        ""
    };
    for part in ["\"", style, " t=\"inlineStr\"><is><t", space, ">"] {
        out.extend_from_slice(part.as_bytes());
    }
    escape(text, out);
    out.extend_from_slice(b"</t></is></c>");
}

/// Escapes a text. XML cannot contain control characters, for which spreadsheets have an escape of their own.
fn escape(text: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| byte >= b' ' && !matches!(byte, b'&' | b'<' | b'>' | b'_' | 0xef);
    if text.bytes().all(is_plain) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for (at, character) in text.char_indices() {
        match character {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '_' if is_escape(text.as_bytes().get(at..).unwrap_or_default()) => {
                out.extend_from_slice(b"_x005F_");
            }
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' if !matches!(character, '\t' | '\n') => {
                let code = format!("_x{:04X}_", u32::from(character));
                out.extend_from_slice(code.as_bytes());
            }
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Whether a text begins with what would be read as an escape, such as `_x000D_`.
fn is_escape(text: &[u8]) -> bool {
    let [b'_', b'x', a, b, c, d, end @ ..] = text else {
        return false;
    };
    // The escape of a character begins with `_`, too.
    let is_ended = match end {
        [b'_', ..] | [0xef, 0xbf, 0xbe | 0xbf, ..] => true,
        [byte, ..] => *byte < b' ' && !matches!(byte, b'\t' | b'\n'),
        [] => false,
    };
    is_ended && [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit())
}

/// A day in ISO form as spreadsheets count it.
fn days(text: &str) -> Option<i64> {
    /// The first day after the 29th of February 1900, which spreadsheets count and which did not exist.
    const AFTER_MISTAKE: i64 = 61;
    let date = text.parse::<NaiveDate>().ok()?;
    let start = NaiveDate::from_ymd_opt(1899, 12, 30)?;
    let days = (date - start).num_days();
    let days = if days < AFTER_MISTAKE { days - 1 } else { days };
    (days >= 1 && date.year() <= 9999).then_some(days)
}

/// Cuts a text to fit a cell, and marks the cut. Spreadsheets count UTF-16 units, and an emoji has two.
pub(super) fn cut(text: &str) -> (String, bool) {
    if text.len() <= LONGEST || text.encode_utf16().count() <= LONGEST {
        return (text.to_owned(), false);
    }
    let (kept, _) = text.split_at(fitting(text, LONGEST - 1));
    (format!("{kept}…"), true)
}

/// A text in pieces that each fit a cell.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    loop {
        let (piece, left) = rest.split_at(fitting(rest, LONGEST));
        pieces.push(piece);
        if left.is_empty() {
            return pieces;
        }
        rest = left;
    }
}

/// The bytes of the characters at the start of a text that have at most so many UTF-16 units.
fn fitting(text: &str, most: usize) -> usize {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    text.chars().take_while(fits).map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use crate::data::columns::column_types::NO_AMOUNT;
    use crate::data::engine::batches::Values;
    use crate::data::export::xlsx::cells::{LONGEST, Loss, SheetCells, cut, pieces};
    use crate::domain::table::text_table::Holds;

    #[test]
    fn a_text_is_cut_only_if_a_cell_cannot_hold_it() {
        let (plain, wide) = ("é".repeat(LONGEST), "\u{1f600}".repeat(LONGEST / 2 + 1));
        for (text, is_cut, length) in [
            ("", false, 0),
            ("short", false, 5),
            (plain.as_str(), false, LONGEST),
            (&format!("{plain}x"), true, LONGEST),
            (&wide, true, LONGEST),
        ] {
            let (kept, was_cut) = cut(text);
            let units = kept.encode_utf16().count();
            assert_eq!((was_cut, units), (is_cut, length), "{}", text.len());
            assert_eq!(kept.ends_with('…'), is_cut);
            // Nothing of a text in pieces is lost.
            assert_eq!(pieces(text).concat(), text);
            let fits = |piece: &&str| piece.encode_utf16().count() <= LONGEST;
            assert!(pieces(text).iter().all(fits));
        }
    }

    /// The text behind the place of a cell.
    fn cell(holds: Holds, text: &str) -> (String, Loss) {
        let cells = SheetCells::of_rows(holds, [Some(text), None].into_iter());
        assert!(cells.of_row(1).is_none() && cells.of_row(2).is_none());
        let found = cells.of_row(0);
        found.map_or((String::new(), Loss::Nothing), |(cell, loss)| {
            (String::from_utf8(cell.to_vec()).unwrap(), loss)
        })
    }

    #[test]
    fn texts_are_written_so_that_spreadsheets_read_them_as_they_are() {
        for (text, expected) in [
            ("", None),
            ("=1+1", Some("=1+1")),
            ("a<b> & \"c\" 'd'", Some("a&lt;b&gt; &amp; \"c\" 'd'")),
            ("é\u{1f600}\u{feff}", Some("é\u{1f600}\u{feff}")),
            (
                "a\tb\nc\r\u{1}\u{ffff}",
                Some("a\tb\nc_x000D__x0001__xFFFF_"),
            ),
            (
                "_x000D_ _x00zz_ _x000d",
                Some("_x005F_x000D_ _x00zz_ _x000d"),
            ),
            ("_x_xABCD_", Some("_x_x005F_xABCD_")),
            ("_x0041\u{1}", Some("_x005F_x0041_x0001_")),
            (
                "_x0041\t_x0041\u{fffe}",
                Some("_x0041\t_x005F_x0041_xFFFE_"),
            ),
        ] {
            let expected =
                expected.map(|text| format!("\" t=\"inlineStr\"><is><t>{text}</t></is></c>"));
            let (written, loss) = cell(Holds::Text, text);
            assert_eq!(written, expected.unwrap_or_default());
            assert_eq!(loss, Loss::Nothing);
        }
        for text in [" a", "a ", "a\n", "\ta"] {
            let (written, _) = cell(Holds::Quantity, text);
            assert!(
                written.contains(&format!("<t xml:space=\"preserve\">{text}</t>")),
                "{written}"
            );
        }
        assert_eq!(cell(Holds::Text, &"x".repeat(LONGEST + 1)).1, Loss::End);
    }

    #[test]
    fn numbers_and_days_are_those_that_a_spreadsheet_calculates_with() {
        let number = |text: &str| format!("\"><v>{text}</v></c>");
        for (text, shown, loss) in [
            ("0", "0", Loss::Nothing),
            ("-0.25", "-0.25", Loss::Nothing),
            (
                "0.000000000000000001",
                "0.000000000000000001",
                Loss::Nothing,
            ),
            ("123456789.012345", "123456789.012345", Loss::Nothing),
            ("1.0000000000000001", "1", Loss::Digits),
            ("-1234567890.1234567", "-1234567890.1234567", Loss::Digits),
            ("1e3", "1000", Loss::Nothing),
        ] {
            assert_eq!(cell(Holds::Number, text), (number(shown), loss), "{text}");
        }
        let day = |days: i64| format!("\" s=\"2\"><v>{days}</v></c>");
        for (text, days) in [
            ("1900-01-01", 1),
            ("1900-02-28", 59),
            ("1900-03-01", 61),
            ("2026-10-31", 46_326),
            ("9999-12-31", 2_958_465),
        ] {
            assert_eq!(cell(Holds::Day, text), (day(days), Loss::Nothing), "{text}");
        }
        // A value that is no number or day of a spreadsheet stays a text.
        for (holds, text) in [
            (Holds::Number, "n/a"),
            (Holds::Day, "1899-12-31"),
            (Holds::Day, "soon"),
        ] {
            assert!(cell(holds, text).0.contains(text), "{text}");
        }
    }

    #[test]
    fn amounts_are_written_as_their_texts_would_be() {
        let one = 10_i128.pow(18);
        let units = [
            NO_AMOUNT,
            0,
            0,
            one / 4,
            -one,
            NO_AMOUNT,
            1,
            one * 1_234 + 1,
        ];
        let cells = SheetCells::of(Holds::Number, Values::Amounts(units.to_vec()));
        let texts = SheetCells::of(
            Holds::Number,
            Values::Texts(Values::Amounts(units.to_vec()).into_texts()),
        );
        for (row, amount) in units.iter().enumerate() {
            assert_eq!(cells.of_row(row), texts.of_row(row), "{row}");
            assert_eq!(cells.of_row(row).is_none(), *amount == NO_AMOUNT);
        }
        assert!(cells.of_row(units.len()).is_none());
    }
}
