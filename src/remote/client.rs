//! A client of Spark Connect: statements go out, rows come back as they are made. An answer counts only once the server says
//! that it is complete; a stream that breaks off before is taken up again, or is no answer.

use super::arrow::{self, Received};
use super::error::{SparkError, Trouble};
use super::messages::{
    BY_OPERATION, Command, Config, ConfigOperation, ConfigSet, CreateView, DataSource, Empty,
    ExecutePlan, ExecuteResponse, Interrupt, KeyValue, Metrics, Plan, Read, ReattachExecute,
    ReattachOptions, Relation, ReleaseExecute, RequestOption, Sql, UserContext, plan, relation,
};
use crate::domain::spark::{Reads, SparkSource};
use crate::domain::sql::ColumnType;
use crate::domain::statement::Answer;
use prost::Message;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
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

/// How often a stop is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// How long a stop may take on its way to the server.
const STOPPING: Duration = Duration::from_secs(1);
/// How often an answer that broke off is taken up again without a word in between.
const AGAIN: usize = 3;
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
    session: String,
    user: String,
    headers: MetadataMap,
    place: String,
    patience: Patience,
}

/// What becomes of the parts of an answer: it takes the bytes of one and gives its rows, where they are looked at.
type Take<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<Option<usize>, String> + Send);

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

    fn context(&self) -> UserContext {
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
    async fn stream<M: Message + 'static>(
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

/// One plan on its way.
struct Running<'a> {
    client: &'a Client,
    operation: &'a str,
    wanted: &'a (dyn Fn() -> bool + Sync),
    /// The last part of the answer that came.
    last: Option<String>,
    rows: i64,
    scanned: Option<u64>,
}

impl Running<'_> {
    fn error(&self, trouble: Trouble, text: impl Into<String>) -> SparkError {
        SparkError::new(&self.client.place, trouble, text)
    }

    /// Waits for something the server does, as long as somebody wants it.
    async fn heard<T>(
        &self,
        work: impl Future<Output = Result<T, Status>>,
    ) -> Result<Result<T, Status>, SparkError> {
        let mut work = std::pin::pin!(work);
        let since = Instant::now();
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = sleep(LOOK) => {}
            }
            if !(self.wanted)() {
                return Err(self.error(Trouble::Stopped, "stopped"));
            }
            if since.elapsed() > self.client.patience.silence {
                let minutes = self.client.patience.silence.as_secs().div_ceil(60);
                let text = format!("nothing came for {minutes} min; ask again, or for less");
                return Err(self.error(Trouble::Silence, text));
            }
        }
    }

    async fn run(&mut self, message: ExecutePlan, take: Take<'_>) -> Result<(), SparkError> {
        let client = self.client;
        let started = self.heard(client.stream("ExecutePlan", message)).await?;
        let mut stream = started.map_err(|status| SparkError::of(&client.place, &status))?;
        let mut broken = 0;
        loop {
            let ended = match self.heard(stream.message()).await? {
                Ok(Some(part)) => {
                    broken = 0;
                    if self.part(part, take)? {
                        return Ok(());
                    }
                    continue;
                }
                Ok(None) => None,
                Err(status) => Some(status),
            };
            broken += 1;
            stream = self.again(ended, broken).await?;
        }
    }

    /// Takes the answer up where it broke off; what cannot be taken up is no answer.
    async fn again(
        &self,
        ended: Option<Status>,
        broken: usize,
    ) -> Result<Streaming<ExecuteResponse>, SparkError> {
        let client = self.client;
        let cut = || {
            match &ended {
            Some(status) => SparkError::of(&client.place, status),
            None => self.error(
                Trouble::Failed,
                "the answer ended before it was complete, and is not used: the server stopped it, or went away; ask again",
            ),
        }
        };
        // What the server says is wrong stays wrong.
        let is_lost = ended.as_ref().is_none_or(|status| {
            matches!(
                status.code(),
                Code::Unavailable | Code::Internal | Code::Unknown | Code::Cancelled
            ) && !status.message().contains('[')
        });
        if !is_lost || broken > AGAIN || self.last.is_none() {
            return Err(cut());
        }
        let message = ReattachExecute {
            session_id: client.session.clone(),
            user_context: Some(client.context()),
            operation_id: self.operation.to_owned(),
            client_type: Some(client_type()),
            last_response_id: self.last.clone(),
        };
        let stream = self
            .heard(client.stream("ReattachExecute", message))
            .await?;
        stream.map_err(|_| cut())
    }

    /// Takes a part of the answer; says whether it was the last one.
    fn part(&mut self, part: ExecuteResponse, take: Take<'_>) -> Result<bool, SparkError> {
        if !part.response_id.is_empty() {
            self.last = Some(part.response_id);
        }
        if let Some(metrics) = &part.metrics {
            self.scanned = rows_scanned(metrics).or(self.scanned);
        }
        if let Some(batch) = part.arrow_batch {
            if batch.start_offset.is_some_and(|start| start != self.rows) {
                return Err(self.error(
                    Trouble::Failed,
                    "a part of the answer is missing; it is not used. Ask again",
                ));
            }
            let taken = take(&batch.data);
            let taken = taken.map_err(|text| self.error(Trouble::Failed, text))?;
            let rows = taken.map_or(batch.row_count, |rows| {
                i64::try_from(rows).unwrap_or(i64::MAX)
            });
            if rows != batch.row_count {
                return Err(self.error(
                    Trouble::Failed,
                    format!(
                        "a part of the answer holds {rows} rows and says {}; it is not used. Ask again",
                        batch.row_count
                    ),
                ));
            }
            self.rows = self.rows.saturating_add(rows);
        }
        Ok(part.result_complete.is_some())
    }
}

