//! The overview of a month: totals, days, the largest groups by some keys, unused benefits. Each panel can be computed by
//! itself; every panel but the first needs only the days that the first one finds.

pub mod days;
#[cfg(test)]
mod days_tests;
pub mod found;
pub mod json;
pub mod masked;
pub mod month;
pub mod ranking;
pub mod sheet;
#[cfg(test)]
mod sheet_tests;

use super::commitments::CommitmentKind;
use super::comparison::Bridge;
use super::cost_mask::index_text;
use super::findings::Finding;
use crate::domain::money::{Amount, Money};
use crate::domain::period::{DateRange, Month};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;
use chrono::NaiveDate;
use found::{OverviewFinding, OverviewFindings};

/// The error for a sum with more than 20 digits before the decimal point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

/// A cost, and the cost of the same days of the month before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CostTrend {
    pub cost: Amount,
    /// `None` if no month before is known.
    pub before: Option<Amount>,
    /// Both before they were rounded to an index.
    exact: Option<(Amount, Amount)>,
}

impl CostTrend {
    /// A cost, and the one before.
    pub fn new(cost: Amount, before: Option<Amount>) -> Self {
        Self {
            cost,
            before,
            exact: None,
        }
    }

    /// Both costs added; `None` if a sum is too large, or the cost before is known of one only.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let before = match (self.before, other.before) {
            (Some(one), Some(other)) => Some(one.checked_add(other)?),
            (None, None) => None,
            _ => return None,
        };
        Some(Self {
            cost: self.cost.checked_add(other.cost)?,
            before,
            exact: match (self.exact, other.exact) {
                (Some((cost, before)), Some((more, was))) => {
                    Some((cost.checked_add(more)?, before.checked_add(was)?))
                }
                _ => None,
            },
        })
    }

    /// The cost less the cost before.
    pub fn difference(self) -> Option<Amount> {
        self.cost.checked_sub(self.before?)
    }

    /// The difference in tenths of a percent of the cost before, for display only; `None` if that is unknown or zero.
    pub fn change(self) -> Option<i64> {
        let rounded = self.before.map(|before| (self.cost, before));
        let (cost, before) = self.exact.or(rounded)?;
        cost.checked_sub(before)?.per_mille(before.abs())
    }
}

/// The days of a calendar month that have rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthSpan {
    pub month: Month,
    /// From the first day with rows to the last.
    pub days: DateRange,
    /// Days between them without rows.
    pub gaps: Vec<NaiveDate>,
    /// Whether the cost of the month may still change.
    pub open: bool,
}

impl MonthSpan {
    /// Whether every day of the month has rows and its cost is final.
    pub fn is_complete(&self) -> bool {
        !self.open && self.gaps.is_empty() && self.days == self.month.range()
    }

    /// The reasons why the month is not complete, as sentences.
    pub fn words(&self) -> Vec<String> {
        const NAMED: usize = 3;
        let mut words = Vec::new();
        if self.days != self.month.range() {
            let DateRange { from, to } = self.days;
            words.push(format!(
                "{} is not complete: its rows are dated {from} to {to}",
                self.month
            ));
        }
        if !self.gaps.is_empty() {
            let named = self.gaps.iter().take(NAMED);
            let named: Vec<String> = named.map(ToString::to_string).collect();
            let more = match self.gaps.len().saturating_sub(NAMED) as u64 {
                0 => String::new(),
                more => format!(" and on {}", counted(more, "more day")),
            };
            words.push(format!("no row is dated {}{more}", named.join(", ")));
        }
        if self.open {
            let day = self.month.settled_on();
            words.push(format!("the cost of {} may change until {day}", self.month));
        }
        words
    }
}

/// The total of a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyTotal {
    pub currency: Option<String>,
    pub trend: CostTrend,
    /// The cost of the whole month at the average of its days so far; only for an open month.
    pub run_rate: Option<Amount>,
}

/// The cost of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCost {
    pub date: NaiveDate,
    pub currency: Option<String>,
    /// Compared with the day of the same number.
    pub trend: CostTrend,
}

/// The days that the month is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierDays {
    /// `None` if the rows have no dates.
    pub days: Option<DateRange>,
    pub totals: Vec<Money>,
    /// How many of the days have no rows.
    pub gaps: usize,
}

/// The first panel: the month, its totals and its days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MonthFrame {
    /// `None` if the rows have no dates.
    pub span: Option<MonthSpan>,
    pub totals: Vec<CurrencyTotal>,
    /// By day, then by currency.
    pub days: Vec<DayCost>,
    /// The cost of rows of other months and of rows without a date. No other figure contains it.
    pub outside: Vec<Money>,
    pub outside_rows: u64,
    pub before: Option<EarlierDays>,
}

