//! State of the order form: metric, period and API. Input is checked as it is typed.

use crate::domain::metric::MetricChoice;
use crate::domain::period;
use crate::domain::period::{DateRange, Period, PeriodError, Preset};
use crate::domain::report::request::{Api, Subset};
use crate::domain::report::usage_filter::UsageFilter;
use crate::domain::scope::{Agreement, Scope, ScopeKind};
use crate::ops::orders::order_spec::{MAX_WAIT, OrderSpec, Resume};
use crate::tui::state::field::TextField;
use chrono::NaiveDate;
use std::num::NonZeroU32;

/// How the period is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodChoice {
    Preset(Preset),
    Dates,
    Invoice,
    Billing,
}

impl PeriodChoice {
    /// Every choice, in the order the form shows them.
    pub const ALL: [Self; 13] = [
        Self::Preset(Preset::LastMonth),
        Self::Preset(Preset::ThisMonth),
        Self::Preset(Preset::Last3),
        Self::Preset(Preset::Last12),
        Self::Preset(Preset::Last7),
        Self::Preset(Preset::Last30),
        Self::Preset(Preset::ThisQuarter),
        Self::Preset(Preset::LastQuarter),
        Self::Preset(Preset::ThisYear),
        Self::Preset(Preset::LastYear),
        Self::Dates,
        Self::Invoice,
        Self::Billing,
    ];

    /// The word on the form.
    pub fn word(self) -> &'static str {
        match self {
            Self::Preset(preset) => preset.label(),
            Self::Dates => "dates",
            Self::Invoice => "invoice",
            Self::Billing => "billing",
        }
    }
}

/// The API choices, in the order the form shows them.
pub const WAYS: [Option<Api>; 4] = [
    None,
    Some(Api::Details),
    Some(Api::Detailed),
    Some(Api::Usage),
];

/// The name of an API choice, as on the command line.
pub fn way_word(way: Option<Api>) -> &'static str {
    match way {
        None => "auto",
        Some(Api::Details) => "details",
        Some(Api::Detailed) => "detailed",
        Some(Api::Usage) => "usage",
    }
}

/// The fields, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormField {
    Metric,
    Period,
    From,
    To,
    Invoice,
    Billing,
    Way,
    Filter,
    TopRows,
}

/// The form.
#[derive(Debug)]
pub struct OrderForm {
    pub scope: Option<Scope>,
    /// Other scopes that are ordered in the same way.
    pub others: Vec<Scope>,
    pub metric: MetricChoice,
    pub period: PeriodChoice,
    pub from: TextField,
    pub to: TextField,
    pub invoice: TextField,
    pub billing: TextField,
    /// The filter that the server applies; Usage Details only, as is the number of rows.
    pub filter: TextField,
    pub top_rows: TextField,
    /// `None` picks an API that works.
    pub api: Option<Api>,
    /// Whether to order even if the ledger has the report.
    pub refresh: bool,
    pub focus: FormField,
}

impl Default for OrderForm {
    fn default() -> Self {
        Self {
            scope: None,
            others: Vec::new(),
            metric: MetricChoice::Both,
            period: PeriodChoice::Preset(Preset::LastMonth),
            from: TextField::default(),
            to: TextField::default(),
            invoice: TextField::default(),
            billing: TextField::default(),
            filter: TextField::default(),
            top_rows: TextField::default(),
            api: None,
            refresh: false,
            focus: FormField::Metric,
        }
    }
}

impl OrderForm {
    /// Starts an order for a scope. Earlier choices stay where the scope allows them.
    pub fn begin(&mut self, scope: Scope, today: NaiveDate) {
        if !periods_of(&scope).contains(&self.period) {
            self.period = PeriodChoice::Preset(Preset::LastMonth);
        }
        // Resource groups and management groups have usage details, but no reports.
        let only_usage = matches!(
            scope.id.kind(),
            ScopeKind::ResourceGroup | ScopeKind::ManagementGroup
        );
        if only_usage {
            self.api = Some(Api::Usage);
        } else if self.api == Some(Api::Usage) {
            self.set_way(None);
        }
        // A filter and a number of rows apply to one scope only.
        (self.filter, self.top_rows) = (TextField::default(), TextField::default());
        self.scope = Some(scope);
        self.others.clear();
        self.refresh = false;
        self.focus = FormField::Metric;
        self.fill_dates(today);
    }

