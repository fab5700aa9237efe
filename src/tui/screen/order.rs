//! The order form: metric, period, way; checked as it is typed.

use crate::domain::metric::MetricChoice;
use crate::domain::period::{self, DateRange, Period, PeriodError, Preset};
use crate::domain::request::Api;
use crate::domain::scope::{Scope, ScopeKind};
use crate::ops::report::{Order, Resume};
use crate::tui::part::field::Field;
use chrono::NaiveDate;
use std::time::Duration;

/// How long a job of the UI waits at most; it can be cancelled at any time.
pub const MAX_WAIT: Duration = Duration::from_secs(60 * 60);

/// How the period is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodChoice {
    Preset(Preset),
    Dates,
    Invoice,
}

impl PeriodChoice {
    /// Every choice, in the order the form shows them.
    pub const ALL: [Self; 6] = [
        Self::Preset(Preset::LastMonth),
        Self::Preset(Preset::ThisMonth),
        Self::Preset(Preset::Last3),
        Self::Preset(Preset::Last12),
        Self::Dates,
        Self::Invoice,
    ];

    /// The words on the form.
    pub fn label(self) -> &'static str {
        match self {
            Self::Preset(preset) => preset.label(),
            Self::Dates => "dates",
            Self::Invoice => "invoice",
        }
    }
}

/// The ways to the rows, in the order the form shows them.
pub const WAYS: [Option<Api>; 4] = [
    None,
    Some(Api::Details),
    Some(Api::Detailed),
    Some(Api::Usage),
];

/// The word for a way, as on the command line.
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
pub enum Part {
    Metric,
    Period,
    From,
    To,
    Invoice,
    Way,
}

/// The form.
#[derive(Debug)]
pub struct OrderForm {
    pub scope: Option<Scope>,
    pub metric: MetricChoice,
    pub period: PeriodChoice,
    pub from: Field,
    pub to: Field,
    pub invoice: Field,
    /// None: whichever works.
    pub api: Option<Api>,
    /// Order although the ledger has it.
    pub refresh: bool,
    pub focus: Part,
}

impl Default for OrderForm {
    fn default() -> Self {
        Self {
            scope: None,
            metric: MetricChoice::Both,
            period: PeriodChoice::Preset(Preset::LastMonth),
            from: Field::default(),
            to: Field::default(),
            invoice: Field::default(),
            api: None,
            refresh: false,
            focus: Part::Metric,
        }
    }
}

impl OrderForm {
    /// Starts an order for a scope; what was chosen before stays chosen where it is possible.
    pub fn begin(&mut self, scope: Scope, today: NaiveDate) {
        if !can_invoice(&scope) && self.period == PeriodChoice::Invoice {
            self.period = PeriodChoice::Preset(Preset::LastMonth);
        }
        // Groups have no reports, but usage details.
        let only_usage = matches!(
            scope.id.kind(),
            ScopeKind::ResourceGroup | ScopeKind::ManagementGroup
        );
        if only_usage {
            self.api = Some(Api::Usage);
        } else if self.api == Some(Api::Usage) {
            self.api = None;
        }
        self.scope = Some(scope);
        self.refresh = false;
        self.focus = Part::Metric;
        self.fill_dates(today);
    }

    /// The fields that can be reached now.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = vec![Part::Metric, Part::Period];
        match self.period {
            PeriodChoice::Dates => parts.extend([Part::From, Part::To]),
            PeriodChoice::Invoice => parts.push(Part::Invoice),
            PeriodChoice::Preset(_) => {}
        }
        parts.push(Part::Way);
        parts
    }

    /// Moves the focus.
    pub fn step(&mut self, forward: bool) {
        let parts = self.parts();
        let at = parts
            .iter()
            .position(|part| *part == self.focus)
            .unwrap_or_default();
        let next = if forward {
            at + 1
        } else {
            at + parts.len() - 1
        };
        if let Some(part) = parts.get(next % parts.len()) {
            self.focus = *part;
        }
    }

    /// The text field that has the focus.
    pub fn text(&mut self) -> Option<&mut Field> {
        match self.focus {
            Part::From => Some(&mut self.from),
            Part::To => Some(&mut self.to),
            Part::Invoice => Some(&mut self.invoice),
            _ => None,
        }
    }

    /// Whether a text field has the focus.
    pub fn is_typing(&self) -> bool {
        matches!(self.focus, Part::From | Part::To | Part::Invoice)
    }

    /// The ways to choose a period here: invoices are known at billing profiles and customers only.
    pub fn periods(&self) -> Vec<PeriodChoice> {
        let invoices = self.scope.as_ref().is_some_and(can_invoice);
        let offered = PeriodChoice::ALL.into_iter();
        offered
            .filter(|c| invoices || *c != PeriodChoice::Invoice)
            .collect()
    }

    /// The next or previous choice of the focused field.
    pub fn change(&mut self, forward: bool, today: NaiveDate) {
        match self.focus {
            Part::Metric => self.metric = turn(&MetricChoice::ALL, self.metric, forward),
            Part::Period => {
                let choices = self.periods();
                self.period = turn(&choices, self.period, forward);
                self.fill_dates(today);
            }
            Part::Way => self.api = turn(&WAYS, self.api, forward),
            _ => {}
        }
    }

    /// A preset fills the dates, so that choosing "dates" starts from them.
    fn fill_dates(&mut self, today: NaiveDate) {
        if let PeriodChoice::Preset(preset) = self.period {
            let range = preset.range(today);
            self.from = Field::with(&range.from.to_string());
            self.to = Field::with(&range.to.to_string());
        }
    }

    /// What is wrong with a date as it stands, if anything.
    pub fn date_problem(&self, part: Part) -> Option<String> {
        let text = match part {
            Part::From => self.from.text(),
            Part::To => self.to.text(),
            _ => return None,
        };
        match period::parse_date(text) {
            Err(PeriodError::NotADate { why, .. }) => Some(why.to_owned()),
            other => other.err().map(|error| error.to_string()),
        }
    }

    /// The period, or what is wrong with it.
    fn chosen_period(&self, today: NaiveDate) -> Result<Period, String> {
        match self.period {
            PeriodChoice::Preset(preset) => Ok(Period::Dates(preset.range(today))),
            PeriodChoice::Invoice if self.invoice.text().trim().is_empty() => {
                Err("type the number of the invoice".to_owned())
            }
            PeriodChoice::Invoice => Ok(Period::Invoice(self.invoice.text().trim().to_owned())),
            PeriodChoice::Dates => {
                let read = |text: &str| period::parse_date(text).map_err(|error| error.to_string());
                Ok(Period::Dates(DateRange {
                    from: read(self.from.text())?,
                    to: read(self.to.text())?,
                }))
            }
        }
    }

    /// The order as it stands, or what is missing.
    pub fn order(&self, today: NaiveDate) -> Result<Order, String> {
        let scope = self
            .scope
            .as_ref()
            .ok_or("pick a scope first: 1 shows them")?;
        Ok(Order {
            scope: scope.id.clone(),
            metric: self.metric,
            period: self.chosen_period(today)?,
            api: self.api,
            agreement: scope.agreement,
            refresh: self.refresh,
            resume: Resume::AsUsual,
            max_wait: MAX_WAIT,
            out: None,
        })
    }
}

fn can_invoice(scope: &Scope) -> bool {
    scope.id.kind().has_invoices()
}

/// The neighbour of a choice, around the end.
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
