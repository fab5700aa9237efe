//! Runs a statement: checked, made exact and with a row limit, on a thread that can be abandoned.

use super::answer;
use super::estimate::{HANDED, WIDTH, allowed, check_groups, of_columns, too_large};
use super::guard;
use super::guard::{CheckedStatement, Reads, TAGS};
use super::kinds::Kinds;
use super::names::{COSTS, CostTableColumn, Holds, Names};
use super::rewrite;
use super::rewrite::TOO_LARGE;
use super::table::{Costs, first_sets};
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::threads::can_start;
use crate::domain::money::Money;
use crate::domain::sql::statement::{
    AnswerType, AnswerValue, StatementAnswer, StatementError, absent_tag,
};
use crate::domain::text::bytes;
use polars::prelude::{
    DataFrame, IntoLazy, LazyFrame, NamedFrom, PlSmallStr, PolarsError, ScanArgsAnonymous, Series,
};
use polars::sql::SQLContext;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::thread;
use std::time::Duration;

/// How often a stop is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// Above this estimated size in bytes, only the rows to show are computed.
const ROOM: u64 = 256 << 20;
/// Threads that polars starts besides one for each processor, and the one that waits for its answer.
const OWN_THREADS: usize = 3;
/// The stack size of the thread: long statements are deep trees.
const STACK: usize = 64 << 20;

/// Runs a statement on a dataset and returns at most the given number of rows.
pub fn run(
    data: &Dataset,
    text: &str,
    most: Option<usize>,
    wanted: impl Fn() -> bool,
) -> Result<StatementAnswer, DataError> {
    let (data, text) = (data.clone(), text.to_owned());
    on_a_thread(wanted, move |stop| {
        Ready::of(&data, &text, stop)?.answer(most)
    })
}

/// The query plan of a statement.
pub fn plan(data: &Dataset, text: &str, wanted: impl Fn() -> bool) -> Result<String, DataError> {
    let (data, text) = (data.clone(), text.to_owned());
    on_a_thread(wanted, move |stop| Ready::of(&data, &text, stop)?.plan())
}

/// A statement with everything it needs.
struct Ready {
    sql: String,
    data: Dataset,
    names: Names,
    question: CheckedStatement,
    stop: Arc<AtomicBool>,
    notes: Vec<String>,
}

impl Ready {
    fn of(data: &Dataset, text: &str, stop: Arc<AtomicBool>) -> Result<Self, DataError> {
        let names = Names::of(data)?;
        let mut question = guard::read(text, &names).map_err(DataError::Place)?;
        let used = &question.named;
        let other = |column: &CostTableColumn| {
            let is_named = used.all || used.columns.contains(&column.name);
            column.holds == Holds::Decimal && column.name != "cost" && is_named
        };
        let others = names.columns().iter().any(other);
        let kinds = Kinds::of(&names, &question.query);
        // Without sums there is no need to scan the costs.
        let grows = others || question.reads.sums > 0 && !sums_fit(data, question.reads)?;
        rewrite::rewrite(&mut question.query, grows, &kinds);
        refuse_crowd(data, &question)?;
        let unknown = question.named.tags.iter().filter(|tag| !names.has_tag(tag));
        let notes = unknown.map(|tag| absent_tag(tag));
        Ok(Self {
            sql: question.query.to_string(),
            notes: notes.chain(mixed(data, &question)).collect(),
            data: data.clone(),
            stop,
            question,
            names,
        })
    }

    fn context(&self) -> Result<SQLContext, DataError> {
        let context = SQLContext::new();
        let tags = self.question.named.tags.iter();
        let costs = Costs::new(&self.data, &self.names, tags, Arc::clone(&self.stop))?;
        let args = ScanArgsAnonymous {
            schema: Some(costs.schema()),
            name: "costs",
            ..ScanArgsAnonymous::default()
        };
        let frame = LazyFrame::anonymous_scan(Arc::new(costs), args).map_err(of_polars)?;
        context.register(COSTS, frame);
        if self.question.reads_tags {
            context.register(TAGS, self.tags()?);
        }
        Ok(context)
    }

