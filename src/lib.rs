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
//! - Why does a report wait, repeat or stop? [`domain::report::operation`], a pure state machine; `ops::driver` drives it.
//! - Which API has the rows? `ops::way`; [`azure::reports::details`] orders reports, [`azure::reports::usage`] turns pages.
//! - How does sign-in go? [`azure::credential`]; [`azure::net`] knows proxies and certificates.
//! - What does a refusal mean, and what next? One table, `azure::problem`.
//! - What may be followed, and where may the token go? [`azure::cloud`] and [`azure::client`].
//! - What is a column? [`domain::query::columns`] names the roles, [`data::columns::layout`] finds them in a header.
//! - What is read of all that was given? [`data::sources::plan`], a pure function; `ops::opening` does what it says.
//! - Is the same money in two sources? [`data::analysis::overlap`] compares scopes, days and rows; `ops::adding` refuses.
//! - Is it what was ordered, and what was stored? `ops::received` and [`ops::explore::stored_reports`].
//! - How does a CSV become a table? `data::reading`, one pass; `data::stored` writes and reads Parquet.
//! - How is a question answered? [`domain::query`] asks, [`data::query`] and [`data::analysis::compare`] answer.
//! - What does SQL mean here? [`domain::sql`] writes statements, `data::sql` guards them, makes them exact and asks polars.
//! - Why did it change? [`domain::analysis::change`] has the rule, [`data::analysis::change`] adds it up.
//! - What is the table screen's question? A stack of steps, `tui::screen::table`.
//! - What teaches users? `assets/manual`; [`ops::manual`] folds its pages, `tests/it/manual.rs` holds them to the truth.
//! - What is on disk? [`store::ledger`], [`store::commit`], [`store::intents`] and [`store::pinned_scopes`].
//! - What if we are wrong? [`failure`] reports panics and what no user can mend; [`domain::text::redaction`] strikes secrets out.
//! - What does a key do? `tui::keymap` is the one table; `tui::update` has no I/O; `tui::effect` does it.
//!
//! # The walk of a key
//!
//! 1. `tui::terminal` turns what the terminal sends into a `Message`; the loop in `tui::events` takes it.
//! 2. `tui::update` looks the key up in `tui::keymap`, changes the model, and returns effects. It does no I/O and reads no clock.
//! 3. `tui::runner` carries the effects out on other threads and posts one message for each, under the same ticket. An answer
//!    whose ticket is no longer wanted is dropped.
//! 4. `tui::draw` draws the model when the queue is empty. It formats what is visible and nothing else.
//!
//! # The walk of a report
//!
//! 1. `ops::report` makes one request for each month and metric. `ops::order` takes the report from the ledger where that
//!    still holds; else `ops::way` finds the API that has the rows.
//! 2. `ops::following` notes the order on disk, and then `ops::driver` sends it: [`domain::report::operation`] says when, and
//!    [`azure::reports::details`] how.
//! 3. [`azure::reports::blobs`] downloads the files, and `data::reading` turns them into checked row groups.
//! 4. `ops::received` compares the rows with the order. [`store::commit`] puts the report into the ledger with one rename.
//! 5. `ops::opening` reads it back by its checksums. [`domain::query`] asks, and [`data::query`] answers.
//!
//! # Where to add
//!
//! - A column or a spelling of a header: the tables of [`domain::query::columns`], with its source.
//! - A key: one row of `tui::keymap`, an action in `tui::action`, its arm in `tui::update`. `UPDATE_MANUAL=1 cargo test
//!   the_page_of_keys` writes the page of keys.
//! - A screen: its state in `tui::screen`, its keys in `tui::update`, its picture in `tui::draw`, a snapshot in
//!   `tests/it/screens.rs`.
//! - An error of the API: one row of `azure::problem`, with what the user can do.
//! - A command: its arguments in [`cli::args`], one file in [`cli`] that calls one function of [`ops`], an arm in `main`.
//! - A page of the manual: a file in `assets/manual` and its name in [`ops::manual::PAGES`].
//!
//! # What always holds
//!
//! - Money is an exact decimal from file to screen: [`domain::money::Amount`] or Parquet's `Decimal(38,18)`, never a float.
//! - Amounts of different currencies are never added.
//! - Whatever is given is read, refused with a reason, or named as left out; repairs are counted. There is no fourth case.
//! - What is stored is compared with its checksums before a number of it is used.
//! - On a masked screen nothing names anybody and no amount stands; what names somebody goes through `tui::draw::veil`.
//! - No request leaves before the time the server named, and no report is ordered twice.
//! - The bearer token goes to the ARM host only; signed links and tokens are [`domain::text::secret::Secret`]s.
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
