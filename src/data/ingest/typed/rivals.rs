//! Compares the columns of roles that other layouts spell differently.

use super::column::{TextPart, rows_of};
use super::word_repairs::line_of;
use crate::data::ingest::findings::Rivals;
use crate::data::ingest::halt::{ParseStop, Restart};
use crate::data::ingest::rows::checks;

/// Compares a column with those of other layouts for the same role; `decisive` tells whether they must agree.
pub(super) fn check(
    own: &[TextPart],
    others: &[Vec<TextPart>],
    decisive: bool,
    rivals: &mut Rivals,
) -> Result<(), ParseStop> {
    let others: Vec<Vec<Option<&[u8]>>> = others
        .iter()
        .map(|parts| rows_of(parts).collect())
        .collect();
    for (row, own) in rows_of(own).enumerate() {
        let own = own.unwrap_or_default();
        let is_blank = checks::is_blank(own);
        if !is_blank && !decisive {
            continue;
        }
        let mut filled = others.iter().filter_map(|other| {
            let other = checks::without_edges(other.get(row).copied().flatten()?);
            (!checks::is_blank(other)).then_some(other)
        });
        match filled.next() {
            None => rivals.alone |= !is_blank,
            Some(_) if is_blank => return Err(ParseStop::Restart(Restart::ByText)),
            Some(other) => {
                if rivals.differ.is_none() && !checks::agree(own, other) {
                    rivals.differ = Some(line_of(row));
                }
            }
        }
    }
    Ok(())
}
