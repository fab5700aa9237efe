//! Masks names, ids and amounts. Names become pseudonyms that stay the same within a run. Amounts become an index in
//! which the total of the view is 100. The index has one decimal, so it cannot be mistaken for an amount, which has
//! two.
//!
//! Values that do not identify a customer stay readable: dates, services, meters, regions, currencies, charge types,
//! counts, shares, job states, quotas, headers and tag keys.

use super::text;
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::scope::ScopeId;
use crate::domain::table::group::Cell;
use crate::domain::table::value_names::{ABSENT, EMPTY};
use crate::domain::text::{exact_pseudonym, percent, pseudonym};
use crate::tui::said::Mask;
use crate::tui::state::field::{TextField, dots};
use crate::tui::theme::Theme;
use std::borrow::Cow;

/// The mask for names, ids and amounts.
pub(crate) struct ScreenMask<'a> {
    on: bool,
    salt: u64,
    /// The amounts that count as 100, per currency.
    whole: &'a [Money],
}

/// The text shown instead of a masked sentence.
const HIDDEN: &str = "(hidden)";

impl<'a> ScreenMask<'a> {
    pub(crate) fn of(theme: &Theme, whole: &'a [Money]) -> Self {
        Self {
            on: theme.hidden.is_some(),
            salt: theme.hidden.unwrap_or_default(),
            whole,
        }
    }

    /// Whether anything is hidden.
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    /// A value of a key, masked if it may identify a customer.
    pub(crate) fn key(&self, key: &GroupKey, text: &str) -> String {
        if key.is_anonymous() {
            text.to_owned()
        } else if key.ignores_case() {
            self.name(text)
        } else {
            self.exact_name(text)
        }
    }

    /// The path of a scope, shortened to a width; its kind and pseudonym if masked.
    pub(crate) fn path(&self, scope: &ScopeId, width: usize) -> String {
        if self.on {
            format!("{} {}", scope.kind(), self.name(scope.path()))
        } else {
            text::middle(scope.path(), width)
        }
    }

    /// An amount, replaced by its index if masked.
    pub(crate) fn amount(&self, amount: Amount, currency: Option<&str>) -> String {
        if !self.on {
            return amount.display();
        }
        let whole = self
            .whole
            .iter()
            .find(|total| total.currency.as_deref() == currency);
        let index = whole.and_then(|whole| amount.per_mille(whole.amount));
        index.map_or_else(|| "•".to_owned(), percent)
    }

    /// The total of a report in each currency; from three on, their number.
    pub(crate) fn totals(&self, totals: &[Money]) -> String {
        let one = |money: &Money| {
            let amount = self.amount(money.amount, money.currency.as_deref());
            format!("{amount} {}", money.code())
        };
        match totals {
            few if few.len() < 3 => few.iter().map(one).collect::<Vec<_>>().join(" · "),
            many => format!("{} currencies", many.len()),
        }
    }

    /// A cell of a row: its amount, or its value under a header.
    pub(crate) fn cell(&self, header: &str, cell: &Cell, currency: Option<&str>) -> String {
        if let Cell::Amount(Some(amount)) = cell {
            return self.amount(*amount, currency);
        }
        let text = cell.exact().map(|text| end_of_id(&text));
        let text = text.unwrap_or_default();
        if self.on && Amount::parse(&text).is_ok() {
            return "•".to_owned();
        }
        self.key(&GroupKey::Column(header.to_owned()), &text)
    }

    /// Whether a name stays as it is. An absent value identifies nothing.
    fn leaves(&self, text: &str) -> bool {
        !self.on || matches!(text, "" | ABSENT | EMPTY)
    }

    /// The text being typed, replaced by dots if masked.
    pub(crate) fn typed(&self, text: &str) -> String {
        if self.on { dots(text) } else { text.to_owned() }
    }

    /// A field with its caret, its text replaced by dots if masked.
    pub(crate) fn field(&self, field: &TextField) -> TextField {
        if !self.on {
            return field.clone();
        }
        field.as_dots()
    }
}

impl Mask for ScreenMask<'_> {
    fn hides(&self) -> bool {
        self.on
    }

    /// A name, replaced by its pseudonym if masked.
    fn name(&self, text: &str) -> String {
        if self.leaves(text) {
            return text.to_owned();
        }
        pseudonym(self.salt, text)
    }

    fn exact_name(&self, text: &str) -> String {
        if self.leaves(text) {
            return text.to_owned();
        }
        exact_pseudonym(self.salt, text)
    }

    /// A sentence from a server, a file or a user, which may contain names.
    fn sentence<'b>(&self, text: &'b str) -> Cow<'b, str> {
        if !self.on || text.is_empty() {
            return Cow::Borrowed(text);
        }
        match status(text) {
            Some(status) => Cow::Owned(format!("{status} (the rest is hidden)")),
            None => Cow::Borrowed(HIDDEN),
        }
    }
}

/// The status and code at the start of a server's error, such as `403 RBACAccessDenied`.
fn status(text: &str) -> Option<&str> {
    let (head, _) = text.split_once(':')?;
    let mut words = head.split(' ');
    let number = words.next()?;
    let is_number = number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    let code = words
        .next()
        .is_none_or(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()));
    (is_number && code && words.next().is_none()).then_some(head)
}

/// The name at the end of an ARM id; other text unchanged.
fn end_of_id(text: &str) -> String {
    let is_id = text.starts_with('/') && text.contains("/providers/");
    let end = text
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|_| is_id);
    end.unwrap_or(text).to_owned()
}
