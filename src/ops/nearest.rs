//! What was probably meant by a name that nothing has.

/// The known name that is closest to this one, where one is close enough to be a slip of the keys.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .map(|word| (strsim::damerau_levenshtein(&lower, word), word))
        .filter(|(far, word)| *far <= 2.max(word.len() / 3))
        .min()
        .map(|(_, word)| word)
}
