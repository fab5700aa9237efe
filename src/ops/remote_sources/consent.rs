//! Asks before much is fetched: more than 10 GB, or half of the free disk.

use crate::domain::text::{bytes, shell};
use crate::ops::error::OpsError;
use crate::store::files;
use std::path::Path;
use std::sync::Arc;

/// Asks the user a question; true means yes.
pub type Agree = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// More bytes than these are fetched only if the user agrees.
const MUCH: u64 = 10_000_000_000;

/// Checks that the disk has room, and that the user agrees to fetch much.
pub(super) fn check(
    place: &str,
    folder: &Path,
    size: u64,
    agree: Option<&Agree>,
) -> Result<(), OpsError> {
    files::check_space(folder, size)?;
    let free = files::space(folder).map(|(free, _)| free);
    let Some(question) = question(place, size, free) else {
        return Ok(());
    };
    match agree {
        Some(agree) if agree(&format!("{question} Fetch them?")) => Ok(()),
        Some(_) => Err(OpsError::Failed(format!("{place}: nothing was fetched"))),
        None => Err(OpsError::Usage(format!(
            "{question} Add --yes to fetch them, or give a month's folder. Spark and DuckDB can read them where they are: \
             costscope exports files {}",
            shell::word(place)
        ))),
    }
}

/// The reason to ask, if there is one.
fn question(place: &str, size: u64, free: Option<u64>) -> Option<String> {
    let half = free.is_some_and(|free| size > free / 2);
    (size > MUCH || half).then(|| {
        let room = free.map_or_else(String::new, |free| format!(" of {} free", bytes(free)));
        format!("{place}: {} have to be fetched{room}.", bytes(size))
    })
}

#[cfg(test)]
mod tests {
    use crate::ops::remote_sources::consent::question;

    #[test]
    fn much_is_more_than_ten_gigabytes_or_half_of_the_free_disk() {
        for (size, free, asks) in [
            (10_000_000_000, Some(100_000_000_000), false),
            (10_000_000_001, Some(100_000_000_000), true),
            (6_000_000, Some(11_000_000), true),
            (5_000_000, Some(11_000_000), false),
            (5_000_000, None, false),
            (20_000_000_000, None, true),
        ] {
            assert_eq!(
                question("az://a/c", size, free).is_some(),
                asks,
                "{size} {free:?}"
            );
        }
    }
}
