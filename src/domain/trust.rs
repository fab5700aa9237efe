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

#[cfg(test)]
mod tests {
    use crate::domain::trust::{OtherUsers, check, is_ours};
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn files_are_trusted_if_other_users_cannot_change_them_or_read_keys() {
        let name = format!("costscope-trust-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, "").unwrap();
        let own = fs::metadata(&path).unwrap().uid();
        let said = |mode, us, others| {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let refused = check(&path, &fs::metadata(&path).unwrap(), us, others).err();
            refused
                .map(|refused| refused.to_string())
                .unwrap_or_default()
        };
        for (mode, others, expected) in [
            (0o600, OtherUsers::MayNothing, ""),
            (0o400, OtherUsers::MayNothing, ""),
            (0o640, OtherUsers::MayNothing, "private key"),
            (0o604, OtherUsers::MayNothing, "private key"),
            (0o610, OtherUsers::MayNothing, "private key"),
            (0o644, OtherUsers::MayRead, ""),
            (0o755, OtherUsers::MayRead, ""),
            (0o620, OtherUsers::MayRead, "write to it (mode 0620)"),
            (0o602, OtherUsers::MayRead, "write to it (mode 0602)"),
            (0o602, OtherUsers::MayNothing, "write to it (mode 0602)"),
        ] {
            let said = said(mode, own, others);
            assert_eq!(said.is_empty(), expected.is_empty(), "{mode:o}: {said}");
            assert!(said.contains(expected), "{mode:o}: {said}");
        }
        // Another user reads it: what the administrator owns is trusted, and its group may read keys.
        for mode in [0o640, 0o604] {
            let said = said(mode, own + 1, OtherUsers::MayNothing);
            let expected = match (own, mode) {
                (0, 0o640) => "",
                (0, _) => "private key",
                _ => "belongs to another user",
            };
            assert_eq!(said.is_empty(), expected.is_empty(), "{said}");
            assert!(said.contains(expected), "{said}");
        }
        fs::remove_file(&path).unwrap();
        for (owner, us, expected) in [(0, 7, true), (7, 7, true), (8, 7, false), (8, 0, false)] {
            assert_eq!(is_ours(owner, us), expected);
        }
    }
}
