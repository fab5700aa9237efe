//! Differences: their sign and colour, and their sizes as bars, relative to the largest one of their currency.

use super::mask::ScreenMask;
use crate::domain::money::Amount;
use crate::tui::theme::Theme;
use ratatui::style::Style;
use std::cmp::Ordering;
use std::collections::HashMap;

/// The largest difference of each currency, whatever its sign. Bars of different currencies are not comparable.
pub(crate) struct LargestDifferences<'a>(HashMap<Option<&'a str>, Amount>);

impl<'a> LargestDifferences<'a> {
    /// The largest of these differences.
    pub(crate) fn of(differences: impl Iterator<Item = (Option<&'a str>, Amount)>) -> Self {
        let mut largest = HashMap::new();
        for (currency, difference) in differences {
            let most: &mut Amount = largest.entry(currency).or_default();
            *most = (*most).max(difference.abs());
        }
        Self(largest)
    }

    /// The size of a difference in thousandths of the largest one; `None` if that is zero.
    pub(crate) fn size(&self, currency: Option<&str>, difference: Amount) -> Option<i64> {
        difference.abs().per_mille(*self.0.get(&currency)?)
    }
}

/// A difference with its sign.
pub(crate) fn signed(amount: Amount, currency: Option<&str>, mask: &ScreenMask<'_>) -> String {
    let shown = mask.amount(amount, currency);
    let grew = amount > Amount::ZERO && !shown.starts_with('<');
    let plus = if grew { "+" } else { "" };
    format!("{plus}{shown}")
}

/// The colour of a difference. A stale one is dim.
pub(crate) fn coloured(amount: Amount, stale: bool, theme: &Theme) -> Style {
    match amount.cmp(&Amount::ZERO) {
        _ if stale => theme.dim,
        Ordering::Greater => theme.grew,
        Ordering::Less => theme.shrank,
        Ordering::Equal => theme.dim,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::money::Amount;
    use crate::tui::draw::differences::LargestDifferences;

    #[test]
    fn the_largest_of_each_currency_is_whole() {
        let of = Amount::from_whole;
        let all = [
            (Some("EUR"), of(4).negated()),
            (Some("EUR"), of(1)),
            (Some("USD"), of(2)),
            (None, Amount::ZERO),
        ];
        let largest = LargestDifferences::of(all.into_iter());
        let sizes = all.map(|(currency, difference)| largest.size(currency, difference));
        assert_eq!(sizes, [Some(1000), Some(250), Some(1000), None]);
        assert_eq!(largest.size(Some("GBP"), of(1)), None);
    }
}
