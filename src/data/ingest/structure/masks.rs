//! Finds the bytes that structure a text, 64 at a time: one bit for each byte.
//!
//! Most x86-64 processors compare 32 bytes with one instruction. For others the loops are written so that the compiler uses
//! vector instructions for them.

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
    /// The masks by plain numbers.
    #[inline]
    pub(crate) fn by_words(piece: &[u8; WIDTH]) -> Self {
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

/// The masks by vector instructions.
#[cfg(target_arch = "x86_64")]
pub(crate) mod vectors {
    use super::{Masks, WIDTH};
    use std::arch::x86_64::{
        __m256i, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm256_cmpeq_epi8,
        _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    };

    /// Whether the processor has them.
    #[inline]
    pub(crate) fn are_there() -> bool {
        std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("pclmulqdq")
            && std::arch::is_x86_feature_detected!("popcnt")
    }

    // Closures and the functions that take them would be calls: they are compiled without the instructions.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,pclmulqdq,popcnt")]
    pub(crate) fn masks(piece: &[u8; WIDTH]) -> Masks {
        let [low, high] = [loaded::<0>(piece), loaded::<32>(piece)];
        let (low_ends, high_ends) = (line_ends(low), line_ends(high));
        let separators = [
            _mm256_or_si256(low_ends, equal(low, b',')),
            _mm256_or_si256(high_ends, equal(high, b',')),
        ];
        Masks {
            separators: bits(separators),
            line_ends: bits([low_ends, high_ends]),
            quotes: bits([equal(low, b'"'), equal(high, b'"')]),
        }
    }

    /// [`super::running_parity`] as a product without carries: each bit is added to all those above it.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,pclmulqdq,popcnt")]
    pub(crate) fn running_parity(bits: u64) -> u64 {
        let bits = _mm_cvtsi64_si128(bits.cast_signed());
        let product = _mm_clmulepi64_si128::<0>(bits, _mm_cvtsi64_si128(-1));
        _mm_cvtsi128_si64(product).cast_unsigned()
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,pclmulqdq,popcnt")]
    #[allow(unsafe_code)]
    fn loaded<const AT: usize>(piece: &[u8; WIDTH]) -> __m256i {
        const { assert!(AT + 32 <= WIDTH) };
        // SAFETY: the 32 bytes are inside the piece, and any alignment is allowed.
        unsafe { _mm256_loadu_si256(piece.as_ptr().add(AT).cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,pclmulqdq,popcnt")]
    fn equal(bytes: __m256i, byte: u8) -> __m256i {
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()))
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,pclmulqdq,popcnt")]
    fn line_ends(bytes: __m256i) -> __m256i {
        _mm256_or_si256(equal(bytes, b'\n'), equal(bytes, b'\r'))
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,pclmulqdq,popcnt")]
    fn bits([low, high]: [__m256i; 2]) -> u64 {
        let low = _mm256_movemask_epi8(low).cast_unsigned();
        let high = _mm256_movemask_epi8(high).cast_unsigned();
        u64::from(high) << 32 | u64::from(low)
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
