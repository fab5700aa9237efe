//! Looks for findings: days that jump, new and gone resources, changed prices, and costs that are easily missed.
//!
//! Amounts are sums of the engine. The filter of each question keeps exactly the rows of its sum.

pub mod asked;
mod charges;
mod collector;
mod idle;
mod jumps;
mod prices;
mod resources;
mod untagged;
mod unused;

use crate::data::error::DataError;
use crate::domain::analysis::findings::Findings;
use asked::FindingsScope;
use collector::Collector;

/// Looks for findings of every kind.
pub fn run(asked: &FindingsScope<'_>) -> Result<Findings, DataError> {
    let mut out = Collector::new(asked);
    jumps::find(asked, &mut out)?;
    resources::find(asked, &mut out)?;
    prices::find(asked, &mut out)?;
    unused::find(asked, &mut out)?;
    untagged::find(asked, &mut out)?;
    charges::find(asked, &mut out)?;
    idle::find(asked, &mut out)?;
    Ok(out.finish())
}
