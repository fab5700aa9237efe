//! The Spark Connect messages that costscope sends and receives, by the field numbers of the protocol. The decoder
//! skips fields that are not declared.

use prost::Message;
use std::collections::HashMap;

/// A plan to run: a relation or a command.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Plan {
    #[prost(oneof = "plan::OpType", tags = "1, 2")]
    pub(super) op_type: Option<plan::OpType>,
}

pub(super) mod plan {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(in crate::remote) enum OpType {
        #[prost(message, tag = "1")]
        Root(super::Relation),
        #[prost(message, tag = "2")]
        Command(super::Command),
    }
}

/// A source of rows: files or a statement.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Relation {
    #[prost(oneof = "relation::RelType", tags = "2, 10")]
    pub(super) rel_type: Option<relation::RelType>,
}

pub(super) mod relation {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(in crate::remote) enum RelType {
        #[prost(message, tag = "2")]
        Read(super::Read),
        #[prost(message, tag = "10")]
        Sql(super::Sql),
    }
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Sql {
    #[prost(string, tag = "1")]
    pub(super) query: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Read {
    #[prost(message, optional, tag = "2")]
    pub(super) data_source: Option<DataSource>,
}

/// Files that the server reads.
#[derive(Clone, PartialEq, Message)]
pub(super) struct DataSource {
    #[prost(string, optional, tag = "1")]
    pub(super) format: Option<String>,
    #[prost(map = "string, string", tag = "3")]
    pub(super) options: HashMap<String, String>,
    #[prost(string, repeated, tag = "4")]
    pub(super) paths: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Command {
    #[prost(message, optional, tag = "3")]
    pub(super) create_view: Option<CreateView>,
}

/// A view of this session, over a relation.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CreateView {
    #[prost(message, optional, tag = "1")]
    pub(super) input: Option<Relation>,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(bool, tag = "3")]
    pub(super) is_global: bool,
    #[prost(bool, tag = "4")]
    pub(super) replace: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct UserContext {
    #[prost(string, tag = "1")]
    pub(super) user_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutePlan {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(message, optional, tag = "3")]
    pub(super) plan: Option<Plan>,
    #[prost(string, optional, tag = "4")]
    pub(super) client_type: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(super) request_options: Vec<RequestOption>,
    #[prost(string, optional, tag = "6")]
    pub(super) operation_id: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RequestOption {
    #[prost(message, optional, tag = "1")]
    pub(super) reattach_options: Option<ReattachOptions>,
}

/// Spark marks a response as complete only if it is reattachable.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReattachOptions {
    #[prost(bool, tag = "1")]
    pub(super) reattachable: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReattachExecute {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(string, tag = "3")]
    pub(super) operation_id: String,
    #[prost(string, optional, tag = "4")]
    pub(super) client_type: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(super) last_response_id: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReleaseExecute {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(string, tag = "3")]
    pub(super) operation_id: String,
    #[prost(message, optional, tag = "5")]
    pub(super) release_all: Option<Empty>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Empty {}

/// A part of a response.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecuteResponse {
    #[prost(string, tag = "13")]
    pub(super) response_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) arrow_batch: Option<ArrowBatch>,
    #[prost(message, optional, tag = "14")]
    pub(super) result_complete: Option<Empty>,
    #[prost(message, optional, tag = "4")]
    pub(super) metrics: Option<Metrics>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ArrowBatch {
    #[prost(int64, tag = "1")]
    pub(super) row_count: i64,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) data: Vec<u8>,
    #[prost(int64, optional, tag = "3")]
    pub(super) start_offset: Option<i64>,
}

/// The metrics of the nodes of a plan.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Metrics {
    #[prost(message, repeated, tag = "1")]
    pub(super) metrics: Vec<MetricObject>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct MetricObject {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(map = "string, message", tag = "4")]
    pub(super) execution_metrics: HashMap<String, MetricValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct MetricValue {
    #[prost(int64, tag = "2")]
    pub(super) value: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Interrupt {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(int32, tag = "4")]
    pub(super) kind: i32,
    #[prost(string, optional, tag = "6")]
    pub(super) operation_id: Option<String>,
}

/// Interrupts one operation by its id.
pub(super) const BY_OPERATION: i32 = 3;

#[derive(Clone, PartialEq, Message)]
pub(super) struct Config {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(message, optional, tag = "3")]
    pub(super) operation: Option<ConfigOperation>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigOperation {
    #[prost(message, optional, tag = "1")]
    pub(super) set: Option<ConfigSet>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigSet {
    #[prost(message, repeated, tag = "1")]
    pub(super) pairs: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct KeyValue {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, optional, tag = "2")]
    pub(super) value: Option<String>,
}