impl MonthFrame {
    /// The filter that keeps the rows of the month; `None` if all rows belong to it.
    pub fn filter(&self) -> Option<Filter> {
        let span = self.span.as_ref()?;
        (self.outside_rows > 0).then(|| Filter::of_days(span.days))
    }

    /// The filter that keeps the rows compared with; `None` if they have no dates.
    pub fn before_filter(&self) -> Option<Filter> {
        self.before.as_ref()?.days.map(Filter::of_days)
    }

    /// The total of a currency.
    pub fn total(&self, currency: Option<&str>) -> Option<&CurrencyTotal> {
        let mut totals = self.totals.iter();
        totals.find(|total| total.currency.as_deref() == currency)
    }
}

/// A group of the largest cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedGroup {
    /// The value of the key; `None` if it is absent.
    pub value: Option<String>,
    pub currency: Option<String>,
    pub trend: CostTrend,
    /// Its share of the total in its currency, in tenths of a percent; for display only.
    pub share: Option<i64>,
}

/// All other groups of a currency in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestOfGroups {
    pub currency: Option<String>,
    /// How many groups have cost in the month; groups that are gone count only in the cost before.
    pub groups: usize,
    pub trend: CostTrend,
    pub share: Option<i64>,
}

/// The largest groups by one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPanel {
    pub key: GroupKey,
    /// By currency, largest first.
    pub groups: Vec<RankedGroup>,
    /// One for each currency with further groups.
    pub others: Vec<RestOfGroups>,
}

impl KeyPanel {
    /// The groups of a currency.
    pub fn of(&self, currency: Option<&str>) -> impl Iterator<Item = &RankedGroup> {
        let groups = self.groups.iter();
        groups.filter(move |group| group.currency.as_deref() == currency)
    }

    /// The further groups of a currency.
    pub fn others_of(&self, currency: Option<&str>) -> impl Iterator<Item = &RestOfGroups> {
        let others = self.others.iter();
        others.filter(move |rest| rest.currency.as_deref() == currency)
    }

    /// The others of a currency, together with groups of the panel that have no line; `None` if there are none.
    pub fn rest<'a>(
        &'a self,
        total: &CurrencyTotal,
        hidden: impl Iterator<Item = &'a RankedGroup>,
    ) -> Option<RestOfGroups> {
        let others = self.others_of(total.currency.as_deref());
        let others = others.map(|rest| (rest.groups, rest.trend));
        let mut all = hidden.map(|group| (1, group.trend)).chain(others);
        let first = all.next()?;
        // The total of the currency has been added up, so these sums fit.
        let (groups, trend) = all.try_fold(first, |(groups, sum), (more, trend)| {
            Some((groups + more, sum.plus(trend)?))
        })?;
        Some(RestOfGroups {
            currency: total.currency.clone(),
            groups,
            trend,
            share: trend.cost.per_mille(total.trend.cost),
        })
    }

    /// The panel with at most so many groups of each currency.
    fn shortened(&self, totals: &[CurrencyTotal], most: usize) -> Self {
        let (mut groups, mut others) = (Vec::new(), Vec::new());
        for total in totals {
            let own = || self.of(total.currency.as_deref());
            groups.extend(own().take(most).cloned());
            others.extend(self.rest(total, own().skip(most)));
        }
        Self {
            key: self.key.clone(),
            groups,
            others,
        }
    }
}

/// The cost of a group for each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDays {
    pub value: Option<String>,
    pub currency: Option<String>,
    pub days: Vec<(NaiveDate, Amount)>,
}

/// The unused part of a reservation or savings plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedBenefit {
    pub id: Option<String>,
    pub name: Option<String>,
    pub kind: CommitmentKind,
    pub currency: Option<String>,
    pub cost: Amount,
}

/// The bridge from actual to amortized cost of a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeTotal {
    pub currency: Option<String>,
    pub bridge: Bridge,
}

/// The whole overview.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overview {
    pub sources: Vec<String>,
    /// The sources of the month before, if they are not the same.
    pub before_sources: Vec<String>,
    /// `actual`, `amortized`, `usage` or `unknown`.
    pub metric: &'static str,
    /// The limits of sources that hold only part of a report.
    pub limited: Option<String>,
    pub frame: MonthFrame,
    pub panels: Vec<KeyPanel>,
    /// The days of the largest services.
    pub stacks: Vec<GroupDays>,
    /// The key whose absence counts as untagged; `None` if no row has a tag.
    pub tag: Option<String>,
    /// The cost of rows without the tag, for each currency.
    pub untagged: Vec<RankedGroup>,
    /// `None` if the amortized cost is not known.
    pub unused: Option<Vec<UnusedBenefit>>,
    /// `None` unless both metrics are known.
    pub bridge: Option<Vec<BridgeTotal>>,
    /// `None` if none were looked for.
    pub findings: Option<OverviewFindings>,
    pub notes: Vec<String>,
    /// Whether names are pseudonyms and amounts an index in which the total of a currency is 100.
    pub masked: bool,
}

