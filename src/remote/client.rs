//! A client of Spark Connect: sends statements and streams their rows. A result counts only once the server says that
//! it is complete. A stream that breaks off earlier is resumed, or the query fails.

use super::arrow;
use super::arrow::ReceivedRows;
use super::connecting::{connect_safely, endpoint, headers};
use super::error::{SparkError, Trouble};
use super::messages::{
    BY_OPERATION, Command, Config, ConfigOperation, ConfigSet, CreateView, DataSource, Empty,
    ExecuteResponse, Interrupt, KeyValue, Read, Relation, ReleaseExecute, Sql, UserContext, plan,
    relation,
};
use super::patience::Patience;
use crate::domain::sql::server::columns::ColumnType;
use crate::domain::sql::spark_address::{Reads, SparkSource};
use crate::domain::sql::statement::StatementAnswer;
use prost::Message;
use std::time::Duration;
use tokio::time::timeout;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;

/// How long an interrupt may take to reach the server.
const STOPPING: Duration = Duration::from_secs(1);
/// The size limit of one part of a response.
const LARGEST: usize = 128 << 20;

/// A server's result, with its metrics.
#[derive(Debug)]
pub struct Answered {
    pub answer: StatementAnswer,
    /// The rows that it read, if it says so.
    pub scanned: Option<u64>,
}

/// A connection to a server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    pub(super) session: String,
    user: String,
    headers: MetadataMap,
    pub(super) place: String,
    pub(super) patience: Patience,
}

impl Client {
    /// Connects without sending a query. The given certificate authorities are trusted in addition to the system's.
    pub async fn connect(
        source: &SparkSource,
        authorities: Option<Vec<u8>>,
        session: String,
        patience: Patience,
    ) -> Result<Self, SparkError> {
        let place = source.place();
        let headers = headers(source).ok_or_else(|| {
            SparkError::new(
                &place,
                Trouble::Usage,
                "a header or the token has characters that cannot be sent",
            )
        })?;
        let endpoint = endpoint(source, patience).map_err(|error| {
            let status = Status::new(Code::Unavailable, error.to_string());
            SparkError::new(&place, Trouble::Failed, SparkError::of("", &status).text)
        })?;
        let channel = if source.tls {
            connect_safely(endpoint, authorities).await
        } else {
            endpoint.connect().await
        };
        let channel = channel.map_err(|error| {
            let status = Status::from_error(Box::new(error));
            let status = match status.code() {
                Code::Unknown => with_code(Code::Unavailable, status),
                _ => status,
            };
            SparkError::of(&place, &status)
        })?;
        Ok(Self {
            channel,
            session,
            user: source
                .user
                .clone()
                .unwrap_or_else(|| "costscope".to_owned()),
            headers,
            place,
            patience,
        })
    }

    /// The server's address.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Turns on ANSI mode, so that invalid values are errors, and sets the time zone to UTC. Servers without settings
    /// are used as they are.
    pub async fn settle(&self) -> Result<(), SparkError> {
        let pair = |key: &str, value: &str| KeyValue {
            key: key.to_owned(),
            value: Some(value.to_owned()),
        };
        let message = Config {
            session_id: self.session.clone(),
            user_context: Some(self.context()),
            operation: Some(ConfigOperation {
                set: Some(ConfigSet {
                    pairs: vec![
                        pair("spark.sql.ansi.enabled", "true"),
                        pair("spark.sql.session.timeZone", "UTC"),
                    ],
                }),
            }),
        };
        let Err(status) = self.call::<_, Empty>("Config", message).await else {
            return Ok(());
        };
        match status.code() {
            Code::Unimplemented
            | Code::InvalidArgument
            | Code::NotFound
            | Code::Internal
            | Code::Unknown => Ok(()),
            _ => Err(SparkError::of(&self.place, &status)),
        }
    }

