//! A server that answers queries in place of costscope's own engine.

use crate::data::dataset::{Dataset, SqlEngine};
use crate::data::error::DataError;
use crate::domain::query::columns::Role;
use crate::domain::sql;
use crate::domain::sql::dialect::SqlDialect;
use crate::domain::sql::server::columns::{ServerTable, StatementNeeds};
use crate::domain::sql::spark_address::Reads;
use crate::domain::sql::statement::{AnswerValue, StatementAnswer, StatementError, absent_tag};
use crate::domain::text::counted;
use crate::ops::error::OpsError;
use crate::remote::client::{Answered, Client};
use crate::remote::error::{SparkError, Trouble};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Returns whether the query should continue.
pub(super) type Still<'a> = &'a (dyn Fn() -> bool + Sync);

/// Converts a server error into a data error with the right exit code.
fn data_error(error: &SparkError) -> DataError {
    let exit = match error.trouble {
        Trouble::Stopped => return DataError::Cancelled,
        Trouble::Usage => 2,
        Trouble::Rights => 4,
        Trouble::Silence => 5,
        Trouble::Failed => 1,
    };
    DataError::Server {
        text: error.to_string(),
        exit,
    }
}

impl From<SparkError> for OpsError {
    fn from(error: SparkError) -> Self {
        Self::Data(data_error(&error))
    }
}

/// A server with the table that is queried.
pub(super) struct Server {
    client: Client,
    /// The name of the table on the server.
    relation: String,
    reads: Reads,
    table: ServerTable,
    handle: Handle,
    /// The currencies of its amounts.
    currencies: Vec<String>,
    /// The duration of the last query in microseconds.
    time: AtomicU64,
    /// The rows that it scanned for the last query.
    scanned: Mutex<Option<u64>>,
    /// Tags, in lower case, that at least one row is known to have.
    tags: Mutex<BTreeSet<String>>,
}

impl Server {
    pub(super) fn new(
        client: Client,
        (relation, reads): (String, Reads),
        (table, currencies): (ServerTable, Vec<String>),
        handle: Handle,
    ) -> Self {
        Self {
            client,
            relation,
            reads,
            table,
            currencies,
            handle,
            time: AtomicU64::default(),
            scanned: Mutex::default(),
            tags: Mutex::default(),
        }
    }

    fn query(&self, data: &Dataset, statement: &str) -> Result<Answered, DataError> {
        let wanted = || data.check_wanted().is_ok();
        let work = self.ask(statement, &wanted);
        self.handle
            .block_on(work)
            .map_err(|error| data_error(&error))
    }

    /// Runs a query and records its time and the rows that it scanned.
    fn asked(&self, data: &Dataset, statement: &str) -> Result<StatementAnswer, DataError> {
        let started = Instant::now();
        let answered = self.query(data, statement)?;
        let time = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.time.store(time, Ordering::Relaxed);
        let mut scanned = self.scanned.lock().unwrap_or_else(PoisonError::into_inner);
        *scanned = answered.scanned;
        Ok(answered.answer)
    }

    /// Runs a query, and creates the views of files again if the server has lost them: idle sessions expire.
    async fn ask(&self, statement: &str, wanted: Still<'_>) -> Result<Answered, SparkError> {
        match self.client.ask(statement, wanted).await {
            Err(error) if self.client.has_forgotten(&error) => {
                self.client.relations(&self.reads, wanted).await?;
                self.client.ask(statement, wanted).await
            }
            other => other,
        }
    }

    /// A warning if a statement sums amounts of several currencies without mentioning the currency.
    fn mixed(&self, statement: &str) -> Option<String> {
        let lower = statement.to_lowercase();
        let adds = ["sum(", "avg("].iter().any(|adds| lower.contains(adds));
        let is_said = lower.contains("currency") || !lower.contains("cost");
        (self.currencies.len() > 1 && adds && !is_said).then(|| {
            let (all, first) = (self.currencies.join(" and "), self.currencies.first());
            format!(
                "amounts in {all} are summed as if they were one currency: group by currency, or filter for one (WHERE currency = \
                 '{}')",
                first.map_or("", String::as_str)
            )
        })
    }

    /// A note for each tag of a statement that no row has. The search for a row ends at the first one found.
    fn absent_tags(&self, data: &Dataset, statement: &str) -> Result<Vec<String>, DataError> {
        let mut notes = Vec::new();
        for tag in sql::server::scan::tags_named(statement) {
            let folded = tag.to_lowercase();
            let known = || self.tags.lock().unwrap_or_else(PoisonError::into_inner);
            if known().contains(&folded) {
                continue;
            }
            let column = SqlDialect::Spark.quoted(&format!("tag:{tag}"));
            let search = format!("SELECT 1 AS n FROM costs WHERE {column} IS NOT NULL LIMIT 1");
            let view = self.costs(data, "costs", &search);
            let found = self.query(data, &sql::server::with_view(&view, &search))?;
            if found.answer.rows.is_empty() {
                notes.push(absent_tag(&format!("tag:{tag}")));
            } else {
                known().insert(folded);
            }
        }
        Ok(notes)
    }

