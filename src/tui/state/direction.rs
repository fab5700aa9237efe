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
