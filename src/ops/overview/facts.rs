//! The figures of an overview in a few words, for pages and screens.

use crate::domain::analysis::overview::days::CurrencyDays;
use crate::domain::analysis::overview::found::OverviewFinding;
use crate::domain::analysis::overview::{BridgeTotal, CostTrend, CurrencyTotal, Overview};
use crate::domain::money::Amount;
use crate::domain::period::{DateRange, Month};
use crate::domain::text::{counted, percent, signed_percent};

/// The code of a currency, or a dash where the data has none.
pub fn code(currency: Option<&str>) -> &str {
    currency.unwrap_or("-")
}

/// A change in percent with its sign, `new` if there was no cost before, or nothing if nothing before is known.
pub fn change(trend: CostTrend) -> String {
    match (trend.change(), trend.before) {
        (Some(change), _) => signed_percent(Some(change)),
        (None, Some(before)) if before == Amount::ZERO && trend.cost != Amount::ZERO => {
            "new".to_owned()
        }
        (None, _) => String::new(),
    }
}

/// A share in percent, or nothing if it is unknown.
pub fn share_text(share: Option<i64>) -> String {
    share
        .map(|share| format!("{}%", percent(share)))
        .unwrap_or_default()
}

/// The comparison of a total with the month before, in words that get shorter.
pub fn compared(overview: &Overview, total: &CurrencyTotal) -> Option<[String; 3]> {
    let (before, was) = (overview.frame.before.as_ref()?, total.trend.before?);
    let change = Some(change(total.trend)).filter(|text| !text.is_empty());
    let change = change.unwrap_or_else(|| "unchanged".to_owned());
    let was = overview.shown(was);
    let of = |days: Option<String>| {
        let days = days.map(|days| format!(" of {days}"));
        format!("{change} on the {was}{}", days.unwrap_or_default())
    };
    let month = |days: DateRange| {
        let cut = if days.is_whole_month() { "" } else { " …" };
        format!("{}{cut}", Month::of(days.from))
    };
    Some([
        of(before.days.map(|days| days.to_string())),
        of(before.days.map(DateRange::short)),
        of(before.days.map(month)),
    ])
}

/// The day with the highest cost, if the rows have dates and there are several days.
pub fn dearest_day(overview: &Overview, total: &CurrencyTotal) -> Option<String> {
    let days = CurrencyDays::of(overview, total.currency.as_deref(), 0)?;
    let (day, cost) = days.dearest()?;
    (cost != total.trend.cost).then(|| format!("most {} on {day}", overview.shown(cost)))
}

/// The comparison of a total with the month before, and its run-rate.
pub fn comparison(overview: &Overview, total: &CurrencyTotal) -> Vec<String> {
    let compared = compared(overview, total).map(|[whole, ..]| whole);
    let all = compared.into_iter().chain(run_rate(overview, total));
    all.collect()
}

/// The run-rate of the month; `None` if it is complete.
pub fn run_rate(overview: &Overview, total: &CurrencyTotal) -> Option<String> {
    let (rate, span) = (total.run_rate?, overview.frame.span.as_ref()?);
    let days = u64::try_from(span.days.days()).unwrap_or_default();
    Some(format!(
        "run-rate of the month {}, at the average of {}, purchases included",
        overview.shown(rate),
        counted(days, "day")
    ))
}

/// The largest findings of one currency, each with its amount.
pub fn found(overview: &Overview, currency: Option<&str>) -> Vec<String> {
    let Some(found) = &overview.findings else {
        return Vec::new();
    };
    let line = |one: &OverviewFinding| {
        let finding = &one.finding;
        let cost = overview.shown(finding.money.amount);
        format!(
            "{cost} {}: {}",
            finding.money.code(),
            overview.sentence(finding)
        )
    };
    let mut lines: Vec<String> = found.largest(currency).map(line).collect();
    match found.more(currency) as u64 {
        0 if lines.is_empty() => lines.push("no findings".to_owned()),
        0 => {}
        more => lines.push(counted(more, "more finding")),
    }
    lines
}