    /// The names of a source's relations, as statements spell them. Each file becomes its own view of this session:
    /// servers match the columns of several files by position, whatever their names.
    pub async fn relations(
        &self,
        reads: &Reads,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<String>, SparkError> {
        let paths = match reads {
            Reads::Table(name) => return Ok(vec![quoted(name)]),
            Reads::Files(paths) => paths,
        };
        let mut names = Vec::with_capacity(paths.len());
        for (at, path) in paths.iter().enumerate() {
            let name = format!("{VIEW}{}_{at}", self.session.replace('-', ""));
            let view = CreateView {
                input: Some(Relation {
                    rel_type: Some(relation::RelType::Read(Read {
                        data_source: Some(file(path)),
                    })),
                }),
                name: name.clone(),
                is_global: false,
                replace: true,
            };
            let command = plan::OpType::Command(Command {
                create_view: Some(view),
            });
            self.execute(command, wanted, &mut |_| Ok(None)).await?;
            names.push(format!("`{name}`"));
        }
        Ok(names)
    }

    /// Whether an error means that the server has lost the views of this session.
    pub fn has_forgotten(&self, error: &SparkError) -> bool {
        let ours = format!("{VIEW}{}", self.session.replace('-', ""));
        error.text.contains(&ours) && error.trouble != Trouble::Stopped
    }

    /// The columns of a statement's result.
    pub async fn schema(
        &self,
        statement: &str,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<(String, ColumnType)>, SparkError> {
        let mut found = None;
        let mut take = |data: &[u8]| {
            found = Some(arrow::schema(data)?);
            Ok(None)
        };
        self.execute(sql(statement), wanted, &mut take).await?;
        found.ok_or_else(|| {
            let text = "its response does not list the columns";
            SparkError::new(&self.place, Trouble::Failed, text)
        })
    }

    /// Runs a statement.
    pub async fn ask(
        &self,
        statement: &str,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Answered, SparkError> {
        let mut received = ReceivedRows::default();
        let scanned = self
            .execute(sql(statement), wanted, &mut |data| {
                received.take(data).map(Some)
            })
            .await?;
        let notes = received
            .rounded
            .iter()
            .map(|name| format!("values of `{name}` have more than 18 decimals; they are rounded"));
        Ok(Answered {
            scanned,
            answer: StatementAnswer {
                columns: received.columns.unwrap_or_default(),
                of: received.rows.len(),
                notes: notes.collect(),
                rows: received.rows,
            },
        })
    }

    /// Interrupts an operation. A server that cannot be reached is not retried.
    pub(super) async fn interrupt(&self, operation: &str) {
        let message = Interrupt {
            session_id: self.session.clone(),
            user_context: Some(self.context()),
            kind: BY_OPERATION,
            operation_id: Some(operation.to_owned()),
        };
        let called = timeout(STOPPING, self.call::<_, Empty>("Interrupt", message)).await;
        if !matches!(called, Ok(Ok(_))) {
            tracing::info!("the server could not be told to stop {operation}");
        }
    }

    /// Releases a result on the server, in the background.
    pub(super) fn release(&self, operation: String) {
        let client = self.clone();
        let message = ReleaseExecute {
            session_id: self.session.clone(),
            user_context: Some(self.context()),
            operation_id: operation,
            release_all: Some(Empty {}),
        };
        tokio::spawn(async move {
            let _ = timeout(STOPPING, client.call::<_, Empty>("ReleaseExecute", message)).await;
        });
    }

    pub(super) fn context(&self) -> UserContext {
        UserContext {
            user_id: self.user.clone(),
        }
    }

    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        *request.metadata_mut() = self.headers.clone();
        request
    }

    /// A call with one response.
    async fn call<M, A>(&self, method: &'static str, message: M) -> Result<A, Status>
    where
        M: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = tonic::client::Grpc::new(self.channel.clone());
        let work = async {
            grpc.ready().await.map_err(not_ready)?;
            let codec: ProstCodec<M, A> = ProstCodec::default();
            grpc.unary(self.request(message), path(method), codec).await
        };
        match timeout(self.patience.call, work).await {
            Ok(answer) => Ok(answer?.into_inner()),
            Err(_) => Err(Status::deadline_exceeded("")),
        }
    }

    /// A call with a streamed response.
    pub(super) async fn stream<M: Message + 'static>(
        &self,
        method: &'static str,
        message: M,
    ) -> Result<Streaming<ExecuteResponse>, Status> {
        let grpc = tonic::client::Grpc::new(self.channel.clone());
        let mut grpc = grpc.max_decoding_message_size(LARGEST);
        grpc.ready().await.map_err(not_ready)?;
        let codec: ProstCodec<M, ExecuteResponse> = ProstCodec::default();
        let stream = grpc.server_streaming(self.request(message), path(method), codec);
        Ok(stream.await?.into_inner())
    }
}

fn sql(statement: &str) -> plan::OpType {
    plan::OpType::Root(Relation {
        rel_type: Some(relation::RelType::Sql(Sql {
            query: statement.to_owned(),
        })),
    })
}

/// The name prefix of the views in our sessions.
const VIEW: &str = "costscope_";

/// A file that the server reads. A truncated file is an error.
fn file(path: &str) -> DataSource {
    let is_parquet = path.to_lowercase().ends_with(".parquet");
    let csv = [
        ("header", "true"),
        ("multiLine", "true"),
        ("quote", "\""),
        ("escape", "\""),
        ("mode", "FAILFAST"),
    ];
    let csv = csv.map(|(name, value)| (name.to_owned(), value.to_owned()));
    DataSource {
        format: Some(if is_parquet { "parquet" } else { "csv" }.to_owned()),
        options: csv.into_iter().filter(|_| !is_parquet).collect(),
        paths: vec![path.to_owned()],
    }
}

fn path(method: &'static str) -> PathAndQuery {
    let path = format!("/spark.connect.SparkConnectService/{method}");
    path.parse()
        .unwrap_or_else(|_| PathAndQuery::from_static("/"))
}

/// The name of a table, each of its parts in backticks.
fn quoted(name: &str) -> String {
    if name.contains('`') {
        return name.to_owned();
    }
    let parts: Vec<String> = name.split('.').map(|part| format!("`{part}`")).collect();
    parts.join(".")
}

fn not_ready(error: tonic::transport::Error) -> Status {
    with_code(Code::Unavailable, Status::from_error(Box::new(error)))
}

/// The same status with another code and its causes kept.
fn with_code(code: Code, status: Status) -> Status {
    let mut other = Status::new(code, status.message().to_owned());
    other.set_source(std::sync::Arc::new(status));
    other
}
