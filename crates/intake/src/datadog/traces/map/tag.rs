//! What the keys of tags mean. A key is looked up once: for each string of a table, or each tag.

use hannun_model::column::ColumnType;
use hannun_model::semconv::{Applies, item_attributes};
use hannun_model::table::Table;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a tag with a text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTag {
    /// An attribute like any other.
    Plain,
    /// Said elsewhere in the row.
    Dropped,
    /// Worked out together with others.
    Known(Known),
    /// An attribute with a column.
    Column { column: u16, is_int: bool, applies: Applies },
}

/// What a tag with a number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberTag {
    Plain,
    Known(KnownNumber),
    /// An attribute with a column.
    Column {
        column: u16,
        is_int: bool,
        applies: Applies,
    },
}

macro_rules! known {
    ($(#[$doc:meta])* $name:ident, $all:ident, $count:ident { $($variant:ident: $($key:literal)|+;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $name { $($variant),* }
        /// How many there are.
        pub const $count: usize = [$($name::$variant),*].len();
        const $all: &[(&str, $name)] = &[$($(($key, $name::$variant)),+),*];
    };
}

known! {
    /// Tags with a text that are worked out together.
    Known, KNOWN, KNOWN_COUNT {
        SpanKind: "span.kind";
        BaseService: "_dd.base_service";
        Service: "service" | "service.name";
        HttpMethod: "http.method" | "http.request.method";
        HttpStatus: "http.status_code" | "http.response.status_code";
        HttpUrl: "http.url" | "url.full";
        HttpRoute: "http.route";
        UrlPath: "url.path";
        HostDestination: "network.destination.name" | "network.destination.ip";
        HostOut: "out.host" | "db.hostname" | "grpc.host";
        HostPeer: "peer.hostname" | "net.peer.name";
        HostServer: "server.address";
        Port: "network.destination.port" | "out.port" | "target.port" | "server.port" | "peer.port" | "net.peer.port" | "db.port";
        DbSystem: "db.system" | "db.system.name";
        DbType: "db.type";
        DbName: "db.name" | "db.namespace";
        DbInstance: "db.instance";
        DbStatement: "db.statement" | "db.query.text" | "sql.query";
        DbOperation: "db.operation" | "db.operation.name";
        DbCollection: "db.sql.table" | "db.collection.name" | "mongodb.collection";
        RawCommand: "redis.raw_command" | "valkey.raw_command" | "memcached.command" | "memcached.query";
        DocumentQuery: "mongodb.query" | "elasticsearch.body" | "opensearch.body";
        ErrorType: "error.type";
        ErrorMessage: "error.message" | "error.msg";
        ErrorStack: "error.stack" | "error.details";
        SpanLinks: "_dd.span_links";
        Events: "events";
        TraceIdHigh: "_dd.p.tid";
        Origin: "_dd.origin";
        Language: "language";
        RuntimeId: "runtime-id";
        Version: "version";
        Environment: "env";
        HostName: "_dd.hostname";
        PeerService: "peer.service";
        MessagingSystem: "messaging.system";
        MessagingDestination: "messaging.destination.name" | "messaging.destination" | "kafka.topic" | "queuename" | "topicname" | "amqp.queue";
        RpcSystem: "rpc.system" | "rpc.system.name";
        RpcService: "rpc.service";
        RpcMethod: "rpc.method";
        GrpcPath: "grpc.method.path" | "rpc.grpc.full_method";
        GrpcStatus: "rpc.grpc.status_code" | "grpc.status.code" | "grpc.code" | "grpc.status_code";
        ComputeStats: "_dd.compute_stats";
        ContainerId: "container_id" | "container.id";
    }
}

known! {
    /// Tags with a number that are worked out together.
    KnownNumber, KNOWN_NUMBERS, KNOWN_NUMBERS_COUNT {
        Priority: "_sampling_priority_v1";
        TopLevel: "_dd.top_level" | "_top_level";
        Measured: "_dd.measured";
        ProcessId: "process_id" | "system.pid";
        Port: "network.destination.port" | "out.port" | "target.port" | "server.port" | "peer.port" | "net.peer.port" | "db.port";
        HttpStatus: "http.status_code" | "http.response.status_code";
        GrpcStatus: "rpc.grpc.status_code" | "grpc.status.code" | "grpc.code" | "grpc.status_code";
        AgentRate: "_dd.agent_psr";
        SpanSampling: "_dd.span_sampling.mechanism";
        PartialVersion: "_dd.partial_version";
    }
}

/// Tags whose name differs from the attribute of the semantic conventions that they are.
const RENAMED: &[(&str, &str)] = &[
    ("http.useragent", "user_agent.original"),
    ("http.client_ip", "client.address"),
    ("network.client.ip", "client.address"),
    ("usr.id", "user.id"),
    ("usr.session_id", "session.id"),
    ("thread.name", "thread.name"),
    ("network.destination.ip", "network.peer.address"),
    ("tcp.remote.address", "network.peer.address"),
];

type Map<Value> = HashMap<&'static str, Value, foldhash::fast::FixedState>;

static TEXTS: LazyLock<Map<TextTag>> = LazyLock::new(|| {
    let mut tags = Map::default();
    for (key, column, is_int, applies) in columns() {
        tags.insert(key, TextTag::Column { column, is_int, applies });
    }
    for (key, known) in KNOWN {
        tags.insert(key, TextTag::Known(*known));
    }
    // The operation and the resource of a span stand in fields of their own.
    tags.insert("operation.name", TextTag::Dropped);
    tags.insert("resource.name", TextTag::Dropped);
    tags.insert("span.type", TextTag::Dropped);
    tags
});

static NUMBERS: LazyLock<Map<NumberTag>> = LazyLock::new(|| {
    let mut tags = Map::default();
    for (key, column, is_int, applies) in columns() {
        tags.insert(key, NumberTag::Column { column, is_int, applies });
    }
    for (key, known) in KNOWN_NUMBERS {
        tags.insert(key, NumberTag::Known(*known));
    }
    tags
});

/// Keys of attributes with columns, and the columns.
fn columns() -> impl Iterator<Item = (&'static str, u16, bool, Applies)> {
    let hot = item_attributes(Table::Spans);
    let renamed = RENAMED.iter().filter_map(move |(key, name)| Some((*key, hot.get(name)?)));
    hot.iter().chain(renamed).filter_map(|(key, hot)| {
        let is_int = hot.column_type == ColumnType::Int;
        Some((key, u16::try_from(hot.column).ok()?, is_int, hot.applies))
    })
}

/// What a tag with a text means.
#[inline]
pub fn text_tag(key: &str) -> TextTag {
    TEXTS.get(key).copied().unwrap_or(TextTag::Plain)
}

/// What a tag with a number means.
#[inline]
pub fn number_tag(key: &str) -> NumberTag {
    NUMBERS.get(key).copied().unwrap_or(NumberTag::Plain)
}

/// The texts of a span that are worked out together.
#[derive(Debug)]
pub struct KnownTexts<'a>([&'a str; KNOWN_COUNT]);

