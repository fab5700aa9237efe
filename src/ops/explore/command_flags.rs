//! Sources and flags of the commands that screens and findings name.

use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::{GroupKey, keys_text};
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::text::shell::word;
use crate::ops::context::{OpenDataset, STDIN};

/// The sources of one side, comma-separated.
pub fn source_list(opened: &OpenDataset) -> String {
    let listed = opened.names.len() > 1;
    let names = opened.names.iter();
    let words: Vec<String> = names.map(|name| source(opened, name, listed)).collect();
    words.join(",")
}

/// The flags for groups and filter, which every command has.
pub fn question_flags(group_by: &[GroupKey], filter: Option<&Filter>) -> Vec<String> {
    let keys = (!group_by.is_empty()).then(|| format!("--group-by {}", word(&keys_text(group_by))));
    let filter = filter.map(|filter| format!("--filter {}", word(&filter.to_string())));
    keys.into_iter().chain(filter).collect()
}

/// The flag of the money that counts as cost, unless that is the billed amount.
pub fn money_flag(opened: &OpenDataset) -> Option<String> {
    let money = opened.data.money();
    (money != MoneyColumn::Billing).then(|| format!("--money {}", money.word()))
}

/// A source as an argument.
pub fn source(opened: &OpenDataset, name: &str, listed: bool) -> String {
    let mut keys = opened.entries.iter().map(|entry| entry.key.as_str());
    source_word(name, keys.all(|key| key != name), listed)
}

/// A source as an argument: a file, or a key of the ledger. With `./` before it, a file name with a leading dash is not
/// read as a flag, and its commas are not read as separators of a list.
pub(super) fn source_word(name: &str, is_file: bool, listed: bool) -> String {
    let relative = !name.starts_with(['/', '.']) && !name.contains("://");
    if is_file && name != STDIN && relative && (listed || name.starts_with('-')) {
        word(&format!("./{name}"))
    } else {
        word(name)
    }
}
