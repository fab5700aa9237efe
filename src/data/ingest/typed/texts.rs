//! Fills text columns.

use super::column::TextPart;
use super::word_repairs::{WordRepairs, line_of};
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::ingest::findings::Findings;
use crate::data::ingest::rows::checks;

/// How the values of a column are read.
#[derive(Clone, Copy)]
pub(super) struct TextRules {
    /// Whether blanks around a value are removed.
    pub(super) trimmed: bool,
    /// Whether it holds the values of a tag, which may be empty.
    pub(super) is_tag: bool,
}

/// An unusual text: its code, its kind, and the first line.
pub(super) type Odd = (u32, &'static str, u64);

/// The code of a word that was not met yet.
const UNSEEN: u32 = NONE - 1;

/// Rows that are added together if all of their words were met before.
const TOGETHER: usize = 256;

/// The column of these texts.
pub(super) fn fill(
    parts: &[TextPart],
    rules: TextRules,
    findings: &mut Findings,
    odd: &mut Vec<Odd>,
) -> GrowingTexts {
    let rows = parts.iter().map(|part| part.codes.len()).sum();
    let mut texts = GrowingTexts::with_rows(rows);
    let mut before = 0;
    for part in parts {
        let seen = if part.shared { part.words.count() } else { 0 };
        let mut seen = vec![UNSEEN; seen];
        let mut repairs = WordRepairs::default();
        // Many columns have one value: all rows after the first are as it is.
        let is_same = part.shared && is_constant(&part.codes);
        let different = if is_same { 1 } else { part.codes.len() };
        let codes = part.codes.get(..different).unwrap_or(&part.codes);
        for (number, codes) in codes.chunks(TOGETHER).enumerate() {
            if part.shared && texts.push_translated(codes, &seen, UNSEEN) {
                continue;
            }
            let first = before + number * TOGETHER;
            for (row, code) in codes.iter().enumerate() {
                if *code == NONE {
                    texts.push_code(NONE);
                    continue;
                }
                match seen.get(*code as usize) {
                    Some(known) if *known != UNSEEN => {
                        texts.push_code(*known);
                        continue;
                    }
                    _ => {}
                }
                let word = part.words.word(*code).unwrap_or_default();
                let (entered, new) = enter(&mut texts, (word, *code), rules, &mut repairs);
                if let Some(kind) = new.and_then(checks::oddity) {
                    odd.push((entered, kind, line_of(first + row)));
                }
                if let Some(slot) = seen.get_mut(*code as usize) {
                    *slot = entered;
                }
            }
        }
        let last = texts.codes().last().copied().unwrap_or(NONE);
        texts.push_codes(last, part.codes.len() - different.min(part.codes.len()));
        repairs.count(&part.codes, before, findings);
        before += part.codes.len();
    }
    texts
}

/// Adds a row with a word. Returns the code of its text, and the text if it is new.
fn enter<'a>(
    texts: &mut GrowingTexts,
    (word, code): (&'a [u8], u32),
    rules: TextRules,
    repairs: &mut WordRepairs,
) -> (u32, Option<&'a [u8]>) {
    if rules.is_tag {
        let count = texts.distinct();
        texts.push_value(Some(word));
        let entered = texts.codes().last().copied().unwrap_or(NONE);
        return (entered, (texts.distinct() > count).then_some(word));
    }
    let word = unless_null(word, code, repairs);
    let inner = trimmed(word, rules, code, repairs);
    let (entered, new) = texts.push(inner);
    (entered, new.then_some(inner))
}

/// Whether all rows have one code.
pub(super) fn is_constant(codes: &[u32]) -> bool {
    codes
        .first()
        .is_some_and(|first| codes.iter().all(|code| code == first))
}

/// The word, or nothing if it says that there is no value.
pub(super) fn unless_null<'a>(word: &'a [u8], code: u32, repairs: &mut WordRepairs) -> &'a [u8] {
    if checks::is_null_word(word) {
        repairs.add(code, "null-word");
        return b"";
    }
    word
}

fn trimmed<'a>(word: &'a [u8], rules: TextRules, code: u32, repairs: &mut WordRepairs) -> &'a [u8] {
    if !rules.trimmed {
        return word;
    }
    let inner = checks::without_edges(word);
    if inner.len() < word.len() && !inner.is_empty() {
        repairs.add(code, "outer-blanks");
    }
    inner
}