impl Overview {
    /// The overview with at most so many groups of each currency in a panel.
    #[must_use]
    pub fn shortened(&self, most: usize) -> Self {
        let panels = self.panels.iter();
        let panels = panels.map(|panel| panel.shortened(&self.frame.totals, most));
        Self {
            panels: panels.collect(),
            ..self.clone()
        }
    }

    /// An amount for reading: two decimals, or the one of an index.
    pub fn shown(&self, amount: Amount) -> String {
        if self.masked {
            index_text(amount)
        } else {
            amount.display()
        }
    }

    /// Everything that a reader needs to know before trusting the figures: whether the month is complete, the days
    /// compared with, the rows left out, what of the findings is not shown, and the notes on the sources.
    pub fn words(&self) -> Vec<String> {
        self.words_with("`costscope findings` lists all")
    }

    /// The same with other words for the way to the list of all findings.
    pub fn words_with(&self, list: &str) -> Vec<String> {
        let frame = &self.frame;
        let mut words = frame
            .span
            .as_ref()
            .map(MonthSpan::words)
            .unwrap_or_default();
        match &frame.before {
            Some(EarlierDays {
                days: Some(days),
                gaps,
                ..
            }) => {
                let gaps = match *gaps as u64 {
                    0 => String::new(),
                    gaps => format!(", of which {} without rows", counted(gaps, "day")),
                };
                words.push(format!("compared with {} to {}{gaps}", days.from, days.to));
            }
            Some(EarlierDays { days: None, .. }) => {
                words.push("the rows have no dates: all of them are compared".to_owned());
            }
            None => words.push("no costs of the month before to compare with".to_owned()),
        }
        if frame.outside_rows > 0 {
            let left = counted(frame.outside_rows, "row");
            let money = self.listed(&frame.outside);
            words.push(format!(
                "{left} of other days or without a date left out ({money})"
            ));
        }
        words.extend(self.limited.clone());
        words.extend(self.finding_words(list));
        words.extend(self.notes.iter().cloned());
        words
    }

    /// Amounts with their currencies, for reading.
    fn listed(&self, money: &[Money]) -> String {
        let all = money.iter();
        let all = all.map(|money| format!("{} {}", self.shown(money.amount), money.code()));
        all.collect::<Vec<_>>().join(" and ")
    }

    /// The sentence of a finding: exact, or with the indices of a masked overview.
    pub fn sentence(&self, finding: &Finding) -> String {
        if self.masked {
            finding
                .sentence
                .written(ToOwned::to_owned, |amount| self.shown(amount))
        } else {
            finding.sentence.exact()
        }
    }

    /// The sentence of a finding for a screen: amounts from one on with two decimals, smaller ones, such as prices, exact.
    pub fn shown_sentence(&self, finding: &Finding) -> String {
        let amount = |amount: Amount| {
            if !self.masked && amount.abs() < Amount::from_whole(1) {
                amount.to_string()
            } else {
                self.shown(amount)
            }
        };
        finding.sentence.written(ToOwned::to_owned, amount)
    }

    /// The largest findings, by the currencies of the totals.
    pub fn largest(&self) -> impl Iterator<Item = &OverviewFinding> {
        let found = self.findings.iter();
        found.flat_map(move |found| {
            let totals = self.frame.totals.iter();
            totals.flat_map(move |total| found.largest(total.currency.as_deref()))
        })
    }

    /// Notes on the findings: those that are not shown, and the kinds that were not looked for.
    fn finding_words(&self, list: &str) -> Vec<String> {
        let Some(found) = &self.findings else {
            return Vec::new();
        };
        let mut words = Vec::new();
        let more = found.open().count().saturating_sub(self.largest().count());
        if more > 0 {
            let findings = counted(more as u64, "more finding");
            words.push(format!("{findings}; {list}"));
        }
        let dismissed = found.dismissed() as u64;
        if dismissed > 0 {
            words.push(format!("{} dismissed", counted(dismissed, "finding")));
        }
        words.extend(self.left_out());
        words
    }

    /// The findings below the smallest amount, and the kinds that were not looked for.
    pub fn left_out(&self) -> Vec<String> {
        let Some(found) = &self.findings else {
            return Vec::new();
        };
        let smaller = found.smaller.iter().map(|sum| {
            format!(
                "below the smallest amount: {} of kind {}, together {} {}",
                counted(sum.findings, "finding"),
                sum.kind.word(),
                self.shown(sum.money.amount),
                sum.money.code()
            )
        });
        smaller.chain(found.skipped()).collect()
    }

    /// The month and metric in a few words.
    pub fn title(&self) -> String {
        let month = self.frame.span.as_ref().map(|span| span.month.to_string());
        let month = month.unwrap_or_else(|| "all rows".to_owned());
        format!("{month} · {}", self.metric)
    }
}

#[cfg(test)]
mod tests;
