//! Reads from pipes, terminals and devices, which may be silent for as long as they like.

use super::error::Stopped;
use super::progress::Progress;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::path::Path;

/// How long a silent pipe is waited for before the work looks whether it was cancelled: 100 ms.
const LOOK_AGAIN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// A pipe that is read only while it has something to read, so that cancelled work stops at once.
pub(crate) struct Pipe<'a> {
    source: File,
    progress: &'a Progress,
}

impl<'a> Pipe<'a> {
    pub(crate) fn new(source: File, progress: &'a Progress) -> Self {
        Self { source, progress }
    }

    /// The standard input. Nothing else may have read from it.
    pub(crate) fn standard_input(progress: &'a Progress) -> io::Result<Self> {
        let source = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self::new(source.into(), progress))
    }

    /// Opens a named pipe. It needs no writer yet: reading waits for one.
    pub(crate) fn open(path: &Path, progress: &'a Progress) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let source = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self::new(source.into(), progress))
    }
}

fn stopped() -> io::Error {
    io::Error::other(Stopped)
}

impl Read for Pipe<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.progress.is_cancelled() {
                return Err(stopped());
            }
            let mut waited = [PollFd::new(&self.source, PollFlags::IN)];
            if let Ok(0) | Err(Errno::INTR) = poll(&mut waited, Some(&LOOK_AGAIN)) {
                continue;
            }
            // Where the system cannot wait for a file, reading it does.
            match self.source.read(buffer) {
                // Another process took what was there.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::data::error::DataError;
    use crate::data::pipe::Pipe;
    use crate::data::progress::Progress;
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::os::fd::OwnedFd;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::thread;
    use std::time::Duration;
    use tempfile::TempDir;

    fn is_stopped<T>(read: io::Result<T>) -> bool {
        let failed = read.map_err(DataError::io("a pipe"));
        matches!(failed, Err(DataError::Cancelled))
    }

    #[test]
    fn a_silent_pipe_is_left_on_cancellation() {
        let progress = Progress::default();
        let (reader, mut writer) = io::pipe().unwrap();
        let mut pipe = Pipe::new(File::from(OwnedFd::from(reader)), &progress);
        writer.write_all(b"abc").unwrap();
        let mut text = [0; 8];
        assert_eq!(pipe.read(&mut text).unwrap(), 3);
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(50));
                progress.cancel();
            });
            assert!(is_stopped(pipe.read(&mut text)));
        });
        drop(writer);
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let progress = Progress::default();
        let (reader, mut writer) = io::pipe().unwrap();
        let mut pipe = Pipe::new(File::from(OwnedFd::from(reader)), &progress);
        let text = thread::scope(|scope| {
            scope.spawn(move || {
                writer.write_all(&vec![b'x'; 100_000]).unwrap();
                thread::sleep(Duration::from_millis(250));
                writer.write_all(b"end").unwrap();
            });
            let mut text = Vec::new();
            pipe.read_to_end(&mut text).unwrap();
            text
        });
        assert!(text.len() == 100_003 && text.ends_with(b"xend"));
    }

    fn named_pipe(folder: &Path) -> PathBuf {
        let path = folder.join("pipe");
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        path
    }

    #[test]
    fn a_named_pipe_without_a_writer_is_left_on_cancellation() {
        let folder = TempDir::new().unwrap();
        let path = named_pipe(folder.path());
        let progress = Progress::default();
        let mut pipe = Pipe::open(&path, &progress).unwrap();
        progress.cancel();
        assert!(is_stopped(pipe.read(&mut [0; 8])));
        let missing = Pipe::open(&folder.path().join("none"), &progress);
        assert!(missing.is_err_and(|error| error.kind() == io::ErrorKind::NotFound));
    }

    #[test]
    fn a_writer_that_comes_late_and_pauses_is_read_to_its_end() {
        let folder = TempDir::new().unwrap();
        let path = named_pipe(folder.path());
        let progress = Progress::default();
        let mut pipe = Pipe::open(&path, &progress).unwrap();
        let mut text = String::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(150));
                let mut writer = File::options().write(true).open(&path).unwrap();
                writer.write_all(b"first,").unwrap();
                thread::sleep(Duration::from_millis(150));
                writer.write_all(b"last").unwrap();
            });
            pipe.read_to_string(&mut text).unwrap();
        });
        assert_eq!(text, "first,last");
    }
}
