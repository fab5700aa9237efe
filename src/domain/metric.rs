//! The metrics of cost data (azure-rest-api-specs, `CostDetailsMetricType`; Consumption, `metrictype`).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The metric of a report: cost as billed, or with reservation and savings plan purchases spread over their term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// `ActualCost`: purchases on the day they were billed.
    Actual,
    /// `AmortizedCost`: purchases spread per day over the usage they cover.
    Amortized,
    /// `usage`: quantities, and costs where the account shows them. Usage Details only.
    Usage,
}

impl Metric {
    /// The value of the request's `metric` field.
    pub fn api_name(self) -> &'static str {
        match self {
            Self::Actual => "ActualCost",
            Self::Amortized => "AmortizedCost",
            Self::Usage => "Usage",
        }
    }

    /// Short name for narrow columns.
    pub fn short(self) -> &'static str {
        match self {
            Self::Actual => "act.",
            Self::Amortized => "amort.",
            Self::Usage => "usage",
        }
    }

    /// Name in the command line, the JSON and the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Amortized => "amortized",
            Self::Usage => "usage",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The metrics of an order: one metric, or actual and amortized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricChoice {
    Actual,
    Amortized,
    Both,
    Usage,
}

impl MetricChoice {
    /// Every choice, in the order of the form; the last one is for Usage Details only.
    pub const ALL: [Self; 4] = [Self::Actual, Self::Amortized, Self::Both, Self::Usage];

    /// The metrics to order, actual first.
    pub fn metrics(self) -> &'static [Metric] {
        match self {
            Self::Actual => &[Metric::Actual],
            Self::Amortized => &[Metric::Amortized],
            Self::Both => &[Metric::Actual, Metric::Amortized],
            Self::Usage => &[Metric::Usage],
        }
    }

    /// Name on the form and the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Amortized => "amortized",
            Self::Both => "both",
            Self::Usage => "usage",
        }
    }
}
