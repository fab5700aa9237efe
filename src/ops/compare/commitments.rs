//! Formats the reservations and savings plans of a pair as text.

use crate::data::analysis::commitments;
use crate::data::query::subscriptions;
use crate::domain::analysis::commitments::{
    Buyer, Commitment, CommitmentPart, Day, ListPrice, matrix,
};
use crate::domain::money::Amount;
use crate::domain::period::Month;
use crate::domain::query::filter::Filter;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::{counted, percent};
use crate::ops::context::{OpenDataset, is_on_server};
use crate::ops::error::OpsError;
use chrono::Datelike;
use std::collections::{BTreeMap, HashMap};

/// The number of users and buyers to list by name.
const NAMED: usize = 4;

/// Every commitment of a pair, most expensive first.
pub fn of_pair(
    actual: &OpenDataset,
    amortized: &OpenDataset,
    filter: Option<&Filter>,
) -> Result<Vec<Commitment>, OpsError> {
    if is_on_server(actual, amortized) {
        return Err(OpsError::Usage(
            "reservations and savings plans are matched row by row, which is not supported on a server; open files or the ledger"
                .to_owned(),
        ));
    }
    Ok(commitments::run(&actual.data, &amortized.data, filter)?)
}

/// The commitments of a pair, and the names of its subscriptions by their ids in lower case.
#[derive(Debug, Clone, Default)]
pub struct PairCommitments {
    pub all: Vec<Commitment>,
    pub names: HashMap<String, String>,
}

/// Every commitment of a pair, most expensive first, and the names of its subscriptions.
pub fn listed(
    actual: &OpenDataset,
    amortized: &OpenDataset,
    filter: Option<&Filter>,
) -> Result<PairCommitments, OpsError> {
    Ok(PairCommitments {
        all: of_pair(actual, amortized, filter)?,
        names: names(actual, amortized)?,
    })
}

/// Commitments as a table of exact text. An amount that the files cannot show is absent.
pub fn sheet(all: &[Commitment]) -> Sheet {
    let mut headings = ["commitment", "kind", "currency"]
        .map(Heading::text)
        .to_vec();
    headings.extend(["bought", "used", "unused", "used percent"].map(Heading::number));
    headings.push(Heading::text("id"));
    let row = |one: &Commitment| {
        let share = honest_percent(one.used, one.cost());
        vec![
            Some(one.label().to_owned()),
            Some(one.kind.word().to_owned()),
            one.currency.clone(),
            (!one.buyers.is_empty()).then(|| one.bought.to_string()),
            Some(one.used.to_string()),
            one.unused_visible.then(|| one.unused.to_string()),
            share.filter(|_| one.unused_visible),
            one.id.clone(),
        ]
    };
    Sheet::new(headings, all.iter().map(row))
}

/// The names of the subscriptions of a pair, by their ids in lower case.
pub fn names(
    actual: &OpenDataset,
    amortized: &OpenDataset,
) -> Result<HashMap<String, String>, OpsError> {
    let mut all = subscriptions::names(&amortized.data)?;
    for (id, name) in subscriptions::names(&actual.data)? {
        all.entry(id).or_insert(name);
    }
    Ok(all)
}

/// The format of amounts and subscriptions.
#[derive(Debug, Clone)]
pub enum Style {
    /// Exact amounts and whole ids.
    Exact,
    /// Amounts as on the screen, and subscriptions by these names.
    Screen(HashMap<String, String>),
}

impl Style {
    fn subscription(&self, id: Option<&str>) -> String {
        match (id, self) {
            (None, _) => "(no subscription)".to_owned(),
            (Some(id), Self::Exact) => id.to_owned(),
            (Some(id), Self::Screen(names)) => {
                let name = names.get(&id.to_lowercase());
                name.cloned().unwrap_or_else(|| short(id))
            }
        }
    }

    fn amount(&self, amount: Amount) -> String {
        match self {
            Self::Exact => amount.to_string(),
            Self::Screen(_) => amount.display(),
        }
    }

    fn parts(&self, parts: &[CommitmentPart], groups: bool) -> String {
        let word = |part: &CommitmentPart| {
            let mut name = self.subscription(part.subscription.as_deref());
            if let Some(group) = part.resource_group.as_deref().filter(|_| groups) {
                name = format!("{name} / {group}");
            }
            format!("{name} {}", self.amount(part.cost))
        };
        let mut words: Vec<String> = parts.iter().take(NAMED).map(word).collect();
        if parts.len() > NAMED {
            words.push(format!("and {} more", parts.len() - NAMED));
        }
        words.join(" · ")
    }
}

