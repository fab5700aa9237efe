//! The words for errors of the system, and what they say about the file.

use super::{io_words, is_shortage};
use std::io;

#[test]
fn a_limit_of_the_system_names_its_way_out() {
    // EMFILE, ENFILE, EFBIG, ENOSPC, EDQUOT
    #[cfg(target_os = "linux")]
    let quota = 122;
    #[cfg(not(target_os = "linux"))]
    let quota = 69;
    for (code, words) in [
        (24, "ulimit -n"),
        (23, "ulimit -n"),
        (27, "ulimit -f"),
        (28, "the disk is full"),
        (quota, "the disk is full"),
    ] {
        let error = io::Error::from_raw_os_error(code);
        let text = io_words(&error);
        assert!(text.contains(words), "{code}: {text}");
        assert!(is_shortage(&error), "{code}");
    }
    // ENOMEM says all by itself.
    assert!(is_shortage(&io::Error::from_raw_os_error(12)));
}

#[test]
fn other_errors_are_of_the_file_and_keep_their_words() {
    // EIO, EACCES, ENOENT
    for code in [5, 13, 2] {
        let error = io::Error::from_raw_os_error(code);
        assert_eq!(io_words(&error), error.to_string(), "{code}");
        assert!(!is_shortage(&error), "{code}");
    }
    let own = io::Error::other("the compressed data is damaged");
    assert_eq!(io_words(&own), "the compressed data is damaged");
    assert!(!is_shortage(&own));
}
