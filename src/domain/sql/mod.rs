//! The question of a view as text in SQL, for people to go on from, for polars, and for a Spark server.

mod condition;
mod dialect;
mod exact;
mod grouped;
mod helpful;
mod rows;
mod server;
mod sides;
mod view;

pub use condition::condition;
pub use dialect::Dialect;
pub use exact::{Spelled, exact};
pub use grouped::{Grouped, PART, Quantities, grouped, spellings};
pub use helpful::helpful;
pub use rows::{Numbers, ROW, names, numbers, rows, tag_texts, totals};
pub use server::{
    ColumnType, ReadAs, ServerColumn, ServerTable, Wanted, around, loose_end, tags_named, with_view,
};
pub use sides::{LinesOf, Ranked, SideOf, bridge, changed};
pub use view::{Looked, statement};
