//! Who was called: a service that sends spans itself, or a node inferred from what a span says.
//!
//! The service behind a call is known where the spans of both sides came in one publish. Other calls
//! to the same peer belong to the same service, so each peer of a service is resolved to the service
//! that most of its known calls went to.

use super::calls::CallRow;
use hannun_digest::COLLAPSED_ENDPOINT;
use std::collections::{BTreeMap, HashMap};

pub const QUEUE: &str = "queue";
pub const SERVICE: &str = "service";

/// A service, or what stands behind a service and sends no spans.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    Service(String),
    Peer(Peer),
}

/// A database, cache, queue or external host, as spans tell it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Peer {
    pub kind: String,
    pub system: Option<String>,
    pub name: String,
}

impl Node {
    /// The same text for the same node in every answer.
    pub fn id(&self) -> String {
        match self {
            Self::Service(name) => service_id(name),
            Self::Peer(Peer { kind, system, name }) => {
                format!("{kind}:{}:{name}", system.as_deref().unwrap_or_default())
            }
        }
    }
}

pub fn service_id(service: &str) -> String {
    format!("{SERVICE}:{service}")
}

/// The two ends of a call, from who asks to who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    pub source: Node,
    pub target: Node,
    pub told_by: ToldBy,
}

/// Which spans tell of a call, and how it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldBy {
    /// Client spans, or server spans whose parent is no client span: the caller waits.
    Synchronous,
    /// Producer spans, or consumer spans that name their queue.
    Producer,
    /// Consumer spans that know who sent the message but not through what.
    Consumer,
}

impl ToldBy {
    pub fn is_asynchronous(self) -> bool {
        self != Self::Synchronous
    }
}

/// The services behind the peers of each service.
#[derive(Debug, Default)]
pub struct Resolver {
    callees: HashMap<(String, Peer), String>,
}

impl Resolver {
    pub fn new(rows: &[CallRow]) -> Self {
        let mut tally: HashMap<(String, Peer), BTreeMap<&str, f64>> = HashMap::new();
        for row in rows {
            if let (true, Some(callee), Some(peer)) =
                (row.is_outgoing(), row.callee.as_deref(), row.peer().filter(is_one_peer))
            {
                let requests = row.measures.requests.unwrap_or(0.0);
                let callees = tally.entry((row.service.clone(), peer)).or_default();
                *callees.entry(callee).or_default() += requests;
            }
        }
        let most = |callees: BTreeMap<&str, f64>| {
            // Of equals the last counts as largest: from behind that is the first by name.
            let most = callees.into_iter().rev().max_by(|one, other| one.1.total_cmp(&other.1));
            most.map(|(callee, _)| callee.to_owned())
        };
        let callees = tally.into_iter().filter_map(|(key, callees)| Some((key, most(callees)?)));
        Self { callees: callees.collect() }
    }

    /// The ends of the calls of a row; `None` when it does not say who was called.
    pub fn ends(&self, row: &CallRow) -> Option<Ends> {
        let own = Node::Service(row.service.clone());
        let peer = row.peer();
        if row.is_outgoing() {
            let told_by = match row.kind.as_deref() {
                Some("producer") => ToldBy::Producer,
                _ if is_queue(peer.as_ref()) => ToldBy::Producer,
                _ => ToldBy::Synchronous,
            };
            return Some(Ends { source: own, target: self.target(row, peer)?, told_by });
        }
        let is_consumer = row.kind.as_deref() == Some("consumer");
        if let (true, Some(queue)) = (is_consumer, peer.filter(|peer| peer.kind == QUEUE)) {
            return Some(Ends {
                source: Node::Peer(queue),
                target: own,
                told_by: ToldBy::Producer,
            });
        }
        let source = Node::Service(row.caller.clone()?);
        let told_by = if is_consumer { ToldBy::Consumer } else { ToldBy::Synchronous };
        Some(Ends { source, target: own, told_by })
    }

    fn target(&self, row: &CallRow, peer: Option<Peer>) -> Option<Node> {
        if is_queue(peer.as_ref()) {
            return peer.map(Node::Peer);
        }
        if let Some(callee) = &row.callee {
            return Some(Node::Service(callee.clone()));
        }
        let key = (row.service.clone(), peer?);
        match self.callees.get(&key) {
            Some(callee) => Some(Node::Service(callee.clone())),
            None => Some(Node::Peer(key.1)),
        }
    }
}

impl CallRow {
    pub fn is_outgoing(&self) -> bool {
        matches!(self.kind.as_deref(), Some("client" | "producer"))
    }

