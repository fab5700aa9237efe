//! Suggests a known name for an unknown one.

/// The known name closest to this one, if it is close enough to be a typing error.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .map(|word| (strsim::damerau_levenshtein(&lower, word), word))
        .filter(|(far, word)| *far <= 2.max(word.len() / 3))
        .min()
        .map(|(_, word)| word)
}
