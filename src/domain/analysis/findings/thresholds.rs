//! The thresholds of findings: defaults, names and checks.

use crate::domain::money::Amount;

/// How large a deviation must be to count as a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds {
    /// The smallest amount, in the currency of the finding.
    pub least: Amount,
    /// Deviations from the median of its weekday from which a day is a jump.
    pub jump_deviations: Amount,
    /// Percent above the median of its weekday from which a day is a jump.
    pub jump_percent: Amount,
    /// A group with more days like that has a new level, not jumps.
    pub jump_days: Amount,
    /// Percent from which a unit price has changed.
    pub price_percent: Amount,
    /// Percent of the money that must carry a tag key for the rest to count as untagged.
    pub tag_percent: Amount,
    /// Days with a quantity of 0 from which a resource is idle.
    pub idle_days: Amount,
    /// Percent by which the daily cost of an idle resource may differ from before.
    pub idle_percent: Amount,
}

impl Default for Thresholds {
    fn default() -> Self {
        let whole = Amount::from_whole;
        Self {
            least: whole(1),
            jump_deviations: whole(5),
            jump_percent: whole(20),
            jump_days: whole(3),
            price_percent: whole(1),
            tag_percent: whole(50),
            idle_days: whole(3),
            idle_percent: whole(10),
        }
    }
}

impl Thresholds {
    /// Every threshold: its name under `[findings]`, and what it means.
    pub const NAMES: [(&str, &str); 8] = [
        ("least", "The smallest amount of a finding, in its currency"),
        (
            "jump-deviations",
            "A day is a jump from this many deviations above the median of its weekday",
        ),
        (
            "jump-percent",
            "A day is a jump from this many percent above the median of its weekday",
        ),
        (
            "jump-days",
            "A group with more such days has a new level, not jumps",
        ),
        (
            "price-percent",
            "A unit price has changed from this many percent",
        ),
        (
            "tag-percent",
            "Usage without a tag key is untagged if more than this percentage of the money carries it",
        ),
        (
            "idle-days",
            "A resource is idle from this many days with cost and a quantity of 0",
        ),
        (
            "idle-percent",
            "The daily cost of an idle resource differs from before by at most this many percent",
        ),
    ];

    /// A threshold by its name.
    pub fn named(&self, name: &str) -> Option<Amount> {
        Some(match name {
            "least" => self.least,
            "jump-deviations" => self.jump_deviations,
            "jump-percent" => self.jump_percent,
            "jump-days" => self.jump_days,
            "price-percent" => self.price_percent,
            "tag-percent" => self.tag_percent,
            "idle-days" => self.idle_days,
            "idle-percent" => self.idle_percent,
            _ => return None,
        })
    }

    /// Sets a threshold; the error says what is expected.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let wrong = || format!("`{name}` must be a number of 0 or more, such as 5 or 0.5");
        let parsed = Amount::parse(text).map_err(|_| wrong())?;
        if parsed.amount < Amount::ZERO || parsed.rounded {
            return Err(wrong());
        }
        let slot = match name {
            "least" => &mut self.least,
            "jump-deviations" => &mut self.jump_deviations,
            "jump-percent" => &mut self.jump_percent,
            "jump-days" => &mut self.jump_days,
            "price-percent" => &mut self.price_percent,
            "tag-percent" => &mut self.tag_percent,
            "idle-days" => &mut self.idle_days,
            "idle-percent" => &mut self.idle_percent,
            _ => return Err(format!("unknown threshold `{name}`")),
        };
        *slot = parsed.amount;
        Ok(())
    }
}

/// This many percent of an amount; the largest amount if the result does not fit.
pub fn percent_of(amount: Amount, percent: Amount) -> Amount {
    amount
        .proportion(percent, Amount::from_whole(100))
        .unwrap_or(Amount::MAX)
}
