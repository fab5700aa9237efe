//! Notes on a pair: whether the two sides belong together, what they cannot show, and why a residual is not 0.

use super::commitments;
use crate::data::analysis::reconcile;
use crate::data::query::subscriptions;
use crate::domain::analysis::comparison::{Comparison, Delta};
use crate::domain::analysis::reconciliation::{ChargeOnDay, Covered, Residual, Unmatched};
use crate::domain::metric::Metric;
use crate::domain::money::{Amount, listed};
use crate::domain::period::Month;
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter};
use crate::domain::query::group_key::GroupKey;
use crate::domain::scope::ScopeKind;
use crate::domain::table::Table;
use crate::domain::table::text_table::{Heading, Sheet, totals_text};
use crate::domain::text::counted;
use crate::ops::context::{OpenDataset, is_on_server};
use crate::ops::error::OpsError;
use crate::ops::explore::open;
use crate::ops::money;
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeSet;
use std::path::Path;

/// The number of names to list.
const NAMED: usize = 3;

/// Finds covered rows without a counterpart and, if rows without a benefit differ, which ones. If there are none, both
/// sides describe the same usage.
pub fn explain(
    actual: &OpenDataset,
    amortized: &OpenDataset,
    filter: Option<&Filter>,
) -> Result<Why, OpsError> {
    if is_on_server(actual, amortized) {
        return Err(OpsError::Failed(UNMATCHED.to_owned()));
    }
    let (covered, same) = reconcile::covered(&actual.data, &amortized.data, filter)?;
    let residual = (!same)
        .then(|| reconcile::residual(&actual.data, &amortized.data, filter))
        .transpose()?;
    Ok((covered, residual))
}

/// The note that rows on a server are not matched.
pub const UNMATCHED: &str = "rows on a server are not matched one by one: rows on one side only are not listed; \
     the residual shows their sum";

/// Whether both sides describe the same usage, row by row.
pub fn same_usage((covered, residual): &Why) -> bool {
    covered.rows() == 0 && residual.is_none()
}

/// The same for the rows of one currency.
pub fn same_usage_in((covered, residual): &Why, currency: Option<&str>) -> bool {
    let has = |alone: &Unmatched| {
        let mut totals = alone.totals.iter();
        totals.any(|total| total.currency.as_deref() == currency)
    };
    let covered = [&covered.only_actual, &covered.only_amortized];
    let plain = residual
        .iter()
        .flat_map(|one| [&one.only_actual, &one.only_amortized, &one.different]);
    !covered.into_iter().chain(plain).any(has)
}

/// Rows without a counterpart, and the reason for a residual that is not 0.
pub type Why = (Covered, Option<Residual>);

/// Notes on two sides that readers need before they trust the numbers.
pub fn notes(
    actual: &OpenDataset,
    amortized: &OpenDataset,
    today: NaiveDate,
) -> Result<Vec<String>, OpsError> {
    let both = [actual, amortized];
    let mut notes: Vec<String> = actual.limits().into_iter().collect();
    if !is_by_itself(actual, amortized) {
        notes.extend(alike(actual, amortized));
        notes.extend(periods(actual, amortized));
        notes.extend(currencies(actual, amortized));
        notes.extend(subscriptions(actual, amortized)?);
        notes.extend(fetched(actual, amortized));
    }
    for (side, opened) in ["actual", "amortized"].into_iter().zip(both) {
        notes.extend(future(side, opened, today)?);
    }
    notes.extend(scope(&both));
    notes.extend(open_month(&both, today)?);
    notes.extend(money::of_sides(actual, amortized)?);
    Ok(notes)
}

/// Refuses two sides that are not a pair: one source on both sides, both of one metric, or the same rows for an account
/// in which the metrics differ.
pub fn check(actual: &OpenDataset, amortized: &OpenDataset) -> Result<(), OpsError> {
    if is_by_itself(actual, amortized) {
        return Ok(());
    }
    let refused = |why: String| Err(OpsError::Failed(why));
    let path = |name: &String| Path::new(name).canonicalize().ok();
    let mut twice = actual.names.iter().filter(|name| {
        let same =
            |other: &&String| other == name || (path(other).is_some() && path(other) == path(name));
        amortized.names.iter().any(|other| same(&other))
    });
    if let Some(name) = twice.next() {
        return refused(format!(
            "{name} is on both sides: give the actual cost first and the amortized cost of the same days second"
        ));
    }
    open::check_parts([
        ("the actual side", actual),
        ("the amortized side", amortized),
    ])?;
    let same = same_rows(actual, amortized);
    let metrics = [Metric::Actual, Metric::Amortized].into_iter();
    let mut both = metrics
        .filter(|metric| actual.data.has_metric(*metric) && amortized.data.has_metric(*metric));
    if let Some(metric) = both.next() {
        let and = same.map_or_else(String::new, |what| format!(" and {what}"));
        return refused(format!(
            "both sides are {metric} cost{and}: their difference is not amortization; one of the two is the wrong file"
        ));
    }
    let Some(what) = same.filter(|_| actual.data.rows() > 0) else {
        return Ok(());
    };
    // If purchases are not visible, covered usage still is. Then identical files do not mean an account without
    // commitments.
    if commitments::of_pair(actual, amortized, None)?.is_empty() {
        return Ok(());
    }
    refused(format!(
        "both sides {what}, although a reservation or savings plan covers usage in them: one of the two is the wrong file, or \
         the other metric was never fetched"
    ))
}