/// A subscription's id, short enough for a line.
fn short(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    match (chars.get(..8), chars.get(chars.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if chars.len() > 16 => {
            format!(
                "{}…{}",
                head.iter().collect::<String>(),
                tail.iter().collect::<String>()
            )
        }
        _ => id.to_owned(),
    }
}

/// All commitments as lines, with buyers and users. `filtered` says that a filter was applied.
pub fn lines(all: &[Commitment], filtered: bool, style: &Style) -> Vec<String> {
    if all.is_empty() && filtered {
        return vec!["no reservation or savings plan in the filtered rows".to_owned()];
    }
    if all.is_empty() {
        return vec![
            "no reservation or savings plan in these files: none was bought, or none is visible at this scope".to_owned(),
        ];
    }
    let mut out = Vec::new();
    for commitment in all {
        out.extend(commitment_lines(commitment, filtered, style));
        out.push(String::new());
    }
    out.push("Who pays, and whose usage it covers".to_owned());
    for crossing in matrix(all) {
        let buyer = match &crossing.buyer {
            Buyer::One(subscription) => style.subscription(Some(subscription)),
            Buyer::NoSubscription => style.subscription(None),
            Buyer::Several(count) => format!("({count} subscriptions)"),
            Buyer::NotVisible if filtered => "(not among these rows)".to_owned(),
            Buyer::NotVisible => "(not visible)".to_owned(),
        };
        let user = style.subscription(crossing.user.as_deref());
        out.push(format!(
            "  {buyer} → {user}: {} {}",
            style.amount(crossing.cost),
            crossing.currency.as_deref().unwrap_or("-")
        ));
    }
    out
}

fn commitment_lines(commitment: &Commitment, filtered: bool, style: &Style) -> Vec<String> {
    let currency = commitment.currency.as_deref().unwrap_or("-");
    let amount = |amount| style.amount(amount);
    let mut out = vec![format!(
        "{}  {}, {currency}",
        commitment.label(),
        commitment.kind.word()
    )];
    out.push(bought_line(commitment, filtered, style));
    let part = |sum: Amount| {
        honest_percent(sum, commitment.cost())
            .map(|part| format!(" ({part}%)"))
            .unwrap_or_default()
    };
    let used = amount(commitment.used);
    if commitment.unused_visible {
        out.push(format!(
            "  used        {used}{}, unused {}{}",
            part(commitment.used),
            amount(commitment.unused),
            part(commitment.unused)
        ));
    } else {
        let why = if filtered {
            "not in the filtered rows"
        } else {
            "not visible at this scope, or nothing unused"
        };
        // The share is unknown without the unused part.
        out.push(format!("  used        {used}"));
        out.push(format!("  unused      {why}"));
    }
    out.extend(strips(commitment));
    if !commitment.users.is_empty() {
        out.push(format!(
            "  used by     {}",
            style.parts(&commitment.users, true)
        ));
    }
    out.extend(
        commitment
            .list_price
            .as_ref()
            .map(|list| list_line(commitment, list, style)),
    );
    out
}

fn bought_line(commitment: &Commitment, filtered: bool, style: &Style) -> String {
    if !commitment.buyers.is_empty() {
        let by = style.parts(&commitment.buyers, false);
        return format!("  bought      {}, by {by}", style.amount(commitment.bought));
    }
    let why = if filtered {
        "not in the filtered rows"
    } else {
        "not visible at this scope, or in another month"
    };
    format!("  bought      {why}")
}

/// The savings against list prices.
fn list_line(commitment: &Commitment, list: &ListPrice, style: &Style) -> String {
    if list.list == Amount::ZERO {
        return "  list price  not in the file for its usage".to_owned();
    }
    let saved = list.list.saturating_sub(list.cost);
    let share = |saved: Amount| saved.per_mille(list.list).map(percent).unwrap_or_default();
    let head = format!(
        "  list price  {}: saved {} ({}%) on covered usage",
        style.amount(list.list),
        style.amount(saved),
        share(saved)
    );
    match list.rows_without {
        // The net saving is known only if every used row has a list price.
        0 => {
            let net = saved.saturating_sub(commitment.unused);
            format!(
                "{head}, {} ({}%) net of unused",
                style.amount(net),
                share(net)
            )
        }
        rows => format!(
            "{head}; without a list price and left out: {}",
            counted(rows, "row")
        ),
    }
}

/// A line for each month with a character for each day, and the used share of the month.
fn strips(commitment: &Commitment) -> Vec<String> {
    let mut months: BTreeMap<Month, Vec<&Day>> = BTreeMap::new();
    for day in &commitment.days {
        if let Some(date) = day.date {
            months.entry(Month::of(date)).or_default().push(day);
        }
    }
    if months.is_empty() {
        return Vec::new();
    }
    let legend = if commitment.unused_visible {
        "█ fully used, x unused, · no rows"
    } else {
        "█ used, · no rows; unused share unknown"
    };
    let mut out = vec![format!("  each day    {legend}")];
    out.extend(months.into_iter().map(|(month, days)| {
        let line = format!("    {month}   {}", strip(month, &days));
        let sum = |of: fn(&Day) -> Amount| Amount::saturating_sum(days.iter().map(|day| of(day)));
        let (used, unused) = (sum(|day| day.used), sum(|day| day.unused));
        let share = honest_percent(used, used.saturating_add(unused));
        match share.filter(|_| commitment.unused_visible) {
            Some(share) => format!("{line}  {share}%"),
            None => line,
        }
    }));
    out
}

/// A share in percent. Only the whole is shown as `100.0`, and only zero as `0.0`.
pub fn honest_percent(part: Amount, whole: Amount) -> Option<String> {
    let share = part.per_mille(whole)?;
    Some(match share {
        1000 if part != whole => ">99.9".to_owned(),
        0 if part != Amount::ZERO => "<0.1".to_owned(),
        share => percent(share),
    })
}

/// A character for each day of a month: how much of the commitment was used.
fn strip(month: Month, days: &[&Day]) -> String {
    let sign = |day: &Day| {
        let whole = day.used.saturating_add(day.unused);
        if day.used <= Amount::ZERO {
            return 'x';
        }
        // Only full use gets the full block.
        if day.used >= whole {
            return '█';
        }
        match day.used.per_mille(whole).unwrap_or_default() {
            ..=250 => '░',
            251..=500 => '▒',
            _ => '▓',
        }
    };
    let last = month.range().to.day();
    let of = |number: u32| {
        let mut days = days.iter();
        days.find(|day| day.date.is_some_and(|date| date.day() == number))
    };
    (1..=last)
        .map(|number| of(number).map_or('·', |day| sign(day)))
        .collect()
}
