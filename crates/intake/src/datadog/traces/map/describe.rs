//! What a span of Datadog is in OpenTelemetry's words: its kind, whose it is, what it is called.
//!
//! Datadog names a span by what it is about (its resource) and by who made it (its operation), and
//! gives calls to a database a service of their own. Here a call belongs to the service that calls,
//! and a name has few enough values to count by.

use super::query::Query;
use hannun_digest::endpoint::{Asked, endpoint};
use hannun_digest::peer::PeerAttributes;
use std::borrow::Cow;

/// What is known of a span, or of a group of spans that a client counted. Empty is not told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Described<'a> {
    pub service: &'a str,
    /// The service of the process, where the span has another one.
    pub base_service: &'a str,
    pub operation: &'a str,
    pub resource: &'a str,
    pub span_type: &'a str,
    pub span_kind: &'a str,
    pub http_method: &'a str,
    pub http_route: &'a str,
    /// As sent, such as `postgres`.
    pub db_system: &'a str,
    pub db_name: &'a str,
    pub host: &'a str,
    pub peer_service: &'a str,
    pub messaging_system: &'a str,
    pub messaging_destination: &'a str,
    pub rpc_system: &'a str,
    pub rpc_service: &'a str,
    pub rpc_method: &'a str,
}

impl<'a> Described<'a> {
    /// Takes what a peer tag of client statistics says.
    pub fn add_peer_tag(&mut self, key: &str, value: &'a str) {
        let field = match key {
            "_dd.base_service" => &mut self.base_service,
            "db.name" | "db.instance" | "db.namespace" => &mut self.db_name,
            "db.system" | "db.system.name" | "db.type" => &mut self.db_system,
            "network.destination.name" => {
                self.host = value;
                return;
            }
            "out.host" | "peer.hostname" | "server.address" => &mut self.host,
            "peer.service" => &mut self.peer_service,
            "messaging.system" => &mut self.messaging_system,
            "messaging.destination" | "messaging.destination.name" | "topicname" | "queuename" => {
                &mut self.messaging_destination
            }
            "rpc.system" => &mut self.rpc_system,
            "rpc.service" => &mut self.rpc_service,
            "rpc.method" => &mut self.rpc_method,
            _ => return,
        };
        if field.is_empty() {
            *field = value;
        }
    }

    /// The kind of the span.
    pub fn kind(&self) -> Kind {
        // How a connection comes about is a part of the call that needs it, not one more.
        if self.operation.starts_with("tcp.") || self.operation.starts_with("dns.") {
            return Kind::Internal;
        }
        match self.span_kind {
            "server" => return Kind::Server,
            "client" => return Kind::Client,
            "producer" => return Kind::Producer,
            "consumer" => return Kind::Consumer,
            "internal" => return Kind::Internal,
            _ => {}
        }
        let says = |words: &[&str]| words.iter().any(|word| self.operation.contains(word));
        match self.span_type {
            // Frameworks call their inner spans `web` as well.
            "web" if !self.http_method.is_empty() || self.operation.ends_with(".request") => {
                Kind::Server
            }
            "serverless" => Kind::Server,
            "http" | "sql" | "db" | "cassandra" | "mongodb" | "elasticsearch" | "opensearch"
            | "redis" | "valkey" | "memcached" | "cache" | "dynamodb" | "aerospike"
            | "couchbase" => Kind::Client,
            "queue" | "worker" if says(&["send", "produce", "publish", "enqueue", "apply"]) => {
                Kind::Producer
            }
            "queue" | "worker" => Kind::Consumer,
            "rpc" | "grpc" if says(&["client"]) => Kind::Client,
            "rpc" | "grpc" => Kind::Server,
            _ => Kind::Internal,
        }
    }