    /// The tag table: one row for each key of each tag set of each file.
    fn tags(&self) -> Result<LazyFrame, DataError> {
        let (mut sets, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let firsts = first_sets(&self.data)?;
        for (part, first) in self.data.parts().iter().zip(firsts) {
            for (set, key, value) in part.stored.sets()?.pairs() {
                sets.push(first.saturating_add(u32::try_from(set).unwrap_or(u32::MAX)));
                keys.push(key);
                values.push(value);
            }
        }
        let columns = vec![
            Series::new(PlSmallStr::from_static("set"), sets).into(),
            Series::new(PlSmallStr::from_static("key"), keys).into(),
            Series::new(PlSmallStr::from_static("value"), values).into(),
        ];
        DataFrame::new_infer_height(columns)
            .map(IntoLazy::lazy)
            .map_err(of_polars)
    }

    fn plan(&self) -> Result<String, DataError> {
        let frame = self.context()?.execute(&self.sql).map_err(of_polars)?;
        let plan = frame.explain(true).map_err(of_polars)?;
        Ok(format!("{}\n\n{plan}", self.sql))
    }

    fn answer(&self, most: Option<usize>) -> Result<StatementAnswer, DataError> {
        if self.question.explain {
            let plan = self.plan()?;
            let rows = plan.lines();
            let rows: Vec<_> = rows
                .map(|line| vec![AnswerValue::Text(line.to_owned())])
                .collect();
            return Ok(StatementAnswer {
                columns: vec![("plan".to_owned(), AnswerType::Text)],
                of: rows.len(),
                rows,
                notes: self.notes.clone(),
            });
        }
        check_groups(&self.data, &self.names, &self.question)?;
        let size = of_columns(&self.data, &self.names, &self.question);
        let largest = allowed();
        let (frame, of) = match most {
            // Computes only the rows to show, and counts all rows separately.
            Some(most) if size > ROOM.min(largest / 2) && self.question.is_plain => {
                let counted = format!("SELECT COUNT(*) AS n FROM ({})", self.sql);
                let count = self.collect(&counted)?;
                let rows = answer::rows(count)?;
                let of = match rows.first().and_then(|row| row.first()) {
                    Some(AnswerValue::Integer(count)) => {
                        usize::try_from(*count).unwrap_or_default()
                    }
                    _ => 0,
                };
                let limited = format!("SELECT * FROM ({}) LIMIT {most}", self.sql);
                (self.collect(&limited)?, of)
            }
            // The returned values need memory in addition to the columns.
            None if self.question.is_plain && handed_beside(size) > largest => {
                return Err(DataError::Statement(too_large(handed_beside(size))));
            }
            _ if size > largest => return Err(DataError::Statement(too_large(size))),
            _ => {
                let frame = self.collect(&self.sql)?;
                let of = frame.height();
                (frame, of)
            }
        };
        let frame = match most {
            Some(most) => frame.head(Some(most)),
            None => frame,
        };
        let handed = (frame.height() as u64).saturating_mul(frame.width() as u64 * HANDED);
        if handed > largest {
            return Err(DataError::Statement(too_large(handed)));
        }
        Ok(StatementAnswer {
            columns: answer::columns(&frame)?,
            rows: answer::rows(frame)?,
            of,
            notes: self.notes.clone(),
        })
    }

    fn collect(&self, sql: &str) -> Result<DataFrame, DataError> {
        let frame = self.context()?.execute(sql).map_err(of_polars)?;
        frame.collect().map_err(|error| {
            if self.stop.load(Ordering::Relaxed) {
                DataError::Cancelled
            } else {
                of_polars(error)
            }
        })
    }
}

/// The size in bytes of columns of this size together with their returned values.
fn handed_beside(size: u64) -> u64 {
    size / WIDTH * (WIDTH + HANDED)
}

/// The maximum number of row pairs in a join of the cost table with itself.
const CROWD: u128 = 100_000_000;

/// A self-join may pair every row with every other row. That can exhaust the memory and cannot be cancelled.
fn refuse_crowd(data: &Dataset, question: &CheckedStatement) -> Result<(), DataError> {
    let rows = u128::from(data.rows()).checked_pow(question.reads.beside);
    if question.reads.beside < 2 || rows.is_some_and(|rows| rows <= CROWD) {
        return Ok(());
    }
    Err(DataError::Statement(
        "it joins rows of costs with rows of costs, which may be more than any machine holds: sum each side in a \
         subquery first (SELECT ..., SUM(cost) AS cost FROM costs GROUP BY ...), and join the sums"
            .to_owned(),
    ))
}

/// Amounts of several currencies that are added up without a word about their currency.
fn mixed(data: &Dataset, question: &CheckedStatement) -> Option<String> {
    if data.money().currency().is_some() {
        return None;
    }
    let totals = data.sources().iter().flat_map(|source| &source.totals);
    let currencies: BTreeSet<&str> = totals.map(Money::code).collect();
    let named = &question.named;
    let is_said = named.all
        || named
            .columns
            .iter()
            .any(|name| name.to_lowercase().contains("currency"));
    let adds = question.reads.sums > 0 && named.columns.contains("cost");
    (currencies.len() > 1 && adds && !is_said).then(|| {
        let all: Vec<&str> = currencies.into_iter().collect();
        format!(
            "amounts of {} are added up as if they were one currency: group by currency, or keep one (WHERE currency = '{}')",
            all.join(" and "),
            all.first().copied().unwrap_or_default()
        )
    })
}

/// Whether no sum of costs can overflow, however the statement combines rows; polars sums wrap silently.
fn sums_fit(data: &Dataset, reads: Reads) -> Result<bool, DataError> {
    const MOST: u128 = 100_000_000_000_000_000_000;
    let largest = super::largest::largest(data)?;
    let whole = largest.div_ceil(1_000_000_000_000_000_000).max(1);
    let rows = reads.most_rows(data.rows());
    let bound = rows.and_then(|rows| rows.checked_mul(whole));
    Ok(bound.is_some_and(|bound| bound < MOST))
}

/// Polars errors, with explanations for users.
const PLAINLY: [(&str, &str); 14] = [
    (
        "division by zero",
        "it divides by zero; NULLIF(x, 0) below the line gives nothing instead",
    ),
    (
        "unable to find column",
        "unknown column at that point: give the expression a name in SELECT, and sort or filter by that name",
    ),
    (
        "duplicate output name",
        "two outputs are called the same; give one of them another name with AS",
    ),
    (
        "cannot compare 'date/datetime/time' to a string",
        "a date is compared with a text that is not a date; write dates as 'YYYY-MM-DD'",
    ),
    (
        "to `decimal",
        "an amount is compared with or cast from a text that is not a number",
    ),
    (
        "to `date`",
        "a date is compared with or cast from a text that is not a date; write dates as 'YYYY-MM-DD'",
    ),
    (
        "`remainder` operation",
        "amounts have no remainder; convert them to whole numbers with CAST(... AS BIGINT)",
    ),
    (
        "cannot cast List type",
        "HAVING needs an aggregate or a key, by the name that SELECT gives it",
    ),
    (
        "lengths don't match",
        "sort by the name or the position of an output: ORDER BY 2 DESC",
    ),
    (
        "operation not supported for dtype",
        "give the expression a name in SELECT, and group and sort by that name or its position",
    ),
    (
        "expected `String`",
        "give the expression a name in SELECT, and group and sort by that name or its position",
    ),
    (
        "unsupported function",
        "polars does not have this function; for parts of a date use EXTRACT(YEAR FROM date), STRFTIME(date, '%Y-%m') or month",
    ),
    (
        "non-numeric arguments",
        "LIMIT and OFFSET take a whole number, 0 or more",
    ),
    (
        "subquery comparisons",
        "a subquery cannot be used in this expression; move it to WITH and join it",
    ),
];

// The signature is the one that `map_err` needs.
#[allow(clippy::needless_pass_by_value)]
fn of_polars(error: PolarsError) -> DataError {
    let text = error.to_string();
    // Other errors may show the rewritten statement.
    if text.starts_with("conversion from") && text.contains(TOO_LARGE) {
        return DataError::Overflow {
            what: "this statement".to_owned(),
        };
    }
    if let Some((_, told)) = PLAINLY.iter().find(|(said, _)| text.contains(said)) {
        let first = text.lines().next().unwrap_or_default();
        let short: String = first.chars().take(120).collect();
        return DataError::Statement(format!("{told} (polars says: {short})"));
    }
    // After that, polars prints its internal structures.
    let first = text.lines().next().unwrap_or_default();
    let first = first.split("; found:").next().unwrap_or_default();
    DataError::Statement(format!("polars cannot answer it: {first}"))
}

/// Fails if the system allows too few threads for the pool of polars, which would panic. The pool is started once and stays.
fn room_for_pool() -> Result<(), DataError> {
    static STARTED: AtomicBool = AtomicBool::new(false);
    if STARTED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let wanted = processors + OWN_THREADS;
    if can_start(wanted) < wanted {
        return Err(DataError::Statement(format!(
            "polars needs {wanted} threads, and this system allows fewer (`ulimit -u` shows the limit): allow more, or ask \
             with `costscope show`"
        )));
    }
    STARTED.store(true, Ordering::Relaxed);
    Ok(())
}

/// Runs the work on its own thread, which is abandoned if the answer is superseded.
fn on_a_thread<T: Send + 'static>(
    wanted: impl Fn() -> bool,
    work: impl FnOnce(Arc<AtomicBool>) -> Result<T, DataError> + Send + 'static,
) -> Result<T, DataError> {
    static QUIET: Once = Once::new();
    // Polars warnings would be printed over the screen, so they go to the log.
    QUIET.call_once(|| {
        polars_error::set_warning_function(|text, _| tracing::warn!(text, "polars warns"));
    });
    room_for_pool()?;
    let (send, answers) = crossbeam_channel::bounded(1);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let spawned = thread::Builder::new()
        .name("sql".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(|| work(stopped)));
            let _ = send.send(done.unwrap_or_else(|_| Err(ended())));
        });
    spawned.map_err(|error| {
        DataError::Statement(format!(
            "polars needs a thread with {} of stack, and this system allows none: {error} (`ulimit -v` and `ulimit -u` \
             show the limits). Allow more, or ask with `costscope show`",
            bytes(STACK as u64)
        ))
    })?;
    loop {
        match answers.recv_timeout(LOOK) {
            Ok(answer) => return answer,
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => {
                if !wanted() {
                    stop.store(true, Ordering::Relaxed);
                    return Err(DataError::Cancelled);
                }
            }
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => return Err(ended()),
        }
    }
}

fn ended() -> DataError {
    DataError::Statement(
        "polars failed; a value may have more than 20 digits before the decimal point".to_owned(),
    )
}

impl From<StatementError> for DataError {
    fn from(error: StatementError) -> Self {
        Self::Place(error)
    }
}
