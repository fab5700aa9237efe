//! The data that findings are looked for in: a period, and optionally the one before it and the amortized costs.

use crate::data::columns::layout::group_of;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::DataError;
use crate::domain::analysis::findings::sentence::{PeriodNames, ResourceName};
use crate::domain::analysis::findings::thresholds::Thresholds;
use crate::domain::analysis::findings::{Proof, ProofSide};
use crate::domain::period::{DateRange, Month};
use crate::domain::query::Measure;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter, FilterField};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};

pub(super) const DATE: GroupKey = GroupKey::Role(Role::Date);

/// One period of a dataset.
#[derive(Clone, Copy)]
pub struct SearchPeriod<'a> {
    pub data: &'a Dataset,
    /// The rows of the period that count.
    pub filter: Option<&'a Filter>,
    /// Its days; `None` if no row has one.
    pub days: Option<DateRange>,
}

/// Where findings are looked for.
#[derive(Clone, Copy)]
pub struct FindingsScope<'a> {
    pub now: SearchPeriod<'a>,
    /// The month before.
    pub before: Option<SearchPeriod<'a>>,
    /// The same days as amortized costs, from other sources.
    pub amortized: Option<SearchPeriod<'a>>,
    /// The tag keys that usage must carry; empty: those that most money carries.
    pub tags: &'a [String],
    pub thresholds: &'a Thresholds,
}

impl SearchPeriod<'_> {
    /// Narrows the rows that count.
    pub(super) fn with(&self, more: Filter) -> Filter {
        match self.filter {
            Some(filter) => filter.clone().and(more),
            None => more,
        }
    }

    /// Its name in a sentence.
    pub(super) fn name(&self) -> String {
        self.days
            .map_or_else(|| "these rows".to_owned(), |days| days.to_string())
    }
}

impl FindingsScope<'_> {
    /// The names of both periods in sentences.
    pub(super) fn names(&self) -> (String, String) {
        let before = self.before.map(|before| before.name());
        (self.now.name(), before.unwrap_or_default())
    }

    /// The question for the days of some rows.
    pub(super) fn proof_by_day(&self, rows: Filter, measures: Vec<Measure>) -> Proof {
        let by_day = Sort {
            by: SortBy::Key(DATE),
            ascending: true,
        };
        Proof {
            side: ProofSide::Now,
            filter: Some(self.now.with(rows)),
            group_by: vec![DATE],
            measures,
            sort: vec![by_day],
        }
    }

    /// The period in ids: the month of the last day, which stays the same while the month grows.
    pub(super) fn period_id(&self) -> String {
        let days = self.now.days;
        days.map_or_else(String::new, |days| Month::of(days.to).to_string())
    }
}

/// Sums the same rows of several periods.
pub(super) fn sums_in(
    periods: &[SearchPeriod<'_>],
    rows: &Filter,
    question: &Aggregation<'_>,
) -> Result<Aggregated, DataError> {
    let filters: Vec<Filter> = periods
        .iter()
        .map(|period| period.with(rows.clone()))
        .collect();
    let sets: Vec<_> = periods
        .iter()
        .zip(&filters)
        .map(|(period, filter)| (period.data, Some(filter)))
        .collect();
    sums_of(&sets, question)
}

/// Both names for a sentence.
pub(super) fn names((now, before): &(String, String)) -> PeriodNames<'_> {
    PeriodNames { now, before }
}

/// A resource with the group in its id.
pub(super) fn resource(id: &str) -> ResourceName<'_> {
    ResourceName {
        id,
        group: group_of(id).filter(|group| !group.is_empty()),
    }
}

/// The rows of usage, and those of layouts without charge types.
pub(super) fn usage() -> Filter {
    let charge_type = GroupKey::Role(Role::ChargeType);
    Filter::Or(vec![
        Filter::equals(charge_type.clone(), Some("Usage".to_owned())),
        Filter::equals(charge_type, None),
    ])
}

/// The rows with one of these values; none of them may be absent.
pub(super) fn one_of(key: GroupKey, values: Vec<String>) -> Filter {
    let field = FilterField { key, at: 0 };
    Filter::In { field, values }
}

/// The rows whose cost compares like this with 0.
pub(super) fn cost(comparator: Comparator) -> Filter {
    Filter::compare(GroupKey::Role(Role::Cost), comparator, "0".to_owned())
}

/// The header with this plain name, as the data spells it.
pub(super) fn header(data: &Dataset, plain: &str) -> Option<GroupKey> {
    let mut headers = data.headers().iter();
    let found = headers.find(|header| crate::domain::query::columns::plain(header) == plain);
    found.map(|header| GroupKey::Column(header.clone()))
}
