//! Whom a span talked to, by the semantic conventions and without configuration.

use crate::endpoint::{ENDPOINT_CHARACTERS_MAX, cut, filled, without_ids};
use std::borrow::Cow;

/// Databases that are used as caches; a span that names one of them talks to a cache.
const CACHES: [&str; 8] = [
    "redis",
    "memcached",
    "valkey",
    "keydb",
    "dragonfly",
    "aws.elasticache",
    "azure.cache",
    "hazelcast",
];

/// What the other side of a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeerKind {
    Database,
    Cache,
    Queue,
    /// A host that exports nothing, or a service whose spans have not come.
    External,
}

impl PeerKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Queue => "queue",
            Self::External => "external",
        }
    }
}

/// The other side of a call, as the attributes of its span tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer<'a> {
    pub kind: PeerKind,
    /// Product or protocol: `postgresql`, `redis`, `kafka`, `http`, `grpc`.
    pub system: Option<&'a str>,
    pub name: Cow<'a, str>,
}

/// The attributes that tell it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PeerAttributes<'a> {
    pub kind: Option<&'a str>,
    pub peer_service: Option<&'a str>,
    pub server_address: Option<&'a str>,
    pub server_port: Option<i64>,
    pub network_peer_address: Option<&'a str>,
    pub url_full: Option<&'a str>,
    pub http_request_method: Option<&'a str>,
    pub db_system_name: Option<&'a str>,
    pub db_namespace: Option<&'a str>,
    pub messaging_system: Option<&'a str>,
    pub messaging_destination_name: Option<&'a str>,
    pub rpc_system: Option<&'a str>,
    pub rpc_service: Option<&'a str>,
}

impl<'a> PeerAttributes<'a> {
    /// The peer of a client, producer or consumer span; other spans have none.
    pub fn peer(&self) -> Option<Peer<'a>> {
        let told = self.without_empty().told()?;
        let system = told.system.map(|system| {
            let end = system.char_indices().nth(ENDPOINT_CHARACTERS_MAX);
            end.map_or(system, |(end, _)| &system[..end])
        });
        Some(Peer { kind: told.kind, system, name: cut(told.name) })
    }

    /// The same without attributes that are there and say nothing.
    fn without_empty(self) -> Self {
        Self {
            kind: filled(self.kind),
            peer_service: filled(self.peer_service),
            server_address: filled(self.server_address),
            server_port: self.server_port,
            network_peer_address: filled(self.network_peer_address),
            // That there is one says that HTTP was spoken.
            url_full: self.url_full,
            http_request_method: filled(self.http_request_method),
            db_system_name: filled(self.db_system_name),
            db_namespace: filled(self.db_namespace),
            messaging_system: filled(self.messaging_system),
            messaging_destination_name: filled(self.messaging_destination_name),
            rpc_system: filled(self.rpc_system),
            rpc_service: filled(self.rpc_service),
        }
    }

    fn told(&self) -> Option<Peer<'a>> {
        let is_outgoing = matches!(self.kind, Some("client" | "producer"));
        if is_outgoing && let Some(system) = self.db_system_name {
            return Some(self.database(system));
        }
        let is_message = matches!(self.kind, Some("producer" | "consumer"))
            || is_outgoing && self.messaging_system.is_some();
        if is_message
            && (self.messaging_system.is_some() || self.messaging_destination_name.is_some())
        {
            return self.queue();
        }
        if is_outgoing { self.external() } else { None }
    }

    /// A database is a namespace on a host: the same name on another host is another database.
    fn database(&self, system: &'a str) -> Peer<'a> {
        let is_cache = CACHES.contains(&system);
        let kind = if is_cache { PeerKind::Cache } else { PeerKind::Database };
        let host = self.peer_service.map(Cow::Borrowed).or_else(|| self.host());
        // The namespace of a cache is a number that says little.
        let name = match (self.db_namespace, host) {
            (Some(namespace), Some(host)) if !is_cache => Cow::Owned(format!("{namespace}@{host}")),
            (_, Some(host)) => host,
            (Some(namespace), None) => Cow::Borrowed(namespace),
            (None, None) => Cow::Borrowed(system),
        };
        Peer { kind, system: Some(system), name }
    }

    /// A queue or topic. A reply queue of its own for each client is not one of them all.
    fn queue(&self) -> Option<Peer<'a>> {
        let name = self.messaging_destination_name.map(without_ids);
        let name = name.or_else(|| self.host()).or(self.messaging_system.map(Cow::Borrowed))?;
        Some(Peer { kind: PeerKind::Queue, system: self.messaging_system, name })
    }

    fn external(&self) -> Option<Peer<'a>> {
        let name = self.peer_service.map(Cow::Borrowed);
        let name = name.or_else(|| self.host()).or(self.rpc_service.map(Cow::Borrowed))?;
        let speaks_http = self.http_request_method.is_some() || self.url_full.is_some();
        let system = self.rpc_system.or(speaks_http.then_some("http"));
        Some(Peer { kind: PeerKind::External, system, name })
    }

    /// Host and port; ports that are meant without being said are left out.
    fn host(&self) -> Option<Cow<'a, str>> {
        let Some(address) = self.server_address else {
            return self
                .url_full
                .and_then(authority)
                .or(self.network_peer_address)
                .map(Cow::Borrowed);
        };
        match self.server_port {
            Some(port) if !matches!(port, 80 | 443 | 0) => {
                Some(Cow::Owned(format!("{address}:{port}")))
            }
            _ => Some(Cow::Borrowed(address)),
        }
    }
}

