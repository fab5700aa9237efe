//! A scripted Spark Connect server: messages are built byte by byte, from the protocol's field numbers.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use polars_arrow::array::{Array, ListArray, PrimitiveArray, Utf8Array};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::io::ipc::write::{StreamWriter, WriteOptions};
use polars_arrow::record_batch::RecordBatchT;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

/// The steps of an answer to a query, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Say {
    /// The rows, without the message that ends the answer.
    Rows,
    /// The stream ends normally.
    End,
    /// The connection breaks.
    Die,
    /// The stream ends; the rest is sent to a client that reattaches.
    Again,
    /// A batch with fewer rows than it claims.
    WrongCount,
    /// A batch that starts at the wrong row.
    Gap,
    /// A column of lists.
    List,
    /// Bytes that are not Arrow.
    Noise,
    Status(u16, &'static str),
    /// No answer at all.
    Wait,
}

#[derive(Default)]
struct Heard {
    calls: Vec<String>,
    headers: Vec<String>,
    statements: Vec<String>,
}

struct Shared {
    script: Vec<Say>,
    answer: Vec<u8>,
    heard: Mutex<Heard>,
}

/// A server on this machine; it ends with the test.
pub(crate) struct Fake {
    place: SocketAddr,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

impl Fake {
    /// Answers queries of the table with this script; an empty script gives a complete answer.
    pub(crate) fn start(script: Vec<Say>) -> Self {
        Self::of(script, grouped())
    }

    /// Answers with these rows.
    pub(crate) fn answering(answer: Vec<u8>) -> Self {
        Self::of(Vec::new(), answer)
    }

    fn of(script: Vec<Say>, answer: Vec<u8>) -> Self {
        let runtime = Runtime::new().unwrap();
        let shared = Arc::new(Shared {
            script,
            answer,
            heard: Mutex::default(),
        });
        let router = axum::Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let place = listener.local_addr().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let incoming = stream::unfold(listener, |listener| async move {
                let next = listener.accept().await.map(|(connection, _)| connection);
                Some((next, listener))
            });
            tonic::transport::Server::builder()
                .add_routes(tonic::service::Routes::from(router))
                .serve_with_incoming(incoming)
                .await
        });
        Self {
            place,
            shared,
            _runtime: runtime,
        }
    }

    pub(crate) fn place(&self) -> SocketAddr {
        self.place
    }

    fn heard<T>(&self, look: impl Fn(&mut Heard) -> T) -> T {
        look(&mut self.shared.heard.lock().unwrap())
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.heard(|heard| heard.calls.clone())
    }

    /// The headers of each call, as lines.
    pub(crate) fn headers(&self) -> Vec<String> {
        self.heard(|heard| heard.headers.clone())
    }

    /// The SQL statements, cut from the messages around them.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.heard(|heard| heard.statements.clone())
    }

    pub(crate) fn forget(&self) {
        self.heard(|heard| *heard = Heard::default());
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
    let headers = request.headers().iter();
    let headers: Vec<String> = headers
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let body = axum::body::to_bytes(request.into_body(), 1 << 24)
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    {
        let mut heard = shared.heard.lock().unwrap();
        heard.calls.push(method.clone());
        heard.headers.push(headers.join("\n"));
        if method == "ExecutePlan" {
            heard.statements.push(text.clone());
        }
    }
    match method.as_str() {
        "ExecutePlan" if text.contains("LIMIT 0") => well(&table()),
        "ExecutePlan" if text.contains("raw_costs") => well(&summary()),
        // The search for a row with a tag that no row has.
        "ExecutePlan" if text.contains("`tag:absent` IS NOT NULL") => {
            response(vec![Ok(message(&last()))], Some((0, "")))
        }
        "ExecutePlan" if shared.script.is_empty() => well(&shared.answer),
        "ExecutePlan" => scripted(&shared),
        "ReattachExecute" if shared.script.contains(&Say::Again) => {
            response(vec![Ok(message(&last()))], Some((0, "")))
        }
        "ReattachExecute" => response(Vec::new(), Some((12, "unimplemented"))),
        _ => response(vec![Ok(message(&[]))], Some((0, ""))),
    }
}

