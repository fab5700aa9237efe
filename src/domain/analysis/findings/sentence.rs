//! The sentence of a finding, in parts: a screen can hide names and shorten amounts.

use super::robust::Jump;
use super::steps::PriceStep;
use crate::domain::money::{Amount, Money};
use crate::domain::text::{counted, percent};
use chrono::NaiveDate;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phrase {
    Text(String),
    /// A name that can identify a customer.
    Name(String),
    Amount(Amount),
}

/// A sentence without the stop at its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sentence {
    pub phrases: Vec<Phrase>,
}

impl Sentence {
    fn text(mut self, text: impl Into<String>) -> Self {
        self.phrases.push(Phrase::Text(text.into()));
        self
    }

    fn name(mut self, name: impl Into<String>) -> Self {
        self.phrases.push(Phrase::Name(name.into()));
        self
    }

    fn amount(mut self, amount: Amount) -> Self {
        self.phrases.push(Phrase::Amount(amount));
        self
    }

    /// An amount and its currency.
    fn money(self, amount: Amount, currency: Option<&str>) -> Self {
        let code = currency.unwrap_or("(no currency)");
        self.amount(amount).text(format!(" {code}"))
    }

    /// A group by its key: `resource group rg-web`.
    fn subject(self, subject: JumpOf<'_>) -> Self {
        match subject {
            JumpOf::ResourceGroup(Some(group)) => self.text("resource group ").name(group),
            JumpOf::ResourceGroup(None) => self.text("usage without a resource group"),
            JumpOf::Service(Some(service)) => self.text(format!("service {service}")),
            JumpOf::Service(None) => self.text("usage without a service"),
        }
    }

    /// The sentence with these texts for names and amounts.
    pub fn written(
        &self,
        name: impl Fn(&str) -> String,
        amount: impl Fn(Amount) -> String,
    ) -> String {
        let phrases = self.phrases.iter().map(|phrase| match phrase {
            Phrase::Text(text) => text.clone(),
            Phrase::Name(text) => name(text),
            Phrase::Amount(units) => amount(*units),
        });
        phrases.collect()
    }

    /// The same sentence with other names and amounts.
    #[must_use]
    pub fn changed(
        &self,
        name: impl Fn(&str) -> String,
        amount: impl Fn(Amount) -> Amount,
    ) -> Self {
        let phrases = self.phrases.iter().map(|phrase| match phrase {
            Phrase::Text(text) => Phrase::Text(text.clone()),
            Phrase::Name(text) => Phrase::Name(name(text)),
            Phrase::Amount(units) => Phrase::Amount(amount(*units)),
        });
        Self {
            phrases: phrases.collect(),
        }
    }

    /// The sentence with exact amounts.
    pub fn exact(&self) -> String {
        self.written(ToOwned::to_owned, |amount| amount.to_string())
    }
}

/// The group of a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JumpOf<'a> {
    ResourceGroup(Option<&'a str>),
    Service(Option<&'a str>),
}

/// A resource and the group in its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceName<'a> {
    pub id: &'a str,
    pub group: Option<&'a str>,
}

impl ResourceName<'_> {
    fn add_to(self, sentence: Sentence) -> Sentence {
        let trimmed = self.id.trim_end_matches('/');
        let name = trimmed.rsplit('/').next().unwrap_or(trimmed);
        let sentence = sentence.name(name);
        match self.group {
            Some(group) => sentence.text(" in ").name(group),
            None => sentence,
        }
    }
}

/// The names of both periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodNames<'a> {
    pub now: &'a str,
    pub before: &'a str,
}

pub fn jump(subject: JumpOf<'_>, jump: &Jump, currency: Option<&str>) -> Sentence {
    let weekday = jump.day.format("%A");
    // The words that matter most come first: a narrow screen cuts the end.
    Sentence::default()
        .text(format!("{weekday}, {}: ", jump.day))
        .subject(subject)
        .text(" cost ")
        .money(jump.cost, currency)
        .text(format!("; other {weekday}s cost "))
        .amount(jump.usual)
        .text(format!(" (median of {}), so this is ", jump.peers.len()))
        .amount(jump.excess())
        .text(" more")
}

pub fn new(resource: ResourceName<'_>, money: &Money, periods: PeriodNames<'_>) -> Sentence {
    let PeriodNames { now, before } = periods;
    resource
        .add_to(Sentence::default())
        .text(" is new: it cost ")
        .money(money.amount, money.currency.as_deref())
        .text(format!(" in {now} and is not in {before}"))
}

/// `cost` is that of the month before.
pub fn gone(
    resource: ResourceName<'_>,
    cost: Amount,
    currency: Option<&str>,
    periods: PeriodNames<'_>,
) -> Sentence {
    let PeriodNames { now, before } = periods;
    resource
        .add_to(Sentence::default())
        .text(" is gone: it cost ")
        .money(cost, currency)
        .text(format!(" in {before} and is not in {now}"))
}

