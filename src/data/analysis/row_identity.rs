//! Hashes rows, so that the same row has the same hash in another source.

use super::line_items::mix_codes;
use crate::data::columns::column_types::{ColumnKind, NO_AMOUNT};
use crate::data::columns::tags;
use crate::data::columns::text_column::NONE;
use crate::data::dataset::Dataset;
use crate::data::dataset::row_marks::short;
use crate::data::engine::keys;
use crate::data::engine::scan::RowGroup;
use crate::data::error::DataError;
use crate::data::ingest::checksums::line_item_hash::mixed;
use crate::data::table::stored::Decoded;
use crate::domain::money::Amount;
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::group_key::GroupKey;
use xxhash_rust::xxh3::xxh3_64;

/// A column that tells rows apart.
#[derive(Debug, Clone, PartialEq, Eq)]
enum IdentityColumn {
    Key(GroupKey),
    Number(String),
    Tags,
}

/// The columns that two sources are compared by.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowIdentity {
    columns: Vec<IdentityColumn>,
    /// Whether only the usage is compared, not its cost. Numbers are rounded then: spreadsheets keep 15 digits.
    usage: bool,
    /// The amounts that both have, best first. The first that is not 0 tells rows apart.
    money: Money,
    /// The quantity, if both have it and resources. It tells rows without money apart.
    quantity: Option<String>,
}

/// The amounts that rows are compared by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Money {
    /// The billed one: other layouts amortize in other ways.
    #[default]
    Billed,
    /// Everything that can count as cost: billed or amortized, in either currency.
    All,
}

