//! The allocator, out-of-memory handling, limits of the process, and protection of its memory. This is the only module
//! with unsafe code: calls that only set numbers, an allocator that forwards to another one, and the last words.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Forwards to another allocator. If that is out of memory, the program is about to abort, so the registered action
/// runs first.
#[derive(Debug)]
pub struct Watched<A>(pub A);

/// The action to run when memory is exhausted. It must not allocate.
static LAST_WORDS: Mutex<Option<fn()>> = Mutex::new(None);

/// Registers the action to run when memory is exhausted. It must not allocate.
pub fn on_exhaustion(act: fn()) {
    *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = Some(act);
}

/// Whether the process may use so little memory that it ends in words when there is none left.
static ENDS_IN_WORDS: AtomicBool = AtomicBool::new(false);

/// From now on, the process ends with an error and exit code 1 when its memory is exhausted. It would be aborted otherwise.
pub fn end_in_words() {
    ENDS_IN_WORDS.store(true, Ordering::Relaxed);
}

/// Says why, and ends the process. Nothing is allocated.
#[allow(unsafe_code)]
fn end() -> ! {
    const WORDS: &[u8] = b"costscope: the memory that this process may use is exhausted: raise its limit (`ulimit -d`, \
        `ulimit -v` or that of the container), narrow the rows with --filter, or group by fewer keys\n";
    /// Whether a thread is about to end the process.
    static ENDING: AtomicBool = AtomicBool::new(false);
    if ENDING.swap(true, Ordering::SeqCst) {
        loop {
            std::thread::yield_now();
        }
    }
    // SAFETY: the words live as long as the program, and their length is passed with them; `_exit` has no conditions.
    unsafe {
        libc::write(libc::STDERR_FILENO, WORDS.as_ptr().cast(), WORDS.len());
        libc::_exit(1)
    }
}

/// The memory of an allocation of this size.
fn checked(memory: *mut u8, size: usize) -> *mut u8 {
    /// More is asked for only where a refusal is expected, such as for a size that a damaged file claims.
    const LARGEST: usize = 64 << 20;
    if memory.is_null() {
        // If the lock is taken, the thread that holds it runs the action.
        let act = LAST_WORDS.try_lock().ok().and_then(|act| *act);
        if let Some(act) = act {
            act();
        }
        if size <= LARGEST && ENDS_IN_WORDS.load(Ordering::Relaxed) {
            end();
        }
    }
    memory
}

// SAFETY: every call is forwarded unchanged to the inner allocator, and its result is returned unchanged.
#[allow(unsafe_code)]
unsafe impl<A: GlobalAlloc> GlobalAlloc for Watched<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc`.
        checked(unsafe { self.0.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { self.0.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { self.0.realloc(memory, layout, size) }, size)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { self.0.dealloc(memory, layout) }
    }
}

/// Keeps large blocks of memory for the next query. By default, glibc returns each block at once and maps it again page
/// by page, which takes as long as the query itself. Must be called before any thread is started.
#[cfg(target_env = "gnu")]
#[allow(unsafe_code)]
pub fn tune_allocator() {
    /// The largest value that glibc accepts.
    const LARGE: libc::c_int = 32 << 20;
    // SAFETY: `mallopt` sets parameters of the allocator; it is called first in `main`, before any other thread exists.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 2 * LARGE);
        libc::mallopt(libc::M_ARENA_MAX, 4);
    }
}

/// Returns memory to the system as soon as it is free, for a process that may use little of it. Must be called after
/// [`tune_allocator`], and before any thread is started.
#[cfg(target_env = "gnu")]
#[allow(unsafe_code)]
pub fn keep_little() {
    /// The size of blocks that are mapped and unmapped one by one.
    const SMALL: libc::c_int = 1 << 20;
    // SAFETY: as in `tune_allocator`.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, SMALL);
        libc::mallopt(libc::M_TRIM_THRESHOLD, SMALL);
        // Each further arena reserves 64 MB of addresses, which `ulimit -v` counts although they are not used.
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Raises the limit of open files to what the system lets a process have: a ledger has a few files for each month and scope.
/// Systems without support for it are ignored.
pub fn allow_open_files() {
    /// More would only make the system's tables of them larger.
    const ENOUGH: u64 = 1 << 16;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let wanted = limit.maximum.map_or(ENOUGH, |most| most.min(ENOUGH));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = rustix::process::Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, raised);
    }
}

/// Keeps tokens out of core dumps, and keeps other programs of this user from reading them. Systems without support for
/// it are ignored.
pub fn keep_to_ourselves() {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    // A core dump that is piped to a program ignores the limit.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Other C libraries need no tuning.
#[cfg(not(target_env = "gnu"))]
pub fn tune_allocator() {}

/// Other C libraries need no tuning.
#[cfg(not(target_env = "gnu"))]
pub fn keep_little() {}
