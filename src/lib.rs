//! costscope: see where the Azure money went, from a terminal.
//!
//! # The house
//!
//! ```text
//!    roof   main · settings · config · log · demo            chooses a twin
//!      4    tui/                     │ cli/                  the twins; they never meet
//!      3    ops/                                             everything the program can do, once
//!      2    azure/       │ store/        │ data/             three workshops, no doors between them
//!      1    domain/                                          plain values; std + serde + chrono
//!   garden  emulator/   speaks only HTTP on 127.0.0.1
//! ```
//!
//! A room imports the floors below it and nothing beside or above it; `tests/it/architecture.rs` fails otherwise.
//!
//! # Where to look
//!
//! - Why does a report wait, repeat or stop? [`domain::operation`], a pure state machine; `ops::driver` drives it.
//! - Which API has the rows? `ops::way`; [`azure::details`] orders reports, [`azure::usage`] turns pages.
//! - How does sign-in go? [`azure::credential`]; [`azure::net`] knows proxies and certificates.
//! - What does a refusal mean, and what next? One table, `azure::problem`.
//! - What may be followed, and where may the token go? [`azure::cloud`] and [`azure::client`].
//! - What is a column? [`domain::columns`] names the roles, [`data::layout`] finds them in a header.
//! - What is read of all that was given? [`data::sources::plan`], a pure function; `ops::opening` does what it says.
//! - Is the same money in two sources? [`data::overlap`] compares scopes, days and rows; `ops::adding` refuses.
//! - Is it what was ordered, and what was stored? `ops::received` and [`ops::stored_reports`].
//! - How does a CSV become a table? `data::reading`, one pass; `data::stored` writes and reads Parquet.
//! - How is a question answered? [`domain::query`] asks, [`data::query`] and [`data::compare`] answer.
//! - What does SQL mean here? [`domain::sql`] writes statements, `data::sql` guards them, makes them exact and asks polars.
//! - Why did it change? [`domain::change`] has the rule, [`data::change`] adds it up.
//! - What is the table screen's question? A stack of steps, `tui::screen::table`.
//! - What is on disk? [`store::ledger`], [`store::deposit`], [`store::pending`] and [`store::marks`].
//! - What if we are wrong? [`failure`] reports panics and what no user can mend; [`domain::redaction`] strikes secrets out.
//! - What does a key do? `tui::keymap` is the one table; `tui::update` has no I/O; `tui::effect` does it.
//!
//! # What always holds
//!
//! - Money is an exact decimal from file to screen: [`domain::money::Amount`] or Parquet's `Decimal(38,18)`, never a float.
//! - Amounts of different currencies are never added.
//! - Whatever is given is read, refused with a reason, or named as left out; repairs are counted. There is no fourth case.
//! - What is stored is compared with its checksums before a number of it is used.
//! - On a masked screen nothing names anybody and no amount stands; what names somebody goes through `tui::draw::veil`.
//! - No request leaves before the time the server named, and no report is ordered twice.
//! - The bearer token goes to the ARM host only; signed links and tokens are [`domain::secret::Secret`]s.
//! - Nothing below `ops` reads a clock: time is given.

pub mod azure;
pub mod cli;
pub mod config;
pub mod data;
pub mod demo;
pub mod domain;
pub mod emulator;
pub mod failure;
pub mod log;
pub mod memory;
pub mod ops;
#[cfg(feature = "spark")]
pub mod remote;
pub mod settings;
pub mod settings_file;
pub mod store;
pub mod tui;
