//! Finds the other side of local files by their names, as exports and people write them.

use std::path::Path;

/// The spellings of the two metrics in file names.
const WORDS: [(&str, &str); 6] = [
    ("ActualCost", "AmortizedCost"),
    ("actualcost", "amortizedcost"),
    ("Actual", "Amortized"),
    ("actual", "amortized"),
    ("ACTUAL", "AMORTIZED"),
    ("ac-", "am-"),
];

/// The side that a name indicates: `true` is amortized. The file name takes precedence over its folders.
pub fn is_amortized(name: &str) -> Option<bool> {
    let of = |text: &str| {
        let lower = text.to_lowercase();
        match (lower.contains("amortized"), lower.contains("actual")) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    };
    let file = Path::new(name).file_name().and_then(|file| file.to_str());
    file.and_then(of).or_else(|| of(name))
}

/// Splits several sources into both sides, if each name shows its side and neither side is empty.
pub fn split(names: &[String]) -> Option<(Vec<String>, Vec<String>)> {
    let (mut actual, mut amortized) = (Vec::new(), Vec::new());
    for name in names {
        let side = if is_amortized(name)? {
            &mut amortized
        } else {
            &mut actual
        };
        side.push(name.clone());
    }
    (!actual.is_empty() && !amortized.is_empty()).then_some((actual, amortized))
}

/// The file or folder of the other metric by its name, next to this one or in a folder named after the metric.
pub fn partner(name: &str) -> Option<String> {
    let swaps = WORDS
        .into_iter()
        .flat_map(|(one, other)| [(one, other), (other, one)]);
    let path = Path::new(name);
    swaps
        .flat_map(|(from, to)| {
            let file = path.file_name().and_then(|file| file.to_str());
            let own = file.filter(|file| file.contains(from)).map(|file| {
                let renamed = path.with_file_name(file.replacen(from, to, 1));
                renamed.display().to_string()
            });
            let whole = name.contains(from).then(|| name.replace(from, to));
            [own, whole].into_iter().flatten()
        })
        .find(|other| other != name && Path::new(other).exists())
}

/// The partners of several names; `None` if one has no partner.
pub fn partners(names: &[String]) -> Option<Vec<String>> {
    names.iter().map(|name| partner(name)).collect()
}
