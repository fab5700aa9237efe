//! Reservations and savings plans of a pair, in words.

use super::error::OpsError;
use super::explore::Opened;
use crate::data::commitments;
use crate::domain::commitments::{Buyer, Commitment, ListPrice, Part, matrix};
use crate::domain::filter::Filter;
use crate::domain::money::Amount;
use crate::domain::text::{counted, percent};

/// Users and buyers that are written out.
const NAMED: usize = 4;

/// Every commitment of a pair, the dearest first.
pub fn of_pair(
    actual: &Opened,
    amortized: &Opened,
    filter: Option<&Filter>,
) -> Result<Vec<Commitment>, OpsError> {
    Ok(commitments::run(&actual.data, &amortized.data, filter)?)
}

/// How amounts are written, and whether names are hidden.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub exact: bool,
    /// Only a part of the rows was looked at.
    pub filtered: bool,
    pub subscription: fn(&str) -> String,
}

impl Style {
    fn amount(self, amount: Amount) -> String {
        if self.exact {
            amount.to_string()
        } else {
            amount.display()
        }
    }

    fn parts(self, parts: &[Part], groups: bool) -> String {
        let word = |part: &Part| {
            let subscription = part.subscription.as_deref();
            let mut name =
                subscription.map_or_else(|| "(no subscription)".to_owned(), self.subscription);
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
pub fn short(id: &str) -> String {
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

/// All commitments as lines, and who pays for whom.
pub fn lines(all: &[Commitment], style: Style) -> Vec<String> {
    if all.is_empty() && style.filtered {
        return vec![
            "no reservation and no savings plan is among the rows that the filter keeps".to_owned(),
        ];
    }
    if all.is_empty() {
        return vec![
            "no reservation and no savings plan is in these files: none was bought, or none is visible at this scope".to_owned(),
        ];
    }
    let mut out = Vec::new();
    for commitment in all {
        out.extend(commitment_lines(commitment, style));
        out.push(String::new());
    }
    out.push("Who pays, and whose usage it covers".to_owned());
    for crossing in matrix(all) {
        let buyer = match &crossing.buyer {
            Buyer::One(subscription) => (style.subscription)(subscription),
            Buyer::NoSubscription => "(no subscription)".to_owned(),
            Buyer::Several(count) => format!("({count} subscriptions)"),
            Buyer::NotVisible => "(not visible)".to_owned(),
        };
        let user = crossing.user.as_deref();
        let user = user.map_or_else(|| "(no subscription)".to_owned(), style.subscription);
        out.push(format!(
            "  {buyer} → {user}: {} {}",
            style.amount(crossing.cost),
            crossing.currency.as_deref().unwrap_or("-")
        ));
    }
    out
}

fn commitment_lines(commitment: &Commitment, style: Style) -> Vec<String> {
    let currency = commitment.currency.as_deref().unwrap_or("-");
    let amount = |amount| style.amount(amount);
    let mut out = vec![format!(
        "{}  {}, {currency}",
        commitment.label(),
        commitment.kind.word()
    )];
    out.push(bought_line(commitment, style));
    let part = |sum: Amount| {
        sum.per_mille(commitment.cost())
            .map(percent)
            .unwrap_or_default()
    };
    let unused = if commitment.unused_visible {
        format!(
            "unused {} ({}%)",
            amount(commitment.unused),
            part(commitment.unused)
        )
    } else {
        "unused not visible at this scope, or nothing was".to_owned()
    };
    out.push(format!(
        "  used        {} ({}%), {unused}",
        amount(commitment.used),
        part(commitment.used)
    ));
    if let (Some(first), Some(last)) = (commitment.days.first(), commitment.days.last()) {
        let day = |date: Option<chrono::NaiveDate>| {
            date.map_or_else(|| "-".to_owned(), |date| date.to_string())
        };
        out.push(format!("  each day    {}", strip(commitment)));
        out.push(format!(
            "              {} to {}: █ all of it was used, blank: nothing",
            day(first.date),
            day(last.date)
        ));
    }
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

fn bought_line(commitment: &Commitment, style: Style) -> String {
    if !commitment.buyers.is_empty() {
        let by = style.parts(&commitment.buyers, false);
        return format!("  bought      {}, by {by}", style.amount(commitment.bought));
    }
    let why = if style.filtered {
        "not among the rows that the filter keeps"
    } else {
        "not visible at this scope, or in another month"
    };
    format!("  bought      {why}")
}

/// What the list prices say.
fn list_line(commitment: &Commitment, list: &ListPrice, style: Style) -> String {
    if list.list == Amount::ZERO {
        return "  list price  not in the file for what it covers".to_owned();
    }
    let saved = list.list.saturating_sub(list.cost);
    let share = |saved: Amount| saved.per_mille(list.list).map(percent).unwrap_or_default();
    let head = format!(
        "  list price  {}: saved {} ({}%) on what it covered",
        style.amount(list.list),
        style.amount(saved),
        share(saved)
    );
    match list.rows_without {
        // Only of all that was used it can be said what is left after the waste.
        0 => {
            let net = saved.saturating_sub(commitment.unused);
            format!(
                "{head}, {} ({}%) with the unused part taken off",
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

/// A sign for each day from the first to the last: how much of the commitment was used.
fn strip(commitment: &Commitment) -> String {
    let sign = |day: &crate::domain::commitments::Day| {
        let whole = day.used.saturating_add(day.unused);
        match day.used.per_mille(whole).unwrap_or_default() {
            part if part <= 0 => ' ',
            1..=250 => '░',
            251..=500 => '▒',
            501..=999 => '▓',
            _ => '█',
        }
    };
    let mut out = String::new();
    let mut before: Option<chrono::NaiveDate> = None;
    for day in &commitment.days {
        if let (Some(before), Some(now)) = (before, day.date) {
            // Days on which nothing is in the file.
            let gap = usize::try_from((now - before).num_days() - 1).unwrap_or_default();
            out.extend(std::iter::repeat_n(' ', gap.min(400)));
        }
        before = day.date;
        out.push(sign(day));
    }
    out
}
