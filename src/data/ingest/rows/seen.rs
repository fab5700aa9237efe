//! Finds an earlier row of a block that has the same field, so that it is read only once.

/// Fields of a column that an equal one later needs no other look at, each with its row. A few are kept, by their ends.
#[derive(Default)]
pub(in crate::data::ingest) struct SeenFields {
    slots: Vec<Slot>,
    /// Whether more than the last one is kept.
    is_narrow: bool,
    /// The last one that was found or kept.
    last: Slot,
}

/// Fields kept for each column: the values of most columns, and few enough to stay in the cache.
const SLOTS: usize = 512;

#[derive(Debug, Clone, Copy)]
struct Slot {
    start: u32,
    length: u32,
    row: u32,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            start: 0,
            length: u32::MAX,
            row: 0,
        }
    }
}

impl Slot {
    #[inline]
    fn has(self, text: &[u8], raw: &[u8]) -> bool {
        let start = self.start as usize;
        self.length as usize == raw.len()
            && text
                .get(start..start + raw.len())
                .is_some_and(|field| is_same(field, raw))
    }
}

impl SeenFields {
    /// The fields of a column, in a table of so many. In a wide one, slots for each column would take too much memory.
    pub(in crate::data::ingest) fn of_table(columns: usize) -> Self {
        const MOST: usize = 1 << 10;
        Self {
            is_narrow: columns <= MOST,
            ..Self::default()
        }
    }

    /// The row of an equal field of this text.
    #[inline]
    pub(super) fn find(&mut self, text: &[u8], raw: &[u8]) -> Option<usize> {
        if self.last.has(text, raw) {
            return Some(self.last.row as usize);
        }
        let slot = *self.slots.get(place(raw))?;
        if !slot.has(text, raw) {
            return None;
        }
        self.last = slot;
        Some(slot.row as usize)
    }

    /// Keeps the field that starts at a place of the text, instead of another one.
    pub(super) fn keep(&mut self, start: usize, raw: &[u8], row: usize) {
        let (start, length) = (u32::try_from(start), u32::try_from(raw.len()));
        let (Ok(start), Ok(length), Ok(row)) = (start, length, u32::try_from(row)) else {
            return;
        };
        self.last = Slot { start, length, row };
        if self.slots.is_empty() && self.is_narrow {
            self.slots.resize(SLOTS, Slot::default());
        }
        if let Some(slot) = self.slots.get_mut(place(raw)) {
            *slot = self.last;
        }
    }
}

/// The first and last bytes of a field, as two numbers.
#[inline]
fn ends(raw: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (raw.first_chunk::<8>(), raw.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (raw.first_chunk::<4>(), raw.last_chunk::<4>()) {
        let number = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
        return (number(first), number(last));
    }
    let mut bits = 0;
    for byte in raw {
        bits = bits << 8 | u64::from(*byte);
    }
    (bits, 0)
}

#[inline]
fn place(raw: &[u8]) -> usize {
    let (first, last) = ends(raw);
    let mixed = (first ^ last.rotate_left(29) ^ raw.len() as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        >> (u64::BITS - SLOTS.ilog2());
    usize::try_from(mixed).unwrap_or_default()
}

/// Whether two fields are equal. They are short, so that a call would take longer than the comparison.
#[inline]
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    /// Up to this length, the ends are all there is.
    const ENDS: usize = 16;
    if one.len() != other.len() || ends(one) != ends(other) {
        return false;
    }
    one.len() <= ENDS || one == other
}

#[cfg(test)]
mod tests {
    use crate::data::ingest::rows::seen::{SeenFields, is_same};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn a_field_is_found_by_its_bytes_only() {
        let text = b"ab,abc,ab,,a12345678b,a12345679b,a12345678b";
        let fields = [
            (0, 2),
            (3, 6),
            (7, 9),
            (10, 10),
            (11, 21),
            (22, 32),
            (33, 43),
        ];
        let mut seen = SeenFields::of_table(1);
        let mut found = Vec::new();
        for (row, (start, end)) in fields.into_iter().enumerate() {
            let raw = &text[start..end];
            let row_of = seen.find(text, raw);
            if row_of.is_none() {
                seen.keep(start, raw, row);
            }
            found.push(row_of);
        }
        assert_eq!(found, [None, None, Some(0), None, None, None, Some(4)]);
    }

    proptest! {
        #[test]
        fn fields_are_compared_byte_by_byte(
            one in "[ab]{0,20}", other in "[ab]{0,20}", at in 0_usize..20,
        ) {
            prop_assert_eq!(is_same(one.as_bytes(), other.as_bytes()), one == other);
            let mut changed = one.clone().into_bytes();
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= 1;
            }
            prop_assert!(is_same(one.as_bytes(), one.as_bytes()));
            prop_assert_eq!(is_same(one.as_bytes(), &changed), at >= one.len());
        }
    }
}