impl RowIdentity {
    /// All columns that both have, with tags compared by their parsed values.
    pub(crate) fn whole(data: &Dataset, one: usize, other: usize) -> Self {
        let parts = data.parts();
        let (Some(a), Some(b)) = (parts.get(one), parts.get(other)) else {
            return Self::default();
        };
        let both = |role: Role| {
            let mut parts = [a, b].into_iter();
            parts.all(|part| part.stored.layout.role(role).is_some())
        };
        let mut columns = Vec::new();
        if both(Role::Date) {
            columns.push(IdentityColumn::Key(GroupKey::Role(Role::Date)));
        }
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
                (ColumnKind::Amount { .. }, ColumnKind::Amount { .. }) => {
                    IdentityColumn::Number(name)
                }
                (ColumnKind::Text, ColumnKind::Text)
                | (ColumnKind::Day { .. }, ColumnKind::Day { .. }) => {
                    IdentityColumn::Key(GroupKey::Column(name))
                }
                _ => continue,
            });
        }
        if both(Role::Tags) {
            columns.push(IdentityColumn::Tags);
        }
        let quantity = a.stored.layout.role_header(Role::Quantity).map(plain);
        let quantity = quantity.filter(|name| {
            both(Role::Resource) && columns.contains(&IdentityColumn::Number(name.clone()))
        });
        Self {
            columns,
            usage: false,
            money: Money::All,
            quantity,
        }
    }

    /// The columns that all layouts share.
    pub(crate) fn across(data: &Dataset, one: usize, other: usize) -> Result<Self, DataError> {
        let has = |at: usize, role: Role| {
            let part = data.parts().get(at);
            part.is_some_and(|part| part.stored.layout.role(role).is_some())
        };
        let both = |role: Role| has(one, role) && has(other, role);
        let mut roles = vec![Role::Date, Role::Currency, Role::Subscription];
        roles.retain(|role| both(*role));
        // A layout may have the column but leave it empty.
        if fills(data, one, Role::Resource)? && fills(data, other, Role::Resource)? {
            roles.push(Role::Resource);
        }
        let group = |at| has(at, Role::ResourceGroup) || has(at, Role::Resource);
        if group(one) && group(other) {
            roles.push(Role::ResourceGroup);
        }
        let column = |role| IdentityColumn::Key(GroupKey::Role(role));
        Ok(Self {
            columns: roles.into_iter().map(column).collect(),
            money: if both(Role::EffectiveCost) {
                Money::All
            } else {
                Money::Billed
            },
            ..Self::default()
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
                Role::Quantity => IdentityColumn::Number(plain(mine)),
                role => IdentityColumn::Key(GroupKey::Role(role)),
            })
        });
        let mut columns: Vec<IdentityColumn> = columns.collect();
        let meter = |at: usize| {
            let part = parts.get(at);
            part.is_some_and(|part| part.stored.layout.header("meterid").is_some())
        };
        if meter(one) && meter(other) {
            columns.push(IdentityColumn::Key(GroupKey::Column("meterid".to_owned())));
        }
        Self {
            columns,
            usage: true,
            money: Money::All,
            quantity: None,
        }
    }

    /// Whether rows are identified by where they belong, not only by day and amount.
    pub(crate) fn names_a_scope(&self) -> bool {
        let scopes = [Role::Subscription, Role::ResourceGroup, Role::Resource];
        let mut roles = scopes
            .into_iter()
            .map(|role| IdentityColumn::Key(GroupKey::Role(role)));
        roles.any(|column| self.columns.contains(&column))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
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
pub(crate) struct HashedRow {
    pub(crate) hash: u64,
    /// Its amount, if that alone makes it likely that an equal row is the same one.
    pub(crate) telling: Option<i128>,
    /// Whether it has money, not only a quantity.
    pub(crate) costs: bool,
}

/// Hashes the rows of a slice; `None` for rows that are not compared.
pub(crate) fn rows(
    slice: &RowGroup<'_>,
    identity: &RowIdentity,
) -> Result<Vec<Option<HashedRow>>, DataError> {
    let mut hashes = vec![0_u64; slice.rows];
    for column in &identity.columns {
        match column {
            IdentityColumn::Key(key) => mix_key(&mut hashes, slice, key)?,
            IdentityColumn::Number(name) => {
                if let Some(header) = slice.header(name) {
                    let units = numbers(slice, header)?;
                    if identity.usage {
                        mix_units(&mut hashes, units.iter().map(|units| short(*units)));
                    } else {
                        mix_units(&mut hashes, units.iter().copied());
                    }
                }
            }
            IdentityColumn::Tags => mix_tags(&mut hashes, slice)?,
        }
    }
    let money = money(slice, identity.money)?;
    if identity.usage {
        // A credit is not the same usage at another price.
        mix_units(&mut hashes, money.iter().map(|units| units.signum()));
    } else {
        mix_units(&mut hashes, money.iter().copied());
    }
    let used = match &identity.quantity {
        Some(name) => used(slice, name)?,
        None => Vec::new(),
    };
    let rows = hashes.into_iter().zip(&money).enumerate();
    let row = |(at, (hash, units)): (usize, (u64, &i128))| {
        let costs = *units != 0;
        let counts = costs || used.get(at).is_some_and(|used| *used);
        counts.then_some(HashedRow {
            hash,
            telling: is_telling(*units).then_some(*units),
            costs,
        })
    };
    Ok(rows.map(row).collect())
}

/// The first amount of each row that is not 0; 0 if there is none.
fn money(slice: &RowGroup<'_>, which: Money) -> Result<Vec<i128>, DataError> {
    let headers = match which {
        Money::Billed => slice.role(Role::Cost).into_iter().collect(),
        Money::All => slice.part.stored.layout.money_headers(),
    };
    let mut money = vec![0; slice.rows];
    for header in headers {
        let units = numbers(slice, header)?;
        for (money, units) in money.iter_mut().zip(units.iter()) {
            if *money == 0 && *units != NO_AMOUNT {
                *money = *units;
            }
        }
    }
    Ok(money)
}

/// Which rows name a resource and the quantity that it used.
fn used(slice: &RowGroup<'_>, quantity: &str) -> Result<Vec<bool>, DataError> {
    let Some(header) = slice.header(quantity) else {
        return Ok(Vec::new());
    };
    let resources = slice.role_texts(Role::Resource)?;
    let quantities = numbers(slice, header)?;
    let rows = resources.codes.iter().zip(quantities.iter());
    Ok(rows
        .map(|(resource, units)| *resource != NONE && *units != NO_AMOUNT && *units != 0)
        .collect())
}

/// A column of numbers. One of the files may store it as text; a text that is not a number counts as missing.
fn numbers(slice: &RowGroup<'_>, header: &str) -> Result<Decoded<i128>, DataError> {
    slice.numbers(header, |text| {
        Amount::parse(text).map_or(NO_AMOUNT, |parsed| parsed.amount.units())
    })
}

fn mix_key(hashes: &mut [u64], slice: &RowGroup<'_>, key: &GroupKey) -> Result<(), DataError> {
    let column = keys::of(slice, key)?;
    let of_text = |text: &str| xxh3_64(text.trim().to_lowercase().as_bytes());
    let codes = 0..u32::try_from(column.words.len()).unwrap_or(NONE);
    let by_code: Vec<u64> = codes
        .map(|code| column.words.get(code).map_or(0, of_text))
        .collect();
    mix_codes(hashes, column.codes.get(), &by_code);
    Ok(())
}

/// Whether an amount has enough digits to recognize it: the cost of a day's usage has, a round sum has not.
fn is_telling(cost: i128) -> bool {
    let mut digits = cost.unsigned_abs();
    while digits > 0 && digits.is_multiple_of(10) {
        digits /= 10;
    }
    digits >= 10_000
}

fn mix_units(hashes: &mut [u64], units: impl Iterator<Item = i128>) {
    for (hash, units) in hashes.iter_mut().zip(units) {
        *hash = mixed(*hash, xxh3_64(&units.to_le_bytes()));
    }
}

/// Mixes in the tags, sorted by key. Invalid tags are hashed as written.
fn mix_tags(hashes: &mut [u64], slice: &RowGroup<'_>) -> Result<(), DataError> {
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
    mix_codes(hashes, &column.codes, &by_code);
    Ok(())
}
