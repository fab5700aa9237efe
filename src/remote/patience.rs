//! Limits of time, and how the client names itself.

use std::time::Duration;

/// The time limits of each step.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For connecting.
    pub connect: Duration,
    /// For a call that returns no rows.
    pub call: Duration,
    /// For silence of the server while a statement runs.
    pub silence: Duration,
    /// The keep-alive interval, and the limit for its reply.
    pub alive: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            call: Duration::from_secs(60),
            silence: Duration::from_secs(1800),
            alive: Duration::from_secs(15),
        }
    }
}

/// Handles the parts of a response: takes the bytes of one part and returns its number of rows, if it was looked at.
pub(crate) type Take<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<Option<usize>, String> + Send);

pub(crate) fn client_type() -> String {
    format!("costscope/{}", env!("CARGO_PKG_VERSION"))
}

/// A new random UUID.
pub fn new_id() -> String {
    let bits = fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{bits:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}
