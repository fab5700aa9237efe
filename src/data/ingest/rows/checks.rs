//! Derives facts from single rows: evidence for the metric, the row hash, and shifted fields.

use crate::data::columns::charge_class::{ChargeClass, is_filled};
use crate::data::columns::column_types::{Filling, NO_AMOUNT, amounts_of, texts_of};
use crate::data::columns::layout::Layout;
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::ingest::findings::Proofs;
use crate::data::ingest::records::FieldSpan;
use crate::data::ingest::windows_1252::is_windows_1252;
use crate::domain::query::columns::{Role, plain};
use hashbrown::HashSet;
use std::ops::Range;

/// The kind of anomaly in a text, which is kept regardless.
pub(crate) fn oddity(text: &[u8]) -> Option<&'static str> {
    // Most texts are printable ASCII, which is seen without a branch for each byte.
    let is_plain = |plain: bool, byte: &u8| plain & (0x20..0x7f).contains(byte);
    if text.iter().fold(true, is_plain) {
        return None;
    }
    let Ok(valid) = std::str::from_utf8(text) else {
        let known = is_windows_1252(text);
        return Some(if known { "windows-1252" } else { "bad-utf8" });
    };
    let control =
        |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f;
    if text.iter().any(control) {
        return Some("control-character");
    }
    (!valid.is_ascii() && valid.chars().any(crate::domain::text::is_invisible))
        .then_some("invisible-character")
}

/// Whether a field says that it has no value: the word that databases write there, whatever white space is around it.
pub(crate) fn is_null_word(text: &[u8]) -> bool {
    without_edges(text) == b"NULL"
}

/// Whether a field has no value: white space only, or the word for it.
pub(crate) fn is_blank(text: &[u8]) -> bool {
    matches!(without_edges(text), b"" | b"NULL")
}

/// Trims all kinds of white space.
pub(crate) fn without_edges(text: &[u8]) -> &[u8] {
    let (Some(first), Some(last)) = (text.first(), text.last()) else {
        return text;
    };
    let plain = |byte: &u8| byte.is_ascii_graphic();
    if plain(first) && plain(last) {
        return text;
    }
    match std::str::from_utf8(text) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) if is_windows_1252(text) => without_narrow_edges(text),
        Err(_) => text.trim_ascii(),
    }
}

/// Trims the white space of Windows-1252, whose no-break space is one byte.
fn without_narrow_edges(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0xa0;
    let start = text.iter().position(|byte| !is_space(byte));
    let end = text.iter().rposition(|byte| !is_space(byte));
    match (start, end) {
        (Some(start), Some(end)) => text.get(start..=end).unwrap_or_default(),
        (None, _) | (_, None) => b"",
    }
}

/// Whether two values are equal as amounts, as dates, or as text ignoring case.
pub(crate) fn agree(one: &[u8], other: &[u8]) -> bool {
    let (Ok(one), Ok(other)) = (std::str::from_utf8(one), std::str::from_utf8(other)) else {
        return one == other;
    };
    let (one, other) = (one.trim(), other.trim());
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    let amount = |text| crate::domain::money::Amount::parse(text).ok();
    if let (Some(one), Some(other)) = (amount(one), amount(other)) {
        return one.amount == other.amount;
    }
    let day = |text| crate::data::columns::dates::parse(text).ok();
    day(one).is_some_and(|one| day(other) == Some(one))
}

/// The columns that identify a row: all columns with a role, because only those mean the same in different file types.
pub(crate) fn hashed(layout: &Layout) -> Vec<usize> {
    let skip = [Role::SubscriptionName, Role::Tags];
    let roles = Role::ALL.into_iter().filter(|role| !skip.contains(role));
    roles.filter_map(|role| layout.role(role)).collect()
}

