//! Actual beside amortized: the pair, the way into it, the answers.

use crate::domain::columns::Role;
use crate::domain::comparison::{Bridge, Comparison, Delta};
use crate::domain::filter::Filter;
use crate::domain::money::Amount;
use crate::domain::partners::{Covered, Residual};
use crate::domain::query::{GroupKey, keys_text};
use crate::domain::sheet::{ABSENT, Heading, Sheet};
use crate::tui::action::Action;
use crate::tui::message::{Loaded, Problem, Ticket};
use crate::tui::part::cursor::{Cursor, Step};
use crate::tui::screen::table::FilterBar;
use crate::tui::screen::table::command::word;

/// The compare screen.
#[derive(Debug, Default)]
pub enum CompareScreen {
    #[default]
    Nothing,
    Opening {
        ticket: Ticket,
        title: String,
    },
    Pair(Box<Pair>),
}

/// By what groups are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The largest difference first, whichever way.
    #[default]
    Difference,
    Actual,
    Amortized,
    Key,
}

impl Order {
    /// Every order, by its name.
    pub const ALL: [(&str, Self); 4] = [
        ("difference", Self::Difference),
        ("actual", Self::Actual),
        ("amortized", Self::Amortized),
        ("key", Self::Key),
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, order)| *order == self);
        found.map_or("", |(word, _)| word)
    }
}

/// A step of the way into the pair.
#[derive(Debug, Clone)]
pub struct PairStep {
    pub label: String,
    pub filter: Option<Filter>,
    pub group_by: Vec<GroupKey>,
    /// What the way goes on with.
    pub levels: Vec<GroupKey>,
    pub cursor: Cursor,
}

/// Two opened sides.
#[derive(Debug)]
pub struct Pair {
    pub actual: Loaded,
    pub amortized: Loaded,
    pub title: String,
    /// What is to be known of the two before they are believed.
    pub notes: Vec<String>,
    /// Rows without a counterpart, of the filter as it stands.
    pub why: Option<(Covered, Option<Residual>)>,
    pub order: Order,
    first: PairStep,
    deeper: Vec<PairStep>,
    pub compared: Option<Comparison>,
    pub asked: Option<Ticket>,
    /// The question about rows without a counterpart.
    pub asked_why: Option<Ticket>,
    /// A page about one group that waits for its rows without a counterpart: title and lines so far.
    pub page: Option<(Ticket, String, Vec<String>)>,
    /// The question about what is to be known of the pair.
    pub asked_notes: Option<Ticket>,
    pub bar: Option<FilterBar>,
    pub problem: Option<Problem>,
    /// What was wanted of groups that are still being worked out.
    pub waiting: Vec<Action>,
}

/// The way on from a key: down to the charges of a day.
fn levels_under(keys: &[GroupKey]) -> Vec<GroupKey> {
    let way = [
        Role::ResourceGroup,
        Role::Resource,
        Role::Meter,
        Role::Date,
        Role::ChargeType,
    ];
    let at = keys
        .iter()
        .filter_map(|key| way.iter().position(|role| *key == GroupKey::Role(*role)));
    let from = at.max().map_or(0, |at| at + 1);
    way.iter()
        .skip(from)
        .map(|role| GroupKey::Role(*role))
        .collect()
}

impl PairStep {
    /// A step with the cursor on its first group.
    pub fn new(label: String, filter: Option<Filter>, group_by: Vec<GroupKey>) -> Self {
        Self {
            label,
            filter,
            levels: levels_under(&group_by),
            group_by,
            cursor: Cursor::default(),
        }
    }
}

impl Pair {
    /// Starts grouped by resource group.
    pub fn new(actual: Loaded, amortized: Loaded, title: String, notes: Vec<String>) -> Self {
        let group_by = vec![GroupKey::Role(Role::ResourceGroup)];
        Self {
            actual,
            amortized,
            first: PairStep::new(title.clone(), None, group_by),
            title,
            notes,
            why: None,
            order: Order::default(),
            deeper: Vec::new(),
            compared: None,
            asked: None,
            asked_why: None,
            page: None,
            asked_notes: None,
            bar: None,
            problem: None,
            waiting: Vec::new(),
        }
    }

    /// The step we are at.
    pub fn step(&self) -> &PairStep {
        self.deeper.last().unwrap_or(&self.first)
    }

    /// The step we are at, to be changed.
    pub fn step_mut(&mut self) -> &mut PairStep {
        self.deeper.last_mut().unwrap_or(&mut self.first)
    }

    /// The labels of the way here.
    pub fn crumbs(&self) -> Vec<&str> {
        let steps = std::iter::once(&self.first).chain(&self.deeper);
        steps.map(|step| step.label.as_str()).collect()
    }

    /// One step back; `false` where this is the first.
    pub fn back(&mut self) -> bool {
        let back = self.deeper.pop().is_some();
        if back {
            self.forget();
        }
        back
    }