/// Host and port of a URL, without who signs in.
fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.strip_suffix(":80").or(host.strip_suffix(":443")).unwrap_or(host);
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> PeerAttributes<'static> {
        PeerAttributes { kind: Some("client"), ..PeerAttributes::default() }
    }

    fn told(attributes: PeerAttributes<'_>) -> Option<String> {
        let peer = attributes.peer()?;
        Some(format!("{}:{}:{}", peer.kind.name(), peer.system.unwrap_or("-"), peer.name))
    }

    #[test]
    fn databases_and_caches_are_told_by_system_namespace_and_host() {
        let postgres = PeerAttributes {
            db_system_name: Some("postgresql"),
            db_namespace: Some("shop"),
            server_address: Some("db-1"),
            server_port: Some(5432),
            ..client()
        };
        assert_eq!(told(postgres).unwrap(), "database:postgresql:shop@db-1:5432");
        let embedded = PeerAttributes { server_address: None, ..postgres };
        assert_eq!(told(embedded).unwrap(), "database:postgresql:shop");
        let redis = PeerAttributes {
            db_system_name: Some("redis"),
            db_namespace: Some("0"),
            server_address: Some("cache"),
            ..client()
        };
        assert_eq!(told(redis).unwrap(), "cache:redis:cache");
    }

    #[test]
    fn an_empty_attribute_is_one_that_was_not_sent() {
        let call = PeerAttributes {
            peer_service: Some(""),
            db_system_name: Some(""),
            messaging_system: Some(""),
            messaging_destination_name: Some(""),
            server_address: Some(""),
            rpc_system: Some(""),
            rpc_service: Some(""),
            ..client()
        };
        assert_eq!(told(call), None);
        let addressed = PeerAttributes { network_peer_address: Some("10.0.0.7"), ..call };
        assert_eq!(told(addressed).unwrap(), "external:-:10.0.0.7");
        let database = PeerAttributes { db_system_name: Some("mysql"), ..addressed };
        assert_eq!(told(database).unwrap(), "database:mysql:10.0.0.7");
        let producer = PeerAttributes { kind: Some("producer"), ..addressed };
        assert_eq!(told(producer).unwrap(), "external:-:10.0.0.7");
    }

    #[test]
    fn a_name_without_end_is_cut() {
        let long = "호".repeat(100_000);
        let database = PeerAttributes {
            db_system_name: Some(&long),
            db_namespace: Some(&long),
            server_address: Some(&long),
            ..client()
        };
        let peer = database.peer().unwrap();
        assert!(peer.name.chars().count() <= 201, "{}", peer.name.len());
        assert!(peer.system.unwrap().chars().count() <= 200);
    }

    #[test]
    fn queues_are_seen_from_both_sides() {
        for kind in ["producer", "consumer"] {
            let message = PeerAttributes {
                kind: Some(kind),
                messaging_system: Some("kafka"),
                messaging_destination_name: Some("orders"),
                server_address: Some("broker"),
                ..PeerAttributes::default()
            };
            assert_eq!(told(message).unwrap(), "queue:kafka:orders");
        }
    }

    #[test]
    fn external_hosts_are_told_by_name_address_or_url() {
        let call = PeerAttributes {
            url_full: Some("https://user:secret@registry.gov.example:443/v1?id=1"),
            ..client()
        };
        assert_eq!(told(call).unwrap(), "external:http:registry.gov.example");
        let call = PeerAttributes { server_address: Some("pay"), server_port: Some(8443), ..call };
        assert_eq!(told(call).unwrap(), "external:http:pay:8443");
        let call = PeerAttributes { peer_service: Some("payments"), ..call };
        assert_eq!(told(call).unwrap(), "external:http:payments");
        let rpc =
            PeerAttributes { rpc_system: Some("grpc"), rpc_service: Some("shop.Cart"), ..client() };
        assert_eq!(told(rpc).unwrap(), "external:grpc:shop.Cart");
    }

    #[test]
    fn spans_that_call_nobody_have_no_peer() {
        assert_eq!(told(client()), None);
        let server = PeerAttributes {
            kind: Some("server"),
            server_address: Some("me"),
            db_system_name: Some("redis"),
            ..PeerAttributes::default()
        };
        assert_eq!(told(server), None);
    }
}
