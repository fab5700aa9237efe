//! The view of a pair at one time, which undo and redo bring back.

use super::columns::ChosenColumns;
use super::pivot::PairPivot;
use super::step::PairStep;
use crate::domain::analysis::comparison::Sort;
use crate::domain::query::money_column::MoneyColumn;

/// The steps of a pair, the order of its groups, its pivot, its columns and its money at one time.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub(super) first: PairStep,
    pub(super) deeper: Vec<PairStep>,
    pub(super) order: Sort,
    pub(super) pivot: PairPivot,
    pub(super) chosen: ChosenColumns,
    pub(super) money: MoneyColumn,
}