/// One batch of rows, and the end of the answer.
fn well(rows: &[u8]) -> Response {
    let parts = vec![Ok(message(&part(rows, 1, 0))), Ok(message(&last()))];
    response(parts, Some((0, "")))
}

fn scripted(shared: &Shared) -> Response {
    let mut parts = Vec::new();
    let rows = &shared.answer;
    for say in &shared.script {
        match say {
            Say::Rows => parts.push(Ok(message(&part(rows, 1, 0)))),
            Say::WrongCount => parts.push(Ok(message(&part(rows, 2, 0)))),
            Say::Gap => parts.push(Ok(message(&part(rows, 1, 5)))),
            Say::List => parts.push(Ok(message(&part(&lists(), 1, 0)))),
            Say::Noise => parts.push(Ok(message(&part(b"no arrow at all", 1, 0)))),
            Say::End | Say::Again => return response(parts, Some((0, ""))),
            Say::Die => {
                parts.push(Err(std::io::Error::other("gone")));
                return response(parts, None);
            }
            Say::Status(code, text) => return response(parts, Some((*code, text))),
            Say::Wait => {
                let waiting =
                    StreamBody::new(stream::pending::<Result<Frame<Bytes>, std::io::Error>>());
                return grpc(Body::new(waiting));
            }
        }
    }
    parts.push(Ok(message(&last())));
    response(parts, Some((0, "")))
}

fn grpc(body: Body) -> Response {
    Response::builder()
        .header("content-type", "application/grpc")
        .body(body)
        .unwrap()
}

fn response(parts: Vec<Result<Bytes, std::io::Error>>, status: Option<(u16, &str)>) -> Response {
    let mut frames: Vec<Result<Frame<Bytes>, std::io::Error>> = parts
        .into_iter()
        .map(|part| part.map(Frame::data))
        .collect();
    if let Some((code, text)) = status {
        let mut trailers = axum::http::HeaderMap::new();
        trailers.insert("grpc-status", code.into());
        if !text.is_empty() {
            trailers.insert("grpc-message", text.replace(' ', "%20").parse().unwrap());
        }
        frames.push(Ok(Frame::trailers(trailers)));
    }
    grpc(Body::new(StreamBody::new(stream::iter(frames))))
}

/// A message with its gRPC frame.
fn message(bytes: &[u8]) -> Bytes {
    let mut out = vec![0];
    out.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend(bytes);
    out.into()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [
        varint(field << 3 | 2),
        varint(value.len() as u64),
        value.to_vec(),
    ]
    .concat()
}

/// A batch of an answer: a response id, and rows.
fn part(rows: &[u8], count: u64, start: u64) -> Vec<u8> {
    let batch = [number(1, count), bytes(2, rows), number(3, start)].concat();
    [bytes(13, b"r-1"), bytes(2, &batch)].concat()
}

/// The last message: the answer is complete, with the row count of the scan.
fn last() -> Vec<u8> {
    let value = [bytes(1, b"rows"), number(2, 7)].concat();
    let metric = [bytes(1, b"numOutputRows"), bytes(2, &value)].concat();
    let scan = [bytes(1, b"Scan csv"), bytes(4, &metric)].concat();
    [
        bytes(13, b"r-2"),
        bytes(4, &bytes(1, &scan)),
        bytes(14, &[]),
    ]
    .concat()
}

/// Rows of decimal columns, as one Arrow stream.
pub(crate) fn arrow(columns: &[(&str, usize, usize)], arrays: &[Box<dyn Array>]) -> Vec<u8> {
    let fields = columns
        .iter()
        .map(|(name, precision, scale)| (*name, ArrowDataType::Decimal(*precision, *scale)));
    stream_of(fields.collect(), arrays.to_vec())
}

pub(crate) fn decimals(units: &[i128]) -> Vec<Box<dyn Array>> {
    let one = |units: &i128| -> Box<dyn Array> {
        let array = PrimitiveArray::from_vec(vec![*units]);
        Box::new(array.to(ArrowDataType::Decimal(38, 20)))
    };
    units.iter().map(one).collect()
}

