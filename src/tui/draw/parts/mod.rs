//! Says in one line what a sum is made of. Names give way to amounts, and amounts are never cut.

use super::text;
use crate::domain::money::Amount;
use unicode_width::UnicodeWidthStr;

/// The columns that a name keeps at least.
const SHORTEST: usize = 9;

/// The separator of two parts.
const BETWEEN: &str = " · ";

/// The parts of a sum in a width. The last ones that do not fit are added up as the others; `None` if not even the
/// first one fits.
pub(crate) fn folded(
    parts: &[(String, Amount)],
    width: usize,
    amount: &dyn Fn(Amount) -> String,
) -> Option<String> {
    (1..=parts.len()).rev().find_map(|kept| {
        let own = parts.iter().take(kept).cloned();
        let others = parts.iter().skip(kept).map(|(_, part)| *part);
        let others = others.reduce(Amount::saturating_add);
        let others = others.map(|sum| ("others".to_owned(), sum));
        let parts: Vec<(String, Amount)> = own.chain(others).collect();
        joined(&parts, width, amount)
    })
}

/// Names and amounts in a width, with the names as long as they can be; `None` if they do not fit.
pub(crate) fn joined(
    parts: &[(String, Amount)],
    width: usize,
    amount: &dyn Fn(Amount) -> String,
) -> Option<String> {
    let amounts: Vec<String> = parts.iter().map(|(_, part)| amount(*part)).collect();
    // A blank is between a name and its amount.
    let fixed: usize = amounts.iter().map(|amount| amount.width() + 1).sum();
    let fixed = fixed + BETWEEN.width() * parts.len().saturating_sub(1);
    let room = width.checked_sub(fixed)?;
    let widths: Vec<usize> = parts.iter().map(|(name, _)| name.width()).collect();
    let fits = |most: &usize| widths.iter().map(|own| (*own).min(*most)).sum::<usize>() <= room;
    let longest = (SHORTEST..=width.max(SHORTEST)).rev().find(fits)?;
    let parts = parts.iter().zip(amounts);
    let parts =
        parts.map(|((name, _), amount)| format!("{} {amount}", text::middle(name, longest)));
    Some(parts.collect::<Vec<_>>().join(BETWEEN))
}

#[cfg(test)]
mod tests;
