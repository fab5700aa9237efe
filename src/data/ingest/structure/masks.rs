//! Finds the bytes that structure a text, 64 at a time: one bit for each byte.
//!
//! The loops are written so that the compiler uses vector instructions for them.

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
        Self {
            separators: gathered(&piece.map(separator)),
            line_ends: gathered(&piece.map(line_end)),
            quotes: gathered(&piece.map(quote)),
        }
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

/// 1 for a separator. Numbers are combined rather than conditions, so that there are no branches.
#[inline]
fn separator(byte: u8) -> u8 {
    u8::from(byte == b',') | line_end(byte)
}

#[inline]
fn line_end(byte: u8) -> u8 {
    u8::from(byte == b'\n') | u8::from(byte == b'\r')
}

#[inline]
fn quote(byte: u8) -> u8 {
    u8::from(byte == b'"')
}

/// The bits of 64 bytes that are 0 or 1.
#[inline]
fn gathered(bytes: &[u8; WIDTH]) -> u64 {
    let (words, _) = bytes.as_chunks::<8>();
    let columns = words.iter().zip(0_u32..);
    // Bit k of byte j is the bit of byte j of word k.
    let bits = columns.fold(0, |bits, (word, at)| bits | u64::from_le_bytes(*word) << at);
    if bits == 0 { 0 } else { transposed(bits) }
}

/// Exchanges the rows and columns of a matrix of 8 by 8 bits.
#[inline]
fn transposed(mut bits: u64) -> u64 {
    for (shift, mask) in [
        (7, 0x00aa_00aa_00aa_00aa),
        (14, 0x0000_cccc_0000_cccc),
        (28, 0x0000_0000_f0f0_f0f0),
    ] {
        let moved = (bits ^ (bits >> shift)) & mask;
        bits ^= moved ^ (moved << shift);
    }
    bits
}

/// For each bit, whether the number of set bits up to it is odd.
#[inline]
pub(crate) fn running_parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}