    /// The fields that are available now.
    pub fn parts(&self) -> Vec<FormField> {
        let mut parts = vec![FormField::Metric, FormField::Period];
        match self.period {
            PeriodChoice::Dates => parts.extend([FormField::From, FormField::To]),
            PeriodChoice::Invoice => parts.push(FormField::Invoice),
            PeriodChoice::Billing => parts.push(FormField::Billing),
            PeriodChoice::Preset(_) => {}
        }
        parts.push(FormField::Way);
        if self.api == Some(Api::Usage) {
            parts.extend([FormField::Filter, FormField::TopRows]);
        }
        parts
    }

    /// Moves the focus.
    pub fn step(&mut self, forward: bool) {
        self.focus = turn(&self.parts(), self.focus, forward);
    }

    /// The text field that has the focus.
    pub fn text(&mut self) -> Option<&mut TextField> {
        match self.focus {
            FormField::From => Some(&mut self.from),
            FormField::To => Some(&mut self.to),
            FormField::Invoice => Some(&mut self.invoice),
            FormField::Billing => Some(&mut self.billing),
            FormField::Filter => Some(&mut self.filter),
            FormField::TopRows => Some(&mut self.top_rows),
            FormField::Metric | FormField::Period | FormField::Way => None,
        }
    }

    /// Whether a text field has the focus.
    pub fn is_typing(&self) -> bool {
        !matches!(
            self.focus,
            FormField::Metric | FormField::Period | FormField::Way
        )
    }

    /// The period choices of the scope.
    pub fn periods(&self) -> Vec<PeriodChoice> {
        self.scope.as_ref().map(periods_of).unwrap_or_default()
    }

    /// Selects the billing period that a typed scope ends with.
    pub fn choose_billing_period(&mut self, name: &str) {
        self.period = PeriodChoice::Billing;
        self.billing = TextField::with(name);
    }

    /// The metrics to choose from: `usage` comes from Usage Details only.
    pub fn metrics(&self) -> Vec<MetricChoice> {
        let offered = MetricChoice::ALL.into_iter();
        offered
            .filter(|choice| *choice != MetricChoice::Usage || self.api == Some(Api::Usage))
            .collect()
    }

    fn set_way(&mut self, api: Option<Api>) {
        self.api = api;
        if api != Some(Api::Usage) && self.metric == MetricChoice::Usage {
            self.metric = MetricChoice::Actual;
        }
    }

    /// The next or previous choice of the focused field.
    pub fn change(&mut self, forward: bool, today: NaiveDate) {
        match self.focus {
            FormField::Metric => self.metric = turn(&self.metrics(), self.metric, forward),
            FormField::Period => {
                let choices = self.periods();
                self.period = turn(&choices, self.period, forward);
                self.fill_dates(today);
            }
            FormField::Way => self.set_way(turn(&WAYS, self.api, forward)),
            FormField::From
            | FormField::To
            | FormField::Invoice
            | FormField::Billing
            | FormField::Filter
            | FormField::TopRows => {}
        }
    }

    /// A preset fills the dates, so that choosing "dates" starts from them.
    fn fill_dates(&mut self, today: NaiveDate) {
        if let PeriodChoice::Preset(preset) = self.period {
            let range = preset.range(today);
            self.from = TextField::with(&range.from.to_string());
            self.to = TextField::with(&range.to.to_string());
        }
    }

    /// The error in a date, if any.
    pub fn date_problem(&self, part: FormField) -> Option<String> {
        let text = match part {
            FormField::From => self.from.text(),
            FormField::To => self.to.text(),
            FormField::Metric
            | FormField::Period
            | FormField::Invoice
            | FormField::Billing
            | FormField::Way
            | FormField::Filter
            | FormField::TopRows => return None,
        };
        match period::parse_date(text) {
            Err(PeriodError::NotADate { why, .. }) => Some(why.to_owned()),
            other => other.err().map(|error| error.to_string()),
        }
    }

