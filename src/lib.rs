//! costscope: see where the Azure money went, from a terminal.
//!
//! # Layers
//!
//! ```text
//!   app       main · local · settings · settings_file ·      wires everything, chooses a front end
//!             config · demo · log · memory · failure
//!   front     tui/                  │ cli/                  never import each other
//!   ops       ops/                                          every operation the program offers, once
//!   adapters  azure/  │ remote/  │ store/  │ data/          never import each other
//!   domain    domain/                                       plain values: std, serde, chrono
//!   apart     emulator/                                     speaks HTTP on loopback, shares no code with the client
//! ```
//!
//! Imports point down and form no circle. `tests/it/layering.rs` reads the import graph and fails otherwise;
//! `tests/it/architecture.rs` has the rules for single files: crates, clocks, lengths, words.
//!
//! # Inside the layers
//!
//! Each folder may import those before it.
//!
//! - `data`: [`data::columns`] (meaning and types) · [`data::ingest`] (text and typed columns, checked) · [`data::table`] (Parquet on
//!   disk) · [`data::sources`] (files, archives, export runs) · [`data::dataset`] (what is open) · [`data::engine`] (scan, filter,
//!   aggregate) · [`data::query`] (queries to tables) · `data::sql` (polars) · [`data::analysis`] (bridge, commitments, changes,
//!   findings) · [`data::export`].
//! - `ops`: [`ops::remote_sources`] (blob storage) · [`ops::session`] · [`ops::exports`] · `ops::spark` · `ops::differences` ·
//!   [`ops::explore`] (open, ask, export) · [`ops::orders`]
//!   (order, follow, commit) · [`ops::compare`] · [`ops::overview`].
//! - `tui`: [`tui::said`] (text behind the mask) · [`tui::question`] and [`tui::effect`] · [`tui::runner`] · [`tui::state`] and
//!   [`tui::draw`] (shared parts) · [`tui::shell`] (overlays, status line) · [`tui::views`] (one folder per screen: state, update,
//!   draw) · [`tui::app`].
//! - `domain`: [`domain::report`] (orders and the state machine) · [`domain::query`] · [`domain::table`] · [`domain::analysis`] ·
//!   [`domain::sql`] (statements) · [`domain::export`] · [`domain::text`] (escaping, redaction).
//!
//! # Where to look
//!
//! - Waits, retries and ends of a report: [`domain::report::operation`], a pure state machine; `ops::orders::follow::driver` drives it.
//! - The API that has the rows: [`ops::orders::api_choice`]; [`azure::reports`] orders, polls, pages and downloads.
//! - Sign-in: [`azure::credential`]. Proxies and certificates: [`azure::net`]. Links that may be followed: [`azure::cloud`].
//! - Columns: [`domain::query::columns`] lists the roles, their headers and the layouts, [`domain::query::column_kinds`] the
//!   spellings that exclude each other; [`data::columns::layout`] applies both to a header row.
//! - Which sources are read, replaced or left out: [`data::sources::plan`], a pure function; [`ops::explore::opening`] reads
//!   them, `ops::explore::opening::run_files` several at a time.
//! - First numbers: [`data::dataset::early`] hands on rows while they are read, [`ops::explore::early`] adds them up.
//! - Sources in blob storage: [`azure::storage`] reads addresses, lists blobs and explains refusals; [`ops::remote_sources`] lists,
//!   plans with the same function as for folders, fetches what is missing, and keeps it by `ETag` in [`store::fetched`]. A run
//!   that was read goes into the ledger (`ops::explore::opening::kept_runs`), and its blobs are removed.
//!   `ops::remote_sources::waits` shows what a busy storage is waited for.
//! - The same money in two sources: [`data::analysis::overlap`]; `ops::explore::opening::source_checks` refuses it. The rows of
//!   one-shot questions are told apart by `data::dataset::row_marks`, without their other columns.
//! - Parquet of other programs: `data::table::foreign::kinds` says what each column is decoded to or why it is left out,
//!   `data::table::foreign::binary` finds bytes that are no text, `data::table::foreign::blocks` decodes it (`codes`,
//!   `decimals` and `plain_texts` beside it use pages where they are), `data::ingest::typed` checks the columns,
//!   `data::dataset::input_rows` chooses between them and the text.
//! - Exports of rows to Parquet: `data::dataset::description` collects what reading them would find,
//!   `data::table::second_footer` finds the stored table in such a file.
//! - The overview: [`domain::analysis::overview`] finds the month and ranks groups, [`ops::overview::panels`] asks for one panel
//!   at a time, [`ops::overview::found`] for its findings, [`ops::overview::page`] draws them for a mail.
//! - Pivots: `data::query::pivot_columns` chooses the values that are columns, `data::query::pivoted` sums their cells,
//!   [`domain::table::pivot`] names the columns.
//! - Sums that do not fit the memory: `data::engine::parted` splits them, keeps their lines on disk and merges them.
//! - All rows of a query: `data::engine::batches` reads them column by column, `data::export` writes them on all threads,
//!   [`ops::explore::export`] puts them into a file. `data::export::xlsx::package` packs those of a workbook in pieces.
//! - Columns that a one-shot question reads: [`data::dataset::wanted`]. Its rows that are equal but for their costs are
//!   joined by `data::dataset::row_groups::joined`; `data::engine::scan` tells how many each one stands for.
//! - Records of a text: `data::ingest::structure` splits those that follow the rules, 64 bytes at a time,
//!   `data::ingest::records` the others; `data::ingest::rows::values` reads them by column, and `data::ingest::rows::seen`
//!   knows the fields that need no other look.
//! - Limits of the machine: [`data::room`] (memory), [`data::threads`], `demo::runtime`; [`domain::text::io_words`] words them.
//! - Costs in USD: [`domain::query::money_column`] names the columns, `data::dataset::money_column` puts one in the place of the
//!   billed amount, [`ops::money`] says what it leaves out.
//! - On disk: [`store::ledger`], [`store::ledger::commit`], [`store::orders::intents`]; [`ops::explore::stored_reports`] checks before use,
//!   [`store::leftovers`] puts away what killed runs left.
//! - Converted tables of files that were opened: [`store::cache`] keeps them and knows a file by [`store::cache::file_key`],
//!   [`ops::conversion_cache`] reads files through it. [`data::sources::gather::seen_files`] asks it before a file is looked through. A
//!   change of what a file is read as raises [`data::ingest::READING_RULES`].
//! - Orders: [`store::orders::queue`] has those that wait, [`store::orders::intents`] those that were sent,
//!   [`store::orders::history`] those that have ended, with every call; [`domain::report::history`] says how long a scope usually takes.
//! - Exports of Cost Management: [`domain::export::watch`] recognizes our run in the history and says when to look again,
//!   [`ops::exports`] drives it, [`azure::exports`] has the calls, [`store::orders::export_runs`] the notes of runs, which
//!   [`ops::orders::export_jobs`] finds among the jobs. [`ops::exports::files`] names the blobs for other programs.
//! - Findings: [`domain::analysis::findings`] has the rules, sentences and thresholds, [`data::analysis::findings`] the sums behind
//!   them, [`ops::explore::findings`] the search, the commands that prove it, and the dismissed ones.
//! - Searches of all levels of a table: [`ops::explore::levels`] asks for one level at a time,
//!   `tui::views::table::update::level_search` lists what it finds.
//! - SQL: [`domain::sql`] writes statements, `data::sql` guards them, makes them exact and asks polars.
//! - Keys: [`tui::keymap`] is the one table; [`tui::app::update`] dispatches; nothing there does I/O. `tui::app::footer` picks
//!   those for the last two lines in the order of the table, `labels` of a screen what one does now.
//! - The manual: `assets/manual`, [`ops::manual`], `tests/it/manual.rs`.
//!
//! # A key press
//!
//! 1. [`tui::keyboard`] turns the bytes of the terminal into a key, [`tui::inputs`] makes a `Message` of it; the loop in
//!    [`tui::events`] takes it.
//! 2. [`tui::app::update`] looks the key up in the key table and hands the action to the screen's `update`, with the screen's own
//!    state and the [`tui::shell::Shell`]. It returns effects. It asks another screen for something with a `Request`.
//! 3. A question about open data is an effect with a ticket. [`tui::runner`] answers it on another thread; a newer question of
//!    the same kind stops it, and an answer under an old ticket is ignored.
//! 4. [`tui::app::draw`] draws the model when the queue is empty. It formats what is visible and nothing else.
//!
//! # A report
//!
//! 1. [`ops::orders::report`] makes one request for each month and metric. `ops::orders::order` takes the report from the
//!    ledger if it is fresh; else `ops::orders::api_choice` finds the API that has the rows.
//! 2. `ops::orders::follow::order_journal` records the order on disk. Then `ops::orders::follow::driver` sends it and waits:
//!    [`domain::report::operation`] says when, [`azure::reports`] how.
//! 3. [`azure::reports::blobs`] downloads the files, and [`data::ingest`] turns them into checked row groups.
//! 4. `ops::orders::ingest::received` compares the rows with the order. [`store::ledger::commit`] puts the report into the ledger.
//! 5. [`ops::explore::opening`] reads it back by its checksums. [`domain::query`] describes a query, [`data::query`] runs it.
//!
//! # Where to add
//!
//! - A published header without a meaning of its own: a line of `src/data/columns/known_columns.txt`.
//! - A spelling of a known column: `Role::candidates` in [`domain::query::columns`]; unless the role has one column in each layout
//!   (`Role::has_one_column`), its pairs in `RIVALS` of [`domain::query::column_kinds`]. A case in `tests/it/files.rs`.
//! - A key to group and filter by: a `Role`, and its name in [`domain::query::group_key`].
//! - A dialect: a variant of [`domain::query::columns::Dialect`] in `of`, `ALL` and `word`, its own names in `Role::in_dialect`, and
//!   a case in `tests/it/files.rs` (`every_layout_is_read_by_its_headers`).
//! - A key of the UI: one row of `tui::keymap::bindings`, an action and its name in the settings file in [`tui::action`], its
//!   purpose and its other words in `tui::keymap::group`, its arm in the screen's `update`, and in its `allows` where it may be
//!   unavailable. `UPDATE_MANUAL=1 cargo test the_page_of_keys` writes the page of keys.
//! - A screen: a variant of [`tui::action::View`] and of [`tui::keymap::Context`], a folder in [`tui::views`], its state in
//!   [`tui::app::Model`] and the arms in [`tui::app`] that the compiler then asks for, a snapshot in `tests/it/screens.rs`.
//! - An API error: one row of [`azure::error_catalog`] with the next step for the user; the first match wins. Storage:
//!   [`azure::storage::refusal`]. Sign-in errors: `azure::credential::entra_errors`; Spark: `remote::error`. A case in
//!   `tests/it/problems.rs`.
//! - A command: its arguments in [`cli::args`], its group in [`cli::args::groups`], one file in [`cli::commands`] that calls [`ops`]
//!   and prints the answer, its arm in [`local`] if it works on local data and else in `main`, an example in
//!   `assets/manual/commands.md`.
//! - A finding: its kind in [`domain::analysis::findings::kind`], its sentence in [`domain::analysis::findings::sentence`], a file
//!   with a `find` in [`data::analysis::findings`], its row in `assets/manual/findings.md`.
//! - A repair: counted where the text is read in [`data::ingest`], its words in [`ops::explore::quality_report::repair_words`].
//! - A setting: its name in [`settings_file::NAMES`], a field and an arm in [`settings_file`], its use in [`settings`], its default and
//!   its template line in [`config`], a sentence in `assets/manual/sign-in.md`.
//! - A page of the manual: a file in `assets/manual`, its name in [`ops::manual::PAGES`], and its row in `README.md`.
//!
//! # Invariants
//!
//! - Money is an exact decimal from file to screen: [`domain::money::Amount`] or Parquet's `Decimal(38,18)`, never a float.
//! - Amounts of different currencies are never added.
//! - Every input is read, refused with a reason, or named as left out; repairs are counted.
//! - Stored bytes are compared with their checksums before a number of them is used.
//! - A table from the cache equals the one that its file would give, or it is not used.
//! - On a masked screen no name and no amount is visible. Names of the UI are [`tui::said::Masked`], sentences
//!   [`tui::said::Said`]: only a mask shows them. Values of tables, amounts and paths are drawn through [`tui::draw::mask`].
//! - No request leaves before the time that the server named, and no report is ordered twice.
//! - Each bearer token goes only to the hosts it was made for; signed links, SAS and tokens are
//!   [`domain::text::secret::Secret`]s.
//! - Nothing below `ops` reads a clock: time is passed in.

// A test may be long and declare items where it uses them: it reads best from top to bottom.
#![cfg_attr(
    test,
    allow(
        clippy::too_many_lines,
        clippy::items_after_statements,
        clippy::type_complexity,
        clippy::format_collect
    )
)]

pub mod azure;
pub mod cli;
pub mod config;
pub mod data;
pub mod demo;
pub mod domain;
pub mod emulator;
pub mod failure;
pub mod local;
pub mod log;
pub mod memory;
pub mod ops;
#[cfg(feature = "spark")]
pub mod remote;
pub mod settings;
pub mod settings_file;
pub mod store;
pub mod tui;