fn stream_of(fields: Vec<(&str, ArrowDataType)>, arrays: Vec<Box<dyn Array>>) -> Vec<u8> {
    let height = arrays.first().map_or(0, |array| array.len());
    let schema: ArrowSchema = fields
        .into_iter()
        .map(|(name, dtype)| (name.into(), Field::new(name.into(), dtype, true)))
        .collect();
    let schema = Arc::new(schema);
    let mut writer = StreamWriter::new(Vec::new(), WriteOptions { compression: None });
    writer.start(&schema, None).unwrap();
    let batch = RecordBatchT::new(height, Arc::clone(&schema), arrays);
    writer.write(&batch, None).unwrap();
    writer.finish().unwrap();
    writer.into_inner()
}

fn text(values: &[Option<&str>]) -> Box<dyn Array> {
    Box::new(values.iter().copied().collect::<Utf8Array<i32>>())
}

fn amount(units: &[Option<i128>]) -> Box<dyn Array> {
    let array: PrimitiveArray<i128> = units.iter().copied().collect();
    Box::new(array.to(ArrowDataType::Decimal(38, 18)))
}

fn count(value: i64) -> Box<dyn Array> {
    Box::new(PrimitiveArray::from_vec(vec![value]))
}

fn day(days: i32) -> Box<dyn Array> {
    Box::new(PrimitiveArray::from_vec(vec![days]).to(ArrowDataType::Date32))
}

const COST: i128 = 12_500_000_000_000_000_000;

/// The schema of the table, as `LIMIT 0` returns it.
fn table() -> Vec<u8> {
    let text_type = || ArrowDataType::Utf8;
    let fields = vec![
        ("Date", text_type()),
        ("ServiceName", text_type()),
        ("Cost", ArrowDataType::Decimal(38, 18)),
        ("Currency", text_type()),
    ];
    stream_of(fields, vec![text(&[]), text(&[]), amount(&[]), text(&[])])
}

/// The totals of all rows.
fn summary() -> Vec<u8> {
    let (whole, money) = (ArrowDataType::Int64, ArrowDataType::Decimal(38, 18));
    let fields = vec![
        ("currency", ArrowDataType::Utf8),
        ("sum", money.clone()),
        ("count", whole.clone()),
        ("first", ArrowDataType::Date32),
        ("last", ArrowDataType::Date32),
        ("costs", whole.clone()),
        ("unused", whole.clone()),
        ("bought", whole.clone()),
        ("priced", whole.clone()),
        ("most", money.clone()),
        ("more", money),
        ("filled", whole),
    ];
    let rows = vec![
        text(&[Some("EUR")]),
        amount(&[Some(COST)]),
        count(7),
        day(20_727),
        day(20_757),
        count(7),
        count(0),
        count(0),
        count(0),
        amount(&[Some(COST)]),
        amount(&[None]),
        count(7),
    ];
    stream_of(fields, rows)
}

/// The answer to a query grouped by service.
fn grouped() -> Vec<u8> {
    let fields = vec![
        ("k0", ArrowDataType::Utf8),
        ("k1", ArrowDataType::Utf8),
        ("cost_sum", ArrowDataType::Decimal(38, 18)),
        ("row_count", ArrowDataType::Int64),
    ];
    let rows = vec![
        text(&[Some("Storage")]),
        text(&[Some("EUR")]),
        amount(&[Some(COST)]),
        count(7),
    ];
    stream_of(fields, rows)
}

fn lists() -> Vec<u8> {
    let inner = ArrowDataType::Int64;
    let dtype = ListArray::<i32>::default_datatype(inner);
    let array = ListArray::<i32>::new(
        dtype.clone(),
        vec![0, 1].try_into().unwrap(),
        Box::new(PrimitiveArray::from_vec(vec![1_i64])),
        None,
    );
    stream_of(vec![("list", dtype)], vec![Box::new(array)])
}