/// The hashes of rows, with and without their amounts.
pub(crate) fn hashes(
    columns: &[Filling],
    hashed: &[usize],
    rows: &Range<usize>,
) -> Vec<(u64, u64)> {
    const START: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut sums = vec![(START, START); rows.len()];
    for at in hashed {
        match columns.get(*at) {
            Some(Filling::Text(texts)) => {
                let of_code = |code: &u32| match *code {
                    NONE => 1,
                    code => texts.hash(code),
                };
                let codes = texts.codes().get(rows.clone()).unwrap_or_default();
                add(&mut sums, codes.iter().map(of_code), true);
            }
            Some(Filling::Amount(units)) => {
                let units = units.get(rows.clone()).unwrap_or_default();
                add(&mut sums, units.iter().map(|units| halves(*units)), false);
            }
            Some(Filling::Day(days)) => {
                let days = days.values.get(rows.clone()).unwrap_or_default();
                let value = |day: &i32| u64::from(day.cast_unsigned());
                add(&mut sums, days.iter().map(value), true);
            }
            None => add(&mut sums, std::iter::repeat(0), true),
        }
    }
    sums
}

/// Adds the values of a column to the hashes of its rows.
fn add(hashes: &mut [(u64, u64)], values: impl Iterator<Item = u64>, is_place: bool) {
    for ((hash, place), value) in hashes.iter_mut().zip(values) {
        *hash = mix(*hash ^ value);
        if is_place {
            *place = mix(*place ^ value);
        }
    }
}

/// Both halves of an amount as one number.
fn halves(units: i128) -> u64 {
    let units = units.to_le_bytes();
    let half = |range: Range<usize>| {
        let bytes = units.get(range).and_then(|half| half.try_into().ok());
        u64::from_le_bytes(bytes.unwrap_or_default())
    };
    half(0..8) ^ half(8..16).rotate_left(29)
}

