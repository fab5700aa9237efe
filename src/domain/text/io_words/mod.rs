//! Errors of reading and writing, in words that say what to do.

use std::io;

/// An error of reading or writing, with the next step where the system sets a limit.
pub fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::FileTooLarge => {
            "the file would be larger than this shell or disk allows (`ulimit -f` shows the limit)"
                .to_owned()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("the disk is full ({error}): make room, or write to another disk")
        }
        _ if is_out_of_handles(error) => {
            format!("{error}: this system allows no more (`ulimit -n` shows the limit)")
        }
        _ => error.to_string(),
    }
}

/// Whether an error is of this machine: out of file handles, disk space or memory. It says nothing about the file that is
/// read.
pub fn is_shortage(error: &io::Error) -> bool {
    let kinds = [
        io::ErrorKind::FileTooLarge,
        io::ErrorKind::StorageFull,
        io::ErrorKind::QuotaExceeded,
        io::ErrorKind::OutOfMemory,
    ];
    kinds.contains(&error.kind()) || is_out_of_handles(error)
}

/// Whether this process, or the system, has too many open files.
fn is_out_of_handles(error: &io::Error) -> bool {
    /// `ENFILE` and `EMFILE` on all systems.
    const TOO_MANY: [i32; 2] = [23, 24];
    error
        .raw_os_error()
        .is_some_and(|code| TOO_MANY.contains(&code))
}

#[cfg(test)]
mod tests;
