//! Hashes rows, so that the same row has the same hash in another source.

use crate::data::columns::column_types::{Kind, NO_AMOUNT};
use crate::data::columns::tags;
use crate::data::columns::text_column::NONE;
use crate::data::dataset::Dataset;
use crate::data::dataset::open_table::PartData;
use crate::data::engine::keys;
use crate::data::engine::scan::Slice;
use crate::data::error::DataError;
use crate::domain::money::Amount;
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::group_key::GroupKey;
use xxhash_rust::xxh3::xxh3_64;

/// A column that tells rows apart.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Key(GroupKey),
    Number(String),
    Tags,
}

/// The columns that two sources are compared by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    columns: Vec<Column>,
    cost: bool,
    /// Whether numbers are rounded: spreadsheets keep 15 digits.
    rounded: bool,
    /// Whether rows without an amount are ignored.
    only_charged: bool,
}

impl Identity {
    /// All columns that both have, with tags compared by their parsed values.
    pub(crate) fn whole(data: &Dataset, one: usize, other: usize) -> Self {
        let parts = data.parts();
        let (Some(a), Some(b)) = (parts.get(one), parts.get(other)) else {
            return Self::default();
        };
        let mut columns = day_of_both(a, b);
        let skip = [Role::Cost, Role::EffectiveCost, Role::Date, Role::Tags];
        for header in &a.stored.layout.headers {
            let role_of = |role: &Role| a.stored.layout.role_header(*role) == Some(header);
            let name = plain(header);
            let theirs = b
                .stored
                .layout
                .headers
                .iter()
                .find(|own| plain(own) == name);
            let Some(theirs) = theirs.filter(|_| !skip.iter().any(role_of)) else {
                continue;
            };
            // The same JSON may be written with other blanks.
            if name == "additionalinfo" {
                continue;
            }
            columns.push(match (a.stored.kind(header), b.stored.kind(theirs)) {
                (Kind::Amount { .. }, Kind::Amount { .. }) => Column::Number(name),
                (Kind::Text, Kind::Text) | (Kind::Day { .. }, Kind::Day { .. }) => {
                    Column::Key(GroupKey::Column(name))
                }
                _ => continue,
            });
        }
        let tags = |part: &PartData| part.stored.layout.role(Role::Tags).is_some();
        if tags(a) && tags(b) {
            columns.push(Column::Tags);
        }
        Self {
            columns,
            cost: true,
            rounded: false,
            only_charged: true,
        }
    }

    /// The columns that all layouts share.
    pub(crate) fn across(data: &Dataset, one: usize, other: usize) -> Result<Self, DataError> {
        let has = |at: usize, role: Role| {
            let part = data.parts().get(at);
            part.is_some_and(|part| part.stored.layout.role(role).is_some())
        };
        let both = |role: Role| has(one, role) && has(other, role);
        let mut columns = Vec::new();
        if both(Role::Date) {
            columns.push(Column::Key(GroupKey::Role(Role::Date)));
        }
        for role in [Role::Currency, Role::Subscription, Role::Resource] {
            let filled = match role {
                // A layout may have the column but leave it empty.
                Role::Resource => fills(data, one, role)? && fills(data, other, role)?,
                _ => both(role),
            };
            if filled {
                columns.push(Column::Key(GroupKey::Role(role)));
            }
        }
        let group = |at| has(at, Role::ResourceGroup) || has(at, Role::Resource);
        if group(one) && group(other) {
            columns.push(Column::Key(GroupKey::Role(Role::ResourceGroup)));
        }
        Ok(Self {
            columns,
            cost: true,
            rounded: false,
            only_charged: true,
        })
    }

    /// The usage, regardless of its cost.
    pub(crate) fn usage(data: &Dataset, one: usize, other: usize) -> Self {
        const USAGE: [Role; 11] = [
            Role::Date,
            Role::Resource,
            Role::Meter,
            Role::Subscription,
            Role::ResourceGroup,
            Role::Service,
            Role::ChargeType,
            Role::PricingModel,
            Role::Reservation,
            Role::Benefit,
            Role::Quantity,
        ];
        let parts = data.parts();
        let header = |at: usize, role| {
            let part = parts.get(at);
            part.and_then(|part| part.stored.layout.role_header(role))
        };
        let columns = USAGE.into_iter().filter_map(|role| {
            let (mine, _) = (header(one, role)?, header(other, role)?);
            Some(match role {
                Role::Quantity => Column::Number(plain(mine)),
                role => Column::Key(GroupKey::Role(role)),
            })
        });
        let mut columns: Vec<Column> = columns.collect();
        let meter = |at: usize| {
            let part = parts.get(at);
            part.is_some_and(|part| {
                part.stored
                    .layout
                    .headers
                    .iter()
                    .any(|h| plain(h) == "meterid")
            })
        };
        if meter(one) && meter(other) {
            columns.push(Column::Key(GroupKey::Column("meterid".to_owned())));
        }
        Self {
            columns,
            cost: false,
            rounded: true,
            only_charged: true,
        }
    }

