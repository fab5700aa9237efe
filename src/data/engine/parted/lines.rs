//! Lines as bytes: the sums of each line with their texts.

use crate::data::columns::text_column::NONE;
use crate::data::engine::aggregate::accumulator::{NO_UNIT, Quantity, Sum};
use crate::data::engine::aggregate::hash_agg::{Aggregated, HashAgg, as_spelled};
use crate::data::engine::aggregate::shared_keys::SharedKeys;
use crate::data::error::DataError;
use crate::domain::money::Amount;

/// Units with a text, and the special ones.
const NAMED: u8 = 1;
const SPECIAL: u8 = 2;
/// A sum without a quantity.
const NO_QUANTITY: u8 = 0;

/// Adds the bytes of these sums of a line.
pub(super) fn write(out: &mut Vec<u8>, found: &Aggregated, sums: impl Iterator<Item = u32>) {
    for number in sums {
        for at in 0..=found.width() {
            write_text(out, found.key(number, at));
        }
        let (sum, quantity) = found.added(number);
        out.extend(found.mark(number).to_le_bytes());
        out.extend(sum.cost.to_le_bytes());
        out.extend(sum.rows.to_le_bytes());
        out.extend(sum.first.to_le_bytes());
        out.extend(sum.last.to_le_bytes());
        let Some(quantity) = quantity.filter(|quantity| quantity.unit != NO_UNIT) else {
            out.push(NO_QUANTITY);
            continue;
        };
        if let Some(text) = found.unit(quantity.unit) {
            out.push(NAMED);
            write_text(out, Some(text));
        } else {
            out.push(SPECIAL);
            out.extend(quantity.unit.to_le_bytes());
        }
        out.extend(quantity.units.to_le_bytes());
    }
}

fn write_text(out: &mut Vec<u8>, text: Option<&str>) {
    let length = text.map_or(NONE, |text| u32::try_from(text.len()).unwrap_or(NONE - 1));
    out.extend(length.to_le_bytes());
    out.extend(text.unwrap_or_default().as_bytes());
}

/// Sums that are added by their texts.
pub(crate) struct ByText {
    shared: SharedKeys,
    state: HashAgg,
    keys: usize,
    key: Vec<u32>,
}

impl ByText {
    /// No sums of so many keys, with fewer marks than the bound.
    pub(crate) fn new(keys: usize, marks: u32) -> Self {
        Self {
            shared: SharedKeys::new(keys),
            state: HashAgg::new(keys, marks),
            keys,
            key: Vec::with_capacity(keys + 2),
        }
    }

    /// Adds a cost to the sum with these keys, the last of which is the currency, and this mark.
    pub(crate) fn add<'a>(
        &mut self,
        keys: impl Iterator<Item = Option<&'a str>>,
        mark: u32,
        cost: Amount,
    ) -> Result<(), DataError> {
        self.key.clear();
        for (at, text) in keys.enumerate() {
            self.key
                .push(text.map_or(NONE, |text| self.shared.number(at, text)));
        }
        self.key.push(mark);
        let sum = Sum {
            cost: cost.units(),
            ..Sum::EMPTY
        };
        self.state.add(&self.key, &sum, None)
    }

    /// Adds the sums of a line from its bytes; returns their number.
    pub(super) fn read(&mut self, line: &[u8]) -> Result<u32, DataError> {
        let mut bytes = Bytes(line);
        let mut count = 0;
        while !bytes.0.is_empty() {
            self.read_keys(&mut bytes)?;
            let (sum, quantity) = bytes.sums(&self.shared)?;
            self.state.add(&self.key, &sum, quantity.as_ref())?;
            count += 1;
        }
        Ok(count)
    }

    /// Reads the keys and the mark of a sum.
    fn read_keys(&mut self, bytes: &mut Bytes<'_>) -> Result<(), DataError> {
        self.key.clear();
        for at in 0..=self.keys {
            let text = bytes.text()?;
            self.key
                .push(text.map_or(NONE, |text| self.shared.number(at, text)));
        }
        self.key.push(u32::from_le_bytes(bytes.take()?));
        Ok(())
    }

    /// The sums, numbered in the order in which they were added first.
    pub(crate) fn finish(self) -> Result<Aggregated, DataError> {
        as_spelled(self.state, self.shared)
    }
}

fn unlike() -> DataError {
    DataError::Stored("the temporary file of this answer is damaged".to_owned())
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], DataError> {
        let (first, rest) = self.0.split_first_chunk().ok_or_else(unlike)?;
        self.0 = rest;
        Ok(*first)
    }

    fn text(&mut self) -> Result<Option<&'a str>, DataError> {
        let length = u32::from_le_bytes(self.take()?);
        if length == NONE {
            return Ok(None);
        }
        let split = self.0.split_at_checked(length as usize);
        let (text, rest) = split.ok_or_else(unlike)?;
        self.0 = rest;
        std::str::from_utf8(text).map(Some).map_err(|_| unlike())
    }

    fn sums(&mut self, shared: &SharedKeys) -> Result<(Sum, Option<Quantity>), DataError> {
        let sum = Sum {
            cost: i128::from_le_bytes(self.take()?),
            rows: u64::from_le_bytes(self.take()?),
            first: i32::from_le_bytes(self.take()?),
            last: i32::from_le_bytes(self.take()?),
        };
        let [kind] = self.take()?;
        let unit = match kind {
            NO_QUANTITY => return Ok((sum, None)),
            NAMED => shared.unit(self.text()?.ok_or_else(unlike)?),
            SPECIAL => u32::from_le_bytes(self.take()?),
            _ => return Err(unlike()),
        };
        let units = i128::from_le_bytes(self.take()?);
        Ok((sum, Some(Quantity { units, unit })))
    }
}