    /// What is shown belongs to another question.
    pub fn forget(&mut self) {
        self.compared = None;
        self.why = None;
        self.problem = None;
    }

    /// Groups, as they are sorted.
    pub fn groups(&self) -> &[Delta] {
        self.compared
            .as_ref()
            .map_or(&[], |compared| &compared.groups)
    }

    /// The group under the cursor.
    pub fn selected(&self) -> Option<&Delta> {
        self.groups().get(self.step().cursor.selected)
    }

    /// The rows of a group on both sides.
    pub fn inside(&self, delta: &Delta) -> Option<Filter> {
        let step = self.step();
        let mut tests: Vec<Filter> = step
            .group_by
            .iter()
            .zip(&delta.keys)
            .map(|(key, value)| Filter::equals(key.clone(), value.clone()))
            .collect();
        let several = self
            .compared
            .as_ref()
            .is_some_and(|all| all.currencies.len() > 1);
        let currency = GroupKey::Role(Role::Currency);
        if several && !step.group_by.contains(&currency) {
            tests.push(Filter::equals(currency, delta.currency.clone()));
        }
        tests.into_iter().fold(step.filter.clone(), |all, test| {
            Filter::both(all, Some(test))
        })
    }

    /// Whether an action is about something that is still being worked out; what comes after it waits, too.
    pub fn pending(&self, action: Action) -> bool {
        let groups = self.asked.is_some() && self.compared.is_none();
        let rows = action == Action::Trust && self.asked_why.is_some();
        groups || rows || !self.waiting.is_empty()
    }

    /// Into the group under the cursor, both sides of it.
    pub fn enter(&mut self) -> Result<(), String> {
        let delta = self
            .selected()
            .ok_or("the comparison is being worked out")?;
        let Some((next, rest)) = self.step().levels.split_first() else {
            return Err(
                "nothing is further inside; ⟦compare.detail⟧ says why it differs".to_owned(),
            );
        };
        let label = name(delta, &self.step().group_by);
        let mut step = PairStep::new(label, self.inside(delta), vec![next.clone()]);
        step.levels = rest.to_vec();
        self.deeper.push(step);
        self.forget();
        Ok(())
    }

    /// Sorts the groups.
    pub fn sort(&mut self) {
        let order = self.order;
        let Some(compared) = &mut self.compared else {
            return;
        };
        compared.groups.sort_by(|a, b| {
            let size = |delta: &Delta| match order {
                Order::Difference => delta.bridge.difference().abs(),
                Order::Actual => delta.bridge.actual,
                Order::Amortized => delta.bridge.amortized,
                Order::Key => Amount::ZERO,
            };
            let keys = |delta: &Delta| {
                let of = |key: &Option<String>| (key.is_none(), key.clone());
                delta.keys.iter().map(of).collect::<Vec<_>>()
            };
            size(b)
                .cmp(&size(a))
                .then_with(|| keys(a).cmp(&keys(b)))
                .then_with(|| a.currency.cmp(&b.currency))
        });
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Step, height: usize) {
        let count = self.groups().len();
        self.step_mut().cursor.go(step, count, height);
    }

