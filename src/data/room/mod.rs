//! How much memory this process may use: by its own limits, its control group, and what the system has left.

use super::error::DataError;
use crate::domain::text::bytes;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Below this limit in bytes, memory is tight: speed is given up for it.
const TIGHT: u64 = 1 << 30;

/// The limit in bytes, as it was when it was first asked for; `u64::MAX` if there is none.
pub fn limit() -> u64 {
    /// Zero until it is known.
    static LIMIT: AtomicU64 = AtomicU64::new(0);
    let known = LIMIT.load(Ordering::Relaxed);
    if known > 0 {
        return known;
    }
    let limit = of_process().min(of_groups()).min(of_system()).max(1);
    LIMIT.store(limit, Ordering::Relaxed);
    limit
}

/// Whether there is so little memory that none is kept for later.
pub fn is_tight() -> bool {
    limit() < TIGHT
}

/// Bytes that can still be used.
pub(crate) fn left() -> u64 {
    limit().saturating_sub(used())
}

/// Bytes that can still be used and reserved.
pub(crate) fn left_to_reserve() -> u64 {
    left().min(left_of_process())
}

/// Fails before the memory is exhausted, when the system would end the program without a word: if so many more bytes are
/// needed than are left. Where memory is not tight, nothing is measured.
pub(crate) fn check(more: u64) -> Result<(), DataError> {
    if more == 0 || !is_tight() || fits(more, left_to_reserve()) {
        return Ok(());
    }
    Err(DataError::Room(bytes(limit())))
}

/// Like [`check`], before a file is read: so many bytes of its text are in work at a time.
pub(crate) fn check_reading(text: u64, file: &str) -> Result<(), DataError> {
    /// The text, its columns, and the columns as they are packed.
    const TIMES: u64 = 3;
    check(text.saturating_mul(TIMES)).map_err(|_| DataError::RoomToRead {
        file: file.to_owned(),
        limit: bytes(limit()),
    })
}

/// Like [`check`], for lists of so many items by their texts.
pub(crate) fn check_items(items: usize) -> Result<(), DataError> {
    /// Bytes of an item: its texts, and trees of its own.
    const ITEM: usize = 1_200;
    check(items.saturating_mul(ITEM) as u64)
}

/// Like [`check`], for an answer that is held whole: so many lines of so many cells.
pub(crate) fn check_answer(lines: usize, cells: usize) -> Result<(), DataError> {
    /// Bytes of a cell: its text, and the same text again in the table that is printed.
    const CELL: usize = 48;
    check(lines.saturating_mul(cells).saturating_mul(CELL) as u64)
}

/// Cells of an answer that is held whole, where memory is tight: half of what is left is enough for its lines and for the
/// text that is made of them.
pub(crate) fn cells_to_hold() -> usize {
    cells_in(left_to_reserve())
}

fn cells_in(left: u64) -> usize {
    const LEAST: usize = 10_000;
    const MOST: usize = 200_000;
    /// Bytes of a cell in its line and in the text, which is made twice and grows in buffers that may be half empty.
    const CELL: u64 = 160;
    let cells = usize::try_from(left / 2 / CELL).unwrap_or(MOST);
    cells.clamp(LEAST, MOST)
}

fn fits(more: u64, left: u64) -> bool {
    /// For everything that is not counted.
    const SPARE: u64 = 8 << 20;
    more.saturating_add(SPARE) <= left
}

/// Bytes that the limits of the shell leave: they count what is reserved, used or not.
fn left_of_process() -> u64 {
    let limits = [(Resource::Data, "VmData:"), (Resource::As, "VmSize:")];
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let left = limits.into_iter().filter_map(|(kind, name)| {
        let limit = getrlimit(kind).current?;
        Some(limit.saturating_sub(kilobytes(&text, name)?))
    });
    left.min().unwrap_or(u64::MAX)
}

/// A part of the limit, but between `least` and `most` bytes.
pub(crate) fn share(part: u64, least: usize, most: usize) -> usize {
    share_of(limit(), part, (least, most))
}

fn share_of(limit: u64, part: u64, (least, most): (usize, usize)) -> usize {
    let share = usize::try_from(limit / part).unwrap_or(usize::MAX);
    share.clamp(least, most)
}

/// The limits of the shell (`ulimit -d`, `ulimit -v`).
fn of_process() -> u64 {
    let limits = [Resource::Data, Resource::As].map(|kind| getrlimit(kind).current);
    limits.into_iter().flatten().min().unwrap_or(u64::MAX)
}

/// The memory that the system has left, and what this process has already.
fn of_system() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = kilobytes(&text, "MemAvailable:");
    free.map_or(u64::MAX, |free| free.saturating_add(used()))
}

/// The memory of this process that cannot be read from files again.
fn used() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    kilobytes(&text, "RssAnon:").unwrap_or_default()
}

/// The value of a line in a file of `/proc`, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
}

/// The smallest limit of the control groups that this process is in.
fn of_groups() -> u64 {
    let text = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    of_groups_in(&text, Path::new("/sys/fs/cgroup"))
}

/// Reads the groups of version 2, and those of version 1 that have a tree of their own for memory.
fn of_groups_in(text: &str, root: &Path) -> u64 {
    let groups = text.lines().filter_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, group) = rest.split_once(':')?;
        if controllers.is_empty() {
            return Some(smallest(root, group, &["memory.max", "memory.high"]));
        }
        let is_of_memory = controllers.split(',').any(|name| name == "memory");
        is_of_memory.then(|| smallest(&root.join("memory"), group, &["memory.limit_in_bytes"]))
    });
    groups.min().unwrap_or(u64::MAX)
}

/// The smallest limit of a group and those around it. A container may see its own group as the root.
fn smallest(root: &Path, group: &str, files: &[&str]) -> u64 {
    let inside = root.join(group.trim_start_matches('/'));
    let groups = inside.ancestors().filter(|group| group.starts_with(root));
    let limits = groups
        .flat_map(|group| files.iter().map(|file| group.join(file)))
        .filter_map(|file| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok());
    limits.min().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
