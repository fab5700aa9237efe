//! Checks columns that are filled already, such as those of an export: whether a file that has them would be read as they
//! are, and what would be found in it.

use crate::data::columns::column_types::{ColumnKind, Days, Filling, NO_AMOUNT, NO_DAY};
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::ingest::block_parser::{BlockParser, Frame};
use crate::data::ingest::findings::Findings;
use crate::data::ingest::rows::checks;
use crate::data::ingest::typed::columns_pass::{MARK, count_rows};
use crate::data::ingest::typed::days::{WRITTEN, note_blanks};
use crate::data::ingest::typed::sums;
use crate::data::ingest::typed::word_repairs::line_of;
use crate::domain::money::Amount;
use std::mem;

/// Checks the columns of so many rows, and returns them with what was found. Nothing is found if any value would be read
/// as another one.
pub(crate) fn read(
    frame: &Frame<'_>,
    columns: Vec<Filling>,
    rows: usize,
) -> (Vec<Filling>, Option<Findings>) {
    let mut parser = BlockParser::new(frame, &[]);
    parser.columns = columns;
    let is_same = describe(&mut parser, rows).is_some();
    let mut findings = mem::take(&mut parser.findings);
    let is_same = is_same && parser.close(&mut findings).is_ok();
    (parser.columns, is_same.then_some(findings))
}

/// `None` if a value would be read as another one.
fn describe(parser: &mut BlockParser<'_, '_>, rows: usize) -> Option<()> {
    let frame = parser.frame;
    if parser.rivals.iter().any(|others| !others.is_empty()) {
        return None;
    }
    let columns = mem::take(&mut parser.columns);
    let all = columns.iter().zip(frame.kinds).enumerate();
    let checked = all.map(|(at, (filling, kind))| match (filling, kind) {
        (Filling::Text(texts), ColumnKind::Text) => check_texts(parser, at, texts),
        (Filling::Amount(units), ColumnKind::Amount { .. }) => check_amounts(units),
        (Filling::Day(days), ColumnKind::Day { must }) => {
            check_days(&mut parser.findings, days, *must)
        }
        (Filling::Text(_) | Filling::Amount(_) | Filling::Day(_), _) => None,
    });
    let is_same = checked.collect::<Option<()>>();
    parser.columns = columns;
    is_same?;
    count_rows(&mut parser.findings, rows, frame.head.fields.len());
    sums::add_up(parser, rows, [&[], &[]])?;
    parser.note_rows(0..rows);
    Some(())
}

fn check_texts(parser: &mut BlockParser<'_, '_>, at: usize, texts: &GrowingTexts) -> Option<()> {
    let is_tag = parser.tags.get(at) == Some(&true);
    let is_trimmed = parser.trimmed.get(at) == Some(&true) && !is_tag;
    for code in 0..u32::try_from(texts.distinct()).unwrap_or(NONE) {
        let word = texts.get(code).unwrap_or_default();
        // The values of a tag are taken as they are.
        let is_blank = !is_tag && (word.trim_ascii().is_empty() || checks::is_null_word(word));
        let has_edges = is_trimmed && checks::without_edges(word).len() < word.len();
        let is_marked = at == 0 && word.starts_with(MARK);
        if is_blank || has_edges || is_marked {
            return None;
        }
        if let Some(kind) = checks::oddity(word) {
            let first = texts.codes().iter().position(|known| *known == code);
            let line = line_of(first.unwrap_or_default());
            parser.odd.push((at, code, kind, line));
        }
    }
    Some(())
}

fn check_amounts(units: &[i128]) -> Option<()> {
    let most = Amount::MAX.units().unsigned_abs();
    let is_valid = |units: &i128| *units == NO_AMOUNT || units.unsigned_abs() <= most;
    units.iter().all(is_valid).then_some(())
}

fn check_days(findings: &mut Findings, days: &Days, must: bool) -> Option<()> {
    let mut there = days.values.iter().filter(|day| **day != NO_DAY);
    if !there.clone().all(|day| WRITTEN.contains(&i64::from(*day))) {
        return None;
    }
    if must {
        note_blanks(days, findings);
        let first = there.clone().min();
        findings.days = first.copied().zip(there.by_ref().max().copied());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::data::columns::column_types::{Days, Filling};
    use crate::data::columns::text_column::GrowingTexts;
    use crate::data::ingest::block_parser::Frame;
    use crate::data::ingest::decisions::Decisions;
    use crate::data::ingest::head;
    use crate::data::ingest::projection::Projection;
    use crate::data::ingest::typed::filled_pass::read;
    use crate::data::progress::Progress;

    #[test]
    fn a_word_for_no_value_is_no_text_but_may_be_that_of_a_tag() {
        let decisions = Decisions::default();
        for (header, word, is_same) in [
            ("MeterName", "NULLs", true),
            ("MeterName", "null", true),
            ("MeterName", "NULL", false),
            ("MeterName", " NULL ", false),
            ("MeterName", "NULL\u{a0}", false),
            ("MeterName", "\u{a0}", false),
            ("tag:env", "NULL", true),
            ("tag:env", " NULL ", true),
            ("tag:env", "", true),
        ] {
            let names = ["Date", "Cost", header].map(ToOwned::to_owned);
            let head = head::of_names("", names.to_vec()).unwrap();
            let frame = Frame {
                head: &head,
                decisions: &decisions,
                kinds: &head.kinds(&decisions),
                projection: &Projection::default(),
                progress: &Progress::default(),
            };
            let mut texts = GrowingTexts::default();
            texts.push_value(Some(word.as_bytes()));
            let columns = vec![
                Filling::Day(Days::of(vec![20_000], false)),
                Filling::Amount(vec![5]),
                Filling::Text(texts),
            ];
            let (columns, found) = read(&frame, columns, 1);
            assert_eq!(columns.len(), 3);
            assert_eq!(found.is_some(), is_same, "{header} {word:?}");
        }
    }
}
