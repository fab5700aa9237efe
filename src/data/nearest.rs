//! Suggests known names for an unknown one.

use strsim::damerau_levenshtein;

/// Known names by their distance to this one, nearest first. `text` returns the text of a name to compare.
pub fn by_distance<T: Ord>(
    name: &str,
    known: impl IntoIterator<Item = T>,
    text: impl Fn(&T) -> String,
) -> Vec<(usize, T)> {
    let mut all: Vec<(usize, T)> = known
        .into_iter()
        .map(|word| (damerau_levenshtein(&text(&word), name), word))
        .collect();
    all.sort();
    all
}

/// The known names that may be meant by this one, at most so many: those that differ by a typing error or contain it.
pub fn similar<T: Ord>(
    name: &str,
    known: impl IntoIterator<Item = T>,
    text: impl Fn(&T) -> String,
    most: usize,
) -> Vec<T> {
    let close = |far: usize, word: &T| {
        far <= 2.max(name.len() / 3) || (name.len() > 2 && text(word).contains(name))
    };
    by_distance(name, known, &text)
        .into_iter()
        .filter(|(far, word)| close(*far, word))
        .map(|(_, word)| word)
        .take(most)
        .collect()
}

/// The known name that is most probably meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let found = similar(&lower, known, |word| word.to_lowercase(), 1);
    found.into_iter().next()
}