    /// Takes an answer, if it is to the newest question.
    pub fn answered(&mut self, ticket: Ticket, result: Result<Comparison, Problem>, height: usize) {
        if self.asked != Some(ticket) {
            return;
        }
        self.asked = None;
        match result {
            Ok(compared) => {
                self.compared = Some(compared);
                self.problem = None;
                self.sort();
                let count = self.groups().len();
                self.step_mut().cursor.keep(count, height);
            }
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// The headless command of this comparison.
    pub fn command(&self, data_dir: Option<&str>) -> String {
        let step = self.step();
        let (one, other) = (&self.actual.opened.names, &self.amortized.opened.names);
        let mut words = vec!["costscope compare".to_owned(), word(&one.join(","))];
        if one != other {
            words.push(word(&other.join(",")));
        }
        if !step.group_by.is_empty() {
            words.push(format!("--group-by {}", word(&keys_text(&step.group_by))));
        }
        if let Some(filter) = &step.filter {
            words.push(format!("--filter {}", word(&filter.to_string())));
        }
        if let Some(folder) = data_dir {
            words.push(format!("--data-dir {}", word(folder)));
        }
        words.join(" ")
    }

    /// The groups as text between tabs, exact.
    pub fn tsv(&self) -> String {
        let keys = self
            .step()
            .group_by
            .iter()
            .map(|key| Heading::text(key.name()));
        let amounts = ["actual", "amortized", "difference", "residual"].map(Heading::number);
        let mut headings: Vec<Heading> = keys.collect();
        headings.push(Heading::text("currency"));
        headings.extend(amounts);
        headings.push(Heading::text("mostly"));
        let row = |delta: &Delta| {
            let bridge = &delta.bridge;
            let amounts = [
                bridge.actual,
                bridge.amortized,
                bridge.difference(),
                bridge.residual,
            ];
            let mut row = delta.keys.clone();
            row.push(delta.currency.clone());
            row.extend(amounts.map(|amount| Some(amount.to_string())));
            row.push(Some(mark(delta)));
            row
        };
        let sheet = Sheet {
            headings,
            rows: self.groups().iter().map(row).collect(),
            footer: Vec::new(),
        };
        sheet.tsv()
    }

    /// Everything there is to know of the pair as it is looked at.
    pub fn noted(&self) -> Vec<String> {
        let mut all = self.notes.clone();
        let whole = self.step().filter.is_none();
        if let Some(compared) = self.compared.as_ref().filter(|_| whole) {
            all.extend(crate::ops::pair::missing(compared));
        }
        if let Some((covered, residual)) = &self.why {
            all.extend(crate::ops::pair::covered_words(covered));
            all.extend(residual.iter().flat_map(crate::ops::pair::residual_words));
        }
        all
    }
}

/// What a group is called.
pub fn name(delta: &Delta, keys: &[GroupKey]) -> String {
    let values = delta.keys.iter().zip(keys);
    let names = values.map(|(value, key)| match value.as_deref() {
        Some("") => "(empty)".to_owned(),
        Some(id) if *key == GroupKey::Role(Role::Resource) => {
            id.rsplit('/').next().unwrap_or(id).to_owned()
        }
        Some(name) => name.to_owned(),
        None => ABSENT.to_owned(),
    });
    names.collect::<Vec<_>>().join(" · ")
}

/// The word beside a group: on which side it stands alone, and what differs mostly.
pub fn mark(delta: &Delta) -> String {
    let cause = delta.bridge.main_cause();
    match delta.rows {
        [_, 0] => format!("only actual {cause}"),
        [0, _] => format!("only amortized {cause}"),
        _ => cause.to_owned(),
    }
    .trim_end()
    .to_owned()
}

/// A step of the bridge: its name, its amount, and where its bar stands, in thousandths of the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fall {
    pub name: &'static str,
    pub amount: Amount,
    pub from: i64,
    pub to: i64,
}

/// The bridge as a waterfall: each step starts where the one before it ends.
pub fn waterfall(bridge: &Bridge) -> Vec<Fall> {
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
        let total = matches!(name, "actual" | "amortized");
        let from = if total { 0 } else { at };
        let to = from.saturating_add(amount.units());
        at = to;
        spans.push((name, amount, from.min(to), from.max(to)));
    }
    let low = spans
        .iter()
        .map(|span| span.2)
        .min()
        .unwrap_or_default()
        .min(0);
    let high = spans
        .iter()
        .map(|span| span.3)
        .max()
        .unwrap_or_default()
        .max(0);
    let whole = Amount::from_units(high.saturating_sub(low));
    let place = |units: i128| {
        Amount::from_units(units.saturating_sub(low))
            .per_mille(whole)
            .unwrap_or_default()
    };
    spans
        .into_iter()
        .map(|(name, amount, from, to)| Fall {
            name,
            amount,
            from: place(from),
            to: place(to),
        })
        .collect()
}

/// A group's difference opened into its causes, exact.
pub fn causes(delta: &Delta) -> Vec<String> {
    let currency = delta.currency.as_deref().unwrap_or("-");
    let [actual, amortized] = delta.rows;
    let mut lines = vec![format!(
        "{actual} rows in the actual side, {amortized} in the amortized one"
    )];
    let total = |name: &str| matches!(name, "actual" | "amortized");
    for fall in waterfall(&delta.bridge) {
        let plus = if !total(fall.name) && fall.amount > Amount::ZERO {
            "+"
        } else {
            ""
        };
        lines.push(format!("{:<24}{plus}{} {currency}", fall.name, fall.amount));
    }
    lines.push(String::new());
    lines.push(format!(
        "difference              {} {currency}",
        delta.bridge.difference()
    ));
    let bridge = &delta.bridge;
    let bought = bridge
        .purchases
        .units()
        .saturating_sub(bridge.refunds.units());
    let causes = [
        (
            Amount::from_units(bought),
            "purchases stand in the actual side on the day they were billed; they are moved out",
        ),
        (
            bridge.refunds,
            "refunds of commitments stand in the actual side; they are moved out, too",
        ),
        (
            bridge.benefit_usage,
            "what reservations and savings plans covered costs its part of them; what is billed for it is taken off",
        ),
        (
            bridge.unused_reservation,
            "what stayed unused of a reservation is a row of its own in the amortized side",
        ),
        (
            bridge.unused_savings_plan,
            "what stayed unused of a savings plan is a row of its own in the amortized side",
        ),
        (
            bridge.residual,
            "rows without a benefit differ: a price that shifted, or rows that one side lacks",
        ),
    ];
    let own = causes
        .into_iter()
        .filter(|(amount, _)| *amount != Amount::ZERO);
    lines.extend(own.map(|(amount, words)| format!("  {amount}: {words}")));
    lines
}
