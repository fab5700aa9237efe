//! Explains the words of the order form, in a sentence each.

use super::state::{FormField, OrderForm, PeriodChoice};
use crate::domain::metric::MetricChoice;
use crate::domain::period::Preset;
use crate::domain::report::request::Api;

/// Explains the choice of the focused field.
pub(super) fn explained(form: &OrderForm) -> &'static str {
    match form.focus {
        FormField::Metric => metric(form.metric),
        FormField::Period
        | FormField::From
        | FormField::To
        | FormField::Invoice
        | FormField::Billing => period(form.period),
        FormField::Way => api(form.api),
        FormField::Filter => {
            "Filter: the server sends only these rows; the report is stored as a part."
        }
        FormField::TopRows => {
            "Top rows: only so many of the most recent rows; the report is stored as a part."
        }
    }
}

fn metric(choice: MetricChoice) -> &'static str {
    match choice {
        MetricChoice::Actual => {
            "actual: as charged; a reservation is one amount on the day it is bought."
        }
        MetricChoice::Amortized => {
            "amortized: reservations and savings plans spread over the days that they cover."
        }
        MetricChoice::Both => "both: actual and amortized, to compare; two reports for each month.",
        MetricChoice::Usage => "usage: the usage records, which only Usage Details has.",
    }
}

fn period(choice: PeriodChoice) -> &'static str {
    match choice {
        PeriodChoice::Preset(preset) => match preset {
            Preset::LastMonth => "last month: final from the 6th of this month on.",
            Preset::ThisMonth => "this month: up to today; the newest days still grow.",
            Preset::Last3 => "last 3: the three whole months before this one.",
            Preset::Last12 => "last 12: the twelve whole months before this one.",
            Preset::Last7 => "last 7 days: today and the six days before.",
            Preset::Last30 => "last 30 days: today and the 29 days before.",
            Preset::ThisQuarter => "this quarter: from its first month up to today.",
            Preset::LastQuarter => "last quarter: the three months before this quarter.",
            Preset::ThisYear => "this year: from January up to today.",
            Preset::LastYear => "last year: January to December; reports reach back 13 months.",
        },
        PeriodChoice::Dates => {
            "dates: any days, both included; one report for each calendar month."
        }
        PeriodChoice::Invoice => "invoice: everything on one invoice, by its number.",
        PeriodChoice::Billing => "billing: one billing period by its name, such as 202610.",
    }
}

fn api(choice: Option<Api>) -> &'static str {
    match choice {
        None => "auto: reports where the account has them, else Usage Details.",
        Some(Api::Details) => "details: the newer report, up to 2 GB a month; EA and MCA.",
        Some(Api::Detailed) => "detailed: the older report, up to 2 GB; where details fails.",
        Some(Api::Usage) => "usage: Usage Details, 1,000 rows a page, for every kind of account.",
    }
}
