//! How the C library hands out memory, and that nobody else sees it. The one place with unsafe code: a call that only sets
//! numbers.

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
