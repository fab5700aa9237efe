//! Loads the sources that a screen opens.

use crate::domain::query::Query;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::table::Table;
use crate::domain::text::{printable, redaction};
use crate::ops::compare::pair;
use crate::ops::error::OpsError;
use crate::ops::explore::early::{EarlyNumbers, EarlyRows};
use crate::ops::explore::{open, saved_views};
use crate::ops::session::Session;
use crate::tui::message::{Loaded, ReadShare, SoFar};
use crate::tui::said::Said;
use chrono::NaiveDate;
use std::sync::Arc;

/// The view of sources while they are read.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) progress: Arc<open::Progress>,
    early: Option<Arc<EarlyNumbers>>,
}

impl Watched {
    /// The progress, and the sums of a question in this money.
    pub(crate) fn new(progress: Arc<open::Progress>, first: &Query, money: MoneyColumn) -> Self {
        let early = EarlyNumbers::new(first, money).map(Arc::new);
        Self { progress, early }
    }

    /// The rows read so far.
    pub(crate) fn so_far(&self) -> SoFar {
        let sums = self.early.as_ref().and_then(|early| early.table());
        self.with_sums(sums)
    }

    /// The rows of both sides of a pair read so far.
    pub(crate) fn pair_so_far(sides: &[Self; 2]) -> [SoFar; 2] {
        let [actual, amortized] = sides;
        let sums = match (&actual.early, &amortized.early) {
            (Some(one), Some(other)) => EarlyNumbers::tables([one, other]),
            _ => [None, None],
        };
        let [one, other] = sums;
        [actual.with_sums(one), amortized.with_sums(other)]
    }

    fn with_sums(&self, sums: Option<Table>) -> SoFar {
        let (bytes, of) = self.progress.bytes();
        let rows = self.progress.rows();
        let reading = ReadShare { bytes, of, rows };
        SoFar {
            reading,
            before: self.progress.step().as_ref().map(said),
            sums,
        }
    }
}

/// A step as the screen may show it.
fn said(step: &open::StepWords) -> Said {
    let text = printable(&redaction::without_held(&step.text));
    if step.is_open {
        Said::open(text)
    } else {
        Said::from(text)
    }
}

pub(crate) fn load(
    session: &Session,
    watched: &Watched,
    sources: &[String],
) -> Result<Loaded, OpsError> {
    let early = watched.early.as_deref();
    let early = early.map(|early| early as &dyn EarlyRows);
    let opened = open::open_in(session, (&watched.progress, early), sources)?;
    let tag_keys = open::tag_keys(&opened.data)?;
    let last = saved_views::last(session, &opened.entries);
    Ok(Loaded {
        opened,
        tag_keys,
        last,
    })
}

pub(crate) fn load_pair(
    session: &Session,
    [one, other]: &[Watched; 2],
    [actual, amortized]: &[Vec<String>; 2],
    today: NaiveDate,
) -> Result<(Loaded, Loaded, Vec<String>), OpsError> {
    let actual = load(session, one, actual)?;
    let mut amortized = load(session, other, amortized)?;
    amortized.opened = amortized.opened.into_amortized();
    pair::check(&actual.opened, &amortized.opened)?;
    let notes = pair::notes(&actual.opened, &amortized.opened, today)?;
    Ok((actual, amortized, notes))
}
