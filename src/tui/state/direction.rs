//! The direction of a sort, in one notation everywhere: `↑` the smallest first, `↓` the largest first.

/// The sign beside the column.
pub fn arrow(ascending: bool) -> &'static str {
    if ascending { "↑" } else { "↓" }
}

/// The sign with its meaning.
pub fn words(ascending: bool) -> &'static str {
    if ascending {
        "↑ smallest first"
    } else {
        "↓ largest first"
    }
}

/// The sign with its meaning, for amounts that may be sorted by their size.
pub fn words_of(ascending: bool, by_size: bool) -> String {
    let sign = if by_size { ", by size" } else { "" };
    format!("{}{sign}", words(ascending))
}

/// The change that stands for those of several currencies: the largest fall if falls come first, else the largest rise.
pub fn leading_change(changes: &[Option<i64>], falls_first: bool) -> Option<i64> {
    let known = changes.iter().flatten().copied();
    if falls_first {
        known.min()
    } else {
        known.max()
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::state::direction::leading_change;

    #[test]
    fn the_change_that_leads_depends_on_the_direction() {
        let cases: [(&[Option<i64>], Option<i64>, Option<i64>); 4] = [
            (&[], None, None),
            (&[None], None, None),
            (&[Some(5)], Some(5), Some(5)),
            (&[Some(-70), None, Some(900)], Some(-70), Some(900)),
        ];
        for (changes, fall, rise) in cases {
            assert_eq!(leading_change(changes, true), fall, "{changes:?}");
            assert_eq!(leading_change(changes, false), rise, "{changes:?}");
        }
    }
}