    /// The service that the span belongs to: a call belongs to its caller and a message to its reader,
    /// whatever the integration calls the other side.
    pub fn owner(&self, kind: Kind) -> &'a str {
        let is_about_others = matches!(kind, Kind::Client | Kind::Producer | Kind::Consumer);
        if is_about_others && !self.base_service.is_empty() {
            self.base_service
        } else {
            self.service
        }
    }

    /// The database product by its name in the semantic conventions.
    pub fn database(&self, kind: Kind) -> &'a str {
        if kind != Kind::Client {
            return canonical_database(self.db_system);
        }
        if !self.db_system.is_empty() {
            return canonical_database(self.db_system);
        }
        match self.span_type {
            "sql" | "db" => {
                let vendor = self.operation.split('.').next().unwrap_or_default();
                known_database(vendor).unwrap_or("other_sql")
            }
            "cassandra" | "mongodb" | "elasticsearch" | "opensearch" | "redis" | "valkey"
            | "memcached" | "aerospike" | "couchbase" | "dynamodb" => {
                canonical_database(self.span_type)
            }
            _ => "",
        }
    }

    /// The system of remote calls.
    pub fn remote_calls(&self) -> &'a str {
        match self.rpc_system {
            "" if self.operation.starts_with("grpc.") => "grpc",
            named => named,
        }
    }

    /// Writes the name of the span in place of what `out` held.
    pub fn name(&self, kind: Kind, query: Option<&Query>, out: &mut String) {
        out.clear();
        match kind {
            Kind::Server => self.server_name(out),
            Kind::Client => self.client_name(kind, query, out),
            Kind::Producer => self.message_name("send", out),
            Kind::Consumer => self.message_name("process", out),
            Kind::Internal => out.push_str(self.operation),
        }
        if out.is_empty() {
            out.push_str(if self.operation.is_empty() { self.resource } else { self.operation });
        }
    }

    fn server_name(&self, out: &mut String) {
        if self.http_method.is_empty() {
            let resource = self.resource;
            return out.push_str(resource.strip_prefix('/').unwrap_or(resource));
        }
        let rest = self.resource.strip_prefix(self.http_method).map(str::trim_start);
        match (self.http_route, rest) {
            ("", Some(path)) if path.starts_with('/') => out.push_str(self.resource),
            // `GET 404` is a request that went nowhere.
            ("", Some(_)) => out.push_str(self.http_method),
            ("", None) if self.resource.is_empty() || self.resource == self.operation => {
                out.push_str(self.http_method);
            }
            ("", None) => out.push_str(self.resource),
            (route, _) => {
                out.push_str(self.http_method);
                out.push(' ');
                out.push_str(route);
            }
        }
    }

    fn client_name(&self, kind: Kind, query: Option<&Query>, out: &mut String) {
        let database = self.database(kind);
        if let Some(query) = query.filter(|query| !query.operation.is_empty()) {
            out.push_str(&query.operation);
            if !query.collection.is_empty() {
                out.push(' ');
                out.push_str(&query.collection);
            }
        } else if database == "mongodb" {
            // The command and the collection; what follows is the query.
            let mut words = self.resource.split(' ');
            out.push_str(words.next().unwrap_or_default());
            if let Some(collection) = words.next().filter(|word| !word.starts_with('{')) {
                out.push(' ');
                out.push_str(collection);
            }
        } else if !self.remote_calls().is_empty() && !self.resource.is_empty() {
            out.push_str(self.resource.strip_prefix('/').unwrap_or(self.resource));
        } else if !self.http_method.is_empty() && database.is_empty() {
            out.push_str(self.http_method);
        } else if !self.messaging_destination.is_empty() {
            self.message_name("send", out);
        }
    }

    fn message_name(&self, verb: &str, out: &mut String) {
        if !self.messaging_destination.is_empty() {
            out.push_str(verb);
            out.push(' ');
            out.push_str(self.messaging_destination);
        } else {
            // Workers name the task in the resource.
            out.push_str(self.resource);
        }
    }
}

/// Kind of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

fn known_database(name: &str) -> Option<&'static str> {
    Some(match name {
        "postgres" | "pg" | "postgresql" | "psycopg" | "psycopg2" | "asyncpg" | "pgx" => {
            "postgresql"
        }
        "mysql" | "mysql2" | "pymysql" => "mysql",
        "mariadb" => "mariadb",
        "sqlite" | "sqlite3" => "sqlite",
        "mssql" | "sqlserver" | "sql-server" | "tedious" => "microsoft.sql_server",
        "oracle" | "oracledb" => "oracle.db",
        "mongo" | "mongodb" => "mongodb",
        "dynamodb" => "aws.dynamodb",
        _ => return None,
    })
}

fn canonical_database(name: &str) -> &str {
    known_database(name).unwrap_or(name)
}

/// What spans of a group are in `span_stats`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFields<'a> {
    pub service: Cow<'a, str>,
    pub kind: &'static str,
    pub endpoint: Cow<'a, str>,
    /// `database`, `cache`, `queue` or `external`.
    pub peer_kind: Option<&'static str>,
    pub peer_system: Option<Cow<'a, str>>,
    pub peer_name: Option<Cow<'a, str>>,
}

