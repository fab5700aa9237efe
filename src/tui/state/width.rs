//! Truncates and wraps text by its width in terminal columns.

use crate::domain::text::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands between clauses, and between the items of a list.
const SEPARATORS: [char; 5] = [':', ';', ',', '·', '▸'];

/// Truncates a text to at most this many columns, with `…` at the end if it does not fit.
pub fn fit(text: &str, width: usize) -> String {
    let clean = printable(text);
    if clean.width() <= width {
        return clean;
    }
    let mut out = take(clean.chars(), width.saturating_sub(1));
    if width > 0 {
        out.push('…');
    }
    out
}

/// A sentence in at most this many columns. One that does not fit ends behind a clause if that keeps most of it, or else
/// behind a word; a text without blanks is truncated.
pub fn shortened(text: &str, width: usize) -> String {
    let clean = printable(text);
    if clean.width() <= width {
        return clean;
    }
    // A blank and `…` stand behind what is left.
    let cut = take(clean.chars(), width.saturating_sub(2));
    let rest = clean.get(cut.len()..).unwrap_or_default();
    let words = if rest.starts_with(' ') {
        cut.as_str()
    } else {
        cut.rsplit_once(' ').map_or("", |(words, _)| words)
    };
    let ends = |(at, sign): &(usize, char)| {
        let after = words.get(at + sign.len_utf8()..).unwrap_or_default();
        SEPARATORS.contains(sign) && (after.is_empty() || after.starts_with(' '))
    };
    let end = words.char_indices().rfind(ends);
    let clause = end.and_then(|(at, _)| words.get(..at));
    let most = |clause: &&str| clause.width() * 5 >= words.width() * 4;
    let kept = clause.filter(most).unwrap_or(words);
    let kept = kept.trim_end_matches(|sign| sign == ' ' || SEPARATORS.contains(&sign));
    if kept.width() * 2 < width {
        return fit(&clean, width);
    }
    format!("{kept} …")
}

/// The first of several wordings that fits a width; if none does, the last one is shortened.
pub fn worded(wordings: impl IntoIterator<Item = String>, width: usize) -> String {
    let mut last = String::new();
    for wording in wordings {
        if wording.width() <= width {
            return wording;
        }
        last = wording;
    }
    shortened(&last, width)
}

/// The first characters that fit.
pub fn take(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or_default();
            used <= width
        })
        .collect()
}

/// Wraps words into lines of at most this width. A word longer than a line, such as a path, is split: it must stay whole to be
/// of use.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in printable(text).split_whitespace() {
        let line = lines.pop().unwrap_or_default();
        let gap = if line.is_empty() { "" } else { " " };
        let joined = format!("{line}{gap}{word}");
        if joined.width() <= width {
            lines.push(joined);
            continue;
        }
        lines.extend(Some(line).filter(|line| !line.is_empty()));
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let part = take(rest.iter().copied(), width);
            // Even a character that is too wide is a line.
            let part: String = rest.drain(..part.chars().count().max(1)).collect();
            lines.push(part);
        }
    }
    lines
}

/// Wraps a line that does not fit the width. Words longer than a line are split, so that nothing is left out.
pub fn broken(text: &str, width: usize) -> Vec<String> {
    let clean = printable(text);
    if clean.width() <= width {
        return vec![clean];
    }
    let (label, words) = label(&clean, width / 2);
    let indent = label.width();
    let pad = " ".repeat(indent);
    let room = (width - indent).max(1);
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let line = lines.pop().unwrap_or_default();
            let gap = if line.is_empty() { "" } else { " " };
            let left = room.saturating_sub(line.width() + gap.len());
            let whole: String = rest.iter().collect();
            if whole.width() <= left {
                lines.push(format!("{line}{gap}{whole}"));
                break;
            }
            if !line.is_empty() && whole.width() <= room {
                lines.extend([line, whole]);
                break;
            }
            let part = take(rest.iter().copied(), left.max(1));
            rest.drain(..part.chars().count().max(1));
            lines.extend([format!("{line}{gap}{part}"), String::new()]);
        }
    }
    lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .zip(std::iter::once(label).chain(std::iter::repeat(pad.as_str())))
        .map(|(line, before)| format!("{before}{line}"))
        .collect()
}

/// Splits a line into its label and its words. The label is the leading spaces, or a name and the spaces after it.
fn label(line: &str, most: usize) -> (&str, &str) {
    let text = line.trim_start();
    let named = text.split_once("  ").map(|(_, words)| words.trim_start());
    // The words behind the name, or behind the leading spaces.
    let words = named.into_iter().chain([text]);
    let mut ends = words.map(|words| line.len() - words.len());
    line.split_at(ends.find(|at| *at <= most).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::tui::state::width::{shortened, worded, wrap};

    #[test]
    fn a_word_longer_than_a_line_is_split_and_whole() {
        assert_eq!(wrap("12 lines, in a.csv", 12), ["12 lines, in", "a.csv"]);
        let path = "/home/anna/costs/october.csv";
        let lines = wrap(&format!("12 lines, in {path}; saved"), 12);
        assert_eq!(
            lines,
            [
                "12 lines, in",
                "/home/anna/c",
                "osts/october",
                ".csv; saved"
            ]
        );
        assert_eq!(wrap("", 12), [""]);
        assert_eq!(wrap("価格", 1), ["価", "格"]);
    }

    #[test]
    fn a_sentence_ends_behind_a_clause_or_a_word() {
        let open = "2026-10 is not closed: usage still arrives, and this month's purchases follow";
        for (text, width, expected) in [
            (open, 100, open),
            (open, 56, "2026-10 is not closed: usage still arrives …"),
            (open, 40, "2026-10 is not closed: usage still …"),
            (open, 24, "2026-10 is not closed …"),
            (
                "resource-group ▸ resource ▸ meter",
                30,
                "resource-group ▸ resource …",
            ),
            (
                "Completed 3 h old · next 11-23 04:00",
                25,
                "Completed 3 h old …",
            ),
            ("1,234 rows in the ledger", 14, "1,234 rows …"),
            ("subscriptions/3f1c2b7e-0001", 12, "subscriptio…"),
            ("a subscriptions/3f1c2b7e-0001", 12, "a subscript…"),
        ] {
            assert_eq!(shortened(text, width), expected, "{width}");
        }
    }

    #[test]
    fn the_longest_wording_that_fits_is_taken() {
        let wordings = ["nine more findings", "9 more findings", "9 more"];
        let at = |width: usize| worded(wordings.map(ToOwned::to_owned), width);
        assert_eq!(at(18), wordings[0]);
        assert_eq!(at(17), wordings[1]);
        assert_eq!(at(14), wordings[2]);
        assert_eq!(at(5), "9 mo…");
    }
}