/// Mixes the bits (the finalizer of `MurmurHash3`).
fn mix(mut value: u64) -> u64 {
    value ^= value >> 33;
    value = value.wrapping_mul(0xff51_afd7_ed55_8ccd);
    value ^= value >> 33;
    value = value.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

/// Whether a row costs anything.
fn is_priced(cost: &[i128], row: usize) -> bool {
    let cost = cost.get(row);
    cost.is_some_and(|cost| *cost != NO_AMOUNT && *cost != 0)
}

/// A number for each row: the same where all texts are, and where the rows have a cost or have none. Returns the number
/// after the largest, too; `None` if there are more of them than rows are worth.
fn numbered(
    texts: &[Option<&GrowingTexts>],
    cost: &[i128],
    rows: &Range<usize>,
) -> Option<(Vec<u32>, usize)> {
    /// Fewer rows are not worth it.
    const FEW: usize = 64;
    if rows.len() < FEW {
        return None;
    }
    let mut numbers: Vec<u32> = rows
        .clone()
        .map(|row| u32::from(is_priced(cost, row)))
        .collect();
    let mut count = 2_usize;
    for texts in texts.iter().flatten() {
        let codes = texts.codes().get(rows.clone())?;
        // A row without a text has a code, too.
        let step = texts.distinct() + 1;
        count = count
            .checked_mul(step)
            .filter(|count| *count <= MOST_ALIKE)?;
        let step = u32::try_from(step).ok()?;
        for (number, code) in numbers.iter_mut().zip(codes) {
            *number = *number * step + code.wrapping_add(1);
        }
    }
    Some((numbers, count))
}

/// The largest number of kinds of rows that is counted out for a part of a block.
const MOST_ALIKE: usize = 1 << 12;

/// Collects evidence for the metric from the rows of a block.
pub(crate) struct Charges {
    /// For each charge type code: whether it is usage.
    usage: Vec<bool>,
    cost: Option<usize>,
    charge: Option<usize>,
    publisher: Option<usize>,
    pricing: Option<usize>,
    ids: [Option<usize>; 2],
    /// A file with both costs has no single metric.
    both: bool,
    /// The codes of rows that were looked at, and whether they had a price: equal ones prove the same.
    known: HashSet<Alike>,
}

/// What rows of the same evidence have in common.
type Alike = ([u32; 5], bool);

impl Charges {
    pub(crate) fn of(layout: &Layout) -> Self {
        Self {
            usage: Vec::new(),
            cost: layout.role(Role::Cost),
            charge: layout.role(Role::ChargeType),
            publisher: layout.role(Role::PublisherType),
            pricing: layout.role(Role::PricingModel),
            ids: [layout.role(Role::Reservation), layout.role(Role::Benefit)],
            both: layout.role(Role::EffectiveCost).is_some(),
            known: HashSet::new(),
        }
    }

    /// Records the evidence of rows; the rows before them were recorded.
    pub(crate) fn note_rows(
        &mut self,
        columns: &[Filling],
        rows: Range<usize>,
        proofs: &mut Proofs,
    ) {
        if self.both || texts_of(columns, self.charge).is_none() {
            return;
        }
        let [reservation, benefit] = self.ids;
        let texts = [
            self.charge,
            self.publisher,
            self.pricing,
            reservation,
            benefit,
        ];
        let texts = texts.map(|at| texts_of(columns, at));
        match numbered(&texts, amounts_of(columns, self.cost), &rows) {
            Some((numbers, count)) => {
                let mut seen = vec![false; count];
                for (row, number) in rows.zip(numbers) {
                    // A row that is equal in all of this proves nothing new.
                    if let Some(seen) = seen.get_mut(number as usize)
                        && !*seen
                    {
                        *seen = true;
                        self.note(columns, row, proofs);
                    }
                }
            }
            None => {
                for row in rows {
                    self.note(columns, row, proofs);
                }
            }
        }
    }

    /// Whether a row like this was looked at before.
    fn is_known(&mut self, row: Alike) -> bool {
        /// Enough for files of few commitments; the rows of others are looked at one by one.
        const MOST: usize = 1 << 12;
        if self.known.len() < MOST {
            return !self.known.insert(row);
        }
        self.known.contains(&row)
    }

    /// Whether a charge type is usage. The texts of all codes up to this one are looked at once.
    fn is_usage(&mut self, charges: &GrowingTexts, code: u32) -> bool {
        let at = code as usize;
        let known = u32::try_from(self.usage.len()).unwrap_or(code);
        for code in known..=code {
            let text = charges.get(code).map(std::str::from_utf8);
            let is_usage = |text: &str| text.trim().eq_ignore_ascii_case("usage");
            self.usage
                .push(matches!(text, Some(Ok(text)) if is_usage(text)));
        }
        self.usage.get(at).copied().unwrap_or_default()
    }

    /// Records the evidence of a row; the rows before it were recorded.
    fn note(&mut self, columns: &[Filling], row: usize, proofs: &mut Proofs) {
        let Some(charges) = texts_of(columns, self.charge).filter(|_| !self.both) else {
            return;
        };
        let code = charges.codes().get(row).copied().unwrap_or(NONE);
        if code == NONE {
            return;
        }
        let usage = self.is_usage(charges, code);
        // Usage has nothing left to prove.
        if usage && proofs.priced_benefit {
            return;
        }
        // In actual cost, covered usage is free; a price means that it has a share of the purchase.
        let priced = is_priced(amounts_of(columns, self.cost), row);
        if usage && (!priced || proofs.priced_benefit) {
            return;
        }
        let code_of = |at: Option<usize>| {
            let texts = texts_of(columns, at);
            let code = texts.and_then(|texts| texts.codes().get(row));
            code.copied().unwrap_or(NONE)
        };
        let [reservation, benefit] = self.ids.map(code_of);
        let codes = [
            code,
            code_of(self.publisher),
            code_of(self.pricing),
            reservation,
            benefit,
        ];
        if self.is_known((codes, priced)) {
            return;
        }
        let charge = charges.get(code).map(std::str::from_utf8);
        let Some(Ok(charge)) = charge else {
            return;
        };
        let last = |at: Option<usize>| {
            let texts = texts_of(columns, at)?;
            let raw = texts.get(code_of(at))?;
            std::str::from_utf8(raw).ok()
        };
        let has_id = self.ids.iter().any(|id| last(*id).is_some_and(is_filled));
        match ChargeClass::of(
            last(self.publisher),
            last(self.pricing),
            Some(charge),
            has_id,
        ) {
            ChargeClass::UnusedReservation | ChargeClass::UnusedSavingsPlan => {
                proofs.unused = true;
            }
            ChargeClass::Used if usage => proofs.priced_benefit = true,
            ChargeClass::Purchase => proofs.purchase = true,
            ChargeClass::Used | ChargeClass::NoBenefit | ChargeClass::Refund => {}
        }
    }
}

/// Whether a field after the cost in a long row is certainly in its own column.
pub(crate) fn anchored(layout: &Layout, text: &[u8], fields: &[FieldSpan]) -> bool {
    let cost = layout.role(Role::Cost).unwrap_or_default();
    let mut scratch = Vec::new();
    let mut behind = layout.headers.iter().zip(fields).skip(cost + 1);
    behind.any(|(header, field)| {
        let raw = String::from_utf8_lossy(field.bytes(text, &mut scratch)).into_owned();
        let value = raw.trim();
        match plain(header).as_str() {
            "resourceid" | "instanceid" => value.starts_with("/subscriptions/"),
            "billingcurrency" | "billingcurrencycode" | "currency" => {
                value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase())
            }
            "chargetype" | "publishertype" => !value.is_empty(),
            name => name.ends_with("date") && crate::data::columns::dates::parse(value).is_ok(),
        }
    })
}

