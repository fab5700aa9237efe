//! The terminal as a file: its size, its settings, and the bytes that go to it.
//!
//! A terminal that is not read takes no bytes, and an ordinary write to it waits for ever. So the bytes go through a file
//! of our own that does not wait, and the program gives up when it has to end. The file that the shell shares with
//! us stays as it is: `O_NONBLOCK` on that one would outlive the program.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, write};
use rustix::process::getpgrp;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{
    OptionalActions, QueueSelector, Termios, isatty, tcflush, tcgetattr, tcgetpgrp, tcgetwinsize,
    tcsetattr, ttyname,
};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a full terminal is waited for at a time.
const STEP: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};
/// The same, where the system cannot wait for a terminal.
const MOMENT: Duration = Duration::from_millis(10);
/// The largest screen: a terminal may claim any size, and a cell costs about 80 bytes.
const LARGEST: (u16, u16) = (1000, 500);
/// The size of a terminal that does not know its own, such as a serial line.
const USUAL: (u16, u16) = (80, 24);

/// The file of our own, once the program has taken the terminal.
static OUT: Mutex<Option<OwnedFd>> = Mutex::new(None);
/// The settings from before, while the program has the terminal.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);
/// Set once the program has to end.
static ENDING: AtomicBool = AtomicBool::new(false);

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether there is a terminal to draw on and to read from.
pub fn is_there() -> bool {
    isatty(stdout()) && isatty(stdin())
}

fn claimed_size() -> (u16, u16) {
    tcgetwinsize(stdout()).map_or((0, 0), |size| (size.ws_col, size.ws_row))
}

/// The width of the terminal in columns, if it has one.
pub fn columns() -> Option<u16> {
    let (columns, _) = claimed_size();
    (columns > 0).then_some(columns)
}

/// The size to draw in: columns and rows.
pub fn size() -> (u16, u16) {
    drawable(claimed_size())
}

fn drawable((columns, rows): (u16, u16)) -> (u16, u16) {
    let within = |claimed: u16, usual: u16, most: u16| match claimed {
        0 => usual,
        known => known.min(most),
    };
    (
        within(columns, USUAL.0, LARGEST.0),
        within(rows, USUAL.1, LARGEST.1),
    )
}

/// Takes the terminal: raw mode, then these bytes. Where the program already has it, both are done once more, because a
/// shell may have had it in between.
pub fn take(bytes: &[u8]) -> io::Result<()> {
    {
        let mut out = lock(&OUT);
        if out.is_none() {
            *out = own_file();
        }
    }
    let mut raw = {
        let mut before = lock(&BEFORE);
        let kept = match before.take() {
            Some(kept) => kept,
            None => tcgetattr(stdin())?,
        };
        let raw = kept.clone();
        *before = Some(kept);
        raw
    };
    raw.make_raw();
    tcsetattr(stdin(), OptionalActions::Now, &raw)?;
    put(bytes)
}

/// A file of our own for the terminal.
fn own_file() -> Option<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let name = ttyname(stdout(), Vec::new()).ok();
    let named = name.and_then(|name| open(name, flags, Mode::empty()).ok());
    // In a container the name may lie outside, and after `su` the file belongs to somebody else.
    named.or_else(|| open("/dev/tty", flags, Mode::empty()).ok())
}

/// Whether the program has the terminal.
pub fn is_taken() -> bool {
    lock(&BEFORE).is_some()
}

/// Gives the terminal back: these bytes, then its settings. Returns `false` if the program does not have it. Nothing is
/// allocated. Errors are ignored so that every step is tried: nothing can be told on a broken terminal.
pub fn give(bytes: &[&[u8]]) -> bool {
    let Some(before) = lock(&BEFORE).take() else {
        return false;
    };
    for bytes in bytes {
        put_at_last(bytes);
    }
    // From the background, a change of the settings would stop the program; the shell in front has set its own.
    if !is_behind() {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
    true
}

/// Whether another program, such as the shell, has the terminal now.
pub fn is_behind() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|front| front != getpgrp())
}

/// Ends all writes, also one that waits: the program has to end. Only [`give`] still writes.
pub fn hurry() {
    ENDING.store(true, Ordering::SeqCst);
}

/// Writes all bytes, and waits for the terminal until the program has to end.
pub fn put(bytes: &[u8]) -> io::Result<()> {
    let out = lock(&OUT);
    let file = out.as_ref().map_or(stdout(), AsFd::as_fd);
    let mut left = bytes;
    while !left.is_empty() {
        if ENDING.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match write(file, left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => left = left.get(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_for_room(file),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether a write failed because the terminal is gone, or because the program had to end before the terminal took it.
pub fn is_lost(error: &io::Error) -> bool {
    let gone = [
        Errno::IO,
        Errno::NXIO,
        Errno::NODEV,
        Errno::BADF,
        Errno::PIPE,
    ];
    let code = Errno::from_io_error(error);
    error.kind() == io::ErrorKind::TimedOut || code.is_some_and(|code| gone.contains(&code))
}

fn wait_for_room(file: BorrowedFd<'_>) {
    let mut waited = [PollFd::from_borrowed_fd(file, PollFlags::OUT)];
    let answered = poll(&mut waited, Some(&STEP)).is_ok();
    let known = |one: &PollFd<'_>| !one.revents().contains(PollFlags::NVAL);
    if !(answered && waited.iter().all(known)) {
        thread::sleep(MOMENT);
    }
}

/// Writes the last bytes and waits only a moment. Then unread bytes are dropped to make room.
fn put_at_last(bytes: &[u8]) {
    let Some(out) = out_soon() else {
        return;
    };
    let file = out.as_ref().map_or(stdout(), AsFd::as_fd);
    if write(file, bytes) == Ok(bytes.len()) {
        return;
    }
    wait_for_room(file);
    let _ = tcflush(stdout(), QueueSelector::OFlush);
    let _ = write(file, bytes);
}

/// The file, unless another thread writes to it: that one gives up soon, because the program ends.
fn out_soon() -> Option<MutexGuard<'static, Option<OwnedFd>>> {
    (0..20).find_map(|_| {
        let out = OUT.try_lock().ok();
        if out.is_none() {
            thread::sleep(MOMENT);
        }
        out
    })
}

#[cfg(test)]
mod tests;
