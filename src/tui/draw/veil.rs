//! Hides names, ids and amounts from onlookers: names become pseudonyms that stay the same in a run, money an index in
//! which the total of the view is 100.

use crate::domain::columns::{Role, plain};
use crate::domain::money::{Amount, Money};
use crate::domain::query::GroupKey;
use crate::tui::model::Model;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What is hidden, and behind what.
pub(super) struct Veil<'a> {
    on: bool,
    salt: u64,
    /// What is 100, per currency.
    whole: &'a [Money],
}

/// Roles whose values say nothing about whose they are.
const OPEN: [Role; 9] = [
    Role::Currency,
    Role::Date,
    Role::Service,
    Role::Meter,
    Role::Region,
    Role::ChargeType,
    Role::PublisherType,
    Role::PricingModel,
    Role::Unit,
];

impl<'a> Veil<'a> {
    pub(super) fn new(model: &Model, whole: &'a [Money]) -> Self {
        Self {
            on: model.masked,
            salt: model.salt,
            whole,
        }
    }

    /// Whether anything is hidden.
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// A value of a key.
    pub(super) fn key(&self, key: &GroupKey, text: &str) -> String {
        let open = match key {
            GroupKey::Role(role) => OPEN.contains(role),
            GroupKey::Month => true,
            GroupKey::Tag(_) => false,
            GroupKey::Column(header) => {
                let name = plain(header);
                OPEN.iter()
                    .any(|role| role.candidates().contains(&name.as_str()))
            }
        };
        if open {
            text.to_owned()
        } else {
            self.name(text)
        }
    }

    /// Any name.
    pub(super) fn name(&self, text: &str) -> String {
        if !self.on || text.is_empty() {
            return text.to_owned();
        }
        let mut hasher = DefaultHasher::new();
        (self.salt, text.to_lowercase()).hash(&mut hasher);
        format!("•{:06x}", hasher.finish() & 0x00ff_ffff)
    }

    /// An amount.
    pub(super) fn amount(&self, amount: Amount, currency: Option<&str>) -> String {
        if !self.on {
            return amount.display();
        }
        let whole = self
            .whole
            .iter()
            .find(|total| total.currency.as_deref() == currency);
        let hundred = Amount::from_whole(100);
        let index = whole.and_then(|whole| hundred.proportion(amount, whole.amount));
        index.map_or_else(|| "•".to_owned(), Amount::display)
    }
}
