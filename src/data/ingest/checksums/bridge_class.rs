//! Classifies the rows of a row group for the bridge between actual and amortized costs.

use crate::data::columns::charge_class::{
    ChargeClass, FocusRow, PUBLISHER_KINDS, is_filled, publisher_kind,
};
use crate::data::columns::text_column;
use crate::data::columns::text_column::NONE;
use crate::domain::query::columns::{Dialect, Role};
use hashbrown::HashMap;

/// The columns that determine the class of a row. FOCUS uses other columns than Microsoft's own layouts.
const OWN: [Role; 5] = [
    Role::PublisherType,
    Role::PricingModel,
    Role::ChargeType,
    Role::Reservation,
    Role::Benefit,
];
const FOCUS: [Role; 7] = [
    Role::PublisherType,
    Role::ChargeType,
    Role::ChargeSubcategory,
    Role::ChargeClass,
    Role::BenefitStatus,
    Role::BenefitType,
    Role::Benefit,
];

/// Limit for classifying each combination of texts only once; valid files have far fewer.
const COMBINATIONS: usize = 1 << 18;

/// A text column, stored or still being read.
pub(crate) trait TextColumn {
    /// The code of each row.
    fn codes(&self) -> &[u32];
    /// Number of distinct codes.
    fn distinct(&self) -> usize;
    fn text(&self, code: u32) -> Option<&str>;
}

impl TextColumn for Option<&text_column::GrowingTexts> {
    fn codes(&self) -> &[u32] {
        self.map_or(&[], text_column::GrowingTexts::codes)
    }

    fn distinct(&self) -> usize {
        self.map_or(0, text_column::GrowingTexts::distinct)
    }

    fn text(&self, code: u32) -> Option<&str> {
        std::str::from_utf8((*self)?.get(code)?).ok()
    }
}

/// The [`ChargeClass`] index of each row.
pub(crate) fn parts_of<C: TextColumn, E>(
    dialect: Dialect,
    rows: usize,
    column: impl Fn(Role) -> Result<C, E>,
) -> Result<Vec<u8>, E> {
    let focus = dialect == Dialect::Focus;
    let roles: &[Role] = if focus { &FOCUS } else { &OWN };
    let columns = roles
        .iter()
        .map(|role| column(*role))
        .collect::<Result<Vec<C>, E>>()?;
    let of_row = |row: usize| {
        let texts: Vec<Option<&str>> = columns
            .iter()
            .map(|column| column.text(*column.codes().get(row)?))
            .collect();
        let part = if focus {
            of_focus(&texts)
        } else {
            of_own(&texts)
        };
        part.index()
    };
    let kinds: Vec<(Vec<usize>, usize)> = roles
        .iter()
        .zip(&columns)
        .map(|(role, texts)| kinds(*role, texts))
        .collect();
    let combinations = kinds
        .iter()
        .try_fold(1_usize, |all, (_, count)| all.checked_mul(*count));
    let Some(combinations) = combinations.filter(|all| *all <= COMBINATIONS) else {
        return Ok((0..rows).map(of_row).collect());
    };
    let mut known: Vec<Option<u8>> = vec![None; combinations];
    let index = index(&columns, &kinds, rows);
    let numbers = index.into_iter().enumerate().map(|(row, at)| {
        let part = known.get_mut(at)?;
        Some(*part.get_or_insert_with(|| of_row(row)))
    });
    Ok(numbers.map(Option::unwrap_or_default).collect())
}

/// The number of the text behind each code of a column, with 0 for rows without one; and how many numbers there are.
/// Only whether an id is set and only the class of a publisher matter, so that many rows share few combinations.
fn kinds(role: Role, texts: &impl TextColumn) -> (Vec<usize>, usize) {
    let codes = 0..u32::try_from(texts.distinct()).unwrap_or(NONE);
    let texts = codes.map(|code| texts.text(code).unwrap_or_default());
    match role {
        Role::Reservation | Role::Benefit => {
            (texts.map(|id| usize::from(is_filled(id))).collect(), 2)
        }
        Role::PublisherType => (texts.map(publisher_kind).collect(), PUBLISHER_KINDS),
        _ => {
            let mut known: HashMap<&str, usize> = HashMap::new();
            let number = |text| {
                let next = known.len() + 1;
                *known.entry(text).or_insert(next)
            };
            let kinds = texts.map(number).collect();
            (kinds, known.len() + 1)
        }
    }
}

/// For each row, the index of its combination.
fn index(columns: &[impl TextColumn], kinds: &[(Vec<usize>, usize)], rows: usize) -> Vec<usize> {
    let mut index = vec![0; rows];
    for (texts, (kinds, count)) in columns.iter().zip(kinds) {
        for (at, code) in index.iter_mut().zip(texts.codes()) {
            *at = *at * count + kinds.get(*code as usize).copied().unwrap_or_default();
        }
    }
    index
}

fn has_id(ids: &[Option<&str>]) -> bool {
    ids.iter().flatten().any(|id| is_filled(id))
}

fn of_own(texts: &[Option<&str>]) -> ChargeClass {
    match texts {
        [publisher, pricing, charge, ids @ ..] => {
            ChargeClass::of(*publisher, *pricing, *charge, has_id(ids))
        }
        _ => ChargeClass::NoBenefit,
    }
}

fn of_focus(texts: &[Option<&str>]) -> ChargeClass {
    match texts {
        [
            publisher,
            category,
            subcategory,
            class,
            status,
            kind,
            ids @ ..,
        ] => ChargeClass::of_focus(&FocusRow {
            publisher: *publisher,
            category: *category,
            subcategory: *subcategory,
            class: *class,
            status: *status,
            kind: *kind,
            has_id: has_id(ids),
        }),
        _ => ChargeClass::NoBenefit,
    }
}