/// Whether both sides are the same source with both costs.
fn is_by_itself(actual: &OpenDataset, amortized: &OpenDataset) -> bool {
    actual.data.amortized_side().is_some() && actual.names == amortized.names
}

/// A note on an empty side, or on identical rows of an account in which the metrics are the same.
fn alike(actual: &OpenDataset, amortized: &OpenDataset) -> Option<String> {
    let empty = [("actual", actual), ("amortized", amortized)];
    if let Some((side, _)) = empty
        .into_iter()
        .find(|(_, opened)| opened.data.rows() == 0)
    {
        return Some(format!(
            "the {side} side has no rows: there is nothing to compare with"
        ));
    }
    let what = same_rows(actual, amortized)?;
    Some(format!(
        "both sides {what}, and no commitment was bought or used in them: normal for an account without reservations and \
         savings plans, such as pay-as-you-go, whose amortized cost is its actual cost"
    ))
}

/// How both sides are the same, if they are.
fn same_rows(actual: &OpenDataset, amortized: &OpenDataset) -> Option<&'static str> {
    // Rows on a server cannot be compared here.
    (!is_on_server(actual, amortized)).then_some(())?;
    let files = |opened: &OpenDataset| -> BTreeSet<String> {
        let sources = opened.data.sources().iter();
        sources.map(|source| source.sha256.clone()).collect()
    };
    let sum = |opened: &OpenDataset| {
        let sources = opened.data.sources().iter();
        sources.fold(0_u128, |sum, source| {
            sum.wrapping_add(source.fingerprint.sum)
        })
    };
    let (one, other) = (files(actual), files(amortized));
    if one.iter().all(|hash| !hash.is_empty()) && one == other {
        let is_one = one.len() == 1;
        Some(if is_one {
            "are the same file"
        } else {
            "have the same files"
        })
    } else if actual.data.rows() == amortized.data.rows() && sum(actual) == sum(amortized) {
        Some("have the same rows with the same costs")
    } else {
        None
    }
}

fn periods(actual: &OpenDataset, amortized: &OpenDataset) -> Option<String> {
    let (one, other) = (actual.data.days()?, amortized.data.days()?);
    (one != other).then(|| {
        format!(
            "the sides cover different days: actual {} to {}, amortized {} to {}",
            one.from, one.to, other.from, other.to
        )
    })
}

fn currencies(actual: &OpenDataset, amortized: &OpenDataset) -> Option<String> {
    let codes = |opened: &OpenDataset| -> BTreeSet<String> {
        let totals = opened
            .data
            .sources()
            .iter()
            // One money has one currency.
            .filter(|_| opened.data.money().currency().is_none())
            .flat_map(|source| &source.totals);
        totals.map(|money| money.code().to_owned()).collect()
    };
    let (one, other) = (codes(actual), codes(amortized));
    let text = |codes: BTreeSet<String>| {
        let all: Vec<String> = codes.into_iter().collect();
        all.join(", ")
    };
    (one != other && !one.is_empty() && !other.is_empty()).then(|| {
        format!(
            "the sides are in different currencies: actual in {}, amortized in {}",
            text(one),
            text(other)
        )
    })
}