    /// Whether rows are identified by where they belong, not only by day and amount.
    pub(crate) fn names_a_scope(&self) -> bool {
        let scopes = [Role::Subscription, Role::ResourceGroup, Role::Resource];
        let mut roles = scopes
            .into_iter()
            .map(|role| Column::Key(GroupKey::Role(role)));
        roles.any(|column| self.columns.contains(&column))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

/// The day, where both have one.
fn day_of_both(one: &PartData, other: &PartData) -> Vec<Column> {
    let dated = |part: &PartData| part.stored.layout.role(Role::Date).is_some();
    let both = dated(one) && dated(other);
    let day = || Column::Key(GroupKey::Role(Role::Date));
    both.then(day).into_iter().collect()
}

/// Whether any row has a value of a role.
pub(crate) fn fills(data: &Dataset, at: usize, role: Role) -> Result<bool, DataError> {
    let states = crate::data::engine::scan::fold_part(
        data,
        at,
        || false,
        |found, slice| {
            *found |= slice
                .role_texts(role)?
                .codes
                .iter()
                .any(|code| *code != NONE);
            Ok(())
        },
    )?;
    Ok(states.contains(&true))
}

/// A hashed row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) hash: u64,
    /// Its amount, if that alone makes it likely that an equal row is the same one.
    pub(crate) telling: Option<i128>,
}

/// Hashes the rows of a slice; `None` for rows that are not compared.
pub(crate) fn rows(slice: &Slice<'_>, identity: &Identity) -> Result<Vec<Option<Row>>, DataError> {
    let mut hashes = vec![0_u64; slice.rows];
    for column in &identity.columns {
        match column {
            Column::Key(key) => mix_key(&mut hashes, slice, key)?,
            Column::Number(name) => {
                if let Some(header) = slice.header(name) {
                    let units = numbers(slice, header)?;
                    if identity.rounded {
                        let short: Vec<i128> = units.iter().map(|units| short(*units)).collect();
                        mix_units(&mut hashes, &short);
                    } else {
                        mix_units(&mut hashes, &units);
                    }
                }
            }
            Column::Tags => mix_tags(&mut hashes, slice)?,
        }
    }
    let costs = slice.costs()?;
    if identity.cost {
        mix_units(&mut hashes, costs);
    } else {
        // A credit is not the same usage at another price.
        let signs: Vec<i128> = costs.iter().map(|cost| cost.signum()).collect();
        mix_units(&mut hashes, &signs);
    }
    let counts = |cost: i128| !identity.only_charged || (cost != NO_AMOUNT && cost != 0);
    let rows = hashes.into_iter().zip(costs.iter());
    let row = |(hash, cost): (u64, &i128)| {
        let telling = is_telling(*cost).then_some(*cost);
        counts(*cost).then_some(Row { hash, telling })
    };
    Ok(rows.map(row).collect())
}

/// A column of numbers. One of the files may store it as text; a text that is not a number counts as missing.
fn numbers(slice: &Slice<'_>, header: &str) -> Result<Vec<i128>, DataError> {
    if matches!(slice.kind(header), Kind::Amount { .. }) {
        return Ok(slice.amounts(header)?.to_vec());
    }
    let texts = slice.texts(header)?;
    let read = |code: &u32| {
        let parsed = texts.get(*code).and_then(|text| Amount::parse(text).ok());
        parsed.map_or(NO_AMOUNT, |parsed| parsed.amount.units())
    };
    Ok(texts.codes.iter().map(read).collect())
}

fn mix_key(hashes: &mut [u64], slice: &Slice<'_>, key: &GroupKey) -> Result<(), DataError> {
    let column = keys::of(slice, key)?;
    let of_text = |text: &str| xxh3_64(text.trim().to_lowercase().as_bytes());
    let codes = 0..u32::try_from(column.words.len()).unwrap_or(NONE);
    let by_code: Vec<u64> = codes
        .map(|code| column.words.get(code).map_or(0, of_text))
        .collect();
    for (hash, code) in hashes.iter_mut().zip(column.codes.get()) {
        *hash = mixed(
            *hash,
            by_code.get(*code as usize).copied().unwrap_or_default(),
        );
    }
    Ok(())
}

/// Rounds a number to twelve digits.
fn short(units: i128) -> i128 {
    const MOST: u128 = 1_000_000_000_000;
    if units == NO_AMOUNT {
        return units;
    }
    let mut scale = 1_i128;
    while (units / scale).unsigned_abs() >= MOST {
        scale *= 10;
    }
    let half = if units < 0 { -scale / 2 } else { scale / 2 };
    (units + half) / scale * scale
}

/// Whether an amount has enough digits to recognize it: the cost of a day's usage has, a round sum has not.
fn is_telling(cost: i128) -> bool {
    let mut digits = cost.unsigned_abs();
    while digits > 0 && digits.is_multiple_of(10) {
        digits /= 10;
    }
    digits >= 10_000
}

fn mix_units(hashes: &mut [u64], units: &[i128]) {
    for (hash, units) in hashes.iter_mut().zip(units) {
        *hash = mixed(*hash, xxh3_64(&units.to_le_bytes()));
    }
}

/// Mixes in the tags, sorted by key. Invalid tags are hashed as written.
fn mix_tags(hashes: &mut [u64], slice: &Slice<'_>) -> Result<(), DataError> {
    let column = slice.role_texts(Role::Tags)?;
    let number = |text: &str| match tags::parse(text) {
        Some(pairs) if pairs.is_empty() => 0,
        Some(mut pairs) => {
            pairs.sort();
            let all: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{key}\0{value}"))
                .collect();
            xxh3_64(all.join("\0").as_bytes())
        }
        None => xxh3_64(text.trim().as_bytes()),
    };
    let codes = 0..u32::try_from(column.values.len()).unwrap_or(NONE);
    let by_code: Vec<u64> = codes
        .map(|code| column.get(code).map_or(0, number))
        .collect();
    for (hash, code) in hashes.iter_mut().zip(column.codes.iter()) {
        *hash = mixed(
            *hash,
            by_code.get(*code as usize).copied().unwrap_or_default(),
        );
    }
    Ok(())
}

fn mixed(before: u64, next: u64) -> u64 {
    let both = u128::from(next) << 64 | u128::from(before);
    xxh3_64(&both.to_le_bytes())
}
