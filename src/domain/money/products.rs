//! Arithmetic in 256 bits: the product of two amounts.

/// The product of two numbers as its upper and lower 128 bits.
pub(super) fn product(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a_low * b_low;
    let one = a_high * b_low + (low >> 64);
    let two = a_low * b_high + (one & LOW);
    let high = a_high * b_high + (one >> 64) + (two >> 64);
    (high, (two << 64) | (low & LOW))
}

/// Divides 256 bits, a bit at a time; `None` if the quotient needs more than 128 bits.
pub(super) fn quotient(high: u128, low: u128, by: u128) -> Option<(u128, u128)> {
    if high >= by {
        return None;
    }
    let (mut rest, mut quotient) = (high, 0_u128);
    for bit in (0..128).rev() {
        // An amount has at most 127 bits, so nothing is shifted out.
        rest = (rest << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if rest >= by {
            rest -= by;
            quotient |= 1;
        }
    }
    Some((quotient, rest))
}
