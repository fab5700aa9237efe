//! Lists names in one line. What does not fit is counted, so that nothing is left out in silence.

use unicode_width::UnicodeWidthStr;

/// A beginning and as many names as fit a width, then the number of the others.
pub(crate) fn listed(before: &str, names: &[String], width: usize) -> String {
    let whole = format!("{before}{}", names.join(", "));
    if whole.width() <= width {
        return whole;
    }
    let mut shorter = (1..names.len()).rev().map(|count| {
        let some: Vec<&str> = names.iter().take(count).map(String::as_str).collect();
        let others = names.len() - count;
        format!("{before}{} and {others} more", some.join(", "))
    });
    shorter
        .find(|line| line.width() <= width)
        .unwrap_or_else(|| format!("{before}{} of them", names.len()))
}

#[cfg(test)]
mod tests;