    /// The period, or the error in it.
    fn chosen_period(&self, today: NaiveDate) -> Result<Period, String> {
        match self.period {
            PeriodChoice::Preset(preset) => Ok(Period::Dates(preset.range(today))),
            PeriodChoice::Invoice if self.invoice.text().trim().is_empty() => {
                Err("type the invoice number".to_owned())
            }
            PeriodChoice::Invoice => Ok(Period::Invoice(self.invoice.text().trim().to_owned())),
            PeriodChoice::Billing => {
                Period::billing(self.billing.text()).map_err(|error| error.to_string())
            }
            PeriodChoice::Dates => {
                let read = |text: &str| period::parse_date(text).map_err(|error| error.to_string());
                Ok(Period::Dates(DateRange {
                    from: read(self.from.text())?,
                    to: read(self.to.text())?,
                }))
            }
        }
    }

    /// The error in the filter, if any.
    pub fn filter_problem(&self) -> Option<String> {
        self.usage_filter().err()
    }

    /// The error in the number of rows, if any.
    pub fn top_rows_problem(&self) -> Option<String> {
        self.row_limit().err()
    }

    fn usage_filter(&self) -> Result<Option<UsageFilter>, String> {
        let text = self.filter.text().trim();
        if text.is_empty() {
            return Ok(None);
        }
        let read = UsageFilter::parse(text);
        read.map(Some)
            .map_err(|error| format!("{}; expected {}", error.wrong, error.expected))
    }

    fn row_limit(&self) -> Result<Option<NonZeroU32>, String> {
        let text = self.top_rows.text().trim();
        if text.is_empty() {
            return Ok(None);
        }
        let read = text.parse().map(Some);
        read.map_err(|_| "expected a number of rows, or nothing for all".to_owned())
    }

    /// The subset of rows to order. Only Usage Details can limit them.
    fn subset(&self) -> Result<Subset, String> {
        if self.api != Some(Api::Usage) {
            return Ok(Subset::default());
        }
        Ok(Subset {
            filter: self.usage_filter()?,
            top_rows: self.row_limit()?,
        })
    }

    /// The order, or the first error in the form.
    pub fn order(&self, today: NaiveDate) -> Result<OrderSpec, String> {
        let scope = self
            .scope
            .as_ref()
            .ok_or("pick a scope first: ⟦everywhere.show-scopes⟧ shows them")?;
        Ok(OrderSpec {
            scope: scope.id.clone(),
            metric: self.metric,
            period: self.chosen_period(today)?,
            subset: self.subset()?,
            api: self.api,
            agreement: scope.agreement,
            refresh: self.refresh,
            resume: Resume::AsUsual,
            max_wait: MAX_WAIT,
            out: None,
        })
    }
}

/// The period choices of a scope. Billing profiles and customers have invoices. Other scopes have named billing
/// periods, except under MCA and MPA.
fn periods_of(scope: &Scope) -> Vec<PeriodChoice> {
    let invoices = scope.id.kind().has_invoices();
    let agreement = scope.agreement.or(scope.id.agreement());
    let billing = !invoices && !matches!(agreement, Some(Agreement::Mca | Agreement::Mpa));
    let offered = PeriodChoice::ALL.into_iter();
    offered
        .filter(|choice| match choice {
            PeriodChoice::Invoice => invoices,
            PeriodChoice::Billing => billing,
            PeriodChoice::Preset(_) | PeriodChoice::Dates => true,
        })
        .collect()
}

/// The next or previous choice, wrapping around.
fn turn<T: Copy + PartialEq>(all: &[T], now: T, forward: bool) -> T {
    let at = all
        .iter()
        .position(|choice| *choice == now)
        .unwrap_or_default();
    let next = if forward {
        at + 1
    } else {
        at + all.len().saturating_sub(1)
    };
    all.get(next % all.len().max(1)).copied().unwrap_or(now)
}
