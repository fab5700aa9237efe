//! Finds the bytes that structure a text, 64 at a time: one bit for each byte.
//!
//! Sixteen bytes are compared with one instruction where the processor has it.

use wide::u8x16;

/// Bytes that are compared at a time.
pub(crate) const WIDTH: usize = 64;

/// The positions of separators (commas and line ends), of line ends (CR and LF) and of quotes; the lowest bit is the
/// first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Masks {
    pub(crate) separators: u64,
    pub(crate) line_ends: u64,
    pub(crate) quotes: u64,
}

impl Masks {
    #[inline]
    pub(crate) fn of(piece: &[u8; WIDTH]) -> Self {
        let (parts, _) = piece.as_chunks();
        let mut masks = Self {
            separators: 0,
            line_ends: 0,
            quotes: 0,
        };
        for (part, at) in parts.iter().zip((0_u32..).step_by(16)) {
            let bytes = u8x16::new(*part);
            let equal = |byte| bytes.simd_eq(u8x16::splat(byte));
            let bits = |found: u8x16| u64::from(found.to_bitmask()) << at;
            let line_ends = equal(b'\n') | equal(b'\r');
            masks.separators |= bits(line_ends | equal(b','));
            masks.line_ends |= bits(line_ends);
            masks.quotes |= bits(equal(b'"'));
        }
        masks
    }

    /// The same masks byte by byte.
    #[cfg(test)]
    pub(crate) fn by_bytes(piece: &[u8; WIDTH]) -> Self {
        let bits = |wanted: &[u8]| {
            let bytes = piece.iter().rev();
            bytes.fold(0, |bits, byte| bits << 1 | u64::from(wanted.contains(byte)))
        };
        Self {
            separators: bits(b",\n\r"),
            line_ends: bits(b"\n\r"),
            quotes: bits(b"\""),
        }
    }
}

/// For each bit, whether the number of set bits up to it is odd.
#[inline]
pub(crate) fn running_parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}
