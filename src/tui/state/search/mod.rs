//! A search for a text in lines that are all in memory.

/// The searched text.
#[derive(Debug, Clone, Default)]
pub struct LineSearch {
    /// The text that is marked; empty if there is no search.
    pub text: String,
    /// The text that was searched last.
    pub last: String,
}

impl LineSearch {
    /// Starts to search a text; an empty one is the last one again. Returns `false` if there is none.
    pub fn begin(&mut self, text: &str) -> bool {
        if !text.is_empty() {
            text.clone_into(&mut self.last);
        }
        self.text.clone_from(&self.last);
        !self.text.is_empty()
    }
}

/// The next of `count` lines that matches, after `here` or before it, wrapping around at the ends.
pub fn next_match(
    count: usize,
    here: usize,
    forward: bool,
    matches: impl Fn(usize) -> bool,
) -> Option<usize> {
    let here = here.min(count.saturating_sub(1));
    let place = |away: usize| {
        if forward {
            (here + away) % count
        } else {
            (here + count - away) % count
        }
    };
    (1..=count).map(place).find(|at| matches(*at))
}

#[cfg(test)]
mod tests;
