//! Who calls one service and whom it calls, and by which endpoints.

use crate::map::calls::{CallRow, calls_by_endpoint};
use crate::map::resolve::{Resolver, ToldBy, service_id};
use crate::map::{MapEdge, MapNode, WholeMap, whole_map};
use crate::requests::is_service;
use hannun_api::Figures;
use hannun_api::figures::Sum;
use hannun_api::range::Scope;
use hannun_model::limits::{
    CALLER_NAMES_BYTES_MAX, DEPENDENCY_ENDPOINTS_MAX, SERVICE_DEPENDENCIES_MAX,
};
use hannun_query::{Engine, QueryError, typed};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// The neighbours of a service on the map.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ServiceDependencies {
    /// Who calls it, those with most time first.
    pub upstream: Vec<Dependency>,
    /// Whom it calls, those with most time first.
    pub downstream: Vec<Dependency>,
    /// Whether there are more.
    pub truncated: bool,
}

/// One neighbour, and the calls between.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Dependency {
    pub node: MapNode,
    pub figures: Figures,
    /// Whether no caller waits for an answer.
    pub asynchronous: bool,
    /// The calls by the endpoint of the span that tells of them, which is the caller's as a rule;
    /// the 20 with most time.
    pub endpoints: Vec<DependencyEndpoint>,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct DependencyEndpoint {
    pub endpoint: String,
    pub figures: Figures,
}

/// Answers the neighbours of a service.
pub async fn dependencies(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
) -> Result<ServiceDependencies, QueryError> {
    let WholeMap { graph, resolver, rows, truncated } = whole_map(engine, scope).await?;
    let condition = neighbours_condition(service, &rows, &resolver);
    let by_endpoint = calls_by_endpoint(engine, scope, &condition).await?.rows;
    let mut answer = neighbours(
        service,
        graph.map_nodes(scope.seconds()),
        graph.map_edges(scope.seconds()),
        &endpoints_of_calls(&by_endpoint, &resolver),
        scope.seconds(),
    );
    answer.truncated |= truncated;
    Ok(answer)
}

/// SQL that is true for rows of `span_stats` that may tell of a call from or to this service. Of very
/// many callers those that call most are asked; the endpoints of the others stay unknown.
fn neighbours_condition(service: &str, rows: &[CallRow], resolver: &Resolver) -> String {
    let id = service_id(service);
    let calls_it = |row: &&CallRow| {
        row.service != service && resolver.ends(row).is_some_and(|ends| ends.target.id() == id)
    };
    let mut callers = BTreeSet::new();
    let mut bytes = 0;
    for row in rows.iter().filter(calls_it) {
        if callers.contains(row.service.as_str()) {
            continue;
        }
        bytes += typed::text(&row.service).len() + 2;
        if bytes > CALLER_NAMES_BYTES_MAX {
            break;
        }
        callers.insert(row.service.as_str());
    }
    let own = format!("{} OR caller_service_name = {}", is_service(service), typed::text(service));
    if callers.is_empty() {
        return own;
    }
    let names: Vec<String> = callers.into_iter().map(typed::text).collect();
    format!("{own} OR coalesce(service_name, '') IN ({})", names.join(", "))
}

/// The calls between two nodes by endpoint.
#[derive(Debug, Default)]
struct EndpointsOfCalls {
    told: BTreeMap<String, Sum>,
    /// Messages as their readers tell them, which say nothing new where the senders do.
    read: BTreeMap<String, Sum>,
    is_sent: bool,
}

type Ids = (String, String);

fn endpoints_of_calls(rows: &[CallRow], resolver: &Resolver) -> BTreeMap<Ids, EndpointsOfCalls> {
    let mut calls: BTreeMap<Ids, EndpointsOfCalls> = BTreeMap::new();
    for row in rows {
        let Some(ends) = resolver.ends(row) else { continue };
        let between = calls.entry((ends.source.id(), ends.target.id())).or_default();
        between.is_sent |= ends.told_by == ToldBy::Producer;
        let sums = match ends.told_by {
            ToldBy::Consumer => &mut between.read,
            ToldBy::Synchronous | ToldBy::Producer => &mut between.told,
        };
        sums.entry(row.endpoint.clone()).or_default().add(&row.measures);
    }
    calls
}

impl EndpointsOfCalls {
    /// Those with most time.
    fn shown(&self, seconds: f64) -> Vec<DependencyEndpoint> {
        let read = self.read.iter().filter(|_| !self.is_sent);
        let shown = |(endpoint, sum): (&String, &Sum)| DependencyEndpoint {
            endpoint: endpoint.clone(),
            figures: sum.figures(seconds),
        };
        let mut endpoints: Vec<_> = self.told.iter().chain(read).map(shown).collect();
        endpoints.sort_by(|one, other| other.figures.total_ms.total_cmp(&one.figures.total_ms));
        endpoints.truncate(DEPENDENCY_ENDPOINTS_MAX);
        endpoints
    }
}