/// A field that does not fit its column, in a row of the wrong length: fields before it are missing or extra.
pub(crate) fn moved(layout: &Layout, text: &[u8], fields: &[FieldSpan]) -> Option<String> {
    let mut scratch = Vec::new();
    for (header, field) in layout.headers.iter().zip(fields) {
        let raw = String::from_utf8_lossy(field.bytes(text, &mut scratch)).into_owned();
        let value = raw.trim();
        if is_blank(value.as_bytes()) {
            continue;
        }
        let plain = plain(header);
        let fits = match plain.as_str() {
            "resourceid" | "instanceid" => value.starts_with('/'),
            "subscriptionid" | "subscriptionguid" | "meterid" => !value.contains([' ', '{', '.']),
            "tags" | "additionalinfo" => value.starts_with(['{', '"']),
            "quantity" | "effectiveprice" | "unitprice" | "paygprice" | "resourcerate" => {
                crate::domain::money::Amount::parse(value).is_ok()
            }
            "billingcurrency" | "billingcurrencycode" | "pricingcurrency" | "currency" => {
                value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_alphabetic())
            }
            "publishertype" | "chargetype" | "frequency" | "pricingmodel" => value
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b' '),
            name if name.ends_with("date") => value.bytes().any(|byte| byte.is_ascii_digit()),
            name => {
                let id = value.starts_with("/subscriptions/");
                let home = name.ends_with("id") || name.contains("resource");
                (home || !id) && !value.starts_with('{')
            }
        };
        if !fits {
            let short: String = value.chars().take(40).collect();
            return Some(format!("column {header} holds `{short}`"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::data::columns::column_types::NO_AMOUNT;
    use crate::data::columns::text_column::GrowingTexts;
    use crate::data::ingest::rows::checks::{is_priced, numbered};
    use std::collections::HashMap;

    fn texts(rows: usize, word: impl Fn(usize) -> Option<usize>) -> GrowingTexts {
        let mut texts = GrowingTexts::default();
        for row in 0..rows {
            let word = word(row).map(|word| word.to_string());
            texts.push(word.unwrap_or_default().as_bytes());
        }
        texts
    }

    #[test]
    fn rows_have_one_number_if_and_only_if_they_are_alike() {
        let one = texts(500, |row| (row % 3 > 0).then_some(row % 4));
        let other = texts(500, |row| Some(row / 100));
        let cost = |row: usize| [NO_AMOUNT, 3, 0, -3][row % 4];
        let cost: Vec<i128> = (0..500).map(|row| cost(row / 7)).collect();
        for rows in [0..500, 10..400, 100..164] {
            let found = numbered(&[Some(&one), None, Some(&other)], &cost, &rows);
            let (numbers, count) = found.unwrap();
            let (mut by_row, mut by_number) = (HashMap::new(), HashMap::new());
            for (row, number) in rows.zip(numbers) {
                assert!((number as usize) < count);
                let alike = (one.codes()[row], other.codes()[row], is_priced(&cost, row));
                assert_eq!(*by_row.entry(alike).or_insert(number), number);
                assert_eq!(*by_number.entry(number).or_insert(alike), alike);
            }
        }
    }

    #[test]
    fn too_many_kinds_and_too_few_rows_have_no_numbers() {
        let many = texts(5_000, Some);
        assert!(numbered(&[Some(&many)], &[], &(0..5_000)).is_none());
        let one = texts(10, |_| Some(1));
        assert!(numbered(&[Some(&one)], &[], &(0..10)).is_none());
    }
}
