//! The choices of a field that are shown when not all fit.

use std::ops::Range;

/// The columns that the marks of hidden choices take.
pub const MARKS: usize = 4;

/// The choices to show: all if they fit, else the chosen one, as many after it as fit, and then those before it.
pub fn window(widths: &[usize], chosen: usize, room: usize) -> Range<usize> {
    let of = |at: usize| widths.get(at).copied().unwrap_or_default();
    if widths.iter().sum::<usize>() <= room {
        return 0..widths.len();
    }
    let room = room.saturating_sub(MARKS);
    let (mut from, mut to) = (chosen, (chosen + 1).min(widths.len()));
    let mut used = of(chosen);
    loop {
        if to < widths.len() && used + of(to) <= room {
            used += of(to);
            to += 1;
        } else if from > 0 && used + of(from - 1) <= room {
            from -= 1;
            used += of(from);
        } else {
            return from..to;
        }
    }
}

#[cfg(test)]
mod tests;
