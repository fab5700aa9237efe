//! How memory is handed out, what happens when there is none, and that nobody else sees it. The one place with unsafe code: a
//! call that only sets numbers, and an allocator that only looks at what another one gave.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::{Mutex, PoisonError};

/// Hands out memory as another allocator does. Where that has none, the program is about to end: what has to be done before is
/// done first.
#[derive(Debug)]
pub struct Watched<A>(pub A);

/// What has to be done when there is no memory. It may not ask for any.
static LAST_WORDS: Mutex<Option<fn()>> = Mutex::new(None);

/// Says what has to be done when there is no memory.
pub fn on_exhaustion(act: fn()) {
    *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = Some(act);
}

fn checked(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        // Whoever is there at the same time says them.
        let act = LAST_WORDS.try_lock().ok().and_then(|act| *act);
        if let Some(act) = act {
            act();
        }
    }
    memory
}

// SAFETY: every call goes to the inner allocator as it came, and what it gives is handed on as it is.
#[allow(unsafe_code)]
unsafe impl<A: GlobalAlloc> GlobalAlloc for Watched<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps what `GlobalAlloc` asks for.
        checked(unsafe { self.0.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { self.0.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { self.0.realloc(memory, layout, size) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { self.0.dealloc(memory, layout) }
    }
}

/// Keeps large pieces of memory for the next question. As it comes, the GNU library gives each back at once and fetches it
/// anew, page by page, which takes as long as the question itself. To be called before any thread is started.
#[cfg(target_env = "gnu")]
#[allow(unsafe_code)]
pub fn keep_between_questions() {
    /// The largest that the library takes.
    const LARGE: libc::c_int = 32 << 20;
    // SAFETY: `mallopt` sets parameters of the allocator; it is called first in `main`, before any thread is there.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 2 * LARGE);
        libc::mallopt(libc::M_ARENA_MAX, 4);
    }
}

/// Keeps tokens out of core dumps, and other programs of this user from reading them. Where the system does not know how,
/// everything else still holds.
pub fn keep_to_ourselves() {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    // A dump that is piped to a program does not heed the limit.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Other libraries need no word.
#[cfg(not(target_env = "gnu"))]
pub fn keep_between_questions() {}
