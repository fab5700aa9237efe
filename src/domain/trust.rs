//! Decides which files are trusted: those of the user and the administrator, if other users cannot write to them.

use super::text::shell::word;
use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The access that other users may have to a trusted file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherUsers {
    /// Settings and CA certificates are not secret.
    MayRead,
    /// A private key is for its owner only.
    MayNothing,
}

/// The reason that a file or folder is not trusted, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRefusal {
    pub problem: String,
    pub fix: String,
}

impl fmt::Display for TrustRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.problem, self.fix)
    }
}

/// Whether an owner is this user (`us`), or the administrator, who could do anything anyway.
pub fn is_ours(owner: u32, us: u32) -> bool {
    owner == 0 || owner == us
}

/// Refuses a file that another user owns, can write to, or can read if that is not allowed.
pub fn check(
    path: &Path,
    meta: &Metadata,
    us: u32,
    others: OtherUsers,
) -> Result<(), TrustRefusal> {
    let (owner, mode) = (meta.uid(), meta.mode() & 0o7777);
    let shown = word(&path.display().to_string());
    if !is_ours(owner, us) {
        return Err(TrustRefusal {
            problem: format!("it belongs to another user (id {owner})"),
            fix: format!(
                "If you trust its contents, run `sudo chown {us} {shown}`; otherwise use another one"
            ),
        });
    }
    if mode & 0o022 != 0 {
        return Err(TrustRefusal {
            problem: format!("other users can write to it (mode {mode:04o})"),
            fix: format!("Check its contents, then run `chmod go-w {shown}`"),
        });
    }
    // An administrator gives services access to keys through a group, which only the administrator can change.
    let closed = if owner == us { 0o077 } else { 0o007 };
    if others == OtherUsers::MayNothing && mode & closed != 0 {
        return Err(TrustRefusal {
            problem: format!(
                "it contains a private key that other users can read (mode {mode:04o})"
            ),
            fix: format!(
                "Run `chmod 600 {shown}`, and replace the key if someone may have read it"
            ),
        });
    }
    Ok(())
}
