//! Who calls whom: services, and the databases, caches, queues and hosts behind them.

pub mod calls;
pub mod graph;
pub mod resolve;
#[cfg(test)]
pub(crate) mod testing;

use crate::services;
use calls::CallRow;
use graph::{Graph, OwnSpans};
use hannun_api::Figures;
use hannun_api::range::Scope;
use hannun_model::limits::MAP_NODES_MAX;
use hannun_query::{Engine, QueryError};
use resolve::Resolver;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Services and what stands behind them, and the calls between.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceMap {
    /// In the order of their ids.
    pub nodes: Vec<MapNode>,
    /// In the order of their sources and targets.
    pub edges: Vec<MapEdge>,
    /// Whether there are more nodes; those with most requests are here.
    pub truncated: bool,
    /// Requests of client and producer spans that do not tell whom they asked.
    pub unknown_peer_requests: f64,
    /// Whether some spans were sampled, so that numbers are estimates.
    pub sampled: bool,
}

/// A service, or a database, cache, queue or host that spans tell of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MapNode {
    /// `service:<name>`, or kind, system and name: `database:postgresql:shop@db`.
    pub id: String,
    /// `service`, `database`, `cache`, `queue` or `external`.
    pub kind: String,
    pub name: String,
    /// Product or protocol: `postgresql`, `redis`, `kafka`, `http`.
    pub system: Option<String>,
    /// Requests of a service as it tells them itself; the calls to anything else. Null when neither
    /// is known.
    pub figures: Option<Figures>,
    pub versions: Vec<String>,
    /// Start of the minute in which its last span or call began.
    pub last_seen_ms: Option<i64>,
}

/// The calls from one node to another.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MapEdge {
    /// `source→target`
    pub id: String,
    pub source: String,
    pub target: String,
    /// Whether no caller waits for an answer.
    pub asynchronous: bool,
    /// What most of the calls speak.
    pub protocol: Option<String>,
    pub figures: Figures,
}

/// A part of the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    pub service: String,
    /// Calls away at most.
    pub depth: u32,
}

/// Answers the map of a time, or what is around one service.
pub async fn service_map(
    engine: &Arc<Engine>,
    scope: &Scope,
    around: Option<&Around>,
) -> Result<ServiceMap, QueryError> {
    let WholeMap { mut graph, mut truncated, .. } = whole_map(engine, scope).await?;
    let all = graph.map_nodes(scope.seconds());
    if let Some(Around { service, depth }) = around {
        graph.keep_around(service, *depth);
    }
    truncated |= graph.keep_busiest(MAP_NODES_MAX);
    Ok(graph.into_map(all, scope.seconds(), truncated))
}

/// The map before it is cut to what is shown, and what it was made of.
pub(crate) struct WholeMap {
    pub graph: Graph,
    pub resolver: Resolver,
    pub rows: Vec<CallRow>,
    pub truncated: bool,
}

pub(crate) async fn whole_map(engine: &Arc<Engine>, scope: &Scope) -> Result<WholeMap, QueryError> {
    let names = services::names(engine, scope).await?;
    let figures = services::figures(engine, scope).await?;
    let calls = calls::calls(engine, scope).await?;
    let own = names.rows.into_iter().map(|names| {
        let own = OwnSpans {
            figures: figures.of(&names.service).cloned(),
            versions: names.named_versions(),
            last_seen_ms: names.last_seen_ms,
        };
        (names.service, own)
    });
    let resolver = Resolver::new(&calls.rows);
    let mut graph = Graph::new(own.collect(), &calls.rows, &resolver);
    graph.sampled |= figures.sampled();
    let truncated = names.truncated || calls.truncated;
    Ok(WholeMap { graph, resolver, rows: calls.rows, truncated })
}
