//! A client of Spark Connect: statements go out, rows come back as they are made. An answer counts only once the server says
//! that it is complete; a stream that breaks off before is taken up again, or is no answer.

use super::arrow;
use super::arrow::Received;
use super::connecting::{connect_safely, endpoint, headers};
use super::error::{SparkError, Trouble};
use super::messages::{
    BY_OPERATION, Command, Config, ConfigOperation, ConfigSet, CreateView, DataSource, Empty,
    ExecutePlan, ExecuteResponse, Interrupt, KeyValue, Plan, Read, ReattachOptions, Relation,
    ReleaseExecute, RequestOption, Sql, UserContext, plan, relation,
};
use super::running::Running;
use crate::domain::sql::server::ColumnType;
use crate::domain::sql::spark_address::{Reads, SparkSource};
use crate::domain::sql::statement::Answer;
use prost::Message;
use std::time::Duration;
use tokio::time::timeout;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until there is a connection.
    pub connect: Duration,
    /// For a call that asks for no rows.
    pub call: Duration,
    /// Without a word while a statement runs.
    pub silence: Duration,
    /// Between two signs of life of the connection, and for the answer to one.
    pub alive: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            call: Duration::from_secs(60),
            silence: Duration::from_secs(1800),
            alive: Duration::from_secs(15),
        }
    }
}

/// How long a stop may take on its way to the server.
const STOPPING: Duration = Duration::from_secs(1);
/// No part of an answer is larger.
const LARGEST: usize = 128 << 20;

/// What a server answered, and what it says about the work.
#[derive(Debug)]
pub struct Answered {
    pub answer: Answer,
    /// Rows that it read, where it says so.
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

/// What becomes of the parts of an answer: it takes the bytes of one and gives its rows, where they are looked at.
pub(super) type Take<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<Option<usize>, String> + Send);

impl Client {
    /// Connects; nothing is asked yet. Certificates of authorities count beside those of the system.
    pub async fn connect(
        source: &SparkSource,
        authorities: Option<Vec<u8>>,
        session: String,
        patience: Patience,
    ) -> Result<Self, SparkError> {
        let place = source.place();
        let failed = |text: String| SparkError::new(&place, Trouble::Failed, text);
        let headers = headers(source).ok_or_else(|| {
            SparkError::new(
                &place,
                Trouble::Usage,
                "a header or the token has signs that cannot be sent",
            )
        })?;
        let endpoint = endpoint(source, patience).map_err(|error| failed(words(&error)))?;
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

    /// Where the server is.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Asks for errors where a value does not fit, and for times of no zone; servers that know no settings go on without.
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
        match self.call::<_, Empty>("Config", message).await {
            Ok(_) => Ok(()),
            Err(status) if settings_are_unknown(status.code()) => Ok(()),
            Err(status) => Err(SparkError::of(&self.place, &status)),
        }
    }

    /// The names of the relations that a source reads, as statements have them. Each file becomes a view of this session:
    /// servers match the columns of several by their places, whatever they are called.
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

    /// Whether an error means that the server has forgotten the views of this session.
    pub fn has_forgotten(&self, error: &SparkError) -> bool {
        let ours = format!("{VIEW}{}", self.session.replace('-', ""));
        error.text.contains(&ours) && error.trouble != Trouble::Stopped
    }

    /// The columns of a statement's answer.
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
            let text = "it answers without saying which columns there are";
            SparkError::new(&self.place, Trouble::Failed, text)
        })
    }

    /// Runs a statement.
    pub async fn ask(
        &self,
        statement: &str,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Answered, SparkError> {
        let mut received = Received::default();
        let scanned = self
            .execute(sql(statement), wanted, &mut |data| {
                received.take(data).map(Some)
            })
            .await?;
        let notes = received.rounded.iter().map(|name| {
            format!(
                "values of `{name}` have more than 18 digits behind the point; they are rounded"
            )
        });
        Ok(Answered {
            scanned,
            answer: Answer {
                columns: received.columns.unwrap_or_default(),
                of: received.rows.len(),
                notes: notes.collect(),
                rows: received.rows,
            },
        })
    }

    /// Runs a plan to its end; gives the rows that were read for it, where the server says so.
    async fn execute(
        &self,
        plan: plan::OpType,
        wanted: &(dyn Fn() -> bool + Sync),
        take: Take<'_>,
    ) -> Result<Option<u64>, SparkError> {
        let operation = new_id();
        let message = ExecutePlan {
            session_id: self.session.clone(),
            user_context: Some(self.context()),
            plan: Some(Plan {
                op_type: Some(plan),
            }),
            client_type: Some(client_type()),
            request_options: vec![RequestOption {
                reattach_options: Some(ReattachOptions { reattachable: true }),
            }],
            operation_id: Some(operation.clone()),
        };
        let mut running = Running {
            client: self,
            operation: &operation,
            wanted,
            last: None,
            rows: 0,
            scanned: None,
            cut: None,
        };
        let done = running.run(message, take).await;
        let scanned = running.scanned;
        match &done {
            Err(error) if error.trouble == Trouble::Stopped => self.interrupt(&operation).await,
            Ok(()) => self.release(operation),
            Err(_) => {}
        }
        done.map(|()| scanned)
    }

    /// Ends what runs; the server is told, whether it hears or not.
    async fn interrupt(&self, operation: &str) {
        let message = Interrupt {
            session_id: self.session.clone(),
            user_context: Some(self.context()),
            kind: BY_OPERATION,
            operation_id: Some(operation.to_owned()),
        };
        let called = timeout(STOPPING, self.call::<_, Empty>("Interrupt", message)).await;
        if !matches!(called, Ok(Ok(_))) {
            tracing::info!("the server was not told to stop {operation}");
        }
    }

    /// Lets the server forget an answer that was read. Nobody waits for it.
    fn release(&self, operation: String) {
        let (client, message) = (
            self.clone(),
            ReleaseExecute {
                session_id: self.session.clone(),
                user_context: Some(self.context()),
                operation_id: operation,
                release_all: Some(Empty {}),
            },
        );
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

    /// A call with one answer.
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

    /// A call whose answer comes in parts.
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

/// How the views of our sessions begin.
const VIEW: &str = "costscope_";

/// A file that the server reads: one that is cut off is an error.
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

pub(super) fn client_type() -> String {
    format!("costscope/{}", env!("CARGO_PKG_VERSION"))
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

/// An id that nobody else has, as UUIDs are written.
pub fn new_id() -> String {
    let bits = fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{bits:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

fn not_ready(error: tonic::transport::Error) -> Status {
    with_code(Code::Unavailable, Status::from_error(Box::new(error)))
}

/// The same with another code, its causes kept.
fn with_code(code: Code, status: Status) -> Status {
    let mut other = Status::new(code, status.message().to_owned());
    other.set_source(std::sync::Arc::new(status));
    other
}

fn words(error: &tonic::transport::Error) -> String {
    SparkError::of("", &not_ready_ref(error)).text
}

fn not_ready_ref(error: &tonic::transport::Error) -> Status {
    Status::new(Code::Unavailable, error.to_string())
}

/// What servers say that know no settings.
fn settings_are_unknown(code: Code) -> bool {
    matches!(
        code,
        Code::Unimplemented
            | Code::InvalidArgument
            | Code::NotFound
            | Code::Internal
            | Code::Unknown
    )
}