fn neighbours(
    service: &str,
    nodes: BTreeMap<String, MapNode>,
    edges: impl Iterator<Item = MapEdge>,
    by_endpoint: &BTreeMap<Ids, EndpointsOfCalls>,
    seconds: f64,
) -> ServiceDependencies {
    let id = service_id(service);
    let mut found = ServiceDependencies::default();
    for edge in edges.filter(|edge| edge.source == id || edge.target == id) {
        let ids = (edge.source, edge.target);
        let endpoints = by_endpoint.get(&ids).map(|calls| calls.shown(seconds));
        let endpoints = endpoints.unwrap_or_default();
        let dependency = |other: &str, endpoints| {
            nodes.get(other).map(|node| Dependency {
                node: node.clone(),
                figures: edge.figures.clone(),
                asynchronous: edge.asynchronous,
                endpoints,
            })
        };
        if ids.1 == id {
            found.upstream.extend(dependency(&ids.0, endpoints));
        } else {
            found.downstream.extend(dependency(&ids.1, endpoints));
        }
    }
    for side in [&mut found.upstream, &mut found.downstream] {
        side.sort_by(|one, other| {
            let by_time = other.figures.total_ms.total_cmp(&one.figures.total_ms);
            by_time.then_with(|| one.node.id.cmp(&other.node.id))
        });
        found.truncated |= side.len() > SERVICE_DEPENDENCIES_MAX;
        side.truncate(SERVICE_DEPENDENCIES_MAX);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::graph::Graph;
    use crate::map::testing::{called, row, with_caller, with_peer};

    fn named(row: CallRow, endpoint: &str) -> CallRow {
        CallRow { endpoint: endpoint.to_owned(), ..row }
    }

    fn of(service: &str, rows: &[CallRow]) -> ServiceDependencies {
        let resolver = Resolver::new(rows);
        let graph = Graph::new(Vec::new(), rows, &resolver);
        let by_endpoint = endpoints_of_calls(rows, &resolver);
        neighbours(service, graph.map_nodes(1.0), graph.map_edges(1.0), &by_endpoint, 1.0)
    }

    fn told(side: &[Dependency]) -> Vec<(&str, f64, Vec<&str>)> {
        side.iter()
            .map(|it| {
                let names = it.endpoints.iter().map(|it| it.endpoint.as_str()).collect();
                (it.node.id.as_str(), it.figures.requests, names)
            })
            .collect()
    }

    #[test]
    fn neighbours_are_ranked_by_time_and_name_their_endpoints() {
        let lb = |requests| with_peer(row("web", "client", requests), "external", "http", "lb");
        let rows = [
            named(called(lb(2.0), "order"), "GET"),
            named(lb(5.0), "POST"),
            named(with_peer(row("order", "client", 3.0), "cache", "redis", "c"), "GET menu"),
            named(with_peer(row("order", "client", 9.0), "database", "sqlite", "s"), "SELECT"),
            named(row("other", "client", 9.0), "GET"),
        ];
        let order = of("order", &rows);
        assert_eq!(told(&order.upstream), [("service:web", 7.0, vec!["POST", "GET"])]);
        assert_eq!(
            told(&order.downstream),
            [("database:sqlite:s", 9.0, vec!["SELECT"]), ("cache:redis:c", 3.0, vec!["GET menu"])]
        );
        assert_eq!(
            told(&of("web", &rows).downstream),
            [("service:order", 7.0, vec!["POST", "GET"])]
        );
        assert_eq!(of("nobody", &rows), ServiceDependencies::default());
    }

    #[test]
    fn messages_are_named_by_their_senders_where_those_are_known() {
        let read = named(with_caller(row("mail", "consumer", 2.0), "order"), "read");
        let sent = named(called(row("order", "producer", 3.0), "mail"), "send");
        let both = of("mail", &[read.clone(), sent]);
        assert_eq!(told(&both.upstream), [("service:order", 3.0, vec!["send"])]);
        assert!(both.upstream[0].asynchronous);
        assert_eq!(told(&of("mail", &[read]).upstream), [("service:order", 2.0, vec!["read"])]);
    }

    #[test]
    fn endpoints_are_asked_of_the_service_and_its_callers_only() {
        let rows = [
            called(row("web", "client", 1.0), "order"),
            called(row("app", "client", 1.0), "order"),
            called(row("web", "client", 1.0), "menu"),
            called(row("bot", "client", 1.0), "menu"),
        ];
        assert_eq!(
            neighbours_condition("order", &rows, &Resolver::new(&rows)),
            "service_name = 'order' OR caller_service_name = 'order' \
             OR coalesce(service_name, '') IN ('app', 'web')"
        );
    }

    #[test]
    fn callers_without_end_fit_into_a_query() {
        let caller = |number: usize| {
            let name = format!("{number:05}{}", "'".repeat(100));
            called(row(&name, "client", 1.0), "order")
        };
        let rows: Vec<CallRow> = (0..5000).map(caller).collect();
        let condition = neighbours_condition("order", &rows, &Resolver::new(&rows));
        assert!(condition.len() < hannun_model::limits::SQL_BYTES_MAX / 2, "{}", condition.len());
        assert!(condition.contains("'00000") && !condition.contains("'04999"));
        assert_eq!(condition.matches(" OR ").count(), 2);
    }
}