/// The same service, endpoint and peer that `span_stats` has of spans like these.
pub fn endpoint_fields<'a>(described: &Described<'a>) -> EndpointFields<'a> {
    let kind = described.kind();
    let database = described.database(kind);
    let query = super::queries::query_of(described, database, "");
    let mut name = String::new();
    described.name(kind, query.as_ref(), &mut name);
    let asked = Asked {
        name: &name,
        kind: Some(kind.name()),
        http_request_method: Some(described.http_method),
        http_route: Some(described.http_route),
        url_path: None,
    };
    let endpoint = Cow::Owned(endpoint(&asked).into_owned());
    let peer = PeerAttributes {
        kind: Some(kind.name()),
        peer_service: Some(described.peer_service),
        server_address: Some(described.host),
        db_system_name: Some(database),
        db_namespace: Some(described.db_name),
        messaging_system: Some(described.messaging_system),
        messaging_destination_name: Some(described.messaging_destination),
        rpc_system: Some(described.remote_calls()),
        rpc_service: Some(described.rpc_service),
        http_request_method: Some(described.http_method),
        ..PeerAttributes::default()
    }
    .peer();
    EndpointFields {
        service: Cow::Borrowed(described.owner(kind)),
        kind: kind.name(),
        endpoint,
        peer_kind: peer.as_ref().map(|peer| peer.kind.name()),
        peer_system: peer.as_ref().and_then(|peer| peer.system.map(Cow::Borrowed)),
        peer_name: peer.map(|peer| peer.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(described: &Described<'_>) -> String {
        let it = endpoint_fields(described);
        let peer = it.peer_name.as_deref().unwrap_or("-");
        let system = it.peer_system.as_deref().unwrap_or("-");
        let peer_kind = it.peer_kind.unwrap_or("-");
        format!("{} {} | {} | {peer_kind}:{system}:{peer}", it.service, it.kind, it.endpoint)
    }

    #[test]
    fn requests_are_called_by_method_and_route() {
        let request = Described {
            service: "shop",
            operation: "flask.request",
            span_type: "web",
            http_method: "GET",
            ..Described::default()
        };
        for (route, resource, expected) in [
            ("/orders/<int:number>", "GET /orders/<int:number>", "GET /orders/<int:number>"),
            ("", "GET 404", "GET"),
            ("", "GET", "GET"),
            ("", "flask.request", "GET"),
            ("", "GET /users/17", "GET /users/{id}"),
            ("", "OrdersController#show", "OrdersController#show"),
        ] {
            let request = Described { http_route: route, resource, ..request };
            assert_eq!(told(&request), format!("shop server | {expected} | -:-:-"));
        }
    }

    #[test]
    fn calls_belong_to_their_caller() {
        let call = Described {
            service: "postgres",
            base_service: "shop",
            operation: "postgres.query",
            resource: "SELECT * FROM orders WHERE id = 17",
            span_type: "sql",
            db_system: "postgres",
            db_name: "main",
            host: "db-1",
            ..Described::default()
        };
        assert_eq!(told(&call), "shop client | SELECT orders | database:postgresql:main@db-1");
        let call = Described {
            service: "redis",
            operation: "redis.command",
            resource: "GET\nINCRBY",
            span_type: "redis",
            db_system: "",
            db_name: "",
            host: "cache",
            ..call
        };
        assert_eq!(told(&call), "shop client | PIPELINE | cache:redis:cache");
        let call = Described {
            service: "requests",
            operation: "requests.request",
            resource: "GET /orders/3",
            span_type: "http",
            http_method: "GET",
            host: "pay.example",
            ..call
        };
        assert_eq!(told(&call), "shop client | GET | external:http:pay.example");
    }

    #[test]
    fn a_connection_is_no_call() {
        let connection = Described {
            service: "shop",
            operation: "tcp.connect",
            resource: "db-1:5432",
            span_kind: "client",
            host: "db-1",
            ..Described::default()
        };
        assert_eq!(told(&connection), "shop internal | tcp.connect | -:-:-");
    }

    #[test]
    fn messages_and_tasks_are_called_by_where_they_go() {
        let message = Described {
            service: "kafka",
            base_service: "shop",
            operation: "kafka.produce",
            resource: "kafka.produce",
            span_type: "worker",
            messaging_system: "kafka",
            messaging_destination: "orders",
            ..Described::default()
        };
        assert_eq!(told(&message), "shop producer | send orders | queue:kafka:orders");
        let message = Described { operation: "kafka.consume", ..message };
        assert_eq!(told(&message), "shop consumer | process orders | queue:kafka:orders");
        let task = Described {
            service: "worker",
            operation: "celery.run",
            resource: "tasks.mail",
            span_type: "worker",
            ..Described::default()
        };
        assert_eq!(told(&task), "worker consumer | tasks.mail | -:-:-");
    }

    #[test]
    fn peer_tags_say_what_attributes_of_spans_say() {
        let mut described = Described { span_kind: "client", ..Described::default() };
        for (key, value) in [
            ("_dd.base_service", "shop"),
            ("out.host", "127.0.0.1"),
            ("network.destination.name", "db-1"),
            ("db.system", "postgresql"),
            ("db.name", "main"),
            ("unknown", "x"),
        ] {
            described.add_peer_tag(key, value);
        }
        let fields = endpoint_fields(&described);
        assert_eq!((&*fields.service, fields.peer_name.as_deref()), ("shop", Some("main@db-1")));
    }
}
