//! Prepares the bridge for display: names of groups, the waterfall, the causes of a difference.

use crate::domain::analysis::comparison::{Bridge, Delta};
use crate::domain::money::Amount;
use crate::domain::table::value_names::ABSENT;
use crate::domain::text::{counted, grouped};

/// The name of a group.
pub fn name(delta: &Delta) -> String {
    let names = (0..delta.keys.len()).map(|at| key_name(delta, at));
    names.collect::<Vec<_>>().join(" · ")
}

/// The name of one key of a group.
pub fn key_name(delta: &Delta, at: usize) -> &str {
    let label = delta.labels.get(at).and_then(Option::as_deref);
    match label.or(delta.keys.get(at).and_then(Option::as_deref)) {
        Some("") => "(empty)",
        Some(name) => name,
        None => ABSENT,
    }
}

/// The reason that a group differs: the side that alone has it, and the main cause of its difference.
pub fn reason(delta: &Delta) -> String {
    let cause = delta.bridge.main_cause();
    let differs = if hides_residual(delta) {
        ", residual"
    } else {
        ""
    };
    let cause = format!("{cause}{differs}");
    match delta.rows {
        [_, 0] => format!("only actual {cause}"),
        [0, _] => format!("only amortized {cause}"),
        _ => cause,
    }
    .trim_end()
    .to_owned()
}

/// Whether a larger cause hides a residual.
fn hides_residual(delta: &Delta) -> bool {
    delta.bridge.residual != Amount::ZERO && delta.bridge.main_cause() != "residual"
}

/// A shorter [`reason`]: the main cause in a word.
pub fn short_reason(delta: &Delta) -> &'static str {
    match delta.bridge.main_cause() {
        _ if hides_residual(delta) => "residual",
        "benefit used" => "used",
        "unused reservation" | "unused savings plan" => "unused",
        cause => cause,
    }
}

/// A step of the bridge: its name, its amount, and the ends of its bar in thousandths of the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaterfallStep {
    pub name: &'static str,
    pub amount: Amount,
    pub from: i64,
    pub to: i64,
}

/// Whether a step is one of the two sides, which are the ends of the waterfall.
fn is_side(name: &str) -> bool {
    matches!(name, "actual" | "amortized")
}

impl WaterfallStep {
    /// Whether it is one of the two sides.
    pub fn is_side(&self) -> bool {
        is_side(self.name)
    }

    /// The sign before a positive amount that is not a side.
    pub fn plus(&self) -> &'static str {
        if !self.is_side() && self.amount > Amount::ZERO {
            "+"
        } else {
            ""
        }
    }
}

/// The bridge as a waterfall: each step starts where the one before it ends.
pub fn waterfall(bridge: &Bridge) -> Vec<WaterfallStep> {
    let steps = [
        ("actual", bridge.actual),
        ("purchases and refunds", bridge.purchases),
        ("benefit used", bridge.benefit_usage),
        ("unused reservation", bridge.unused_reservation),
        ("unused savings plan", bridge.unused_savings_plan),
        ("residual", bridge.residual),
        ("amortized", bridge.amortized),
    ];
    let mut at = 0_i128;
    let mut spans = Vec::new();
    for (name, amount) in steps {
        let from = if is_side(name) { 0 } else { at };
        let to = from.saturating_add(amount.units());
        at = to;
        spans.push((name, amount, from.min(to), from.max(to)));
    }
    let low = spans.iter().fold(0, |low, span| span.2.min(low));
    let high = spans.iter().fold(0, |high, span| span.3.max(high));
    let whole = Amount::from_units(high.saturating_sub(low));
    let place = |units: i128| {
        Amount::from_units(units.saturating_sub(low))
            .per_mille(whole)
            .unwrap_or_default()
    };
    spans
        .into_iter()
        .map(|(name, amount, from, to)| WaterfallStep {
            name,
            amount,
            from: place(from),
            to: place(to),
        })
        .collect()
}

/// The exact causes of a group's difference, as lines.
pub fn causes(delta: &Delta) -> Vec<String> {
    let currency = delta.currency.as_deref().unwrap_or("-");
    let [actual, amortized] = delta.rows;
    let mut lines = vec![format!(
        "{} on the actual side, {} on the amortized one",
        counted(actual, "row"),
        grouped(amortized)
    )];
    for fall in waterfall(&delta.bridge) {
        let plus = fall.plus();
        lines.push(format!("{:<24}{plus}{} {currency}", fall.name, fall.amount));
    }
    lines.push(String::new());
    let difference = delta.bridge.difference();
    let plus = if difference > Amount::ZERO { "+" } else { "" };
    lines.push(format!(
        "difference              {plus}{difference} {currency}"
    ));
    let bridge = &delta.bridge;
    let causes = [
        (
            bridge.purchases.saturating_sub(bridge.refunds),
            "purchases are on the actual side, on the day they were billed; they are taken out",
        ),
        (
            bridge.refunds,
            "refunds of commitments are on the actual side; they are taken out too",
        ),
        (
            bridge.benefit_usage,
            "usage that reservations and savings plans cover has its share of their cost, net of its billed cost",
        ),
        (
            bridge.unused_reservation,
            "the unused part of a reservation is a row of its own on the amortized side",
        ),
        (
            bridge.unused_savings_plan,
            "the unused part of a savings plan is a row of its own on the amortized side",
        ),
        (
            bridge.residual,
            "rows without a benefit differ: a price changed, or one side lacks rows",
        ),
    ];
    let own = causes
        .into_iter()
        .filter(|(amount, _)| *amount != Amount::ZERO);
    lines.extend(own.map(|(amount, words)| format!("  {amount}: {words}")));
    lines
}