    fn costs(&self, data: &Dataset, name: &str, statement: &str) -> String {
        let wanted = StatementNeeds {
            tags: sql::server::scan::tags_named(statement),
            effective: data.cost_role() == Role::EffectiveCost,
        };
        self.table.view_as(name, &self.relation, &wanted)
    }
}

impl SqlEngine for Server {
    fn name(&self) -> &'static str {
        "spark"
    }

    fn dialect(&self) -> SqlDialect {
        SqlDialect::Spark
    }

    fn answer(&self, data: &Dataset, statement: &str) -> Result<StatementAnswer, DataError> {
        let view = self.costs(data, "costs", statement);
        self.asked(data, &sql::server::with_view(&view, statement))
    }

    fn typed(
        &self,
        data: &Dataset,
        statement: &str,
        most: Option<usize>,
    ) -> Option<Result<StatementAnswer, DataError>> {
        if let Err(error) = is_question(statement) {
            return Some(Err(DataError::Place(error)));
        }
        let view = self.costs(data, "costs", statement);
        let begins = statement.trim_start().get(..7);
        if begins.is_some_and(|begins| begins.eq_ignore_ascii_case("explain")) {
            let rest = statement.trim_start().get(7..).unwrap_or_default();
            let explained = format!("EXPLAIN {}", sql::server::around(&view, rest, None));
            return Some(self.asked(data, &explained));
        }
        // One extra row shows whether there are more.
        let limit = most.map(|most| most.saturating_add(1));
        let answered = self.asked(data, &sql::server::around(&view, statement, limit));
        let notes = self.mixed(statement);
        Some(answered.and_then(|mut answer| {
            answer.notes.extend(self.absent_tags(data, statement)?);
            answer.notes.extend(notes);
            if let Some(most) = most
                && answer.rows.len() > most
            {
                answer.rows.truncate(most);
                let text = statement.trim().trim_end_matches(';');
                let count =
                    format!("WITH {view}\nSELECT COUNT(*) AS n FROM (\n{text}\n) AS question");
                let counted = self.asked(data, &count)?;
                let count = counted
                    .rows
                    .first()
                    .and_then(|row| row.first())
                    .and_then(whole);
                answer.of = usize::try_from(count.unwrap_or_default()).unwrap_or(usize::MAX);
            }
            Ok(answer)
        }))
    }

    fn view(&self, data: &Dataset, name: &str, statement: &str) -> Option<String> {
        Some(self.costs(data, name, statement))
    }

    fn work(&self) -> Option<String> {
        let time = Duration::from_micros(self.time.load(Ordering::Relaxed));
        let scanned = self.scanned.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = scanned.map(|rows| format!(", {} read", counted(rows, "row")));
        Some(format!(
            "{} answered in {:.2} s{}",
            self.client.place(),
            time.as_secs_f64(),
            rows.unwrap_or_default()
        ))
    }
}

/// Accepts typed statements only if they are queries or EXPLAIN. The server's own permissions guard the rest.
fn is_question(statement: &str) -> Result<(), StatementError> {
    let first: String = statement
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    let word = first.to_uppercase();
    let starts = ["SELECT", "WITH", "EXPLAIN", "FROM", "VALUES"];
    if let Some(wrong) = sql::server::scan::loose_end(statement) {
        return Err(StatementError::whole(wrong, "one SELECT"));
    }
    if starts.contains(&word.as_str()) || statement.trim_start().starts_with(['(', '-', '/']) {
        return Ok(());
    }
    if word.is_empty() {
        return Err(StatementError::whole("it is empty", "one SELECT"));
    }
    let line = statement.len() - statement.trim_start().len();
    let before = statement.get(..line).unwrap_or_default();
    let place = (
        before.matches('\n').count() as u64 + 1,
        before.rsplit('\n').next().map_or(0, str::len) as u64 + 1,
    );
    let wrong = format!("{word} changes data or is not a query");
    let expected = "SELECT, WITH, EXPLAIN SELECT";
    Err(StatementError::at(statement, place, &wrong, expected))
}

pub(super) fn whole(value: &AnswerValue) -> Option<u64> {
    match value {
        AnswerValue::Integer(number) => u64::try_from(*number).ok(),
        AnswerValue::Missing
        | AnswerValue::Decimal(_)
        | AnswerValue::Double(_)
        | AnswerValue::Boolean(_)
        | AnswerValue::Text(_) => None,
    }
}