    fn peer(&self) -> Option<Peer> {
        let kind = self.peer_kind.clone()?;
        let name = self.peer_name.clone().or_else(|| self.peer_system.clone());
        let name = name.unwrap_or_else(|| kind.clone());
        Some(Peer { kind, system: self.peer_system.clone(), name })
    }
}

fn is_queue(peer: Option<&Peer>) -> bool {
    peer.is_some_and(|peer| peer.kind == QUEUE)
}

/// A queue has many readers, and the peers beyond the ones kept apart share a name.
fn is_one_peer(peer: &Peer) -> bool {
    peer.kind != QUEUE && peer.name != COLLAPSED_ENDPOINT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::testing::{called, row, with_caller, with_peer};

    fn told(rows: &[CallRow], asked: &CallRow) -> String {
        let Some(ends) = Resolver::new(rows).ends(asked) else { return "unknown".to_owned() };
        let arrow = if ends.told_by.is_asynchronous() { "~>" } else { "->" };
        format!("{} {arrow} {}", ends.source.id(), ends.target.id())
    }

    #[test]
    fn a_peer_is_the_service_that_most_of_its_known_calls_went_to() {
        let call = |requests| with_peer(row("web", "client", requests), "external", "http", "lb");
        let rows = [
            called(call(3.0), "order"),
            called(call(2.0), "legacy"),
            called(call(2.0), "order"),
            // Of another service the same name may be something else.
            with_peer(row("batch", "client", 9.0), "external", "http", "lb"),
        ];
        assert_eq!(told(&rows, &call(100.0)), "service:web -> service:order");
        assert_eq!(told(&rows, &rows[1]), "service:web -> service:legacy");
        assert_eq!(told(&rows, &rows[3]), "service:batch -> external:http:lb");
    }

    #[test]
    fn equals_are_decided_by_name() {
        let call = || with_peer(row("web", "client", 1.0), "external", "http", "lb");
        for rows in [["a", "b"], ["b", "a"]] {
            let rows = rows.map(|callee| called(call(), callee));
            assert_eq!(told(&rows, &call()), "service:web -> service:a");
        }
    }

    #[test]
    fn what_sends_no_spans_is_a_node_of_its_own() {
        let database = with_peer(row("order", "client", 1.0), "database", "postgresql", "shop@db");
        assert_eq!(told(&[], &database), "service:order -> database:postgresql:shop@db");
        let nameless = CallRow { peer_name: None, ..database.clone() };
        assert_eq!(told(&[], &nameless), "service:order -> database:postgresql:postgresql");
        let host = CallRow {
            peer_kind: Some("external".to_owned()),
            peer_name: Some("h:8443".to_owned()),
            ..row("order", "client", 1.0)
        };
        assert_eq!(told(&[], &host), "service:order -> external::h:8443");
        assert_eq!(told(&[], &row("order", "client", 1.0)), "unknown");
        assert_eq!(told(&[], &row("order", "server", 1.0)), "unknown");
    }

    #[test]
    fn a_message_goes_through_its_queue() {
        let send = with_peer(row("order", "producer", 1.0), "queue", "kafka", "orders");
        let rows = [called(send.clone(), "mail")];
        assert_eq!(told(&rows, &rows[0]), "service:order ~> queue:kafka:orders");
        assert_eq!(told(&rows, &send), "service:order ~> queue:kafka:orders");
        let poll = with_peer(row("order", "client", 1.0), "queue", "kafka", "orders");
        assert_eq!(told(&rows, &poll), "service:order ~> queue:kafka:orders");
        let read = with_peer(row("mail", "consumer", 1.0), "queue", "kafka", "orders");
        assert_eq!(told(&rows, &read), "queue:kafka:orders ~> service:mail");
        let nameless = with_caller(row("mail", "consumer", 1.0), "order");
        assert_eq!(told(&rows, &nameless), "service:order ~> service:mail");
        let sent = called(row("order", "producer", 1.0), "mail");
        assert_eq!(told(&rows, &sent), "service:order ~> service:mail");
    }

    #[test]
    fn a_server_that_knows_its_caller_tells_of_the_call() {
        let server = with_caller(row("order", "server", 1.0), "web");
        assert_eq!(told(&[], &server), "service:web -> service:order");
    }

    #[test]
    fn peers_that_share_a_name_are_not_taken_for_one_service() {
        let call = || with_peer(row("web", "client", 1.0), "external", "http", COLLAPSED_ENDPOINT);
        let rows = [called(call(), "order")];
        assert_eq!(told(&rows, &call()), "service:web -> external:http:(other)");
        assert_eq!(told(&rows, &rows[0]), "service:web -> service:order");
    }
}