/// The untagged usage, the unused commitments and the bridge of one currency.
pub fn facts(overview: &Overview, currency: Option<&str>) -> Vec<String> {
    let mut facts: Vec<String> = untagged(overview, currency).into_iter().collect();
    facts.push(unused(overview, currency));
    facts.extend(bridge_of(overview, currency).map(|total| bridge(overview, total)));
    facts
}

/// The same where there is little room: the totals without the steps between them, and no names. The commitments may still be
/// calculated.
pub fn brief_facts(overview: &Overview, currency: Option<&str>, is_pending: bool) -> Vec<String> {
    let unused = overview.unused.as_ref().map(|all| {
        let own = all.iter().filter(|one| one.currency.as_deref() == currency);
        overview.shown(Amount::saturating_sum(own.map(|one| one.cost)))
    });
    let unused =
        unused.unwrap_or_else(|| "not in these sources, which have no amortized cost".to_owned());
    let mut facts: Vec<String> = untagged(overview, currency).into_iter().collect();
    if is_pending {
        facts.push("unused commitments: calculating …".to_owned());
        return facts;
    }
    facts.push(format!("unused commitments: {unused}"));
    facts.extend(bridge_of(overview, currency).map(|total| both_totals(overview, total)));
    facts
}

fn bridge_of<'a>(overview: &'a Overview, currency: Option<&str>) -> Option<&'a BridgeTotal> {
    let mut bridges = overview.bridge.iter().flatten();
    bridges.find(|total| total.currency.as_deref() == currency)
}

fn both_totals(overview: &Overview, total: &BridgeTotal) -> String {
    let [actual, .., amortized] = &total.bridge.steps();
    let difference = amortized.cost.saturating_sub(actual.cost);
    let sign = if difference < Amount::ZERO { "-" } else { "+" };
    format!(
        "actual {}, amortized {} ({sign}{})",
        overview.shown(actual.cost),
        overview.shown(amortized.cost),
        overview.shown(difference.abs())
    )
}

fn untagged(overview: &Overview, currency: Option<&str>) -> Option<String> {
    let mut all = overview.untagged.iter();
    let group = all.find(|group| group.currency.as_deref() == currency)?;
    let cost = overview.shown(group.trend.cost);
    let share = group.share.map(|share| format!(", {}%", percent(share)));
    let share = share.unwrap_or_default();
    Some(match &overview.tag {
        Some(tag) => format!("without tag:{tag}: {cost}{share}"),
        None => format!("without any tag: {cost}{share}"),
    })
}

fn unused(overview: &Overview, currency: Option<&str>) -> String {
    const NAMED: usize = 3;
    let Some(all) = &overview.unused else {
        return "unused reservations and savings plans: not in these sources, which have no amortized cost"
            .to_owned();
    };
    let own = all.iter().filter(|one| one.currency.as_deref() == currency);
    let own: Vec<_> = own.collect();
    if own.is_empty() {
        return "unused reservations and savings plans: none in these rows".to_owned();
    }
    let sum = Amount::saturating_sum(own.iter().map(|one| one.cost));
    let named = own.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|one| format!("{} {}", one.label(), overview.shown(one.cost)))
        .collect();
    let more = own.len().saturating_sub(NAMED);
    let more = if more > 0 {
        format!(", and {more} more")
    } else {
        String::new()
    };
    format!(
        "unused reservations and savings plans: {} ({}{more})",
        overview.shown(sum),
        named.join(", ")
    )
}

/// Both totals and the steps between them, in one line. Steps of zero are left out.
fn bridge(overview: &Overview, total: &BridgeTotal) -> String {
    let steps = total.bridge.steps();
    let [actual, steps @ .., amortized] = &steps;
    let steps = steps.iter().filter(|step| step.cost != Amount::ZERO);
    let steps: Vec<String> = steps
        .map(|step| {
            let sign = if step.cost < Amount::ZERO { "-" } else { "+" };
            let name = step.step.replace('_', " ");
            format!(" {sign} {name} {}", overview.shown(step.cost.abs()))
        })
        .collect();
    format!(
        "actual {}{} = amortized {}",
        overview.shown(actual.cost),
        steps.concat(),
        overview.shown(amortized.cost)
    )
}
