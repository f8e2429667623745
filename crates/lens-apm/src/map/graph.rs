//! The map as it is put together: nodes and edges with their sums, cut to what is shown.

use super::calls::CallRow;
use super::resolve::{Ends, Node, Resolver, ToldBy, service_id};
use super::{MapEdge, MapNode, ServiceMap};
use crate::services::is_sampled;
use hannun_api::figures::{FiguresRow, Sum};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What a service says about itself.
#[derive(Debug, Clone, Default)]
pub struct OwnSpans {
    pub figures: Option<FiguresRow>,
    pub versions: Vec<String>,
    pub last_seen_ms: i64,
}

/// Nodes and edges by their ids.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: BTreeMap<String, GraphNode>,
    edges: BTreeMap<(String, String), GraphEdge>,
    /// Requests to nobody knows whom, by the id of the service.
    unknown_peer_requests: HashMap<String, f64>,
    pub sampled: bool,
}

#[derive(Debug)]
struct GraphNode {
    node: Node,
    /// What a service says about itself; nothing when it has no spans of its own.
    own: Option<OwnSpans>,
    /// The last call to or from it.
    last_call_ms: i64,
}

#[derive(Debug, Default)]
struct GraphEdge {
    synchronous: Sum,
    /// Messages as their senders tell them, and as their readers do: the same ones, when both are
    /// known.
    sent: Sum,
    read: Sum,
    protocols: BTreeMap<String, f64>,
}

impl GraphEdge {
    fn add(&mut self, row: &CallRow, told_by: ToldBy) {
        let sum = match told_by {
            ToldBy::Synchronous => &mut self.synchronous,
            ToldBy::Producer => &mut self.sent,
            ToldBy::Consumer => &mut self.read,
        };
        sum.add(&row.measures);
        if let Some(protocol) = &row.peer_system {
            let requests = row.measures.requests.unwrap_or(0.0);
            *self.protocols.entry(protocol.clone()).or_default() += requests;
        }
    }

    fn total(&self) -> Sum {
        let mut total = self.synchronous.clone();
        let messages =
            if self.read.requests > self.sent.requests { &self.read } else { &self.sent };
        total.merge(messages);
        total
    }

    fn is_asynchronous(&self) -> bool {
        self.synchronous.requests == 0.0
    }

    /// The one that most calls speak.
    fn protocol(&self) -> Option<String> {
        let most = self.protocols.iter().rev().max_by(|one, other| one.1.total_cmp(other.1));
        most.map(|(protocol, _)| protocol.clone())
    }
}

impl Graph {
    /// The whole map of these services and calls.
    pub fn new(services: Vec<(String, OwnSpans)>, rows: &[CallRow], resolver: &Resolver) -> Self {
        let mut graph = Self::default();
        for (service, own) in services {
            let node = graph.node(Node::Service(service));
            node.last_call_ms = own.last_seen_ms;
            node.own = Some(own);
        }
        for row in rows {
            graph.sampled |= is_sampled(row.spans, row.measures.requests);
            match resolver.ends(row) {
                Some(ends) => graph.add(row, ends),
                None if row.is_outgoing() => {
                    let unknown = graph.unknown_peer_requests.entry(service_id(&row.service));
                    *unknown.or_default() += row.measures.requests.unwrap_or(0.0);
                }
                None => {}
            }
        }
        graph
    }

    fn add(&mut self, row: &CallRow, ends: Ends) {
        let ids = (ends.source.id(), ends.target.id());
        for node in [ends.source, ends.target] {
            let node = self.node(node);
            node.last_call_ms = node.last_call_ms.max(row.last_seen_ms);
        }
        self.edges.entry(ids).or_default().add(row, ends.told_by);
    }

    fn node(&mut self, node: Node) -> &mut GraphNode {
        let empty = || GraphNode { node: node.clone(), own: None, last_call_ms: 0 };
        self.nodes.entry(node.id()).or_insert_with(empty)
    }

    /// Keeps what is at most so many calls away from a service, in either direction.
    pub fn keep_around(&mut self, service: &str, depth: u32) {
        let mut kept = BTreeSet::from([service_id(service)]);
        for _ in 0..depth {
            let mut reached = Vec::new();
            for (source, target) in self.edges.keys() {
                if kept.contains(source) {
                    reached.push(target.clone());
                }
                if kept.contains(target) {
                    reached.push(source.clone());
                }
            }
            kept.extend(reached);
        }
        self.keep(|id| kept.contains(id));
    }