impl Default for KnownTexts<'_> {
    /// None of them was sent.
    fn default() -> Self {
        Self([""; KNOWN_COUNT])
    }
}

impl<'a> KnownTexts<'a> {
    pub fn clear(&mut self) {
        self.0 = [""; KNOWN_COUNT];
    }

    /// Keeps a text; of several that mean the same the last that is not empty counts.
    #[inline]
    pub fn keep(&mut self, known: Known, text: &'a str) {
        if !text.is_empty() {
            self.0[known as usize] = text;
        }
    }

    /// The text, or an empty one.
    #[inline]
    pub fn get(&self, known: Known) -> &'a str {
        self.0[known as usize]
    }

    /// Bytes of all of them.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|text| text.len()).sum()
    }

    /// The first that is not empty.
    #[inline]
    pub fn first(&self, known: &[Known]) -> &'a str {
        known.iter().map(|known| self.get(*known)).find(|text| !text.is_empty()).unwrap_or("")
    }
}

/// The numbers of a span that are worked out together.
#[derive(Debug, Default)]
pub struct KnownNumbers([Option<f64>; KNOWN_NUMBERS_COUNT]);

impl KnownNumbers {
    #[inline]
    pub fn keep(&mut self, known: KnownNumber, value: f64) {
        self.0[known as usize] = Some(value);
    }

    #[inline]
    pub fn get(&self, known: KnownNumber) -> Option<f64> {
        self.0[known as usize]
    }

    /// Whether a flag is set.
    #[inline]
    pub fn is_set(&self, known: KnownNumber) -> bool {
        self.get(known).is_some_and(|value| value != 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::table::spans;

    #[test]
    fn a_tag_means_the_attribute_that_it_is_called_in_the_conventions() {
        let column = |key| match text_tag(key) {
            TextTag::Column { column, .. } => usize::from(column),
            other => panic!("{key} is {other:?}"),
        };
        assert_eq!(column("http.useragent"), spans::USER_AGENT_ORIGINAL);
        assert_eq!(column("usr.id"), spans::USER_ID);
        assert_eq!(column("client.address"), spans::CLIENT_ADDRESS);
        assert_eq!(text_tag("out.host"), TextTag::Known(Known::HostOut));
        assert_eq!(number_tag("_dd.measured"), NumberTag::Known(KnownNumber::Measured));
        assert_eq!(text_tag("customer.tier"), TextTag::Plain);
    }

    #[test]
    fn an_empty_text_hides_no_other_one() {
        let mut known = KnownTexts::default();
        known.keep(Known::DbName, "shop");
        known.keep(Known::DbName, "");
        assert_eq!(known.first(&[Known::DbInstance, Known::DbName]), "shop");
    }
}