pub fn region(name: &str, money: &Money, periods: PeriodNames<'_>) -> Sentence {
    let PeriodNames { now, before } = periods;
    Sentence::default()
        .text(format!("region {name} is new: it cost "))
        .money(money.amount, money.currency.as_deref())
        .text(format!(" in {now} and is not in {before}"))
}

/// `meter` is the meter with its unit, `step` the sum over the resources with this change.
pub fn price(meter: &str, step: &PriceStep, resources: u64, currency: Option<&str>) -> Sentence {
    let (effect, expected) = step.effect().unwrap_or_default();
    let share = effect.abs().per_mille(expected).map(percent);
    let by = share.map_or_else(String::new, |share| format!(" by {share}%"));
    let (verb, than) = if effect < Amount::ZERO {
        ("fell", "less")
    } else {
        ("rose", "more")
    };
    Sentence::default()
        .text(format!(
            "the unit price of {meter} {verb}{by} on {}: {} cost ",
            step.day,
            counted(resources, "resource")
        ))
        .money(effect.abs(), currency)
        .text(format!(" {than} for the same quantity"))
}

/// `word` is the kind of the commitment, `id` the last part of its id.
pub fn unused(word: &str, name: Option<&str>, id: Option<&str>, money: &Money) -> Sentence {
    let sentence = Sentence::default().text(format!("unused part of {word}"));
    let sentence = match (name, id) {
        (Some(name), Some(id)) => sentence.text(" ").name(name).text(" (").name(id).text(")"),
        (Some(one), None) | (None, Some(one)) => sentence.text(" ").name(one),
        (None, None) => sentence.text(" without an id"),
    };
    sentence
        .text(": ")
        .money(money.amount, money.currency.as_deref())
}

/// Usage without a tag or without a resource group: `lack` names it. `whole` is all usage.
pub fn untagged(lack: &str, money: &Money, whole: Amount) -> Sentence {
    let share = money.amount.per_mille(whole).map(percent);
    let share = share.map_or_else(
        || " of usage".to_owned(),
        |share| format!(", {share}% of usage"),
    );
    Sentence::default()
        .text(format!("no {lack} on "))
        .money(money.amount, money.currency.as_deref())
        .text(share)
}

/// The charge or refund and its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge<'a> {
    pub marketplace: bool,
    /// The charge type as the rows spell it.
    pub charge_type: Option<&'a str>,
    pub pricing_model: Option<&'a str>,
    pub publisher: Option<&'a str>,
    pub service: Option<&'a str>,
    pub meter: Option<&'a str>,
    pub rows: u64,
    pub days: Option<(NaiveDate, NaiveDate)>,
}

impl Charge<'_> {
    fn item(&self) -> String {
        let parts: Vec<&str> = [self.service, self.meter].into_iter().flatten().collect();
        if parts.is_empty() {
            "an unnamed service".to_owned()
        } else {
            parts.join(", ")
        }
    }

    fn add_to(self, sentence: Sentence) -> Sentence {
        let kind: Vec<&str> = [self.charge_type, self.pricing_model]
            .into_iter()
            .flatten()
            .collect();
        let sentence = match kind.as_slice() {
            [] => sentence.text(self.item()),
            kind => sentence.text(format!("{} ({})", self.item(), kind.join(", "))),
        };
        match self.publisher.filter(|_| self.marketplace) {
            Some(publisher) => sentence.text(" of ").name(publisher),
            None => sentence,
        }
    }

    fn when(&self) -> String {
        let days = match self.days {
            Some((first, last)) if first == last => format!(" on {first}"),
            Some((first, last)) => format!(" from {first} to {last}"),
            None => String::new(),
        };
        if self.rows == 1 {
            days
        } else {
            format!(" in {}{days}", counted(self.rows, "row"))
        }
    }
}

pub fn one_off(charge: Charge<'_>, money: &Money) -> Sentence {
    let start = if charge.marketplace {
        "Marketplace: "
    } else {
        "one-off purchase: "
    };
    charge
        .add_to(Sentence::default().text(start))
        .text(" cost ")
        .money(money.amount, money.currency.as_deref())
        .text(charge.when())
}

pub fn refund(charge: Charge<'_>, money: &Money) -> Sentence {
    charge
        .add_to(Sentence::default().text("refund: "))
        .text(" gave back ")
        .money(money.amount.negated(), money.currency.as_deref())
        .text(charge.when())
}

/// `before` says whether the resource had days with a quantity to compare with.
pub fn idle(
    resource: ResourceName<'_>,
    meter: Option<&str>,
    (days, before): (u64, bool),
    money: &Money,
) -> Sentence {
    let meter = meter.unwrap_or("a meter without a name");
    let goes_on = if before {
        "as much a day as with a quantity"
    } else {
        "about the same each day"
    };
    resource
        .add_to(Sentence::default())
        .text(" cost ")
        .money(money.amount, money.currency.as_deref())
        .text(format!(
            " for {meter} on {} with a quantity of 0, {goes_on}",
            counted(days, "day")
        ))
}