    /// Keeps the busiest nodes; tells whether there were more.
    pub fn keep_busiest(&mut self, count: usize) -> bool {
        if self.nodes.len() <= count {
            return false;
        }
        let mut busy = self.requests_of_nodes();
        busy.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let kept: HashSet<String> = busy.into_iter().take(count).map(|(id, _)| id).collect();
        self.keep(|id| kept.contains(id));
        true
    }

    fn keep(&mut self, wanted: impl Fn(&str) -> bool) {
        self.nodes.retain(|id, _| wanted(id));
        self.edges.retain(|(source, target), _| wanted(source) && wanted(target));
        self.unknown_peer_requests.retain(|id, _| wanted(id));
    }

    /// Requests of each node: its own, or those of its calls when they are more.
    fn requests_of_nodes(&self) -> Vec<(String, f64)> {
        let mut calls: HashMap<&str, f64> = HashMap::new();
        for ((source, target), edge) in &self.edges {
            let requests = edge.total().requests;
            *calls.entry(source).or_default() += requests;
            *calls.entry(target).or_default() += requests;
        }
        let requests = |(id, node): (&String, &GraphNode)| {
            let own = node.own.as_ref().and_then(|own| own.figures.as_ref()?.requests);
            let of_calls = calls.get(id.as_str()).copied().unwrap_or(0.0);
            (id.clone(), own.unwrap_or(0.0).max(of_calls))
        };
        self.nodes.iter().map(requests).collect()
    }

    /// The calls to each node.
    fn incoming(&self) -> HashMap<&str, Sum> {
        let mut incoming: HashMap<&str, Sum> = HashMap::new();
        for ((_, target), edge) in &self.edges {
            incoming.entry(target).or_default().merge(&edge.total());
        }
        incoming
    }

    /// Nodes as they are shown, by id. `figures` of those that are cut off later must be taken
    /// before.
    pub fn map_nodes(&self, seconds: f64) -> BTreeMap<String, MapNode> {
        let incoming = self.incoming();
        let shown = |(id, node): (&String, &GraphNode)| {
            let called = incoming.get(id.as_str());
            (id.clone(), node.shown(id, called, seconds))
        };
        self.nodes.iter().map(shown).collect()
    }

    /// Edges as they are shown, in the order of their ends.
    pub fn map_edges(&self, seconds: f64) -> impl Iterator<Item = MapEdge> {
        self.edges.iter().map(move |((source, target), edge)| MapEdge {
            id: format!("{source}→{target}"),
            source: source.clone(),
            target: target.clone(),
            asynchronous: edge.is_asynchronous(),
            protocol: edge.protocol(),
            figures: edge.total().figures(seconds),
        })
    }

    /// The answer. `all` are the nodes of the whole map, so that a part of it shows the same figures.
    pub fn into_map(
        self,
        mut all: BTreeMap<String, MapNode>,
        seconds: f64,
        truncated: bool,
    ) -> ServiceMap {
        ServiceMap {
            nodes: self.nodes.keys().filter_map(|id| all.remove(id)).collect(),
            edges: self.map_edges(seconds).collect(),
            truncated,
            // The sum of no numbers would be -0.
            unknown_peer_requests: self.unknown_peer_requests.values().fold(0.0, |a, b| a + b),
            sampled: self.sampled,
        }
    }
}

impl GraphNode {
    fn shown(&self, id: &str, called: Option<&Sum>, seconds: f64) -> MapNode {
        let last_seen_ms = (self.last_call_ms > 0).then_some(self.last_call_ms);
        match &self.node {
            Node::Service(name) => MapNode {
                id: id.to_owned(),
                kind: "service".to_owned(),
                name: name.clone(),
                system: None,
                figures: self
                    .own
                    .as_ref()
                    .map(|own| own.figures.clone().unwrap_or_default().figures(seconds)),
                versions: self.own.as_ref().map(|own| own.versions.clone()).unwrap_or_default(),
                last_seen_ms,
            },
            Node::Peer(peer) => MapNode {
                id: id.to_owned(),
                kind: peer.kind.clone(),
                name: peer.name.clone(),
                system: peer.system.clone(),
                figures: called.map(|sum| sum.figures(seconds)),
                versions: Vec::new(),
                last_seen_ms,
            },
        }
    }
}

#[cfg(test)]
mod tests;