/// Rows that the leaves of a plan gave out.
fn rows_scanned(metrics: &Metrics) -> Option<u64> {
    let scans = metrics.metrics.iter().filter(|metric| {
        let name = metric.name.to_lowercase();
        name.contains("scan")
    });
    let rows = scans.filter_map(|scan| {
        let rows = scan.execution_metrics.get("numOutputRows")?.value;
        u64::try_from(rows).ok()
    });
    rows.reduce(u64::saturating_add)
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

fn client_type() -> String {
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

fn endpoint(source: &SparkSource, patience: Patience) -> Result<Endpoint, tonic::transport::Error> {
    let scheme = if source.tls { "https" } else { "http" };
    let endpoint = Endpoint::from_shared(format!("{scheme}://{}", source.place()))?
        .user_agent(client_type())?
        .connect_timeout(patience.connect)
        .http2_keep_alive_interval(patience.alive)
        .keep_alive_timeout(patience.alive)
        .keep_alive_while_idle(true)
        .tcp_keepalive(Some(patience.alive));
    Ok(endpoint)
}

/// Trusts the system's authorities and those that were named; where the system has none, the named ones alone.
async fn connect_safely(
    endpoint: Endpoint,
    authorities: Option<Vec<u8>>,
) -> Result<Channel, tonic::transport::Error> {
    let named = |config: ClientTlsConfig| match &authorities {
        Some(pem) => config.ca_certificates(certificates(pem)),
        None => config,
    };
    let both = named(ClientTlsConfig::new().with_native_roots());
    let endpoint = match endpoint.clone().tls_config(both) {
        Ok(endpoint) => endpoint,
        Err(_) if authorities.is_some() => endpoint.tls_config(named(ClientTlsConfig::new()))?,
        Err(error) => return Err(error),
    };
    endpoint.connect().await
}

/// The certificates of a PEM file, each by itself.
fn certificates(pem: &[u8]) -> Vec<Certificate> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    let parts = text.split_inclusive(END).filter(|part| part.contains(END));
    parts.map(Certificate::from_pem).collect()
}

/// What is sent with each call; nothing where a value cannot be sent.
fn headers(source: &SparkSource) -> Option<MetadataMap> {
    let mut headers = MetadataMap::new();
    if let Some(token) = &source.token {
        let value = format!("Bearer {}", token.expose());
        let mut value: MetadataValue<Ascii> = value.parse().ok()?;
        value.set_sensitive(true);
        headers.insert("authorization", value);
    }
    for (name, value) in &source.headers {
        let name: MetadataKey<Ascii> = name.parse().ok()?;
        headers.insert(name, value.parse().ok()?);
    }
    Some(headers)
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