/// Subscriptions with usage on one side only: the sides were read at different scopes.
fn subscriptions(
    actual: &OpenDataset,
    amortized: &OpenDataset,
) -> Result<Option<String>, OpsError> {
    let one = subscriptions::with_usage(&actual.data)?;
    let other = subscriptions::with_usage(&amortized.data)?;
    if one.is_empty() || other.is_empty() {
        return Ok(None);
    }
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>, side: &str| {
        let missing: Vec<&str> = a.difference(b).map(String::as_str).collect();
        let more = missing.len().saturating_sub(NAMED);
        let named = missing
            .iter()
            .take(NAMED)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        (!missing.is_empty())
            .then(|| format!("only {side} has usage of subscription {named}{rest}"))
    };
    let parts = [
        only(&one, &other, "actual"),
        only(&other, &one, "amortized"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Ok((!parts.is_empty())
        .then(|| format!("the sides have different scopes: {}", parts.join("; "))))
}

fn keys(table: &Table) -> impl Iterator<Item = &String> {
    let groups = table.body.groups().iter();
    groups.filter_map(|group| group.keys.first()?.as_ref())
}

/// Reports fetched at different times, in a month that was still growing.
fn fetched(actual: &OpenDataset, amortized: &OpenDataset) -> Option<String> {
    let newest = |opened: &OpenDataset| opened.entries.iter().map(|entry| entry.fetched_at).max();
    let (one, other) = (newest(actual)?, newest(amortized)?);
    let apart = one.signed_duration_since(other).abs() > TimeDelta::hours(12);
    let grew = |opened: &OpenDataset| {
        let mut entries = opened.entries.iter();
        entries.any(|entry| {
            let end = entry.request.range().map(|range| range.to);
            end.is_some_and(|end| settled(end) > entry.fetched_at.date_naive())
        })
    };
    (apart && (grew(actual) || grew(amortized))).then(|| {
        let form = "%Y-%m-%d %H:%M";
        format!(
            "the sides were fetched at different times ({} and {} UTC) while the month was still growing",
            one.format(form),
            other.format(form)
        )
    })
}

/// The day from which a month's cost is final (the 6th of the next month).
fn settled(day: NaiveDate) -> NaiveDate {
    Month::of(day).settled_on()
}

/// The costs that a scope cannot show (purchases and unused benefits have no subscription, department or
/// section).
fn scope(sides: &[&OpenDataset; 2]) -> Option<String> {
    let entries = sides.iter().flat_map(|opened| &opened.entries);
    let kinds = entries.map(|entry| entry.request.scope.kind());
    let blind = |kind: &ScopeKind| {
        matches!(
            kind,
            ScopeKind::Subscription
                | ScopeKind::ResourceGroup
                | ScopeKind::Department
                | ScopeKind::InvoiceSection
                | ScopeKind::EnrollmentAccount
        )
    };
    kinds.into_iter().find(blind).map(|kind| {
        format!(
            "purchases and unused benefits are not in the costs of this scope ({}): the billing account or profile has them",
            kind.word().replace('-', " ")
        )
    })
}

/// The newest month with rows, ignoring future days, if its cost still changes.
fn open_month(sides: &[&OpenDataset; 2], today: NaiveDate) -> Result<Option<String>, OpsError> {
    let mut last: Option<NaiveDate> = None;
    for opened in sides {
        last = last.max(last_day(opened, today)?);
    }
    let last = last.filter(|last| settled(*last) > today);
    Ok(last.map(|last| {
        format!(
            "{} is not closed: usage still arrives, and this month's purchases are amortized over days to come",
            Month::of(last)
        )
    }))
}

/// The last day with a row, ignoring future days.
fn last_day(opened: &OpenDataset, today: NaiveDate) -> Result<Option<NaiveDate>, OpsError> {
    let Some(range) = opened.data.days() else {
        return Ok(None);
    };
    if range.to <= today {
        return Ok(Some(range.to));
    }
    let table = open::show(
        &opened.data,
        &Query {
            group_by: vec![GroupKey::Role(Role::Date)],
            ..dated(Comparator::LessOrEqual, today)
        },
    )?;
    Ok(keys(&table).filter_map(|day| day.parse().ok()).max())
}

/// The rows of the days before or after today.
fn dated(comparator: Comparator, today: NaiveDate) -> Query {
    let date = GroupKey::Role(Role::Date);
    Query {
        filter: Some(Filter::compare(date, comparator, today.to_string())),
        ..Query::default()
    }
}

/// A note on rows of future days, and the total without them.
fn future(side: &str, opened: &OpenDataset, today: NaiveDate) -> Result<Option<String>, OpsError> {
    if opened.data.days().is_none_or(|range| range.to <= today) {
        return Ok(None);
    }
    let totals = |comparator| {
        let query = Query {
            limit: Some(0),
            ..dated(comparator, today)
        };
        open::show(&opened.data, &query)
    };
    let later = totals(Comparator::Greater)?;
    let until = totals(Comparator::LessOrEqual)?;
    Ok((later.rows > 0).then(|| {
        format!(
            "{side}: {} ({}) dated after today, {today}; to date: {}",
            counted(later.rows, "row"),
            totals_text(&later.totals),
            totals_text(&until.totals)
        )
    }))
}

/// Notes on steps that are missing from the bridge.
pub fn missing(compared: &Comparison) -> Vec<String> {
    let any = |of: fn(&crate::domain::analysis::comparison::Bridge) -> Amount| {
        let mut totals = compared.currencies.iter();
        totals.any(|total| of(&total.bridge) != Amount::ZERO)
    };
    let mut out = Vec::new();
    let used = any(|bridge| bridge.benefit_usage);
    let unused =
        any(|bridge| bridge.unused_reservation) || any(|bridge| bridge.unused_savings_plan);
    if (used || unused) && !any(|bridge| bridge.purchases) {
        out.push(
            "no purchase of a reservation or savings plan on the actual side: bought in another month, paid monthly \
             elsewhere, or not visible at this scope"
                .to_owned(),
        );
    }
    if used && !unused {
        out.push(
            "no unused benefit on the amortized side: everything was used, or it is not visible at this scope".to_owned(),
        );
    }
    out
}

/// Groups with exact amounts of both sides, and a remark on each in the last column.
pub fn group_sheet(
    (keys, groups): (&[GroupKey], &[Delta]),
    last: &str,
    word: impl Fn(&Delta) -> String,
) -> Sheet {
    let mut headings: Vec<Heading> = keys.iter().map(|key| Heading::text(key.name())).collect();
    headings.push(Heading::text("currency"));
    headings.extend(["actual", "amortized", "difference", "residual"].map(Heading::number));
    headings.push(Heading::text(last));
    let row = |delta: &Delta| {
        let bridge = &delta.bridge;
        let difference = bridge.difference();
        let amounts = [bridge.actual, bridge.amortized, difference, bridge.residual];
        let mut row = delta.keys.clone();
        row.push(delta.currency.clone());
        row.extend(amounts.map(|amount| Some(amount.to_string())));
        row.push(Some(word(delta)));
        row
    };
    Sheet::new(headings, groups.iter().map(row))
}

/// An item as text.
pub fn item_words(item: &ChargeOnDay) -> String {
    let day = item
        .date
        .map_or_else(|| "no day".to_owned(), |day| day.to_string());
    let resource = item.resource.as_deref().unwrap_or("no resource");
    let name = resource.rsplit('/').next().unwrap_or(resource);
    let meter = item.meter.as_deref().unwrap_or("no meter");
    let charge = item.charge_type.as_deref().unwrap_or("-");
    format!("{day} {name}, {meter}, {charge}")
}

fn examples(items: &[ChargeOnDay], costs: bool) -> String {
    let words = |item: &ChargeOnDay| {
        let cost = format!(": {} {}", item.cost.amount, item.cost.code());
        format!("{}{}", item_words(item), if costs { &cost } else { "" })
    };
    let all: Vec<String> = items.iter().take(NAMED).map(words).collect();
    all.join("; ")
}

/// Covered rows without a counterpart, as text.
fn covered_words(covered: &Covered) -> Vec<String> {
    let sides = [
        ("actual", &covered.only_actual, "amortized"),
        ("amortized", &covered.only_amortized, "actual"),
    ];
    let alone = sides.into_iter().filter(|(_, alone, _)| alone.rows > 0);
    alone
        .map(|(side, alone, other)| {
            format!(
                "{} on the {side} side without a counterpart on the {other} one (the residual does not show that), \
                 such as {}",
                counted(alone.rows, "covered row"),
                examples(&alone.examples, false)
            )
        })
        .collect()
}

/// The findings of `explain` as text; empty if both sides describe the same usage.
pub fn why_words((covered, residual): &Why) -> Vec<String> {
    let mut words = covered_words(covered);
    words.extend(residual.iter().flat_map(residual_words));
    words
}

/// The reason why the residual is not 0, as text.
fn residual_words(residual: &Residual) -> Vec<String> {
    let parts = [
        ("only on the actual side", &residual.only_actual),
        ("only on the amortized side", &residual.only_amortized),
        ("different on the two sides", &residual.different),
    ];
    let alone = parts.into_iter().filter(|(_, alone)| alone.rows > 0);
    alone
        .map(|(what, alone)| {
            format!(
                "{} without a benefit, {what}: {}, such as {}",
                counted(alone.rows, "row"),
                listed(&alone.totals),
                examples(&alone.examples, true)
            )
        })
        .collect()
}
