//! Which errors end a list, and which are kept beside it.

use super::{StoreError, at, newer_than_ours};
use std::io;
use std::path::{Path, PathBuf};

fn system(code: i32) -> StoreError {
    at(Path::new("/data/jobs/key.json"))(io::Error::from_raw_os_error(code))
}

#[test]
fn a_shortage_ends_a_list_and_damage_does_not() {
    let path = PathBuf::from("/data/jobs/key.json");
    let problem = "its checksum differs".to_owned();
    let damage = [
        newer_than_ours(path.clone(), 9),
        StoreError::Journal { path, problem },
        // No rights, and a disk that cannot be read.
        system(13),
        system(5),
    ];
    let (count, mut damaged) = (damage.len(), Vec::new());
    for error in damage {
        let said = error.to_string();
        let kept = StoreError::keep_apart::<()>(Err(error), &mut damaged);
        assert!(matches!(kept, Ok(None)), "{said}");
    }
    assert_eq!(damaged.len(), count);
    // Too many open files, of the system and of the process.
    for code in [23, 24] {
        let kept = StoreError::keep_apart::<()>(Err(system(code)), &mut damaged);
        assert!(kept.is_err_and(|error| error.is_shortage()), "{code}");
    }
    assert_eq!(damaged.len(), count);
    let read = StoreError::keep_apart(Ok(Some(7)), &mut damaged);
    assert_eq!(read.unwrap(), Some(7));
}
