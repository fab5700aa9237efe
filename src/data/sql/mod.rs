//! SQL over a dataset: [`guard`] says what may be asked, [`rewrite`] makes it exact, polars answers, [`answer`] hands out
//! values of ours. The frame never leaves this folder.

mod aggregates;
mod answer;
mod guard;
mod kinds;
mod names;
mod resolve;
mod rewrite;
mod run;
mod table;
mod widths;

pub use run::{Asked, plan, run};
